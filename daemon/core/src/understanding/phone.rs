//! Phone numbers as dictated: "oh two four, double five…", pairs, corrections.
//!
//! A number is answered whole and valid or not at all: a wrong digit would send
//! somebody else the patient's messages.

use super::tokens::{self, Kind, Token};

/// A country whose numbers are understood without a country code.
struct Plan {
    region: &'static str,
    code: &'static str,
    /// Digits after the trunk zero.
    digits: usize,
    /// How those digits may begin (ITU and regulator numbering plans).
    begins: &'static [&'static str],
}

/// Ghana: NCA numbering plan (mobile 02x/05x, fixed 03x). Nigeria: NCC plan (mobile 070/080/081/090/091).
const PLANS: [Plan; 2] = [
    Plan {
        region: "GH",
        code: "233",
        digits: 9,
        begins: &[
            "20", "23", "24", "25", "26", "27", "28", "29", "30", "31", "32", "33", "34", "35",
            "37", "38", "39", "50", "53", "54", "55", "56", "57", "59",
        ],
    },
    Plan {
        region: "NG",
        code: "234",
        digits: 10,
        begins: &["70", "80", "81", "90", "91"],
    },
];

/// What a stretch of speech gave.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Digits(String),
    Double(usize),
    Correct,
    Plus,
    Break,
}

/// The number, in E.164, that the text says as a whole.
pub fn phone(text: &str, regions: &[String]) -> Option<String> {
    let pieces = pieces(&tokens::raw_tokens(text));
    let (plus, runs) = runs(&pieces);
    candidates(&runs)
        .into_iter()
        .find_map(|digits| valid(&digits, plus, regions))
}

fn pieces(tokens: &[Token]) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        at += 1;
        let word = token.text.as_str();
        let tens = tokens::tens_word(word);
        let piece = match token.kind {
            Kind::Number if token.digits > 0 => Piece::Digits(token.text.clone()),
            Kind::Mark if word == "+" => Piece::Plus,
            Kind::Mark => continue,
            Kind::Word | Kind::Number | Kind::Ordinal => match word {
                "plus" => Piece::Plus,
                "double" | "dabul" => Piece::Double(2),
                "triple" | "treble" => Piece::Double(3),
                "oh" | "o" | "nought" | "naught" | "nil" => Piece::Digits("0".into()),
                "sorry" | "no" | "wait" | "actually" | "correction" | "mean" | "rather" => {
                    Piece::Correct
                }
                "hundred" => Piece::Digits("00".into()),
                "for" | "to" | "too" if digit_after(&out) && next_is_digit(tokens, at) => {
                    Piece::Digits(if word == "for" { "4" } else { "2" }.into())
                }
                _ => match (tens, tokens::unit_word(word)) {
                    (Some(tens), _) => {
                        let dash = usize::from(tokens.get(at).is_some_and(|t| t.is("-")));
                        match tokens
                            .get(at + dash)
                            .and_then(|t| tokens::unit_word(&t.text))
                        {
                            Some(unit @ 1..=9) => {
                                at += dash + 1;
                                Piece::Digits((tens + unit).to_string())
                            }
                            Some(_) | None => Piece::Digits(tens.to_string()),
                        }
                    }
                    (None, Some(unit)) => Piece::Digits(unit.to_string()),
                    (None, None) => Piece::Break,
                },
            },
        };
        out.push(piece);
    }
    out
}

fn digit_after(out: &[Piece]) -> bool {
    matches!(out.last(), Some(Piece::Digits(_)))
}

fn next_is_digit(tokens: &[Token], at: usize) -> bool {
    tokens.get(at).is_some_and(|token| {
        token.kind == Kind::Number
            || tokens::unit_word(&token.text).is_some()
            || tokens::tens_word(&token.text).is_some()
            || token.any(&["double", "triple", "oh", "o"])
    })
}

/// Groups of digits, in order; `None` marks a correction.
fn runs(pieces: &[Piece]) -> (bool, Vec<Option<Vec<String>>>) {
    let mut plus = false;
    let mut runs: Vec<Option<Vec<String>>> = vec![Some(Vec::new())];
    let mut times = 1;
    for piece in pieces {
        match piece {
            Piece::Plus => plus = true,
            Piece::Double(count) => times = *count,
            Piece::Correct => {
                let started = runs.iter().flatten().any(|run| !run.is_empty());
                if started && runs.last().is_some_and(Option::is_some) {
                    runs.push(None);
                }
            }
            Piece::Break => times = 1,
            Piece::Digits(digits) => {
                let said = match (times, digits.chars().next()) {
                    (2.., Some(first)) => {
                        let mut said = first.to_string().repeat(times);
                        said.push_str(&digits[1..]);
                        said
                    }
                    _ => digits.clone(),
                };
                times = 1;
                if let Some(Some(run)) = runs.last_mut() {
                    run.push(said);
                } else {
                    runs.push(Some(vec![said]));
                }
            }
        }
    }
    (plus, runs)
}

/// Readings of what was said before and after "sorry": the new digits stand for
/// as many of the last, or the whole number is said again.
fn candidates(runs: &[Option<Vec<String>>]) -> Vec<String> {
    let parts: Vec<&Vec<String>> = runs
        .iter()
        .flatten()
        .filter(|run| !run.is_empty())
        .collect();
    let Some((first, rest)) = parts.split_first() else {
        return Vec::new();
    };
    let mut digits: String = first.concat();
    for part in rest {
        let new = part.concat();
        if new.len() >= 9 {
            digits = new;
            continue;
        }
        // "… five sorry, nine …": the digit said wrong is the last one.
        let keep = digits.len()
            - part
                .first()
                .map_or(0, |group| group.len().min(digits.len()));
        digits.truncate(keep);
        digits.push_str(&new);
    }
    vec![digits]
}

fn valid(digits: &str, plus: bool, regions: &[String]) -> Option<String> {
    if plus || digits.starts_with("00") {
        let digits = digits.trim_start_matches("00");
        return PLANS.iter().find_map(|plan| {
            let national = digits.strip_prefix(plan.code)?;
            let national = national
                .strip_prefix('0')
                .filter(|rest| rest.len() == plan.digits)
                .unwrap_or(national);
            plan.e164(national)
        });
    }
    regions.iter().find_map(|region| {
        let plan = PLANS.iter().find(|plan| plan.region == region)?;
        match digits.strip_prefix('0') {
            Some(national) => plan.e164(national),
            None => plan.e164(digits.strip_prefix(plan.code)?),
        }
    })
}

impl Plan {
    fn e164(&self, national: &str) -> Option<String> {
        (national.len() == self.digits
            && self.begins.iter().any(|begin| national.starts_with(begin)))
        .then(|| format!("+{}{national}", self.code))
    }
}
