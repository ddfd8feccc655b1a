//! Silero: how probable it is that a frame of 32 ms holds speech.

use crate::onnx::{self, OnnxError};
use kiosk_core::hearing::FRAME_SAMPLES;
use ort::session::Session;
use ort::value::TensorRef;
use std::path::Path;

/// Samples of the frame before that the model wants to see again.
const CONTEXT: usize = 64;
/// The model hears voices best at half the level at which microphones are set; measured
/// (docs/evaluation.md, "Hearing").
const GAIN: f32 = 0.5;
/// The model's memory: two layers, one sound, 128 values.
const STATE: [usize; 3] = [2, 1, 128];
const STATE_VALUES: usize = 2 * 128;

/// The voice-activity model with its memory of one stream of sound.
pub struct VoiceActivity {
    session: Session,
    state: Vec<f32>,
    /// Context, then the frame.
    input: Vec<f32>,
}

impl VoiceActivity {
    /// Loads the model file `model` with the library `onnx_runtime`.
    ///
    /// # Errors
    /// One of them is missing or damaged.
    pub fn load(onnx_runtime: &Path, model: &Path) -> Result<Self, OnnxError> {
        Ok(Self {
            session: onnx::load(onnx_runtime, model, 1)?,
            state: vec![0.0; STATE_VALUES],
            input: vec![0.0; CONTEXT + FRAME_SAMPLES],
        })
    }

    /// Probability of speech, 0 to 1, in the next 512 samples at 16 kHz.
    ///
    /// # Errors
    /// The model failed.
    pub fn push(&mut self, frame: &[f32; FRAME_SAMPLES]) -> Result<f32, OnnxError> {
        for (input, sample) in self.input[CONTEXT..].iter_mut().zip(frame) {
            *input = GAIN * sample;
        }
        let rate = [i64::from(crate::audio::HEARING_RATE)];
        let outputs = self.session.run(ort::inputs![
            "input" => TensorRef::from_array_view(([1_usize, CONTEXT + FRAME_SAMPLES], &*self.input))?,
            "state" => TensorRef::from_array_view((STATE, &*self.state))?,
            "sr" => TensorRef::from_array_view(([1_usize; 0], &rate[..]))?,
        ])?;
        let probability = *outputs["output"]
            .try_extract_tensor::<f32>()?
            .1
            .first()
            .ok_or_else(|| OnnxError::Run("no probability came out".to_owned()))?;
        let (_, state) = outputs["stateN"].try_extract_tensor::<f32>()?;
        if state.len() != STATE_VALUES {
            return Err(OnnxError::Run(
                "a state of another size came out".to_owned(),
            ));
        }
        self.state.copy_from_slice(state);
        self.input.copy_within(FRAME_SAMPLES.., 0);
        Ok(probability)
    }

    /// Forgets the sound so far.
    pub fn reset(&mut self) {
        self.state.fill(0.0);
        self.input.fill(0.0);
    }
}
