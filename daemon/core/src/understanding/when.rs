//! From days and times said to one constraint on the appointment.
//!
//! The grammars for a single day (`calendar`) or time (`clock`) are elsewhere;
//! here they are found in the sentence and joined: ranges, bounds, corrections.

use jiff::civil::{Date, DateTime};

use super::calendar::{self, Days, plus};
use super::clock::{self, Clarity, Clock, Half, time_of};
use super::interchange::{Ambiguous, Expecting, PartOfDay, When};
use super::tokens::Token;

/// A constraint and which of it may mean something else.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub when: When,
    pub ambiguous: Vec<Ambiguous>,
}

#[derive(Debug, Clone, Copy)]
enum Item {
    Days(Days),
    Clock(Clock),
    Part(PartOfDay),
    Moment(DateTime),
    Stretch(DateTime, DateTime),
}

#[derive(Debug, Clone, Copy)]
struct Found {
    item: Item,
    begin: usize,
    end: usize,
    bound: Bound,
}

/// How a day or time bounds the constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    Exact,
    From,
    To,
    /// Named only to be ruled out.
    Not,
}

/// Reads every day and time out of the tokens.
pub(super) fn when(tokens: &[Token], now: DateTime, expecting: Option<Expecting>) -> Reading {
    let asked = matches!(
        expecting,
        Some(Expecting::Date | Expecting::Time | Expecting::DateTime)
    );
    let mut found = scan(tokens, now, expecting, asked);
    bounds(tokens, &mut found);
    let aside = asides(tokens);
    found.retain(|found| {
        let past = matches!(found.item, Item::Days(days) if days.to < now.date());
        let farewell = is_farewell(tokens, found.begin);
        let elsewhere = farewell || aside.iter().any(|clause| clause.contains(&found.begin));
        found.bound != Bound::Not && (asked || !past && !elsewhere)
    });
    let mut reading = Reading::default();
    put_days(&found, &mut reading);
    put_times(tokens, &found, now, &mut reading);
    if matches!(expecting, Some(Expecting::DateTime)) {
        fill_date(now, &mut reading);
    }
    name_bounds(&mut reading.when);
    reading
}

/// The day or time that was named stands as such, too, where it bounds one side only.
fn name_bounds(when: &mut When) {
    when.date = when.date.or(the_only(when.date_from, when.date_to));
    when.time = when.time.or(the_only(when.time_from, when.time_to));
}

fn the_only<T>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(only), None) | (None, Some(only)) => Some(only),
        (Some(_), Some(_)) | (None, None) => None,
    }
}

/// "That will be all for today": a day, but no wish.
fn is_farewell(tokens: &[Token], at: usize) -> bool {
    let before = &tokens[..at];
    let said = |words: &[&str]| before.iter().any(|token| token.any(words));
    let closing = before.last().is_some_and(|token| token.is("for"))
        && said(&["it", "okay", "fine", "done", "good"]);
    tokens[at].any(&["today", "now"])
        && (closing || said(&["all", "everything", "thanks", "thank"]))
}

/// Clauses about something else than an appointment here: the weather, a calendar.
fn asides(tokens: &[Token]) -> Vec<std::ops::Range<usize>> {
    const ELSEWHERE: [&str; 9] = [
        "weather",
        "calendar",
        "calender",
        "forecast",
        "rain",
        "temperature",
        "reminder",
        "event",
        "events",
    ];
    let mut clauses = Vec::new();
    let mut begin = 0;
    let mut elsewhere = false;
    for (at, token) in tokens.iter().enumerate() {
        let free = token.is("free") && at > 1 && tokens[at - 1].is("i")
            || token.is("i") && tokens.get(at + 1).is_some_and(|t| t.is("free"));
        let after = |words: &[&str]| at > 0 && tokens[at - 1].any(words);
        let schedule = token.any(&["schedule", "availability"]) && after(&["my", "free"])
            || token.is("available") && after(&["i", "i'm", "am"])
            || token.any(&["time", "hours"]) && after(&["free", "open"])
            || token.is("free") && after(&["i'm", "am", "have"]);
        elsewhere |= free || schedule || token.any(&ELSEWHERE);
        let ends = token.any(&[".", "?", "!"]) && tokens.get(at + 1).is_none_or(|next| next.spaced);
        // What follows about the same thing belongs to it: "add it to my calendar. The time is four".
        if ends && !elsewhere {
            begin = at + 1;
        }
    }
    if elsewhere {
        clauses.push(begin..tokens.len());
    }
    clauses
}

fn scan(tokens: &[Token], now: DateTime, expecting: Option<Expecting>, asked: bool) -> Vec<Found> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let taken = moment(tokens, at, now)
            .map(|(moment, end)| (Item::Moment(moment), end))
            .or_else(|| {
                stretch(tokens, at, now).map(|((from, to), end)| (Item::Stretch(from, to), end))
            })
            .or_else(|| day_or_clock(tokens, at, now.date(), expecting, asked))
            .or_else(|| part_at(tokens, at).map(|(part, end)| (Item::Part(part), end)));
        match taken {
            Some((item, end)) if end > at => {
                found.push(Found {
                    item,
                    begin: at,
                    end,
                    bound: Bound::Exact,
                });
                at = end;
            }
            Some(_) | None => at += 1,
        }
    }
    found
}

fn day_or_clock(
    tokens: &[Token],
    at: usize,
    today: Date,
    expecting: Option<Expecting>,
    asked: bool,
) -> Option<(Item, usize)> {
    let lowest = if asked && expecting != Some(Expecting::Date) {
        Clarity::Bare
    } else {
        Clarity::Led
    };
    let clock = clock::clock_at(tokens, at).filter(|(clock, end)| {
        clock.clarity >= lowest && (clock.clarity > Clarity::Bare || alone(tokens, at, *end))
    });
    let days = calendar::days_at(tokens, at, today);
    match (days, clock) {
        (Some((_, day_end)), Some((clock, clock_end)))
            if clock_end > day_end && clock.clarity == Clarity::Clear =>
        {
            Some((Item::Clock(clock), clock_end))
        }
        (Some((days, end)), _) => Some((Item::Days(days), end)),
        (None, Some((clock, end))) => Some((Item::Clock(clock), end)),
        (None, None) => None,
    }
}

/// A bare number counts only where nothing else could claim it.
fn alone(tokens: &[Token], at: usize, end: usize) -> bool {
    const AROUND: [&str; 22] = [
        "at", "for", "please", "maybe", "then", ",", ".", "-", "to", "and", "tomorrow", "today",
        "yes", "ok", "okay", "make", "it", "say", "or", "on", "is", "fine",
    ];
    let fits = |token: Option<&Token>| {
        token.is_none_or(|token| {
            token.any(&AROUND)
                || calendar::weekday(&token.text).is_some()
                || part_word(&token.text).is_some()
        })
    };
    fits(at.checked_sub(1).and_then(|before| tokens.get(before))) && fits(tokens.get(end))
}

/// "the next two hours": from the next whole hour (or minute) on, so many.
fn stretch(tokens: &[Token], at: usize, now: DateTime) -> Option<((DateTime, DateTime), usize)> {
    let first = at + usize::from(tokens.get(at)?.is("the"));
    if !tokens.get(first)?.any(&["next", "upcoming", "coming"]) {
        return None;
    }
    let number = tokens
        .get(first + 1)?
        .number()
        .filter(|number| *number <= 600)?;
    let seconds = match tokens.get(first + 2)?.text.as_str() {
        "minutes" | "minute" | "mins" => 60,
        "hours" | "hour" => 3600,
        _ => return None,
    };
    let begun = i64::from(now.minute()) * 60 % seconds + i64::from(now.second());
    let moved = |by: i64| now.checked_add(jiff::SignedDuration::from_secs(by)).ok();
    let from = moved(seconds - begun)?;
    let to = moved(seconds * (i64::from(number) + 1) - begun)?;
    Some(((from, to), first + 3))
}

/// "now", "in half an hour", "in 20 minutes".
fn moment(tokens: &[Token], at: usize, now: DateTime) -> Option<(DateTime, usize)> {
    let word = |offset: usize| {
        tokens
            .get(at + offset)
            .map_or("", |token| token.text.as_str())
    };
    let later = |minutes: f64, end: usize| {
        let span = jiff::Span::new().try_minutes(minutes as i64).ok()?;
        now.checked_add(span).ok().map(|moment| (moment, end))
    };
    if tokens.len() <= 5 {
        match (word(0), word(1), word(2)) {
            ("right" | "just", "now", _) => return Some((now, at + 2)),
            ("at", "the", "moment") | ("at", "this", "time") => return Some((now, at + 3)),
            ("this", "minute", _) => return Some((now, at + 2)),
            ("atm", ..) => return Some((now, at + 1)),
            ("now", ..)
                if !at
                    .checked_sub(1)
                    .is_some_and(|before| tokens[before].any(&["not", "for", "okay", "right"])) =>
            {
                return Some((now, at + 1));
            }
            _ => {}
        }
    }
    let led = matches!(word(0), "in" | "within");
    let mut next = at + usize::from(led);
    next += usize::from(tokens.get(next).is_some_and(|token| token.is("about")));
    let (number, mut next) = amount(tokens, next)?;
    next += usize::from(tokens.get(next).is_some_and(|token| token.is("more")));
    let unit = match tokens.get(next)?.text.as_str() {
        "minutes" | "minute" | "mins" | "min" | "'" => 1.0,
        "hours" | "hour" | "hrs" | "hr" | "h" => 60.0,
        _ => return None,
    };
    next += 1;
    let half = tokens.get(next).is_some_and(|token| token.is("and"))
        && tokens.get(next + 2).is_some_and(|token| token.is("half"));
    let number = if half { number + 0.5 } else { number };
    next += if half { 3 } else { 0 };
    let from_now = tokens.get(next).is_some_and(|token| token.is("from"))
        && tokens.get(next + 1).is_some_and(|token| token.is("now"));
    (led || from_now).then(|| later(number * unit, next + if from_now { 2 } else { 0 }))?
}

fn amount(tokens: &[Token], at: usize) -> Option<(f64, usize)> {
    let token = tokens.get(at)?;
    let word = |offset: usize| {
        tokens
            .get(at + offset)
            .map_or("", |token| token.text.as_str())
    };
    let quarters = match (word(0), word(1), word(2)) {
        ("quarter", "of", _) => Some((0.25, 1)),
        ("a", "quarter", "of") => Some((0.25, 2)),
        _ if token.number() == Some(3) => {
            let dash = usize::from(word(1) == "-");
            matches!(word(1 + dash), "quarters" | "quarter").then_some((0.75, 2 + dash))
        }
        _ => None,
    };
    if let Some((part, used)) = quarters
        && word(used) == "of"
        && word(used + 1) == "an"
    {
        return Some((part, at + used + 2));
    }
    if let Some(number) = token.number() {
        let decimal = tokens
            .get(at + 2)
            .filter(|t| word(1) == "." && t.digits == 1 && !t.spaced);
        if let Some(decimal) = decimal {
            return Some((f64::from(number) + f64::from(decimal.value) / 10.0, at + 3));
        }
        if word(1) == "and" && matches!(word(2), "a" | "an") && word(3) == "half" {
            return Some((f64::from(number) + 0.5, at + 4));
        }
        return (number < 3000).then_some((f64::from(number), at + 1));
    }
    match (word(0), word(1), word(2)) {
        ("half", "an" | "a", _) => Some((0.5, at + 2)),
        ("a" | "an", "half", _) => Some((0.5, at + 2)),
        ("a", "couple" | "pair", "of") => Some((2.0, at + 3)),
        ("a", "couple", _) => Some((2.0, at + 2)),
        ("a", "few", _) => Some((3.0, at + 2)),
        ("few", ..) => Some((3.0, at + 1)),
        ("a" | "an", ..) => Some((1.0, at + 1)),
        _ => None,
    }
}

fn part_word(word: &str) -> Option<PartOfDay> {
    Some(match word {
        "morning" | "mornings" | "morn" => PartOfDay::Morning,
        "afternoon" | "afternoons" | "afternoonish" | "afternon" => PartOfDay::Afternoon,
        "evening" | "evenings" => PartOfDay::Evening,
        "night" | "tonight" | "tonite" | "nite" => PartOfDay::Night,
        "lunch" | "lunchtime" => PartOfDay::Lunch,
        _ => return None,
    })
}

fn part_at(tokens: &[Token], at: usize) -> Option<(PartOfDay, usize)> {
    let part = part_word(&tokens.get(at)?.text)?;
    let greeting = at > 0 && tokens[at - 1].is("good")
        || tokens.get(at + 1).is_some_and(|token| token.is("everyone"));
    let thanks = at == 0
        && matches!(
            part,
            PartOfDay::Morning | PartOfDay::Evening | PartOfDay::Afternoon
        )
        && tokens
            .get(1)
            .is_some_and(|token| token.any(&["doctor", "sir", "madam", "ma", "oh", "o"]));
    (!greeting && !thanks).then_some((part, at + 1))
}

/// What stands before each day or time says how it bounds.
fn bounds(tokens: &[Token], found: &mut [Found]) {
    let mut previous_end = 0;
    for index in 0..found.len() {
        let (begin, end) = (found[index].begin, found[index].end);
        let between = &tokens[previous_end.min(begin)..begin];
        let lead: Vec<&str> = between
            .iter()
            .rev()
            .take(4)
            .map(|token| token.text.as_str())
            .filter(|w| !matches!(*w, "the" | "about" | "on" | "at" | "," | "in" | "of"))
            .collect();
        let joined = index > 0
            && begin - previous_end <= 2
            && same_kind(found[index - 1].item, found[index].item);
        found[index].bound = match lead.first().copied() {
            Some("to" | "till" | "til" | "until" | "untill" | "-" | "\u{2013}" | "through")
                if joined =>
            {
                found[index - 1].bound = Bound::From;
                Bound::To
            }
            Some("and") if joined && found[index - 1].bound == Bound::From => Bound::To,
            Some("between") => Bound::From,
            Some("before" | "until" | "till" | "til" | "by" | "through") => Bound::To,
            Some("than") if lead.get(1) == Some(&"later") && lead.get(2) == Some(&"no") => {
                Bound::To
            }
            Some("than")
                if lead
                    .get(1)
                    .is_some_and(|word| matches!(*word, "later" | "more")) =>
            {
                Bound::From
            }
            Some("than") if lead.get(1) == Some(&"earlier") => Bound::To,
            Some("after" | "from" | "since" | "past" | "starting") => Bound::From,
            Some("not" | "isn't" | "except" | "can't" | "cannot") => Bound::Not,
            Some(_) | None => Bound::Exact,
        };
        // "After five days" carries its bound within.
        let after = tokens[begin].is("after") && tokens.get(begin + 1).is_some_and(is_amount);
        if matches!(found[index].item, Item::Days(_)) && after {
            found[index].bound = Bound::From;
        }
        if matches!(found[index].item, Item::Days(_)) && calendar::is_until(&tokens[begin..end]) {
            found[index].bound = Bound::To;
        }
        if tokens
            .get(end)
            .is_some_and(|token| token.any(&["onwards", "onward", "upwards"]))
        {
            found[index].bound = Bound::From;
        }
        previous_end = end;
    }
}

fn is_amount(token: &Token) -> bool {
    token.number().is_some() || token.any(&["a", "an", "couple"])
}

fn same_kind(one: Item, other: Item) -> bool {
    matches!(
        (one, other),
        (Item::Days(_), Item::Days(_)) | (Item::Clock(_), Item::Clock(_))
    )
}

fn put_days(found: &[Found], reading: &mut Reading) {
    let days: Vec<(Days, Bound)> = found
        .iter()
        .filter_map(|found| match found.item {
            Item::Days(days) => Some((days, found.bound)),
            Item::Clock(_) | Item::Part(_) | Item::Moment(_) | Item::Stretch(..) => None,
        })
        .collect();
    for (days, bound) in &days {
        let when = &mut reading.when;
        match bound {
            Bound::From => when.date_from = Some(days.from),
            Bound::To => when.date_to = Some(days.to),
            Bound::Not => {}
            Bound::Exact if days.from == days.to => {
                when.date = Some(days.from);
                (when.date_from, when.date_to) = (None, None);
            }
            Bound::Exact => {
                (when.date_from, when.date_to) = (Some(days.from), Some(days.to));
            }
        }
    }
    if days.iter().any(|(days, _)| days.unsure) {
        reading.ambiguous.push(Ambiguous::Date);
    }
}

fn put_times(tokens: &[Token], found: &[Found], now: DateTime, reading: &mut Reading) {
    let part = found.iter().rev().find_map(|found| match found.item {
        Item::Part(part) => Some((part, found.begin)),
        Item::Clock(_) | Item::Days(_) | Item::Moment(_) | Item::Stretch(..) => None,
    });
    let mut clocks: Vec<(Clock, Bound)> = Vec::new();
    for found in found {
        match found.item {
            Item::Clock(clock) => {
                clocks.push((half_from_part(clock, part.map(|p| p.0)), found.bound))
            }
            Item::Moment(moment) => {
                reading.when.date = Some(moment.date());
                reading.when.time = Some(
                    moment
                        .time()
                        .with()
                        .second(0)
                        .build()
                        .unwrap_or(moment.time()),
                );
            }
            Item::Stretch(from, to) if from.date() == to.date() => {
                reading.when.date = Some(from.date());
                (reading.when.time_from, reading.when.time_to) =
                    (Some(from.time()), Some(to.time()));
            }
            Item::Days(_) | Item::Part(_) | Item::Stretch(..) => {}
        }
    }
    agree(&mut clocks);
    for (clock, bound) in &clocks {
        let time = time_of(today_later(*clock, now, reading.when.date));
        let when = &mut reading.when;
        match bound {
            Bound::From => when.time_from = Some(time),
            Bound::To => when.time_to = Some(time),
            Bound::Exact => when.time = Some(time),
            Bound::Not => {}
        }
    }
    if clocks.iter().any(|(clock, _)| clock.half == Half::Unsaid) {
        reading.ambiguous.push(Ambiguous::Time);
    }
    if let Some((part, begin)) = part {
        if tokens[begin].any(&["tonight", "tonite"]) || begin > 0 && tokens[begin - 1].is("this") {
            reading.when.date.get_or_insert(now.date());
        }
        if clocks.is_empty() && reading.when.time.is_none() {
            put_part(part, reading);
        }
    }
}

fn put_part(part: PartOfDay, reading: &mut Reading) {
    let (from, to) = match part {
        PartOfDay::Morning => (0, 720),
        PartOfDay::Afternoon => (720, 1020),
        PartOfDay::Evening => (1020, 1260),
        PartOfDay::Night => (1080, 1439),
        PartOfDay::Lunch => (720, 840),
    };
    reading.when.part_of_day = Some(part);
    reading.when.time_from = Some(time_of(from));
    reading.when.time_to = Some(time_of(to));
}

fn half_from_part(clock: Clock, part: Option<PartOfDay>) -> Clock {
    if clock.half != Half::Unsaid {
        return clock;
    }
    let half = match part {
        Some(PartOfDay::Morning) => Half::Morning,
        Some(PartOfDay::Afternoon | PartOfDay::Evening | PartOfDay::Lunch) => Half::Afternoon,
        Some(PartOfDay::Night) if (5..12).contains(&clock.hour) => Half::Afternoon,
        Some(PartOfDay::Night) if clock.hour == 12 => Half::Night,
        Some(PartOfDay::Night) | None => Half::Unsaid,
    };
    Clock { half, ..clock }
}

/// In a range, one end's "pm" speaks for both where that keeps them in order.
fn agree(clocks: &mut [(Clock, Bound)]) {
    for at in 1..clocks.len() {
        let ((one, first), (two, second)) = (clocks[at - 1], clocks[at]);
        if first != Bound::From || second != Bound::To {
            continue;
        }
        if one.half == Half::Unsaid && two.half != Half::Unsaid {
            let same = Clock {
                half: if two.minutes() < 720 {
                    Half::Morning
                } else {
                    Half::Afternoon
                },
                ..one
            };
            clocks[at - 1].0 = if same.minutes() <= two.minutes() {
                same
            } else {
                same.other_half()
            };
        } else if two.half == Half::Unsaid && clocks[at - 1].0.minutes() >= two.minutes() {
            clocks[at].0 = two.other_half();
        }
    }
}

/// "at 8" said at nine in the morning for today means the evening.
fn today_later(clock: Clock, now: DateTime, date: Option<Date>) -> u32 {
    let said = clock.minutes();
    let passed = u32::try_from(i32::from(now.hour()) * 60 + i32::from(now.minute())).unwrap_or(0);
    if clock.half == Half::Unsaid && date == Some(now.date()) && said < passed && said < 720 {
        said + 720
    } else {
        said
    }
}

/// Asked for day and time, a time alone means the next time that it strikes.
fn fill_date(now: DateTime, reading: &mut Reading) {
    let when = &mut reading.when;
    let Some(time) = when.time.or(when.time_to).or(when.time_from) else {
        return;
    };
    if when.date.is_some() || when.date_from.is_some() || when.date_to.is_some() {
        return;
    }
    let passed = time < now.time().with().second(0).build().unwrap_or(now.time());
    when.date = Some(if passed {
        plus(now.date(), 1)
    } else {
        now.date()
    });
    if !reading.ambiguous.contains(&Ambiguous::Date) {
        reading.ambiguous.push(Ambiguous::Date);
    }
}
