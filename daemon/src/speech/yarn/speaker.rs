//! Whose voice: a short recording as words with their codes, which the prompt ends with.

use crate::speech::SpeechError;
use kiosk_core::speaking::romanised;
use serde::Deserialize;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Voices that may be used and their languages, best first: those of the author's that
/// others found intelligible. Left out are files that are broken (`hausa_male1` with
/// words too many, `yoruba_male3` not in plain letters, `hausa_female2` a copy of
/// `hausa_female1`) and voices that are often not understood.
pub const VOICES: [(&str, &str); 13] = [
    ("idera", "english"),
    ("chinenye", "english"),
    ("jude", "english"),
    ("zainab", "english"),
    ("osagie", "english"),
    ("yoruba_male2", "yoruba"),
    ("yoruba_female2", "yoruba"),
    ("yoruba_female1", "yoruba"),
    ("igbo_female2", "igbo"),
    ("igbo_male2", "igbo"),
    ("igbo_female1", "igbo"),
    ("hausa_female1", "hausa"),
    ("hausa_male2", "hausa"),
];

/// Where the voice `name` lies in the folder of YarnGPT's files.
#[must_use]
pub fn file(folder: &Path, name: &str) -> PathBuf {
    folder.join("speakers").join(format!("{name}.json"))
}

/// A speaker file.
pub(super) struct Speaker {
    pub name: &'static str,
    pub language: &'static str,
    recording: Recording,
}

#[derive(Deserialize)]
struct Recording {
    text: String,
    words: Vec<Word>,
}

#[derive(Deserialize)]
struct Word {
    word: String,
    duration: String,
    codes: Vec<u16>,
}

impl Speaker {
    /// The voice `name`, from `folder`'s `speakers`.
    ///
    /// # Errors
    /// There is no such voice, or its file is missing, damaged or says nothing.
    pub fn load(folder: &Path, name: &str) -> Result<Self, SpeechError> {
        let known = VOICES.iter().find(|(known, _)| *known == name);
        let Some((name, language)) = known else {
            return Err(SpeechError::NoSuchVoice {
                name: name.to_owned(),
                there_are: VOICES.iter().map(|(name, _)| (*name).to_owned()).collect(),
            });
        };
        let path = file(folder, name);
        let failed = |why: String| SpeechError::Description {
            path: path.clone(),
            why,
        };
        let text = std::fs::read_to_string(&path).map_err(|error| failed(error.to_string()))?;
        let recording: Recording =
            serde_json::from_str(&text).map_err(|error| failed(error.to_string()))?;
        let durations = recording
            .words
            .iter()
            .map(|word| word.duration.parse::<f32>());
        if recording.words.is_empty() || durations.clone().any(|it| it.is_err()) {
            return Err(failed("it has no words with durations".to_owned()));
        }
        Ok(Self {
            name,
            language,
            recording,
        })
    }

    /// What the model is asked for `words`: all words of the recording and the new ones,
    /// then the recording as sound.
    pub fn prompt(&self, words: &[String]) -> String {
        let all = [&romanised(&self.recording.text), words].concat();
        let mut prompt = format!(
            "<|im_start|>\n<|text_start|>{}<|text_end|>\n<|{}|>\n<|audio_start|>\n",
            all.join("<|text_sep|>"),
            self.language
        );
        for (index, word) in self.recording.words.iter().enumerate() {
            if index > 0 {
                prompt.push('\n');
            }
            let seconds: f32 = word.duration.parse().unwrap_or_default();
            // Writing into a string cannot fail.
            let _ = write!(prompt, "{}<|t_{seconds:.2}|><|code_start|>", word.word);
            for code in &word.codes {
                let _ = write!(prompt, "<|{code}|>");
            }
            prompt.push_str("<|code_end|>");
        }
        prompt
    }
}
