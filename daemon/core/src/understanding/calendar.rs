//! Days as people say them: "next tomorrow", "Friday week", "the 5th of May".
//!
//! Reads one day or span of days at one place, as seen from today. How several
//! of them combine is decided in `when`.

use jiff::civil::{Date, Weekday};

use super::tokens::{Kind, Token};
use crate::clinic::holidays::easter;

/// A day, or several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Days {
    pub from: Date,
    pub to: Date,
    /// May mean another day.
    pub unsure: bool,
}

impl Days {
    fn one(day: Date) -> Self {
        Self {
            from: day,
            to: day,
            unsure: false,
        }
    }
}

/// `date` moved by days; the date itself at the end of time.
pub(super) fn plus(date: Date, days: i64) -> Date {
    let span = jiff::Span::new().try_days(days).ok();
    span.and_then(|span| date.checked_add(span).ok())
        .unwrap_or(date)
}

/// A day or span of days at `at`, and the place after it.
pub(super) fn days_at(tokens: &[Token], at: usize, today: Date) -> Option<(Days, usize)> {
    upcoming(tokens, at, today)
        .or_else(|| weekday_beside(tokens, at, today))
        .or_else(|| counted(tokens, at, today))
        .or_else(|| relative(tokens, at, today))
        .or_else(|| feast(tokens, at, today))
        .or_else(|| numeric(tokens, at, today))
        .or_else(|| weekday_led(tokens, at, today))
        .or_else(|| month_day(tokens, at, today))
        .or_else(|| span(tokens, at, today))
}

fn word(tokens: &[Token], at: usize) -> &str {
    tokens
        .get(at)
        .filter(|token| token.kind != Kind::Number)
        .map_or("", |token| token.text.as_str())
}

pub(super) fn weekday(word: &str) -> Option<Weekday> {
    Some(match word {
        "monday" | "mon" | "mondays" | "monday's" => Weekday::Monday,
        "tuesday" | "tue" | "tues" | "tuesdays" | "tuesday's" => Weekday::Tuesday,
        "wednesday" | "wed" | "weds" | "wednesdays" | "wednesday's" | "wensday" => {
            Weekday::Wednesday
        }
        "thursday" | "thu" | "thur" | "thurs" | "thursdays" | "thursday's" => Weekday::Thursday,
        "friday" | "fri" | "fridays" | "friday's" => Weekday::Friday,
        "saturday" | "sat" | "saturdays" | "saturday's" => Weekday::Saturday,
        "sunday" | "sun" | "sundays" | "sunday's" => Weekday::Sunday,
        _ => return None,
    })
}

/// 1 to 12.
pub(super) fn month(word: &str) -> Option<i8> {
    Some(match word {
        "january" | "jan" => 1,
        "february" | "feb" | "febuary" => 2,
        "march" | "mar" => 3,
        "april" | "apr" => 4,
        "may" => 5,
        "june" | "jun" => 6,
        "july" | "jul" => 7,
        "august" | "aug" => 8,
        "september" | "sep" | "sept" => 9,
        "october" | "oct" => 10,
        "november" | "nov" => 11,
        "december" | "dec" => 12,
        _ => return None,
    })
}

fn count(tokens: &[Token], at: usize) -> Option<(i64, usize)> {
    let token = tokens.get(at)?;
    if let Some(value) = token.number() {
        return (value <= 1000).then_some((i64::from(value), at + 1));
    }
    match token.text.as_str() {
        "a" | "an" if word(tokens, at + 1) == "couple" => {
            Some((2, at + 2 + usize::from(word(tokens, at + 2) == "of")))
        }
        "couple" => Some((2, at + 1 + usize::from(word(tokens, at + 1) == "of"))),
        "a" | "an" => Some((1, at + 1)),
        _ => None,
    }
}

/// "in 3 days", "two weeks from tomorrow", "a week on Tuesday", "a fortnight".
fn counted(tokens: &[Token], at: usize, today: Date) -> Option<(Days, usize)> {
    let led = matches!(word(tokens, at), "in" | "after" | "within");
    let begin = at + usize::from(led);
    let (number, next) = match word(tokens, begin) {
        "fortnight" => (1, begin),
        _ => count(tokens, begin)?,
    };
    let unit = word(tokens, next);
    if let Some(day) = weekday(unit)
        && unit.ends_with('s')
        && (led || word(tokens, next + 1) == "from")
    {
        let first = next_weekday(today, day);
        let end = if word(tokens, next + 2) == "now" {
            next + 3
        } else {
            next + 1
        };
        return (1..60)
            .contains(&number)
            .then(|| (Days::one(plus(first, 7 * (number - 1))), end));
    }
    let days = match unit.trim_end_matches('\'') {
        "day" | "days" => number,
        "week" | "weeks" | "wks" => number * 7,
        "fortnight" | "fortnights" => number * 14,
        "month" | "months" => {
            let end = months_end(tokens, next + 1, led)?;
            return Some((Days::one(plus_months(today, number)), end));
        }
        _ => return None,
    };
    let after = next + 1 + usize::from(word(tokens, next + 1) == "away");
    let (base, end) = match word(tokens, after) {
        "hence" | "later" | "time" => (today, after + 1),
        "today" => (today, after + 1),
        "from" | "after" | "on" => match days_at_simple(tokens, after + 1, today) {
            Some((base, end)) => (base, end),
            None if word(tokens, after) == "from" && word(tokens, after + 1) == "now" => {
                (today, after + 2)
            }
            None if led => (today, after),
            None => return None,
        },
        _ if led => (today, after),
        other => match weekday(other) {
            Some(day) if unit.starts_with("week") => (next_weekday(today, day), after + 1),
            Some(_) | None => return None,
        },
    };
    Some((Days::one(plus(base, days)), end))
}

const SOON: [&str; 4] = ["upcoming", "next", "coming", "following"];

/// Whether these words, read as one day, mean all days until then.
pub(super) fn is_until(words: &[Token]) -> bool {
    let counts = words.iter().any(|token| token.kind == Kind::Number);
    let soon = words.iter().any(|token| token.any(&SOON));
    counts
        && soon
        && words
            .last()
            .is_some_and(|token| token.any(&["day", "days", "week", "weeks"]))
}

/// "the upcoming two days", "the next three weeks": the last of these days.
fn upcoming(tokens: &[Token], at: usize, today: Date) -> Option<(Days, usize)> {
    let first = at + usize::from(word(tokens, at) == "the");
    let soon = |at: usize| SOON.contains(&word(tokens, at));
    let (number, next) = if soon(first) {
        count(tokens, first + 1).filter(|_| tokens[first + 1].number().is_some())?
    } else {
        let (number, next) = count(tokens, first)?;
        (number, soon(next).then_some(next + 1)?)
    };
    let days = match word(tokens, next) {
        "day" | "days" => number,
        "week" | "weeks" => 7 * number,
        _ => return None,
    };
    Some((Days::one(plus(today, days)), next + 1))
}

/// "the first Tuesday in October", "the last Friday of this month", "the second Monday
/// before May 25", "the Monday after next Wednesday".
fn weekday_beside(tokens: &[Token], at: usize, today: Date) -> Option<(Days, usize)> {
    let on = at + usize::from(word(tokens, at) == "on");
    let mut next = on + usize::from(word(tokens, on) == "the");
    let (nth, counts) = match tokens.get(next)? {
        token if token.any(&["last", "final"]) => (-1, true),
        token => match token.ordinal().or_else(|| token.number()) {
            Some(nth) => (i64::from(nth), true),
            None => (1, false),
        },
    };
    next += usize::from(counts);
    let day = weekday(word(tokens, next))?;
    next += 1;
    if !(nth == -1 || (1..=9).contains(&nth)) {
        return None;
    }
    match word(tokens, next) {
        "of" | "in" if counts => {
            let (month, end) = span(tokens, next + 1, today)?;
            let first = month.from.first_of_month();
            let nth = if nth == -1 {
                plus(next_weekday(plus(first.last_of_month(), 1), day), -7)
            } else {
                plus(next_weekday(plus(first, -1), day), 7 * (nth - 1))
            };
            let whole_month = month.to == first.last_of_month() && nth.month() == first.month();
            whole_month.then_some((Days::one(nth), end))
        }
        "after"
            if nth > 0 && word(tokens, next + 1) != "next"
                || weekday(word(tokens, next + 2)).is_some() =>
        {
            let (date, end) = days_at_simple(tokens, next + 1, today)?;
            Some((Days::one(plus(next_weekday(date, day), 7 * (nth - 1))), end))
        }
        "before" if nth > 0 => {
            let (date, end) = days_at_simple(tokens, next + 1, today)?;
            Some((
                Days::one(plus(next_weekday(plus(date, -1), day), -7 * nth)),
                end,
            ))
        }
        _ => None,
    }
}

fn months_end(tokens: &[Token], at: usize, led: bool) -> Option<usize> {
    match word(tokens, at) {
        "hence" | "later" | "time" | "months'" => Some(at + 1),
        "from" if word(tokens, at + 1) == "now" => Some(at + 2),
        _ => led.then_some(at),
    }
}

fn plus_months(date: Date, months: i64) -> Date {
    jiff::Span::new()
        .try_months(months)
        .ok()
        .and_then(|span| date.checked_add(span).ok())
        .unwrap_or(date)
}

fn days_at_simple(tokens: &[Token], at: usize, today: Date) -> Option<(Date, usize)> {
    let (days, end) = relative(tokens, at, today)
        .or_else(|| weekday_led(tokens, at, today))
        .or_else(|| month_day(tokens, at, today))?;
    Some((days.from, end))
}

/// "today", "tomorrow", "next tomorrow", "the day after tomorrow".
fn relative(tokens: &[Token], at: usize, today: Date) -> Option<(Days, usize)> {
    let first = at + usize::from(word(tokens, at) == "the");
    let phrase = |offset: i64, used: usize| Some((Days::one(plus(today, offset)), first + used));
    match (
        word(tokens, first),
        word(tokens, first + 1),
        word(tokens, first + 2),
    ) {
        ("day", "after", "tomorrow" | "tmrw" | "tmr") => phrase(2, 3),
        ("day", "after", "next") => phrase(2, 3),
        ("day", "before", "yesterday") => phrase(-2, 3),
        ("next", "tomorrow", _) => phrase(2, 2),
        ("next", "day", _) => phrase(1, 2),
        ("later", "today", _) => phrase(0, 2),
        ("today" | "todays" | "today's" | "2day", ..) => phrase(0, 1),
        (
            "tomorrow" | "tomorrows" | "tomorow" | "tommorow" | "tommorrow" | "tmr" | "tmrw"
            | "tomoro" | "tomorrow's" | "morrow",
            ..,
        ) => phrase(1, 1),
        ("yesterday" | "yesterday's", ..) => phrase(-1, 1),
        _ => None,
    }
}

/// "Christmas", "Boxing Day", "New Year's Eve", "Easter Monday": the next one.
fn feast(tokens: &[Token], at: usize, today: Date) -> Option<(Days, usize)> {
    let first = at + usize::from(word(tokens, at) == "the");
    let (month, day, used) = match (
        word(tokens, first),
        word(tokens, first + 1),
        word(tokens, first + 2),
    ) {
        ("christmas" | "xmas", "eve", _) => (12, 24, 2),
        ("christmas" | "xmas", "day", _) => (12, 25, 2),
        ("christmas" | "xmas", ..) => (12, 25, 1),
        ("boxing", "day", _) => (12, 26, 2),
        ("new", "year's" | "years" | "year", "eve") => (12, 31, 3),
        ("new", "year's" | "years" | "year", "day") => (1, 1, 3),
        ("easter", "monday", _) => return next_easter(today, 1).map(|day| (day, first + 2)),
        ("easter", "sunday", _) => return next_easter(today, 0).map(|day| (day, first + 2)),
        ("easter", ..) => return next_easter(today, 0).map(|day| (day, first + 1)),
        _ => return None,
    };
    let on = |year| Date::new(year, month, day).ok();
    let this = on(today.year()).filter(|date| *date >= today);
    let date = this.or_else(|| on(today.year() + 1))?;
    Some((Days::one(date), first + used))
}

/// The next day that lies `after` days after Easter.
fn next_easter(today: Date, after: i64) -> Option<Days> {
    (today.year()..=today.year() + 1)
        .filter_map(easter)
        .map(|easter| plus(easter, after))
        .find(|day| *day >= today)
        .map(Days::one)
}

/// The first such day after `after`.
pub(super) fn next_weekday(after: Date, day: Weekday) -> Date {
    let ahead = i64::from(
        (day.to_monday_zero_offset() - after.weekday().to_monday_zero_offset()).rem_euclid(7),
    );
    plus(after, if ahead == 0 { 7 } else { ahead })
}

fn monday_of(day: Date) -> Date {
    plus(day, -i64::from(day.weekday().to_monday_zero_offset()))
}

fn in_week(monday: Date, day: Weekday) -> Date {
    plus(monday, i64::from(day.to_monday_zero_offset()))
}

/// "Friday", "this Friday coming", "next Monday", "Tuesday next week", "Friday the 12th of May".
fn weekday_led(tokens: &[Token], at: usize, today: Date) -> Option<(Days, usize)> {
    let mut begin = at;
    let (mut this, mut next_week, mut past) = (false, false, false);
    for _ in 0..4 {
        match word(tokens, begin) {
            "this" | "coming" | "upcoming" | "forthcoming" => this = true,
            "next" | "following" => next_week = true,
            "last" | "past" => past = true,
            "the" | "on" => {}
            _ => break,
        }
        begin += 1;
    }
    // "next week Tuesday"
    let week_first = next_week && word(tokens, begin) == "week";
    if week_first {
        begin += 1;
        begin += usize::from(matches!(word(tokens, begin), "on" | ","));
    }
    let name = word(tokens, begin);
    let day = weekday(name)?;
    let mut end = begin + 1;
    end += usize::from(
        word(tokens, end) == "."
            && matches!(name, "mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun"),
    );
    let comma = end + usize::from(word(tokens, end) == ",");
    if let Some((exact, after)) = month_day(tokens, comma, today).filter(|_| !week_first) {
        let unsure = exact.from.weekday() != day;
        return Some((Days { unsure, ..exact }, after));
    }
    if word(tokens, end) == "coming" {
        this = true;
        end += 1;
    }
    let upcoming = next_weekday(today, day);
    let following = in_week(plus(monday_of(today), 7), day);
    let tail = (
        word(tokens, end),
        word(tokens, end + 1),
        word(tokens, end + 2),
        word(tokens, end + 3),
    );
    let plain = |date: Date, end: usize| Some((Days::one(date), end));
    match tail {
        ("next", "week", ..) => return plain(following, end + 2),
        ("of" | "in", "next", "week", _) => return plain(following, end + 3),
        ("of", "the", "following", "week") => return plain(following, end + 4),
        ("of", "the", "week", "after") => return plain(plus(following, 7), end + 5),
        ("this", "week", ..) => return plain(in_week(monday_of(today), day), end + 2),
        ("of" | "in", "this", "week", _) => return plain(in_week(monday_of(today), day), end + 3),
        ("after", "next", ..) => return plain(plus(upcoming, 7), end + 2),
        ("in", "a", "week", _) => return plain(plus(upcoming, 7), end + 3),
        ("in", "", "weeks", _) => {
            let weeks = tokens.get(end + 1)?.number().filter(|weeks| *weeks < 60)?;
            return plain(plus(upcoming, 7 * i64::from(weeks)), end + 3);
        }
        ("week", ..) if word(tokens, end + 1) != "end" => return plain(plus(upcoming, 7), end + 1),
        _ => {}
    }
    let same_day = day == today.weekday();
    Some((
        match (past, next_week && !this, this) {
            (true, ..) => Days::one(plus(upcoming, -7)),
            (_, true, _) => Days {
                unsure: following != upcoming && !week_first,
                ..Days::one(following)
            },
            (_, _, true) => Days {
                unsure: same_day,
                ..Days::one(upcoming)
            },
            (false, false, false) => Days {
                unsure: same_day,
                ..Days::one(upcoming)
            },
        },
        end,
    ))
}

/// A year written or said ("2026", "twenty twenty six").
pub(super) fn year_at(tokens: &[Token], at: usize) -> Option<(i16, usize)> {
    let value = tokens.get(at)?.number()?;
    let year = |year: u32, end: usize| i16::try_from(year).ok().map(|year| (year, end));
    if (1900..=2100).contains(&value) {
        return year(value, at + 1);
    }
    if matches!(value, 19 | 20) && tokens.get(at)?.digits == 0 {
        let rest = tokens.get(at + 1)?.number()?;
        return (10..=99)
            .contains(&rest)
            .then(|| year(value * 100 + rest, at + 2))?;
    }
    None
}

/// "the 5th", "5th of May", "May 5", "the fifth of this month", with or without a year.
fn month_day(tokens: &[Token], at: usize, today: Date) -> Option<(Days, usize)> {
    let the = usize::from(word(tokens, at) == "the");
    let first = at + the;
    if let Some(month) = month(word(tokens, first)) {
        let mut next = first + 1;
        next +=
            usize::from(word(tokens, next) == "." && !tokens.get(next).is_some_and(|t| t.spaced));
        next += usize::from(matches!(word(tokens, next), "the" | ","));
        let token = tokens.get(next)?;
        let day = token
            .ordinal()
            .or_else(|| token.number().filter(|_| token.digits <= 2))?;
        let clock = tokens
            .get(next + 1)
            .is_some_and(|t| t.any(&[":", "am", "pm"]) && !t.is(","));
        if clock {
            return None;
        }
        return dated(tokens, next + 1, day, month, today);
    }
    let token = tokens.get(first)?;
    let day = token
        .ordinal()
        .or_else(|| token.number())
        .filter(|day| (1..=31).contains(day))?;
    let mut next = first + 1;
    next += usize::from(word(tokens, next) == "day");
    let of = usize::from(matches!(word(tokens, next), "of" | "in" | "-"));
    let the_two = usize::from(of == 1 && word(tokens, next + 1) == "the");
    if let Some(month) = month(word(tokens, next + of)) {
        return dated(tokens, next + of + 1, day, month, today);
    }
    let shift = match (
        word(tokens, next + of + the_two),
        word(tokens, next + of + the_two + 1),
    ) {
        ("this", "month") => Some(0),
        ("next" | "following", "month") => Some(1),
        _ => None,
    };
    if let Some(shift) = shift {
        let first_of = plus_months(today.first_of_month(), shift);
        let date = Date::new(first_of.year(), first_of.month(), i8::try_from(day).ok()?).ok()?;
        return Some((Days::one(date), next + of + the_two + 2));
    }
    let figure = the == 1
        && token.digits > 0
        && tokens
            .get(next)
            .is_none_or(|t| t.kind == Kind::Mark && !t.is(":"));
    if token.ordinal().is_none() && !figure {
        return None;
    }
    let led = the == 1
        || (at > 0
            && tokens[at - 1].any(&[
                "on", "for", "by", "before", "after", "until", "to", "from", "about", "next",
            ]));
    // "the first one": "one" is a number to the tokens.
    let one = tokens.get(next).is_some_and(|token| token.text == "one");
    let unit = one
        || matches!(
            word(tokens, next),
            "time" | "option" | "choice" | "floor" | "visit" | "name"
        );
    let street = matches!(
        word(tokens, next),
        "street" | "st" | "avenue" | "ave" | "road" | "thought"
    );
    if unit || street || !(led || at == 0) || (day <= 3 && token.digits == 0 && the == 0) {
        return None;
    }
    let base = (0..3).find_map(|ahead| {
        let first_of = plus_months(today.first_of_month(), ahead);
        Date::new(first_of.year(), first_of.month(), i8::try_from(day).ok()?)
            .ok()
            .filter(|date| *date >= today)
    })?;
    Some((Days::one(base), next))
}

/// Day and month are known; the year is said, or the next that has them.
fn dated(tokens: &[Token], next: usize, day: u32, month: i8, today: Date) -> Option<(Days, usize)> {
    let day = i8::try_from(day).ok()?;
    let comma = next + usize::from(word(tokens, next) == ",");
    if let Some((year, end)) = year_at(tokens, comma) {
        return Date::new(year, month, day)
            .ok()
            .map(|date| (Days::one(date), end));
    }
    let date = (0..8).find_map(|ahead| {
        Date::new(today.year().checked_add(ahead)?, month, day)
            .ok()
            .filter(|date| *date >= today)
    })?;
    Some((Days::one(date), next))
}

/// "2026-05-14", "14/5", "14.5.2026": day before month, unless that is no date.
fn numeric(tokens: &[Token], at: usize, today: Date) -> Option<(Days, usize)> {
    let part = |offset: usize| {
        tokens
            .get(at + offset)
            .filter(|t| t.digits > 0)
            .and_then(Token::number)
    };
    let mark = word(tokens, at + 1);
    if !matches!(mark, "/" | "-" | ".") {
        return None;
    }
    let (first, second) = (part(0)?, part(2)?);
    let third = if word(tokens, at + 3) == mark {
        part(4)
    } else {
        None
    };
    let build = |year: u32, month: u32, day: u32| {
        Date::new(
            i16::try_from(year).ok()?,
            i8::try_from(month).ok()?,
            i8::try_from(day).ok()?,
        )
        .ok()
    };
    if let Some(third) = third {
        if tokens[at].digits == 4 {
            return build(first, second, third).map(|date| (Days::one(date), at + 5));
        }
        let year = if third < 100 { 2000 + third } else { third };
        let date = build(year, second, first).or_else(|| build(year, first, second))?;
        return Some((
            Days {
                unsure: first <= 12 && second <= 12 && first != second,
                ..Days::one(date)
            },
            at + 5,
        ));
    }
    let clock = tokens
        .get(at + 3)
        .is_some_and(|t| t.any(&["am", "pm", "a", "p", ":"]));
    if clock || mark == "." || (mark == "-" && first <= 12 && second <= 12) {
        return None;
    }
    let (day, month) = if second <= 12 {
        (first, second)
    } else {
        (second, first)
    };
    let (days, _) = dated(
        &[],
        0,
        day,
        i8::try_from(month).ok().filter(|m| *m <= 12)?,
        today,
    )?;
    Some((
        Days {
            unsure: first <= 12 && second <= 12,
            ..days
        },
        at + 3,
    ))
}

/// "next week", "this weekend", "in May", "the week after next", "the end of the month".
fn span(tokens: &[Token], at: usize, today: Date) -> Option<(Days, usize)> {
    let the = usize::from(matches!(word(tokens, at), "the" | "in"));
    let first = at + the;
    let monday = monday_of(today);
    let of = |from: Date, to: Date, used: usize| {
        Some((
            Days {
                from,
                to,
                unsure: false,
            },
            first + used,
        ))
    };
    let week = |ahead: i64, used: usize| {
        let from = plus(monday, 7 * ahead);
        of(from.max(today), plus(from, 6), used)
    };
    match (
        word(tokens, first),
        word(tokens, first + 1),
        word(tokens, first + 2),
    ) {
        ("week", "after", "next") => week(2, 3),
        ("week", "after", _) if word(tokens, at) == "the" => week(1, 2),
        ("next" | "following" | "coming", "week", tail) if tail != "end" => week(1, 2),
        ("this" | "current", "week", tail) if tail != "end" && tail != "-" => week(0, 2),
        ("this" | "the" | "coming", "weekend", _) => weekend(monday, 0, first + 2),
        ("next", "weekend", _) => weekend(monday, 7, first + 2),
        ("weekend", ..) => weekend(monday, 0, first + 1),
        ("this", "week", "end") => weekend(monday, 0, first + 3),
        ("this", "week", "-") if word(tokens, first + 3) == "end" => weekend(monday, 0, first + 4),
        ("next", "month", _) => {
            let from = plus_months(today.first_of_month(), 1);
            of(from, from.last_of_month(), 2)
        }
        ("this", "month", _) => of(today, today.last_of_month(), 2),
        ("end", "of", "the" | "this") if word(tokens, first + 3) == "month" => of(
            plus(today.last_of_month(), -6).max(today),
            today.last_of_month(),
            4,
        ),
        ("end", "of", "the" | "this") if word(tokens, first + 3) == "week" => {
            of(plus(monday, 3).max(today), plus(monday, 4).max(today), 4)
        }
        (name, ..) => {
            let month = month(name)?;
            if name == "may"
                && !(the == 1
                    || at > 0
                        && tokens[at - 1]
                            .any(&["in", "of", "until", "since", "by", "this", "next"]))
            {
                return None;
            }
            if name == "march"
                && the == 0
                && at > 0
                && !tokens[at - 1].any(&["in", "of", "until", "since", "by", "this", "next"])
            {
                return None;
            }
            let from = Date::new(today.year(), month, 1).ok()?;
            let next = at > 0 && tokens[at - 1].is("next") && month == today.month();
            let from = if from.last_of_month() < today || next {
                Date::new(today.year() + 1, month, 1).ok()?
            } else {
                from
            };
            of(from.max(today), from.last_of_month(), 1)
        }
    }
}

fn weekend(monday: Date, ahead: i64, end: usize) -> Option<(Days, usize)> {
    Some((
        Days {
            from: plus(monday, 5 + ahead),
            to: plus(monday, 6 + ahead),
            unsure: false,
        },
        end,
    ))
}
