//! Where the real models are. A test that needs one fails without it: a promise that
//! was not looked at is not kept.
#![allow(dead_code)]

use kiosk_daemon::hearing::{Hearing, HearingModels};
use kiosk_daemon::speech::{PiperFiles, Synthesizer, VoiceModels, choose};
use std::path::PathBuf;

/// The file `name` in `$KIOSK_MODELS` or the user's cache.
pub fn model(name: &str) -> PathBuf {
    let folder = std::env::var_os("KIOSK_MODELS").map_or_else(
        || {
            std::env::var_os("XDG_CACHE_HOME")
                .map_or_else(
                    || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache"),
                    PathBuf::from,
                )
                .join("minohealth-kiosk/models")
        },
        PathBuf::from,
    );
    let path = folder.join(name);
    assert!(
        path.is_file(),
        "the model `{}` is missing: run `make models`",
        path.display()
    );
    path
}

/// The ONNX Runtime library, whatever its version.
pub fn onnx_runtime() -> PathBuf {
    let folder = model("silero_vad_v6.onnx").parent().unwrap().to_owned();
    std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.to_string_lossy().contains("libonnxruntime.so"))
        .unwrap_or_else(|| {
            panic!(
                "`{}` holds no libonnxruntime.so: run `make models`",
                folder.display()
            )
        })
}

/// The files that hearing needs.
pub fn hearing_models() -> HearingModels {
    HearingModels {
        whisper: model("ggml-base.en.bin"),
        voice_activity: model("silero_vad_v6.onnx"),
        onnx_runtime: onnx_runtime(),
    }
}

/// The whole hearing path, real models.
pub fn hearing() -> Hearing {
    hearing_names(&[])
}

/// And some names that it knows.
pub fn hearing_names(names: &[&str]) -> Hearing {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    Hearing::load(hearing_models(), names).unwrap()
}

/// The files that voices need: those of Piper.
pub fn voice_models() -> VoiceModels {
    VoiceModels {
        yarn: None,
        piper: vec![PiperFiles {
            name: "en_US-joe-medium".to_owned(),
            model: model("en_US-joe-medium.onnx"),
            description: model("en_US-joe-medium.onnx.json"),
        }],
        onnx_runtime: onnx_runtime(),
    }
}

/// The Piper voice.
pub fn piper() -> Box<dyn Synthesizer> {
    choose(&voice_models(), Some("en_US-joe-medium"))
        .unwrap()
        .voice
}

/// Share of the words of `said` that come in `heard` in the same order, 0 to 1.
pub fn words_heard(said: &str, heard: &str) -> f64 {
    let (said, heard) = (words(said), words(heard));
    // Longest common subsequence.
    let mut row = vec![0_usize; heard.len() + 1];
    for word in &said {
        let mut diagonal = 0;
        for (at, other) in heard.iter().enumerate() {
            let above = row[at + 1];
            row[at + 1] = if word == other {
                diagonal + 1
            } else {
                above.max(row[at])
            };
            diagonal = above;
        }
    }
    row[heard.len()] as f64 / said.len().max(1) as f64
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}
