//! How kioskctl speaks: results to standard output, everything else to standard
//! error, and the exit codes.

use kiosk_daemon::config::Problems;
use kiosk_daemon::control::ClientError;
use kiosk_daemon::models::{Missing, NoFolder};
use serde::Serialize;
use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

/// How a command ended; `kioskctl --help` documents the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything is in order.
    Done = 0,
    /// It could not be done.
    Failed = 1,
    /// Wrong command line or configuration.
    Usage = 2,
    /// Something needed is missing or cannot be reached.
    Missing = 3,
    /// Done, but something is not in order.
    NotInOrder = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// The exit code that an error calls for.
pub fn exit_of(error: &anyhow::Error) -> Exit {
    if error.is::<Problems>() {
        return Exit::Usage;
    }
    let missing = error.is::<Missing>()
        || error.is::<NoFolder>()
        || error
            .downcast_ref::<ClientError>()
            .is_some_and(|error| match error {
                ClientError::NotRunning(_) => true,
                ClientError::NotAllowed(_) | ClientError::Broken(..) => false,
            });
    if missing { Exit::Missing } else { Exit::Failed }
}

/// Whoever read our output has gone (`| head`): no reason to complain.
pub fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    })
}

/// A line of the result.
///
/// # Errors
/// Standard output is closed or full.
pub fn line(words: impl Display) -> io::Result<()> {
    let mut output = io::stdout().lock();
    writeln!(output, "{words}")?;
    output.flush()
}

/// A line of the result, as JSON.
///
/// # Errors
/// Standard output is closed or full.
pub fn json(value: &impl Serialize) -> io::Result<()> {
    line(serde_json::to_string(value)?)
}

/// Something worth knowing that is not the result.
#[expect(clippy::print_stderr, reason = "standard error is for this")]
pub fn note(words: &str) {
    eprintln!("{words}");
}

/// What went wrong.
pub fn complain(words: &str) {
    note(&format!("kioskctl: {words}"));
}
