//! What is asked at each stage, and how help for it sounds.

use super::draft::Whom;
use super::own::Own;
use super::queue::Queue;
use super::{Dialogue, Effect, SpeechId, Stage};
use crate::understanding::Expecting;
use crate::wording::{Sentence, verbatim};
use jiff::Timestamp;

impl Dialogue {
    /// Goes to `stage` and asks its question, after what there is to say before it.
    pub(super) fn ask(&mut self, now: Timestamp, stage: Stage) {
        self.silence.activity(now);
        if stage != self.stage {
            self.misunderstood = 0;
        }
        self.stage = stage;
        if matches!(stage, Stage::When | Stage::Offering) {
            self.look_up_days(now);
        }
        let question = self.question_of(stage);
        let prompt = match self.preface.take() {
            Some(preface) => preface.then(&question),
            None => question,
        };
        self.say(&self.as_heard(&prompt));
        self.prompt = prompt;
        self.effects.push(Effect::Expect(expecting(stage)));
    }

    /// Says `name` before the question that is open, and asks that again.
    pub(super) fn ask_again(&mut self, now: Timestamp, name: &'static str) {
        self.preface = Some(self.setting.wording.fixed(name));
        self.ask(now, self.stage);
    }

    /// Asks for the first thing that is still missing. What was said is not asked again.
    pub(super) fn advance(&mut self, now: Timestamp) {
        self.recognise(now);
        if self.seeks_own() {
            return self.advance_own(now);
        }
        let next = self.missing();
        if next == Stage::Searching {
            self.search_wished(now);
        } else if next == Stage::Looking {
            self.look_up(now);
        } else {
            self.ask(now, next);
        }
    }

    /// The first thing that is still missing for the booking.
    fn missing(&mut self) -> Stage {
        if self.draft.whom == Some(Whom::AsBefore) {
            match self.unclear_who() {
                // New patients are registered when they book, not before.
                None | Some(Stage::Agreeing) => self.resolve_whom_as_before(),
                Some(stage) => return stage,
            }
        }
        if self.draft.slot.is_none() {
            return match (&self.draft.whom, self.draft.wish.stated) {
                (None, _) => Stage::Whom,
                (Some(_), false) => Stage::When,
                (Some(_), true) => Stage::Searching,
            };
        }
        if self.moving().is_some() {
            return Stage::Confirming;
        }
        self.unclear_who().unwrap_or(Stage::Confirming)
    }

    pub(super) fn repeat(&mut self) {
        self.say(&self.as_heard(&self.prompt));
    }

    pub(super) fn fall_silent(&mut self) {
        if self.speaking.take().is_some() {
            self.effects.push(Effect::StopSpeaking);
        }
    }

    /// Says `sentence` in place of what is being said.
    pub(super) fn say(&mut self, sentence: &Sentence) {
        self.fall_silent();
        if !self.speaks_to_them() {
            return;
        }
        let id = SpeechId(self.next_speech);
        self.next_speech += 1;
        self.speaking = Some(id);
        self.told = false;
        self.effects.push(Effect::Say {
            id,
            text: sentence.spoken.clone(),
            fixed: sentence.fixed,
        });
    }

    /// What can be said here, and then the question again.
    pub(super) fn help(&mut self, now: Timestamp) {
        let name = match self.stage {
            Stage::Idle
            | Stage::Greeting
            | Stage::Searching
            | Stage::Looking
            | Stage::Booking
            | Stage::Queue(Queue::Joining) => "help-greeting",
            Stage::Whom => "help-whom",
            Stage::When => "help-when",
            Stage::Offering => "help-offers",
            Stage::Name => "help-name",
            Stage::NameRight => "help-name-right",
            Stage::Phone => "help-phone",
            Stage::BirthDate => "help-birth-date",
            Stage::Agreeing => "help-agree",
            Stage::Queue(Queue::Offered) => "help-queue",
            Stage::Confirming | Stage::Changing => "help-confirm",
            Stage::Own(Own::Which | Own::Told | Own::Cancelling) => "help-own",
            Stage::Own(Own::Settling) | Stage::Booked | Stage::Done | Stage::Reception => {
                "see-reception"
            }
        };
        let wording = &self.setting.wording;
        let help = wording.fixed(name).then(&wording.fixed("help-anywhere"));
        self.say(&help);
        self.prompt.shown = help.shown;
        self.prompt.translated = help.translated;
        self.silence.activity(now);
    }

    pub(super) fn send_to_reception(&mut self, now: Timestamp, name: &'static str) {
        self.prompt = self.setting.wording.fixed(name);
        self.send_to_reception_saying(now);
    }

    /// As [`Self::send_to_reception`], with the prompt that is already set.
    pub(super) fn send_to_reception_saying(&mut self, now: Timestamp) {
        self.silence.activity(now);
        self.stage = Stage::Reception;
        self.repeat();
        self.effects.push(Effect::Expect(None));
    }

    fn question_of(&self, stage: Stage) -> Sentence {
        let wording = &self.setting.wording;
        let typed = self.misunderstood >= 2;
        match stage {
            Stage::Greeting if self.preface.is_some() || self.misunderstood > 0 => {
                wording.fixed("greeting-short")
            }
            Stage::Greeting => wording.say(
                "greeting",
                &[("clinic", &verbatim(&self.setting.clinic_name))],
            ),
            Stage::Whom => wording.fixed("ask-whom"),
            Stage::When => self.question_when(),
            Stage::Offering => self.offered(),
            Stage::Name if typed => wording.fixed("ask-name-typed"),
            Stage::Name if self.misunderstood > 0 => wording.fixed("ask-name-again"),
            Stage::Name if self.seeks_own() => wording.fixed("own-ask-name"),
            Stage::Name if self.draft.for_other => wording.fixed("ask-name-other"),
            Stage::Name => wording.fixed("ask-name"),
            Stage::NameRight => wording.fixed("ask-name-right"),
            Stage::Phone if typed => wording.fixed("ask-phone-typed"),
            Stage::Phone if self.seeks_own() => wording.fixed("own-ask-phone"),
            Stage::Phone => wording.fixed("ask-phone"),
            Stage::BirthDate if typed => wording.fixed("ask-birth-date-typed"),
            Stage::BirthDate if self.draft.for_other || self.seeks_own() => {
                wording.fixed("ask-birth-date-other")
            }
            Stage::BirthDate => wording.fixed("ask-birth-date"),
            Stage::Agreeing => wording.fixed("ask-agree"),
            Stage::Queue(Queue::Offered) => wording.fixed("ask-queue"),
            Stage::Own(own) => self.own_question(own),
            Stage::Confirming if self.moving().is_some() => self.confirmed("ask-move"),
            Stage::Confirming => self.confirmed("ask-confirm"),
            Stage::Changing => wording.fixed("ask-change"),
            Stage::Booked => self.confirmed(self.how_booked()),
            Stage::Idle
            | Stage::Searching
            | Stage::Looking
            | Stage::Booking
            | Stage::Queue(Queue::Joining)
            | Stage::Done
            | Stage::Reception => self.prompt.clone(),
        }
    }

    fn how_booked(&self) -> &'static str {
        let to_confirm = self.ticket.as_ref().is_some_and(|ticket| ticket.to_confirm);
        match (self.moving().is_some(), to_confirm) {
            (false, false) => "booked",
            (false, true) => "booked-to-confirm",
            (true, false) => "moved",
            (true, true) => "moved-to-confirm",
        }
    }

    fn question_when(&self) -> Sentence {
        let wording = &self.setting.wording;
        match &self.draft.whom {
            Some(Whom::Practitioner(id)) => {
                let name = verbatim(self.setting.practitioner_name(id));
                wording.say("ask-when-whom", &[("practitioner", &name)])
            }
            Some(Whom::Specialty(id)) => match self.setting.roster.specialty(id) {
                Some(specialty) if !specialty.sensitive => wording.say(
                    "ask-when-specialty",
                    &[("specialty", &verbatim(&specialty.name))],
                ),
                Some(_) | None => wording.fixed("ask-when-sensitive"),
            },
            Some(Whom::Anyone | Whom::AsBefore) | None => wording.fixed("ask-when"),
        }
    }

    /// A sentence that names doctor, weekday, date and time of the chosen slot.
    fn confirmed(&self, name: &'static str) -> Sentence {
        let Some(slot) = &self.draft.slot else {
            return self.prompt.clone();
        };
        let local = self.setting.local(slot.start);
        let wording = &self.setting.wording;
        let practitioner = verbatim(self.setting.practitioner_name(&slot.practitioner));
        let date = wording.plain_date(local.date());
        let time = wording.time(local.time());
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

pub(super) fn expecting(stage: Stage) -> Option<Expecting> {
    match stage {
        Stage::Whom => Some(Expecting::Practitioner),
        Stage::When => Some(Expecting::DateTime),
        Stage::Name => Some(Expecting::PersonName),
        Stage::NameRight
        | Stage::Agreeing
        | Stage::Confirming
        | Stage::Queue(Queue::Offered)
        | Stage::Own(Own::Cancelling) => Some(Expecting::YesNo),
        Stage::Phone => Some(Expecting::Phone),
        Stage::BirthDate => Some(Expecting::DateOfBirth),
        Stage::Offering | Stage::Changing | Stage::Own(Own::Which | Own::Told) => {
            Some(Expecting::Other)
        }
        Stage::Idle
        | Stage::Greeting
        | Stage::Searching
        | Stage::Looking
        | Stage::Booking
        | Stage::Booked
        | Stage::Done
        | Stage::Own(Own::Settling)
        | Stage::Queue(Queue::Joining)
        | Stage::Reception => None,
    }
}
