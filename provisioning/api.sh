#!/usr/bin/env bash
# Tries the kiosk's HTTP interface against its own description, with requests that make
# sense and requests that don't: no answer is a fault of the kiosk's (5xx), and every
# answer is as described. Needs a build; gets schemathesis from PyPI.
set -euo pipefail
cd "$(dirname "$0")/.."
. provisioning/tried.sh

seconds="${1:-60}"
get schemathesis 4.32.5
# Records need no models, and a kiosk without them is there at once.
export KIOSK_PATHS_MODELS="$folder/none"
start
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
