//! A kiosk's records with their synchronisation, and the comparison of both sides.
#![allow(dead_code)]

use super::central::There;
use super::comparison::same;
use super::records::{self, book, free};
use jiff::Timestamp;
use kiosk_core::clinic::AppointmentId;
use kiosk_daemon::config::{self, CentralSettings};
use kiosk_daemon::fhir::{AppointmentRecord, CLINIC_TAG, Kind, Record, Site};
use kiosk_daemon::store::{Search, Store, StoreHandle, wait};
use kiosk_daemon::sync::{Parts, Round, Sync, SyncHandle};
use kiosk_protocol::control::SyncStatus;
use serde_json::{Value, json};
use std::sync::Mutex;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

/// Records and their synchronisation.
pub struct Kiosk {
    pub clinic: String,
    runtime: tokio::runtime::Runtime,
    stop: CancellationToken,
    sync: SyncHandle,
    rosters: Mutex<mpsc::Receiver<()>>,
    store: Store,
    _folder: tempfile::TempDir,
}

impl Kiosk {
    /// With the server `name` behind `port`. It synchronises when it is told to.
    pub fn start(port: u16, name: &str) -> Self {
        Self::start_with(port, name, |_| {})
    }

    pub fn start_with(port: u16, name: &str, change: impl FnOnce(&mut CentralSettings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = records::clinic(folder.path());
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let settings = config::load(None).unwrap();
        let setting = wait(kiosk_daemon::clinic::setting(&store.handle(), &settings)).unwrap();
        let mut central = CentralSettings {
            url: format!("http://127.0.0.1:{port}/{name}/").parse().unwrap(),
            key_file: None,
            client_file: None,
            ca_file: None,
            identity: "".into(),
            kiosk: "lobby-1".to_owned(),
            batch: 50,
            interval: Duration::from_secs(86_400),
            answer_within: Duration::from_secs(30),
            leasing: None,
        };
        change(&mut central);
        let (roster_changed, rosters) = mpsc::channel(8);
        let clinic = format!("clinic-{name}");
        let (sync, handle) = Sync::new(Parts {
            store: store.handle(),
            settings: central,
            clinic: clinic.clone(),
            setting: watch::Sender::new(setting).subscribe(),
            roster_changed,
        });
        let stop = CancellationToken::new();
        runtime.spawn(sync.run(stop.clone()));
        Self {
            clinic,
            runtime,
            stop,
            sync: handle,
            rosters: Mutex::new(rosters),
            store,
            _folder: folder,
        }
    }

    pub fn store(&self) -> StoreHandle {
        self.store.handle()
    }

    /// A whole round now.
    pub fn sync(&self) -> Round {
        self.runtime.block_on(self.sync.now())
    }

    pub fn status(&self) -> SyncStatus {
        wait(self.store().sync_status()).unwrap()
    }

    pub fn was_told_of_a_new_roster(&self) -> bool {
        self.rosters.lock().unwrap().try_recv().is_ok()
    }

    /// What a resource of this clinic carries.
    pub fn meta(&self) -> Value {
        json!({ "tag": [{ "system": CLINIC_TAG, "code": self.clinic }] })
    }

    pub fn site(&self) -> Site {
        Site {
            clinic: self.clinic.clone(),
            zone: jiff::tz::TimeZone::UTC,
        }
    }

    pub fn all(&self, kind: Kind) -> Vec<Record> {
        let search = Search {
            kind,
            conditions: Vec::new(),
            after: None,
            limit: 1_000_000,
        };
        wait(self.store().search(search, Timestamp::now())).unwrap()
    }

    pub fn appointments(&self) -> Vec<AppointmentRecord> {
        let records = self.all(Kind::Appointment).into_iter();
        let appointment = |record| match record {
            Record::Appointment(record) => Some(record),
            Record::Practitioner(_)
            | Record::PractitionerRole(_)
            | Record::Schedule(_)
            | Record::Slot(_)
            | Record::Patient(_) => None,
        };
        records.filter_map(appointment).collect()
    }

    pub fn appointment(&self, id: &str) -> AppointmentRecord {
        self.appointments()
            .into_iter()
            .find(|it| it.id == id)
            .unwrap()
    }

    /// A booking, a move, a cancellation or an arrival here, or one of those there.
    pub fn something_happens(&mut self, chance: &mut fastrand::Rng, there: &There) {
        let store = self.store();
        let slots = free(&store);
        let open: Vec<_> = self
            .appointments()
            .into_iter()
            .filter(|it| it.status == "booked")
            .collect();
        let some =
            (!open.is_empty()).then(|| AppointmentId(open[chance.usize(0..open.len())].id.clone()));
        let slot = &slots[chance.usize(0..slots.len())];
        match (chance.u8(0..6), some) {
            (0, Some(id)) => drop(wait(store.cancel(id, Timestamp::now()))),
            (1, Some(id)) => drop(wait(store.reschedule(
                id,
                slot.id.clone(),
                Timestamp::now(),
            ))),
            (2, Some(id)) => drop(wait(store.check_in(id, Timestamp::now()))),
            (3, Some(id)) => {
                let query = format!("Appointment?identifier={}|{id}", Kind::Appointment.system());
                if let Some(mut found) = there.search(&query).pop() {
                    found["status"] = "cancelled".into();
                    there.update(&found);
                }
            }
            _ => {
                for _ in 0..chance.usize(1..12) {
                    let slots = free(&store);
                    book(&store, &slots[chance.usize(0..slots.len())], "Akosua");
                }
            }
        }
    }
}

impl Drop for Kiosk {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Every appointment of either side is on the other once, the same in all that both know.
pub fn same_on_both_sides(kiosk: &Kiosk, there: &There) {
    let here = kiosk.appointments().into_iter().map(|it| {
        let [starts, ends] = [it.starts.to_string(), it.ends.to_string()];
        [it.id, it.status, starts, ends, it.patient, it.practitioner]
    });
    same(here.collect(), there, &kiosk.clinic);
}
