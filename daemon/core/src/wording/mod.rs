//! What the kiosk says, from Fluent files that the shell loads and hands over.
//!
//! A message's value is its spoken form, its attribute `.shown` the shown one. The
//! names of all messages stand in [`MESSAGES`]; a file that lacks one is refused
//! when it is loaded, not when a patient needs it.
//!
//! Every sentence is made in all languages that the screen has, so that another one can
//! be shown at any moment without asking anything again.

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
    /// For the voice; holds who the patient is for a headset only, or where they ask.
    pub spoken: Private,
    /// For the screen.
    pub shown: Private,
    /// For the screen in the other languages, in the order of [`Wording::languages`]; empty
    /// where it is the same in all.
    pub translated: Vec<Private>,
    /// The same for every patient and every day, so worth caching.
    pub fixed: bool,
}

impl Sentence {
    /// One after the other.
    #[must_use]
    pub fn then(&self, next: &Self) -> Self {
        let mut joined = self.joined(next, " ");
        joined.fixed = self.fixed && next.fixed;
        joined
    }

    /// Both in one, with `between` them.
    #[must_use]
    pub fn joined(&self, next: &Self, between: &str) -> Self {
        let join = |a: &Private, b: &Private| {
            Private::new(format!("{}{between}{}", a.expose(), b.expose()))
        };
        let languages = self.translated.len().max(next.translated.len());
        Self {
            spoken: join(&self.spoken, &next.spoken),
            shown: join(&self.shown, &next.shown),
            translated: (0..languages)
                .map(|index| join(self.shown_in(Some(index)), next.shown_in(Some(index))))
                .collect(),
            fixed: false,
        }
    }

    /// For the screen: in the kiosk's own language, or in one of [`Wording::languages`].
    pub fn shown_in(&self, language: Option<usize>) -> &Private {
        language
            .and_then(|index| self.translated.get(index))
            .unwrap_or(&self.shown)
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

/// The kiosk's sentences: in the language that it speaks, and in those that the screen
/// has beside.
pub struct Wording {
    bundle: FluentBundle<FluentResource>,
    language: String,
    translations: Vec<(String, FluentBundle<FluentResource>)>,
}

impl Wording {
    /// Parses the Fluent text of `language` (BCP 47).
    ///
    /// # Errors
    /// The text is not Fluent, or messages are missing (all of them are named).
    pub fn load(language: &str, fluent: &str) -> Result<Self, WordingError> {
        Ok(Self {
            bundle: bundle(language, fluent)?,
            language: language.to_owned(),
            translations: Vec::new(),
        })
    }

    /// With the screen's sentences in `language` beside.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn and(mut self, language: &str, fluent: &str) -> Result<Self, WordingError> {
        self.translations
            .push((language.to_owned(), bundle(language, fluent)?));
        Ok(self)
    }

    /// The language (BCP 47).
    pub fn language(&self) -> &str {
        &self.language
    }

    /// The languages (BCP 47) that the screen has beside.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.translations.iter().map(|(language, _)| &**language)
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
        let form = |pick: &dyn Fn(&Sentence) -> &Private| {
            let mut args = FluentArgs::new();
            for (argument, sentence) in arguments {
                args.set(*argument, pick(sentence).expose().to_owned());
            }
            args
        };
        let spoken = format(
            &self.bundle,
            name,
            None,
            &form(&|sentence| &sentence.spoken),
        );
        let shown = |bundle, language| {
            let arguments = form(&|sentence| sentence.shown_in(language));
            format(bundle, name, Some("shown"), &arguments)
        };
        let translated = self.translations.iter().enumerate();
        Sentence {
            spoken,
            shown: shown(&self.bundle, None),
            translated: translated
                .map(|(index, (_, bundle))| shown(bundle, Some(index)))
                .collect(),
            fixed: arguments.is_empty(),
        }
    }

    /// The form of `name` for `number`: a weekday, a month.
    fn numbered(&self, name: &'static str, number: i64) -> Sentence {
        let mut args = FluentArgs::new();
        args.set("number", FluentValue::from(number));
        let translated = self.translations.iter();
        Sentence {
            spoken: format(&self.bundle, name, None, &args),
            shown: format(&self.bundle, name, Some("shown"), &args),
            translated: translated
                .map(|(_, bundle)| format(bundle, name, Some("shown"), &args))
                .collect(),
            fixed: false,
        }
    }
}

fn bundle(language: &str, fluent: &str) -> Result<FluentBundle<FluentResource>, WordingError> {
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
    Ok(bundle)
}

/// Loading has proved that the message is there; a broken reference inside it shows as
/// its own text rather than as nothing.
fn format(
    bundle: &FluentBundle<FluentResource>,
    name: &'static str,
    attribute: Option<&str>,
    args: &FluentArgs<'_>,
) -> Private {
    let Some(message) = bundle.get_message(name) else {
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
        bundle
            .format_pattern(pattern, Some(args), &mut errors)
            .into_owned(),
    )
}

/// A word or name that is said as it is written.
pub fn verbatim(text: &str) -> Sentence {
    Sentence {
        spoken: Private::from(text),
        shown: Private::from(text),
        translated: Vec::new(),
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
    fn a_sentence_is_there_in_every_language_of_the_screen() {
        let english = include_str!("../../../wording/en-GH.ftl");
        let wording = Wording::load("en-GH", english).unwrap();
        let wording = wording.and("tw", TWI).unwrap();
        assert_eq!(wording.languages().collect::<Vec<_>>(), ["tw"]);
        let tomorrow = wording.plain_date(jiff::civil::date(2026, 11, 24));
        assert_eq!(tomorrow.shown_in(None).expose(), "Tuesday 24 November");
        assert!(tomorrow.shown_in(Some(0)).expose().contains("Benada"));
        assert!(tomorrow.spoken.expose().contains("Tuesday"));
        let both = verbatim("Dr Owusu:").then(&tomorrow);
        assert!(
            both.shown_in(Some(0))
                .expose()
                .starts_with("Dr Owusu: Benada")
        );
    }

    const TWI: &str = include_str!("../../../wording/tw.ftl");

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
