//! Numbers as English words.

const SMALL: [&str; 20] = [
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
const TENS: [&str; 10] = [
    "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
];
const GROUPS: [(u64, &str); 4] = [
    (1_000_000_000_000, "trillion"),
    (1_000_000_000, "billion"),
    (1_000_000, "million"),
    (1_000, "thousand"),
];

/// `1250` → "one thousand two hundred and fifty".
#[must_use]
pub fn cardinal(number: u64) -> String {
    for (size, name) in GROUPS {
        if number >= size {
            let head = format!("{} {name}", cardinal(number / size));
            return match number % size {
                0 => head,
                rest if rest < 100 => format!("{head} and {}", cardinal(rest)),
                rest => format!("{head} {}", cardinal(rest)),
            };
        }
    }
    if number >= 100 {
        let head = format!("{} hundred", SMALL[(number / 100) as usize]);
        return match number % 100 {
            0 => head,
            rest => format!("{head} and {}", cardinal(rest)),
        };
    }
    if number < 20 {
        return SMALL[number as usize].to_owned();
    }
    let tens = TENS[(number / 10) as usize];
    match number % 10 {
        0 => tens.to_owned(),
        unit => format!("{tens}-{}", SMALL[unit as usize]),
    }
}

/// `21` → "twenty-first".
#[must_use]
pub fn ordinal(number: u64) -> String {
    let words = cardinal(number);
    let cut = words.rfind([' ', '-']).map_or(0, |at| at + 1);
    let (head, last) = words.split_at(cut);
    let last = match last {
        "one" => "first".to_owned(),
        "two" => "second".to_owned(),
        "three" => "third".to_owned(),
        "five" => "fifth".to_owned(),
        "eight" => "eighth".to_owned(),
        "nine" => "ninth".to_owned(),
        "twelve" => "twelfth".to_owned(),
        other => match other.strip_suffix('y') {
            Some(stem) => format!("{stem}ieth"),
            None => format!("{other}th"),
        },
    };
    format!("{head}{last}")
}

/// `1984` → "nineteen eighty-four", `2005` → "two thousand and five".
#[must_use]
pub fn year(number: u64) -> String {
    let (century, rest) = (number / 100, number % 100);
    match (century, rest) {
        (10..=99, 0) if !century.is_multiple_of(10) => format!("{} hundred", cardinal(century)),
        (10..=99, 1..=9) if !century.is_multiple_of(10) => {
            format!("{} oh {}", cardinal(century), cardinal(rest))
        }
        (10..=99, 10..) => format!("{} {}", cardinal(century), cardinal(rest)),
        _ => cardinal(number),
    }
}

/// `0245551234` → "zero two four, five five five, one two three four": groups of
/// three and a last one of up to four, as phone numbers are told. Anything but
/// digits is passed over.
#[must_use]
pub fn digits(number: &str) -> String {
    let words: Vec<&str> = number
        .chars()
        .filter_map(|c| c.to_digit(10))
        .map(|digit| SMALL[digit as usize])
        .collect();
    let mut groups = Vec::new();
    let mut rest = &words[..];
    while rest.len() > 4 {
        let (group, later) = rest.split_at(3);
        groups.push(group.join(" "));
        rest = later;
    }
    groups.push(rest.join(" "));
    groups.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_as_people_tell_them() {
        for (number, words) in [
            (0, "zero"),
            (7, "seven"),
            (13, "thirteen"),
            (20, "twenty"),
            (42, "forty-two"),
            (100, "one hundred"),
            (101, "one hundred and one"),
            (1_000, "one thousand"),
            (1_250, "one thousand two hundred and fifty"),
            (2_005, "two thousand and five"),
            (1_000_000, "one million"),
        ] {
            assert_eq!(cardinal(number), words);
        }
        for (number, words) in [
            (1, "first"),
            (2, "second"),
            (3, "third"),
            (5, "fifth"),
            (8, "eighth"),
            (9, "ninth"),
            (12, "twelfth"),
            (20, "twentieth"),
            (21, "twenty-first"),
            (30, "thirtieth"),
            (100, "one hundredth"),
        ] {
            assert_eq!(ordinal(number), words);
        }
        for (number, words) in [
            (1984, "nineteen eighty-four"),
            (1900, "nineteen hundred"),
            (1905, "nineteen oh five"),
            (2000, "two thousand"),
            (2005, "two thousand and five"),
            (2026, "twenty twenty-six"),
        ] {
            assert_eq!(year(number), words);
        }
        assert!(!cardinal(u64::MAX).is_empty());
    }

    #[test]
    fn digits_come_in_groups() {
        assert_eq!(
            digits("0245551234"),
            "zero two four, five five five, one two three four"
        );
        assert_eq!(digits("112"), "one one two");
        assert_eq!(digits("1234"), "one two three four");
        assert_eq!(digits("12345"), "one two three, four five");
        assert_eq!(digits(""), "");
    }
}
