//! From what kioskd sends to what the pages show. Pure: no Slint, no socket, no clock.

use crate::entry::Entry;
use crate::frame::{Comfort, Frame, Offer, Page, offer, taken_out, understood};
use crate::link::Update;
use crate::typing::{BirthDate, Figures, Name};
use kiosk_protocol::{
    Action, ChoiceKind, ClientMessage, Language, Private, Screen, StaffRequest, StaffView,
    TechnicianRequest, TechnicianView, View,
};
use std::collections::VecDeque;

/// Levels shown: at ten a second the last four seconds.
const LEVELS: usize = 40;

/// Speech at arm's length is about −30 dBFS; the meter's middle is there.
const LEVEL_GAIN: f32 = 9.0;

/// The panel's own state: the last snapshot and what is being typed.
#[derive(Debug, Default)]
pub struct Model {
    connected: bool,
    was_connected: bool,
    kiosk: String,
    languages: Vec<Language>,
    notice: String,
    view: Option<View>,
    /// How the panel looks for this patient.
    pub comfort: Comfort,
    /// The last levels, 0 to 1 of the meter, oldest first.
    pub levels: VecDeque<f32>,
    /// Whether the last level was speech.
    pub speech: bool,
    /// The name being typed.
    pub name: Name,
    figures: Figures,
    /// The page on which a PIN is typed, while it is open.
    pub entry: Option<Entry>,
    /// What a card reader types while that page is not open.
    card: Entry,
    staff: Option<StaffView>,
    technician: Option<TechnicianView>,
}

impl Model {
    /// Takes in what the link tells.
    pub fn take(&mut self, update: Update) {
        match update {
            Update::Connected(kiosk, languages) => {
                self.languages = languages;
                self.connected = true;
                self.was_connected = true;
                self.kiosk = kiosk;
                self.notice.clear();
            }
            Update::View(view) => self.take_view(*view),
            Update::Refused(refusal) => {
                self.card = Entry::default();
                self.entry = Some(Entry::after(refusal));
            }
            Update::Staff(view) => {
                self.unlocked();
                let before = self.staff.as_ref().map(|it| (it.page, it.searched));
                if before != Some((view.page, view.searched)) {
                    self.name = Name::default();
                }
                self.staff = Some(*view);
            }
            Update::Technician(view) => {
                self.unlocked();
                self.technician = Some(*view);
            }
            Update::Level(rms, speech) => {
                self.levels
                    .push_back((rms * LEVEL_GAIN).clamp(0.0, 1.0).sqrt());
                self.speech = speech;
                while self.levels.len() > LEVELS {
                    self.levels.pop_front();
                }
            }
            Update::Problem(detail) => self.notice = detail,
            Update::Gone => {
                self.connected = false;
                self.forget();
            }
        }
    }

    fn unlocked(&mut self) {
        (self.staff, self.technician) = (None, None);
        (self.entry, self.card) = (None, Entry::default());
    }

    fn take_view(&mut self, view: View) {
        if self.staff.is_some() || self.technician.is_some() {
            self.unlocked();
            self.name = Name::default();
            self.levels.clear();
        }
        let before = self.view.as_ref();
        // kioskd that has started again counts from the beginning, after a `Gone`.
        if before.is_some_and(|before| before.seq > view.seq) {
            return;
        }
        if before.is_none_or(|before| before.screen != view.screen) {
            self.name = Name::default();
            self.figures = if view.screen == Screen::EnterBirthDate {
                Figures::BirthDate(BirthDate::default())
            } else {
                Figures::default()
            };
            self.notice.clear();
        }
        if view.screen == Screen::Welcome {
            self.levels.clear();
            // The visit is over; what is chosen on the welcome page itself stays.
            if before.is_some_and(|before| before.screen != Screen::Welcome) {
                self.comfort = Comfort::default();
            }
        }
        self.view = Some(view);
    }

    /// Nothing of a patient outlives the connection.
    fn forget(&mut self) {
        self.view = None;
        self.unlocked();
        self.name = Name::default();
        self.figures = Figures::default();
        self.levels.clear();
    }

    /// The number or date being typed, for its keys.
    pub fn figures(&mut self) -> &mut Figures {
        &mut self.figures
    }

    /// The number or date being typed.
    pub const fn typed_figures(&self) -> &Figures {
        &self.figures
    }

    /// What the window shows now.
    pub fn frame(&self) -> Frame {
        let view = self.view.clone().unwrap_or_default();
        let of_kind = |action: bool| {
            view.choices
                .iter()
                .filter(move |choice| (choice.kind == ChoiceKind::Action) == action)
        };
        let actions: Vec<(Action, String)> = of_kind(true)
            .filter_map(|choice| Some((action(&choice.id)?, choice.label.clone())))
            .collect();
        let mut offers: Vec<Offer> = of_kind(false).map(offer).collect();
        // Without a calendar each stands for itself.
        let offers_heading = match view.calendar {
            Some(_) => taken_out(&mut offers),
            None => String::new(),
        };
        let asks_yes = actions.iter().any(|(action, _)| *action == Action::Yes);
        let proposed = view
            .draft
            .name
            .as_ref()
            .filter(|_| asks_yes && view.screen == Screen::EnterName);
        let decline = actions.iter().find(|(action, _)| *action == Action::No);
        Frame {
            page: self.page(),
            kiosk: self.kiosk.clone(),
            connected: self.connected && self.view.is_some(),
            notice: self.notice.clone(),
            comfort: self.comfort,
            languages: self.languages.clone(),
            language: self.language(&view),
            entry: self.entry.clone(),
            staff: self.staff.clone(),
            technician: self.technician.clone(),
            offers,
            offers_heading,
            understood: understood(&view),
            seconds_left: self.seconds_left(&view),
            proposed_name: proposed.map_or_else(String::new, |name| name.expose().to_owned()),
            decline: decline.map_or_else(String::new, |(_, label)| label.clone()),
            actions,
            view,
        }
    }

    /// Where staff can come in: patients' pages on which nothing of theirs is lost.
    pub fn has_a_way_in(&self) -> bool {
        match self.page() {
            Page::Of(Screen::Welcome | Screen::Reception | Screen::Problem) | Page::Unlock => true,
            Page::Starting | Page::OneMoment | Page::Of(_) | Page::Staff(_) | Page::Technician => {
                false
            }
        }
    }

    /// What a touch means, to whom the panel is. `None`: nothing.
    pub fn touched(&self, action: Action, value: Option<Private>) -> Option<ClientMessage> {
        match self.page() {
            Page::Of(Screen::Welcome) => Some(ClientMessage::Begin { action, value }),
            Page::Of(_) => Some(ClientMessage::Touch { action, value }),
            Page::Staff(_) | Page::Technician if action == Action::Goodbye => {
                Some(ClientMessage::Lock)
            }
            Page::Staff(_) => match (action, value) {
                (Action::StillHere, _) => Some(StaffRequest::StillHere),
                (Action::Choose, Some(id)) => Some(StaffRequest::Choose {
                    id: id.expose().to_owned(),
                    appointment: None,
                }),
                (_, _) => None,
            }
            .map(ClientMessage::Staff),
            Page::Technician => (action == Action::StillHere)
                .then_some(ClientMessage::Technician(TechnicianRequest::StillHere)),
            Page::Starting | Page::OneMoment | Page::Unlock => None,
        }
    }

    /// A key of a keyboard, or of a card reader that is one: digits and Enter.
    pub fn key(&mut self, text: &str) -> Option<ClientMessage> {
        if !self.has_a_way_in() {
            self.card = Entry::default();
            return None;
        }
        let typed = self.entry.as_mut().unwrap_or(&mut self.card);
        match text {
            "\n" | "\r" => {
                let pin = typed.taken();
                if pin.is_none() && self.entry.is_none() {
                    self.card = Entry::default();
                }
                self.unlock(pin?)
            }
            "\u{8}" => {
                typed.backspace();
                None
            }
            digit => {
                typed.digit(digit);
                None
            }
        }
    }

    /// The PIN that is typed, sent away.
    pub fn enter(&mut self) -> Option<ClientMessage> {
        let pin = self.entry.as_mut()?.taken()?;
        self.unlock(pin)
    }

    fn unlock(&self, pin: String) -> Option<ClientMessage> {
        let view = self.view.as_ref()?;
        let language = (!view.language.is_empty()).then(|| view.language.clone());
        Some(ClientMessage::Unlock {
            pin: Private::new(pin),
            language,
        })
    }

    fn seconds_left(&self, view: &View) -> Option<u32> {
        let timeout = match (&self.staff, &self.technician) {
            (Some(staff), _) => staff.timeout,
            (None, Some(technician)) => technician.timeout,
            // Whoever types a PIN is no patient.
            (None, None) if self.entry.is_some() => None,
            (None, None) => view.timeout,
        };
        timeout.map(|timeout| timeout.seconds_left)
    }

    fn language(&self, view: &View) -> Option<Language> {
        let code = match (&self.staff, &self.technician) {
            (Some(staff), _) => &staff.language,
            (None, Some(technician)) => &technician.language,
            (None, None) => &view.language,
        };
        let shown = self.languages.iter().find(|it| it.code == *code);
        shown.or(self.languages.first()).cloned()
    }

    fn page(&self) -> Page {
        if self.connected {
            match (&self.staff, &self.technician, &self.entry) {
                (Some(staff), _, _) => return Page::Staff(staff.page),
                (None, Some(_), _) => return Page::Technician,
                (None, None, Some(_)) => return Page::Unlock,
                (None, None, None) => {}
            }
        }
        match (&self.view, self.connected, self.was_connected) {
            (Some(view), true, _) if view.screen != Screen::Starting => Page::Of(view.screen),
            (_, false, true) => Page::OneMoment,
            (Some(_) | None, _, _) => Page::Starting,
        }
    }
}

fn action(name: &str) -> Option<Action> {
    serde_json::from_value(name.into()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kiosk_protocol::{Calendar, Choice, Draft, Field, StaffPage};

    fn view(seq: u64, screen: Screen) -> View {
        View {
            seq,
            screen,
            ..View::default()
        }
    }

    fn connected() -> Model {
        let mut model = Model::default();
        model.take(Update::Connected("Lobby".to_owned(), languages()));
        model
    }

    #[test]
    fn the_page_follows_the_connection_and_the_view() {
        let mut model = Model::default();
        assert_eq!(model.frame().page, Page::Starting);
        model.take(Update::Connected("Lobby".to_owned(), languages()));
        assert_eq!(model.frame().page, Page::Starting, "no view yet");
        model.take(Update::View(Box::new(view(1, Screen::Welcome))));
        assert_eq!(model.frame().page, Page::Of(Screen::Welcome));
        model.take(Update::Gone);
        assert_eq!(model.frame().page, Page::OneMoment);
        assert!(!model.frame().connected);
        model.take(Update::Connected("Lobby".to_owned(), languages()));
        model.take(Update::View(Box::new(view(1, Screen::Listening))));
        assert_eq!(
            model.frame().page,
            Page::Of(Screen::Listening),
            "a daemon that has started again counts anew"
        );
    }

    #[test]
    fn an_older_view_is_ignored() {
        let mut model = connected();
        model.take(Update::View(Box::new(view(5, Screen::Confirm))));
        model.take(Update::View(Box::new(view(4, Screen::Welcome))));
        assert_eq!(model.frame().page, Page::Of(Screen::Confirm));
    }

    #[test]
    fn choices_are_told_apart_and_unknown_actions_are_left_out() {
        let mut model = connected();
        let choice = |id: &str, kind, label: &str| Choice {
            id: id.to_owned(),
            kind,
            label: label.to_owned(),
            detail: String::new(),
        };
        let mut shown = view(1, Screen::ChoosePractitioner);
        shown.choices = vec![
            choice("p1", ChoiceKind::Practitioner, "Dr Ama Owusu"),
            choice("later", ChoiceKind::Action, "Later"),
            choice("dance", ChoiceKind::Action, "Dance"),
        ];
        model.take(Update::View(Box::new(shown)));
        let frame = model.frame();
        assert_eq!(frame.offers.len(), 1);
        assert_eq!(frame.offers[0].initials, "AO");
        assert_eq!(frame.actions, [(Action::Later, "Later".to_owned())]);
    }

    #[test]
    fn what_was_understood_is_listed_part_by_part() {
        let mut model = connected();
        let mut shown = view(1, Screen::Listening);
        shown.draft = Draft {
            specialty: Some("Dental care".to_owned()),
            time: Some("in the morning".to_owned()),
            ..Draft::default()
        };
        model.take(Update::View(Box::new(shown)));
        let parts: Vec<Field> = model
            .frame()
            .understood
            .iter()
            .map(|(field, _)| *field)
            .collect();
        assert_eq!(parts, [Field::Practitioner, Field::Time]);
    }

    #[test]
    fn what_was_typed_is_forgotten_with_the_page_and_with_the_connection() {
        let mut model = connected();
        model.take(Update::View(Box::new(view(1, Screen::EnterName))));
        model.name.letter("A");
        model.take(Update::View(Box::new(view(2, Screen::EnterName))));
        assert_eq!(model.name.text(), "A", "the same page keeps it");
        model.take(Update::View(Box::new(view(3, Screen::EnterPhone))));
        assert_eq!(model.name.text(), "");
        model.figures().digit("0");
        model.take(Update::Gone);
        assert_eq!(*model.typed_figures(), Figures::default());
        assert_eq!(model.frame().view, View::default());
    }

    #[test]
    fn a_heard_name_is_proposed_only_where_it_is_asked_about() {
        let mut model = connected();
        let mut shown = view(1, Screen::EnterName);
        shown.draft.name = Some("Ama Mensah".into());
        model.take(Update::View(Box::new(shown.clone())));
        assert_eq!(model.frame().proposed_name, "");
        shown.seq = 2;
        shown.choices = vec![Choice {
            id: "yes".to_owned(),
            kind: ChoiceKind::Action,
            label: "Yes".to_owned(),
            detail: String::new(),
        }];
        model.take(Update::View(Box::new(shown)));
        assert_eq!(model.frame().proposed_name, "Ama Mensah");
    }

    fn languages() -> Vec<Language> {
        [("en-GH", "English", true), ("tw", "Twi", false)]
            .map(|(code, name, speech)| Language {
                code: code.to_owned(),
                name: name.to_owned(),
                speech_in: speech,
                speech_out: speech,
            })
            .to_vec()
    }

    #[test]
    fn what_a_language_lacks_is_known_by_the_view() {
        let mut model = connected();
        let speech = |model: &Model| model.frame().language.unwrap().speech_in;
        model.take(Update::View(Box::new(view(1, Screen::Listening))));
        assert!(speech(&model), "the kiosk's own where none is named");
        let mut twi = view(2, Screen::Listening);
        twi.language = "tw".to_owned();
        model.take(Update::View(Box::new(twi)));
        assert!(!speech(&model));
    }

    #[test]
    fn how_the_panel_looks_is_forgotten_with_the_patient() {
        let mut model = connected();
        model.take(Update::View(Box::new(view(1, Screen::Welcome))));
        model.comfort.larger = true;
        model.take(Update::View(Box::new(view(2, Screen::Welcome))));
        model.take(Update::View(Box::new(view(3, Screen::Listening))));
        assert!(model.comfort.larger, "chosen before the visit began");
        model.take(Update::View(Box::new(view(4, Screen::Welcome))));
        assert_eq!(model.comfort, Comfort::default());
    }

    #[test]
    fn what_all_offers_share_is_said_once_above_them() {
        let mut model = connected();
        let slot = |id: &str, detail: &str| Choice {
            id: id.to_owned(),
            kind: ChoiceKind::Slot,
            label: id.to_owned(),
            detail: detail.to_owned(),
        };
        let mut shown = view(1, Screen::ChooseSlot);
        shown.calendar = Some(Calendar::default());
        shown.choices = vec![slot("9:00", "Tuesday\nDr A"), slot("9:20", "Tuesday\nDr B")];
        model.take(Update::View(Box::new(shown.clone())));
        let frame = model.frame();
        assert_eq!(frame.offers_heading, "Tuesday");
        assert_eq!(frame.offers[1].more, "Dr B");
        assert_eq!(frame.offers[1].detail, "");
        shown.seq = 2;
        shown.calendar = None;
        model.take(Update::View(Box::new(shown)));
        assert_eq!(model.frame().offers[1].detail, "Tuesday");
    }

    #[test]
    fn a_card_unlocks_where_patients_lose_nothing() {
        let mut model = connected();
        let typed = |model: &mut Model| {
            let keys = ["4", "0", "2", "8", "1", "7", "\n"];
            keys.into_iter().filter_map(|key| model.key(key)).last()
        };
        model.take(Update::View(Box::new(view(1, Screen::Confirm))));
        assert_eq!(typed(&mut model), None, "not in the middle of a booking");
        model.take(Update::View(Box::new(view(2, Screen::Welcome))));
        let unlock = ClientMessage::Unlock {
            pin: "402817".into(),
            language: None,
        };
        assert_eq!(typed(&mut model), Some(unlock));
        model.take(Update::Refused(kiosk_protocol::Refusal::NoPin));
        let frame = model.frame();
        assert_eq!(frame.page, Page::Unlock);
        assert_eq!(frame.entry.unwrap().digits(), 0, "no digit is kept");
    }

    #[test]
    fn a_touch_means_what_stands_on_the_page() {
        let mut model = connected();
        model.take(Update::View(Box::new(view(1, Screen::Welcome))));
        assert!(matches!(
            model.touched(Action::Book, None),
            Some(ClientMessage::Begin { .. })
        ));
        model.take(Update::Staff(Box::default()));
        assert_eq!(model.touched(Action::Book, None), None);
        assert_eq!(
            model.touched(Action::Goodbye, None),
            Some(ClientMessage::Lock)
        );
        let chosen = ClientMessage::Staff(StaffRequest::Choose {
            id: "2026-11-30".to_owned(),
            appointment: None,
        });
        let touched = model.touched(Action::Choose, Some("2026-11-30".into()));
        assert_eq!(touched, Some(chosen));
    }

    #[test]
    fn nothing_of_staff_outlives_the_next_view_or_the_connection() {
        let mut model = connected();
        let staff = StaffView {
            who: "reception".to_owned(),
            ..StaffView::default()
        };
        model.take(Update::View(Box::new(view(1, Screen::Welcome))));
        model.take(Update::Staff(Box::new(staff.clone())));
        model.name.letter("A");
        assert_eq!(model.frame().page, Page::Staff(StaffPage::Day));
        model.take(Update::View(Box::new(view(2, Screen::Welcome))));
        assert_eq!(model.frame().staff, None);
        assert_eq!(model.name.text(), "");
        model.take(Update::Staff(Box::new(staff)));
        model.take(Update::Gone);
        assert_eq!(
            (model.frame().staff, model.frame().page),
            (None, Page::OneMoment)
        );
    }

    #[test]
    fn levels_are_kept_for_some_seconds_only() {
        let mut model = connected();
        for _ in 0..100 {
            model.take(Update::Level(5.0, true));
        }
        assert_eq!(model.levels.len(), LEVELS);
        assert!(model.levels.iter().all(|level| (0.0..=1.0).contains(level)));
    }
}
