//! From the yes to the ticket.

use super::draft::Wish;
use super::own::Own;
use super::queue::Queue;
use super::{Dialogue, Effect, QuestionId, Stage};
use crate::clinic::{Booking, BookingOutcome, Clues, NewPatient, Patient};
use crate::wording::Sentence;
use jiff::Timestamp;

/// What is on the ticket, in every language.
#[derive(Debug, Clone)]
pub(super) struct OnTicket {
    pub code: String,
    pub practitioner: String,
    pub date: Sentence,
    pub time: Sentence,
    pub to_confirm: bool,
}

impl Dialogue {
    /// Only an explicit yes to the confirmation leads here.
    pub(super) fn book(&mut self, now: Timestamp) {
        let (Some(slot), Some(name)) = (&self.draft.slot, &self.draft.name) else {
            return self.advance(now);
        };
        if let Some(held) = self.moving() {
            let (id, slot) = (held.id.clone(), slot.id.clone());
            self.question.0 += 1;
            self.stage = Stage::Booking;
            self.effects.push(Effect::Expect(None));
            self.effects.push(Effect::Move(self.question, id, slot));
            return self.silence.activity(now);
        }
        let patient = match &self.draft.known {
            Some(known) => Patient::Known(known.id.clone()),
            None => {
                let Clues { phone, birth_date } = self.clues();
                Patient::New(NewPatient {
                    name: name.clone(),
                    phone,
                    birth_date,
                })
            }
        };
        let booking = Booking {
            id: self
                .draft
                .appointment
                .take()
                .unwrap_or_else(|| (self.new_id)()),
            slot: slot.id.clone(),
            patient,
        };
        self.question.0 += 1;
        self.stage = Stage::Booking;
        self.effects.push(Effect::Expect(None));
        self.effects.push(Effect::Book(self.question, booking));
        self.silence.activity(now);
    }

    /// A booking that was made is shown, even where the patient was sent on meanwhile.
    pub(super) fn on_booked(
        &mut self,
        now: Timestamp,
        question: QuestionId,
        outcome: BookingOutcome,
    ) {
        if question != self.question || !matches!(self.stage, Stage::Booking | Stage::Reception) {
            return;
        }
        match outcome {
            BookingOutcome::Booked { code, to_confirm } => {
                self.ticket = self.ticket_of(code, to_confirm);
                self.ask(now, Stage::Booked);
                self.print_ticket();
            }
            BookingOutcome::SlotTaken => {
                self.draft.slot = None;
                self.preface = Some(self.setting.wording.fixed("slot-taken"));
                self.search_wished(now);
            }
            BookingOutcome::PatientBusy => {
                self.draft.slot = None;
                // The same time would be refused again.
                self.draft.wish = Wish::default();
                self.preface = Some(self.setting.wording.fixed("patient-busy"));
                self.ask(now, Stage::When);
            }
            BookingOutcome::Failed => self.booking_failed(now),
        }
    }

    pub(super) fn on_failed(&mut self, now: Timestamp, question: QuestionId) {
        if question != self.question {
            return;
        }
        match self.stage {
            Stage::Searching => self.send_to_reception(now, "searching-failed"),
            Stage::Booking => self.booking_failed(now),
            Stage::Looking => self.send_to_reception(now, "searching-failed"),
            Stage::Own(Own::Settling) | Stage::Queue(Queue::Joining) => {
                self.send_to_reception(now, "own-failed")
            }
            Stage::Idle
            | Stage::Greeting
            | Stage::Whom
            | Stage::When
            | Stage::Offering
            | Stage::Phone
            | Stage::BirthDate
            | Stage::Name
            | Stage::NameRight
            | Stage::Agreeing
            | Stage::Confirming
            | Stage::Changing
            | Stage::Booked
            | Stage::Own(_)
            | Stage::Queue(_)
            | Stage::Done
            | Stage::Reception => {}
        }
    }

    /// An appointment that could not be moved is still booked where it was.
    fn booking_failed(&mut self, now: Timestamp) {
        let name = if self.moving().is_some() {
            "own-failed"
        } else {
            "booking-failed"
        };
        self.send_to_reception(now, name);
    }

    fn ticket_of(&self, code: String, to_confirm: bool) -> Option<OnTicket> {
        let slot = self.draft.slot.as_ref()?;
        let local = self.setting.local(slot.start);
        let wording = &self.setting.wording;
        Some(OnTicket {
            code,
            practitioner: self
                .setting
                .practitioner_name(&slot.practitioner)
                .to_owned(),
            date: wording.plain_date(local.date()),
            time: wording.time(local.time()),
            to_confirm,
        })
    }
}
