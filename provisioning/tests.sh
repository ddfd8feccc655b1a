#!/usr/bin/env bash
# Every test of the workspace. Some hold conversations in real sound, by the clock: on a
# machine that others use too, a patient comes too late for a question. What failed is
# therefore tried once more by itself, and said so; what fails twice has failed.
set -euo pipefail
cd "$(dirname "$0")/.."

log=$(mktemp)
trap 'rm -f "$log"' EXIT
if cargo test --workspace --locked --no-fail-fast 2>&1 | tee "$log"; then
    exit
fi
# cargo's last lines: "error: 1 target failed:" and "    `-p kiosk-daemon --test echo`".
# Chosen from the whole workspace again, so that nothing is built with other features.
mapfile -t failed < <(sed -nE 's/^    `-p [^ ]+ (--.+)`$/\1/p' "$log" | sort -u)
if ((${#failed[@]} == 0)); then
    exit 1
fi
printf '\n===== tried once more: %s\n' "${failed[@]}"
for tests in "${failed[@]}"; do
    # shellcheck disable=SC2086 # "--test echo" is two words.
    cargo test --workspace --locked $tests
done
printf '\n===== passed only when tried once more, so look at it: %s\n' "${failed[@]}"
