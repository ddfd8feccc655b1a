//! The socket to kioskd: a thread that connects, comes back after every loss, and
//! carries messages both ways. It decides nothing about them.

use kiosk_protocol::{
    ClientMessage, Language, Refusal, Screen, ServerMessage, StaffView, TechnicianView, VERSION,
    View,
};
use rustix::event::{PollFd, PollFlags, poll};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;
use tungstenite::{Error, Message, WebSocket};

/// The first try after a loss; doubled up to the longest.
const FIRST_RETRY: Duration = Duration::from_millis(100);
const LONGEST_RETRY: Duration = Duration::from_secs(3);

/// What the link tells.
#[derive(Debug, Clone, PartialEq)]
pub enum Update {
    /// kioskd has answered; its name, and its languages, its own first.
    Connected(String, Vec<Language>),
    /// A new snapshot.
    View(Box<View>),
    /// A PIN was not taken.
    Refused(Refusal),
    /// What staff is shown, until the next view.
    Staff(Box<StaffView>),
    /// What a technician is shown, until the next view.
    Technician(Box<TechnicianView>),
    /// Input level, 0 to 1, and whether it was speech.
    Level(f32, bool),
    /// kioskd refused something or speaks another version; one sentence.
    Problem(String),
    /// kioskd is gone; the link tries on.
    Gone,
}

/// The way back to kioskd. What is sent while it is gone is dropped: a touch from
/// before the loss means nothing afterwards.
#[derive(Clone)]
pub struct Link {
    commands: Sender<ClientMessage>,
    wake: std::sync::Arc<UnixStream>,
}

impl Link {
    /// Starts the thread; `told` is called on it.
    ///
    /// # Errors
    /// The system gives no thread or no socket pair.
    pub fn start(
        socket: &Path,
        told: impl FnMut(Update) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (commands, waiting) = channel();
        let (wake, woken) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        woken.set_nonblocking(true)?;
        let line = Line {
            socket: socket.to_owned(),
            waiting,
            woken,
            told: Box::new(told),
            at_home: true,
            attended: false,
        };
        thread::Builder::new()
            .name("link".to_owned())
            .spawn(move || line.run())?;
        Ok(Self {
            commands,
            wake: wake.into(),
        })
    }

    /// Sends `message`, soon.
    pub fn send(&self, message: ClientMessage) {
        // The thread lives as long as the process; a full wake pipe is already awake.
        if self.commands.send(message).is_ok() {
            let _ = (&*self.wake).write(&[1]);
        }
    }
}

struct Line {
    socket: PathBuf,
    waiting: Receiver<ClientMessage>,
    woken: UnixStream,
    told: Box<dyn FnMut(Update) + Send>,
    /// The last view showed nobody's visit.
    at_home: bool,
    /// Staff or a technician is at the panel: the next view ends that.
    attended: bool,
}

/// What has come to its end.
enum Over {
    /// A visit: the welcome page is shown again.
    Visit,
    /// The connection.
    Connection,
}

impl Line {
    fn run(mut self) {
        let mut retry = FIRST_RETRY;
        loop {
            if let Some(kioskd) = connect(&self.socket) {
                let served = self.serve(kioskd);
                (self.told)(Update::Gone);
                // A daemon that refuses us at once is not asked ten times a second.
                retry = if served {
                    FIRST_RETRY
                } else {
                    (retry * 2).min(LONGEST_RETRY)
                };
            } else {
                retry = (retry * 2).min(LONGEST_RETRY);
            }
            thread::sleep(retry);
            while self.waiting.try_recv().is_ok() {}
        }
    }

    /// Carries messages until kioskd is gone; whether it was ever of use. Each visit has a
    /// connection of its own: what was read of a patient lies in its buffers.
    fn serve(&mut self, mut kioskd: WebSocket<UnixStream>) -> bool {
        let mut served = false;
        loop {
            let over = self.carry(&mut kioskd, &mut served);
            let fresh = match over {
                Over::Visit => connect(&self.socket),
                Over::Connection => None,
            };
            match fresh {
                Some(fresh) => kioskd = fresh,
                None => return served,
            }
        }
    }

    /// Carries messages until the visit or the connection ends.
    fn carry(&mut self, kioskd: &mut WebSocket<UnixStream>, served: &mut bool) -> Over {
        let mut visiting = false;
        loop {
            if self.read_all(kioskd, served, &mut visiting).is_err() {
                return Over::Connection;
            }
            if visiting && self.at_home {
                return Over::Visit;
            }
            for message in self.waiting.try_iter() {
                if send(kioskd, &message).is_err() {
                    return Over::Connection;
                }
            }
            self.wait(kioskd.get_ref());
        }
    }

    /// Reads what has come.
    fn read_all(
        &mut self,
        kioskd: &mut WebSocket<UnixStream>,
        served: &mut bool,
        visiting: &mut bool,
    ) -> Result<(), ()> {
        loop {
            match kioskd.read() {
                Ok(Message::Text(text)) => {
                    let Ok(message) = serde_json::from_str(&text) else {
                        log::warn!("kioskd sent a message that this panel does not know");
                        continue;
                    };
                    self.notice(&message, served, visiting);
                    self.tell(message);
                }
                Ok(Message::Close(_)) => return Err(()),
                Ok(
                    Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_),
                ) => {}
                Err(Error::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    return Ok(());
                }
                Err(_) => return Err(()),
            }
        }
    }

    /// Whose the panel is.
    fn notice(&mut self, message: &ServerMessage, served: &mut bool, visiting: &mut bool) {
        if let ServerMessage::View(view) = message {
            *served = true;
            // What was read while staff was there goes with their connection, whatever is
            // shown next.
            let left = std::mem::take(&mut self.attended);
            *visiting |= left || view.screen != Screen::Welcome;
            self.at_home = left || view.screen == Screen::Welcome;
        }
        self.attended |= matches!(
            message,
            ServerMessage::Staff(_) | ServerMessage::Technician(_)
        );
    }

    fn tell(&mut self, message: ServerMessage) {
        match message {
            ServerMessage::Hello {
                kiosk, languages, ..
            } => (self.told)(Update::Connected(kiosk, languages)),
            ServerMessage::View(view) => (self.told)(Update::View(view)),
            ServerMessage::Refused(refusal) => (self.told)(Update::Refused(refusal)),
            ServerMessage::Staff(view) => (self.told)(Update::Staff(view)),
            ServerMessage::Technician(view) => (self.told)(Update::Technician(view)),
            ServerMessage::Level { rms, speech } => (self.told)(Update::Level(rms, speech)),
            ServerMessage::Problem { detail, .. } => (self.told)(Update::Problem(detail)),
            // The view holds all of these that is to be shown.
            ServerMessage::Transcript { .. }
            | ServerMessage::Speaking { .. }
            | ServerMessage::Spoken { .. }
            | ServerMessage::Ended { .. } => {}
        }
    }

    /// Sleeps until kioskd or the panel has something.
    fn wait(&mut self, kioskd: &UnixStream) {
        let mut ends = [
            PollFd::new(kioskd, PollFlags::IN),
            PollFd::new(&self.woken, PollFlags::IN),
        ];
        // Interrupted by a signal: looking once too often does no harm.
        let _ = poll(&mut ends, None);
        let mut drained = [0; 64];
        while matches!((&self.woken).read(&mut drained), Ok(1..)) {}
    }
}

fn connect(socket: &Path) -> Option<WebSocket<UnixStream>> {
    let stream = UnixStream::connect(socket).ok()?;
    let (mut kioskd, _) = tungstenite::client("ws://kiosk/", stream).ok()?;
    let hello = ClientMessage::Hello {
        version: VERSION,
        audio_rate: None,
        voice: None,
        language: None,
    };
    send(&mut kioskd, &hello).ok()?;
    kioskd.get_ref().set_nonblocking(true).ok()?;
    Some(kioskd)
}

fn send(kioskd: &mut WebSocket<UnixStream>, message: &ClientMessage) -> Result<(), Error> {
    let text = serde_json::to_string(message).map_err(|error| Error::Io(error.into()))?;
    match kioskd.send(Message::text(text)) {
        // It lies in the buffer and goes out with the next flush.
        Err(Error::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => Ok(()),
        other => other,
    }
}
