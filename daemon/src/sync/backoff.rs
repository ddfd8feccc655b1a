//! When it is tried again. Chance keeps a thousand kiosks apart that lost one server at the
//! same moment; a server that says when it wants to be asked is asked no earlier.

use std::time::Duration;

/// How long to wait after failures in a row.
#[derive(Debug, Clone)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    failures: u32,
}

impl Backoff {
    /// Waits up to `first` after one failure, twice as long after each further one, never
    /// longer than `longest`.
    pub const fn new(first: Duration, longest: Duration) -> Self {
        Self {
            first,
            longest,
            failures: 0,
        }
    }

    /// It went well.
    pub const fn reset(&mut self) {
        self.failures = 0;
    }

    /// How many failures there were in a row.
    pub const fn failures(&self) -> u32 {
        self.failures
    }

    /// How long to wait after one more failure. `chance` is uniform in 0..1; `wanted` is the
    /// server's `Retry-After`.
    ///
    /// The wait is spread over its whole length (half of it is certain), so that those who
    /// failed together come back spread; after `Retry-After` they come spread as well.
    pub fn next(&mut self, chance: f64, wanted: Option<Duration>) -> Duration {
        let doubled = self
            .first
            .saturating_mul(1_u32.checked_shl(self.failures.min(20)).unwrap_or(u32::MAX));
        self.failures = self.failures.saturating_add(1);
        let ceiling = doubled.min(self.longest);
        let wait = ceiling.mul_f64(0.5 + chance / 2.0);
        match wanted {
            Some(wanted) => wanted.min(LONGEST_WANTED) + ceiling.mul_f64(chance),
            None => wait,
        }
    }
}

/// What a server may ask for at most: an error there must not silence a kiosk for a day.
const LONGEST_WANTED: Duration = Duration::from_secs(3_600);

/// A recurring wait with chance in it, 75 to 125 % of `interval`.
pub fn about(interval: Duration, chance: f64) -> Duration {
    interval.mul_f64(0.75 + chance / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_to_a_limit_and_begin_anew_after_success() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(60));
        let waits: Vec<u64> = (0..8).map(|_| backoff.next(1.0, None).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
        backoff.reset();
        assert_eq!(backoff.next(0.0, None), Duration::from_millis(500));
    }

    #[test]
    fn a_server_that_says_when_is_not_asked_earlier_nor_by_all_at_once() {
        let mut backoff = Backoff::new(Duration::from_secs(2), Duration::from_secs(60));
        let wanted = Some(Duration::from_secs(30));
        assert_eq!(backoff.next(0.0, wanted), Duration::from_secs(30));
        assert_eq!(backoff.next(0.5, wanted), Duration::from_secs(32));
        let for_ever = Some(Duration::from_secs(1 << 40));
        assert!(backoff.next(0.5, for_ever) < Duration::from_secs(3_700));
    }

    #[test]
    fn no_number_of_failures_overflows() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(600));
        for _ in 0..100 {
            backoff.next(0.3, None);
        }
        assert!(backoff.next(1.0, None) <= Duration::from_secs(600));
    }
}
