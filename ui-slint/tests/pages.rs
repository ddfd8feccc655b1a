//! What a patient sees and touches: found by what is read out, touched where it is drawn.
#![allow(clippy::unwrap_used)]

use i_slint_backend_testing::{AccessibleRole, ElementHandle, ElementRoot};
use kiosk_protocol::{Action, Choice, ChoiceKind, ClientMessage, Screen, Timeout, View};
use kiosk_ui::link::Update;
use kiosk_ui::simulate::Simulated;
use kiosk_ui::{bind, demo};
use slint::platform::{PointerEventButton, WindowEvent};
use slint::{ComponentHandle, LogicalPosition, PhysicalSize};
use std::cell::RefCell;
use std::rc::Rc;

/// The displays that kiosks have, in pixels.
const DISPLAYS: [(u32, u32); 4] = [(1280, 800), (800, 480), (800, 1280), (1920, 1080)];

/// Smallest side of anything to be touched, in pixels, for the smallest display.
const FINGER: f32 = 44.0;

struct Panel {
    simulated: Simulated,
    sent: Rc<RefCell<Vec<ClientMessage>>>,
}

impl Panel {
    fn new((width, height): (u32, u32)) -> Self {
        let simulated = Simulated::new(PhysicalSize::new(width, height)).unwrap();
        let sent = Rc::new(RefCell::new(Vec::new()));
        let sink = Rc::clone(&sent);
        bind::connect(&simulated.window, &simulated.model, move |message| {
            sink.borrow_mut().push(message)
        });
        Self { simulated, sent }
    }

    fn showing(page: &str) -> Self {
        let panel = Self::new(DISPLAYS[0]);
        let (_, updates) = demo::every_page()
            .into_iter()
            .find(|(name, _)| *name == page)
            .unwrap();
        updates.into_iter().for_each(|update| panel.take(update));
        panel
    }

    fn take(&self, update: Update) {
        self.simulated.take(update);
        self.simulated.draw();
    }

    /// Everything that can be touched now.
    fn buttons(&self) -> Vec<ElementHandle> {
        let buttons = self
            .simulated
            .window
            .root_element()
            .query_descendants()
            .match_accessible_role(AccessibleRole::Button);
        buttons.find_all().into_iter().filter(is_shown).collect()
    }

    fn touch(&self, label: &str) {
        let button = self
            .buttons()
            .into_iter()
            .find(|button| button.accessible_label().is_some_and(|text| text == label));
        let button = button
            .unwrap_or_else(|| panic!("nothing here is labelled `{label}`: {:?}", self.labels()));
        let (at, size) = (button.absolute_position(), button.size());
        let position = LogicalPosition::new(at.x + size.width / 2.0, at.y + size.height / 2.0);
        let window = self.simulated.window.window();
        window.dispatch_event(WindowEvent::PointerPressed {
            position,
            button: PointerEventButton::Left,
        });
        window.dispatch_event(WindowEvent::PointerReleased {
            position,
            button: PointerEventButton::Left,
        });
        self.simulated.draw();
    }

    fn labels(&self) -> Vec<String> {
        self.buttons()
            .iter()
            .filter_map(|button| Some(button.accessible_label()?.to_string()))
            .collect()
    }

    /// Every word on the screen.
    fn words(&self) -> String {
        let all = self
            .simulated
            .window
            .root_element()
            .query_descendants()
            .find_all();
        let words = all
            .iter()
            .filter_map(|element| Some(element.accessible_label()?.to_string()));
        words.collect::<Vec<_>>().join("\n")
    }

    fn sent(&self) -> Vec<ClientMessage> {
        self.sent.borrow_mut().drain(..).collect()
    }
}

fn is_shown(element: &ElementHandle) -> bool {
    element.size().width > 0.0 && element.computed_opacity() > 0.0
}

fn touched(action: Action, value: Option<&str>) -> ClientMessage {
    ClientMessage::Touch {
        action,
        value: value.map(Into::into),
    }
}

#[test]
fn everything_to_touch_is_labelled_on_the_screen_and_large_enough_on_every_display() {
    for display in DISPLAYS {
        std::thread::spawn(move || {
            let panel = Panel::new(display);
            for (name, updates) in demo::every_page() {
                *panel.simulated.model.borrow_mut() = kiosk_ui::view_model::Model::default();
                updates.into_iter().for_each(|update| panel.take(update));
                let buttons = panel.buttons();
                let apart = |one: &ElementHandle, other: &ElementHandle| {
                    let ((a, b), (c, d)) = (
                        (one.absolute_position(), one.size()),
                        (other.absolute_position(), other.size()),
                    );
                    a.x + b.width <= c.x + 1.0
                        || c.x + d.width <= a.x + 1.0
                        || a.y + b.height <= c.y + 1.0
                        || c.y + d.height <= a.y + 1.0
                };
                for (index, button) in buttons.iter().enumerate() {
                    let covered = buttons[..index].iter().find(|other| !apart(button, other));
                    let covered = covered
                        .filter(|_| name != "time-out")
                        .and_then(ElementHandle::accessible_label);
                    assert_eq!(
                        covered,
                        None,
                        "{name} at {display:?}: {:?} lies on it",
                        button.accessible_label()
                    );
                }
                for button in buttons {
                    let label = button.accessible_label().unwrap_or_default();
                    let (at, size) = (button.absolute_position(), button.size());
                    let place = format!("{name} at {display:?}: `{label}` at {at:?}, {size:?}");
                    assert!(!label.is_empty(), "{place}: no label");
                    assert!(
                        size.width >= FINGER && size.height >= FINGER,
                        "{place}: too small"
                    );
                    assert!(at.x >= -0.5 && at.y >= -0.5, "{place}: outside");
                    assert!(
                        at.x + size.width <= display.0 as f32 + 0.5,
                        "{place}: outside"
                    );
                    assert!(
                        at.y + size.height <= display.1 as f32 + 0.5,
                        "{place}: outside"
                    );
                }
            }
        })
        .join()
        .unwrap();
    }
}

/// WCAG 2.1, success criterion 1.4.3: 4.5 to 1 for text.
#[test]
fn every_colour_of_words_can_be_read_on_its_ground() {
    let panel = Panel::new(DISPLAYS[0]);
    let theme = panel.simulated.window.global::<kiosk_ui::ui::Theme>();
    for palette in [theme.get_light(), theme.get_high_contrast()] {
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
    panel.touch("Touch to begin");
    assert_eq!(panel.sent(), [ClientMessage::Start]);
}

#[test]
fn an_offered_slot_sends_its_id_and_the_ways_to_others_their_action() {
    let panel = Panel::showing("choose-slot");
    let slot = panel
        .labels()
        .into_iter()
        .find(|label| label.starts_with("9:30 am"))
        .unwrap();
    panel.touch(&slot);
    panel.touch("Another day");
    assert_eq!(
        panel.sent(),
        [
            touched(Action::Choose, Some("s2")),
            touched(Action::AnotherDay, None)
        ]
    );
}

#[test]
fn what_was_understood_is_corrected_by_touching_it() {
    let panel = Panel::showing("confirm");
    panel.touch("Change Doctor: Dr Ama Owusu");
    panel.touch("Yes");
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
fn help_repeat_staff_and_start_again_are_on_every_page_of_a_conversation() {
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
            "Slower",
            "Help",
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
    panel.take(Update::Connected("x".repeat(10_000)));
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
    panel.simulated.display();
}
