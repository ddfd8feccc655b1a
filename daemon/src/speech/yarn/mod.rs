//! YarnGPT2b: a language model that writes speech as codes of WavTokenizer, with Nigerian
//! voices in English, Yoruba, Igbo and Hausa. The models are made by
//! `provisioning/yarngpt`; what is known of them and their traps stands in `docs/yarngpt.md`.
//!
//! For boxes with a GPU: two CPU cores speak a twentieth as fast as one listens.

mod codec;
mod decoding;
mod language_model;
mod speaker;
mod vocabulary;

pub use decoding::Limits;
pub use speaker::{VOICES, file as speaker_file};

use super::{SpeechError, Synthesizer};
use codec::Codec;
use decoding::{Chance, Guide, Scores, Step};
use kiosk_core::speaking::{pieces, romanised};
use language_model::LanguageModel;
use speaker::Speaker;
use std::path::Path;
use std::time::{Duration, Instant};
use vocabulary::Vocabulary;

/// Samples a second that WavTokenizer gives.
pub const RATE: u32 = 24_000;
/// Codes to a second of sound, and what the model writes for it: words, times and marks
/// come on top (measured on the author's samples).
const CODES_A_SECOND: f64 = 75.0;
const TOKENS_A_SECOND: f64 = 94.0;
/// The model was trained on no longer sequences.
const MOST_TOKENS: usize = 4_000;
/// Words of a piece: of the first, so that the first sound comes soon; of any, because
/// the model drops words of long ones.
const FIRST_WORDS: usize = 7;
const MOST_WORDS: usize = 35;
/// What is tried when a word didn't come to its end: first the likeliest tokens, then
/// some chance.
const TRIES: [f32; 3] = [0.0, 0.1, 0.3];

/// YarnGPT2b with one speaker's voice.
pub struct Yarn {
    vocabulary: Vocabulary,
    model: LanguageModel,
    codec: Codec,
    speaker: Speaker,
    limits: Limits,
    length: f32,
}

/// How fast this box speaks with it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// From a clause of one second to its first sound, in seconds.
    pub first_sound_s: f64,
    /// Seconds of work for a second of sound.
    pub real_time_factor: f64,
}

impl Measured {
    /// Fast enough for a conversation: first sound within 0.7 s, a real-time factor
    /// below 0.8.
    #[must_use]
    pub fn is_fast_enough(&self) -> bool {
        self.first_sound_s <= 0.7 && self.real_time_factor < 0.8
    }
}

/// One spoken clause, as tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// All that the model wrote, forced words included.
    pub tokens: Vec<u32>,
    /// The sound among them.
    pub codes: Vec<u16>,
    /// Words that did not come to their end by themselves.
    pub unfinished: usize,
}

impl Yarn {
    /// Loads the models in `folder` and the voice `name`, with the library `onnx_runtime`;
    /// it computes on `threads` threads where there is no GPU.
    ///
    /// # Errors
    /// A file is missing, damaged or not YarnGPT's.
    pub fn load(
        folder: &Path,
        name: &str,
        onnx_runtime: &Path,
        threads: usize,
    ) -> Result<Self, SpeechError> {
        let vocabulary = Vocabulary::load(&folder.join("tokenizer.json"))?;
        let speaker = Speaker::load(folder, name)?;
        vocabulary.language(speaker.language)?;
        Ok(Self {
            vocabulary,
            model: LanguageModel::load(&folder.join("language-model.onnx"), onnx_runtime, threads)?,
            codec: Codec::load(&folder.join("codec.onnx"), onnx_runtime, threads)?,
            speaker,
            limits: Limits::default(),
            length: 1.0,
        })
    }

    /// With other limits, for tests.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// What the model is asked, as token ids.
    ///
    /// # Errors
    /// The tokenizer failed.
    pub fn prompt(&self, words: &[String]) -> Result<Vec<u32>, SpeechError> {
        self.vocabulary.encode(&self.speaker.prompt(words))
    }

    /// The model's scores for what follows the prompt.
    ///
    /// # Errors
    /// The model failed.
    pub fn scores(&mut self, words: &[String]) -> Result<Vec<f32>, SpeechError> {
        let prompt = self.prompt(words)?;
        self.model.forget();
        self.model.step(&prompt)
    }

    /// Lets the model write `words`, taking the likeliest token where `temperature` is 0.
    ///
    /// # Errors
    /// The model failed, or there are too many words.
    pub fn write(&mut self, words: &[String], temperature: f32) -> Result<Written, SpeechError> {
        let mut feed = self.prompt(words)?;
        let room = MOST_TOKENS.saturating_sub(feed.len());
        let mut scores = Scores::new(&feed, Chance::new(temperature));
        let spelled = words
            .iter()
            .map(|word| self.vocabulary.encode(&format!("\n{word}")))
            .collect::<Result<_, _>>()?;
        let mut guide = Guide::new(&self.vocabulary, spelled, self.limits, self.length);
        self.model.forget();
        let mut tokens = Vec::new();
        loop {
            // What is already decided goes to the model in one run.
            let token = match guide.next() {
                Step::Done => break,
                Step::Forced(token) => token,
                Step::Choice(allowed) => {
                    let logits = self.model.step(&feed)?;
                    feed.clear();
                    guide.as_long_as_wanted(scores.choose(&logits, &allowed))
                }
            };
            if tokens.len() == room {
                return Err(SpeechError::TooLong);
            }
            guide.take(token);
            scores.saw(token);
            tokens.push(token);
            feed.push(token);
        }
        let unfinished = guide.unfinished();
        let codes = guide.into_codes();
        Ok(Written {
            tokens,
            codes,
            unfinished,
        })
    }

    /// Sound of `codes`: mono at [`RATE`].
    ///
    /// # Errors
    /// The codec failed.
    pub fn decode(&mut self, codes: &[u16]) -> Result<Vec<f32>, SpeechError> {
        self.codec.decode(codes)
    }

    /// How fast this box is. A box that is far too slow is found out in the first steps.
    ///
    /// # Errors
    /// A model failed.
    pub fn measure(&mut self) -> Result<Measured, SpeechError> {
        let words = ["good".to_owned(), "morning".to_owned()];
        let prompt = self.prompt(&words)?;
        // The first run compiles and allocates.
        self.model.forget();
        self.model.step(&prompt[..1])?;
        let steps = |model: &mut LanguageModel, count: u32| -> Result<Duration, SpeechError> {
            let began = Instant::now();
            for _ in 0..count {
                model.step(&prompt[..1])?;
            }
            Ok(began.elapsed() / count)
        };
        let per_token = steps(&mut self.model, 4)?.as_secs_f64();
        if per_token * TOKENS_A_SECOND > 2.0 {
            return Ok(Measured {
                first_sound_s: per_token * TOKENS_A_SECOND,
                real_time_factor: per_token * TOKENS_A_SECOND,
            });
        }
        self.model.forget();
        let began = Instant::now();
        self.model.step(&prompt)?;
        let prompt_s = began.elapsed().as_secs_f64();
        // Behind the prompt, where a step costs what it will cost.
        let per_token = steps(&mut self.model, 64)?.as_secs_f64();
        let second = vec![0; CODES_A_SECOND as usize];
        self.codec.decode(&second)?;
        let began = Instant::now();
        self.codec.decode(&second)?;
        let per_second = per_token * TOKENS_A_SECOND + began.elapsed().as_secs_f64();
        Ok(Measured {
            first_sound_s: prompt_s + per_second,
            real_time_factor: per_second,
        })
    }
}

impl Synthesizer for Yarn {
    fn name(&self) -> &str {
        self.speaker.name
    }

    fn rate(&self) -> u32 {
        RATE
    }

    fn set_length(&mut self, length: f32) {
        self.length = length;
    }

    fn pieces(&self, text: &str) -> Vec<String> {
        pieces(text, FIRST_WORDS, MOST_WORDS)
    }

    fn synthesize(&mut self, sentence: &str) -> Result<Vec<f32>, SpeechError> {
        let words = romanised(sentence);
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let mut best: Option<Written> = None;
        for temperature in TRIES {
            let written = self.write(&words, temperature)?;
            if best
                .as_ref()
                .is_none_or(|best| written.unfinished < best.unfinished)
            {
                best = Some(written);
            }
            if best.as_ref().is_some_and(|best| best.unfinished == 0) {
                break;
            }
        }
        let Some(best) = best else {
            return Ok(Vec::new());
        };
        if best.unfinished > 0 {
            log::debug!(words = words.len(), unfinished = best.unfinished; "words cut short");
        }
        self.decode(&best.codes)
    }
}
