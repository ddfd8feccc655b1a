//! The lock that proves that one process has the database.

use super::{StoreError, file_error};
use std::fs::{File, TryLockError};
use std::path::Path;

/// Held as long as it lives; the system frees it when the process dies.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "held, not read")] File);

impl Lock {
    /// Takes the lock of the state folder.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while another process has it.
    pub fn acquire(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join("kiosk.lock");
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(file_error(&path, "opened"))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(StoreError::Locked(folder.to_owned())),
            Err(TryLockError::Error(error)) => Err(file_error(&path, "locked")(error)),
        }
    }
}
