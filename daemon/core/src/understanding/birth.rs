//! Birth dates out of what the recogniser heard.
//!
//! Each hypothesis is read for itself; the first that is a whole, possible
//! birth date speaks. Nothing is completed by guessing.

use jiff::civil::Date;

use super::calendar;
use super::tokens::{self, Kind, Token};

/// Nobody is older than this at a kiosk (the oldest documented age is 122 years).
const OLDEST_YEARS: i16 = 122;

/// About one in ten thousand is older than this.
const SELDOM_OLDER_YEARS: i16 = 99;

/// The birth date that was said.
pub(super) fn birth_date(hypotheses: &[String], today: Date) -> Option<Date> {
    let possible = |date: &Date| *date <= today && date.year() >= today.year() - OLDEST_YEARS;
    let mut votes: Vec<(Date, u32)> = Vec::new();
    for (rank, text) in hypotheses.iter().take(10).enumerate() {
        let Some((date, trust)) = one(text, today).filter(|(date, _)| possible(date)) else {
            continue;
        };
        // Of "1919" and "1990", which sound alike, another reading may be the likelier one.
        let old = date.year() < today.year() - SELDOM_OLDER_YEARS;
        let trust = if old { trust / 2 } else { trust };
        let weight = trust * 10 / (u32::try_from(rank).unwrap_or(9) + 2);
        match votes.iter_mut().find(|(known, _)| *known == date) {
            Some((_, votes)) => *votes += weight,
            None => votes.push((date, weight)),
        }
    }
    // The first of equals: hypotheses come best first.
    votes
        .iter()
        .rev()
        .max_by_key(|(_, weight)| *weight)
        .map(|(date, _)| *date)
}

fn one(text: &str, today: Date) -> Option<(Date, u32)> {
    let tokens = tokens::tokens(text);
    // A named month with an impossible day is not read again as figures.
    if tokens
        .iter()
        .any(|token| calendar::month(&token.text).is_some())
    {
        return worded(&tokens, today).map(|date| (date, 4));
    }
    figures(&tokens, today).map(|date| (date, 2))
}

/// With the month as a word, in any order.
fn worded(tokens: &[Token], today: Date) -> Option<Date> {
    let (place, month) = tokens
        .iter()
        .enumerate()
        .rev()
        .find_map(|(at, token)| Some((at, calendar::month(&token.text)?)))?;
    let number = |token: &Token| token.ordinal().or_else(|| token.number());
    let before = tokens[..place]
        .iter()
        .rev()
        .take(4)
        .find_map(number)
        .filter(|day| (1..=31).contains(day));
    let mut next = place + 1;
    let day = match before {
        Some(day) => day,
        None => {
            next += usize::from(tokens.get(next).is_some_and(|token| token.is("the")));
            let day = tokens
                .get(next)
                .and_then(number)
                .filter(|day| (1..=31).contains(day))?;
            next += 1;
            day
        }
    };
    let year = year(&tokens[next.min(tokens.len())..], today)?;
    Date::new(year, month, i8::try_from(day).ok()?).ok()
}

/// A year out of what follows: "1985", "nineteen eighty five", "1980 5", "85".
fn year(tokens: &[Token], today: Date) -> Option<i16> {
    let numbers: Vec<&Token> = tokens
        .iter()
        .filter(|token| {
            matches!(token.kind, Kind::Number | Kind::Ordinal) || spoken_digit(token).is_some()
        })
        .collect();
    let value = |at: usize| {
        numbers
            .get(at)
            .map(|token| spoken_digit(token).unwrap_or(token.value))
    };
    let first = value(0)?;
    let year = match (first, value(1)) {
        (1900..=2099, Some(unit @ 1..=9)) if first % 10 == 0 => first + unit,
        (2000, Some(rest @ 10..=29)) => 2000 + rest,
        (1900, Some(rest @ 10..=99)) => 1900 + rest,
        (1900..=2099, _) => first,
        (19 | 20, Some(rest @ 10..=99)) => {
            let unit = value(2)
                .filter(|unit| rest % 10 == 0 && (1..=9).contains(unit))
                .unwrap_or(0);
            first * 100 + rest + unit
        }
        (19 | 20, Some(rest @ 0..=9)) => {
            let unit = value(2).filter(|unit| *unit <= 9);
            unit.map_or(first * 100 + rest, |unit| first * 100 + rest * 10 + unit)
        }
        (tens @ 30..=99, Some(unit @ 1..=9)) if tens % 10 == 0 => 1900 + tens + unit,
        (0..=99, _) => two_digit_year(first, today),
        (20000..=20099, _) => 2000 + first % 100,
        (19000..=19099, _) => 1900 + first % 100,
        (19100..=20999, _) if first % 10 <= 9 && (first / 10) % 10 == 0 => {
            first / 100 * 10 + first % 10
        }
        _ => return None,
    };
    i16::try_from(year).ok()
}

fn spoken_digit(token: &Token) -> Option<u32> {
    match token.text.as_str() {
        "to" | "too" => Some(2),
        "for" => Some(4),
        "o" | "oh" => Some(0),
        _ => None,
    }
}

fn two_digit_year(value: u32, today: Date) -> u32 {
    let now = u32::try_from(today.year()).unwrap_or(2000);
    let here = now / 100 * 100 + value;
    if here > now {
        here.saturating_sub(100)
    } else {
        here
    }
}

/// All in figures: day, month, year; the year's digits last.
fn figures(tokens: &[Token], today: Date) -> Option<Date> {
    let mut digits = String::new();
    let mut groups: Vec<String> = Vec::new();
    for token in tokens {
        let text = match (token.kind, spoken_digit(token)) {
            (Kind::Number | Kind::Ordinal, _) if token.digits > 0 => {
                token.text.trim_end_matches(char::is_alphabetic).to_owned()
            }
            (Kind::Number | Kind::Ordinal, _) => token.value.to_string(),
            (_, Some(digit)) if token.text != "to" || !groups.is_empty() => digit.to_string(),
            (Kind::Word | Kind::Mark, _) => continue,
        };
        digits.push_str(&text);
        groups.push(text);
    }
    let build = |day: u32, month: u32, year: u32| {
        Date::new(
            i16::try_from(year).ok()?,
            i8::try_from(month).ok()?,
            i8::try_from(day).ok()?,
        )
        .ok()
    };
    let number = |at: usize| groups.get(at).and_then(|group| group.parse::<u32>().ok());
    if groups.len() >= 3
        && let (Some(day @ 1..=31), Some(month @ 1..=12)) = (number(0), number(1))
    {
        let rest: Vec<&Token> = tokens
            .iter()
            .filter(|t| matches!(t.kind, Kind::Number | Kind::Ordinal))
            .skip(2)
            .collect();
        let rest: Vec<Token> = rest.into_iter().cloned().collect();
        if let Some(date) =
            year(&rest, today).and_then(|year| build(day, month, u32::try_from(year).ok()?))
        {
            return Some(date);
        }
    }
    packed(&digits, build)
}

fn packed(digits: &str, build: impl Fn(u32, u32, u32) -> Option<Date>) -> Option<Date> {
    let part =
        |range: std::ops::Range<usize>| digits.get(range).and_then(|part| part.parse::<u32>().ok());
    match digits.len() {
        8 => build(part(0..2)?, part(2..4)?, part(4..8)?)
            .or_else(|| build(part(6..8)?, part(4..6)?, part(0..4)?)),
        7 => build(part(0..1)?, part(1..3)?, part(3..7)?)
            .or_else(|| build(part(0..2)?, part(2..3)?, part(3..7)?)),
        6 if matches!(part(2..4), Some(19 | 20)) => build(part(0..1)?, part(1..2)?, part(2..6)?),
        9 | 10 => {
            // A digit heard twice ("01107 2012"): the year's four are the last, day and month begin and end the rest.
            let head = digits.len() - 4;
            let year = part(head..head + 4).filter(|year| (1900..2100).contains(year))?;
            build(part(0..2)?, part(head - 2..head)?, year)
        }
        _ => None,
    }
}
