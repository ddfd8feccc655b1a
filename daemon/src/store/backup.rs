//! Copies of the database: made while it is used, and put back while nobody uses it. A
//! copy is encrypted with the database's key, and worth nothing without it.

use super::key::{self, Key, put_in_place, remove};
use super::opening::{self, DATABASE};
use super::{StoreError, file_error, migrations};
use jiff::Timestamp;
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use std::path::{Path, PathBuf};

/// Makes a copy of the database of `folder` at `target`, which does not exist yet. It
/// holds everything that was durable when it began; whoever writes meanwhile is not held up.
///
/// # Errors
/// There is no database, its key is not here, or the copy cannot be written.
pub fn back_up(folder: &Path, target: &Path) -> Result<(), StoreError> {
    let database = folder.join(DATABASE);
    let key = key::load(folder)?;
    let source = keyed(&database, &key)?;
    let part = target.with_extension("part");
    remove(&part)?;
    let copied = copy(&source, &part, &key);
    if copied.is_err() {
        remove(&part)?;
    }
    copied?;
    put_in_place(&part, target)
}

fn copy(source: &Connection, target: &Path, key: &Key) -> Result<(), StoreError> {
    let mut copy = keyed(target, key)?;
    let step = Backup::new(source, &mut copy)?.step(-1)?;
    if step != StepResult::Done {
        return Err(StoreError::Unusable(
            "something that holds up a copy; try again".to_owned(),
        ));
    }
    opening::check(&copy)
}

/// What was put back.
#[derive(Debug)]
pub struct Restored {
    /// Where the database went that was there before.
    pub set_aside: Option<PathBuf>,
}

/// Puts the copy `from` in place of the database of `folder`; the caller holds its
/// [`super::Lock`]. With a `recovery_key` it becomes the folder's key: so a copy is put
/// back on another box. Until the copy has proved good nothing changes.
///
/// # Errors
/// The copy is damaged, newer than this program, or made with another key.
pub fn restore(
    folder: &Path,
    from: &Path,
    recovery_key: Option<&str>,
    now: Timestamp,
) -> Result<Restored, StoreError> {
    let key = match recovery_key {
        Some(text) => Key::from_recovery(text, folder.join(key::FILE))?,
        None => key::load(folder)?,
    };
    let database = folder.join(DATABASE);
    let part = folder.join("kiosk.restoring");
    remove(&part)?;
    std::fs::copy(from, &part).map_err(file_error(from, "copied"))?;
    prove(&part, from, &key)?;
    let set_aside = opening::set_aside(&database, "replaced", now)?;
    if recovery_key.is_some() {
        key.write_over()?;
    }
    key.forget(&database)?;
    put_in_place(&part, &database)?;
    key.remember(&database)?;
    Ok(Restored { set_aside })
}

/// More changes than a clinic makes between two copies.
const LEFT_OUT: i64 = 1_000_000;

/// Whether the copy can be read with the key, is whole, and not newer than this program;
/// makes it fit to take the place of another.
fn prove(part: &Path, from: &Path, key: &Key) -> Result<(), StoreError> {
    let proved = || {
        let copy = keyed(part, key)?;
        opening::check(&copy)?;
        migrations::refuse_newer(&copy)?;
        // Readers of the feed have seen numbers that the copy never gave: it goes on behind them.
        copy.pragma_update(None, "journal_mode", "DELETE")?;
        copy.execute(
            "UPDATE sqlite_sequence SET seq = seq + ?1 WHERE name = 'changes'",
            [LEFT_OUT],
        )?;
        Ok(())
    };
    match proved() {
        Ok(()) => Ok(()),
        Err(StoreError::Sqlite(error)) if opening::is_damage(&error) => {
            remove(part)?;
            Err(StoreError::NoBackup(from.to_owned()))
        }
        Err(error) => {
            remove(part)?;
            Err(error)
        }
    }
}

fn keyed(path: &Path, key: &Key) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(opening::BUSY_TIMEOUT)?;
    connection.execute_batch(&key.pragma())?;
    Ok(connection)
}

/// Gives the database of `folder` a new key; the caller holds its [`super::Lock`]. The new
/// key is on disk before the first page is written with it; whichever the database has
/// after an interruption is found when it is opened next.
///
/// # Errors
/// The key is a systemd credential, which only the administrator can change; or the
/// database cannot be opened.
pub fn rotate_key(folder: &Path) -> Result<(), StoreError> {
    let database = folder.join(DATABASE);
    settle_rotation(folder)?;
    let old = key::load(folder)?;
    if old.path != folder.join(key::FILE) {
        return Err(StoreError::Key {
            path: old.path.clone(),
            what: "is a systemd credential: back up, restore with a recovery key into a new credential, and start again",
        });
    }
    let new = Key::create(folder.join(key::NEW_FILE))?;
    let connection = keyed(&database, &old)?;
    opening::check(&connection)?;
    // All of it in one file, so that one transaction changes all of it.
    connection.pragma_update(None, "journal_mode", "DELETE")?;
    // What it was done with is gone for good when this returns: a journal that came back after a
    // power loss would undo it, when the old key is no more.
    connection.pragma_update(None, "synchronous", "EXTRA")?;
    connection.execute_batch(&new.rekey_pragma())?;
    drop(connection);
    settle_rotation(folder)
}

/// Finishes or drops a change of key that was interrupted.
pub(super) fn settle_rotation(folder: &Path) -> Result<(), StoreError> {
    let path = folder.join(key::NEW_FILE);
    if !path.exists() {
        return Ok(());
    }
    let database = folder.join(DATABASE);
    let has_changed = match key::read(path.clone()) {
        Ok(new) => {
            let opened = keyed(&database, &new);
            opened.is_ok_and(|it| opening::check(&it).is_ok())
        }
        // Cut off while it was written: before anything was done with it.
        Err(_) => false,
    };
    if !has_changed {
        return remove(&path);
    }
    let new = key::read(path.clone())?;
    new.forget(&database)?;
    let settled = folder.join(key::FILE);
    put_in_place(&path, &settled)?;
    new.remember(&database)
}

/// The key of `folder`'s database as people keep it in a safe: eight groups of eight
/// hexadecimal digits, and a ninth that tells a slip of the pen.
///
/// # Errors
/// There is no key.
pub fn recovery_key(folder: &Path) -> Result<String, StoreError> {
    Ok(key::load(folder)?.recovery())
}
