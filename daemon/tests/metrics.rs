//! `/metrics` of the real kioskd: read as strictly as Prometheus' format is written down, with
//! what has really happened in it and nothing of a patient.
#![allow(clippy::unwrap_used)]

#[path = "support/kiosk.rs"]
mod kiosk;
#[path = "support/prometheus.rs"]
mod prometheus;
#[path = "support/visit.rs"]
mod visit;

use kiosk::Kiosk;
use kiosk_protocol::control::Scope;
use kiosk_protocol::{Action, ClientMessage, Screen, ServerMessage};
use prometheus::{Family, parse};
use reqwest::StatusCode;
use reqwest::blocking::{Client, Response};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpListener;
use visit::Person;

#[test]
fn what_is_no_figure_is_refused() {
    let good = "# HELP a_total About.\n# TYPE a_total counter\na_total{b=\"c\"} 1\n";
    assert!(parse(good).is_ok());
    let histogram = "# HELP h About.\n# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_sum 3\nh_count 2\n";
    assert!(parse(histogram).is_ok());
    for (from, to) in [
        ("a_total{", "a-total{"),
        ("\"} 1\n", "\"} one\n"),
        ("\"} 1\n", "\"} inf\n"),
        ("\"} 1\n", "\"} 1"),
        ("\"} 1\n", "\"} 1\na_total{b=\"c\"} 2\n"),
        ("\"} 1\n", "\"} -1\n"),
        ("\"c\"", "\"c\\x\""),
        ("\"c\"}", "\"c\""),
        (" counter", " summary"),
        ("# TYPE a_total counter\n", ""),
        ("# TYPE a_total", "# TYPE b_total"),
        ("# HELP a_total About.\n", ""),
        ("{b=", "{__b="),
        ("{b=\"c\"}", "{b=\"c\",b=\"d\"}"),
    ] {
        let bad = good.replacen(from, to, 1);
        assert!(parse(&bad).is_err(), "{bad}");
    }
    for (from, to) in [
        ("h_count 2", "h_count 3"),
        ("\"1\"} 1", "\"1\"} 3"),
        ("h_sum 3\n", ""),
        ("le=\"+Inf\"", "le=\"2\""),
        ("h_sum 3", "other 3"),
    ] {
        let bad = histogram.replacen(from, to, 1);
        assert!(parse(&bad).is_err(), "{bad}");
    }
}

#[test]
fn what_happens_is_counted_and_tells_nothing_of_anybody() {
    let person = Person {
        name: "Adwoa Plantedname".to_owned(),
        phone: "0244987654".to_owned(),
        birth_date: "02/03/1990".to_owned(),
    };
    let desk = Desk::open();
    let before = desk.figures();
    assert_eq!(bookings(&before), 0.0);
    assert!(before["kiosk_turn_seconds"].samples.len() > 8);

    let mut panel = desk.kiosk.panel();
    visit::to_confirmation(&mut panel, &person);
    panel.touch(Action::Yes, None);
    panel.wait_for_screen(Screen::Booked);
    panel.touch(Action::Goodbye, None);
    panel.wait_for("the end", |message| {
        matches!(message, ServerMessage::Ended { .. })
    });

    panel.send(&ClientMessage::Start);
    panel.wait_for_screen(Screen::Listening);
    panel.send(&ClientMessage::End);
    panel.wait_for("the end", |message| {
        matches!(message, ServerMessage::Ended { .. })
    });

    let slots: Value = desk.get("/v1/slots?limit=50").json().unwrap();
    let slot = |number: usize| slots["slots"][number]["id"].clone();
    let first = desk.book("Akosua Plantedone", &slot(20));
    assert_eq!(first.1, StatusCode::CREATED);
    assert_eq!(
        desk.book("Akosua Plantedtwo", &slot(20)).1,
        StatusCode::CONFLICT
    );
    let id = first.0;
    let moved = desk.post(
        &format!("/v1/appointments/{id}/reschedule"),
        &json!({ "slot": slot(30) }),
    );
    assert_eq!(moved.status(), StatusCode::OK);
    let cancelled = desk.post(&format!("/v1/appointments/{id}/cancel"), &json!({}));
    assert_eq!(cancelled.status(), StatusCode::OK);
    let refused = desk.post(
        &format!("/v1/appointments/{id}/reschedule"),
        &json!({ "slot": slot(31) }),
    );
    assert_eq!(refused.status(), StatusCode::CONFLICT);

    let text = desk.text();
    let after = parse(&text).unwrap();
    let booked = |outcome: &str, channel: &str| {
        let labels = [("outcome", outcome), ("channel", channel)];
        after["kiosk_bookings_total"].value("", &labels).unwrap()
    };
    assert_eq!(booked("booked", "panel"), 1.0);
    for outcome in ["booked", "moved", "cancelled", "refused", "collision"] {
        assert_eq!(booked(outcome, "api"), 1.0, "{outcome}");
    }
    assert_eq!(bookings(&after), 6.0, "and nothing else");
    let ended = |outcome: &str, channel: &str| {
        let labels = [("outcome", outcome), ("channel", channel)];
        after["kiosk_conversations_total"]
            .value("", &labels)
            .unwrap()
    };
    assert_eq!(ended("booked", "panel"), 1.0);
    assert_eq!(ended("goodbye", "panel"), 1.0);
    nothing_personal_is_told(&text, &after, &person);
}

fn bookings(figures: &BTreeMap<String, Family>) -> f64 {
    let samples = &figures["kiosk_bookings_total"].samples;
    samples.iter().map(|sample| sample.value).sum()
}

/// Labels are words of the kiosk's own; a sensor's name is the kernel's.
fn nothing_personal_is_told(text: &str, figures: &BTreeMap<String, Family>, person: &Person) {
    for secret in [
        "Planted",
        &person.phone,
        &person.phone[1..],
        "1990",
        "dental",
        "owusu",
    ] {
        assert!(!text.contains(secret), "`{secret}` is told: {text}");
    }
    let samples = figures.values().flat_map(|family| &family.samples);
    let labels: BTreeSet<&str> = samples
        .flat_map(|it| it.labels.keys().map(String::as_str))
        .collect();
    let known = ["channel", "le", "outcome", "reason", "zone"];
    assert!(
        labels.iter().all(|label| known.contains(label)),
        "{labels:?}"
    );
}

struct Desk {
    kiosk: Kiosk,
    port: u16,
    key: String,
}

impl Desk {
    fn open() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let listen = format!("127.0.0.1:{port}");
        let kiosk = Kiosk::start(&[
            ("KIOSK_HTTP_LISTEN", &listen),
            ("KIOSK_PATHS_MODELS", "/nonexistent"),
        ]);
        kiosk.import_sample_clinic();
        let key = kiosk.key(&[Scope::Staff, Scope::Metrics]);
        Self { kiosk, port, key }
    }

    fn get(&self, path: &str) -> Response {
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        Client::new()
            .get(url)
            .bearer_auth(&self.key)
            .send()
            .unwrap()
    }

    fn post(&self, path: &str, body: &Value) -> Response {
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        let asked = Client::new().post(url).bearer_auth(&self.key).json(body);
        asked.send().unwrap()
    }

    fn text(&self) -> String {
        let answer = self.get("/metrics");
        let kind = answer.headers()["content-type"]
            .to_str()
            .unwrap()
            .to_owned();
        assert_eq!(kind, "text/plain; version=0.0.4");
        answer.text().unwrap()
    }

    fn figures(&self) -> BTreeMap<String, Family> {
        parse(&self.text()).unwrap()
    }

    fn book(&self, name: &str, slot: &Value) -> (String, StatusCode) {
        let id = uuid::Uuid::now_v7().to_string();
        let patient = json!({ "name": name, "birth_date": "1990-03-02" });
        let body = json!({ "id": id, "slot": slot, "patient": patient });
        (id, self.post("/v1/appointments", &body).status())
    }
}
