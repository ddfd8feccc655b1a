//! Which of the installed models hearing and speaking use.

use super::{Installed, Missing, Use};
use crate::config::HearingSettings;
use crate::hearing::HearingModels;
use crate::speech::{PiperFiles, VoiceModels};
use std::path::PathBuf;

/// Within the folder of models: what `provisioning/yarngpt/export.py` made.
const YARN_FOLDER: &str = "yarngpt2b";

impl Installed<'_> {
    /// The files that hearing needs: the configured Whisper model, or the preferred one.
    ///
    /// # Errors
    /// One of them is not here.
    pub fn hearing(&self, settings: &HearingSettings) -> Result<HearingModels, Missing> {
        let whisper = match &settings.model {
            Some(model) if model.is_file() => model.clone(),
            Some(model) => {
                return Err(Missing {
                    what: format!("`{}`, as `hearing.model` says,", model.display()),
                    name: None,
                    folder: self.folder().to_owned(),
                });
            }
            None => self.first(Use::Transcriber)?,
        };
        Ok(HearingModels {
            whisper,
            voice_activity: self.first(Use::Vad)?,
            onnx_runtime: self.first(Use::Runtime)?,
        })
    }

    /// The files that voices need; without any the last-resort voice is left.
    pub fn voices(&self) -> VoiceModels {
        let piper = self.all(Use::Voice).into_iter();
        let yarn = self.folder().join(YARN_FOLDER);
        VoiceModels {
            yarn: yarn.is_dir().then_some(yarn),
            piper: piper
                .map(|(model, file)| PiperFiles {
                    name: model.name.clone(),
                    description: description_of(&file),
                    model: file,
                })
                .collect(),
            onnx_runtime: self.first(Use::Runtime).unwrap_or_default(),
        }
    }
}

/// A Piper voice's description lies beside it.
fn description_of(model: &std::path::Path) -> PathBuf {
    let mut name = model.as_os_str().to_owned();
    name.push(".json");
    name.into()
}
