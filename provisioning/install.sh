#!/bin/sh
# Sets a box up from this folder, without a network: the packages, the models, and the
# kiosk as the profile says. Run it as root. Safe to run again.
set -eu
cd "$(dirname "$0")"

if [ "$(id -u)" -ne 0 ]; then
    echo "install: run this as root" >&2
    exit 1
fi
# What is damaged is found before anything is installed.
awk -F' = ' '
    $1 == "path"   { gsub(/"/, "", $2); path = $2 }
    $1 == "sha256" { gsub(/"/, "", $2); print $2 "  " path }
' manifest.toml | sha256sum --check --strict --quiet || {
    echo "install: this bundle is damaged; copy it anew" >&2
    exit 1
}
ours="$(dpkg --print-architecture)"
theirs="$(sed -n 's/^architecture = "\(.*\)"/\1/p' manifest.toml)"
if [ "$ours" != "$theirs" ]; then
    echo "install: this bundle is for $theirs, this box is $ours" >&2
    exit 1
fi
if [ -d packages ]; then
    # All at once: dpkg sorts out which comes first. What is not among them must be here.
    DEBIAN_FRONTEND=noninteractive dpkg --install --skip-same-version packages/*.deb || {
        echo "install: dpkg lacks something that is not in this bundle (see above);" >&2
        echo "install: put its package into packages/ when making the bundle" >&2
        exit 1
    }
fi
exec kioskctl provision --from .
