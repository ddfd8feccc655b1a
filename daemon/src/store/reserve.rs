//! Room kept free on the disk: where it is full otherwise, bookings go on for a while.

use super::{StoreError, file_error};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A booking writes some ten pages of 4 KiB to the log before they are folded into the
/// database: room for a thousand of them, and for the log itself.
const BYTES: usize = 48 << 20;
static CHUNK: [u8; 1 << 16] = [0; 1 << 16];

pub(super) struct Reserve {
    path: PathBuf,
}

impl Reserve {
    /// The reserve of the database in `folder`.
    pub fn new(folder: &Path) -> Self {
        Self {
            path: folder.join("reserve"),
        }
    }

    /// Makes the reserve where there is none. Real zeros, written out: a file with holes
    /// keeps no room.
    ///
    /// # Errors
    /// There is no room for it.
    pub fn fill(&self) -> Result<(), StoreError> {
        let is_full = std::fs::metadata(&self.path).is_ok_and(|it| it.len() == BYTES as u64);
        if is_full {
            return Ok(());
        }
        let write = || {
            let mut file = File::create(&self.path)?;
            for _ in 0..BYTES / CHUNK.len() {
                file.write_all(&CHUNK)?;
            }
            file.sync_all()
        };
        write().map_err(|error| {
            // A part of it would be in the way of what it is for.
            let _ = std::fs::remove_file(&self.path);
            file_error(&self.path, "written")(error)
        })
    }

    /// Frees its room; `false` where there was none to free.
    pub fn give_up(&self) -> bool {
        std::fs::remove_file(&self.path).is_ok()
    }
}
