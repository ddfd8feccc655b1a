//! The real kioskd in a folder of its own, and a panel that talks to it.
#![allow(dead_code, clippy::wildcard_enum_match_arm, clippy::print_stdout)]

use kiosk_daemon::control::Client;
use kiosk_protocol::control::{AppointmentRow, Reply, Request, Scope};
use kiosk_protocol::{Action, ClientMessage, Private, Screen, ServerMessage, VERSION, View};
use std::io::Read;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::{Message, WebSocket};

/// How long anything may take on a busy machine before a test gives up.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// So much of the log is shown with a test that fails.
const LINES_OF_A_FAILURE: usize = 100;

/// A running kioskd.
pub struct Kiosk {
    child: Child,
    folder: tempfile::TempDir,
    environment: Vec<(String, String)>,
    /// A program and its arguments that start kioskd, whose path follows them.
    through: Vec<String>,
}

/// What a process holds of the machine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Held {
    /// Memory, proportional set size.
    pub mebibytes: f64,
    pub threads: usize,
    /// Open files and sockets.
    pub files: usize,
}

impl Kiosk {
    /// Starts kioskd with `environment` beside its own folders, and waits until its
    /// sockets answer.
    pub fn start(environment: &[(&str, &str)]) -> Self {
        Self::start_through(&[], environment)
    }

    /// The same by another program, which becomes kioskd at the end.
    pub fn start_through(through: &[&str], environment: &[(&str, &str)]) -> Self {
        let through: Vec<String> = through.iter().map(|it| (*it).to_owned()).collect();
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("state")).unwrap();
        let environment: Vec<_> = environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let child = spawn(folder.path(), &through, &environment);
        let mut kiosk = Self {
            child,
            folder,
            environment,
            through,
        };
        kiosk.wait_until_ready();
        kiosk
    }

    /// Ends this kioskd with SIGKILL and starts another on the same folders.
    pub fn kill_and_start_again(&mut self) {
        self.kill();
        self.child = spawn(self.folder.path(), &self.through, &self.environment);
        self.wait_until_ready();
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGABRT, of which a core file is left where one may be; how it ended.
    pub fn crash(&mut self) -> std::process::ExitStatus {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-ABRT", &id]).status();
        assert!(sent.unwrap().success());
        self.child.wait().unwrap()
    }

    /// SIGTERM; how long it took to end, and whether it ended well.
    pub fn terminate(&mut self) -> (Duration, bool) {
        let asked = Instant::now();
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        let status = self.child.wait().unwrap();
        (asked.elapsed(), status.success())
    }

    fn wait_until_ready(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        while Client::connect(&self.control_socket()).is_err() {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("kioskd ended ({status}):\n{}", self.log());
            }
            assert!(
                Instant::now() < deadline,
                "kioskd does not answer:\n{}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Takes the sample clinic in, as a technician does.
    pub fn import_sample_clinic(&self) {
        let toml = include_str!("../../../provisioning/sample-clinic.toml").to_owned();
        let reply = self.ask(&Request::ImportRoster { toml });
        assert!(
            matches!(reply, Reply::Imported { practitioners, .. } if practitioners > 0),
            "{reply:?}"
        );
    }

    /// Asks over the control socket.
    pub fn ask(&self, request: &Request) -> Reply {
        Client::connect(&self.control_socket())
            .unwrap()
            .ask(request)
            .unwrap()
    }

    /// The appointments in the database.
    pub fn appointments(&self) -> Vec<AppointmentRow> {
        match self.ask(&Request::Appointments { from: None }) {
            Reply::Appointments { rows } => rows,
            other => panic!("{other:?}"),
        }
    }

    /// A key for another program.
    pub fn key(&self, scopes: &[Scope]) -> String {
        self.key_with(scopes, 100, 10)
    }

    /// A key that may ask so often a minute (0: always) and have so many WebSockets.
    pub fn key_with(&self, scopes: &[Scope], requests_per_minute: u32, sockets: u32) -> String {
        let request = Request::AddKey {
            label: "a test".to_owned(),
            scopes: scopes.to_vec(),
            requests_per_minute,
            sockets,
        };
        match self.ask(&request) {
            Reply::KeyAdded { key, .. } => key.expose().to_owned(),
            other => panic!("{other:?}"),
        }
    }

    /// A panel of this kiosk.
    pub fn panel(&self) -> Panel {
        Panel::connect(&self.folder.path().join("panel.sock"))
    }

    /// Everything logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// What kioskd holds now.
    pub fn held(&self) -> Held {
        let process = PathBuf::from(format!("/proc/{}", self.child.id()));
        let rollup = std::fs::read_to_string(process.join("smaps_rollup")).unwrap();
        let kibibytes = rollup
            .lines()
            .find_map(|line| line.strip_prefix("Pss:")?.trim().strip_suffix(" kB"))
            .unwrap();
        Held {
            mebibytes: kibibytes.trim().parse::<f64>().unwrap() / 1024.0,
            threads: std::fs::read_dir(process.join("task")).unwrap().count(),
            files: std::fs::read_dir(process.join("fd")).unwrap().count(),
        }
    }

    /// Its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// The folder of everything that it was given.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where database and key lie.
    pub fn state_folder(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    fn control_socket(&self) -> PathBuf {
        self.folder.path().join("control.sock")
    }
}

impl Drop for Kiosk {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            let last = &lines[lines.len().saturating_sub(LINES_OF_A_FAILURE)..];
            println!("the end of kioskd's log:\n{}", last.join("\n"));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(folder: &Path, through: &[String], environment: &[(String, String)]) -> Child {
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(folder.join("log"))
        .unwrap();
    let kioskd = env!("CARGO_BIN_EXE_kioskd");
    let mut command = match through {
        [] => Command::new(kioskd),
        [program, arguments @ ..] => {
            let mut command = Command::new(program);
            command.args(arguments).arg(kioskd);
            command
        }
    };
    command
        .env("KIOSK_PATHS_STATE", folder.join("state"))
        .env("KIOSK_PATHS_RUNTIME", folder)
        .env("KIOSK_AUDIO_MICROPHONE", "none")
        .env("KIOSK_AUDIO_SPEAKER", "none")
        .env("KIOSK_LOG_LEVEL", "trace")
        .env_remove("JOURNAL_STREAM")
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .current_dir(folder)
        .stdin(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap()
}

/// A panel: keeps everything that it was told.
pub struct Panel {
    socket: WebSocket<UnixStream>,
    /// All messages, in order.
    pub messages: Vec<ServerMessage>,
}

impl Panel {
    fn connect(path: &Path) -> Self {
        let stream = UnixStream::connect(path).unwrap();
        let (mut socket, _) =
            tokio_tungstenite::tungstenite::client("ws://kiosk/", stream).unwrap();
        socket.get_mut().set_read_timeout(Some(PATIENCE)).unwrap();
        let mut panel = Self {
            socket,
            messages: Vec::new(),
        };
        panel.send(&ClientMessage::Hello {
            version: VERSION,
            audio_rate: None,
            voice: None,
            language: None,
        });
        panel
    }

    /// Sends one message.
    pub fn send(&mut self, message: &ClientMessage) {
        self.socket
            .send(Message::text(serde_json::to_string(message).unwrap()))
            .unwrap();
    }

    /// As if `text` had been heard.
    pub fn say(&mut self, text: &str) {
        self.send(&ClientMessage::Say {
            text: Private::from(text),
        });
    }

    /// A touch.
    pub fn touch(&mut self, action: Action, value: Option<&str>) {
        self.send(&ClientMessage::Touch {
            action,
            value: value.map(Private::from),
        });
    }

    /// Reads on until a message satisfies `wanted`.
    pub fn wait_for(
        &mut self,
        what: &str,
        wanted: impl FnMut(&ServerMessage) -> bool,
    ) -> ServerMessage {
        match self.wait_at_most(PATIENCE, what, wanted) {
            Some(message) => message,
            None => panic!(
                "waited in vain for {what}; last view: {:?}",
                self.view().map(|view| view.screen)
            ),
        }
    }

    /// As [`Self::wait_for`]; none where that does not come in time. Something has to come.
    pub fn wait_at_most(
        &mut self,
        time: Duration,
        what: &str,
        mut wanted: impl FnMut(&ServerMessage) -> bool,
    ) -> Option<ServerMessage> {
        let deadline = Instant::now() + time;
        while Instant::now() < deadline {
            let message = match self.socket.read() {
                Ok(Message::Text(text)) => serde_json::from_str::<ServerMessage>(&text).unwrap(),
                Ok(_) => continue,
                Err(error) => panic!("waited for {what}: {error}"),
            };
            self.messages.push(message.clone());
            if wanted(&message) {
                return Some(message);
            }
        }
        None
    }

    /// Reads on until the view shows `screen`.
    pub fn wait_for_screen(&mut self, screen: Screen) -> View {
        let message = self.wait_for(
            &format!("{screen:?}"),
            |message| matches!(message, ServerMessage::View(view) if view.screen == screen),
        );
        match message {
            ServerMessage::View(view) => *view,
            other => panic!("{other:?}"),
        }
    }

    /// The newest view.
    pub fn view(&self) -> Option<&View> {
        self.messages
            .iter()
            .rev()
            .find_map(|message| match message {
                ServerMessage::View(view) => Some(&**view),
                _ => None,
            })
    }

    /// Screens in the order in which they were shown, without repeats.
    pub fn screens(&self) -> Vec<Screen> {
        let mut screens: Vec<Screen> = self
            .messages
            .iter()
            .filter_map(|message| match message {
                ServerMessage::View(view) => Some(view.screen),
                _ => None,
            })
            .collect();
        screens.dedup();
        screens
    }
}

/// Every byte of every file under `folder`.
pub fn all_bytes(folder: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            bytes.extend(all_bytes(&entry.path()));
        } else {
            std::fs::File::open(entry.path())
                .unwrap()
                .read_to_end(&mut bytes)
                .unwrap();
        }
    }
    bytes
}
