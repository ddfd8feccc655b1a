//! The real kioskd, killed at any moment while bookings come in and the network fails: each
//! booking that was confirmed is on both sides once.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "support/central.rs"]
mod central;
#[path = "support/comparison.rs"]
mod comparison;
#[path = "support/faults.rs"]
mod faults;
#[path = "support/kiosk.rs"]
mod kiosk;

use central::{Fault, Proxy, Server};
use comparison::{row, same};
use kiosk::{Kiosk, PATIENCE};
use kiosk_core::clinic::large;
use kiosk_protocol::control::{Reply, Request, Scope, SyncStatus};
use reqwest::StatusCode;
use reqwest::blocking::Client;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

#[test]
fn no_booking_is_lost_or_doubled_by_kills_and_faults() {
    let (runs, seed) = match std::env::var("KIOSK_SOAK") {
        Ok(_) => (1_000, 20_261_127),
        Err(_) => (4, 1),
    };
    let server = Server::start(&[]);
    let there = server.named("kills");
    let proxy = Proxy::start(server.port, |_| Fault::None);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let mut kiosk = Kiosk::start(&[
        ("KIOSK_HTTP_LISTEN", &format!("127.0.0.1:{port}")),
        ("KIOSK_PATHS_MODELS", "/nonexistent"),
        (
            "KIOSK_CENTRAL_URL",
            &format!("http://127.0.0.1:{}/kills", proxy.port),
        ),
        ("KIOSK_CENTRAL_CLINIC", "kills"),
        ("KIOSK_CENTRAL_INTERVAL_S", "1"),
        ("KIOSK_LOG_LEVEL", "info"),
    ]);
    // Slots enough for all runs.
    let toml = toml::to_string(&large(40, 60)).unwrap();
    let imported = kiosk.ask(&Request::ImportRoster { toml });
    assert!(matches!(imported, Reply::Imported { .. }), "{imported:?}");
    let desk = Desk {
        port,
        key: kiosk.key_with(&[Scope::Staff, Scope::Central], 0, 10),
    };
    let mut chance = fastrand::Rng::with_seed(seed);
    let mut confirmed = BTreeSet::new();
    let mut faults = 0;
    for run in 0..runs {
        let mut luck = chance.fork();
        proxy.choose(move |_| faults::any(&mut luck));
        let before = proxy.seen().len();
        // kioskd asks the central server about a second after its start, and after each booking.
        let kill_after = Duration::from_millis(chance.u64(20..2_500));
        let mut luck = chance.fork();
        let killed = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let working = scope.spawn(|| desk.work(&mut luck, &killed));
            std::thread::sleep(kill_after);
            kiosk.kill();
            killed.store(true, Ordering::SeqCst);
            confirmed.extend(working.join().unwrap());
        });
        faults += proxy.seen().len() - before;
        kiosk.kill_and_start_again();
        proxy.choose(|_| Fault::None);
        if run % 10 == 0 || run + 1 == runs {
            until_nothing_is_pending(&kiosk);
            let here: Vec<_> = desk.appointments();
            let ids: BTreeSet<&String> = here.iter().map(|it| &it[0]).collect();
            assert!(
                confirmed.iter().all(|id| ids.contains(id)),
                "run {run}: a confirmed booking is gone"
            );
            same(here, &there, "kills");
        }
    }
    println!(
        "{runs} kills, {} confirmed bookings, {faults} requests through the faults, seed {seed}",
        confirmed.len()
    );
    assert!(!confirmed.is_empty() && faults > 0);
}

fn until_nothing_is_pending(kiosk: &Kiosk) -> SyncStatus {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let Reply::Sync(status) = kiosk.ask(&Request::SyncNow) else {
            panic!("no answer about synchronisation");
        };
        if status.pending == 0 && status.problem.is_none() {
            return *status;
        }
        // Put off by a fault, for a minute at the earliest.
        assert!(
            Instant::now() < deadline || status.put_off_count > 0,
            "{status:?}"
        );
        assert!(Instant::now() < deadline + 2 * PATIENCE, "{status:?}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

struct Desk {
    port: u16,
    key: String,
}

impl Desk {
    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Books, moves, cancels and checks in until kioskd is gone; what was confirmed.
    fn work(&self, chance: &mut fastrand::Rng, killed: &AtomicBool) -> Vec<String> {
        let client = Client::new();
        let mut booked = Vec::new();
        while !killed.load(Ordering::SeqCst) {
            let Ok(answer) = client
                .get(self.url("/v1/slots?limit=200"))
                .bearer_auth(&self.key)
                .send()
            else {
                continue;
            };
            let Ok(slots) = answer.json::<Value>() else {
                continue;
            };
            let slots = slots["slots"].as_array().unwrap();
            let slot = &slots[chance.usize(0..slots.len())]["id"];
            let (path, body, id) = match (chance.u8(0..5), booked.last()) {
                (0, Some(id)) => (format!("/v1/appointments/{id}/cancel"), json!({}), None),
                (1, Some(id)) => (
                    format!("/v1/appointments/{id}/reschedule"),
                    json!({ "slot": slot }),
                    None,
                ),
                (2, Some(id)) => (format!("/v1/appointments/{id}/check-in"), json!({}), None),
                _ => {
                    let id = uuid::Uuid::now_v7().to_string();
                    let patient =
                        json!({ "name": format!("Akosua {id}"), "birth_date": "1984-05-06" });
                    let body = json!({ "id": id, "slot": slot, "patient": patient });
                    ("/v1/appointments".to_owned(), body, Some(id))
                }
            };
            let answer = client
                .post(self.url(&path))
                .bearer_auth(&self.key)
                .json(&body)
                .send();
            if let (Ok(answer), Some(id)) = (answer, id)
                && answer.status() == StatusCode::CREATED
            {
                booked.push(id);
            }
            std::thread::sleep(Duration::from_millis(chance.u64(0..60)));
        }
        booked
    }

    fn appointments(&self) -> Vec<comparison::Row> {
        let mut rows = Vec::new();
        let mut next = Some(self.url("/fhir/Appointment?_count=1000"));
        while let Some(url) = next {
            let answer = Client::new()
                .get(url)
                .bearer_auth(&self.key)
                .send()
                .unwrap();
            let page: Value = answer.json().unwrap();
            let entries = page["entry"].as_array().cloned().unwrap_or_default();
            rows.extend(entries.iter().map(|it| {
                row(&it["resource"], |reference| {
                    reference.rsplit('/').next().unwrap().to_owned()
                })
            }));
            next = page["link"][0]["url"].as_str().map(ToOwned::to_owned);
        }
        rows
    }
}
