#!/usr/bin/env bash
# Runs the kiosk on this machine, as `make run`. What the machine lacks is simulated
# and said so: a recorded patient for a microphone, a WAV file for a speaker, PNG
# screenshots for a display. With all three it simply runs until Ctrl-C.
set -euo pipefail
cd "$(dirname "$0")/.."

bin="${CARGO_TARGET_DIR:-target}/debug"
run="$PWD/run/$(date +%Y%m%d-%H%M%S)"
mkdir -p "$run/state" "$run/screens" "$run/patient"
chmod 700 "$run/state"
say() { printf '\n== %s\n' "$*"; }

export KIOSK_PATHS_STATE="$run/state"
# A socket's path may have 108 bytes at most; a deep checkout would be over it.
KIOSK_PATHS_RUNTIME="$(mktemp -d -t kiosk-run-XXXXXX)"
export KIOSK_PATHS_RUNTIME
panel_socket="$KIOSK_PATHS_RUNTIME/panel.sock"
control_socket="$KIOSK_PATHS_RUNTIME/control.sock"

# Whisper's threads wait for each other passively: on a shared machine several times
# faster (docs/evaluation.md, "Hearing").
export OMP_WAIT_POLICY=passive

processes=()
stop() {
    # The panel first: it would show that the daemon has gone.
    for ((last = ${#processes[@]} - 1; last >= 0; last--)); do
        kill "${processes[last]}" 2>/dev/null && wait "${processes[last]}" 2>/dev/null || true
    done
    rm -rf "$KIOSK_PATHS_RUNTIME"
}
trap stop EXIT

# ---- what this machine has
has_microphone() { arecord -l 2>/dev/null | grep -q '^card'; }
has_speaker() { aplay -l 2>/dev/null | grep -q '^card'; }
has_display() { [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; }

simulated=""
if has_microphone; then
    echo "microphone: this machine's"
else
    simulated=yes
    echo "microphone: none here; a recorded patient speaks instead"
    export KIOSK_AUDIO_MICROPHONE="patient:$run/patient"
    number=0
    while IFS= read -r line; do
        number=$((number + 1))
        "$bin/kioskctl" say "$line" --out "$run/patient/$(printf %02d $number).wav" >/dev/null
    done <provisioning/demo-patient.txt
fi
if has_speaker; then
    echo "speaker: this machine's"
else
    echo "speaker: none here; the kiosk's voice goes to $run/kiosk.wav"
    export KIOSK_AUDIO_SPEAKER="wav:$run/kiosk.wav"
fi

echo "clinic: an invented one, $("$bin/kioskctl" roster import provisioning/sample-clinic.toml)"

# ---- daemon and panel
"$bin/kioskd" 2>"$run/kioskd.log" &
processes+=($!)
if has_display; then
    echo "display: this machine's"
    "$bin/kiosk-ui" --socket "$panel_socket" &
else
    echo "display: none here; every screen is drawn to $run/screens"
    "$bin/kiosk-ui" --socket "$panel_socket" --simulate "$run/screens" 2>"$run/kiosk-ui.log" &
fi
processes+=($!)

if [ -z "$simulated" ]; then
    say "The kiosk is ready: speak, or touch the screen. Ctrl-C ends it."
    wait "${processes[0]}"
    exit
fi

say "The conversation, in real time"
"$bin/kioskctl" watch --socket "$panel_socket" --until-ended || { cat "$run/kioskd.log" >&2; exit 1; }
say "The appointment in the database"
"$bin/kioskctl" appointments --socket "$control_socket"
say "Left behind in $run"
echo "kiosk.wav     what the kiosk said"
echo "screens/      $(find "$run/screens" -name '*.png' | wc -l) screens as the patient saw them"
echo "kioskd.log    the daemon's log"
