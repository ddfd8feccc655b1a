#!/usr/bin/env bash
# Checks the systemd units without a booted system: that systemd understands every line, and
# that none exposes more than it did.
set -euo pipefail
cd "$(dirname "$0")/.."

# systemd wants the programs that units name.
root="$(mktemp -d)"
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/usr/bin" "$root/usr/lib/systemd/system"
for program in kioskd kioskctl kiosk-ui touch systemctl sleep; do
    printf '#!/bin/sh\n' >"$root/usr/bin/$program"
    chmod 755 "$root/usr/bin/$program"
done
cp /usr/lib/systemd/system/*.target "$root/usr/lib/systemd/system/"
cp systemd/system/* "$root/usr/lib/systemd/system/"

# It ends well on unknown keys, too: whatever it says is a fault.
said="$(systemd-analyze verify --root="$root" --man=no \
    "$root"/usr/lib/systemd/system/kiosk*.{service,socket,timer} 2>&1 | grep -F kiosk || true)"
if [ -n "$said" ]; then
    printf 'units: %s\n' "$said" >&2
    exit 1
fi

version="$(systemd-analyze --version | awk 'NR == 1 { print $2 }')"
if [ "$version" -lt 250 ]; then
    echo "units: understood; systemd $version can't tell what they expose without running them"
    exit 0
fi
# Tenths, as `systemd-analyze security` counts: 0 is no exposure, 100 all.
allowed() {
    systemd-analyze security --offline=true --threshold="$2" "systemd/system/$1.service" >/dev/null || {
        systemd-analyze security --offline=true --no-pager "systemd/system/$1.service" | grep -v '✓' >&2
        printf 'units: %s exposes more than %s of 100\n' "$1" "$2" >&2
        exit 1
    }
}
allowed kioskd 16
allowed kiosk-ui 12
allowed kiosk-models 16
allowed kiosk-backup 12
echo "units: understood, and closed as far as they were"
