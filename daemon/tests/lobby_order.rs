//! What the lobby does first of several things that arrive in one instant.
#![allow(clippy::unwrap_used)]

#[path = "support/records.rs"]
mod records;

use jiff::Timestamp;
use kiosk_daemon::lobby::{Lobby, Parts};
use kiosk_daemon::panel::{Attended, PanelLink};
use kiosk_daemon::store::{Store, parse_roster, wait};
use kiosk_daemon::tally::{Channel, Tally};
use kiosk_daemon::{clinic, config};
use kiosk_protocol::{Action, ClientMessage, Screen, ServerMessage, VERSION, View};
use std::time::Instant;
use tokio::sync::{broadcast, mpsc, watch};
use tokio_util::sync::CancellationToken;

/// By chance alone, the right order would come out once in 4 billion runs.
const PATIENTS: u32 = 32;

#[test]
fn whoever_touches_in_the_instant_in_which_the_roster_arrives_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Timestamp::now()).unwrap();
    let settings = config::load(None).unwrap();
    let before = wait(clinic::setting(&store.handle(), &settings)).unwrap();
    let roster = parse_roster(records::CLINIC).unwrap();
    wait(store.handle().import_roster(roster, Timestamp::now())).unwrap();
    let after = wait(clinic::setting(&store.handle(), &settings)).unwrap();

    let runtime = tokio::runtime::Runtime::new().unwrap();
    for _ in 0..PATIENTS {
        let setting = watch::Sender::new(before.clone());
        let (commands, received) = mpsc::channel(1);
        let views = watch::Sender::new(View::default());
        let lobby = Lobby::new(Parts {
            hearing: None,
            speaking: None,
            printer: None,
            store: store.handle(),
            panel: PanelLink {
                commands: commands.clone(),
                views: views.clone(),
                events: broadcast::Sender::new(64),
                hello: ServerMessage::Hello {
                    version: VERSION,
                    kiosk: String::new(),
                    audio_rate: 0,
                    voices: Vec::new(),
                    languages: Vec::new(),
                },
                attended: watch::Sender::default(),
                desk: None,
            },
            commands: received,
            headset: watch::channel(false).1,
            tally: (Tally::default(), Channel::Panel),
            room: store.handle().room(),
            setting: setting.subscribe(),
            answered: watch::channel(None).1,
            attended: watch::channel(Attended::default()).1,
            heartbeat: watch::Sender::new(Instant::now()),
            figures: watch::Sender::default(),
        });
        setting.send_replace(after.clone());
        let touch = ClientMessage::Touch {
            action: Action::Book,
            value: None,
        };
        commands.try_send(touch).unwrap();
        let stop = CancellationToken::new();
        let screen = runtime.block_on(async {
            let running = tokio::spawn(lobby.run(stop.clone()));
            let mut seen = views.subscribe();
            let begun = |view: &View| !matches!(view.screen, Screen::Welcome | Screen::Problem);
            let screen = seen.wait_for(begun).await.unwrap().screen;
            stop.cancel();
            let _ = running.await.unwrap();
            screen
        });
        assert_ne!(screen, Screen::Reception);
    }
}
