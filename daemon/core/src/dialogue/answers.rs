//! What an utterance means as the answer to the question that is open. Corrections are
//! taken at any stage; nothing is booked without a yes to the confirmation.

use super::choosing::{self, Direction};
use super::draft::{Whom, Wish};
use super::queue::Queue;
use super::{Dialogue, Stage};
use crate::understanding::{Act, Understanding, When};
use jiff::Timestamp;

impl Dialogue {
    pub(super) fn answered(&mut self, now: Timestamp, meaning: &Understanding, text: &str) {
        if self.puts_figures_right(now, meaning, text) {
            return;
        }
        match self.stage {
            Stage::Idle | Stage::Booking | Stage::Looking | Stage::Queue(Queue::Joining) => {}
            Stage::Booked | Stage::Done | Stage::Reception => self.answered_at_the_end(meaning),
            Stage::Offering => self.answered_offer(now, meaning, text),
            Stage::Phone => self.answered_phone(now, meaning, text),
            Stage::BirthDate => self.answered_birth_date(now, meaning, text),
            Stage::Name => self.answered_name(now, meaning),
            Stage::NameRight => self.answered_name_right(now, meaning, text),
            Stage::Agreeing => self.answered_agreement(now, meaning),
            Stage::Queue(Queue::Offered) => self.answered_queue(now, meaning),
            Stage::Own(own) => self.answered_own(now, own, meaning, text),
            Stage::Confirming => self.answered_confirmation(now, meaning, text),
            Stage::Changing => self.answered_change(now, meaning, text),
            Stage::Greeting | Stage::Whom | Stage::When | Stage::Searching => {
                self.answered_wish(now, meaning, text)
            }
        }
    }

    pub(super) fn answered_at_the_end(&mut self, meaning: &Understanding) {
        if meaning
            .acts
            .iter()
            .any(|act| matches!(act, Act::Thanks | Act::Goodbye))
        {
            self.end(self.outcome_of_leaving());
        }
    }

    fn answered_wish(&mut self, now: Timestamp, meaning: &Understanding, text: &str) {
        let news = self.take(meaning);
        let does = |act| meaning.acts.contains(&act);
        let mut understood = news.whom || news.when || news.name || news.phone;
        if choosing::soonest(text) {
            self.draft.wish.stated = true;
            understood = true;
        }
        if self.stage == Stage::Whom && !news.whom && !understood {
            let whom = if choosing::any_doctor(text) {
                Some(Whom::Anyone)
            } else {
                self.whom_pointed_at(text)
            };
            understood |= whom.is_some();
            self.draft.whom = whom.or(self.draft.whom.take());
        }
        if does(Act::NoPreference) {
            understood = true;
            if matches!(self.stage, Stage::When | Stage::Searching) {
                self.draft.wish.stated = true;
            } else if !news.whom {
                self.draft.whom = Some(Whom::Anyone);
            }
        }
        if choosing::as_before(text) && !news.whom {
            self.draft.whom = Some(Whom::AsBefore);
            understood = true;
        }
        if self.stage == Stage::Greeting {
            understood |= does(Act::Book) || does(Act::FindPractitioner) || does(Act::Affirm);
        }
        if understood {
            self.go_on(now)
        } else if self.stage != Stage::Searching {
            self.misunderstand(now, "not-understood")
        }
    }

    /// "The first one" of the list on the screen.
    fn whom_pointed_at(&self, text: &str) -> Option<Whom> {
        let choices = self.choices_of_whom();
        let choice = choices.get(choosing::which(text, choices.len())?)?;
        self.whom_touched(&choice.id)
    }

    /// A day that cannot be booked is told at once; everything else goes on.
    pub(super) fn go_on(&mut self, now: Timestamp) {
        self.misunderstood = 0;
        if let Some(trouble) = self.impossible_day(now) {
            self.draft.wish = Wish::default();
            self.preface = Some(trouble);
        }
        self.advance(now);
    }

    fn answered_offer(&mut self, now: Timestamp, meaning: &Understanding, text: &str) {
        let does = |act| meaning.acts.contains(&act);
        if let Some(index) = choosing::which(text, self.offers.len()) {
            return self.choose(now, index);
        }
        if let Some(direction) = choosing::direction(text) {
            return self.look(now, direction);
        }
        if let Some(index) = self.offer_that_fits(meaning) {
            return self.choose(now, index);
        }
        let news = self.take(meaning);
        if news.whom || news.when {
            return self.go_on(now);
        }
        if news.name || news.phone {
            return self.ask_again(now, "ask-which-offer");
        }
        let negated = does(Act::Negate);
        match choosing::only(&self.offers) {
            Some(_) if does(Act::Affirm) && !negated => self.choose(now, 0),
            Some(_) | None if does(Act::RequestAlternatives) => self.look(now, Direction::Later),
            Some(_) | None if negated => {
                self.draft.wish = Wish::default();
                self.ask(now, Stage::When);
            }
            Some(_) | None if does(Act::NoPreference) => self.choose(now, 0),
            Some(_) | None if does(Act::Affirm) => self.ask_again(now, "ask-which-offer"),
            Some(_) | None => self.misunderstand(now, "not-understood"),
        }
    }

    /// "Half past nine" or "Wednesday" where exactly one offer is that.
    fn offer_that_fits(&self, meaning: &Understanding) -> Option<usize> {
        if meaning.when == When::default() {
            return None;
        }
        let named = meaning.practitioner.as_deref();
        let mut wish = Wish::default();
        wish.take(&meaning.when);
        let mut fitting = self.offers.iter().enumerate().filter(|(_, slot)| {
            let local = self.setting.local(slot.start);
            wish.fits(local.date(), local.time())
                && named
                    .is_none_or(|name| self.setting.practitioner_name(&slot.practitioner) == name)
        });
        let (index, _) = fitting.next()?;
        fitting.next().is_none().then_some(index)
    }

    fn answered_confirmation(&mut self, now: Timestamp, meaning: &Understanding, text: &str) {
        let does = |act| meaning.acts.contains(&act);
        if self.correct(now, meaning) {
            return;
        }
        if does(Act::Affirm) && !does(Act::Negate) {
            if self.speaking.is_some() && !self.told {
                // Doctor, day and time stand in the first sentence: a "yes" into it may be
                // meant for something else.
                return self.ask(now, Stage::Confirming);
            }
            return self.book(now);
        }
        match choosing::field(text) {
            Some(field)
                if does(Act::Negate)
                    || does(Act::RequestAlternatives)
                    || text.to_lowercase().contains("change") =>
            {
                self.change(now, field);
            }
            Some(_) | None if does(Act::Negate) || does(Act::Stop) => {
                self.ask(now, Stage::Changing)
            }
            Some(_) | None => self.misunderstand(now, "ask-yes-no"),
        }
    }

    fn answered_change(&mut self, now: Timestamp, meaning: &Understanding, text: &str) {
        if self.correct(now, meaning) {
            return;
        }
        match choosing::field(text) {
            Some(field) => self.change(now, field),
            // A yes to this question is no yes to the booking: it is read back once more.
            None if choosing::changes_nothing(text)
                || meaning.acts == [Act::Negate]
                || meaning.acts.contains(&Act::Affirm) =>
            {
                self.ask(now, Stage::Confirming)
            }
            None => self.misunderstand(now, "not-understood"),
        }
    }

    /// Takes what contradicts the confirmation as a correction; true where something did.
    fn correct(&mut self, now: Timestamp, meaning: &Understanding) -> bool {
        let chosen = self.draft.slot.clone();
        let repeats = chosen.as_ref().is_some_and(|slot| {
            let local = self.setting.local(slot.start);
            let mut wish = Wish::default();
            wish.take(&meaning.when);
            wish.fits(local.date(), local.time())
                && meaning
                    .practitioner
                    .as_deref()
                    .is_none_or(|name| self.setting.practitioner_name(&slot.practitioner) == name)
        });
        // "Yes, Tuesday at nine is fine" says the offer again.
        let mut meaning = meaning.clone();
        if repeats {
            meaning.when = When::default();
            meaning.practitioner = None;
            meaning.specialty = None;
        }
        let news = self.take(&meaning);
        if news.whom || news.when {
            self.go_on(now);
        } else if news.name || news.phone {
            self.advance(now);
        } else {
            return false;
        }
        true
    }
}
