//! The main job, whole: a patient speaks into a real ALSA microphone, changes their mind
//! once, and is booked. The real daemon, the real models, the real database; what the
//! kiosk says is recorded from the speaker and heard again.
#![allow(clippy::unwrap_used, clippy::wildcard_enum_match_arm)]

#[path = "support/kiosk.rs"]
mod kiosk;
#[path = "support/models.rs"]
mod models;
#[path = "support/patient.rs"]
mod patient;
#[path = "support/pulse.rs"]
mod pulse;

use kiosk::{Kiosk, Panel};
use kiosk_protocol::{Outcome, Screen, ServerMessage};
use models::{hearing, words_heard};
use patient::Patient;
use pulse::{MICROPHONE, Pulse, SPEAKER};
use std::path::Path;

/// Each of these keeps a recogniser busy in real time; side by side they would be as slow
/// as no kiosk is.
static ONE_AT_A_TIME: std::sync::Mutex<()> = std::sync::Mutex::new(());

fn alone() -> std::sync::MutexGuard<'static, ()> {
    ONE_AT_A_TIME
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[test]
fn a_spoken_request_becomes_a_booked_appointment() {
    let _alone = alone();
    let pulse = Pulse::start();
    // The microphone hears the kiosk's own voice throughout.
    pulse.echo();
    let alsa = pulse.alsa_config().display().to_string();
    let settings = [
        ("ALSA_CONFIG_PATH", alsa.as_str()),
        ("KIOSK_AUDIO_MICROPHONE", MICROPHONE),
        ("KIOSK_AUDIO_SPEAKER", SPEAKER),
    ];
    let kiosk = Kiosk::start(&settings);
    kiosk.import_sample_clinic();
    let folder = tempfile::tempdir().unwrap();
    let recording = pulse.record_speaker(&folder.path().join("kiosk.wav"));
    let mut patient = Patient {
        panel: kiosk.panel(),
        pulse: &pulse,
        folder: folder.path(),
    };

    patient.says("Hello, I would like to book an appointment with Doctor Owusu please.");
    patient.waits_for(Screen::Listening);
    patient.says("Tuesday morning, please.");
    patient.waits_for(Screen::ChooseSlot);
    patient.says("No, sorry, Wednesday afternoon.");
    patient.waits_until("Wednesday is offered", |view| {
        view.screen == Screen::ChooseSlot
            && view
                .choices
                .iter()
                .any(|choice| choice.detail.contains("Wednesday"))
    });
    patient.says("The first one, please.");
    patient.waits_for(Screen::EnterPhone);
    patient.says("I don't have a phone.");
    patient.waits_for(Screen::EnterBirthDate);
    patient.says("The second of March, nineteen ninety.");
    let view = patient.waits_for(Screen::EnterName);
    let born = view.draft.birth_date.unwrap();
    assert_eq!(born.expose(), "2 March 1990");
    patient.says("My name is Grace Mensah.");
    // A name that was heard wrong is corrected as people do; after that it would be typed.
    for _ in 0..2 {
        let view = patient.waits_until("the name is shown", |view| view.draft.name.is_some());
        if view.draft.name.unwrap().expose() == "Grace Mensah" {
            break;
        }
        patient.says("No, my name is Grace Mensah.");
    }
    patient.says("Yes, that is right.");
    patient.waits_for(Screen::Question);
    patient.says("Yes, you may.");
    let view = patient.waits_for(Screen::Confirm);
    assert!(view.draft.date.unwrap().contains("Wednesday"));
    assert!(
        kiosk.appointments().is_empty(),
        "nothing is booked before the yes"
    );
    patient.says("Yes please.");
    let ticket = patient.waits_for(Screen::Booked).booked.unwrap();
    patient.lets_it_finish();
    patient.is_quiet_for(3);

    let rows = kiosk.appointments();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].practitioner, "Dr Ama Owusu");
    assert_eq!(rows[0].code, ticket.code);
    assert_eq!(rows[0].start.weekday(), jiff::civil::Weekday::Wednesday);
    assert!(rows[0].start.hour() >= 12);
    assert_eq!(rows[0].patient.expose(), "Grace Mensah");

    let screens = patient.panel.screens();
    for screen in [
        Screen::Welcome,
        Screen::Listening,
        Screen::ChooseSlot,
        Screen::EnterName,
        Screen::Confirm,
        Screen::Booked,
    ] {
        assert!(
            screens.contains(&screen),
            "{screen:?} was not shown: {screens:?}"
        );
    }
    let meant: Vec<String> = patient
        .panel
        .messages
        .iter()
        .filter_map(|message| match message {
            ServerMessage::Speaking { text, .. } => Some(text.expose().to_owned()),
            _ => None,
        })
        .collect();
    let heard = heard_again(&recording.stop());
    // The recogniser writes "1.30" for "one thirty": not every word can match.
    let share = words_heard(&meant.join(" "), &heard);
    assert!(
        share > 0.7,
        "the kiosk meant to say {meant:?} and was heard to say: {heard}"
    );
    for word in ["tuesday", "wednesday"] {
        assert!(
            heard.contains(word),
            "the kiosk was not heard to say `{word}`: {heard}\n{}",
            kiosk.log()
        );
    }
    assert!(!heard.contains("grace"), "a patient's name was said aloud");
    assert!(
        !kiosk.log().contains("Grace") && !kiosk.log().contains("Owusu please"),
        "the log tells who spoke"
    );
    let ended = patient
        .panel
        .messages
        .iter()
        .find_map(|message| match message {
            ServerMessage::Ended { outcome, .. } => Some(*outcome),
            _ => None,
        });
    assert!(matches!(ended, None | Some(Outcome::Booked)));
}

#[test]
fn what_a_patient_says_appears_while_they_say_it_and_does_not_flicker() {
    let _alone = alone();
    let pulse = Pulse::start();
    let alsa = pulse.alsa_config().display().to_string();
    let settings = [
        ("ALSA_CONFIG_PATH", alsa.as_str()),
        ("KIOSK_AUDIO_MICROPHONE", MICROPHONE),
        ("KIOSK_AUDIO_SPEAKER", "none"),
        // Also on a machine that would be too slow for it.
        ("KIOSK_HEARING_PARTIALS", "true"),
    ];
    let kiosk = Kiosk::start(&settings);
    kiosk.import_sample_clinic();
    let folder = tempfile::tempdir().unwrap();
    let mut patient = Patient {
        panel: kiosk.panel(),
        pulse: &pulse,
        folder: folder.path(),
    };
    patient.panel.touch(kiosk_protocol::Action::Book, None);
    patient.panel.wait_for_screen(Screen::Listening);
    // Long enough for several runs, also where the machine has other work.
    patient.says(
        "Good morning, I have been feeling a little tired these days and my sister told me \
         that it would be a good thing to talk to somebody about it, so that I would like to \
         make an appointment with Doctor Owusu some time on Wednesday, if it is possible.",
    );
    patient.panel.wait_for("the final transcript", |message| {
        matches!(message, ServerMessage::Transcript { is_final: true, .. })
    });
    let mut shown: Vec<String> = Vec::new();
    for message in &patient.panel.messages {
        match message {
            ServerMessage::Transcript {
                is_final: false,
                text,
            } => shown.push(text.expose().to_owned()),
            ServerMessage::Transcript { is_final: true, .. } => break,
            _ => {}
        }
    }
    assert!(!shown.is_empty(), "nothing was shown before the end");
    assert!(
        shown.windows(2).all(|pair| pair[1].starts_with(&pair[0])),
        "{shown:?}"
    );
}

#[test]
fn a_microphone_and_a_speaker_that_come_back_are_used_again() {
    let _alone = alone();
    let mut pulse = Pulse::start();
    let alsa = pulse.alsa_config().display().to_string();
    let settings = [
        ("ALSA_CONFIG_PATH", alsa.as_str()),
        ("KIOSK_AUDIO_MICROPHONE", MICROPHONE),
        ("KIOSK_AUDIO_SPEAKER", SPEAKER),
    ];
    let kiosk = Kiosk::start(&settings);
    kiosk.import_sample_clinic();
    let folder = tempfile::tempdir().unwrap();
    let mut panel = kiosk.panel();
    let sees = |panel: &mut Panel, hears: bool| {
        panel.wait_for("the microphone's state", |message| {
            matches!(message, ServerMessage::View(view) if view.capabilities.speech_in == hears)
        });
    };
    sees(&mut panel, true);
    pulse.unplug();
    sees(&mut panel, false);
    panel.touch(kiosk_protocol::Action::Book, None);
    panel.wait_for_screen(Screen::Listening);
    pulse.replug();
    sees(&mut panel, true);
    let recording = pulse.record_speaker(&folder.path().join("kiosk.wav"));
    let mut patient = Patient {
        panel,
        pulse: &pulse,
        folder: folder.path(),
    };
    patient.says("I would like to see Doctor Owusu on Wednesday, please.");
    patient.waits_for(Screen::ChooseSlot);
    patient.lets_it_finish();
    patient.is_quiet_for(2);
    let heard = heard_again(&recording.stop());
    assert!(
        heard.contains("wednesday"),
        "the kiosk was heard to say: {heard}"
    );
}

fn heard_again(wav: &Path) -> String {
    hearing()
        .transcribe_file(wav)
        .unwrap()
        .text()
        .to_lowercase()
}
