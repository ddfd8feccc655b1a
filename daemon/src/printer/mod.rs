//! The ticket printer, an ESC/POS one: what a patient would write down, on paper. One
//! thread owns it and opens it for each ticket. A printer that is missing, empty or hangs
//! holds up nobody: it is told within [`PRINTED_WITHIN`], and the screen shows the code.
//!
//! It prints what the screen shows and nothing else; no name ever reaches it.

mod code_page;
mod escpos;
mod line;

pub use code_page::CodePage;
pub use escpos::{Layout, Qr, slip};
pub use line::{Device, Trouble};

use kiosk_core::dialogue::Slip;
use line::Line;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{oneshot, watch};

/// From the booking to paper or to knowing that there will be none: longer is no help to
/// somebody who stands there.
pub const PRINTED_WITHIN: Duration = Duration::from_secs(15);

/// How often somebody looks whether it has paper, when nothing is printed.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// One visit at a time prints; a second one in the queue means that the first one hangs.
const JOBS: usize = 1;

/// The printer as configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrinterSettings {
    /// Where it is.
    pub device: Device,
    /// How it prints.
    pub layout: Layout,
    /// Whether it tells how it is when asked (`DLE EOT`).
    pub answers: bool,
}

/// How much paper a printer that can print has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Roll {
    /// There is enough.
    Enough,
    /// The roll is nearly at its end.
    Low,
}

/// How the printer is, for whoever asks; empty until it was looked at.
pub type State = Option<Result<Roll, String>>;

struct Job {
    slip: Slip,
    told: oneshot::Sender<bool>,
}

/// A running printer thread; ended with this value.
pub struct Printer {
    jobs: Option<SyncSender<Job>>,
    state: watch::Receiver<State>,
    thread: Option<JoinHandle<()>>,
}

/// Asks the printer.
#[derive(Clone)]
pub struct PrinterHandle(SyncSender<Job>);

impl Printer {
    /// Starts the thread and looks at the printer once.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn start(settings: PrinterSettings) -> io::Result<Self> {
        let (jobs, waiting) = sync_channel(JOBS);
        let (told, state) = watch::channel(None);
        let thread = std::thread::Builder::new()
            .name("printer".to_owned())
            .spawn(move || run(&settings, &waiting, &told))?;
        Ok(Self {
            jobs: Some(jobs),
            state,
            thread: Some(thread),
        })
    }

    /// Whoever prints.
    ///
    /// # Panics
    /// Never: the sender is there until this is dropped.
    pub fn handle(&self) -> PrinterHandle {
        PrinterHandle(self.jobs.clone().expect("taken by drop alone"))
    }

    /// How it is.
    pub fn state(&self) -> watch::Receiver<State> {
        self.state.clone()
    }
}

impl Drop for Printer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl PrinterHandle {
    /// Whether `slip` lies in the tray. Never waits longer than [`PRINTED_WITHIN`].
    pub async fn print(&self, slip: Slip) -> bool {
        let (told, printed) = oneshot::channel();
        match self.0.try_send(Job { slip, told }) {
            Ok(()) => tokio::time::timeout(PRINTED_WITHIN, printed)
                .await
                .is_ok_and(|printed| printed.unwrap_or(false)),
            Err(TrySendError::Full(_)) => {
                log::warn!("a ticket was not printed: the printer is busy");
                false
            }
            Err(TrySendError::Disconnected(_)) => false,
        }
    }
}

/// How the printer is, looked at now.
///
/// # Errors
/// It cannot print; why.
pub fn look(settings: &PrinterSettings) -> Result<Roll, Trouble> {
    Line::open(&settings.device, settings.answers)?.status()
}

fn run(settings: &PrinterSettings, waiting: &Receiver<Job>, state: &watch::Sender<State>) {
    tell(look(settings), state);
    loop {
        match waiting.recv_timeout(LOOK_EVERY) {
            // The patient is gone, or was told that there is no ticket: none comes later.
            Ok(job) if job.told.is_closed() => {}
            Ok(job) => {
                let printed = print(settings, &job.slip);
                let is_printed = printed.is_ok();
                tell(printed, state);
                // Whoever asked may have stopped waiting.
                let _ = job.told.send(is_printed);
            }
            Err(RecvTimeoutError::Timeout) => tell(look(settings), state),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

fn print(settings: &PrinterSettings, ticket: &Slip) -> Result<Roll, Trouble> {
    let mut line = Line::open(&settings.device, settings.answers)?;
    line.status()?;
    line.print(&slip(ticket, &settings.layout))
}

/// Logs what has changed since it was looked at last.
fn tell(outcome: Result<Roll, Trouble>, state: &watch::Sender<State>) {
    let now = Some(outcome.map_err(|trouble| trouble.to_string()));
    if *state.borrow() == now {
        return;
    }
    match &now {
        Some(Ok(Roll::Enough)) => log::info!("the ticket printer is ready"),
        Some(Ok(Roll::Low)) => log::warn!("the ticket printer's roll is nearly at its end"),
        Some(Err(why)) => log::warn!(reason = why.as_str(); "no tickets are printed"),
        None => {}
    }
    state.send_replace(now);
}
