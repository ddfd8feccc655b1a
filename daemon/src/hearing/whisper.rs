//! Whisper through whisper.cpp: one loaded model with one reused state.

use super::readings::{Follows, Marks, Token, other_readings};
use super::transcriber::{GiveWay, Request, Transcriber, TranscriberError, Transcript};
use crate::audio::HEARING_RATE;
use kiosk_core::hearing::{UNLIKELY, is_looping};
use kiosk_dsp::quantised;
use kiosk_protocol::Private;
use std::path::{Path, PathBuf};
use std::time::Instant;
use whisper_rs::{
    FullParams, SamplingStrategy, WhisperContext, WhisperContextParameters, WhisperState,
};

/// The encoder looks at 1,500 positions of 20 ms: 30 s.
const FULL_WINDOW: usize = 1_500;
const POSITIONS_A_SECOND: usize = 50;
/// Added to the length of the sound, so that its end isn't at the edge.
const WINDOW_MARGIN: usize = 64;
/// With a narrower window base.en invents words (docs/evaluation.md, "Hearing").
const NARROWEST_WINDOW: usize = 512;
/// whisper.cpp refuses less than 100 ms and is unsure under a second.
const SHORTEST_SAMPLES: usize = HEARING_RATE as usize * 11 / 10;
/// Half of the decoder's 448 positions, less some for whisper.cpp's own tokens.
const LONGEST_PROMPT: usize = 200;

/// How much of the 30 s window is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// Always all of it, as the model was trained.
    Full,
    /// As much as the sound needs; a run that loses the thread is repeated with all.
    /// Only for models where this was measured to do no harm.
    Reduced,
}

impl Window {
    /// What is proved for the model file `path`: a cut window is harmless for base.en
    /// and tiny.en (docs/evaluation.md), unknown or harmful for others.
    pub fn proved_for(path: &Path) -> Self {
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().to_lowercase());
        match name.as_deref() {
            Some("ggml-base.en.bin" | "ggml-tiny.en.bin") => Self::Reduced,
            Some(_) | None => Self::Full,
        }
    }
}

/// How Whisper is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhisperSettings {
    /// Model file in ggml form.
    pub model: PathBuf,
    /// Threads; more than there are free cores makes it slower, not faster.
    pub threads: usize,
    /// How much of the window is computed.
    pub window: Window,
    /// Whether weights are rounded to 8 bits on a CPU.
    pub eight_bits: bool,
}

impl WhisperSettings {
    /// As many threads as cores, the window and the weights that are proved for the model.
    pub fn for_model(model: &Path) -> Self {
        let window = Window::proved_for(model);
        Self {
            model: model.to_owned(),
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            window,
            // Tried with the same models.
            eight_bits: window == Window::Reduced,
        }
    }
}

/// A loaded Whisper.
pub struct Whisper {
    context: WhisperContext,
    state: WhisperState,
    /// Made once and cloned: its strings are never freed by the library.
    parameters: FullParams<'static, 'static>,
    window: Window,
    threads: usize,
    give_way: GiveWay,
}

/// One run's result.
struct Run {
    text: String,
    written: Vec<Token>,
    no_speech: f32,
    mean_log_probability: f32,
    /// It wrote until it was stopped.
    stopped: bool,
}

impl Whisper {
    /// Loads the model; takes a second or two and the model's size in memory.
    ///
    /// # Errors
    /// The file is missing, damaged or no Whisper model.
    pub fn load(settings: &WhisperSettings) -> Result<Self, TranscriberError> {
        // Without this whisper.cpp and ggml write to standard error; what they write is dropped.
        whisper_rs::install_logging_hooks();
        let failed = |why: String| TranscriberError::Model {
            path: settings.model.clone(),
            why,
        };
        if !settings.model.is_file() {
            return Err(failed("there is no such file".to_owned()));
        }
        let lacking = processor_lacks();
        if !lacking.is_empty() {
            return Err(failed(format!(
                "this processor has no {}, which this kioskd was built to use; build it on a box \
                 of this kind",
                lacking.join(", ")
            )));
        }
        let mut context = WhisperContextParameters::default();
        let gpu = cfg!(any(feature = "cuda", feature = "metal"));
        context.use_gpu(gpu).flash_attn(gpu);
        let context = match rounded(settings, gpu) {
            Some(model) => WhisperContext::new_from_buffer_with_params(&model, context),
            None => WhisperContext::new_with_params(&settings.model, context),
        }
        .map_err(|error| failed(error.to_string()))?;
        let state = context
            .create_state()
            .map_err(|error| failed(error.to_string()))?;
        let give_way = GiveWay::default();
        Ok(Self {
            context,
            state,
            parameters: parameters(settings.threads, give_way.clone()),
            window: settings.window,
            threads: settings.threads.max(1),
            give_way,
        })
    }

    fn prompt_tokens(&self, prompt: &str) -> Result<Vec<i32>, TranscriberError> {
        if prompt.is_empty() {
            return Ok(Vec::new());
        }
        let mut tokens = self
            .context
            .tokenize(&format!(" {prompt}"), prompt.len() + 8)
            .map_err(run_failed)?;
        // The end of a text is nearest to what follows; the beginning is what can go.
        tokens.drain(..tokens.len().saturating_sub(LONGEST_PROMPT));
        Ok(tokens)
    }

    fn run(
        &mut self,
        samples: &[f32],
        prompt: &[i32],
        window: usize,
    ) -> Result<Run, TranscriberError> {
        let most = most_tokens(samples.len());
        let mut parameters = self.parameters.clone();
        parameters.set_audio_ctx(window as i32);
        parameters.set_max_tokens(most as i32);
        if !prompt.is_empty() {
            parameters.set_tokens(prompt);
        }
        let ran = self.state.full(parameters, samples);
        // A run that was given up may say that it succeeded, with half of its words.
        if self.give_way.is_asked() {
            return Err(TranscriberError::GaveWay);
        }
        ran.map_err(run_failed)?;
        Ok(self.result(most))
    }

    fn result(&self, most_tokens: usize) -> Run {
        let mut text = String::new();
        let mut no_speech = 0.0_f32;
        let (mut sum, mut written) = (0.0_f64, Vec::new());
        let end = self.context.token_eot();
        for segment in self.state.as_iter() {
            no_speech = no_speech.max(segment.no_speech_probability());
            if let Ok(piece) = segment.to_str_lossy() {
                text.push_str(&piece);
            }
            for index in 0..segment.n_tokens() {
                let Some(token) = segment.get_token(index) else {
                    continue;
                };
                if token.token_id() < end {
                    sum += f64::from(token.token_data().plog);
                    written.push(Token {
                        id: token.token_id(),
                        probability: token.token_probability(),
                    });
                }
            }
        }
        let count = written.len();
        Run {
            no_speech: if count == 0 { 1.0 } else { no_speech },
            mean_log_probability: if count == 0 {
                0.0
            } else {
                (sum / count as f64) as f32
            },
            stopped: count >= most_tokens,
            text: text.trim().to_owned(),
            written,
        }
    }

    /// Other readings of `run`, which was the last one and had `prompt` before it.
    fn other_readings(&mut self, run: &Run, prompt: &[i32]) -> Vec<Private> {
        let first = tokens_before(prompt, self.context.is_multilingual()) - 1;
        let (context, state) = (&self.context, &mut self.state);
        let marks = Marks {
            before: context.token_not(),
            end: context.token_eot(),
            says: &|token| text_of(context, &[token]).contains(char::is_alphanumeric),
        };
        let mut follows = |place: usize, token: i32| {
            if self.give_way.is_asked() {
                return None;
            }
            state.decode(&[token], first + place, self.threads).ok()?;
            likeliest(state.get_logits().ok()?, marks.end)
        };
        let mut known = vec![words(&run.text)];
        let mut readings = Vec::new();
        for tokens in other_readings(&run.written, &marks, &mut follows) {
            let text = text_of(context, &tokens);
            let said = words(&text);
            if !known.contains(&said) {
                known.push(said);
                readings.push(Private::new(text));
            }
        }
        readings
    }

    fn window(&self, samples: usize) -> usize {
        match self.window {
            Window::Full => FULL_WINDOW,
            Window::Reduced => {
                let sound = samples * POSITIONS_A_SECOND / HEARING_RATE as usize;
                (sound + WINDOW_MARGIN).clamp(NARROWEST_WINDOW, FULL_WINDOW)
            }
        }
    }
}

impl Transcriber for Whisper {
    fn transcribe(&mut self, request: Request<'_>) -> Result<Transcript, TranscriberError> {
        let started = Instant::now();
        let prompt = self.prompt_tokens(request.prompt)?;
        let mut padded = request.samples.to_vec();
        padded.resize(padded.len().max(SHORTEST_SAMPLES), 0.0);
        let window = self.window(padded.len());
        let mut runs = 1;
        let mut run = self.run(&padded, &prompt, window)?;
        if lost_the_thread(&run) && window < FULL_WINDOW {
            runs += 1;
            run = self.run(&padded, &prompt, FULL_WINDOW)?;
        }
        let others = if request.other_readings {
            self.other_readings(&run, &prompt)
        } else {
            Vec::new()
        };
        let best = Some(run.text).filter(|text| !text.is_empty());
        Ok(Transcript {
            hypotheses: best.map(Private::new).into_iter().chain(others).collect(),
            no_speech: run.no_speech,
            mean_log_probability: run.mean_log_probability,
            seconds: started.elapsed().as_secs_f64(),
            runs,
        })
    }

    fn give_way(&self) -> Option<GiveWay> {
        Some(self.give_way.clone())
    }
}

/// What whisper.cpp was built to use and this processor doesn't have: the first such
/// instruction would end kioskd without a word.
#[cfg(target_arch = "x86_64")]
fn processor_lacks() -> Vec<&'static str> {
    use std::arch::is_x86_feature_detected;
    let built = whisper_rs::SystemInfo::default();
    lacking(&[
        ("AVX", built.avx, is_x86_feature_detected!("avx")),
        ("AVX2", built.avx2, is_x86_feature_detected!("avx2")),
        ("FMA", built.fma, is_x86_feature_detected!("fma")),
        ("F16C", built.f16c, is_x86_feature_detected!("f16c")),
    ])
}

#[cfg(not(target_arch = "x86_64"))]
fn processor_lacks() -> Vec<&'static str> {
    Vec::new()
}

/// Of instructions by name, whether they are used and whether they are there.
#[cfg(target_arch = "x86_64")]
fn lacking(instructions: &[(&'static str, bool, bool)]) -> Vec<&'static str> {
    instructions
        .iter()
        .filter(|(_, used, there)| *used && !there)
        .map(|(name, _, _)| *name)
        .collect()
}

/// The model in 8 bits, where that is wanted: a GPU is as fast with it as it is.
fn rounded(settings: &WhisperSettings, gpu: bool) -> Option<Vec<u8>> {
    if gpu || !settings.eight_bits {
        return None;
    }
    let model = std::fs::read(&settings.model).ok()?;
    match quantised(&model) {
        Ok(model) => Some(model),
        Err(why) => {
            log::debug!(reason:% = why; "the speech model is loaded as it is");
            None
        }
    }
}

/// What the gate would reject gets a second chance, too: speech that is long for its
/// window is sometimes heard as a word or two, unlikely ones.
fn lost_the_thread(run: &Run) -> bool {
    run.stopped || is_looping(&run.text) || run.mean_log_probability < UNLIKELY
}

fn text_of(context: &WhisperContext, tokens: &[i32]) -> String {
    let bytes: Vec<u8> = tokens
        .iter()
        .filter_map(|token| context.token_to_bytes(*token).ok())
        .flatten()
        .copied()
        .collect();
    String::from_utf8_lossy(&bytes).trim().to_owned()
}

/// What is said, however it is written.
fn words(text: &str) -> String {
    text.chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// How many tokens stand before the first that is written, as whisper.cpp places them: a
/// mark and the prompt where there is one, what begins a text, in a model of many languages
/// its language and task, and that no times are wanted.
const fn tokens_before(prompt: &[i32], multilingual: bool) -> usize {
    let prompted = if prompt.is_empty() {
        0
    } else {
        prompt.len() + 1
    };
    prompted + if multilingual { 4 } else { 2 }
}

/// The two likeliest tokens by their logits; those behind `end` are no text.
fn likeliest(logits: &[f32], end: i32) -> Option<Follows> {
    let text = logits.get(..=usize::try_from(end.max(1)).ok()?)?;
    let (mut best, mut second) = (0, 1);
    for (token, logit) in text.iter().enumerate() {
        if *logit > text[best] {
            (best, second) = (token, best);
        } else if token != best && *logit > text[second] {
            second = token;
        }
    }
    let sum: f32 = text.iter().map(|logit| (logit - text[best]).exp()).sum();
    Some(Follows {
        best: best as i32,
        second: second as i32,
        second_probability: (text[second] - text[best]).exp() / sum,
    })
}

/// Nobody says more than five words, some eight tokens, a second; a looping decoder would go on to 224.
const fn most_tokens(samples: usize) -> usize {
    24 + samples * 8 / HEARING_RATE as usize
}

/// Called once for each model: what is asked in a run is never freed by the library.
fn parameters(threads: usize, give_way: GiveWay) -> FullParams<'static, 'static> {
    let mut parameters = FullParams::new(SamplingStrategy::Greedy { best_of: 1 });
    parameters.set_n_threads(i32::try_from(threads).unwrap_or(1));
    parameters.set_language(Some("en"));
    parameters.set_no_context(true);
    parameters.set_single_segment(true);
    parameters.set_no_timestamps(true);
    parameters.set_suppress_blank(true);
    // Runs at rising temperatures take up to 15 s and help rarely; a second run with
    // the full window is bounded and helps more often.
    parameters.set_temperature_inc(0.0);
    parameters.set_print_progress(false);
    parameters.set_print_realtime(false);
    parameters.set_print_special(false);
    parameters.set_print_timestamps(false);
    // The library calls it as the type that it is passed as: only this one is sound. On a
    // CPU it is asked between the encoder and each token, on a GPU more often.
    let is_asked: Box<dyn FnMut() -> bool> = Box::new(move || give_way.is_asked());
    parameters.set_abort_callback_safe::<_, Box<dyn FnMut() -> bool>>(is_asked);
    parameters
}

fn run_failed(error: whisper_rs::WhisperError) -> TranscriberError {
    TranscriberError::Run(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_is_only_cut_where_that_is_proved() {
        assert_eq!(
            Window::proved_for(Path::new("/m/ggml-base.en.bin")),
            Window::Reduced
        );
        assert_eq!(
            Window::proved_for(Path::new("/m/ggml-large-v3-turbo.bin")),
            Window::Full
        );
        assert_eq!(
            Window::proved_for(Path::new("/m/ggml-tiny-q5_1.bin")),
            Window::Full
        );
    }

    #[test]
    fn the_two_likeliest_tokens_are_text_or_the_end() {
        let found = likeliest(&[0.0, 2.0, 3.0, 1.0, 9.0], 3).unwrap();
        assert_eq!((found.best, found.second), (2, 1));
        assert!(
            (found.second_probability - 0.2369).abs() < 1e-3,
            "{found:?}"
        );
        let found = likeliest(&[3.0, 2.0, 1.0, 1.0], 3).unwrap();
        assert_eq!((found.best, found.second), (0, 1));
        assert_eq!(likeliest(&[1.0], 3), None, "no such model");
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn instructions_that_are_used_and_not_there_are_named() {
        let instructions = [
            ("AVX", true, true),
            ("AVX2", true, false),
            ("FMA", false, false),
            ("F16C", true, false),
        ];
        assert_eq!(lacking(&instructions), ["AVX2", "F16C"]);
        assert!(processor_lacks().is_empty(), "it was built here");
    }

    #[test]
    fn a_missing_model_is_named() {
        let settings = WhisperSettings::for_model(Path::new("/nowhere/ggml-none.bin"));
        let refusal = Whisper::load(&settings).err().unwrap().to_string();
        assert!(refusal.contains("/nowhere/ggml-none.bin"), "{refusal}");
    }
}
