//! How the kiosk speaks to this patient: louder or quieter, slower or faster, until they
//! leave.

use super::{Dialogue, Effect};

/// Steps either way; more would be distorted, or not understood.
const MOST_STEPS: i8 = 3;

/// Steps from the usual.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Manner {
    /// −3 (quiet) to 3 (loud); a step is 4 dB.
    pub loudness: i8,
    /// −3 (slow) to 3 (fast); a step is a sixth of the speed.
    pub pace: i8,
}

/// One step of one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Louder,
    Quieter,
    Slower,
    Faster,
}

impl Dialogue {
    /// Changes the voice and says the prompt again, in the new way.
    pub(super) fn speak(&mut self, wish: Step) {
        let step = |value: i8, by: i8| (value + by).clamp(-MOST_STEPS, MOST_STEPS);
        let Manner { loudness, pace } = &mut self.manner;
        match wish {
            Step::Louder => *loudness = step(*loudness, 1),
            Step::Quieter => *loudness = step(*loudness, -1),
            Step::Slower => *pace = step(*pace, -1),
            Step::Faster => *pace = step(*pace, 1),
        }
        self.effects.push(Effect::Manner(self.manner));
        self.repeat();
    }

    /// The next patient hears the usual voice.
    pub(super) fn reset_manner(&mut self) {
        if std::mem::take(&mut self.manner) != Manner::default() {
            self.effects.push(Effect::Manner(Manner::default()));
        }
    }
}

/// "Louder", "you are too fast". A heart that beats too fast is no wish.
pub(super) fn wish(text: &str) -> Option<Step> {
    let says = |phrases: &[&str]| super::choosing::says(text, phrases);
    if says(&[
        "louder",
        "speak up",
        "volume up",
        "cannot hear you",
        "can't hear you",
        "cant hear you",
        "can not hear you",
        "no dey hear you",
        "increase the volume",
        "turn it up",
        "you are too quiet",
        "raise your voice",
    ]) {
        Some(Step::Louder)
    } else if says(&[
        "quieter",
        "softer",
        "you are too loud",
        "it is too loud",
        "volume down",
        "turn it down",
        "lower your voice",
        "reduce the volume",
        "not so loud",
    ]) {
        Some(Step::Quieter)
    } else if says(&[
        "slower",
        "slow down",
        "more slowly",
        "you are too fast",
        "you're too fast",
        "too fast for me",
        "speak too fast",
        "talk too fast",
        "speaking too fast",
        "talking too fast",
        "speak slowly",
        "talk slowly",
        "talk small small",
    ]) {
        Some(Step::Slower)
    } else if says(&[
        "speak faster",
        "talk faster",
        "you are too slow",
        "you're too slow",
        "faster please",
    ]) {
        Some(Step::Faster)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_about_the_voice_are_told_from_complaints() {
        for (text, step) in [
            ("Louder, please.", Some(Step::Louder)),
            ("I can't hear you", Some(Step::Louder)),
            ("You are too fast", Some(Step::Slower)),
            ("not so loud", Some(Step::Quieter)),
            ("my heart is beating too fast", None),
            ("my pressure is too low", None),
            ("I get small small pain for my belle", None),
        ] {
            assert_eq!(wish(text), step, "{text}");
        }
    }
}
