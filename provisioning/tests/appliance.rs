//! What a technician does to a whole box.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::{Command, Output};

const FAILED: i32 = 1;

fn kioskctl(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kioskctl"))
        .args(arguments)
        .env("KIOSK_PATHS_STATE", folder.join("state"))
        .env("KIOSK_PATHS_RUNTIME", folder)
        .env("KIOSK_CENTRAL_URL", "https://fhir.example/r4")
        .env("KIOSK_CENTRAL_KEY_FILE", folder.join("central.key"))
        .output()
        .unwrap()
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// A box with records, copies of them, a key of the central server and a model.
fn used() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/sample-clinic.toml");
    for arguments in [&["roster", "import", sample][..], &["backup"]] {
        let output = kioskctl(folder.path(), arguments);
        assert!(output.status.success(), "{}", words(&output));
    }
    std::fs::write(folder.path().join("central.key"), "the central key").unwrap();
    std::fs::create_dir(folder.path().join("state/models")).unwrap();
    std::fs::write(folder.path().join("state/models/ear.bin"), "weights").unwrap();
    folder
}

#[test]
fn a_wiped_box_holds_nothing_but_models_and_begins_anew() {
    let folder = used();
    let state = folder.path().join("state");
    let unsure = kioskctl(folder.path(), &["wipe"]);
    assert_eq!(unsure.status.code(), Some(FAILED));
    assert!(words(&unsure).contains("--yes"), "{}", words(&unsure));
    assert!(state.join("kiosk.key").exists());

    let wiped = kioskctl(folder.path(), &["wipe", "--yes"]);
    assert!(wiped.status.success(), "{}", words(&wiped));
    let mut left: Vec<_> = std::fs::read_dir(&state)
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, ["kiosk.lock", "models"]);
    assert!(state.join("models/ear.bin").exists());
    assert!(!folder.path().join("central.key").exists());
    let told = words(&kioskctl(folder.path(), &["appointments"]));
    assert!(told.contains("no appointments"), "{told}");
}

#[test]
fn nothing_is_wiped_under_a_running_kioskd() {
    let folder = used();
    let state = folder.path().join("state");
    let _lock = kiosk_daemon::store::Lock::acquire(&state).unwrap();
    let refused = kioskctl(folder.path(), &["wipe", "--yes"]);
    assert_eq!(refused.status.code(), Some(FAILED));
    assert!(words(&refused).contains("in use"), "{}", words(&refused));
    assert!(state.join("kiosk.key").exists() && state.join("kiosk.db").exists());
}

#[test]
fn of_the_nightly_copies_the_newest_stay() {
    let folder = used();
    let backups = folder.path().join("state/backups");
    for day in 10..20 {
        std::fs::write(backups.join(format!("kiosk-202610{day}T020000Z.db")), "old").unwrap();
    }
    std::fs::write(backups.join("by-hand.db"), "kept").unwrap();
    let output = kioskctl(folder.path(), &["backup", "--keep", "3"]);
    assert!(output.status.success(), "{}", words(&output));
    let mut left: Vec<_> = std::fs::read_dir(&backups)
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left.len(), 4, "three and what is no copy of ours: {left:?}");
    assert_eq!(left[0], "by-hand.db");
    assert!(
        left[1].as_str() > "kiosk-20261017T020000Z.db",
        "the oldest went: {left:?}"
    );
}
