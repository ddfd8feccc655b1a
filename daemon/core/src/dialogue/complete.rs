//! Whether what was said so far is a whole answer to the question that is open: then the
//! turn ends at once. What is plainly unfinished is waited for longer.

use super::{Dialogue, choosing};
use crate::understanding::{Act, Expecting, Request, Understanding, When, understand};
use jiff::Timestamp;
use kiosk_protocol::Private;

/// What a pause after these words means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    /// All that was asked for has been said.
    Complete,
    /// It can be answered; people often add to it, but seldom after half a second.
    Enough,
    /// Either way: the usual pause decides.
    Open,
    /// More is to come.
    Unfinished,
}

/// Nobody ends a sentence with these.
const GOES_ON: [&str; 34] = [
    "um", "uh", "er", "erm", "hmm", "and", "or", "but", "the", "a", "an", "to", "with", "at", "on",
    "in", "for", "of", "my", "his", "her", "your", "see", "doctor", "dr", "because", "is", "i",
    "i'd", "i'm", "like", "would", "between", "by",
];

/// What a year begins with.
const CENTURIES: [&str; 5] = ["19", "20", "nineteen", "twenty", "thousand"];

/// Times that are offered at once.
const MOST_OFFERS: usize = 3;

/// A whole number has nine digits after its zero; less is the first part of one.
const FEWEST_DIGITS: usize = 9;

impl Dialogue {
    /// Judges what was heard before a pause. Changes nothing.
    pub fn completeness(&self, now: Timestamp, hypotheses: &[Private]) -> Completeness {
        let expecting = super::prompts::expecting(self.stage);
        completeness(&self.request(now, hypotheses, expecting))
    }
}

/// What a pause after the words of `request` means.
#[must_use]
pub fn completeness(request: &Request) -> Completeness {
    match request.hypotheses.first() {
        Some(best) => judge(best, request.expecting, &understand(request)),
        None => Completeness::Open,
    }
}

fn judge(text: &str, expecting: Option<Expecting>, meaning: &Understanding) -> Completeness {
    let words: Vec<String> = text
        .split_whitespace()
        .map(|word| {
            word.trim_matches(|c: char| !c.is_alphanumeric())
                .to_lowercase()
        })
        .filter(|word| !word.is_empty())
        .collect();
    let trails_off = text.trim_end().ends_with("...") || text.trim_end().ends_with('…');
    let goes_on = words
        .last()
        .is_some_and(|last| GOES_ON.contains(&last.as_str()));
    if words.is_empty() {
        return Completeness::Open;
    }
    let does = |act| meaning.acts.contains(&act);
    if meaning.urgent || does(Act::CallStaff) {
        return Completeness::Complete;
    }
    match expecting {
        Some(Expecting::Phone) if meaning.phone.is_some() => Completeness::Complete,
        Some(Expecting::Phone) if choosing::declines_phone(text) => Completeness::Complete,
        Some(Expecting::Phone) if (1..FEWEST_DIGITS).contains(&digits(text)) => {
            Completeness::Unfinished
        }
        // "March 19" may be the beginning of 1990.
        Some(Expecting::DateOfBirth)
            if words
                .last()
                .is_some_and(|last| CENTURIES.contains(&last.as_str())) =>
        {
            Completeness::Unfinished
        }
        Some(Expecting::DateOfBirth) if meaning.date_of_birth.is_some() => Completeness::Complete,
        Some(Expecting::DateOfBirth) if digits(text) > 0 => Completeness::Unfinished,
        Some(Expecting::Practitioner) if words.len() > 1 && choosing::any_doctor(text) => {
            Completeness::Enough
        }
        _ if goes_on || trails_off => Completeness::Unfinished,
        Some(Expecting::YesNo) if does(Act::Affirm) != does(Act::Negate) => {
            // "No" is often followed by what is right instead.
            if does(Act::Affirm) || words.len() > 2 {
                Completeness::Complete
            } else {
                Completeness::Open
            }
        }
        Some(Expecting::Date | Expecting::Time | Expecting::DateTime)
            if meaning.when != When::default()
                && meaning.when.date.is_some() == meaning.when.time.is_some() =>
        {
            Completeness::Complete
        }
        Some(Expecting::PersonName)
            if meaning
                .person_name
                .as_deref()
                .is_some_and(|name| name.contains(' ')) =>
        {
            Completeness::Complete
        }
        Some(Expecting::Practitioner) if meaning.practitioner.is_some() => Completeness::Complete,
        Some(_) | None if can_be_answered(text, expecting, meaning) => Completeness::Enough,
        Some(_) | None => Completeness::Open,
    }
}

/// Whether it says something that the kiosk can act on.
fn can_be_answered(text: &str, expecting: Option<Expecting>, meaning: &Understanding) -> bool {
    const BUSINESS: [Act; 10] = [
        Act::Book,
        Act::FindPractitioner,
        Act::FindAppointment,
        Act::Reschedule,
        Act::Cancel,
        Act::CheckIn,
        Act::Repeat,
        Act::Help,
        Act::Goodbye,
        Act::ChangeLanguage,
    ];
    if meaning.acts.iter().any(|act| BUSINESS.contains(act)) {
        return true;
    }
    match expecting {
        Some(Expecting::Other) => {
            choosing::which(text, MOST_OFFERS).is_some()
                || choosing::direction(text).is_some()
                || meaning.when != When::default()
        }
        // A day may be followed by its time.
        Some(Expecting::Date | Expecting::Time | Expecting::DateTime) => {
            meaning.when.part_of_day.is_some() || choosing::soonest(text)
        }
        Some(Expecting::Practitioner) => meaning.specialty.is_some(),
        Some(
            Expecting::YesNo
            | Expecting::Phone
            | Expecting::DateOfBirth
            | Expecting::PersonName
            | Expecting::SpelledName,
        )
        | None => false,
    }
}

/// Digits, in figures or in English words.
fn digits(text: &str) -> usize {
    const WORDS: [&str; 12] = [
        "zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
        "double",
    ];
    let figures = text.chars().filter(char::is_ascii_digit).count();
    let spoken = text
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| WORDS.contains(&word.to_lowercase().as_str()))
        .count();
    figures + spoken
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::understanding::Request;

    fn judged(text: &str, expecting: Option<Expecting>) -> Completeness {
        let meaning = understand(&Request {
            now: jiff::civil::date(2026, 11, 23).at(8, 0, 0, 0),
            hypotheses: vec![text.to_owned()],
            expecting,
            practitioners: vec!["Dr Ama Owusu".to_owned()],
            regions: vec!["GH".to_owned()],
            ..Request::default()
        });
        judge(text, expecting, &meaning)
    }

    #[test]
    fn a_whole_answer_ends_the_turn() {
        for (text, expecting) in [
            ("Yes.", Expecting::YesNo),
            ("Yes, please.", Expecting::YesNo),
            ("0244 123 456", Expecting::Phone),
            (
                "zero two four four one two three four five six",
                Expecting::Phone,
            ),
            ("The second of March 1990.", Expecting::DateOfBirth),
            ("My name is Grace Mensah.", Expecting::PersonName),
            ("Tuesday at nine in the morning.", Expecting::DateTime),
            ("Doctor Owusu.", Expecting::Practitioner),
            ("I need a person", Expecting::Phone),
            ("I don't have a phone.", Expecting::Phone),
        ] {
            assert_eq!(
                judged(text, Some(expecting)),
                Completeness::Complete,
                "{text}"
            );
        }
    }

    #[test]
    fn what_trails_off_is_waited_for() {
        for (text, expecting) in [
            ("I'd like to see, um...", None),
            ("I want to see Doctor", Some(Expecting::Practitioner)),
            ("My name is", Some(Expecting::PersonName)),
            ("zero two four", Some(Expecting::Phone)),
            ("0244 12", Some(Expecting::Phone)),
            ("the second of March 19", Some(Expecting::DateOfBirth)),
            ("on Tuesday at", Some(Expecting::DateTime)),
        ] {
            assert_eq!(judged(text, expecting), Completeness::Unfinished, "{text}");
        }
    }

    #[test]
    fn what_can_be_answered_is_not_waited_for_long() {
        for (text, expecting) in [
            ("I want to book an appointment.", None),
            ("I would like to cancel my appointment.", None),
            ("Tuesday morning, please.", Some(Expecting::DateTime)),
            ("The first one, please.", Some(Expecting::Other)),
            ("Do you have something earlier?", Some(Expecting::Other)),
            ("Any doctor.", Some(Expecting::Practitioner)),
            ("What did you say?", Some(Expecting::YesNo)),
        ] {
            assert_eq!(judged(text, expecting), Completeness::Enough, "{text}");
        }
    }

    #[test]
    fn everything_else_takes_the_usual_pause() {
        for (text, expecting) in [
            ("No.", Some(Expecting::YesNo)),
            ("Tuesday.", Some(Expecting::DateTime)),
            ("Grace.", Some(Expecting::PersonName)),
            ("Hello.", None),
            ("Okay, good.", None),
            ("That will work for me.", None),
            ("", Some(Expecting::Phone)),
        ] {
            assert_eq!(judged(text, expecting), Completeness::Open, "{text}");
        }
    }
}
