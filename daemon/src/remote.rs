//! Another box's speech service, asked as any program asks ours. What it doesn't answer
//! within a second is done here; then it is left alone for a while.

use crate::audio::{HEARING_RATE, pcm16, wav};
use crate::config::RemoteSpeech;
use crate::hearing::{Request, Transcriber, TranscriberError, Transcript};
use crate::speech::{SpeechError, Synthesizer};
use kiosk_dsp::resample::resample;
use kiosk_protocol::Private;
use reqwest::Url;
use reqwest::blocking::multipart::{Form, Part};
use reqwest::blocking::{Client, RequestBuilder, Response};
use serde::Deserialize;
use serde_json::json;
use std::time::{Duration, Instant};

/// A patient waits no longer for another box; also between two pieces of an answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);
const CONNECT_WITHIN: Duration = Duration::from_millis(500);
/// How long a box that failed is not asked.
const REST: Duration = Duration::from_secs(30);
/// Of the sound that is asked for: `pcm` is always of this rate.
const RATE: u32 = 24_000;
/// What a transcript is taken for that comes without its likelihood: the other box has
/// judged it already.
const BELIEVED: f32 = -0.2;

/// Why another box is not used. Never says what was asked.
#[derive(Debug, thiserror::Error)]
#[error("the speech service at `{host}` {what}")]
pub struct RemoteError {
    host: String,
    what: String,
}

struct Remote {
    client: Client,
    url: Url,
    key: Private,
    /// It failed; not before this is it asked again.
    rests_until: Option<Instant>,
}

impl Remote {
    fn new(url: &Url, settings: &RemoteSpeech) -> Result<Self, RemoteError> {
        let failed = |what: String| RemoteError {
            host: host(url),
            what,
        };
        let key = match &settings.key_file {
            Some(path) => std::fs::read_to_string(path)
                .map_err(|error| failed(format!("has a key `{}`: {error}", path.display())))?,
            None => String::new(),
        };
        // One provider for the whole process; a second call finds it there.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .connect_timeout(CONNECT_WITHIN)
            .timeout(ANSWER_WITHIN)
            .build()
            .map_err(|error| failed(format!("cannot be asked: {error}")))?;
        Ok(Self {
            client,
            url: url.clone(),
            key: Private::new(key.trim().to_owned()),
            rests_until: None,
        })
    }

    /// What comes of a request, unless the box rests or fails.
    fn ask<T>(
        &mut self,
        route: &str,
        request: impl FnOnce(RequestBuilder) -> RequestBuilder,
        read: impl FnOnce(Response) -> reqwest::Result<T>,
    ) -> Option<T> {
        if self.rests_until.is_some_and(|until| Instant::now() < until) {
            return None;
        }
        let url = self.url.join(&format!("v1/audio/{route}")).ok()?;
        let asked = request(self.client.post(url).bearer_auth(self.key.expose()));
        match asked
            .send()
            .and_then(Response::error_for_status)
            .and_then(read)
        {
            Ok(answer) => {
                self.rests_until = None;
                Some(answer)
            }
            Err(error) => {
                log::warn!(
                    host = host(&self.url).as_str(), reason = reason(&error).as_str();
                    "the other box's speech service is not used for a while"
                );
                self.rests_until = Some(Instant::now() + REST);
                None
            }
        }
    }
}

fn host(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

/// A status or a kind, not the error's own words: they may hold more.
fn reason(error: &reqwest::Error) -> String {
    match error.status() {
        Some(status) => format!("it answered {status}"),
        None if error.is_timeout() => "it did not answer in time".to_owned(),
        None if error.is_connect() => "it cannot be reached".to_owned(),
        None => "its answer was not understood".to_owned(),
    }
}

/// A recogniser on another box, with one here to stand in.
pub struct RemoteTranscriber {
    remote: Remote,
    local: Box<dyn Transcriber>,
}

impl RemoteTranscriber {
    /// `local` stands in.
    ///
    /// # Errors
    /// The key cannot be read.
    pub fn new(
        url: &Url,
        settings: &RemoteSpeech,
        local: Box<dyn Transcriber>,
    ) -> Result<Self, RemoteError> {
        Ok(Self {
            remote: Remote::new(url, settings)?,
            local,
        })
    }
}

#[derive(Deserialize)]
struct Heard {
    text: Private,
}

impl Transcriber for RemoteTranscriber {
    fn transcribe(&mut self, request: Request<'_>) -> Result<Transcript, TranscriberError> {
        let began = Instant::now();
        let Ok(sound) = wav::to_bytes(request.samples, HEARING_RATE) else {
            return self.local.transcribe(request);
        };
        let prompt = request.prompt.to_owned();
        let form = move |asked: RequestBuilder| {
            let file = Part::bytes(sound).file_name("utterance.wav");
            let form = Form::new().part("file", file).text("prompt", prompt);
            asked.multipart(form.text("model", "default"))
        };
        let heard = self
            .remote
            .ask("transcriptions", form, Response::json::<Heard>);
        let Some(heard) = heard else {
            return self.local.transcribe(request);
        };
        let is_empty = heard.text.expose().trim().is_empty();
        Ok(Transcript {
            no_speech: if is_empty { 1.0 } else { 0.0 },
            hypotheses: if is_empty {
                Vec::new()
            } else {
                vec![heard.text]
            },
            mean_log_probability: BELIEVED,
            seconds: began.elapsed().as_secs_f64(),
            runs: 1,
        })
    }
}

/// A voice on another box, with one here to stand in.
pub struct RemoteSynthesizer {
    remote: Remote,
    name: String,
    length: f32,
    local: Box<dyn Synthesizer>,
    /// Who spoke last.
    was_local: bool,
}

impl RemoteSynthesizer {
    /// `local` stands in.
    ///
    /// # Errors
    /// The key cannot be read.
    pub fn new(
        url: &Url,
        settings: &RemoteSpeech,
        local: Box<dyn Synthesizer>,
    ) -> Result<Self, RemoteError> {
        Ok(Self {
            remote: Remote::new(url, settings)?,
            name: format!("the voice of {}", host(url)),
            length: 1.0,
            local,
            was_local: false,
        })
    }
}

impl Synthesizer for RemoteSynthesizer {
    fn name(&self) -> &str {
        &self.name
    }

    fn rate(&self) -> u32 {
        RATE
    }

    fn set_length(&mut self, length: f32) {
        self.length = length;
        self.local.set_length(length);
    }

    fn synthesize(&mut self, sentence: &str) -> Result<Vec<f32>, SpeechError> {
        let body = json!({
            "model": "default", "voice": "default", "input": sentence,
            "response_format": "pcm", "speed": 1.0 / self.length,
        });
        let sound = self
            .remote
            .ask("speech", |asked| asked.json(&body), Response::bytes);
        self.was_local = sound.is_none();
        match sound {
            Some(bytes) => Ok(pcm16::from_bytes(&bytes)),
            None => {
                let sound = self.local.synthesize(sentence)?;
                Ok(resample(&sound, self.local.rate(), RATE)?)
            }
        }
    }

    fn is_stand_in(&self) -> bool {
        self.was_local
    }
}
