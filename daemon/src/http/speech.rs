//! `POST /v1/audio/speech`: a text in, sound out while it is made, as OpenAI's clients ask.

use super::formats::{Encoding, Format};
use super::request::Body;
use super::{Api, Problem};
use crate::speech::{Order, Rank, Rendered, StudioHandle, Wanted};
use axum::body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use kiosk_protocol::Private;
use serde::Deserialize;
use tokio::sync::mpsc;
use utoipa::ToSchema;

/// As OpenAI's own service has it.
const MOST_LETTERS: usize = 4_096;
/// Names that clients choose by habit; each means this box's voice.
const USUAL_NAMES: [&str; 13] = [
    "alloy", "ash", "ballad", "cedar", "coral", "default", "echo", "fable", "marin", "nova",
    "onyx", "sage", "shimmer",
];
/// Rendered pieces that may wait for the network.
const AHEAD: usize = 2;

/// What is asked; the model's name and instructions mean nothing here.
#[derive(Deserialize, ToSchema)]
#[schema(as = SpeechRequest)]
pub struct Asked {
    #[schema(value_type = String, min_length = 1, max_length = 4096)]
    input: Private,
    #[serde(default = "usual_voice")]
    voice: String,
    #[serde(default = "usual_format")]
    response_format: String,
    #[serde(default = "usual_speed")]
    speed: f32,
}

fn usual_voice() -> String {
    "default".to_owned()
}

fn usual_format() -> String {
    "wav".to_owned()
}

const fn usual_speed() -> f32 {
    1.0
}

/// A text, spoken while it is sent, as OpenAI's clients ask for it.
#[utoipa::path(
    post, path = "/v1/audio/speech", tag = "speech", request_body = Asked,
    responses(
        (status = 200, body = Vec<u8>, content_type = "audio/wav"),

    )
)]
pub async fn create(State(api): State<Api>, Body(asked): Body<Asked>) -> Result<Response, Problem> {
    let studio = api.studio()?;
    let format = check(&asked, studio)?;
    let encoding = Encoding::begin(format).map_err(|why| {
        log::error!(reason = why.as_str(); "speech could not be encoded");
        Problem::Internal
    })?;
    let (sender, pieces) = mpsc::channel(AHEAD + 1);
    let (waiting, taking) = (sender.clone(), sender);
    let order = Order {
        asker: studio.asker(),
        text: asked.input,
        fixed: false,
        length: 1.0 / asked.speed,
        rate: format.rate(),
        rank: Rank::Remote,
        wanted: Box::new(move || match (waiting.is_closed(), waiting.capacity()) {
            (true, _) => Wanted::NoMore,
            (false, 0) => Wanted::Later,
            (false, _) => Wanted::Now,
        }),
        to: Box::new(move |rendered| {
            let _ = taking.try_send(rendered);
        }),
    };
    studio.render(order).map_err(|_| Problem::Unavailable {
        detail: "too much is waiting to be said".to_owned(),
        retry_after_s: Some(5),
    })?;
    let body = body::Body::from_stream(stream::unfold(Some((pieces, encoding)), next_bytes));
    Ok(([(header::CONTENT_TYPE, format.media_type())], body).into_response())
}

fn check(asked: &Asked, studio: &StudioHandle) -> Result<Format, Problem> {
    let unusable = |field, detail: String| Err(Problem::Unusable { field, detail });
    let letters = asked.input.expose().chars().count();
    if letters == 0 || letters > MOST_LETTERS {
        return unusable("input", format!("1 to {MOST_LETTERS} letters"));
    }
    let is_known = asked.voice == studio.voice() || USUAL_NAMES.contains(&asked.voice.as_str());
    if !is_known {
        return unusable(
            "voice",
            format!("this kiosk's voice is `{}`", studio.voice()),
        );
    }
    if !(0.25..=4.0).contains(&asked.speed) {
        return unusable("speed", "from 0.25 to 4".to_owned());
    }
    match Format::from_name(&asked.response_format) {
        Some(format) => Ok(format),
        None => unusable("response_format", "one of wav, pcm, opus".to_owned()),
    }
}

type Rest = Option<(mpsc::Receiver<Rendered>, Encoding)>;

async fn next_bytes(rest: Rest) -> Option<(Result<Vec<u8>, std::io::Error>, Rest)> {
    let (mut pieces, mut encoding) = rest?;
    let (bytes, rest) = match pieces.recv().await {
        Some(Rendered::Sound(sound)) => {
            let bytes = encoding.push(&sound);
            (bytes, Some((pieces, encoding)))
        }
        Some(Rendered::End) => (encoding.end(), None),
        Some(Rendered::Failed(why)) => (Err(why), None),
        None => (Err("the voice has stopped".to_owned()), None),
    };
    let bytes = bytes.map_err(|why| {
        log::error!(reason = why.as_str(); "speech was cut off");
        // The connection is closed without its proper end: nobody takes it for whole.
        std::io::Error::other("speech was cut off")
    });
    let rest = if bytes.is_ok() { rest } else { None };
    Some((bytes, rest))
}
