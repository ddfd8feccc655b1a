//! Staff and a technician before the real kioskd: everything by touching what is drawn, and
//! a card that types.
#![allow(clippy::unwrap_used, clippy::wildcard_enum_match_arm)]

#[path = "support/kioskd.rs"]
mod kioskd;
mod support;

use kiosk_protocol::{DayState, Screen, StaffNotice, StaffPage, StaffView, TimeState};
use kiosk_ui::bind;
use kiosk_ui::frame::{Frame, Page};
use kiosk_ui::link::{Link, Update};
use kioskd::Kioskd;
use slint::ComponentHandle;
use slint::platform::WindowEvent;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use support::{DISPLAYS, Panel};

/// How long anything may take on a busy machine before a test gives up.
const LONG: Duration = Duration::from_secs(60);

const PIN: &str = "402817";
const TECHNICIANS_PIN: &str = "713905";
const PATIENTS: [&str; 4] = [
    "Abena Plantedone",
    "Kwame Plantedtwo",
    "Efua Plantedthree",
    "Yaw Plantedfour",
];

#[test]
fn staff_works_at_the_panel_by_touch_alone() {
    let kioskd = opened();
    before(&kioskd.socket(), |hands| {
        hands.calls_as_a_patient();
        hands.types_wrong_pins(&kioskd);
        hands.unlocks(PIN);
        hands.arrives(PATIENTS[0]);
        hands.is_absent(PATIENTS[1]);
        hands.cancels(PATIENTS[2]);
        hands.moves(PATIENTS[3]);
        hands.is_late();
        hands.mends_a_conflict();
        hands.answers_the_call();
        hands.rings_back();
        hands.searches(PATIENTS[3]);
        hands.locks();
        hands.comes_in_by_card();
        hands.locks();
    });
    let log = kioskd.log();
    assert!(!log.contains("Planted") && !log.contains(PIN));
}

#[test]
fn a_technician_looks_at_the_box_by_touch_alone() {
    let kioskd = opened();
    before(&kioskd.socket(), |hands| {
        hands.on(Page::Of(Screen::Welcome));
        hands.panel.touch("Staff");
        hands.unlocks(TECHNICIANS_PIN);
        hands.on(Page::Technician);
        assert!(hands.panel.words().contains("none, as configured"));
        for (part, shown) in [
            ("Network", "none: this kiosk stands alone"),
            ("Last errors", "Nothing has gone wrong since the start."),
            ("Versions", "All of this in a file on the box"),
        ] {
            hands.panel.touch(part);
            assert!(hands.panel.words().contains(shown), "{part}");
        }
        hands.panel.touch("Export");
        let frame = hands.until("the file", |frame| {
            frame
                .technician
                .as_ref()
                .is_some_and(|it| it.export.is_some())
        });
        assert!(!format!("{frame:?}").contains("Planted"));
        assert!(hands.panel.words().contains("Written to"));
        hands.locks();
    });
}

/// A fresh panel, on a thread of its own as a process would be.
fn before(socket: &Path, act: impl FnOnce(&Hands) + Send) {
    std::thread::scope(|scope| {
        let hands = scope.spawn(|| act(&Hands::new(socket)));
        if let Err(panic) = hands.join() {
            std::panic::resume_unwind(panic);
        }
    });
}

struct Hands {
    panel: Panel,
    updates: Receiver<Update>,
}

impl Hands {
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
                self.panel.words()
            );
            if let Ok(update) = self.updates.recv_timeout(Duration::from_millis(100)) {
                self.panel.take(update);
            }
        }
    }

    fn on(&self, page: Page) -> Frame {
        self.until(&format!("{page:?}"), |frame| frame.page == page)
    }

    fn staff(&self, what: &str, wanted: impl Fn(&StaffView) -> bool) -> StaffView {
        let frame = self.until(what, |frame| frame.staff.as_ref().is_some_and(&wanted));
        frame.staff.unwrap()
    }

    fn told(&self, notice: StaffNotice) -> StaffView {
        self.staff(&format!("{notice:?}"), |view| view.notice == Some(notice))
    }

    /// Touches the first that is labelled in such a way.
    fn touch_like(&self, part: &str) {
        let labels = self.panel.labels();
        let label = labels.iter().find(|label| label.contains(part));
        let label = label.unwrap_or_else(|| panic!("nothing is labelled `{part}`: {labels:?}"));
        self.panel.touch(label);
    }

    fn calls_as_a_patient(&self) {
        self.on(Page::Of(Screen::Welcome));
        self.panel.touch("Call staff");
        self.on(Page::Of(Screen::Reception));
        self.panel.touch("Staff");
        self.on(Page::Unlock);
        self.panel.touch("Back");
        self.on(Page::Of(Screen::Reception));
        self.panel.touch("Staff");
    }

    fn types(&self, pin: &str) {
        self.on(Page::Unlock);
        for digit in pin.chars() {
            self.panel.touch(&digit.to_string());
        }
        assert!(!self.panel.words().contains(pin), "digits are not shown");
        self.panel.touch("Unlock");
    }

    fn types_wrong_pins(&self, kioskd: &Kioskd) {
        for tries in (1..=4).rev() {
            self.types("402818");
            self.until("a refusal", |frame| {
                frame.entry.as_ref().is_some_and(|it| it.refusal.is_some())
            });
            let words = self.panel.words();
            assert!(words.contains("This PIN is not known."), "{tries}: {words}");
        }
        for pin in ["402818", PIN] {
            self.types(pin);
            self.until("the lock", |frame| {
                frame.entry.as_ref().is_some_and(|it| it.refusal.is_some())
            });
            assert!(self.panel.words().contains("Too many wrong PINs."));
        }
        sets_pin(kioskd, "reception", "staff", PIN);
    }

    fn unlocks(&self, pin: &str) {
        self.types(pin);
        self.until("to be let in", |frame| {
            matches!(frame.page, Page::Staff(StaffPage::Day) | Page::Technician)
        });
    }

    /// Opens somebody's appointment from the list of its day.
    fn opens(&self, name: &str) {
        let page = self.panel.simulated.model.borrow().frame().page;
        if page != Page::Staff(StaffPage::Day) {
            self.panel.touch("Day list");
        }
        let list = self.staff("the list", |view| view.page == StaffPage::Day);
        let listed = |view: &StaffView| {
            let mut rows = view.appointments.iter();
            rows.any(|row| row.patient.expose() == name)
        };
        // Towards midnight what is booked lies on the next day.
        if !listed(&list) {
            self.panel.touch("The day after");
            self.staff(name, listed);
        }
        while !self.panel.labels().iter().any(|label| label.contains(name)) {
            self.panel.touch("Show more");
        }
        self.touch_like(name);
        self.on(Page::Staff(StaffPage::Appointment));
    }

    fn arrives(&self, name: &str) {
        self.opens(name);
        self.panel.touch("Is here");
        self.told(StaffNotice::Arrived);
        assert!(self.panel.words().contains("Noted: the patient is here."));
        self.panel.touch("Back");
        self.on(Page::Staff(StaffPage::Day));
    }

    fn is_absent(&self, name: &str) {
        self.opens(name);
        self.panel.touch("Did not come");
        self.panel.touch("No");
        self.panel.touch("Did not come");
        self.panel.touch("Yes");
        self.told(StaffNotice::NotedAbsent);
    }

    fn cancels(&self, name: &str) {
        self.opens(name);
        self.panel.touch("Cancel it");
        self.panel.touch("Yes");
        let view = self.told(StaffNotice::Cancelled);
        assert!(view.acts.is_empty());
    }

    fn moves(&self, name: &str) {
        self.opens(name);
        self.panel.touch("Move it");
        let view = self.staff("the days", |view| view.calendar.is_some());
        let days = view.calendar.unwrap().days;
        let other = |day: &&kiosk_protocol::CalendarDay| !day.shown && day.state == DayState::Open;
        // The first page of days has a week.
        let day = days.iter().take(7).rfind(other).unwrap().clone();
        self.panel.touch(&day.label);
        let view = self.staff("its times", |view| {
            let mut days = view.calendar.iter().flat_map(|it| &it.days);
            days.any(|it| it.id == day.id && it.shown)
        });
        let times = view.calendar.unwrap().times;
        let free = times.iter().find(|time| time.state == TimeState::Free);
        self.panel.touch(&free.unwrap().label);
        let moved = self.told(StaffNotice::Moved);
        assert_eq!(moved.chosen.unwrap().time, free.unwrap().label);
    }

    fn is_late(&self) {
        self.panel.touch("Running late");
        self.on(Page::Staff(StaffPage::Late));
        self.panel.touch("Dr Ama Owusu, 30 min late");
        let view = self.told(StaffNotice::NotedLate);
        assert_eq!(view.practitioners[0].late_minutes, 30);
    }

    fn mends_a_conflict(&self) {
        self.panel.touch("Conflicts (1)");
        self.on(Page::Staff(StaffPage::Conflicts));
        assert!(
            self.panel.words().contains("+233 244 000 009"),
            "whom to call"
        );
        self.touch_like("Move to");
        let view = self.told(StaffNotice::Moved);
        assert_eq!(view.open_conflicts, 0);
        assert!(self.panel.words().contains("No bookings collide."));
    }

    /// Who was moved and who was cancelled are at home and don't know it.
    fn rings_back(&self) {
        self.panel.touch("To ring (2)");
        let view = self.staff("whom to ring", |view| view.page == StaffPage::RingBacks);
        let last = view.appointments[1].patient.clone();
        assert!(self.panel.words().contains(last.expose()));
        // Of equal buttons the last one is touched.
        self.panel.touch("No answer");
        let view = self.told(StaffNotice::NotReached);
        assert_eq!(view.appointments[1].patient, last);
        assert!(self.panel.words().contains("no answer: 1"));
        self.panel.touch("Reached");
        let view = self.told(StaffNotice::Reached);
        assert_eq!(view.open_ring_backs, 1);
        self.panel.touch("Reached");
        self.staff("nobody any more", |view| view.open_ring_backs == 0);
        assert!(self.panel.words().contains("Nobody has to be rung."));
    }

    fn answers_the_call(&self) {
        self.panel.touch("Calls (1)");
        self.on(Page::Staff(StaffPage::Calls));
        self.panel.touch("I go there");
        let view = self.told(StaffNotice::Answered);
        assert_eq!(view.open_calls, 0);
    }

    fn searches(&self, name: &str) {
        self.panel.touch("Search");
        self.on(Page::Staff(StaffPage::Search));
        let first = name.split(' ').next().unwrap();
        for key in first.chars() {
            self.panel.touch(&key.to_string());
        }
        self.panel.touch("Find");
        let view = self.staff("who was found", |view| view.searched);
        assert_eq!(view.appointments.len(), 1);
        assert!(self.panel.words().contains(name));
    }

    fn locks(&self) {
        self.panel.touch("Lock");
        self.on(Page::Of(Screen::Welcome));
        assert!(!self.panel.words().contains("Planted"), "nothing stays");
    }

    fn comes_in_by_card(&self) {
        let window = self.panel.simulated.window.window();
        window.dispatch_event(WindowEvent::WindowActiveChanged(true));
        for key in PIN.chars().chain(['\n']) {
            let text = slint::SharedString::from(key);
            window.dispatch_event(WindowEvent::KeyPressed { text: text.clone() });
            window.dispatch_event(WindowEvent::KeyReleased { text });
        }
        self.on(Page::Staff(StaffPage::Day));
    }
}

/// With a day's bookings, one of them made elsewhere for a time that is taken.
fn opened() -> Kioskd {
    let mut kioskd = Kioskd::installed(&[]);
    sets_pin(&kioskd, "reception", "staff", PIN);
    sets_pin(&kioskd, "Kojo", "technician", TECHNICIANS_PIN);
    books(&kioskd);
    kioskd.spawn();
    kioskd
}

/// As a technician does: the PIN comes through a pipe.
fn sets_pin(kioskd: &Kioskd, label: &str, role: &str, pin: &str) {
    let mut kioskctl = kioskd.program("kioskctl");
    let mut kioskctl = kioskctl
        .args(["pin", "set", label, "--role", role])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = kioskctl.stdin.take().unwrap();
    writeln!(stdin, "{pin}").unwrap();
    drop(stdin);
    assert!(kioskctl.wait().unwrap().success());
}

fn books(kioskd: &Kioskd) {
    let state = kioskd.folder().join("state");
    let key = std::fs::read_to_string(state.join("kiosk.key")).unwrap();
    let database = rusqlite::Connection::open(state.join("kiosk.db")).unwrap();
    let key = format!("PRAGMA key = \"x'{}'\"", key.trim());
    database.execute_batch(&key).unwrap();
    let soon = "(SELECT id FROM slots WHERE starts_at > unixepoch() + 1800 ORDER BY starts_at LIMIT 1 OFFSET";
    let booking = |number: usize, name: &str, offset: usize, conflict: u8, by: &str| {
        format!(
            "INSERT INTO patients (id, name, phone, created_at, changed_at, changed_by)
             VALUES ('p{number}', '{name}', '+23324400000{number}', 1, 1, '{by}');
             INSERT INTO appointments (id, code, status, slot, practitioner, patient, starts_at,
                                       ends_at, conflict, created_at, changed_at, changed_by)
             SELECT 'a{number}', 'K7M{number}', 'booked', id, practitioner, 'p{number}', starts_at,
                    ends_at, {conflict}, 1, 1, '{by}' FROM slots WHERE id = {soon} {offset});"
        )
    };
    for (index, name) in PATIENTS.iter().enumerate() {
        let sql = booking(index + 2, name, index, 0, "kiosk");
        database.execute_batch(&sql).unwrap();
    }
    let elsewhere = booking(9, "Esi Plantedelsewhere", 0, 1, "central");
    database.execute_batch(&elsewhere).unwrap();
}
