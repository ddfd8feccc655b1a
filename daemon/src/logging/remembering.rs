//! The last warnings and errors, for a technician at the panel.

use jiff::Timestamp;
use kiosk_protocol::LoggedError;
use log::kv::{Key, Value, VisitSource};
use log::{Level, Log, Metadata, Record};
use std::collections::VecDeque;
use std::fmt::Write;
use std::sync::Mutex;

/// What a technician reads in a minute; the journal has them all.
const REMEMBERED: usize = 20;

/// Whoever logs a warning has it for as long as one entry takes to be added.
static LAST: Mutex<VecDeque<LoggedError>> = Mutex::new(VecDeque::new());

/// The last warnings and errors of the kiosk's own, the newest first.
pub fn remembered() -> Vec<LoggedError> {
    let last = LAST.lock();
    last.map(|last| last.iter().rev().cloned().collect())
        .unwrap_or_default()
}

/// Logs as the one inside does.
pub(super) struct Remembering<Logger>(pub Logger);

impl<Logger: Log> Log for Remembering<Logger> {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.0.enabled(metadata)
    }

    fn log(&self, record: &Record<'_>) {
        self.0.log(record);
        if record.level() <= Level::Warn && record.target().starts_with("kiosk") {
            remember(LoggedError {
                at: Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
                error: record.level() == Level::Error,
                message: words(record),
            });
        }
    }

    fn flush(&self) {
        self.0.flush();
    }
}

fn remember(logged: LoggedError) {
    if let Ok(mut last) = LAST.lock() {
        last.push_back(logged);
        while last.len() > REMEMBERED {
            last.pop_front();
        }
    }
}

/// The message and its values in one line.
fn words(record: &Record<'_>) -> String {
    struct Values(String);
    impl<'kvs> VisitSource<'kvs> for Values {
        fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), log::kv::Error> {
            // Writing into a string cannot fail.
            let _ = write!(self.0, "; {key}: {value}");
            Ok(())
        }
    }
    let mut values = Values(record.args().to_string());
    let _ = record.key_values().visit(&mut values);
    values.0.replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nowhere;

    impl Log for Nowhere {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }
        fn log(&self, _: &Record<'_>) {}
        fn flush(&self) {}
    }

    #[test]
    fn the_last_of_our_own_warnings_are_remembered_with_their_values() {
        let logger = Remembering(Nowhere);
        let tell = |level, target: &str, message: &str, number: u32| {
            let values = [("number", number)];
            logger.log(
                &Record::builder()
                    .level(level)
                    .target(target)
                    .args(format_args!("{message}"))
                    .key_values(&values)
                    .build(),
            );
        };
        tell(Level::Info, "kiosk_daemon::app", "all is well", 0);
        tell(Level::Warn, "some_library", "not ours", 0);
        for number in 0..25 {
            tell(Level::Warn, "kiosk_daemon::lobby", "so it is", number);
        }
        tell(Level::Error, "kiosk_daemon::lobby", "worse", 7);
        let last = remembered();
        assert_eq!(last.len(), REMEMBERED);
        assert_eq!(
            (last[0].message.as_str(), last[0].error),
            ("worse; number: 7", true)
        );
        assert_eq!(last[1].message, "so it is; number: 24");
    }
}
