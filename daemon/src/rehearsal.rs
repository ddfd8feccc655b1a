//! Speak and rehear: before the first patient the kiosk says a known sentence in memory and
//! hears it again. A wrong codec, model or sample rate speaks fluent nonsense without an
//! error; this finds it.

use crate::audio::HEARING_RATE;
use crate::hearing::{Request, Transcriber};
use crate::speech::{Synthesizer, render};
use kiosk_dsp::resample::resample;

/// Nothing about anybody; words that every recogniser knows.
const SENTENCE: &str = "Your appointment is on Monday morning.";
/// Share of its words that have to come back.
const LEAST_SHARE: f64 = 0.6;

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Rehearsal {
    /// The voice was understood.
    Passed {
        /// How long the recogniser took.
        seconds: f64,
    },
    /// It was not: one of the two does not do what it should.
    Failed {
        /// Share of the words that came back, 0 to 1.
        share: f64,
    },
    /// One of them gave an error, in a technician's words.
    Impossible(String),
}

impl Rehearsal {
    /// For a technician.
    pub fn words(&self) -> String {
        match self {
            Self::Passed { seconds } => format!("understood the kiosk's voice in {seconds:.1} s"),
            Self::Failed { share } => format!(
                "did not understand the kiosk's voice ({:.0} of 100 words); \
                 `kioskctl models verify` tells which file is damaged",
                100.0 * share
            ),
            Self::Impossible(why) => format!("the kiosk's voice could not be heard again: {why}"),
        }
    }

    /// The voice was understood.
    pub const fn has_passed(&self) -> bool {
        matches!(self, Self::Passed { .. })
    }
}

/// The sentence as `voice` says it, at the recogniser's rate.
///
/// # Errors
/// In a technician's words.
pub fn say(voice: &mut dyn Synthesizer) -> Result<Vec<f32>, String> {
    let rate = voice.rate();
    let sound = render(voice, SENTENCE).map_err(|error| error.to_string())?;
    resample(&sound, rate, HEARING_RATE).map_err(|error| error.to_string())
}

/// Hears again what [`say`] made.
pub fn hear(said: Result<Vec<f32>, String>, ear: &mut dyn Transcriber) -> Rehearsal {
    let samples = match said {
        Ok(samples) => samples,
        Err(why) => return Rehearsal::Impossible(why),
    };
    let request = Request {
        samples: &samples,
        prompt: "",
        other_readings: false,
    };
    match ear.transcribe(request) {
        Err(error) => Rehearsal::Impossible(error.to_string()),
        Ok(transcript) => {
            let heard = transcript
                .hypotheses
                .first()
                .map_or("", |best| best.expose());
            let share = share_of(SENTENCE, heard);
            if share >= LEAST_SHARE {
                let seconds = transcript.seconds;
                Rehearsal::Passed { seconds }
            } else {
                Rehearsal::Failed { share }
            }
        }
    }
}

/// Share of the words of `said` that stand in `heard`.
fn share_of(said: &str, heard: &str) -> f64 {
    let words = |text: &str| -> Vec<String> {
        text.split(|letter: char| !letter.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect()
    };
    let (said, heard) = (words(said), words(heard));
    let found = said.iter().filter(|word| heard.contains(word)).count();
    found as f64 / said.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hearing::ScriptedTranscriber;
    use crate::speech::Beeps;

    fn rehearse(heard: &str) -> Rehearsal {
        let said = say(&mut Beeps::default());
        hear(said, &mut ScriptedTranscriber::new([heard]))
    }

    #[test]
    fn a_voice_that_comes_back_passes_and_babble_does_not() {
        assert!(rehearse("Your appointment is on Monday morning.").has_passed());
        assert!(rehearse("your appointment's on Monday warning").has_passed());
        for babble in ["", "a paint meant to sun day", "Thank you for watching."] {
            let result = rehearse(babble);
            assert!(
                matches!(result, Rehearsal::Failed { .. }),
                "{babble}: {result:?}"
            );
            assert!(result.words().contains("models verify"));
        }
    }
}
