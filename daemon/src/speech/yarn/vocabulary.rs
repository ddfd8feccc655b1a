//! Text and tokens. Every special token is looked up by name: their numbers are known
//! for YarnGPT2 and may differ in 2b.

use crate::speech::SpeechError;
use std::path::{Path, PathBuf};
use tokenizers::Tokenizer;

/// What spells a duration that is no token of its own: training wrote `<|t_0.10|>` where
/// the vocabulary has `<|t_0.1|>`, so such times are ten plain tokens.
const TIME_LETTERS: &str = "<|t_0123456789.>";

/// The tokenizer and the tokens with a meaning.
pub(super) struct Vocabulary {
    tokenizer: Tokenizer,
    path: PathBuf,
    pub code_start: u32,
    pub code_end: u32,
    /// The tokens of codes, by number, in ascending order of token.
    pub codes: Vec<(u32, u16)>,
    /// Durations that are one token, in seconds, in ascending order of token.
    pub times: Vec<(u32, f32)>,
    /// Tokens that a duration of several begins with, and those that it goes on with.
    pub time_begins: u32,
    pub time_letters: Vec<u32>,
}

impl Vocabulary {
    /// Reads a `tokenizer.json`.
    ///
    /// # Errors
    /// It is missing, damaged, or one of YarnGPT's tokens is not a single one in it.
    pub fn load(path: &Path) -> Result<Self, SpeechError> {
        let failed = |why: String| SpeechError::Description {
            path: path.to_owned(),
            why,
        };
        let tokenizer = Tokenizer::from_file(path).map_err(|error| failed(error.to_string()))?;
        let mut vocabulary = Self {
            tokenizer,
            path: path.to_owned(),
            code_start: 0,
            code_end: 0,
            codes: Vec::new(),
            times: Vec::new(),
            time_begins: 0,
            time_letters: Vec::new(),
        };
        vocabulary.code_start = vocabulary.mark("<|code_start|>")?;
        vocabulary.code_end = vocabulary.mark("<|code_end|>")?;
        for name in [
            "im_start",
            "text_start",
            "text_end",
            "text_sep",
            "audio_start",
        ] {
            vocabulary.mark(&format!("<|{name}|>"))?;
        }
        for (token, id) in vocabulary.tokenizer.get_vocab(true) {
            let Some(name) = token
                .strip_prefix("<|")
                .and_then(|it| it.strip_suffix("|>"))
            else {
                continue;
            };
            if let Ok(code) = name.parse() {
                vocabulary.codes.push((id, code));
            } else if let Some(Ok(seconds)) = name.strip_prefix("t_").map(str::parse) {
                vocabulary.times.push((id, seconds));
            }
        }
        vocabulary.codes.sort_unstable();
        vocabulary.times.sort_by_key(|(id, _)| *id);
        if vocabulary.codes.is_empty() || vocabulary.times.is_empty() {
            return Err(failed("it has no tokens for sound".to_owned()));
        }
        vocabulary.time_begins = vocabulary.mark("<")?;
        for letter in TIME_LETTERS.chars() {
            let id = vocabulary.mark(&letter.to_string())?;
            if !vocabulary.time_letters.contains(&id) {
                vocabulary.time_letters.push(id);
            }
        }
        vocabulary.time_letters.sort_unstable();
        Ok(vocabulary)
    }

    /// The token of a language, such as `yoruba`.
    ///
    /// # Errors
    /// There is none.
    pub fn language(&self, language: &str) -> Result<u32, SpeechError> {
        self.mark(&format!("<|{language}|>"))
    }

    /// Token ids of `text`, nothing added.
    ///
    /// # Errors
    /// The tokenizer refuses it.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, SpeechError> {
        let encoding = self
            .tokenizer
            .encode(text, false)
            .map_err(|error| self.failed(error.to_string()))?;
        Ok(encoding.get_ids().to_vec())
    }

    /// The code that `token` stands for.
    pub fn code(&self, token: u32) -> Option<u16> {
        let at = self.codes.binary_search_by_key(&token, |(id, _)| *id);
        at.ok().map(|at| self.codes[at].1)
    }

    /// The duration that `token` stands for, in seconds.
    pub fn time(&self, token: u32) -> Option<f32> {
        let at = self.times.binary_search_by_key(&token, |(id, _)| *id);
        at.ok().map(|at| self.times[at].1)
    }

    /// The token of the duration nearest to `seconds`.
    pub fn nearest_time(&self, seconds: f32) -> Option<u32> {
        let away = |time: &(u32, f32)| (time.1 - seconds).abs();
        self.times
            .iter()
            .min_by(|a, b| away(a).total_cmp(&away(b)))
            .map(|(id, _)| *id)
    }

    /// The one token that `text` is.
    fn mark(&self, text: &str) -> Result<u32, SpeechError> {
        match self.encode(text)?[..] {
            [id] => Ok(id),
            _ => Err(self.failed(format!("`{text}` is not a single token in it"))),
        }
    }

    fn failed(&self, why: String) -> SpeechError {
        SpeechError::Description {
            path: self.path.clone(),
            why,
        }
    }
}
