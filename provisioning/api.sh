#!/usr/bin/env bash
# Tries the kiosk's HTTP interface against its own description, with requests that make
# sense and requests that don't: no answer is a fault of the kiosk's (5xx), and every
# answer is as described. Needs a build; gets schemathesis from PyPI.
set -euo pipefail
cd "$(dirname "$0")/.."

version=4.32.5
seconds="${1:-60}"
programs="${CARGO_TARGET_DIR:-target}/debug"
tools="${XDG_CACHE_HOME:-$HOME/.cache}/minohealth-kiosk/tools/schemathesis-$version"
if [ ! -d "$tools" ]; then
    echo "api: getting schemathesis $version"
    python3 -m pip install --quiet --target "$tools.new" "schemathesis==$version"
    mv "$tools.new" "$tools"
fi

folder="$(mktemp -d)"
kioskd=
finish() {
    [ -z "$kioskd" ] || kill "$kioskd" 2>/dev/null || true
    rm -rf "$folder"
}
trap finish EXIT
mkdir "$folder/state"
port="$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')"
# Records need no models, and a kiosk without them is there at once.
export KIOSK_PATHS_STATE="$folder/state" KIOSK_PATHS_RUNTIME="$folder" KIOSK_PATHS_MODELS="$folder/none" \
    KIOSK_AUDIO_MICROPHONE=none KIOSK_AUDIO_SPEAKER=none KIOSK_HTTP_LISTEN="127.0.0.1:$port"
"$programs/kioskd" 2>"$folder/log" &
kioskd=$!
for _ in $(seq 240); do
    grep -q ready "$folder/log" && break
    kill -0 "$kioskd" 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
    sleep 0.25
done
"$programs/kioskctl" roster import provisioning/sample-clinic.toml
key="$("$programs/kioskctl" key add "schemathesis" --scope staff --scope speech --scope metrics \
    --requests-per-minute 0 2>/dev/null)"
cd "$folder"
# Speech is another client's business, and a kiosk without models answers 503 to it; a call
# for staff is waited for longer than a client of this kind waits.
PYTHONPATH="$tools" python3 -m schemathesis.cli run "http://127.0.0.1:$port/v1/openapi.json" \
    --header "Authorization: Bearer $key" --exclude-path-regex '^/v1/(audio|conversations|alerts$)' \
    --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance \
    --phases examples,coverage,fuzzing --max-time "$seconds" --seed 1 --suppress-health-check all --no-color
if grep -i panicked "$folder/log"; then
    echo "api: kioskd panicked" >&2
    exit 1
fi
