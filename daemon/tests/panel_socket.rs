//! The panel's socket, spoken to as a panel does.
#![allow(clippy::unwrap_used)]

use futures_util::{SinkExt, StreamExt};
use kiosk_daemon::panel::{self, PanelLink};
use kiosk_protocol::{Action, ClientMessage, Private, Screen, ServerMessage, VERSION, View};
use tokio::net::UnixStream;
use tokio::sync::{broadcast, mpsc, watch};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn a_panel_gets_the_newest_view_whole_and_its_touches_arrive() {
    let mut kiosk = Kiosk::start(&[own_uid()]);
    let mut panel = kiosk.connect().await;
    send(&mut panel, &hello(VERSION)).await;
    assert!(matches!(
        receive(&mut panel).await,
        ServerMessage::Hello {
            version: VERSION,
            ..
        }
    ));
    let ServerMessage::View(view) = receive(&mut panel).await else {
        panic!("expected the view")
    };
    assert_eq!(view.screen, Screen::Welcome);

    let touch = ClientMessage::Touch {
        action: Action::Choose,
        value: Some(Private::from("slot-1")),
    };
    send(&mut panel, &touch).await;
    assert_eq!(kiosk.commands.recv().await, Some(touch));
}

#[tokio::test]
async fn a_panel_of_another_version_is_told_and_sent_away() {
    let kiosk = Kiosk::start(&[own_uid()]);
    let mut panel = kiosk.connect().await;
    send(&mut panel, &hello(VERSION + 1)).await;
    let ServerMessage::Problem { code, .. } = receive(&mut panel).await else {
        panic!("expected a problem")
    };
    assert_eq!(code, "version");
    assert!(matches!(
        panel.next().await,
        None | Some(Ok(Message::Close(_)) | Err(_))
    ));
}

#[tokio::test]
async fn a_broken_message_is_answered_without_repeating_it_and_the_panel_stays() {
    let mut kiosk = Kiosk::start(&[own_uid()]);
    let mut panel = kiosk.connect().await;
    send(&mut panel, &hello(VERSION)).await;
    receive(&mut panel).await;
    receive(&mut panel).await;
    panel
        .send(Message::text(
            r#"{"type":"say","text":"Akosua Planted","extra":1}"#,
        ))
        .await
        .unwrap();
    let ServerMessage::Problem { code, detail } = receive(&mut panel).await else {
        panic!("expected a problem")
    };
    assert_eq!(code, "message");
    assert!(
        !detail.contains("Akosua") && !detail.contains("Planted"),
        "{detail}"
    );
    send(&mut panel, &ClientMessage::Start).await;
    assert_eq!(kiosk.commands.recv().await, Some(ClientMessage::Start));
}

#[tokio::test]
async fn another_user_is_refused() {
    let kiosk = Kiosk::start(&[]);
    let stream = UnixStream::connect(&kiosk.path).await.unwrap();
    assert!(
        tokio_tungstenite::client_async("ws://kiosk/", stream)
            .await
            .is_err()
    );
}

// ---------------------------------------------------------------- the daemon's side and a panel's

struct Kiosk {
    path: std::path::PathBuf,
    commands: mpsc::Receiver<ClientMessage>,
    stop: CancellationToken,
    _folder: tempfile::TempDir,
}

impl Kiosk {
    fn start(allowed: &[u32]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("panel.sock");
        let listener = panel::listen(&path, "kiosk-panel").unwrap();
        let (sender, commands) = mpsc::channel(4);
        let welcome = View {
            screen: Screen::Welcome,
            ..View::default()
        };
        let link = PanelLink {
            commands: sender,
            views: watch::Sender::new(welcome),
            events: broadcast::Sender::new(8),
            hello: ServerMessage::Hello {
                version: VERSION,
                kiosk: "test".to_owned(),
                audio_rate: 24_000,
                voices: Vec::new(),
                languages: Vec::new(),
            },
            attended: watch::Sender::default(),
            desk: None,
        };
        let stop = CancellationToken::new();
        tokio::spawn(panel::serve(listener, allowed.to_vec(), link, stop.clone()));
        Self {
            path,
            commands,
            stop,
            _folder: folder,
        }
    }

    async fn connect(&self) -> WebSocketStream<UnixStream> {
        let stream = UnixStream::connect(&self.path).await.unwrap();
        tokio_tungstenite::client_async("ws://kiosk/", stream)
            .await
            .unwrap()
            .0
    }
}

impl Drop for Kiosk {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn hello(version: u32) -> ClientMessage {
    ClientMessage::Hello {
        version,
        audio_rate: None,
        voice: None,
        language: None,
    }
}

async fn send(panel: &mut WebSocketStream<UnixStream>, message: &ClientMessage) {
    panel
        .send(Message::text(serde_json::to_string(message).unwrap()))
        .await
        .unwrap();
}

async fn receive(panel: &mut WebSocketStream<UnixStream>) -> ServerMessage {
    loop {
        if let Message::Text(text) = panel.next().await.expect("the socket stays open").unwrap() {
            return serde_json::from_str(&text).unwrap();
        }
    }
}

fn own_uid() -> u32 {
    std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap())
}
