//! Waiting without an appointment: a number in today's queue. It needs no name.

use super::draft::Whom;
use super::{Dialogue, Effect, Stage};
use crate::clinic::{PractitionerId, Ticket, WalkIn};
use crate::understanding::{Act, Understanding};
use crate::wording::{Sentence, verbatim};
use jiff::Timestamp;

/// Where the conversation about the queue stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Queue {
    /// "Would you like a number?"
    Offered,
    /// Waiting for the store.
    Joining,
}

impl Dialogue {
    /// Whether somebody who could see this patient is here for the rest of today.
    pub(super) fn can_walk_in(&self, now: Timestamp) -> bool {
        !self.here_still(now).is_empty()
    }

    fn here_still(&self, now: Timestamp) -> Vec<PractitionerId> {
        let local = self.setting.local(now);
        self.wanted()
            .into_iter()
            .filter(|id| {
                self.here_on(Some(id), local.date())
                    .is_some_and(|(_, until)| local.time() < until)
            })
            .collect()
    }

    fn wanted(&self) -> Vec<PractitionerId> {
        match &self.draft.whom {
            Some(Whom::Practitioner(id)) => vec![id.clone()],
            Some(Whom::Specialty(id)) => self.setting.practitioners_of(id),
            Some(Whom::Anyone | Whom::AsBefore) | None => {
                let all = &self.setting.roster.practitioners;
                all.iter().map(|one| one.id.clone()).collect()
            }
        }
    }

    /// Offers a number, with `name` said before.
    pub(super) fn offer_queue(&mut self, now: Timestamp, name: &'static str) {
        self.preface = Some(self.setting.wording.fixed(name));
        self.ask(now, Stage::Queue(Queue::Offered));
    }

    /// "I will wait": a number at once, or why not.
    pub(super) fn wants_to_wait(&mut self, now: Timestamp) {
        if self.can_walk_in(now) {
            self.ask(now, Stage::Queue(Queue::Offered));
        } else {
            self.ask_again(now, "nobody-here-now");
        }
    }

    pub(super) fn answered_queue(&mut self, now: Timestamp, meaning: &Understanding) {
        let does = |act| meaning.acts.contains(&act);
        let wish = meaning.when != crate::understanding::When::default()
            || meaning.practitioner.is_some()
            || meaning.specialty.is_some();
        if wish || does(Act::Book) {
            self.take(meaning);
            self.go_on(now);
        } else if does(Act::Affirm) && !does(Act::Negate) {
            self.join_queue(now);
        } else if does(Act::Negate) {
            self.leave_queue(now);
        } else {
            self.misunderstand(now, "ask-yes-no");
        }
    }

    pub(super) fn join_queue(&mut self, now: Timestamp) {
        let practitioners = self.here_still(now);
        if practitioners.is_empty() {
            return self.send_to_reception(now, "nobody-here-now");
        }
        self.question.0 += 1;
        self.stage = Stage::Queue(Queue::Joining);
        self.effects.push(Effect::Expect(None));
        self.effects
            .push(Effect::JoinQueue(self.question, WalkIn { practitioners }));
        self.silence.activity(now);
    }

    /// Back to the booking, or where that has led nowhere, to reception.
    pub(super) fn leave_queue(&mut self, now: Timestamp) {
        if self.offers.is_empty() {
            self.send_to_reception(now, "see-reception");
        } else {
            self.ask(now, Stage::Offering);
        }
    }

    /// "Your number is 12; 3 before you."
    pub(super) fn queued(&self, ticket: Ticket, checked_in: bool) -> Sentence {
        let name = match (checked_in, ticket.ahead) {
            (true, 0) => "own-checked-in-next",
            (true, _) => "own-checked-in",
            (false, 0) => "queued-next",
            (false, _) => "queued",
        };
        let text = |number: &dyn std::fmt::Display| verbatim(&number.to_string());
        self.setting.wording.say(
            name,
            &[
                ("number", &text(&ticket.number)),
                ("ahead", &text(&ticket.ahead)),
                ("minutes", &text(&rounded(ticket.minutes))),
            ],
        )
    }
}

/// To five minutes, upwards: the estimate is no better than that.
const fn rounded(minutes: i64) -> i64 {
    minutes.saturating_add(4) / 5 * 5
}
