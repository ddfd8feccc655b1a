//! What kioskctl makes of the daemon's two sockets.
#![allow(clippy::unwrap_used)]

use kiosk_protocol::control::{
    AppointmentRow, PutOffRow, RejectRow, Reply, Request, Status, SyncStatus,
};
use kiosk_protocol::{ClientMessage, Outcome, ServerMessage};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Output};
use std::thread::{self, JoinHandle};

const FAILED: i32 = 1;
const USAGE: i32 = 2;
const MISSING: i32 = 3;
const NOT_IN_ORDER: i32 = 4;

#[test]
fn without_a_daemon_one_is_told_to_start_it() {
    let folder = tempfile::tempdir().unwrap();
    let output = kioskctl(&["status"], &folder.path().join("control.sock"));
    assert_eq!(output.status.code(), Some(MISSING));
    assert!(
        words(&output).contains("systemctl start kioskd"),
        "{}",
        words(&output)
    );
}

#[test]
fn before_the_first_start_a_roster_is_taken_in_without_a_daemon() {
    let folder = tempfile::tempdir().unwrap();
    let offline = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_kioskctl"))
            .args(arguments)
            .env("KIOSK_PATHS_STATE", folder.path().join("state"))
            .env("KIOSK_PATHS_RUNTIME", folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", words(&output));
        words(&output)
    };
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/sample-clinic.toml");
    let imported = offline(&["roster", "import", sample]);
    assert!(imported.contains("practitioners"), "{imported}");
    assert_eq!(
        offline(&["roster", "import", sample]),
        imported,
        "a second time changes nothing"
    );
    assert!(offline(&["appointments"]).contains("no appointments"));
}

#[test]
fn while_another_has_the_database_nothing_is_taken_in() {
    let folder = tempfile::tempdir().unwrap();
    let lock = kiosk_daemon::store::Lock::acquire(folder.path()).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_kioskctl"))
        .args(["appointments"])
        .env("KIOSK_PATHS_STATE", folder.path())
        .env("KIOSK_PATHS_RUNTIME", folder.path())
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(words(&output).contains("in use"), "{}", words(&output));
    drop(lock);
}

#[test]
fn the_daemons_status_is_shown() {
    let (output, asked) = against_a_daemon(&["status"], Reply::Status(Box::new(status())));
    assert!(output.status.success(), "{}", words(&output));
    assert_eq!(asked, Request::Status);
    for shown in [
        "ggml-base.en.bin",
        "within 0.81 s (median), 1.40 s (P95), 120 turns",
        "480 samples",
        "out of paper",
        "nothing can be booked",
    ] {
        assert!(words(&output).contains(shown), "{}", words(&output));
    }
}

#[test]
fn the_doctor_tells_what_kioskd_found_when_it_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let daemon = daemon_that_answers(folder.path(), Reply::Status(Box::new(status())));
    let output = Command::new(env!("CARGO_BIN_EXE_kioskctl"))
        .arg("doctor")
        .env("KIOSK_PATHS_STATE", folder.path())
        .env("KIOSK_PATHS_RUNTIME", folder.path())
        .env("KIOSK_PATHS_MODELS", "/nonexistent")
        .output()
        .unwrap();
    assert_eq!(daemon.join().unwrap(), Request::Status);
    assert!(!output.status.success());
    let told = words(&output);
    let line = told.lines().find(|line| line.contains(" disk "));
    let line = line.unwrap_or_else(|| panic!("{told}"));
    assert!(
        line.starts_with("BAD") && line.contains("nothing can be booked"),
        "{line}"
    );
    assert!(line.contains("make room"), "and what to do: {line}");
}

fn status() -> Status {
    Status {
        version: "0.1.0".to_owned(),
        pid: 42,
        microphone: "default".to_owned(),
        speaker: "none wanted".to_owned(),
        transcriber: "ggml-base.en.bin".to_owned(),
        voice: "en_US-joe-medium".to_owned(),
        transcriber_factor: Some(0.62),
        voice_factor: None,
        printer: "the printer is out of paper".to_owned(),
        disk: Some("the disk is full: nothing can be booked".to_owned()),
        practitioners: 8,
        outbox: 3,
        turns: 120,
        turn_p50_s: Some(0.81),
        turn_p95_s: Some(1.4),
        samples_lost: 480,
    }
}

#[test]
fn appointments_are_asked_for_from_a_day_on() {
    let row = AppointmentRow {
        id: "0190".to_owned(),
        code: "K7M4".to_owned(),
        status: "booked".to_owned(),
        start: jiff::civil::date(2026, 11, 25).at(14, 30, 0, 0),
        practitioner: "Dr Abena Owusu".to_owned(),
        patient: "Grace Mensah".into(),
    };
    let reply = Reply::Appointments { rows: vec![row] };
    let (output, asked) = against_a_daemon(&["appointments", "--from", "2026-11-25"], reply);
    assert!(output.status.success(), "{}", words(&output));
    let from = Some(jiff::civil::date(2026, 11, 25));
    assert_eq!(asked, Request::Appointments { from });
    assert!(
        words(&output).contains("Wed 2026-11-25 14:30  K7M4"),
        "{}",
        words(&output)
    );
}

#[test]
fn one_screen_tells_what_the_central_server_lacks_since_when_and_why() {
    let since = "2026-11-27T08:00:00Z".to_owned();
    let status = SyncStatus {
        server: Some("https://fhir.example/r4/".to_owned()),
        pending: 7,
        oldest_pending: Some(since.clone()),
        last_success: None,
        last_attempt: Some("2026-11-27T09:30:00Z".to_owned()),
        problem: Some("it did not answer within the time it is given".to_owned()),
        problem_since: Some(since.clone()),
        put_off_count: 1,
        put_off: vec![PutOffRow {
            record: "appointment/41/2".to_owned(),
            since: since.clone(),
            attempts: 3,
            problem: "it refused (status 422)".to_owned(),
            next: "2026-11-27T10:00:00Z".to_owned(),
        }],
        rejected: 1,
        rejects: vec![RejectRow {
            resource: "Appointment/99".to_owned(),
            reason: "refers to an unknown Practitioner".to_owned(),
            since,
            attempts: 2,
        }],
        conflicts: 2,
    };
    let (output, asked) =
        against_a_daemon(&["sync", "status"], Reply::Sync(Box::new(status.clone())));
    assert_eq!(asked, Request::SyncStatus);
    assert_eq!(output.status.code(), Some(NOT_IN_ORDER));
    let screen = words(&output);
    for told in [
        "7 changes, the oldest of 2026-11-27T08:00:00Z",
        "it did not answer within the time it is given, since 2026-11-27T08:00:00Z",
        "appointment/41/2  since 2026-11-27T08:00:00Z, tried 3 times: it refused (status 422)",
        "Appointment/99",
        "2 open appointments collide",
    ] {
        assert!(screen.contains(told), "{told}: {screen}");
    }
    assert!(screen.lines().count() <= 24, "one screen: {screen}");

    let well = SyncStatus {
        pending: 0,
        oldest_pending: None,
        problem: None,
        problem_since: None,
        put_off_count: 0,
        put_off: Vec::new(),
        rejected: 0,
        rejects: Vec::new(),
        conflicts: 0,
        ..status
    };
    let (output, asked) = against_a_daemon(&["sync", "now"], Reply::Sync(Box::new(well)));
    assert_eq!(asked, Request::SyncNow);
    assert_eq!(output.status.code(), Some(0), "{}", words(&output));
}

#[test]
fn what_the_daemon_refuses_is_said_and_fails() {
    let folder = tempfile::tempdir().unwrap();
    let roster = folder.path().join("roster.toml");
    std::fs::write(&roster, "[[practitioner]]\n").unwrap();
    let reply = Reply::Error {
        message: "line 1: a practitioner needs a name".to_owned(),
    };
    let arguments = ["roster", "import", roster.to_str().unwrap()];
    let (output, asked) = against_a_daemon(&arguments, reply);
    assert_eq!(output.status.code(), Some(FAILED));
    let toml = "[[practitioner]]\n".to_owned();
    assert_eq!(asked, Request::ImportRoster { toml });
    assert!(
        words(&output).contains("needs a name"),
        "{}",
        words(&output)
    );
}

#[test]
fn a_conversation_is_watched_to_its_end() {
    let output = watch(&[
        ServerMessage::Speaking {
            id: 1,
            text: "Welcome.".into(),
        },
        ServerMessage::Transcript {
            is_final: false,
            text: "I need".into(),
        },
        ServerMessage::Transcript {
            is_final: true,
            text: "I need a doctor.".into(),
        },
        ended(Outcome::Booked),
    ]);
    assert!(output.status.success(), "{}", words(&output));
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "kiosk:   Welcome.\npatient: I need a doctor.\nended:   Booked\n"
    );
}

#[test]
fn a_conversation_that_fails_or_is_cut_off_is_no_success() {
    let failed = watch(&[ended(Outcome::Failed)]);
    assert_eq!(failed.status.code(), Some(NOT_IN_ORDER));
    let cut_off = watch(&[]);
    assert_eq!(cut_off.status.code(), Some(FAILED));
    assert!(words(&cut_off).contains("before the conversation ended"));
}

#[test]
fn wrong_usage_and_wrong_configuration_have_a_code_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("wrong.toml");
    std::fs::write(&config, "[audio]\nmicrophnoe = \"x\"\n").unwrap();
    let wrong_config = Command::new(env!("CARGO_BIN_EXE_kioskctl"))
        .arg("--config")
        .arg(&config)
        .arg("status")
        .output()
        .unwrap();
    assert_eq!(wrong_config.status.code(), Some(USAGE));
    assert!(words(&wrong_config).contains("audio.microphnoe"));
    let wrong_usage = kioskctl(&["status", "--loudly"], Path::new("/nowhere"));
    assert_eq!(wrong_usage.status.code(), Some(USAGE));
}

fn ended(outcome: Outcome) -> ServerMessage {
    ServerMessage::Ended {
        outcome,
        appointment: None,
    }
}

fn kioskctl(arguments: &[&str], socket: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kioskctl"))
        .args(arguments)
        .arg("--socket")
        .arg(socket)
        .output()
        .unwrap()
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Runs kioskctl against a daemon that answers once; returns what it was asked.
fn against_a_daemon(arguments: &[&str], reply: Reply) -> (Output, Request) {
    let folder = tempfile::tempdir().unwrap();
    let daemon = daemon_that_answers(folder.path(), reply);
    let output = kioskctl(arguments, &folder.path().join("control.sock"));
    (output, daemon.join().unwrap())
}

/// A daemon whose sockets are in `folder` and that answers once; what it was asked.
fn daemon_that_answers(folder: &Path, reply: Reply) -> JoinHandle<Request> {
    let listener = UnixListener::bind(folder.join("control.sock")).unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut line = String::new();
        BufReader::new(stream.try_clone().unwrap())
            .read_line(&mut line)
            .unwrap();
        writeln!(stream, "{}", serde_json::to_string(&reply).unwrap()).unwrap();
        serde_json::from_str(&line).unwrap()
    })
}

/// Runs `kioskctl watch` against a daemon that sends `messages` and hangs up.
fn watch(messages: &[ServerMessage]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("panel.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    let messages: Vec<String> = messages
        .iter()
        .map(|message| serde_json::to_string(message).unwrap())
        .collect();
    let daemon = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut panel = tungstenite::accept(stream).unwrap();
        let hello = panel.read().unwrap().into_text().unwrap();
        let hello: ClientMessage = serde_json::from_str(&hello).unwrap();
        assert!(matches!(hello, ClientMessage::Hello { .. }));
        for message in messages {
            panel.send(tungstenite::Message::text(message)).unwrap();
        }
        // kioskctl may already have left with the last message.
        let _ = panel.close(None);
        while panel.read().is_ok() {}
    });
    let output = kioskctl(&["watch", "--until-ended"], &socket);
    daemon.join().unwrap();
    output
}
