//! Slots that one kiosk of a clinic has to itself, so that it can promise them offline:
//! against a real FHIR server.
#![allow(clippy::unwrap_used)]

#[path = "support/central.rs"]
mod central;
#[path = "support/comparison.rs"]
mod comparison;
#[path = "support/records.rs"]
mod records;
#[path = "support/synchronised.rs"]
mod synchronised;

use central::{Fault, Proxy, Server};
use jiff::{SignedDuration, Timestamp};
use kiosk_core::clinic::{AppointmentId, BookingOutcome, FreeSlot};
use kiosk_daemon::fhir::Kind;
use kiosk_daemon::store::{HoldOutcome, Leasing, StoreHandle, wait};
use records::{book, booking, free};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;
use synchronised::{Kiosk, same_on_both_sides};

/// Of each doctor.
const EACH: usize = 3;
const HOURS: i64 = 24;

fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start(&[]))
}

fn kiosk(port: u16, name: &str, called: &str) -> Kiosk {
    Kiosk::start_with(port, name, |central| {
        central.kiosk = called.to_owned();
        central.leasing = Some(Leasing {
            each: EACH,
            lasts: SignedDuration::from_hours(HOURS),
        });
    })
}

fn tries(store: &StoreHandle, slot: &FreeSlot) -> BookingOutcome {
    let id = AppointmentId(uuid::Uuid::now_v7().to_string());
    wait(store.book(booking(&id, slot, "Akosua"), Timestamp::now())).unwrap()
}

/// Whether what is booked on `slot` now has to be confirmed.
fn is_to_confirm(store: &StoreHandle, slot: &FreeSlot) -> bool {
    match tries(store, slot) {
        BookingOutcome::Booked { to_confirm, .. } => to_confirm,
        outcome @ (BookingOutcome::SlotTaken
        | BookingOutcome::PatientBusy
        | BookingOutcome::Failed) => panic!("{outcome:?}"),
    }
}

/// The slots leased on the server, by kiosk: each slot's id here.
fn leased(there: &central::There, kiosk: &Kiosk) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for slot in there.search("Slot?status=busy-tentative") {
        let lease = kiosk_daemon::fhir::slot_facts(&slot)
            .unwrap()
            .lease
            .unwrap();
        let id = kiosk.site().own_id(Kind::Slot, &slot).unwrap();
        assert!(found.entry(lease.kiosk).or_default().insert(id));
    }
    found
}

#[test]
fn a_leased_slot_is_booked_offline_with_certainty_and_by_no_other_kiosk() {
    let there = server().named("leased");
    let proxy = Proxy::start(server().port, |_| Fault::None);
    let first = kiosk(proxy.port, "leased", "lobby-1");
    let second = kiosk(server().port, "leased", "lobby-2");
    first.sync().unwrap();
    second.sync().unwrap();

    let by_kiosk = leased(&there, &first);
    let own = &by_kiosk["lobby-1"];
    let others = &by_kiosk["lobby-2"];
    assert!(!own.is_empty() && own.is_disjoint(others));
    let offered = free(&second.store());
    assert!(offered.iter().all(|slot| !own.contains(&slot.id.0)));
    let slots = free(&first.store());
    let mine: Vec<_> = slots.iter().filter(|it| own.contains(&it.id.0)).collect();
    assert_eq!(tries(&second.store(), mine[0]), BookingOutcome::SlotTaken);
    let id = AppointmentId("a-hold".to_owned());
    let store = second.store();
    let hold = store.hold(mine[0].id.clone(), id, Timestamp::now());
    assert_eq!(wait(hold).unwrap(), HoldOutcome::SlotTaken);

    // The network goes; what is leased can be promised, the rest not.
    proxy.choose(|_| Fault::DropBefore);
    first.sync().unwrap_err();
    assert!(!is_to_confirm(&first.store(), mine[0]));
    let other = slots.iter().rfind(|it| !own.contains(&it.id.0)).unwrap();
    assert!(is_to_confirm(&first.store(), other));

    proxy.choose(|_| Fault::None);
    for _ in 0..2 {
        first.sync().unwrap();
        second.sync().unwrap();
    }
    let there_now = there.search(&format!(
        "Slot?identifier={}|{}/{}",
        Kind::Slot.system(),
        first.clinic,
        mine[0].id
    ));
    assert_eq!(there_now[0]["status"], "busy");
    assert_eq!(there_now[0]["extension"], serde_json::Value::Null);
    assert_eq!(second.status().conflicts, 0);
    same_on_both_sides(&first, &there);
    same_on_both_sides(&second, &there);
}

#[test]
fn of_two_kiosks_that_lease_at_once_each_slot_goes_to_one() {
    let there = server().named("at-once");
    let kiosks = ["lobby-1", "lobby-2", "lobby-3"].map(|it| kiosk(server().port, "at-once", it));
    for _ in 0..2 {
        std::thread::scope(|scope| {
            for kiosk in &kiosks {
                scope.spawn(|| kiosk.sync().unwrap());
            }
        });
    }
    // Whoever finds nearer slots free gives others back: one after the other until nothing
    // moves any more.
    let mut by_kiosk = leased(&there, &kiosks[0]);
    for round in 0.. {
        assert!(round < 10, "they take each other's slots without end");
        kiosks.iter().for_each(|kiosk| kiosk.sync().unwrap());
        let before = std::mem::replace(&mut by_kiosk, leased(&there, &kiosks[0]));
        if before == by_kiosk {
            break;
        }
    }
    // Nobody promises what somebody else has: what each believes is what the server says.
    let mut seen = BTreeSet::new();
    for (kiosk, called) in kiosks.iter().zip(["lobby-1", "lobby-2", "lobby-3"]) {
        // Who came last may have found all of the next ones gone.
        for slot in by_kiosk.get(called).into_iter().flatten() {
            assert!(seen.insert(slot.clone()), "{slot} is leased twice");
        }
        let offered = free(&kiosk.store());
        let theirs = by_kiosk.iter().filter(|(name, _)| *name != called);
        for slot in theirs.flat_map(|(_, slots)| slots) {
            assert!(offered.iter().all(|it| it.id.0 != *slot));
        }
    }
}

#[test]
fn a_lease_that_ran_out_is_anybody_s_and_is_not_promised_before_that() {
    let there = server().named("ran-out");
    let gone = kiosk(server().port, "ran-out", "lobby-1");
    gone.sync().unwrap();
    let slots = free(&gone.store());
    drop(gone);
    let minutes = |minutes: i64| Timestamp::now() + SignedDuration::from_mins(minutes);
    let left = |until: Timestamp| {
        for mut slot in there.search("Slot?status=busy-tentative") {
            slot["extension"][0]["extension"][1]["valueInstant"] = until.to_string().into();
            there.update(&slot);
        }
    };
    left(minutes(5));
    // The same kiosk with an empty memory, and no network after its first round.
    let proxy = Proxy::start(server().port, |_| Fault::None);
    let same = Kiosk::start_with(proxy.port, "ran-out", |central| {
        central.kiosk = "lobby-1".to_owned();
        central.leasing = Some(Leasing {
            each: 1,
            lasts: SignedDuration::from_mins(10),
        });
    });
    same.sync().unwrap();
    proxy.choose(|_| Fault::DropBefore);
    same.sync().unwrap_err();
    assert!(
        is_to_confirm(&same.store(), &slots[0]),
        "another kiosk's clock may be ahead"
    );

    left(minutes(-1));
    let other = kiosk(server().port, "ran-out", "lobby-2");
    other.sync().unwrap();
    let by_kiosk = leased(&there, &other);
    assert_eq!(by_kiosk.keys().collect::<Vec<_>>(), ["lobby-2"]);
}

#[test]
fn without_leases_what_is_booked_offline_is_to_be_confirmed_and_online_is_not() {
    let proxy = Proxy::start(server().port, |_| Fault::None);
    let kiosk = Kiosk::start(proxy.port, "no-leases");
    kiosk.sync().unwrap();
    let slots = free(&kiosk.store());
    assert!(!is_to_confirm(&kiosk.store(), &slots[0]));
    proxy.choose(|_| Fault::DropBefore);
    kiosk.sync().unwrap_err();
    assert!(is_to_confirm(&kiosk.store(), &slots[1]));
    let id = book(&kiosk.store(), &slots[2], "Kofi");
    let store = kiosk.store();
    let moved = store.reschedule(id, slots[5].id.clone(), Timestamp::now());
    assert!(matches!(
        wait(moved).unwrap(),
        BookingOutcome::Booked {
            to_confirm: true,
            ..
        }
    ));
    proxy.choose(|_| Fault::None);
    kiosk.sync().unwrap();
    assert!(!is_to_confirm(&kiosk.store(), &slots[7]));
}

#[test]
fn a_kiosk_that_stands_alone_needs_nobody_s_confirmation() {
    let folder = tempfile::tempdir().unwrap();
    let store = records::clinic(folder.path());
    let slots = free(&store.handle());
    assert!(!is_to_confirm(&store.handle(), &slots[0]));
}

#[test]
fn a_lease_that_is_no_longer_among_the_next_free_ones_is_given_back() {
    let there = server().named("given-back");
    let kiosk = kiosk(server().port, "given-back", "lobby-1");
    let slots = free(&kiosk.store());
    let doctor = &slots[0].practitioner;
    let of_doctor: Vec<_> = slots
        .iter()
        .filter(|it| it.practitioner == *doctor)
        .collect();
    let first = book(&kiosk.store(), of_doctor[0], "Kofi");
    kiosk.sync().unwrap();
    let last = &of_doctor[EACH].id.0;
    assert!(leased(&there, &kiosk)["lobby-1"].contains(last));
    wait(kiosk.store().cancel(first, Timestamp::now())).unwrap();
    kiosk.sync().unwrap();
    let now = leased(&there, &kiosk);
    assert!(!now["lobby-1"].contains(last));
    assert!(now["lobby-1"].contains(&of_doctor[0].id.0));
}
