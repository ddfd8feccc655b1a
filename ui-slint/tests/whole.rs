//! A patient before the real kioskd: everything by touching what is drawn.
#![allow(clippy::unwrap_used)]

mod support;

use kiosk_protocol::{Action, Screen, TimeState};
use kiosk_ui::bind;
use kiosk_ui::link::{Link, Update};
use kiosk_ui::view_model::{Frame, Page};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use support::{DISPLAYS, Panel};

/// How long anything may take on a busy machine before a test gives up.
const LONG: Duration = Duration::from_secs(60);

/// A doctor who is there around the clock, so that something is free at any hour of testing.
const CLINIC: &str = r#"
[clinic]
name = "Night Clinic"
time_zone = "Africa/Accra"
regions = ["GH"]
horizon_days = 10

[[specialties]]
id = "general-practice"
name = "General practice"

[[practitioners]]
id = "ama-owusu"
name = "Dr Ama Owusu"
specialties = ["general-practice"]
hours = [{ days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], from = "00:00", to = "23:50", slot_minutes = 10 }]
"#;

#[test]
fn a_patient_books_changes_and_cancels_by_touch_alone() {
    let kioskd = Kioskd::start();
    let socket = kioskd.socket();
    before(&socket, |patient| {
        let code = patient.books_by_touch();
        patient.moves_it(&code);
        patient.cancels_it();
    });
}

#[test]
fn a_panel_that_comes_back_shows_the_page_that_was_left() {
    let mut kioskd = Kioskd::start();
    let socket = kioskd.socket();
    before(&socket, |patient| {
        patient.on(Screen::Welcome);
        patient.touch("Book an appointment");
        patient.on(Screen::ChoosePractitioner);
    });
    before(&socket, |patient| {
        patient.on(Screen::ChoosePractitioner);
        patient.touch("Settings");
        patient.touch("Twi");
        patient.until("Twi", |frame| frame.view.language == "tw");
        assert!(patient.panel.words().contains("Frɛ obi"));
    });
    before(&socket, |patient| {
        let frame = patient.on(Screen::ChoosePractitioner);
        assert_eq!(frame.view.language, "tw", "the visit's language, too");
        kioskd.kill();
        patient.until("one moment", |frame| frame.page == Page::OneMoment);
        kioskd.spawn();
        patient.on(Screen::Welcome);
        assert!(patient.panel.words().contains("How can I help you today?"));
    });
}

/// A fresh panel, on a thread of its own as a process would be.
fn before(socket: &Path, act: impl FnOnce(&Patient) + Send) {
    std::thread::scope(|scope| {
        let patient = scope.spawn(|| act(&Patient::new(socket)));
        if let Err(panic) = patient.join() {
            std::panic::resume_unwind(panic);
        }
    });
}

struct Patient {
    panel: Panel,
    updates: Receiver<Update>,
}

impl Patient {
    fn new(socket: &Path) -> Self {
        let panel = Panel::new(DISPLAYS[0]);
        let (told, updates) = channel();
        let link = Link::start(socket, move |update| drop(told.send(update))).unwrap();
        let simulated = &panel.simulated;
        bind::connect(&simulated.window, &simulated.model, move |message| {
            link.send(message)
        });
        Self { panel, updates }
    }

    /// Looks at the screen until it is so.
    fn until(&self, what: &str, wanted: impl Fn(&Frame) -> bool) -> Frame {
        let deadline = Instant::now() + LONG;
        loop {
            let frame = self.panel.simulated.model.borrow().frame();
            if wanted(&frame) {
                return frame;
            }
            assert!(
                Instant::now() < deadline,
                "waited in vain for {what}; on {:?}: {}",
                frame.page,
                frame.view.prompt.expose()
            );
            if let Ok(update) = self.updates.recv_timeout(Duration::from_millis(100)) {
                self.panel.take(update);
            }
        }
    }

    fn on(&self, screen: Screen) -> Frame {
        self.until(&format!("{screen:?}"), |frame| {
            frame.page == Page::Of(screen)
        })
    }

    fn touch(&self, label: &str) {
        self.panel.touch(label);
    }

    fn types(&self, keys: &str) {
        for key in keys.chars() {
            self.panel.touch(&key.to_string());
        }
        self.panel.touch("Continue");
    }

    fn gives_phone_and_birth_date(&self) {
        self.on(Screen::EnterPhone);
        self.types("0244987654");
        self.on(Screen::EnterBirthDate);
        for key in ["1", "2", "March", "1", "9", "8", "4"] {
            self.panel.touch(key);
        }
        self.panel.touch("Continue");
    }

    /// A day by its cell, then a time that was not offered.
    fn chooses_day_and_time(&self, day: usize) {
        let frame = self.until("the days", |frame| {
            frame.page == Page::Of(Screen::Listening) && frame.view.calendar.is_some()
        });
        let day = &frame.view.calendar.unwrap().days[day];
        self.panel.touch(&day.label);
        let frame = self.until("the times", |frame| {
            frame.page == Page::Of(Screen::ChooseSlot)
                && frame
                    .view
                    .calendar
                    .as_ref()
                    .is_some_and(|it| !it.times.is_empty())
        });
        let times = frame.view.calendar.unwrap().times;
        let offered = |label: &str| frame.offers.iter().any(|offer| offer.label == label);
        let free = times
            .iter()
            .find(|time| time.state == TimeState::Free && !offered(&time.label));
        self.panel.touch(&free.unwrap().label);
    }

    fn books_by_touch(&self) -> String {
        self.on(Screen::Welcome);
        self.touch("Book an appointment");
        self.on(Screen::ChoosePractitioner);
        self.touch("Dr Ama Owusu, General practice");
        self.chooses_day_and_time(2);
        self.gives_phone_and_birth_date();
        self.on(Screen::EnterName);
        self.types("Adwoa");
        self.on(Screen::Question);
        self.touch("Yes");
        self.on(Screen::Confirm);
        self.touch("Yes");
        let frame = self.on(Screen::Booked);
        self.touch("Finish");
        frame.view.booked.unwrap().code
    }

    fn finds_it(&self) {
        self.on(Screen::Welcome);
        self.touch("My appointment");
        self.gives_phone_and_birth_date();
        self.until("the appointment", |frame| {
            let moves = frame
                .actions
                .iter()
                .any(|(action, _)| *action == Action::Reschedule);
            frame.page == Page::Of(Screen::Confirm) && moves
        });
    }

    fn moves_it(&self, code: &str) {
        self.finds_it();
        self.touch("Change it");
        self.chooses_day_and_time(3);
        self.on(Screen::Confirm);
        self.touch("Yes");
        let frame = self.on(Screen::Booked);
        assert_eq!(frame.view.booked.unwrap().code, code, "the code stays");
        self.touch("Finish");
    }

    fn cancels_it(&self) {
        self.finds_it();
        self.touch("Cancel it");
        self.until("the question", |frame| {
            frame
                .actions
                .iter()
                .any(|(action, _)| *action == Action::Yes)
        });
        self.touch("Yes");
        self.on(Screen::Done);
        self.touch("Finish");
    }
}

/// The real daemon in a folder of its own, without sound.
struct Kioskd {
    child: Option<Child>,
    folder: tempfile::TempDir,
}

impl Kioskd {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("state")).unwrap();
        let roster = folder.path().join("clinic.toml");
        std::fs::write(&roster, CLINIC).unwrap();
        let mut kioskd = Self {
            child: None,
            folder,
        };
        let mut import = kioskd.program("kioskctl");
        let imported = import
            .args(["roster", "import"])
            .arg(roster)
            .output()
            .unwrap();
        assert!(imported.status.success(), "{imported:?}");
        kioskd.spawn();
        kioskd
    }

    fn spawn(&mut self) {
        let mut kioskd = self.program("kioskd");
        let log = self.folder.path().join("log");
        let log = std::fs::File::options().create(true).append(true).open(log);
        let kioskd = kioskd.stdin(Stdio::null()).stderr(log.unwrap());
        self.child = Some(kioskd.spawn().unwrap());
    }

    fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("panel.sock")
    }

    /// One of the workspace's binaries, beside which tests are built.
    fn program(&self, name: &str) -> Command {
        let tests = std::env::current_exe().unwrap();
        let program = tests.ancestors().nth(2).unwrap().join(name);
        assert!(
            program.exists(),
            "{}: not built; run `cargo test --workspace`",
            program.display()
        );
        let mut command = Command::new(program);
        command
            .env("KIOSK_PATHS_STATE", self.folder.path().join("state"))
            .env("KIOSK_PATHS_RUNTIME", self.folder.path())
            .env("KIOSK_AUDIO_MICROPHONE", "none")
            .env("KIOSK_AUDIO_SPEAKER", "none")
            .env_remove("JOURNAL_STREAM")
            .current_dir(self.folder.path());
        command
    }
}

impl Drop for Kioskd {
    fn drop(&mut self) {
        self.kill();
    }
}
