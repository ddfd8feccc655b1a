//! Whether what is heard is what was just played: the last guard where an echo canceller
//! has lost its way, after a jump of the delay or before it has learned the room.

use super::HEARING_RATE;
use super::loopback::BLOCK;
use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use std::sync::Arc;

/// What is heard is looked at in stretches of 256 ms.
const STRETCH: usize = 4096;
/// Echoes come back within 450 ms of what the canceller was told.
const LATEST: usize = HEARING_RATE as usize * 45 / 100;
const HISTORY: usize = STRETCH + LATEST;
const TRANSFORM: usize = 16_384;
/// High tones tell one voice from another, and carry the least energy.
const EMPHASIS: f32 = 0.95;

/// Compares what is heard with what was played.
pub struct Likeness {
    played: Vec<f32>,
    heard: Vec<f32>,
    last_played: f32,
    last_heard: f32,
    forward: Arc<dyn RealToComplex<f32>>,
    backward: Arc<dyn ComplexToReal<f32>>,
    time: Vec<f32>,
    spectra: [Vec<Complex<f32>>; 2],
}

impl Likeness {
    pub fn new() -> Self {
        let mut planner = RealFftPlanner::new();
        let forward = planner.plan_fft_forward(TRANSFORM);
        let backward = planner.plan_fft_inverse(TRANSFORM);
        let spectrum = forward.make_output_vec();
        Self {
            played: vec![0.0; HISTORY],
            heard: vec![0.0; STRETCH],
            last_played: 0.0,
            last_heard: 0.0,
            time: forward.make_input_vec(),
            spectra: [spectrum.clone(), spectrum],
            forward,
            backward,
        }
    }

    /// The next 10 ms of both.
    pub fn push(&mut self, played: &[f32; BLOCK], heard: &[f32; BLOCK]) {
        shift(&mut self.played, played, &mut self.last_played);
        shift(&mut self.heard, heard, &mut self.last_heard);
    }

    /// How much the last 256 ms are like something played just before, 0 to 1: the highest
    /// normalised correlation over all delays.
    pub fn now(&mut self) -> f32 {
        let heard_energy = energy(&self.heard);
        if heard_energy <= f32::EPSILON {
            return 0.0;
        }
        self.transform(0);
        self.transform(1);
        let [played, heard] = &mut self.spectra;
        for (played, heard) in played.iter_mut().zip(heard.iter()) {
            *played *= heard.conj();
        }
        // Ends that should be real are so but for rounding.
        played[0].im = 0.0;
        let last = played.len() - 1;
        played[last].im = 0.0;
        if self.backward.process(played, &mut self.time).is_err() {
            return 0.0;
        }
        self.highest(heard_energy)
    }

    fn transform(&mut self, which: usize) {
        let sound = if which == 0 {
            &self.played
        } else {
            &self.heard
        };
        self.time.fill(0.0);
        self.time[..sound.len()].copy_from_slice(sound);
        self.forward
            .process(&mut self.time, &mut self.spectra[which])
            .expect("buffers have the sizes of the plan");
    }

    fn highest(&self, heard_energy: f32) -> f32 {
        let mut energy = energy(&self.played[..STRETCH]);
        let mut highest = 0.0_f32;
        for delay in 0..LATEST {
            if energy > 1e-4 {
                let correlation = self.time[delay].abs() / TRANSFORM as f32;
                highest = highest.max(correlation / (energy * heard_energy).sqrt());
            }
            let (out, new) = (self.played[delay], self.played[delay + STRETCH]);
            energy = (energy + new * new - out * out).max(0.0);
        }
        highest.min(1.0)
    }
}

/// Appends a block with its high tones raised, and forgets as much.
fn shift(sound: &mut [f32], block: &[f32; BLOCK], last: &mut f32) {
    sound.copy_within(BLOCK.., 0);
    let start = sound.len() - BLOCK;
    for (out, sample) in sound[start..].iter_mut().zip(block) {
        *out = sample - EMPHASIS * *last;
        *last = *sample;
    }
}

fn energy(sound: &[f32]) -> f32 {
    sound.iter().map(|sample| sample * sample).sum()
}
