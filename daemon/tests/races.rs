//! Many programs and a patient want the same slots at the same time: each slot is given once.
#![allow(clippy::unwrap_used)]

#[path = "support/kiosk.rs"]
mod kiosk;

use kiosk::{Kiosk, Panel};
use kiosk_protocol::control::Scope;
use kiosk_protocol::{Action, ClientMessage, Screen, ServerMessage};
use reqwest::StatusCode;
use reqwest::blocking::{Client, Response};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use uuid::Uuid;

/// Programs at once.
const CLIENTS: usize = 64;
/// Slots that everybody wants.
const WANTED: usize = 200;

#[test]
fn whoever_races_for_it_a_slot_is_given_once() {
    let attempts = if std::env::var_os("KIOSK_SOAK").is_some() {
        100_000
    } else {
        2_500
    };
    let clinic = Clinic::open();
    let slots = clinic.slots(WANTED);
    let (left, is_over) = (AtomicUsize::new(attempts), AtomicBool::new(false));
    let held_by_patients = std::thread::scope(|scope| {
        let patients = scope.spawn(|| {
            let mut panel = clinic.kiosk.panel();
            let mut booked = 0;
            // Fewer than the department has slots for.
            while !is_over.load(Ordering::Relaxed) && booked < 200 {
                booked += usize::from(a_patient_books(&mut panel, booked));
            }
            booked
        });
        let racing: Vec<_> = (0..CLIENTS)
            .map(|number| {
                scope.spawn({
                    let (clinic, slots, left) = (&clinic, &slots, &left);
                    move || clinic.race(number, slots, left)
                })
            })
            .collect();
        for client in racing {
            client.join().unwrap();
        }
        is_over.store(true, Ordering::Relaxed);
        patients.join().unwrap()
    });

    let rows = clinic.appointments();
    let blocking: Vec<&Value> = rows
        .iter()
        .filter(|row| row["status"] == "booked")
        .collect();
    let mut taken = HashSet::new();
    for row in &blocking {
        let time = (row["practitioner"].to_string(), row["start"].to_string());
        assert!(taken.insert(time), "given twice: {}", row["slot"]);
    }
    let of_patients = rows.iter().filter(|row| row["patient"]["name"] == PATIENT);
    assert_eq!(of_patients.count(), held_by_patients);
    assert!(held_by_patients > 0, "a patient got one, too");
    let wanted: HashMap<&str, ()> = slots.iter().map(|it| (it.as_str(), ())).collect();
    let given = blocking
        .iter()
        .filter(|row| wanted.contains_key(row["slot"].as_str().unwrap()));
    assert!(given.count() > WANTED / 2, "most were given to somebody");
}

const PATIENT: &str = "Esi Arthur";

/// One visit at the panel; whether it ended with an appointment.
fn a_patient_books(panel: &mut Panel, number: usize) -> bool {
    panel.send(&ClientMessage::Start);
    panel.wait_for_screen(Screen::Listening);
    panel.touch(Action::Book, None);
    panel.wait_for_screen(Screen::ChoosePractitioner);
    panel.touch(Action::Choose, Some("dental"));
    panel.wait_for_screen(Screen::Listening);
    panel.touch(Action::Choose, Some("soonest"));
    let offers = panel.wait_for_screen(Screen::ChooseSlot);
    panel.touch(Action::Choose, Some(&offers.choices[0].id));
    panel.wait_for_screen(Screen::EnterPhone);
    panel.touch(Action::Enter, Some(&format!("02441{number:05}")));
    panel.wait_for_screen(Screen::EnterBirthDate);
    // Somebody else each time: who is on record is asked other questions.
    let born = jiff::civil::date(1950, 1, 1).saturating_add(jiff::Span::new().days(number as i64));
    panel.touch(Action::Enter, Some(&born.to_string()));
    panel.wait_for_screen(Screen::EnterName);
    panel.touch(Action::Enter, Some(PATIENT));
    panel.wait_for_screen(Screen::Question);
    panel.touch(Action::Yes, None);
    panel.wait_for_screen(Screen::Confirm);
    panel.touch(Action::Yes, None);
    let answer = panel.wait_for("an answer", |message| {
        matches!(message, ServerMessage::View(view)
            if matches!(view.screen, Screen::Booked | Screen::ChooseSlot))
    });
    let booked = matches!(answer, ServerMessage::View(view) if view.screen == Screen::Booked);
    panel.send(&ClientMessage::End);
    panel.wait_for_screen(Screen::Welcome);
    booked
}

struct Clinic {
    kiosk: Kiosk,
    port: u16,
    key: String,
}

impl Clinic {
    fn open() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        // Free now; a kioskd that finds it taken says so.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let kiosk = Kiosk::start(&[
            ("KIOSK_HTTP_LISTEN", &format!("127.0.0.1:{port}")),
            ("KIOSK_PATHS_MODELS", "/nonexistent"),
            ("KIOSK_LOG_LEVEL", "info"),
        ]);
        kiosk.import_sample_clinic();
        let key = kiosk.key_with(&[Scope::Staff], 0, 10);
        Self { kiosk, port, key }
    }

    /// Books, holds, moves and cancels at random until no attempt is left.
    fn race(&self, number: usize, slots: &[String], left: &AtomicUsize) {
        let client = Client::new();
        let mut random = fastrand::Rng::with_seed(number as u64);
        let mut mine = Vec::new();
        while left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |it| it.checked_sub(1))
            .is_ok()
        {
            let slot = &slots[random.usize(..slots.len())];
            let answer = match (random.u8(..8), mine.pop()) {
                (0, Some(id)) => {
                    self.post(&client, &format!("appointments/{id}/cancel"), &json!({}))
                }
                (1, Some(id)) => {
                    let path = format!("appointments/{id}/reschedule");
                    let moved = self.post(&client, &path, &json!({ "slot": slot }));
                    mine.push(id);
                    moved
                }
                (kind, kept) => {
                    mine.extend(kept);
                    let id = Uuid::now_v7();
                    if kind == 2 {
                        let hold = json!({ "appointment": id, "slot": slot });
                        self.post(&client, "holds", &hold);
                    }
                    let patient = json!({ "name": format!("Racer {number}") });
                    let body = json!({ "id": id, "slot": slot, "patient": patient });
                    let booked = self.post(&client, "appointments", &body);
                    if booked.status() == StatusCode::CREATED {
                        mine.push(id);
                    }
                    booked
                }
            };
            let expected = [StatusCode::CREATED, StatusCode::OK, StatusCode::CONFLICT];
            assert!(expected.contains(&answer.status()), "{answer:?}");
        }
    }

    fn post(&self, client: &Client, path: &str, body: &Value) -> Response {
        let url = format!("http://127.0.0.1:{}/v1/{path}", self.port);
        client
            .post(url)
            .bearer_auth(&self.key)
            .json(body)
            .send()
            .unwrap()
    }

    fn get(&self, path: &str) -> Value {
        let url = format!("http://127.0.0.1:{}/v1/{path}", self.port);
        let answer = Client::new().get(url).bearer_auth(&self.key).send();
        answer.unwrap().json().unwrap()
    }

    fn slots(&self, count: usize) -> Vec<String> {
        let answer = self.get(&format!("slots?limit={count}"));
        let slots = answer["slots"].as_array().unwrap().iter();
        slots
            .map(|it| it["id"].as_str().unwrap().to_owned())
            .collect()
    }

    fn appointments(&self) -> Vec<Value> {
        let (mut rows, mut cursor) = (Vec::new(), String::new());
        loop {
            let mut page = self.get(&format!("appointments?limit=1000{cursor}"));
            rows.append(page["appointments"].as_array_mut().unwrap());
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return rows,
            }
        }
    }
}
