//! Opens the database: key, cipher, settings, schema, and a look whether it is whole.

use super::key::{self, Key};
use super::{StoreError, file_error, migrations};
use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Only this process has the database; a backup may hold it for a moment.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// What was found.
pub(super) struct Opened {
    pub connection: Connection,
    /// Where a damaged database was set aside.
    pub set_aside: Option<PathBuf>,
}

/// Opens `kiosk.db` in `folder`, making it where there is none. A damaged one is set
/// aside, never deleted, and a new one begun.
pub(super) fn open(folder: &Path, now: Timestamp) -> Result<Opened, StoreError> {
    let database = folder.join("kiosk.db");
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
            let aside = set_aside(&database, now)?;
            log::error!(path = aside.display().to_string().as_str(), error:%; "the database is damaged and was set aside; a new one was begun");
            Ok(Opened {
                connection: try_open(&database, &key)?,
                set_aside: Some(aside),
            })
        }
        Err(error) => Err(error),
    }
}

fn try_open(database: &Path, key: &Key) -> Result<Connection, StoreError> {
    let mut connection = Connection::open(database)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.execute_batch(&key.pragma())?;
    // The first read proves the key.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| {
        row.get::<_, i64>(0)
    })?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA temp_store = MEMORY;",
    )?;
    let whole: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if whole != "ok" {
        return Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT),
            None,
        )
        .into());
    }
    migrations::migrate(&mut connection)?;
    key.remember(database)?;
    Ok(connection)
}

/// The key is the right one (its fingerprint says so), so these mean a broken file.
fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    )
}

fn set_aside(database: &Path, now: Timestamp) -> Result<PathBuf, StoreError> {
    let suffix = format!("damaged-{}", now.as_second());
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
    Ok(renamed(database))
}
