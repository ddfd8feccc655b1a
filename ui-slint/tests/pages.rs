//! What a patient sees and touches: found by what is read out, touched where it is drawn.
#![allow(clippy::unwrap_used)]

mod support;

use kiosk_protocol::{
    Action, Capabilities, Choice, ChoiceKind, ClientMessage, Screen, Timeout, View,
};
use kiosk_ui::link::Update;
use slint::ComponentHandle;
use support::{DISPLAYS, Panel, touched};

/// WCAG 2.2, success criterion 1.4.3: 4.5 to 1 for text.
#[test]
fn every_colour_of_words_can_be_read_on_its_ground() {
    let panel = Panel::new(DISPLAYS[0]);
    let theme = panel.simulated.window.global::<kiosk_ui::ui::Theme>();
    for palette in [theme.get_light(), theme.get_contrast()] {
        let pairs = [
            ("ink on paper", palette.ink, palette.paper),
            ("ink on surface", palette.ink, palette.surface),
            ("ink on sunken", palette.ink, palette.sunken),
            ("soft ink on paper", palette.ink_soft, palette.paper),
            ("soft ink on surface", palette.ink_soft, palette.surface),
            ("primary on surface", palette.primary, palette.surface),
            ("on primary", palette.on_primary, palette.primary),
            (
                "on pressed primary",
                palette.on_primary,
                palette.primary_pressed,
            ),
            (
                "on soft primary",
                palette.on_primary_soft,
                palette.primary_soft,
            ),
            ("on attention", palette.on_attention, palette.attention),
            ("attention on sunken", palette.attention, palette.sunken),
            (
                "on soft attention",
                palette.on_attention_soft,
                palette.attention_soft,
            ),
        ];
        for (name, words, ground) in pairs {
            let contrast = contrast(words, ground);
            assert!(contrast >= 4.5, "{name}: {contrast:.1} to 1");
        }
    }
}

fn contrast(a: slint::Color, b: slint::Color) -> f32 {
    let channel = |value: u8| {
        let value = f32::from(value) / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    let luminance = |colour: slint::Color| {
        0.2126 * channel(colour.red())
            + 0.7152 * channel(colour.green())
            + 0.0722 * channel(colour.blue())
    };
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn a_touch_on_the_welcome_page_begins() {
    let panel = Panel::showing("welcome");
    panel.touch_at(slint::LogicalPosition::new(640.0, 200.0));
    assert_eq!(
        panel.sent(),
        [ClientMessage::Start],
        "also beside everything"
    );
    panel.touch("Book an appointment");
    panel.touch("Twi");
    let begin = |action, value: Option<&str>| ClientMessage::Begin {
        action,
        value: value.map(Into::into),
    };
    assert_eq!(
        panel.sent(),
        [
            begin(Action::Book, None),
            begin(Action::Language, Some("tw"))
        ],
        "with what was touched"
    );
}

#[test]
fn every_page_is_in_the_language_of_its_view() {
    let panel = Panel::showing("greeting");
    assert!(panel.words().contains("Call staff"));
    let twi = View {
        seq: 2,
        screen: Screen::Listening,
        language: "tw".to_owned(),
        capabilities: Capabilities {
            speech_in: true,
            speech_out: true,
            booking: true,
        },
        ..View::default()
    };
    panel.take(Update::View(Box::new(twi)));
    let words = panel.words();
    assert!(
        words.contains("Frɛ obi") && words.contains("Twi: mia nko ara"),
        "{words}"
    );
    assert!(!words.contains("Call staff"));
}

#[test]
fn the_look_is_chosen_on_the_sheet_and_goes_with_the_patient() {
    let panel = Panel::showing("greeting");
    panel.touch("Settings");
    panel.touch("Larger");
    panel.touch("High contrast");
    panel.touch("Lower, to sit");
    panel.touch("Quieter");
    panel.touch("Done");
    let theme = panel.simulated.window.global::<kiosk_ui::ui::Theme>();
    assert!(theme.get_larger() && theme.get_high_contrast() && theme.get_is_lowered());
    assert!(!panel.labels().contains(&"Done".to_owned()));
    assert_eq!(panel.sent(), [touched(Action::Quieter, None)]);
    let welcome = View {
        seq: 9,
        screen: Screen::Welcome,
        ..View::default()
    };
    panel.take(Update::View(Box::new(welcome)));
    assert!(!theme.get_larger() && !theme.get_high_contrast() && !theme.get_is_lowered());
}

#[test]
fn a_birth_date_is_touched_part_by_part_with_the_month_by_name() {
    let panel = Panel::showing("enter-birth-date");
    for key in ["2", "7", "March", "1", "9", "8", "Delete", "9", "0"] {
        panel.touch(key);
    }
    panel.touch("Continue");
    assert_eq!(panel.sent(), [touched(Action::Enter, Some("27/03/1990"))]);
    panel.touch("Month: March");
    panel.touch("April");
    panel.touch("I don’t know it");
    assert_eq!(panel.sent(), [touched(Action::No, None)]);
}

#[test]
fn every_day_and_time_can_be_touched_but_those_that_are_taken() {
    let panel = Panel::showing("choose-slot");
    panel.touch("Thursday 26 Nov");
    panel.touch("10:30 am");
    panel.touch("9:10 am, taken");
    panel.touch("Wednesday 25 Nov, full");
    panel.touch("12:30 pm – 1:30 pm, nobody is here");
    assert_eq!(
        panel.sent(),
        [
            touched(Action::Choose, Some("day-3")),
            touched(Action::Choose, Some("10:30 am"))
        ]
    );
    panel.touch("Days after");
    panel.touch("Monday 30 Nov");
    assert_eq!(panel.sent(), [touched(Action::Choose, Some("day-7"))]);
}

#[test]
fn an_offered_slot_sends_its_id_and_the_ways_to_others_their_action() {
    let panel = Panel::showing("choose-slot");
    let labels = panel.labels();
    assert!(labels.contains(&"11:30 am".to_owned()), "{labels:?}");
    // The calendar beside them has it, too.
    panel.touch_first("11:30 am");
    panel.touch("Another doctor");
    assert_eq!(
        panel.sent(),
        [
            touched(Action::Choose, Some("s3")),
            touched(Action::AnotherPractitioner, None)
        ]
    );
}

#[test]
fn what_was_understood_is_corrected_by_touching_it() {
    let panel = Panel::showing("confirm");
    panel.touch("Change Doctor: Dr Ama Owusu");
    panel.touch("Yes, book it");
    assert_eq!(
        panel.sent(),
        [
            touched(Action::Change, Some("practitioner")),
            touched(Action::Yes, None)
        ]
    );
}

#[test]
fn a_name_is_typed_and_leaves_only_with_continue() {
    let panel = Panel::showing("enter-name");
    for key in ["E", "s", "i", "Space", "Q"] {
        panel.touch(key);
    }
    panel.touch("Delete");
    panel.touch("M");
    assert_eq!(panel.sent(), []);
    panel.touch("Continue");
    assert_eq!(panel.sent(), [touched(Action::Enter, Some("Esi M"))]);
}

#[test]
fn a_heard_name_is_answered_with_yes_or_no() {
    let panel = Panel::showing("proposed-name");
    assert!(panel.words().contains("Grace Mensah"));
    panel.touch("No");
    assert_eq!(panel.sent(), [touched(Action::No, None)]);
}

#[test]
fn a_phone_number_is_typed_or_declined() {
    let panel = Panel::showing("enter-phone");
    for key in "0244123456".chars() {
        panel.touch(&key.to_string());
    }
    panel.touch("Continue");
    assert_eq!(panel.sent(), [touched(Action::Enter, Some("0244123456"))]);
    panel.touch("I have no phone");
    assert_eq!(panel.sent(), [touched(Action::No, None)]);
}

#[test]
fn help_repeat_settings_staff_and_start_again_are_on_every_page_of_a_conversation() {
    for page in [
        "listening",
        "choose-practitioner",
        "choose-slot",
        "enter-name",
        "enter-phone",
        "confirm",
        "booked",
    ] {
        let panel = std::thread::spawn(move || Panel::showing(page).labels())
            .join()
            .unwrap();
        for label in [
            "Repeat",
            "Louder",
            "Help",
            "Settings",
            "Call staff",
            "Start again",
        ] {
            assert!(
                panel.iter().any(|shown| shown == label),
                "{page} lacks {label}"
            );
        }
    }
}

#[test]
fn the_time_out_is_answered_by_a_touch() {
    let panel = Panel::showing("time-out");
    panel.touch("I’m still here");
    assert_eq!(panel.sent(), [touched(Action::StillHere, None)]);
}

#[test]
fn the_next_patient_sees_nothing_of_the_one_before() {
    let panel = Panel::showing("confirm");
    assert!(panel.words().contains("Grace Mensah"));
    let welcome = View {
        seq: 9,
        screen: Screen::Welcome,
        ..View::default()
    };
    panel.take(Update::View(Box::new(welcome)));
    panel.take(Update::View(Box::new(View {
        seq: 10,
        screen: Screen::EnterName,
        ..View::default()
    })));
    assert!(!panel.words().contains("Grace") && !panel.words().contains("024 412"));
    panel.take(Update::Gone);
    assert!(panel.words().contains("One moment"));
}

#[test]
fn the_ticket_shows_the_code_in_letters_and_as_a_qr_code() {
    let panel = Panel::showing("booked");
    let words = panel.words();
    for part in [
        "K7M4PR",
        "Dr Ama Owusu",
        "Tuesday 24 November",
        "9:30 am",
        "QR code",
    ] {
        assert!(
            words.contains(part),
            "`{part}` is not on the ticket: {words}"
        );
    }
}

#[test]
fn a_hostile_view_is_drawn_without_harm() {
    let panel = Panel::new(DISPLAYS[1]);
    panel.take(Update::Connected("x".repeat(10_000), vec![]));
    let choice = |index: usize| Choice {
        id: "\u{202e}<b>".to_owned(),
        kind: ChoiceKind::Practitioner,
        label: format!("{index} {}", "Ŵ".repeat(500)),
        detail: "\n".repeat(50),
    };
    let view = View {
        seq: u64::MAX,
        screen: Screen::ChoosePractitioner,
        prompt: "a very long prompt ".repeat(200).as_str().into(),
        choices: (0..200).map(choice).collect(),
        timeout: Some(Timeout {
            seconds_left: u32::MAX,
        }),
        ..View::default()
    };
    panel.take(Update::View(Box::new(view)));
    panel.take(Update::Level(f32::NAN, true));
    panel.simulated.draw();
}
