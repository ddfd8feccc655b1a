//! Money, phone numbers, quantities, written out.

use super::numbers::{cardinal, digits, ordinal};
use super::written::Word;

/// Units after a number: written, for one, for more.
const UNITS: [(&str, &str, &str); 10] = [
    ("min", "minute", "minutes"),
    ("mins", "minute", "minutes"),
    ("h", "hour", "hours"),
    ("hr", "hour", "hours"),
    ("hrs", "hour", "hours"),
    ("sec", "second", "seconds"),
    ("m", "metre", "metres"),
    ("km", "kilometre", "kilometres"),
    ("kg", "kilogram", "kilograms"),
    ("mg", "milligram", "milligrams"),
];

struct Currency {
    written: &'static [&'static str],
    one: &'static str,
    more: &'static str,
    part: &'static str,
    parts: &'static str,
}

const CURRENCIES: [Currency; 4] = [
    Currency {
        written: &["GH₵", "GHC", "GHS", "₵"],
        one: "cedi",
        more: "cedis",
        part: "pesewa",
        parts: "pesewas",
    },
    Currency {
        written: &["₦", "NGN"],
        one: "naira",
        more: "naira",
        part: "kobo",
        parts: "kobo",
    },
    Currency {
        written: &["US$", "$", "USD"],
        one: "dollar",
        more: "dollars",
        part: "cent",
        parts: "cents",
    },
    Currency {
        written: &["€", "EUR"],
        one: "euro",
        more: "euros",
        part: "cent",
        parts: "cents",
    },
];

/// An amount with its currency: what is said, and for how many words.
pub(super) fn money(words: &[Word<'_>]) -> Option<(String, usize)> {
    let written = words[0].core;
    for currency in &CURRENCIES {
        for sign in currency.written {
            if let Some(amount) = written.strip_prefix(sign) {
                if !amount.is_empty() {
                    return told_money(amount, currency).map(|told| (told, 1));
                }
                let next = words.get(1).filter(|_| words[0].joins())?;
                return told_money(next.core, currency).map(|told| (told, 2));
            }
            if let Some(amount) = written.strip_suffix(sign) {
                return told_money(amount, currency).map(|told| (told, 1));
            }
        }
        if words[0].joins()
            && let Some(next) = words.get(1)
            && currency.written.contains(&next.core)
        {
            return told_money(written, currency).map(|told| (told, 2));
        }
    }
    None
}

fn told_money(amount: &str, currency: &Currency) -> Option<String> {
    let (whole, part) = match amount.split_once('.') {
        Some((whole, part)) if part.len() == 2 => (whole, part.parse::<u64>().ok()?),
        Some(_) => return None,
        None => (amount, 0),
    };
    let whole = whole_number(whole)?;
    let units = |count, one: &str, more: &str| {
        format!(
            "{} {}",
            cardinal(count),
            if count == 1 { one } else { more }
        )
    };
    Some(match (whole, part) {
        (whole, 0) => units(whole, currency.one, currency.more),
        (0, part) => units(part, currency.part, currency.parts),
        (whole, part) => format!(
            "{} {}",
            units(whole, currency.one, currency.more),
            units(part, currency.part, currency.parts)
        ),
    })
}

/// A phone number, in one piece or in groups: digit by digit.
pub(super) fn phone(words: &[Word<'_>]) -> Option<(String, usize)> {
    let is_group = |written: &str| {
        !written.is_empty() && written.bytes().all(|b| b.is_ascii_digit() || b == b'-')
    };
    let written = words[0].core;
    let first = written.strip_prefix('+').unwrap_or(written);
    if !written.starts_with(['+', '0']) || !is_group(first) {
        return None;
    }
    let mut number = first.to_owned();
    let mut used = 1;
    while words[used - 1].joins()
        && let Some(word) = words
            .get(used)
            .filter(|word| word.before.is_empty() && is_group(word.core))
    {
        number.push_str(word.core);
        used += 1;
    }
    let count = number.bytes().filter(u8::is_ascii_digit).count();
    if count < 2 {
        return None;
    }
    let plus = if words[0].core.starts_with('+') {
        "plus "
    } else {
        ""
    };
    Some((format!("{plus}{}", digits(&number)), used))
}

/// Numbers, decimals, ranges and ordinals, with the unit after them.
pub(super) fn quantity(words: &[Word<'_>]) -> Option<(String, usize)> {
    let written = words[0].core;
    if let Some(rank) = ordinal_written(written) {
        return Some((ordinal(rank), 1));
    }
    let bare = written.strip_prefix('#').unwrap_or(written);
    let head = if bare.len() < written.len() {
        "number "
    } else {
        ""
    };
    let (told, is_one) = number_told(bare)?;
    let unit = words
        .get(1)
        .filter(|_| words[0].joins())
        .and_then(|word| UNITS.iter().find(|(short, _, _)| *short == word.core));
    Some(match unit {
        Some((_, one, more)) => (
            format!("{head}{told} {}", if is_one { one } else { more }),
            2,
        ),
        None => (format!("{head}{told}"), 1),
    })
}

fn number_told(written: &str) -> Option<(String, bool)> {
    if let Some((from, until)) = written.split_once(['-', '–']) {
        let (from, until) = (whole_number(from)?, whole_number(until)?);
        return Some((format!("{} to {}", cardinal(from), cardinal(until)), false));
    }
    if let Some((whole, part)) = written.split_once('.') {
        let told = cardinal(whole_number(whole)?);
        if part.is_empty() || !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let part: Vec<String> = part
            .bytes()
            .map(|digit| cardinal(u64::from(digit - b'0')))
            .collect();
        return Some((format!("{told} point {}", part.join(" ")), false));
    }
    let number = whole_number(written)?;
    // Nobody says a ten-digit number as a number.
    let told = if written.len() >= 7 && !written.contains(',') {
        digits(written)
    } else {
        cardinal(number)
    };
    Some((told, number == 1))
}

/// `2500` or `2,500`.
fn whole_number(written: &str) -> Option<u64> {
    let mut groups = written.split(',');
    let first = groups.next()?;
    let well_grouped = groups.all(|group| group.len() == 3);
    let grouped = written.contains(',');
    if first.is_empty() || (grouped && (first.len() > 3 || !well_grouped)) {
        return None;
    }
    let bare: String = written.chars().filter(|c| *c != ',').collect();
    if !bare.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    bare.parse().ok()
}

fn ordinal_written(written: &str) -> Option<u64> {
    let number = ["st", "nd", "rd", "th"]
        .iter()
        .find_map(|suffix| written.strip_suffix(suffix))?;
    whole_number(number)
}
