//! Other programs over HTTP: the real kioskd with its real models, asked by a real client.
#![allow(clippy::unwrap_used, clippy::wildcard_enum_match_arm)]

#[path = "support/kiosk.rs"]
mod kiosk;
#[path = "support/models.rs"]
mod models;

use kiosk::Kiosk;
use kiosk_daemon::audio::{pcm16, wav};
use kiosk_daemon::config::HttpSettings;
use kiosk_daemon::http;
use kiosk_daemon::speech::render;
use kiosk_dsp::resample::resample;
use kiosk_protocol::control::{Request, Scope};
use kiosk_protocol::{
    Action, Activity, ClientMessage, Outcome, Private, Screen, ServerMessage, VERSION,
};
use models::{piper, words_heard};
use reqwest::StatusCode;
use reqwest::blocking::multipart::{Form, Part};
use reqwest::blocking::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::{self, Message, WebSocket};

const SAID: &str = "Good morning. Your appointment is on Monday at half past nine.";

#[test]
fn a_port_that_other_machines_reach_is_not_served_without_a_certificate() {
    let open = |listen: &str| {
        let listen = listen.parse().unwrap();
        http::open(&HttpSettings { listen, tls: None })
    };
    assert!(open("127.0.0.1:0").is_ok());
    let refused = open("0.0.0.0:0").err().unwrap().to_string();
    assert!(refused.contains("http.certificate"), "{refused}");
}

#[test]
fn what_is_spoken_over_http_is_understood_over_http() {
    let (kiosk, port) = start();
    let key = kiosk.key(&[Scope::Speech]);
    for format in ["wav", "opus"] {
        let speech = post(port, &key, "speech")
            .json(&json!({ "model": "any", "voice": "alloy", "input": SAID, "response_format": format }))
            .send()
            .unwrap();
        assert_eq!(speech.status(), StatusCode::OK);
        let sound = speech.bytes().unwrap();
        let heard = transcribed(port, &key, sound.to_vec(), "json");
        let heard: Value = heard.json().unwrap();
        let text = heard["text"].as_str().unwrap();
        assert!(words_heard(SAID, text) > 0.6, "{format}: {text}");

        let verbose: Value = transcribed(port, &key, sound.to_vec(), "verbose_json")
            .json()
            .unwrap();
        let ends = verbose["segments"][0]["end"].as_f64().unwrap();
        assert!(ends > 0.5 && ends <= verbose["duration"].as_f64().unwrap());
    }
    let events = transcribed(port, &key, speech_of(SAID), "stream")
        .text()
        .unwrap();
    assert!(events.contains("transcript.text.delta") && events.contains("transcript.text.done"));
    let log = kiosk.log();
    assert!(
        !log.contains("half past") && !log.contains(&key),
        "the log tells who spoke: {log}"
    );
}

#[test]
fn who_may_not_ask_and_what_makes_no_sense_is_told_so_and_nothing_else() {
    let (kiosk, port) = start();
    let key = kiosk.key(&[Scope::Speech]);
    let other = kiosk.key(&[Scope::Metrics]);
    let hello = json!({ "voice": "alloy", "input": "hello" });
    for (key, status) in [
        ("", StatusCode::UNAUTHORIZED),
        ("mhk_0000", StatusCode::UNAUTHORIZED),
        (other.as_str(), StatusCode::FORBIDDEN),
    ] {
        let answer = post(port, key, "speech").json(&hello).send().unwrap();
        is_problem(answer, status);
    }
    for body in [
        r#"{"input": "Ama Mensah", "voice": 3}"#,
        r#"{"input": "Ama Mensah""#,
        "\u{fffd}",
        &"[".repeat(100_000),
    ] {
        let answer = post(port, &key, "speech")
            .header("content-type", "application/json")
            .body(body.to_owned())
            .send()
            .unwrap();
        let detail = is_problem(answer, StatusCode::BAD_REQUEST);
        assert!(!detail.contains("Mensah"), "{detail}");
    }
    for (field, body) in [
        ("input", json!({ "input": "" })),
        ("input", json!({ "input": "a".repeat(5_000) })),
        ("voice", json!({ "input": "hello", "voice": "nobody" })),
        ("speed", json!({ "input": "hello", "speed": 9 })),
        (
            "response_format",
            json!({ "input": "hello", "response_format": "mp3" }),
        ),
    ] {
        let answer = post(port, &key, "speech").json(&body).send().unwrap();
        let problem = is_problem(answer, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            problem.contains(&format!("\"field\":\"{field}\"")),
            "{problem}"
        );
    }
    let cut_off = speech_of("Hello.")[..30].to_vec();
    for sound in [b"ID3 no sound".to_vec(), Vec::new(), cut_off] {
        let answer = transcribed(port, &key, sound, "json");
        is_problem(answer, StatusCode::UNPROCESSABLE_ENTITY);
    }
    // Who is refused is told so: the connection doesn't break while they send.
    for mebibytes in [26, 26, 26, 60] {
        let answer = transcribed(port, &key, vec![0; mebibytes << 20], "json");
        is_problem(answer, StatusCode::PAYLOAD_TOO_LARGE);
    }

    let id = match kiosk.ask(&Request::Keys) {
        kiosk_protocol::control::Reply::Keys { rows } => rows[0].id.clone(),
        other => panic!("{other:?}"),
    };
    kiosk.ask(&Request::RevokeKey { id });
    let answer = post(port, &key, "speech").json(&hello).send().unwrap();
    is_problem(answer, StatusCode::UNAUTHORIZED);
}

#[test]
fn a_stream_of_sound_becomes_transcripts() {
    let (kiosk, port) = start();
    let key = kiosk.key(&[Scope::Speech]);
    let mut socket = Socket::open(port, "audio/stream", &key, Some(16_000));
    socket.speak("I would like to see a doctor on Wednesday.");
    socket.send(&ClientMessage::End);
    let heard = socket.until("a transcript", |message| {
        matches!(message, ServerMessage::Transcript { is_final: true, .. })
    });
    let ServerMessage::Transcript { text, .. } = heard else {
        panic!("{heard:?}");
    };
    assert!(words_heard("see a doctor on Wednesday", text.expose()) > 0.7);
    assert!(socket.is_closed(), "everything was said and heard");
}

#[test]
fn who_has_shown_no_key_takes_nobody_s_place() {
    let (kiosk, port) = start();
    let key = kiosk.key(&[Scope::Speech]);
    // More than the most places that any box has.
    let knocking: Vec<Socket> = (0..40)
        .map(|_| Socket::connect(port, "audio/stream"))
        .collect();
    Socket::open(port, "audio/stream", &key, None);
    drop(knocking);
}

#[test]
fn a_client_books_by_voice_and_touch_and_hears_the_answers() {
    let (kiosk, port) = start();
    kiosk.import_sample_clinic();
    let refused = kiosk.key(&[Scope::Speech]);
    let mut socket = Socket::connect(port, "conversations");
    socket.hello(&refused, None);
    let problem = socket.until("a refusal", |message| {
        matches!(message, ServerMessage::Problem { .. })
    });
    assert!(matches!(problem, ServerMessage::Problem { code, .. } if code == "key"));
    assert!(socket.is_closed());

    let key = kiosk.key(&[Scope::Conversation]);
    let mut socket = Socket::open(port, "conversations", &key, Some(16_000));
    socket.send(&ClientMessage::Start);
    socket.until("the greeting", |message| {
        matches!(message, ServerMessage::Spoken { .. })
    });
    socket.speak("I would like to see Doctor Owusu on Wednesday afternoon.");
    let view = socket.until_screen(Screen::ChooseSlot);
    let slot = view.choices[0].id.clone();
    socket.touch(Action::Choose, Some(slot));
    socket.until_screen(Screen::EnterPhone);
    socket.say("I have no phone");
    socket.until_screen(Screen::EnterBirthDate);
    socket.say("the second of March nineteen ninety");
    socket.until_screen(Screen::EnterName);
    socket.say("Grace Mensah");
    socket.say("yes");
    socket.until_screen(Screen::Question);
    socket.say("yes");
    // A "yes" before the question has been asked is none.
    socket.until("the whole question", |message| {
        matches!(message, ServerMessage::View(view)
            if view.screen == Screen::Confirm && view.transcript.activity == Activity::Listening)
    });
    socket.say("yes");
    socket.until_screen(Screen::Booked);
    assert_eq!(kiosk.appointments().len(), 1);
    assert!(
        socket.sound_s > 5.0,
        "it was heard for {} s",
        socket.sound_s
    );
    socket.send(&ClientMessage::End);
    let ended = socket.until("the end", |message| {
        matches!(message, ServerMessage::Ended { .. })
    });
    assert!(
        matches!(
            ended,
            ServerMessage::Ended {
                outcome: Outcome::Booked,
                ..
            }
        ),
        "{ended:?}"
    );
}

#[test]
fn another_box_hears_and_speaks_for_this_one_until_it_is_gone() {
    let (mut far, far_port) = start();
    let folder = tempfile::tempdir().unwrap();
    let key_file = folder.path().join("key");
    std::fs::write(&key_file, far.key(&[Scope::Speech])).unwrap();
    let url = format!("http://127.0.0.1:{far_port}");
    let (near, port) = start_with(&[
        ("KIOSK_SPEECH_TRANSCRIBER", &url),
        ("KIOSK_SPEECH_SYNTHESIZER", &url),
        ("KIOSK_SPEECH_KEY_FILE", &key_file.display().to_string()),
    ]);
    let key = near.key(&[Scope::Speech]);
    let there_and_back = || {
        let speech = json!({ "voice": "alloy", "input": SAID });
        let sound = post(port, &key, "speech").json(&speech).send().unwrap();
        let sound = sound.bytes().unwrap().to_vec();
        let heard: Value = transcribed(port, &key, sound, "json").json().unwrap();
        words_heard(SAID, heard["text"].as_str().unwrap())
    };
    let asked = || far.log().matches("utterance transcribed").count();
    let before = asked();
    // What the near box's rehearsal asked was before. A far box that is too busy to answer
    // within a second is left alone for half a minute and asked again.
    let deadline = Instant::now() + 2 * kiosk::PATIENCE;
    while asked() == before {
        assert!(Instant::now() < deadline, "{}", near.log());
        assert!(there_and_back() > 0.6);
    }

    far.kill();
    assert!(there_and_back() > 0.6, "this box does it by itself");
    assert!(near.log().contains("is not used for a while"));
    assert!(!near.log().contains("half past"), "{}", near.log());
}

fn start() -> (Kiosk, u16) {
    start_with(&[])
}

fn start_with(more: &[(&str, &str)]) -> (Kiosk, u16) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    // Free now; a kioskd that finds it taken says so.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let listen = format!("127.0.0.1:{port}");
    let settings = [&[("KIOSK_HTTP_LISTEN", listen.as_str())], more].concat();
    (Kiosk::start(&settings), port)
}

fn post(port: u16, key: &str, route: &str) -> RequestBuilder {
    let client = Client::builder()
        .timeout(Duration::from_secs(60))
        .build()
        .unwrap();
    client
        .post(format!("http://127.0.0.1:{port}/v1/audio/{route}"))
        .bearer_auth(key)
}

fn transcribed(port: u16, key: &str, sound: Vec<u8>, format: &str) -> Response {
    let file = Part::bytes(sound).file_name("sound");
    let form = Form::new().text("model", "any").part("file", file);
    let form = match format {
        "stream" => form.text("stream", "true"),
        format => form.text("response_format", format.to_owned()),
    };
    post(port, key, "transcriptions")
        .multipart(form)
        .send()
        .unwrap()
}

/// Its body.
fn is_problem(answer: Response, status: StatusCode) -> String {
    assert_eq!(answer.status(), status);
    let kind = answer.headers()["content-type"].to_str().unwrap();
    assert_eq!(kind, "application/problem+json");
    let body = answer.text().unwrap();
    let problem: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(problem["status"], status.as_u16());
    body
}

/// A WAV file.
fn speech_of(text: &str) -> Vec<u8> {
    let mut voice = piper();
    let sound = render(voice.as_mut(), text).unwrap();
    wav::to_bytes(&sound, voice.rate()).unwrap()
}

struct Socket {
    inner: WebSocket<TcpStream>,
    /// Seconds of sound that came.
    sound_s: f64,
}

impl Socket {
    fn connect(port: u16, route: &str) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(kiosk::PATIENCE)).unwrap();
        let url = format!("ws://127.0.0.1:{port}/v1/{route}");
        let (inner, _) = tungstenite::client(url, stream).unwrap();
        Self {
            inner,
            sound_s: 0.0,
        }
    }

    fn open(port: u16, route: &str, key: &str, audio_rate: Option<u32>) -> Self {
        let mut socket = Self::connect(port, route);
        socket.hello(key, audio_rate);
        socket.until("hello", |message| {
            matches!(message, ServerMessage::Hello { .. })
        });
        socket
    }

    fn hello(&mut self, key: &str, audio_rate: Option<u32>) {
        let hello =
            json!({ "type": "hello", "version": VERSION, "audio_rate": audio_rate, "key": key });
        self.inner.send(Message::text(hello.to_string())).unwrap();
    }

    fn send(&mut self, message: &ClientMessage) {
        let text = serde_json::to_string(message).unwrap();
        self.inner.send(Message::text(text)).unwrap();
    }

    fn say(&mut self, text: &str) {
        self.send(&ClientMessage::Say {
            text: Private::from(text),
        });
    }

    fn touch(&mut self, action: Action, value: Option<String>) {
        let value = value.map(Private::new);
        self.send(&ClientMessage::Touch { action, value });
    }

    /// At the pace of speech, with a pause behind it.
    fn speak(&mut self, text: &str) {
        let mut voice = piper();
        let sound = render(voice.as_mut(), text).unwrap();
        let mut sound = resample(&sound, voice.rate(), 16_000).unwrap();
        sound.extend(vec![0.0; 32_000]);
        let began = Instant::now();
        for (index, block) in sound.chunks(1_600).enumerate() {
            let bytes = pcm16::to_bytes(block);
            self.inner.send(Message::binary(bytes)).unwrap();
            let due = began + Duration::from_millis(100) * index as u32;
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
    }

    fn until(&mut self, what: &str, wanted: impl Fn(&ServerMessage) -> bool) -> ServerMessage {
        let deadline = Instant::now() + kiosk::PATIENCE;
        while Instant::now() < deadline {
            match self.inner.read() {
                Ok(Message::Text(text)) => {
                    let message = serde_json::from_str(&text).unwrap();
                    if wanted(&message) {
                        return message;
                    }
                }
                Ok(Message::Binary(bytes)) => self.sound_s += bytes.len() as f64 / 48_000.0,
                Ok(_) => {}
                Err(error) => panic!("waited for {what}: {error}"),
            }
        }
        panic!("waited in vain for {what}");
    }

    fn until_screen(&mut self, screen: Screen) -> kiosk_protocol::View {
        let message = self.until(
            &format!("{screen:?}"),
            |message| matches!(message, ServerMessage::View(view) if view.screen == screen),
        );
        match message {
            ServerMessage::View(view) => *view,
            other => panic!("{other:?}"),
        }
    }

    fn is_closed(&mut self) -> bool {
        loop {
            match self.inner.read() {
                Ok(Message::Close(_)) | Err(_) => return true,
                Ok(_) => {}
            }
        }
    }
}
