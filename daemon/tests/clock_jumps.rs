//! The clock jumps by a year, forward and back: nothing that was confirmed is touched, numbers
//! and audit lines keep their order, and what is kept for a while is not kept for a year.
#![allow(clippy::unwrap_used, clippy::wildcard_enum_match_arm)]

#[path = "support/day.rs"]
mod day;
#[path = "support/vfs.rs"]
mod vfs;

use day::{booking, free, keyed, now};
use jiff::{Timestamp, ToSpan};
use kiosk_core::clinic::{
    AppointmentId, BookingOutcome, PractitionerId, Settled, SlotQuery, WalkIn, large,
};
use kiosk_core::dialogue::Alert;
use kiosk_daemon::store::{HoldOutcome, Store, StoreError, StoreHandle, wait};
use kiosk_protocol::control::Scope;
use std::path::Path;

fn next_year() -> Timestamp {
    now() + (24 * 365).hours()
}

fn clinic(folder: &Path) -> Store {
    let store = Store::open(folder, now()).unwrap();
    wait(store.handle().import_roster(large(2, 3), now())).unwrap();
    store
}

fn book(handle: &StoreHandle, id: &str, at: Timestamp) -> Result<BookingOutcome, StoreError> {
    // Nothing is on offer in a year that is over; whoever asks all the same is refused.
    let from = at.max(now());
    let query = SlotQuery {
        practitioners: Vec::new(),
        from: from + 1.hour(),
        until: from + (24 * 10).hours(),
        time_of_day: None,
        limit: 10,
    };
    let slot = wait(handle.free_slots(query, at))?.remove(0).id;
    wait(handle.book(booking(id, &slot), at))
}

fn is_booked(outcome: &Result<BookingOutcome, StoreError>) -> bool {
    matches!(outcome, Ok(BookingOutcome::Booked { .. }))
}

#[test]
fn a_year_forward_and_back_keeps_what_was_confirmed_and_its_order() {
    let folder = tempfile::tempdir().unwrap();
    let store = clinic(folder.path());
    let handle = store.handle();
    assert!(is_booked(&book(&handle, "before", now())));
    let seen = *handle.newest_change().borrow();

    // A year ahead the clinic goes on, with slots of its own.
    wait(handle.extend_slots(next_year())).unwrap();
    assert!(is_booked(&book(&handle, "ahead", next_year())));
    let ahead = *handle.newest_change().borrow();
    assert!(ahead > seen);

    // Back again: the records are ahead of the clock, and nobody can tell which is wrong.
    let refused = book(&handle, "back", now() + 1.minute());
    assert!(matches!(refused, Err(StoreError::Clock)), "{refused:?}");
    let before = AppointmentId("before".to_owned());
    let come = wait(handle.check_in(before.clone(), now() + 2.minutes())).unwrap();
    assert!(
        matches!(come, Settled::Queued(_)),
        "who has an appointment is served: {come:?}"
    );
    // Somebody has worked by this clock, so it is believed.
    assert!(is_booked(&book(&handle, "after", now() + 3.minutes())));
    let newest = *handle.newest_change().borrow();
    assert!(newest > ahead, "numbers never go back");
    let missed = wait(handle.changes(ahead, 100)).unwrap();
    assert_eq!(
        missed.len() as i64,
        newest - ahead,
        "who reads on misses nothing"
    );

    // A clock that is a year behind from the start.
    let last_year = now() - (24 * 365).hours();
    let refused = book(&handle, "behind", last_year);
    assert!(matches!(refused, Err(StoreError::Clock)), "{refused:?}");
    drop(store);
    let store = Store::open(folder.path(), last_year).unwrap();
    assert_eq!(store.set_aside(), None);
    let rows = wait(store.handle().appointments(None, now())).unwrap();
    let mut ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["after", "ahead", "before"]);
    drop(store);
    the_audit_log_is_in_order(folder.path());
}

/// By its own numbers, each of which belongs to the change of the same place.
fn the_audit_log_is_in_order(folder: &Path) {
    let key = std::fs::read(folder.join("kiosk.key")).unwrap();
    let connection = keyed(folder, &key);
    let count = |sql: &str| -> i64 { connection.query_row(sql, [], |row| row.get(0)).unwrap() };
    assert_eq!(
        count(
            "SELECT count(*) FROM audit_log AS one JOIN audit_log AS other
               ON one.id < other.id AND one.seq > other.seq"
        ),
        0,
        "lines and changes have one order"
    );
    assert_eq!(
        count("SELECT count(*) - max(seq) FROM changes"),
        0,
        "no number is left out"
    );
    assert!(
        count(
            "SELECT count(*) FROM changes AS one JOIN changes AS other
               ON one.seq < other.seq AND one.at > other.at"
        ) > 0,
        "although their times go back"
    );
}

#[test]
fn a_slot_kept_by_a_clock_that_was_ahead_is_not_kept_for_a_year() {
    let folder = tempfile::tempdir().unwrap();
    let store = clinic(folder.path());
    let handle = store.handle();
    wait(handle.extend_slots(next_year())).unwrap();
    let query = SlotQuery {
        practitioners: Vec::new(),
        from: next_year() + 1.hour(),
        until: next_year() + (24 * 10).hours(),
        time_of_day: None,
        limit: 1,
    };
    let slot = wait(handle.free_slots(query, next_year()))
        .unwrap()
        .remove(0)
        .id;
    let keep =
        |id: &str, at| wait(handle.hold(slot.clone(), AppointmentId(id.to_owned()), at)).unwrap();
    assert!(matches!(
        keep("ahead", next_year()),
        HoldOutcome::Held { .. }
    ));
    assert!(
        matches!(keep("other", next_year()), HoldOutcome::SlotTaken),
        "it is kept"
    );
    let kept = keep("right", now());
    assert!(
        matches!(kept, HoldOutcome::Held { until } if until < now() + 1.hour()),
        "{kept:?}"
    );
}

#[test]
fn what_was_begun_by_a_clock_that_was_ahead_can_be_ended() {
    let folder = tempfile::tempdir().unwrap();
    let store = clinic(folder.path());
    let handle = store.handle();
    let alert = kiosk_core::clinic::AlertId("call".to_owned());
    wait(handle.raise_alert(alert.clone(), Alert::Help, next_year())).unwrap();
    assert!(wait(handle.answer_alert(alert, now())).unwrap());
    let (id, _) = wait(handle.add_key(
        "desk".to_owned(),
        vec![Scope::Staff],
        [100, 10],
        next_year(),
    ))
    .unwrap();
    assert!(wait(handle.revoke_key(id, now())).unwrap());
}

#[test]
fn a_clock_that_has_jumped_ahead_empties_no_record() {
    let folder = tempfile::tempdir().unwrap();
    let store = clinic(folder.path());
    let handle = store.handle();
    assert!(is_booked(&book(&handle, "a", now())));
    wait(handle.extend_slots(next_year())).unwrap();
    let erase = |at: Timestamp| wait(handle.erase_old_patients(at - 24.hours(), 100, at)).unwrap();
    assert_eq!(erase(next_year()), 0);
    // Nor does one that patients have just booked by.
    assert!(is_booked(&book(&handle, "b", next_year())));
    assert_eq!(erase(next_year() + 1.hour()), 0);
    // A clinic that has worked by it for days knows what year it is.
    assert_eq!(erase(next_year() + (24 * 3).hours()), 2);
}

#[test]
fn numbers_of_the_queue_are_of_the_day_that_the_clock_shows() {
    let folder = tempfile::tempdir().unwrap();
    let store = clinic(folder.path());
    let handle = store.handle();
    let number = |at| {
        let walk_in = WalkIn {
            practitioners: vec![PractitionerId("doctor-00".to_owned())],
        };
        match wait(handle.join_queue(walk_in, at)).unwrap() {
            Settled::Queued(ticket) => ticket.number,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        [number(now()), number(next_year()), number(now())],
        [1, 1, 2]
    );
    assert!(!free(&handle).is_empty(), "and slots are there as before");
}
