//! `GET /v1/audio/stream`: PCM16 in over a WebSocket, partial and final transcripts out.

use super::sockets::{self, Feed, SocketSource};
use super::{Api, Ears, Problem};
use crate::audio::pcm16;
use crate::clinic::languages;
use crate::hearing::{Caller, Context, EarEvent, RecogniserEvent, Urgency, Utterance};
use crate::partials::Partials;
use crate::sound::{Heard, Hearing};
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, State};
use axum::http::HeaderMap;
use axum::response::Response;
use kiosk_dsp::loopback::Loopback;
use kiosk_protocol::control::Scope;
use kiosk_protocol::{ClientMessage, Language, Private, ServerMessage, VERSION};
use std::net::SocketAddr;
use std::time::Instant;
use tokio::sync::mpsc;

/// What waits for the network.
const EVENTS: usize = 64;

/// Sound in, transcripts out, over a WebSocket (`docs/api.md`). The key comes in the
/// header or in the first message.
#[utoipa::path(
    get, path = "/v1/audio/stream", tag = "speech",
    responses((status = 101), (status = 400), (status = 426), )
)]
pub async fn open(
    State(api): State<Api>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Problem> {
    let ears = api.ears()?.clone();
    super::conversations::has_place(&api)?;
    Ok(upgrade
        .max_message_size(sockets::MOST_BYTES)
        .on_upgrade(async move |mut socket| {
            let greeted =
                sockets::greeted(&mut socket, &api, &headers, address.ip(), Scope::Speech).await;
            if let Some((hello, _place)) = greeted {
                let rate = hello.audio_rate.unwrap_or(16_000);
                let stop = api.stop.clone();
                let languages = languages(&api.lobbies.setting.borrow().wording);
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = listen(&mut socket, &ears, rate, languages) => {}
                }
            }
            let _ = socket.send(Message::Close(None)).await;
        }))
}

async fn listen(socket: &mut WebSocket, ears: &Ears, rate: u32, languages: Vec<Language>) {
    let (feed, source) = SocketSource::new(rate);
    let (sender, events) = mpsc::channel(EVENTS);
    let recogniser = ears.recogniser.another(Caller::Remote, sender);
    let models = ears.models.clone();
    let start = move || {
        let source = Box::new(source);
        Hearing::start(
            (recogniser, events),
            &models,
            source,
            None,
            Loopback::default(),
        )
    };
    let hearing = match tokio::task::spawn_blocking(start).await {
        Ok(Ok(hearing)) => hearing,
        Ok(Err(error)) => {
            log::error!(error:%; "a stream could not be heard");
            return;
        }
        Err(_) => return,
    };
    let welcome = ServerMessage::Hello {
        version: VERSION,
        kiosk: String::new(),
        audio_rate: 0,
        voices: Vec::new(),
        languages,
    };
    if sockets::send(socket, &welcome).await.is_err() {
        return;
    }
    let stream = Listening {
        hearing,
        feed: Some(feed),
        has_ended: false,
        partials: Partials::default(),
        asked: 0,
        finals: 0,
        partial: None,
    };
    stream.run(socket).await;
}

struct Listening {
    hearing: Hearing,
    /// None once the client has said that it is done.
    feed: Option<Feed>,
    /// All of its sound is cut into utterances.
    has_ended: bool,
    partials: Partials,
    asked: u64,
    /// Finals that are not answered.
    finals: u32,
    /// The partial that is not answered.
    partial: Option<u64>,
}

impl Listening {
    async fn run(mut self, socket: &mut WebSocket) {
        loop {
            let said = tokio::select! {
                received = tokio::time::timeout(sockets::IDLE, socket.recv()) => match received {
                    Ok(Some(Ok(message))) => self.on_message(message),
                    Ok(Some(Err(_)) | None) | Err(_) => break,
                },
                heard = self.hearing.next() => match heard {
                    Some(Heard::Ear(event)) => Ok(self.on_ear(event)),
                    Some(Heard::Recogniser(event)) => Ok(self.on_recogniser(&event)),
                    None => break,
                },
            };
            let Ok(said) = said else { break };
            if let Some(message) = said
                && sockets::send(socket, &message).await.is_err()
            {
                break;
            }
            if self.has_ended && self.finals == 0 {
                break;
            }
        }
        // Its thread may be in the middle of a frame.
        tokio::task::spawn_blocking(move || drop(self));
    }

    /// `Err`: the client is gone.
    fn on_message(&mut self, message: Message) -> Result<Option<ServerMessage>, ()> {
        match message {
            Message::Binary(bytes) => {
                if let Some(feed) = &self.feed
                    && feed.try_send(pcm16::from_bytes(&bytes)).is_err()
                {
                    let detail = "sound came faster than it can be heard; some is lost";
                    return Ok(Some(sockets::problem("overrun", detail)));
                }
                Ok(None)
            }
            Message::Text(text) => match serde_json::from_str(&text) {
                Ok(ClientMessage::End) => {
                    self.feed = None;
                    Ok(None)
                }
                Ok(_) | Err(_) => {
                    let detail = "sound, or `end`";
                    Ok(Some(sockets::problem("message", detail)))
                }
            },
            Message::Ping(_) | Message::Pong(_) => Ok(None),
            Message::Close(_) => Err(()),
        }
    }

    fn on_ear(&mut self, event: EarEvent) -> Option<ServerMessage> {
        match event {
            EarEvent::Level { rms, speech } => Some(ServerMessage::Level { rms, speech }),
            EarEvent::Partial(utterance) => {
                let is_free = self.finals == 0 && self.partial.is_none();
                if is_free && self.partials.are_due(Instant::now()) {
                    self.partial = self.ask(Urgency::Partial, utterance);
                    if let Some(id) = self.partial {
                        self.partials.begin(id);
                    }
                }
                None
            }
            EarEvent::Utterance(utterance) => {
                self.partials.over();
                if self.ask(Urgency::Final, utterance).is_some() {
                    self.finals += 1;
                    return None;
                }
                let detail = "the recogniser is busy; an utterance is lost";
                Some(sockets::problem("busy", detail))
            }
            EarEvent::SourceEnded => {
                self.has_ended = true;
                None
            }
            EarEvent::Stirred
            | EarEvent::Settled
            | EarEvent::SpeechStarted
            | EarEvent::Paused(_)
            | EarEvent::Overran(_)
            | EarEvent::SourceLost(_)
            | EarEvent::SourceMuted
            | EarEvent::SourceBack => None,
        }
    }

    fn ask(&mut self, urgency: Urgency, utterance: Utterance) -> Option<u64> {
        self.asked += 1;
        self.hearing
            .transcribe(self.asked, urgency, utterance, Context::default())
            .ok()
            .map(|()| self.asked)
    }

    fn on_recogniser(&mut self, event: &RecogniserEvent) -> Option<ServerMessage> {
        if let RecogniserEvent::Heard { seconds, .. } = event {
            self.partials.measured(*seconds);
        }
        if self.partial == Some(event.id()) {
            self.partial = None;
            let shown = self.partials.told(event, Instant::now());
            return shown.map(|text| transcript(false, text));
        }
        self.finals = self.finals.saturating_sub(1);
        match event {
            RecogniserEvent::Heard { hypotheses, .. } => hypotheses
                .first()
                .map(|text| transcript(true, text.clone())),
            RecogniserEvent::NotHeard { .. } | RecogniserEvent::GaveWay { .. } => None,
            RecogniserEvent::Failed { why, .. } => {
                log::error!(reason = why.as_str(); "the recogniser failed");
                Some(sockets::problem("failed", "the recogniser failed"))
            }
        }
    }
}

fn transcript(is_final: bool, text: Private) -> ServerMessage {
    ServerMessage::Transcript { is_final, text }
}
