//! Times of day as people say them: "half past two", "3 15", "ten to noon".
//!
//! Reads one time at one place. Which day it belongs to, and whether it bounds a
//! range, is decided in `when`.

use jiff::civil::Time;

use super::tokens::{Kind, Token};

/// Half of the day that a time said without "am" or "pm" may fall in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    /// Said: before noon.
    Morning,
    /// Said: after noon.
    Afternoon,
    /// Said "at night": late evening or the small hours.
    Night,
    /// Nothing said; the hour is 1 to 12.
    Unsaid,
    /// The hour is unmistakable (13 to 24, 0, noon, midnight).
    Plain,
}

/// How clearly it was a time at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Clarity {
    /// A bare number: a time only if one was asked for.
    Bare,
    /// Two bare numbers ("ten thirty").
    Pair,
    /// "at 5", "around 1030".
    Led,
    /// "5 pm", "17:30", "half past five".
    Clear,
}

/// A time of day as said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Clock {
    /// 0 to 24; 1 to 12 where `half` is not `Plain`.
    pub hour: u32,
    pub minute: u32,
    pub half: Half,
    pub clarity: Clarity,
}

impl Clock {
    fn new(hour: u32, minute: u32, clarity: Clarity) -> Option<Self> {
        if hour > 24 || minute > 59 || (hour == 24 && minute > 0) {
            return None;
        }
        let half = if (1..=12).contains(&hour) {
            Half::Unsaid
        } else {
            Half::Plain
        };
        Some(Self {
            hour,
            minute,
            half,
            clarity,
        })
    }

    /// Minutes after midnight. Said without half: 7 to 11 in the morning, 12 to
    /// 6 after noon, as clinics are open.
    pub fn minutes(self) -> u32 {
        let hour = match self.half {
            Half::Plain => self.hour % 24,
            Half::Morning => self.hour % 12,
            Half::Afternoon => self.hour % 12 + 12,
            Half::Night if self.hour == 12 => 0,
            Half::Night if self.hour < 6 => self.hour,
            Half::Night => self.hour + 12,
            Half::Unsaid if (7..12).contains(&self.hour) => self.hour,
            Half::Unsaid => self.hour % 12 + 12,
        };
        hour * 60 + self.minute
    }

    /// The same time twelve hours away.
    pub fn other_half(self) -> Self {
        let half = if self.minutes() < 720 {
            Half::Afternoon
        } else {
            Half::Morning
        };
        Self { half, ..self }
    }

    /// Moves by whole minutes, keeping what was said of the half.
    fn shifted(self, minutes: i64) -> Self {
        let base = i64::from(self.minutes());
        let moved = u32::try_from((base + minutes).rem_euclid(1440)).unwrap_or(0);
        let half = match self.half {
            Half::Unsaid => Half::Unsaid,
            Half::Morning | Half::Afternoon | Half::Night | Half::Plain => Half::Plain,
        };
        let hour = match half {
            Half::Unsaid if (moved / 60) % 12 == 0 => 12,
            Half::Unsaid => (moved / 60) % 12,
            Half::Morning | Half::Afternoon | Half::Night | Half::Plain => moved / 60,
        };
        Self {
            hour,
            minute: moved % 60,
            half,
            clarity: Clarity::Clear,
        }
    }
}

/// Time of day from minutes after midnight.
pub(super) fn time_of(minutes: u32) -> Time {
    let minutes = minutes.min(1439);
    let part = |value: u32| i8::try_from(value).unwrap_or(0);
    Time::new(part(minutes / 60), part(minutes % 60), 0, 0).unwrap_or(Time::midnight())
}

/// A time of day at `at`, and the place after it.
pub(super) fn clock_at(tokens: &[Token], at: usize) -> Option<(Clock, usize)> {
    let (clock, next) = offset_clock(tokens, at).or_else(|| plain_clock(tokens, at))?;
    let (mut clock, next) = with_half(tokens, at, clock, next);
    // "06:00" is written so on a clock of 24 hours only.
    if clock.half == Half::Unsaid && tokens[at].digits == 2 && tokens[at].value < 10 {
        clock.half = Half::Morning;
    }
    Some((clock, next))
}

/// "noon", "midnight", "12 noon".
fn named(tokens: &[Token], at: usize) -> Option<(Clock, usize)> {
    let token = tokens.get(at)?;
    let plain = |hour| Clock {
        hour,
        minute: 0,
        half: Half::Plain,
        clarity: Clarity::Clear,
    };
    if token.number() == Some(12)
        && let Some(name) = tokens.get(at + 1)
    {
        if name.any(&["noon", "midday"]) {
            return Some((plain(12), at + 2));
        }
        if name.is("midnight") {
            return Some((plain(0), at + 2));
        }
    }
    if token.any(&["noon", "midday", "noontime"]) {
        return Some((plain(12), at + 1));
    }
    if token.is("mid") {
        let dash = usize::from(tokens.get(at + 1).is_some_and(|next| next.is("-")));
        let hour = match tokens.get(at + 1 + dash)?.text.as_str() {
            "day" => 12,
            "night" => 0,
            _ => return None,
        };
        return Some((plain(hour), at + 2 + dash));
    }
    token.is("midnight").then(|| (plain(0), at + 1))
}

/// "half past two", "ten minutes to three", "a quarter to noon", "half three".
fn offset_clock(tokens: &[Token], at: usize) -> Option<(Clock, usize)> {
    let article = usize::from(tokens.get(at)?.any(&["a", "an"]));
    let mut next = at + article;
    let token = tokens.get(next)?;
    let minutes = if token.is("half") {
        30
    } else if token.any(&["quarter", "qtr"]) {
        15
    } else if let Some(value @ 1..=59) = token.number() {
        i64::from(value)
    } else {
        return None;
    };
    next += 1;
    let unit = tokens
        .get(next)
        .is_some_and(|token| token.any(&["minutes", "minute", "mins", "min", "hours", "hour"]));
    let hours = unit && tokens[next].any(&["hours", "hour"]);
    next += usize::from(unit);
    let minutes = if hours && !token.is("half") {
        minutes * 60
    } else {
        minutes
    };
    let relation = tokens.get(next)?;
    let onward = unit && relation.is("from") && tokens.get(next + 1).is_some_and(|t| !t.is("now"));
    let sign = if onward || relation.any(&["past", "after"]) {
        1
    } else if relation.any(&["to", "before", "till", "til", "of"]) {
        -1
    } else if token.is("half") && article == 0 {
        // British "half three".
        let (hour, end) = plain_clock(tokens, next)?;
        return (hour.minute == 0 && hour.clarity <= Clarity::Led).then(|| (hour.shifted(30), end));
    } else {
        return None;
    };
    let (hour, end) = named(tokens, next + 1).or_else(|| plain_clock(tokens, next + 1))?;
    // "10 to 3" is a time; "9 to 5" are hours: the clock face has fives.
    let face = minutes % 5 == 0 || unit;
    let range = relation.is("to") && !token.any(&["quarter", "half"]) && !unit;
    if hour.minute != 0 && !unit || !face || (range && minutes < 10 && minutes != 5) {
        return None;
    }
    if range && (minutes == 5 || minutes == 10) && is_led(tokens, at, &["from", "between"]) {
        return None;
    }
    Some((hour.shifted(sign * minutes), end))
}

fn is_led(tokens: &[Token], at: usize, words: &[&str]) -> bool {
    at > 0 && tokens.get(at - 1).is_some_and(|token| token.any(words))
}

/// "3", "3:15", "3.15", "3 15", "15h30", "1030", "nine oh five", "noon".
fn plain_clock(tokens: &[Token], at: usize) -> Option<(Clock, usize)> {
    if let Some(named) = named(tokens, at) {
        return Some(named);
    }
    let token = tokens.get(at)?;
    let hour = token.number()?;
    if token.digits >= 3 {
        let (hour, minute) = (hour / 100, hour % 100);
        let hours_sign = tokens.get(at + 1).is_some_and(|next| {
            next.any(&["h", "hrs", "hours", "hour"]) && (!next.spaced || token.digits == 4)
        });
        let clarity = match (hours_sign, led_by_time(tokens, at)) {
            (true, _) => Clarity::Clear,
            (false, true) => Clarity::Led,
            (false, false) => Clarity::Bare,
        };
        let clock = (token.digits <= 4).then(|| Clock::new(hour, minute, clarity))??;
        return Some((clock, at + 1 + usize::from(hours_sign)));
    }
    if let Some((minute, next)) = minutes_after(tokens, at) {
        return Some((Clock::new(hour, minute, Clarity::Clear)?, next));
    }
    let clarity = if led_by_time(tokens, at) {
        Clarity::Led
    } else {
        Clarity::Bare
    };
    if let Some((minute, next)) = spoken_minutes(tokens, at) {
        return Some((Clock::new(hour, minute, clarity.max(Clarity::Pair))?, next));
    }
    if hour > 24 {
        return None;
    }
    Some((Clock::new(hour, 0, clarity)?, at + 1))
}

/// Minutes behind a mark: ":30", ".30", "h30", "h".
fn minutes_after(tokens: &[Token], at: usize) -> Option<(u32, usize)> {
    let mark = tokens.get(at + 1)?;
    let minute = tokens
        .get(at + 2)
        .filter(|token| token.digits == 2 && !token.spaced);
    if mark.is("h") && !mark.spaced {
        return match minute {
            Some(minute) => Some((minute.value, at + 3)),
            None => Some((0, at + 2)),
        };
    }
    let minute = minute?;
    if mark.is(":") && !mark.spaced {
        let seconds = tokens
            .get(at + 3)
            .is_some_and(|mark| mark.is(":") && !mark.spaced)
            && tokens
                .get(at + 4)
                .is_some_and(|token| token.digits == 2 && !token.spaced);
        return Some((minute.value, at + if seconds { 5 } else { 3 }));
    }
    let dotted_further = tokens
        .get(at + 3)
        .is_some_and(|mark| mark.is(".") && !mark.spaced)
        && tokens
            .get(at + 4)
            .is_some_and(|token| token.digits > 0 && !token.spaced);
    (mark.is(".") && !mark.spaced && minute.value < 60 && !dotted_further)
        .then_some((minute.value, at + 3))
}

/// "ten thirty", "9 05", "nine oh five".
fn spoken_minutes(tokens: &[Token], at: usize) -> Option<(u32, usize)> {
    let dash = usize::from(tokens.get(at + 1).is_some_and(|t| t.is("-") && !t.spaced));
    let first = tokens.get(at + 1 + dash)?;
    if let Some(minute @ 10..=59) = first.number() {
        let further = tokens
            .get(at + 2 + dash)
            .is_some_and(|t| t.kind == Kind::Number);
        return ((dash == 0 || first.digits == 0) && first.digits <= 2 && !further)
            .then_some((minute, at + 2 + dash));
    }
    if first.digits == 2 && dash == 0 {
        return Some((first.value, at + 2));
    }
    let zero = first.any(&["o", "oh", "ou"]) || first.number() == Some(0);
    let dash_two = usize::from(tokens.get(at + 2 + dash).is_some_and(|t| t.is("-")));
    let unit = tokens.get(at + 2 + dash + dash_two)?.number()?;
    (zero && (1..=9).contains(&unit)).then_some((unit, at + 3 + dash + dash_two))
}

/// What comes before a number that makes it a time.
fn led_by_time(tokens: &[Token], at: usize) -> bool {
    const LEADS: [&str; 26] = [
        "at",
        "around",
        "about",
        "approximately",
        "roughly",
        "before",
        "after",
        "by",
        "till",
        "until",
        "til",
        "untill",
        "from",
        "between",
        "past",
        "@",
        "exactly",
        "than",
        "morning",
        "afternoon",
        "evening",
        "night",
        "tonight",
        "since",
        "circa",
        "through",
    ];
    let back_to = |steps: usize| at.checked_sub(steps).and_then(|place| tokens.get(place));
    if back_to(1).is_some_and(|token| token.any(&["and", "to", "-"]))
        && back_to(2).is_some_and(|token| token.kind == Kind::Number)
        && back_to(3).is_some_and(|token| token.any(&["between", "from"]))
    {
        return true;
    }
    let mut back = at;
    while back > 0 {
        back -= 1;
        let token = &tokens[back];
        if token.any(&["about", "around", "the", "exactly", ","]) && back + 1 == at && back > 0 {
            if token.any(&["about", "around", "exactly"]) {
                return true;
            }
            continue;
        }
        return token.any(&LEADS);
    }
    false
}

/// Words behind a time that say its half or that it is one: "pm", "o'clock",
/// "ish", "in the morning".
fn with_half(tokens: &[Token], at: usize, clock: Clock, next: usize) -> (Clock, usize) {
    let (mut clock, mut next) = (clock, next);
    for _ in 0..3 {
        let Some(token) = tokens.get(next) else { break };
        if token.any(&["o'clock", "ish", "sharp", "hrs", "h"]) {
            clock.clarity = Clarity::Clear;
            next += 1;
        } else if token.is("-") && tokens.get(next + 1).is_some_and(|t| t.is("ish")) {
            next += 2;
        } else if token.any(&["approximately", "precisely", "exactly"])
            && clock.clarity > Clarity::Bare
        {
            next += 1;
        } else {
            break;
        }
    }
    let Some((half, end)) = half_at(tokens, next) else {
        return (guarded(tokens, at, clock, next), next);
    };
    clock.clarity = Clarity::Clear;
    if clock.half == Half::Unsaid {
        clock.half = match half {
            // "one in the morning" and "twelve in the afternoon" are plain.
            Half::Morning | Half::Afternoon | Half::Night => half,
            Half::Unsaid | Half::Plain => clock.half,
        };
    }
    (clock, end)
}

const AFTER_A_TIME: [&str; 22] = [
    "in", "at", "on", "tomorrow", "today", "please", "for", "and", "or", "to", "is", "if", "would",
    "works", "this", "next", "abeg", "then", "will", "with", "until", "but",
];

/// A number before something counted is no time: "after 5 days", "at 5 clinics".
fn guarded(tokens: &[Token], at: usize, clock: Clock, next: usize) -> Clock {
    const COUNTED: [&str; 33] = [
        "people", "persons", "adults", "adult", "kids", "children", "days", "day", "weeks", "week",
        "months", "month", "years", "year", "minutes", "minute", "mins", "hours", "hour",
        "percent", "%", "dollars", "pounds", "cedis", "naira", "times", "of", "guests", "stars",
        "star", "th", "weeks'", "year's",
    ];
    let counted = tokens
        .get(next)
        .is_some_and(|token| token.any(&COUNTED) || token.kind == Kind::Number || token.is("/"));
    // "about one transaction": a time is followed by little else than these.
    let one_thing = tokens[at].text == "one"
        && next == at + 1
        && tokens
            .get(next)
            .is_some_and(|token| token.kind == Kind::Word && !token.any(&AFTER_A_TIME));
    let counted = counted || one_thing;
    let money = at > 0 && tokens[at - 1].any(&["$", "£", "€", "#", "room", "number"]);
    if clock.clarity < Clarity::Clear && (counted || money) {
        return Clock {
            clarity: Clarity::Bare,
            ..clock
        };
    }
    clock
}

/// "am", "p", "in the evening", "at night", "tonight", "morning".
pub(super) fn half_at(tokens: &[Token], at: usize) -> Option<(Half, usize)> {
    let token = tokens.get(at)?;
    if token.any(&["am", "a.m"]) {
        return Some((Half::Morning, at + 1));
    }
    if token.any(&["pm", "p.m"]) {
        return Some((Half::Afternoon, at + 1));
    }
    if token.any(&["a", "p"]) && !token.spaced {
        let half = if token.is("a") {
            Half::Morning
        } else {
            Half::Afternoon
        };
        return Some((half, at + 1));
    }
    let mut next = at;
    if tokens.get(next)?.any(&["in", "at", "this", "of", "for"]) {
        next += 1;
        if tokens.get(next)?.any(&["the", "de", "that"]) {
            next += 1;
        }
    }
    let half = match tokens.get(next)?.text.as_str() {
        "morning" | "mornings" | "morn" | "mrng" => Half::Morning,
        "afternoon" | "afternon" | "evening" | "eve" | "afternoons" | "evenings" => Half::Afternoon,
        "night" | "nite" => Half::Night,
        "am" => Half::Morning,
        "pm" => Half::Afternoon,
        _ => return None,
    };
    Some((half, next + 1))
}
