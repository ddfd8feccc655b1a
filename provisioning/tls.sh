#!/usr/bin/env bash
# Looks at the kiosk's HTTPS as an attacker's scanner would: versions, ciphers, groups,
# certificate and known attacks, against Mozilla's intermediate recommendation. Needs a
# build; gets sslyze from PyPI.
set -euo pipefail
cd "$(dirname "$0")/.."
. provisioning/tried.sh

get sslyze 6.3.1
# An authority of this run's own, and what it issues: ECDSA P-256, for three months.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj "/CN=an authority" \
    -addext keyUsage=critical,keyCertSign -keyout "$folder/ca.key" -out "$folder/ca.pem" 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost \
    -keyout "$folder/kiosk.key" -out "$folder/kiosk.csr" 2>/dev/null
openssl x509 -req -in "$folder/kiosk.csr" -CA "$folder/ca.pem" -CAkey "$folder/ca.key" -days 90 -out "$folder/kiosk.pem" \
    -extfile <(printf "subjectAltName=DNS:localhost\nauthorityKeyIdentifier=keyid\nextendedKeyUsage=serverAuth\n") 2>/dev/null
printf '[http]\ncertificate = "%s"\nprivate_key = "%s"\n' "$folder/kiosk.pem" "$folder/kiosk.key" >"$folder/kiosk.toml"
export KIOSK_PATHS_MODELS="$folder/none"
start --config "$folder/kiosk.toml"
# Fails where anything is not as recommended, or an attack succeeds.
PYTHONPATH="$tools" PYTHONWARNINGS=ignore python3 -m sslyze "localhost:$port" --certinfo_ca_file "$folder/ca.pem" \
    --mozilla_config intermediate --heartbleed --robot --openssl_ccs --reneg --compression --fallback --early_data
