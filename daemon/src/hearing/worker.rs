//! Thread `whisper`: one utterance at a time, answers with the number of the question.

use super::HearingError;
use super::transcriber::{Request, Transcriber};
use kiosk_core::hearing::{Evidence, Rejection, Verdict, judge};
use kiosk_core::understanding::with_known_names;
use kiosk_protocol::Private;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};
use tokio::sync::mpsc::Sender;

/// One that is being said while one is transcribed, and some slack for a slow box;
/// a patient who is further ahead than that has to wait anyway.
const WAITING: usize = 4;

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
}

impl RecogniserEvent {
    /// Of the request.
    pub const fn id(&self) -> u64 {
        match self {
            Self::Heard { id, .. } | Self::NotHeard { id, .. } | Self::Failed { id, .. } => *id,
        }
    }
}

/// All places in the queue are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the recogniser is busy")]
pub struct Busy;

struct Job {
    id: u64,
    samples: Vec<f32>,
    context: Context,
    speech_frames: u32,
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

/// The recogniser's thread. Dropping it ends the thread after the run under way.
pub struct Recogniser {
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Recogniser {
    /// Starts thread `whisper`; what comes of each request goes to `events`. That the
    /// channel closes while this lives means that the thread ended unexpectedly.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn start(
        transcriber: Box<dyn Transcriber>,
        events: Sender<RecogniserEvent>,
    ) -> Result<Self, HearingError> {
        let (jobs, waiting) = sync_channel(WAITING);
        let thread = thread::Builder::new()
            .name("whisper".to_owned())
            .spawn(move || work(transcriber, &waiting, &events))
            .map_err(|error| HearingError::Thread("whisper", error.to_string()))?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    /// Queues an utterance (16 kHz mono) and returns at once.
    ///
    /// # Errors
    /// [`Busy`] where the queue is full or the thread has ended.
    pub fn transcribe(
        &self,
        id: u64,
        samples: Vec<f32>,
        speech_frames: u32,
        context: Context,
    ) -> Result<(), Busy> {
        let job = Job {
            id,
            samples,
            context,
            speech_frames,
        };
        match self.jobs.as_ref().map(|jobs| jobs.try_send(job)) {
            Some(Ok(())) => Ok(()),
            Some(Err(TrySendError::Full(_) | TrySendError::Disconnected(_))) | None => Err(Busy),
        }
    }
}

impl Drop for Recogniser {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            log::error!("thread `whisper` panicked");
        }
    }
}

fn work(
    mut transcriber: Box<dyn Transcriber>,
    jobs: &Receiver<Job>,
    events: &Sender<RecogniserEvent>,
) {
    while let Ok(job) = jobs.recv() {
        let event = transcribed(transcriber.as_mut(), &job);
        if events.blocking_send(event).is_err() {
            return;
        }
    }
}

fn transcribed(transcriber: &mut dyn Transcriber, job: &Job) -> RecogniserEvent {
    let id = job.id;
    let transcript = match transcriber.transcribe(Request {
        samples: &job.samples,
        prompt: &job.context.prompt,
    }) {
        Ok(transcript) => transcript,
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
        speech_frames: job.speech_frames,
    };
    let best = transcript.hypotheses.first().map_or("", Private::expose);
    match judge(best, evidence) {
        Verdict::Rejected(why) => RecogniserEvent::NotHeard { id, why, seconds },
        Verdict::Accepted { text, confidence } => RecogniserEvent::Heard {
            id,
            hypotheses: readings(text, &job.context.names)
                .chain(transcript.hypotheses.into_iter().skip(1))
                .collect(),
            confidence,
            seconds,
        },
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

    #[test]
    fn answers_carry_the_number_of_their_question() {
        let (events, mut received) = tokio::sync::mpsc::channel(8);
        let script = ScriptedTranscriber::new(["Good morning.", "[BLANK_AUDIO]"]);
        let recogniser = Recogniser::start(Box::new(script), events).unwrap();
        for id in [7, 8, 9] {
            recogniser
                .transcribe(id, vec![0.0; 16_000], 30, Context::default())
                .unwrap();
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

    #[test]
    fn a_full_queue_says_so_and_a_failure_is_an_answer() {
        struct Stuck(std::sync::mpsc::Receiver<()>);
        impl Transcriber for Stuck {
            fn transcribe(&mut self, _: Request<'_>) -> Result<Transcript, TranscriberError> {
                let _ = self.0.recv();
                Err(TranscriberError::Run("out of memory".to_owned()))
            }
        }
        let (release, stuck) = std::sync::mpsc::channel();
        let (events, mut received) = tokio::sync::mpsc::channel(8);
        let recogniser = Recogniser::start(Box::new(Stuck(stuck)), events).unwrap();
        let accepted = (0..20)
            .take_while(|id| {
                recogniser
                    .transcribe(*id, vec![0.0; 10], 30, Context::default())
                    .is_ok()
            })
            .count();
        assert!((WAITING..=WAITING + 1).contains(&accepted), "{accepted}");
        drop(release);
        assert_eq!(
            received.blocking_recv(),
            Some(RecogniserEvent::Failed {
                id: 0,
                why: "the speech model failed: out of memory".to_owned()
            })
        );
    }
}
