//! Takes the kiosk's own voice out of what the microphone hears.

use super::HEARING_RATE;
use super::likeness::Likeness;
use super::loopback::{BLOCK, Loopback, Reference};
use sonora_aec3::block::Block;
use sonora_aec3::block_processor::BlockProcessor;
use sonora_aec3::config::EchoCanceller3Config;
use std::time::{Duration, Instant};

/// What is played below this root mean square makes no echo that anybody hears (−70 dBFS).
const AUDIBLE: f32 = 3e-4;
/// How long a room and the devices go on after the last sound was played: 1 s.
const RINGS_OUT_BLOCKS: u32 = HEARING_RATE / BLOCK as u32;
/// The processor counts as 16-bit samples do.
const FULL_SCALE: f32 = 32_768.0;
/// The processor's own block: 4 ms.
const AEC_BLOCK: usize = 64;
/// How long an echo path is learned: 100 ms of a lobby's walls.
const FILTER_BLOCKS: usize = 25;
/// Likeness from which on what is left is echo, and below which it no longer is. Measured
/// with `kioskctl bench --echo` (docs/evaluation.md, "Echo"): where the canceller works,
/// a patient's voice through it lies below, a lost canceller's echo above.
const IS_ECHO: f32 = 0.2;
const STAYS_ECHO: f32 = 0.12;
/// How long it stays so without new proof, 1 s: a patient may have begun meanwhile.
const STAYS_BLOCKS: u32 = 125;

/// The same stretch of sound twice.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Cleaned {
    /// To be understood: the echo is subtracted as far as that leaves a patient unharmed.
    pub words: Vec<f32>,
    /// To tell whether anybody speaks: whatever may be echo is gone, and with it some of a
    /// patient who speaks at the same time.
    pub activity: Vec<f32>,
}

impl Cleaned {
    /// Sound that holds no echo.
    pub fn as_heard(&mut self, sound: &[f32]) {
        self.words.extend_from_slice(sound);
        self.activity.extend_from_slice(sound);
    }

    /// Forgets it.
    pub fn clear(&mut self) {
        self.words.clear();
        self.activity.clear();
    }
}

/// Echo cancellation between the microphone and the voice-activity model: WebRTC's AEC3,
/// with what was really played as its reference. While nothing sounds, the microphone is
/// left as it is.
pub struct EchoCanceller {
    loopback: Loopback,
    reference: Option<Reference>,
    processor: Processor,
    likeness: Likeness,
    /// Blocks for which what is left, while somewhat like what was played, is taken for it:
    /// it has just been very much like it.
    echo_for: u32,
    /// Blocks since something audible was played.
    silent: u32,
    waiting: Vec<f32>,
}

impl EchoCanceller {
    /// For the speaker that meets the ear at `loopback`.
    pub fn new(loopback: Loopback) -> Self {
        Self {
            loopback,
            reference: None,
            processor: Processor::new(),
            likeness: Likeness::new(),
            echo_for: 0,
            silent: RINGS_OUT_BLOCKS,
            waiting: Vec::new(),
        }
    }

    /// Takes the microphone's sound (16 kHz), the last sample of which was captured at
    /// `captured` (unknown for recordings, which hold no echo), and appends it to `cleaned`
    /// without what the kiosk said; up to 8 ms wait for the next call.
    pub fn push(&mut self, sound: &[f32], captured: Option<Instant>, cleaned: &mut Cleaned) {
        if let Some(opened) = self.loopback.opened() {
            self.reference = Some(opened);
        }
        let (Some(reference), Some(captured)) = (&mut self.reference, captured) else {
            return cleaned.as_heard(sound);
        };
        self.waiting.extend_from_slice(sound);
        let mut used = 0;
        while let Some(heard) = self.waiting[used..].first_chunk::<BLOCK>() {
            let rest = self.waiting.len() - used;
            let age = Duration::from_secs_f64(rest as f64 / f64::from(HEARING_RATE));
            let mut played = [0.0; BLOCK];
            reference.read(captured.checked_sub(age).unwrap_or(captured), &mut played);
            self.silent = if rms(&played) > AUDIBLE {
                0
            } else {
                self.silent.saturating_add(1)
            };
            if self.silent < RINGS_OUT_BLOCKS {
                let (words, mut activity) = self.processor.cancel(&played, heard);
                self.likeness.push(&played, &activity);
                if rms(&activity) > AUDIBLE && is_echo(&mut self.likeness, &mut self.echo_for) {
                    activity.fill(0.0);
                }
                cleaned.words.extend_from_slice(&words);
                cleaned.activity.extend_from_slice(&activity);
            } else {
                self.likeness.push(&played, heard);
                cleaned.as_heard(heard);
            }
            used += BLOCK;
        }
        self.waiting.drain(..used);
    }
}

/// Whether what is left now is the kiosk's own voice all the same; `echo_for` as in
/// [`EchoCanceller`].
fn is_echo(likeness: &mut Likeness, echo_for: &mut u32) -> bool {
    let likeness = likeness.now();
    *echo_for = if likeness > IS_ECHO {
        STAYS_BLOCKS
    } else if likeness > STAYS_ECHO {
        echo_for.saturating_sub(1)
    } else {
        0
    };
    *echo_for > 0
}

struct Processor {
    inner: BlockProcessor,
    played: Block,
    heard: Block,
    linear: Block,
}

impl Processor {
    fn new() -> Self {
        let mut config = EchoCanceller3Config::default();
        config.filter.export_linear_aec_output = true;
        for filter in [
            &mut config.filter.refined,
            &mut config.filter.refined_initial,
        ] {
            filter.length_blocks = FILTER_BLOCKS;
        }
        for filter in [&mut config.filter.coarse, &mut config.filter.coarse_initial] {
            filter.length_blocks = FILTER_BLOCKS;
        }
        Self {
            inner: BlockProcessor::new(&config, HEARING_RATE as usize, 1, 1),
            played: Block::new(1, 1),
            heard: Block::new(1, 1),
            linear: Block::new(1, 1),
        }
    }

    /// What is left of `heard` for words and for activity.
    fn cancel(
        &mut self,
        played: &[f32; BLOCK],
        heard: &[f32; BLOCK],
    ) -> ([f32; BLOCK], [f32; BLOCK]) {
        let (mut words, mut activity) = ([0.0; BLOCK], [0.0; BLOCK]);
        let saturated = heard.iter().any(|it| it.abs() > 0.99);
        for start in (0..BLOCK).step_by(AEC_BLOCK) {
            let range = start..start + AEC_BLOCK;
            scale(
                &played[range.clone()],
                FULL_SCALE,
                self.played.view_mut(0, 0),
            );
            scale(&heard[range.clone()], FULL_SCALE, self.heard.view_mut(0, 0));
            self.inner.buffer_render(&self.played);
            self.inner
                .process_capture(false, saturated, Some(&mut self.linear), &mut self.heard);
            scale(
                self.linear.view(0, 0),
                1.0 / FULL_SCALE,
                &mut words[range.clone()],
            );
            scale(
                self.heard.view(0, 0),
                1.0 / FULL_SCALE,
                &mut activity[range],
            );
        }
        (words, activity)
    }
}

fn scale(from: &[f32], factor: f32, to: &mut [f32]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = factor * from;
    }
}

fn rms(block: &[f32]) -> f32 {
    (block.iter().map(|sample| sample * sample).sum::<f32>() / block.len() as f32).sqrt()
}
