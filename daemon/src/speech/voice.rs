//! Thread `voice`: turns what is to be said into sound, sentence by sentence, ahead of
//! the speaker.

use super::cache::Cache;
use super::shaping::shape;
use super::speaker::{Piece, Speaker};
use super::synthesizer::chain;
use super::{SpeechError, Synthesizer};
use crate::audio::resample::resample;
use crate::audio::{AudioSink, Quiet, Reopen};
use kiosk_core::dialogue::{Manner, SpeechId};
use kiosk_core::speaking::spoken;
use kiosk_protocol::Private;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use tokio::sync::mpsc::Sender;

/// A turn is a few sentences; the kiosk's prompts are rendered ahead through it, too.
const WAITING: usize = 128;
/// As [`Manner`] promises.
const STEP_OF_LOUDNESS_DB: f32 = 4.0;
const STEP_OF_PACE: f32 = 1.0 / 6.0;
/// Rendered sentences ahead of the speaker: the next one is ready when one ends.
const AHEAD: usize = 2;

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

/// Too much is waiting to be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too much is waiting to be said")]
pub struct Full;

enum Job {
    Say {
        id: SpeechId,
        turn: u64,
        text: Private,
        fixed: bool,
        /// See [`Synthesizer::set_length`].
        length: f32,
    },
    /// Into the cache, for later.
    Prepare(String),
}

/// What voice, speaker and whoever asks share.
#[derive(Clone)]
pub(super) struct Shared {
    /// Goes up with every stop; what was asked for in an earlier turn is not said.
    turn: Arc<AtomicU64>,
    /// Asked for and not yet over.
    open: Arc<AtomicU64>,
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

    pub(super) fn one_is_over(&self) {
        if self.open.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.quiet.finished();
        }
    }
}

/// The voice's threads. Dropping it stops what is being said and ends them.
pub struct Voice {
    jobs: Option<SyncSender<Job>>,
    threads: Vec<JoinHandle<()>>,
    shared: Shared,
    manner: Manner,
}

impl Voice {
    /// Starts threads `voice` and `speaker`. A sink that goes is looked for with `reopen`
    /// until it is back. `quiet` is kept up to date; sentences that are the same for every
    /// patient are kept in the folder `prompts`; what happens goes to `events`. That the
    /// channel closes while this lives means that a thread ended unexpectedly.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn start(
        synthesizer: Box<dyn Synthesizer>,
        sink: Box<dyn AudioSink>,
        reopen: Option<Reopen<dyn AudioSink>>,
        quiet: Quiet,
        prompts: Option<PathBuf>,
        events: Sender<VoiceEvent>,
    ) -> Result<Self, SpeechError> {
        let shared = Shared {
            turn: Arc::default(),
            open: Arc::default(),
            paused: Arc::default(),
            gain: Arc::new(AtomicU32::new(1.0_f32.to_bits())),
            quiet,
        };
        let (jobs, waiting) = sync_channel(WAITING);
        let (pieces, sounding) = sync_channel(AHEAD);
        let renderer = Renderer {
            cache: prompts.map_or_else(Cache::default, |folder| {
                Cache::on_disk(folder, synthesizer.name(), sink.rate())
            }),
            synthesizer,
            usual_pace: true,
            rate: sink.rate(),
            pieces,
            events: events.clone(),
            shared: shared.clone(),
        };
        let speaker = Speaker::new(sink, reopen, events, shared.clone());
        let threads = vec![
            spawn("voice", move || renderer.run(&waiting))?,
            spawn("speaker", move || speaker.run(&sounding))?,
        ];
        Ok(Self {
            jobs: Some(jobs),
            threads,
            shared,
            manner: Manner::default(),
        })
    }

    /// Says `text` (as written for the eye) after what is being said, and returns at
    /// once. `fixed`: the same for every patient, so that its sound may be kept.
    ///
    /// # Errors
    /// [`Full`]: nothing of it will be said, no event comes.
    pub fn say(&self, id: SpeechId, text: Private, fixed: bool) -> Result<(), Full> {
        self.shared.open.fetch_add(1, Ordering::AcqRel);
        self.shared.quiet.speaking();
        let job = Job::Say {
            id,
            turn: self.shared.turn.load(Ordering::Acquire),
            text,
            fixed,
            length: (1.0 + STEP_OF_PACE).powi((-self.manner.pace).into()),
        };
        if self.queue(job) {
            return Ok(());
        }
        self.shared.one_is_over();
        Err(Full)
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
        // Left out where the queue is full: it will be rendered when it is said.
        self.queue(Job::Prepare(text.to_owned()));
    }

    /// Be quiet now, within 200 ms. Everything that was asked for comes back as
    /// [`VoiceEvent::Spoken`], interrupted.
    pub fn stop(&self) {
        self.shared.turn.fetch_add(1, Ordering::AcqRel);
        self.resume();
    }

    fn queue(&self, job: Job) -> bool {
        self.jobs
            .as_ref()
            .is_some_and(|jobs| jobs.try_send(job).is_ok())
    }
}

impl Drop for Voice {
    fn drop(&mut self) {
        self.stop();
        self.jobs = None;
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                log::error!("a thread of the voice panicked");
            }
        }
    }
}

fn spawn(
    name: &'static str,
    work: impl FnOnce() + Send + 'static,
) -> Result<JoinHandle<()>, SpeechError> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(|error| SpeechError::Thread(name, error.to_string()))
}

struct Renderer {
    synthesizer: Box<dyn Synthesizer>,
    cache: Cache,
    usual_pace: bool,
    /// The sink's.
    rate: u32,
    pieces: SyncSender<Piece>,
    events: Sender<VoiceEvent>,
    shared: Shared,
}

impl Renderer {
    fn run(mut self, jobs: &Receiver<Job>) {
        let mut later = Vec::new();
        loop {
            // What is to be said comes before what is prepared.
            let job = match (jobs.try_recv(), later.is_empty()) {
                (Ok(job), _) => job,
                (Err(std::sync::mpsc::TryRecvError::Disconnected), _) => return,
                (Err(std::sync::mpsc::TryRecvError::Empty), false) => {
                    let text: String = later.remove(0);
                    self.prepare(&text);
                    continue;
                }
                (Err(std::sync::mpsc::TryRecvError::Empty), true) => match jobs.recv() {
                    Ok(job) => job,
                    Err(_) => return,
                },
            };
            match job {
                Job::Prepare(text) => later.push(text),
                Job::Say {
                    id,
                    turn,
                    text,
                    fixed,
                    length,
                } => {
                    self.synthesizer.set_length(length);
                    // What is kept was spoken at the usual pace.
                    self.usual_pace = length == 1.0;
                    if !self.say(id, turn, &text, fixed) {
                        return;
                    }
                }
            }
        }
    }

    /// `false`: nobody takes the sound any more.
    fn say(&mut self, id: SpeechId, turn: u64, text: &Private, fixed: bool) -> bool {
        for sentence in self.synthesizer.pieces(&spoken(text.expose())) {
            if !self.shared.is_current(turn) {
                break;
            }
            match self.sound(&sentence, fixed) {
                Ok(sound) => {
                    if self.pieces.send(Piece::Sound { id, turn, sound }).is_err() {
                        return false;
                    }
                }
                Err(error) => {
                    let why = chain(&error);
                    if self
                        .events
                        .blocking_send(VoiceEvent::Failed { id, why })
                        .is_err()
                    {
                        return false;
                    }
                }
            }
        }
        self.pieces.send(Piece::End { id, turn }).is_ok()
    }

    fn prepare(&mut self, text: &str) {
        self.synthesizer.set_length(1.0);
        self.usual_pace = true;
        for sentence in self.synthesizer.pieces(&spoken(text)) {
            if let Err(error) = self.sound(&sentence, true) {
                log::warn!(error = chain(&error).as_str(); "a prompt cannot be prepared");
            }
        }
    }

    fn sound(&mut self, sentence: &str, fixed: bool) -> Result<Arc<[f32]>, SpeechError> {
        let kept = self.cache.get(sentence).filter(|_| self.usual_pace);
        if let Some(sound) = kept {
            return Ok(sound);
        }
        let rate = self.synthesizer.rate();
        let sound = shape(self.synthesizer.synthesize(sentence)?, rate);
        let sound: Arc<[f32]> = resample(&sound, rate, self.rate)?.into();
        if fixed && self.usual_pace {
            self.cache.put(sentence.to_owned(), Arc::clone(&sound));
        }
        Ok(sound)
    }
}
