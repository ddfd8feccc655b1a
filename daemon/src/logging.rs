//! Logs go to journald with their key-values as fields; to standard error where
//! there is no journal. Nothing personal may be logged at any level: lengths,
//! counts, durations and ids only.

mod remembering;

pub use remembering::remembered;

use log::kv::{Error, Key, Source, Value, VisitSource};
use log::{LevelFilter, Log, Metadata, Record};
use remembering::Remembering;
use std::path::Path;
use systemd_journal_logger::JournalLog;

/// journald's socket; a service whose output goes there has `JOURNAL_STREAM` set.
const JOURNAL_SOCKET: &str = "/run/systemd/journal/socket";
/// journald's field for what kind of line this is, whatever language it is in.
const MESSAGE_ID: &str = "MESSAGE_ID";

/// Lines that a technician's programs look for, by an id that stays when the words change.
/// `docs/journal.md` says what each means and what to do.
pub const IDS: [(&str, &str); 21] = [
    ("ready", "e77444c173b85483800b3aedbb072369"),
    ("stopped", "173ec2fb7e7a57068ed0620f313838fd"),
    ("the lobby is stuck", "09812ba8a2ee50d39657ee3c7e71342a"),
    (
        "the database is damaged and was set aside; a new one was begun",
        "d7bdf79f4f8a591599a65da8c189c665",
    ),
    ("database migrated", "d287f201148f54139a9ec837f2d4e37b"),
    (
        "the microphone is gone; the kiosk is touch only",
        "eb38128ef8775679abb42b1ae4de861a",
    ),
    ("the microphone is back", "a94f2e16ad7f5bfcb75c72d6350be3e7"),
    (
        "the microphone delivers only silence; is it muted?",
        "ecaede7055cc58a4920c46d8baf7ff93",
    ),
    (
        "the speaker is gone; the kiosk is silent",
        "2dd2ece31c605a29913dac21bebcf659",
    ),
    ("the speaker is back", "7d862191847050ed8a6d85a5f5717eb5"),
    (
        "sound was lost: the box is too slow",
        "e0386604db255362b78381fb77a9dcf2",
    ),
    (
        "speak and rehear failed",
        "4f1d7dd6d6ae5a9ebf79882fc4e53d98",
    ),
    ("the recogniser failed", "052d8dc3201f5304b88366eed99c9423"),
    (
        "the disk is full; bookings use the room kept for them: free some",
        "7d35c72d14d45fa3a7538f8aa67ed894",
    ),
    ("nothing can be written", "f817c24f66224d6593d82fa83eb114d5"),
    (
        "what is booked can be kept again",
        "6b10eeffd7274d888fe8f7de44274e38",
    ),
    (
        "bookings could not be made durable",
        "269a5fb1b3f858fca9de1c261f00e48b",
    ),
    (
        "the central server cannot be used; bookings are kept for it",
        "c17e14d699f15359a92b8f1f33c8e5fd",
    ),
    ("staff is called", "5ce958f6790b5132b4bb345c862e48bb"),
    (
        "the certificate was renewed",
        "01e36c72e89d5892809ba5e880b414d7",
    ),
    (
        "the database was backed up",
        "9bc6469fcd6a59e78473683d1eebcea5",
    ),
];

/// Starts logging at `level`.
///
/// # Errors
/// Logging was started before.
pub fn start(level: LevelFilter) -> anyhow::Result<()> {
    let under_systemd = std::env::var_os("JOURNAL_STREAM").is_some();
    if under_systemd
        && Path::new(JOURNAL_SOCKET).exists()
        && let Ok(journal) = JournalLog::new()
    {
        let journal = journal.with_extra_fields(vec![("VERSION", env!("CARGO_PKG_VERSION"))]);
        log::set_boxed_logger(Box::new(Remembering(Journal(journal))))?;
        log::set_max_level(level);
        return Ok(());
    }
    let logger = env_logger::Builder::new()
        .filter_level(LevelFilter::Warn)
        .filter_module("kiosk", level)
        .build();
    let filter = logger.filter();
    log::set_boxed_logger(Box::new(Remembering(logger)))?;
    log::set_max_level(filter);
    Ok(())
}

/// The journal, with ids.
struct Journal(JournalLog);

impl Log for Journal {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.0.enabled(metadata)
    }

    fn log(&self, record: &Record<'_>) {
        match id_of(record) {
            Some(id) => {
                let fields = WithId(record.key_values(), id);
                self.0.log(&record.to_builder().key_values(&fields).build());
            }
            None => self.0.log(record),
        }
    }

    fn flush(&self) {
        self.0.flush();
    }
}

/// A message that is the same every time has no arguments.
fn id_of(record: &Record<'_>) -> Option<&'static str> {
    let message = record.args().as_str()?;
    let known = IDS.iter().find(|(known, _)| *known == message);
    known.map(|(_, id)| *id)
}

/// A record's fields and its id.
struct WithId<'a>(&'a dyn Source, &'static str);

impl Source for WithId<'_> {
    fn visit<'kvs>(&'kvs self, visitor: &mut dyn VisitSource<'kvs>) -> Result<(), Error> {
        self.0.visit(visitor)?;
        visitor.visit_pair(Key::from_str(MESSAGE_ID), Value::from(self.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_known_line_has_its_id_beside_its_own_fields() {
        let own = [("samples", 480)];
        let said = |words: std::fmt::Arguments<'_>| {
            let record = Record::builder().args(words).key_values(&own).build();
            id_of(&record).map(|id| {
                let fields = WithId(record.key_values(), id);
                let told = |name: &str| fields.get(Key::from_str(name)).map(|it| it.to_string());
                (told("samples"), told(MESSAGE_ID))
            })
        };
        let (samples, id) = said(format_args!("sound was lost: the box is too slow")).unwrap();
        assert_eq!(samples.as_deref(), Some("480"));
        assert_eq!(id.unwrap().len(), 32);
        assert_eq!(said(format_args!("nobody looks for this")), None);
    }

    #[test]
    fn every_id_is_written_by_the_program_and_explained() {
        let page = include_str!("../../docs/journal.md");
        let lines = include_str!("../../provisioning/log-lines.txt");
        let mut ids = HashSet::new();
        for (message, id) in IDS {
            assert!(ids.insert(id), "{id} is taken");
            assert!(
                id.len() == 32 && id.bytes().all(|it| it.is_ascii_hexdigit()),
                "{id}"
            );
            let is_written = |line: &str| line.split('\t').next() == Some(message);
            assert!(
                lines.lines().any(is_written),
                "no program writes: {message}"
            );
            let row = format!("| {message} | `{id}` |");
            assert!(page.contains(&row), "docs/journal.md lacks: {row}");
        }
    }
}
