//! A PIN on its way to kioskd: typed on the panel's keys, on a keyboard, or by a card reader
//! that is one. It is forgotten as soon as it is sent. Pure.

use kiosk_protocol::Refusal;

/// As many as kioskd takes.
const MOST_DIGITS: usize = 32;
const FEWEST_DIGITS: usize = 6;

/// The page on which a PIN is typed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Entry {
    pin: String,
    /// Why the last one was not taken.
    pub refusal: Option<Refusal>,
    /// kioskd is looking at one.
    pub checking: bool,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} digits, {:?}", self.pin.len(), self.refusal)
    }
}

impl Entry {
    /// Nobody has typed anything; kioskd did not take the one before.
    pub fn after(refusal: Refusal) -> Self {
        Self {
            refusal: Some(refusal),
            ..Self::default()
        }
    }

    /// What is shown of it.
    pub fn digits(&self) -> usize {
        self.pin.len()
    }

    /// It is long enough to be one.
    pub fn is_whole(&self) -> bool {
        self.pin.len() >= FEWEST_DIGITS && !self.checking
    }

    /// A key. Other keys than digits do nothing.
    pub fn digit(&mut self, text: &str) {
        let is_digit = text.len() == 1 && text.as_bytes()[0].is_ascii_digit();
        if is_digit && self.pin.len() < MOST_DIGITS && !self.checking {
            self.pin.push_str(text);
            self.refusal = None;
        }
    }

    /// The key that deletes.
    pub fn backspace(&mut self) {
        self.pin.pop();
    }

    /// The PIN, where it is one; it is not kept.
    pub fn taken(&mut self) -> Option<String> {
        if !self.is_whole() {
            return None;
        }
        self.checking = true;
        self.refusal = None;
        Some(std::mem::take(&mut self.pin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_taken_once_and_not_kept() {
        let mut entry = Entry::default();
        for key in ["4", "0", "2", "8", "1", "x", "12", ""] {
            entry.digit(key);
        }
        assert_eq!((entry.digits(), entry.taken()), (5, None));
        entry.digit("9");
        entry.backspace();
        entry.digit("7");
        assert!(!format!("{entry:?}").contains('4'));
        assert_eq!(entry.taken().as_deref(), Some("402817"));
        assert_eq!((entry.digits(), entry.taken()), (0, None));
        entry.digit("1");
        assert_eq!(entry.digits(), 0, "kioskd is looking at one");
    }

    #[test]
    fn a_new_digit_takes_the_refusal_away() {
        let mut entry = Entry::after(Refusal::NoPin);
        entry.digit("1");
        assert_eq!(entry.refusal, None);
    }
}
