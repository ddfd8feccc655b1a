//! After a visit nothing of the patient is left in the panel's memory: the real process,
//! read from outside.
#![allow(clippy::unwrap_used)]

#[path = "support/daemon.rs"]
mod daemon;

use daemon::{LONG, greet, listen, tell};
use kiosk_protocol::{
    AppointmentState, Choice, ChoiceKind, Draft, Screen, ServerMessage, StaffAppointment,
    StaffPage, StaffView, Transcript, View,
};
use kiosk_ui::frame::Page;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What no program holds by chance.
const PLANTED: [&str; 4] = [
    "Adwoa Plantedname",
    "024 498 7654 planted",
    "12 Plantedmonth 1984",
    "my plantedknee is paining me",
];

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn nothing_of_a_patient_stays_in_the_panels_memory() {
    let folder = tempfile::tempdir().unwrap();
    let pictures = folder.path().join("pictures");
    let (listener, ui) = start(folder.path(), &pictures);
    let mut panel = greet(&listener);

    for (seq, screen) in [Screen::Listening, Screen::EnterName, Screen::Confirm]
        .into_iter()
        .enumerate()
    {
        let seq = seq as u64 + 1;
        tell(
            &mut panel,
            &ServerMessage::View(Box::new(visit(seq, screen))),
        );
        wait_for_picture(&pictures, Page::Of(screen));
    }
    for planted in PLANTED {
        assert!(
            holds(&ui.0, planted),
            "`{planted}` was never there: nothing is tested"
        );
    }

    tell(&mut panel, &welcome(5));
    // The panel comes back on a fresh connection: this one's buffers held what was read.
    let mut panel = greet(&listener);
    tell(&mut panel, &welcome(6));
    wait_for_picture(&pictures, Page::Of(Screen::Welcome));
    let left: Vec<&str> = PLANTED
        .into_iter()
        .filter(|planted| holds(&ui.0, planted))
        .collect();
    assert_eq!(left, Vec::<&str>::new(), "still in the panel's memory");
}

#[test]
fn nothing_of_staffs_lists_stays_in_the_panels_memory() {
    let folder = tempfile::tempdir().unwrap();
    let pictures = folder.path().join("pictures");
    let (listener, ui) = start(folder.path(), &pictures);
    let mut panel = greet(&listener);
    for page in [StaffPage::Appointment, StaffPage::Search] {
        tell(&mut panel, &ServerMessage::Staff(Box::new(listed(page))));
        wait_for_picture(&pictures, Page::Staff(page));
    }
    for planted in &PLANTED[..3] {
        assert!(
            holds(&ui.0, planted),
            "`{planted}` was never there: nothing is tested"
        );
    }
    tell(&mut panel, &welcome(1));
    // Staff's connection goes with them, whatever is shown next.
    let mut panel = greet(&listener);
    tell(&mut panel, &welcome(2));
    wait_for_picture(&pictures, Page::Of(Screen::Welcome));
    let left: Vec<&str> = PLANTED
        .into_iter()
        .filter(|planted| holds(&ui.0, planted))
        .collect();
    assert_eq!(left, Vec::<&str>::new(), "still in the panel's memory");
}

/// kioskd's end of the socket, and a panel that draws into `pictures`.
fn start(folder: &Path, pictures: &Path) -> (UnixListener, Running) {
    let socket = folder.join("panel.sock");
    let listener = listen(&socket);
    let mut ui = Command::new(env!("CARGO_BIN_EXE_kiosk-ui"));
    let ui = ui
        .arg("--socket")
        .arg(&socket)
        .arg("--simulate")
        .arg(pictures);
    (listener, Running(ui.stdin(Stdio::null()).spawn().unwrap()))
}

fn listed(page: StaffPage) -> StaffView {
    let [name, phone, birth_date, _] = PLANTED;
    let row = StaffAppointment {
        id: "a1".to_owned(),
        time: "9:00 am".to_owned(),
        date: String::new(),
        practitioner: "Dr Ama Owusu".to_owned(),
        patient: name.into(),
        phone: phone.into(),
        birth_date: birth_date.into(),
        code: "K7M4".to_owned(),
        state: AppointmentState::Expected,
        number: None,
        conflict: false,
        alternatives: Vec::new(),
        ring_back: None,
    };
    StaffView {
        page,
        appointments: vec![row.clone()],
        chosen: Some(row),
        searched: true,
        ..StaffView::default()
    }
}

fn welcome(seq: u64) -> ServerMessage {
    ServerMessage::View(Box::new(View {
        seq,
        screen: Screen::Welcome,
        ..View::default()
    }))
}

fn visit(seq: u64, screen: Screen) -> View {
    let [name, phone, birth_date, heard] = PLANTED;
    View {
        seq,
        screen,
        prompt: format!("Is this right, {name}?").as_str().into(),
        choices: vec![Choice {
            id: "yes".to_owned(),
            kind: ChoiceKind::Action,
            label: "Yes".to_owned(),
            detail: String::new(),
        }],
        draft: Draft {
            name: Some(name.into()),
            phone: Some(phone.into()),
            birth_date: Some(birth_date.into()),
            ..Draft::default()
        },
        transcript: Transcript {
            text: heard.into(),
            ..Transcript::default()
        },
        ..View::default()
    }
}

fn wait_for_picture(folder: &Path, page: Page) {
    let name = format!("-{}.png", page.name());
    let deadline = Instant::now() + LONG;
    let is_there = || {
        let pictures = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut names = pictures.map(|entry| entry.file_name());
        names.any(|file| file.to_string_lossy().ends_with(&name))
    };
    while !is_there() {
        assert!(Instant::now() < deadline, "the panel never shows {page:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Whether the words lie anywhere in what the process can write to, one byte a letter or
/// four.
fn holds(process: &Child, words: &str) -> bool {
    let maps = std::fs::read_to_string(format!("/proc/{}/maps", process.id())).unwrap();
    let memory = File::open(format!("/proc/{}/mem", process.id())).unwrap();
    let wide: Vec<u8> = words
        .chars()
        .flat_map(|letter| (letter as u32).to_le_bytes())
        .collect();
    let needles = [words.as_bytes(), &wide];
    let writable = maps.lines().filter(|line| line.contains(" rw"));
    writable.filter_map(range).any(|(from, to)| {
        let mut bytes = vec![0; to - from];
        // A page that is gone meanwhile holds nothing.
        let read = memory.read_at(&mut bytes, from as u64).unwrap_or(0);
        needles.iter().any(|needle| {
            bytes[..read]
                .windows(needle.len())
                .any(|window| window == *needle)
        })
    })
}

fn range(line: &str) -> Option<(usize, usize)> {
    let (from, to) = line.split_whitespace().next()?.split_once('-')?;
    Some((
        usize::from_str_radix(from, 16).ok()?,
        usize::from_str_radix(to, 16).ok()?,
    ))
}
