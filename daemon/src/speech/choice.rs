//! Which voices there are and which one speaks.

use super::synthesizer::chain;
use super::{Espeak, Piper, SpeechError, Synthesizer};
use std::path::PathBuf;

/// What is the last resort's name.
const LAST_RESORT: &str = "espeak-ng";

/// The files that voices need.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VoiceModels {
    /// Piper voices, best first.
    pub piper: Vec<PiperFiles>,
    /// The ONNX Runtime library.
    pub onnx_runtime: PathBuf,
}

/// One Piper voice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PiperFiles {
    /// Such as `en_US-joe-medium`.
    pub name: String,
    /// `.onnx`
    pub model: PathBuf,
    /// `.onnx.json`
    pub description: PathBuf,
}

/// Names of the voices that this box could speak with, best first.
pub fn voices(models: &VoiceModels) -> Vec<String> {
    models
        .piper
        .iter()
        .filter(|voice| voice.model.is_file() && voice.description.is_file())
        .map(|voice| voice.name.clone())
        .chain(Espeak::find().ok().map(|_| LAST_RESORT.to_owned()))
        .collect()
}

/// Loads the voice called `wanted`; without a name the best that can be loaded.
///
/// # Errors
/// No such voice, or none at all can be loaded: the first failure tells why.
pub fn choose(
    models: &VoiceModels,
    wanted: Option<&str>,
) -> Result<Box<dyn Synthesizer>, SpeechError> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let load = |voice: &PiperFiles| {
        Piper::load(
            &voice.name,
            &voice.model,
            &voice.description,
            &models.onnx_runtime,
            threads,
        )
    };
    if let Some(name) = wanted {
        if let Some(voice) = models.piper.iter().find(|voice| voice.name == name) {
            return Ok(Box::new(load(voice)?));
        }
        if name == LAST_RESORT {
            return Ok(Box::new(Espeak::find()?));
        }
        return Err(SpeechError::NoSuchVoice {
            name: name.to_owned(),
            there_are: voices(models),
        });
    }
    let mut first_failure = None;
    for voice in &models.piper {
        match load(voice) {
            Ok(piper) => return Ok(Box::new(piper)),
            Err(error) => {
                log::warn!(voice = voice.name.as_str(), error = chain(&error).as_str(); "voice cannot be used");
                first_failure.get_or_insert(error);
            }
        }
    }
    match Espeak::find() {
        Ok(espeak) => Ok(Box::new(espeak)),
        Err(error) => Err(first_failure.unwrap_or(error)),
    }
}
