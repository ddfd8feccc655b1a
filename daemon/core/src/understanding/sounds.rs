//! How alike two words sound to a recogniser.
//!
//! Knows English and West African spellings, and no names.

use super::tokens;

/// Letters without tone marks, underdots and apostrophes.
pub(crate) fn fold(word: &str) -> String {
    word.chars()
        .filter(|ch| !tokens::is_combining(*ch) && *ch != '\'')
        .map(|ch| match ch {
            'á' | 'à' | 'ã' | 'â' | 'ä' => 'a',
            'ɛ' | 'é' | 'è' | 'ê' | 'ẹ' | 'ɜ' => 'e',
            'í' | 'ì' | 'ị' | 'ï' => 'i',
            'ɔ' | 'ó' | 'ò' | 'ọ' | 'ö' | 'ô' => 'o',
            'ú' | 'ù' | 'ụ' | 'ü' => 'u',
            'ŋ' | 'ñ' | 'ń' => 'n',
            'ṣ' => 's',
            other => other,
        })
        .collect()
}

/// How a name sounds, roughly: English and West African spellings of one sound are one letter.
pub(super) fn sound(word: &str) -> String {
    const RULES: [(&str, &str); 30] = [
        ("tch", "c"),
        ("sch", "s"),
        ("ough", "o"),
        ("ph", "f"),
        ("gh", "g"),
        ("kw", "q"),
        ("qu", "q"),
        ("ck", "k"),
        ("ch", "c"),
        ("ky", "c"),
        ("dw", "j"),
        ("dz", "z"),
        ("gy", "j"),
        ("hy", "s"),
        ("sh", "s"),
        ("th", "t"),
        ("wh", "w"),
        ("wr", "r"),
        ("kn", "n"),
        ("ou", "u"),
        ("oo", "u"),
        ("ee", "i"),
        ("ea", "i"),
        ("ie", "i"),
        ("ey", "i"),
        ("ay", "e"),
        ("ai", "e"),
        ("x", "ks"),
        ("z", "s"),
        ("y", "i"),
    ];
    let mut text = word.to_owned();
    for (from, to) in RULES {
        if text.contains(from) {
            text = text.replace(from, to);
        }
    }
    let mut out = String::new();
    for ch in text.chars() {
        let ch = match ch {
            'c' if out.is_empty() => 'k',
            'v' => 'f',
            'h' if !out.is_empty() => continue,
            other => other,
        };
        if !out.ends_with(ch) {
            out.push(ch);
        }
    }
    if out.len() > 3 && out.ends_with('e') {
        out.pop();
    }
    out
}

/// A word with its sound, worked out once.
#[derive(Debug, Clone)]
pub(super) struct Heard {
    pub text: String,
    pub sound: String,
    letters: [u8; 26],
}

impl Heard {
    pub fn new(text: String) -> Self {
        let sound = sound(&text);
        let mut letters = [0; 26];
        for place in sound
            .bytes()
            .filter(u8::is_ascii_lowercase)
            .map(|byte| byte - b'a')
        {
            letters[usize::from(place)] += 1;
        }
        Self {
            text,
            sound,
            letters,
        }
    }

    /// 0 (nothing alike) to 1 (the same).
    pub fn likeness(&self, other: &Self) -> f64 {
        if self.text == other.text {
            return 1.0;
        }
        if !self.shares_letters(other) {
            return 0.0;
        }
        let spelled = strsim::jaro_winkler(&self.text, &other.text)
            .max(letters_alike(&self.text, &other.text));
        let heard = letters_alike(&self.sound, &other.sound);
        (0.5 * spelled + 0.5 * heard).max(heard * 0.97).min(0.99)
    }

    /// Whether a third of the sounds are common to both, in any order: below
    /// that no likeness counts, and comparing properly costs a hundred times more.
    fn shares_letters(&self, other: &Self) -> bool {
        let both = self.letters.iter().zip(&other.letters);
        let common: usize = both.map(|(one, other)| usize::from(*one.min(other))).sum();
        3 * common >= self.sound.len().max(other.sound.len())
    }
}

/// Share of letters in place, 0 to 1, with neighbours that changed places counted once
/// (optimal string alignment). The unrestricted distance says the same of names, and
/// costs several times as much.
pub(super) fn letters_alike(one: &str, other: &str) -> f64 {
    let longest = one.chars().count().max(other.chars().count());
    if longest == 0 {
        return 1.0;
    }
    1.0 - strsim::osa_distance(one, other) as f64 / longest as f64
}

/// Likeness of two words, 0 to 1.
pub(super) fn word_likeness(one: &str, other: &str) -> f64 {
    Heard::new(one.to_owned()).likeness(&Heard::new(other.to_owned()))
}
