//! Thread `speaker`: plays what the voice has rendered, and tells when it sounds.

use super::voice::{Shared, VoiceEvent};
use crate::audio::{AudioError, AudioSink, NullSink, REOPEN_EVERY, Reopen};
use kiosk_core::dialogue::SpeechId;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::Sender;

/// Samples that are written at once, as a fraction of a second: 20 ms between two
/// looks at whether to stop.
const BLOCKS_A_SECOND: u32 = 50;

/// What a device may still have queued when it is told to be silent.
const NOT_YET_HEARD_S: f32 = 0.15;
/// No more than this is said twice.
const FURTHEST_BACK_S: f32 = 1.5;
/// How often a paused speaker looks whether to go on.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// What comes from the voice.
pub enum Piece {
    /// A sentence, at the sink's rate.
    Sound {
        id: SpeechId,
        turn: u64,
        sound: Arc<[f32]>,
    },
    /// There is no more of this.
    End { id: SpeechId, turn: u64 },
}

/// Plays pieces in order.
pub struct Speaker {
    sink: Box<dyn AudioSink>,
    events: Sender<VoiceEvent>,
    shared: Shared,
    sounding: Option<SpeechId>,
    reopen: Option<Reopen<dyn AudioSink>>,
    /// Since when the sink is gone, or was last looked for.
    gone: Option<Instant>,
}

impl Speaker {
    pub fn new(
        sink: Box<dyn AudioSink>,
        reopen: Option<Reopen<dyn AudioSink>>,
        events: Sender<VoiceEvent>,
        shared: Shared,
    ) -> Self {
        Self {
            sink,
            events,
            shared,
            sounding: None,
            reopen,
            gone: None,
        }
    }

    pub fn run(mut self, pieces: &Receiver<Piece>) {
        loop {
            let piece = match pieces.recv_timeout(REOPEN_EVERY) {
                Ok(piece) => Some(piece),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            self.find_again();
            let Some(piece) = piece else { continue };
            match piece {
                Piece::Sound { id, turn, sound } => {
                    self.shared.one_is_taken();
                    self.play(id, turn, &sound);
                }
                Piece::End { id, turn } => self.end(id, turn),
            }
        }
    }

    fn play(&mut self, id: SpeechId, turn: u64, sound: &[f32]) {
        let length = (self.sink.rate() / BLOCKS_A_SECOND).max(1) as usize;
        let mut at = 0;
        let mut begun = false;
        while at < sound.len() {
            if !self.shared.is_current(turn) {
                self.sink.clear();
                return;
            }
            if self.shared.is_paused() {
                at = self.rest(sound, at, turn);
                continue;
            }
            if !begun {
                begun = true;
                self.begin(id);
            }
            let block = &sound[at..sound.len().min(at + length)];
            at += block.len();
            let gain = self.shared.gain();
            let written = if gain == 1.0 {
                self.sink.write(block)
            } else {
                let block: Vec<f32> = block.iter().map(|it| limited(it * gain)).collect();
                self.sink.write(&block)
            };
            if let Err(error) = written {
                self.lost(&error);
            }
        }
    }

    fn begin(&mut self, id: SpeechId) {
        if self.sounding == Some(id) {
            self.tell(VoiceEvent::SentenceSpoken(id));
        } else {
            self.sounding = Some(id);
            self.tell(VoiceEvent::Speaking(id));
        }
    }

    /// Silent until told otherwise. Returns where to go on.
    fn rest(&mut self, sound: &[f32], at: usize, turn: u64) -> usize {
        self.sink.clear();
        while self.shared.is_paused() && self.shared.is_current(turn) {
            thread::sleep(LOOK_EVERY);
        }
        gap_before(sound, at, self.sink.rate())
    }

    fn end(&mut self, id: SpeechId, turn: u64) {
        if self.shared.is_current(turn)
            && let Err(error) = self.sink.drain()
        {
            self.lost(&error);
        }
        let interrupted = !self.shared.is_current(turn);
        if interrupted {
            self.sink.clear();
        }
        self.sounding = None;
        self.shared.one_is_over();
        self.tell(VoiceEvent::Spoken { id, interrupted });
    }

    /// The conversation goes on without sound, at the pace of sound.
    fn lost(&mut self, error: &AudioError) {
        self.sink = Box::new(NullSink::new(self.sink.rate()));
        self.gone = Some(Instant::now());
        self.tell(VoiceEvent::SpeakerLost(error.to_string()));
    }

    /// Takes the sink again once it is back, between two things to say. What is rendered has
    /// one rate; a device that came back with another cannot be used.
    fn find_again(&mut self) {
        let due = self.gone.is_some_and(|at| at.elapsed() >= REOPEN_EVERY);
        let Some(reopen) = self.reopen.as_mut().filter(|_| due) else {
            return;
        };
        self.gone = Some(Instant::now());
        if let Ok(sink) = reopen()
            && sink.rate() == self.sink.rate()
        {
            self.sink = sink;
            self.gone = None;
            self.tell(VoiceEvent::SpeakerBack);
        }
    }

    fn tell(&self, event: VoiceEvent) {
        // Nobody to tell: the kiosk is shutting down, and the channel of pieces closes next.
        let _ = self.events.blocking_send(event);
    }
}

/// Where to go on with `sound` after a break at `at`: behind the last gap between words that
/// had certainly been heard, or at its beginning.
fn gap_before(sound: &[f32], at: usize, rate: u32) -> usize {
    let block = (rate / BLOCKS_A_SECOND).max(1) as usize;
    let seconds = |seconds: f32| (seconds * rate as f32) as usize;
    let heard = at.saturating_sub(seconds(NOT_YET_HEARD_S));
    let earliest = heard.saturating_sub(seconds(FURTHEST_BACK_S));
    let energy = |start: &usize| {
        let block = sound[*start..].iter().take(block);
        block.map(|sample| sample * sample).sum::<f32>()
    };
    if earliest == 0 {
        return 0;
    }
    (earliest..heard)
        .step_by(block)
        .min_by(|a, b| energy(a).total_cmp(&energy(b)))
        .unwrap_or(earliest)
}

/// Louder than full scale bends rather than breaks: straight to three quarters, then ever
/// flatter, never over 1.
fn limited(sample: f32) -> f32 {
    const KNEE: f32 = 0.75;
    let over = sample.abs() - KNEE;
    if over <= 0.0 {
        return sample;
    }
    (KNEE + (1.0 - KNEE) * (over / (1.0 - KNEE)).tanh()).copysign(sample)
}

#[cfg(test)]
mod tests {
    use super::{gap_before, limited};

    #[test]
    fn after_a_break_it_goes_on_behind_the_last_gap_between_words() {
        const RATE: u32 = 1_000;
        let mut sound = vec![0.3; 6_000];
        sound[2_900..3_000].fill(0.0);
        sound[3_500..3_600].fill(0.0);
        let from = gap_before(&sound, 3_620, RATE);
        assert!(
            (2_900..3_000).contains(&from),
            "the later gap may not have been heard: {from}"
        );
        assert_eq!(gap_before(&sound, 1_200, RATE), 0, "the beginning is near");
        let from = gap_before(&vec![0.3; 6_000], 5_000, RATE);
        assert!(
            (3_350..=4_850).contains(&from),
            "without a gap, a moment back: {from}"
        );
    }

    #[test]
    fn what_is_too_loud_is_bent_and_the_rest_is_left_alone() {
        assert_eq!(limited(0.5), 0.5);
        assert_eq!(limited(-0.75), -0.75);
        let loud: Vec<f32> = [0.8, 1.0, 1.5, 4.0].map(limited).to_vec();
        assert!(
            loud.windows(2)
                .all(|pair| pair[0] < pair[1] || pair[1] > 0.99)
        );
        assert!(loud.iter().all(|sample| *sample <= 1.0));
        assert!(
            (limited(0.7501) - 0.7501).abs() < 1e-4,
            "no step at the knee"
        );
    }
}
