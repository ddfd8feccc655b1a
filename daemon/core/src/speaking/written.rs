//! What is written for the eye, written out for the voice.

use super::abbreviations::{abbreviation, code};
use super::amounts::{money, phone, quantity};
use super::times::{clock_time, date};

/// Written out for a voice: "Dr Owusu, 09:30" → "Doctor Owusu, nine thirty".
///
/// Sentence punctuation stays, for the melody. Days come before months (24/11/2026),
/// times are of 24 hours where nothing else is said.
#[must_use]
pub fn spoken(text: &str) -> String {
    let text = with_spaces(text);
    let words: Vec<Word<'_>> = text.split_whitespace().map(Word::new).collect();
    let mut said: Vec<String> = Vec::with_capacity(words.len());
    let mut at = 0;
    while at < words.len() {
        let (phrase, used) = phrase(&words, at, said.last().map(String::as_str));
        let after = words[at + used - 1].after;
        // "Dr. Owusu": the full stop is the abbreviation's, not the sentence's.
        let after = match phrase {
            Phrase::Abbreviation(_) if at + used < words.len() => {
                after.strip_prefix('.').unwrap_or(after)
            }
            Phrase::Abbreviation(_) | Phrase::Words(_) => after,
        };
        let phrase = format!("{}{}{after}", words[at].before, phrase.words());
        if phrase.chars().any(char::is_alphanumeric) {
            said.push(phrase);
        } else if let Some(previous) = said.last_mut() {
            // A mark that stood alone belongs to the word before it.
            previous.push_str(&phrase);
        }
        at += used;
    }
    said.join(" ")
}

/// Typographic marks that stand for words or pauses.
fn with_spaces(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match letter {
            '&' => spaced.push_str(" and "),
            '%' => spaced.push_str(" percent"),
            '\u{a0}' | '\u{202f}' => spaced.push(' '),
            '·' | '•' | '|' => spaced.push_str(", "),
            '—' => spaced.push_str(", "),
            '’' => spaced.push('\''),
            '“' | '”' | '*' | '_' => {}
            other => spaced.push(other),
        }
    }
    spaced
}

/// A written word without the punctuation around it.
pub(super) struct Word<'a> {
    pub before: &'a str,
    pub core: &'a str,
    pub after: &'a str,
}

impl<'a> Word<'a> {
    fn new(written: &'a str) -> Self {
        let start = written
            .find(|c: char| c.is_alphanumeric() || "+₵₦$£€#".contains(c))
            .unwrap_or(written.len());
        let (before, rest) = written.split_at(start);
        let end = rest
            .char_indices()
            .rev()
            .find(|(_, c)| c.is_alphanumeric() || "₵₦$£€".contains(*c))
            .map_or(0, |(at, c)| at + c.len_utf8());
        let (core, after) = rest.split_at(end);
        Self {
            before,
            core,
            after,
        }
    }

    /// Nothing stands between this word and the next.
    pub fn joins(&self) -> bool {
        self.after.is_empty()
    }
}

enum Phrase {
    Words(String),
    Abbreviation(String),
}

impl Phrase {
    fn words(&self) -> &str {
        match self {
            Self::Words(words) | Self::Abbreviation(words) => words,
        }
    }
}

/// What is said for the words from `at` on, and for how many of them.
fn phrase(words: &[Word<'_>], at: usize, previous: Option<&str>) -> (Phrase, usize) {
    let word = &words[at];
    let rest = &words[at..];
    let told = date(rest, previous)
        .or_else(|| clock_time(rest))
        .or_else(|| money(rest))
        .or_else(|| phone(rest))
        .or_else(|| quantity(rest));
    if let Some((told, used)) = told {
        return (Phrase::Words(told), used);
    }
    if let Some(said) = abbreviation(word, rest.get(1)) {
        return (Phrase::Abbreviation(said), 1);
    }
    let said = code(word.core).unwrap_or_else(|| word.core.to_owned());
    (Phrase::Words(said), 1)
}

#[cfg(test)]
mod tests {
    use super::spoken;

    #[test]
    fn what_a_clinic_writes_is_said_in_words() {
        for (written, said) in [
            ("Good morning.", "Good morning."),
            ("Dr Ama Owusu", "Doctor Ama Owusu"),
            (
                "Dr. Owusu, Prof. Addo and Mrs Boateng",
                "Doctor Owusu, Professor Addo and Missis Boateng",
            ),
            // times
            ("at 09:30.", "at nine thirty."),
            ("09:00", "nine o'clock"),
            ("9:05?", "nine oh five?"),
            ("14:30", "two thirty p m"),
            ("14:00, or 12:00", "two p m, or twelve o'clock"),
            ("00:00", "midnight"),
            ("9:30 am", "nine thirty ay m"),
            ("9.30am", "nine thirty ay m"),
            ("5 p.m.", "five p m."),
            ("8:00-17:00", "eight o'clock to five p m"),
            // dates
            (
                "Tuesday 24 November at 10:15",
                "Tuesday the twenty-fourth of November at ten fifteen",
            ),
            (
                "Tuesday, November 24, 2026",
                "Tuesday, the twenty-fourth of November twenty twenty-six",
            ),
            ("on the 3rd of March", "on the third of March"),
            ("the 3rd March", "the third of March"),
            (
                "2026-11-24",
                "the twenty-fourth of November twenty twenty-six",
            ),
            (
                "born 03/02/1984",
                "born the third of February nineteen eighty-four",
            ),
            ("Tue 24 Nov", "Tuesday the twenty-fourth of November"),
            ("You may sit", "You may sit"),
            ("The sun sat low", "The sun sat low"),
            // money
            ("GH₵50", "fifty cedis"),
            ("GH₵ 1", "one cedi"),
            ("GHS 120.50", "one hundred and twenty cedis fifty pesewas"),
            ("₦2,500", "two thousand five hundred naira"),
            ("5000 NGN", "five thousand naira"),
            ("$5", "five dollars"),
            // phone numbers
            (
                "0245551234",
                "zero two four, five five five, one two three four",
            ),
            (
                "+233 24 555 1234.",
                "plus two three three, two four five, five five one, two three four.",
            ),
            (
                "024 555 1234",
                "zero two four, five five five, one two three four",
            ),
            ("112", "one hundred and twelve"),
            // codes
            ("ticket A12", "ticket ay one two"),
            ("Your code is K7PQ.", "Your code is K seven P Q."),
            ("the ENT clinic", "the E N T clinic"),
            // numbers
            ("3 people", "three people"),
            ("1st floor, 22nd", "first floor, twenty-second"),
            ("36.6 degrees", "thirty-six point six degrees"),
            ("about 15 min", "about fifteen minutes"),
            ("1 min", "one minute"),
            ("10-15 mins", "ten to fifteen minutes"),
            ("1,000,000", "one million"),
            ("90%", "ninety percent"),
            ("Room No. 5", "Room number five"),
            ("No. Tuesday.", "No. Tuesday."),
            ("ear & eye", "ear and eye"),
            ("#7", "number seven"),
            // the rest stays
            ("", ""),
            (" - ", ""),
            ("Yes, please!", "Yes, please!"),
            ("Ɛyɛ", "Ɛyɛ"),
            ("(second floor)", "(second floor)"),
        ] {
            assert_eq!(spoken(written), said, "{written}");
        }
    }

    #[test]
    fn no_digit_is_left_for_the_voice_to_guess() {
        for written in [
            "Dr Owusu is free on Tuesday 24 November 2026 at 09:30, 10:00 and 14:45.",
            "Call 0302 123 456 or +234 803 555 0199.",
            "Ticket B07, 4 people ahead, about 25 min, GH₵35.50.",
            "Your birthday is 29 July 1913, isn't it?",
        ] {
            let said = spoken(written);
            assert!(!said.chars().any(|c| c.is_ascii_digit()), "{said}");
        }
    }
}

#[cfg(test)]
mod promises {
    use super::spoken;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_text_is_spoken_without_panic(text in "\\PC{0,60}") {
            let _ = spoken(&text);
        }

        #[test]
        fn any_mixture_of_what_clinics_write_is_spoken(
            parts in proptest::collection::vec(
                prop_oneof![
                    Just("Dr."), Just("09:30"), Just("GH₵"), Just("+233"), Just("24"), Just("Nov"),
                    Just("2026"), Just("am"), Just("-"), Just("99999999999999999999999"), Just("1,00"),
                    Just("0"), Just("."), Just("32/13/2026"), Just("25:61"), Just("A1"), Just("₦.5"),
                ],
                0..8,
            )
        ) {
            let _ = spoken(&parts.join(" "));
            let _ = spoken(&parts.concat());
        }
    }
}
