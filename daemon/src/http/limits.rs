//! How often each key and each address may ask.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Requests a minute from one address without a good key. Who has one is counted by it.
const STRANGERS: u32 = 100;
/// More than these are looked through for ones that are full again, and forgotten.
const MOST_KEPT: usize = 4_096;

/// Counts requests and sockets.
///
/// Every request takes the lock for as long as two look-ups last.
#[derive(Default)]
pub struct Limits {
    counted: Mutex<Counted>,
}

#[derive(Default)]
struct Counted {
    buckets: HashMap<Who, Bucket>,
    sockets: HashMap<String, Arc<Semaphore>>,
}

#[derive(PartialEq, Eq, Hash)]
enum Who {
    Key(String),
    Address(IpAddr),
}

/// A bucket that fills evenly to a minute's worth and loses one with each request.
#[derive(Clone, Copy)]
struct Bucket {
    left: f64,
    a_minute: f64,
    seen: Instant,
}

impl Bucket {
    fn full(a_minute: u32, now: Instant) -> Self {
        let a_minute = f64::from(a_minute);
        Self {
            left: a_minute,
            a_minute,
            seen: now,
        }
    }

    fn fill(&mut self, now: Instant) {
        let minutes = now.saturating_duration_since(self.seen).as_secs_f64() / 60.0;
        self.left = (self.left + minutes * self.a_minute).min(self.a_minute);
        self.seen = now;
    }

    /// Takes one, or tells in how many seconds there will be one.
    fn take(&mut self, now: Instant) -> Result<(), u32> {
        self.fill(now);
        if self.left >= 1.0 {
            self.left -= 1.0;
            return Ok(());
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a minute at most"
        )]
        let seconds = ((1.0 - self.left) / self.a_minute * 60.0).ceil() as u32;
        Err(seconds.clamp(1, 60))
    }
}

impl Limits {
    /// One request with the key `id`, which may ask `a_minute` times a minute (0: always).
    ///
    /// # Errors
    /// In how many seconds it may ask again.
    pub fn of_key(&self, id: &str, a_minute: u32, now: Instant) -> Result<(), u32> {
        if a_minute == 0 {
            return Ok(());
        }
        self.take(Who::Key(id.to_owned()), a_minute, now)
    }

    /// One request from `address` without a good key.
    ///
    /// # Errors
    /// As [`Self::of_key`].
    pub fn of_stranger(&self, address: IpAddr, now: Instant) -> Result<(), u32> {
        self.take(Who::Address(address), STRANGERS, now)
    }

    /// A place for one more WebSocket of the key `id`, which may have `most`; `None`: all
    /// of them are open.
    pub fn socket(&self, id: &str, most: usize) -> Option<OwnedSemaphorePermit> {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let places = counted.sockets.entry(id.to_owned());
        let places = places.or_insert_with(|| Arc::new(Semaphore::new(most)));
        places.clone().try_acquire_owned().ok()
    }

    fn take(&self, who: Who, a_minute: u32, now: Instant) -> Result<(), u32> {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.buckets.len() > MOST_KEPT {
            counted.buckets.retain(|_, bucket| {
                bucket.fill(now);
                bucket.left < bucket.a_minute
            });
        }
        let bucket = counted.buckets.entry(who);
        bucket
            .or_insert_with(|| Bucket::full(a_minute, now))
            .take(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_key_may_ask_so_often_and_again_a_little_later() {
        let limits = Limits::default();
        let now = Instant::now();
        for _ in 0..30 {
            assert_eq!(limits.of_key("a", 30, now), Ok(()));
        }
        assert_eq!(limits.of_key("a", 30, now), Err(2));
        assert_eq!(limits.of_key("b", 30, now), Ok(()), "another key");
        let later = now + Duration::from_secs(2);
        assert_eq!(limits.of_key("a", 30, later), Ok(()));
        assert_eq!(limits.of_key("a", 30, later), Err(2));
        for _ in 0..1_000 {
            assert_eq!(limits.of_key("free", 0, now), Ok(()));
        }
    }

    #[test]
    fn who_is_long_gone_is_forgotten() {
        let limits = Limits::default();
        let now = Instant::now();
        for number in 0..20_000_u32 {
            let _ = limits.of_stranger(IpAddr::from(number.to_be_bytes()), now);
        }
        let later = now + Duration::from_secs(60);
        let _ = limits.of_stranger(IpAddr::from([127, 0, 0, 1]), later);
        assert_eq!(limits.counted.lock().unwrap().buckets.len(), 1);
    }

    #[test]
    fn sockets_are_counted_by_key() {
        let limits = Limits::default();
        let first = limits.socket("a", 1);
        assert!(first.is_some());
        assert!(limits.socket("a", 1).is_none());
        assert!(limits.socket("b", 1).is_some());
        drop(first);
        assert!(limits.socket("a", 1).is_some());
    }
}
