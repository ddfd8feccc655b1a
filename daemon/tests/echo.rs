//! The whole kiosk with its own voice in its microphone, over real ALSA devices (a private
//! PulseAudio that plays the speaker into the microphone): it never answers itself, and a
//! patient can interrupt it, by voice and from the panel.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "support/kiosk.rs"]
mod kiosk;
#[path = "support/models.rs"]
mod models;
#[path = "support/pulse.rs"]
mod pulse;

use kiosk::{Kiosk, Panel};
use kiosk_daemon::audio::wav;
use kiosk_daemon::speech::render;
use kiosk_protocol::{Action, Activity, ClientMessage, Screen, ServerMessage, View};
use models::piper;
use pulse::{MICROPHONE, Pulse, SPEAKER};
use std::time::{Duration, Instant};

/// How often a patient tries to interrupt, on a machine that may be busy with other things.
const TRIES: u32 = 4;
/// How long they wait for an effect.
const PATIENCE: Duration = Duration::from_secs(15);

/// Times that it is told.
const TOLD: u32 = 8;
/// Longer than the kiosk pauses between two sentences.
const SILENCE: Duration = Duration::from_millis(800);
/// What it says to who begins takes longer.
const WELCOME: Duration = Duration::from_secs(3);

#[test]
fn the_kiosk_never_answers_itself_and_can_be_interrupted() {
    let pulse = Pulse::start();
    pulse.echo();
    let kiosk = kiosk_with(&pulse);
    let mut panel = kiosk.panel();
    panel.touch(Action::Book, None);
    panel.wait_for_screen(Screen::Listening);
    until_it_is_quiet(&mut panel);
    for _ in 0..2 {
        repeat(&mut panel);
        until_it_is_quiet(&mut panel);
    }
    std::thread::sleep(Duration::from_secs(3));
    let log = kiosk.log();
    assert!(
        !log.contains("utterance understood as words"),
        "nobody spoke but the kiosk: {log}"
    );

    let folder = tempfile::tempdir().unwrap();
    let said = folder.path().join("patient.wav");
    let mut voice = piper();
    let words = "Excuse me, I would like to see Doctor Owusu on Wednesday.";
    let sound = render(voice.as_mut(), words).unwrap();
    // Somebody else than the kiosk: higher and faster than its voice.
    wav::write(&said, &sound, voice.rate() * 9 / 8).unwrap();
    let interrupted = (0..TRIES).any(|_| {
        repeat(&mut panel);
        std::thread::sleep(Duration::from_millis(800));
        pulse.speak(&said);
        let waiting = Instant::now();
        while waiting.elapsed() < PATIENCE {
            if kiosk.log().contains("the kiosk was interrupted") {
                return true;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        until_it_is_quiet(&mut panel);
        false
    });
    assert!(interrupted, "{}", kiosk.log());
    until_it_is_quiet(&mut panel);
}

/// Told to end, because a touch is answered aloud at once: the silence before the answer
/// cannot be told from a pause. Both come through the panel's socket and the dialogue.
#[test]
fn what_comes_from_the_panel_silences_the_kiosk() {
    let pulse = Pulse::start();
    let kiosk = kiosk_with(&pulse);
    let mut panel = kiosk.panel();
    let mut speaker = pulse.listen_to_speaker();
    let mut waits: Vec<Duration> = (0..TOLD)
        .map(|_| {
            speaker.wait_for_silence(SILENCE);
            panel.touch(Action::Book, None);
            speaker.wait_for_sound();
            let told = Instant::now();
            panel.send(&ClientMessage::End);
            let silent = speaker.wait_for_silence(SILENCE);
            panel.wait_for("the end", |message| {
                matches!(message, ServerMessage::Ended { .. })
            });
            silent.duration_since(told)
        })
        .collect();
    waits.sort();
    println!("from the panel's message to silence: {waits:?}");
    assert!(waits[waits.len() - 1] < WELCOME, "{waits:?}");
}

/// A kiosk with a clinic and with these devices.
fn kiosk_with(pulse: &Pulse) -> Kiosk {
    let alsa = pulse.alsa_config().display().to_string();
    let settings = [
        ("ALSA_CONFIG_PATH", alsa.as_str()),
        ("KIOSK_AUDIO_MICROPHONE", MICROPHONE),
        ("KIOSK_AUDIO_SPEAKER", SPEAKER),
    ];
    let kiosk = Kiosk::start(&settings);
    kiosk.import_sample_clinic();
    kiosk
}

fn repeat(panel: &mut Panel) {
    panel.touch(Action::Repeat, None);
    panel.wait_for(
        "the kiosk to speak",
        |message| matches!(message, ServerMessage::View(view) if is_speaking(view)),
    );
}

fn until_it_is_quiet(panel: &mut Panel) {
    while panel.view().is_none_or(is_speaking) {
        panel.wait_for("the kiosk to finish", |message| {
            matches!(message, ServerMessage::View(_))
        });
    }
}

fn is_speaking(view: &View) -> bool {
    view.transcript.activity == Activity::Speaking
}
