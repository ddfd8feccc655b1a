//! What is typed on the panel's own keys. It never leaves the panel before "Continue".

/// No name in any register is longer.
const LONGEST_NAME: usize = 60;
/// E.164: at most 15 digits, and a plus.
const LONGEST_PHONE: usize = 16;

const ROWS: [&str; 4] = ["1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"];
/// Letters of Ghana's and Nigeria's languages that English lacks.
const MORE: &str = "ɛɔŋẹọṣịụɓɗƙ";

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

    /// The keys, as they are labelled at the moment.
    pub fn rows(&self) -> Vec<Vec<String>> {
        let label = |letter: char| {
            if self.shifted() {
                upper(letter)
            } else {
                letter.to_string()
            }
        };
        ROWS[1..]
            .iter()
            .copied()
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

/// A birth date being typed: day, month, year.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BirthDate(String);

/// `DDMMYYYY`.
const DATE_DIGITS: usize = 8;

impl BirthDate {
    /// As it is sent, `02/03/1990`; empty while it is not whole.
    pub fn text(&self) -> String {
        if self.0.len() < DATE_DIGITS {
            return String::new();
        }
        format!("{}/{}/{}", &self.0[..2], &self.0[2..4], &self.0[4..])
    }

    /// For reading: `02 / 03 / 19`.
    pub fn shown(&self) -> String {
        let mut shown = String::new();
        for (index, digit) in self.0.chars().enumerate() {
            if index == 2 || index == 4 {
                shown.push_str(" / ");
            }
            shown.push(digit);
        }
        shown
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
                if date.0.len() < DATE_DIGITS && text.chars().all(|c| c.is_ascii_digit()) {
                    date.0.push_str(text);
                }
            }
        }
    }

    /// The key that deletes.
    pub fn backspace(&mut self) {
        match self {
            Self::Phone(phone) => phone.backspace(),
            Self::BirthDate(date) => {
                date.0.pop();
            }
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
        for (key, shown, text) in [
            ("0", "0", ""),
            ("2", "02", ""),
            ("+", "02", ""),
            ("0", "02 / 0", ""),
            ("3", "02 / 03", ""),
            ("1", "02 / 03 / 1", ""),
            ("9", "02 / 03 / 19", ""),
            ("9", "02 / 03 / 199", ""),
            ("0", "02 / 03 / 1990", "02/03/1990"),
            ("7", "02 / 03 / 1990", "02/03/1990"),
        ] {
            figures.digit(key);
            let Figures::BirthDate(date) = &figures else {
                panic!("it stays a birth date");
            };
            assert_eq!((date.shown().as_str(), date.text().as_str()), (shown, text));
        }
    }
}
