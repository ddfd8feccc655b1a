# Sourced by the checks that try a running kioskd with somebody else's program (api.sh,
# clients.sh, tls.sh): gets that program, and starts a kioskd of its own for it.

programs="$(realpath "${CARGO_TARGET_DIR:-target}")/debug"
folder="$(mktemp -d)"
kioskd=
finish() {
    [ -z "$kioskd" ] || kill "$kioskd" 2>/dev/null || true
    rm -rf "$folder"
}
trap finish EXIT

# get NAME VERSION: a program of PyPI, kept for the next time; its folder is $tools.
get() {
    tools="${XDG_CACHE_HOME:-$HOME/.cache}/minohealth-kiosk/tools/$1-$2"
    [ ! -d "$tools" ] || return 0
    echo "getting $1 $2"
    rm -rf "$tools.new"
    python3 -m pip install --quiet --target "$tools.new" "$1==$2"
    mv "$tools.new" "$tools"
}

# start [OPTION…]: a kioskd without sound, whose HTTP is at $port.
start() {
    mkdir -p "$folder/state"
    export KIOSK_PATHS_STATE="$folder/state" KIOSK_PATHS_RUNTIME="$folder" \
        KIOSK_AUDIO_MICROPHONE=none KIOSK_AUDIO_SPEAKER=none KIOSK_HTTP_LISTEN="127.0.0.1:$port"
    "$programs/kioskd" "$@" 2>"$folder/log" &
    kioskd=$!
    local waited
    for waited in $(seq 240); do
        ! grep -q ready "$folder/log" || return 0
        kill -0 "$kioskd" 2>/dev/null || break
        sleep 0.25
    done
    cat "$folder/log" >&2
    return 1
}

port="$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')"
