//! The panel's socket, against a daemon that misbehaves: it comes back by itself, and
//! nothing that arrives brings it down.
#![allow(clippy::unwrap_used)]

#[path = "support/daemon.rs"]
mod daemon;

use daemon::{LONG, greet, read, tell};
use kiosk_protocol::{Action, ClientMessage, Screen, ServerMessage, View};
use kiosk_ui::link::{Link, Update};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use tempfile::TempDir;
use tungstenite::Message;

struct Lobby {
    folder: TempDir,
    link: Link,
    updates: Receiver<Update>,
}

/// A panel that looks for a daemon at a socket nobody has made yet.
fn lobby() -> Lobby {
    let folder = tempfile::tempdir().unwrap();
    let (told, updates) = channel();
    let link = Link::start(&folder.path().join("panel.sock"), move |update| {
        drop(told.send(update))
    })
    .unwrap();
    Lobby {
        folder,
        link,
        updates,
    }
}

impl Lobby {
    fn socket(&self) -> PathBuf {
        self.folder.path().join("panel.sock")
    }

    fn next(&self) -> Update {
        self.updates.recv_timeout(LONG).unwrap()
    }
}

fn daemon(lobby: &Lobby) -> UnixListener {
    daemon::listen(&lobby.socket())
}

fn view(seq: u64) -> ServerMessage {
    ServerMessage::View(Box::new(View {
        seq,
        screen: Screen::Welcome,
        ..View::default()
    }))
}

#[test]
fn a_panel_that_starts_first_finds_the_daemon_and_finds_it_again() {
    let lobby = lobby();
    for _ in 0..3 {
        let listener = daemon(&lobby);
        let mut panel = greet(&listener);
        assert_eq!(lobby.next(), Update::Connected("Lobby".to_owned(), vec![]));
        tell(&mut panel, &view(1));
        assert!(matches!(lobby.next(), Update::View(view) if view.seq == 1));
        drop(panel);
        assert_eq!(lobby.next(), Update::Gone);
    }
}

#[test]
fn touches_reach_the_daemon_and_those_made_while_it_was_gone_do_not() {
    let lobby = lobby();
    let listener = daemon(&lobby);
    let mut panel = greet(&listener);
    lobby.next();
    lobby.link.send(ClientMessage::Start);
    assert_eq!(read(&mut panel), ClientMessage::Start);
    drop((panel, listener));
    assert_eq!(lobby.next(), Update::Gone);
    lobby.link.send(ClientMessage::Touch {
        action: Action::Yes,
        value: None,
    });
    // The panel forgets it when it next tries; only then does the daemon come back.
    std::thread::sleep(Duration::from_millis(500));
    let listener = daemon(&lobby);
    let mut panel = greet(&listener);
    lobby.next();
    lobby.link.send(ClientMessage::StopSpeaking);
    assert_eq!(read(&mut panel), ClientMessage::StopSpeaking);
}

#[test]
fn what_the_panel_does_not_know_is_passed_over() {
    let lobby = lobby();
    let listener = daemon(&lobby);
    let mut panel = greet(&listener);
    lobby.next();
    for nonsense in [
        "",
        "{",
        "[]",
        r#"{"type":"dance"}"#,
        r#"{"type":"view"}"#,
        &"[".repeat(100_000),
    ] {
        panel.send(Message::text(nonsense)).unwrap();
    }
    panel.send(Message::binary(vec![0; 4096])).unwrap();
    tell(&mut panel, &view(7));
    assert!(matches!(lobby.next(), Update::View(view) if view.seq == 7));
}

#[test]
fn a_refusal_is_shown_in_the_daemons_words() {
    let lobby = lobby();
    let listener = daemon(&lobby);
    let (stream, _) = listener.accept().unwrap();
    let mut panel = tungstenite::accept(stream).unwrap();
    let problem = ServerMessage::Problem {
        code: "version".to_owned(),
        detail: "Please update the panel.".to_owned(),
    };
    tell(&mut panel, &problem);
    panel.close(None).unwrap();
    assert_eq!(
        lobby.next(),
        Update::Problem("Please update the panel.".to_owned())
    );
    assert_eq!(lobby.next(), Update::Gone);
}

#[test]
fn each_visit_has_a_connection_of_its_own_and_nobody_sees_the_change() {
    let lobby = lobby();
    let listener = daemon(&lobby);
    let mut panel = greet(&listener);
    assert_eq!(lobby.next(), Update::Connected("Lobby".to_owned(), vec![]));
    let listening = ServerMessage::View(Box::new(View {
        seq: 2,
        screen: Screen::Listening,
        ..View::default()
    }));
    for message in [view(1), listening, view(3)] {
        tell(&mut panel, &message);
        assert!(matches!(lobby.next(), Update::View(_)));
    }
    let mut panel = greet(&listener);
    assert_eq!(lobby.next(), Update::Connected("Lobby".to_owned(), vec![]));
    tell(&mut panel, &view(3));
    assert!(matches!(lobby.next(), Update::View(_)));
    lobby.link.send(ClientMessage::Start);
    assert_eq!(read(&mut panel), ClientMessage::Start);
}
