//! Whom the desk rings: everybody whose appointment changed while they were at home.
#![allow(clippy::unwrap_used)]

#[path = "support/records.rs"]
mod records;

use jiff::Timestamp;
use kiosk_core::clinic::roster_file::Leave;
use kiosk_core::clinic::{AppointmentId, FreeSlot};
use kiosk_daemon::store::{Act, Asked, RosterEdit, Store, StoreHandle, wait};
use kiosk_protocol::RingBackWhy;
use records::{book, clinic, free};

/// The kiosk's own records, in which patients themselves act.
fn lobby() -> (tempfile::TempDir, Store, StoreHandle) {
    let folder = tempfile::tempdir().unwrap();
    let store = clinic(folder.path());
    let lobby = store.handle();
    (folder, store, lobby)
}

fn to_ring(store: &StoreHandle) -> Vec<(AppointmentId, RingBackWhy, u32)> {
    let listed = wait(store.ring_backs(Timestamp::now())).unwrap();
    let told = listed.into_iter();
    told.map(|it| (it.record.id, it.why, it.tried)).collect()
}

fn does(store: &StoreHandle, id: &AppointmentId, act: Act) {
    let id = id.clone();
    let asked = Asked {
        id,
        act,
        seen: None,
    };
    wait(store.act(asked, Timestamp::now())).unwrap();
}

/// Slots of tomorrow and later, of one practitioner each with an hour between them.
fn later(store: &StoreHandle) -> Vec<FreeSlot> {
    let slots = free(store);
    let practitioner = slots[0].practitioner.clone();
    let own = slots
        .into_iter()
        .filter(|slot| slot.practitioner == practitioner);
    own.skip(20).step_by(4).collect()
}

#[test]
fn who_was_cancelled_or_moved_without_them_is_rung_until_they_know() {
    let (_folder, _store, lobby) = lobby();
    let desk = lobby.acting_as("reception");
    let slots = later(&lobby);
    let cancelled = book(&lobby, &slots[0], "Ama One");
    let moved = book(&lobby, &slots[1], "Ama Two");
    assert_eq!(to_ring(&desk), []);
    does(&desk, &cancelled, Act::Cancel);
    does(&desk, &moved, Act::Move(slots[2].id.clone()));
    assert_eq!(
        to_ring(&desk),
        [
            (cancelled.clone(), RingBackWhy::Cancelled, 0),
            (moved.clone(), RingBackWhy::Moved, 0)
        ]
    );
    let rang = |id: &AppointmentId, reached| {
        wait(desk.rang(id.clone(), reached, Timestamp::now())).unwrap()
    };
    assert!(rang(&cancelled, false), "no answer");
    assert_eq!(
        to_ring(&desk),
        [
            (moved.clone(), RingBackWhy::Moved, 0),
            (cancelled.clone(), RingBackWhy::Cancelled, 1)
        ],
        "others come first now"
    );
    assert!(rang(&moved, true) && rang(&cancelled, true));
    assert_eq!(to_ring(&desk), []);
    assert!(!rang(&moved, true), "nobody is to be rung twice");
    // What changes once more is told once more.
    does(&desk, &moved, Act::Move(slots[1].id.clone()));
    assert_eq!(to_ring(&desk), [(moved, RingBackWhy::Moved, 0)]);
}

#[test]
fn who_changes_it_at_the_kiosk_or_comes_is_not_rung() {
    let (_folder, _store, lobby) = lobby();
    let desk = lobby.acting_as("reception");
    let slots = later(&lobby);
    let theirs = book(&lobby, &slots[0], "Ama One");
    let here = book(&lobby, &slots[1], "Ama Two");
    does(&lobby, &theirs, Act::Cancel);
    assert_eq!(to_ring(&desk), []);
    does(&desk, &here, Act::Move(slots[2].id.clone()));
    assert_eq!(to_ring(&desk).len(), 1);
    does(&lobby, &here, Act::Move(slots[3].id.clone()));
    assert_eq!(to_ring(&desk), [], "they have seen it at the kiosk");
    does(&desk, &here, Act::Move(slots[0].id.clone()));
    does(&desk, &here, Act::CheckIn);
    assert_eq!(to_ring(&desk), [], "they stand before reception");
}

#[test]
fn a_booking_that_nobody_could_confirm_is_rung_about() {
    let (_folder, _store, lobby) = lobby();
    let slots = later(&lobby);
    let certain = book(&lobby, &slots[0], "Ama One");
    // One of several kiosks that has never reached the central server.
    wait(lobby.note_kiosk(Some("one-of-two".to_owned()))).unwrap();
    let uncertain = book(&lobby, &slots[1], "Ama Two");
    let expected = [(uncertain, RingBackWhy::ToConfirm, 0)];
    assert_eq!(to_ring(&lobby), expected);
    does(&lobby, &certain, Act::Move(slots[2].id.clone()));
    let moved = to_ring(&lobby);
    assert_eq!(moved.len(), 2, "moved into a time that nobody is sure of");
}

#[test]
fn who_booked_a_doctor_that_is_away_then_is_rung_until_the_doctor_is_back() {
    let (_folder, _store, lobby) = lobby();
    let desk = lobby.acting_as("reception");
    let slot = later(&lobby)[0].clone();
    let booked = book(&lobby, &slot, "Ama One");
    let away = |leave: Vec<Leave>| {
        let edit = RosterEdit::Leave(slot.practitioner.clone(), leave);
        wait(desk.edit_roster(edit, Timestamp::now())).unwrap();
    };
    let from = slot.start.to_zoned(jiff::tz::TimeZone::UTC).date();
    let leave = Leave {
        from,
        to: from,
        reason: String::new(),
    };
    away(vec![leave.clone()]);
    assert_eq!(to_ring(&desk), [(booked.clone(), RingBackWhy::Away, 0)]);
    wait(desk.rang(booked.clone(), false, Timestamp::now())).unwrap();
    assert_eq!(to_ring(&desk), [(booked.clone(), RingBackWhy::Away, 1)]);
    away(Vec::new());
    assert_eq!(to_ring(&desk), [], "back again");
    away(vec![leave]);
    wait(desk.rang(booked, true, Timestamp::now())).unwrap();
    assert_eq!(to_ring(&desk), [], "they know");
}
