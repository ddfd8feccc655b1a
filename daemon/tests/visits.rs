//! Visits to the real kioskd by touch and by typed words: no sound, the real database,
//! the real sockets.
#![allow(clippy::unwrap_used)]

#[path = "support/kiosk.rs"]
mod kiosk;
#[path = "support/visit.rs"]
mod visit;

use kiosk::{Kiosk, Panel, all_bytes};
use kiosk_daemon::audio::wav;
use kiosk_protocol::control::{AlertKind, Reply, Request};
use kiosk_protocol::{Action, ClientMessage, Outcome, Screen, ServerMessage};
use std::time::Duration;
use visit::{Person, asks_for_a_day};

/// No patient, clinic or test data of any other kind has this name.
const PATIENT: &str = "Adwoa Plantedname";
const PHONE: &str = "0244987654";
const BIRTH_DATE: &str = "02/03/1990";

#[test]
fn a_patient_books_by_touch_alone() {
    let kiosk = Kiosk::start(&[]);
    kiosk.import_sample_clinic();
    let mut panel = kiosk.panel();
    to_confirmation(&mut panel);
    assert!(
        kiosk.appointments().is_empty(),
        "nothing is booked before the yes"
    );
    panel.touch(Action::Yes, None);
    let view = panel.wait_for_screen(Screen::Booked);
    let rows = kiosk.appointments();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].patient.expose(), PATIENT);
    assert_eq!(rows[0].code, view.booked.unwrap().code);
    assert_eq!(rows[0].status, "booked");

    panel.touch(Action::Goodbye, None);
    let ended = panel.wait_for("the end", |message| {
        matches!(message, ServerMessage::Ended { .. })
    });
    let id = rows[0].id.clone();
    assert_eq!(
        ended,
        ServerMessage::Ended {
            outcome: Outcome::Booked,
            appointment: Some(id)
        }
    );
    assert_eq!(panel.view().unwrap().screen, Screen::Welcome);
}

#[test]
fn silence_and_noise_wake_nobody_and_book_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut seed = 1_u32;
    let noise = (0..16_000 * 4).map(|_| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as f32 / (1 << 24) as f32 * 0.2 - 0.1
    });
    let noise: Vec<f32> = noise.collect();
    wav::write(&folder.path().join("1.wav"), &[0.0; 32_000], 16_000).unwrap();
    wav::write(&folder.path().join("2.wav"), &noise, 16_000).unwrap();
    let microphone = format!("patient:{}", folder.path().display());
    let kiosk = Kiosk::start(&[("KIOSK_AUDIO_MICROPHONE", &microphone)]);
    kiosk.import_sample_clinic();
    let mut panel = kiosk.panel();
    panel.wait_for_screen(Screen::Welcome);
    std::thread::sleep(Duration::from_secs(12));
    panel.touch(Action::Book, None);
    panel.wait_for_screen(Screen::Listening);
    let levels = panel
        .messages
        .iter()
        .filter(|message| matches!(message, ServerMessage::Level { .. }))
        .count();
    assert!(levels > 50, "the microphone was not heard at all");
    let heard = panel
        .messages
        .iter()
        .any(|message| matches!(message, ServerMessage::Transcript { .. }));
    assert!(!heard, "words were made of noise");
    assert!(
        !panel.screens()[..panel.screens().len() - 1].contains(&Screen::Listening),
        "noise began a conversation"
    );
    assert!(kiosk.appointments().is_empty());
}

#[test]
fn a_late_key_of_a_patient_who_is_gone_begins_no_visit() {
    let kiosk = Kiosk::start(&[]);
    let mut panel = kiosk.panel();
    panel.send(&ClientMessage::Focus {
        label: "Goodbye".into(),
    });
    panel.send(&ClientMessage::End);
    panel.send(&ClientMessage::Start);
    panel.wait_for(
        "a visit",
        |message| matches!(message, ServerMessage::View(view) if view.screen != Screen::Welcome),
    );
    let ended = |message: &ServerMessage| matches!(message, ServerMessage::Ended { .. });
    assert!(!panel.messages.iter().any(ended), "of a visit before it");
}

#[test]
fn who_has_booked_comes_back_and_cancels() {
    let kiosk = Kiosk::start(&[]);
    kiosk.import_sample_clinic();
    let mut panel = kiosk.panel();
    to_confirmation(&mut panel);
    panel.touch(Action::Yes, None);
    panel.wait_for_screen(Screen::Booked);
    panel.touch(Action::Goodbye, None);
    panel.wait_for_screen(Screen::Welcome);

    panel.say("I want to cancel my appointment");
    panel.wait_for_screen(Screen::EnterPhone);
    panel.touch(Action::Enter, Some(PHONE));
    let asked = panel.wait_for_screen(Screen::EnterBirthDate);
    assert!(
        asked.draft.practitioner.is_none() && asked.draft.name.is_none(),
        "nothing is shown before two facts match"
    );
    panel.touch(Action::Enter, Some(BIRTH_DATE));
    panel.wait_for_screen(Screen::Confirm);
    assert_eq!(kiosk.appointments()[0].status, "booked");
    panel.touch(Action::Yes, None);
    panel.wait_for_screen(Screen::Done);
    assert_eq!(kiosk.appointments()[0].status, "cancelled");
    assert!(!kiosk.log().contains("Plantedname") && !kiosk.log().contains("244987654"));
}

#[test]
fn a_call_for_staff_waits_until_somebody_answers_it() {
    let kiosk = Kiosk::start(&[]);
    kiosk.import_sample_clinic();
    let mut panel = kiosk.panel();
    panel.wait_for_screen(Screen::Welcome);
    panel.send(&kiosk_protocol::ClientMessage::Start);
    panel.wait_for_screen(Screen::Listening);
    panel.say("my mother is unconscious");
    panel.wait_for_screen(Screen::Reception);
    let open = kiosk.ask(&Request::Alerts);
    let Reply::Alerts { rows } = open else {
        panic!("{open:?}");
    };
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].kind, AlertKind::Urgent);
    let id = rows[0].id.clone();
    let after = kiosk.ask(&Request::AnswerAlert { id: id.clone() });
    assert_eq!(after, Reply::Alerts { rows: Vec::new() });
    panel.wait_for("the answer to be shown", |message| {
        matches!(message, ServerMessage::View(view) if view.prompt.expose().contains("is coming to you"))
    });
    let again = kiosk.ask(&Request::AnswerAlert { id });
    assert!(matches!(again, Reply::Error { .. }), "{again:?}");
}

#[test]
fn who_walks_in_gets_the_next_number() {
    let kiosk = Kiosk::start(&[]);
    kiosk.import_sample_clinic();
    let mut panel = kiosk.panel();
    panel.wait_for_screen(Screen::Welcome);
    panel.send(&kiosk_protocol::ClientMessage::Start);
    panel.wait_for_screen(Screen::Listening);
    panel.touch(Action::JoinQueue, None);
    let asked = panel.wait_for("an answer", |message| {
        matches!(message, ServerMessage::View(view) if view.screen == Screen::Question
            || view.prompt.expose().contains("Nobody is here"))
    });
    // In the evening and on Sundays nobody is here, and the kiosk says so.
    if matches!(&asked, ServerMessage::View(view) if view.screen == Screen::Question) {
        panel.touch(Action::Yes, None);
        let done = panel.wait_for_screen(Screen::Done);
        assert_eq!(
            done.queue.map(|queue| (queue.number, queue.ahead)),
            Some((1, 0))
        );
    }
}

#[test]
fn nothing_of_a_patient_is_in_a_log_or_readable_on_disk() {
    let mut kiosk = Kiosk::start(&[]);
    kiosk.import_sample_clinic();
    let mut panel = kiosk.panel();
    to_confirmation(&mut panel);
    panel.say("I have a terrible plantedcomplaint");
    panel.touch(Action::Yes, None);
    panel.wait_for_screen(Screen::Booked);
    let (_, well) = kiosk.terminate();
    assert!(well);
    let log = kiosk.log();
    assert!(
        log.contains("conversation began"),
        "the log is being looked at:\n{log}"
    );
    let disk = String::from_utf8_lossy(&all_bytes(&kiosk.state_folder())).into_owned();
    for secret in [
        "Adwoa",
        "Plantedname",
        "plantedcomplaint",
        PHONE,
        "244987654",
        BIRTH_DATE,
        "1990-03-02",
    ] {
        assert!(!log.contains(secret), "`{secret}` is in the log");
        assert!(!disk.contains(secret), "`{secret}` is readable on disk");
    }
}

#[test]
fn a_kiosk_without_a_roster_says_that_it_cannot_book_and_can_after_the_import() {
    let kiosk = Kiosk::start(&[]);
    let mut panel = kiosk.panel();
    panel.wait_for_screen(Screen::Problem);
    kiosk.import_sample_clinic();
    panel.wait_for_screen(Screen::Welcome);
}

#[test]
fn two_patients_race_for_one_slot_and_one_is_offered_another() {
    // The second place for conversations is another kioskd's business; the race is for the
    // same database, so that the rival books through the store while the panel confirms.
    let kiosk = Kiosk::start(&[]);
    kiosk.import_sample_clinic();
    let mut first = kiosk.panel();
    let chosen = to_confirmation(&mut first);
    first.touch(Action::Yes, None);
    first.wait_for_screen(Screen::Booked);
    first.touch(Action::Goodbye, None);
    first.wait_for_screen(Screen::Welcome);

    first.touch(Action::Book, None);
    first.wait_for_screen(Screen::Listening);
    first.touch(Action::Book, None);
    first.wait_for_screen(Screen::ChoosePractitioner);
    first.touch(Action::Choose, Some("dental"));
    first.wait_for("the question for a day", asks_for_a_day);
    first.touch(Action::Choose, Some("soonest"));
    let offers = first.wait_for_screen(Screen::ChooseSlot);
    assert!(
        offers.choices.iter().all(|choice| choice.id != chosen),
        "a taken slot is not offered again"
    );
}

#[test]
fn sigterm_ends_it_within_two_seconds_at_any_point_of_a_conversation() {
    let mut kiosk = Kiosk::start(&[]);
    kiosk.import_sample_clinic();
    let mut panel = kiosk.panel();
    to_confirmation(&mut panel);
    let (took, well) = kiosk.terminate();
    assert!(well, "{}", kiosk.log());
    assert!(took < Duration::from_secs(2), "took {took:?}");
}

#[test]
fn a_second_kioskd_on_the_same_database_is_refused() {
    let kiosk = Kiosk::start(&[]);
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_kioskd"))
        .env("KIOSK_PATHS_STATE", kiosk.state_folder())
        .env("KIOSK_PATHS_RUNTIME", kiosk.state_folder())
        .env("KIOSK_AUDIO_MICROPHONE", "none")
        .env("KIOSK_AUDIO_SPEAKER", "none")
        .output()
        .unwrap();
    assert!(!output.status.success());
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(words.contains("kioskd is running"), "{words}");
}

#[test]
fn sigkill_at_any_point_leaves_the_whole_booking_or_none() {
    let runs = if std::env::var_os("KIOSK_SOAK").is_some() {
        300
    } else {
        6
    };
    let mut kiosk = Kiosk::start(&[]);
    kiosk.import_sample_clinic();
    let mut shown = 0;
    for run in 0..runs {
        let mut panel = kiosk.panel();
        to_confirmation(&mut panel);
        panel.touch(Action::Yes, None);
        // From at once to well after the commit, evenly spread over the runs.
        if run % 3 == 0 {
            panel.wait_for_screen(Screen::Booked);
            shown += 1;
        } else {
            std::thread::sleep(Duration::from_micros(700 * (run % 7)));
        }
        kiosk.kill_and_start_again();
        let rows = kiosk.appointments();
        assert!(rows.len() >= shown, "a booking that was shown is lost");
        assert!(
            rows.iter()
                .all(|row| row.patient.expose() == PATIENT && row.code.len() >= 4)
        );
        shown = rows.len();
    }
}

/// Touches through to the confirmation; returns the chosen slot's id.
fn to_confirmation(panel: &mut Panel) -> String {
    let person = Person {
        name: PATIENT.to_owned(),
        phone: PHONE.to_owned(),
        birth_date: BIRTH_DATE.to_owned(),
    };
    visit::to_confirmation(panel, &person)
}
