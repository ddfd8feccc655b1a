//! What the kiosk says, from Fluent files that the shell loads and hands over.
//!
//! A message's value is its spoken form, its attribute `.shown` the shown one. The
//! names of all messages stand in [`MESSAGES`]; a file that lacks one is refused
//! when it is loaded, not when a patient needs it.

mod dates;
mod messages;

pub use messages::MESSAGES;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use kiosk_protocol::Private;
use unic_langid::LanguageIdentifier;

/// A sentence in both its forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// For the voice; never holds who the patient is.
    pub spoken: Private,
    /// For the screen.
    pub shown: Private,
    /// The same for every patient and every day, so worth caching.
    pub fixed: bool,
}

impl Sentence {
    /// One after the other.
    #[must_use]
    pub fn then(&self, next: &Self) -> Self {
        let join =
            |a: &Private, b: &Private| Private::new(format!("{} {}", a.expose(), b.expose()));
        Self {
            spoken: join(&self.spoken, &next.spoken),
            shown: join(&self.shown, &next.shown),
            fixed: self.fixed && next.fixed,
        }
    }
}

/// A message's arguments in their two forms.
pub type Argument<'a> = (&'static str, &'a Sentence);

/// Why a file was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WordingError {
    /// The language's name is not BCP 47.
    #[error("`{0}` is not the name of a language")]
    Language(String),
    /// The file is not Fluent; where and why.
    #[error("wording of {0} cannot be read: {1}")]
    Syntax(String, String),
    /// Messages that the kiosk needs are not there.
    #[error("wording of {0} lacks: {list}", list = .1.join(", "))]
    Missing(String, Vec<&'static str>),
}

/// One language's sentences.
pub struct Wording {
    bundle: FluentBundle<FluentResource>,
    language: String,
}

impl Wording {
    /// Parses the Fluent text of `language` (BCP 47).
    ///
    /// # Errors
    /// The text is not Fluent, or messages are missing (all of them are named).
    pub fn load(language: &str, fluent: &str) -> Result<Self, WordingError> {
        let id: LanguageIdentifier = language
            .parse()
            .map_err(|_| WordingError::Language(language.to_owned()))?;
        let resource = FluentResource::try_new(fluent.to_owned()).map_err(|(_, errors)| {
            let words: Vec<String> = errors.iter().map(ToString::to_string).collect();
            WordingError::Syntax(language.to_owned(), words.join("; "))
        })?;
        let mut bundle = FluentBundle::new_concurrent(vec![id]);
        // The kiosk writes no bidirectional text; the marks would reach the voice.
        bundle.set_use_isolating(false);
        bundle.add_resource_overriding(resource);
        let missing: Vec<_> = MESSAGES
            .iter()
            .copied()
            .filter(|name| !bundle.has_message(name))
            .collect();
        if !missing.is_empty() {
            return Err(WordingError::Missing(language.to_owned(), missing));
        }
        Ok(Self {
            bundle,
            language: language.to_owned(),
        })
    }

    /// The language (BCP 47).
    pub fn language(&self) -> &str {
        &self.language
    }

    /// A message without arguments.
    pub fn fixed(&self, name: &'static str) -> Sentence {
        self.say(name, &[])
    }

    /// Every whole sentence that is the same for all patients of `clinic`, for a voice that
    /// renders them before they are needed.
    pub fn prompts(&self, clinic: &str) -> Vec<Private> {
        let mut arguments = FluentArgs::new();
        arguments.set("clinic", clinic.to_owned());
        MESSAGES
            .iter()
            .filter_map(|name| {
                let pattern = self.bundle.get_message(name)?.value()?;
                let mut unknown = Vec::new();
                let text = self
                    .bundle
                    .format_pattern(pattern, Some(&arguments), &mut unknown);
                let whole = text.trim_end().ends_with(['.', '?', '!']);
                (unknown.is_empty() && whole).then(|| Private::from(&*text))
            })
            .collect()
    }

    /// A message with sentences as arguments, each used in the form that is made.
    pub fn say(&self, name: &'static str, arguments: &[Argument<'_>]) -> Sentence {
        let form = |pick: fn(&Sentence) -> &Private| {
            let mut args = FluentArgs::new();
            for (argument, sentence) in arguments {
                args.set(*argument, pick(sentence).expose().to_owned());
            }
            args
        };
        let spoken = self.format(name, None, &form(|sentence| &sentence.spoken));
        let shown = self.format(name, Some("shown"), &form(|sentence| &sentence.shown));
        Sentence {
            spoken,
            shown,
            fixed: arguments.is_empty(),
        }
    }

    fn number(&self, name: &'static str, number: i64) -> String {
        let mut args = FluentArgs::new();
        args.set("number", FluentValue::from(number));
        self.format(name, None, &args).expose().to_owned()
    }

    /// `load` has proved that the message is there; a broken reference inside it
    /// shows as its own text rather than as nothing.
    fn format(
        &self,
        name: &'static str,
        attribute: Option<&str>,
        args: &FluentArgs<'_>,
    ) -> Private {
        let Some(message) = self.bundle.get_message(name) else {
            return Private::from(name);
        };
        let pattern = attribute
            .and_then(|attribute| message.get_attribute(attribute).map(|found| found.value()))
            .or_else(|| message.value());
        let Some(pattern) = pattern else {
            return Private::from(name);
        };
        let mut errors = Vec::new();
        Private::new(
            self.bundle
                .format_pattern(pattern, Some(args), &mut errors)
                .into_owned(),
        )
    }
}

/// A word or name that is said as it is written.
pub fn verbatim(text: &str) -> Sentence {
    Sentence {
        spoken: Private::from(text),
        shown: Private::from(text),
        fixed: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_missing_message_is_named() {
        let error = Wording::load("en-GH", "welcome = Hello\n").err().unwrap();
        let WordingError::Missing(_, missing) = &error else {
            panic!("{error}")
        };
        assert_eq!(missing.len(), MESSAGES.len() - 1);
        assert!(error.to_string().contains("ask-confirm"));
    }

    #[test]
    fn a_file_that_is_not_fluent_is_refused() {
        assert!(matches!(
            Wording::load("en-GH", "= ="),
            Err(WordingError::Syntax(..))
        ));
        assert!(matches!(
            Wording::load("no language!", ""),
            Err(WordingError::Language(_))
        ));
    }

    #[test]
    fn a_message_has_a_spoken_and_a_shown_form() {
        let wording = Wording::load("en-GH", include_str!("../../../wording/en-GH.ftl")).unwrap();
        let greeting = wording.say("greeting", &[("clinic", &verbatim("Ridge Road"))]);
        assert!(
            greeting
                .spoken
                .expose()
                .starts_with("Welcome to Ridge Road.")
        );
        assert_eq!(
            greeting.shown.expose(),
            "Which doctor would you like to see, and when?"
        );
    }
}
