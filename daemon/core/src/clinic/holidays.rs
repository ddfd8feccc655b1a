//! Public holidays of Ghana and Nigeria: the fixed ones, those that follow Easter, and
//! the Muslim ones. A clinic that opens on one of them, or closes on another day, says
//! so in its roster.
//!
//! Sources: Ghana, Public Holidays and Commemorative Days Act 2001 (Act 601) with its
//! amendments to 2025; Nigeria, Public Holidays Act (Cap. P40, LFN 2004). Days that are
//! moved by proclamation cannot be known ahead and belong into the roster.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

/// A country whose holidays are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Country {
    /// GH.
    Ghana,
    /// NG.
    Nigeria,
}

impl Country {
    /// From an ISO 3166 alpha-2 code.
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "GH" => Some(Self::Ghana),
            "NG" => Some(Self::Nigeria),
            _ => None,
        }
    }
}

/// (month, day, name).
const GHANA: [(i8, i8, &str); 9] = [
    (1, 1, "New Year's Day"),
    (1, 7, "Constitution Day"),
    (3, 6, "Independence Day"),
    (5, 1, "Workers' Day"),
    (7, 1, "Republic Day"),
    (9, 21, "Founder's Day"),
    (12, 25, "Christmas Day"),
    (12, 26, "Boxing Day"),
    // The first Friday of December; the day here is only where the search begins.
    (12, 1, "Farmers' Day"),
];

const NIGERIA: [(i8, i8, &str); 6] = [
    (1, 1, "New Year's Day"),
    (5, 1, "Workers' Day"),
    (6, 12, "Democracy Day"),
    (10, 1, "Independence Day"),
    (12, 25, "Christmas Day"),
    (12, 26, "Boxing Day"),
];

/// Expected days of Eid al-Fitr, Eid al-Adha and the Prophet's birthday (Maulud), by the
/// Umm al-Qura calendar. The moon may move each by a day; the roster then has the last word.
const MUSLIM: [(i16, [(i8, i8); 3]); 7] = [
    (2026, [(3, 20), (5, 27), (8, 25)]),
    (2027, [(3, 9), (5, 16), (8, 14)]),
    (2028, [(2, 26), (5, 5), (8, 3)]),
    (2029, [(2, 14), (4, 24), (7, 24)]),
    (2030, [(2, 4), (4, 13), (7, 13)]),
    (2031, [(1, 24), (4, 2), (7, 2)]),
    (2032, [(1, 14), (3, 22), (6, 20)]),
];

/// The holidays of `year`, in order, each with its English name.
pub fn holidays(country: Country, year: i16) -> Vec<(Date, &'static str)> {
    let fixed: &[(i8, i8, &str)] = match country {
        Country::Ghana => &GHANA,
        Country::Nigeria => &NIGERIA,
    };
    let day = |month, day| Date::new(year, month, day).ok();
    let mut all: Vec<(Date, &str)> = fixed
        .iter()
        .filter_map(|(month, number, name)| {
            let date = day(*month, *number)?;
            let date = if *name == "Farmers' Day" {
                date.nth_weekday_of_month(1, Weekday::Friday).ok()?
            } else {
                date
            };
            Some((date, *name))
        })
        .collect();
    if let Some(easter) = easter(year) {
        all.push((easter.saturating_sub(2.days()), "Good Friday"));
        all.push((easter.saturating_add(1.day()), "Easter Monday"));
    }
    if let Some((_, [fitr, adha, birthday])) = MUSLIM.iter().find(|(known, _)| *known == year) {
        let fitr = day(fitr.0, fitr.1);
        let adha = day(adha.0, adha.1);
        all.extend(fitr.map(|date| (date, "Eid al-Fitr")));
        all.extend(adha.map(|date| (date, "Eid al-Adha")));
        let next = |date: Date| date.saturating_add(1.day());
        match country {
            Country::Ghana => all.extend(fitr.map(|date| (next(date), "Shaqq Day"))),
            // Two days for each feast.
            Country::Nigeria => {
                all.extend(fitr.map(|date| (next(date), "Eid al-Fitr")));
                all.extend(adha.map(|date| (next(date), "Eid al-Adha")));
                all.extend(day(birthday.0, birthday.1).map(|date| (date, "Maulud")));
            }
        }
    }
    all.sort_unstable();
    all
}

/// Easter Sunday of the western churches, by the anonymous Gregorian algorithm (Meeus,
/// *Astronomical Algorithms*, chapter 8).
pub(crate) fn easter(year: i16) -> Option<Date> {
    let year = i32::from(year);
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 19 * l) / 433;
    let month = (h + l - 7 * m + 90) / 25;
    let day = (h + l - 7 * m + 33 * month + 19) % 32;
    Date::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
    )
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn easter_falls_where_the_churches_keep_it() {
        for (year, month, day) in [
            (2024, 3, 31),
            (2025, 4, 20),
            (2026, 4, 5),
            (2027, 3, 28),
            (2038, 4, 25),
        ] {
            assert_eq!(easter(year), Some(date(year, month, day)));
        }
    }

    #[test]
    fn each_country_has_its_own_days() {
        let named = |country, name: &str| {
            holidays(country, 2026)
                .into_iter()
                .find(|(_, known)| *known == name)
                .map(|(date, _)| date)
        };
        assert_eq!(
            named(Country::Ghana, "Farmers' Day"),
            Some(date(2026, 12, 4))
        );
        assert_eq!(named(Country::Nigeria, "Farmers' Day"), None);
        assert_eq!(
            named(Country::Nigeria, "Democracy Day"),
            Some(date(2026, 6, 12))
        );
        assert_eq!(named(Country::Nigeria, "Maulud"), Some(date(2026, 8, 25)));
        assert_eq!(named(Country::Ghana, "Good Friday"), Some(date(2026, 4, 3)));
    }
}
