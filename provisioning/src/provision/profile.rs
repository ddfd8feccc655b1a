//! A device profile: what one kiosk is to be, in one TOML file. Its sections are those of
//! the configuration, as they are, and four of provisioning's own.

use anyhow::{Context, bail};
use jiff::tz::TimeZone;
use kiosk_daemon::models::{Manifest, Use};
use kiosk_protocol::control::Scope;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// Sections that provisioning keeps to itself.
const OWN: [&str; 4] = ["box", "screen", "models", "keys"];

/// A profile that has been read and checked.
#[derive(Debug, Clone, Default)]
pub struct Profile {
    /// Everything in the file.
    pub table: Table,
    /// Where files that it names lie, unless they are named from the root.
    pub folder: PathBuf,
    own: Own,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Own {
    #[serde(rename = "box")]
    machine: Machine,
    screen: Screen,
    models: Models,
    keys: Vec<Key>,
}

/// The machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Machine {
    /// Of the system's clock.
    pub time_zone: Option<String>,
    /// The clinic's roster.
    pub roster: Option<PathBuf>,
}

/// The panel's display.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Screen {
    /// `1280x800`; the display's own where absent.
    pub size: Option<String>,
    /// Degrees, clockwise.
    pub rotation: Option<u16>,
    /// 1: a pixel is a pixel.
    pub scale: Option<f64>,
}

/// Which models are used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Models {
    /// A model's name, or `measured`.
    pub recogniser: Option<String>,
}

/// A key of another program.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Whose.
    pub label: String,
    /// What for.
    pub scopes: Vec<String>,
    /// Where the key is left, for whoever carries it to its program.
    pub file: PathBuf,
}

impl Key {
    /// What for; the profile was checked.
    pub fn scopes(&self) -> Vec<Scope> {
        self.scopes
            .iter()
            .filter_map(|it| it.parse().ok())
            .collect()
    }
}

impl Profile {
    /// Reads a profile.
    ///
    /// # Errors
    /// It cannot be read or is no profile; every problem is listed.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let named = || format!("in the profile `{}`", path.display());
        let text = std::fs::read_to_string(path).with_context(named)?;
        let table: Table = text.parse().with_context(named)?;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        Self::of(table, folder).with_context(named)
    }

    /// The profile that `table` is.
    ///
    /// # Errors
    /// Every problem of provisioning's own sections. The others are the configuration's.
    pub fn of(table: Table, folder: PathBuf) -> anyhow::Result<Self> {
        let sections = table
            .iter()
            .filter(|(name, _)| OWN.contains(&name.as_str()));
        let own: Table = sections
            .map(|(name, it)| (name.clone(), it.clone()))
            .collect();
        let own: Own = own.try_into()?;
        let problems = own.problems();
        if !problems.is_empty() {
            bail!("{}", problems.join("\n  "));
        }
        Ok(Self { table, folder, own })
    }

    /// The configuration's sections.
    pub fn configuration(&self) -> Table {
        let others = self.table.iter();
        others
            .filter(|(name, _)| !OWN.contains(&name.as_str()))
            .map(|(name, it)| (name.clone(), it.clone()))
            .collect()
    }

    /// `section.key`, where it is text.
    pub fn text(&self, section: &str, key: &str) -> Option<&str> {
        self.table.get(section)?.get(key)?.as_str()
    }

    /// Sets `section.key`, or removes it.
    pub fn set(&mut self, section: &str, key: &str, value: Option<Value>) {
        let empty = || Value::Table(Table::new());
        let section = self.table.entry(section).or_insert_with(empty);
        let Some(section) = section.as_table_mut() else {
            return;
        };
        match value {
            Some(value) => drop(section.insert(key.to_owned(), value)),
            None => drop(section.remove(key)),
        }
    }

    /// The profile with what was set since it was read.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn again(self) -> anyhow::Result<Self> {
        Self::of(self.table, self.folder)
    }

    /// A file that the profile names.
    pub fn file(&self, named: &Path) -> PathBuf {
        self.folder.join(named)
    }

    /// The machine.
    pub fn machine(&self) -> &Machine {
        &self.own.machine
    }

    /// The panel's display.
    pub fn screen(&self) -> &Screen {
        &self.own.screen
    }

    /// Which models are used.
    pub fn models(&self) -> &Models {
        &self.own.models
    }

    /// Keys of other programs.
    pub fn keys(&self) -> &[Key] {
        &self.own.keys
    }
}

impl Own {
    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if let Some(zone) = &self.machine.time_zone {
            problems.extend(time_zone(zone).err());
        }
        if let Some(size) = &self.screen.size {
            problems.extend(size_of(size).err());
        }
        if let Some(rotation) = self.screen.rotation {
            problems.extend(rotation_of(&rotation.to_string()).err());
        }
        if let Some(scale) = self.screen.scale {
            problems.extend(scale_of(&scale.to_string()).err());
        }
        if let Some(name) = &self.models.recogniser {
            problems.extend(recogniser(name).err());
        }
        for key in &self.keys {
            let wrong = key.scopes.iter().filter_map(|it| it.parse::<Scope>().err());
            problems.extend(wrong.map(|why| format!("`keys`, \"{}\": {why}", key.label)));
            if key.label.trim().is_empty() || key.scopes.is_empty() {
                problems.push("`keys`: each needs a label and at least one scope".to_owned());
            }
        }
        problems
    }
}

/// A time zone by name.
///
/// # Errors
/// What is expected.
pub fn time_zone(name: &str) -> Result<String, String> {
    // `Local` and the like are no zone of a clinic's.
    let is_known = name.contains('/') && TimeZone::get(name).is_ok();
    let wrong = || format!("`box.time_zone`: no time zone `{name}`; such as Africa/Accra");
    is_known.then(|| name.to_owned()).ok_or_else(wrong)
}

/// Width and height in pixels.
///
/// # Errors
/// What is expected.
pub fn size_of(text: &str) -> Result<String, String> {
    let sides = text.split_once('x');
    let is_side = |side: &str| side.parse().is_ok_and(|it: u32| (440..=7680).contains(&it));
    match sides {
        Some((width, height)) if is_side(width) && is_side(height) => Ok(text.to_owned()),
        Some(_) | None => Err("`screen.size`: expected pixels such as 1280x800".to_owned()),
    }
}

/// Degrees.
///
/// # Errors
/// What is expected.
pub fn rotation_of(text: &str) -> Result<u16, String> {
    let known = text
        .parse()
        .ok()
        .filter(|it| [0, 90, 180, 270].contains(it));
    known.ok_or_else(|| "`screen.rotation`: expected 0, 90, 180 or 270".to_owned())
}

/// Pixels a pixel.
///
/// # Errors
/// What is expected.
pub fn scale_of(text: &str) -> Result<f64, String> {
    let known = text.parse().ok().filter(|it| (0.5..=4.0).contains(it));
    known.ok_or_else(|| "`screen.scale`: expected a number from 0.5 to 4".to_owned())
}

/// A recogniser's name, or `measured`.
///
/// # Errors
/// What is expected.
pub fn recogniser(name: &str) -> Result<String, String> {
    let models = Manifest::built_in().models.iter();
    let known: Vec<&str> = models
        .filter(|model| model.purpose == Use::Transcriber)
        .map(|model| model.name.as_str())
        .collect();
    if name == MEASURED || known.contains(&name) {
        return Ok(name.to_owned());
    }
    let known = known.join(", ");
    Err(format!(
        "`models.recogniser`: expected {MEASURED}, or one of {known}"
    ))
}

/// In place of a model's name: the best that is fast enough here.
pub const MEASURED: &str = "measured";

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(text: &str) -> anyhow::Result<Profile> {
        Profile::of(text.parse()?, PathBuf::new())
    }

    #[test]
    fn the_sample_is_a_profile_and_its_configuration_is_right() {
        let sample = include_str!("../../../systemd/profile.toml");
        let sample = profile(sample).unwrap();
        assert_eq!(sample.machine().time_zone.as_deref(), Some("Africa/Accra"));
        let fragment = kiosk_daemon::config::etc().join("config.d/zz-sample.toml");
        let text = toml::to_string(&sample.configuration()).unwrap();
        kiosk_daemon::config::load_as_if(&[(fragment, text)].into(), None).unwrap();
    }

    #[test]
    fn every_line_of_the_sample_that_is_commented_out_is_right_too() {
        let sample = include_str!("../../../systemd/profile.toml");
        let is_setting =
            |line: &&str| line.contains(" = ") || line.starts_with('[') && line.ends_with(']');
        let whole: Vec<&str> = sample
            .lines()
            .map(|line| line.strip_prefix("# ").filter(is_setting).unwrap_or(line))
            .collect();
        let whole = profile(&whole.join("\n")).unwrap();
        assert_eq!(whole.keys()[0].scopes(), [Scope::Staff]);
        let fragment = kiosk_daemon::config::etc().join("config.d/zz-sample.toml");
        let text = toml::to_string(&whole.configuration()).unwrap();
        kiosk_daemon::config::load_as_if(&[(fragment, text)].into(), None).unwrap();
    }

    #[test]
    fn every_problem_is_listed() {
        let wrong = "[box]\ntime_zone = \"Accra\"\n[screen]\nrotation = 45\nsize = \"big\"\n\
                     [models]\nrecogniser = \"huge\"\n[[keys]]\nlabel = \"desk\"\n\
                     scopes = [\"everything\"]\nfile = \"k\"\n";
        let words = profile(wrong).unwrap_err().to_string();
        for part in ["Accra", "rotation", "1280x800", "whisper-base.en", "desk"] {
            assert!(words.contains(part), "{part}: {words}");
        }
        assert!(profile("[screen]\ncolour = 1\n").is_err());
    }
}
