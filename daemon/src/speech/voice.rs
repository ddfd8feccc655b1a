//! A voice for one conversation: has the studio render what is to be said, ahead of the
//! speaker, and stops, pauses and goes on.

use super::SpeechError;
use super::speaker::{Piece, Speaker};
use super::studio::{Asker, Full, Order, Rank, Rendered, StudioHandle, Wanted};
use crate::audio::{AudioSink, Quiet, Reopen};
use kiosk_core::dialogue::{Manner, SpeechId};
use kiosk_protocol::Private;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use tokio::sync::mpsc::Sender;

/// As [`Manner`] promises.
const STEP_OF_LOUDNESS_DB: f32 = 4.0;
const STEP_OF_PACE: f32 = 1.0 / 6.0;
/// Rendered sentences ahead of the speaker: the next one is ready when one ends.
const AHEAD: u64 = 2;
/// Texts that may wait; each has an end to tell.
const OPEN: u64 = 64;

/// What the voice tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VoiceEvent {
    /// This begins to sound.
    Speaking(SpeechId),
    /// A whole sentence of this has sounded, and another begins.
    SentenceSpoken(SpeechId),
    /// This is over.
    Spoken {
        /// What.
        id: SpeechId,
        /// It was stopped before its end.
        interrupted: bool,
    },
    /// This could not be said whole, for a technician; its `Spoken` comes all the same.
    Failed {
        /// What.
        id: SpeechId,
        /// Why.
        why: String,
    },
    /// The speaker is gone, for a technician. The kiosk goes on, silent.
    SpeakerLost(String),
    /// The speaker is back.
    SpeakerBack,
}

/// What voice, speaker and whoever asks share.
#[derive(Clone)]
pub(super) struct Shared {
    /// Goes up with every stop; what was asked for in an earlier turn is not said.
    turn: Arc<AtomicU64>,
    /// Asked for and not yet over.
    open: Arc<AtomicU64>,
    /// Sentences that are rendered and wait for the speaker.
    ahead: Arc<AtomicU64>,
    /// Silent for the moment.
    paused: Arc<AtomicBool>,
    /// Bits of the factor that samples are played with.
    gain: Arc<AtomicU32>,
    quiet: Quiet,
}

impl Shared {
    pub(super) fn gain(&self) -> f32 {
        f32::from_bits(self.gain.load(Ordering::Relaxed))
    }

    pub(super) fn is_paused(&self) -> bool {
        self.paused.load(Ordering::Acquire)
    }

    pub(super) fn is_current(&self, turn: u64) -> bool {
        self.turn.load(Ordering::Acquire) == turn
    }

    pub(super) fn one_is_taken(&self) {
        self.ahead.fetch_sub(1, Ordering::AcqRel);
    }

    pub(super) fn one_is_over(&self) {
        if self.open.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.quiet.finished();
        }
    }
}

/// One conversation's voice. Dropping it stops what is being said.
pub struct Voice {
    studio: StudioHandle,
    asker: Asker,
    rank: Rank,
    pieces: Option<SyncSender<Piece>>,
    thread: Option<JoinHandle<()>>,
    shared: Shared,
    events: Sender<VoiceEvent>,
    rate: u32,
    manner: Manner,
}

impl Voice {
    /// Starts thread `speaker`, which plays into `sink` what `studio` renders. A sink that
    /// goes is looked for with `reopen` until it is back. `quiet` is kept up to date; what
    /// happens goes to `events`. That the channel closes while this lives means that the
    /// thread ended unexpectedly.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn start(
        (studio, rank): (StudioHandle, Rank),
        sink: Box<dyn AudioSink>,
        reopen: Option<Reopen<dyn AudioSink>>,
        quiet: Quiet,
        events: Sender<VoiceEvent>,
    ) -> Result<Self, SpeechError> {
        let shared = Shared {
            turn: Arc::default(),
            open: Arc::default(),
            ahead: Arc::default(),
            paused: Arc::default(),
            gain: Arc::new(AtomicU32::new(1.0_f32.to_bits())),
            quiet,
        };
        // Never full: of sound there are so many pieces, of ends as many as are open.
        let (pieces, sounding) = sync_channel((AHEAD + OPEN) as usize);
        let rate = sink.rate();
        let speaker = Speaker::new(sink, reopen, events.clone(), shared.clone());
        let thread = thread::Builder::new()
            .name("speaker".to_owned())
            .spawn(move || speaker.run(&sounding))
            .map_err(|error| SpeechError::Thread("speaker", error.to_string()))?;
        Ok(Self {
            asker: studio.asker(),
            studio,
            rank,
            pieces: Some(pieces),
            thread: Some(thread),
            shared,
            events,
            rate,
            manner: Manner::default(),
        })
    }

    /// Says `text` (as written for the eye) after what is being said, and returns at
    /// once. `fixed`: the same for every patient, so that its sound may be kept.
    ///
    /// # Errors
    /// [`Full`]: nothing of it will be said, no event comes.
    pub fn say(&self, id: SpeechId, text: Private, fixed: bool) -> Result<(), Full> {
        let Some(pieces) = self.pieces.clone() else {
            return Err(Full);
        };
        if self.shared.open.fetch_add(1, Ordering::AcqRel) >= OPEN {
            self.shared.one_is_over();
            return Err(Full);
        }
        self.shared.quiet.speaking();
        let turn = self.shared.turn.load(Ordering::Acquire);
        let (shared, taking, events) = (
            self.shared.clone(),
            self.shared.clone(),
            self.events.clone(),
        );
        let order = Order {
            asker: self.asker,
            text,
            fixed,
            length: (1.0 + STEP_OF_PACE).powi((-self.manner.pace).into()),
            rate: self.rate,
            rank: self.rank,
            wanted: Box::new(move || {
                if !shared.is_current(turn) {
                    Wanted::NoMore
                } else if shared.ahead.load(Ordering::Acquire) < AHEAD {
                    Wanted::Now
                } else {
                    Wanted::Later
                }
            }),
            to: Box::new(move |rendered| match rendered {
                Rendered::Sound(sound) => {
                    taking.ahead.fetch_add(1, Ordering::AcqRel);
                    let _ = pieces.try_send(Piece::Sound { id, turn, sound });
                }
                Rendered::Failed(why) => {
                    let _ = events.try_send(VoiceEvent::Failed { id, why });
                }
                Rendered::End => {
                    let _ = pieces.try_send(Piece::End { id, turn });
                }
            }),
        };
        let queued = self.studio.render(order);
        if queued.is_err() {
            self.shared.one_is_over();
        }
        queued
    }

    /// Loudness holds at once, pace from the next [`Self::say`] on.
    pub fn set_manner(&mut self, manner: Manner) {
        let gain = 10_f32.powf(STEP_OF_LOUDNESS_DB * f32::from(manner.loudness) / 20.0);
        self.shared.gain.store(gain.to_bits(), Ordering::Relaxed);
        self.manner = manner;
    }

    /// Silent until [`Self::resume`] or [`Self::stop`], within 100 ms.
    pub fn pause(&self) {
        self.shared.paused.store(true, Ordering::Release);
    }

    /// Goes on with what was being said, from the last gap between words.
    pub fn resume(&self) {
        self.shared.paused.store(false, Ordering::Release);
    }

    /// Renders a fixed prompt ahead of its use, when there is nothing to say.
    pub fn prepare(&self, text: &str) {
        self.studio.prepare(text, self.rate);
    }

    /// Be quiet now, within 200 ms. Everything that was asked for comes back as
    /// [`VoiceEvent::Spoken`], interrupted.
    pub fn stop(&self) {
        self.shared.turn.fetch_add(1, Ordering::AcqRel);
        self.resume();
    }
}

impl Drop for Voice {
    fn drop(&mut self) {
        self.stop();
        self.pieces = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            log::error!("thread `speaker` panicked");
        }
    }
}
