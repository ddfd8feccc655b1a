//! Logs go to journald with their key-values as fields; to standard error where
//! there is no journal. Nothing personal may be logged at any level: lengths,
//! counts, durations and ids only.

use log::LevelFilter;
use std::path::Path;

/// journald's socket; a service whose output goes there has `JOURNAL_STREAM` set.
const JOURNAL_SOCKET: &str = "/run/systemd/journal/socket";

/// Starts logging at `level`.
///
/// # Errors
/// Logging was started before.
pub fn start(level: LevelFilter) -> anyhow::Result<()> {
    let under_systemd = std::env::var_os("JOURNAL_STREAM").is_some();
    if under_systemd
        && Path::new(JOURNAL_SOCKET).exists()
        && let Ok(journal) = systemd_journal_logger::JournalLog::new()
    {
        journal
            .with_extra_fields(vec![("VERSION", env!("CARGO_PKG_VERSION"))])
            .install()?;
        log::set_max_level(level);
        return Ok(());
    }
    env_logger::Builder::new()
        .filter_level(LevelFilter::Warn)
        .filter_module("kiosk", level)
        .try_init()?;
    Ok(())
}
