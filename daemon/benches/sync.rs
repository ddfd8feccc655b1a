//! How fast the outbox drains to a local server, and what 100,000 pending rows cost:
//! `cargo bench -p kiosk-daemon --bench sync`. The server is the tests' (npm), on this machine;
//! beside it one that takes everything and keeps nothing, to tell the kiosk's part from its.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

#[path = "../tests/support/central.rs"]
mod central;

use central::Server;
use jiff::{Timestamp, ToSpan};
use kiosk_core::clinic::{AppointmentId, Booking, NewPatient, Patient, SlotQuery, large};
use kiosk_daemon::config::{self, CentralSettings};
use kiosk_daemon::store::{Store, StoreHandle, wait};
use kiosk_daemon::sync::{Parts, Sync, SyncHandle};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

const DRAINED: usize = 5_000;
const PENDING: usize = 100_000;

fn main() {
    // `cargo test --benches` asks for nothing to be measured.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let server = Server::start(&[]);
    drain("the npm server", server.port);
    drain("a server that keeps nothing", forgetful());
    memory(&server);
}

fn drain(what: &str, port: u16) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for batch in [50, 200] {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), Timestamp::now()).unwrap();
        book(&store.handle(), DRAINED);
        let url = format!("http://127.0.0.1:{port}/drain-{batch}/");
        let sync = start(&runtime, &store.handle(), &url, batch);
        let began = Instant::now();
        runtime.block_on(sync.now()).unwrap();
        let took = began.elapsed();
        assert_eq!(wait(store.handle().outbox_len()).unwrap(), 0);
        println!(
            "{DRAINED} appointments with new patients to {what}, {batch} a batch: {:.0} a second",
            DRAINED as f64 / took.as_secs_f64()
        );
    }
}

/// Answers each entry of a transaction with `201 Created` and every search with nothing.
fn forgetful() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let made = Arc::new(AtomicUsize::new(0));
        for stream in listener.incoming() {
            let (stream, made) = (stream.unwrap(), made.clone());
            std::thread::spawn(move || answer_all(stream, &made));
        }
    });
    port
}

fn answer_all(stream: TcpStream, made: &AtomicUsize) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            let line = line.trim().to_ascii_lowercase();
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.parse().unwrap();
            }
            if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
        let entries = asked["entry"].as_array().cloned().unwrap_or_default();
        let done = entries.iter().map(|entry| {
            let kind = entry["resource"]["resourceType"].as_str().unwrap();
            let id = made.fetch_add(1, Ordering::Relaxed);
            json!({ "response": { "status": "201", "etag": "W/\"1\"", "location": format!("{kind}/{id}/_history/1") } })
        });
        let answer = json!({ "resourceType": "Bundle", "type": "transaction-response", "entry": done.collect::<Vec<_>>() }).to_string();
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/fhir+json";
        // In one piece: small ones wait for the other side's acknowledgement.
        let whole = format!("{head}\r\ncontent-length: {}\r\n\r\n{answer}", answer.len());
        reader.get_mut().write_all(whole.as_bytes()).unwrap();
    }
}

fn memory(server: &Server) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Timestamp::now()).unwrap();
    // Each row is a booking that nobody has heard of.
    let booked = book(&store.handle(), PENDING / 2);
    for id in booked {
        wait(store.handle().cancel(id, Timestamp::now())).unwrap();
    }
    let pending = wait(store.handle().outbox_len()).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = kilobytes("VmRSS:");
    let sync = start(
        &runtime,
        &store.handle(),
        &format!("http://127.0.0.1:{}/memory/", server.port),
        50,
    );
    let _ =
        runtime.block_on(async { tokio::time::timeout(Duration::from_secs(20), sync.now()).await });
    let peak = kilobytes("VmHWM:");
    println!(
        "{pending} pending rows: {:.1} MB more at the peak of a drain",
        (peak - before) as f64 / 1_024.0
    );
}

fn kilobytes(name: &str) -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn start(
    runtime: &tokio::runtime::Runtime,
    store: &StoreHandle,
    url: &str,
    batch: usize,
) -> SyncHandle {
    let settings = config::load(None).unwrap();
    let setting = wait(kiosk_daemon::clinic::setting(store, &settings)).unwrap();
    let (roster_changed, _) = mpsc::channel(1);
    let (sync, handle) = Sync::new(Parts {
        store: store.clone(),
        settings: CentralSettings {
            url: url.parse().unwrap(),
            key_file: None,
            client_file: None,
            ca_file: None,
            identity: "".into(),
            kiosk: "bench".to_owned(),
            batch,
            interval: Duration::from_secs(86_400),
            answer_within: Duration::from_secs(60),
            leasing: None,
        },
        clinic: "bench".to_owned(),
        setting: watch::Sender::new(setting).subscribe(),
        roster_changed,
    });
    runtime.spawn(sync.run(CancellationToken::new()));
    handle
}

/// Books so many slots for so many new patients.
fn book(store: &StoreHandle, wanted: usize) -> Vec<AppointmentId> {
    wait(store.import_roster(large(50, 90), Timestamp::now())).unwrap();
    let query = SlotQuery {
        practitioners: Vec::new(),
        from: Timestamp::now(),
        until: Timestamp::now() + (24 * 90).hours(),
        time_of_day: None,
        limit: wanted,
    };
    let slots = wait(store.free_slots(query, Timestamp::now())).unwrap();
    assert_eq!(slots.len(), wanted, "slots enough");
    slots
        .iter()
        .enumerate()
        .map(|(number, slot)| {
            let id = AppointmentId(uuid::Uuid::now_v7().to_string());
            let booking = Booking {
                id: id.clone(),
                slot: slot.id.clone(),
                patient: Patient::New(NewPatient {
                    name: format!("Bench Patient {number}").into(),
                    phone: Some("+233244000001".into()),
                    birth_date: None,
                }),
            };
            wait(store.book(booking, Timestamp::now())).unwrap();
            id
        })
        .collect()
}
