//! Abbreviations and codes, written out.

use super::numbers::cardinal;
use super::written::Word;

/// Said as one word per letter.
const LETTERS: [&str; 13] = [
    "ENT", "GP", "HIV", "ICU", "ID", "IV", "OPD", "PT", "QR", "SMS", "TB", "TV", "UTI",
];

/// Written short, said long. The full stop is the abbreviation's own.
const SHORT: [(&str, &str); 26] = [
    ("dr", "Doctor"),
    ("prof", "Professor"),
    ("mr", "Mister"),
    ("mrs", "Missis"),
    ("ms", "Miz"),
    ("appt", "appointment"),
    ("approx", "approximately"),
    ("dept", "department"),
    ("e.g", "for example"),
    ("i.e", "that is"),
    ("etc", "and so on"),
    ("no", "number"),
    ("nr", "number"),
    ("tel", "telephone"),
    ("vs", "versus"),
    ("mon", "Monday"),
    ("tue", "Tuesday"),
    ("tues", "Tuesday"),
    ("wed", "Wednesday"),
    ("thu", "Thursday"),
    ("thur", "Thursday"),
    ("thurs", "Thursday"),
    ("fri", "Friday"),
    ("sat", "Saturday"),
    ("sun", "Sunday"),
    ("sept", "September"),
];

/// What an abbreviation stands for, given the word after it.
pub(super) fn abbreviation(word: &Word<'_>, next: Option<&Word<'_>>) -> Option<String> {
    if LETTERS.contains(&word.core) {
        return Some(spelled(word.core));
    }
    let dotted = word.after.starts_with('.') && next.is_some();
    let known = SHORT
        .iter()
        .find(|(short, _)| word.core.eq_ignore_ascii_case(short));
    let (short, long) = known?;
    let said = match *short {
        // Titles are written with and without a full stop.
        "dr" | "prof" | "mr" | "mrs" | "ms" => word.core.starts_with(char::is_uppercase),
        // "No. 5", but "No. Tuesday." is an answer.
        "no" | "nr" => {
            dotted && next.is_some_and(|next| next.core.starts_with(|c: char| c.is_ascii_digit()))
        }
        // "Sat" and "Sun" and "Wed" are words, too.
        "mon" | "tue" | "tues" | "wed" | "thu" | "thur" | "thurs" | "fri" | "sat" | "sun" => {
            word.core.starts_with(char::is_uppercase)
                && next.is_some_and(|next| next.core.starts_with(|c: char| c.is_ascii_digit()))
        }
        _ => true,
    };
    said.then(|| (*long).to_owned())
}

/// A ticket or booking code (capitals and digits mixed): one by one.
pub(super) fn code(written: &str) -> Option<String> {
    let has = |test: fn(&u8) -> bool| written.as_bytes().iter().any(test);
    let is_code = written
        .bytes()
        .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase() || b == b'-')
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_uppercase);
    is_code.then(|| spelled(written))
}

fn spelled(written: &str) -> String {
    let letters: Vec<String> = written
        .chars()
        .filter(|c| c.is_alphanumeric())
        .map(|c| match c.to_digit(10) {
            Some(digit) => cardinal(u64::from(digit)),
            // A lone "A" would be read as the article.
            None if c.eq_ignore_ascii_case(&'a') => "ay".to_owned(),
            None => c.to_uppercase().to_string(),
        })
        .collect();
    letters.join(" ")
}
