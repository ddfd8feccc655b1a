//! The time that a visit goes by: the wall's at its beginning, and from then on as long as
//! really passes. A clock that is set meanwhile, by a year or by a second, neither ends a
//! visit nor keeps a patient's screen from being wiped. Pure.

use jiff::{SignedDuration, Timestamp};
use std::time::Instant;

/// See above.
#[derive(Debug, Clone, Copy)]
pub struct VisitClock {
    began: Timestamp,
    since: Instant,
}

impl VisitClock {
    /// A visit begins when the wall's clock shows `began`.
    pub const fn start(began: Timestamp, since: Instant) -> Self {
        Self { began, since }
    }

    /// What it shows at `instant`.
    pub fn at(&self, instant: Instant) -> Timestamp {
        let passed = instant.saturating_duration_since(self.since);
        SignedDuration::try_from(passed)
            .ok()
            .and_then(|passed| self.began.checked_add(passed).ok())
            .unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn it_goes_on_by_what_really_passes() {
        let began: Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
        let since = Instant::now();
        let clock = VisitClock::start(began, since);
        assert_eq!(clock.at(since), began);
        let later = since + Duration::from_millis(90_500);
        assert_eq!(clock.at(later), "2026-11-23T08:01:30.5Z".parse().unwrap());
        assert_eq!(
            VisitClock::start(Timestamp::MAX, since).at(later),
            Timestamp::MAX
        );
    }
}
