//! Opens the database: key, cipher, settings, schema, and a look whether it is whole.

use super::key::{self, Key};
use super::{StoreError, backup, file_error, migrations};
use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Only this process has the database; a backup may hold it for a moment.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// All that the store asks; preparing one anew costs more than carrying it out.
const STATEMENTS: usize = 256;

/// The database's name in its folder.
pub(super) const DATABASE: &str = "kiosk.db";

/// What was found.
pub(super) struct Opened {
    pub connection: Connection,
    /// Where a damaged database was set aside.
    pub set_aside: Option<PathBuf>,
}

/// Opens `kiosk.db` in `folder`, making it where there is none. A damaged one is set
/// aside, never deleted, and a new one begun.
pub(super) fn open(folder: &Path, now: Timestamp) -> Result<Opened, StoreError> {
    let database = folder.join(DATABASE);
    backup::settle_rotation(folder)?;
    let key = key::load_or_create(folder, &database)?;
    if !key.fits(&database) {
        return Err(StoreError::WrongKey {
            key: key.path.clone(),
            database,
        });
    }
    match try_open(&database, &key) {
        Ok(connection) => Ok(Opened {
            connection,
            set_aside: None,
        }),
        Err(StoreError::Sqlite(error)) if is_damage(&error) => {
            let aside = set_aside(&database, "damaged", now)?;
            let path = aside.as_deref().unwrap_or(&database).display().to_string();
            log::error!(path = path.as_str(), error:%; "the database is damaged and was set aside; a new one was begun");
            Ok(Opened {
                connection: try_open(&database, &key)?,
                set_aside: aside,
            })
        }
        Err(error) => Err(error),
    }
}

fn try_open(database: &Path, key: &Key) -> Result<Connection, StoreError> {
    let mut connection = Connection::open(database)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.execute_batch(&key.pragma())?;
    // The first read proves the key.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| {
        row.get::<_, i64>(0)
    })?;
    // A page that is not in the cache (16 MiB) is read, decrypted and authenticated anew.
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -16384;",
    )?;
    check(&connection)?;
    migrations::migrate(&mut connection)?;
    key.remember(database)?;
    Ok(connection)
}

/// Looks whether the database is whole.
///
/// # Errors
/// It is damaged, or its key is another.
pub(super) fn check(connection: &Connection) -> Result<(), StoreError> {
    let whole: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if whole == "ok" {
        return Ok(());
    }
    Err(rusqlite::Error::SqliteFailure(
        rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT),
        None,
    )
    .into())
}

/// The key is the right one (its fingerprint says so), so these mean a broken file.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    )
}

/// Renames the database and what belongs to it: where it went, if there was one.
pub(super) fn set_aside(
    database: &Path,
    why: &str,
    now: Timestamp,
) -> Result<Option<PathBuf>, StoreError> {
    if !database.exists() {
        return Ok(None);
    }
    let suffix = format!("{why}-{}", now.as_second());
    let renamed = |file: &Path| {
        let mut name = file.as_os_str().to_owned();
        name.push(".");
        name.push(&suffix);
        PathBuf::from(name)
    };
    for extension in ["db", "db-wal", "db-shm"] {
        let file = database.with_extension(extension);
        if file.exists() {
            std::fs::rename(&file, renamed(&file)).map_err(file_error(&file, "set aside"))?;
        }
    }
    Ok(Some(renamed(database)))
}
