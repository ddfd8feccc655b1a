//! kioskd's side of the panel's socket, as a test plays it.
#![allow(dead_code, clippy::unwrap_used)]

use kiosk_protocol::{ClientMessage, ServerMessage, VERSION};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::Duration;
use tungstenite::{Message, WebSocket};

/// How long anything may take on a busy machine before a test gives up.
pub const LONG: Duration = Duration::from_secs(60);

pub fn listen(socket: &Path) -> UnixListener {
    let _ = std::fs::remove_file(socket);
    UnixListener::bind(socket).unwrap()
}

/// Greets the panel as kioskd does.
pub fn greet(listener: &UnixListener) -> WebSocket<UnixStream> {
    let (stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    let mut panel = tungstenite::accept(stream).unwrap();
    assert!(matches!(
        read(&mut panel),
        ClientMessage::Hello {
            version: VERSION,
            ..
        }
    ));
    let hello = ServerMessage::Hello {
        version: VERSION,
        kiosk: "Lobby".to_owned(),
        audio_rate: 24_000,
        voices: vec![],
        languages: vec![],
    };
    tell(&mut panel, &hello);
    panel
}

pub fn read(panel: &mut WebSocket<UnixStream>) -> ClientMessage {
    serde_json::from_str(panel.read().unwrap().to_text().unwrap()).unwrap()
}

pub fn tell(panel: &mut WebSocket<UnixStream>, message: &ServerMessage) {
    panel
        .send(Message::text(serde_json::to_string(message).unwrap()))
        .unwrap();
}
