#!/usr/bin/env bash
# A box from its packages: boots a real systemd in a container over this machine's own files,
# installs the development build's packages, and does to the kiosk what a lobby does. Needs
# root and systemd-container; touches nothing outside the container.
set -euo pipefail
cd "$(dirname "$0")/.."

[ "$(id -u)" -eq 0 ] || {
    echo "boot: run this as root: a container with a systemd of its own needs it" >&2
    exit 1
}
command -v systemd-nspawn >/dev/null || {
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends systemd-container systemd-sysv >/dev/null
}

work="$(mktemp -d)"
target="$(realpath "${CARGO_TARGET_DIR:-target}")"
models="$("$target/debug/kioskctl" models list --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["folder"])')"
leader=""
trap 'shut_down' EXIT

shut_down() {
    # Without its first process the container is gone; without nspawn alone it is not.
    [ -z "$leader" ] || kill -KILL "$leader" 2>/dev/null || true
    [ -z "${container:-}" ] || kill -KILL "$container" 2>/dev/null || true
    wait 2>/dev/null || true
    umount -l "$work/root" 2>/dev/null || true
    umount -l "$work/layers" 2>/dev/null || true
    rm -rf "$work"
}

say() { printf 'boot: %s\n' "$*"; }
fail() {
    printf 'boot: FAILED: %s\n' "$*" >&2
    [ -z "$leader" ] || inside journalctl --no-pager -n 60 -u kioskd -u kiosk-ui -u kiosk-models >&2 || true
    exit 1
}

# This machine's files below, whatever the container writes above, in memory.
mkdir "$work/root" "$work/layers"
mount -t tmpfs tmpfs "$work/layers"
mkdir "$work/layers/upper" "$work/layers/work"
mount -t overlay overlay -o "lowerdir=/,upperdir=$work/layers/upper,workdir=$work/layers/work" "$work/root"
# A fresh box has none of this.
rm -rf "$work/root/var/lib/kiosk" "$work/root/etc/kiosk" "$work/root/var/log/journal" "$work/root/etc/machine-id"
touch "$work/root/etc/machine-id"
mkdir -p "$work/root/packages" "$work/root/etc/kiosk/config.d" "$work/root/var/lib/kiosk"
cp "$target"/package/*.deb "$work/root/packages/"
cp -r "$models" "$work/root/var/lib/kiosk/models"
touch "$work/root/var/lib/kiosk/models/.complete"

boot() {
    systemd-nspawn --quiet --boot --directory="$work/root" --machine="kiosk-$$" --register=no --keep-unit \
        --private-network --console=pipe >"$work/console" 2>&1 </dev/null &
    container=$!
    local waited
    for waited in $(seq 100); do
        leader="$(pgrep -P "$container" -x systemd || true)"
        # Degraded: a machine's own units may fail in a container.
        case "$([ -z "$leader" ] || inside systemctl is-system-running 2>/dev/null || true)" in
        running | degraded) return ;;
        esac
        sleep 0.3
    done
    cat "$work/console" >&2
    fail "no systemd came up"
}

inside() { nsenter --target "$leader" --all -- "$@"; }

# until SECONDS WHAT COMMAND…
until_true() {
    local seconds="$1" what="$2"
    shift 2
    local end=$((SECONDS + seconds))
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || fail "$what (waited $seconds s)"
        sleep 0.3
    done
    say "$what"
}

pid_of() { inside systemctl show --property=MainPID --value "$1"; }
is_another() { [ "$(pid_of "$1")" -gt 0 ] && [ "$(pid_of "$1")" != "$2" ] && inside systemctl is-active --quiet "$1"; }
answers() { inside kioskctl status; }
booked() { [ "$(inside kioskctl appointments --json | python3 -c 'import json,sys; print(len(json.load(sys.stdin)))')" -ge "$1" ]; }
status_says() { inside systemctl show --property=StatusText --value kioskd | grep -q "$1"; }

# A command of README or docs/provisioning.md, run as it stands there.
as_written() {
    grep -qF -- "$1" README.md docs/provisioning.md || fail "no document says: $1"
    inside sh -c "cd /root/stick && $1" >"$work/written" 2>&1
}

boot
say "a systemd of its own is up"

# --- installation
inside sh -c 'dpkg --install /packages/minohealth-kiosk_*.deb' >"$work/dpkg" 2>&1 || { cat "$work/dpkg" >&2; fail "the package does not install"; }
until_true 60 "kioskd is READY after installation" inside systemctl is-active --quiet kioskd
until_true 5 "it says that it serves by touch only: there is no sound here" status_says "touch only"
# The panel draws into pictures where there is no display.
mkdir -p "$work/root/run/systemd/system/kiosk-ui.service.d"
inside mkdir -p /run/systemd/system/kiosk-ui.service.d
inside sh -c 'printf "[Service]\nExecStart=\nExecStart=/usr/bin/kiosk-ui --simulate /run/kiosk-ui/pictures\n" >/run/systemd/system/kiosk-ui.service.d/pictures.conf'
inside sh -c 'dpkg --install /packages/minohealth-kiosk-ui_*.deb' >"$work/dpkg" 2>&1 || { cat "$work/dpkg" >&2; fail "the panel's package does not install"; }
until_true 20 "the panel runs" inside systemctl is-active --quiet kiosk-ui
until_true 20 "the panel draws" inside sh -c 'ls /run/kiosk-ui/pictures/*.png'
for unit in kioskd kiosk-ui; do
    exposure="$(inside systemd-analyze security --no-pager "$unit" | tail -n 1)"
    say "$unit:${exposure#*:}"
done

# --- who may do what
# As somebody would who has taken the panel over: in its namespaces, with its user and groups.
panel() {
    inside nsenter --target "$(pid_of kiosk-ui)" --mount --net -- setpriv --reuid kiosk-ui --regid kiosk-ui \
        --groups kiosk-panel,video,render,input -- "$@"
}
connects() { panel python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])' "$1"; }
panel ls /run/kiosk-ui/pictures >/dev/null || fail "the panel can't be looked into"
networks="$(inside nsenter --target "$(pid_of kiosk-ui)" --net -- cat /proc/net/dev | sed 1,2d | cut -d: -f1 | tr -d ' ')"
[ "$networks" = lo ] || fail "the panel sees networks: $networks"
say "the panel has no network"
if panel ls /var/lib/kiosk >/dev/null 2>&1; then fail "the panel reads the records' folder"; fi
connects /run/kiosk/panel.sock || fail "the panel does not reach its own socket"
if connects /run/kiosk/control.sock 2>/dev/null; then fail "the panel reaches the control socket"; fi
say "the panel reaches its socket, and neither the records nor the control socket"
[ "$(inside stat -c '%a %U' /var/lib/kiosk/kiosk.key)" = "600 kioskd" ] || fail "others may read the key"

# --- a patient books by voice
inside kioskctl roster import /usr/share/doc/minohealth-kiosk/sample-clinic.toml >/dev/null
mkdir "$work/patient"
number=0
while IFS= read -r line; do
    number=$((number + 1))
    "$target/debug/kioskctl" say "$line" --out "$(printf '%s/patient/%02d.wav' "$work" "$number")" >/dev/null
done <provisioning/demo-patient.txt
inside mkdir -p /var/lib/patient
tar -C "$work/patient" -cf - . | inside tar -C /var/lib/patient -xf -
inside chmod -R a+rX /var/lib/patient
inside sh -c 'printf "[audio]\nmicrophone = \"patient:/var/lib/patient\"\nspeaker = \"wav:/var/lib/kiosk/said.wav\"\n" >/etc/kiosk/config.d/50-test.toml'
inside systemctl restart kioskd
until_true 5 "it says that it serves by voice" status_says "voice and touch"
until_true 240 "a spoken visit is booked" booked 1

inside systemctl start kiosk-backup || fail "the nightly copy fails"
inside sh -c 'ls /var/lib/kiosk/backups/kiosk-*.db' >/dev/null || fail "there is no nightly copy"
say "the nightly copy is made"

# --- what happens to boxes
survives() {
    local what="$1" unit="$2" before
    before="$(pid_of "$unit")"
    shift 2
    "$@" "$before"
    until_true 60 "$what: $unit runs again" is_another "$unit" "$before"
}
kill_it() { inside kill -KILL "$1"; }
hang_it() { inside kill -STOP "$1"; }
survives "SIGKILL" kioskd kill_it
until_true 60 "it answers, and nothing is lost" booked 1
survives "SIGKILL" kiosk-ui kill_it
survives "a hung program (watchdog)" kioskd hang_it
until_true 60 "it answers, and nothing is lost" booked 1

inside mv /var/lib/kiosk/models /var/lib/kiosk/models.away
inside systemctl restart kioskd
until_true 60 "without models it is READY by touch only" status_says "touch only"
inside mv /var/lib/kiosk/models.away /var/lib/kiosk/models

inside rm /etc/kiosk/config.d/50-test.toml
inside systemctl restart kioskd
until_true 60 "without sound it is READY by touch only" status_says "touch only"
until_true 60 "and nothing is lost" booked 1

# --- the disk
. provisioning/boot-disk.sh

# --- upgrade, power loss, removal
inside sh -c 'dpkg --install /packages/minohealth-kiosk_*.deb' >/dev/null 2>&1
until_true 60 "after an upgrade it is READY" inside systemctl is-active --quiet kioskd
until_true 60 "and nothing is lost" booked 1
# The whole box is killed at a random moment of its first seconds; with KIOSK_SOAK 200 times.
kills=$([ -n "${KIOSK_SOAK:-}" ] && echo 200 || echo 1)
for _ in $(seq "$kills"); do
    sleep "$((RANDOM % 4)).$((RANDOM % 10))"
    kill -KILL "$leader"
    wait "$container" 2>/dev/null || true
    boot
done
until_true 60 "after the whole box was killed ($kills times) it is READY" inside systemctl is-active --quiet kioskd
until_true 60 "and nothing is lost" booked 1

# --- updates
. provisioning/boot-update.sh

inside dpkg --purge minohealth-kiosk-ui minohealth-kiosk >/dev/null 2>&1 || fail "the packages can't be removed"
left="$(inside sh -c 'ls -d /usr/bin/kiosk* /usr/lib/systemd/system/kiosk* /opt/minohealth-kiosk 2>/dev/null || true')"
[ -z "$left" ] || fail "left after removal: $left"
inside test -e /var/lib/kiosk/kiosk.db || fail "the records went with the package"
say "removed; the records stay"
say "everything passed in $SECONDS s"
