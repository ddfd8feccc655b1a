//! Days and times of day in words, in both forms.

use super::{Sentence, Wording, verbatim};
use crate::understanding::PartOfDay;
use jiff::ToSpan;
use jiff::civil::{Date, Time};

impl Wording {
    /// "tomorrow, Tuesday the 24th of November"; shown "Tomorrow, Tuesday 24 November".
    pub fn date(&self, date: Date, today: Date) -> Sentence {
        let name = self.plain_date(date);
        if date == today {
            return self.say("date-today", &[("date", &name)]);
        }
        if today
            .checked_add(1.day())
            .is_ok_and(|tomorrow| tomorrow == date)
        {
            return self.say("date-tomorrow", &[("date", &name)]);
        }
        name
    }

    /// Weekday and date, whenever that is.
    pub fn plain_date(&self, date: Date) -> Sentence {
        let weekday = self.numbered("weekday", date.weekday().to_monday_one_offset().into());
        let month = self.numbered("month", date.month().into());
        let day = Sentence {
            spoken: ordinal(date.day()).into(),
            ..verbatim(&date.day().to_string())
        };
        let words = [("weekday", &weekday), ("day", &day), ("month", &month)];
        self.say("date", &words)
    }

    /// "Tue" and "Nov", for a calendar.
    pub fn short_date(&self, date: Date) -> (Sentence, Sentence) {
        let weekday = date.weekday().to_monday_one_offset();
        (
            self.numbered("weekday-short", weekday.into()),
            self.numbered("month-short", date.month().into()),
        )
    }

    /// "2 March 1990", for the screen only.
    pub fn birth_date(&self, date: Date) -> Sentence {
        let text = |number: i16| verbatim(&number.to_string());
        let month = self.numbered("month", date.month().into());
        let words = [
            ("day", &text(date.day().into())),
            ("month", &month),
            ("year", &text(date.year())),
        ];
        self.say("birth-date", &words)
    }

    /// "9:30 in the morning"; shown "9:30 am".
    pub fn time(&self, time: Time) -> Sentence {
        let hour12 = match time.hour() % 12 {
            0 => 12,
            hour => hour,
        };
        let part = match time.hour() {
            12 if time.minute() == 0 => "noon",
            0..12 => "morning",
            12..17 => "afternoon",
            _ => "evening",
        };
        let arguments = [
            ("hour12", hour12.to_string()),
            ("hour24", format!("{:02}", time.hour())),
            ("minute", format!("{:02}", time.minute())),
            ("part", part.to_owned()),
        ]
        .map(|(name, text)| (name, verbatim(&text)));
        let arguments: Vec<_> = arguments.iter().map(|(name, text)| (*name, text)).collect();
        self.say("time", &arguments)
    }

    /// "in the morning".
    pub fn part_of_day(&self, part: PartOfDay) -> Sentence {
        self.fixed(match part {
            PartOfDay::Morning => "part-morning",
            PartOfDay::Afternoon => "part-afternoon",
            PartOfDay::Evening => "part-evening",
            PartOfDay::Night => "part-night",
            PartOfDay::Lunch => "part-lunch",
        })
    }
}

/// The normaliser for the voice reads these out in full.
fn ordinal(day: i8) -> String {
    let suffix = match day {
        1 | 21 | 31 => "st",
        2 | 22 => "nd",
        3 | 23 => "rd",
        _ => "th",
    };
    format!("{day}{suffix}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, time};

    fn wording() -> Wording {
        Wording::load("en-GH", include_str!("../../../wording/en-GH.ftl")).unwrap()
    }

    #[test]
    fn dates_name_weekday_day_and_month() {
        let today = date(2026, 11, 23);
        let cases = [
            (
                date(2026, 11, 23),
                "today, Monday the 23rd of November",
                "Today, Monday 23 November",
            ),
            (
                date(2026, 11, 24),
                "tomorrow, Tuesday the 24th of November",
                "Tomorrow, Tuesday 24 November",
            ),
            (
                date(2026, 12, 1),
                "Tuesday the 1st of December",
                "Tuesday 1 December",
            ),
            (
                date(2027, 2, 12),
                "Friday the 12th of February",
                "Friday 12 February",
            ),
        ];
        for (day, spoken, shown) in cases {
            let sentence = wording().date(day, today);
            assert_eq!(
                (sentence.spoken.expose(), sentence.shown.expose()),
                (spoken, shown)
            );
        }
    }

    #[test]
    fn times_are_spoken_with_the_part_of_the_day_and_shown_as_on_a_clock() {
        for (at, spoken, shown) in [
            (time(9, 30, 0, 0), "9:30 in the morning", "9:30 am"),
            (time(12, 0, 0, 0), "twelve noon", "12 noon"),
            (time(14, 5, 0, 0), "2:05 in the afternoon", "2:05 pm"),
            (time(17, 0, 0, 0), "5:00 in the evening", "5:00 pm"),
        ] {
            let sentence = wording().time(at);
            assert_eq!(
                (sentence.spoken.expose(), sentence.shown.expose()),
                (spoken, shown)
            );
        }
    }
}
