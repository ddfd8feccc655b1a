//! The kiosk's records: one thread owns the database, everybody else asks it through a
//! [`StoreHandle`]. Conversations, the control socket, HTTP and sync meet here and
//! nowhere else.
//!
//! It holds no transaction across anything but SQL, and decides nothing that the schema
//! in `migrations/` does not promise as well.

mod alerts;
mod answers;
mod appointments;
mod audit;
mod backup;
mod booking;
mod desk;
mod export;
mod held;
mod holds;
mod inbox;
mod key;
mod keys;
mod leases;
mod lock;
mod migrations;
mod offers;
mod opening;
mod outbox;
mod patient_records;
mod patients;
mod pins;
mod queue;
mod reserve;
mod ring_backs;
mod room;
mod roster;
mod roster_edits;
mod slots;
mod sync_state;
mod worker;

pub use answers::KeptAnswer;
pub use appointments::Counts;
pub use appointments::{AppointmentRecord, RecordCursor, RecordQuery};
pub use backup::{Restored, back_up, recovery_key, restore, rotate_key};
pub use booking::{BUILT_NOT_BEFORE, CODE_ALPHABET};
pub use desk::{Act, Acted, Asked};
pub use export::{Change, Condition, Field, Search};
pub use holds::HoldOutcome;
pub use inbox::{Page, TakenIn};
pub use keys::KnownKey;
pub use leases::{LeaseWish, Leasing};
pub use lock::Lock;
pub use migrations::NEWEST as SCHEMA;
pub use outbox::{CentralLink, Delivery, Due, Outgoing, Own};
pub use patient_records::{PatientChange, PatientQuery, PatientRecord};
pub use pins::{PinSet, Try, Unlocked};
pub use queue::{QueueEntry, Turn, Turned};
pub use ring_backs::RingBack;
pub use room::Room;
pub use roster::{Imported, RosterError, parse_roster};
pub use roster_edits::{RosterChange, RosterEdit};
pub use worker::{Store, StoreHandle, wait};

use jiff::Timestamp;
use std::path::PathBuf;
use std::sync::Arc;

/// Who changes something, as changes and audit lines tell it, and when.
#[derive(Debug, Clone)]
struct Stamp {
    by: Arc<str>,
    at: Timestamp,
}

/// Why the store could not do something. None of these holds anything personal: SQLite's
/// words name tables and constraints, never values.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has the database.
    #[error(
        "`{0}` is in use: kioskd is running; ask it through its control socket, or stop it first"
    )]
    Locked(PathBuf),
    /// A file or folder could not be used.
    #[error("`{path}` cannot be {verb}")]
    File {
        /// Which.
        path: PathBuf,
        /// "read", "written", …
        verb: &'static str,
        /// The system's words.
        #[source]
        source: std::io::Error,
    },
    /// A key file that others could read, or that is no key.
    #[error("the database key `{path}` {what}")]
    Key {
        /// The key file.
        path: PathBuf,
        /// What is wrong and what to do.
        what: &'static str,
    },
    /// There is a database, but not the key that it was made with.
    #[error(
        "the key `{key}` is not the one of the database `{database}`; restore the key, or move the database away to begin anew"
    )]
    WrongKey {
        /// The key file.
        key: PathBuf,
        /// The database.
        database: PathBuf,
    },
    /// A copy that is damaged, or made with another key.
    #[error(
        "`{0}` is damaged or was made with another key; give its recovery key with --recovery-key-file"
    )]
    NoBackup(PathBuf),
    /// The database was written by a newer version.
    #[error(
        "the database has schema {found}, this version knows up to {known}; it was left untouched: install the newer version again"
    )]
    Newer {
        /// In the file.
        found: u32,
        /// Of this program.
        known: u32,
    },
    /// SQLite refused.
    #[error("the database failed")]
    Sqlite(#[from] rusqlite::Error),
    /// What stands in the database makes no sense.
    #[error("the database holds {0}")]
    Unusable(String),
    /// A row that was there a moment ago is not.
    #[error("the database lost a row while it was written")]
    Vanished,
    /// This box's clock is behind its own records, or behind this program.
    #[error(
        "the clock shows an earlier time than the newest record or this program; set it, or wait until it is synchronised"
    )]
    Clock,
    /// The id of a new appointment is that of another one.
    #[error("another appointment has this id")]
    IdTaken,
    /// No random numbers, or no thread.
    #[error("the system gives no {0}")]
    System(&'static str),
    /// The store's thread has ended.
    #[error("the store has stopped")]
    Stopped,
}

/// Names what was done to which file.
fn file_error(
    path: &std::path::Path,
    verb: &'static str,
) -> impl FnOnce(std::io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::File { path, verb, source }
}
