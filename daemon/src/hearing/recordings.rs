//! The whole hearing path on a recording, as fast as it goes: for `kioskctl transcribe`
//! and measurements.

use super::transcriber::{Request, Transcriber};
use super::{
    HearingError, HearingModels, Sounded, Utterance, Utterances, VoiceActivity, Whisper,
    WhisperSettings, prompt,
};
use crate::audio::wav::Complete;
use crate::audio::{AudioError, HEARING_RATE, wav};
use kiosk_core::hearing::{Evidence, Verdict, judge};
use kiosk_core::understanding::{Expecting, with_known_names};
use kiosk_dsp::resample::StreamResampler;
use kiosk_protocol::Private;
use serde::Serialize;
use std::path::Path;

/// Cuts mono sound of any rate into utterances.
///
/// # Errors
/// The voice-activity model failed, or the rate cannot be converted.
pub fn utterances(
    voice_activity: VoiceActivity,
    samples: &[f32],
    rate: u32,
) -> Result<Vec<Utterance>, HearingError> {
    let mut cutter = Utterances::new(voice_activity);
    let mut sound = Vec::new();
    StreamResampler::new(rate, HEARING_RATE)
        .map_err(AudioError::from)?
        .push(samples, &mut sound);
    let mut found = Vec::new();
    let mut keep = |sounded| match sounded {
        Sounded::Utterance(utterance) => found.push(utterance),
        Sounded::Level { .. }
        | Sounded::Stirred
        | Sounded::Settled
        | Sounded::SpeechStarted
        | Sounded::Partial(_)
        | Sounded::Paused(_) => {}
    };
    cutter.push(&sound, &mut keep)?;
    cutter.finish(&mut keep);
    Ok(found)
}

/// What a recording held.
#[derive(Debug, Clone, Serialize)]
pub struct FileTurns {
    /// As it was named.
    pub file: String,
    /// Its length.
    pub seconds: f64,
    /// The file ends before its header says so; what is there was heard.
    pub cut_off: bool,
    /// What was said, in order, also what is not believed.
    pub turns: Vec<Turn>,
}

impl FileTurns {
    /// What is believed, in one line.
    pub fn text(&self) -> String {
        let believed: Vec<&str> = self
            .turns
            .iter()
            .filter(|turn| turn.rejected.is_none())
            .map(|turn| turn.text.expose())
            .collect();
        believed.join(" ")
    }
}

/// One utterance of a recording.
#[derive(Debug, Clone, Serialize)]
pub struct Turn {
    /// When speech began, in the recording's seconds.
    pub start_s: f64,
    /// When it ended.
    pub end_s: f64,
    /// When the end was decided.
    pub decided_s: f64,
    /// When a conversation would have known the words.
    pub known_s: f64,
    /// What the recogniser heard.
    pub text: Private,
    /// 0 to 1; 0 where rejected.
    pub confidence: f32,
    /// Why it is not believed.
    pub rejected: Option<&'static str>,
    /// How long the recogniser took.
    pub transcribed_in_s: f64,
    /// Probability that there was no speech, 0 to 1.
    pub no_speech: f32,
    /// Mean natural log-probability of the words' tokens.
    pub mean_log_probability: f32,
}

/// Loaded models for one recording after the other.
pub struct Hearing {
    models: HearingModels,
    transcriber: Box<dyn Transcriber>,
    prompt: String,
    names: Vec<String>,
}

impl Hearing {
    /// Loads the models. `names` are known, as a kiosk knows its roster.
    ///
    /// # Errors
    /// A model is missing or damaged.
    pub fn load(models: HearingModels, names: Vec<String>) -> Result<Self, HearingError> {
        let settings = WhisperSettings::for_model(&models.whisper);
        let transcriber = Whisper::load(&settings)?;
        Ok(Self::with_transcriber(models, Box::new(transcriber), names))
    }

    /// With a transcriber of one's own.
    pub fn with_transcriber(
        models: HearingModels,
        transcriber: Box<dyn Transcriber>,
        names: Vec<String>,
    ) -> Self {
        Self {
            models,
            transcriber,
            prompt: prompt(&names),
            names,
        }
    }

    /// Hears a WAV file.
    ///
    /// # Errors
    /// The file is refused, or a model failed.
    pub fn transcribe_file(&mut self, path: &Path) -> Result<FileTurns, HearingError> {
        self.hear_file(path, Self::transcribe)
    }

    /// Hears a WAV file as [`Self::converse`] does.
    ///
    /// # Errors
    /// The file is refused, or a model failed.
    pub fn converse_file(
        &mut self,
        path: &Path,
        asked: Option<Expecting>,
    ) -> Result<FileTurns, HearingError> {
        self.hear_file(path, |hearing, samples, rate| {
            hearing.converse(samples, rate, asked)
        })
    }

    fn hear_file(
        &mut self,
        path: &Path,
        hear: impl FnOnce(&mut Self, &[f32], u32) -> Result<Vec<Turn>, HearingError>,
    ) -> Result<FileTurns, HearingError> {
        let recording = wav::read(path).map_err(AudioError::from)?;
        Ok(FileTurns {
            file: path.display().to_string(),
            seconds: recording.seconds(),
            cut_off: recording.complete == Complete::CutOff,
            turns: hear(self, &recording.samples, recording.rate)?,
        })
    }

    /// Hears mono sound of any rate.
    ///
    /// # Errors
    /// A model failed.
    pub fn transcribe(&mut self, samples: &[f32], rate: u32) -> Result<Vec<Turn>, HearingError> {
        let utterances = self.utterances(samples, rate)?;
        self.turns(&utterances)
    }

    /// Hears utterances that were cut already.
    ///
    /// # Errors
    /// The recogniser failed.
    pub fn turns(&mut self, utterances: &[Utterance]) -> Result<Vec<Turn>, HearingError> {
        utterances
            .iter()
            .map(|utterance| self.turn(utterance))
            .collect()
    }

    /// Cuts mono sound of any rate into utterances.
    ///
    /// # Errors
    /// The voice-activity model failed.
    pub fn utterances(&self, samples: &[f32], rate: u32) -> Result<Vec<Utterance>, HearingError> {
        utterances(self.voice_activity()?, samples, rate)
    }

    pub(super) fn voice_activity(&self) -> Result<VoiceActivity, HearingError> {
        Ok(VoiceActivity::load(
            &self.models.onnx_runtime,
            &self.models.voice_activity,
        )?)
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn turn(&mut self, utterance: &Utterance) -> Result<Turn, HearingError> {
        let transcript = self.transcriber.transcribe(Request {
            samples: &utterance.samples,
            prompt: &self.prompt,
            other_readings: false,
        })?;
        let heard = transcript.hypotheses.first().map_or("", Private::expose);
        let evidence = Evidence {
            no_speech: transcript.no_speech,
            mean_log_probability: transcript.mean_log_probability,
            speech_frames: utterance.speech_frames,
        };
        let (text, confidence, rejected) = match judge(heard, evidence) {
            Verdict::Accepted { text, confidence } => {
                (with_known_names(&text, &self.names), confidence, None)
            }
            Verdict::Rejected(why) => (heard.to_owned(), 0.0, Some(why.as_str())),
        };
        Ok(Turn {
            start_s: utterance.start_s,
            end_s: utterance.end_s,
            decided_s: utterance.decided_s,
            known_s: utterance.decided_s + transcript.seconds,
            text: Private::new(text),
            confidence,
            rejected,
            transcribed_in_s: transcript.seconds,
            no_speech: transcript.no_speech,
            mean_log_probability: transcript.mean_log_probability,
        })
    }
}
