//! Thread `whisper`: one utterance at a time, answers with the number of the question.

use super::HearingError;
use super::transcriber::{GiveWay, Request, Transcriber, TranscriberError, Transcript};
use kiosk_core::hearing::{Evidence, Rejection, Verdict, judge};
use kiosk_core::understanding::with_known_names;
use kiosk_protocol::Private;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread::{self, JoinHandle};
use tokio::sync::mpsc::Sender;

/// One that is being said while one is transcribed, for the lobby and a few others, and
/// some slack for a slow box; who is further ahead than that has to wait anyway.
const WAITING: usize = 16;

/// What came of an utterance.
#[derive(Debug, Clone, PartialEq)]
pub enum RecogniserEvent {
    /// Words that are believed, best hypothesis first, never empty.
    Heard {
        /// Of the request.
        id: u64,
        /// Best first.
        hypotheses: Vec<Private>,
        /// 0 to 1.
        confidence: f32,
        /// How long it took.
        seconds: f64,
    },
    /// No words, or none that are believed.
    NotHeard {
        /// Of the request.
        id: u64,
        /// Why not.
        why: Rejection,
        /// How long it took.
        seconds: f64,
    },
    /// The recogniser failed; the next utterance may succeed.
    Failed {
        /// Of the request.
        id: u64,
        /// For a technician.
        why: String,
    },
    /// It was about an utterance still being said, and something more urgent was asked; or
    /// about what may have been over, and was not.
    GaveWay {
        /// Of the request.
        id: u64,
    },
}

impl RecogniserEvent {
    /// Of the request.
    pub const fn id(&self) -> u64 {
        match self {
            Self::Heard { id, .. }
            | Self::NotHeard { id, .. }
            | Self::Failed { id, .. }
            | Self::GaveWay { id } => *id,
        }
    }
}

/// All places in the queue are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the recogniser is busy")]
pub struct Busy;

/// Which question is answered first: the order of the variants, and among equals the
/// lobby before others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// An utterance is over and somebody waits.
    Final,
    /// It may be over.
    Speculative,
    /// It is still being said.
    Partial,
}

/// Who asks; the order of the variants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Caller {
    /// The conversation at the box.
    Lobby,
    /// Anybody else.
    Remote,
}

/// An utterance and what is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Comes back with the answer.
    pub id: u64,
    /// 16 kHz mono.
    pub samples: Vec<f32>,
    /// See [`super::Utterance::speech_frames`].
    pub speech_frames: u32,
    /// What may be said.
    pub context: Context,
    /// How much it hurries.
    pub urgency: Urgency,
}

struct Job {
    question: Question,
    caller: Caller,
    events: Sender<RecogniserEvent>,
    /// Counts what its asker asked about utterances that may be over.
    number: u64,
    newest: Newest,
}

/// The number of what an asker has asked last about an utterance that may be over.
#[derive(Clone, Default)]
struct Newest(Arc<AtomicU64>);

impl Newest {
    fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::AcqRel) + 1
    }

    fn is(&self, number: u64) -> bool {
        self.0.load(Ordering::Acquire) == number
    }

    /// Tells askers apart.
    fn place(&self) -> usize {
        Arc::as_ptr(&self.0) as usize
    }
}

impl Job {
    /// Whoever asks again about what may be over knows that more was said.
    fn is_out_of_date(&self) -> bool {
        match self.question.urgency {
            Urgency::Speculative => !self.newest.is(self.number),
            Urgency::Final | Urgency::Partial => false,
        }
    }
}

enum Command {
    Hear(Job),
    /// Handles elsewhere keep the channel open: the thread is told, not starved.
    Stop,
}

/// What may be said, as far as the kiosk knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    /// Words that are likely, as [`super::prompt()`] makes them.
    pub prompt: String,
    /// Names that are written as they are here where something like them was heard: that
    /// reading comes first, the recogniser's own next.
    pub names: Vec<String>,
}

/// What whoever asks may know of the run under way.
#[derive(Clone, Default)]
struct UnderWay {
    /// `None` where the recogniser can't give up a run.
    give_way: Option<GiveWay>,
    is_partial: Arc<AtomicBool>,
    /// [`Newest::place`] of who asked, where it is about what may be over.
    speculates_for: Arc<AtomicUsize>,
}

impl UnderWay {
    /// A partial is worth nothing once the utterance is over, nor is what was said before a
    /// pause when there is another; the others are wanted by somebody, and end.
    fn make_way_for(&self, urgency: Urgency, asker: &Newest) {
        let is_partial = self.is_partial.load(Ordering::Relaxed);
        let is_own = self.speculates_for.load(Ordering::Relaxed) == asker.place();
        let out_of_date = match urgency {
            // What may have been over may be over by now, and its words wanted.
            Urgency::Final => is_partial,
            Urgency::Speculative => is_partial || is_own,
            Urgency::Partial => false,
        };
        if out_of_date && let Some(give_way) = &self.give_way {
            give_way.ask();
        }
    }

    fn begin(&self, job: &Job) {
        if let Some(give_way) = &self.give_way {
            give_way.forget();
        }
        let (is_partial, speculates_for) = match job.question.urgency {
            Urgency::Partial => (true, 0),
            Urgency::Speculative => (false, job.newest.place()),
            Urgency::Final => (false, 0),
        };
        self.is_partial.store(is_partial, Ordering::Relaxed);
        self.speculates_for.store(speculates_for, Ordering::Relaxed);
    }
}

/// The recogniser's thread. Dropping it ends the thread after the run under way.
pub struct Recogniser {
    commands: SyncSender<Command>,
    under_way: UnderWay,
    thread: Option<JoinHandle<()>>,
}

/// One who asks the recogniser and gets the answers; cloned at will.
#[derive(Clone)]
pub struct Asker {
    commands: SyncSender<Command>,
    under_way: UnderWay,
    caller: Caller,
    events: Sender<RecogniserEvent>,
    newest: Newest,
}

impl Recogniser {
    /// Starts thread `whisper`.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn start(transcriber: Box<dyn Transcriber>) -> Result<Self, HearingError> {
        let (commands, waiting) = sync_channel(WAITING);
        let under_way = UnderWay {
            give_way: transcriber.give_way(),
            ..UnderWay::default()
        };
        let known = under_way.clone();
        let thread = thread::Builder::new()
            .name("whisper".to_owned())
            .spawn(move || work(transcriber, &waiting, &known))
            .map_err(|error| HearingError::Thread("whisper", error.to_string()))?;
        Ok(Self {
            commands,
            under_way,
            thread: Some(thread),
        })
    }

    /// Somebody who asks; what comes of each question goes to `events`.
    pub fn asker(&self, caller: Caller, events: Sender<RecogniserEvent>) -> Asker {
        Asker {
            commands: self.commands.clone(),
            under_way: self.under_way.clone(),
            caller,
            events,
            newest: Newest::default(),
        }
    }
}

impl Asker {
    /// Another one, with answers of its own.
    #[must_use]
    pub fn another(&self, caller: Caller, events: Sender<RecogniserEvent>) -> Self {
        Self {
            commands: self.commands.clone(),
            under_way: self.under_way.clone(),
            caller,
            events,
            newest: Newest::default(),
        }
    }

    /// Queues a question and returns at once. A run about an utterance that is still being
    /// said gives way to one about an utterance that may be over, and that to the next of
    /// the same asker.
    ///
    /// # Errors
    /// [`Busy`] where the queue is full or the thread has ended.
    pub fn ask(&self, question: Question) -> Result<(), Busy> {
        let urgency = question.urgency;
        let job = Job {
            question,
            caller: self.caller,
            events: self.events.clone(),
            number: match urgency {
                Urgency::Speculative => self.newest.next(),
                Urgency::Final | Urgency::Partial => 0,
            },
            newest: self.newest.clone(),
        };
        // Before the job is there: once its own run has begun it would be the one to go.
        self.under_way.make_way_for(urgency, &self.newest);
        self.commands.try_send(Command::Hear(job)).map_err(|_| Busy)
    }
}

impl Drop for Recogniser {
    fn drop(&mut self) {
        // The queue is emptied between two runs, so this waits for one at most.
        let _ = self.commands.send(Command::Stop);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            log::error!("thread `whisper` panicked");
        }
    }
}

fn work(mut transcriber: Box<dyn Transcriber>, commands: &Receiver<Command>, under_way: &UnderWay) {
    let mut waiting: Vec<Job> = Vec::new();
    loop {
        // The channel holds few, so that whoever asks too much is told; what it holds is
        // looked at before each run, because the last may be the most urgent.
        let command = if waiting.is_empty() {
            commands.recv().ok()
        } else {
            match commands.try_recv() {
                Ok(command) => Some(command),
                Err(TryRecvError::Empty) => {
                    answer(transcriber.as_mut(), &mut waiting, under_way);
                    continue;
                }
                Err(TryRecvError::Disconnected) => None,
            }
        };
        match command {
            Some(Command::Hear(job)) if waiting.len() < WAITING => waiting.push(job),
            Some(Command::Hear(job)) => {
                let id = job.question.id;
                let why = Busy.to_string();
                let _ = job.events.try_send(RecogniserEvent::Failed { id, why });
            }
            Some(Command::Stop) | None => return,
        }
    }
}

fn answer(transcriber: &mut dyn Transcriber, waiting: &mut Vec<Job>, under_way: &UnderWay) {
    let most_urgent = waiting
        .iter()
        .enumerate()
        .min_by_key(|(_, job)| (job.question.urgency, job.caller));
    let Some((at, _)) = most_urgent else { return };
    let job = waiting.remove(at);
    // Whoever is gone needs no answer.
    if job.events.is_closed() {
        return;
    }
    let event = transcribed(transcriber, &job, under_way);
    let _ = job.events.blocking_send(event);
}

fn transcribed(
    transcriber: &mut dyn Transcriber,
    job: &Job,
    under_way: &UnderWay,
) -> RecogniserEvent {
    let question = &job.question;
    let id = question.id;
    let transcript = match run(transcriber, job, under_way) {
        Ok(transcript) => transcript,
        Err(TranscriberError::GaveWay) => return RecogniserEvent::GaveWay { id },
        Err(error) => {
            return RecogniserEvent::Failed {
                id,
                why: error.to_string(),
            };
        }
    };
    let seconds = transcript.seconds;
    log::debug!(id, seconds, runs = transcript.runs; "utterance transcribed");
    let evidence = Evidence {
        no_speech: transcript.no_speech,
        mean_log_probability: transcript.mean_log_probability,
        speech_frames: question.speech_frames,
    };
    let best = transcript.hypotheses.first().map_or("", Private::expose);
    match judge(best, evidence) {
        Verdict::Rejected(why) => RecogniserEvent::NotHeard { id, why, seconds },
        Verdict::Accepted { text, confidence } => RecogniserEvent::Heard {
            id,
            hypotheses: readings(text, &question.context.names)
                .chain(transcript.hypotheses.into_iter().skip(1))
                .collect(),
            confidence,
            seconds,
        },
    }
}

fn run(
    transcriber: &mut dyn Transcriber,
    job: &Job,
    under_way: &UnderWay,
) -> Result<Transcript, TranscriberError> {
    let question = &job.question;
    loop {
        under_way.begin(job);
        if job.is_out_of_date() {
            return Err(TranscriberError::GaveWay);
        }
        let ran = transcriber.transcribe(Request {
            samples: &question.samples,
            prompt: &question.context.prompt,
            other_readings: question.urgency != Urgency::Partial,
        });
        // What was meant for the run before may reach one that is wanted: it runs again.
        if question.urgency == Urgency::Partial || !matches!(ran, Err(TranscriberError::GaveWay)) {
            return ran;
        }
    }
}

/// With known names as they are written, then as it was heard, if that is something else.
fn readings(text: String, names: &[String]) -> impl Iterator<Item = Private> {
    let repaired = with_known_names(&text, names);
    let heard = (repaired != text).then_some(text);
    std::iter::once(repaired).chain(heard).map(Private::new)
}

#[cfg(test)]
mod tests {
    use super::super::{ScriptedTranscriber, TranscriberError, Transcript};
    use super::*;

    fn question(id: u64, urgency: Urgency) -> Question {
        Question {
            id,
            samples: vec![0.0; 16_000],
            speech_frames: 30,
            context: Context::default(),
            urgency,
        }
    }

    #[test]
    fn answers_carry_the_number_of_their_question() {
        let (events, mut received) = tokio::sync::mpsc::channel(8);
        let script = ScriptedTranscriber::new(["Good morning.", "[BLANK_AUDIO]"]);
        let recogniser = Recogniser::start(Box::new(script)).unwrap();
        let asker = recogniser.asker(Caller::Lobby, events);
        for id in [7, 8, 9] {
            asker.ask(question(id, Urgency::Final)).unwrap();
        }
        let Some(RecogniserEvent::Heard {
            id: 7, hypotheses, ..
        }) = received.blocking_recv()
        else {
            panic!("the first is heard");
        };
        assert_eq!(hypotheses, [Private::from("Good morning.")]);
        for expected in [8, 9] {
            let Some(RecogniserEvent::NotHeard { id, why, .. }) = received.blocking_recv() else {
                panic!("a tag and nothing are no words");
            };
            assert_eq!((id, why), (expected, Rejection::NoWords));
        }
    }

    /// A recogniser that answers each question when it is told to.
    struct Stuck {
        begun: std::sync::mpsc::Sender<()>,
        release: std::sync::mpsc::Receiver<()>,
    }

    impl Transcriber for Stuck {
        fn transcribe(&mut self, _: Request<'_>) -> Result<Transcript, TranscriberError> {
            let _ = self.begun.send(());
            let _ = self.release.recv();
            Err(TranscriberError::Run("out of memory".to_owned()))
        }
    }

    #[test]
    fn a_full_queue_says_so_and_a_failure_is_an_answer() {
        let (let_go, release) = std::sync::mpsc::channel();
        let (begun, _begins) = std::sync::mpsc::channel();
        let (events, mut received) = tokio::sync::mpsc::channel(64);
        let recogniser = Recogniser::start(Box::new(Stuck { begun, release })).unwrap();
        let asker = recogniser.asker(Caller::Lobby, events);
        let accepted = (0..60)
            .take_while(|id| asker.ask(question(*id, Urgency::Final)).is_ok())
            .count();
        assert!((WAITING..60).contains(&accepted), "{accepted}");
        drop(let_go);
        let first = received.blocking_recv();
        let why = "the speech model failed: out of memory".to_owned();
        assert_eq!(first, Some(RecogniserEvent::Failed { id: 0, why }));
    }

    /// A recogniser that works until it is to give way, and on what is final not at all.
    #[derive(Default)]
    struct Patient {
        give_way: GiveWay,
        finals: bool,
        begun: Option<std::sync::mpsc::Sender<()>>,
    }

    impl Transcriber for Patient {
        fn transcribe(&mut self, _: Request<'_>) -> Result<Transcript, TranscriberError> {
            if std::mem::replace(&mut self.finals, true) {
                return Err(TranscriberError::Run("nothing was said".to_owned()));
            }
            let _ = self.begun.take().map(|begun| begun.send(()));
            while !self.give_way.is_asked() {
                thread::yield_now();
            }
            Err(TranscriberError::GaveWay)
        }

        fn give_way(&self) -> Option<GiveWay> {
            Some(self.give_way.clone())
        }
    }

    #[test]
    fn what_is_still_being_said_gives_way_to_what_may_be_over() {
        let (begun, begins) = std::sync::mpsc::channel();
        let (events, mut received) = tokio::sync::mpsc::channel(8);
        let recogniser = Recogniser::start(Box::new(Patient {
            begun: Some(begun),
            ..Patient::default()
        }))
        .unwrap();
        let asker = recogniser.asker(Caller::Lobby, events);
        asker.ask(question(1, Urgency::Partial)).unwrap();
        begins.recv().unwrap();
        asker.ask(question(2, Urgency::Partial)).unwrap();
        asker.ask(question(3, Urgency::Speculative)).unwrap();
        assert_eq!(
            received.blocking_recv(),
            Some(RecogniserEvent::GaveWay { id: 1 })
        );
        let order = [(); 2].map(|()| received.blocking_recv().unwrap().id());
        assert_eq!(order, [3, 2]);
    }

    #[test]
    fn what_was_said_before_a_pause_gives_way_to_what_was_said_before_the_next() {
        let (begun, begins) = std::sync::mpsc::channel();
        let (events, mut received) = tokio::sync::mpsc::channel(8);
        let recogniser = Recogniser::start(Box::new(Patient {
            begun: Some(begun),
            ..Patient::default()
        }))
        .unwrap();
        let asker = recogniser.asker(Caller::Lobby, events.clone());
        let another = asker.another(Caller::Remote, events);
        asker.ask(question(1, Urgency::Speculative)).unwrap();
        begins.recv().unwrap();
        another.ask(question(2, Urgency::Speculative)).unwrap();
        asker.ask(question(3, Urgency::Speculative)).unwrap();
        let answers = [(); 3].map(|()| received.blocking_recv().unwrap());
        assert_eq!(answers[0], RecogniserEvent::GaveWay { id: 1 });
        let rest = [answers[1].id(), answers[2].id()];
        assert_eq!(rest, [3, 2], "another's is none of theirs");
        assert!(
            matches!(answers[2], RecogniserEvent::Failed { .. }),
            "it was heard: {answers:?}"
        );
    }

    #[test]
    fn an_utterance_that_somebody_waits_for_is_not_lost_to_a_late_request() {
        let (events, mut received) = tokio::sync::mpsc::channel(8);
        let (begun, begins) = std::sync::mpsc::channel();
        let give_way = GiveWay::default();
        let recogniser = Recogniser::start(Box::new(Patient {
            give_way: give_way.clone(),
            begun: Some(begun),
            finals: false,
        }))
        .unwrap();
        let asker = recogniser.asker(Caller::Lobby, events);
        asker.ask(question(1, Urgency::Final)).unwrap();
        begins.recv().unwrap();
        give_way.ask();
        let answer = received.blocking_recv();
        assert!(
            matches!(answer, Some(RecogniserEvent::Failed { id: 1, .. })),
            "{answer:?}"
        );
    }

    #[test]
    fn who_waits_for_an_answer_comes_first_and_the_lobby_before_others() {
        let (let_go, release) = std::sync::mpsc::channel();
        let (begun, begins) = std::sync::mpsc::channel();
        let (events, mut received) = tokio::sync::mpsc::channel(8);
        let recogniser = Recogniser::start(Box::new(Stuck { begun, release })).unwrap();
        let lobby = recogniser.asker(Caller::Lobby, events.clone());
        let remote = lobby.another(Caller::Remote, events);
        remote.ask(question(0, Urgency::Partial)).unwrap();
        // The first run is under way before the others come.
        begins.recv().unwrap();
        remote.ask(question(1, Urgency::Partial)).unwrap();
        remote.ask(question(2, Urgency::Final)).unwrap();
        lobby.ask(question(3, Urgency::Speculative)).unwrap();
        lobby.ask(question(4, Urgency::Final)).unwrap();
        drop(let_go);
        let order = [(); 5].map(|()| received.blocking_recv().unwrap().id());
        assert_eq!(order, [0, 4, 2, 3, 1]);
    }
}
