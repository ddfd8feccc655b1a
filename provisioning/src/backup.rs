//! `kioskctl backup`, `restore` and `database`: copies of the database, and its key.

use crate::arguments::DatabaseCommand;
use crate::daemon_side::{Kiosk, unexpected};
use crate::output::{self, Exit};
use crate::place;
use anyhow::{Context, bail};
use jiff::Timestamp;
use kiosk_daemon::store::{self, Lock};
use kiosk_protocol::control::{Reply, Request};
use serde_json::json;
use std::path::Path;

/// Has the daemon make a copy, and moves it to `file` where one is named: the daemon may
/// write only beside its database.
///
/// Of the copies that lie beside the database the newest `keep` stay, where that is wanted.
pub fn back_up(
    kiosk: &Kiosk,
    file: Option<&Path>,
    keep: Option<usize>,
    json: bool,
) -> anyhow::Result<Exit> {
    if let Some(file) = file.filter(|file| file.exists()) {
        bail!("`{}` is there already", file.display());
    }
    let Reply::BackedUp { path, bytes } = kiosk.ask(Request::BackUp)? else {
        bail!(unexpected());
    };
    let target = file.unwrap_or(&path);
    if target != path {
        std::fs::copy(&path, target)
            .with_context(|| format!("copy `{}` to `{}`", path.display(), target.display()))?;
        std::fs::remove_file(&path).with_context(|| format!("remove `{}`", path.display()))?;
    }
    if let (Some(keep), Some(folder)) = (keep, path.parent()) {
        tidy(folder, keep)?;
    }
    if json {
        output::json(&json!({ "path": target, "bytes": bytes }))?;
    } else {
        output::line(target.display())?;
    }
    output::note(
        "without the database's key the copy is worth nothing: keep `kioskctl database recovery-key` in a safe",
    );
    Ok(Exit::Done)
}

/// Copies are named by their time, so that the newest come last.
fn tidy(folder: &Path, keep: usize) -> anyhow::Result<()> {
    let files = std::fs::read_dir(folder)
        .with_context(|| format!("look into the folder `{}`", folder.display()))?;
    let is_copy = |name: &str| name.starts_with("kiosk-") && name.ends_with(".db");
    let mut copies: Vec<_> = files
        .filter_map(|file| Some(file.ok()?.path()))
        .filter(|path| {
            path.file_name()
                .and_then(|it| it.to_str())
                .is_some_and(is_copy)
        })
        .collect();
    copies.sort();
    for old in copies.iter().rev().skip(keep) {
        std::fs::remove_file(old).with_context(|| format!("remove `{}`", old.display()))?;
    }
    Ok(())
}

pub fn restore(
    folder: &Path,
    file: &Path,
    recovery_key_file: Option<&Path>,
) -> anyhow::Result<Exit> {
    let recovery_key = match recovery_key_file {
        Some(path) => Some(
            std::fs::read_to_string(path).with_context(|| format!("read `{}`", path.display()))?,
        ),
        None => None,
    };
    std::fs::create_dir_all(folder)
        .with_context(|| format!("make the folder `{}`", folder.display()))?;
    let _lock = Lock::acquire(folder)?;
    let restored = store::restore(folder, file, recovery_key.as_deref(), Timestamp::now())?;
    place::hand_over(folder)?;
    if let Some(path) = restored.set_aside {
        output::note(&format!(
            "the database that was here lies at `{}`",
            path.display()
        ));
    }
    output::note("restored; `systemctl start kioskd` uses it");
    Ok(Exit::Done)
}

pub fn key(folder: &Path, command: DatabaseCommand) -> anyhow::Result<Exit> {
    let _lock = Lock::acquire(folder)?;
    match command {
        DatabaseCommand::RotateKey => {
            store::rotate_key(folder)?;
            place::hand_over(folder)?;
            output::note("the database has a new key; the old recovery key is for old copies only");
        }
        DatabaseCommand::RecoveryKey => output::line(store::recovery_key(folder)?)?,
    }
    Ok(Exit::Done)
}
