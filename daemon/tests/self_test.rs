//! `kioskd --self-test`: what a new version has to pass before it serves anybody.
#![allow(clippy::unwrap_used)]

use jiff::Timestamp;
use kiosk_daemon::store::{Lock, Store, parse_roster, wait};
use std::path::Path;
use std::process::{Command, Output};

fn self_test(state: &Path, models: Option<&Path>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kioskd"));
    command
        .arg("--self-test")
        .env("KIOSK_PATHS_STATE", state)
        .env("KIOSK_PATHS_RUNTIME", state.join("runtime"));
    if let Some(models) = models {
        command.env("KIOSK_PATHS_MODELS", models);
    }
    command.output().unwrap()
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn with_records() -> tempfile::TempDir {
    let state = tempfile::tempdir().unwrap();
    let store = Store::open(state.path(), Timestamp::now()).unwrap();
    let roster = include_str!("../../provisioning/sample-clinic.toml");
    let roster = parse_roster(roster).unwrap();
    wait(store.handle().import_roster(roster, Timestamp::now())).unwrap();
    state
}

#[test]
fn records_wording_and_speech_are_tried_and_nobody_is_served() {
    let state = with_records();
    let passed = self_test(state.path(), None);
    assert!(passed.status.success(), "{}", words(&passed));
    let told = words(&passed);
    assert!(
        told.contains("records: in order, 8 practitioners"),
        "{told}"
    );
    assert!(told.contains("understood the kiosk's voice"), "{told}");
    assert!(!state.path().join("runtime").exists(), "no socket was made");
}

#[test]
fn a_box_without_models_or_records_passes_and_gets_none() {
    let state = tempfile::tempdir().unwrap();
    let passed = self_test(state.path(), Some(&state.path().join("none")));
    assert!(passed.status.success(), "{}", words(&passed));
    assert!(
        words(&passed).contains("no models here"),
        "{}",
        words(&passed)
    );
    assert!(!state.path().join("kiosk.db").exists());
}

#[test]
fn what_a_version_cant_do_with_what_is_here_fails_it() {
    let state = with_records();
    let none = state.path().join("none");
    let lock = Lock::acquire(state.path()).unwrap();
    let busy = self_test(state.path(), Some(&none));
    assert!(
        !busy.status.success() && words(&busy).contains("in use"),
        "{}",
        words(&busy)
    );
    drop(lock);

    let models = tempfile::tempdir().unwrap();
    let home = kiosk_daemon::models::folder(None).unwrap();
    for file in std::fs::read_dir(home).unwrap() {
        let file = file.unwrap();
        std::os::unix::fs::symlink(file.path(), models.path().join(file.file_name())).unwrap();
    }
    // As large as the recogniser, and nothing of it.
    let recogniser = models.path().join("ggml-base.en.bin");
    let size = std::fs::metadata(&recogniser).unwrap().len();
    std::fs::remove_file(&recogniser).unwrap();
    std::fs::File::create(&recogniser)
        .unwrap()
        .set_len(size)
        .unwrap();
    let deaf = self_test(state.path(), Some(models.path()));
    assert!(!deaf.status.success(), "{}", words(&deaf));
    assert!(
        words(&deaf).contains("load the recogniser"),
        "{}",
        words(&deaf)
    );

    std::fs::write(state.path().join("kiosk.db"), "ruined").unwrap();
    let ruined = self_test(state.path(), Some(&none));
    assert!(!ruined.status.success(), "{}", words(&ruined));
    assert!(
        words(&ruined).contains("the database was damaged"),
        "{}",
        words(&ruined)
    );
}
