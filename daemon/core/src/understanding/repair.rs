//! Writes known names as they are written, where a transcript comes close to them:
//! recognisers spell a name that they rarely hear as it sounds to them.

use super::sounds::{Heard, fold, letters_alike, sound};

/// Likeness of a whole name, two words or more, from which on it is the one.
const WHOLE: f64 = 0.66;
/// Likeness of a single word; a word behind a title is somebody's name anyway.
const ALONE: f64 = 0.85;
const TITLED: f64 = 0.65;
/// Shorter names are like too many words.
const SHORTEST: usize = 4;
/// More names than this take too long for a patient who waits.
const MOST_NAMES: usize = 200;
const TITLES: [&str; 8] = ["dr", "doctor", "mr", "mrs", "ms", "miss", "madam", "nurse"];

/// `text` with what is like one of `known` (names, titles apart) replaced by it. Only what
/// is written with a capital letter can be a name. Takes bounded time on any text.
#[must_use]
pub fn with_known_names<S: AsRef<str>>(text: &str, known: &[S]) -> String {
    let words = words(super::tokens::shortened(text));
    let names: Vec<Vec<&str>> = known
        .iter()
        .take(MOST_NAMES)
        .map(|name| parts(name.as_ref()))
        .filter(|parts| !parts.is_empty())
        .collect();
    let mut found: Vec<Match> = Vec::new();
    for name in &names {
        found.extend(whole(&words, name));
        if let Some(family) = name.last() {
            found.extend(alone(&words, family, name.len() == 1));
        }
    }
    found.sort_by(|a, b| b.likeness.total_cmp(&a.likeness));
    let mut taken = vec![false; words.len()];
    let mut chosen: Vec<Match> = Vec::new();
    for one in found {
        if taken[one.from..one.until].iter().any(|it| *it) {
            continue;
        }
        taken[one.from..one.until].fill(true);
        chosen.push(one);
    }
    chosen.sort_by_key(|one| one.from);
    replaced(text, &words, &chosen)
}

/// A word of the text.
struct Word<'a> {
    text: &'a str,
    start: usize,
    folded: Heard,
    capital: bool,
}

struct Match {
    from: usize,
    until: usize,
    likeness: f64,
    name: String,
}

fn words(text: &str) -> Vec<Word<'_>> {
    let mut found = Vec::new();
    for piece in text.split_whitespace() {
        let bare = piece.trim_matches(|letter: char| !letter.is_alphanumeric());
        if bare.is_empty() {
            continue;
        }
        let start = bare.as_ptr() as usize - text.as_ptr() as usize;
        found.push(Word {
            text: bare,
            start,
            folded: Heard::new(fold(&bare.to_lowercase())),
            capital: bare.chars().next().is_some_and(char::is_uppercase),
        });
    }
    found
}

/// A name's words without titles.
fn parts(name: &str) -> Vec<&str> {
    name.split_whitespace()
        .map(|word| word.trim_matches(|letter: char| !letter.is_alphanumeric()))
        .filter(|word| !word.is_empty() && !is_title(word))
        .collect()
}

fn is_title(word: &str) -> bool {
    TITLES.contains(&word.to_lowercase().as_str())
}

fn heard(words: &[&str]) -> (String, String) {
    let joined: String = words
        .iter()
        .map(|word| fold(&word.to_lowercase()))
        .collect();
    let sounds = sound(&joined);
    (joined, sounds)
}

/// Where the whole name stands, in as many words or one more or fewer.
fn whole(words: &[Word<'_>], name: &[&str]) -> Option<Match> {
    if name.len() < 2 {
        return None;
    }
    let (letters, sounds) = heard(name);
    let mut best: Option<Match> = None;
    for length in name.len() - 1..=name.len() + 1 {
        for (from, window) in words.windows(length).enumerate() {
            if !window[0].capital || is_title(window[0].text) {
                continue;
            }
            let said: Vec<&str> = window.iter().map(|word| word.text).collect();
            let (said_letters, said_sounds) = heard(&said);
            let likeness = letters_alike(&letters, &said_letters)
                .max(0.97 * letters_alike(&sounds, &said_sounds));
            if likeness >= WHOLE && best.as_ref().is_none_or(|best| likeness > best.likeness) {
                best = Some(Match {
                    from,
                    until: from + length,
                    likeness,
                    name: name.join(" "),
                });
            }
        }
    }
    best
}

/// Where one word of a name stands alone.
fn alone(words: &[Word<'_>], name: &str, without_title: bool) -> Option<Match> {
    if name.chars().count() < SHORTEST {
        return None;
    }
    let known = Heard::new(fold(&name.to_lowercase()));
    let mut best: Option<Match> = None;
    for (at, word) in words.iter().enumerate() {
        let titled = at > 0 && is_title(words[at - 1].text.trim_end_matches('.'));
        if !word.capital || !(titled || without_title && at > 0) {
            continue;
        }
        let likeness = known.likeness(&word.folded);
        let least = if titled { TITLED } else { ALONE };
        if likeness >= least && best.as_ref().is_none_or(|best| likeness > best.likeness) {
            best = Some(Match {
                from: at,
                until: at + 1,
                likeness,
                name: name.to_owned(),
            });
        }
    }
    best
}

fn replaced(text: &str, words: &[Word<'_>], chosen: &[Match]) -> String {
    let mut written = String::with_capacity(text.len());
    let mut at = 0;
    for one in chosen {
        let last = &words[one.until - 1];
        written.push_str(&text[at..words[one.from].start]);
        written.push_str(&one.name);
        at = last.start + last.text.len();
    }
    written.push_str(&text[at..]);
    written
}

#[cfg(test)]
mod tests {
    use super::with_known_names;

    const KNOWN: [&str; 5] = [
        "Dr Ama Owusu",
        "Dr Kofi Mensah-Bonsu",
        "Efua Darko",
        "Abena Serwaa",
        "Dermatology",
    ];

    #[test]
    fn a_name_that_was_heard_roughly_is_written_as_it_is() {
        for (heard, meant) in [
            (
                "I'm Efuwah Darco, I was here.",
                "I'm Efua Darko, I was here.",
            ),
            (
                "My sister Abenasraa has a fever.",
                "My sister Abena Serwaa has a fever.",
            ),
            ("I want Dr. Owoso tomorrow", "I want Dr. Owusu tomorrow"),
            ("Doctor Amma Awusu, please", "Doctor Ama Owusu, please"),
            ("Efua Darko here", "Efua Darko here"),
        ] {
            assert_eq!(with_known_names(heard, &KNOWN), meant);
        }
    }

    #[test]
    fn what_is_no_name_stays() {
        for heard in [
            "I would like an appointment on Tuesday, please.",
            "Is Dr. Smith in on Friday?",
            "My name is Kwame Boateng.",
            "A far dark coast",
            "half past nine",
            "",
            "ɛfua … — ",
        ] {
            assert_eq!(with_known_names(heard, &KNOWN), heard);
        }
        assert_eq!(with_known_names("Efuwah Darco", &[""; 0]), "Efuwah Darco");
    }
}
