//! What a profile asks for that the box does not have yet. Looks only; every change can be
//! shown, and carried out by itself.

use super::profile::{Key, Profile};
use super::record::Record;
use super::screen;
use crate::daemon_side::{Kiosk, unexpected};
use crate::output;
use crate::place;
use anyhow::{Context, bail};
use kiosk_daemon::config::{self, Settings};
use kiosk_daemon::store::parse_roster;
use kiosk_protocol::control::{Reply, Request};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// What provisioning writes for kioskd.
const FRAGMENT: &str = "config.d/40-provisioned.toml";
/// What it writes for the panel's unit.
const PANEL: &str = "panel.env";
/// The profile as it was carried out last.
pub const PROFILE: &str = "profile.toml";
const HEADER: &str = "# Written by `kioskctl provision`, of profile.toml beside config.d: change \
                      that, and run it again.\n";

/// One thing that is to be another.
pub enum Change {
    /// A file's text.
    File {
        path: PathBuf,
        text: String,
        /// As it is now.
        before: Option<String>,
    },
    /// The zone of the system's clock.
    Clock { link: PathBuf, zone: String },
    /// Who works here, and when.
    Roster { toml: String, digest: String },
    /// A key of another program.
    Key(Key),
}

/// Where kioskd finds it.
pub fn fragment() -> PathBuf {
    config::etc().join(FRAGMENT)
}

/// What the profile makes of this box, and what of it is missing.
pub struct Plan {
    pub changes: Vec<Change>,
    /// The configuration as it will be.
    pub settings: Settings,
    /// Files that the configuration names and that are not there.
    pub missing: Vec<PathBuf>,
}

/// `text`: the profile's, as it is kept. `recogniser`: the model's file that was chosen.
///
/// # Errors
/// The configuration that it would lead to is wrong, or a file that it names cannot be used.
pub fn make(
    profile: &Profile,
    text: &str,
    recogniser: Option<&Path>,
    record: &Record,
    config: Option<&Path>,
) -> anyhow::Result<Plan> {
    let etc = config::etc();
    let fragment = fragment();
    let configuration = format!("{HEADER}{}", configuration(profile, recogniser)?);
    let texts = BTreeMap::from([(fragment.clone(), configuration.clone())]);
    let settings = config::load_as_if(&texts, config)?;

    let mut changes = Vec::new();
    if let Some(zone) = &profile.machine().time_zone {
        changes.extend(clock(&etc, zone));
    }
    if let Some(named) = &profile.machine().roster {
        let path = profile.file(named);
        let toml = std::fs::read_to_string(&path)
            .with_context(|| format!("read the roster `{}`", path.display()))?;
        let read =
            parse_roster(&toml).with_context(|| format!("in the roster `{}`", path.display()))?;
        agree(profile, &read.clinic.time_zone)?;
        if named.is_relative() {
            changes.extend(file(etc.join(named), toml.clone())?);
        }
        changes.extend(roster(toml, record));
    }
    changes.extend(file(
        etc.join(PANEL),
        screen::environment(profile.screen())?,
    )?);
    changes.extend(keys(profile, &settings)?.into_iter().map(Change::Key));
    changes.extend(file(fragment, configuration)?);
    changes.extend(file(etc.join(PROFILE), text.to_owned())?);
    Ok(Plan {
        changes,
        missing: missing(&settings),
        settings,
    })
}

fn configuration(profile: &Profile, recogniser: Option<&Path>) -> anyhow::Result<String> {
    let mut table = profile.configuration();
    if let Some(model) = recogniser {
        let hearing = table
            .entry("hearing")
            .or_insert_with(|| Value::Table(Table::new()));
        let model = Value::String(model.display().to_string());
        if let Some(hearing) = hearing.as_table_mut() {
            hearing.entry("model").or_insert(model);
        }
    }
    Ok(toml::to_string(&table)?)
}

/// A clock in one zone and a roster in another would show every time wrongly somewhere.
fn agree(profile: &Profile, roster: &str) -> anyhow::Result<()> {
    match &profile.machine().time_zone {
        Some(zone) if zone != roster => {
            bail!("`box.time_zone` is {zone}, the roster's is {roster}: one of the two is wrong")
        }
        Some(_) | None => Ok(()),
    }
}

fn clock(etc: &Path, zone: &str) -> Option<Change> {
    let link = etc.parent().unwrap_or(etc).join("localtime");
    let is_set = std::fs::read_link(&link).is_ok_and(|it| it.ends_with(zone));
    (!is_set).then(|| Change::Clock {
        link,
        zone: zone.to_owned(),
    })
}

fn roster(toml: String, record: &Record) -> Option<Change> {
    let digest = Sha256::digest(toml.as_bytes());
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let is_known = record.roster.as_ref() == Some(&digest);
    (!is_known).then_some(Change::Roster { toml, digest })
}

fn file(path: PathBuf, text: String) -> anyhow::Result<Option<Change>> {
    let before = match std::fs::read_to_string(&path) {
        Ok(before) => Some(before),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(error).with_context(|| format!("read `{}`", path.display())),
    };
    let is_same = before.as_deref() == Some(text.as_str());
    Ok((!is_same).then_some(Change::File { path, text, before }))
}

/// Those that no program has yet, by their labels.
fn keys(profile: &Profile, settings: &Settings) -> anyhow::Result<Vec<Key>> {
    let wanted = profile.keys().to_vec();
    // Asking would make a database where there is none.
    if wanted.is_empty() || !settings.state_folder.join("kiosk.db").exists() {
        return Ok(wanted);
    }
    let Reply::Keys { rows } = Kiosk::of(settings.clone()).ask(Request::Keys)? else {
        bail!(unexpected());
    };
    let is_made = |key: &Key| {
        let mut good = rows.iter().filter(|row| row.revoked_at.is_none());
        good.any(|row| row.label == key.label)
    };
    Ok(wanted.into_iter().filter(|key| !is_made(key)).collect())
}

fn missing(settings: &Settings) -> Vec<PathBuf> {
    let central = settings.central.as_ref();
    let tls = settings.http.as_ref().and_then(|it| it.tls.as_ref());
    let named = [
        central.and_then(|it| it.key_file.clone()),
        central.and_then(|it| it.client_file.clone()),
        central.and_then(|it| it.ca_file.clone()),
        settings.remote.key_file.clone(),
        tls.map(|it| it.certificate.clone()),
        tls.map(|it| it.private_key.clone()),
    ];
    let named = named.into_iter().flatten();
    named.filter(|path| !path.exists()).collect()
}

impl Change {
    /// What will be another, for people.
    pub fn words(&self) -> String {
        match self {
            // Whoever gave the profile knows it; what comes of it is shown.
            Self::File { path, .. } if path.ends_with(PROFILE) => {
                format!("{}: the profile is kept", path.display())
            }
            Self::File { path, text, before } => {
                let mut words = path.display().to_string();
                let before = before.as_deref().unwrap_or_default();
                for line in before.lines().filter(|line| !has(text, line)) {
                    let _ = write!(words, "\n  - {line}");
                }
                for line in text.lines().filter(|line| !has(before, line)) {
                    let _ = write!(words, "\n  + {line}");
                }
                words
            }
            Self::Clock { link, zone } => format!("{}\n  + {zone}", link.display()),
            Self::Roster { .. } => "the roster is taken in".to_owned(),
            Self::Key(key) => format!(
                "a key for \"{}\" ({}), left in {}",
                key.label,
                key.scopes.join(", "),
                key.file.display()
            ),
        }
    }

    /// Makes it so. What was changed before an interruption is not changed again.
    ///
    /// # Errors
    /// A file cannot be written, or kioskd refuses.
    pub fn carry_out(&self, settings: &Settings, record: &mut Record) -> anyhow::Result<()> {
        match self {
            Self::File { path, text, .. } => place::file(path, text.as_bytes(), 0o640),
            Self::Clock { link, zone } => {
                place::link(link, &Path::new("/usr/share/zoneinfo").join(zone))
            }
            Self::Roster { toml, digest } => {
                let toml = toml.clone();
                Kiosk::of(settings.clone()).ask(Request::ImportRoster { toml })?;
                record.roster = Some(digest.clone());
                record.write(&settings.state_folder)
            }
            Self::Key(key) => make_key(key, settings),
        }
    }
}

fn has(text: &str, line: &str) -> bool {
    text.lines().any(|other| other == line)
}

fn make_key(key: &Key, settings: &Settings) -> anyhow::Result<()> {
    let made = Kiosk::of(settings.clone()).ask(Request::AddKey {
        label: key.label.clone(),
        scopes: key.scopes(),
        requests_per_minute: 100,
        sockets: 10,
    })?;
    let Reply::KeyAdded { id, key: secret } = made else {
        bail!(unexpected());
    };
    let written = place::file(
        &key.file,
        format!("{}\n", secret.expose()).as_bytes(),
        0o600,
    );
    if written.is_err() {
        // Nobody has it: another run makes another.
        let _ = Kiosk::of(settings.clone()).ask(Request::RevokeKey { id });
    }
    written?;
    output::note(&format!(
        "the key for \"{}\" is in `{}`",
        key.label,
        key.file.display()
    ));
    Ok(())
}
