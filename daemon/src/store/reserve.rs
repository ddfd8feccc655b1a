//! Room kept free on the disk: where it is full otherwise, bookings go on for a while.

use super::{StoreError, file_error};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A booking writes some ten pages of 4 KiB to the log before they are folded into the
/// database: room for a thousand of them, and for the log itself.
const BYTES: usize = 48 << 20;
/// Room for some bookings, with their part of the log.
const SOME: u64 = 4 << 20;
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

    /// Makes the reserve. Real zeros, written out: a file with holes
    /// keeps no room.
    ///
    /// # Errors
    /// There is no room for it.
    pub fn fill(&self) -> Result<(), StoreError> {
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

    /// Whether it is there, whole.
    pub fn is_there(&self) -> bool {
        std::fs::metadata(&self.path).is_ok_and(|it| it.len() == BYTES as u64)
    }

    /// Whether there is room for it, and some more for what filled the disk.
    pub fn fits(&self) -> bool {
        self.free() >= BYTES as u64 + 4 * SOME
    }

    /// Whether a few bookings have room without it.
    pub fn has_some_room(&self) -> bool {
        self.free() >= SOME
    }

    fn free(&self) -> u64 {
        let folder = self.path.parent().unwrap_or(&self.path);
        rustix::fs::statvfs(folder).map_or(0, |found| found.f_bavail * found.f_frsize)
    }

    /// Frees its room; `false` where there was none to free.
    pub fn give_up(&self) -> bool {
        std::fs::remove_file(&self.path).is_ok()
    }
}
