//! From a shown sentence to words that a voice can read: times, dates, money,
//! numbers, codes and abbreviations are written out. English; no sound, no files.

mod abbreviations;
mod amounts;
mod numbers;
mod romanised;
mod sentences;
mod times;
mod written;

pub use numbers::{cardinal, digits, ordinal, year};
pub use romanised::romanised;
pub use sentences::{pieces, sentences};
pub use written::spoken;
