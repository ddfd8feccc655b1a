//! Durable bookings a second, one after the other and from many clients at once, and the
//! question for free slots at a large clinic: `cargo bench -p kiosk-daemon`.
#![allow(clippy::unwrap_used, missing_docs)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jiff::{Timestamp, ToSpan};
use kiosk_core::clinic::roster_file::{Clinic, Day, PractitionerEntry, RosterFile, WeeklyHours};
use kiosk_core::clinic::{
    AppointmentId, Booking, FreeSlot, NewPatient, Patient, PractitionerId, SlotQuery, Specialty,
    SpecialtyId,
};
use kiosk_daemon::store::{Store, StoreHandle, wait};

const DOCTORS: usize = 50;
const DAYS: u16 = 60;
const CLIENTS: usize = 64;

fn now() -> Timestamp {
    "2026-11-23T08:00:00Z".parse().unwrap()
}

fn clinic() -> RosterFile {
    let doctor = |number| PractitionerEntry {
        id: PractitionerId(format!("doctor-{number:02}")),
        name: format!("Dr Number {number}"),
        specialties: vec![SpecialtyId("general".to_owned())],
        hours: vec![WeeklyHours {
            days: vec![Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri],
            from: jiff::civil::time(8, 0, 0, 0),
            to: jiff::civil::time(17, 0, 0, 0),
            slot_minutes: 15,
            buffer_minutes: 0,
            capacity: 1,
            visit_type: None,
        }],
        leave: Vec::new(),
        extra: Vec::new(),
        room: None,
    };
    RosterFile {
        clinic: Clinic {
            name: "Bench".to_owned(),
            time_zone: "Africa/Accra".to_owned(),
            regions: vec!["GH".to_owned()],
            horizon_days: DAYS,
            holidays: None,
            open_on: Vec::new(),
        },
        specialties: vec![Specialty {
            id: SpecialtyId("general".to_owned()),
            name: "General".to_owned(),
            also: Vec::new(),
            sensitive: false,
        }],
        practitioners: (0..DOCTORS).map(doctor).collect(),
        closures: Vec::new(),
        places: Vec::new(),
    }
}

fn all_slots(limit: usize) -> SlotQuery {
    SlotQuery {
        practitioners: Vec::new(),
        from: now(),
        until: now() + (24 * i64::from(DAYS)).hours(),
        time_of_day: None,
        limit,
    }
}

fn booking(slot: &FreeSlot) -> Booking {
    Booking {
        id: AppointmentId(uuid::Uuid::now_v7().to_string()),
        slot: slot.id.clone(),
        patient: Patient::New(NewPatient {
            name: "Bench Patient".into(),
            phone: None,
            birth_date: None,
        }),
    }
}

fn book_at_once(runtime: &tokio::runtime::Runtime, handle: &StoreHandle, slots: Vec<FreeSlot>) {
    runtime.block_on(async {
        let mut clients = tokio::task::JoinSet::new();
        for slot in slots {
            let handle = handle.clone();
            clients.spawn(async move { handle.book(booking(&slot), now()).await.unwrap() });
        }
        while clients.join_next().await.is_some() {}
    });
}

fn benches(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), now()).unwrap();
    let handle = store.handle();
    wait(handle.import_roster(clinic(), now())).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut free = wait(handle.free_slots(all_slots(usize::MAX), now()))
        .unwrap()
        .into_iter();

    criterion.bench_function("free slots, 50 doctors, 60 days, mornings", |bench| {
        let query = SlotQuery {
            time_of_day: Some((
                jiff::civil::time(8, 0, 0, 0),
                jiff::civil::time(12, 0, 0, 0),
            )),
            ..all_slots(400)
        };
        bench.iter(|| wait(handle.free_slots(query.clone(), now())).unwrap());
    });
    let mut group = criterion.benchmark_group("durable bookings");
    group.sample_size(20);
    group.throughput(Throughput::Elements(1));
    group.bench_function("one after the other", |bench| {
        bench.iter_batched(
            || free.next().expect("slots enough"),
            |slot| wait(handle.book(booking(&slot), now())).unwrap(),
            criterion::BatchSize::PerIteration,
        );
    });
    group.throughput(Throughput::Elements(CLIENTS as u64));
    group.bench_function("64 clients at once", |bench| {
        bench.iter_batched(
            || free.by_ref().take(CLIENTS).collect::<Vec<_>>(),
            |slots| book_at_once(&runtime, &handle, slots),
            criterion::BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(booking_benches, benches);
criterion_main!(booking_benches);
