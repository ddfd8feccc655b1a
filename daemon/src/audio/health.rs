//! Whether a stream's device is still there, from what its callbacks are told.

use cpal::ErrorKind;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Sound servers fail for a moment and go on; a device that fails for longer is gone.
const PASSING: Duration = Duration::from_millis(300);

/// Shared by a stream's callbacks and whoever reads or writes it.
pub(super) struct Health {
    began: Instant,
    /// Microseconds after `began`; 0 while all is well.
    failing_since: AtomicU64,
    lost: OnceLock<String>,
}

impl Default for Health {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            failing_since: AtomicU64::new(0),
            lost: OnceLock::new(),
        }
    }
}

impl Health {
    /// Sound has moved.
    pub fn works(&self) {
        self.failing_since.store(0, Ordering::Relaxed);
    }

    /// cpal has reported `error`, which it repeats until the device works again.
    pub fn failed(&self, error: &cpal::Error) {
        let kind = error.kind();
        if matches!(
            kind,
            ErrorKind::Xrun | ErrorKind::RealtimeDenied | ErrorKind::DeviceChanged
        ) {
            return;
        }
        let gone = kind == ErrorKind::DeviceNotAvailable || self.fails_for() > PASSING;
        if gone {
            let _ = self.lost.set(error.to_string());
        }
    }

    fn fails_for(&self) -> Duration {
        let now = u64::try_from(self.began.elapsed().as_micros())
            .unwrap_or(u64::MAX)
            .max(1);
        let since =
            self.failing_since
                .compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed);
        Duration::from_micros(now.saturating_sub(since.err().unwrap_or(now)))
    }

    /// Why the device is gone.
    pub fn lost(&self) -> Option<&str> {
        self.lost.get().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure() -> cpal::Error {
        cpal::Error::with_message(ErrorKind::BackendError, "I/O error")
    }

    #[test]
    fn a_failure_that_passes_is_forgiven_and_one_that_stays_is_a_loss() {
        let health = Health::default();
        for _ in 0..2 {
            health.failed(&failure());
            std::thread::sleep(PASSING * 2 / 3);
            health.works();
        }
        assert_eq!(health.lost(), None);
        health.failed(&failure());
        std::thread::sleep(PASSING + Duration::from_millis(50));
        health.failed(&failure());
        assert!(health.lost().is_some_and(|why| why.contains("I/O error")));
    }

    #[test]
    fn a_device_that_was_pulled_out_is_a_loss_at_once() {
        let health = Health::default();
        health.failed(&ErrorKind::Xrun.into());
        assert_eq!(health.lost(), None);
        health.failed(&ErrorKind::DeviceNotAvailable.into());
        assert!(health.lost().is_some());
    }
}
