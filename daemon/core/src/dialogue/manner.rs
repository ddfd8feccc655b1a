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

/// "Louder", "you are too fast".
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
        "too quiet",
        "raise your voice",
        "too low",
    ]) {
        Some(Step::Louder)
    } else if says(&[
        "quieter",
        "softer",
        "too loud",
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
        "too fast",
        "speak slowly",
        "talk slowly",
        "small small",
    ]) {
        Some(Step::Slower)
    } else if says(&[
        "speak faster",
        "talk faster",
        "too slow",
        "go faster",
        "faster please",
    ]) {
        Some(Step::Faster)
    } else {
        None
    }
}
