//! From sound to words: voice activity, utterances, Whisper. Decides nothing about
//! what the words mean; what counts as speech and what is believed is
//! `kiosk_core::hearing`'s.
//!
//! Thread `ear` owns the microphone and the voice-activity model, thread `whisper`
//! the recogniser. Nothing here writes sound to disk, and what was said stays out of
//! every log and error.

mod conversing;
mod ear;
mod prompt;
mod readings;
mod recordings;
mod transcriber;
mod utterances;
mod voice_activity;
mod whisper;
mod worker;

pub use ear::{Ear, EarEvent};
pub use prompt::{COMMON_NAMES, prompt};
pub use recordings::{FileTurns, Hearing, Turn, utterances};
pub use transcriber::{Request, ScriptedTranscriber, Transcriber, TranscriberError, Transcript};
pub use utterances::{Sounded, Utterance, Utterances};
pub use voice_activity::VoiceActivity;
pub use whisper::{Whisper, WhisperSettings, Window};
pub use worker::{Asker, Busy, Caller, Context, Question, Recogniser, RecogniserEvent, Urgency};

use std::path::PathBuf;

/// The files that hearing needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HearingModels {
    /// Whisper in ggml form.
    pub whisper: PathBuf,
    /// Silero voice activity, version 5 or 6, ONNX.
    pub voice_activity: PathBuf,
    /// The ONNX Runtime library.
    pub onnx_runtime: PathBuf,
}

/// What can go wrong with hearing. A missing model is a state of the kiosk.
#[derive(Debug, Clone, thiserror::Error)]
pub enum HearingError {
    /// The voice-activity model cannot be used.
    #[error("voice activity cannot be told")]
    VoiceActivity(#[from] crate::onnx::OnnxError),
    /// The recogniser cannot be used.
    #[error("speech cannot be recognised")]
    Transcriber(#[from] TranscriberError),
    /// There is no sound to listen to.
    #[error("there is nothing to listen to")]
    Audio(#[from] crate::audio::AudioError),
    /// A thread could not be started.
    #[error("thread `{0}` cannot be started: {1}")]
    Thread(&'static str, String),
}
