//! What the patient said: understood in the light of what was asked. What works
//! everywhere is done here; the rest is an answer (`answers`).

use super::manner::Step;
use super::own::{Business, Own};
use super::queue::Queue;
use super::{Dialogue, Effect, Stage};
use super::{aloud, choosing, manner};
use crate::understanding::{Act, Understanding, When, other_language, understand};
use crate::wording::verbatim;
use jiff::Timestamp;
use kiosk_protocol::{Action, Outcome, Private};

/// After this many the question is given up: reception.
const MOST_MISUNDERSTANDINGS: u8 = 4;

impl Dialogue {
    pub(super) fn on_heard(&mut self, now: Timestamp, hypotheses: &[Private]) {
        let Some(best) = hypotheses.first() else {
            return;
        };
        self.spoke_last = true;
        self.heard = best.clone();
        self.heard_is_partial = false;
        self.silence.activity(now);
        let asked = super::prompts::expecting(self.stage);
        let mut meaning = understand(&self.request(now, hypotheses, asked));
        let text = best.expose().to_owned();
        // Patients share names with doctors; asked for theirs, they give theirs.
        if matches!(
            self.stage,
            Stage::Name | Stage::NameRight | Stage::Phone | Stage::BirthDate
        ) && !choosing::says_doctor(&text)
        {
            meaning.practitioner = None;
            meaning.specialty = None;
        }
        if meaning.urgent {
            return self.urgent(now);
        }
        self.draft.for_other |= choosing::for_other(&text);
        if self.said_anywhere(now, &meaning, &text) {
            return;
        }
        self.answered(now, &meaning, &text);
    }

    pub(super) fn on_not_heard(&mut self, now: Timestamp) {
        self.silence.activity(now);
        self.heard = Private::default();
        self.heard_is_partial = false;
        if !self.is_waiting() {
            self.misunderstand(now, "not-heard");
        }
    }

    /// Nothing is asked at the moment.
    fn is_waiting(&self) -> bool {
        self.is_over() || self.is_waiting_for_an_answer()
    }

    /// The store has been asked.
    pub(super) fn is_waiting_for_an_answer(&self) -> bool {
        matches!(
            self.stage,
            Stage::Searching
                | Stage::Looking
                | Stage::Booking
                | Stage::Own(Own::Settling)
                | Stage::Queue(Queue::Joining)
        )
    }

    pub(super) fn start_again(&mut self, now: Timestamp) {
        match self.stage {
            // A new visit begins at home, so that nothing of this one is left.
            Stage::Booked
            | Stage::Booking
            | Stage::Done
            | Stage::Own(Own::Settling)
            | Stage::Queue(Queue::Joining) => self.end(self.outcome_of_leaving()),
            Stage::Idle
            | Stage::Greeting
            | Stage::Whom
            | Stage::When
            | Stage::Searching
            | Stage::Offering
            | Stage::Phone
            | Stage::BirthDate
            | Stage::Looking
            | Stage::Name
            | Stage::NameRight
            | Stage::Agreeing
            | Stage::Confirming
            | Stage::Changing
            | Stage::Own(_)
            | Stage::Queue(Queue::Offered)
            | Stage::Reception => {
                self.forget();
                self.silence.activity(now);
                self.ask(now, Stage::Greeting);
            }
        }
    }

    /// What works everywhere; true where it was one of these.
    fn said_anywhere(&mut self, now: Timestamp, meaning: &Understanding, text: &str) -> bool {
        let does = |act| meaning.acts.contains(&act);
        if choosing::wants_start_again(text) {
            self.start_again(now);
        } else if let Some(step) = manner::wish(text) {
            self.speak(step);
        } else if self.stage == Stage::Greeting && choosing::only_greets(text) {
            self.ask(now, Stage::Greeting);
        } else if !self.is_waiting_for_an_answer() && self.tells_the_way(now, meaning, text)
            || self.tells_hours(now, meaning, text)
        {
            // It has answered.
        } else if choosing::asks_who_works_here(text) && self.can_choose_whom() {
            self.preface = Some(self.setting.wording.fixed("who-works-here"));
            self.ask(now, Stage::Whom);
        } else if choosing::wants_to_wait(text)
            && self.can_choose_whom()
            && !choosing::says(text, &["book", "make", "schedule", "set up"])
        {
            self.take(meaning);
            self.wants_to_wait(now);
        } else if does(Act::CallStaff) {
            self.call_staff(now);
        } else if !self.is_waiting_for_an_answer() && aloud::wants_read_out(text) {
            self.read_out(now);
        } else if does(Act::Repeat) {
            self.repeat();
        } else if does(Act::Help) || choosing::at_a_loss(text) && self.can_be_at_a_loss() {
            self.help(now);
        } else if does(Act::Goodbye) && !does(Act::Affirm) && meaning.when == When::default() {
            self.goodbye();
        } else if does(Act::Stop)
            && self.speaking.is_some()
            && !matches!(self.stage, Stage::Confirming | Stage::Own(_))
        {
            self.effects.push(Effect::StopSpeaking);
        } else if let Some(business) = self.own_business(meaning) {
            self.begin_own(now, business);
        } else if let Some(language) = other_language(text).filter(|_| !self.is_waiting()) {
            let name = verbatim(language.name());
            let words = [("language", &name)];
            self.preface = Some(self.setting.wording.say("heard-language", &words));
            self.ask(now, self.stage);
        } else if does(Act::ChangeLanguage) && !does(Act::Book) && !self.is_waiting() {
            self.asked_for_language(now, text);
        } else {
            return false;
        }
        true
    }

    /// "I don't know" is an answer where a birth date is asked for.
    fn can_be_at_a_loss(&self) -> bool {
        !self.is_waiting() && self.stage != Stage::BirthDate
    }

    fn can_choose_whom(&self) -> bool {
        matches!(
            self.stage,
            Stage::Greeting | Stage::Whom | Stage::When | Stage::Offering
        )
    }

    /// Business with an appointment that exists. Inside a booking "cancel that" and the
    /// like are answers to the question.
    fn own_business(&self, meaning: &Understanding) -> Option<Business> {
        let open = matches!(self.stage, Stage::Greeting | Stage::Whom | Stage::When)
            && self.moving().is_none()
            && !meaning.acts.contains(&Act::Book);
        Business::meant(meaning).filter(|_| open)
    }

    pub(super) fn goodbye(&mut self) {
        let outcome = self.outcome_of_leaving();
        if outcome == Outcome::Goodbye {
            let goodbye = self.setting.wording.fixed("goodbye");
            self.say(&goodbye);
            // Going home must not cut it off.
            self.speaking = None;
        }
        self.end(outcome);
    }

    pub(super) fn misunderstand(&mut self, now: Timestamp, name: &'static str) {
        let times = self.misunderstood.saturating_add(1);
        if times >= MOST_MISUNDERSTANDINGS {
            return self.call_staff(now);
        }
        // The way out of a question that is not understood is the list or the keypad.
        let stage = if self.stage == Stage::Greeting && times >= 2 {
            Stage::Whom
        } else {
            self.stage
        };
        self.preface = Some(self.setting.wording.fixed(name));
        self.stage = stage;
        self.misunderstood = times;
        self.ask(now, stage);
    }

    /// The actions that a word can stand for are the ones that can be touched.
    pub(super) fn touch_as_said(&mut self, now: Timestamp, action: Action) -> bool {
        match action {
            Action::Repeat => self.repeat(),
            Action::Help => self.help(now),
            Action::CallStaff => self.call_staff(now),
            Action::StartAgain => self.start_again(now),
            Action::StillHere => self.still_here(now),
            Action::Goodbye => self.goodbye(),
            Action::Louder => self.speak(Step::Louder),
            Action::Quieter => self.speak(Step::Quieter),
            Action::Slower => self.speak(Step::Slower),
            Action::Faster => self.speak(Step::Faster),
            Action::FindAppointment
            | Action::Reschedule
            | Action::Cancel
            | Action::CheckIn
            | Action::JoinQueue
            | Action::Book
            | Action::Choose
            | Action::Enter
            | Action::Yes
            | Action::No
            | Action::Change
            | Action::Language
            | Action::Earlier
            | Action::Later
            | Action::AnotherDay
            | Action::AnotherPractitioner => return false,
        }
        true
    }
}
