//! From words to sound: voices and the thread that speaks. What is said and how it is
//! written out is decided elsewhere (`kiosk_core`).
//!
//! Thread `voice` owns the synthesizer, a thread `speaker` each sink. What is said may be
//! personal: it is in no log, error, file or command line.

mod cache;
mod choice;
mod espeak;
mod phonemes;
mod piper;
mod shaping;
mod speaker;
mod studio;
mod synthesizer;
mod voice;
pub mod yarn;

pub use choice::{Chosen, PiperFiles, VoiceModels, choose, voices};
pub use espeak::Espeak;
pub use piper::Piper;
pub use studio::{Full, Order, Rank, Rendered, Studio, StudioHandle, Wanted};
pub use synthesizer::{Beeps, SpeechError, Synthesizer, render};
pub use voice::{Voice, VoiceEvent};
