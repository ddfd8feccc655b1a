//! Assigns a frame to the pages' adapters, on the UI thread, and hands touches on. The
//! only place where Rust and Slint meet.

use crate::frame::{Comfort, Frame, Offer, Page, Sign, shown_day};
use crate::link::Update;
use crate::staff;
use crate::typing::{DatePart, Figures};
use crate::ui;
use crate::view_model::Model;
use kiosk_protocol::{
    Action, Activity, CalendarDay, CalendarTime, ChoiceKind, ClientMessage, DayState, Field, Paper,
    Private, Screen, StaffAnswer, TimeState,
};
use slint::platform::{Key, WindowEvent};
use slint::{
    ComponentHandle, Image, Model as _, ModelRc, Rgb8Pixel, SharedPixelBuffer, SharedString,
    VecModel,
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
    let said = Rc::clone(&send);
    let touched = Rc::clone(model);
    let touch = Rc::clone(&send);
    commands.on_touch(move |touched_on, value| {
        let value = (!value.is_empty()).then(|| Private::from(value.as_str()));
        let message = touched.borrow().touched(action_of(touched_on), value);
        message.into_iter().for_each(|message| touch(message));
    });
    staff::connect(window, model, &send);
    connect_focus(window, model, said);
    connect_keys(window, model);
    connect_comfort(window, model);
}

/// What keys have come to is told to kioskd, which says it; not on staff's pages, which are
/// full of names.
fn connect_focus(
    window: &ui::PanelWindow,
    model: &Rc<RefCell<Model>>,
    send: Rc<impl Fn(ClientMessage) + 'static>,
) {
    let focus = window.global::<ui::Focus>();
    let shown = Rc::clone(model);
    focus.on_moved_to(move |label| {
        if matches!(shown.borrow().frame().page, Page::Of(_)) {
            let label = Private::from(label.as_str());
            send(ClientMessage::Focus { label });
        }
    });
    let window = window.as_weak();
    focus.on_move(move |forward| {
        let window = window.clone();
        // After the arrow's own event, which is still being handled.
        slint::Timer::single_shot(std::time::Duration::ZERO, move || {
            let Some(window) = window.upgrade() else {
                return;
            };
            let key = if forward { Key::Tab } else { Key::Backtab };
            let text = SharedString::from(char::from(key));
            let window = window.window();
            window.dispatch_event(WindowEvent::KeyPressed { text: text.clone() });
            window.dispatch_event(WindowEvent::KeyReleased { text });
        });
    });
}

/// How the panel looks: the panel's own, shown at once.
fn connect_comfort(window: &ui::PanelWindow, model: &Rc<RefCell<Model>>) {
    let comfort = window.global::<ui::Comfort>();
    let change = |set: fn(&mut Comfort, bool)| {
        let (window, model) = (window.as_weak(), Rc::clone(model));
        move |on| {
            set(&mut model.borrow_mut().comfort, on);
            if let Some(window) = window.upgrade() {
                show_comfort(&window, model.borrow().comfort);
            }
        }
    };
    comfort.on_show_sheet(change(|comfort, on| comfort.open = on));
    comfort.on_set_high_contrast(change(|comfort, on| comfort.high_contrast = on));
    comfort.on_set_larger(change(|comfort, on| comfort.larger = on));
    comfort.on_set_lowered(change(|comfort, on| comfort.lowered = on));
    let reset = change(|comfort, _| *comfort = Comfort::default());
    comfort.on_reset(move || reset(false));
}

fn show_comfort(window: &ui::PanelWindow, comfort: Comfort) {
    window.global::<ui::Comfort>().set_open(comfort.open);
    let theme = window.global::<ui::Theme>();
    theme.set_high_contrast(comfort.high_contrast);
    theme.set_larger(comfort.larger);
    theme.set_lowered(comfort.lowered);
}

/// The language of the panel's own words, and what is said about it.
fn show_language(window: &ui::PanelWindow, frame: &Frame) {
    let comfort = window.global::<ui::Comfort>();
    comfort.set_languages(renewed(
        comfort.get_languages(),
        frame.languages.iter().map(|language| ui::Language {
            code: language.code.as_str().into(),
            name: language.name.as_str().into(),
        }),
    ));
    let Some(language) = &frame.language else {
        // kioskd has not told yet.
        let _ = slint::select_bundled_translation("");
        return;
    };
    comfort.set_language(language.code.as_str().into());
    comfort.set_language_name(language.name.as_str().into());
    comfort.set_hears_language(language.speech_in);
    comfort.set_speaks_language(language.speech_out);
    // The words that the pages are written with are in no file: they are the empty name.
    if slint::select_bundled_translation(&language.code).is_err() {
        let _ = slint::select_bundled_translation("");
    }
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
    let (shown, months) = (window.as_weak(), Rc::clone(model));
    figures.on_set_month(move |month| {
        if let Figures::BirthDate(date) = months.borrow_mut().figures() {
            date.set_month(u8::try_from(month).unwrap_or(0));
        }
        if let Some(window) = shown.upgrade() {
            show_typed(&window, &months.borrow());
        }
    });
    let (shown, parts) = (window.as_weak(), Rc::clone(model));
    figures.on_go_to(move |part| {
        if let Figures::BirthDate(date) = parts.borrow_mut().figures() {
            date.go_to(match part {
                ui::DatePart::Day => DatePart::Day,
                ui::DatePart::Month => DatePart::Month,
                ui::DatePart::Year => DatePart::Year,
            });
        }
        if let Some(window) = shown.upgrade() {
            show_typed(&window, &parts.borrow());
        }
    });
}

/// Shows what is being typed.
fn show_typed(window: &ui::PanelWindow, model: &Model) {
    let name = window.global::<ui::EnterNameAdapter>();
    name.set_typed(model.name.text().into());
    name.set_shifted(model.name.shifted());
    let before = name.get_rows();
    let rows = model
        .name
        .rows()
        .into_iter()
        .enumerate()
        .map(|(index, row)| {
            let letters = row.into_iter().map(SharedString::from);
            renewed(before.row_data(index).unwrap_or_default(), letters)
        });
    name.set_rows(renewed(before.clone(), rows));
    let figures = window.global::<ui::EnterFiguresAdapter>();
    match model.typed_figures() {
        Figures::Phone(phone) => {
            figures.set_typed(phone.text().into());
            figures.set_shown(phone.shown().into());
        }
        Figures::BirthDate(date) => {
            figures.set_typed(date.text().into());
            figures.set_shown(SharedString::new());
            figures.set_day(date.day.as_str().into());
            figures.set_month(date.month.into());
            figures.set_year(date.year.as_str().into());
            figures.set_part(match date.part {
                DatePart::Day => ui::DatePart::Day,
                DatePart::Month => ui::DatePart::Month,
                DatePart::Year => ui::DatePart::Year,
            });
        }
    }
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
    adapter.set_levels(renewed(adapter.get_levels(), model.levels.iter().copied()));
    adapter.set_speech(model.speech);
    staff::show_levels(window, model);
}

/// Shows everything.
pub fn show(window: &ui::PanelWindow, model: &Model) {
    let frame = model.frame();
    show_language(window, &frame);
    show_comfort(window, frame.comfort);
    show_frame(window, &frame);
    show_pages(window, &frame);
    show_ticket(window, &frame);
    staff::show(window, &frame);
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
    let offers = || frame.offers.iter().map(offer_of);
    let actions = || frame.actions.iter().map(action_offer_of);
    let understood = || frame.understood.iter().map(understood_of);
    let capabilities = frame.view.capabilities;

    let waiting = window.global::<ui::WaitingAdapter>();
    waiting.set_returning(frame.page == Page::OneMoment);

    let welcome = window.global::<ui::WelcomeAdapter>();
    welcome.set_kiosk(frame.kiosk.as_str().into());
    welcome.set_hears(capabilities.speech_in);

    let listening = window.global::<ui::ListeningAdapter>();
    listening.set_prompt(prompt());
    listening.set_transcript(frame.view.transcript.text.expose().into());
    listening.set_partial(frame.view.transcript.partial);
    listening.set_doing(doing_of(frame.view.transcript.activity));
    listening.set_hears(capabilities.speech_in);
    listening.set_understood(renewed(listening.get_understood(), understood()));
    listening.set_actions(renewed(listening.get_actions(), actions()));
    let calendar = frame.view.calendar.clone().unwrap_or_default();
    let on = |page: Screen| frame.view.screen == page;
    let days = |page| calendar.days.iter().filter(move |_| on(page)).map(day_of);
    listening.set_days(renewed(listening.get_days(), days(Screen::Listening)));
    // The days are in the calendar; what is left is "as soon as possible".
    let no_day = |offer: &&Offer| calendar.days.iter().all(|day| day.id != offer.id);
    let beside = frame.offers.iter().filter(no_day).map(offer_of);
    listening.set_offers(renewed(listening.get_offers(), beside));

    let whom = window.global::<ui::ChoosePractitionerAdapter>();
    whom.set_prompt(prompt());
    let of_kind = |kind: ChoiceKind, somebody: bool| {
        let wanted = move |offer: &&Offer| {
            offer.kind == kind
                && (kind == ChoiceKind::Specialty || offer.initials.is_empty() != somebody)
        };
        frame.offers.iter().filter(wanted).map(offer_of)
    };
    whom.set_specialties(renewed(
        whom.get_specialties(),
        of_kind(ChoiceKind::Specialty, true),
    ));
    whom.set_people(renewed(
        whom.get_people(),
        of_kind(ChoiceKind::Practitioner, true),
    ));
    whom.set_anyone(renewed(
        whom.get_anyone(),
        of_kind(ChoiceKind::Practitioner, false),
    ));
    whom.set_actions(renewed(whom.get_actions(), actions()));
    whom.set_understood(renewed(whom.get_understood(), understood()));

    let slot = window.global::<ui::ChooseSlotAdapter>();
    slot.set_prompt(prompt());
    slot.set_offers(renewed(slot.get_offers(), offers()));
    slot.set_heading(frame.offers_heading.as_str().into());
    let turned = |(action, _): &&(Action, String)| {
        // With a calendar other times are touched there.
        calendar.days.is_empty() || *action == Action::AnotherPractitioner
    };
    slot.set_actions(renewed(
        slot.get_actions(),
        frame.actions.iter().filter(turned).map(action_offer_of),
    ));
    slot.set_understood(renewed(slot.get_understood(), understood()));
    slot.set_days(renewed(slot.get_days(), days(Screen::ChooseSlot)));
    slot.set_times(renewed(
        slot.get_times(),
        calendar.times.iter().map(time_of),
    ));
    slot.set_shown(i32::try_from(shown_day(&calendar)).unwrap_or(0));

    let name = window.global::<ui::EnterNameAdapter>();
    name.set_prompt(prompt());
    name.set_proposed(frame.proposed_name.as_str().into());
    let figures = window.global::<ui::EnterFiguresAdapter>();
    figures.set_prompt(prompt());
    figures.set_birth_date(frame.page == Page::Of(Screen::EnterBirthDate));
    figures.set_decline(frame.decline.as_str().into());

    let confirm = window.global::<ui::ConfirmAdapter>();
    confirm.set_prompt(prompt());
    confirm.set_understood(renewed(confirm.get_understood(), understood()));
    confirm.set_actions(renewed(confirm.get_actions(), actions()));
    let label = |wanted: Action| {
        let found = frame.actions.iter().find(|(action, _)| *action == wanted);
        SharedString::from(found.map_or("", |(_, label)| label.as_str()))
    };
    confirm.set_yes(label(Action::Yes));
    confirm.set_no(label(Action::No));
    confirm.set_asks(!label(Action::Yes).is_empty());
    let only_no = matches!(frame.actions[..], [(Action::No, _)]);
    confirm.set_changing(only_no);

    let done = window.global::<ui::DoneAdapter>();
    done.set_prompt(prompt());
    let number = frame.view.queue.map(|queue| queue.number.to_string());
    done.set_number(number.unwrap_or_default().into());
    let ahead = frame.view.queue.map_or(0, |queue| queue.ahead);
    done.set_ahead(i32::try_from(ahead).unwrap_or(i32::MAX));
    done.set_paper(paper_of(frame.view.paper));
    done.set_actions(renewed(done.get_actions(), actions()));
    let reception = window.global::<ui::ReceptionAdapter>();
    reception.set_prompt(prompt());
    reception.set_actions(renewed(reception.get_actions(), actions()));
    let call = frame.view.staff;
    reception.set_urgent(call.is_some_and(|call| call.urgent));
    reception.set_staff(match call.map(|call| call.answer) {
        None => ui::Staff::NotCalled,
        Some(StaffAnswer::Ringing) => ui::Staff::Ringing,
        Some(StaffAnswer::Coming) => ui::Staff::Coming,
        Some(StaffAnswer::Nobody) => ui::Staff::Nobody,
    });
    let problem = window.global::<ui::ProblemAdapter>();
    problem.set_actions(renewed(problem.get_actions(), actions()));
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
    booked.set_paper(paper_of(frame.view.paper));
    booked.set_qr(ticket.map_or_else(Image::default, |ticket| qr(&ticket.code)));
}

fn paper_of(paper: Option<Paper>) -> ui::Paper {
    match paper {
        None => ui::Paper::None,
        Some(Paper::Printing) => ui::Paper::Printing,
        Some(Paper::Printed) => ui::Paper::Printed,
        Some(Paper::Failed) => ui::Paper::Failed,
    }
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

pub(crate) fn list<T: Clone + 'static>(items: impl Iterator<Item = T>) -> ModelRc<T> {
    ModelRc::new(items.collect::<VecModel<T>>())
}

/// `old` with `items` in it. What is the same keeps its place on the screen, and with that
/// what keys have come to.
fn renewed<T: Clone + PartialEq + 'static>(
    old: ModelRc<T>,
    items: impl IntoIterator<Item = T>,
) -> ModelRc<T> {
    let Some(rows) = old.as_any().downcast_ref::<VecModel<T>>() else {
        return ModelRc::new(VecModel::from_iter(items));
    };
    let mut count = 0;
    for item in items {
        match rows.row_data(count) {
            Some(row) if row == item => {}
            Some(_) => rows.set_row_data(count, item),
            None => rows.push(item),
        }
        count += 1;
    }
    while rows.row_count() > count {
        rows.remove(rows.row_count() - 1);
    }
    old
}

pub(crate) fn day_of(day: &CalendarDay) -> ui::Day {
    ui::Day {
        id: day.id.as_str().into(),
        weekday: day.weekday.as_str().into(),
        day: day.day.as_str().into(),
        month: day.month.as_str().into(),
        label: day.label.as_str().into(),
        state: match day.state {
            DayState::Open => ui::DayState::Open,
            DayState::Full => ui::DayState::Full,
            DayState::Closed => ui::DayState::Closed,
        },
        shown: day.shown,
    }
}

pub(crate) fn time_of(time: &CalendarTime) -> ui::Time {
    ui::Time {
        id: time.id.as_str().into(),
        label: time.label.as_str().into(),
        state: match time.state {
            TimeState::Free => ui::TimeState::Free,
            TimeState::Taken => ui::TimeState::Taken,
            TimeState::Outside => ui::TimeState::Outside,
        },
    }
}

fn offer_of(offer: &Offer) -> ui::Offer {
    ui::Offer {
        id: offer.id.as_str().into(),
        sign: match offer.sign {
            Sign::None => ui::Sign::None,
            Sign::General => ui::Sign::General,
            Sign::Child => ui::Sign::Child,
            Sign::Mother => ui::Sign::Mother,
            Sign::Tooth => ui::Sign::Tooth,
            Sign::Eye => ui::Sign::Eye,
            Sign::Heart => ui::Sign::Heart,
            Sign::Private => ui::Sign::Private,
            Sign::Laboratory => ui::Sign::Laboratory,
        },
        initials: offer.initials.as_str().into(),
        label: offer.label.as_str().into(),
        detail: offer.detail.as_str().into(),
        more: offer.more.as_str().into(),
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
        Page::Unlock => ui::Page::Unlock,
        Page::Staff(_) => ui::Page::Staff,
        Page::Technician => ui::Page::Technician,
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
    Language,
);
