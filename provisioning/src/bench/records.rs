//! The records under load: durable bookings by many clients at once, beside what SQLite
//! itself does, and free slots of a large clinic.

use super::{Figure, median};
use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use kiosk_core::clinic::{
    AppointmentId, Booking, FreeSlot, NewPatient, Patient, PractitionerId, SlotQuery, large,
};
use kiosk_daemon::store::{Store, StoreHandle, wait};
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Who books at the same time.
const CLIENTS: usize = 64;
/// Bookings of each.
const EACH: usize = 50;
/// Bookings a second of the paced run, and for how long.
const PACE: u32 = 500;
const PACED_S: u32 = 10;
const DOCTORS: usize = 50;
const DAYS: u16 = 60;
/// Questions for free slots.
const QUESTIONS: usize = 500;

/// All figures of the records.
pub fn measure() -> anyhow::Result<Vec<Figure>> {
    let folder = tempfile::tempdir().context("make a folder for a database that is thrown away")?;
    let now = Timestamp::now();
    let store = Store::open(folder.path(), now)?;
    let handle = store.handle();
    wait(handle.import_roster(large(DOCTORS, DAYS), now))?;
    let slots = wait(handle.free_slots(everything(now), now))?;
    let needed = CLIENTS * EACH + (PACE * PACED_S) as usize;
    anyhow::ensure!(slots.len() > needed, "the sample clinic is too small");
    let (at_once, paced) = slots[..needed].split_at(CLIENTS * EACH);

    let mut figures = vec![free_slots(&handle, now)?];
    let bare = bare_inserts(folder.path(), BARE_TABLE, &BARE_ROW, at_once.len())?;
    let rows = bare_inserts(folder.path(), TABLES, &ROWS, at_once.len())?;
    let rate = book_at_once(&handle, at_once)?;
    figures.push(Figure::new(
        "bookings_64_clients",
        rate,
        "1/s",
        format!(
            "{} bookings, {CLIENTS} clients, each durable before its client goes on",
            at_once.len()
        ),
    ));
    figures.push(Figure::new(
        "sqlite_batch_inserts",
        bare,
        "1/s",
        "as many rows into a bare table of the same SQLite, 64 a transaction, one index",
    ));
    figures.push(Figure::new(
        "sqlite_batch_bookings",
        rows,
        "1/s",
        "the seven rows of a booking into its tables without the triggers, 64 a transaction",
    ));
    let mut latencies = book_paced(&handle, paced)?;
    let p99 = percentile(&mut latencies, 99);
    figures.push(Figure::new(
        "booking_p99_at_500_a_second",
        p99 * 1000.0,
        "ms",
        format!("{} bookings at an even pace", latencies.len()),
    ));
    Ok(figures)
}

fn free_slots(handle: &StoreHandle, now: Timestamp) -> anyhow::Result<Figure> {
    let mut times = Vec::with_capacity(QUESTIONS);
    for number in 0..QUESTIONS {
        let doctor = PractitionerId(format!("doctor-{:02}", number % DOCTORS));
        let from = now + SignedDuration::from_hours(24 * (number as i64 % i64::from(DAYS)));
        let query = SlotQuery {
            practitioners: if number % 2 == 0 {
                vec![doctor]
            } else {
                Vec::new()
            },
            from,
            until: from + SignedDuration::from_hours(7 * 24),
            time_of_day: (number % 3 == 0).then_some((
                jiff::civil::time(8, 0, 0, 0),
                jiff::civil::time(12, 0, 0, 0),
            )),
            limit: 100,
        };
        let began = Instant::now();
        wait(handle.free_slots(query, now))?;
        times.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    let p99 = percentile(&mut times, 99);
    let note = format!(
        "P99 of {QUESTIONS}, {DOCTORS} doctors over {DAYS} days, filtered; median {:.2} ms",
        median(&mut times)
    );
    Ok(Figure::new("free_slots_p99", p99, "ms", note))
}

/// One row with one index.
const BARE_TABLE: &str = "CREATE TABLE bare (id TEXT PRIMARY KEY, slot TEXT NOT NULL UNIQUE, patient TEXT NOT NULL) STRICT;";
const BARE_ROW: [&str; 1] = ["INSERT INTO bare (id, slot, patient) VALUES (?1, ?1, 'Patient')"];

/// The rows that a booking leaves, in its tables with their indexes, without the triggers
/// that check them and write the others.
const TABLES: &str = include_str!("../../../migrations/0001_clinic.sql");
const ROWS: [&str; 7] = [
    "INSERT INTO patients (id, name, created_at, changed_at, changed_by)
     VALUES (?1, 'Bench Patient', 1, 1, 'kiosk')",
    "INSERT INTO changes (kind, subject, version, action, at, actor)
     VALUES ('patient', ?1, 1, 'create', 1, 'kiosk')",
    "INSERT INTO audit_log (at, actor, action, subject, seq)
     VALUES (1, 'kiosk', 'create', 'patient/' || ?1, last_insert_rowid())",
    "INSERT INTO appointments (id, code, status, slot, practitioner, patient, starts_at, ends_at,
                               created_at, changed_at, changed_by)
     VALUES (?1, substr(replace(replace(hex(randomblob(30)), '0', ''), '1', ''), 1, 10) , 'booked',
             ?1, 'doctor-01', ?1, 60, 120, 1, 1, 'kiosk')",
    "INSERT INTO changes (kind, subject, version, action, at, actor, state)
     VALUES ('appointment', ?1, 1, 'create', 1, 'kiosk',
             json_object('status', 'booked', 'slot', ?1, 'practitioner', 'doctor-01',
                         'patient', ?1, 'starts_at', 60, 'ends_at', 120, 'conflict', 0))",
    "INSERT INTO audit_log (at, actor, action, subject, seq)
     VALUES (1, 'kiosk', 'create', 'appointment/' || ?1, last_insert_rowid())",
    "INSERT INTO outbox (id, seq, created_at)
     VALUES ('appointment/' || ?1 || '/1', (SELECT max(seq) FROM changes), 1)",
];

/// What SQLite does with the same settings and nothing to check: times a second that all of
/// `inserts` are carried out, 64 a transaction.
fn bare_inserts(
    folder: &Path,
    tables: &str,
    inserts: &[&str],
    times: usize,
) -> anyhow::Result<f64> {
    let file = folder.join("bare.db");
    let mut connection = rusqlite::Connection::open(&file)?;
    connection.execute_batch(
        "PRAGMA key = \"x'0000000000000000000000000000000000000000000000000000000000000000'\";
         PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF;
         PRAGMA ignore_check_constraints = ON;",
    )?;
    connection.execute_batch(tables)?;
    let triggers: Vec<String> = connection
        .prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for trigger in triggers {
        connection.execute_batch(&format!("DROP TRIGGER {trigger}"))?;
    }
    let began = Instant::now();
    let mut number = 0;
    while number < times {
        let transaction = connection.transaction()?;
        for _ in 0..CLIENTS.min(times - number) {
            for insert in inserts {
                let id = format!("a-{number}");
                transaction.prepare_cached(insert)?.execute([id])?;
            }
            number += 1;
        }
        transaction.commit()?;
    }
    let rate = times as f64 / began.elapsed().as_secs_f64();
    drop(connection);
    std::fs::remove_file(file)?;
    Ok(rate)
}

fn book_at_once(handle: &StoreHandle, slots: &[FreeSlot]) -> anyhow::Result<f64> {
    let began = Instant::now();
    std::thread::scope(|scope| {
        let clients: Vec<_> = slots
            .chunks(EACH)
            .map(|slots| scope.spawn(|| slots.iter().try_for_each(|slot| book(handle, slot))))
            .collect();
        clients.into_iter().try_for_each(|client| {
            client
                .join()
                .unwrap_or_else(|_| anyhow::bail!("a client panicked"))
        })
    })?;
    Ok(slots.len() as f64 / began.elapsed().as_secs_f64())
}

/// Each client has a place in the beat; a late answer makes the next no later.
fn book_paced(handle: &StoreHandle, slots: &[FreeSlot]) -> anyhow::Result<Vec<f64>> {
    // Each client takes it once at its end.
    let all = Mutex::new(Vec::with_capacity(slots.len()));
    let began = Instant::now();
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let all = &all;
                scope.spawn(move || -> anyhow::Result<()> {
                    let mut times = Vec::new();
                    for number in (client..slots.len()).step_by(CLIENTS) {
                        let due = Duration::from_secs_f64(number as f64 / f64::from(PACE));
                        std::thread::sleep(due.saturating_sub(began.elapsed()));
                        book(handle, &slots[number])?;
                        times.push((began.elapsed().saturating_sub(due)).as_secs_f64());
                    }
                    if let Ok(mut all) = all.lock() {
                        all.extend(times);
                    }
                    Ok(())
                })
            })
            .collect();
        clients.into_iter().try_for_each(|client| {
            client
                .join()
                .unwrap_or_else(|_| anyhow::bail!("a client panicked"))
        })
    })?;
    all.into_inner().context("collect the times")
}

fn book(handle: &StoreHandle, slot: &FreeSlot) -> anyhow::Result<()> {
    let booking = Booking {
        id: AppointmentId(format!("bench-{}", slot.id)),
        slot: slot.id.clone(),
        patient: Patient::New(NewPatient {
            name: "Bench Patient".into(),
            phone: None,
            birth_date: None,
        }),
    };
    wait(handle.book(booking, Timestamp::now()))?;
    Ok(())
}

fn percentile(times: &mut [f64], percent: usize) -> f64 {
    times.sort_by(f64::total_cmp);
    let at = (times.len() * percent / 100).min(times.len().saturating_sub(1));
    times.get(at).copied().unwrap_or(f64::NAN)
}

fn everything(now: Timestamp) -> SlotQuery {
    SlotQuery {
        practitioners: Vec::new(),
        from: now + SignedDuration::from_hours(1),
        until: Timestamp::MAX,
        time_of_day: None,
        limit: usize::MAX,
    }
}
