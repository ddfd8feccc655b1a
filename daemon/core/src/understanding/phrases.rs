//! An utterance as a row of words in which phrases are looked for.

use super::tokens::{self, Kind};

/// What was said, lower case, words separated by single spaces.
#[derive(Debug)]
pub(super) struct Said {
    /// With a space before and behind.
    padded: String,
}

impl Said {
    pub fn new(text: &str) -> Self {
        let mut padded = String::from(" ");
        for token in tokens::raw_tokens(text)
            .iter()
            .filter(|token| token.kind != Kind::Mark)
        {
            padded.push_str(&token.text);
            padded.push(' ');
        }
        for (from, to) in CONTRACTED {
            padded = padded.replace(from, to);
        }
        Self { padded }
    }

    /// Whether one of the phrases occurs, whole words only.
    pub fn any(&self, phrases: &[&str]) -> bool {
        phrases.iter().any(|phrase| self.find(phrase).is_some())
    }

    /// Byte offset of the end of a phrase, in [`Self::text`].
    pub fn find(&self, phrase: &str) -> Option<usize> {
        self.padded.match_indices(phrase).find_map(|(at, _)| {
            let end = at + phrase.len();
            let whole = self.padded[..at].ends_with(' ') && self.padded[end..].starts_with(' ');
            whole.then_some(end)
        })
    }

    /// Whether it begins with one of the phrases, fillers aside.
    pub fn begins(&self, phrases: &[&str]) -> bool {
        const FILLERS: [&str; 15] = [
            "um", "uh", "er", "erm", "well", "oh", "ah", "hmm", "so", "please", "abeg", "hello",
            "hi", "hey", "i think",
        ];
        let mut rest = self.padded.trim_start();
        while let Some(shorter) = FILLERS.iter().find_map(|filler| {
            rest.strip_prefix(filler)
                .filter(|rest| rest.starts_with(' '))
        }) {
            rest = shorter.trim_start();
        }
        phrases.iter().any(|phrase| {
            rest.strip_prefix(phrase)
                .is_some_and(|rest| rest.starts_with(' '))
        })
    }

    pub fn is_one_of(&self, phrases: &[&str]) -> bool {
        phrases.contains(&self.padded.trim())
    }

    pub fn text(&self) -> &str {
        self.padded.trim()
    }

    /// The words after a byte offset that [`Self::find`] gave.
    pub fn after(&self, end: usize) -> &str {
        self.padded.get(end..).unwrap_or("").trim()
    }
}

/// Recognisers leave apostrophes out.
const CONTRACTED: [(&str, &str); 10] = [
    (" dont ", " don't "),
    (" thats ", " that's "),
    (" its ", " it's "),
    (" im ", " i'm "),
    (" cant ", " can't "),
    (" wont ", " won't "),
    (" doesnt ", " doesn't "),
    (" didnt ", " didn't "),
    (" isnt ", " isn't "),
    (" ive ", " i've "),
];
