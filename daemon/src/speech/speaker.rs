//! Thread `speaker`: plays what the voice has rendered, and tells when it sounds.

use super::voice::{Shared, VoiceEvent};
use crate::audio::{AudioError, AudioSink, NullSink, REOPEN_EVERY, Reopen};
use kiosk_core::dialogue::SpeechId;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Instant;
use tokio::sync::mpsc::Sender;

/// Samples that are written at once, as a fraction of a second: 20 ms between two
/// looks at whether to stop.
const BLOCKS_A_SECOND: u32 = 50;

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
                Piece::Sound { id, turn, sound } => self.play(id, turn, &sound),
                Piece::End { id, turn } => self.end(id, turn),
            }
        }
    }

    fn play(&mut self, id: SpeechId, turn: u64, sound: &[f32]) {
        let block = (self.sink.rate() / BLOCKS_A_SECOND).max(1) as usize;
        for block in sound.chunks(block) {
            if !self.shared.is_current(turn) {
                self.sink.clear();
                return;
            }
            if self.sounding != Some(id) {
                self.sounding = Some(id);
                self.tell(VoiceEvent::Speaking(id));
            }
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
    use super::limited;

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
