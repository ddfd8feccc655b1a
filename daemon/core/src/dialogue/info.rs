//! Questions about the clinic: when doctors are here. The answer stands before the
//! question that is open.

use super::choosing::says;
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

    /// Answers "where is …?"; true where it was that.
    pub(super) fn tells_the_way(
        &mut self,
        now: Timestamp,
        meaning: &Understanding,
        text: &str,
    ) -> bool {
        let asked = says(
            text,
            &[
                "where is",
                "where's",
                "where are",
                "where can",
                "where do",
                "where dey",
                "which room",
                "which side",
                "how do i get to",
                "way to",
                "find the",
                "where i go",
            ],
        );
        if !asked {
            return false;
        }
        let wording = &self.setting.wording;
        let named = meaning.practitioner.as_deref();
        let doctor = named.and_then(|name| self.setting.practitioner_named(name));
        let room = doctor.and_then(|one| Some((&one.name, one.room.as_deref()?)));
        let place = self.setting.roster.places.iter().find(|place| {
            let names = std::iter::once(&place.name).chain(&place.also);
            names
                .map(String::as_str)
                .any(|name| says(text, &[&name.to_lowercase()]))
        });
        let words = match (room, place) {
            (Some((name, room)), _) => {
                let (name, room) = (verbatim(name), verbatim(room));
                wording.say("room-of", &[("practitioner", &name), ("room", &room)])
            }
            (None, Some(place)) => {
                let (name, way) = (verbatim(&place.name), verbatim(&place.directions));
                wording.say("way-to", &[("place", &name), ("directions", &way)])
            }
            (None, None) => return false,
        };
        if self.is_over() {
            self.say(&words);
            self.prompt = words;
            self.silence.activity(now);
        } else {
            self.preface = Some(words);
            self.ask(now, self.stage);
        }
        true
    }

    fn hours_told(&self, practitioner: Option<&PractitionerId>, day: Date) -> Sentence {
        let wording = &self.setting.wording;
        let date = wording.plain_date(day);
        if let Some(closure) = self.setting.roster.closure(day) {
            let words = [("date", &date), ("name", &verbatim(&closure.name))];
            return wording.say("closed-for", &words);
        }
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
    pub(super) fn here_on(
        &self,
        practitioner: Option<&PractitionerId>,
        day: Date,
    ) -> Option<(Time, Time)> {
        if self.setting.roster.closure(day).is_some() {
            return None;
        }
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
