//! Dates and times of day, written out.

use super::numbers::{cardinal, ordinal, year};
use super::written::Word;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// `24 November`, `November 24, 2026`, `24/11/2026`, `2026-11-24`: what is said, and for how many words.
pub(super) fn date(words: &[Word<'_>], previous: Option<&str>) -> Option<(String, usize)> {
    if let Some((day, month, full_year)) = numeric_date(words[0].core) {
        return Some((told_date(day, month, full_year, previous), 1));
    }
    let second = words.get(1).filter(|_| words[0].joins())?;
    let (day, month) = match (day_of_month(words[0].core), month_named(words[0].core)) {
        (Some(day), _) => (day, month_named(second.core)?),
        (None, Some(month)) => (day_of_month(second.core)?, month),
        (None, None) => return None,
    };
    let full_year = words
        .get(2)
        .filter(|_| second.joins() || second.after == ",")
        .and_then(|word| year_written(word.core));
    let used = if full_year.is_some() { 3 } else { 2 };
    Some((told_date(day, month, full_year, previous), used))
}

/// `2026-11-24`, `24/11/2026`, `24.11.2026`.
fn numeric_date(written: &str) -> Option<(u64, usize, Option<u64>)> {
    let separator = ['-', '/', '.']
        .into_iter()
        .find(|c| written.matches(*c).count() == 2)?;
    let parts: Vec<u64> = written
        .split(separator)
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    let (day, month, full_year) = match (parts[0], parts[1], parts[2]) {
        (full_year @ 1000..=9999, month, day) if separator == '-' => (day, month, full_year),
        (day, month, full_year @ 1000..=9999) => (day, month, full_year),
        _ => return None,
    };
    let in_calendar = (1..=31).contains(&day) && (1..=12).contains(&month);
    in_calendar.then_some((day, month as usize, Some(full_year)))
}

fn told_date(day: u64, month: usize, full_year: Option<u64>, previous: Option<&str>) -> String {
    let article = match previous {
        Some(word) if word.eq_ignore_ascii_case("the") => "",
        Some(_) | None => "the ",
    };
    let mut told = format!("{article}{} of {}", ordinal(day), MONTHS[month - 1]);
    if let Some(full_year) = full_year {
        told.push(' ');
        told.push_str(&year(full_year));
    }
    told
}

fn day_of_month(written: &str) -> Option<u64> {
    let digits = written.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let suffix = &written[digits.len()..];
    let known = ["", "st", "nd", "rd", "th"].contains(&suffix.to_ascii_lowercase().as_str());
    let day: u64 = digits.parse().ok()?;
    (known && digits.len() <= 2 && (1..=31).contains(&day)).then_some(day)
}

/// 1 to 12; "May" and "march" in lower case are other words.
fn month_named(written: &str) -> Option<usize> {
    let named = MONTHS.iter().position(|month| {
        *month == written
            || (written.len() == 3 && month[..3] == *written)
            || (written == "Sept" && *month == "September")
    })?;
    Some(named + 1)
}

fn year_written(written: &str) -> Option<u64> {
    let number: u64 = written.parse().ok()?;
    (written.len() == 4 && (1800..=2199).contains(&number)).then_some(number)
}

/// `09:30`, `9.30 am`, `8:00-17:00`: what is said, and for how many words.
pub(super) fn clock_time(words: &[Word<'_>]) -> Option<(String, usize)> {
    let written = words[0].core;
    let (clock, suffix) = split_half_of_day(written);
    let joined = suffix.is_none() && words[0].joins();
    let next = words
        .get(1)
        .filter(|_| joined)
        .and_then(|word| half_of_day(word.core));
    let used = 1 + usize::from(next.is_some());
    let suffix = suffix.or(next);
    if let Some((from, until)) = clock.split_once(['-', '–']) {
        let (from, until) = (
            hour_and_minute(from, suffix.is_some())?,
            hour_and_minute(until, suffix.is_some())?,
        );
        let told = format!(
            "{} to {}",
            told_time(from, suffix),
            told_time(until, suffix)
        );
        return Some((told, used));
    }
    Some((
        told_time(hour_and_minute(clock, suffix.is_some())?, suffix),
        used,
    ))
}

fn split_half_of_day(written: &str) -> (&str, Option<&'static str>) {
    let digits = written
        .find(|c: char| c.is_ascii_alphabetic())
        .unwrap_or(written.len());
    match half_of_day(&written[digits..]) {
        Some(half) if digits > 0 => (&written[..digits], Some(half)),
        Some(_) | None => (written, None),
    }
}

fn half_of_day(written: &str) -> Option<&'static str> {
    match written.to_ascii_lowercase().as_str() {
        "am" | "a.m" => Some("ay m"),
        "pm" | "p.m" => Some("p m"),
        _ => None,
    }
}

/// `09:30`; with am or pm also `9.30` and `9`.
fn hour_and_minute(written: &str, half_told: bool) -> Option<(u64, u64)> {
    let separators: &[char] = if half_told { &[':', '.'] } else { &[':'] };
    let (hour, minute) = match written.split_once(separators) {
        Some((hour, minute)) if minute.len() == 2 => (hour, minute),
        None if half_told => (written, "0"),
        Some(_) | None => return None,
    };
    if hour.is_empty() || hour.len() > 2 || !hour.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (hour, minute) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then_some((hour, minute))
}

fn told_time((hour, minute): (u64, u64), half: Option<&str>) -> String {
    let half = match half {
        Some(half) => Some(half),
        None if hour > 12 => Some("p m"),
        None => None,
    };
    let told_hour = cardinal(match hour {
        0 => 12,
        13.. => hour - 12,
        other => other,
    });
    match (minute, half) {
        (0, None) if hour == 0 => "midnight".to_owned(),
        (0, None) => format!("{told_hour} o'clock"),
        (0, Some(half)) => format!("{told_hour} {half}"),
        (1..=9, None) => format!("{told_hour} oh {}", cardinal(minute)),
        (1..=9, Some(half)) => format!("{told_hour} oh {} {half}", cardinal(minute)),
        (_, None) => format!("{told_hour} {}", cardinal(minute)),
        (_, Some(half)) => format!("{told_hour} {} {half}", cardinal(minute)),
    }
}
