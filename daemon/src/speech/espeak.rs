//! The last resort: the voice of the program `espeak-ng` itself. Understandable, not pleasant.

use super::phonemes::espeak;
use super::{SpeechError, Synthesizer};
use crate::audio::wav;

/// espeak-ng's only rate.
const RATE: u32 = 22_050;
/// Words a minute; its own 175 is fast for a lobby.
const SPEED: f32 = 150.0;

/// espeak-ng's own voice.
#[derive(Debug)]
pub struct Espeak {
    length: f32,
}

impl Espeak {
    /// Finds the program.
    ///
    /// # Errors
    /// It is not installed.
    pub fn find() -> Result<Self, SpeechError> {
        espeak(&["-q", "-v", "en"], "")?;
        Ok(Self { length: 1.0 })
    }
}

impl Synthesizer for Espeak {
    fn name(&self) -> &str {
        "espeak-ng"
    }

    fn rate(&self) -> u32 {
        RATE
    }

    fn set_length(&mut self, length: f32) {
        self.length = length;
    }

    fn synthesize(&mut self, sentence: &str) -> Result<Vec<f32>, SpeechError> {
        if !sentence.chars().any(char::is_alphanumeric) {
            return Ok(Vec::new());
        }
        let speed = format!("{:.0}", SPEED / self.length);
        let printed = espeak(&["-v", "en-gb", "-s", &speed, "--stdout"], sentence)?;
        let recording = wav::read_bytes(&printed)
            .map_err(|why| SpeechError::Espeak(format!("printed sound that {why}")))?;
        Ok(kiosk_dsp::resample::resample(
            &recording.samples,
            recording.rate,
            RATE,
        )?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_speaks() {
        let mut voice = Espeak::find().unwrap();
        let sound = voice.synthesize("Good morning.").unwrap();
        let seconds = sound.len() as f32 / RATE as f32;
        assert!((0.5..3.0).contains(&seconds), "{seconds} s");
        assert!(sound.iter().any(|sample| sample.abs() > 0.1));
        assert!(voice.synthesize("...").unwrap().is_empty());
    }
}
