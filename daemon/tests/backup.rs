//! Copies of the database and changes of its key: nothing that was booked is lost, and
//! nothing is readable that should not be.
#![allow(clippy::unwrap_used)]

use jiff::Timestamp;
use kiosk_core::clinic::{
    AppointmentId, Booking, BookingOutcome, FreeSlot, NewPatient, Patient, SlotQuery,
};
use kiosk_daemon::store::{
    self, BUILT_NOT_BEFORE, Lock, Store, StoreError, StoreHandle, back_up, parse_roster, restore,
    rotate_key, wait,
};
use std::path::Path;

const CLINIC: &str = include_str!("../../provisioning/sample-clinic.toml");
const NAME: &str = "Abena Sarpong-Quartey";

fn now() -> Timestamp {
    Timestamp::constant(1_795_514_400, 0)
}

#[test]
fn a_copy_made_while_patients_book_holds_every_booking_that_was_promised_before() {
    let folder = tempfile::tempdir().unwrap();
    let store = clinic(folder.path());
    let handle = store.handle();
    let slots = free(&handle);
    for (number, slot) in slots.iter().take(20).enumerate() {
        book(&handle, &format!("before-{number}"), slot);
    }
    let copy = folder.path().join("copy.db");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for (number, slot) in slots.iter().skip(20).take(50).enumerate() {
                book(&handle, &format!("meanwhile-{number}"), slot);
            }
        });
        back_up(folder.path(), &copy).unwrap();
    });
    drop(store);
    let bytes = std::fs::read(&copy).unwrap();
    assert!(!contains(&bytes, b"Sarpong") && !contains(&bytes, b"SQLite format"));

    let elsewhere = tempfile::tempdir().unwrap();
    let key = store::recovery_key(folder.path()).unwrap();
    restore(elsewhere.path(), &copy, Some(&key), now()).unwrap();
    let store = Store::open(elsewhere.path(), now()).unwrap();
    let rows = wait(store.handle().appointments(None, now())).unwrap();
    let before = rows.iter().filter(|row| row.id.starts_with("before"));
    assert_eq!(before.count(), 20);
    assert!(rows.iter().all(|row| row.patient.expose() == NAME));
}

#[test]
fn a_restored_database_takes_the_place_of_the_one_that_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    let store = clinic(folder.path());
    let slots = free(&store.handle());
    book(&store.handle(), "kept", &slots[0]);
    back_up(folder.path(), &copy).unwrap();
    book(&store.handle(), "after-the-copy", &slots[1]);
    let seen = *store.handle().newest_change().borrow();
    drop(store);
    let restored = restore(folder.path(), &copy, None, now()).unwrap();
    assert!(restored.set_aside.unwrap().exists(), "nothing is deleted");
    let store = Store::open(folder.path(), now()).unwrap();
    let rows = wait(store.handle().appointments(None, now())).unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].id, "kept");
    // Who reads the feed goes on where they were, and misses nothing that is new.
    book(&store.handle(), "new", &slots[2]);
    let new = wait(store.handle().changes(seen, 10)).unwrap();
    assert_eq!(new.len(), 2, "a patient and an appointment");
}

#[test]
fn a_copy_that_is_no_good_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    let store = clinic(folder.path());
    let slots = free(&store.handle());
    book(&store.handle(), "kept", &slots[0]);
    back_up(folder.path(), &copy).unwrap();
    drop(store);
    let whole = std::fs::read(&copy).unwrap();
    let mut damaged = whole.clone();
    let middle = damaged.len() / 2;
    damaged[middle..middle + 4_096].fill(7);
    let other = tempfile::tempdir().unwrap();
    drop(clinic(other.path()));
    let of_another = other.path().join("copy.db");
    back_up(other.path(), &of_another).unwrap();
    for bytes in [
        damaged,
        whole[..whole.len() / 2].to_vec(),
        b"no database".to_vec(),
        std::fs::read(&of_another).unwrap(),
    ] {
        std::fs::write(&copy, bytes).unwrap();
        let error = restore(folder.path(), &copy, None, now()).unwrap_err();
        assert!(matches!(error, StoreError::NoBackup(_)), "{error:?}");
    }
    let typo = store::recovery_key(folder.path()).unwrap();
    let typo = typo.replacen(typo.chars().next().unwrap(), "g", 1);
    let error = restore(folder.path(), &of_another, Some(&typo), now()).unwrap_err();
    assert!(matches!(error, StoreError::Key { .. }), "{error:?}");
    let store = Store::open(folder.path(), now()).unwrap();
    let rows = wait(store.handle().appointments(None, now())).unwrap();
    assert_eq!(rows.len(), 1);
}

#[test]
fn a_new_key_opens_everything_and_the_old_one_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = clinic(folder.path());
    let slots = free(&store.handle());
    book(&store.handle(), "kept", &slots[0]);
    drop(store);
    let old = std::fs::read(folder.path().join("kiosk.key")).unwrap();
    {
        let _lock = Lock::acquire(folder.path()).unwrap();
        rotate_key(folder.path()).unwrap();
    }
    let new = std::fs::read(folder.path().join("kiosk.key")).unwrap();
    assert_ne!(old, new);
    let store = Store::open(folder.path(), now()).unwrap();
    let rows = wait(store.handle().appointments(None, now())).unwrap();
    assert_eq!(rows.len(), 1);
    drop(store);
    std::fs::write(folder.path().join("kiosk.key"), &old).unwrap();
    let error = Store::open(folder.path(), now()).err().unwrap();
    assert!(matches!(error, StoreError::WrongKey { .. }), "{error:?}");
}

#[test]
fn a_change_of_key_that_was_interrupted_is_finished_or_dropped() {
    let folder = tempfile::tempdir().unwrap();
    drop(clinic(folder.path()));
    let key = folder.path().join("kiosk.key");
    let next = folder.path().join("kiosk.key.new");
    let old = std::fs::read(&key).unwrap();

    // Before the first page: the new key is there, whole or not, and the database has the old one.
    for cut_off in ["f".repeat(64), "f".repeat(10), String::new()] {
        private(&next, cut_off.as_bytes());
        drop(Store::open(folder.path(), now()).unwrap());
        assert!(!next.exists());
        assert_eq!(std::fs::read(&key).unwrap(), old);
    }
    // After the last page: the database has the new key, the files say the old one.
    let fingerprint = std::fs::read(folder.path().join("kiosk.db.key-fingerprint")).unwrap();
    rotate_key(folder.path()).unwrap();
    let new = std::fs::read(&key).unwrap();
    private(&next, &new);
    private(&key, &old);
    std::fs::write(folder.path().join("kiosk.db.key-fingerprint"), fingerprint).unwrap();
    drop(Store::open(folder.path(), now()).unwrap());
    assert_eq!(std::fs::read(&key).unwrap(), new);
}

#[test]
fn a_clock_that_is_behind_the_records_books_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = clinic(folder.path());
    let slots = free(&store.handle());
    let yesterday = now() - jiff::SignedDuration::from_hours(24);
    let booked = wait(store.handle().book(booking("a", &slots[0]), yesterday));
    assert!(matches!(booked, Err(StoreError::Clock)), "{booked:?}");
    let corrected = now() - jiff::SignedDuration::from_mins(2);
    let booked = wait(store.handle().book(booking("a", &slots[0]), corrected)).unwrap();
    assert!(matches!(booked, BookingOutcome::Booked { .. }));
}

#[test]
fn a_clock_that_is_behind_the_program_books_nothing_on_an_empty_box() {
    let folder = tempfile::tempdir().unwrap();
    let then = BUILT_NOT_BEFORE - jiff::SignedDuration::from_hours(1);
    let store = Store::open(folder.path(), then).unwrap();
    let roster = parse_roster(CLINIC).unwrap();
    wait(store.handle().import_roster(roster, then)).unwrap();
    let slots = free(&store.handle());
    let booked = wait(store.handle().book(booking("a", &slots[0]), then));
    assert!(matches!(booked, Err(StoreError::Clock)), "{booked:?}");
}

#[test]
fn who_has_not_been_here_for_long_is_forgotten_and_their_visit_still_counts() {
    let folder = tempfile::tempdir().unwrap();
    let store = clinic(folder.path());
    let handle = store.handle();
    let slots = free(&handle);
    book(&handle, "old", &slots[0]);
    book(&handle, "to-come", slots.last().unwrap());
    let end = slots[0].end + jiff::SignedDuration::from_hours(25);
    assert_eq!(wait(handle.erase_old_patients(end, 100, end)).unwrap(), 1);
    assert_eq!(wait(handle.erase_old_patients(end, 100, end)).unwrap(), 0);
    let record = |id: &str| {
        let id = AppointmentId(id.to_owned());
        wait(handle.record(id)).unwrap().unwrap()
    };
    assert_eq!(record("old").patient_name.expose(), "");
    assert_eq!(record("to-come").patient_name.expose(), NAME);
}

fn clinic(folder: &Path) -> Store {
    let store = Store::open(folder, now()).unwrap();
    let roster = parse_roster(CLINIC).unwrap();
    wait(store.handle().import_roster(roster, now())).unwrap();
    store
}

fn free(handle: &StoreHandle) -> Vec<FreeSlot> {
    let query = SlotQuery {
        practitioners: Vec::new(),
        // A slot that begins this second is over for whoever books.
        from: now() + jiff::SignedDuration::from_secs(1),
        until: Timestamp::MAX,
        time_of_day: None,
        limit: 10_000,
    };
    wait(handle.free_slots(query, now())).unwrap()
}

fn booking(id: &str, slot: &FreeSlot) -> Booking {
    Booking {
        id: AppointmentId(id.to_owned()),
        slot: slot.id.clone(),
        patient: Patient::New(NewPatient {
            name: NAME.into(),
            phone: None,
            birth_date: None,
        }),
    }
}

fn book(handle: &StoreHandle, id: &str, slot: &FreeSlot) {
    let outcome = wait(handle.book(booking(id, slot), now())).unwrap();
    assert!(matches!(outcome, BookingOutcome::Booked { .. }));
}

/// Writes a file that only its owner can read.
fn private(path: &Path, bytes: &[u8]) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, bytes).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

fn contains(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}
