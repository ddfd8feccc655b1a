//! Which voices there are and which one speaks.

use super::synthesizer::chain;
use super::yarn::{self, Yarn};
use super::{Espeak, Piper, SpeechError, Synthesizer};
use std::path::PathBuf;

/// What is the last resort's name.
const LAST_RESORT: &str = "espeak-ng";

/// The files that voices need.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VoiceModels {
    /// The folder of YarnGPT2b's files, where it is there.
    pub yarn: Option<PathBuf>,
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

/// The voice that speaks.
pub struct Chosen {
    /// Loaded.
    pub voice: Box<dyn Synthesizer>,
    /// Its engine and why it is this one, for a technician.
    pub engine: String,
}

/// Names of the voices that this box could speak with, best first.
pub fn voices(models: &VoiceModels) -> Vec<String> {
    let yarn = models.yarn.iter().flat_map(|folder| {
        yarn::VOICES
            .iter()
            .filter(|(name, _)| yarn::speaker_file(folder, name).is_file())
            .map(|(name, _)| (*name).to_owned())
    });
    let piper = models
        .piper
        .iter()
        .filter(|voice| voice.model.is_file() && voice.description.is_file())
        .map(|voice| voice.name.clone());
    yarn.chain(piper)
        .chain(Espeak::find().ok().map(|_| LAST_RESORT.to_owned()))
        .collect()
}

/// Loads the voice called `wanted`, however fast it is here. Without a name: YarnGPT2b
/// where this box is measured to speak it fast enough, else a Piper voice, else the last
/// resort.
///
/// # Errors
/// No such voice, or none at all can be loaded: the first failure tells why.
pub fn choose(models: &VoiceModels, wanted: Option<&str>) -> Result<Chosen, SpeechError> {
    match wanted {
        Some(name) => named(models, name),
        None => best(models),
    }
}

fn named(models: &VoiceModels, name: &str) -> Result<Chosen, SpeechError> {
    let is_configured = |engine: &str| format!("{engine}, as configured");
    if let Some(voice) = models.piper.iter().find(|voice| voice.name == name) {
        return Ok(Chosen {
            voice: Box::new(piper(models, voice)?),
            engine: is_configured("Piper"),
        });
    }
    if name == LAST_RESORT {
        return Ok(Chosen {
            voice: Box::new(Espeak::find()?),
            engine: is_configured(LAST_RESORT),
        });
    }
    match &models.yarn {
        Some(folder) if yarn::VOICES.iter().any(|(known, _)| *known == name) => Ok(Chosen {
            voice: Box::new(Yarn::load(folder, name, &models.onnx_runtime, threads())?),
            engine: is_configured("YarnGPT2b"),
        }),
        Some(_) | None => Err(SpeechError::NoSuchVoice {
            name: name.to_owned(),
            there_are: voices(models),
        }),
    }
}

fn best(models: &VoiceModels) -> Result<Chosen, SpeechError> {
    let why_not = match fast_yarn(models) {
        Ok(chosen) => return Ok(chosen),
        Err(why_not) => why_not,
    };
    let mut first_failure = None;
    for voice in &models.piper {
        match piper(models, voice) {
            Ok(piper) => {
                return Ok(Chosen {
                    voice: Box::new(piper),
                    engine: format!("Piper; {why_not}"),
                });
            }
            Err(error) => {
                log::warn!(voice = voice.name.as_str(), error = chain(&error).as_str(); "voice cannot be used");
                first_failure.get_or_insert(error);
            }
        }
    }
    match Espeak::find() {
        Ok(espeak) => Ok(Chosen {
            voice: Box::new(espeak),
            engine: format!("{LAST_RESORT}, the last resort; {why_not}"),
        }),
        Err(error) => Err(first_failure.unwrap_or(error)),
    }
}

/// YarnGPT2b, or why it doesn't speak here. Measured at every start: a figure from one
/// GPU, or from the same one with other work beside it, never stands for another.
fn fast_yarn(models: &VoiceModels) -> Result<Chosen, String> {
    let Some(folder) = &models.yarn else {
        return Err("YarnGPT2b is not on this box".to_owned());
    };
    let (name, _) = yarn::VOICES[0];
    let failed = |error: SpeechError| {
        let why = chain(&error);
        log::warn!(voice = name, error = why.as_str(); "voice cannot be used");
        format!("YarnGPT2b cannot be used: {why}")
    };
    let mut voice = Yarn::load(folder, name, &models.onnx_runtime, threads()).map_err(failed)?;
    let measured = voice.measure().map_err(failed)?;
    let figures = format!(
        "first sound {:.1} s, real-time factor {:.2}",
        measured.first_sound_s, measured.real_time_factor
    );
    if measured.is_fast_enough() {
        return Ok(Chosen {
            voice: Box::new(voice),
            engine: format!("YarnGPT2b; measured here: {figures}"),
        });
    }
    Err(format!("YarnGPT2b is too slow on this box: {figures}"))
}

fn piper(models: &VoiceModels, voice: &PiperFiles) -> Result<Piper, SpeechError> {
    Piper::load(
        &voice.name,
        &voice.model,
        &voice.description,
        &models.onnx_runtime,
        threads(),
    )
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
