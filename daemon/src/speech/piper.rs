//! A Piper voice (VITS) through ONNX Runtime.

use super::phonemes::phonemes;
use super::{SpeechError, Synthesizer};
use crate::onnx;
use ort::session::Session;
use ort::value::TensorRef;
use serde::Deserialize;
use std::collections::HashMap;
use std::path::Path;

const BEGIN: char = '^';
const END: char = '$';
const PAD: char = '_';

/// The parts of a voice's `.onnx.json` that are used.
#[derive(Deserialize)]
struct Description {
    audio: Audio,
    espeak: EspeakVoice,
    #[serde(default)]
    inference: Scales,
    phoneme_id_map: HashMap<char, Vec<i64>>,
    #[serde(default)]
    num_speakers: u32,
}

#[derive(Deserialize)]
struct Audio {
    sample_rate: u32,
}

#[derive(Deserialize)]
struct EspeakVoice {
    voice: String,
}

/// How much chance there is in the sound, how slow it is, how much chance in its rhythm.
#[derive(Deserialize)]
#[serde(default)]
struct Scales {
    noise_scale: f32,
    length_scale: f32,
    noise_w: f32,
}

impl Default for Scales {
    fn default() -> Self {
        // Piper's own defaults.
        Self {
            noise_scale: 0.667,
            length_scale: 1.0,
            noise_w: 0.8,
        }
    }
}

/// A loaded Piper voice.
pub struct Piper {
    name: String,
    session: Session,
    description: Description,
    length: f32,
}

impl Piper {
    /// Loads the voice `name` from its model and description (`.onnx`, `.onnx.json`),
    /// with the library `onnx_runtime`; it computes on `threads` threads.
    ///
    /// # Errors
    /// One of the files is missing, damaged or not of a Piper voice.
    pub fn load(
        name: &str,
        model: &Path,
        description: &Path,
        onnx_runtime: &Path,
        threads: usize,
    ) -> Result<Self, SpeechError> {
        Ok(Self {
            name: name.to_owned(),
            description: read_description(description)?,
            session: onnx::load(onnx_runtime, model, threads)?,
            length: 1.0,
        })
    }

    /// Between all phonemes, and around them, stands a pad, as in training. Phonemes
    /// that the voice doesn't know are left out.
    fn ids(&self, phonemes: &str) -> Vec<i64> {
        let map = &self.description.phoneme_id_map;
        let pad = map.get(&PAD).map_or(&[][..], Vec::as_slice);
        let mut ids = Vec::with_capacity(phonemes.len() * 2 + 4);
        for phoneme in std::iter::once(BEGIN).chain(phonemes.chars()) {
            if let Some(known) = map.get(&phoneme) {
                ids.extend(known);
                ids.extend(pad);
            }
        }
        ids.extend(map.get(&END).into_iter().flatten());
        ids
    }
}

impl Synthesizer for Piper {
    fn name(&self) -> &str {
        &self.name
    }

    fn rate(&self) -> u32 {
        self.description.audio.sample_rate
    }

    fn set_length(&mut self, length: f32) {
        self.length = length;
    }

    fn synthesize(&mut self, sentence: &str) -> Result<Vec<f32>, SpeechError> {
        let phonemes = phonemes(sentence, &self.description.espeak.voice)?;
        if phonemes.is_empty() {
            return Ok(Vec::new());
        }
        let ids = self.ids(&phonemes);
        let scales = &self.description.inference;
        let length = scales.length_scale * self.length;
        let scales = [scales.noise_scale, length, scales.noise_w];
        let sound = run(
            &mut self.session,
            &ids,
            &scales,
            self.description.num_speakers,
        )?;
        Ok(sound)
    }
}

fn run(
    session: &mut Session,
    ids: &[i64],
    scales: &[f32; 3],
    speakers: u32,
) -> Result<Vec<f32>, onnx::OnnxError> {
    let length = [ids.len() as i64];
    let first_speaker = [0_i64];
    let mut inputs = ort::inputs![
        "input" => TensorRef::from_array_view(([1, ids.len()], ids))?,
        "input_lengths" => TensorRef::from_array_view(([1_usize], &length[..]))?,
        "scales" => TensorRef::from_array_view(([3_usize], &scales[..]))?,
    ];
    if speakers > 1 {
        inputs.extend(ort::inputs![
            "sid" => TensorRef::from_array_view(([1_usize], &first_speaker[..]))?,
        ]);
    }
    let outputs = session.run(inputs)?;
    let (_, sound) = outputs[0].try_extract_tensor::<f32>()?;
    Ok(sound.to_vec())
}

fn read_description(path: &Path) -> Result<Description, SpeechError> {
    let failed = |why: String| SpeechError::Description {
        path: path.to_owned(),
        why,
    };
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    let description: Description =
        serde_json::from_str(&text).map_err(|error| failed(error.to_string()))?;
    for needed in [BEGIN, END, PAD] {
        if !description.phoneme_id_map.contains_key(&needed) {
            return Err(failed(format!("it has no phoneme `{needed}`")));
        }
    }
    Ok(description)
}
