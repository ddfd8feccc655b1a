//! The call for staff: rung at once, and what becomes of it is told. Nobody is told that
//! help is coming before somebody has answered.

use super::{Dialogue, Effect, Stage};
use jiff::{SignedDuration, Timestamp};
use kiosk_protocol::{StaffAnswer, StaffCall};

/// After so long without an answer the way to reception is told.
const ANSWER_WITHIN: SignedDuration = SignedDuration::from_secs(30);

/// Why staff is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alert {
    /// Somebody wants a person.
    Help,
    /// Urgent words were said.
    Urgent,
}

/// A call that was made in this conversation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call {
    at: Timestamp,
    alert: Alert,
    /// What the patient was told about it.
    answer: StaffAnswer,
}

impl Call {
    pub(super) fn shown(self) -> StaffCall {
        StaffCall {
            urgent: self.alert == Alert::Urgent,
            answer: self.answer,
        }
    }

    fn is_open(&self) -> bool {
        self.answer == StaffAnswer::Ringing
    }
}

impl Dialogue {
    pub(super) fn call_staff(&mut self, now: Timestamp) {
        self.ring(now, Alert::Help);
        self.send_to_reception(now, "staff-called");
    }

    /// Staff first; what can be booked comes after.
    pub(super) fn urgent(&mut self, now: Timestamp) {
        self.ring(now, Alert::Urgent);
        self.send_to_reception(now, "urgent");
    }

    /// Rings once while a call is open; an emergency rings also then.
    fn ring(&mut self, now: Timestamp, alert: Alert) {
        let open = self.call.is_some_and(|call| call.is_open());
        if open && alert == Alert::Help {
            return;
        }
        self.effects.push(Effect::CallStaff(alert));
        self.call = Some(Call {
            at: now,
            alert,
            answer: StaffAnswer::Ringing,
        });
    }

    /// A person has answered.
    pub(super) fn on_staff_answered(&mut self, now: Timestamp) {
        if let Some(call) = &mut self.call {
            call.answer = StaffAnswer::Coming;
            if self.stage == Stage::Reception {
                self.send_to_reception(now, "staff-coming");
            }
        }
    }

    /// When it is to be told that nobody has answered.
    pub(super) fn unanswered_at(&self) -> Option<Timestamp> {
        let open = self.call.filter(Call::is_open)?;
        (self.stage == Stage::Reception).then(|| open.at + ANSWER_WITHIN)
    }

    /// True where that was told just now.
    pub(super) fn tell_unanswered(&mut self, now: Timestamp) -> bool {
        if self.unanswered_at().is_none_or(|at| now < at) {
            return false;
        }
        if let Some(call) = &mut self.call {
            call.answer = StaffAnswer::Nobody;
        }
        self.send_to_reception(now, "staff-no-answer");
        true
    }
}
