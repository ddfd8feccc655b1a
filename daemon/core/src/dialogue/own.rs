//! Somebody's own appointment: found by two matching facts, then told, moved, cancelled
//! or checked in. Nothing of a patient is shown or said before both facts match, and an
//! unknown number is answered like a wrong name.

use super::draft::{Phone, Whom, Wish};
use super::{Dialogue, Effect, QuestionId, Stage, choosing};
use crate::clinic::{Held, Settled};
use crate::understanding::{Act, Understanding};
use crate::wording::{Sentence, verbatim};
use jiff::Timestamp;
use kiosk_protocol::{Action, Private};

/// After so many mismatches reception looks into it.
const MOST_MISMATCHES: u8 = 3;
/// The screen has room for so many to choose from.
const MOST_SHOWN: usize = 3;

/// Where the conversation about somebody's own appointment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Own {
    /// "Which number was it booked with?"
    Phone,
    /// Waiting for what that number holds.
    Looking,
    /// "What is the patient's name?"
    Name,
    /// "Which appointment do you mean?"
    Which,
    /// Told; what now?
    Told,
    /// "Shall I cancel it?"
    Cancelling,
    /// Waiting for the store.
    Settling,
    /// Done; nothing is open.
    Done,
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
    phone: Option<Private>,
    /// What the number holds; nobody's before a name has matched.
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
                    phone: None,
                    held: Vec::new(),
                    mismatches: 0,
                    chosen: None,
                });
                self.ask(now, Stage::Own(Own::Phone));
            }
        }
    }

    /// Names that the number's appointments are for: what a heard name is compared with.
    pub(super) fn own_names(&self) -> Vec<String> {
        let held = self.own.iter().flat_map(|visit| &visit.held);
        let mut names: Vec<String> = held.map(|held| held.patient.expose().to_owned()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    pub(super) fn answered_own(
        &mut self,
        now: Timestamp,
        own: Own,
        meaning: &Understanding,
        text: &str,
    ) {
        match own {
            Own::Phone => self.answered_own_phone(now, meaning, text),
            Own::Name => match (&meaning.patient, &meaning.person_name) {
                (Some(name), _) => self.own_named(now, Some(&name.clone())),
                (None, Some(_)) => self.own_named(now, None),
                (None, None) => self.misunderstand(now, "not-understood"),
            },
            Own::Which => match choosing::which(text, self.own_shown().len()) {
                Some(index) => self.own_chosen(now, index),
                None => self.answered_which(now, meaning),
            },
            Own::Told => self.answered_told(now, meaning),
            Own::Cancelling => self.answered_cancelling(now, meaning),
            Own::Done => self.answered_at_the_end(meaning),
            Own::Looking | Own::Settling => {}
        }
    }

    fn answered_own_phone(&mut self, now: Timestamp, meaning: &Understanding, text: &str) {
        if let Some(number) = &meaning.phone {
            self.look_up(now, Private::from(number.as_str()));
        } else if choosing::declines_phone(text) {
            self.send_to_reception(now, "own-no-phone");
        } else {
            self.misunderstand(now, "not-understood");
        }
    }

    pub(super) fn look_up(&mut self, now: Timestamp, number: Private) {
        let Some(visit) = &mut self.own else { return };
        visit.phone = Some(number.clone());
        visit.held.clear();
        self.question.0 += 1;
        self.stage = Stage::Own(Own::Looking);
        self.effects.push(Effect::Expect(None));
        self.effects.push(Effect::FindHeld(self.question, number));
        self.silence.activity(now);
    }

    /// Whatever the number holds, the name is asked: an unknown number tells nothing.
    pub(super) fn on_held(&mut self, now: Timestamp, question: QuestionId, held: Vec<Held>) {
        if question != self.question || self.stage != Stage::Own(Own::Looking) {
            return;
        }
        if let Some(visit) = &mut self.own {
            visit.held = held;
        }
        self.ask(now, Stage::Own(Own::Name));
    }

    /// `name`: the one of [`Self::own_names`] that was given, if it was one of them.
    pub(super) fn own_named(&mut self, now: Timestamp, name: Option<&str>) {
        let Some(visit) = &mut self.own else { return };
        visit
            .held
            .retain(|held| Some(held.patient.expose()) == name);
        match visit.held.len() {
            0 => self.mismatch(now),
            1 => self.own_chosen(now, 0),
            _ => self.ask(now, Stage::Own(Own::Which)),
        }
    }

    fn mismatch(&mut self, now: Timestamp) {
        let Some(visit) = &mut self.own else { return };
        visit.mismatches += 1;
        visit.phone = None;
        if visit.mismatches >= MOST_MISMATCHES {
            return self.send_to_reception(now, "own-give-up");
        }
        self.preface = Some(self.setting.wording.fixed("own-not-found"));
        self.ask(now, Stage::Own(Own::Phone));
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
        self.draft.name = Some(held.patient.clone());
        self.draft.name_right = true;
        self.draft.phone = visit.phone.clone().map_or(Phone::None, Phone::Number);
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
        if question != self.question || self.stage != Stage::Own(Own::Settling) {
            return;
        }
        match settled {
            Settled::Cancelled => self.finish(now, "own-cancelled"),
            Settled::CheckedIn { ahead: 0, .. } => self.finish(now, "own-checked-in-next"),
            Settled::CheckedIn { ahead, minutes } => {
                let (ahead, minutes) =
                    (verbatim(&ahead.to_string()), verbatim(&minutes.to_string()));
                let queue = [("ahead", &ahead), ("minutes", &minutes)];
                self.prompt = self.setting.wording.say("own-checked-in", &queue);
                self.finish_saying(now);
            }
            Settled::Refused => self.send_to_reception(now, "own-failed"),
        }
    }

    fn finish(&mut self, now: Timestamp, name: &'static str) {
        self.prompt = self.own_sentence(name);
        self.finish_saying(now);
    }

    fn finish_saying(&mut self, now: Timestamp) {
        self.stage = Stage::Own(Own::Done);
        self.misunderstood = 0;
        self.silence.activity(now);
        self.repeat();
        self.effects.push(Effect::Expect(None));
    }

    pub(super) fn own_question(&self, own: Own) -> Sentence {
        let wording = &self.setting.wording;
        match own {
            Own::Phone => wording.fixed("own-ask-phone"),
            Own::Name => wording.fixed("own-ask-name"),
            Own::Which => wording.fixed("own-which"),
            Own::Told => self.own_sentence("own-told"),
            Own::Cancelling => self.own_sentence("own-ask-cancel"),
            Own::Looking | Own::Settling | Own::Done => self.prompt.clone(),
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
