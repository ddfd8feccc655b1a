//! The seam between hearing and a recogniser, with the one for tests.

use kiosk_protocol::Private;
use std::collections::VecDeque;
use std::path::PathBuf;

/// What is to be transcribed.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// 16 kHz mono, −1 to 1.
    pub samples: &'a [f32],
    /// Words that are likely, as text that might stand before; may be empty.
    pub prompt: &'a str,
}

/// What a recogniser heard.
#[derive(Debug, Clone, PartialEq)]
pub struct Transcript {
    /// Best first; empty where it heard no words.
    pub hypotheses: Vec<Private>,
    /// Probability that there was no speech at all, 0 to 1.
    pub no_speech: f32,
    /// Mean natural log-probability of the best hypothesis' tokens, 0 at best.
    pub mean_log_probability: f32,
    /// How long it took.
    pub seconds: f64,
    /// Runs that were needed: 2 where the first one lost the thread.
    pub runs: u32,
}

/// Why nothing could be transcribed. Never says what was heard.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TranscriberError {
    /// The model file is missing or damaged.
    #[error("speech model `{}` cannot be loaded: {why}", path.display())]
    Model {
        /// As configured.
        path: PathBuf,
        /// In the library's words.
        why: String,
    },
    /// A run failed.
    #[error("the speech model failed: {0}")]
    Run(String),
}

/// Speech to text.
pub trait Transcriber: Send {
    /// Transcribes one utterance.
    ///
    /// # Errors
    /// The recogniser failed; the next utterance may succeed.
    fn transcribe(&mut self, request: Request<'_>) -> Result<Transcript, TranscriberError>;
}

/// A recogniser that hears what it is told to, whatever the sound. For tests of what
/// comes after; when the script is over it hears nothing.
#[derive(Debug, Default)]
pub struct ScriptedTranscriber {
    script: VecDeque<String>,
}

impl ScriptedTranscriber {
    /// Hears these, one after the other.
    pub fn new<S: Into<String>>(script: impl IntoIterator<Item = S>) -> Self {
        Self {
            script: script.into_iter().map(Into::into).collect(),
        }
    }
}

impl Transcriber for ScriptedTranscriber {
    fn transcribe(&mut self, _request: Request<'_>) -> Result<Transcript, TranscriberError> {
        let hypotheses: Vec<Private> = self
            .script
            .pop_front()
            .map(Private::new)
            .into_iter()
            .collect();
        Ok(Transcript {
            no_speech: if hypotheses.is_empty() { 1.0 } else { 0.0 },
            mean_log_probability: -0.1,
            hypotheses,
            seconds: 0.0,
            runs: 1,
        })
    }
}
