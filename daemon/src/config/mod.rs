//! Configuration in three steps: fragments are read, merged by key (later wins),
//! and validated into [`Settings`]. After that nobody else reads files or the
//! environment for configuration.
//!
//! Order: built-in default, `/usr/lib/kiosk/config.d/*.toml`,
//! `/etc/kiosk/config.d/*.toml`, the file named on the command line, `.env`,
//! environment (`KIOSK_<SECTION>_<KEY>`). `KIOSK_ETC` names another folder than `/etc/kiosk`.

mod settings;
mod values;

pub use settings::{
    AudioSettings, CentralSettings, HearingSettings, HttpSettings, Microphone, RemoteSpeech,
    Settings, Speaker, TlsFiles, is_private,
};

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use values::Values;

/// Where the distribution puts fragments; the administrator's come after these.
const DISTRIBUTED: &str = "/usr/lib/kiosk/config.d";
/// The administrator's folder, and the variable that names another.
const ETC: (&str, &str) = ("/etc/kiosk", "KIOSK_ETC");

/// The administrator's folder: fragments in `config.d`, keys, certificates.
pub fn etc() -> PathBuf {
    std::env::var_os(ETC.1).map_or_else(|| ETC.0.into(), PathBuf::from)
}

/// One thing that is wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file, or `environment`.
    pub origin: String,
    /// `section.key`, or empty where the whole file is meant.
    pub key: String,
    /// What is wrong and what is expected.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.key.is_empty() {
            return write!(f, "{}: {}", self.origin, self.what);
        }
        write!(f, "{}: `{}`: {}", self.origin, self.key, self.what)
    }
}

/// Everything that is wrong, found in one run.
#[derive(Debug, thiserror::Error)]
#[error("the configuration has {} problem(s):\n{}", .0.len(), .0.iter().map(|problem| format!("  {problem}")).collect::<Vec<_>>().join("\n"))]
pub struct Problems(pub Vec<Problem>);

/// Reads all fragments, `file` if given, `.env` in the current folder and the
/// environment, and validates them together.
///
/// # Errors
/// Every problem found, each with its file and key.
pub fn load(file: Option<&Path>) -> Result<Settings, Problems> {
    load_as_if(&BTreeMap::new(), file)
}

/// What [`load`] would find if these files held these texts; they need not exist.
///
/// # Errors
/// As [`load`].
pub fn load_as_if(
    texts: &BTreeMap<PathBuf, String>,
    file: Option<&Path>,
) -> Result<Settings, Problems> {
    let mut values = Values::default();
    for fragment in fragments(texts).iter().map(PathBuf::as_path).chain(file) {
        match texts.get(fragment) {
            Some(text) => values.read_text(&fragment.display().to_string(), text),
            None => values.read_file(fragment),
        }
    }
    if Path::new(".env").exists() {
        values.read_env_file(Path::new(".env"));
    }
    values.read_environment(std::env::vars());
    finish(values)
}

fn finish(mut values: Values) -> Result<Settings, Problems> {
    let settings = Settings::from_values(&mut values);
    let problems = values.into_problems();
    if problems.is_empty() {
        Ok(settings)
    } else {
        Err(Problems(problems))
    }
}

/// The files that [`load`] reads, in its order; `.env` and the environment come after them.
pub fn files(file: Option<&Path>) -> Vec<PathBuf> {
    let mut found = fragments(&BTreeMap::new());
    found.extend(file.map(Path::to_owned));
    found
}

/// `more`: also these, where they lie in one of the folders.
fn fragments(more: &BTreeMap<PathBuf, String>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in [DISTRIBUTED.into(), etc().join("config.d")] {
        let there = std::fs::read_dir(&folder).into_iter().flatten();
        let files: BTreeSet<PathBuf> = there
            .filter_map(|entry| Some(entry.ok()?.path()))
            .chain(more.keys().cloned())
            .filter(|path| {
                let is_toml = path
                    .extension()
                    .is_some_and(|extension| extension == "toml");
                is_toml && path.parent() == Some(&folder)
            })
            .collect();
        found.extend(files);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(toml: &str, environment: &[(&str, &str)]) -> Result<Settings, Problems> {
        let mut values = Values::default();
        values.read_text("test.toml", toml);
        values.read_environment(
            environment
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned())),
        );
        finish(values)
    }

    fn problems(toml: &str) -> Vec<String> {
        settings(toml, &[])
            .expect_err("this configuration is wrong")
            .0
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn nothing_configured_is_a_working_kiosk() {
        let settings = settings("", &[]).unwrap();
        assert_eq!(
            settings.audio.microphone,
            Microphone::Device("default".to_owned())
        );
        assert_eq!(settings.state_folder, PathBuf::from("/var/lib/kiosk"));
    }

    #[test]
    fn the_environment_wins_over_files() {
        let settings = settings(
            "[audio]\nmicrophone = \"alsa:usb\"\n",
            &[
                ("KIOSK_AUDIO_MICROPHONE", "none"),
                ("KIOSK_HEARING_THREADS", "3"),
            ],
        )
        .unwrap();
        assert_eq!(settings.audio.microphone, Microphone::None);
        assert_eq!(settings.hearing.threads, Some(3));
    }

    #[test]
    fn every_problem_is_listed_with_file_and_key() {
        let found = problems(
            "[audio]\nmicrophnoe = \"x\"\nspeaker = 7\n[hearing]\nthreads = \"many\"\n[nonsense]\na = 1\n",
        );
        assert_eq!(found.len(), 4, "{found:#?}");
        assert!(
            found
                .iter()
                .any(|line| line.starts_with("test.toml: `audio.microphnoe`: unknown key")),
            "{found:#?}"
        );
        assert!(
            found.iter().any(|line| line.contains("`audio.speaker`")),
            "{found:#?}"
        );
        assert!(
            found.iter().any(|line| line.contains("`hearing.threads`")),
            "{found:#?}"
        );
        assert!(
            found.iter().any(|line| line.contains("`nonsense.a`")),
            "{found:#?}"
        );
    }

    #[test]
    fn a_file_that_is_not_toml_is_named_with_its_line() {
        let found = problems("[kiosk]\nkey = hunter2\n");
        assert!(
            found[0].starts_with("test.toml: not valid TOML: line 2: "),
            "{found:#?}"
        );
        assert!(!found[0].contains("hunter2"), "{found:#?}");
    }

    #[test]
    fn a_fragment_that_is_not_there_yet_is_judged_in_its_place() {
        let fragment = etc().join("config.d/zz-new.toml");
        let wrong = "[audio]\nmicrophnoe = \"x\"\n".to_owned();
        let problems = load_as_if(&BTreeMap::from([(fragment.clone(), wrong)]), None).unwrap_err();
        let named = format!("{}: `audio.microphnoe`", fragment.display());
        assert!(problems.to_string().contains(&named), "{problems}");
        let right = "[audio]\nmicrophone = \"none\"\n".to_owned();
        let settings = load_as_if(&BTreeMap::from([(fragment, right)]), None).unwrap();
        assert_eq!(settings.audio.microphone, Microphone::None);
    }

    #[test]
    fn only_languages_that_there_are_can_be_offered() {
        let settings = settings("[panel]\nlanguages = [\"tw\", \"ha\"]\n", &[]).unwrap();
        assert_eq!(
            settings.languages,
            Some(vec!["tw".to_owned(), "ha".to_owned()])
        );
        let found = problems("[panel]\nlanguages = [\"xx\"]\n");
        assert!(found[0].contains("tw, yo, ig, ha"), "{found:#?}");
    }

    #[test]
    fn environment_names_that_look_ours_but_are_not_are_problems() {
        let error = settings("", &[("KIOSK_AUDIO_MICROPHNE", "none")]).unwrap_err();
        assert!(
            error.to_string().contains("KIOSK_AUDIO_MICROPHNE"),
            "{error}"
        );
    }
}
