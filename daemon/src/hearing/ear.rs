//! Thread `ear`: reads a source of sound, cuts it into utterances and tells the
//! conversation. What the kiosk says itself is taken out before.

use super::{HearingError, Sounded, Utterance, Utterances, VoiceActivity};
use crate::audio::{AudioError, AudioSource, Flow, HEARING_RATE, REOPEN_EVERY, Reopen};
use kiosk_core::understanding::Expecting;
use kiosk_dsp::echo::{Cleaned, EchoCanceller};
use kiosk_dsp::loopback::Loopback;
use kiosk_dsp::resample::StreamResampler;
use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::Sender;

/// They are taken at every block of sound, so a handful is a stuck ear.
const WAITING_COMMANDS: usize = 32;
/// Lost samples are reported this often.
const REPORT_EVERY: Duration = Duration::from_secs(10);

/// An ear without a microphone looks at its commands this often.
const LOOK_UP: Duration = Duration::from_millis(100);

/// So much digital silence is no quiet room.
const MUTED_AFTER_S: u64 = 60;

/// What the ear tells.
#[derive(Debug, Clone, PartialEq)]
pub enum EarEvent {
    /// How loud it is, about ten times a second; left out when nobody takes them.
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
    /// What is being said so far. Left out when nobody takes it.
    Partial(Utterance),
    /// A pause that may be the end: what was said, if nothing follows. Left out when nobody
    /// takes it.
    Paused(Utterance),
    /// Somebody said something.
    Utterance(Utterance),
    /// So many samples of the microphone were lost since this was told last: the box is too
    /// slow.
    Overran(u64),
    /// The recording is over. The ear has ended.
    SourceEnded,
    /// The microphone is gone, in a technician's words. The ear has ended, unless it was
    /// told how to open it again.
    SourceLost(String),
    /// The microphone works and delivers nothing but digital silence: it is muted, or its
    /// capsule is dead. The ear goes on listening.
    SourceMuted,
    /// The microphone is back.
    SourceBack,
}

enum Command {
    Listen(bool),
    Expect(Option<Expecting>),
    Answered(f64),
    Unfinished(f64),
    Enough(f64),
}

/// The ear's thread. Dropping it ends the thread.
pub struct Ear {
    commands: Option<SyncSender<Command>>,
    thread: Option<JoinHandle<()>>,
}

impl Ear {
    /// Starts thread `ear`, listening to `source`; what it hears goes to `events`. A source
    /// that goes is looked for with `reopen` until it is back; what a speaker plays at
    /// `loopback` is taken out of it. That the channel closes without [`EarEvent::SourceEnded`] or [`EarEvent::SourceLost`]
    /// means that the thread ended unexpectedly.
    ///
    /// # Errors
    /// The source's rate cannot be converted, or the system has no thread left.
    pub fn start(
        source: Box<dyn AudioSource>,
        voice_activity: VoiceActivity,
        reopen: Option<Reopen<dyn AudioSource>>,
        loopback: Loopback,
        events: Sender<EarEvent>,
    ) -> Result<Self, HearingError> {
        let resampler =
            StreamResampler::new(source.rate(), HEARING_RATE).map_err(AudioError::from)?;
        let (commands, waiting) = sync_channel(WAITING_COMMANDS);
        let listener = Listener {
            source,
            reopen,
            resampler,
            canceller: EchoCanceller::new(loopback),
            utterances: Utterances::new(voice_activity),
            listening: true,
            events,
            overruns: (0, Instant::now()),
            muted: Muted::default(),
        };
        let thread = thread::Builder::new()
            .name("ear".to_owned())
            .spawn(move || listener.run(&waiting))
            .map_err(|error| HearingError::Thread("ear", error.to_string()))?;
        Ok(Self {
            commands: Some(commands),
            thread: Some(thread),
        })
    }

    /// Whether to listen at all. What was being said when it stops listening is forgotten.
    pub fn set_listening(&self, listening: bool) {
        self.send(Command::Listen(listening));
    }

    /// What the next utterance is expected to be; decides how long a pause it may hold.
    pub fn expect(&self, expecting: Option<Expecting>) {
        self.send(Command::Expect(expecting));
    }

    /// What was said until `end_s` (see [`Utterance::end_s`]) is the whole answer: the
    /// utterance ends now, unless something was said since.
    pub fn answered(&self, end_s: f64) {
        self.send(Command::Answered(end_s));
    }

    /// What was said until `end_s` is plainly unfinished: the pause may be longer.
    pub fn unfinished(&self, end_s: f64) {
        self.send(Command::Unfinished(end_s));
    }

    /// What was said until `end_s` can be answered: the pause need not be long.
    pub fn enough(&self, end_s: f64) {
        self.send(Command::Enough(end_s));
    }

    fn send(&self, command: Command) {
        match self
            .commands
            .as_ref()
            .map(|commands| commands.try_send(command))
        {
            // An ear that has ended has said so.
            Some(Ok(()) | Err(TrySendError::Disconnected(_))) | None => {}
            Some(Err(TrySendError::Full(_))) => log::warn!("ear takes no commands"),
        }
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.commands = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            log::error!("thread `ear` panicked");
        }
    }
}

struct Listener {
    source: Box<dyn AudioSource>,
    reopen: Option<Reopen<dyn AudioSource>>,
    resampler: StreamResampler,
    canceller: EchoCanceller,
    utterances: Utterances,
    listening: bool,
    events: Sender<EarEvent>,
    overruns: (u64, Instant),
    muted: Muted,
}

impl Listener {
    fn run(mut self, commands: &Receiver<Command>) {
        let mut read = Vec::new();
        let mut sound = Vec::new();
        let mut cleaned = Cleaned::default();
        while self.obey(commands).is_continue() {
            read.clear();
            sound.clear();
            cleaned.clear();
            let flow = match self.source.read(&mut read) {
                Ok(flow) => flow,
                Err(error) => {
                    if self.lose(&error).is_break() || self.find_again(commands).is_break() {
                        return;
                    }
                    continue;
                }
            };
            if self.notice_mute(&read).is_break() {
                return;
            }
            self.resampler.push(&read, &mut sound);
            let captured = self.source.captured();
            let captured = captured.and_then(|at| at.checked_sub(self.resampler.waiting()));
            self.canceller.push(&sound, captured, &mut cleaned);
            if self.hear(&cleaned, flow).is_break() {
                return;
            }
            self.report_overruns();
        }
    }

    /// Recordings may be silent as long as they like.
    fn notice_mute(&mut self, read: &[f32]) -> ControlFlow<()> {
        if self.reopen.is_none() {
            return ControlFlow::Continue(());
        }
        let Some(event) = self.muted.push(read, self.source.rate()) else {
            return ControlFlow::Continue(());
        };
        match self.events.blocking_send(event) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }

    fn lose(&mut self, error: &AudioError) -> ControlFlow<()> {
        self.utterances.ignore(0);
        let lost = EarEvent::SourceLost(error.to_string());
        match self.events.blocking_send(lost) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }

    /// Waits until the source is back.
    fn find_again(&mut self, commands: &Receiver<Command>) -> ControlFlow<()> {
        let mut tried = Instant::now();
        loop {
            self.obey(commands)?;
            thread::sleep(LOOK_UP);
            if tried.elapsed() < REOPEN_EVERY {
                continue;
            }
            tried = Instant::now();
            let Some(reopen) = &mut self.reopen else {
                return ControlFlow::Break(());
            };
            let opened = reopen().and_then(|source| {
                let resampler = StreamResampler::new(source.rate(), HEARING_RATE)?;
                Ok((source, resampler))
            });
            if let Ok((source, resampler)) = opened {
                (self.source, self.resampler) = (source, resampler);
                self.overruns = (0, Instant::now());
                return match self.events.blocking_send(EarEvent::SourceBack) {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(_) => ControlFlow::Break(()),
                };
            }
        }
    }

    fn obey(&mut self, commands: &Receiver<Command>) -> ControlFlow<()> {
        loop {
            match commands.try_recv() {
                Ok(Command::Listen(listening)) => {
                    self.listening = listening;
                    // Otherwise a kiosk that fell silent for somebody would wait for ever.
                    if !listening && let Some(settled) = self.utterances.ignore(0) {
                        tell(&self.events, settled)?;
                    }
                }
                Ok(Command::Expect(expecting)) => self.utterances.expect(expecting),
                Ok(Command::Unfinished(end_s)) => self.utterances.unfinished(end_s),
                Ok(Command::Enough(end_s)) => self.utterances.enough(end_s),
                Ok(Command::Answered(end_s)) => {
                    let events = &self.events;
                    let mut result = ControlFlow::Continue(());
                    self.utterances.answered(end_s, &mut |sounded| {
                        result = tell(events, sounded);
                    });
                    if result.is_break() {
                        return result;
                    }
                }
                Err(TryRecvError::Empty) => return ControlFlow::Continue(()),
                Err(TryRecvError::Disconnected) => return ControlFlow::Break(()),
            }
        }
    }

    fn hear(&mut self, sound: &Cleaned, flow: Flow) -> ControlFlow<()> {
        let mut result = ControlFlow::Continue(());
        let events = &self.events;
        let mut tell = |sounded| {
            if tell(events, sounded).is_break() {
                result = ControlFlow::Break(());
            }
        };
        if self.listening {
            let heard = self
                .utterances
                .push_cleaned(&sound.words, &sound.activity, &mut tell);
            if let Err(error) = heard {
                let _ = events.blocking_send(EarEvent::SourceLost(error.to_string()));
                return ControlFlow::Break(());
            }
        } else {
            self.utterances.ignore(sound.words.len());
        }
        if flow == Flow::Ended {
            self.utterances.finish(&mut tell);
            let _ = events.blocking_send(EarEvent::SourceEnded);
            return ControlFlow::Break(());
        }
        result
    }

    fn report_overruns(&mut self) {
        let (reported, when) = self.overruns;
        let lost = self.source.overruns();
        if lost > reported && when.elapsed() >= REPORT_EVERY {
            // Who is too busy to take it is told with the next.
            let told = self.events.try_send(EarEvent::Overran(lost - reported));
            if told.is_ok() {
                self.overruns = (lost, Instant::now());
            }
        }
    }
}

/// Digital silence: a microphone that works has noise of its own.
#[derive(Debug, Default)]
struct Muted {
    zeros: u64,
    told: bool,
}

impl Muted {
    fn push(&mut self, samples: &[f32], rate: u32) -> Option<EarEvent> {
        if samples.iter().any(|sample| *sample != 0.0) {
            self.zeros = 0;
            return std::mem::take(&mut self.told).then_some(EarEvent::SourceBack);
        }
        self.zeros += samples.len() as u64;
        if self.told || self.zeros < MUTED_AFTER_S * u64::from(rate) {
            return None;
        }
        self.told = true;
        Some(EarEvent::SourceMuted)
    }
}

fn tell(events: &Sender<EarEvent>, sounded: Sounded) -> ControlFlow<()> {
    let event = match sounded {
        Sounded::Level { rms, speech } => {
            // A level that nobody takes is out of date anyway.
            let _ = events.try_send(EarEvent::Level { rms, speech });
            return ControlFlow::Continue(());
        }
        Sounded::Paused(utterance) => {
            let _ = events.try_send(EarEvent::Paused(utterance));
            return ControlFlow::Continue(());
        }
        Sounded::Partial(utterance) => {
            let _ = events.try_send(EarEvent::Partial(utterance));
            return ControlFlow::Continue(());
        }
        Sounded::Stirred => EarEvent::Stirred,
        Sounded::Settled => EarEvent::Settled,
        Sounded::SpeechStarted => EarEvent::SpeechStarted,
        Sounded::Utterance(utterance) => EarEvent::Utterance(utterance),
    };
    match events.blocking_send(event) {
        Ok(()) => ControlFlow::Continue(()),
        Err(_) => ControlFlow::Break(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_of_digital_silence_is_a_muted_microphone_until_it_is_heard_again() {
        const RATE: u32 = 16_000;
        let mut muted = Muted::default();
        let mut told = |seconds: u32, sample: f32| {
            let block = vec![sample; RATE as usize / 10];
            let events: Vec<EarEvent> = (0..seconds * 10)
                .filter_map(|_| muted.push(&block, RATE))
                .collect();
            events
        };
        assert_eq!(told(600, 1e-6), [], "a very quiet room");
        assert_eq!(told(59, 0.0), []);
        assert_eq!(told(120, 0.0), [EarEvent::SourceMuted], "once");
        assert_eq!(told(1, 1e-6), [EarEvent::SourceBack]);
        assert_eq!(told(59, 0.0), []);
    }
}
