//! Real ALSA devices (a private PulseAudio): a sentence goes in through the microphone,
//! another comes out of the speaker, and a device that goes is an event.
#![allow(clippy::unwrap_used)]

#[path = "support/models.rs"]
mod models;
#[path = "support/pulse.rs"]
mod pulse;

use kiosk_core::dialogue::SpeechId;
use kiosk_daemon::audio::devices::Direction;
use kiosk_daemon::audio::{AudioSource, DeviceSink, DeviceSource, Quiet, mixer, wav};
use kiosk_daemon::hearing::{Ear, EarEvent, VoiceActivity};
use kiosk_daemon::speech::{Rank, Studio, Voice, VoiceEvent, render};
use kiosk_dsp::loopback::Loopback;
use models::{hearing, hearing_models, piper, words_heard};
use pulse::{MICROPHONE, Pulse, SPEAKER};
use std::process::Command;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// ALSA reads its configuration from the environment, which a process can't safely
/// change for itself: the test runs itself again in a child.
const IN_CHILD: &str = "KIOSK_TEST_WITH_PRIVATE_SOUND";

#[test]
fn a_sentence_goes_in_through_the_microphone() {
    let Some(pulse) = in_child("a_sentence_goes_in_through_the_microphone") else {
        return;
    };
    let said = "I would like to see a doctor on Monday morning.";
    let mut voice = piper();
    let sound = render(voice.as_mut(), said).unwrap();
    let file = std::env::temp_dir().join(format!("kiosk-said-{}.wav", std::process::id()));
    wav::write(&file, &sound, voice.rate()).unwrap();

    let (events, mut heard) = mpsc::channel(64);
    let source = DeviceSource::open(MICROPHONE).unwrap();
    let _ear = Ear::start(
        Box::new(source),
        voice_activity(),
        None,
        Loopback::default(),
        events,
    )
    .unwrap();
    pulse.speak(&file);
    std::fs::remove_file(&file).unwrap();
    let utterance = loop {
        match heard.blocking_recv().expect("the ear lives") {
            EarEvent::Utterance(utterance) => break utterance,
            EarEvent::Level { .. }
            | EarEvent::Stirred
            | EarEvent::Settled
            | EarEvent::SpeechStarted
            | EarEvent::Partial(_)
            | EarEvent::Paused(_) => {}
            other @ (EarEvent::Overran(_)
            | EarEvent::SourceEnded
            | EarEvent::SourceLost(_)
            | EarEvent::SourceMuted
            | EarEvent::SourceBack) => {
                panic!("{other:?}")
            }
        }
    };
    let turns = hearing().transcribe(&utterance.samples, 16_000).unwrap();
    let text = turns.first().map_or("", |turn| turn.text.expose());
    assert!(
        words_heard(said, text) >= 0.9,
        "said {said:?}, heard {text:?}"
    );
}

#[test]
fn a_sentence_comes_out_of_the_speaker_and_stops_when_told() {
    let Some(pulse) = in_child("a_sentence_comes_out_of_the_speaker_and_stops_when_told") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let (events, mut told) = mpsc::channel(64);
    let sink = DeviceSink::open(SPEAKER, &Loopback::default()).unwrap();
    let quiet = Quiet::new();
    let studio = Studio::start(piper(), None).unwrap();
    let voice = (studio.handle(), Rank::Lobby);
    let voice = Voice::start(voice, Box::new(sink), None, quiet.clone(), events).unwrap();

    let said = "Please take a seat. The doctor will see you on Monday.";
    let recording = pulse.record_speaker(&folder.path().join("speaker.wav"));
    voice.say(SpeechId(1), said.into(), false).unwrap();
    assert!(quiet.is_speaking());
    for event in [
        VoiceEvent::Speaking(SpeechId(1)),
        VoiceEvent::SentenceSpoken(SpeechId(1)),
    ] {
        assert_eq!(told.blocking_recv(), Some(event));
    }
    assert_eq!(
        told.blocking_recv(),
        Some(VoiceEvent::Spoken {
            id: SpeechId(1),
            interrupted: false
        })
    );
    assert!(!quiet.is_speaking());
    let turns = hearing().transcribe_file(&recording.stop()).unwrap();
    assert!(
        words_heard(said, &turns.text()) >= 0.9,
        "said {said:?}, recorded {:?}",
        turns.text()
    );

    let recording = pulse.record_speaker(&folder.path().join("stopped.wav"));
    voice
        .say(
            SpeechId(2),
            "One, two, three, four, five, six, seven, eight, nine, ten.".into(),
            false,
        )
        .unwrap();
    assert_eq!(
        told.blocking_recv(),
        Some(VoiceEvent::Speaking(SpeechId(2)))
    );
    std::thread::sleep(Duration::from_millis(800));
    let stopped = Instant::now();
    voice.stop();
    assert_eq!(
        told.blocking_recv(),
        Some(VoiceEvent::Spoken {
            id: SpeechId(2),
            interrupted: true
        })
    );
    assert!(
        stopped.elapsed() < Duration::from_millis(200),
        "{:?}",
        stopped.elapsed()
    );
    // The recording is the proof: it goes on for a second after the stop, in silence.
    std::thread::sleep(Duration::from_millis(1_000));
    let sound = wav::read(&recording.stop()).unwrap();
    let loud = sound
        .samples
        .iter()
        .rposition(|sample| sample.abs() > 0.01)
        .unwrap();
    let silence = (sound.samples.len() - loud) as f64 / f64::from(sound.rate);
    assert!(silence > 0.6, "only {silence} s of silence after the stop");
}

#[test]
fn a_microphone_that_goes_is_an_event() {
    let Some(mut pulse) = in_child("a_microphone_that_goes_is_an_event") else {
        return;
    };
    let (events, mut heard) = mpsc::channel(64);
    let mut source = DeviceSource::open(MICROPHONE).unwrap();
    let mut samples = Vec::new();
    while samples.is_empty() {
        source.read(&mut samples).unwrap();
    }
    let _ear = Ear::start(
        Box::new(source),
        voice_activity(),
        None,
        Loopback::default(),
        events,
    )
    .unwrap();
    pulse.unplug();
    let unplugged = Instant::now();
    loop {
        match heard
            .blocking_recv()
            .expect("the ear says so before it ends")
        {
            EarEvent::SourceLost(why) => {
                assert!(why.contains(MICROPHONE), "{why}");
                break;
            }
            EarEvent::Level { .. } => {}
            other @ (EarEvent::Stirred
            | EarEvent::Settled
            | EarEvent::SpeechStarted
            | EarEvent::Partial(_)
            | EarEvent::Paused(_)
            | EarEvent::Utterance(_)
            | EarEvent::Overran(_)
            | EarEvent::SourceEnded
            | EarEvent::SourceMuted
            | EarEvent::SourceBack) => {
                panic!("{other:?}")
            }
        }
    }
    assert!(
        unplugged.elapsed() < Duration::from_secs(8),
        "{:?}",
        unplugged.elapsed()
    );
}

#[test]
fn loudness_and_gain_are_set_through_the_mixer() {
    let Some(pulse) = in_child("loudness_and_gain_are_set_through_the_mixer") else {
        return;
    };
    pulse.mute_speaker();
    mixer::set(SPEAKER, Direction::Play, 40).unwrap();
    assert_eq!(
        pulse.volume_of("sink", SPEAKER),
        (40, false),
        "and no longer muted"
    );
    mixer::set(MICROPHONE, Direction::Record, 60).unwrap();
    assert_eq!(pulse.volume_of("source", MICROPHONE), (60, false));
    let refusal = mixer::set("kiosk_mouth", Direction::Play, 40).unwrap_err();
    assert!(refusal.to_string().contains("kiosk_mouth"), "{refusal}");
}

#[test]
fn a_missing_microphone_is_named_with_those_that_exist() {
    let Some(_pulse) = in_child("a_missing_microphone_is_named_with_those_that_exist") else {
        return;
    };
    let refusal = DeviceSource::open("kiosk_ear").err().unwrap().to_string();
    assert!(
        refusal.contains("`kiosk_ear`") && refusal.contains(MICROPHONE),
        "{refusal}"
    );
    let refusal = DeviceSink::open("kiosk_mouth", &Loopback::default())
        .err()
        .unwrap()
        .to_string();
    assert!(
        refusal.contains("`kiosk_mouth`") && refusal.contains(SPEAKER),
        "{refusal}"
    );
}

/// In the test itself: starts the sound server, runs the test again in a child and
/// returns `None`. In the child: the server that the parent started for it, by proxy.
fn in_child(test: &str) -> Option<Pulse> {
    if std::env::var_os(IN_CHILD).is_some() {
        return Some(Pulse::of_parent());
    }
    let pulse = Pulse::start();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env("ALSA_CONFIG_PATH", pulse.alsa_config())
        .env(IN_CHILD, "1")
        .envs(pulse.for_child())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    None
}

fn voice_activity() -> VoiceActivity {
    let models = hearing_models();
    VoiceActivity::load(&models.onnx_runtime, &models.voice_activity).unwrap()
}
