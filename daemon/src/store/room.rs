//! Whether what is asked can be made durable: how it stands with the disk, and when the room
//! that is kept for bookings is given up and made again.

use super::reserve::Reserve;
use super::{StoreError, StoreHandle};
use rusqlite::{Connection, ErrorCode};
use std::path::Path;
use tokio::sync::watch;

/// How it stands with the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Room {
    /// What is booked is kept.
    #[default]
    Enough,
    /// It is full, and bookings use the room that was kept for them.
    Reserve,
    /// It is full, and that room is used up.
    Full,
    /// It cannot be written: it is read-only, or broken.
    Unwritable,
}

impl Room {
    /// What a technician is told; none where all is well.
    pub const fn words(self) -> Option<&'static str> {
        match self {
            Self::Enough => None,
            Self::Reserve => Some("the disk is full: bookings use the room kept for them"),
            Self::Full => Some("the disk is full: nothing can be booked"),
            Self::Unwritable => Some("the disk cannot be written: nothing can be booked"),
        }
    }

    /// Whether somebody can book.
    pub const fn takes_bookings(self) -> bool {
        match self {
            Self::Enough | Self::Reserve => true,
            Self::Full | Self::Unwritable => false,
        }
    }

    /// What an error says of the disk; none where it says nothing of it.
    pub fn told_by(error: &StoreError) -> Option<Self> {
        let StoreError::Sqlite(error) = error else {
            return None;
        };
        let code = error.sqlite_error_code()?;
        if code == ErrorCode::DiskFull {
            return Some(Self::Full);
        }
        let is_broken = matches!(code, ErrorCode::ReadOnly | ErrorCode::SystemIoFailure);
        is_broken.then_some(Self::Unwritable)
    }
}

impl StoreHandle {
    /// How it stands with the disk, as it changes.
    pub fn room(&self) -> watch::Receiver<Room> {
        self.room.clone()
    }
}

/// Thread `store`'s look at the disk.
pub(super) struct Keeper {
    reserve: Reserve,
    room: watch::Sender<Room>,
}

impl Keeper {
    /// Of the disk under `folder`; tells `room`.
    pub fn new(folder: &Path, room: watch::Sender<Room>) -> Self {
        Self {
            reserve: Reserve::new(folder),
            room,
        }
    }

    /// Does `work`, which a patient waits for, and does it again with the room that was kept
    /// for it where the disk is full. `work` leaves nothing behind where it fails.
    pub fn durably<T>(
        &self,
        connection: &mut Connection,
        mut work: impl FnMut(&mut Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let answer = work(connection);
        if self.note(&answer) != Some(Room::Reserve) {
            return answer;
        }
        let answer = work(connection);
        self.note(&answer);
        answer
    }

    /// Remembers what an answer tells of the disk, whoever asked; frees the room that is kept
    /// where it is full. How it stands with the disk then; none where the answer tells nothing.
    pub fn note<T>(&self, answer: &Result<T, StoreError>) -> Option<Room> {
        let mut told = Room::told_by(answer.as_ref().err()?)?;
        if told == Room::Full && self.reserve.give_up() {
            log::error!("the disk is full; bookings use the room kept for them: free some");
            told = Room::Reserve;
        }
        let is_new = self
            .room
            .send_if_modified(|room| std::mem::replace(room, told) != told);
        if is_new && !told.takes_bookings() {
            log::error!(disk = told.words(); "nothing can be written");
        }
        Some(told)
    }

    /// Tries whether the disk is well again, where it was not, and makes the reserve again
    /// where it is missing and there is room for more than it.
    pub fn look(&self, connection: &Connection) {
        let before = *self.room.borrow();
        let is_kept = self.reserve.is_there() || self.reserve.fits() && self.reserve.fill().is_ok();
        if before == Room::Enough {
            if !is_kept {
                log::warn!("there is no room for the reserve; the disk is nearly full");
            }
            return;
        }
        let tried = write_something(connection);
        self.note(&tried);
        // A full disk still lets a file be written over that has its room.
        let is_well = tried.is_ok() && (is_kept || self.reserve.has_some_room());
        if !is_well {
            return;
        }
        let room = if is_kept { Room::Enough } else { Room::Reserve };
        self.room.send_replace(room);
        if !before.takes_bookings() {
            log::info!("what is booked can be kept again");
        }
    }
}

/// Writes the first page anew as it is, durably.
fn write_something(connection: &Connection) -> Result<(), StoreError> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    connection.pragma_update(None, "user_version", version)?;
    Ok(())
}
