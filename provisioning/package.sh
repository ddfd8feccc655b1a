#!/usr/bin/env bash
# Makes the Debian packages in target/package: `minohealth-kiosk` (kioskd, kioskctl, units)
# and `minohealth-kiosk-ui` (the panel, with its source, as its licence wants).
#   package.sh           of a release build
#   package.sh --debug   of the development build that is there: for trying the packages out
#   package.sh --arm64   for a Jetson, on another machine (with --debug: a development build)
set -euo pipefail
cd "$(dirname "$0")/.."

target="${CARGO_TARGET_DIR:-target}"
profile=release
compression=xz
architecture="$(dpkg --print-architecture)"
here="$architecture"
for option in "$@"; do
    case "$option" in
    --debug) profile=debug compression=none ;;
    --arm64) architecture=arm64 ;;
    *)
        echo "package: there is no $option; there are --debug and --arm64" >&2
        exit 2
        ;;
    esac
done

across=()
triple=""
tools=""
if [ "$architecture" != "$here" ]; then
    provisioning/setup.sh --arm64
    triple=aarch64-unknown-linux-gnu
    tools=aarch64-linux-gnu-
    across=(--target "$triple")
    export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER="${tools}gcc"
    export CC_aarch64_unknown_linux_gnu="${tools}gcc" CXX_aarch64_unknown_linux_gnu="${tools}g++"
    export AR_aarch64_unknown_linux_gnu="${tools}ar"
    export PKG_CONFIG_ALLOW_CROSS=1
    export PKG_CONFIG_LIBDIR_aarch64_unknown_linux_gnu=/usr/lib/aarch64-linux-gnu/pkgconfig:/usr/share/pkgconfig
    # For dpkg-shlibdeps.
    export DEB_HOST_ARCH="$architecture"
fi
build() { cargo build --locked --bins ${across[@]+"${across[@]}"} "$@"; }
# A package is for boxes that its builder never saw: whisper.cpp may use what every x86-64
# since 2013 has (AVX2), or an Orin (dot products, half precision), not what this processor
# happens to have. In a folder of its own, because what was built for this machine would not
# be built again.
[ "$architecture" != arm64 ] || export GGML_CPU_ARM_ARCH=armv8.2-a+dotprod+fp16
if [ "$profile" = release ]; then
    export GGML_NATIVE=OFF CARGO_TARGET_DIR="$target/any-box"
    # The panel for a box without a desktop, drawn straight to the display.
    build --release -p kiosk-daemon -p kiosk-provisioning
    build --release -p kiosk-ui --features linuxkms
elif [ -n "$triple" ]; then
    build --workspace
fi
version="$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)"
# Two builds of one commit are the same to the byte.
SOURCE_DATE_EPOCH="$(git log -1 --format=%ct)"
export SOURCE_DATE_EPOCH
out="$target/package"
rm -rf "$out"
mkdir -p "$out"

# The oldest C library that a kiosk may have: JetPack 6 is Ubuntu 22.04. What this machine
# builds against is no promise; the symbols are.
glibc_floor=2.35
check_glibc() {
    local needed
    needed="$("${tools}objdump" -T "$1" | grep -o 'GLIBC_[0-9.]*' | sort -uV | tail -n 1 | cut -d_ -f2)"
    if [ "$(printf '%s\n' "$needed" "$glibc_floor" | sort -V | tail -n 1)" != "$glibc_floor" ]; then
        echo "package: $(basename "$1") needs glibc $needed; the floor is $glibc_floor" >&2
        "${tools}objdump" -T "$1" | grep -F "GLIBC_$needed" | awk '{ print "package:   " $NF }' >&2
        # A development build is for trying out.
        [ "$profile" = debug ] || exit 1
    else
        echo "package: $(basename "$1") needs glibc $needed, at most $glibc_floor"
    fi
}

# What the programs need of the system, by package, as their symbols say.
needed_by() {
    local stub
    stub="$(mktemp -d)"
    mkdir "$stub/debian"
    printf 'Source: kiosk\n\nPackage: kiosk\nArchitecture: any\n' >"$stub/debian/control"
    (cd "$stub" && dpkg-shlibdeps -O "$@" 2>said) >"$stub/needs" || {
        cat "$stub/said" >&2
        exit 1
    }
    sed 's/^shlibs:Depends=//' "$stub/needs"
    rm -rf "$stub"
}

# put MODE SOURCE TARGET
put() { install -D -m "$1" "$2" "$root/$3"; }

control() {
    local name="$1" depends="$2" summary="$3"
    mkdir -p "$root/DEBIAN"
    cat >"$root/DEBIAN/control" <<EOF
Package: $name
Version: $version
Architecture: $architecture
Maintainer: MinoHealth <kiosk@minohealth.org>
Section: misc
Priority: optional
Installed-Size: $(du -sk "$root" | cut -f1)
Depends: $depends
Description: $summary
EOF
    for script in preinst postinst prerm postrm; do
        if [ -f "provisioning/debian/$name.$script" ]; then
            put 755 "provisioning/debian/$name.$script" "DEBIAN/$script"
        fi
    done
}

pack() {
    find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    dpkg-deb --root-owner-group -Z"$compression" --build "$root" "$out/${1}_${version}_${architecture}.deb" >/dev/null
    rm -rf "$root"
}

# Programs and units are reached through a link that names the version that runs
# (docs/adr/0010-versions-beside-each-other.md).
own=usr/lib/minohealth-kiosk
current=/opt/minohealth-kiosk/current

program() {
    check_glibc "$programs/$1"
    put 755 "$programs/$1" "$own/$1"
    "${tools}strip" "$root/$own/$1"
    mkdir -p "$root/usr/bin"
    ln -s "$current/$1" "$root/usr/bin/$1"
}

unit() {
    put 644 "systemd/system/$1" "$own/units/$1"
    mkdir -p "$root/usr/lib/systemd/system"
    ln -s "$current/units/$1" "$root/usr/lib/systemd/system/$1"
}

programs="$(realpath "${CARGO_TARGET_DIR:-$target}/$triple/$profile")"

root="$out/daemon"
for program in kioskd kioskctl; do
    program "$program"
done
put 644 systemd/kiosk.toml usr/share/doc/minohealth-kiosk/kiosk.toml
put 644 systemd/profile.toml usr/share/doc/minohealth-kiosk/profile.toml
for unit in kioskd.service kiosk-again@.service kioskd-http.socket kiosk-models.service kiosk-backup.service kiosk-backup.timer; do
    unit "$unit"
done
printf '%s\n' "$version" >"$root/$own/VERSION"
put 644 systemd/sysusers.conf usr/lib/sysusers.d/minohealth-kiosk.conf
put 644 systemd/tmpfiles.conf usr/lib/tmpfiles.d/minohealth-kiosk.conf
put 644 systemd/kiosk.rules usr/lib/udev/rules.d/60-minohealth-kiosk.rules
put 644 provisioning/sample-clinic.toml usr/share/doc/minohealth-kiosk/sample-clinic.toml
for page in README.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE docs/*.md; do
    put 644 "$page" "usr/share/doc/minohealth-kiosk/$(basename "$page")"
done
for page in docs/monitoring/*; do
    put 644 "$page" "usr/share/doc/minohealth-kiosk/monitoring/$(basename "$page")"
done
# Model files that have no address of their own come by pip, as `models/manifest.toml` says.
needs="$(needed_by "$programs/kioskd" "$programs/kioskctl")"
control minohealth-kiosk "$needs, espeak-ng, python3-pip, systemd (>= 249)" \
    "Clinic lobby kiosk: patients book by voice and touch
 The daemon that hears, understands and books, and kioskctl for technicians."
pack minohealth-kiosk

root="$out/panel"
program kiosk-ui
unit kiosk-ui.service
put 644 systemd/logind.conf usr/lib/systemd/logind.conf.d/50-minohealth-kiosk.conf
put 644 systemd/sysctl.conf usr/lib/sysctl.d/50-minohealth-kiosk.conf
put 644 ui-slint/LICENSE usr/share/doc/minohealth-kiosk-ui/LICENSE
# The whole workspace, so that it builds as it is.
mkdir -p "$root/usr/src/minohealth-kiosk-ui"
git archive --format=tar HEAD | xz -T1 \
    >"$root/usr/src/minohealth-kiosk-ui/source.tar.xz"
needs="$(needed_by "$programs/kiosk-ui")"
control minohealth-kiosk-ui "$needs, minohealth-kiosk (= $version)" \
    "Clinic lobby kiosk: the touchscreen
 Draws what the daemon sends, without network or access to the records. GPL-3.0-only;
 its source lies in /usr/src/minohealth-kiosk-ui."
pack minohealth-kiosk-ui

# What is in them, crate by crate (CycloneDX).
provisioning/sbom.py "$version" "$SOURCE_DATE_EPOCH" >"$out/minohealth-kiosk_${version}.cdx.json"

ls -l "$out"/*.deb "$out"/*.json
