//! Short answers that point: "the first one", "the last", "start again", "the time".

use crate::clinic::FreeSlot;
use kiosk_protocol::Field;

/// Which of `count` offers the words point at, counted from zero.
pub(super) fn which(text: &str, count: usize) -> Option<usize> {
    let words = words(text);
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    let after_number = |wanted: &[&str]| {
        words.windows(2).any(|pair| {
            ["number", "option"].contains(&pair[0].as_str()) && wanted.contains(&pair[1].as_str())
        })
    };
    // "One" and "one, please", but not "one o'clock".
    let rest = |word: &String| ["please", "abeg", "number"].contains(&word.as_str());
    let alone = |wanted: &[&str]| {
        has(wanted)
            && words
                .iter()
                .all(|word| rest(word) || wanted.contains(&word.as_str()))
    };
    // "The first of December" is a date; "the first one" is not.
    let dated = has(&[
        "of",
        "january",
        "february",
        "march",
        "april",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ]);
    let index = if dated {
        None
    } else if has(&["first", "1st", "earliest", "soonest"]) || after_number(&["one", "1"]) {
        Some(0)
    } else if has(&["second", "2nd", "middle"]) || after_number(&["two", "2"]) {
        Some(1)
    } else if has(&["third", "3rd"]) || after_number(&["three", "3"]) {
        Some(2)
    } else if has(&["last", "latest"]) {
        count.checked_sub(1)
    } else if alone(&["one"]) {
        Some(0)
    } else {
        None
    };
    index.filter(|index| *index < count)
}

/// The only offer, if there is one only.
pub(super) fn only(offers: &[FreeSlot]) -> Option<&FreeSlot> {
    match offers {
        [one] => Some(one),
        _ => None,
    }
}

/// "For my son": the name that is asked for is not the speaker's.
pub(super) fn for_other(text: &str) -> bool {
    const PEOPLE: [&str; 22] = [
        "son",
        "daughter",
        "child",
        "children",
        "baby",
        "boy",
        "girl",
        "pikin",
        "mother",
        "mum",
        "mom",
        "father",
        "dad",
        "wife",
        "husband",
        "brother",
        "sister",
        "grandmother",
        "grandfather",
        "friend",
        "uncle",
        "auntie",
    ];
    let words = words(text);
    words.windows(2).any(|pair| {
        ["my", "our", "his", "her"].contains(&pair[0].as_str())
            && PEOPLE.contains(&pair[1].as_str())
    })
}

/// Any doctor will do, said where a doctor was asked for.
pub(super) fn any_doctor(text: &str) -> bool {
    let words: Vec<String> = words(text)
        .into_iter()
        .filter(|word| !["a", "the", "any", "please", "abeg", "just"].contains(&word.as_str()))
        .collect();
    let any = text.to_lowercase().contains("any");
    words == ["doctor"]
        || any && (words.is_empty() || words == ["one"] || words == ["doctor", "at", "all"])
}

/// Nothing but a greeting.
pub(super) fn only_greets(text: &str) -> bool {
    const GREETINGS: [&str; 14] = [
        "hello",
        "hi",
        "hey",
        "good",
        "morning",
        "afternoon",
        "evening",
        "day",
        "there",
        "please",
        "excuse",
        "me",
        "sir",
        "madam",
    ];
    let words = words(text);
    !words.is_empty() && words.iter().all(|word| GREETINGS.contains(&word.as_str()))
}

/// "I don't know", "not sure": what can be said is told, and it counts as no failure.
pub(super) fn at_a_loss(text: &str) -> bool {
    says(
        text,
        &[
            "i don't know",
            "i dont know",
            "i do not know",
            "don't know",
            "no idea",
            "not sure",
            "i no know",
            "i no sabi",
        ],
    )
}

/// "Who works here?"
pub(super) fn asks_who_works_here(text: &str) -> bool {
    says(
        text,
        &[
            "which doctors",
            "what doctors",
            "who works here",
            "who is in today",
            "who is here today",
            "which doctor is in",
            "list of doctors",
            "what doctor you get",
            "who are the doctors",
        ],
    )
}

/// "The same doctor", "a follow-up".
pub(super) fn as_before(text: &str) -> bool {
    says(
        text,
        &[
            "same doctor",
            "follow up",
            "followup",
            "doctor i saw",
            "doctor wey i see",
            "saw me last",
            "see me last",
            "last time doctor",
            "my usual doctor",
            "my doctor again",
            "review appointment",
            "come back for review",
            "for my review",
        ],
    )
}

/// "I will wait", "walk in", "give me a number".
pub(super) fn wants_to_wait(text: &str) -> bool {
    says(
        text,
        &[
            "walk in",
            "walk ins",
            "join the queue",
            "join queue",
            "enter the queue",
            "queue number",
            "queue ticket",
            "a number for today",
            "i will wait",
            "i'll wait",
            "i can wait",
            "i go wait",
            "make i wait",
            "without an appointment",
            "without appointment",
            "no appointment",
            "don't have an appointment",
            "do not have an appointment",
        ],
    )
}

/// "As soon as possible", "any time".
pub(super) fn soonest(text: &str) -> bool {
    says(
        text,
        &[
            "as soon as possible",
            "asap",
            "soonest",
            "earliest",
            "any time",
            "anytime",
            "any day",
            "whenever",
            "first available",
            "next available",
            "right now",
            "now now",
            "sharp sharp",
        ],
    )
}

/// Whether the words speak of a doctor, and not of a patient who shares a name with one.
pub(super) fn says_doctor(text: &str) -> bool {
    words(text)
        .iter()
        .any(|word| ["doctor", "dr", "doc", "nurse", "midwife"].contains(&word.as_str()))
}

/// "Start again", "from the beginning".
pub(super) fn wants_start_again(text: &str) -> bool {
    says(
        text,
        &[
            "start again",
            "start over",
            "begin again",
            "from the beginning",
            "start afresh",
            "restart",
        ],
    )
}

/// "Earlier", "later", "another day", "another doctor".
pub(super) fn direction(text: &str) -> Option<Direction> {
    let has = |phrases: &[&str]| says(text, phrases);
    if has(&[
        "another day",
        "other day",
        "different day",
        "other days",
        "next day",
    ]) {
        Some(Direction::AnotherDay)
    } else if has(&[
        "another doctor",
        "other doctor",
        "different doctor",
        "somebody else",
        "someone else",
        "other doctors",
    ]) {
        Some(Direction::AnotherPractitioner)
    } else if has(&["earlier", "sooner"]) {
        Some(Direction::Earlier)
    } else if has(&[
        "later",
        "other times",
        "another time",
        "different time",
        "more times",
        "something else",
        "none of these",
        "none of them",
    ]) {
        Some(Direction::Later)
    } else {
        None
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Earlier,
    Later,
    AnotherDay,
    AnotherPractitioner,
}

/// "The time is wrong", "change the doctor".
pub(super) fn field(text: &str) -> Option<Field> {
    let words = words(text);
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    if has(&["doctor", "practitioner", "person"]) {
        Some(Field::Practitioner)
    } else if has(&["name", "spelling"]) {
        Some(Field::Name)
    } else if has(&["birth", "birthday", "birthdate", "born"]) {
        Some(Field::BirthDate)
    } else if has(&["phone", "number"]) {
        Some(Field::Phone)
    } else if has(&["day", "date"]) {
        Some(Field::Date)
    } else if has(&["time", "hour"]) {
        Some(Field::Time)
    } else {
        None
    }
}

/// "Nothing", "go back": what was read back is right after all.
pub(super) fn changes_nothing(text: &str) -> bool {
    says(
        text,
        &[
            "nothing",
            "go back",
            "back",
            "never mind",
            "nevermind",
            "leave it",
            "leave am",
            "as it is",
            "keep it",
            "no change",
            "no changes",
            "don't change",
            "do not change",
        ],
    )
}

/// "No phone", "I don't have one", "skip".
pub(super) fn declines_phone(text: &str) -> bool {
    says(
        text,
        &[
            "no phone",
            "skip",
            "no number",
            "don't have",
            "dont have",
            "do not have",
            "have no",
            "no get phone",
            "without",
            "none",
            "no thank you",
            "no thanks",
            "rather not",
        ],
    )
}

/// Whether one of `phrases` stands in `text`, word for word.
pub(super) fn says(text: &str, phrases: &[&str]) -> bool {
    let padded = format!(" {} ", words(text).join(" "));
    phrases
        .iter()
        .any(|phrase| padded.contains(&format!(" {phrase} ")))
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '\''))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointing_words_point_and_dates_do_not() {
        for (text, index) in [
            ("The first one, please.", Some(0)),
            ("second", Some(1)),
            ("I'll take the last one", Some(2)),
            ("number three", Some(2)),
            ("option two please", Some(1)),
            ("one", Some(0)),
            ("the first of December", None),
            ("half past nine", None),
            ("one thirty in the afternoon", None),
            ("one o'clock", None),
            ("one, please", Some(0)),
        ] {
            assert_eq!(which(text, 3), index, "{text}");
        }
        assert_eq!(which("the third", 2), None, "there is no third");
    }

    #[test]
    fn directions_are_told_apart() {
        for (text, wanted) in [
            ("Do you have anything earlier?", Some(Direction::Earlier)),
            ("a bit later please", Some(Direction::Later)),
            ("another day", Some(Direction::AnotherDay)),
            (
                "is there another doctor?",
                Some(Direction::AnotherPractitioner),
            ),
            ("Tuesday", None),
        ] {
            assert_eq!(direction(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_phone_can_be_declined_in_many_words() {
        for text in [
            "No phone.",
            "I don't have a phone",
            "skip that",
            "I have no phone",
            "No, thank you.",
        ] {
            assert!(declines_phone(text), "{text}");
        }
        assert!(!declines_phone("zero two four four"));
    }
}
