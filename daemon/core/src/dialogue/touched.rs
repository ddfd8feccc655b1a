//! Touches: the same steps as speech. One that does not belong to the screen that is
//! shown (a late one) changes nothing.

use super::choosing::Direction;
use super::draft::{Phone, Whom, Wish};
use super::own::{Business, Own};
use super::{Dialogue, Stage};
use crate::clinic::{PractitionerId, SlotId, SpecialtyId};
use crate::understanding::{Expecting, When, understand};
use jiff::Timestamp;
use jiff::civil::Date;
use kiosk_protocol::{Action, Field, Private};

/// The id of the choice "any doctor".
pub(super) const ANYONE: &str = "anyone";
/// The id of the choice "as soon as possible".
pub(super) const SOONEST: &str = "soonest";

/// No name in any register is longer; a longer text is no name.
const LONGEST_NAME_CHARS: usize = 80;

impl Dialogue {
    pub(super) fn on_touch(&mut self, now: Timestamp, action: Action, value: Option<&Private>) {
        if action != Action::StillHere {
            self.silence.activity(now);
        }
        if self.touch_as_said(now, action) {
            return;
        }
        let value = value.map_or("", Private::expose);
        if let Some(business) = Business::touched(action) {
            if matches!(
                self.stage,
                Stage::Greeting | Stage::Whom | Stage::Own(Own::Told)
            ) {
                self.begin_own(now, business);
            }
            return;
        }
        match (self.stage, action) {
            (Stage::Greeting, Action::Book) => self.ask(now, Stage::Whom),
            (_, Action::Choose) => self.touched_choice(now, value),
            (Stage::Own(Own::Phone), Action::Enter) => self.entered_own_phone(now, value),
            (Stage::Own(Own::Phone), Action::No) => self.send_to_reception(now, "own-no-phone"),
            (Stage::Own(Own::Name), Action::Enter) => self.entered_own_name(now, value),
            (Stage::Own(Own::Told | Own::Cancelling), Action::Change) => {
                self.begin_own(now, Business::Move)
            }
            (Stage::Own(Own::Cancelling), Action::Yes) => self.cancel_it(now),
            (Stage::Own(Own::Cancelling), Action::No) => self.keep_it(now),
            (Stage::Name | Stage::NameRight, Action::Enter) => self.entered_name(now, value),
            (Stage::Phone, Action::Enter) => self.entered_phone(now, value),
            (Stage::NameRight, Action::Yes) => {
                self.draft.name_right = true;
                self.advance(now);
            }
            (Stage::NameRight, Action::No) => {
                self.draft.name = None;
                self.ask(now, Stage::Name);
            }
            (Stage::Phone, Action::No) => {
                self.draft.phone = Phone::None;
                self.advance(now);
            }
            (Stage::Confirming, Action::Yes) => self.book(now),
            (Stage::Confirming, Action::No) => self.ask(now, Stage::Changing),
            (Stage::Changing, Action::No) => self.ask(now, Stage::Confirming),
            (Stage::Offering, Action::Yes) if self.offers.len() == 1 => self.choose(now, 0),
            (Stage::Offering, Action::Earlier) => self.look(now, Direction::Earlier),
            (Stage::Offering, Action::Later) => self.look(now, Direction::Later),
            (Stage::Offering, Action::AnotherDay) => self.look(now, Direction::AnotherDay),
            (Stage::Offering, Action::AnotherPractitioner) => {
                self.look(now, Direction::AnotherPractitioner)
            }
            (stage, Action::Change) if can_change(stage) => {
                if let Some(field) = Field::from_name(value) {
                    self.change(now, field);
                }
            }
            (
                _,
                Action::Book
                | Action::Enter
                | Action::Yes
                | Action::No
                | Action::Earlier
                | Action::Later
                | Action::AnotherDay
                | Action::AnotherPractitioner
                | Action::Change
                | Action::FindAppointment
                | Action::Reschedule
                | Action::Cancel
                | Action::CheckIn
                | Action::Repeat
                | Action::Help
                | Action::CallStaff
                | Action::StartAgain
                | Action::StillHere
                | Action::Goodbye,
            ) => {}
        }
    }

    /// Opens one part of the draft again; the rest stays.
    pub(super) fn change(&mut self, now: Timestamp, field: Field) {
        match field {
            Field::Practitioner => {
                self.draft.whom = None;
                self.draft.slot = None;
                self.ask(now, Stage::Whom);
            }
            Field::Date | Field::Time => {
                self.draft.wish = Wish::default();
                self.draft.slot = None;
                self.ask(now, Stage::When);
            }
            Field::Name => {
                self.draft.name = None;
                self.draft.name_right = false;
                self.ask(now, Stage::Name);
            }
            Field::Phone => {
                self.draft.phone = Phone::NotAsked;
                self.ask(now, Stage::Phone);
            }
        }
    }

    fn touched_choice(&mut self, now: Timestamp, id: &str) {
        match self.stage {
            Stage::Offering => {
                let slot = SlotId(id.to_owned());
                if let Some(index) = self.offers.iter().position(|offer| offer.id == slot) {
                    self.choose(now, index);
                }
            }
            Stage::Greeting | Stage::Whom => {
                if let Some(whom) = self.whom_touched(id) {
                    self.draft.whom = Some(whom);
                    self.draft.slot = None;
                    self.advance(now);
                }
            }
            Stage::When => self.touched_day(now, id),
            Stage::Own(Own::Which) => {
                if let Some(index) = self.own_shown().iter().position(|held| held.id.0 == id) {
                    self.own_chosen(now, index);
                }
            }
            Stage::Idle
            | Stage::Searching
            | Stage::Name
            | Stage::NameRight
            | Stage::Phone
            | Stage::Confirming
            | Stage::Changing
            | Stage::Booking
            | Stage::Booked
            | Stage::Own(_)
            | Stage::Reception => {}
        }
    }

    pub(super) fn whom_touched(&self, id: &str) -> Option<Whom> {
        if id == ANYONE {
            return Some(Whom::Anyone);
        }
        let specialty = SpecialtyId(id.to_owned());
        if self.setting.roster.specialty(&specialty).is_some() {
            return Some(Whom::Specialty(specialty));
        }
        let practitioner = PractitionerId(id.to_owned());
        self.setting.roster.practitioner(&practitioner)?;
        Some(Whom::Practitioner(practitioner))
    }

    fn touched_day(&mut self, now: Timestamp, id: &str) {
        if let Ok(date) = id.parse::<Date>() {
            self.draft.wish.take(&When {
                date: Some(date),
                ..When::default()
            });
        } else if id == SOONEST {
            self.draft.wish.stated = true;
        } else {
            return;
        }
        self.advance(now);
    }

    /// Who types a name sees it: it is not asked again whether it is right.
    fn entered_name(&mut self, now: Timestamp, text: &str) {
        let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if name.chars().count() > LONGEST_NAME_CHARS || !name.chars().any(char::is_alphabetic) {
            return self.misunderstand(now, "not-understood");
        }
        self.draft.name = Some(Private::from(name));
        self.draft.name_right = true;
        self.advance(now);
    }

    fn entered_phone(&mut self, now: Timestamp, text: &str) {
        match self.number_typed(now, text) {
            Some(number) => {
                self.draft.phone = Phone::Number(number);
                self.advance(now);
            }
            None => self.misunderstand(now, "not-understood"),
        }
    }

    fn entered_own_phone(&mut self, now: Timestamp, text: &str) {
        match self.number_typed(now, text) {
            Some(number) => self.look_up(now, number),
            None => self.misunderstand(now, "not-understood"),
        }
    }

    fn entered_own_name(&mut self, now: Timestamp, text: &str) {
        let typed = Private::from(text);
        let request = self.request(now, &[typed], Some(Expecting::PersonName));
        let patient = understand(&request).patient;
        self.own_named(now, patient.as_deref());
    }

    fn number_typed(&self, now: Timestamp, text: &str) -> Option<Private> {
        let request = self.request(now, &[Private::from(text)], Some(Expecting::Phone));
        understand(&request).phone.map(Private::from)
    }
}

fn can_change(stage: Stage) -> bool {
    match stage {
        Stage::Whom
        | Stage::When
        | Stage::Offering
        | Stage::Name
        | Stage::NameRight
        | Stage::Phone
        | Stage::Confirming
        | Stage::Changing
        | Stage::Greeting => true,
        Stage::Idle
        | Stage::Searching
        | Stage::Booking
        | Stage::Booked
        | Stage::Own(_)
        | Stage::Reception => false,
    }
}
