//! The power fails at any moment of a clinic's day, and the disk has kept what it likes of
//! what it was not told to keep: every booking that was confirmed is there, and nothing is
//! there by half. A sample of moments; with `KIOSK_SOAK` every write, sync, truncation and
//! removal, in every manner that a disk has of forgetting.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "support/day.rs"]
mod day;
#[path = "support/power.rs"]
mod power;
#[path = "support/vfs.rs"]
mod vfs;

use day::{Day, Row, keyed, now, quick_folder};
use kiosk_core::clinic::BookingOutcome;
use kiosk_daemon::store::{Lock, Store, StoreError, rotate_key, wait};
use power::{Disk, Files, MANNERS, Manner};
use rusqlite::Connection;
use std::collections::BTreeMap;
use tempfile::TempDir;
use vfs::{Op, Watch};

const SEED: u64 = 20_261_127;
/// Moments that are tried in the ordinary run.
const SAMPLE: usize = 160;
/// Of so many starts after a power loss one loses power again.
const AGAIN: u64 = 8;

fn is_soak() -> bool {
    std::env::var_os("KIOSK_SOAK").is_some()
}

#[test]
fn what_was_confirmed_survives_a_power_loss_at_any_moment() {
    let rounds = if is_soak() { 200 } else { 70 };
    let day = day::record(&quick_folder(), rounds, SEED);
    let moments = moments(&day);
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for worker in 0..workers {
            let (day, moments) = (&day, &moments);
            scope.spawn(move || {
                let mine = moments.iter().skip(worker).step_by(workers);
                lose_power_at(day, mine.copied());
            });
        }
    });
    println!(
        "{} power losses at {} moments of {}, {} things confirmed, seed {SEED}",
        moments.len(),
        moments
            .iter()
            .map(|it| it.0)
            .collect::<std::collections::BTreeSet<_>>()
            .len(),
        day.ops.len() + 1,
        day.steps.len(),
    );
}

/// What the other tests promise of this one: a disk that forgets what it was told to keep, or
/// keeps half of it, is noticed.
#[test]
fn a_disk_that_lies_is_noticed() {
    let day = day::record(&quick_folder(), 12, SEED);
    let all = day.ops.len();
    let mut chance = fastrand::Rng::with_seed(SEED);
    // Up to the last thing that was confirmed, nothing was folded into the database.
    let last = day.steps.last().unwrap().done;
    let mut forgets = Disk::default();
    for (number, op) in day.ops[..last].iter().enumerate() {
        let is_confirmation = number >= day.imported && matches!(op, Op::Sync { .. });
        if !is_confirmation {
            forgets.take(op);
        }
    }
    let forgotten = forgets.after_power_loss(Manner::Dropped, &mut chance);
    let noticed = std::panic::catch_unwind(|| is_whole(&day, last, &forgotten, "it forgets"));
    assert!(noticed.is_err(), "what was confirmed and is gone");

    let mut honest = Disk::default();
    day.ops.iter().for_each(|op| honest.take(op));
    let mut damaged = honest.after_power_loss(Manner::Kept, &mut chance);
    is_whole(&day, all, &damaged, "it is honest");
    let database = damaged.get_mut("kiosk.db").unwrap();
    let middle = database.len() / 2;
    database[middle] ^= 1;
    let noticed = std::panic::catch_unwind(|| is_whole(&day, all, &damaged, "it damages"));
    assert!(noticed.is_err(), "a single bit");
}

/// When the power fails, and how the disk takes it.
fn moments(day: &Day) -> Vec<(usize, Manner)> {
    if is_soak() {
        return (0..=day.ops.len())
            .flat_map(|moment| MANNERS.map(|manner| (moment, manner)))
            .collect();
    }
    let mut chance = fastrand::Rng::with_seed(SEED);
    // Where most can go wrong: about what makes something durable or away, and at the moment
    // when a patient has just been told.
    let mut sharp: Vec<usize> = day.steps.iter().map(|step| step.done).collect();
    for (number, op) in day.ops.iter().enumerate() {
        match op {
            Op::Open { .. } | Op::Truncate { .. } | Op::Sync { .. } | Op::Delete { .. } => {
                sharp.extend([number, number + 1]);
            }
            Op::Write { .. } => {}
        }
    }
    let mut moments: Vec<(usize, Manner)> = (0..SAMPLE)
        .map(|number| {
            let moment = match number % 2 {
                0 => chance.choice(&sharp).copied().unwrap(),
                _ => chance.usize(0..=day.ops.len()),
            };
            (moment, chance.choice(MANNERS).unwrap())
        })
        .collect();
    moments.sort_by_key(|it| it.0);
    moments
}

fn lose_power_at(day: &Day, moments: impl Iterator<Item = (usize, Manner)>) {
    let mut disk = Disk::default();
    let mut taken = 0;
    for (moment, manner) in moments {
        day.ops[taken..moment].iter().for_each(|op| disk.take(op));
        taken = moment;
        let seed = SEED ^ ((moment as u64) << 3) ^ manner as u64;
        let mut chance = fastrand::Rng::with_seed(seed);
        let mut left = disk.after_power_loss(manner, &mut chance);
        if chance.u64(0..AGAIN) == 0 {
            left = starts_and_loses_power_again(day, left, &mut chance);
        }
        let label = format!("moment {moment} of {}, {manner:?}", day.ops.len());
        is_whole(day, moment, &left, &label);
    }
}

/// The power comes back, the kiosk starts, and the power fails once more.
fn starts_and_loses_power_again(day: &Day, left: Files, chance: &mut fastrand::Rng) -> Files {
    let folder = put_back(day, &left);
    let watch = Watch::begin(folder.path());
    drop(Store::open(folder.path(), now()).unwrap());
    let ops = watch.ops();
    let mut disk = Disk::holding(left);
    let moment = chance.usize(0..=ops.len());
    ops[..moment].iter().for_each(|op| disk.take(op));
    disk.after_power_loss(chance.choice(MANNERS).unwrap(), chance)
}

fn put_back(day: &Day, files: &Files) -> TempDir {
    let folder = quick_folder();
    for (name, bytes) in files.iter().filter(|it| it.0.starts_with("kiosk.db")) {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    day::private(&folder.path().join("kiosk.key"), &day.key);
    folder
}

/// The real store opens what is left and goes on with it.
fn is_whole(day: &Day, moment: usize, files: &Files, label: &str) {
    let folder = put_back(day, files);
    let store = Store::open(folder.path(), now()).unwrap_or_else(|error| {
        panic!("{label}: {error}: {:?}", std::error::Error::source(&error))
    });
    assert_eq!(store.set_aside(), None, "{label}: taken for damaged");
    let (confirmed, newest) = day.confirmed(moment);
    let told = *store.handle().newest_change().borrow();
    assert!(
        told >= newest,
        "{label}: the feed fell from {newest} to {told}"
    );
    if moment >= day.imported {
        let slot = day::free(&store.handle()).remove(0);
        let outcome = wait(store.handle().book(day::booking("after", &slot.id), now())).unwrap();
        assert!(
            matches!(outcome, BookingOutcome::Booked { .. }),
            "{label}: {outcome:?}"
        );
    }
    drop(store);
    let connection = keyed(folder.path(), &day.key);
    no_promise_of_the_schema_is_broken(&connection, label);
    let mut found = rows(&connection);
    assert_eq!(
        found.remove("after").is_some(),
        moment >= day.imported,
        "{label}"
    );
    for (id, row) in &confirmed {
        let found = found.get(id);
        let is_there = found.is_some_and(|found| day.may_be(moment, id, found));
        assert!(
            is_there,
            "{label}: {id} was confirmed as {row:?}, and is {found:?}"
        );
    }
    for (id, row) in &found {
        assert!(
            day.may_be(moment, id, row),
            "{label}: nobody asked for {id} as {row:?}"
        );
    }
    let tickets = count(
        &connection,
        "SELECT count(*) FROM queue_tickets WHERE appointment IS NULL",
    );
    assert!(
        day.walk_ins(moment).contains(&tickets),
        "{label}: {tickets} walked in"
    );
}

fn no_promise_of_the_schema_is_broken(connection: &Connection, label: &str) {
    let whole: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(whole, "ok", "{label}");
    let by_half = [
        ("rows that point to nothing", "SELECT count(*) FROM pragma_foreign_key_check"),
        (
            "appointments without their changes",
            "SELECT count(*) FROM appointments WHERE version <>
             (SELECT count(*) FROM changes WHERE kind = 'appointment' AND subject = appointments.id)",
        ),
        (
            "changes that would not go out",
            "SELECT count(*) FROM changes LEFT JOIN outbox ON outbox.seq = changes.seq
             WHERE kind = 'appointment' AND outbox.id IS NULL",
        ),
        (
            "changes without an audit line",
            "SELECT count(*) FROM changes LEFT JOIN audit_log ON audit_log.seq = changes.seq
             WHERE audit_log.id IS NULL",
        ),
        (
            "sequence numbers that would be given twice",
            "SELECT (SELECT coalesce(max(seq), 0) FROM changes) >
                    (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'changes')",
        ),
    ];
    for (what, sql) in by_half {
        assert_eq!(count(connection, sql), 0, "{label}: {what}");
    }
}

fn rows(connection: &Connection) -> BTreeMap<String, Row> {
    let mut statement = connection
        .prepare("SELECT id, slot, status, code FROM appointments")
        .unwrap();
    let rows = statement.query_map([], |row| {
        let found = Row {
            slot: row.get(1)?,
            status: row.get(2)?,
            code: row.get(3)?,
        };
        Ok((row.get::<_, String>(0)?, found))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

fn count(connection: &Connection, sql: &str) -> usize {
    let count: u32 = connection.query_row(sql, [], |row| row.get(0)).unwrap();
    count as usize
}

#[test]
fn a_change_of_key_survives_a_power_loss_at_any_moment() {
    let folder = quick_folder();
    let day = day::record(&folder, 12, SEED);
    let mut before = Files::new();
    for name in ["kiosk.db", "kiosk.db-wal"] {
        if let Ok(bytes) = std::fs::read(folder.path().join(name)) {
            before.insert(name.to_owned(), bytes);
        }
    }
    let watch = Watch::begin(folder.path());
    {
        let _lock = Lock::acquire(folder.path()).unwrap();
        rotate_key(folder.path()).unwrap();
    }
    let ops = watch.ops();
    let new_key = std::fs::read(folder.path().join("kiosk.key")).unwrap();
    assert_ne!(new_key, day.key);
    let all = day.ops.len();
    let mut chance = fastrand::Rng::with_seed(SEED);
    let mut disk = Disk::holding(before);
    let mut tried = 0;
    for moment in 0..=ops.len() {
        if let Some(op) = moment.checked_sub(1) {
            disk.take(&ops[op]);
        }
        for manner in MANNERS {
            // At the last moment always: from then on the old key is gone for good.
            if !is_soak() && moment < ops.len() && chance.u8(0..12) > 0 {
                continue;
            }
            tried += 1;
            let left = disk.after_power_loss(manner, &mut chance);
            let folder = put_back(&day, &left);
            let key = folder.path().join("kiosk.key");
            day::private(&folder.path().join("kiosk.key.new"), &new_key);
            if moment == ops.len() {
                std::fs::rename(folder.path().join("kiosk.key.new"), &key).unwrap();
            }
            let label = format!(
                "change of key, moment {moment} of {}, {manner:?}",
                ops.len()
            );
            drop(
                Store::open(folder.path(), now())
                    .unwrap_or_else(|error| panic!("{label}: {error}")),
            );
            let settled = Day {
                key: std::fs::read(&key).unwrap(),
                ..day.clone()
            };
            let left = ["kiosk.db", "kiosk.db-wal"].map(|name| {
                (
                    name.to_owned(),
                    std::fs::read(folder.path().join(name)).unwrap_or_default(),
                )
            });
            is_whole(&settled, all, &Files::from(left), &label);
        }
    }
    println!("{tried} power losses while the key was changed");
}

/// The records of release 0.1.0 are brought to this version's schema.
#[test]
fn an_upgrade_survives_a_power_loss_at_any_moment() {
    let folder = quick_folder();
    drop(Store::open(folder.path(), now()).unwrap());
    let key = std::fs::read(folder.path().join("kiosk.key")).unwrap();
    std::fs::remove_file(folder.path().join("kiosk.db")).unwrap();
    let old = keyed(folder.path(), &key);
    old.execute_batch(include_str!("../../migrations/fixtures/0.1.0.sql"))
        .unwrap();
    drop(old);
    let before = std::fs::read(folder.path().join("kiosk.db")).unwrap();
    let watch = Watch::begin(folder.path());
    drop(Store::open(folder.path(), now()).unwrap());
    let ops = watch.ops();
    let wanted = rows(&keyed(folder.path(), &key));
    assert!(wanted.len() > 1, "{wanted:?}");
    let day = Day {
        key,
        ..Day::default()
    };
    let mut chance = fastrand::Rng::with_seed(SEED);
    let mut disk = Disk::holding(Files::from([("kiosk.db".to_owned(), before)]));
    let mut tried = 0;
    for moment in 0..=ops.len() {
        if let Some(op) = moment.checked_sub(1) {
            disk.take(&ops[op]);
        }
        if !is_soak() && chance.u8(0..10) > 0 {
            continue;
        }
        for manner in MANNERS {
            tried += 1;
            let folder = put_back(&day, &disk.after_power_loss(manner, &mut chance));
            let label = format!("upgrade, moment {moment} of {}, {manner:?}", ops.len());
            let store = Store::open(folder.path(), now())
                .unwrap_or_else(|error| panic!("{label}: {error}"));
            assert_eq!(store.set_aside(), None, "{label}");
            drop(store);
            let connection = keyed(folder.path(), &day.key);
            no_promise_of_the_schema_is_broken(&connection, &label);
            assert_eq!(rows(&connection), wanted, "{label}");
        }
    }
    println!(
        "{tried} power losses at {} moments of an upgrade",
        ops.len() + 1
    );
}

#[test]
fn what_tells_the_key_may_be_cut_off() {
    let folder = quick_folder();
    drop(Store::open(folder.path(), now()).unwrap());
    let tells = folder.path().join("kiosk.db.key-fingerprint");
    let whole = std::fs::read(&tells).unwrap();
    for left in [&whole[..0], &whole[..7]] {
        std::fs::write(&tells, left).unwrap();
        drop(Store::open(folder.path(), now()).unwrap());
        assert_eq!(std::fs::read(&tells).unwrap(), whole, "told again");
    }
    let other = "0".repeat(whole.len());
    std::fs::write(&tells, other).unwrap();
    let refused = Store::open(folder.path(), now()).err().unwrap();
    assert!(
        matches!(refused, StoreError::WrongKey { .. }),
        "{refused:?}"
    );
}
