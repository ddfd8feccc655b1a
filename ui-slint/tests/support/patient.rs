//! A patient before a panel that is joined to the real kioskd: sees what is drawn and touches
//! it, and speaks where there is a microphone.
#![allow(dead_code, clippy::unwrap_used)]

use crate::kioskd::Kioskd;
use crate::pulse::Pulse;
use crate::support::{DISPLAYS, Panel};
use kiosk_protocol::{Action, Activity, ClientMessage, DayState, Screen, TimeState};
use kiosk_ui::bind;
use kiosk_ui::frame::{Frame, Page};
use kiosk_ui::link::{Link, Update};
use slint::platform::Key;
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// How long anything may take on a busy machine before a test gives up.
const LONG: Duration = Duration::from_secs(60);

/// How long a patient waits for an answer before saying it again, and how often they do.
const REACTION: Duration = Duration::from_secs(25);
const TRIES: usize = 4;

/// A fresh panel, on a thread of its own as a process would be.
pub fn before(socket: &Path, act: impl FnOnce(&Patient) + Send) {
    before_with(Hand::Finger, socket, act);
}

pub fn before_with(hand: Hand, socket: &Path, act: impl FnOnce(&Patient) + Send) {
    std::thread::scope(|scope| {
        let patient = scope.spawn(|| act(&Patient::new(socket, hand)));
        if let Err(panic) = patient.join() {
            std::panic::resume_unwind(panic);
        }
    });
}

/// With what a patient presses what is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hand {
    Finger,
    /// A keyboard, or switches that stand for two of its keys.
    Keys,
}

pub struct Patient {
    pub panel: Panel,
    hand: Hand,
    updates: Receiver<Update>,
    /// What the keys have come to.
    focused: Rc<RefCell<String>>,
}

impl Patient {
    fn new(socket: &Path, hand: Hand) -> Self {
        let panel = Panel::new(DISPLAYS[0]);
        let (told, updates) = channel();
        let link = Link::start(socket, move |update| drop(told.send(update))).unwrap();
        let simulated = &panel.simulated;
        let focused = Rc::new(RefCell::new(String::new()));
        let told = Rc::clone(&focused);
        bind::connect(&simulated.window, &simulated.model, move |message| {
            if let ClientMessage::Focus { label } = &message {
                label.expose().clone_into(&mut told.borrow_mut());
            }
            link.send(message);
        });
        Self {
            panel,
            hand,
            updates,
            focused,
        }
    }

    /// Looks at the screen until it is so.
    pub fn until(&self, what: &str, wanted: impl Fn(&Frame) -> bool) -> Frame {
        self.looks_for(LONG, &wanted).unwrap_or_else(|| {
            let frame = self.panel.simulated.model.borrow().frame();
            let prompt = frame.view.prompt.expose();
            panic!("waited in vain for {what}; on {:?}: {prompt}", frame.page)
        })
    }

    fn looks_for(&self, patience: Duration, wanted: &impl Fn(&Frame) -> bool) -> Option<Frame> {
        let deadline = Instant::now() + patience;
        loop {
            let frame = self.panel.simulated.model.borrow().frame();
            if wanted(&frame) {
                return Some(frame);
            }
            if Instant::now() >= deadline {
                return None;
            }
            if let Ok(update) = self.updates.recv_timeout(Duration::from_millis(100)) {
                self.panel.take(update);
            }
        }
    }

    pub fn on(&self, screen: Screen) -> Frame {
        self.until(&format!("{screen:?}"), |frame| {
            frame.page == Page::Of(screen)
        })
    }

    pub fn touch(&self, label: &str) {
        match self.hand {
            Hand::Finger => self.panel.touch(label),
            Hand::Keys => self.presses(label),
        }
    }

    /// Steps to what is called this, and presses it.
    fn presses(&self, label: &str) {
        self.focused.borrow_mut().clear();
        let most = 2 * self.panel.enabled().len();
        for _ in 0..most {
            self.panel.press(Key::Tab);
            if *self.focused.borrow() == label {
                return self.panel.press(Key::Return);
            }
        }
        panic!("no key leads to `{label}`: {:?}", self.panel.labels());
    }

    pub fn types(&self, keys: &str) {
        for key in keys.chars() {
            self.touch(&key.to_string());
        }
        self.touch("Continue");
    }

    pub fn gives_phone_and_birth_date(&self) {
        self.on(Screen::EnterPhone);
        self.types("0244987654");
        self.on(Screen::EnterBirthDate);
        for key in ["1", "2", "March", "1", "9", "8", "4"] {
            self.touch(key);
        }
        self.touch("Continue");
    }

    /// The `day`-th that is open, by its cell, then a time that was not offered.
    pub fn chooses_day_and_time(&self, day: usize) {
        let frame = self.until("the days", |frame| {
            frame.page == Page::Of(Screen::Listening) && frame.view.calendar.is_some()
        });
        let days = frame.view.calendar.unwrap().days;
        let mut open = days.iter().filter(|day| day.state == DayState::Open);
        self.touch(&open.nth(day).unwrap().label);
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
        self.touch(&free.unwrap().label);
    }

    /// On the `day`-th open day; the code.
    pub fn books_by_touch(&self, day: usize) -> String {
        self.on(Screen::Welcome);
        if self.hand == Hand::Keys {
            // Any of them begins.
            self.panel.press(Key::Tab);
            self.on(Screen::Listening);
        }
        self.touch("Book an appointment");
        self.on(Screen::ChoosePractitioner);
        self.touch("Dr Ama Owusu, General practice");
        self.chooses_day_and_time(day);
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

    pub fn finds_it(&self) {
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

    pub fn moves_it(&self, code: &str) {
        self.finds_it();
        self.touch("Change it");
        self.chooses_day_and_time(3);
        self.on(Screen::Confirm);
        self.touch("Yes");
        let frame = self.on(Screen::Booked);
        assert_eq!(frame.view.booked.unwrap().code, code, "the code stays");
        self.touch("Finish");
    }

    pub fn cancels_it(&self) {
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

    /// Comes back on the day; the number in the queue.
    pub fn checks_in(&self) -> u32 {
        self.finds_it();
        self.touch("Check in");
        self.gets_a_number("You are checked in: number")
    }

    pub fn walks_in(&self) -> u32 {
        self.on(Screen::Welcome);
        self.touch("Wait today");
        self.on(Screen::Question);
        self.touch("Yes");
        self.gets_a_number("Your number is")
    }

    fn gets_a_number(&self, words: &str) -> u32 {
        let frame = self.on(Screen::Done);
        let number = frame.view.queue.unwrap().number;
        let shown = self.panel.words();
        assert!(shown.contains(&format!("{words} {number}.")), "{shown}");
        self.touch("Finish");
        number
    }

    /// Says it when the kiosk listens, and again where nothing comes of it, as people do; on
    /// a busy machine the recogniser is slow.
    pub fn says(
        &self,
        voice: &Voice,
        text: &str,
        what: &str,
        wanted: impl Fn(&Frame) -> bool,
    ) -> Frame {
        for _ in 0..TRIES {
            self.until("the kiosk to listen", |frame| {
                wanted(frame) || frame.view.transcript.activity == Activity::Listening
            });
            voice.pulse.speak(&voice.recording(text));
            if let Some(frame) = self.looks_for(REACTION, &wanted) {
                return frame;
            }
        }
        self.until(what, wanted)
    }
}

/// What a patient says: recordings, made before the visit begins, and where they are played.
pub struct Voice<'a> {
    pulse: &'a Pulse,
    folder: PathBuf,
    sentences: Vec<&'static str>,
}

impl<'a> Voice<'a> {
    pub fn saying(kioskd: &Kioskd, pulse: &'a Pulse, sentences: &[&'static str]) -> Self {
        let voice = Self {
            pulse,
            folder: kioskd.folder().to_owned(),
            sentences: sentences.to_vec(),
        };
        for text in sentences {
            let file = voice.recording(text).display().to_string();
            kioskd.asks("say", &[text, "--out", &file]);
        }
        voice
    }

    fn recording(&self, text: &str) -> PathBuf {
        let number = self.sentences.iter().position(|it| *it == text);
        self.folder.join(format!("patient-{}.wav", number.unwrap()))
    }
}
