//! The seam between words and a voice, with the one for tests.

use super::shaping;
use kiosk_core::speaking::{sentences, spoken};
use std::path::PathBuf;

/// A voice.
pub trait Synthesizer: Send {
    /// As `kioskctl voices` lists it.
    fn name(&self) -> &str;

    /// Samples a second of what [`synthesize`](Self::synthesize) gives.
    fn rate(&self) -> u32;

    /// How long the next sentences take, 1 being the voice's usual way: 1.2 is a fifth
    /// slower.
    fn set_length(&mut self, length: f32);

    /// Cuts `text`, in which everything is written out in words, into what is spoken at once.
    fn pieces(&self, text: &str) -> Vec<String> {
        sentences(text)
    }

    /// Whether the last piece was spoken by another voice than this one, which then is not
    /// to be kept as its own.
    fn is_stand_in(&self) -> bool {
        false
    }

    /// Speaks one of the [`pieces`](Self::pieces): mono, −1 to 1.
    ///
    /// # Errors
    /// The voice failed; the next sentence may succeed.
    fn synthesize(&mut self, sentence: &str) -> Result<Vec<f32>, SpeechError>;
}

/// Why nothing can be said. Never says what should have been said.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SpeechError {
    /// A voice's model or the library cannot be used.
    #[error("the voice cannot be loaded")]
    Onnx(#[from] crate::onnx::OnnxError),
    /// A voice's description, or another of its files, is missing or not understood.
    #[error("voice file `{}` cannot be used: {why}", path.display())]
    Description {
        /// As configured.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// `espeak-ng` failed.
    #[error("program `espeak-ng` {0}; the package `espeak-ng` has it")]
    Espeak(String),
    /// There is no such voice.
    #[error("no voice `{name}`; there are: {}", there_are.join(", "))]
    NoSuchVoice {
        /// As asked for.
        name: String,
        /// Voices that exist.
        there_are: Vec<String>,
    },
    /// A piece has more words than the voice can take.
    #[error("too many words for one piece")]
    TooLong,
    /// Sound could not be converted.
    #[error("the voice's sound cannot be converted")]
    Rates(#[from] kiosk_dsp::RatesError),
    /// A thread could not be started.
    #[error("thread `{0}` cannot be started: {1}")]
    Thread(&'static str, String),
}

/// Speaks `text` as written for the eye, whole: mono sound at the voice's rate, with
/// even loudness and pauses between sentences.
///
/// # Errors
/// The voice failed.
pub fn render(synthesizer: &mut dyn Synthesizer, text: &str) -> Result<Vec<f32>, SpeechError> {
    let rate = synthesizer.rate();
    let mut sound = Vec::new();
    for sentence in synthesizer.pieces(&spoken(text)) {
        sound.extend(shaping::shape(synthesizer.synthesize(&sentence)?, rate));
    }
    Ok(sound)
}

/// An error with its causes.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        words.push_str(": ");
        words.push_str(&inner.to_string());
        cause = inner.source();
    }
    words
}

/// A voice without a model: a tone for every word. For tests of what speaks and listens.
#[derive(Debug)]
pub struct Beeps {
    length: f32,
}

impl Default for Beeps {
    fn default() -> Self {
        Self { length: 1.0 }
    }
}

impl Beeps {
    /// How long a word sounds, in seconds.
    pub const WORD_S: f32 = 0.1;
}

impl Synthesizer for Beeps {
    fn name(&self) -> &str {
        "beeps"
    }

    fn rate(&self) -> u32 {
        16_000
    }

    fn set_length(&mut self, length: f32) {
        self.length = length;
    }

    fn synthesize(&mut self, sentence: &str) -> Result<Vec<f32>, SpeechError> {
        let samples =
            sentence.split_whitespace().count() as f32 * Self::WORD_S * self.length * 16_000.0;
        Ok((0..samples as usize)
            .map(|index| 0.3 * (index as f32 * 440.0 * std::f32::consts::TAU / 16_000.0).sin())
            .collect())
    }
}
