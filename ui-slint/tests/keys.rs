//! The panel by keys alone: what they come to, in which order, what is told of it, and that it
//! is seen.
#![allow(clippy::unwrap_used)]

mod support;

use kiosk_protocol::{Action, ClientMessage, Private};
use kiosk_ui::demo;
use kiosk_ui::frame::{Comfort, Page};
use kiosk_ui::link::Update;
use slint::platform::Key;
use std::collections::BTreeSet;
use std::path::Path;
use support::pictures::Picture;
use support::{DISPLAYS, LOOKS, Panel, touched};

fn page(name: &str) -> Vec<Update> {
    let mut pages = demo::every_page().into_iter();
    pages.find(|(page, _)| *page == name).unwrap().1
}

fn is_patients(panel: &Panel) -> bool {
    matches!(panel.simulated.model.borrow().frame().page, Page::Of(_))
}

/// What the keys have come to, by what was sent since.
fn focused(panel: &Panel) -> Option<String> {
    panel.sent().into_iter().find_map(|message| match message {
        ClientMessage::Focus { label } => Some(label.expose().to_owned()),
        ClientMessage::Hello { .. }
        | ClientMessage::Start
        | ClientMessage::Begin { .. }
        | ClientMessage::Say { .. }
        | ClientMessage::Touch { .. }
        | ClientMessage::StopSpeaking
        | ClientMessage::End
        | ClientMessage::Unlock { .. }
        | ClientMessage::Staff(_)
        | ClientMessage::Technician(_)
        | ClientMessage::Lock => None,
    })
}

fn steps_to(panel: &Panel, label: &str) {
    for _ in 0..80 {
        panel.press(Key::Tab);
        if focused(panel).as_deref() == Some(label) {
            return;
        }
    }
    panic!("no key leads to `{label}`: {:?}", panel.labels());
}

#[test]
fn every_control_of_every_page_is_reached_in_the_order_of_the_page() {
    let panel = Panel::new(DISPLAYS[0]);
    for (name, updates) in demo::every_page() {
        panel.show(updates, Comfort::default());
        if ["welcome", "no-microphone", "time-out"].contains(&name) || !is_patients(&panel) {
            continue;
        }
        let wanted: BTreeSet<String> = panel.enabled().into_iter().collect();
        let mut order: Vec<String> = Vec::new();
        for _ in 0..wanted.len() + 40 {
            panel.press(Key::Tab);
            order.extend(focused(&panel));
        }
        let reached: BTreeSet<String> = order.iter().cloned().collect();
        assert_eq!(reached, wanted, "{name}");
        let place = |label: &str| order.iter().position(|it| it == label);
        if let (Some(first), Some(help)) = (order.first(), place("Help")) {
            let bar = [
                "Help",
                "Repeat",
                "Settings",
                "Call staff",
                "Louder",
                "Start again",
            ];
            let page_is_first = !bar.contains(&first.as_str()) || wanted.len() <= bar.len();
            assert!(
                page_is_first && place(first) <= Some(help),
                "{name}: {order:?}"
            );
        }
    }
}

#[test]
fn arrows_go_on_and_back_and_return_presses() {
    let panel = Panel::showing("confirm");
    panel.press(Key::Tab);
    let first = focused(&panel).unwrap();
    assert!(first.contains("Dr Ama Owusu"), "{first}");
    panel.press(Key::DownArrow);
    panel.simulated.draw();
    let second = focused(&panel).unwrap();
    assert_ne!(first, second);
    panel.press(Key::LeftArrow);
    panel.simulated.draw();
    assert_eq!(focused(&panel), Some(first));
    steps_to(&panel, "Yes, book it");
    panel.press(Key::Return);
    assert_eq!(panel.sent(), [touched(Action::Yes, None)]);
    steps_to(&panel, "Repeat");
    panel.press(" ");
    assert_eq!(panel.sent(), [touched(Action::Repeat, None)]);
}

#[test]
fn what_keys_have_come_to_is_seen_and_a_finger_takes_the_ring_away() {
    let panel = Panel::new(DISPLAYS[0]);
    for (name, look) in [LOOKS[0], LOOKS[1]] {
        panel.show(page("confirm"), look);
        let before = panel.simulated.pixels().to_vec();
        steps_to(&panel, "Yes, book it");
        panel.simulated.draw();
        let changed = |panel: &Panel| {
            let pixels = panel.simulated.pixels();
            pixels.iter().zip(&before).filter(|(a, b)| a != b).count()
        };
        assert!(changed(&panel) > 2_000, "{} pixels", changed(&panel));
        if let Some(folder) = std::env::var_os("KIOSK_GALLERY") {
            let file = Path::new(&folder).join(format!("keys-{name}.png"));
            Picture::shown(&panel).save(&file);
        }
        panel.touch("Help");
        panel.simulated.draw();
        assert!(changed(&panel) < 200, "{} pixels", changed(&panel));
    }
}

#[test]
fn a_view_that_comes_meanwhile_does_not_move_the_keys() {
    let panel = Panel::showing("choose-slot");
    let Some(Update::View(mut view)) = page("choose-slot").pop() else {
        panic!("no view");
    };
    for _ in 0..3 {
        panel.press(Key::Tab);
    }
    panel.sent();
    view.seq += 1;
    view.transcript.text = Private::from("I would like");
    panel.take(Update::View(view));
    panel.simulated.draw();
    panel.press(Key::Backtab);
    let back = focused(&panel).unwrap();
    let fresh = Panel::enabled(&panel);
    assert_eq!(back, fresh[1], "the one before the third: {fresh:?}");
}

#[test]
fn the_sheet_keeps_the_keys_until_it_is_closed() {
    let panel = Panel::showing("confirm");
    steps_to(&panel, "Settings");
    panel.press(Key::Return);
    panel.simulated.draw();
    let mut reached = BTreeSet::new();
    for _ in 0..30 {
        panel.press(Key::Tab);
        reached.extend(focused(&panel));
    }
    assert!(
        reached.contains("High contrast") && reached.contains("Done"),
        "{reached:?}"
    );
    assert!(!reached.contains("Yes, book it"), "behind the sheet");
    panel.press(Key::Escape);
    panel.simulated.draw();
    steps_to(&panel, "Yes, book it");
}

/// Their pages hold the names of everybody who comes today.
#[test]
fn nothing_of_staffs_pages_is_told_to_be_said() {
    let panel = Panel::new(DISPLAYS[0]);
    let mut pages = 0;
    for (name, updates) in demo::every_page() {
        panel.show(updates, Comfort::default());
        panel.sent();
        if is_patients(&panel) || panel.enabled().is_empty() {
            continue;
        }
        pages += 1;
        for _ in 0..10 {
            panel.press(Key::Tab);
            assert_eq!(focused(&panel), None, "{name}");
        }
    }
    assert!(pages > 3);
}

#[test]
fn a_card_that_is_read_on_the_welcome_page_begins_no_visit() {
    let panel = Panel::showing("welcome");
    for figure in ["4", "7", "1", "1"] {
        panel.press(figure);
    }
    panel.press(Key::Return);
    assert_eq!(panel.sent(), []);
    panel.press(Key::Return);
    assert_eq!(panel.sent(), [ClientMessage::Start]);
}

#[test]
fn any_key_begins_a_visit_and_answers_the_warning() {
    let panel = Panel::showing("welcome");
    panel.press(Key::Tab);
    assert_eq!(panel.sent(), [ClientMessage::Start]);
    panel.show(page("time-out"), Comfort::default());
    panel.press("x");
    assert_eq!(panel.sent(), [touched(Action::StillHere, None)]);
}
