//! What the kiosk thinks: understanding, dialogue, scheduling rules, wording,
//! end-pointing and what is said aloud.
//!
//! Everything here is a function of its arguments. The crate opens no file, no
//! socket and no database, reads no clock and no environment, and logs nothing;
//! `tests/purity.rs` holds that.

pub mod clinic;
pub mod dialogue;
pub mod hearing;
pub mod speaking;
pub mod understanding;
pub mod wording;
