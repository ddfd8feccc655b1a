//! When the samples of a device sounded or were captured, from time stamps that jitter.
//! Two devices are two clocks: their crystals differ by some hundred parts in a million.

use std::time::{Duration, Instant};

/// How many time stamps the estimate remembers, at some 50 a second: 8 s.
const REMEMBERED: u32 = 400;
/// A stamp that is further away belongs to a device that has lost or inserted sound.
const STRAYED_S: f64 = 0.03;
/// So many in a row are no jitter.
const STRAYS: u32 = 5;

/// The time line of one stream of samples.
#[derive(Debug)]
pub struct StreamClock {
    rate: f64,
    origin: Instant,
    /// When sample 0 was, in seconds since `origin`, as far as the last samples tell.
    zero_s: f64,
    stamps: u32,
    strays: u32,
}

impl StreamClock {
    /// A stream of `rate` samples a second of which nothing is known yet.
    pub fn new(rate: u32) -> Self {
        Self {
            rate: f64::from(rate),
            origin: Instant::now(),
            zero_s: 0.0,
            stamps: 0,
            strays: 0,
        }
    }

    /// Sample number `count` was at `at`, give or take.
    pub fn stamp(&mut self, count: u64, at: Instant) {
        let zero_s = self.seconds(at) - count as f64 / self.rate;
        let off = zero_s - self.zero_s;
        if self.stamps > 0 && off.abs() > STRAYED_S {
            self.strays += 1;
            if self.strays < STRAYS {
                return;
            }
            self.stamps = 0;
        }
        self.strays = 0;
        self.stamps = (self.stamps + 1).min(REMEMBERED);
        self.zero_s += off / f64::from(self.stamps);
    }

    /// When sample number `count` was; nothing as long as nothing is known.
    pub fn at(&self, count: u64) -> Option<Instant> {
        let seconds = self.zero_s + count as f64 / self.rate;
        (self.stamps > 0).then(|| later(self.origin, seconds))
    }

    /// The sample that was at `at`; before the first one it is negative.
    pub fn sample_at(&self, at: Instant) -> Option<f64> {
        (self.stamps > 0).then(|| (self.seconds(at) - self.zero_s) * self.rate)
    }

    fn seconds(&self, at: Instant) -> f64 {
        match at.checked_duration_since(self.origin) {
            Some(since) => since.as_secs_f64(),
            None => -(self.origin - at).as_secs_f64(),
        }
    }
}

/// `seconds` after `at`, or before it.
pub fn later(at: Instant, seconds: f64) -> Instant {
    let by = Duration::from_secs_f64(seconds.abs());
    if seconds >= 0.0 {
        at + by
    } else {
        at.checked_sub(by).unwrap_or(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 48_000;
    const BLOCK: u64 = 960;

    #[test]
    fn jitter_is_averaged_and_drift_is_followed() {
        let mut clock = StreamClock::new(RATE);
        let start = Instant::now();
        let mut worst = 0.0_f64;
        for block in 0..3_000_u64 {
            // 200 ppm fast, stamps up to 8 ms late.
            let true_s = block as f64 * 0.02 * (1.0 - 200e-6);
            let late_s = (block * 37 % 9) as f64 * 0.001;
            clock.stamp(block * BLOCK, later(start, true_s + late_s));
            if block > 1_000 {
                let told = clock.at(block * BLOCK).unwrap();
                let off = told.duration_since(start).as_secs_f64() - true_s;
                worst = worst.max((off - 0.004).abs());
            }
        }
        assert!(worst < 0.003, "{worst} s off");
    }

    #[test]
    fn a_device_that_lost_sound_is_believed_after_some_stamps() {
        let mut clock = StreamClock::new(RATE);
        let start = Instant::now();
        for block in 0..100_u64 {
            clock.stamp(block * BLOCK, later(start, block as f64 * 0.02));
        }
        clock.stamp(100 * BLOCK, later(start, 2.5));
        let told = clock.at(0).unwrap();
        assert!(
            told.duration_since(start).as_secs_f64() < 0.001,
            "one stray stamp is nothing"
        );
        for block in 101..110_u64 {
            clock.stamp(block * BLOCK, later(start, block as f64 * 0.02 + 0.5));
        }
        let told = clock.at(0).unwrap();
        assert!((told.duration_since(start).as_secs_f64() - 0.5).abs() < 0.001);
        let sample = clock.sample_at(later(start, 1.5)).unwrap();
        assert!((sample - 48_000.0).abs() < 48.0, "{sample}");
    }
}
