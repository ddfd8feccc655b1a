//! A lobby made of numbers, for measurements and tests: what a microphone hears of the
//! kiosk's own speaker, with walls, two clocks that differ, a delay that jumps, a speaker
//! that clips and a room that hums. The ear meets it as it meets real devices.

use super::echo::{Cleaned, EchoCanceller};
use super::loopback::{Loopback, Played};
use super::resample::resample;
use super::{HEARING_RATE, RatesError};
use std::ops::Range;
use std::time::{Duration, Instant};

/// Samples a second of the speaker.
pub const SPEAKER_RATE: u32 = 48_000;
/// Sound that the speaker's driver asks for at once, and the microphone's delivers: 20 ms.
const SPEAKER_BLOCK: usize = SPEAKER_RATE as usize / 50;
const MICROPHONE_BLOCK: usize = HEARING_RATE as usize / 50;
/// The walls: how long they ring and by how much less each second.
const RING_S: f32 = 0.25;
const DECAY_S: f32 = 0.08;
/// A driver writes so far ahead of what sounds.
const QUEUED_S: f64 = 0.04;
/// Where the speaker's amplifier is at its end.
const CLIPPED: f32 = 0.8;
/// Half the length of the filter that reads between samples.
const REACH: i64 = 16;
/// The kiosk has been silent for so long before: its clocks are known.
const SILENT_S: f64 = 20.0;

/// What the room does to the kiosk's voice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Conditions {
    /// Level of the echo at the microphone, root mean square of its sounding parts, in dB
    /// of full scale.
    pub echo_dbfs: f32,
    /// Level of the room's noise.
    pub noise_dbfs: f32,
    /// How much faster the speaker's clock is than the microphone's, in millionths.
    pub drift_ppm: f64,
    /// Delays from speaker to microphone, in seconds beyond what the devices tell, one
    /// after the other.
    pub delays_s: [f64; 4],
    /// How long each of them holds.
    pub delay_holds_s: f64,
    /// Time stamps are late by up to so much.
    pub jitter_s: f64,
}

impl Default for Conditions {
    fn default() -> Self {
        Self {
            echo_dbfs: -12.0,
            noise_dbfs: -50.0,
            drift_ppm: 200.0,
            delays_s: [0.02, 0.25, 0.09, 0.16],
            delay_holds_s: 30.0,
            jitter_s: 0.001,
        }
    }
}

/// What the kiosk says, over and over.
pub struct Said {
    /// As the speaker plays it.
    played: Vec<f32>,
    /// As the walls return it, at the microphone's rate, as loud as it was played.
    returned: Vec<f32>,
}

impl Said {
    /// Mono sound at [`SPEAKER_RATE`].
    ///
    /// # Errors
    /// The sound cannot be converted.
    pub fn new(played: Vec<f32>) -> Result<Self, RatesError> {
        let heard = resample(&played, SPEAKER_RATE, HEARING_RATE)?;
        let returned = reverberated(&heard, &walls());
        Ok(Self { played, returned })
    }
}

/// A speaker, a microphone and the walls between them.
pub struct Room<'a> {
    conditions: Conditions,
    said: &'a Said,
    /// What the echo is multiplied with.
    gain: f32,
    begins_s: f64,
    /// The speaker's samples in which it is silent: the time before it begins, and whenever
    /// it was told to be.
    silences: Vec<Range<u64>>,
    random: Random,
    played: Played,
    /// Samples that the speaker has taken.
    taken: u64,
    /// Samples that the microphone has delivered.
    delivered: u64,
    start: Instant,
}

impl<'a> Room<'a> {
    /// A room in which the kiosk says `said`, from `begins_s` of it on.
    ///
    /// # Errors
    /// The sound cannot be converted.
    pub fn new(
        said: &'a Said,
        begins_s: f64,
        conditions: Conditions,
        loopback: &Loopback,
    ) -> Result<Self, RatesError> {
        Ok(Self {
            conditions,
            said,
            gain: amplitude(conditions.echo_dbfs) / loudness(&said.returned).max(1e-9),
            begins_s,
            silences: std::iter::once(0..(SILENT_S * f64::from(SPEAKER_RATE)) as u64).collect(),
            random: Random(0x5eed),
            played: loopback.attach(SPEAKER_RATE)?,
            taken: 0,
            delivered: 0,
            start: Instant::now(),
        })
    }

    /// The next 20 ms as they leave `canceller`, with `patient` (16 kHz; less is silence)
    /// speaking meanwhile. `heard`, where given, gets what the microphone heard.
    pub fn listen(
        &mut self,
        patient: &[f32],
        canceller: &mut EchoCanceller,
        cleaned: &mut Cleaned,
        heard: Option<&mut Vec<f32>>,
    ) {
        let until_s = (self.delivered + MICROPHONE_BLOCK as u64) as f64 / f64::from(HEARING_RATE);
        self.play(until_s + QUEUED_S);
        let noise = amplitude(self.conditions.noise_dbfs) * 3.0_f32.sqrt();
        let block: Vec<f32> = (0..MICROPHONE_BLOCK)
            .map(|index| {
                let echo = self.echo(self.delivered + index as u64);
                let said = patient.get(index).copied().unwrap_or_default();
                (echo + said + noise * self.random.next()).clamp(-1.0, 1.0)
            })
            .collect();
        self.delivered += MICROPHONE_BLOCK as u64;
        let captured = self.start + Duration::from_secs_f64(until_s);
        canceller.push(&block, Some(captured), cleaned);
        if let Some(heard) = heard {
            heard.extend(block);
        }
    }

    /// The kiosk stops speaking: what its driver has not asked for yet is silence.
    pub fn hush(&mut self) {
        if !self.is_silent(self.taken) {
            self.silences.push(self.taken..u64::MAX);
        }
    }

    /// It goes on.
    pub fn go_on(&mut self) {
        let now = self.taken;
        if let Some(last) = self.silences.last_mut().filter(|it| it.end == u64::MAX) {
            last.end = now;
        }
    }

    fn is_silent(&self, sample: u64) -> bool {
        self.silences.iter().any(|it| it.contains(&sample))
    }

    fn speaker_rate(&self) -> f64 {
        f64::from(SPEAKER_RATE) * (1.0 + self.conditions.drift_ppm * 1e-6)
    }

    /// The speaker's driver asks for what sounds until `until_s`.
    fn play(&mut self, until_s: f64) {
        while (self.taken as f64) < until_s * self.speaker_rate() {
            let late = f64::from(self.random.next().abs()) * self.conditions.jitter_s;
            let sounds_s = self.taken as f64 / self.speaker_rate() + late;
            self.played
                .stamp(self.start + Duration::from_secs_f64(sounds_s));
            for _ in 0..SPEAKER_BLOCK {
                let begins = (self.begins_s * f64::from(SPEAKER_RATE)) as u64;
                let at = (begins + self.taken) % self.said.played.len() as u64;
                let sample = self.said.played[at as usize];
                let sample = if self.is_silent(self.taken) {
                    0.0
                } else {
                    sample
                };
                self.played.push(sample);
                self.taken += 1;
            }
        }
    }

    /// What the walls return to the microphone at its sample `number`.
    fn echo(&self, number: u64) -> f32 {
        let now_s = number as f64 / f64::from(HEARING_RATE);
        let turn = (now_s / self.conditions.delay_holds_s) as usize;
        let delay_s = self.conditions.delays_s[turn % self.conditions.delays_s.len()];
        let speaker_s = (now_s - delay_s) * (1.0 + self.conditions.drift_ppm * 1e-6);
        // The walls ring on for a moment that makes no difference here.
        let sample = speaker_s * f64::from(SPEAKER_RATE);
        if sample < 0.0 || self.is_silent(sample as u64) {
            return 0.0;
        }
        let at = (self.begins_s + speaker_s) * f64::from(HEARING_RATE);
        let echo = self.gain * between(&self.said.returned, at);
        // The speaker's amplifier is at its end: peaks are cut.
        echo.clamp(-CLIPPED, CLIPPED)
    }
}

/// The sound between two samples, by a windowed sinc; the sound is a ring.
fn between(sound: &[f32], at: f64) -> f32 {
    let (whole, part) = (at.floor(), at - at.floor());
    let length = sound.len() as i64;
    (1 - REACH..=REACH)
        .map(|offset| {
            let distance = offset as f64 - part;
            let window = 0.5 + 0.5 * (std::f64::consts::PI * distance / REACH as f64).cos();
            let sinc = if distance.abs() < 1e-9 {
                1.0
            } else {
                let x = std::f64::consts::PI * distance;
                x.sin() / x
            };
            let index = (whole as i64 + offset).rem_euclid(length) as usize;
            sound[index] * (sinc * window) as f32
        })
        .sum()
}

/// A direct path, some walls and a tail of noise that dies away.
fn walls() -> Vec<f32> {
    let mut random = Random(0x3a11);
    let rate = HEARING_RATE as f32;
    let mut response: Vec<f32> = (0..(RING_S * rate) as usize)
        .map(|index| 0.05 * random.next() * (-(index as f32) / rate / DECAY_S).exp())
        .collect();
    response[0] = 1.0;
    for (seconds, gain) in [(0.004, 0.5), (0.009, -0.35), (0.017, 0.3), (0.031, -0.2)] {
        response[(seconds * rate) as usize] += gain;
    }
    response
}

fn reverberated(sound: &[f32], response: &[f32]) -> Vec<f32> {
    let mut returned = vec![0.0; sound.len()];
    for (at, sample) in sound.iter().enumerate().filter(|(_, it)| it.abs() > 1e-6) {
        let (end, over) = ((at + response.len()).min(sound.len()), sound.len() - at);
        for (out, weight) in returned[at..end].iter_mut().zip(response) {
            *out += sample * weight;
        }
        // What is left at the end is heard at the beginning: it is said over and over.
        for (out, weight) in returned.iter_mut().zip(response.iter().skip(over)) {
            *out += sample * weight;
        }
    }
    returned
}

/// Root mean square of the sounding parts, 0 to 1.
pub fn loudness(sound: &[f32]) -> f32 {
    let blocks = sound.chunks(MICROPHONE_BLOCK);
    let energies: Vec<f32> = blocks
        .map(|block| block.iter().map(|it| it * it).sum::<f32>() / block.len() as f32)
        .filter(|energy| *energy > 1e-6)
        .collect();
    (energies.iter().sum::<f32>() / energies.len().max(1) as f32).sqrt()
}

fn amplitude(dbfs: f32) -> f32 {
    10.0_f32.powf(dbfs / 20.0)
}

/// The same noise every time (xorshift).
struct Random(u64);

impl Random {
    /// Evenly between −1 and 1.
    fn next(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
    }
}
