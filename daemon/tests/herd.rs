//! A thousand kiosks that lost one server at the same moment come back one by one: the
//! kiosk's own back-off, driven by an invented clock.
#![allow(clippy::unwrap_used)]

use kiosk_daemon::sync::backoff::{Backoff, about};
use std::collections::BTreeMap;
use std::time::Duration;

const KIOSKS: usize = 1_000;
/// As `sync` has them.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(300);
const INTERVAL: Duration = Duration::from_secs(30);

/// What the server saw.
struct Seen {
    /// Requests in each second.
    by_second: BTreeMap<u64, usize>,
    /// When each kiosk got through first after the outage.
    through: Vec<Duration>,
}

/// All kiosks' rounds from `0` to `until`; the server is away before `back`, and afterwards
/// answers so many requests a second and refuses the others with `Retry-After`.
fn run(seed: u64, back: Duration, a_second: usize, until: Duration) -> Seen {
    let mut chance = fastrand::Rng::with_seed(seed);
    let mut kiosks: Vec<Backoff> = (0..KIOSKS)
        .map(|_| Backoff::new(FIRST_WAIT, LONGEST_WAIT))
        .collect();
    // Power comes back for all at once: that is when they start.
    let mut due: BTreeMap<(Duration, usize), ()> = (0..KIOSKS)
        .map(|kiosk| ((about(FIRST_WAIT, chance.f64()), kiosk), ()))
        .collect();
    let mut seen = Seen {
        by_second: BTreeMap::new(),
        through: vec![Duration::MAX; KIOSKS],
    };
    while let Some(((now, kiosk), ())) = due.pop_first() {
        if now > until {
            break;
        }
        let asked = seen.by_second.entry(now.as_secs()).or_default();
        *asked += 1;
        let wait = if now < back {
            kiosks[kiosk].next(chance.f64(), None)
        } else if *asked > a_second {
            kiosks[kiosk].next(chance.f64(), Some(Duration::from_secs(5)))
        } else {
            seen.through[kiosk] = seen.through[kiosk].min(now - back);
            kiosks[kiosk].reset();
            about(INTERVAL, chance.f64())
        };
        due.insert((now + wait, kiosk), ());
    }
    seen
}

fn peak(seen: &Seen, seconds: std::ops::Range<u64>) -> usize {
    seen.by_second
        .range(seconds)
        .map(|(_, count)| *count)
        .max()
        .unwrap_or(0)
}

#[test]
fn after_an_outage_nobody_is_overrun_and_everybody_gets_through() {
    let back = Duration::from_secs(1_800);
    for seed in 0..5 {
        let seen = run(seed, back, 100, Duration::from_secs(3_000));
        // Evenly spread it would be 1,000 in 225 s: 4.4 a second.
        let herd = peak(&seen, 1_800..1_830);
        assert!(
            herd <= 25,
            "seed {seed}: {herd} in one second after the outage"
        );
        // Each is back within the longest wait, and then asks twice a minute: 33 a second.
        let last = seen.through.iter().max().unwrap();
        assert!(*last <= LONGEST_WAIT, "seed {seed}: {last:?}");
        let later = peak(&seen, 2_400..3_000);
        assert!(
            later <= 70,
            "seed {seed}: {later} in one second of an ordinary day"
        );
        let during: usize = seen
            .by_second
            .range(600..1_800)
            .map(|(_, count)| count)
            .sum();
        assert!(during / 1_200 <= 6, "seed {seed}: {during} in vain");
    }
}

#[test]
fn a_server_that_takes_few_gets_through_with_all_of_them() {
    // Everybody starts in the same second against a server that takes 40 a second; 33 are
    // asked on an ordinary day.
    let seen = run(7, Duration::ZERO, 40, Duration::from_secs(1_800));
    let last = seen.through.iter().max().unwrap();
    assert!(*last < Duration::from_secs(600), "{last:?}");
    let later = peak(&seen, 900..1_800);
    assert!(later < 100, "{later} in one second");
}
