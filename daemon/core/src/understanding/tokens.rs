//! Cuts heard text into words, numbers and marks that the grammars read.
//!
//! Spelling differences of recognisers end here ("3pm", "3 p.m.", "three pm");
//! meaning does not begin here.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Letters.
    Word,
    /// A cardinal number, said or written.
    Number,
    /// "fifth", "5th".
    Ordinal,
    /// A single mark.
    Mark,
}

/// One piece of what was heard.
#[derive(Debug, Clone)]
pub(super) struct Token {
    /// Lower case; of numbers said in words, the words.
    pub text: String,
    pub kind: Kind,
    /// Of numbers and ordinals.
    pub value: u32,
    /// Written digits; 0 for a number said in words.
    pub digits: u8,
    /// Byte range in the text.
    pub start: usize,
    pub end: usize,
    /// Whether white space (or the beginning) comes before it.
    pub spaced: bool,
}

impl Token {
    pub fn is(&self, word: &str) -> bool {
        self.kind != Kind::Number && self.text == word
    }

    pub fn any(&self, words: &[&str]) -> bool {
        self.kind != Kind::Number && words.contains(&self.text.as_str())
    }

    pub fn number(&self) -> Option<u32> {
        (self.kind == Kind::Number).then_some(self.value)
    }

    pub fn ordinal(&self) -> Option<u32> {
        (self.kind == Kind::Ordinal).then_some(self.value)
    }
}

/// More text than this is not an utterance; the rest is not looked at.
const LONGEST_CHARS: usize = 1000;

/// The beginning of a text, as long as an utterance may be.
pub(super) fn shortened(text: &str) -> &str {
    text.char_indices()
        .nth(LONGEST_CHARS)
        .map_or(text, |(end, _)| &text[..end])
}

/// Words, numbers and marks of a text, with numbers said in words joined.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    join_numbers(raw_tokens(text))
}

/// As [`tokens`], but "twenty" and "three" stay two tokens.
pub(super) fn raw_tokens(text: &str) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::new();
    let mut spaced = true;
    let mut rest = text.char_indices().take(LONGEST_CHARS).peekable();
    while let Some((start, first)) = rest.next() {
        let class = class_of(first);
        if class == Class::Space {
            spaced = true;
            continue;
        }
        let mut piece = String::new();
        push_lower(&mut piece, first);
        let mut end = start + first.len_utf8();
        while class != Class::Mark
            && let Some(&(at, next)) = rest.peek()
            && (class_of(next) == class || (class == Class::Letter && is_apostrophe(next)))
        {
            push_lower(&mut piece, next);
            end = at + next.len_utf8();
            rest.next();
        }
        let piece = piece.trim_end_matches('\'').to_owned();
        if !piece.is_empty() {
            out.push(token(piece, class, start..end, spaced));
        }
        spaced = false;
    }
    undot(ordinal_suffixes(out))
}

#[derive(PartialEq, Eq, Clone, Copy)]
enum Class {
    Space,
    Letter,
    Digit,
    Mark,
}

fn class_of(ch: char) -> Class {
    if ch.is_whitespace() || ch.is_control() {
        Class::Space
    } else if ch.is_ascii_digit() {
        Class::Digit
    } else if ch.is_alphanumeric() || is_apostrophe(ch) || is_combining(ch) {
        Class::Letter
    } else {
        Class::Mark
    }
}

fn is_apostrophe(ch: char) -> bool {
    matches!(ch, '\'' | '\u{2019}' | '\u{2018}' | '\u{02bc}')
}

/// Tone marks and underdots that follow their letter (Yoruba, Igbo).
pub(super) fn is_combining(ch: char) -> bool {
    ('\u{0300}'..='\u{036f}').contains(&ch)
}

fn push_lower(piece: &mut String, ch: char) {
    if is_apostrophe(ch) {
        piece.push('\'');
    } else {
        piece.extend(ch.to_lowercase());
    }
}

fn token(text: String, class: Class, range: std::ops::Range<usize>, spaced: bool) -> Token {
    let digits = if class == Class::Digit {
        text.len().min(250) as u8
    } else {
        0
    };
    let (kind, value) = match class {
        Class::Digit => (Kind::Number, text.parse().unwrap_or(u32::MAX)),
        Class::Letter => (Kind::Word, 0),
        Class::Mark | Class::Space => (Kind::Mark, 0),
    };
    Token {
        text,
        kind,
        value,
        digits,
        start: range.start,
        end: range.end,
        spaced,
    }
}

/// "5" + "th" becomes an ordinal.
fn ordinal_suffixes(tokens: Vec<Token>) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens {
        if let Some(last) = out.last_mut()
            && last.kind == Kind::Number
            && last.digits > 0
            && last.digits <= 2
            && !token.spaced
            && matches!(token.text.as_str(), "st" | "nd" | "rd" | "th")
        {
            last.kind = Kind::Ordinal;
            last.text.push_str(&token.text);
            last.end = token.end;
            continue;
        }
        out.push(token);
    }
    out
}

/// "p.m.", "p. m.", "p m" and "o'clock" in all its spellings become one word.
fn undot(tokens: Vec<Token>) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let mut token = token.clone();
        at += 1;
        if token.any(&["a", "p"]) {
            let mut ahead = at;
            if tokens.get(ahead).is_some_and(|next| next.is(".")) {
                ahead += 1;
            }
            if let Some(m) = tokens.get(ahead)
                && m.is("m")
                && (m.start <= token.end + 2)
            {
                token.text.push('m');
                token.end = m.end;
                at = ahead + 1;
                if tokens
                    .get(at)
                    .is_some_and(|next| next.is(".") && !next.spaced)
                {
                    at += 1;
                }
            }
        } else if token.is("o")
            && let Some(skip) = (0..3).find(|&skip| {
                tokens
                    .get(at + skip)
                    .is_some_and(|next| next.any(&["clock", "'clock"]))
            })
            && tokens[at..at + skip]
                .iter()
                .all(|mark| mark.kind == Kind::Mark)
        {
            "o'clock".clone_into(&mut token.text);
            token.end = tokens[at + skip].end;
            at += skip + 1;
        } else if token.any(&["oclock", "o'clock", "0'clock"]) {
            "o'clock".clone_into(&mut token.text);
        }
        out.push(token);
    }
    out
}

/// The value of a number word below twenty.
pub(super) fn unit_word(word: &str) -> Option<u32> {
    const UNITS: [&str; 20] = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ];
    UNITS
        .iter()
        .position(|unit| *unit == word)
        .and_then(|at| u32::try_from(at).ok())
}

/// "twenty" to "ninety".
pub(super) fn tens_word(word: &str) -> Option<u32> {
    Some(match word {
        "twenty" => 20,
        "thirty" => 30,
        "forty" | "fourty" => 40,
        "fifty" => 50,
        "sixty" => 60,
        "seventy" => 70,
        "eighty" => 80,
        "ninety" => 90,
        _ => return None,
    })
}

fn ordinal_word(word: &str) -> Option<u32> {
    const ORDINALS: [&str; 20] = [
        "first",
        "second",
        "third",
        "fourth",
        "fifth",
        "sixth",
        "seventh",
        "eighth",
        "ninth",
        "tenth",
        "eleventh",
        "twelfth",
        "thirteenth",
        "fourteenth",
        "fifteenth",
        "sixteenth",
        "seventeenth",
        "eighteenth",
        "nineteenth",
        "twentieth",
    ];
    let found = ORDINALS.iter().position(|ordinal| *ordinal == word);
    match found {
        Some(at) => u32::try_from(at + 1).ok(),
        None if word == "thirtieth" => Some(30),
        None => None,
    }
}

fn join_numbers(tokens: Vec<Token>) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        match number_words(&tokens[at..]) {
            Some((kind, value, used)) => {
                let last = &tokens[at + used - 1];
                out.push(Token {
                    text: tokens[at].text.clone(),
                    kind,
                    value,
                    digits: 0,
                    start: tokens[at].start,
                    end: last.end,
                    spaced: tokens[at].spaced,
                });
                at += used;
            }
            None => {
                out.push(tokens[at].clone());
                at += 1;
            }
        }
    }
    out
}

/// A number said in words at the beginning: its kind, value and how many tokens it takes.
fn number_words(tokens: &[Token]) -> Option<(Kind, u32, usize)> {
    let word = tokens
        .first()
        .filter(|token| token.kind == Kind::Word)?
        .text
        .as_str();
    if let Some(ordinal) = ordinal_word(word) {
        return Some((Kind::Ordinal, ordinal, 1));
    }
    let (mut value, mut used) = small_number(tokens)?;
    if let Some((Kind::Ordinal, ordinal)) = tens_ordinal(tokens) {
        return Some((Kind::Ordinal, ordinal.0, ordinal.1));
    }
    if let Some(scale) = tokens.get(used)
        && scale.any(&["hundred", "thousand"])
        && (1..=99).contains(&value)
    {
        value *= if scale.is("hundred") { 100 } else { 1000 };
        used += 1;
        let and = usize::from(tokens.get(used).is_some_and(|token| token.is("and")));
        if let Some((rest, more)) = small_number(&tokens[(used + and).min(tokens.len())..])
            && rest > 0
        {
            value += rest;
            used += and + more;
        }
    }
    Some((Kind::Number, value, used))
}

/// "twenty first", "twenty-first".
fn tens_ordinal(tokens: &[Token]) -> Option<(Kind, (u32, usize))> {
    let tens = tens_word(&tokens.first()?.text)?;
    let dash = usize::from(tokens.get(1)?.is("-"));
    let unit = ordinal_word(&tokens.get(1 + dash)?.text)?;
    (unit < 10).then_some((Kind::Ordinal, (tens + unit, 2 + dash)))
}

fn small_number(tokens: &[Token]) -> Option<(u32, usize)> {
    let word = tokens
        .first()
        .filter(|token| token.kind == Kind::Word)?
        .text
        .as_str();
    if let Some(unit) = unit_word(word) {
        return Some((unit, 1));
    }
    let tens = tens_word(word)?;
    let dash = usize::from(
        tokens
            .get(1)
            .is_some_and(|token| token.is("-") && !token.spaced),
    );
    let unit = tokens
        .get(1 + dash)
        .and_then(|token| unit_word(&token.text));
    match unit {
        Some(unit @ 1..=9) => Some((tens + unit, 2 + dash)),
        Some(_) | None => Some((tens, 1)),
    }
}
