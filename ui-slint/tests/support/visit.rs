//! What kioskd's own dialogue shows on the way through a visit, in any language: the words
//! of a picture are the words that a patient reads.

#[path = "../../../daemon/core/tests/support/mod.rs"]
#[allow(dead_code, clippy::unwrap_used, clippy::wildcard_enum_match_arm)]
mod kiosk;

use kiosk::Kiosk;
use kiosk_core::dialogue::Event;
use kiosk_protocol::{Action, ClientMessage, Private, View};
use kiosk_ui::demo;
use kiosk_ui::link::Update;

/// Every screen of a visit with its name, in the language of this code.
pub fn screens(code: &str) -> Vec<(&'static str, Vec<Update>)> {
    let mut album = Album::new(code);
    book(&mut album);
    own(&mut album);
    elsewhere(&mut album);
    album.pages
}

/// A kiosk without sound or disk, as the panel's socket reaches it.
pub struct Visit(Kiosk, bool);

impl Visit {
    /// Nobody is there yet.
    pub fn new() -> Self {
        Self(kiosk(), false)
    }

    pub fn view(&self) -> View {
        self.0.view()
    }

    /// What kioskd does with a message of the panel.
    pub fn does(&mut self, message: &ClientMessage) {
        let begun = self.1;
        match message {
            ClientMessage::Start if !begun => self.tell(Event::Start),
            ClientMessage::Begin { action, value } if !begun => {
                self.tell(Event::Start);
                self.tell(Event::Touch(*action, value.clone()));
            }
            ClientMessage::Touch { action, value } if begun => {
                self.tell(Event::Touch(*action, value.clone()));
            }
            ClientMessage::Focus { label } if begun => {
                self.tell(Event::Focused(label.clone()));
            }
            ClientMessage::Start
            | ClientMessage::Focus { .. }
            | ClientMessage::Begin { .. }
            | ClientMessage::Touch { .. }
            | ClientMessage::Hello { .. }
            | ClientMessage::Say { .. }
            | ClientMessage::StopSpeaking
            | ClientMessage::End
            | ClientMessage::Unlock { .. }
            | ClientMessage::Staff(_)
            | ClientMessage::Technician(_)
            | ClientMessage::Lock => {}
        }
    }

    pub fn waits(&mut self, seconds: i64) {
        self.0.wait(seconds);
        self.renew();
    }

    fn tell(&mut self, event: Event) {
        self.1 = true;
        self.0.tell(event);
        self.renew();
    }

    /// A visit that has ended is followed by another.
    fn renew(&mut self) {
        if self.0.ended.is_some() {
            *self = Self::new();
        }
    }
}

struct Album {
    code: String,
    kiosk: Kiosk,
    pages: Vec<(&'static str, Vec<Update>)>,
}

impl Album {
    fn new(code: &str) -> Self {
        let mut album = Self {
            code: code.to_owned(),
            kiosk: kiosk(),
            pages: Vec::new(),
        };
        album.begin();
        album
    }

    /// A fresh visit, in this language.
    fn begin(&mut self) {
        self.kiosk = kiosk();
        self.kiosk.tell(Event::Start);
        let code = self.code.clone();
        self.touch(Action::Language, &code);
    }

    fn touch(&mut self, action: Action, value: &str) {
        let value = (!value.is_empty()).then(|| Private::from(value));
        self.kiosk.tell(Event::Touch(action, value));
    }

    fn keep(&mut self, name: &'static str) {
        let view = View {
            seq: 1,
            ..self.kiosk.view()
        };
        let hello = demo::connected();
        self.pages
            .push((name, vec![hello, Update::View(Box::new(view))]));
    }

    fn after(&mut self, name: &'static str, action: Action, value: &str) {
        self.touch(action, value);
        self.keep(name);
    }
}

fn kiosk() -> Kiosk {
    let mut kiosk = Kiosk::new("2026-11-23T08:00".parse().unwrap());
    for start in ["2026-11-23T08:30", "2026-11-25T12:10"] {
        let who = ["Akua Ampofo", "+233244123456", "1990-03-02"];
        kiosk.has_booked("ama-owusu", start.parse().unwrap(), who);
    }
    for slot in ["salma-iddrisu.1795597200", "salma-iddrisu.1795600800"] {
        kiosk.takes(slot);
    }
    kiosk.waiting = 3;
    kiosk
}

fn book(album: &mut Album) {
    album.keep("greeting");
    album.after("help", Action::Help, "");
    album.after("whom", Action::Book, "");
    album.after("when", Action::Choose, "salma-iddrisu");
    album.after("slots", Action::Choose, "2026-11-25");
    album.after("phone", Action::Choose, "salma-iddrisu.1795598400");
    album.after("birth-date", Action::Enter, "0201112223");
    album.after("name", Action::Enter, "12/03/1984");
    album.after("agree", Action::Enter, "Ọláwálé Adéṣínà");
    album.after("confirm", Action::Yes, "");
    album.kiosk.wait(28);
    album.keep("time-out");
    album.touch(Action::StillHere, "");
    album.after("change", Action::No, "");
    album.touch(Action::No, "");
    album.after("booked", Action::Yes, "");
}

fn own(album: &mut Album) {
    album.begin();
    album.after("own-phone", Action::FindAppointment, "");
    album.touch(Action::Enter, "0244123456");
    album.after("which", Action::Enter, "02/03/1990");
    album.after("own", Action::Choose, "held-1");
    album.after("cancel", Action::Cancel, "");
    album.touch(Action::No, "");
    album.after("checked-in", Action::CheckIn, "");
}

fn elsewhere(album: &mut Album) {
    album.begin();
    album.after("walk-in", Action::JoinQueue, "");
    album.begin();
    album.after("staff-called", Action::CallStaff, "");
    album.kiosk.wait(31);
    album.keep("nobody-comes");
    album.begin();
    album
        .kiosk
        .tell(Event::Heard(vec![Private::from("My chest is paining me")]));
    album.keep("urgent");
}
