//! How long patients wait: from the last of what they said to the first sound of the
//! answer, turn by turn. Holds numbers only, nothing of what was said.

use crate::hearing::Utterance;
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// The last so many turns count: some fifty visits. More would hide that a box has become
/// slow.
const KEPT: usize = 500;

/// What waits are sorted by, in seconds: from a reply that feels like a person's to one that
/// nobody waits for. The goals of 0.9 s (median) and 1.5 s (P95) lie between bounds.
pub const BOUNDS_S: [f64; 10] = [0.3, 0.5, 0.7, 0.9, 1.2, 1.5, 2.0, 3.0, 5.0, 10.0];

/// What a technician is told of the lobby's sound.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Figures {
    /// Turns that were answered aloud since the start.
    pub turns: u64,
    /// Seconds from the last speech to the first sound of the answer, median of the last
    /// turns; unknown before the first.
    pub p50_s: Option<f64>,
    /// The same, 95th percentile.
    pub p95_s: Option<f64>,
    /// How many of the turns waited no longer than each of [`BOUNDS_S`].
    pub within: [u64; BOUNDS_S.len()],
    /// All waits together, in seconds.
    pub sum_s: f64,
    /// Samples of the microphone that were lost since the start, because they were not
    /// read in time.
    pub samples_lost: u64,
}

/// The turn that is being answered, and those before.
pub struct Turns {
    /// When the last speech of what is being answered ended.
    began: Option<Instant>,
    seconds: VecDeque<f64>,
    figures: watch::Sender<Figures>,
}

impl Turns {
    /// Tells `figures`.
    pub fn new(figures: watch::Sender<Figures>) -> Self {
        Self {
            began: None,
            seconds: VecDeque::new(),
            figures,
        }
    }

    /// `utterance` is over, and is going to be answered.
    pub fn began(&mut self, utterance: &Utterance) {
        let waited = Duration::try_from_secs_f64(utterance.decided_s - utterance.end_s);
        self.began = Instant::now().checked_sub(waited.unwrap_or_default());
    }

    /// It gets no answer, or another one than aloud.
    pub fn forget(&mut self) {
        self.began = None;
    }

    /// The kiosk begins to speak. Seconds since the turn began, where this answers one.
    pub fn sounded(&mut self) -> Option<f64> {
        let seconds = self.began.take()?.elapsed().as_secs_f64();
        self.note(seconds);
        Some(seconds)
    }

    fn note(&mut self, seconds: f64) {
        if self.seconds.len() == KEPT {
            self.seconds.pop_front();
        }
        self.seconds.push_back(seconds);
        let mut sorted: Vec<f64> = self.seconds.iter().copied().collect();
        sorted.sort_by(f64::total_cmp);
        self.figures.send_modify(|figures| {
            figures.turns += 1;
            figures.sum_s += seconds;
            for (within, bound) in figures.within.iter_mut().zip(BOUNDS_S) {
                *within += u64::from(seconds <= bound);
            }
            figures.p50_s = percentile(&sorted, 50);
            figures.p95_s = percentile(&sorted, 95);
        });
    }

    /// So many samples of the microphone were lost.
    pub fn lost(&mut self, samples: u64) {
        self.figures
            .send_modify(|figures| figures.samples_lost += samples);
    }
}

/// The smallest that is no less than `percent` of all.
fn percentile(sorted: &[f64], percent: usize) -> Option<f64> {
    let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(at).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kiosk_core::hearing::WhyEnded;

    #[test]
    fn what_is_told_is_of_the_last_turns() {
        let figures = watch::Sender::new(Figures::default());
        let told = figures.subscribe();
        let mut turns = Turns::new(figures);
        (1..=100).for_each(|hundredths| turns.note(f64::from(hundredths) / 100.0));
        assert_eq!(told.borrow().p50_s, Some(0.5));
        assert_eq!(told.borrow().p95_s, Some(0.95));
        (0..KEPT).for_each(|_| turns.note(2.0));
        turns.lost(480);
        let told = *told.borrow();
        assert_eq!((told.turns, told.samples_lost), (600, 480));
        assert_eq!((told.p50_s, told.p95_s), (Some(2.0), Some(2.0)));
        // Those of the last turns; the histogram is of all.
        assert_eq!(told.within, [30, 50, 70, 90, 100, 100, 600, 600, 600, 600]);
        assert!((told.sum_s - 1_050.5).abs() < 1e-6, "{}", told.sum_s);
    }

    #[test]
    fn a_turn_begins_with_the_last_speech_and_is_answered_once() {
        let utterance = Utterance {
            samples: Vec::new(),
            start_s: 1.0,
            end_s: 2.0,
            decided_s: 2.5,
            speech_frames: 20,
            why: WhyEnded::Pause,
        };
        let mut turns = Turns::new(watch::Sender::default());
        turns.began(&utterance);
        assert!(turns.sounded().is_some_and(|seconds| seconds >= 0.5));
        assert_eq!(turns.sounded(), None);
        turns.began(&utterance);
        turns.forget();
        assert_eq!(turns.sounded(), None, "a touch came between");
    }
}
