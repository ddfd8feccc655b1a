//! Which language the screen has. Hearing and speaking stay in the kiosk's own; a patient
//! who touches in another one is not spoken to in a language that they did not choose.

use super::Dialogue;
use super::choosing::says;
use crate::wording::{Sentence, verbatim};
use jiff::Timestamp;

/// What the languages are called by those who ask for them.
const NAMES: [(&str, &[&str]); 5] = [
    ("tw", &["twi", "akan", "fante", "asante"]),
    ("yo", &["yoruba"]),
    ("ig", &["igbo", "ibo"]),
    ("ha", &["hausa"]),
    ("en", &["english", "pidgin"]),
];

impl Dialogue {
    /// Shows everything in the language of this code; true where the screen has it.
    pub(super) fn show_in(&mut self, code: &str) -> bool {
        let wording = &self.setting.wording;
        let own = wording.language();
        let found = wording.languages().position(|language| language == code);
        if found.is_none() && code != own && Some(code) != own.split('-').next() {
            return false;
        }
        self.language = found;
        if !self.speaks_to_them() {
            self.fall_silent();
        }
        true
    }

    /// Answers "in Twi, please".
    pub(super) fn asked_for_language(&mut self, now: Timestamp, text: &str) {
        let named = NAMES.iter().find(|(_, names)| says(text, names));
        let name = match named {
            Some((code, names)) if *code != "en" && self.show_in(code) => names[0],
            Some((code, _)) => {
                self.show_in(code);
                return self.ask_again(now, "only-english");
            }
            None => return self.ask_again(now, "only-english"),
        };
        let name = verbatim(&capitalised(name));
        let words = [("language", &name)];
        self.preface = Some(self.setting.wording.say("language-shown", &words));
        self.ask(now, self.stage);
    }

    /// Whether this patient is spoken to: in the kiosk's language, and who speaks to it.
    pub(super) fn speaks_to_them(&self) -> bool {
        self.language.is_none() || self.spoke_last
    }

    /// The language of the screen (BCP 47).
    pub(super) fn language_shown(&self) -> &str {
        let wording = &self.setting.wording;
        self.language
            .and_then(|index| wording.languages().nth(index))
            .unwrap_or(wording.language())
    }

    /// As the screen has it.
    pub(super) fn text(&self, sentence: &Sentence) -> String {
        sentence.shown_in(self.language).expose().to_owned()
    }
}

fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
