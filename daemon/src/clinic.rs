//! From the roster in the store and the wording on disk to what a dialogue needs.

use crate::config::Settings;
use crate::store::StoreHandle;
use anyhow::Context;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use kiosk_core::clinic::Roster;
use kiosk_core::dialogue::Setting;
use kiosk_core::wording::Wording;
use kiosk_protocol::Language;
use std::path::Path;
use std::sync::Arc;

/// The language that is built in.
pub const LANGUAGE: &str = "en-GH";

const BUILT_IN: &str = include_str!("../wording/en-GH.ftl");

/// The languages that the screen has beside: code, what its speakers call it, sentences.
const ON_THE_SCREEN: [(&str, &str, &str); 4] = [
    ("tw", "Twi", include_str!("../wording/tw.ftl")),
    ("yo", "Yorùbá", include_str!("../wording/yo.ftl")),
    ("ig", "Igbo", include_str!("../wording/ig.ftl")),
    ("ha", "Hausa", include_str!("../wording/ha.ftl")),
];

/// Their codes.
pub fn on_the_screen() -> impl Iterator<Item = &'static str> {
    ON_THE_SCREEN.iter().map(|(code, ..)| *code)
}

/// What this box has of each language that `wording` has.
pub fn languages(wording: &Wording) -> Vec<Language> {
    let language = |code: &str, name: &str, speech| Language {
        code: code.to_owned(),
        name: name.to_owned(),
        speech_in: speech,
        speech_out: speech,
    };
    let offered: Vec<&str> = wording.languages().collect();
    let beside = ON_THE_SCREEN
        .iter()
        .filter(|(code, ..)| offered.contains(code));
    std::iter::once(language(LANGUAGE, "English", true))
        .chain(beside.map(|(code, name, _)| language(code, name, false)))
        .collect()
}

/// The clinic as it stands in the store; before a roster was imported one without
/// practitioners, where nothing can be booked.
///
/// # Errors
/// The store or the wording could not be read.
pub async fn setting(store: &StoreHandle, settings: &Settings) -> anyhow::Result<Arc<Setting>> {
    let wording = wording(settings)?;
    let Some((clinic, roster)) = store.clinic(Timestamp::now()).await? else {
        return Ok(Arc::new(Setting {
            clinic_name: settings.kiosk_name.clone(),
            zone: TimeZone::UTC,
            regions: Vec::new(),
            horizon_days: 1,
            roster: Roster::default(),
            wording,
        }));
    };
    let zone = TimeZone::get(&clinic.time_zone)
        .with_context(|| format!("the roster's time zone `{}`", clinic.time_zone))?;
    Ok(Arc::new(Setting {
        clinic_name: clinic.name,
        zone,
        regions: clinic.regions,
        horizon_days: clinic.horizon_days,
        roster,
        wording,
    }))
}

/// The wording files of [`LANGUAGE`] and the languages that the screen offers, where a
/// folder is configured and has them, else those built in. It must have [`LANGUAGE`].
///
/// # Errors
/// A file cannot be read, is not Fluent, or lacks messages.
pub fn wording(settings: &Settings) -> anyhow::Result<Wording> {
    let file = |code: &str| {
        let folder = settings.wording_folder.as_ref();
        folder.map(|folder| folder.join(format!("{code}.ftl")))
    };
    let read = |file: &Path| {
        std::fs::read_to_string(file).with_context(|| format!("read `{}`", file.display()))
    };
    let mut wording = match file(LANGUAGE) {
        Some(file) => Wording::load(LANGUAGE, &read(&file)?)
            .with_context(|| format!("in `{}`", file.display()))?,
        None => Wording::load(LANGUAGE, BUILT_IN)?,
    };
    let offered = |code: &str| {
        let chosen = settings.languages.as_ref();
        chosen.is_none_or(|chosen| chosen.iter().any(|other| other == code))
    };
    for (code, _, built_in) in ON_THE_SCREEN {
        if !offered(code) {
            continue;
        }
        wording = match file(code).filter(|file| file.exists()) {
            Some(file) => wording
                .and(code, &read(&file)?)
                .with_context(|| format!("in `{}`", file.display()))?,
            None => wording.and(code, built_in)?,
        };
    }
    Ok(wording)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kiosk_core::wording::MESSAGES;
    use std::collections::BTreeSet;

    /// What stands between braces, message by message.
    fn arguments(fluent: &str, message: &str) -> BTreeSet<String> {
        let begins = format!("\n{message} =");
        let text = format!("\n{fluent}");
        let from = text.find(&begins).unwrap() + begins.len();
        let whole = text[from..].lines().enumerate();
        let own = whole.take_while(|(number, line)| *number == 0 || line.starts_with([' ', '}']));
        let lines: Vec<&str> = own.map(|(_, line)| line).collect();
        let parts = lines.iter().flat_map(|line| line.split('$').skip(1));
        let word = |part: &str| part.chars().take_while(|c| c.is_alphanumeric()).collect();
        parts.map(word).collect()
    }

    #[test]
    fn every_language_of_the_screen_has_every_message_with_the_same_arguments() {
        let mut wording = Wording::load(LANGUAGE, BUILT_IN).unwrap();
        for (code, _, fluent) in ON_THE_SCREEN {
            wording = wording.and(code, fluent).unwrap();
            assert!(
                fluent.contains("NEEDS A NATIVE READER'S REVIEW"),
                "{code}: nobody has read it yet, and it says so"
            );
            for message in MESSAGES {
                let (english, theirs) = (arguments(BUILT_IN, message), arguments(fluent, message));
                assert!(theirs.is_subset(&english), "{code}: {message}: {theirs:?}");
                let dropped: Vec<_> = english.difference(&theirs).map(String::as_str).collect();
                // Named aloud; on the screen they stand beside the question.
                let aloud = ["clinic", "practitioner", "date", "time", "first", "list"];
                assert!(
                    dropped.iter().all(|name| aloud.contains(name)),
                    "{code}: {message} lacks {dropped:?}"
                );
            }
        }
        let codes: Vec<&str> = wording.languages().collect();
        let offered = languages(&wording);
        let offered: Vec<&str> = offered.iter().map(|it| it.code.as_str()).collect();
        assert_eq!(offered[0], LANGUAGE);
        assert_eq!(offered[1..], codes);

        let some = Wording::load(LANGUAGE, BUILT_IN).unwrap();
        let some = some.and("ha", ON_THE_SCREEN[3].2).unwrap();
        let offered: Vec<String> = languages(&some).into_iter().map(|it| it.code).collect();
        assert_eq!(offered, [LANGUAGE, "ha"], "what isn't offered isn't told");
    }
}
