//! Assigns a frame to the pages' adapters, on the UI thread, and hands touches on. The
//! only place where Rust and Slint meet.

use crate::link::Update;
use crate::typing::Figures;
use crate::ui;
use crate::view_model::{Frame, Model, Offer, Page};
use kiosk_protocol::{Action, Activity, ClientMessage, Field, Private, Screen};
use slint::{
    ComponentHandle, Image, ModelRc, Rgb8Pixel, SharedPixelBuffer, SharedString, VecModel,
};
use std::cell::RefCell;
use std::rc::Rc;

/// The quiet zone around a QR code, in modules (ISO/IEC 18004).
const QUIET_ZONE: usize = 4;

/// Joins the window's callbacks to `send` and to the model's own keys.
pub fn connect(
    window: &ui::PanelWindow,
    model: &Rc<RefCell<Model>>,
    send: impl Fn(ClientMessage) + 'static,
) {
    let send = Rc::new(send);
    let commands = window.global::<ui::Commands>();
    let start = Rc::clone(&send);
    commands.on_start(move || start(ClientMessage::Start));
    commands.on_touch(move |touch, value| {
        let value = (!value.is_empty()).then(|| Private::from(value.as_str()));
        send(ClientMessage::Touch {
            action: action_of(touch),
            value,
        });
    });
    connect_keys(window, model);
}

/// A key's effect on what is being typed, shown at once.
fn key(
    window: &ui::PanelWindow,
    model: &Rc<RefCell<Model>>,
    change: fn(&mut Model, &str),
) -> impl Fn(SharedString) + 'static {
    let (window, model) = (window.as_weak(), Rc::clone(model));
    move |text| {
        change(&mut model.borrow_mut(), &text);
        if let Some(window) = window.upgrade() {
            show_typed(&window, &model.borrow());
        }
    }
}

fn connect_keys(window: &ui::PanelWindow, model: &Rc<RefCell<Model>>) {
    let silent = |change| {
        let key = key(window, model, change);
        move || key(SharedString::new())
    };
    let name = window.global::<ui::EnterNameAdapter>();
    name.on_letter(key(window, model, |model, text| model.name.letter(text)));
    name.on_backspace(silent(|model, _| model.name.backspace()));
    name.on_shift(silent(|model, _| model.name.shift()));
    let figures = window.global::<ui::EnterFiguresAdapter>();
    figures.on_digit(key(window, model, |model, text| {
        model.figures().digit(text)
    }));
    figures.on_backspace(silent(|model, _| model.figures().backspace()));
}

/// Shows what is being typed.
fn show_typed(window: &ui::PanelWindow, model: &Model) {
    let name = window.global::<ui::EnterNameAdapter>();
    name.set_typed(model.name.text().into());
    name.set_shifted(model.name.shifted());
    let rows = model
        .name
        .rows()
        .into_iter()
        .map(|row| list(row.into_iter().map(SharedString::from)));
    name.set_rows(list(rows));
    let figures = window.global::<ui::EnterFiguresAdapter>();
    let (typed, shown) = match model.typed_figures() {
        Figures::Phone(phone) => (phone.text().to_owned(), phone.shown()),
        Figures::BirthDate(date) => (date.text(), date.shown()),
    };
    figures.set_typed(typed.into());
    figures.set_shown(shown.into());
}

/// Takes in what the link tells and shows it.
pub fn take(window: &ui::PanelWindow, model: &mut Model, update: Update) {
    let level = matches!(update, Update::Level(..));
    model.take(update);
    if level {
        show_levels(window, model);
    } else {
        show(window, model);
    }
}

/// Shows the input level, which changes ten times a second.
fn show_levels(window: &ui::PanelWindow, model: &Model) {
    let adapter = window.global::<ui::ListeningAdapter>();
    adapter.set_levels(list(model.levels.iter().copied()));
    adapter.set_speech(model.speech);
}

/// Shows everything.
pub fn show(window: &ui::PanelWindow, model: &Model) {
    let frame = model.frame();
    show_frame(window, &frame);
    show_pages(window, &frame);
    show_ticket(window, &frame);
    show_typed(window, model);
    show_levels(window, model);
}

fn show_frame(window: &ui::PanelWindow, frame: &Frame) {
    let around = window.global::<ui::FrameAdapter>();
    around.set_page(page_of(frame.page));
    around.set_kiosk(frame.kiosk.as_str().into());
    around.set_doing(doing_of(frame.view.transcript.activity));
    around.set_hears(frame.view.capabilities.speech_in);
    around.set_speaks(frame.view.capabilities.speech_out);
    around.set_books(frame.view.capabilities.booking);
    around.set_notice(frame.notice.as_str().into());
    around.set_connected(frame.connected);
    around.set_seconds_left(
        frame
            .seconds_left
            .map_or(-1, |seconds| i32::try_from(seconds).unwrap_or(i32::MAX)),
    );
}

fn show_pages(window: &ui::PanelWindow, frame: &Frame) {
    let prompt = || SharedString::from(frame.view.prompt.expose());
    let offers = || list(frame.offers.iter().map(offer_of));
    let actions = || list(frame.actions.iter().map(action_offer_of));
    let understood = || list(frame.understood.iter().map(understood_of));
    let capabilities = frame.view.capabilities;

    let waiting = window.global::<ui::WaitingAdapter>();
    waiting.set_prompt(SharedString::new());
    waiting.set_returning(frame.page == Page::OneMoment);

    let welcome = window.global::<ui::WelcomeAdapter>();
    welcome.set_kiosk(frame.kiosk.as_str().into());
    welcome.set_prompt(SharedString::new());
    welcome.set_hears(capabilities.speech_in);
    welcome.set_books(capabilities.booking);

    let listening = window.global::<ui::ListeningAdapter>();
    listening.set_prompt(prompt());
    listening.set_transcript(frame.view.transcript.text.expose().into());
    listening.set_partial(frame.view.transcript.partial);
    listening.set_doing(doing_of(frame.view.transcript.activity));
    listening.set_hears(capabilities.speech_in);
    listening.set_understood(understood());
    listening.set_offers(offers());
    listening.set_actions(actions());

    let whom = window.global::<ui::ChoosePractitionerAdapter>();
    whom.set_prompt(prompt());
    whom.set_offers(offers());
    whom.set_actions(actions());
    whom.set_understood(understood());

    let slot = window.global::<ui::ChooseSlotAdapter>();
    slot.set_prompt(prompt());
    slot.set_offers(offers());
    slot.set_actions(actions());
    slot.set_understood(understood());

    let name = window.global::<ui::EnterNameAdapter>();
    name.set_prompt(prompt());
    name.set_proposed(frame.proposed_name.as_str().into());
    let figures = window.global::<ui::EnterFiguresAdapter>();
    figures.set_prompt(prompt());
    figures.set_birth_date(frame.page == Page::Of(Screen::EnterBirthDate));
    figures.set_decline(frame.decline.as_str().into());

    let confirm = window.global::<ui::ConfirmAdapter>();
    confirm.set_prompt(prompt());
    confirm.set_understood(understood());
    confirm.set_actions(actions());
    confirm.set_asks(
        frame
            .actions
            .iter()
            .any(|(action, _)| *action == Action::Yes),
    );

    let done = window.global::<ui::DoneAdapter>();
    done.set_prompt(prompt());
    let number = frame.view.queue.map(|queue| queue.number.to_string());
    done.set_number(number.unwrap_or_default().into());
    done.set_actions(actions());
    let reception = window.global::<ui::ReceptionAdapter>();
    reception.set_prompt(prompt());
    reception.set_actions(actions());
    let problem = window.global::<ui::ProblemAdapter>();
    problem.set_prompt(SharedString::new());
    problem.set_actions(actions());
}

fn show_ticket(window: &ui::PanelWindow, frame: &Frame) {
    let booked = window.global::<ui::BookedAdapter>();
    booked.set_prompt(frame.view.prompt.expose().into());
    let ticket = frame.view.booked.as_ref();
    let text = |part: Option<&String>| SharedString::from(part.map_or("", String::as_str));
    booked.set_code(text(ticket.map(|ticket| &ticket.code)));
    booked.set_practitioner(text(ticket.map(|ticket| &ticket.practitioner)));
    booked.set_date(text(ticket.map(|ticket| &ticket.date)));
    booked.set_time(text(ticket.map(|ticket| &ticket.time)));
    booked.set_qr(ticket.map_or_else(Image::default, |ticket| qr(&ticket.code)));
}

/// The QR code of `code` and of nothing else, one pixel a module.
fn qr(code: &str) -> Image {
    let Ok(qr) = qrcode::QrCode::new(code) else {
        return Image::default();
    };
    let width = qr.width() + 2 * QUIET_ZONE;
    let Ok(side) = u32::try_from(width) else {
        return Image::default();
    };
    let mut pixels = SharedPixelBuffer::<Rgb8Pixel>::new(side, side);
    pixels.make_mut_slice().fill(Rgb8Pixel {
        r: 255,
        g: 255,
        b: 255,
    });
    for (index, colour) in qr.to_colors().into_iter().enumerate() {
        if colour == qrcode::Color::Dark {
            let (x, y) = (
                index % qr.width() + QUIET_ZONE,
                index / qr.width() + QUIET_ZONE,
            );
            pixels.make_mut_slice()[y * width + x] = Rgb8Pixel { r: 0, g: 0, b: 0 };
        }
    }
    Image::from_rgb8(pixels)
}

fn list<T: Clone + 'static>(items: impl Iterator<Item = T>) -> ModelRc<T> {
    ModelRc::new(items.collect::<VecModel<T>>())
}

fn offer_of(offer: &Offer) -> ui::Offer {
    ui::Offer {
        id: offer.id.as_str().into(),
        initials: offer.initials.as_str().into(),
        label: offer.label.as_str().into(),
        detail: offer.detail.as_str().into(),
    }
}

fn action_offer_of((action, label): &(Action, String)) -> ui::ActionOffer {
    ui::ActionOffer {
        touch: touch_of(*action),
        label: label.as_str().into(),
    }
}

fn understood_of((field, text): &(Field, String)) -> ui::Understood {
    let part = match field {
        Field::Practitioner => ui::Part::Practitioner,
        Field::Date => ui::Part::Date,
        Field::Time => ui::Part::Time,
        Field::Name => ui::Part::Name,
        Field::Phone => ui::Part::Phone,
        Field::BirthDate => ui::Part::BirthDate,
    };
    ui::Understood {
        part,
        field: field.name().into(),
        text: text.as_str().into(),
    }
}

fn page_of(page: Page) -> ui::Page {
    match page {
        Page::Starting | Page::Of(Screen::Starting) => ui::Page::Starting,
        Page::OneMoment => ui::Page::OneMoment,
        Page::Of(Screen::Welcome) => ui::Page::Welcome,
        Page::Of(Screen::Listening) => ui::Page::Listening,
        Page::Of(Screen::ChoosePractitioner) => ui::Page::ChoosePractitioner,
        Page::Of(Screen::ChooseSlot) => ui::Page::ChooseSlot,
        Page::Of(Screen::EnterName) => ui::Page::EnterName,
        Page::Of(Screen::EnterPhone) => ui::Page::EnterPhone,
        Page::Of(Screen::EnterBirthDate) => ui::Page::EnterBirthDate,
        Page::Of(Screen::Question) => ui::Page::Question,
        Page::Of(Screen::Confirm) => ui::Page::Confirm,
        Page::Of(Screen::Booked) => ui::Page::Booked,
        Page::Of(Screen::Done) => ui::Page::Done,
        Page::Of(Screen::Reception) => ui::Page::Reception,
        Page::Of(Screen::Problem) => ui::Page::Problem,
    }
}

fn doing_of(activity: Activity) -> ui::Doing {
    match activity {
        Activity::Idle => ui::Doing::Idle,
        Activity::Listening => ui::Doing::Listening,
        Activity::Thinking => ui::Doing::Thinking,
        Activity::Speaking => ui::Doing::Speaking,
    }
}

/// Declares both directions between the protocol's actions and the pages' touches.
macro_rules! touches {
    ($($name:ident),* $(,)?) => {
        fn action_of(touch: ui::Touch) -> Action {
            match touch { $(ui::Touch::$name => Action::$name),* }
        }

        fn touch_of(action: Action) -> ui::Touch {
            match action { $(Action::$name => ui::Touch::$name),* }
        }
    };
}

touches!(
    Book,
    Choose,
    Enter,
    Yes,
    No,
    Change,
    Earlier,
    Later,
    AnotherDay,
    AnotherPractitioner,
    Repeat,
    Help,
    CallStaff,
    StartAgain,
    StillHere,
    Goodbye,
    FindAppointment,
    Reschedule,
    Cancel,
    CheckIn,
    JoinQueue,
    Louder,
    Quieter,
    Slower,
    Faster,
);
