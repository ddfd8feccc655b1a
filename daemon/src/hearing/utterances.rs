//! Cuts a stream of 16 kHz sound into utterances. The same for microphones and files.

use super::VoiceActivity;
use crate::audio::HEARING_RATE;
use crate::onnx::OnnxError;
use kiosk_core::hearing::{Endpoint, Endpointer, FRAME_SAMPLES, SpeechSpan, WhyEnded};
use kiosk_core::understanding::Expecting;

/// Kept before the first speech frame, 480 ms: first syllables begin softly.
const PRE_ROLL_FRAMES: u64 = 15;
/// Kept after the last speech frame, 256 ms: Whisper wants to hear that a word is over.
const TAIL_FRAMES: u64 = 8;
/// Kept while nobody speaks: the pre-roll and what the end-pointer takes to be sure.
const WAITING_FRAMES: usize = 32;
/// A level about ten times a second.
const FRAMES_PER_LEVEL: u32 = 3;

/// What has been said so far is offered some 512 ms apart.
const FRAMES_PER_PARTIAL: u32 = 16;

/// What a stretch of sound held.
#[derive(Debug, Clone, PartialEq)]
pub enum Sounded {
    /// How loud it is, about ten times a second.
    Level {
        /// Root mean square, 0 to 1.
        rms: f32,
        /// Somebody is speaking.
        speech: bool,
    },
    /// Somebody may be speaking: `SpeechStarted` or `Settled` follows.
    Stirred,
    /// It was nothing.
    Settled,
    /// Somebody began to speak.
    SpeechStarted,
    /// What is being said so far, some times a second, but in no pause.
    Partial(Utterance),
    /// A pause that may be the end: what was said, if nothing follows.
    Paused(Utterance),
    /// Somebody said something.
    Utterance(Utterance),
}

/// One utterance.
#[derive(Clone, PartialEq)]
pub struct Utterance {
    /// 16 kHz mono with some sound before and after the speech.
    pub samples: Vec<f32>,
    /// When speech began, in seconds since the stream did.
    pub start_s: f64,
    /// When speech ended.
    pub end_s: f64,
    /// When the end was decided.
    pub decided_s: f64,
    /// Frames of 32 ms that held speech.
    pub speech_frames: u32,
    /// Why it is over.
    pub why: WhyEnded,
}

/// Frames of speech that interrupt the kiosk: 256 ms, less than a "stop" takes. What is left
/// of its own voice lasts for a few, and the recogniser finds a word even there.
const INTERRUPTING_FRAMES: u32 = 8;

impl Utterance {
    /// Whether it is long enough to be somebody, where the kiosk spoke when it began.
    pub const fn interrupts(&self) -> bool {
        self.speech_frames >= INTERRUPTING_FRAMES
    }
}

impl std::fmt::Debug for Utterance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Utterance")
            .field("start_s", &self.start_s)
            .field("end_s", &self.end_s)
            .field("speech_frames", &self.speech_frames)
            .field("why", &self.why)
            .finish_non_exhaustive()
    }
}

/// Cuts sound into utterances.
pub struct Utterances {
    voice_activity: VoiceActivity,
    endpointer: Endpointer,
    /// Whole frames from number `first_kept` on, then a part of the next one.
    sound: Vec<f32>,
    /// What the voice-activity model has not seen.
    activity: Vec<f32>,
    first_kept: u64,
    /// Frames that the models have seen.
    seen: u64,
    /// Frames since the last partial, or since somebody began to speak.
    since_partial: u32,
    level: Level,
}

#[derive(Default)]
struct Level {
    energy: f32,
    frames: u32,
}

impl Utterances {
    /// Nothing heard so far.
    pub fn new(voice_activity: VoiceActivity) -> Self {
        Self {
            voice_activity,
            endpointer: Endpointer::new(),
            sound: Vec::new(),
            activity: Vec::new(),
            first_kept: 0,
            seen: 0,
            since_partial: 0,
            level: Level::default(),
        }
    }

    /// What the next utterance is expected to be; see [`Endpointer::expect`].
    pub fn expect(&mut self, expecting: Option<Expecting>) {
        self.endpointer.expect(expecting);
    }

    /// What was said until `end_s` is the whole answer: ends the utterance there, unless
    /// something was said since.
    pub fn answered(&mut self, end_s: f64, tell: &mut dyn FnMut(Sounded)) {
        if let Some(decided) = self.endpointer.answered(last_frame(end_s)) {
            tell(self.told(decided));
            self.forget();
        }
    }

    /// What was said until `end_s` is plainly unfinished: the pause may be longer.
    pub fn unfinished(&mut self, end_s: f64) {
        self.endpointer.unfinished(last_frame(end_s));
    }

    /// What was said until `end_s` can be answered: the pause need not be long.
    pub fn enough(&mut self, end_s: f64) {
        self.endpointer.enough(last_frame(end_s));
    }

    /// Takes the next sound (16 kHz, −1 to 1) and tells what it held.
    ///
    /// # Errors
    /// The voice-activity model failed.
    pub fn push(
        &mut self,
        samples: &[f32],
        tell: &mut dyn FnMut(Sounded),
    ) -> Result<(), OnnxError> {
        self.push_cleaned(samples, samples, tell)
    }

    /// As [`Self::push`], with `activity` for telling whether anybody speaks, as long as
    /// `samples`.
    ///
    /// # Errors
    /// The voice-activity model failed.
    pub fn push_cleaned(
        &mut self,
        samples: &[f32],
        activity: &[f32],
        tell: &mut dyn FnMut(Sounded),
    ) -> Result<(), OnnxError> {
        self.sound.extend_from_slice(samples);
        self.activity.extend_from_slice(activity);
        while let (Some(frame), Some(active)) = (self.next_frame(), self.activity.first_chunk()) {
            let probability = self.voice_activity.push(active)?;
            self.activity.drain(..FRAME_SAMPLES);
            self.seen += 1;
            let decided = self.endpointer.push(probability);
            if let Some(level) = self.level.push(&frame, self.endpointer.is_speaking()) {
                tell(level);
            }
            if let Some(decided) = decided {
                tell(self.told(decided));
            } else if let Some(partial) = self.partial() {
                tell(partial);
            }
            self.forget();
        }
        Ok(())
    }

    /// The sound is over: what was being said is told.
    pub fn finish(&mut self, tell: &mut dyn FnMut(Sounded)) {
        if let Some(decided) = self.endpointer.finish() {
            tell(self.told(decided));
        }
    }

    /// Lets sound go by unheard and forgets what was being said; time goes on. Where
    /// somebody was told to have stirred, that came to nothing.
    pub fn ignore(&mut self, samples: usize) -> Option<Sounded> {
        let forgotten = self.endpointer.reset().map(|decided| self.told(decided));
        self.voice_activity.reset();
        self.level = Level::default();
        // The end-pointer has to count these frames, too.
        let waiting = self.sound.len() - self.kept_frames() * FRAME_SAMPLES;
        let frames = (waiting + samples) / FRAME_SAMPLES;
        for _ in 0..frames {
            self.endpointer.push(0.0);
        }
        self.seen += frames as u64;
        self.first_kept = self.seen;
        self.sound.clear();
        self.sound.resize((waiting + samples) % FRAME_SAMPLES, 0.0);
        self.activity.clear();
        self.activity.resize(self.sound.len(), 0.0);
        forgotten
    }

    fn partial(&mut self) -> Option<Sounded> {
        if !self.endpointer.is_speaking() {
            self.since_partial = 0;
            return None;
        }
        self.since_partial += 1;
        if self.since_partial < FRAMES_PER_PARTIAL {
            return None;
        }
        let span = self.endpointer.so_far()?;
        self.since_partial = 0;
        Some(Sounded::Partial(self.utterance(span)))
    }

    fn next_frame(&self) -> Option<[f32; FRAME_SAMPLES]> {
        self.sound
            .get(self.kept_frames() * FRAME_SAMPLES..)?
            .first_chunk()
            .copied()
    }

    fn kept_frames(&self) -> usize {
        (self.seen - self.first_kept) as usize
    }

    fn told(&self, endpoint: Endpoint) -> Sounded {
        match endpoint {
            Endpoint::Stirred => Sounded::Stirred,
            Endpoint::Settled => Sounded::Settled,
            Endpoint::Began { .. } => Sounded::SpeechStarted,
            Endpoint::Paused(span) => Sounded::Paused(self.utterance(span)),
            Endpoint::Ended(span) => Sounded::Utterance(self.utterance(span)),
        }
    }

    fn utterance(&self, span: SpeechSpan) -> Utterance {
        let from = span
            .first
            .saturating_sub(PRE_ROLL_FRAMES)
            .max(self.first_kept);
        let until = (span.last + 1 + TAIL_FRAMES).min(self.seen);
        let sample = |frame: u64| (frame - self.first_kept) as usize * FRAME_SAMPLES;
        Utterance {
            samples: self.sound[sample(from)..sample(until)].to_vec(),
            start_s: seconds(span.first),
            end_s: seconds(span.last + 1),
            decided_s: seconds(span.decided + 1),
            speech_frames: span.speech_frames,
            why: span.why,
        }
    }

    fn forget(&mut self) {
        let kept = self.kept_frames();
        // Twice as much before anything is moved: not at every frame.
        if self.endpointer.is_speaking() || kept < 2 * WAITING_FRAMES {
            return;
        }
        let dropped = kept - WAITING_FRAMES;
        self.sound.drain(..dropped * FRAME_SAMPLES);
        self.first_kept += dropped as u64;
    }
}

impl Level {
    fn push(&mut self, frame: &[f32], speech: bool) -> Option<Sounded> {
        self.energy += frame.iter().map(|sample| sample * sample).sum::<f32>();
        self.frames += 1;
        if self.frames < FRAMES_PER_LEVEL {
            return None;
        }
        let mean = self.energy / (self.frames as f32 * FRAME_SAMPLES as f32);
        *self = Self::default();
        Some(Sounded::Level {
            rms: mean.sqrt().min(1.0),
            speech,
        })
    }
}

fn seconds(frame: u64) -> f64 {
    frame as f64 * FRAME_SAMPLES as f64 / f64::from(HEARING_RATE)
}

/// The inverse of `seconds(last + 1)`.
fn last_frame(end_s: f64) -> u64 {
    let frames = end_s * f64::from(HEARING_RATE) / FRAME_SAMPLES as f64;
    (frames.round() as u64).saturating_sub(1)
}
