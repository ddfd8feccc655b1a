//! Tickets on paper: kioskd and a printer that speaks ESC/POS over TCP, or hangs, or has no
//! paper. A visit waits for none of them.
#![allow(
    clippy::unwrap_used,
    clippy::unwrap_in_result,
    clippy::wildcard_enum_match_arm
)]

#[path = "support/kiosk.rs"]
mod kiosk;

use kiosk::{Kiosk, PATIENCE, Panel};
use kiosk_protocol::control::{Reply, Request};
use kiosk_protocol::{Action, ChoiceKind, Paper, Screen, ServerMessage, View};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};

/// How a printer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Good,
    /// The roll ended before anybody came.
    Empty,
    /// It ends in the middle of the ticket.
    EndsMidway,
    /// It takes everything and says nothing.
    Silent,
}

#[test]
fn a_ticket_is_printed_at_once_and_holds_what_the_screen_shows() {
    let printer = FakePrinter::start(Mood::Good);
    let kiosk = Kiosk::start(&[("KIOSK_PRINTER_DEVICE", printer.address.as_str())]);
    let view = booked_on_paper(&kiosk, Paper::Printed);
    let ticket = view.booked.unwrap();
    let printed = printer.printed();
    let text = String::from_utf8_lossy(&printed).into_owned();
    for part in [
        &ticket.code,
        &ticket.practitioner,
        &ticket.date,
        &ticket.time,
    ] {
        assert!(text.contains(part.as_str()), "{part}: {text:?}");
    }
    // GS ( k: stored for the QR code is the code, and nothing else.
    let stored = [
        &[ticket.code.len() as u8 + 3, 0, 49, 80, 48],
        ticket.code.as_bytes(),
    ]
    .concat();
    assert!(printed.windows(stored.len()).any(|part| part == stored));
    for private in ["Grace", "Mensah", "0244", "1990"] {
        assert!(!text.contains(private), "{private} is on paper: {text:?}");
    }
    assert!(
        !kiosk.log().contains(&ticket.code),
        "the log tells the code"
    );
    let Reply::Status(status) = kiosk.ask(&Request::Status) else {
        panic!("no status");
    };
    assert_eq!(status.printer, "ready");
}

#[test]
fn without_paper_or_an_answer_the_visit_goes_on() {
    for (mood, why) in [
        (Mood::Empty, "out of paper"),
        (Mood::EndsMidway, "out of paper"),
        (Mood::Silent, "does not answer"),
    ] {
        let printer = FakePrinter::start(mood);
        let kiosk = Kiosk::start(&[("KIOSK_PRINTER_DEVICE", printer.address.as_str())]);
        let view = booked_on_paper(&kiosk, Paper::Failed);
        assert_eq!(view.screen, Screen::Booked, "{mood:?}");
        assert_eq!(kiosk.appointments().len(), 1);
        let log = kiosk.log();
        assert!(
            log.contains("no tickets are printed") && log.contains(why),
            "{mood:?}: {log}"
        );
        if mood == Mood::EndsMidway {
            // DLE ENQ 2: the rest must not come out when somebody puts a new roll in.
            printer.waits_for(|taken| taken.ends_with(&[0x10, 0x05, 2]));
        }
    }
}

#[test]
fn a_printer_that_is_not_there_is_told_and_holds_up_nobody() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp:{}", nobody.local_addr().unwrap());
    drop(nobody);
    let kiosk = Kiosk::start(&[("KIOSK_PRINTER_DEVICE", address.as_str())]);
    booked_on_paper(&kiosk, Paper::Failed);
    assert!(kiosk.log().contains("cannot be reached"));
}

/// An ordinary file in the printer's place takes the same bytes and never says anything.
#[test]
fn a_file_in_its_place_takes_the_ticket() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().display().to_string();
    let kiosk = Kiosk::start(&[
        ("KIOSK_PRINTER_DEVICE", path.as_str()),
        ("KIOSK_PRINTER_QR", "raster"),
        ("KIOSK_PRINTER_COLUMNS", "32"),
    ]);
    let view = booked_on_paper(&kiosk, Paper::Printed);
    let bytes = std::fs::read(file.path()).unwrap();
    let code = view.booked.unwrap().code;
    assert!(
        bytes
            .windows(code.len())
            .any(|part| part == code.as_bytes())
    );
    assert!(
        bytes.windows(4).any(|part| part == b"\x1dv0\x00"),
        "a picture"
    );
    assert!(bytes.ends_with(b"\x1dV\x42\x00"), "a cut");
}

/// Books by touch; the view that tells what became of the ticket.
fn booked_on_paper(kiosk: &Kiosk, wanted: Paper) -> View {
    kiosk.import_sample_clinic();
    let mut panel = kiosk.panel();
    // The roster has come in, but the lobby may not have taken it yet.
    panel.wait_for(
        "somebody to book with",
        |message| matches!(message, ServerMessage::View(view) if view.capabilities.booking),
    );
    panel.touch(Action::Book, None);
    panel.wait_for_screen(Screen::Listening);
    panel.touch(Action::Book, None);
    panel.wait_for_screen(Screen::ChoosePractitioner);
    panel.touch(Action::Choose, Some("ama-owusu"));
    panel.wait_for(
        "the days",
        |message| matches!(message, ServerMessage::View(view) if view.calendar.is_some()),
    );
    panel.touch(Action::Choose, Some("soonest"));
    let view = panel.wait_for_screen(Screen::ChooseSlot);
    let offered = view.choices.iter().find(|it| it.kind == ChoiceKind::Slot);
    panel.touch(Action::Choose, Some(&offered.unwrap().id));
    panel.wait_for_screen(Screen::EnterPhone);
    panel.touch(Action::Enter, Some("0244123456"));
    panel.wait_for_screen(Screen::EnterBirthDate);
    panel.touch(Action::Enter, Some("02/03/1990"));
    panel.wait_for_screen(Screen::EnterName);
    panel.touch(Action::Enter, Some("Grace Mensah"));
    panel.wait_for_screen(Screen::Question);
    panel.touch(Action::Yes, None);
    panel.wait_for_screen(Screen::Confirm);
    panel.touch(Action::Yes, None);
    let seen = panel.messages.len();
    let view = tells_of_paper(&mut panel, wanted);
    let before = panel.messages[seen..].iter().any(|message| {
        matches!(message, ServerMessage::View(view) if view.paper == Some(Paper::Printing))
    });
    assert!(before, "what takes its time was not told");
    view
}

fn tells_of_paper(panel: &mut Panel, wanted: Paper) -> View {
    let message = panel.wait_for(
        "the ticket",
        |message| matches!(message, ServerMessage::View(view) if view.paper == Some(wanted)),
    );
    match message {
        ServerMessage::View(view) => *view,
        other => panic!("{other:?}"),
    }
}

/// Takes one connection after the other, and answers as ESC/POS printers do.
struct FakePrinter {
    address: String,
    tray: Arc<Tray>,
}

/// Every byte that was taken for printing.
#[derive(Default)]
struct Tray {
    taken: Mutex<Vec<u8>>,
    changed: Condvar,
}

impl FakePrinter {
    fn start(mood: Mood) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("tcp:{}", listener.local_addr().unwrap());
        let tray = Arc::new(Tray::default());
        let fills = Arc::clone(&tray);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let _ = serve(&mut stream.unwrap(), mood, &fills);
            }
        });
        Self { address, tray }
    }

    fn printed(&self) -> Vec<u8> {
        self.tray.taken.lock().unwrap().clone()
    }

    fn waits_for(&self, wanted: impl Fn(&[u8]) -> bool) {
        let taken = self.tray.taken.lock().unwrap();
        let waiting = |taken: &mut Vec<u8>| !wanted(taken);
        let changed = &self.tray.changed;
        let (taken, late) = changed
            .wait_timeout_while(taken, PATIENCE, waiting)
            .unwrap();
        assert!(!late.timed_out(), "{:?}", *taken);
    }
}

/// Until the other side closes. Questions are answered and not printed.
fn serve(stream: &mut TcpStream, mood: Mood, tray: &Tray) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 512];
    loop {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        bytes.extend(&buffer[..count]);
        while let Some((command, length)) = next(&bytes) {
            let ended = mood == Mood::EndsMidway && !tray.taken.lock().unwrap().is_empty();
            let is_empty = mood == Mood::Empty || ended;
            match command {
                _ if mood == Mood::Silent => {}
                Command::RealTime(1) => stream.write_all(&[if is_empty { 0x1a } else { 0x12 }])?,
                Command::RealTime(2) => stream.write_all(&[if is_empty { 0x32 } else { 0x12 }])?,
                Command::RealTime(_) => stream.write_all(&[if is_empty { 0x72 } else { 0x12 }])?,
                // Waits for what stands before it, which never comes out.
                Command::InTurn if is_empty => {}
                Command::InTurn => stream.write_all(&[0])?,
                Command::Print => {
                    tray.taken.lock().unwrap().push(bytes[0]);
                    tray.changed.notify_all();
                }
            }
            bytes.drain(..length);
        }
    }
}

enum Command {
    /// DLE EOT n
    RealTime(u8),
    /// GS r 1
    InTurn,
    /// A byte of anything else.
    Print,
}

/// The first command of `bytes` and its length, once it is whole.
fn next(bytes: &[u8]) -> Option<(Command, usize)> {
    match bytes {
        [] | [0x10 | 0x1d] | [0x10, 0x04] | [0x1d, b'r'] => None,
        [0x10, 0x04, what, ..] => Some((Command::RealTime(*what), 3)),
        [0x1d, b'r', _, ..] => Some((Command::InTurn, 3)),
        _ => Some((Command::Print, 1)),
    }
}
