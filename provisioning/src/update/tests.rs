//! Power cuts: an update ends after any of its steps, or in the middle of one, and the box is
//! looked at as it is found then.

use super::steps::{self, Site, Step, Update};
use super::versions::Versions;
use jiff::Timestamp;
use kiosk_daemon::config;
use kiosk_daemon::store::{Lock, Store, parse_roster, wait};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tempfile::TempDir;

const OLD: &str = "base";
const NEW: &str = "versions/0.2.0";

/// A box with records, the old version running and the new one beside it.
struct Kiosk {
    folder: TempDir,
    site: Site,
    _alone: MutexGuard<'static, ()>,
}

/// SQLCipher makes its cipher ready with the first database of a process and puts it away
/// with the last: two at that moment fail now and then. kioskd has one.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

impl Kiosk {
    /// `self_test`: what the new version's does, in the state folder.
    fn new(self_test: &str) -> Self {
        let alone = ONE_AT_A_TIME.lock();
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        fs::create_dir(&state).unwrap();
        let file = folder.path().join("kiosk.toml");
        fs::write(&file, format!("[paths]\nstate = \"{}\"\n", state.display())).unwrap();
        let versions = folder.path().join("opt");
        for (target, version, does) in [(OLD, "0.1.0", "exit 0"), (NEW, "0.2.0", self_test)] {
            let target = versions.join(target);
            fs::create_dir_all(&target).unwrap();
            fs::write(target.join("VERSION"), version).unwrap();
            let program = target.join("kioskd");
            fs::write(
                &program,
                format!("#!/bin/sh\ncd {}\n{does}\n", state.display()),
            )
            .unwrap();
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        }
        std::os::unix::fs::symlink(OLD, versions.join("current")).unwrap();
        let store = Store::open(&state, Timestamp::now()).unwrap();
        let roster = parse_roster(include_str!("../../sample-clinic.toml")).unwrap();
        wait(store.handle().import_roster(roster, Timestamp::now())).unwrap();
        drop(store);
        let site = Site {
            settings: config::load(Some(&file)).unwrap(),
            config: Some(file),
            versions: Versions(versions),
            has_systemd: false,
        };
        Self {
            folder,
            site,
            _alone: alone.unwrap_or_else(PoisonError::into_inner),
        }
    }

    fn runs(&self) -> String {
        let link = fs::read_link(self.site.versions.0.join("current")).unwrap();
        link.display().to_string()
    }

    /// The records can be opened by this version, and are all there.
    fn practitioners(&self) -> usize {
        let state = self.folder.path().join("state");
        let store = Store::open(&state, Timestamp::now()).unwrap();
        assert!(store.set_aside().is_none(), "the records are whole");
        let known = wait(store.handle().clinic(Timestamp::now())).unwrap();
        known.unwrap().1.practitioners.len()
    }

    /// Carries steps out up to and with `last`, and ends as in a power cut.
    fn interrupted_after(&self, last: Option<Step>) {
        let Some(last) = last else {
            return;
        };
        let mut update = Update::new(&self.site, Path::new(NEW)).unwrap();
        while let Some(step) = update.next_step() {
            update.carry_out(step).unwrap();
            if step == last {
                return;
            }
        }
    }
}

/// Passes, and has changed what it was shown: as a migration does.
const CHANGES: &str = "printf changed >kiosk.db; rm -f kiosk.db-wal kiosk.db-shm; exit 0";
const RUINS: &str = "printf ruined >kiosk.db; exit 1";

#[test]
fn what_cannot_be_tidied_up_takes_no_update_back() {
    let kiosk = Kiosk::new("exit 0");
    // Where versions lie there is a file that somebody has left.
    let strange = kiosk.site.versions.0.join("versions/notes");
    fs::write(&strange, "").unwrap();
    super::finish(&kiosk.site, Path::new(NEW)).unwrap();
    assert_eq!(kiosk.runs(), NEW);
    assert!(!steps::is_pending(&kiosk.site.versions.0) && strange.exists());
}

#[test]
fn after_a_power_cut_at_any_step_the_old_version_runs_with_its_records() {
    let until_commit = [Step::Stop, Step::Copy, Step::Switch, Step::Try];
    for last in until_commit.map(Some).into_iter().chain([None]) {
        let kiosk = Kiosk::new(CHANGES);
        let before = kiosk.practitioners();
        kiosk.interrupted_after(last);
        let settled = steps::settle(&kiosk.site).unwrap();
        assert_eq!(settled.is_some(), last.is_some(), "{last:?}");
        assert_eq!(kiosk.runs(), OLD, "{last:?}");
        assert_eq!(kiosk.practitioners(), before, "{last:?}");
        assert_eq!(
            steps::settle(&kiosk.site).unwrap(),
            None,
            "once is enough: {last:?}"
        );
        // And a second try goes through.
        kiosk.interrupted_after(Some(Step::Tidy));
        assert_eq!(kiosk.runs(), NEW, "{last:?}");
    }
}

#[test]
fn after_the_commit_the_new_version_stays_whatever_interrupts() {
    for last in [Step::Commit, Step::Tidy] {
        let kiosk = Kiosk::new("exit 0");
        let before = kiosk.practitioners();
        kiosk.interrupted_after(Some(last));
        assert_eq!(steps::settle(&kiosk.site).unwrap(), None);
        assert_eq!(kiosk.runs(), NEW, "{last:?}");
        assert_eq!(kiosk.practitioners(), before);
        assert!(
            kiosk
                .folder
                .path()
                .join("state/backups/before-0.2.0.db")
                .exists()
        );
        assert!(
            kiosk.site.versions.folder(Path::new(OLD)).is_dir(),
            "the old one is kept"
        );
    }
}

#[test]
fn a_version_that_fails_its_self_test_is_taken_back_with_what_it_did_to_the_records() {
    let kiosk = Kiosk::new(RUINS);
    let before = kiosk.practitioners();
    let error = super::finish(&kiosk.site, Path::new(NEW)).unwrap_err();
    let words = format!("{error:#}");
    assert!(words.contains("does not pass its self-test"), "{words}");
    assert!(words.contains("everything is as before"), "{words}");
    assert_eq!(
        (kiosk.runs().as_str(), kiosk.practitioners()),
        (OLD, before)
    );
    let left = fs::read_dir(kiosk.folder.path().join("state")).unwrap();
    let left = left.map(|it| it.unwrap().file_name().into_string().unwrap());
    let aside: Vec<String> = left.filter(|name| name.contains("replaced")).collect();
    assert_eq!(
        aside,
        [] as [String; 0],
        "nothing of the failed version stays"
    );
}

#[test]
fn taking_back_can_be_interrupted_too() {
    let kiosk = Kiosk::new(CHANGES);
    let before = kiosk.practitioners();
    kiosk.interrupted_after(Some(Step::Try));
    let state = kiosk.folder.path().join("state");
    let lock = Lock::acquire(&state).unwrap();
    assert!(
        steps::settle(&kiosk.site).is_err(),
        "the records are in use"
    );
    assert!(
        steps::is_pending(&kiosk.site.versions.0),
        "nothing is forgotten"
    );
    drop(lock);
    // As a cut in the middle of putting the copy back leaves it.
    fs::write(state.join("kiosk.restoring"), "half").unwrap();
    fs::remove_file(state.join("kiosk.db")).unwrap();
    steps::settle(&kiosk.site).unwrap();
    assert_eq!(
        (kiosk.runs().as_str(), kiosk.practitioners()),
        (OLD, before)
    );
}

#[test]
fn a_kioskwithout_records_has_none_to_bring_back() {
    let kiosk = Kiosk::new("exit 1");
    let state = kiosk.folder.path().join("state");
    fs::remove_dir_all(&state).unwrap();
    fs::create_dir(&state).unwrap();
    assert!(super::finish(&kiosk.site, Path::new(NEW)).is_err());
    assert_eq!(kiosk.runs(), OLD);
    assert!(!state.join("kiosk.db").exists());
}
