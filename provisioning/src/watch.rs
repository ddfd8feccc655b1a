//! `kioskctl watch`: a conversation as the panel sees it, as it happens. What is said
//! appears on this terminal; it is for demonstrations and for finding faults, and
//! only root and the panel's user can run it.

use crate::output::{self, Exit};
use anyhow::{Context, bail};
use kiosk_daemon::control::ClientError;
use kiosk_protocol::{ClientMessage, Outcome, ServerMessage, VERSION};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};
use tungstenite::{Message, WebSocket};

/// A daemon that loads its models on a slow box takes its time to listen.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// Between two tries to connect.
const RETRY: Duration = Duration::from_millis(200);

pub fn run(socket: &Path, until_ended: bool, json: bool) -> anyhow::Result<Exit> {
    let mut panel = connect(socket)?;
    loop {
        let message = match panel.read() {
            Ok(message) => message,
            Err(tungstenite::Error::ConnectionClosed | tungstenite::Error::AlreadyClosed) => {
                break;
            }
            Err(error) => return Err(error).context("the connection to kioskd broke"),
        };
        let Message::Text(text) = message else {
            continue;
        };
        let message: ServerMessage = serde_json::from_str(&text)
            .context("kioskd sent an unknown message; are both programs of one version?")?;
        if json {
            output::line(&text)?;
        } else if let Some(words) = told(&message) {
            output::line(words)?;
        }
        if let ServerMessage::Ended { outcome, .. } = message
            && until_ended
        {
            return Ok(exit_of(outcome));
        }
    }
    if until_ended {
        bail!("kioskd stopped before the conversation ended");
    }
    Ok(Exit::Done)
}

fn connect(socket: &Path) -> anyhow::Result<WebSocket<UnixStream>> {
    let began = Instant::now();
    let stream = loop {
        match UnixStream::connect(socket) {
            Ok(stream) => break stream,
            Err(_) if began.elapsed() < START_TIMEOUT => std::thread::sleep(RETRY),
            Err(_) => return Err(ClientError::NotRunning(socket.to_owned()).into()),
        }
    };
    let Ok((mut panel, _)) = tungstenite::client("ws://kiosk/", stream) else {
        bail!(
            "`{}` did not take this connection; only root and the panel's user may watch",
            socket.display()
        );
    };
    let hello = ClientMessage::Hello {
        version: VERSION,
        audio_rate: None,
        voice: None,
        language: None,
    };
    panel.send(Message::text(serde_json::to_string(&hello)?))?;
    Ok(panel)
}

fn told(message: &ServerMessage) -> Option<String> {
    match message {
        ServerMessage::Transcript {
            is_final: true,
            text,
        } => Some(format!("patient: {}", text.expose())),
        ServerMessage::Speaking { text, .. } => Some(format!("kiosk:   {}", text.expose())),
        ServerMessage::Problem { detail, .. } => Some(format!("problem: {detail}")),
        ServerMessage::Ended { outcome, .. } => Some(format!("ended:   {outcome:?}")),
        ServerMessage::Hello { .. }
        | ServerMessage::View(_)
        | ServerMessage::Refused(_)
        | ServerMessage::Staff(_)
        | ServerMessage::Technician(_)
        | ServerMessage::Level { .. }
        | ServerMessage::Transcript {
            is_final: false, ..
        }
        | ServerMessage::Spoken { .. } => None,
    }
}

const fn exit_of(outcome: Outcome) -> Exit {
    match outcome {
        Outcome::Booked | Outcome::Served | Outcome::Goodbye | Outcome::Reception => Exit::Done,
        Outcome::TimedOut | Outcome::Failed => Exit::NotInOrder,
    }
}
