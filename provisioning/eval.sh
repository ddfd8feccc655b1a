#!/usr/bin/env bash
# Scores the kiosk's understanding on evaluation sets.
# usage: eval.sh SCORER.py DIRECTORY   (DIRECTORY holds *.jsonl sets; prints one JSON object a set)
# UNDERSTAND names the command that answers requests; by default kioskctl's.
set -euo pipefail
scorer=${1:?usage: eval.sh SCORER.py DIRECTORY}
sets=${2:?usage: eval.sh SCORER.py DIRECTORY}
understand=${UNDERSTAND:-kioskctl understand}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for set in "$sets"/*.jsonl; do
  name=$(basename "$set" .jsonl)
  python3 "$scorer" requests "$set" >"$work/requests.jsonl" 2>/dev/null || continue
  $understand <"$work/requests.jsonl" >"$work/answers.jsonl"
  echo "== $name"
  python3 "$scorer" score "$set" "$work/answers.jsonl"
done
