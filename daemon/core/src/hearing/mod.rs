//! When somebody begins and stops speaking, and whether what the recogniser
//! says it heard can be believed. Counters over frames; no clock, no sound.

mod agreement;
mod endpointer;
mod gate;
mod own_voice;
mod repetition;

pub use agreement::Agreement;
pub use endpointer::{Endpoint, Endpointer, FRAME_MS, FRAME_SAMPLES, SpeechSpan, WhyEnded};
pub use gate::{Evidence, Rejection, UNLIKELY, Verdict, judge};
pub use own_voice::is_own_voice;
pub use repetition::is_looping;
