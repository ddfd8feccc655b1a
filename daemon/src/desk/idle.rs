//! For how long staff has touched nothing: a warning, then the panel locks itself. The time
//! is always given.

use kiosk_protocol::Timeout;
use std::time::{Duration, Instant};

/// The warning stands for so long, or for half of the time where that is short.
const WARNING: Duration = Duration::from_secs(20);

/// Since when nobody has touched anything.
#[derive(Debug, Clone, Copy)]
pub struct Idle {
    allowed: Duration,
    touched: Instant,
}

impl Idle {
    /// `allowed`: how long it may be.
    pub const fn new(allowed: Duration, now: Instant) -> Self {
        Self {
            allowed,
            touched: now,
        }
    }

    /// Somebody is there.
    pub const fn touched(&mut self, now: Instant) {
        self.touched = now;
    }

    /// The panel is to be locked.
    pub fn is_over(&self, now: Instant) -> bool {
        self.left(now).is_zero()
    }

    /// The warning, where it is due.
    pub fn timeout(&self, now: Instant) -> Option<Timeout> {
        let left = self.left(now);
        (left <= WARNING.min(self.allowed / 2)).then(|| Timeout {
            seconds_left: u32::try_from(left.as_secs_f32().ceil() as i64).unwrap_or(0),
        })
    }

    fn left(&self, now: Instant) -> Duration {
        let quiet = now.saturating_duration_since(self.touched);
        self.allowed.saturating_sub(quiet)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_stands_before_the_end_and_a_touch_ends_both() {
        let began = Instant::now();
        let at = |seconds: u64| began + Duration::from_secs(seconds);
        let mut idle = Idle::new(Duration::from_secs(90), began);
        assert_eq!(idle.timeout(at(69)), None);
        assert_eq!(idle.timeout(at(70)), Some(Timeout { seconds_left: 20 }));
        assert_eq!(idle.timeout(at(89)), Some(Timeout { seconds_left: 1 }));
        assert!(!idle.is_over(at(89)) && idle.is_over(at(90)));
        idle.touched(at(89));
        assert_eq!(idle.timeout(at(100)), None);
        assert!(!idle.is_over(at(178)) && idle.is_over(at(179)));
    }
}
