#!/usr/bin/env bash
# Makes a Debian 12 or Ubuntu 22.04 (or later) machine able to build, test and run
# the kiosk. Safe to run again: what is there is left alone, and when nothing is
# missing it ends within a second.
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
    ca-certificates curl git unzip xz-utils
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
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
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
    export DEBIAN_FRONTEND=noninteractive
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq -o Dpkg::Use-Pty=0 --no-install-recommends "${missing[@]}" </dev/null
}

install_rust() {
    [ -f "$HOME/.cargo/env" ] && . "$HOME/.cargo/env"
    if ! command -v cargo >/dev/null; then
        say "Rust: installing by rustup into ~/.cargo (no root, removable by \`rustup self uninstall\`)"
        curl --proto '=https' --tlsv1.2 -sSf --retry 3 https://sh.rustup.rs |
            sh -s -- -y --profile minimal -c rustfmt -c clippy --default-toolchain stable >/dev/null
        . "$HOME/.cargo/env"
    fi
    local found
    found="$(rustc --version | cut -d' ' -f2)"
    if [ "$(printf '%s\n%s\n' "$rust_wanted" "$found" | sort -V | head -n1)" != "$rust_wanted" ]; then
        fail "Rust $found is too old, the kiosk needs $rust_wanted: run \`rustup update stable\`"
    fi
    say "Rust: $found"
}

install_packages
install_rust
