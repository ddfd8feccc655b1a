//! A disk that is full, read-only or broken under a running kiosk: what cannot be kept is
//! refused with words, nothing that was confirmed is lost, and it goes on by itself.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "support/day.rs"]
mod day;
#[path = "support/kiosk.rs"]
mod kiosk;
#[path = "support/vfs.rs"]
mod vfs;
#[path = "support/visit.rs"]
mod visit;

use day::{booking, free, now};
use kiosk::{Kiosk, PATIENCE};
use kiosk_core::clinic::{AppointmentId, BookingOutcome, large};
use kiosk_daemon::store::{Room, Store, wait};
use kiosk_protocol::control::{Reply, Request, Scope};
use kiosk_protocol::{Action, Screen};
use reqwest::StatusCode;
use reqwest::blocking::{Client, Response};
use serde_json::{Value, json};
use std::fs::File;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use vfs::{Trouble, Watch};
use visit::Person;

/// More than the log has room for before it is folded into the database.
const MOST_TRIES: usize = 300;

#[test]
fn nothing_that_was_confirmed_is_lost_by_a_disk_in_trouble() {
    for (trouble, room) in [
        (Trouble::Full, Room::Full),
        (Trouble::ReadOnly, Room::Unwritable),
        (Trouble::SyncFails, Room::Unwritable),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let watch = Watch::begin(folder.path());
        let store = Store::open(folder.path(), now()).unwrap();
        let handle = store.handle();
        wait(handle.import_roster(large(8, 3), now())).unwrap();
        let book = |id: &str| {
            let slot = free(&handle).remove(0).id;
            wait(handle.book(booking(id, &slot), now())).unwrap()
        };
        let mut confirmed = Vec::new();
        let mut failed = None;
        for number in 0..MOST_TRIES {
            if number == 3 {
                watch.disk_is(trouble);
            }
            let id = format!("patient-{number}");
            match book(&id) {
                BookingOutcome::Booked { .. } => confirmed.push(id),
                BookingOutcome::Failed => {
                    failed = Some(id);
                    break;
                }
                other @ (BookingOutcome::SlotTaken | BookingOutcome::PatientBusy) => {
                    panic!("{trouble:?}: {other:?}")
                }
            }
        }
        let failed = failed.unwrap_or_else(|| panic!("{trouble:?}: everything was booked"));
        assert!(confirmed.len() >= 3, "{trouble:?}");
        assert_eq!(*handle.room().borrow(), room, "{trouble:?}");
        let cancelled = wait(handle.cancel(AppointmentId(confirmed[0].clone()), now()));
        assert!(cancelled.is_err(), "{trouble:?}: {cancelled:?}");
        assert!(
            !free(&handle).is_empty(),
            "{trouble:?}: what is there can be read"
        );

        watch.disk_is(Trouble::None);
        wait(handle.look_at_disk()).unwrap();
        assert!(
            matches!(book("after"), BookingOutcome::Booked { .. }),
            "{trouble:?}"
        );
        assert_eq!(*handle.room().borrow(), Room::Enough, "{trouble:?}");
        confirmed.push("after".to_owned());
        drop(store);
        let store = Store::open(folder.path(), now()).unwrap();
        assert_eq!(store.set_aside(), None, "{trouble:?}");
        let rows = wait(store.handle().appointments(None, now())).unwrap();
        let mut ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
        ids.sort();
        confirmed.sort();
        assert_eq!(ids, confirmed, "{trouble:?}: {failed} was refused");
        assert!(rows.iter().all(|row| row.status == "booked"), "{trouble:?}");
    }
}

/// A disk of 96 MiB under the state folder, seen by kioskd alone.
const SMALL_DISK: &str =
    r#"mount -t tmpfs -o size=96m,mode=700 kiosk "$KIOSK_PATHS_STATE" && exec "$0""#;

#[test]
fn a_full_disk_is_told_and_got_over() {
    let may_mount = Command::new("unshare").args(["-rm", "true"]).status();
    if !may_mount.is_ok_and(|it| it.success()) {
        println!("NOT CHECKED: this machine lets nobody mount a small disk (unshare -rm)");
        return;
    }
    let port = free_port();
    let listen = format!("127.0.0.1:{port}");
    let kiosk = Kiosk::start_through(
        &["unshare", "-rm", "sh", "-c", SMALL_DISK],
        &[
            ("KIOSK_HTTP_LISTEN", &listen),
            ("KIOSK_PATHS_MODELS", "/nonexistent"),
        ],
    );
    let desk = Desk::open(&kiosk, port);
    // The disk as kioskd sees it.
    let state = PathBuf::from(format!("/proc/{}/root", kiosk.process()))
        .join(kiosk.state_folder().strip_prefix("/").unwrap());
    until("the reserve", || state.join("reserve").exists());
    let filler = state.join("filler");

    let mut panel = kiosk.panel();
    visit::to_confirmation(&mut panel, &person());
    fill(&filler);
    // Whoever finds out first, the room that is kept is for bookings.
    until("somebody who finds it full", || {
        let key = Request::AddKey {
            label: "x".repeat(4_096),
            scopes: vec![Scope::Speech],
            requests_per_minute: 1,
            sockets: 1,
        };
        matches!(kiosk.ask(&key), Reply::Error { .. })
    });
    let missing = desk.missing();
    assert!(
        missing.iter().any(|it| it.contains("room kept")),
        "told before it is too late: {missing:?}"
    );
    assert_eq!(desk.get("/readyz").status(), StatusCode::OK);
    assert_eq!(
        desk.books(),
        StatusCode::CREATED,
        "with the room that is kept"
    );
    until("a booking that fails", || {
        fill(&filler);
        desk.books() == StatusCode::SERVICE_UNAVAILABLE
    });
    is_refused_everywhere(&kiosk, &desk, "the disk is full: nothing can be booked");
    panel.touch(Action::Yes, None);
    let told = panel.wait_for_screen(Screen::Reception);
    assert!(
        told.prompt.expose().contains("could not book"),
        "{:?}",
        told.prompt.expose()
    );
    panel.touch(Action::Goodbye, None);
    panel.wait_for_screen(Screen::Problem);

    std::fs::remove_file(&filler).unwrap();
    panel.wait_for_screen(Screen::Welcome);
    goes_on(&kiosk, &desk);
    until("the reserve again", || state.join("reserve").exists());
}

/// Files cannot grow beyond, nor be written behind, their first KiB: to SQLite it is as a
/// file system that the kernel made read-only. The log goes through a pipe.
const UNLIMITED_SO_FAR: &str = r#"trap "" XFSZ; exec "$0" 2> >(exec cat >> "$TEST_LOG")"#;

#[test]
fn a_disk_that_cannot_be_written_is_told_and_got_over() {
    let logs = tempfile::tempdir().unwrap();
    let log = logs.path().join("log").display().to_string();
    let port = free_port();
    let listen = format!("127.0.0.1:{port}");
    let kiosk = Kiosk::start_through(
        &["bash", "-c", UNLIMITED_SO_FAR],
        &[
            ("KIOSK_HTTP_LISTEN", &listen),
            ("KIOSK_PATHS_MODELS", "/nonexistent"),
            ("TEST_LOG", &log),
        ],
    );
    let desk = Desk::open(&kiosk, port);
    let mut panel = kiosk.panel();
    visit::to_confirmation(&mut panel, &person());
    let files_of = |most: &str| {
        let process = kiosk.process().to_string();
        let limited = Command::new("prlimit")
            .args(["--pid", &process, &format!("--fsize={most}:unlimited")])
            .status();
        assert!(limited.unwrap().success());
    };
    files_of("1024");
    panel.touch(Action::Yes, None);
    let told = panel.wait_for_screen(Screen::Reception);
    assert!(
        told.prompt.expose().contains("could not book"),
        "{:?}",
        told.prompt.expose()
    );
    assert_eq!(desk.books(), StatusCode::SERVICE_UNAVAILABLE);
    is_refused_everywhere(
        &kiosk,
        &desk,
        "the disk cannot be written: nothing can be booked",
    );
    panel.touch(Action::Goodbye, None);
    panel.wait_for_screen(Screen::Problem);

    files_of("unlimited");
    panel.wait_for_screen(Screen::Welcome);
    goes_on(&kiosk, &desk);
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(
        log.contains("nothing can be written") && log.contains("can be kept again"),
        "{log}"
    );
}

fn is_refused_everywhere(kiosk: &Kiosk, desk: &Desk, words: &str) {
    let ready = desk.get("/readyz");
    assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(ready.text().unwrap().contains(words));
    let figures = desk.get("/metrics").text().unwrap();
    assert!(figures.contains("kiosk_disk_writable 0"), "{figures}");
    // What `kioskctl doctor` and `kioskctl status` show.
    let Reply::Status(status) = kiosk.ask(&Request::Status) else {
        panic!("no status");
    };
    assert_eq!(status.disk.as_deref(), Some(words));
}

fn goes_on(kiosk: &Kiosk, desk: &Desk) {
    assert_eq!(
        desk.get("/readyz").status(),
        StatusCode::OK,
        "without a restart"
    );
    assert_eq!(desk.books(), StatusCode::CREATED);
    let ids: Vec<String> = kiosk.appointments().into_iter().map(|row| row.id).collect();
    let mut confirmed = desk.confirmed.borrow().clone();
    confirmed.sort();
    let mut found = ids;
    found.sort();
    assert_eq!(found, confirmed, "all that was confirmed and nothing else");
}

/// Another program that books.
struct Desk {
    port: u16,
    key: String,
    confirmed: std::cell::RefCell<Vec<String>>,
}

impl Desk {
    fn open(kiosk: &Kiosk, port: u16) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        kiosk.import_sample_clinic();
        Self {
            port,
            key: kiosk.key_with(&[Scope::Staff, Scope::Metrics], 0, 10),
            confirmed: std::cell::RefCell::default(),
        }
    }

    fn get(&self, path: &str) -> Response {
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        Client::new()
            .get(url)
            .bearer_auth(&self.key)
            .send()
            .unwrap()
    }

    fn missing(&self) -> Vec<String> {
        let ready: Value = self.get("/readyz").json().unwrap();
        serde_json::from_value(ready["missing"].clone()).unwrap()
    }

    fn books(&self) -> StatusCode {
        let slots: Value = self.get("/v1/slots?limit=50").json().unwrap();
        let slot = &slots["slots"].as_array().unwrap().last().unwrap()["id"];
        let id = uuid::Uuid::now_v7().to_string();
        let patient = json!({ "name": format!("Akosua {id}"), "birth_date": "1984-05-06" });
        let answer = Client::new()
            .post(format!("http://127.0.0.1:{}/v1/appointments", self.port))
            .bearer_auth(&self.key)
            .json(&json!({ "id": id, "slot": slot, "patient": patient }))
            .send()
            .unwrap();
        if answer.status() == StatusCode::CREATED {
            self.confirmed.borrow_mut().push(id);
        }
        answer.status()
    }
}

fn person() -> Person {
    Person {
        name: "Adwoa Mensah".to_owned(),
        phone: "0244987654".to_owned(),
        birth_date: "02/03/1990".to_owned(),
    }
}

/// Writes until nothing more goes.
fn fill(file: &Path) {
    let mut file = File::options()
        .create(true)
        .append(true)
        .open(file)
        .unwrap();
    let chunk = [0; 1 << 16];
    for size in [1 << 16, 1 << 12, 1 << 9, 1] {
        while file.write(&chunk[..size]).is_ok() {}
    }
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
