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
use kiosk_protocol::{Outcome, Private, Screen, ServerMessage};
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

    patient.says_for(
        Screen::Listening,
        "Hello, I would like to book an appointment with Doctor Owusu please.",
    );
    patient.says_for(Screen::ChooseSlot, "Tuesday morning, please.");
    patient.says_until(
        "No, sorry, Wednesday afternoon.",
        "Wednesday is offered",
        |view| {
            let mut details = view.choices.iter().map(|choice| &choice.detail);
            view.screen == Screen::ChooseSlot && details.any(|detail| detail.contains("Wednesday"))
        },
    );
    patient.says_for(Screen::EnterPhone, "The first one, please.");
    patient.says_for(Screen::EnterBirthDate, "I don't have a phone.");
    let view = patient.says_for(Screen::EnterName, "The second of March, nineteen ninety.");
    // What was heard wrong is put right as people do.
    let born = Some(Private::from("2 March 1990"));
    if view.draft.birth_date != born {
        patient.says_until(
            "No, I was born on the second of March, nineteen ninety.",
            "the birth date",
            |view| view.screen == Screen::EnterName && view.draft.birth_date == born,
        );
    }
    let name = Some(Private::from("Grace Mensah"));
    let view = patient.says_until("My name is Grace Mensah.", "a name", |view| {
        view.draft.name.is_some()
    });
    if view.draft.name != name {
        patient.says_until("No, my name is Grace Mensah.", "the name", |view| {
            view.draft.name == name
        });
    }
    patient.says_for(Screen::Question, "Yes, that is right.");
    let view = patient.says_for(Screen::Confirm, "Yes, you may.");
    assert!(view.draft.date.unwrap().contains("Wednesday"));
    assert!(
        kiosk.appointments().is_empty(),
        "nothing is booked before the yes"
    );
    let ticket = patient
        .says_for(Screen::Booked, "Yes please.")
        .booked
        .unwrap();
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
    patient.says_for(
        Screen::ChooseSlot,
        "I would like to see Doctor Owusu on Wednesday, please.",
    );
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
