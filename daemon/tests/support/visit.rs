//! A visit by touch, from the welcome to the question whether all is right.
#![allow(dead_code)]

use super::kiosk::Panel;
use kiosk_protocol::{Action, ChoiceKind, ClientMessage, Screen, ServerMessage};

/// Who comes, as they type it.
#[derive(Debug, Clone)]
pub struct Person {
    pub name: String,
    pub phone: String,
    pub birth_date: String,
}

/// Touches through to the confirmation; returns the chosen slot's id.
pub fn to_confirmation(panel: &mut Panel, person: &Person) -> String {
    panel.wait_for_screen(Screen::Welcome);
    panel.send(&ClientMessage::Start);
    panel.wait_for_screen(Screen::Listening);
    panel.touch(Action::Book, None);
    panel.wait_for_screen(Screen::ChoosePractitioner);
    panel.touch(Action::Choose, Some("dental"));
    panel.wait_for("the question for a day", asks_for_a_day);
    panel.touch(Action::Choose, Some("soonest"));
    let view = panel.wait_for_screen(Screen::ChooseSlot);
    let slots: Vec<_> = view
        .choices
        .iter()
        .filter(|choice| choice.kind == ChoiceKind::Slot)
        .collect();
    assert_eq!(slots.len(), 3, "three offers");
    let chosen = slots[1].id.clone();
    panel.touch(Action::Choose, Some(&chosen));
    panel.wait_for_screen(Screen::EnterPhone);
    panel.touch(Action::Enter, Some(&person.phone));
    panel.wait_for_screen(Screen::EnterBirthDate);
    panel.touch(Action::Enter, Some(&person.birth_date));
    let who = panel.wait_for_screen(Screen::EnterName);
    // Somebody on record is shown, and only asked whether it is them.
    if who.draft.name.is_some() {
        panel.touch(Action::Yes, None);
    } else {
        panel.touch(Action::Enter, Some(&person.name));
        panel.wait_for_screen(Screen::Question);
        panel.touch(Action::Yes, None);
    }
    let view = panel.wait_for_screen(Screen::Confirm);
    assert_eq!(view.draft.name.unwrap().expose(), person.name);
    chosen
}

pub fn asks_for_a_day(message: &ServerMessage) -> bool {
    matches!(message, ServerMessage::View(view) if view.choices.iter().any(|choice| choice.kind == ChoiceKind::Day))
}
