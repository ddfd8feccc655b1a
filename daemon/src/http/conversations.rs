//! `GET /v1/conversations`: a whole conversation over a WebSocket. Each has a lobby task of
//! its own, which is the box's lobby with the client for microphone, speaker and panel.

use super::sockets::{self, Feed, SENT_RATE, SocketSink, SocketSource};
use super::{Api, Problem};
use crate::audio::{Quiet, pcm16};
use crate::hearing::Caller;
use crate::lobby::{Lobby, Parts};
use crate::panel::{Attended, PanelLink};
use crate::sound::{Hearing, Speaking};
use crate::speech::Rank;
use crate::tally::Channel;
use anyhow::Context;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, State};
use axum::http::HeaderMap;
use axum::response::Response;
use kiosk_core::clinic::AlertId;
use kiosk_core::dialogue::Setting;
use kiosk_dsp::loopback::Loopback;
use kiosk_protocol::control::Scope;
use kiosk_protocol::{ClientMessage, ServerMessage, VERSION, View};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::{broadcast, mpsc, watch};
use tokio_util::sync::CancellationToken;

/// As the panel's.
const EVENTS: usize = 64;
const COMMANDS: usize = 32;
/// Blocks of sound, 20 ms each, that may wait for the network.
const SOUND: usize = 32;
/// When a client that found no place may come again.
const FULL_FOR_S: u32 = 30;

/// What every conversation needs to know of the clinic.
#[derive(Clone)]
pub struct Lobbies {
    /// The clinic.
    pub setting: watch::Receiver<Arc<Setting>>,
    /// The call for staff that was answered last.
    pub answered: watch::Receiver<Option<AlertId>>,
}

/// A whole conversation over a WebSocket (`docs/api.md`). The key comes in the
/// header or in the first message.
#[utoipa::path(
    get, path = "/v1/conversations", tag = "conversations",
    responses((status = 101), (status = 400), (status = 426), )
)]
pub async fn open(
    State(api): State<Api>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Problem> {
    has_place(&api)?;
    Ok(upgrade
        .max_message_size(sockets::MOST_BYTES)
        .on_upgrade(async move |mut socket| {
            let greeted = sockets::greeted(
                &mut socket,
                &api,
                &headers,
                address.ip(),
                Scope::Conversation,
            )
            .await;
            if let Some((hello, _place)) = greeted {
                converse(&mut socket, &api, hello.audio_rate).await;
            }
            let _ = socket.send(Message::Close(None)).await;
        }))
}

/// Whether there is a place. It is taken by who has shown a key, not by who knocks.
///
/// # Errors
/// Every one is taken.
pub fn has_place(api: &Api) -> Result<(), Problem> {
    if api.places.available_permits() > 0 {
        return Ok(());
    }
    Err(Problem::Unavailable {
        detail: sockets::FULL.to_owned(),
        retry_after_s: Some(FULL_FOR_S),
    })
}

async fn converse(socket: &mut WebSocket, api: &Api, audio_rate: Option<u32>) {
    let opening = api.clone();
    let opened = tokio::task::spawn_blocking(move || Sound::open(&opening, audio_rate)).await;
    let Ok(sound) = opened else { return };
    let sound = sound.unwrap_or_else(|error| {
        log::error!(error:%; "a client's sound could not be opened");
        Sound::default()
    });
    let (commands, from_client) = mpsc::channel(COMMANDS);
    let setting = api.lobbies.setting.clone();
    let hello = ServerMessage::Hello {
        version: VERSION,
        kiosk: setting.borrow().clinic_name.clone(),
        audio_rate: if sound.speaking.is_some() {
            SENT_RATE
        } else {
            0
        },
        voices: api
            .studio
            .iter()
            .map(|studio| studio.voice().to_owned())
            .collect(),
        languages: crate::clinic::languages(&setting.borrow().wording),
    };
    // Staff works at the kiosk's own panel, or with a key of its own.
    let link = PanelLink {
        commands,
        views: watch::Sender::new(View::default()),
        events: broadcast::Sender::new(EVENTS),
        hello,
        attended: watch::Sender::default(),
        desk: None,
    };
    let client = Client {
        views: link.views.subscribe(),
        events: link.events.subscribe(),
        commands: link.commands.clone(),
        feed: sound.feed,
        sound: sound.sent,
    };
    if sockets::send(socket, &link.hello).await.is_err() {
        return;
    }
    let lobby = Lobby::new(Parts {
        room: api.store.room(),
        tally: (api.office.tally().clone(), Channel::Conversation),
        hearing: sound.hearing,
        speaking: sound.speaking,
        // The printer stands beside the box.
        printer: None,
        store: api.store.clone(),
        panel: link,
        commands: from_client,
        setting,
        answered: api.lobbies.answered.clone(),
        attended: watch::channel(Attended::default()).1,
        headset: watch::channel(false).1,
        heartbeat: watch::Sender::new(Instant::now()),
        figures: watch::Sender::default(),
    });
    let stop = CancellationToken::new();
    let lobby = tokio::spawn(lobby.run(stop.clone()));
    log::info!("a client's conversation begins");
    tokio::select! {
        () = api.stop.cancelled() => {}
        () = client.carry(socket) => {}
    }
    stop.cancel();
    if let Ok(parts) = lobby.await {
        // Its threads may be in the middle of something.
        let _ = tokio::task::spawn_blocking(move || drop(parts)).await;
    }
    log::info!("a client's conversation is over");
}

const fn is_for_staff(command: &ClientMessage) -> bool {
    match command {
        ClientMessage::Unlock { .. }
        | ClientMessage::Staff(_)
        | ClientMessage::Technician(_)
        | ClientMessage::Lock => true,
        ClientMessage::Hello { .. }
        | ClientMessage::Start
        | ClientMessage::Begin { .. }
        | ClientMessage::Say { .. }
        | ClientMessage::Touch { .. }
        | ClientMessage::StopSpeaking
        | ClientMessage::Focus { .. }
        | ClientMessage::End => false,
    }
}

/// A client's microphone and speaker.
#[derive(Default)]
struct Sound {
    hearing: Option<Hearing>,
    feed: Option<Feed>,
    speaking: Option<Speaking>,
    sent: Option<mpsc::Receiver<Vec<u8>>>,
}

impl Sound {
    /// Who sends no sound gets none: a client without ears reads.
    fn open(api: &Api, audio_rate: Option<u32>) -> anyhow::Result<Self> {
        let mut sound = Self::default();
        let Some(rate) = audio_rate else {
            return Ok(sound);
        };
        if let Some(ears) = &api.ears {
            let (feed, source) = SocketSource::new(rate);
            let (sender, events) = mpsc::channel(EVENTS);
            let recogniser = ears.recogniser.another(Caller::Remote, sender);
            let mut hearing = Hearing::start(
                (recogniser, events),
                &ears.models,
                Box::new(source),
                None,
                Loopback::default(),
            )
            .context("hear the client")?;
            // What the client's own speaker plays is not known here.
            hearing.barge_in = false;
            sound.feed = Some(feed);
            sound.hearing = Some(hearing);
        }
        if let Some(studio) = &api.studio {
            let (sender, sent) = mpsc::channel(SOUND);
            let sink = Box::new(SocketSink::new(sender));
            let studio = (studio.clone(), Rank::Remote);
            let speaking =
                Speaking::start(studio, sink, None, Quiet::new()).context("speak to the client")?;
            sound.speaking = Some(speaking);
            sound.sent = Some(sent);
        }
        Ok(sound)
    }
}

/// One end of the socket.
struct Client {
    views: watch::Receiver<View>,
    events: broadcast::Receiver<ServerMessage>,
    commands: mpsc::Sender<ClientMessage>,
    feed: Option<Feed>,
    sound: Option<mpsc::Receiver<Vec<u8>>>,
}

impl Client {
    async fn carry(mut self, socket: &mut WebSocket) {
        self.views.mark_changed();
        loop {
            let sound = async {
                match &mut self.sound {
                    Some(sound) => sound.recv().await,
                    None => std::future::pending().await,
                }
            };
            let sent = tokio::select! {
                // Whoever hears that a visit has ended has seen the wiped screen before.
                biased;
                changed = self.views.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    let view = self.views.borrow_and_update().clone();
                    sockets::send(socket, &ServerMessage::View(Box::new(view))).await
                }
                event = self.events.recv() => match event {
                    Ok(event) => sockets::send(socket, &event).await,
                    Err(broadcast::error::RecvError::Lagged(_)) => Ok(()),
                    Err(broadcast::error::RecvError::Closed) => return,
                },
                Some(bytes) = sound => socket.send(Message::binary(bytes)).await,
                received = tokio::time::timeout(sockets::IDLE, socket.recv()) => match received {
                    Ok(Some(Ok(message))) => match self.on_message(message) {
                        Ok(None) => Ok(()),
                        Ok(Some(answer)) => sockets::send(socket, &answer).await,
                        Err(()) => return,
                    },
                    Ok(Some(Err(_)) | None) | Err(_) => return,
                },
            };
            if sent.is_err() {
                return;
            }
        }
    }

    /// `Err`: the client is gone.
    fn on_message(&self, message: Message) -> Result<Option<ServerMessage>, ()> {
        match message {
            Message::Text(text) => {
                let Ok(command) = serde_json::from_str::<ClientMessage>(&text) else {
                    let detail = "not a message of this protocol";
                    return Ok(Some(sockets::problem("message", detail)));
                };
                if is_for_staff(&command) {
                    let detail =
                        "staff unlocks the kiosk's own panel only; there are routes for all else";
                    return Ok(Some(sockets::problem("panel", detail)));
                }
                if self.commands.try_send(command).is_err() {
                    let detail = "too many commands at once; this one is lost";
                    return Ok(Some(sockets::problem("busy", detail)));
                }
            }
            Message::Binary(bytes) => match &self.feed {
                Some(feed) if feed.try_send(pcm16::from_bytes(&bytes)).is_err() => {
                    let detail = "sound came faster than it can be heard; some is lost";
                    return Ok(Some(sockets::problem("overrun", detail)));
                }
                Some(_) => {}
                None => {
                    let detail = "announce `audio_rate` in `hello` to send sound";
                    return Ok(Some(sockets::problem("message", detail)));
                }
            },
            Message::Ping(_) | Message::Pong(_) => {}
            Message::Close(_) => return Err(()),
        }
        Ok(None)
    }
}
