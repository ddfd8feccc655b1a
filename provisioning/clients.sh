#!/usr/bin/env bash
# Tries the kiosk's speech service with the official OpenAI client, as another program
# would use it. Needs a build and the models; gets the client from PyPI.
set -euo pipefail
cd "$(dirname "$0")/.."

version=3.54.0
programs="${CARGO_TARGET_DIR:-target}/debug"
packages="${XDG_CACHE_HOME:-$HOME/.cache}/minohealth-kiosk/tools/openai-$version"
if [ ! -d "$packages" ]; then
    echo "clients: getting openai $version"
    python3 -m pip install --quiet --target "$packages.new" "openai==$version"
    mv "$packages.new" "$packages"
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
export KIOSK_PATHS_STATE="$folder/state" KIOSK_PATHS_RUNTIME="$folder" \
    KIOSK_AUDIO_MICROPHONE=none KIOSK_AUDIO_SPEAKER=none KIOSK_HTTP_LISTEN="127.0.0.1:$port"
"$programs/kioskd" 2>"$folder/log" &
kioskd=$!
for _ in $(seq 240); do
    grep -q ready "$folder/log" && break
    kill -0 "$kioskd" 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
    sleep 0.25
done
key="$("$programs/kioskctl" key add "the OpenAI client" --scope speech 2>/dev/null)"
KEY="$key" URL="http://127.0.0.1:$port/v1" PYTHONPATH="$packages" python3 provisioning/tests/openai_client.py
