//! A WebSocket's sound as a microphone and a speaker, and what both kinds of socket share.

use super::{Api, keys};
use crate::audio::{AudioError, AudioSink, AudioSource, Flow, pcm16};
use crate::store::KnownKey;
use axum::extract::ws::{Message, WebSocket};
use axum::http::HeaderMap;
use kiosk_protocol::control::Scope;
use kiosk_protocol::{ClientMessage, ServerMessage, VERSION};
use std::net::IpAddr;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, mpsc};

/// Samples a second that are sent.
pub const SENT_RATE: u32 = super::formats::RATE;
/// Rates that are taken.
const TAKEN_RATES: std::ops::RangeInclusive<u32> = 8_000..=48_000;
/// The longest message: four seconds of sound at the highest rate.
pub const MOST_BYTES: usize = 400_000;
/// Messages of sound that may wait for an ear that is behind.
const WAITING: usize = 64;
/// How long a source waits for sound.
const READ_WITHIN: Duration = Duration::from_millis(100);
/// Sound is sent this far ahead of its time, so that a network's moods are not heard.
const AHEAD: Duration = Duration::from_millis(200);
/// How long a client may take to say who it is.
const HELLO_WITHIN: Duration = Duration::from_secs(10);
/// Nothing came from a client for this long: it is gone.
pub const IDLE: Duration = Duration::from_secs(300);

/// What is told where every place is taken.
pub const FULL: &str = "this kiosk serves as many as it can; come again in half a minute";

/// What the client says first.
pub struct Hello {
    /// Of the sound that it will send, if any.
    pub audio_rate: Option<u32>,
}

/// Waits for the first message, checks key and version, and takes a place. `None`: the
/// client was told why not.
pub async fn greeted(
    socket: &mut WebSocket,
    api: &Api,
    headers: &HeaderMap,
    address: IpAddr,
    scope: Scope,
) -> Option<(Hello, Place)> {
    let first = tokio::time::timeout(HELLO_WITHIN, socket.recv()).await;
    let refusal = match first {
        Ok(Some(Ok(Message::Text(text)))) => match hello(api, headers, address, scope, &text).await
        {
            Ok((hello, key)) => match place(api, &key) {
                Some(place) => return Some((hello, place)),
                None => problem("full", FULL),
            },
            Err(refusal) => refusal,
        },
        Ok(Some(Ok(_))) => problem("hello", "the first message must be `hello`"),
        Ok(Some(Err(_)) | None) => return None,
        Err(_) => problem("hello", "no `hello` came"),
    };
    let _ = send(socket, &refusal).await;
    None
}

/// One of the key's sockets and one of the box's places; free again when it is dropped.
pub struct Place(
    #[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit,
    #[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit,
);

fn place(api: &Api, key: &KnownKey) -> Option<Place> {
    let most = usize::try_from(key.sockets).unwrap_or(usize::MAX);
    let of_key = api.limits.socket(&key.id, most)?;
    let of_box = api.places.clone().try_acquire_owned().ok()?;
    Some(Place(of_key, of_box))
}

async fn hello(
    api: &Api,
    headers: &HeaderMap,
    address: IpAddr,
    scope: Scope,
    text: &str,
) -> Result<(Hello, KnownKey), ServerMessage> {
    let not_hello = || problem("hello", "the first message must be `hello`");
    let mut message: serde_json::Value = serde_json::from_str(text).map_err(|_| not_hello())?;
    // Browsers cannot set a header.
    let key = message.as_object_mut().and_then(|it| it.remove("key"));
    let key = match (&key, keys::from_header(headers)) {
        (Some(serde_json::Value::String(key)), _) => key.as_str(),
        (_, key) => key.unwrap_or_default(),
    };
    let known = keys::check(api, key, &[scope], address).await;
    let known = known.map_err(|_| problem("key", "no key, or none that allows this now"))?;
    match serde_json::from_value(message) {
        Ok(ClientMessage::Hello { version, .. }) if version != VERSION => Err(problem(
            "version",
            &format!("this kiosk speaks protocol {VERSION}"),
        )),
        Ok(ClientMessage::Hello {
            audio_rate: Some(rate),
            ..
        }) if !TAKEN_RATES.contains(&rate) => {
            Err(problem("audio_rate", "from 8000 to 48000 samples a second"))
        }
        Ok(ClientMessage::Hello { audio_rate, .. }) => Ok((Hello { audio_rate }, known)),
        Ok(_) | Err(_) => Err(not_hello()),
    }
}

/// Says what is wrong.
pub fn problem(code: &str, detail: &str) -> ServerMessage {
    ServerMessage::Problem {
        code: code.to_owned(),
        detail: detail.to_owned(),
    }
}

/// Sends one message.
///
/// # Errors
/// The client is gone.
pub async fn send(socket: &mut WebSocket, message: &ServerMessage) -> Result<(), axum::Error> {
    let text = serde_json::to_string(message).map_err(axum::Error::new)?;
    socket.send(Message::text(text)).await
}

/// What a client sends, as a microphone.
pub struct SocketSource {
    rate: u32,
    sound: Receiver<Vec<f32>>,
}

/// Where a client's sound goes in.
pub type Feed = SyncSender<Vec<f32>>;

impl SocketSource {
    /// A microphone of `rate` samples a second, and where its sound goes in. When that is
    /// dropped the recording has ended.
    pub fn new(rate: u32) -> (Feed, Self) {
        let (feed, sound) = sync_channel(WAITING);
        (feed, Self { rate, sound })
    }
}

impl AudioSource for SocketSource {
    fn rate(&self) -> u32 {
        self.rate
    }

    fn read(&mut self, samples: &mut Vec<f32>) -> Result<Flow, AudioError> {
        match self.sound.recv_timeout(READ_WITHIN) {
            Ok(sound) => samples.extend(sound),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(Flow::Ended),
        }
        Ok(Flow::More)
    }
}

/// A speaker that sends what it plays, at the pace at which it sounds.
pub struct SocketSink {
    sound: mpsc::Sender<Vec<u8>>,
    /// When what was sent will have sounded.
    sounded: Instant,
}

impl SocketSink {
    /// Sends to `sound`.
    pub fn new(sound: mpsc::Sender<Vec<u8>>) -> Self {
        Self {
            sound,
            sounded: Instant::now(),
        }
    }
}

impl AudioSink for SocketSink {
    fn rate(&self) -> u32 {
        SENT_RATE
    }

    fn write(&mut self, samples: &[f32]) -> Result<(), AudioError> {
        let now = Instant::now();
        self.sounded = self.sounded.max(now)
            + Duration::from_secs_f64(samples.len() as f64 / f64::from(SENT_RATE));
        self.sound
            .blocking_send(pcm16::to_bytes(samples))
            .map_err(|_| AudioError::Lost {
                name: "a client's speaker".to_owned(),
                why: "it is gone".to_owned(),
            })?;
        std::thread::sleep((self.sounded - now).saturating_sub(AHEAD));
        Ok(())
    }

    fn drain(&mut self) -> Result<(), AudioError> {
        std::thread::sleep(self.sounded.saturating_duration_since(Instant::now()));
        Ok(())
    }

    fn clear(&mut self) {
        // What was sent is the client's: it stops with `spoken`.
        self.sounded = Instant::now();
    }
}
