//! PINs of staff and technicians: which are good enough, what is kept of one, and for how
//! long nobody is listened to after wrong ones. Pure but for the time that a hash takes.

use argon2::{Algorithm, Argon2, Params, Version};
use kiosk_protocol::Private;

/// Six digits are a million; a card's number may be longer.
const DIGITS: std::ops::RangeInclusive<usize> = 6..=32;

/// Argon2id with 32 MiB and three passes: a tenth of a second on a small box, so that who
/// has the database with its key still needs a day for all PINs of six digits.
const MEMORY_KIB: u32 = 32 * 1024;
const PASSES: u32 = 3;

/// So many wrong ones are slips.
const SLIPS: u32 = 4;
/// After the next nobody is listened to for so long, in seconds, and then for twice as long
/// each time.
const FIRST_LOCK_S: i64 = 60;
/// The longest that staff has to wait for somebody's mischief.
const LONGEST_LOCK_S: i64 = 3_600;

/// What is kept of a PIN.
pub type Hash = [u8; 32];

/// Why this can't be a PIN, in words for who sets it; `None`: it can.
pub fn weakness(pin: &str) -> Option<&'static str> {
    let digits = pin.as_bytes();
    if !DIGITS.contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
        return Some("a PIN has 6 to 32 digits and nothing else");
    }
    let steps = |step: i16| {
        digits
            .windows(2)
            .all(|pair| i16::from(pair[1]) - i16::from(pair[0]) == step)
    };
    if steps(0) || steps(1) || steps(-1) {
        return Some("this PIN is among the first that anybody tries; choose another");
    }
    None
}

/// What is kept of `pin`. Takes a tenth of a second and 32 MiB: not on a thread that
/// others wait for.
///
/// # Errors
/// There is not enough memory for it.
pub fn hash(pin: &Private, salt: &[u8; 16]) -> Result<Hash, argon2::Error> {
    let parameters = Params::new(MEMORY_KIB, PASSES, 1, None)?;
    let mut hash = Hash::default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters).hash_password_into(
        pin.expose().as_bytes(),
        salt,
        &mut hash,
    )?;
    Ok(hash)
}

/// [`hash`] on a thread of its own.
///
/// # Errors
/// There is not enough memory, or no thread.
pub async fn hashed(pin: Private, salt: [u8; 16]) -> Result<Hash, PinError> {
    let (reply, answer) = tokio::sync::oneshot::channel();
    std::thread::Builder::new()
        .name("pin".to_owned())
        .spawn(move || {
            // Whoever asked may be gone by now.
            let _ = reply.send(hash(&pin, &salt));
        })
        .map_err(|_| PinError)?;
    answer.await.map_err(|_| PinError)?.map_err(|_| PinError)
}

/// A PIN could not be looked at.
#[derive(Debug, thiserror::Error)]
#[error("there is no memory or thread to look at a PIN")]
pub struct PinError;

/// For how long no PIN is looked at after so many wrong ones, in seconds.
pub fn locked_for_s(wrong: u32) -> i64 {
    match wrong.checked_sub(SLIPS + 1) {
        None => 0,
        Some(doublings) => FIRST_LOCK_S
            .checked_shl(doublings)
            .filter(|seconds| (1..LONGEST_LOCK_S).contains(seconds) && doublings < 32)
            .unwrap_or(LONGEST_LOCK_S),
    }
}

/// How many wrong ones may follow before no PIN is looked at for a while.
pub fn tries_left(wrong: u32) -> u32 {
    (SLIPS + 1).saturating_sub(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_anybody_would_try_first_is_no_pin() {
        for pin in [
            "",
            "12345",
            "123456",
            "987654",
            "000000",
            "11111111",
            "12a456",
            "１２３４５６",
        ] {
            assert!(weakness(pin).is_some(), "{pin}");
        }
        assert!(weakness(&"7".repeat(33)).is_some());
        for pin in ["123457", "402817", "0005432178"] {
            assert_eq!(weakness(pin), None, "{pin}");
        }
    }

    #[test]
    fn a_hash_hangs_on_every_digit_and_on_the_salt() {
        let of = |pin: &str, salt: u8| hash(&pin.into(), &[salt; 16]).unwrap();
        let kept = of("402817", 1);
        assert_eq!(kept, of("402817", 1));
        assert_ne!(kept, of("402818", 1));
        assert_ne!(kept, of("402817", 2));
    }

    #[test]
    fn slips_are_free_and_then_the_wait_doubles_up_to_an_hour() {
        let waits: Vec<i64> = (0..=14).map(locked_for_s).collect();
        let minutes = |of: i64| of * 60;
        assert_eq!(waits[..5], [0; 5]);
        let doubled = [1, 2, 4, 8, 16, 32, 60, 60, 60, 60].map(minutes);
        assert_eq!(waits[5..], doubled);
        assert_eq!(locked_for_s(u32::MAX), LONGEST_LOCK_S);
        assert_eq!((tries_left(0), tries_left(4), tries_left(9)), (5, 1, 0));
    }
}
