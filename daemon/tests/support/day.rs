//! A clinic's day at the records, with all that the disk is asked for meanwhile, and what
//! was confirmed when.
#![allow(dead_code)]

use super::vfs::{Op, Watch};
use futures_util::future::join_all;
use jiff::{Timestamp, ToSpan};
use kiosk_core::clinic::{
    AppointmentId, Booking, BookingOutcome, FreeSlot, NewPatient, Patient, PractitionerId,
    PrivateDate, Settled, SlotId, SlotQuery, WalkIn, large,
};
use kiosk_daemon::store::{Store, StoreHandle, back_up, wait};
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::Path;
use tempfile::TempDir;

/// Monday, before the clinic opens.
pub fn now() -> Timestamp {
    "2026-11-23T06:00:00Z".parse().unwrap()
}

/// One appointment as the records have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub slot: String,
    pub status: String,
    pub code: String,
}

#[derive(Debug, Clone)]
enum Change {
    Booked {
        id: String,
        slot: String,
        code: String,
    },
    Moved {
        id: String,
        slot: String,
    },
    Cancelled {
        id: String,
    },
    Arrived {
        id: String,
    },
    WalkedIn,
}

/// Something that was asked for when so much had happened to the disk, and confirmed when so
/// much had.
#[derive(Debug, Clone)]
pub struct Step {
    pub asked: usize,
    pub done: usize,
    /// The newest sequence number that was told with it.
    newest: i64,
    change: Change,
}

/// What happened, in order.
#[derive(Clone, Default)]
pub struct Day {
    pub ops: Vec<Op>,
    pub steps: Vec<Step>,
    /// When the roster was there.
    pub imported: usize,
    pub key: Vec<u8>,
}

/// Opens a clinic in `folder` and has patients come and go, `rounds` times: single bookings
/// and several at once, moves, cancellations, arrivals and walk-ins. In the middle a copy is
/// made, and kioskd is stopped and started.
pub fn record(folder: &TempDir, rounds: usize, seed: u64) -> Day {
    let folder = folder.path();
    let watch = Watch::begin(folder);
    let mut store = Store::open(folder, now()).unwrap();
    wait(store.handle().import_roster(large(2, 3), now())).unwrap();
    let imported = watch.len();
    let mut patients = Patients {
        handle: store.handle(),
        chance: fastrand::Rng::with_seed(seed),
        watch: &watch,
        steps: Vec::new(),
        open: Vec::new(),
    };
    for round in 0..rounds {
        if round == rounds / 2 {
            back_up(folder, &folder.join("copy.db")).unwrap();
        }
        if round == rounds * 2 / 3 {
            drop(store);
            store = Store::open(folder, now()).unwrap();
            patients.handle = store.handle();
        }
        patients.come(round);
    }
    let steps = patients.steps;
    drop(store);
    Day {
        ops: watch.ops(),
        steps,
        imported,
        key: std::fs::read(folder.join("kiosk.key")).unwrap(),
    }
}

struct Patients<'a> {
    handle: StoreHandle,
    chance: fastrand::Rng,
    watch: &'a Watch,
    steps: Vec<Step>,
    /// Appointments that can still be moved, cancelled or come to.
    open: Vec<String>,
}

impl Patients<'_> {
    fn come(&mut self, round: usize) {
        let at = (!self.open.is_empty()).then(|| self.chance.usize(0..self.open.len()));
        match (self.chance.u8(0..10), at) {
            (0, Some(at)) => self.cancels(at),
            (1, Some(at)) => self.moves(at),
            (2, Some(at)) => self.arrives(at),
            (3, _) => self.walks_in(),
            (4 | 5, _) => self.book(round, 3),
            _ => self.book(round, 1),
        }
    }

    /// So many at once, some of whom want the same slot.
    fn book(&mut self, round: usize, count: usize) {
        let slots = free(&self.handle);
        let asked = self.watch.len();
        let wishes: Vec<(String, SlotId)> = (0..count)
            .map(|number| {
                let slot = &slots[self.chance.usize(0..slots.len().min(40))];
                (format!("round-{round}-{number}"), slot.id.clone())
            })
            .collect();
        let all = wishes
            .iter()
            .map(|(id, slot)| self.handle.book(booking(id, slot), now()));
        let outcomes = wait(join_all(all));
        let done = self.watch.len();
        for ((id, slot), outcome) in wishes.into_iter().zip(outcomes) {
            match outcome.unwrap() {
                BookingOutcome::Booked { code, .. } => {
                    self.open.push(id.clone());
                    let slot = slot.0;
                    self.note(asked, done, Change::Booked { id, slot, code });
                }
                BookingOutcome::SlotTaken => {}
                other @ (BookingOutcome::PatientBusy | BookingOutcome::Failed) => {
                    panic!("{other:?}")
                }
            }
        }
    }

    fn cancels(&mut self, at: usize) {
        let id = self.open.swap_remove(at);
        let asked = self.watch.len();
        let outcome = wait(self.handle.cancel(AppointmentId(id.clone()), now())).unwrap();
        assert_eq!(outcome, Settled::Cancelled);
        self.note(asked, self.watch.len(), Change::Cancelled { id });
    }

    fn moves(&mut self, at: usize) {
        let id = self.open[at].clone();
        let slot = free(&self.handle).pop().unwrap().id;
        let asked = self.watch.len();
        let moved = self
            .handle
            .reschedule(AppointmentId(id.clone()), slot.clone(), now());
        let outcome = wait(moved).unwrap();
        assert!(
            matches!(outcome, BookingOutcome::Booked { .. }),
            "{outcome:?}"
        );
        self.note(asked, self.watch.len(), Change::Moved { id, slot: slot.0 });
    }

    fn arrives(&mut self, at: usize) {
        let id = self.open.swap_remove(at);
        let asked = self.watch.len();
        let outcome = wait(self.handle.check_in(AppointmentId(id.clone()), now())).unwrap();
        assert!(matches!(outcome, Settled::Queued(_)), "{outcome:?}");
        self.note(asked, self.watch.len(), Change::Arrived { id });
    }

    fn walks_in(&mut self) {
        let asked = self.watch.len();
        let walk_in = WalkIn {
            practitioners: vec![PractitionerId("doctor-00".to_owned())],
        };
        let outcome = wait(self.handle.join_queue(walk_in, now())).unwrap();
        assert!(matches!(outcome, Settled::Queued(_)), "{outcome:?}");
        self.note(asked, self.watch.len(), Change::WalkedIn);
    }

    fn note(&mut self, asked: usize, done: usize, change: Change) {
        let newest = *self.handle.newest_change().borrow();
        self.steps.push(Step {
            asked,
            done,
            newest,
            change,
        });
    }
}

impl Day {
    /// The appointments that patients had been told of by then, and the newest sequence
    /// number that was told.
    pub fn confirmed(&self, moment: usize) -> (BTreeMap<String, Row>, i64) {
        let mut rows = BTreeMap::new();
        let done = self.steps.iter().filter(|step| step.done <= moment);
        done.clone().for_each(|step| step.change.apply(&mut rows));
        let newest = done.map(|step| step.newest).max().unwrap_or(0);
        (rows, newest)
    }

    /// Whether an appointment may be so: as it was confirmed, or as somebody had asked for.
    pub fn may_be(&self, moment: usize, id: &str, found: &Row) -> bool {
        let (mut rows, _) = self.confirmed(moment);
        if rows.get(id) == Some(found) {
            return true;
        }
        self.under_way(moment)
            .for_each(|step| step.change.apply(&mut rows));
        rows.get(id) == Some(found)
    }

    /// How many may have a number without an appointment.
    pub fn walk_ins(&self, moment: usize) -> RangeInclusive<usize> {
        let walked_in = |step: &&Step| matches!(step.change, Change::WalkedIn);
        let done = self.steps.iter().filter(|step| step.done <= moment);
        let least = done.filter(walked_in).count();
        least..=least + self.under_way(moment).filter(walked_in).count()
    }

    fn under_way(&self, moment: usize) -> impl Iterator<Item = &Step> {
        self.steps
            .iter()
            .filter(move |step| step.asked < moment && moment < step.done)
    }
}

impl Change {
    fn apply(&self, rows: &mut BTreeMap<String, Row>) {
        match self {
            Self::Booked { id, slot, code } => {
                let row = Row {
                    slot: slot.clone(),
                    status: "booked".to_owned(),
                    code: code.clone(),
                };
                rows.insert(id.clone(), row);
            }
            Self::Moved { id, slot } => {
                if let Some(row) = rows.get_mut(id) {
                    row.slot.clone_from(slot);
                }
            }
            Self::Cancelled { id } => set_status(rows, id, "cancelled"),
            Self::Arrived { id } => set_status(rows, id, "checked-in"),
            Self::WalkedIn => {}
        }
    }
}

fn set_status(rows: &mut BTreeMap<String, Row>, id: &str, status: &str) {
    if let Some(row) = rows.get_mut(id) {
        status.clone_into(&mut row.status);
    }
}

pub fn free(handle: &StoreHandle) -> Vec<FreeSlot> {
    let query = SlotQuery {
        practitioners: Vec::new(),
        from: now(),
        until: now() + (24 * 10).hours(),
        time_of_day: None,
        limit: 10_000,
    };
    wait(handle.free_slots(query, now())).unwrap()
}

pub fn booking(id: &str, slot: &SlotId) -> Booking {
    Booking {
        id: AppointmentId(id.to_owned()),
        slot: slot.clone(),
        patient: Patient::New(NewPatient {
            name: format!("Esi {id}").as_str().into(),
            phone: None,
            birth_date: Some(PrivateDate("1990-03-02".parse().unwrap())),
        }),
    }
}

/// Writes a file that only its owner can read.
pub fn private(path: &Path, bytes: &[u8]) {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::File::options();
    let file = options.write(true).create(true).truncate(true).mode(0o600);
    file.open(path).unwrap().write_all(bytes).unwrap();
}

/// The database in `folder`, past the store.
pub fn keyed(folder: &Path, key: &[u8]) -> Connection {
    let connection = Connection::open(folder.join("kiosk.db")).unwrap();
    let key = String::from_utf8_lossy(key);
    connection
        .execute_batch(&format!("PRAGMA key = \"x'{}'\"", key.trim()))
        .unwrap();
    connection
}

/// Where a write is quick; what is forgotten is the test's to say.
pub fn quick_folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        tempfile::tempdir_in(memory).unwrap()
    } else {
        tempfile::tempdir().unwrap()
    }
}
