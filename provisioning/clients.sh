#!/usr/bin/env bash
# Tries the kiosk's speech service with the official OpenAI client, as another program
# would use it. Needs a build and the models; gets the client from PyPI.
set -euo pipefail
cd "$(dirname "$0")/.."
. provisioning/tried.sh

get openai 3.54.0
start
key="$("$programs/kioskctl" key add "the OpenAI client" --scope speech 2>/dev/null)"
KEY="$key" URL="http://127.0.0.1:$port/v1" PYTHONPATH="$tools" python3 provisioning/tests/openai_client.py
