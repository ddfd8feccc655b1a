//! What the schema promises in plain SQL, whatever the code does, and what an upgrade
//! starts from.
#![allow(clippy::unwrap_used)]

use jiff::Timestamp;
use kiosk_daemon::store::{Store, wait};
use rusqlite::Connection;

const MIGRATIONS: [&str; 1] = [include_str!("../../migrations/0001_clinic.sql")];
const RELEASE_0_1_0: &str = include_str!("../../migrations/fixtures/0.1.0.sql");

/// The database of release 0.1.0: `a1` is booked at `ama-owusu.1795509000`, `a2` is cancelled.
fn clinic() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(RELEASE_0_1_0).unwrap();
    connection
        .execute_batch("PRAGMA foreign_keys = ON")
        .unwrap();
    connection
}

/// Why `sql` is refused.
fn refusal(connection: &Connection, sql: &str) -> String {
    match connection.execute_batch(sql) {
        Ok(()) => panic!("this was allowed: {sql}"),
        Err(error) => error.to_string(),
    }
}

fn booking(id: &str, code: &str, slot: &str, patient: &str) -> String {
    format!(
        "INSERT INTO appointments (id, code, status, slot, practitioner, patient, starts_at, ends_at,
                                   created_at, changed_at, changed_by)
         SELECT '{id}', '{code}', 'booked', id, practitioner, '{patient}', starts_at, ends_at, 1, 1, 'kiosk'
         FROM slots WHERE id = '{slot}'"
    )
}

fn count(connection: &Connection, sql: &str) -> i64 {
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn a_slot_is_booked_once() {
    let connection = clinic();
    let again = refusal(
        &connection,
        &booking("b", "CDFG", "ama-owusu.1795509000", "p2"),
    );
    assert!(again.contains("appointments.slot"), "{again}");
}

#[test]
fn a_cancelled_appointment_frees_its_slot() {
    let connection = clinic();
    connection
        .execute_batch(&booking("b", "CDFG", "ama-owusu.1795511400", "p2"))
        .unwrap();
    let back = "UPDATE appointments SET status = 'booked', version = version + 1 WHERE id = 'a2'";
    let refused = refusal(&connection, back);
    assert!(refused.contains("may not follow"), "{refused}");
}

#[test]
fn nobody_is_in_two_places_at_once() {
    let connection = clinic();
    connection
        .execute_batch(
            "INSERT INTO slots VALUES ('overlap', 'ama-owusu', 1795509600, 1795510800, 520, 0),
                                      ('other', 'kofi-boateng', 1795509600, 1795510800, 520, 0)",
        )
        .unwrap();
    let doctor = refusal(&connection, &booking("b", "CDFG", "overlap", "p2"));
    assert!(doctor.contains("practitioner is busy"), "{doctor}");
    let patient = refusal(&connection, &booking("b", "CDFG", "other", "p1"));
    assert!(patient.contains("patient is busy"), "{patient}");
    connection
        .execute_batch(&booking("b", "CDFG", "other", "p2"))
        .unwrap();
}

#[test]
fn an_appointment_sits_where_its_slot_does() {
    let connection = clinic();
    let moved = booking("b", "CDFG", "kofi-boateng.1795593600", "p2")
        .replace("starts_at, ends_at, 1", "starts_at + 60, ends_at, 1");
    assert!(refusal(&connection, &moved).contains("FOREIGN KEY"));
}

#[test]
fn a_collision_made_elsewhere_is_kept_and_blocks_nothing() {
    let connection = clinic();
    let elsewhere = booking("b", "CDFG", "ama-owusu.1795509000", "p2")
        .replace(
            "changed_at, changed_by)",
            "changed_at, changed_by, conflict)",
        )
        .replace("'kiosk'", "'central', 1");
    connection.execute_batch(&elsewhere).unwrap();
    assert_eq!(
        count(
            &connection,
            "SELECT count(*) FROM appointments WHERE conflict = 1"
        ),
        1
    );
    assert_eq!(
        count(
            &connection,
            "SELECT count(*) FROM outbox WHERE id LIKE 'appointment/b/%'"
        ),
        0,
        "central knows it"
    );
}

#[test]
fn what_happened_stays() {
    let connection = clinic();
    for sql in [
        "DELETE FROM appointments",
        "DELETE FROM patients",
        "DELETE FROM practitioners",
        "DELETE FROM changes",
        "DELETE FROM audit_log",
        "UPDATE changes SET actor = 'nobody'",
        "UPDATE audit_log SET actor = 'nobody'",
        "UPDATE appointments SET code = 'CDFG', version = version + 1",
        "UPDATE appointments SET status = 'fulfilled' WHERE id = 'a1'",
    ] {
        refusal(&connection, sql);
    }
}

#[test]
fn a_booking_its_change_its_audit_line_and_its_outbox_row_come_together() {
    let mut connection = clinic();
    let newest = |connection: &Connection| {
        ["changes", "audit_log", "outbox"]
            .map(|table| count(connection, &format!("SELECT count(*) FROM {table}")))
    };
    let before = newest(&connection);
    let transaction = connection.transaction().unwrap();
    transaction
        .execute_batch(&booking("b", "CDFG", "kofi-boateng.1795593600", "p2"))
        .unwrap();
    assert_eq!(newest(&transaction), before.map(|rows| rows + 1));
    transaction.rollback().unwrap();
    assert_eq!(newest(&connection), before);
}

#[test]
fn nonsense_is_refused() {
    let connection = clinic();
    for sql in [
        "INSERT INTO patients (id, name, phone, created_at, changed_at, changed_by) VALUES ('x', 'X', '0244', 1, 1, 'kiosk')",
        "INSERT INTO patients (id, name, birth_date, created_at, changed_at, changed_by) VALUES ('x', 'X', '1990-02-30', 1, 1, 'kiosk')",
        "INSERT INTO patients (id, name, created_at, changed_at, changed_by) VALUES ('x', '', 1, 1, 'kiosk')",
        "INSERT INTO slots VALUES ('x', 'ama-owusu', 100, 50, 0, 0)",
        "INSERT INTO slots VALUES ('x', 'nobody', 100, 200, 0, 0)",
        "UPDATE clinic SET horizon_days = 0",
        "INSERT INTO exceptions (kind, first_day, last_day) VALUES ('leave', '2026-12-31', '2026-12-01')",
    ] {
        refusal(&connection, sql);
    }
    refusal(
        &connection,
        &booking("x", "ABCD", "kofi-boateng.1795593600", "p2"),
    );
    refusal(
        &connection,
        &booking("x", "CDFG", "kofi-boateng.1795593600", "nobody"),
    );
}

/// Released steps are never edited: the fixture of a release has the schema of its steps.
#[test]
fn the_steps_of_release_0_1_0_still_make_its_schema() {
    let made = Connection::open_in_memory().unwrap();
    made.execute_batch(MIGRATIONS[0]).unwrap();
    assert_eq!(objects(&made), objects(&clinic()));
}

fn objects(connection: &Connection) -> Vec<(String, String)> {
    let mut statement = connection
        .prepare("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY name")
        .unwrap();
    let rows = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn the_database_of_release_0_1_0_is_opened_with_everything_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let now: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
    drop(Store::open(folder.path(), now).unwrap());
    let database = folder.path().join("kiosk.db");
    let key = std::fs::read_to_string(folder.path().join("kiosk.key")).unwrap();
    std::fs::remove_file(&database).unwrap();
    let old = Connection::open(&database).unwrap();
    old.execute_batch(&format!("PRAGMA key = \"x'{}'\"", key.trim()))
        .unwrap();
    old.execute_batch(RELEASE_0_1_0).unwrap();
    drop(old);

    let store = Store::open(folder.path(), now).unwrap();
    assert_eq!(store.set_aside(), None);
    let rows = wait(store.handle().appointments(None, now)).unwrap();
    let told: Vec<_> = rows
        .iter()
        .map(|row| (row.code.as_str(), row.status.as_str(), row.patient.expose()))
        .collect();
    assert!(
        told.contains(&("K7M4", "booked", "Esi Fixture")),
        "{told:?}"
    );
}
