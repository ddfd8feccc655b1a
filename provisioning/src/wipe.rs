//! `kioskctl wipe`: nothing of a patient stays on this box. The keys go first: once they are
//! gone, what a disk still holds of an encrypted file can't be read, whatever interrupts.

use crate::output::{self, Exit};
use anyhow::{Context, bail};
use kiosk_daemon::config::Settings;
use kiosk_daemon::store::Lock;
use std::fs::OpenOptions;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Nothing personal: what was fetched, and what says that no daemon runs.
const STAYS: [&str; 2] = ["models", "kiosk.lock"];

pub fn run(settings: &Settings, is_sure: bool) -> anyhow::Result<Exit> {
    let folder = &settings.state_folder;
    if !is_sure {
        bail!(
            "this makes `{}` and the keys of other services unreadable for good; if that is what you want, add --yes",
            folder.display()
        );
    }
    let _lock = Lock::acquire(folder)?;
    let keys = keys(settings)?;
    for key in &keys {
        overwrite(key)?;
        std::fs::remove_file(key).with_context(|| format!("remove `{}`", key.display()))?;
        output::note(&format!("key gone: {}", key.display()));
    }
    for path in personal(folder)? {
        let removed = if path.is_dir() {
            std::fs::remove_dir_all(&path)
        } else {
            std::fs::remove_file(&path)
        };
        removed.with_context(|| format!("remove `{}`", path.display()))?;
    }
    // Looked at again, not believed.
    let left: Vec<PathBuf> = personal(folder)?
        .into_iter()
        .chain(keys.into_iter().filter(|key| key.exists()))
        .collect();
    if let Some(left) = left.first() {
        bail!("`{}` is still there", left.display());
    }
    output::note("nothing personal is left; `systemctl start kioskd` begins anew");
    Ok(Exit::Done)
}

/// The database's key in all its places, and what shows this box to others.
fn keys(settings: &Settings) -> anyhow::Result<Vec<PathBuf>> {
    let is_key = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("kiosk.key") || name.ends_with(".key")
    };
    let mut keys: Vec<PathBuf> = personal(&settings.state_folder)?
        .into_iter()
        .filter(is_key)
        .collect();
    let central = settings.central.as_ref();
    let elsewhere = [
        central.and_then(|it| it.key_file.clone()),
        central.and_then(|it| it.client_file.clone()),
        settings.remote.key_file.clone(),
        settings
            .http
            .as_ref()
            .and_then(|it| Some(it.tls.as_ref()?.private_key.clone())),
    ];
    keys.extend(elsewhere.into_iter().flatten().filter(|key| key.exists()));
    Ok(keys)
}

/// Everything in the state folder but what stays.
fn personal(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let looked =
        std::fs::read_dir(folder).with_context(|| format!("look into `{}`", folder.display()))?;
    let mut found = Vec::new();
    for entry in looked {
        let entry = entry.with_context(|| format!("look into `{}`", folder.display()))?;
        if STAYS.iter().all(|name| entry.file_name() != **name) {
            found.push(entry.path());
        }
    }
    Ok(found)
}

/// Zeros over a small file, on the disk before it is unlinked. Flash may keep the old block:
/// of an encrypted disk (`docs/security.md`) that is no loss.
fn overwrite(path: &Path) -> anyhow::Result<()> {
    let write = || -> std::io::Result<()> {
        let mut file = OpenOptions::new().write(true).open(path)?;
        let length = file.seek(SeekFrom::End(0))?;
        file.seek(SeekFrom::Start(0))?;
        std::io::copy(
            &mut std::io::Read::take(std::io::repeat(0), length),
            &mut file,
        )?;
        file.flush()?;
        file.sync_all()
    };
    write().with_context(|| format!("write over `{}`", path.display()))
}
