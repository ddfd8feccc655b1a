//! Planted names, numbers, birth dates, complaints and a known voice go through the real
//! kioskd in every way that a patient's do; afterwards nothing that it wrote holds any of
//! them. Six conversations, with `KIOSK_SOAK` fifty.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "support/canaries.rs"]
mod canaries;
#[path = "support/kiosk.rs"]
mod kiosk;
#[path = "support/models.rs"]
mod models;
#[path = "support/visit.rs"]
mod visit;

use canaries::{Canaries, sound_forms};
use kiosk::{Kiosk, PATIENCE};
use kiosk_daemon::audio::pcm16;
use kiosk_daemon::speech::render;
use kiosk_dsp::resample::resample;
use kiosk_protocol::control::{Reply, Request, Scope};
use kiosk_protocol::{Action, ClientMessage, Private, Screen, ServerMessage, VERSION};
use models::piper;
use reqwest::blocking::multipart::{Form, Part};
use reqwest::blocking::{Client, RequestBuilder};
use serde_json::{Value, json};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::{self, Message};
use visit::Person;

const SAID: &str = "Hello, my name is Wilhelmina Zuckerberg and I need a doctor.";
/// Left out of the search once it is known to be zeros and nothing else.
const RESERVE: &str = "reserve";

#[test]
fn what_is_looked_for_is_found_however_it_is_written() {
    let canaries = Canaries::of(["Quezbaka Zolpfemi", "+233244917364", "1937-11-26"]);
    let wide: Vec<u8> = "Zolpfemi, Quezbaka Zolpfemi"
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    let planted: [&[u8]; 9] = [
        b"patient=Quezbaka Zolpfemi;",
        b"QUEZBAKA ZOLPFEMI",
        b"number 233 24-491 73.64 was said",
        b"born 1937-11-26.",
        // base64 of "name: Quezbaka Zolpfemi" and of "x1937-11-26", and hexadecimal.
        b"bmFtZTogUXVlemJha2EgWm9scGZlbWk=",
        b"eDE5MzctMTEtMjY=",
        b"5175657a62616b61205a6f6c7066656d69",
        b"5175657A62616B61205A6F6C7066656D69",
        &wide,
    ];
    for bytes in planted {
        let within = [b"before".as_slice(), bytes, b"after"].concat();
        assert!(
            canaries.found_in(&within).is_some(),
            "{}",
            bytes.escape_ascii()
        );
    }
    let innocent: [&[u8]; 4] = [b"Quezba", b"2332449 17364x", b"1937-11-2", b""];
    for bytes in innocent {
        let found = canaries.found_in(bytes);
        // A number that is cut by a letter only is still one.
        assert_eq!(found.is_some(), bytes == b"2332449 17364x", "{found:?}");
    }
}

#[test]
fn nothing_of_a_patient_is_left_where_somebody_could_read_it() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let count = if std::env::var_os("KIOSK_SOAK").is_some() {
        50
    } else {
        6
    };
    let temporary = tempfile::tempdir().unwrap();
    let port = free_port();
    let mut kiosk = Kiosk::start(&[
        ("KIOSK_HTTP_LISTEN", &format!("127.0.0.1:{port}")),
        ("TMPDIR", &temporary.path().display().to_string()),
    ]);
    kiosk.import_sample_clinic();
    let key = kiosk.key_with(&[Scope::Staff, Scope::Speech, Scope::Conversation], 0, 10);
    let client = Outside { port, key };
    let people: Vec<Person> = (0..count).map(person).collect();
    for (number, person) in people.iter().enumerate() {
        match number % 5 {
            0 => books_by_touch(&kiosk, person),
            1 => books_by_words(&kiosk, person),
            2 => leaves_in_the_middle(&kiosk, person),
            3 => client.books(person),
            _ => client.converses(person),
        }
        client.searches(person);
    }
    let sound = client.speaks();
    assert!(matches!(
        kiosk.ask(&Request::BackUp),
        Reply::BackedUp { .. }
    ));
    let kept = kiosk.appointments();
    assert!(
        kept.iter()
            .any(|row| people.iter().any(|it| it.name == row.patient.expose())),
        "they were there: {} appointments",
        kept.len()
    );
    // Not stopped in good order: the log of the database and its index stay behind.
    kiosk.kill();

    let canaries = Canaries::of(
        people
            .iter()
            .flat_map(secrets_of)
            .chain(["Wilhelmina", "Zuckerberg", "need a doctor"].map(ToOwned::to_owned))
            .collect::<Vec<_>>()
            .iter()
            .map(String::as_str),
    );
    let mut files = files_under(kiosk.folder());
    files.extend(files_under(temporary.path()));
    for file in ["log", "kiosk.db", "kiosk.db-wal", "kiosk.db-shm"] {
        let is_there =
            |it: &PathBuf| it.ends_with(file) && std::fs::metadata(it).unwrap().len() > 0;
        assert!(
            files.iter().any(is_there),
            "`{file}` is not looked at: {files:?}"
        );
    }
    let has_part = |part: &str| {
        files
            .iter()
            .any(|it| it.display().to_string().contains(part))
    };
    assert!(
        has_part("/backups/kiosk-") && has_part("/prompts/"),
        "{files:?}"
    );
    let mut bytes_read = 0;
    for file in &files {
        let bytes = std::fs::read(file).unwrap();
        if file.ends_with(RESERVE) {
            assert!(bytes.iter().all(|byte| *byte == 0));
            continue;
        }
        bytes_read += bytes.len();
        assert_eq!(canaries.found_in(&bytes), None, "in `{}`", file.display());
        for form in &sound {
            let begins = form[0];
            let found = bytes
                .iter()
                .enumerate()
                .any(|(at, byte)| *byte == begins && bytes[at..].starts_with(form));
            assert!(!found, "a voice in `{}`", file.display());
        }
    }
    let visits = kiosk.log().matches("conversation began").count();
    assert!(visits >= count / 2, "the log is being looked at");
    println!(
        "{count} conversations and a voice; {} files, {bytes_read} bytes",
        files.len()
    );
}

#[test]
fn a_kioskd_that_crashes_leaves_no_core_file() {
    let unlimited = ["sh", "-c", r#"ulimit -c unlimited; exec "$0""#];
    let mut kiosk = Kiosk::start_through(&unlimited, &[("KIOSK_PATHS_MODELS", "/nonexistent")]);
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", kiosk.process())).unwrap();
    let limit = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"));
    let words: Vec<&str> = limit.unwrap().split_whitespace().collect();
    // One byte: what the kernel also keeps from a program that collects cores.
    assert_eq!(words[4..6], ["1", "1"], "{limit:?}");
    let ended = kiosk.crash();
    assert_eq!(ended.signal(), Some(6), "{ended:?}");
    assert!(!ended.core_dumped());
    let files = files_under(kiosk.folder());
    let is_core = |it: &PathBuf| {
        it.file_name()
            .is_some_and(|it| it.to_string_lossy().starts_with("core"))
    };
    assert!(!files.iter().any(is_core), "{files:?}");
    for unit in [
        include_str!("../../systemd/system/kioskd.service"),
        include_str!("../../systemd/system/kiosk-ui.service"),
    ] {
        for line in ["LimitCORE=1", "MemorySwapMax=0", "PrivateTmp=yes"] {
            assert!(unit.lines().any(|it| it == line), "{line}");
        }
    }
}

/// Someone of whom no two share a fact, and whose name nobody else has.
fn person(number: usize) -> Person {
    let part = |number: usize| {
        const CONSONANTS: &[u8] = b"bdfgklmnprstvz";
        let at = |number: usize| char::from(CONSONANTS[number % CONSONANTS.len()]);
        format!("{}a{}o", at(number), at(number / 3 + 5))
    };
    Person {
        name: format!("Quez{} Zolp{}", part(number), part(number * 5 + 1)),
        phone: format!("02449{:05}", 17_364 + 613 * number),
        birth_date: format!(
            "{:02}/{:02}/{}",
            1 + number % 28,
            1 + number % 12,
            1931 + number
        ),
    }
}

/// A person's facts in the forms that they take on their way.
fn secrets_of(person: &Person) -> Vec<String> {
    let mut secrets: Vec<String> = person.name.split(' ').map(ToOwned::to_owned).collect();
    secrets.push(person.name.clone());
    secrets.push(person.phone.clone());
    secrets.push(format!("+233{}", &person.phone[1..]));
    secrets.push(person.phone[1..].to_owned());
    let [day, month, year] = [0..2, 3..5, 6..10].map(|at| &person.birth_date[at]);
    secrets.push(person.birth_date.clone());
    secrets.push(format!("{year}-{month}-{day}"));
    secrets.push(complaint(person));
    secrets
}

fn complaint(person: &Person) -> String {
    let last = person.name.split(' ').next_back().unwrap();
    format!("terrible {last}itis")
}

fn books_by_touch(kiosk: &Kiosk, person: &Person) {
    let mut panel = kiosk.panel();
    visit::to_confirmation(&mut panel, person);
    panel.touch(Action::Yes, None);
    panel.wait_for_screen(Screen::Booked);
    panel.touch(Action::Goodbye, None);
    panel.wait_for("the end", |message| {
        matches!(message, ServerMessage::Ended { .. })
    });
}

/// Complains first, and says number and birth date; names are typed, which is what they are.
fn books_by_words(kiosk: &Kiosk, person: &Person) {
    let mut panel = kiosk.panel();
    panel.wait_for_screen(Screen::Welcome);
    panel.send(&ClientMessage::Start);
    panel.wait_for_screen(Screen::Listening);
    panel.say(&format!(
        "I have a {} and want the dentist as soon as possible",
        complaint(person)
    ));
    let offers = panel.wait_for_screen(Screen::ChooseSlot);
    panel.touch(Action::Choose, Some(&offers.choices[0].id));
    panel.wait_for_screen(Screen::EnterPhone);
    let figures: Vec<String> = person.phone.chars().map(String::from).collect();
    panel.say(&format!("my number is {}", figures.join(" ")));
    panel.wait_for_screen(Screen::EnterBirthDate);
    panel.say(&person.birth_date);
    panel.wait_for_screen(Screen::EnterName);
    panel.touch(Action::Enter, Some(&person.name));
    panel.wait_for_screen(Screen::Question);
    panel.say("yes");
    panel.wait_for_screen(Screen::Confirm);
    panel.say("yes please");
    panel.wait_for_screen(Screen::Booked);
    panel.send(&ClientMessage::End);
    panel.wait_for("the end", |message| {
        matches!(message, ServerMessage::Ended { .. })
    });
}

fn leaves_in_the_middle(kiosk: &Kiosk, person: &Person) {
    let mut panel = kiosk.panel();
    visit::to_confirmation(&mut panel, person);
    panel.send(&ClientMessage::End);
    panel.wait_for("the end", |message| {
        matches!(message, ServerMessage::Ended { .. })
    });
}

/// Other programs.
struct Outside {
    port: u16,
    key: String,
}

impl Outside {
    fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        let client = Client::new();
        client
            .request(method.parse().unwrap(), url)
            .bearer_auth(&self.key)
    }

    fn books(&self, person: &Person) {
        let slots: Value = self
            .request("GET", "/v1/slots?limit=50")
            .send()
            .unwrap()
            .json()
            .unwrap();
        let slot = &slots["slots"].as_array().unwrap().last().unwrap()["id"];
        let [day, month, year] = [0..2, 3..5, 6..10].map(|at| &person.birth_date[at]);
        let patient = json!({
            "name": person.name, "phone": format!("+233{}", &person.phone[1..]),
            "birth_date": format!("{year}-{month}-{day}"),
        });
        let id = uuid::Uuid::now_v7().to_string();
        let body = json!({ "id": id, "slot": slot, "patient": patient });
        let answer = self
            .request("POST", "/v1/appointments")
            .json(&body)
            .send()
            .unwrap();
        assert!(answer.status().is_success(), "{}", answer.status());
        // What makes no sense is refused without being repeated.
        let wrong = json!({ "id": id, "slot": person.name, "patient": person.phone });
        let refused = self
            .request("POST", "/v1/appointments")
            .json(&wrong)
            .send()
            .unwrap();
        assert!(refused.status().is_client_error());
        assert!(!refused.text().unwrap().contains(&person.phone));
    }

    fn searches(&self, person: &Person) {
        let body = json!({ "name": person.name });
        let answer = self
            .request("POST", "/v1/patients/_search")
            .json(&body)
            .send()
            .unwrap();
        assert!(answer.status().is_success(), "{}", answer.status());
    }

    fn converses(&self, person: &Person) {
        let mut socket = self.socket(None);
        for said in [
            format!("my name is {}", person.name),
            format!("I have a {}", complaint(person)),
            format!(
                "my number is {} and I was born on {}",
                person.phone, person.birth_date
            ),
        ] {
            socket.send(&ClientMessage::Say {
                text: Private::new(said),
            });
        }
        socket.send(&ClientMessage::End);
        socket.until("the end", |message| {
            matches!(message, ServerMessage::Ended { .. })
        });
    }

    /// A known voice, in a conversation and as a recording; what of it to look for.
    fn speaks(&self) -> [Vec<u8>; 2] {
        let mut voice = piper();
        let sound = render(voice.as_mut(), SAID).unwrap();
        let sound = resample(&sound, voice.rate(), 16_000).unwrap();
        let bytes = pcm16::to_bytes(&sound);
        let mut socket = self.socket(Some(16_000));
        socket.send(&ClientMessage::Start);
        socket.until("the greeting", |message| {
            matches!(message, ServerMessage::Spoken { .. })
        });
        let began = Instant::now();
        let blocks = bytes.chunks(3_200).map(<[u8]>::to_vec);
        // A microphone does not stop with the words: what was understood of them may be waited on.
        for (index, block) in blocks.chain(vec![vec![0; 3_200]; 80]).enumerate() {
            socket.inner.send(Message::binary(block)).unwrap();
            let due = began + Duration::from_millis(100) * index as u32;
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
        socket.until("what was heard", |message| {
            matches!(message, ServerMessage::Transcript { is_final: true, .. })
        });
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("voice.wav");
        kiosk_daemon::audio::wav::write(&file, &pcm16::from_bytes(&bytes), 16_000).unwrap();
        let part = Part::bytes(std::fs::read(&file).unwrap()).file_name("Quezlaga.wav");
        let form = Form::new().text("model", "any").part("file", part);
        let answer = self
            .request("POST", "/v1/audio/transcriptions")
            .multipart(form)
            .send()
            .unwrap();
        let heard = answer.text().unwrap().to_lowercase();
        assert!(heard.contains("doctor"), "{heard}");
        sound_forms(&bytes)
    }

    fn socket(&self, audio_rate: Option<u32>) -> Socket {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let url = format!("ws://127.0.0.1:{}/v1/conversations", self.port);
        let (inner, _) = tungstenite::client(url, stream).unwrap();
        let mut socket = Socket { inner };
        let hello = json!({
            "type": "hello", "version": VERSION, "audio_rate": audio_rate, "key": self.key,
        });
        socket.inner.send(Message::text(hello.to_string())).unwrap();
        socket.until("hello", |message| {
            matches!(message, ServerMessage::Hello { .. })
        });
        socket
    }
}

struct Socket {
    inner: tungstenite::WebSocket<TcpStream>,
}

impl Socket {
    fn send(&mut self, message: &ClientMessage) {
        let text = serde_json::to_string(message).unwrap();
        self.inner.send(Message::text(text)).unwrap();
    }

    fn until(&mut self, what: &str, wanted: impl Fn(&ServerMessage) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Message::Text(text) = self.inner.read().unwrap()
                && wanted(&serde_json::from_str(&text).unwrap())
            {
                return;
            }
        }
        panic!("waited in vain for {what}");
    }
}

/// Every file, however deep; sockets are none.
fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            files.extend(files_under(&entry.path()));
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    files
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
