//! A panel drawn into memory, found by what is read out and touched where it is drawn.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "tests; not every one needs all"
)]

pub mod checks;
pub mod pictures;
pub mod visit;

use i_slint_backend_testing::{AccessibleRole, ElementHandle, ElementRoot};
use kiosk_protocol::{Action, ClientMessage};
use kiosk_ui::frame::Comfort;
use kiosk_ui::link::Update;
use kiosk_ui::simulate::{Colours, Simulated};
use kiosk_ui::view_model::Model;
use kiosk_ui::{bind, demo};
use slint::platform::{PointerEventButton, WindowEvent};
use slint::{ComponentHandle, LogicalPosition, PhysicalSize, SharedString};
use std::cell::RefCell;
use std::rc::Rc;

/// The displays that kiosks have, in pixels.
pub const DISPLAYS: [(u32, u32); 4] = [(1280, 800), (800, 480), (800, 1280), (1920, 1080)];

/// How patients can have the panel.
pub const LOOKS: [(&str, Comfort); 5] = [
    ("usual", looks(false, false, false)),
    ("contrast", looks(true, false, false)),
    ("larger", looks(false, true, false)),
    ("lowered", looks(false, false, true)),
    ("contrast-larger-lowered", looks(true, true, true)),
];

const fn looks(high_contrast: bool, larger: bool, lowered: bool) -> Comfort {
    Comfort {
        high_contrast,
        larger,
        lowered,
        open: false,
    }
}

pub struct Panel {
    pub simulated: Simulated,
    pub display: (u32, u32),
    sent: Rc<RefCell<Vec<ClientMessage>>>,
}

impl Panel {
    pub fn new(display: (u32, u32)) -> Self {
        Self::in_colours(display, Colours::Full)
    }

    pub fn in_colours((width, height): (u32, u32), colours: Colours) -> Self {
        let size = PhysicalSize::new(width, height);
        let simulated = Simulated::in_colours(size, colours).unwrap();
        let sent = Rc::new(RefCell::new(Vec::new()));
        let sink = Rc::clone(&sent);
        bind::connect(&simulated.window, &simulated.model, move |message| {
            sink.borrow_mut().push(message)
        });
        Self {
            simulated,
            display: (width, height),
            sent,
        }
    }

    pub fn showing(page: &str) -> Self {
        let panel = Self::new(DISPLAYS[0]);
        let (_, updates) = demo::every_page()
            .into_iter()
            .find(|(name, _)| *name == page)
            .unwrap();
        panel.show(updates, Comfort::default());
        panel
    }

    /// As a fresh panel that was told `updates` looks.
    pub fn show(&self, updates: Vec<Update>, comfort: Comfort) {
        *self.simulated.model.borrow_mut() = Model::default();
        updates.into_iter().for_each(|update| self.take(update));
        self.simulated.model.borrow_mut().comfort = comfort;
        self.simulated.show();
        self.simulated.draw();
    }

    pub fn take(&self, update: Update) {
        self.simulated.take(update);
        self.simulated.draw();
    }

    /// Everything of this kind that is on the screen now.
    pub fn all(&self, kind: &str) -> Vec<ElementHandle> {
        let found = self.simulated.window.root_element().query_descendants();
        let found = found.match_inherits(kind).find_all();
        found.into_iter().filter(is_shown).collect()
    }

    /// Everything that can be touched now.
    pub fn buttons(&self) -> Vec<ElementHandle> {
        let buttons = self
            .simulated
            .window
            .root_element()
            .query_descendants()
            .match_accessible_role(AccessibleRole::Button);
        buttons.find_all().into_iter().filter(is_shown).collect()
    }

    pub fn touch(&self, label: &str) {
        let labelled = self.labelled(label);
        self.touch_middle(&labelled[labelled.len() - 1]);
    }

    /// The first of several with this label.
    pub fn touch_first(&self, label: &str) {
        self.touch_middle(&self.labelled(label)[0]);
    }

    /// At least one.
    fn labelled(&self, label: &str) -> Vec<ElementHandle> {
        let mut buttons = self.buttons();
        buttons.retain(|button| button.accessible_label().is_some_and(|text| text == label));
        assert!(
            !buttons.is_empty(),
            "nothing here is labelled `{label}`: {:?}",
            self.labels()
        );
        buttons
    }

    fn touch_middle(&self, button: &ElementHandle) {
        let (at, size) = (button.absolute_position(), button.size());
        self.touch_at(LogicalPosition::new(
            at.x + size.width / 2.0,
            at.y + size.height / 2.0,
        ));
    }

    pub fn touch_at(&self, position: LogicalPosition) {
        let window = self.simulated.window.window();
        window.dispatch_event(WindowEvent::PointerPressed {
            position,
            button: PointerEventButton::Left,
        });
        window.dispatch_event(WindowEvent::PointerReleased {
            position,
            button: PointerEventButton::Left,
        });
        self.simulated.draw();
    }

    /// A key of the keyboard, or a switch that stands for it.
    pub fn press(&self, key: impl Into<SharedString>) {
        let (text, window) = (key.into(), self.simulated.window.window());
        window.dispatch_event(WindowEvent::KeyPressed { text: text.clone() });
        window.dispatch_event(WindowEvent::KeyReleased { text });
        self.simulated.draw();
    }

    /// Labels of what can be pressed now, in the order in which they are read out.
    pub fn enabled(&self) -> Vec<String> {
        let enabled = |button: &ElementHandle| button.accessible_enabled() != Some(false);
        let buttons = self.buttons().into_iter().filter(enabled);
        let labels = buttons.filter_map(|button| Some(button.accessible_label()?.to_string()));
        labels.collect()
    }

    pub fn labels(&self) -> Vec<String> {
        self.buttons()
            .iter()
            .filter_map(|button| Some(button.accessible_label()?.to_string()))
            .collect()
    }

    /// Every word that is read out.
    pub fn words(&self) -> String {
        let all = self
            .simulated
            .window
            .root_element()
            .query_descendants()
            .find_all();
        let words = all
            .iter()
            .filter_map(|element| Some(element.accessible_label()?.to_string()));
        words.collect::<Vec<_>>().join("\n")
    }

    pub fn sent(&self) -> Vec<ClientMessage> {
        self.sent.borrow_mut().drain(..).collect()
    }
}

pub fn is_shown(element: &ElementHandle) -> bool {
    element.size().width > 0.0 && element.size().height > 0.0 && element.computed_opacity() > 0.0
}

pub fn touched(action: Action, value: Option<&str>) -> ClientMessage {
    ClientMessage::Touch {
        action,
        value: value.map(Into::into),
    }
}
