//! The seam between hearing and a recogniser, with the one for tests.

use kiosk_protocol::Private;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What is to be transcribed.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// 16 kHz mono, −1 to 1.
    pub samples: &'a [f32],
    /// Words that are likely, as text that might stand before; may be empty.
    pub prompt: &'a str,
    /// Whether other readings are wanted where the recogniser hesitated.
    pub other_readings: bool,
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
    /// The run was given up, because something more urgent waits.
    #[error("the speech model gave way to newer work")]
    GaveWay,
}

/// A request to a recogniser that is at work to give it up; cloned at will.
#[derive(Debug, Clone, Default)]
pub struct GiveWay(Arc<AtomicBool>);

impl GiveWay {
    /// The run under way is no longer wanted.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// A new run begins: what was asked was about an earlier one.
    pub fn forget(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    /// Whether the run under way is to be given up.
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Speech to text.
pub trait Transcriber: Send {
    /// Transcribes one utterance.
    ///
    /// # Errors
    /// The recogniser failed; the next utterance may succeed.
    fn transcribe(&mut self, request: Request<'_>) -> Result<Transcript, TranscriberError>;

    /// How a run is made to give way; `None` where it can't be. Whoever starts runs also
    /// forgets what was asked of the one before.
    fn give_way(&self) -> Option<GiveWay> {
        None
    }
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
