//! The store: every booking whole or not at all, whoever races and whatever is killed,
//! and clear words for every file that is not as it should be.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use jiff::{Timestamp, ToSpan};
use kiosk_core::clinic::{
    AppointmentId, Booking, BookingOutcome, Clues, FreeSlot, Match, NewPatient, Patient, PatientId,
    PractitionerId, PrivateDate, Settled, SlotId, SlotQuery, Ticket, WalkIn,
};
use kiosk_daemon::store::{Store, StoreError, StoreHandle, parse_roster, wait};
use proptest::prelude::{Strategy, prop, proptest};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Barrier;
use std::time::Duration;

const CLINIC: &str = include_str!("../../provisioning/sample-clinic.toml");

fn now() -> Timestamp {
    "2026-11-23T06:00:00Z".parse().unwrap()
}

fn open(folder: &Path) -> Store {
    Store::open(folder, now()).unwrap()
}

fn clinic(folder: &Path) -> Store {
    let store = open(folder);
    wait(
        store
            .handle()
            .import_roster(parse_roster(CLINIC).unwrap(), now()),
    )
    .unwrap();
    store
}

fn free(handle: &StoreHandle) -> Vec<FreeSlot> {
    free_at(handle, now())
}

/// The same question, asked at another time.
fn free_at(handle: &StoreHandle, at: Timestamp) -> Vec<FreeSlot> {
    let query = SlotQuery {
        practitioners: Vec::new(),
        from: now(),
        until: now() + (24 * 60).hours(),
        time_of_day: None,
        limit: 10_000,
    };
    wait(handle.free_slots(query, at)).unwrap()
}

fn booking(id: &str, slot: &SlotId) -> Booking {
    let patient = Patient::New(NewPatient {
        name: "Esi Test".into(),
        phone: None,
        birth_date: None,
    });
    Booking {
        id: AppointmentId(id.to_owned()),
        slot: slot.clone(),
        patient,
    }
}

fn refusal(folder: &Path) -> StoreError {
    Store::open(folder, now()).err().expect("this was opened")
}

#[test]
fn of_64_who_want_one_slot_one_gets_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = clinic(folder.path());
    let slot = free(&store.handle())[0].id.clone();
    let start = Barrier::new(64);
    let outcomes: Vec<BookingOutcome> = std::thread::scope(|scope| {
        let rivals: Vec<_> = (0..64)
            .map(|number| {
                let (handle, slot, start) = (store.handle(), &slot, &start);
                scope.spawn(move || {
                    start.wait();
                    wait(handle.book(booking(&format!("rival-{number}"), slot), now())).unwrap()
                })
            })
            .collect();
        rivals
            .into_iter()
            .map(|rival| rival.join().unwrap())
            .collect()
    });
    let won = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, BookingOutcome::Booked { .. }))
        .count();
    let lost = outcomes
        .iter()
        .filter(|outcome| **outcome == BookingOutcome::SlotTaken)
        .count();
    assert_eq!((won, lost), (1, 63));
    let patients = wait(store.handle().appointments(None, now())).unwrap();
    assert_eq!(patients.len(), 1);
    assert!(
        free(&store.handle()).iter().all(|offer| offer.id != slot),
        "a taken slot is not offered"
    );
}

#[test]
fn the_same_booking_again_returns_the_first_result() {
    let folder = tempfile::tempdir().unwrap();
    let store = clinic(folder.path());
    let slots = free(&store.handle());
    let first = wait(store.handle().book(booking("a", &slots[0].id), now())).unwrap();
    assert_eq!(
        wait(store.handle().book(booking("a", &slots[0].id), now())).unwrap(),
        first
    );
    assert!(
        wait(store.handle().book(booking("a", &slots[1].id), now())).is_err(),
        "another wish with the same id"
    );
    assert_eq!(
        wait(store.handle().appointments(None, now()))
            .unwrap()
            .len(),
        1
    );
}

fn held(handle: &StoreHandle) -> Vec<kiosk_core::clinic::Held> {
    let mut found = wait(handle.patients(clues(Some(PHONE), None), now())).unwrap();
    assert_eq!(found.len(), 1);
    found.remove(0).held
}

fn clues(phone: Option<&str>, birth_date: Option<&str>) -> Clues {
    Clues {
        phone: phone.map(Into::into),
        birth_date: birth_date.map(|date| PrivateDate(date.parse().unwrap())),
    }
}

const PHONE: &str = "+233244000001";

/// A clinic in which Esi Test has booked the first free slot with a phone.
fn with_an_appointment(folder: &Path) -> (Store, Vec<FreeSlot>) {
    let store = clinic(folder);
    let slots = free(&store.handle());
    let mut wish = booking("a", &slots[0].id);
    wish.patient = Patient::New(NewPatient {
        name: "Esi Test".into(),
        phone: Some(PHONE.into()),
        birth_date: None,
    });
    wait(store.handle().book(wish, now())).unwrap();
    (store, slots)
}

#[test]
fn a_cancelled_appointment_frees_its_slot_and_is_found_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let (store, slots) = with_an_appointment(folder.path());
    let handle = store.handle();
    let id = held(&handle)[0].id.clone();
    assert_eq!(
        wait(handle.cancel(id.clone(), now())).unwrap(),
        Settled::Cancelled
    );
    assert_eq!(
        wait(handle.cancel(id.clone(), now())).unwrap(),
        Settled::Cancelled,
        "once more does no harm"
    );
    assert!(held(&handle).is_empty());
    assert_eq!(free(&handle)[0].id, slots[0].id);
    assert_eq!(wait(handle.check_in(id, now())).unwrap(), Settled::Refused);
    let nobody = AppointmentId("nobody".to_owned());
    assert_eq!(
        wait(handle.cancel(nobody, now())).unwrap(),
        Settled::Refused
    );
}

#[test]
fn a_moved_appointment_keeps_its_code_and_leaves_its_slot() {
    let folder = tempfile::tempdir().unwrap();
    let (store, slots) = with_an_appointment(folder.path());
    let handle = store.handle();
    let before = held(&handle).remove(0);
    let rival = wait(handle.book(booking("b", &slots[5].id), now())).unwrap();
    assert!(matches!(rival, BookingOutcome::Booked { .. }));
    let taken = wait(handle.reschedule(before.id.clone(), slots[5].id.clone(), now())).unwrap();
    assert_eq!(taken, BookingOutcome::SlotTaken);
    assert_eq!(
        held(&handle),
        std::slice::from_ref(&before),
        "what could not be moved stays"
    );

    let moved = wait(handle.reschedule(before.id.clone(), slots[9].id.clone(), now())).unwrap();
    assert_eq!(
        moved,
        BookingOutcome::Booked {
            code: before.code.clone(),
            to_confirm: false,
        }
    );
    let after = held(&handle).remove(0);
    assert_eq!(
        (after.start, after.practitioner),
        (slots[9].start, slots[9].practitioner.clone())
    );
    assert_eq!((after.id, after.code), (before.id, before.code));
    assert_eq!(free(&handle)[0].id, slots[0].id);
}

#[test]
fn whoever_arrives_learns_who_is_before_them() {
    let folder = tempfile::tempdir().unwrap();
    let (store, slots) = with_an_appointment(folder.path());
    let handle = store.handle();
    let mine: Vec<&FreeSlot> = slots
        .iter()
        .filter(|slot| slot.practitioner == slots[0].practitioner)
        .collect();
    for (id, slot) in [("b", mine[1]), ("c", mine[2])] {
        wait(handle.book(booking(id, &slot.id), now())).unwrap();
    }
    let arrive = |id: &str| wait(handle.check_in(AppointmentId(id.to_owned()), now())).unwrap();
    assert_eq!(
        arrive("c"),
        queued(1, 0, 0),
        "those before have not arrived"
    );
    assert_eq!(arrive("a"), queued(2, 0, 0));
    let minutes = (slots[0].end.as_second() - slots[0].start.as_second()) / 60;
    assert_eq!(arrive("b"), queued(3, 1, minutes));
    assert_eq!(arrive("b"), queued(3, 1, minutes), "once more does no harm");
    assert!(held(&handle)[0].checked_in);
}

fn queued(number: u32, ahead: usize, minutes: i64) -> Settled {
    Settled::Queued(Ticket {
        number,
        ahead,
        minutes,
    })
}

#[test]
fn numbers_in_the_queue_begin_at_one_each_day_and_walk_ins_share_the_doctors() {
    let folder = tempfile::tempdir().unwrap();
    let (store, slots) = with_an_appointment(folder.path());
    let handle = store.handle();
    let two: Vec<_> = ["akosua-darko", "kwabena-asante"]
        .map(|id| PractitionerId(id.to_owned()))
        .to_vec();
    let wait_for = |practitioners: &[PractitionerId], at| {
        let walk_in = WalkIn {
            practitioners: practitioners.to_vec(),
        };
        wait(handle.join_queue(walk_in, at)).unwrap()
    };
    let dentist = [PractitionerId("kofi-boateng".to_owned())];
    assert_eq!(slots[0].practitioner, two[0]);
    assert_eq!(wait_for(&two, now()), queued(1, 0, 0));
    assert_eq!(wait_for(&two[..1], now()), queued(2, 1, 30));
    assert_eq!(wait_for(&dentist, now()), queued(3, 0, 0), "another line");
    let arrived = AppointmentId("a".to_owned());
    wait(handle.check_in(arrived, now())).unwrap();
    assert_eq!(
        wait_for(&two, now()),
        queued(5, 3, 38),
        "two doctors share the waiting"
    );
    let tomorrow = now() + 24.hours();
    assert_eq!(wait_for(&two, tomorrow), queued(1, 0, 0));
}

#[test]
fn one_of_thousands_is_found_by_two_facts_and_nobody_else_is() {
    let folder = tempfile::tempdir().unwrap();
    let store = clinic(folder.path());
    let handle = store.handle();
    // Few names and few birth dates: many share one, hundreds a guessed 1 January.
    let names = [
        "Ama Mensah",
        "Kofi Mensah",
        "Akua Owusu",
        "Yaw Owusu",
        "Grace Boateng",
    ];
    let slots = free(&handle);
    let patient = |number: usize| NewPatient {
        name: names[number % names.len()].into(),
        phone: Some(
            format!("+2332{:08}", 40_000_000 + number / 3)
                .as_str()
                .into(),
        ),
        birth_date: Some(PrivateDate(if number.is_multiple_of(10) {
            "1980-01-01".parse().unwrap()
        } else {
            jiff::civil::date(
                1950 + (number % 50) as i16,
                1 + (number % 12) as i8,
                1 + (number % 28) as i8,
            )
        })),
    };
    for (number, slot) in slots.iter().enumerate().take(3_000) {
        let mut wish = booking(&format!("p{number}"), &slot.id);
        wish.patient = Patient::New(patient(number));
        wait(handle.book(wish, now())).unwrap();
    }
    let wanted = patient(1_234);
    let clues = Clues {
        phone: wanted.phone.clone(),
        birth_date: wanted.birth_date,
    };
    let found = wait(handle.patients(clues, now())).unwrap();
    let both: Vec<_> = found
        .iter()
        .filter(|known| known.phone == Match::Same && known.birth_date == Match::Same)
        .collect();
    assert_eq!(both.len(), 1);
    assert_eq!(both[0], &found[0], "the best comes first");
    assert_eq!(both[0].name, wanted.name);
    assert_eq!(both[0].held.len(), 1);
    assert_eq!(both[0].held[0].id.0, "p1234");
    assert!(found.len() <= 100, "bounded: {}", found.len());
    let strangers = wait(handle.patients(
        self::clues(Some("+233209999999"), Some("1931-05-05")),
        now(),
    ))
    .unwrap();
    assert!(strangers.is_empty());
    assert!(
        wait(handle.patients(Clues::default(), now()))
            .unwrap()
            .is_empty()
    );
}

#[test]
fn who_is_on_record_is_not_registered_twice() {
    let folder = tempfile::tempdir().unwrap();
    let (store, slots) = with_an_appointment(folder.path());
    let handle = store.handle();
    let known = wait(handle.patients(clues(Some(PHONE), None), now())).unwrap();
    let mut again = booking("b", &slots[7].id);
    again.patient = Patient::Known(known[0].id.clone());
    let outcome = wait(handle.book(again, now())).unwrap();
    assert!(matches!(outcome, BookingOutcome::Booked { .. }));
    assert_eq!(held(&handle).len(), 2, "both belong to the one patient");
    // Somebody else's slot at the same time: the reason is told.
    let (one, beside) = slots
        .iter()
        .flat_map(|one| slots.iter().map(move |other| (one, other)))
        .find(|(one, other)| one.start == other.start && one.practitioner != other.practitioner)
        .expect("two doctors see patients at one time");
    for (id, slot, expected) in [("d", one, false), ("e", beside, true)] {
        let mut wish = booking(id, &slot.id);
        wish.patient = Patient::Known(known[0].id.clone());
        let outcome = wait(handle.book(wish, now())).unwrap();
        assert_eq!(outcome == BookingOutcome::PatientBusy, expected, "{id}");
    }
    let mut nobody = booking("c", &slots[9].id);
    nobody.patient = Patient::Known(PatientId("nobody".to_owned()));
    assert_eq!(
        wait(handle.book(nobody, now())).unwrap(),
        BookingOutcome::Failed
    );
}

#[test]
fn a_closed_clinic_offers_nothing_and_what_the_roster_says_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = clinic(folder.path());
    let (_, roster) = wait(store.handle().clinic(now())).unwrap().unwrap();
    assert_eq!(roster.places.len(), 4);
    assert_eq!(roster.practitioners[0].room.as_deref(), Some("in room 1"));
    let farmers_day = jiff::civil::date(2026, 12, 4);
    assert_eq!(roster.closure(farmers_day).unwrap().name, "Farmers' Day");
    let accra = jiff::tz::TimeZone::get("Africa/Accra").unwrap();
    let slots = free(&store.handle());
    assert!(
        slots
            .iter()
            .all(|slot| accra.to_datetime(slot.start).date() != farmers_day)
    );
}

fn wishes() -> impl Strategy<Value = Vec<(u8, u8)>> {
    // Few ids and few slots, so that wishes meet.
    prop::collection::vec((0..12_u8, 0..8_u8), 1..40)
}

proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 24, ..Default::default() })]

    /// Any order of wishes ends as in the simplest model: first come, first served.
    #[test]
    fn bookings_follow_the_model(wishes in wishes()) {
        let folder = tempfile::tempdir().unwrap();
        let store = clinic(folder.path());
        let slots = free(&store.handle());
        let mut model: BTreeMap<u8, u8> = BTreeMap::new();
        for (id, slot) in wishes {
            let outcome = wait(store.handle().book(booking(&id.to_string(), &slots[usize::from(slot)].id), now()));
            let taken = model.values().any(|held| *held == slot);
            match model.get(&id) {
                Some(held) if *held == slot => assert!(matches!(outcome, Ok(BookingOutcome::Booked { .. }))),
                Some(_) => assert!(outcome.is_err()),
                None if taken => assert!(matches!(outcome, Ok(BookingOutcome::SlotTaken))),
                None => {
                    assert!(matches!(outcome, Ok(BookingOutcome::Booked { .. })));
                    model.insert(id, slot);
                }
            }
        }
        drop(store);
        let rows = wait(open(folder.path()).handle().appointments(None, now())).unwrap();
        let booked: BTreeSet<String> = rows.into_iter().map(|row| row.id).collect();
        assert_eq!(booked, model.keys().map(u8::to_string).collect());
    }
}

/// The child of the test below: books until it is killed, and tells each booking that
/// was promised.
const BOOKS_IN: &str = "KIOSK_TEST_BOOKS_IN";

#[test]
fn what_is_free_is_never_told_from_before_a_change() {
    let folder = tempfile::tempdir().unwrap();
    let store = clinic(folder.path());
    let handle = store.handle();
    let before = free(&handle);
    assert_eq!(free(&handle), before, "asked again, answered again");
    let slot = before[0].clone();
    let id = AppointmentId("keeps-it".to_owned());
    wait(handle.hold(slot.id.clone(), id.clone(), now())).unwrap();
    assert!(!free(&handle).contains(&slot));
    // Nothing is written when a hold ends by itself.
    let [held, over] = [4, 6].map(|minutes: i64| now() + minutes.minutes());
    assert!(!free_at(&handle, held).contains(&slot));
    assert!(free_at(&handle, over).contains(&slot));
    wait(handle.book(booking("keeps-it", &slot.id), now())).unwrap();
    assert!(!free_at(&handle, over).contains(&slot));
    wait(handle.cancel(id, now())).unwrap();
    assert!(free_at(&handle, over).contains(&slot));
}

#[test]
fn whatever_is_killed_a_promised_booking_stays() {
    if let Some(folder) = std::env::var_os(BOOKS_IN) {
        return book_until_killed(Path::new(&folder));
    }
    let rounds = if std::env::var_os("KIOSK_SOAK").is_some() {
        500
    } else {
        12
    };
    let folder = tempfile::tempdir().unwrap();
    drop(clinic(folder.path()));
    let mut promised: BTreeSet<String> = BTreeSet::new();
    for round in 0..rounds {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "whatever_is_killed_a_promised_booking_stays",
                "--nocapture",
            ])
            .env(BOOKS_IN, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut told = Vec::new();
        // Killed at another point of its work each time.
        while told.len() < 1 + round % 7 {
            let line = lines.next().expect("the child books").unwrap();
            told.extend(line.strip_prefix("booked ").map(str::to_owned));
        }
        std::thread::sleep(Duration::from_micros(137 * (round as u64 % 29)));
        child.kill().unwrap();
        child.wait().unwrap();
        let rest = lines.map_while(Result::ok);
        told.extend(rest.filter_map(|line| Some(line.strip_prefix("booked ")?.to_owned())));
        promised.extend(told);

        let store = open(folder.path());
        assert_eq!(store.set_aside(), None, "round {round}");
        let rows = wait(store.handle().appointments(None, now())).unwrap();
        let kept: BTreeSet<String> = rows.iter().map(|row| row.id.clone()).collect();
        assert!(
            promised.is_subset(&kept),
            "round {round}: lost {:?}",
            promised.difference(&kept)
        );
        let slots: BTreeSet<_> = rows
            .iter()
            .map(|row| (row.start, &row.practitioner))
            .collect();
        assert_eq!(
            slots.len(),
            rows.len(),
            "round {round}: a slot is booked twice"
        );
        let outbox = wait(store.handle().outbox_len()).unwrap();
        assert_eq!(
            outbox,
            rows.len(),
            "round {round}: a booking without its outbox row, or the other way round"
        );
    }
}

fn book_until_killed(folder: &Path) {
    let store = open(folder);
    for slot in free(&store.handle()) {
        let id = format!("{}-{}", std::process::id(), slot.id);
        if let Ok(BookingOutcome::Booked { .. }) =
            wait(store.handle().book(booking(&id, &slot.id), now()))
        {
            println!("booked {id}");
        }
    }
}

#[test]
fn without_its_key_a_database_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    drop(clinic(folder.path()));
    let before = std::fs::read(folder.path().join("kiosk.db")).unwrap();
    let key = folder.path().join("kiosk.key");
    let right = std::fs::read(&key).unwrap();

    std::fs::remove_file(&key).unwrap();
    assert!(refusal(folder.path()).to_string().contains("is missing"));
    write_key(&key, &"0".repeat(64));
    let wrong = refusal(folder.path());
    assert!(matches!(wrong, StoreError::WrongKey { .. }), "{wrong}");
    write_key(&key, "not a key");
    assert!(
        refusal(folder.path())
            .to_string()
            .contains("64 hexadecimal digits")
    );
    std::fs::write(&key, &right).unwrap();
    std::fs::set_permissions(&key, PermissionsExt::from_mode(0o644)).unwrap();
    assert!(refusal(folder.path()).to_string().contains("chmod 600"));

    std::fs::set_permissions(&key, PermissionsExt::from_mode(0o600)).unwrap();
    assert_eq!(
        std::fs::read(folder.path().join("kiosk.db")).unwrap(),
        before
    );
    assert!(!free(&open(folder.path()).handle()).is_empty());
}

fn write_key(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o600)).unwrap();
}

#[test]
fn a_newer_database_is_left_untouched() {
    let folder = tempfile::tempdir().unwrap();
    drop(clinic(folder.path()));
    let key = std::fs::read_to_string(folder.path().join("kiosk.key")).unwrap();
    let newer = rusqlite::Connection::open(folder.path().join("kiosk.db")).unwrap();
    newer
        .execute_batch(&format!(
            "PRAGMA key = \"x'{key}'\"; PRAGMA user_version = 99;"
        ))
        .unwrap();
    drop(newer);
    let before = std::fs::read(folder.path().join("kiosk.db")).unwrap();
    let words = refusal(folder.path()).to_string();
    assert!(
        words.contains("99") && words.contains("newer version"),
        "{words}"
    );
    assert_eq!(
        std::fs::read(folder.path().join("kiosk.db")).unwrap(),
        before
    );
}

#[test]
fn a_damaged_database_is_set_aside_and_a_new_one_begun() {
    let folder = tempfile::tempdir().unwrap();
    drop(clinic(folder.path()));
    let path = folder.path().join("kiosk.db");
    let mut bytes = std::fs::read(&path).unwrap();
    for byte in &mut bytes[2_000..] {
        *byte ^= 0x5a;
    }
    std::fs::write(&path, &bytes).unwrap();
    let store = open(folder.path());
    let aside = store.set_aside().unwrap();
    assert_eq!(
        std::fs::read(aside).unwrap(),
        bytes,
        "what was damaged is kept as it was"
    );
    assert!(free(&store.handle()).is_empty());
}

#[test]
fn a_cut_off_database_is_set_aside_too() {
    let folder = tempfile::tempdir().unwrap();
    drop(clinic(folder.path()));
    let path = folder.path().join("kiosk.db");
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert!(open(folder.path()).set_aside().is_some());
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("nowhere");
    let words = refusal(&missing).to_string();
    assert!(words.contains("nowhere"), "{words}");
}
