//! What holds in every conversation, whatever happens in whatever order.

#![allow(
    clippy::unwrap_used,
    clippy::unwrap_in_result,
    clippy::wildcard_enum_match_arm,
    reason = "tests"
)]

mod support;

use kiosk_core::clinic::{BookingOutcome, FreeSlot, Patient};
use kiosk_core::dialogue::{Effect, Event, QuestionId, SpeechId};
use kiosk_protocol::{Action, Paper, Private, Screen};
use proptest::prelude::*;
use support::Kiosk;

const PATIENT: &str = "Adwoa Plantedname";
const PHONE: &str = "024 498 7654";

#[derive(Debug, Clone)]
enum Move {
    Say(&'static str),
    Touch(Action, Option<String>),
    ChooseShown(usize),
    Mumble,
    Wait(i64),
    SlotIsTaken,
    BookingFails,
    StoreFallsSilent(bool),
    LateSlots(u64),
    LateBooking(u64),
    LateSpoken(u64),
    /// Keys go to one of the parts that were understood.
    Focus(usize),
    Printer(Option<bool>),
    LatePaper(u64),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let say = prop::sample::select(vec![
        "I want to see Doctor Owusu",
        "a dentist please",
        "tomorrow morning",
        "next week",
        "on Friday at ten",
        "the first one",
        "the last one",
        "yes",
        "yes please",
        "no",
        "no, Thursday",
        "not Owusu, Asante",
        "my name is Adwoa Plantedname",
        "Adwoa Plantedname",
        "zero two four four nine eight seven six five four",
        "no phone",
        "earlier",
        "later",
        "another day",
        "another doctor",
        "repeat",
        "help",
        "I need a person",
        "start again",
        "goodbye",
        "thank you",
        "my chest is paining me",
        "as soon as possible",
        "the weather is nice",
        "",
        "\u{202e}\u{0}🤒",
        "31st of February",
        "in the year 9999",
        "cancel my appointment",
        "when is my appointment",
        "I want to reschedule my appointment",
        "check in",
        "Efua Plantedother",
        "the second of March nineteen ninety",
        "the third of April 1985",
        "I don't know",
        "with the same doctor as before",
        "I will wait without an appointment",
        "louder",
        "too fast",
        "where is the pharmacy",
        "me pɛ sɛ mehu dɔkota",
        "zero two zero one one one two two two three",
        "the second one",
    ])
    .prop_map(Move::Say);
    let action = prop::sample::select(vec![
        Action::Book,
        Action::Yes,
        Action::No,
        Action::Earlier,
        Action::Later,
        Action::AnotherDay,
        Action::AnotherPractitioner,
        Action::Repeat,
        Action::Help,
        Action::StillHere,
        Action::StartAgain,
        Action::Goodbye,
        Action::CallStaff,
        Action::FindAppointment,
        Action::Reschedule,
        Action::Cancel,
        Action::CheckIn,
        Action::JoinQueue,
        Action::Louder,
        Action::Slower,
        Action::Language,
    ])
    .prop_map(|action| Move::Touch(action, None));
    let value = prop_oneof![
        Just((Action::Choose, "anyone".to_owned())),
        Just((Action::Choose, "dental".to_owned())),
        Just((Action::Choose, "soonest".to_owned())),
        Just((Action::Choose, "nonsense".to_owned())),
        Just((Action::Enter, PATIENT.to_owned())),
        Just((Action::Enter, PHONE.to_owned())),
        Just((Action::Enter, "\u{0}".repeat(3))),
        Just((Action::Choose, "2026-11-25".to_owned())),
        Just((Action::Choose, "salma-iddrisu.1795598400".to_owned())),
        Just((Action::Change, "practitioner".to_owned())),
        Just((Action::Change, "date".to_owned())),
        Just((Action::Change, "name".to_owned())),
        Just((Action::Change, "phone".to_owned())),
        Just((Action::Change, "birth_date".to_owned())),
        Just((Action::Enter, "02/03/1990".to_owned())),
    ]
    .prop_map(|(action, value)| Move::Touch(action, Some(value)));
    let one = prop_oneof![
        6 => say,
        2 => action,
        3 => value,
        3 => (0usize..5).prop_map(Move::ChooseShown),
        1 => Just(Move::Mumble),
        1 => (0i64..40).prop_map(Move::Wait),
        1 => Just(Move::SlotIsTaken),
        1 => Just(Move::BookingFails),
        1 => any::<bool>().prop_map(Move::StoreFallsSilent),
        1 => (0u64..40).prop_map(Move::LateSlots),
        1 => (0u64..40).prop_map(Move::LateBooking),
        1 => (0u64..40).prop_map(Move::LateSpoken),
        2 => (0usize..3).prop_map(Move::Focus),
        1 => any::<Option<bool>>().prop_map(Move::Printer),
        1 => (0u64..40).prop_map(Move::LatePaper),
    ];
    prop::collection::vec(one, 1..60)
}

/// Thousands of histories in `make soak`, hundreds here.
fn cases() -> u32 {
    if std::env::var_os("KIOSK_SOAK").is_some() {
        20_000
    } else {
        400
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn promises_hold_in_every_history(history in moves()) {
        let mut kiosk = Kiosk::new("2026-11-23T08:00".parse().unwrap());
        kiosk.has_booked("ama-owusu", "2026-11-25T12:10".parse().unwrap(), [PATIENT, "+233244987654", "1990-03-02"]);
        kiosk.has_booked("kofi-boateng", "2026-11-26T10:00".parse().unwrap(), ["Efua Plantedother", "+233244987654", "-"]);
        kiosk.tell(Event::Start);
        let mut given = String::new();
        for step in history {
            let booked_before = kiosk.booked.len();
            let settled_before = kiosk.settled.len();
            given.push_str(&format!("{step:?}"));
            let confirming = kiosk.view();
            perform(&mut kiosk, &step);
            prop_assert!(kiosk.booked.len() <= booked_before + 1);
            if kiosk.booked.len() > booked_before {
                prop_assert!(was_confirmed(&kiosk, &confirming, &step), "{step:?} booked from {:?}", confirming.screen);
            }
            if kiosk.settled.len() > settled_before {
                prop_assert!(was_settled_rightly(&kiosk, &confirming, &step), "{step:?} settled {:?}", kiosk.settled.last());
            }
            // Nobody is told of an appointment before two facts match; where no birth date is
            // on record, one of them is the name.
            let gave = |words: &str| given.contains(words);
            let adwoa = [gave("498 7654") || gave("nine eight seven"), gave("March") || gave("02/03/1990"), gave("Adwoa")];
            let efua = [gave("498 7654") || gave("nine eight seven"), gave("Efua")];
            for (facts, least, doctor) in [(&adwoa[..], 2, "Ama Owusu"), (&efua[..], 2, "Kofi Boateng")] {
                let telling = format!("You have an appointment with Dr {doctor}");
                let told = kiosk.said.iter().any(|said| said.contains(&telling));
                let matching = facts.iter().filter(|fact| **fact).count();
                prop_assert!(!told || matching >= least, "Dr {doctor}'s patient was told to a stranger");
            }
            if kiosk.ended.is_some() {
                break;
            }
        }
        // Whatever was going on, silence leads home.
        kiosk.wait(300);
        prop_assert!(kiosk.ended.is_some(), "stuck on {:?}", kiosk.view().screen);
        prop_assert_eq!(kiosk.view().screen, Screen::Welcome);
        prop_assert!(kiosk.booked.len() <= 1, "one visit, one booking");
        let view = format!("{}{:?}", serde_json::to_string(&kiosk.view()).unwrap(), kiosk.view().draft);
        prop_assert!(!view.contains("Plantedname"), "something of the patient stayed on the screen");
        for slip in &kiosk.slips {
            let slip = format!("{slip:?}");
            prop_assert!(!slip.contains("Planted") && !slip.contains("7654") && !slip.contains("1990"), "on paper: {slip}");
        }
        for said in &kiosk.said {
            prop_assert!(!said.contains("Planted") && !said.contains("7654") && !said.contains("1990"), "said aloud: {said}");
        }
    }
}

fn perform(kiosk: &mut Kiosk, step: &Move) {
    match step {
        Move::Say(text) => kiosk.tell(Event::Heard(vec![Private::from(*text)])),
        Move::Touch(action, value) => {
            kiosk.tell(Event::Touch(*action, value.clone().map(Private::from)))
        }
        Move::ChooseShown(index) => {
            if let Some(choice) = kiosk.view().choices.get(*index) {
                kiosk.tell(Event::Touch(
                    Action::Choose,
                    Some(Private::from(choice.id.as_str())),
                ));
            }
        }
        Move::Mumble => kiosk.tell(Event::NotHeard),
        Move::Wait(seconds) => kiosk.wait(*seconds),
        Move::SlotIsTaken => kiosk.next_is_taken = true,
        Move::BookingFails => kiosk.next_fails = true,
        Move::StoreFallsSilent(silent) => kiosk.store_is_silent = *silent,
        Move::LateSlots(question) => {
            kiosk.tell(Event::Slots(QuestionId(*question), Vec::<FreeSlot>::new()))
        }
        Move::LateBooking(question) => kiosk.tell(Event::Failed(QuestionId(question + 1_000))),
        Move::Focus(part) => {
            let draft = kiosk.view().draft;
            let parts = [draft.name, draft.phone, draft.birth_date];
            if let Some(text) = &parts[*part] {
                let label = format!("Change it: {}", text.expose());
                kiosk.tell(Event::Focused(label.into()));
            }
        }
        Move::Printer(printer) => kiosk.printer = *printer,
        Move::LatePaper(question) => {
            kiosk.tell(Event::Paper(QuestionId(question + 1_000), Paper::Printed))
        }
        Move::LateSpoken(speech) => kiosk.tell(Event::Spoken(SpeechId(speech + 1_000))),
    }
}

/// A yes on the screen that asked for it, or an arrival on its day.
fn was_settled_rightly(kiosk: &Kiosk, before: &kiosk_protocol::View, step: &Move) -> bool {
    let yes = matches!(
        step,
        Move::Say("yes" | "yes please") | Move::Touch(Action::Yes, None)
    );
    let settled = kiosk.settled.last().map_or("", String::as_str);
    let named = before.draft.practitioner.is_some()
        && before.draft.date.is_some()
        && before.draft.time.is_some();
    let asked = before.screen == Screen::Confirm && named && !settled.starts_with("checked in")
        || before.screen == Screen::Question && settled == "queued";
    yes && asked
}

/// A yes, given on the confirmation, which had named doctor, weekday, date and time.
fn was_confirmed(kiosk: &Kiosk, confirming: &kiosk_protocol::View, step: &Move) -> bool {
    let Some((booking, slot)) = kiosk.booked.last() else {
        return false;
    };
    let yes = matches!(
        step,
        Move::Say("yes" | "yes please") | Move::Touch(Action::Yes, None)
    );
    let local = kiosk.zone.to_datetime(slot.start);
    let shown = &confirming.draft;
    let weekday = local.strftime("%A").to_string();
    let named_aloud = kiosk
        .said
        .iter()
        .any(|said| said.contains("Shall I book it?") && said.contains(&weekday));
    yes && confirming.screen == Screen::Confirm
        && named_aloud
        && shown.practitioner.is_some()
        && shown
            .date
            .as_ref()
            .is_some_and(|date| date.contains(&weekday))
        && shown.time.as_deref().is_some_and(|time| {
            time == local.strftime("%-I:%M %P").to_string()
                || time == "12 noon" && local.hour() == 12
        })
        && match &booking.patient {
            Patient::New(new) => shown.name.as_ref() == Some(&new.name),
            Patient::Known(id) => {
                id.0 == "patient-1" && shown.name == Some(PATIENT.into())
                    || id.0 == "patient-2" && shown.name == Some("Efua Plantedother".into())
            }
        }
}

#[test]
fn answers_to_an_earlier_patient_reach_nobody() {
    let mut kiosk = Kiosk::new("2026-11-23T08:00".parse().unwrap());
    kiosk.tell(Event::Start);
    kiosk.store_is_silent = true;
    kiosk.tell(Event::Heard(vec![Private::from(
        "Doctor Owusu tomorrow morning",
    )]));
    kiosk.tell(Event::Touch(Action::StartAgain, None));
    let before = kiosk.view();
    for question in 0..10 {
        let slots = vec![];
        kiosk.tell(Event::Slots(QuestionId(question), slots));
        kiosk.tell(Event::Booked(
            QuestionId(question),
            BookingOutcome::Booked {
                code: "LATE".to_owned(),
                to_confirm: false,
            },
        ));
    }
    assert_eq!(kiosk.view(), before);
}

#[test]
fn what_was_booked_is_shown_even_when_the_answer_came_late() {
    let mut kiosk = Kiosk::new("2026-11-23T08:00".parse().unwrap());
    kiosk.tell(Event::Start);
    for text in [
        "Doctor Owusu tomorrow morning",
        "the first one",
        "no phone",
        "I don't know",
        "my name is Yaw Ofori",
        "yes",
        "yes",
    ] {
        kiosk.tell(Event::Heard(vec![Private::from(text)]));
    }
    let effects = kiosk
        .dialogue
        .step(kiosk.now, Event::Touch(Action::Yes, None));
    let question = effects
        .iter()
        .find_map(|effect| match effect {
            Effect::Book(question, _) => Some(*question),
            _ => None,
        })
        .expect("a yes books");
    kiosk.wait(12);
    assert_eq!(
        kiosk.view().screen,
        Screen::Reception,
        "the store has not answered"
    );
    assert!(
        kiosk
            .said
            .last()
            .unwrap()
            .contains("I do not know yet whether this was booked")
    );
    kiosk.tell(Event::Booked(
        question,
        BookingOutcome::Booked {
            code: "K7M4".to_owned(),
            to_confirm: false,
        },
    ));
    assert_eq!(kiosk.view().screen, Screen::Booked);
}

#[test]
fn a_yes_into_the_words_that_name_the_appointment_books_nothing() {
    let mut kiosk = Kiosk::new("2026-11-23T08:00".parse().unwrap());
    kiosk.tell(Event::Start);
    for text in [
        "Doctor Owusu tomorrow morning",
        "the first one",
        "no phone",
        "I don't know",
        "my name is Yaw Ofori",
        "yes",
    ] {
        kiosk.tell(Event::Heard(vec![Private::from(text)]));
    }
    kiosk.speaks_on = true;
    kiosk.tell(Event::Heard(vec![Private::from("yes")]));
    assert_eq!(kiosk.view().screen, Screen::Confirm);
    let said = kiosk.said.len();
    kiosk.tell(Event::Heard(vec![Private::from("yes")]));
    assert_eq!(kiosk.booked.len(), 0, "the day had not been named");
    assert_eq!(kiosk.said.len(), said + 1, "it is named again");
    for id in 0..40 {
        kiosk.tell(Event::SentenceSpoken(SpeechId(id)));
    }
    kiosk.tell(Event::Heard(vec![Private::from("yes")]));
    assert_eq!(kiosk.booked.len(), 1);
}
