//! Touches: the same steps as speech. One that does not belong to the screen that is
//! shown (a late one) changes nothing.

use super::choosing::Direction;
use super::draft::{Birth, Phone, Whom, Wish};
use super::own::{Business, Own};
use super::queue::Queue;
use super::{Dialogue, Stage};
use crate::clinic::{PractitionerId, SlotId, SpecialtyId};
use crate::understanding::When;
use jiff::Timestamp;
use jiff::civil::Date;
use kiosk_protocol::{Action, Field, Private};

/// The id of the choice "any doctor".
pub(super) const ANYONE: &str = "anyone";
/// The id of the choice "as soon as possible".
pub(super) const SOONEST: &str = "soonest";

impl Dialogue {
    pub(super) fn on_touch(&mut self, now: Timestamp, action: Action, value: Option<&Private>) {
        if action != Action::StillHere {
            self.silence.activity(now);
        }
        self.spoke_last = false;
        if action == Action::Language {
            self.show_in(value.map_or("", Private::expose));
            return;
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
            (Stage::Greeting | Stage::Whom | Stage::When | Stage::Offering, Action::JoinQueue) => {
                self.wants_to_wait(now)
            }
            (Stage::Queue(Queue::Offered), Action::Yes) => self.join_queue(now),
            (Stage::Queue(Queue::Offered), Action::No) => self.leave_queue(now),
            (Stage::Agreeing, Action::Yes) => self.agrees(now),
            (Stage::Agreeing, Action::No) => self.does_not_agree(now),
            (Stage::BirthDate, Action::Enter) => self.entered_birth_date(now, value),
            (Stage::BirthDate, Action::No) => {
                self.draft.birth = Birth::Unknown;
                self.advance(now);
            }
            (Stage::Own(Own::Told | Own::Cancelling), Action::Change) => {
                self.begin_own(now, Business::Move)
            }
            (Stage::Own(Own::Cancelling), Action::Yes) => self.cancel_it(now),
            (Stage::Own(Own::Cancelling), Action::No) => self.keep_it(now),
            (Stage::Name | Stage::NameRight, Action::Enter) => self.entered_name(now, value),
            (Stage::Phone, Action::Enter) => self.entered_phone(now, value),
            (Stage::NameRight, Action::Yes) => self.name_is_right(now),
            (Stage::NameRight, Action::No) => {
                self.not_that_one();
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
                | Action::JoinQueue
                | Action::Repeat
                | Action::Help
                | Action::CallStaff
                | Action::StartAgain
                | Action::StillHere
                | Action::Louder
                | Action::Quieter
                | Action::Slower
                | Action::Faster
                | Action::Language
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
                self.not_that_one();
                self.ask(now, Stage::Name);
            }
            Field::Phone => {
                self.draft.phone = Phone::NotAsked;
                self.draft.known = None;
                self.ask(now, Stage::Phone);
            }
            Field::BirthDate => {
                self.draft.birth = Birth::NotAsked;
                self.draft.known = None;
                self.ask(now, Stage::BirthDate);
            }
        }
    }

    fn touched_choice(&mut self, now: Timestamp, id: &str) {
        match self.stage {
            Stage::Offering => {
                let slot = SlotId(id.to_owned());
                if let Some(index) = self.offers.iter().position(|offer| offer.id == slot) {
                    self.choose(now, index);
                } else if let Some(slot) = self.free_slot(id) {
                    self.choose_slot(now, slot);
                } else {
                    self.touched_day(now, id);
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
            | Stage::Phone
            | Stage::BirthDate
            | Stage::Looking
            | Stage::Name
            | Stage::NameRight
            | Stage::Agreeing
            | Stage::Confirming
            | Stage::Changing
            | Stage::Booking
            | Stage::Booked
            | Stage::Own(_)
            | Stage::Queue(_)
            | Stage::Done
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
}

fn can_change(stage: Stage) -> bool {
    match stage {
        Stage::Whom
        | Stage::When
        | Stage::Offering
        | Stage::Phone
        | Stage::BirthDate
        | Stage::Name
        | Stage::NameRight
        | Stage::Agreeing
        | Stage::Confirming
        | Stage::Changing
        | Stage::Greeting => true,
        Stage::Idle
        | Stage::Looking
        | Stage::Queue(_)
        | Stage::Done
        | Stage::Searching
        | Stage::Booking
        | Stage::Booked
        | Stage::Own(_)
        | Stage::Reception => false,
    }
}
