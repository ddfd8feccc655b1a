//! Questions about the clinic: when doctors are here. The answer stands before the
//! question that is open.

use super::{Dialogue, Stage};
use crate::clinic::PractitionerId;
use crate::understanding::Understanding;
use crate::wording::{Sentence, verbatim};
use jiff::Timestamp;
use jiff::civil::{Date, Time};

impl Dialogue {
    /// Answers a question for hours; true where it was one.
    pub(super) fn tells_hours(
        &mut self,
        now: Timestamp,
        meaning: &Understanding,
        text: &str,
    ) -> bool {
        let open = matches!(
            self.stage,
            Stage::Greeting | Stage::Whom | Stage::When | Stage::Offering
        );
        let named = meaning.practitioner.as_deref();
        if !open || !(asks_for_hours(text) || named.is_some() && asks_whether_in(text)) {
            return false;
        }
        let day = meaning
            .when
            .date
            .unwrap_or_else(|| self.setting.local(now).date());
        let practitioner = named.and_then(|name| self.setting.practitioner_named(name));
        let id = practitioner.map(|practitioner| practitioner.id.clone());
        self.preface = Some(self.hours_told(id.as_ref(), day));
        self.ask(now, self.stage);
        true
    }

    fn hours_told(&self, practitioner: Option<&PractitionerId>, day: Date) -> Sentence {
        let wording = &self.setting.wording;
        let date = wording.plain_date(day);
        let whom = practitioner.map(|id| verbatim(self.setting.practitioner_name(id)));
        let hours = self
            .here_on(practitioner, day)
            .map(|(from, to)| (wording.time(from), wording.time(to)));
        match (&whom, &hours) {
            (Some(whom), Some((from, to))) => wording.say(
                "hours-of",
                &[
                    ("practitioner", whom),
                    ("date", &date),
                    ("from", from),
                    ("to", to),
                ],
            ),
            (Some(whom), None) => wording.say("not-in", &[("practitioner", whom), ("date", &date)]),
            (None, Some((from, to))) => {
                wording.say("hours", &[("date", &date), ("from", from), ("to", to)])
            }
            (None, None) => wording.say("closed", &[("date", &date)]),
        }
    }

    /// From when until when `practitioner`, or anybody, sees patients that day.
    fn here_on(&self, practitioner: Option<&PractitionerId>, day: Date) -> Option<(Time, Time)> {
        let here = self.setting.roster.practitioners.iter().filter(|one| {
            practitioner.is_none_or(|wanted| one.id == *wanted)
                && !one
                    .leave
                    .iter()
                    .any(|leave| (leave.from..=leave.to).contains(&day))
        });
        let hours = here
            .flat_map(|one| &one.hours)
            .filter(|hours| hours.days.iter().any(|on| on.weekday() == day.weekday()));
        hours
            .map(|hours| (hours.from, hours.to))
            .reduce(|all, one| (all.0.min(one.0), all.1.max(one.1)))
    }
}

fn asks_for_hours(text: &str) -> bool {
    says(
        text,
        &[
            "opening hours",
            "are you open",
            "do you open",
            "you open",
            "do you close",
            "you close",
            "closing time",
            "opening time",
            "open today",
            "open tomorrow",
            "clinic open",
            "clinic close",
            "visiting hours",
            "consulting hours",
        ],
    )
}

fn asks_whether_in(text: &str) -> bool {
    says(
        text,
        &[
            "in today",
            "here today",
            "around today",
            "working today",
            "on duty",
            "come today",
            "in tomorrow",
            "here tomorrow",
        ],
    ) && says(text, &["is", "does", "will", "dey", "did"])
}

fn says(text: &str, phrases: &[&str]) -> bool {
    let words: String = text
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || c == '\'' {
                c.to_ascii_lowercase()
            } else {
                ' '
            }
        })
        .collect();
    let padded = format!(
        " {} ",
        words.split_whitespace().collect::<Vec<_>>().join(" ")
    );
    phrases
        .iter()
        .any(|phrase| padded.contains(&format!(" {phrase} ")))
}
