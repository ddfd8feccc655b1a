//! YarnGPT's engine gives what the Python reference gives, on small random-weight models
//! of the real structure. `provisioning/yarngpt/fixtures.py` made models and answers.
#![allow(clippy::unwrap_used)]

#[path = "support/models.rs"]
mod models;

use kiosk_core::speaking::romanised;
use kiosk_daemon::speech::yarn::{Limits, Measured, RATE, Yarn};
use kiosk_daemon::speech::{SpeechError, Synthesizer, choose, voices};
use models::onnx_runtime;
use serde::Deserialize;
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
struct Expected {
    limits: ExpectedLimits,
    sentences: Vec<Sentence>,
    waveform: Vec<f32>,
}

#[derive(Deserialize)]
struct ExpectedLimits {
    codes_of_a_word: usize,
}

#[derive(Deserialize)]
struct Sentence {
    speaker: String,
    text: String,
    words: Vec<String>,
    prompt_ids: Vec<u32>,
    /// Every seventh.
    logits: Vec<f32>,
    tokens: Vec<u32>,
    codes: Vec<u16>,
}

#[test]
fn prompt_scores_tokens_and_sound_are_those_of_the_reference() {
    let expected = expected();
    for sentence in &expected.sentences {
        let mut yarn = load(&fixtures(), &sentence.speaker)
            .unwrap()
            .with_limits(limits(&expected));
        assert_eq!(romanised(&sentence.text), sentence.words);
        assert_eq!(yarn.prompt(&sentence.words).unwrap(), sentence.prompt_ids);
        let scores = yarn.scores(&sentence.words).unwrap();
        let every_seventh: Vec<f32> = scores.into_iter().step_by(7).collect();
        assert!(difference(&every_seventh, &sentence.logits) < 1e-5);
        // Twice: nothing of the first time may be left in the cache.
        for _ in 0..2 {
            let written = yarn.write(&sentence.words, 0.0).unwrap();
            assert_eq!(written.tokens, sentence.tokens);
            assert_eq!(written.codes, sentence.codes);
        }
    }
    let first = &expected.sentences[0];
    let mut yarn = load(&fixtures(), &first.speaker).unwrap();
    let sound = yarn.decode(&first.codes).unwrap();
    assert!(difference(&sound, &expected.waveform) < 1e-5);
}

#[test]
fn every_word_is_spoken_and_a_slower_pace_takes_longer_times() {
    let expected = expected();
    let mut yarn = load(&fixtures(), "idera")
        .unwrap()
        .with_limits(limits(&expected));
    let words = romanised("please wait a moment");
    let usual = yarn.write(&words, 0.0).unwrap();
    yarn.set_length(1.4);
    let slow = yarn.write(&words, 0.0).unwrap();
    assert_ne!(usual.tokens, slow.tokens, "other durations");
    assert!(!usual.codes.is_empty() && !slow.codes.is_empty());
    assert_eq!(yarn.rate(), RATE);
    assert!(!yarn.synthesize("Please wait.").unwrap().is_empty());
    assert!(yarn.synthesize("…").unwrap().is_empty());
}

#[test]
fn how_fast_the_box_is_is_measured() {
    let measured = load(&fixtures(), "idera").unwrap().measure().unwrap();
    assert!(measured.real_time_factor > 0.0);
    assert!(measured.first_sound_s >= measured.real_time_factor);
}

#[test]
fn it_speaks_where_the_box_is_fast_enough_and_else_piper_with_the_reason() {
    let mut models = models::voice_models();
    models.yarn = None;
    let chosen = choose(&models, None).unwrap();
    assert_eq!(chosen.voice.name(), "en_US-joe-medium");
    assert_eq!(chosen.engine, "Piper; YarnGPT2b is not on this box");

    models.yarn = Some(fixtures());
    let chosen = choose(&models, None).unwrap();
    assert_eq!(chosen.voice.name(), "idera");
    assert!(chosen.engine.contains("measured here"), "{}", chosen.engine);
    assert_eq!(voices(&models)[..2], ["idera", "yoruba_female2"]);
    let chosen = choose(&models, Some("yoruba_female2")).unwrap();
    assert_eq!(chosen.engine, "YarnGPT2b, as configured");

    let broken = tempfile::tempdir().unwrap();
    models.yarn = Some(broken.path().to_owned());
    let chosen = choose(&models, None).unwrap();
    assert_eq!(chosen.voice.name(), "en_US-joe-medium");
    assert!(
        chosen.engine.contains("cannot be used"),
        "{}",
        chosen.engine
    );

    let slow = Measured {
        first_sound_s: 0.6,
        real_time_factor: 0.9,
    };
    assert!(!slow.is_fast_enough());
}

#[test]
fn broken_files_and_unknown_voices_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    copy(&fixtures(), path);
    assert!(matches!(
        load(path, "hausa_male1"),
        Err(SpeechError::NoSuchVoice { .. })
    ));
    let voice = path.join("speakers/idera.json");
    std::fs::write(&voice, r#"{"text": "", "words": []}"#).unwrap();
    complains(path, "no words");
    copy(&fixtures(), path);

    // A tokenizer of another model has no token for sound.
    let tokenizer = path.join("tokenizer.json");
    let whole = std::fs::read_to_string(&tokenizer).unwrap();
    std::fs::write(&tokenizer, whole.replace("<|code_start|>", "<|other|>")).unwrap();
    complains(path, "`<|code_start|>` is not a single token");
    std::fs::write(&tokenizer, &whole[..whole.len() / 2]).unwrap();
    complains(path, "tokenizer.json");
    copy(&fixtures(), path);

    for model in ["language-model.onnx", "codec.onnx"] {
        let whole = std::fs::read(path.join(model)).unwrap();
        std::fs::write(path.join(model), &whole[..whole.len() / 2]).unwrap();
        complains(path, model);
        std::fs::write(path.join(model), whole).unwrap();
    }
}

fn complains(folder: &Path, about: &str) {
    let error = load(folder, "idera").err().unwrap();
    let words = format!("{:#}", anyhow::Error::from(error));
    assert!(words.contains(about), "{words}");
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to.join("speakers")).unwrap();
    for file in [
        "tokenizer.json",
        "language-model.onnx",
        "codec.onnx",
        "speakers/idera.json",
    ] {
        std::fs::copy(from.join(file), to.join(file)).unwrap();
    }
}

fn load(folder: &Path, voice: &str) -> Result<Yarn, SpeechError> {
    Yarn::load(folder, voice, &onnx_runtime(), 1)
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/yarngpt")
}

fn expected() -> Expected {
    let text = std::fs::read_to_string(fixtures().join("expected.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

const fn limits(expected: &Expected) -> Limits {
    Limits {
        codes_of_a_word: expected.limits.codes_of_a_word,
    }
}

fn difference(one: &[f32], other: &[f32]) -> f32 {
    assert_eq!(one.len(), other.len());
    let differences = one.iter().zip(other).map(|(a, b)| (a - b).abs());
    differences.fold(0.0, f32::max)
}
