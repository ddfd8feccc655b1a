//! What happens when nothing happens: a helping prompt, a warning that can be
//! answered, home. Silence counts from the end of what the kiosk says.

use super::own::Own;
use super::queue::Queue;
use super::{Dialogue, Stage};
use jiff::{SignedDuration, Timestamp};
use kiosk_protocol::{Outcome, Timeout};

const HELP_AFTER: SignedDuration = SignedDuration::from_secs(12);
const WARN_AFTER: SignedDuration = SignedDuration::from_secs(15);
/// WCAG 2.2.1: at least 20 seconds to extend a time limit.
const WARNING_LASTS: SignedDuration = SignedDuration::from_secs(20);
/// Time to read or photograph the ticket before the warning.
const TICKET_STAYS: SignedDuration = SignedDuration::from_secs(20);
/// A database that has not answered by then will not.
const ANSWER_WITHIN: SignedDuration = SignedDuration::from_secs(10);
/// A voice that has not finished a prompt by then has died.
const PROMPT_WITHIN: SignedDuration = SignedDuration::from_secs(60);
const SECOND: SignedDuration = SignedDuration::from_secs(1);

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Silence {
    since: Timestamp,
    step: Step,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Step {
    #[default]
    Fresh,
    Helped,
    /// The warning ends the visit at this instant.
    Warned {
        ends: Timestamp,
        /// The next whole second to show.
        next: Timestamp,
    },
}

impl Silence {
    /// Somebody is here: the count begins again.
    pub fn activity(&mut self, now: Timestamp) {
        *self = Self {
            since: now,
            step: Step::Fresh,
        };
    }

    /// The kiosk has finished speaking: silence counts from here.
    pub fn spoken(&mut self, now: Timestamp) {
        self.since = now;
    }

    pub fn wake_at(&self, stage: Stage, speaking: bool) -> Option<Timestamp> {
        match (stage, self.step) {
            (Stage::Idle, _) => None,
            (_, Step::Warned { next, .. }) => Some(next),
            (_, Step::Fresh | Step::Helped) if speaking => Some(self.since + PROMPT_WITHIN),
            (
                Stage::Searching
                | Stage::Looking
                | Stage::Booking
                | Stage::Own(Own::Settling)
                | Stage::Queue(Queue::Joining),
                _,
            ) => Some(self.since + ANSWER_WITHIN),
            (Stage::Booked | Stage::Reception | Stage::Done, _) => Some(self.since + TICKET_STAYS),
            (_, Step::Fresh) => Some(self.since + HELP_AFTER),
            (_, Step::Helped) => Some(self.since + WARN_AFTER),
        }
    }

    /// The warning to be shown, if there is one.
    pub fn timeout(&self, now: Timestamp) -> Option<Timeout> {
        let Step::Warned { ends, .. } = self.step else {
            return None;
        };
        let left = ends.duration_since(now).as_secs_f64().ceil().max(0.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 to 20"
        )]
        let seconds_left = left as u32;
        Some(Timeout { seconds_left })
    }
}

impl Dialogue {
    pub(super) fn on_tick(&mut self, now: Timestamp) {
        if self.wake_at().is_none_or(|at| now < at) || self.tell_unanswered(now) {
            return;
        }
        if self.speaking.is_some() && !matches!(self.silence.step, Step::Warned { .. }) {
            self.speaking = None;
            self.silence.since = now;
            return;
        }
        match self.silence.step {
            Step::Warned { ends, .. } if now >= ends => self.leave_by_timeout(),
            Step::Warned { ends, next } => {
                self.silence.step = Step::Warned {
                    ends,
                    next: (next + SECOND).max(now).min(ends),
                };
            }
            Step::Fresh | Step::Helped => self.on_silence(now),
        }
    }

    fn on_silence(&mut self, now: Timestamp) {
        match (self.stage, self.silence.step) {
            (Stage::Searching | Stage::Looking, _) => {
                self.send_to_reception(now, "searching-failed")
            }
            (Stage::Booking | Stage::Own(Own::Settling) | Stage::Queue(Queue::Joining), _) => {
                self.send_to_reception(now, "booking-unsure")
            }
            (Stage::Booked | Stage::Reception | Stage::Done, _) | (_, Step::Helped) => {
                self.warn(now)
            }
            (_, Step::Fresh | Step::Warned { .. }) => {
                self.help(now);
                self.silence = Silence {
                    since: now,
                    step: Step::Helped,
                };
            }
        }
    }

    /// After the ticket the countdown is silent: there is nothing left to ask.
    fn warn(&mut self, now: Timestamp) {
        self.silence.step = Step::Warned {
            ends: now + WARNING_LASTS,
            next: now + SECOND,
        };
        if !self.is_over() {
            let warning = self.setting.wording.fixed("still-there");
            self.say(&warning);
        }
    }

    /// There is nothing left to ask.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Booked | Stage::Reception | Stage::Done)
    }

    fn leave_by_timeout(&mut self) {
        let outcome = match self.outcome_of_leaving() {
            Outcome::Goodbye => Outcome::TimedOut,
            outcome @ (Outcome::Booked
            | Outcome::Served
            | Outcome::TimedOut
            | Outcome::Reception
            | Outcome::Failed) => outcome,
        };
        self.end(outcome);
    }

    /// The answer to the warning: the question stands again.
    pub(super) fn still_here(&mut self, now: Timestamp) {
        let was_warned = matches!(self.silence.step, Step::Warned { .. });
        self.silence.activity(now);
        if was_warned && !self.is_over() {
            self.repeat();
        }
    }
}
