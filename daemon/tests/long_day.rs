//! A day's visits at the panel, one after the other without waiting, and what other programs
//! ask meanwhile: memory, threads and open files stay as they were, the database grows by what
//! was booked and by nothing else. A few visits; with `KIOSK_SOAK` as many as a busy lobby has
//! in 24 hours.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "support/kiosk.rs"]
mod kiosk;
#[path = "support/visit.rs"]
mod visit;

use kiosk::{Held, Kiosk};
use kiosk_protocol::control::{Reply, Request, Scope};
use kiosk_protocol::{Action, ClientMessage, Screen, ServerMessage};
use reqwest::blocking::Client;
use std::net::TcpListener;
use visit::Person;

/// A visit every three minutes, day and night.
const DAY: usize = 480;
const SHORT: usize = 12;
/// Every so many visits end with a booking; the dentist of the sample clinic has room for
/// them all.
const BOOKS: usize = 4;
/// Until everything that is made once is there: pages of the database in memory among it.
const WARM_UP: usize = 8;
/// By how much an allocator may hold more after the day than before it, in MiB. The cache of
/// the database (16 MiB at most) fills as it grows.
const ALLOWED: f64 = 12.0;
/// What a booking may add to the database: its rows, their changes, audit lines and outbox
/// rows, in pages of 4 KiB that are two thirds full.
const BYTES_A_BOOKING: u64 = 8 << 10;
/// The log of the database is folded into it every thousand pages.
const LOG_BYTES: u64 = 12 << 20;

#[test]
fn a_day_of_visits_leaves_nothing_but_its_bookings() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let visits = if std::env::var_os("KIOSK_SOAK").is_some() {
        DAY
    } else {
        SHORT
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let kiosk = Kiosk::start(&[
        ("KIOSK_HTTP_LISTEN", &format!("127.0.0.1:{port}")),
        ("KIOSK_PATHS_MODELS", "/nonexistent"),
        // Millions of lines are not what is looked at here.
        ("KIOSK_LOG_LEVEL", "info"),
    ]);
    kiosk.import_sample_clinic();
    let key = kiosk.key_with(&[Scope::Staff, Scope::Metrics], 0, 10);
    let others = || {
        for path in ["/v1/slots?limit=50", "/v1/queue", "/metrics", "/readyz"] {
            let url = format!("http://127.0.0.1:{port}{path}");
            let answer = Client::new().get(url).bearer_auth(&key).send().unwrap();
            assert!(answer.status().is_success());
        }
    };
    for number in 0..WARM_UP {
        visit(&kiosk, number);
        others();
    }
    let before = Look::at(&kiosk);
    for number in WARM_UP..WARM_UP + visits {
        visit(&kiosk, number);
        others();
    }
    let after = Look::at(&kiosk);
    let booked = (after.appointments - before.appointments) as u64;
    let grown = after.database.saturating_sub(before.database);
    println!("{visits} visits, {booked} booked: before {before:?}, after {after:?}");
    println!("{} bytes of database a booking", grown / booked.max(1));
    assert_eq!(booked, (visits / BOOKS) as u64);
    assert_eq!(after.held.threads, before.held.threads);
    // Connections of other programs come and go.
    assert!(
        after.held.files <= before.held.files + 2,
        "{after:?} after {before:?}"
    );
    assert!(
        after.held.mebibytes < before.held.mebibytes + ALLOWED,
        "{after:?} after {before:?}"
    );
    assert!(
        grown <= booked * BYTES_A_BOOKING + (64 << 10),
        "{grown} bytes for {booked}"
    );
    assert!(after.log <= LOG_BYTES, "{after:?}");
}

#[derive(Debug)]
struct Look {
    held: Held,
    appointments: usize,
    /// With everything of the log in it.
    database: u64,
    log: u64,
}

impl Look {
    fn at(kiosk: &Kiosk) -> Self {
        let size = |name: &str| {
            let file = kiosk.state_folder().join(name);
            std::fs::metadata(file).map_or(0, |it| it.len())
        };
        let log = size("kiosk.db-wal");
        // A copy is as large as the database will be once the log is folded in.
        let Reply::BackedUp { bytes, path } = kiosk.ask(&Request::BackUp) else {
            panic!("no copy");
        };
        std::fs::remove_file(path).unwrap();
        Self {
            held: kiosk.held(),
            appointments: kiosk.appointments().len(),
            database: bytes,
            log,
        }
    }
}

/// Books, or goes away before the end. A panel connects anew for each patient.
fn visit(kiosk: &Kiosk, number: usize) {
    let mut panel = kiosk.panel();
    let person = Person {
        name: format!("Adwoa Mensah{}", letters(number)),
        phone: format!("0244{:06}", 100_000 + number),
        // No two on one day: who has a birth date and nearly a name of somebody is them.
        birth_date: format!(
            "{:02}/{:02}/{}",
            1 + number % 28,
            1 + number / 28 % 12,
            1940 + number / (28 * 12)
        ),
    };
    visit::to_confirmation(&mut panel, &person);
    if number.is_multiple_of(BOOKS) {
        panel.touch(Action::Yes, None);
        panel.wait_for_screen(Screen::Booked);
    }
    panel.send(&ClientMessage::End);
    panel.wait_for("the end", |message| {
        matches!(message, ServerMessage::Ended { .. })
    });
}

/// A number as a name may have it.
fn letters(number: usize) -> String {
    let digits = number.to_string();
    digits
        .bytes()
        .map(|digit| char::from(digit - b'0' + b'a'))
        .collect()
}
