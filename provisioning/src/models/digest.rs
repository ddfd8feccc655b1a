//! Whether a file is the one that the manifest means.

use kiosk_daemon::models::ModelFile;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// What lies where a model file belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The very bytes.
    Whole,
    /// Something else, or a part of it.
    Damaged,
    /// Nothing.
    Absent,
}

/// Reads the file at `path` and compares it with the manifest.
///
/// # Errors
/// It is there but cannot be read.
pub fn state_of(path: &Path, expected: &ModelFile) -> io::Result<State> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(State::Absent),
        Err(error) => return Err(error),
    };
    if file.metadata()?.len() != expected.size {
        return Ok(State::Damaged);
    }
    if sha256(file)? == expected.sha256 {
        Ok(State::Whole)
    } else {
        Ok(State::Damaged)
    }
}

fn sha256(mut file: File) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => hasher.update(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(hasher
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}
