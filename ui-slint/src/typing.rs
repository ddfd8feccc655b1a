//! What is typed on the panel's own keys. It never leaves the panel before "Continue".

/// No name in any register is longer.
const LONGEST_NAME: usize = 60;
/// E.164: at most 15 digits, and a plus.
const LONGEST_PHONE: usize = 16;

const ROWS: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];
/// Letters of Ghana's and Nigeria's languages that English lacks.
const MORE: &str = "ɛɔŋẹọṣịụṅɓɗƙƴ";

/// A name being typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Name {
    text: String,
    shift_turned: bool,
}

impl Name {
    /// What stands in the field.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the next letter is a capital: the first of each part of a name is, unless
    /// the shift key says otherwise.
    pub fn shifted(&self) -> bool {
        let begins = self.text.is_empty() || self.text.ends_with([' ', '-', '’']);
        begins != self.shift_turned
    }

    /// Every letter that can be typed, small and large.
    pub fn letters() -> String {
        let small: String = ROWS.concat() + MORE;
        small.to_uppercase() + &small
    }

    /// The keys, as they are labelled at the moment.
    pub fn rows(&self) -> Vec<Vec<String>> {
        let label = |letter: char| {
            if self.shifted() {
                upper(letter)
            } else {
                letter.to_string()
            }
        };
        ROWS.into_iter()
            .chain([MORE])
            .map(|row| row.chars().map(label).collect())
            .collect()
    }

    /// A key.
    pub fn letter(&mut self, text: &str) {
        if self.text.chars().count() < LONGEST_NAME && !(text == " " && self.text.is_empty()) {
            self.text.push_str(text);
        }
        self.shift_turned = false;
    }

    /// The shift key.
    pub fn shift(&mut self) {
        self.shift_turned = !self.shift_turned;
    }

    /// The key that deletes.
    pub fn backspace(&mut self) {
        self.text.pop();
        self.shift_turned = false;
    }
}

fn upper(letter: char) -> String {
    letter.to_uppercase().collect()
}

/// A phone number being typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Phone(String);

impl From<&str> for Phone {
    /// One that is known, to be shown.
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl Phone {
    /// As it is sent.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// In groups, for reading: `024 412 3456`, `+233 244 123 456`.
    pub fn shown(&self) -> String {
        let first = if self.0.starts_with('+') { 4 } else { 3 };
        let mut shown = String::new();
        for (index, digit) in self.0.chars().enumerate() {
            let after = index.checked_sub(first);
            let last_group = self.0.len().saturating_sub(index) < 4
                && self.0.len() == 10
                && first == 3
                && index > 6;
            if after.is_some_and(|after| after % 3 == 0) && !last_group {
                shown.push(' ');
            }
            shown.push(digit);
        }
        shown
    }

    /// A key: a digit, or a plus at the beginning.
    pub fn digit(&mut self, text: &str) {
        let plus_inside = text == "+" && !self.0.is_empty();
        if self.0.len() < LONGEST_PHONE && !plus_inside {
            self.0.push_str(text);
        }
    }

    /// The key that deletes.
    pub fn backspace(&mut self) {
        self.0.pop();
    }
}

/// The part of a birth date that is being typed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DatePart {
    /// The day of the month.
    #[default]
    Day,
    /// The month, which is chosen by name.
    Month,
    /// The year, with four figures.
    Year,
}

/// A birth date being typed: day, month, year. A part that is full opens the next.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BirthDate {
    /// As typed.
    pub day: String,
    /// 1 to 12; 0 while it is not chosen.
    pub month: u8,
    /// As typed.
    pub year: String,
    /// What the keys write to.
    pub part: DatePart,
}

impl BirthDate {
    /// As it is sent, `02/03/1990`; empty while it is not whole.
    pub fn text(&self) -> String {
        if self.day.is_empty() || self.month == 0 || self.year.len() < 4 {
            return String::new();
        }
        format!("{:0>2}/{:02}/{}", self.day, self.month, self.year)
    }

    fn digit(&mut self, digit: &str) {
        match self.part {
            DatePart::Day => {
                let typed = format!("{}{digit}", self.day);
                // "5" is the fifth: no day has 50 or more before it.
                if (1..=31).contains(&typed.parse().unwrap_or(0)) || typed == "0" {
                    self.day = typed;
                }
                if self.day.len() == 2 || self.day.parse().is_ok_and(|day: u8| day > 3) {
                    self.part = DatePart::Month;
                }
            }
            DatePart::Month => {}
            DatePart::Year => {
                if self.year.len() < 4 {
                    self.year.push_str(digit);
                }
            }
        }
    }

    /// A month, by name.
    pub fn set_month(&mut self, month: u8) {
        if (1..=12).contains(&month) {
            self.month = month;
            self.part = DatePart::Year;
        }
    }

    /// Back to a part, to type it again.
    pub fn go_to(&mut self, part: DatePart) {
        match part {
            DatePart::Day => self.day.clear(),
            DatePart::Month => {}
            DatePart::Year => self.year.clear(),
        }
        self.part = part;
    }

    fn backspace(&mut self) {
        match self.part {
            DatePart::Year if self.year.is_empty() => self.part = DatePart::Month,
            DatePart::Year => drop(self.year.pop()),
            DatePart::Day | DatePart::Month => {
                self.part = DatePart::Day;
                self.day.pop();
            }
        }
    }
}

/// What the keypad writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Figures {
    /// A number.
    Phone(Phone),
    /// A date.
    BirthDate(BirthDate),
}

impl Default for Figures {
    fn default() -> Self {
        Self::Phone(Phone::default())
    }
}

impl Figures {
    /// A key.
    pub fn digit(&mut self, text: &str) {
        match self {
            Self::Phone(phone) => phone.digit(text),
            Self::BirthDate(date) => {
                if text.chars().all(|c| c.is_ascii_digit()) {
                    date.digit(text);
                }
            }
        }
    }

    /// The key that deletes.
    pub fn backspace(&mut self) {
        match self {
            Self::Phone(phone) => phone.backspace(),
            Self::BirthDate(date) => date.backspace(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_of_a_name_begins_with_a_capital() {
        let mut name = Name::default();
        for key in ["k", "o", "f", "i", " ", "m"] {
            let label = if name.shifted() {
                upper(key.chars().next().unwrap())
            } else {
                key.to_owned()
            };
            name.letter(&label);
        }
        assert_eq!(name.text(), "Kofi M");
        assert!(!name.shifted());
        name.shift();
        assert!(name.shifted());
        name.backspace();
        assert_eq!(name.text(), "Kofi ");
    }

    #[test]
    fn a_name_has_an_end() {
        let mut name = Name::default();
        name.letter(" ");
        for _ in 0..200 {
            name.letter("ɔ");
        }
        assert_eq!(name.text().chars().count(), LONGEST_NAME);
        assert!(name.text().starts_with('ɔ'), "no name begins with a space");
    }

    #[test]
    fn phone_numbers_are_grouped_for_reading() {
        for (typed, shown) in [
            ("0244123456", "024 412 3456"),
            ("+233244123456", "+233 244 123 456"),
            ("02", "02"),
            ("02441", "024 41"),
        ] {
            let mut phone = Phone::default();
            typed
                .chars()
                .for_each(|digit| phone.digit(&digit.to_string()));
            assert_eq!(phone.shown(), shown);
            assert_eq!(phone.text(), typed);
        }
        let mut phone = Phone::default();
        phone.digit("0");
        phone.digit("+");
        assert_eq!(phone.text(), "0", "a plus only begins a number");
    }

    #[test]
    fn a_birth_date_is_sent_when_it_is_whole() {
        let mut figures = Figures::BirthDate(BirthDate::default());
        let date = |figures: &Figures| match figures {
            Figures::BirthDate(date) => date.clone(),
            Figures::Phone(_) => panic!("it stays a birth date"),
        };
        for key in ["0", "+", "2"] {
            figures.digit(key);
        }
        assert_eq!(date(&figures).part, DatePart::Month, "a whole day is left");
        let Figures::BirthDate(typed) = &mut figures else {
            panic!("it stays a birth date");
        };
        typed.set_month(13);
        assert_eq!(typed.month, 0);
        typed.set_month(3);
        for key in ["1", "9", "9"] {
            figures.digit(key);
            assert_eq!(date(&figures).text(), "");
        }
        figures.digit("0");
        figures.digit("7");
        assert_eq!(date(&figures).text(), "02/03/1990");
        for _ in 0..5 {
            figures.backspace();
        }
        assert_eq!(
            date(&figures).part,
            DatePart::Month,
            "back through the parts"
        );
    }

    #[test]
    fn a_day_is_a_day_of_the_month() {
        for (keys, day, part) in [
            ("5", "5", DatePart::Month),
            ("3", "3", DatePart::Day),
            ("31", "31", DatePart::Month),
            ("39", "3", DatePart::Day),
            ("00", "0", DatePart::Day),
            ("07", "07", DatePart::Month),
        ] {
            let mut date = BirthDate::default();
            keys.chars().for_each(|key| date.digit(&key.to_string()));
            assert_eq!((date.day.as_str(), date.part), (day, part), "{keys}");
        }
    }
}
