//! Somebody's own appointment: found once it is known who they are (`who`), then told,
//! moved, cancelled or checked in.

use super::draft::{Birth, Phone, Whom, Wish};
use super::queue::Queue;
use super::{Dialogue, Effect, QuestionId, Stage, choosing};
use crate::clinic::{Held, Settled};
use crate::understanding::{Act, Understanding};
use crate::wording::{Sentence, verbatim};
use jiff::Timestamp;
use kiosk_protocol::Action;

/// After so many mismatches reception looks into it.
const MOST_MISMATCHES: u8 = 3;
/// The screen has room for so many to choose from.
const MOST_SHOWN: usize = 3;

/// Where the conversation about somebody's own appointment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Own {
    /// "Which appointment do you mean?"
    Which,
    /// Told; what now?
    Told,
    /// "Shall I cancel it?"
    Cancelling,
    /// Waiting for the store.
    Settling,
}

/// What the patient wants with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Business {
    Tell,
    Move,
    Cancel,
    CheckIn,
}

/// What is known in such a conversation.
#[derive(Debug, Clone)]
pub(super) struct Visit {
    pub business: Business,
    /// The patient's appointments, once it is known who that is.
    held: Vec<Held>,
    mismatches: u8,
    /// The one that is spoken of, once both facts have matched.
    pub chosen: Option<Held>,
}

impl Business {
    /// What an utterance asks for, if it is about an appointment that exists.
    pub fn meant(meaning: &Understanding) -> Option<Self> {
        let does = |act| meaning.acts.contains(&act);
        [
            (Act::Reschedule, Self::Move),
            (Act::Cancel, Self::Cancel),
            (Act::CheckIn, Self::CheckIn),
            (Act::FindAppointment, Self::Tell),
        ]
        .into_iter()
        .find_map(|(act, business)| does(act).then_some(business))
    }

    pub const fn touched(action: Action) -> Option<Self> {
        match action {
            Action::FindAppointment => Some(Self::Tell),
            Action::Reschedule => Some(Self::Move),
            Action::Cancel => Some(Self::Cancel),
            Action::CheckIn => Some(Self::CheckIn),
            Action::Book
            | Action::JoinQueue
            | Action::Choose
            | Action::Enter
            | Action::Yes
            | Action::No
            | Action::Change
            | Action::Earlier
            | Action::Later
            | Action::AnotherDay
            | Action::AnotherPractitioner
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
            | Action::Goodbye => None,
        }
    }
}

impl Dialogue {
    /// Begins such a conversation, or goes on with one where the appointment is known.
    pub(super) fn begin_own(&mut self, now: Timestamp, business: Business) {
        match &mut self.own {
            Some(visit) if visit.chosen.is_some() => {
                visit.business = business;
                self.do_business(now);
            }
            _ => {
                self.own = Some(Visit {
                    business,
                    held: Vec::new(),
                    mismatches: 0,
                    chosen: None,
                });
                self.advance(now);
            }
        }
    }

    /// It is about an appointment that exists, and not yet clear which.
    pub(super) fn seeks_own(&self) -> bool {
        self.own
            .as_ref()
            .is_some_and(|visit| visit.chosen.is_none())
    }

    /// The next step towards it: the facts, then the appointment.
    pub(super) fn advance_own(&mut self, now: Timestamp) {
        if let Some(known) = &self.draft.known {
            let held = known.held.clone();
            return self.own_found(now, held);
        }
        match self.unclear_who() {
            Some(Stage::Looking) => self.look_up(now),
            Some(stage @ (Stage::Phone | Stage::BirthDate | Stage::Name)) => self.ask(now, stage),
            _ => self.mismatch(now),
        }
    }

    fn own_found(&mut self, now: Timestamp, held: Vec<Held>) {
        let Some(visit) = &mut self.own else { return };
        visit.held = held;
        match visit.held.len() {
            0 => {
                self.own = None;
                self.preface = Some(self.setting.wording.fixed("own-none"));
                self.ask(now, Stage::Whom);
            }
            1 => self.own_chosen(now, 0),
            _ => self.ask(now, Stage::Own(Own::Which)),
        }
    }

    pub(super) fn answered_own(
        &mut self,
        now: Timestamp,
        own: Own,
        meaning: &Understanding,
        text: &str,
    ) {
        match own {
            Own::Which => match choosing::which(text, self.own_shown().len()) {
                Some(index) => self.own_chosen(now, index),
                None => self.answered_which(now, meaning),
            },
            Own::Told => self.answered_told(now, meaning),
            Own::Cancelling => self.answered_cancelling(now, meaning),
            Own::Settling => {}
        }
    }

    fn mismatch(&mut self, now: Timestamp) {
        let Some(visit) = &mut self.own else { return };
        visit.mismatches += 1;
        self.draft.phone = Phone::NotAsked;
        self.draft.birth = Birth::NotAsked;
        self.draft.name = None;
        self.draft.name_right = false;
        self.found = None;
        if visit.mismatches >= MOST_MISMATCHES {
            return self.send_to_reception(now, "own-give-up");
        }
        self.preface = Some(self.setting.wording.fixed("own-not-found"));
        self.advance(now);
    }

    pub(super) fn own_shown(&self) -> &[Held] {
        let held = self.own.as_ref().map_or(&[][..], |visit| &visit.held);
        &held[..held.len().min(MOST_SHOWN)]
    }

    fn answered_which(&mut self, now: Timestamp, meaning: &Understanding) {
        let mut wish = Wish::default();
        wish.take(&meaning.when);
        let named = meaning.practitioner.as_deref();
        let said = named.is_some() || wish.stated;
        let fits = |held: &Held| {
            let local = self.setting.local(held.start);
            wish.fits(local.date(), local.time())
                && named
                    .is_none_or(|name| self.setting.practitioner_name(&held.practitioner) == name)
        };
        let fitting: Vec<usize> = self
            .own_shown()
            .iter()
            .enumerate()
            .filter(|(_, held)| fits(held))
            .map(|(index, _)| index)
            .collect();
        match fitting[..] {
            [index] if said => self.own_chosen(now, index),
            _ => self.misunderstand(now, "not-understood"),
        }
    }

    pub(super) fn own_chosen(&mut self, now: Timestamp, index: usize) {
        let Some(visit) = &mut self.own else { return };
        visit.chosen = visit.held.get(index).cloned();
        self.do_business(now);
    }

    fn do_business(&mut self, now: Timestamp) {
        let Some(visit) = &self.own else { return };
        match visit.business {
            Business::Tell => self.ask(now, Stage::Own(Own::Told)),
            Business::Cancel => self.ask(now, Stage::Own(Own::Cancelling)),
            Business::CheckIn => self.check_in(now),
            Business::Move => self.begin_move(now),
        }
    }

    fn answered_told(&mut self, now: Timestamp, meaning: &Understanding) {
        let does = |act| meaning.acts.contains(&act);
        if let Some(business) = Business::meant(meaning) {
            return self.begin_own(now, business);
        }
        let news =
            meaning.when != crate::understanding::When::default() || meaning.practitioner.is_some();
        if news {
            self.begin_move(now);
            self.answered(now, meaning, "");
        } else if does(Act::Stop) {
            // "Cancel it", said about the appointment that was just told.
            self.begin_own(now, Business::Cancel);
        } else if does(Act::Thanks) || does(Act::Negate) || does(Act::Affirm) {
            self.goodbye();
        } else {
            self.misunderstand(now, "not-understood");
        }
    }

    fn answered_cancelling(&mut self, now: Timestamp, meaning: &Understanding) {
        let does = |act| meaning.acts.contains(&act);
        if does(Act::Reschedule) {
            self.begin_own(now, Business::Move);
        } else if does(Act::Affirm) && !does(Act::Negate) {
            self.cancel_it(now);
        } else if does(Act::Negate) {
            self.keep_it(now);
        } else {
            self.misunderstand(now, "ask-yes-no");
        }
    }

    /// Only an explicit yes leads here.
    pub(super) fn cancel_it(&mut self, now: Timestamp) {
        self.settle(now, |question, held| {
            Effect::Cancel(question, held.id.clone())
        });
    }

    pub(super) fn keep_it(&mut self, now: Timestamp) {
        self.preface = Some(self.setting.wording.fixed("own-kept"));
        self.ask(now, Stage::Own(Own::Told));
    }

    fn settle(&mut self, now: Timestamp, effect: impl FnOnce(QuestionId, &Held) -> Effect) {
        let Some(held) = self.own.as_ref().and_then(|visit| visit.chosen.as_ref()) else {
            return;
        };
        self.question.0 += 1;
        let effect = effect(self.question, held);
        self.stage = Stage::Own(Own::Settling);
        self.effects.push(Effect::Expect(None));
        self.effects.push(effect);
        self.silence.activity(now);
    }

    /// Once, and on its day only.
    fn check_in(&mut self, now: Timestamp) {
        let Some(held) = self.own.as_ref().and_then(|visit| visit.chosen.clone()) else {
            return;
        };
        let (today, day) = (
            self.setting.local(now).date(),
            self.setting.local(held.start).date(),
        );
        if held.checked_in {
            self.finish(now, "own-already-in");
        } else if day != today {
            self.finish(now, "own-other-day");
        } else if held.end < now {
            self.prompt = self.own_sentence("own-late");
            self.send_to_reception_saying(now);
        } else {
            self.settle(now, |question, held| {
                Effect::CheckIn(question, held.id.clone())
            });
        }
    }

    fn begin_move(&mut self, now: Timestamp) {
        let Some(visit) = &mut self.own else { return };
        visit.business = Business::Move;
        let Some(held) = &visit.chosen else { return };
        self.draft.whom = Some(Whom::Practitioner(held.practitioner.clone()));
        self.draft.slot = None;
        self.draft.wish = Wish::default();
        self.advance(now);
    }

    /// The appointment that is being moved, if one is.
    pub(super) fn moving(&self) -> Option<&Held> {
        let visit = self
            .own
            .as_ref()
            .filter(|visit| visit.business == Business::Move)?;
        visit.chosen.as_ref()
    }

    pub(super) fn on_settled(&mut self, now: Timestamp, question: QuestionId, settled: Settled) {
        let waiting = matches!(
            self.stage,
            Stage::Own(Own::Settling) | Stage::Queue(Queue::Joining)
        );
        if question != self.question || !waiting {
            return;
        }
        match settled {
            Settled::Cancelled => self.finish(now, "own-cancelled"),
            Settled::Queued(ticket) => {
                let arrived = self.stage == Stage::Own(Own::Settling);
                self.prompt = self.queued(ticket, arrived);
                if let Some(room) = self.room_of_own().filter(|_| arrived) {
                    self.prompt = self.prompt.clone().then(&room);
                }
                self.queue_ticket = Some(ticket);
                self.finish_saying(now);
                self.print_number();
            }
            Settled::Refused => self.send_to_reception(now, "own-failed"),
        }
    }

    /// Where to go, for who has checked in.
    fn room_of_own(&self) -> Option<Sentence> {
        let held = self.own.as_ref()?.chosen.as_ref()?;
        let one = self.setting.roster.practitioner(&held.practitioner)?;
        let (name, room) = (verbatim(&one.name), verbatim(one.room.as_deref()?));
        let words = [("practitioner", &name), ("room", &room)];
        Some(self.setting.wording.say("room-of", &words))
    }

    fn finish(&mut self, now: Timestamp, name: &'static str) {
        self.prompt = self.own_sentence(name);
        self.finish_saying(now);
    }

    fn finish_saying(&mut self, now: Timestamp) {
        self.stage = Stage::Done;
        self.misunderstood = 0;
        self.silence.activity(now);
        self.repeat();
        self.effects.push(Effect::Expect(None));
    }

    pub(super) fn own_question(&self, own: Own) -> Sentence {
        let wording = &self.setting.wording;
        match own {
            Own::Which => wording.fixed("own-which"),
            Own::Told => self.own_sentence("own-told"),
            Own::Cancelling => self.own_sentence("own-ask-cancel"),
            Own::Settling => self.prompt.clone(),
        }
    }

    /// A sentence about the chosen appointment: doctor, day and time.
    fn own_sentence(&self, name: &'static str) -> Sentence {
        let Some(held) = self.own.as_ref().and_then(|visit| visit.chosen.as_ref()) else {
            return self.prompt.clone();
        };
        let local = self.setting.local(held.start);
        let wording = &self.setting.wording;
        let practitioner = verbatim(self.setting.practitioner_name(&held.practitioner));
        let (date, time) = (wording.plain_date(local.date()), wording.time(local.time()));
        wording.say(
            name,
            &[
                ("practitioner", &practitioner),
                ("date", &date),
                ("time", &time),
            ],
        )
    }
}
