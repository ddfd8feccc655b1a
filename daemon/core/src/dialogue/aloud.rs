//! Who hears what. Aloud go doctors, weekdays, dates and times; who wears a headset, or asks
//! for it, hears everything that is on the screen. Who moves between the controls by keys
//! hears what each of them is.

use super::draft::{Birth, Phone};
use super::own::Own;
use super::queue::Queue;
use super::{Dialogue, Stage, choosing};
use crate::wording::{Sentence, verbatim};
use jiff::Timestamp;
use kiosk_protocol::{ChoiceKind, Private};

impl Dialogue {
    /// A headset has been plugged in: the question again, with all that belongs to it. Or it
    /// has been pulled out, and nothing of that may go on aloud.
    pub(super) fn on_headset(&mut self, now: Timestamp, is_plugged: bool) {
        if std::mem::replace(&mut self.headset, is_plugged) == is_plugged {
            return;
        }
        if !is_plugged {
            return self.fall_silent();
        }
        self.silence.activity(now);
        if !self.is_waiting_for_an_answer() {
            self.repeat();
        }
    }

    /// The control that the keys have come to; `label` as the screen reads it out.
    pub(super) fn on_focused(&mut self, now: Timestamp, label: &Private) {
        self.silence.activity(now);
        let label = if self.headset {
            label.clone()
        } else {
            Private::new(self.without_private(now, label.expose()))
        };
        self.say(&verbatim(label.expose()));
    }

    /// What is nobody else's business is replaced.
    fn without_private(&self, now: Timestamp, label: &str) -> String {
        let hidden = self.setting.wording.fixed("focus-private");
        let draft = self.shown_draft(now);
        let of_patient = [draft.name, draft.phone, draft.birth_date];
        let of_patient = of_patient.into_iter().flatten();
        let sensitive = self.setting.roster.specialties.iter();
        let sensitive = sensitive
            .filter(|it| it.sensitive)
            .map(|it| Private::from(&*it.name));
        of_patient
            .chain(sensitive)
            .filter(|private| !private.expose().is_empty())
            .fold(label.to_owned(), |label, private| {
                label.replace(private.expose(), hidden.spoken.expose())
            })
    }

    /// "Read it to me": they have asked, so everything that this question is about, and what
    /// there is to choose from.
    pub(super) fn read_out(&mut self, now: Timestamp) {
        self.silence.activity(now);
        let choices = self.choices(now);
        let choices: Vec<&str> = choices
            .iter()
            .filter(|choice| choice.kind != ChoiceKind::Action)
            .map(|choice| choice.label.as_str())
            .collect();
        let list = (!choices.is_empty()).then(|| verbatim(&format!("{}.", choices.join(", "))));
        let told = self.with_details(&self.prompt);
        let all = list.map_or_else(|| told.clone(), |list| list.then(&told));
        self.say(&all);
    }

    /// What is said of `prompt` to this patient.
    pub(super) fn as_heard(&self, prompt: &Sentence) -> Sentence {
        if self.headset {
            self.with_details(prompt)
        } else {
            prompt.clone()
        }
    }

    /// `prompt` after what the screen shows beside it.
    fn with_details(&self, prompt: &Sentence) -> Sentence {
        let mut details = self.details().into_iter();
        let Some(first) = details.next() else {
            return prompt.clone();
        };
        let details = details.fold(first, |all, next| all.then(&next));
        details.then(prompt)
    }

    fn details(&self) -> Vec<Sentence> {
        match self.stage {
            Stage::NameRight => self.name_told().into_iter().collect(),
            Stage::Agreeing | Stage::Confirming | Stage::Changing => self.who_told(),
            Stage::Booked => self.code_told().into_iter().collect(),
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
            | Stage::Booking
            | Stage::Own(Own::Which | Own::Told | Own::Cancelling | Own::Settling)
            | Stage::Queue(Queue::Offered | Queue::Joining)
            | Stage::Done
            | Stage::Reception => Vec::new(),
        }
    }

    fn who_told(&self) -> Vec<Sentence> {
        let phone = match &self.draft.phone {
            Phone::Number(number) => Some(apart(number.expose())),
            Phone::NotAsked | Phone::None => None,
        };
        let birth = match self.draft.birth {
            Birth::Date(date) => Some(self.setting.wording.birth_date(date.0)),
            Birth::NotAsked | Birth::Unknown => None,
        };
        let wording = &self.setting.wording;
        let phone = phone.map(|phone| wording.say("aloud-phone", &[("phone", &verbatim(&phone))]));
        let birth = birth.map(|birth| wording.say("aloud-birth-date", &[("date", &birth)]));
        [self.name_told(), phone, birth]
            .into_iter()
            .flatten()
            .collect()
    }

    fn name_told(&self) -> Option<Sentence> {
        let name = verbatim(self.draft.name.as_ref()?.expose());
        Some(self.setting.wording.say("aloud-name", &[("name", &name)]))
    }

    fn code_told(&self) -> Option<Sentence> {
        let code = verbatim(&apart(&self.ticket.as_ref()?.code));
        Some(self.setting.wording.say("aloud-code", &[("code", &code)]))
    }
}

/// Letter by letter, as it would be dictated.
fn apart(text: &str) -> String {
    let letters = text.chars().filter(|letter| letter.is_alphanumeric());
    let letters: Vec<String> = letters.map(String::from).collect();
    letters.join(", ")
}

/// "Read it to me", "what is on the screen?".
pub(super) fn wants_read_out(text: &str) -> bool {
    choosing::says(
        text,
        &[
            "read it to me",
            "read it out",
            "read it aloud",
            "read this to me",
            "read that to me",
            "read everything",
            "read all of it",
            "read the screen",
            "read am give me",
            "read am for me",
            "read the list",
            "what is on the screen",
            "what's on the screen",
            "what does the screen say",
            "what does it say",
            "i cannot see the screen",
            "i can't see the screen",
            "i am blind",
            "i'm blind",
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_screen_is_read_to_who_asks_and_to_nobody_who_sees_badly() {
        assert!(wants_read_out("Please read it to me."));
        assert!(wants_read_out("What is on the screen?"));
        assert!(!wants_read_out("I can't see well with my left eye"));
        assert!(!wants_read_out("I have read about it"));
    }

    #[test]
    fn a_code_is_dictated() {
        assert_eq!(apart("K7M4"), "K, 7, M, 4");
        assert_eq!(apart("024 412"), "0, 2, 4, 4, 1, 2");
    }
}
