//! A clinic's records in a folder of their own.
#![allow(dead_code)]

use jiff::{Timestamp, ToSpan};
use kiosk_core::clinic::{
    AppointmentId, Booking, BookingOutcome, FreeSlot, NewPatient, Patient, PrivateDate, SlotQuery,
};
use kiosk_daemon::store::{Store, StoreHandle, parse_roster, wait};
use std::path::Path;

pub const CLINIC: &str = include_str!("../../../provisioning/sample-clinic.toml");
pub const PHONE: &str = "+233244000001";

/// Opens the records in `folder` and takes the sample clinic in.
pub fn clinic(folder: &Path) -> Store {
    let store = Store::open(folder, Timestamp::now()).unwrap();
    let roster = parse_roster(CLINIC).unwrap();
    wait(store.handle().import_roster(roster, Timestamp::now())).unwrap();
    store
}

pub fn free(store: &StoreHandle) -> Vec<FreeSlot> {
    let now = Timestamp::now();
    let query = SlotQuery {
        practitioners: Vec::new(),
        from: now,
        until: now + (24 * 60).hours(),
        time_of_day: None,
        limit: 100_000,
    };
    wait(store.free_slots(query, now)).unwrap()
}

/// Books for somebody new; the appointment's id.
pub fn book(store: &StoreHandle, slot: &FreeSlot, name: &str) -> AppointmentId {
    let id = AppointmentId(uuid::Uuid::now_v7().to_string());
    let outcome = wait(store.book(booking(&id, slot, name), Timestamp::now())).unwrap();
    assert!(
        matches!(outcome, BookingOutcome::Booked { .. }),
        "{outcome:?}"
    );
    id
}

pub fn booking(id: &AppointmentId, slot: &FreeSlot, name: &str) -> Booking {
    Booking {
        id: id.clone(),
        slot: slot.id.clone(),
        patient: Patient::New(NewPatient {
            name: name.into(),
            phone: Some(PHONE.into()),
            birth_date: Some(PrivateDate("1990-03-02".parse().unwrap())),
        }),
    }
}
