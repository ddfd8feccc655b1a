//! Thread `voice`: owns the synthesizer and the sentences that are kept, and renders for
//! whoever asks, a piece at a time: the lobby before others, what is said before what is
//! prepared.

use super::cache::Cache;
use super::shaping::shape;
use super::synthesizer::chain;
use super::{SpeechError, Synthesizer};
use kiosk_core::speaking::spoken;
use kiosk_dsp::resample::resample;
use kiosk_protocol::Private;
use std::collections::{HashMap, HashSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A turn is a few sentences; the kiosk's prompts are rendered ahead through it, too.
const WAITING: usize = 128;
/// How often whoever had enough is asked whether they take more.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What is to be rendered and who takes it.
pub struct Order {
    /// Orders of one asker are rendered one after the other.
    pub asker: Asker,
    /// As written for the eye.
    pub text: Private,
    /// The same for every patient, so that its sound may be kept.
    pub fixed: bool,
    /// See [`Synthesizer::set_length`].
    pub length: f32,
    /// Samples a second of the sound.
    pub rate: u32,
    /// Who comes first.
    pub rank: Rank,
    /// Whether more is taken.
    pub wanted: Box<dyn Fn() -> Wanted + Send>,
    /// Takes it; at the end [`Rendered::End`], always.
    pub to: Box<dyn FnMut(Rendered) + Send>,
}

/// Somebody who orders; see [`StudioHandle::asker`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Asker(u64);

/// Who comes first; the order of the variants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// Somebody stands before the kiosk.
    Lobby,
    /// Somebody waits elsewhere.
    Remote,
    /// Nobody waits.
    Ahead,
}

/// Whether more is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Yes.
    Now,
    /// There is enough for the moment.
    Later,
    /// Nobody listens any more.
    NoMore,
}

/// What comes of an order.
#[derive(Debug, Clone, PartialEq)]
pub enum Rendered {
    /// The next piece, with a breath behind it.
    Sound(Arc<[f32]>),
    /// A piece is missing, for a technician.
    Failed(String),
    /// There is no more.
    End,
}

/// Too much is waiting to be rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too much is waiting to be said")]
pub struct Full;

enum Command {
    Render(Order),
    /// Handles elsewhere keep the channel open: the thread is told, not starved.
    Stop,
}

/// The thread. Dropping it ends it after the piece under way.
pub struct Studio {
    handle: StudioHandle,
    thread: Option<JoinHandle<()>>,
}

/// Asks the thread; cloned at will.
#[derive(Clone)]
pub struct StudioHandle {
    commands: SyncSender<Command>,
    voice: Arc<str>,
    askers: Arc<AtomicU64>,
}

impl Studio {
    /// Starts thread `voice`. Sentences that are the same for every patient are kept in
    /// the folder `prompts`.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn start(
        synthesizer: Box<dyn Synthesizer>,
        prompts: Option<PathBuf>,
    ) -> Result<Self, SpeechError> {
        let (commands, waiting) = sync_channel(WAITING);
        let handle = StudioHandle {
            commands,
            voice: synthesizer.name().into(),
            askers: Arc::default(),
        };
        let renderer = Renderer {
            synthesizer,
            prompts,
            caches: HashMap::new(),
        };
        let thread = thread::Builder::new()
            .name("voice".to_owned())
            .spawn(move || renderer.run(&waiting))
            .map_err(|error| SpeechError::Thread("voice", error.to_string()))?;
        Ok(Self {
            handle,
            thread: Some(thread),
        })
    }

    /// For asking.
    pub fn handle(&self) -> StudioHandle {
        self.handle.clone()
    }
}

impl Drop for Studio {
    fn drop(&mut self) {
        // The thread empties its queue between two pieces, so this waits for one at most.
        let _ = self.handle.commands.send(Command::Stop);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            log::error!("thread `voice` panicked");
        }
    }
}

impl StudioHandle {
    /// A new asker.
    pub fn asker(&self) -> Asker {
        Asker(self.askers.fetch_add(1, Ordering::Relaxed))
    }

    /// Queues `order` and returns at once.
    ///
    /// # Errors
    /// [`Full`]: nothing of it will be rendered.
    pub fn render(&self, order: Order) -> Result<(), Full> {
        self.commands
            .try_send(Command::Render(order))
            .map_err(|_| Full)
    }

    /// Renders a fixed prompt for `rate` ahead of its use, when there is nothing to say.
    pub fn prepare(&self, text: &str, rate: u32) {
        // Left out where the queue is full: it will be rendered when it is said.
        let _ = self.render(Order {
            asker: self.asker(),
            text: Private::from(text),
            fixed: true,
            length: 1.0,
            rate,
            rank: Rank::Ahead,
            wanted: Box::new(|| Wanted::Now),
            to: Box::new(|rendered| {
                if let Rendered::Failed(why) = rendered {
                    log::warn!(error = why.as_str(); "a prompt cannot be prepared");
                }
            }),
        });
    }

    /// The voice's name.
    pub fn voice(&self) -> &str {
        &self.voice
    }
}

struct Renderer {
    synthesizer: Box<dyn Synthesizer>,
    prompts: Option<PathBuf>,
    /// By rate: the lobby's speaker has one, everybody else the same other one.
    caches: HashMap<u32, Cache>,
}

struct Task {
    order: Order,
    pieces: VecDeque<String>,
}

impl Renderer {
    fn run(mut self, commands: &Receiver<Command>) {
        let mut tasks: Vec<Task> = Vec::new();
        loop {
            let ready = next(&tasks);
            let command = if ready.is_some() {
                commands.try_recv().ok()
            } else if tasks.is_empty() {
                match commands.recv() {
                    Ok(command) => Some(command),
                    Err(_) => return,
                }
            } else {
                match commands.recv_timeout(LOOK_EVERY) {
                    Ok(command) => Some(command),
                    Err(RecvTimeoutError::Timeout) => None,
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            };
            match command {
                // What waits is looked at first: it may be more urgent.
                Some(Command::Render(order)) => {
                    let pieces = self.synthesizer.pieces(&spoken(order.text.expose()));
                    tasks.push(Task {
                        order,
                        pieces: pieces.into(),
                    });
                }
                Some(Command::Stop) => return,
                None => {
                    if let Some(at) = ready {
                        self.advance(&mut tasks, at);
                    }
                }
            }
        }
    }

    /// Renders a piece of an order, or ends it.
    fn advance(&mut self, tasks: &mut Vec<Task>, at: usize) {
        let task = &mut tasks[at];
        let is_wanted = (task.order.wanted)() == Wanted::Now;
        if let Some(piece) = task.pieces.pop_front().filter(|_| is_wanted) {
            let rendered = match self.sound(&piece, &task.order) {
                Ok(sound) => Rendered::Sound(sound),
                Err(error) => Rendered::Failed(chain(&error)),
            };
            (task.order.to)(rendered);
        } else {
            (task.order.to)(Rendered::End);
            tasks.remove(at);
        }
    }

    fn sound(&mut self, piece: &str, order: &Order) -> Result<Arc<[f32]>, SpeechError> {
        // What is kept was spoken at the usual pace.
        let usual_pace = order.length == 1.0;
        let cache = self.caches.entry(order.rate).or_insert_with(|| {
            self.prompts.as_ref().map_or_else(Cache::default, |folder| {
                Cache::on_disk(folder.clone(), self.synthesizer.name(), order.rate)
            })
        });
        if usual_pace && let Some(kept) = cache.get(piece) {
            return Ok(kept);
        }
        let rate = self.synthesizer.rate();
        self.synthesizer.set_length(order.length);
        let sound = shape(self.synthesizer.synthesize(piece)?, rate);
        let sound: Arc<[f32]> = resample(&sound, rate, order.rate)?.into();
        if order.fixed && usual_pace && !self.synthesizer.is_stand_in() {
            cache.put(piece.to_owned(), Arc::clone(&sound));
        }
        Ok(sound)
    }
}

/// The most urgent task that can go on, the oldest of several; of each asker only its
/// first is looked at.
fn next(tasks: &[Task]) -> Option<usize> {
    let mut seen = HashSet::new();
    tasks
        .iter()
        .enumerate()
        .filter(|(_, task)| seen.insert(task.order.asker))
        .filter(|(_, task)| (task.order.wanted)() != Wanted::Later)
        .min_by_key(|(_, task)| task.order.rank)
        .map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::super::Beeps;
    use super::*;
    use std::sync::atomic::AtomicUsize;
    use std::sync::mpsc::Sender;

    #[test]
    fn who_stands_before_the_kiosk_comes_first_and_who_has_enough_holds_up_nobody() {
        let studio = Studio::start(Box::<Beeps>::default(), None).unwrap();
        let handle = studio.handle();
        let (told, heard) = std::sync::mpsc::channel();
        let room = Arc::new(AtomicUsize::new(1));
        let order = |name: &'static str, rank, wanted: Box<dyn Fn() -> Wanted + Send>| Order {
            asker: handle.asker(),
            text: Private::from("One two. Three four."),
            fixed: false,
            length: 1.0,
            rate: 16_000,
            rank,
            wanted,
            to: to(name, told.clone(), Arc::clone(&room)),
        };
        let with_room = Arc::clone(&room);
        let full = move || match with_room.load(Ordering::Acquire) {
            0 => Wanted::Later,
            _ => Wanted::Now,
        };
        handle
            .render(order("lobby", Rank::Lobby, Box::new(full)))
            .unwrap();
        handle
            .render(order("remote", Rank::Remote, Box::new(|| Wanted::Now)))
            .unwrap();
        handle
            .render(order("gone", Rank::Remote, Box::new(|| Wanted::NoMore)))
            .unwrap();
        let mut events: Vec<String> = (0..5).map(|_| heard.recv().unwrap()).collect();
        // The lobby's speaker has played its piece.
        room.store(9, Ordering::Release);
        events.extend((0..2).map(|_| heard.recv().unwrap()));
        let of = |name: &str| -> Vec<&str> {
            let lines = events.iter().filter_map(|event| event.split_once(' '));
            lines
                .filter(|(who, _)| *who == name)
                .map(|(_, what)| what)
                .collect()
        };
        assert_eq!(of("lobby"), ["sound", "sound", "end"]);
        assert_eq!(of("remote"), ["sound", "sound", "end"]);
        assert_eq!(of("gone"), ["end"]);
        assert_eq!(
            events[6], "lobby end",
            "the others did not wait for it: {events:?}"
        );
    }

    fn to(
        name: &'static str,
        told: Sender<String>,
        room: Arc<AtomicUsize>,
    ) -> Box<dyn FnMut(Rendered) + Send> {
        Box::new(move |rendered| {
            let what = match rendered {
                Rendered::Sound(sound) => {
                    // Two words and a breath.
                    assert!(sound.len() > 3_000, "{}", sound.len());
                    if name == "lobby" {
                        room.fetch_sub(1, Ordering::AcqRel);
                    }
                    "sound"
                }
                Rendered::Failed(_) => "failed",
                Rendered::End => "end",
            };
            let _ = told.send(format!("{name} {what}"));
        })
    }
}
