//! What is done to every sample of sound: rates, the clocks of devices, the kiosk's own voice
//! taken out of what the microphone hears; and to every weight of a model that is rounded.
//! Arithmetic: no device, file or thread. A crate of its own because it is slow unless it is
//! optimised, and the rest of kioskd, while it is developed, need not be.

mod clock;
pub mod echo;
mod likeness;
pub mod loopback;
mod quantise;
pub mod resample;
pub mod room;

pub use clock::StreamClock;
pub use quantise::{Unfit, quantised};

/// What speech models hear, in samples a second.
pub const HEARING_RATE: u32 = 16_000;

/// Two rates that cannot be converted into each other.
#[derive(Debug, Clone, thiserror::Error)]
#[error("cannot convert {from} Hz to {to} Hz: {why}")]
pub struct RatesError {
    /// Samples a second.
    pub from: u32,
    /// Samples a second.
    pub to: u32,
    /// In the resampler's words.
    pub why: String,
}
