//! `POST /v1/audio/transcriptions`: a recording in, its words out, as OpenAI's clients ask.

use super::formats::decode;
use super::{Api, Ears, MOST_BYTES, Problem};
use crate::hearing::{
    Asker, Caller, Context, Question, RecogniserEvent, Urgency, Utterance, utterances,
};
use axum::Json;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{Multipart, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt, stream};
use serde_json::json;
use std::convert::Infallible;
use tokio::sync::mpsc;
use utoipa::ToSchema;

/// What is asked, beside fields that mean nothing here (the model's name, a temperature).
#[derive(Default)]
struct Asked {
    file: Vec<u8>,
    prompt: String,
    format: Answer,
    stream: bool,
}

/// How the answer looks.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Answer {
    #[default]
    Json,
    Text,
    Verbose,
}

/// One utterance that was believed.
struct Segment {
    start_s: f64,
    end_s: f64,
    text: String,
}

/// The form.
#[derive(ToSchema)]
#[expect(dead_code, reason = "read field by field; this describes it")]
struct Form {
    /// WAV, or Opus in Ogg.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// Words that are to be expected, such as names.
    prompt: Option<String>,
    /// `json`, `text` or `verbose_json`.
    response_format: Option<String>,
    /// An event for each utterance.
    stream: Option<bool>,
    /// English is understood.
    language: Option<String>,
}

/// A recording's words, as OpenAI's clients ask for them.
#[utoipa::path(
    post, path = "/v1/audio/transcriptions", tag = "speech",
    request_body(content = Form, content_type = "multipart/form-data"),
    responses(
        (status = 200, body = serde_json::Value),

    )
)]
pub async fn create(
    State(api): State<Api>,
    form: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Result<Response, Problem> {
    let ears = api.ears()?.clone();
    let form = form.map_err(|_| {
        Problem::BadRequest("expected multipart/form-data with a field `file`".to_owned())
    })?;
    let asked = read(form).await?;
    let (format, is_stream) = (asked.format, asked.stream);
    let (cut, seconds) = cut(&ears, asked.file).await?;
    let segments = heard(ears, cut, asked.prompt);
    if is_stream {
        return Ok(Sse::new(events(segments)).into_response());
    }
    let segments: Vec<Segment> = segments
        .collect::<Vec<_>>()
        .await
        .into_iter()
        .collect::<Result<_, _>>()?;
    let text = joined(&segments);
    Ok(match format {
        Answer::Text => format!("{text}\n").into_response(),
        Answer::Json => Json(json!({ "text": text })).into_response(),
        Answer::Verbose => {
            let segments: Vec<_> = segments
                .iter()
                .enumerate()
                .map(|(id, it)| json!({ "id": id, "start": it.start_s, "end": it.end_s, "text": it.text }))
                .collect();
            Json(json!({
                "task": "transcribe", "language": "english", "duration": seconds,
                "text": text, "segments": segments,
            }))
            .into_response()
        }
    })
}

/// What a field holds. `bytes` counts those of the whole form: what is more than
/// [`MOST_BYTES`] is read and dropped.
async fn value(mut field: Field<'_>, bytes: &mut usize) -> Result<Vec<u8>, Problem> {
    let mut value = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|error| refused(&error))? {
        *bytes += chunk.len();
        if *bytes <= MOST_BYTES {
            value.extend_from_slice(&chunk);
        }
    }
    Ok(value)
}

async fn read(mut form: Multipart) -> Result<Asked, Problem> {
    let mut asked = Asked::default();
    let mut has_file = false;
    let mut bytes = 0;
    while let Some(field) = form.next_field().await.map_err(|error| refused(&error))? {
        let name = field.name().unwrap_or_default().to_owned();
        let value = value(field, &mut bytes).await?;
        if bytes > MOST_BYTES {
            continue;
        }
        let text = || String::from_utf8_lossy(&value).trim().to_owned();
        match name.as_str() {
            "file" => {
                asked.file = value;
                has_file = true;
            }
            "prompt" => asked.prompt = text(),
            "stream" => asked.stream = text().eq_ignore_ascii_case("true"),
            "response_format" => asked.format = answer(&text())?,
            "language" if !text().to_lowercase().starts_with("en") => {
                return Err(Problem::Unusable {
                    field: "language",
                    detail: "this kiosk understands English".to_owned(),
                });
            }
            // Existing clients send more, such as the model's name.
            _ => {}
        }
    }
    if bytes > MOST_BYTES {
        return Err(Problem::TooLarge);
    }
    if has_file {
        return Ok(asked);
    }
    Err(Problem::Unusable {
        field: "file",
        detail: "a recording is missing".to_owned(),
    })
}

fn answer(name: &str) -> Result<Answer, Problem> {
    match name {
        "json" => Ok(Answer::Json),
        "text" => Ok(Answer::Text),
        "verbose_json" => Ok(Answer::Verbose),
        _ => Err(Problem::Unusable {
            field: "response_format",
            detail: "one of json, text, verbose_json".to_owned(),
        }),
    }
}

fn refused(error: &MultipartError) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::TooLarge;
    }
    Problem::BadRequest("the form is damaged or cut off".to_owned())
}

/// Utterances of a recording and its length in seconds.
async fn cut(ears: &Ears, file: Vec<u8>) -> Result<(Vec<Utterance>, f64), Problem> {
    let models = ears.models.clone();
    let work = move || {
        let (samples, rate) = decode(&file)?;
        let voice_activity = models.load().map_err(|error| internal(&error))?;
        let seconds = samples.len() as f64 / f64::from(rate.max(1));
        let cut = utterances(voice_activity, &samples, rate).map_err(|error| internal(&error))?;
        Ok((cut, seconds))
    };
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or(Err(Problem::Internal))
}

fn internal(error: &crate::hearing::HearingError) -> Problem {
    log::error!(error:%; "a recording could not be heard");
    Problem::Internal
}

/// What was said, one after the other; an utterance that is not believed is left out.
fn heard(
    ears: Ears,
    cut: Vec<Utterance>,
    prompt: String,
) -> impl Stream<Item = Result<Segment, Problem>> {
    // One question at a time, so one answer at a time.
    let (sender, receiver) = mpsc::channel(1);
    let asker = ears.recogniser.another(Caller::Remote, sender);
    let context = Context {
        prompt,
        names: Vec::new(),
    };
    let state = (asker, receiver, cut.into_iter(), context);
    stream::unfold(state, async |mut state| {
        let (asker, receiver, rest, context) = &mut state;
        loop {
            let segment = segment(asker, receiver, rest.next()?, context).await;
            if let Some(segment) = segment.transpose() {
                return Some((segment, state));
            }
        }
    })
}

/// `None`: it is not believed.
async fn segment(
    asker: &Asker,
    answers: &mut mpsc::Receiver<RecogniserEvent>,
    utterance: Utterance,
    context: &Context,
) -> Result<Option<Segment>, Problem> {
    let (start_s, end_s) = (utterance.start_s, utterance.end_s);
    let question = Question {
        id: 0,
        samples: utterance.samples,
        speech_frames: utterance.speech_frames,
        context: context.clone(),
        urgency: Urgency::Final,
    };
    asker.ask(question).map_err(|_| Problem::Unavailable {
        detail: "the recogniser is busy".to_owned(),
        retry_after_s: Some(5),
    })?;
    match answers.recv().await {
        Some(RecogniserEvent::Heard { hypotheses, .. }) => {
            Ok(hypotheses.into_iter().next().map(|text| Segment {
                start_s,
                end_s,
                text: text.expose().to_owned(),
            }))
        }
        Some(RecogniserEvent::NotHeard { .. } | RecogniserEvent::GaveWay { .. }) => Ok(None),
        Some(RecogniserEvent::Failed { why, .. }) => {
            log::error!(reason = why.as_str(); "the recogniser failed");
            Err(Problem::Internal)
        }
        None => Err(Problem::Internal),
    }
}

fn joined(segments: &[Segment]) -> String {
    let texts: Vec<&str> = segments.iter().map(|it| it.text.as_str()).collect();
    texts.join(" ")
}

/// A `delta` for every utterance, `done` at the end.
fn events(
    segments: impl Stream<Item = Result<Segment, Problem>>,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let mut all = String::new();
    segments
        .map(Some)
        .chain(stream::once(std::future::ready(None)))
        .map(move |segment| {
            let event = match segment {
                Some(Ok(segment)) => {
                    let gap = if all.is_empty() { "" } else { " " };
                    let delta = format!("{gap}{}", segment.text);
                    all.push_str(&delta);
                    json!({ "type": "transcript.text.delta", "delta": delta })
                }
                Some(Err(_)) => json!({
                    "type": "error",
                    "error": { "message": "part of the recording could not be heard" },
                }),
                None => json!({ "type": "transcript.text.done", "text": all }),
            };
            Ok(Event::default().data(event.to_string()))
        })
}
