//! The pages of staff and technicians: their frames to the adapters, their touches to
//! messages. Patients' pages are [`crate::bind`]'s.

use crate::bind::{day_of, list, time_of};
use crate::entry::Entry;
use crate::frame::{Frame, shown_day};
use crate::typing::Phone;
use crate::ui;
use crate::view_model::Model;
use kiosk_protocol::{
    AppointmentState, ClientMessage, Diagnosis, Exported, Private, Refusal, RingBackWhy,
    SpeakerTest, StaffAct, StaffAppointment, StaffNotice, StaffPage, StaffPractitioner,
    StaffRequest, StaffView, TechnicianRequest, TechnicianView,
};
use slint::{ComponentHandle, SharedString};
use std::cell::RefCell;
use std::rc::Rc;

/// Sends a message to kioskd.
type Outward = Rc<dyn Fn(ClientMessage)>;

/// Joins the callbacks of these pages to `send` and to the model.
pub fn connect(
    window: &ui::PanelWindow,
    model: &Rc<RefCell<Model>>,
    send: &Rc<impl Fn(ClientMessage) + 'static>,
) {
    let send = Rc::clone(send) as Outward;
    connect_unlock(window, model, &send);
    connect_staff(window, model, &send);
    connect_technician(window, &send);
}

fn connect_unlock(window: &ui::PanelWindow, model: &Rc<RefCell<Model>>, send: &Outward) {
    let unlock = window.global::<ui::UnlockAdapter>();
    // What changes the page is shown at once; what comes of it is sent.
    let on = |change: fn(&mut Model, &str) -> Option<ClientMessage>| {
        let (window, model, send) = (window.as_weak(), Rc::clone(model), Rc::clone(send));
        move |text: SharedString| {
            let message = change(&mut model.borrow_mut(), &text);
            if let Some(window) = window.upgrade() {
                crate::bind::show(&window, &model.borrow());
            }
            message.into_iter().for_each(|message| send(message));
        }
    };
    let silent = |change| {
        let on = on(change);
        move || on(SharedString::new())
    };
    unlock.on_show(silent(|model, _| {
        model.entry = Some(Entry::default());
        None
    }));
    unlock.on_hide(silent(|model, _| {
        model.entry = None;
        None
    }));
    unlock.on_digit(on(|model, text| {
        model.entry.as_mut()?.digit(text);
        None
    }));
    unlock.on_backspace(silent(|model, _| {
        model.entry.as_mut()?.backspace();
        None
    }));
    unlock.on_enter(silent(|model, _| model.enter()));
    unlock.on_key(on(Model::key));
}

fn connect_staff(window: &ui::PanelWindow, model: &Rc<RefCell<Model>>, send: &Outward) {
    let staff = window.global::<ui::StaffAdapter>();
    let ask = |send: &Outward| {
        let send = Rc::clone(send);
        move |request| send(ClientMessage::Staff(request))
    };
    let on = ask(send);
    staff.on_open(move |page| {
        on(StaffRequest::Open {
            page: page_from(page),
        })
    });
    let on = ask(send);
    staff.on_list_day(move |id| on(StaffRequest::Day { id: id.into() }));
    let on = ask(send);
    staff.on_list_practitioner(move |id| {
        let id = (!id.is_empty()).then(|| id.into());
        on(StaffRequest::Practitioner { id });
    });
    let on = ask(send);
    staff.on_show_appointment(move |id| on(StaffRequest::Appointment { id: id.into() }));
    let on = ask(send);
    staff.on_act(move |act| on(StaffRequest::Act { act: act_from(act) }));
    let on = ask(send);
    staff.on_move_to(move |slot, appointment| {
        on(StaffRequest::Choose {
            id: slot.into(),
            appointment: Some(appointment.into()),
        });
    });
    let on = ask(send);
    staff.on_set_late(move |practitioner, minutes| {
        on(StaffRequest::Late {
            practitioner: practitioner.into(),
            minutes: u16::try_from(minutes).unwrap_or(0),
        });
    });
    let on = ask(send);
    staff.on_answer(move |id| on(StaffRequest::Answer { id: id.into() }));
    let on = ask(send);
    staff.on_rang(move |id, reached| {
        let id = id.into();
        on(StaffRequest::Rang { id, reached });
    });
    let (on, typed) = (ask(send), Rc::clone(model));
    staff.on_search(move || {
        let text = Private::from(typed.borrow().name.text());
        on(StaffRequest::Search { text });
    });
    let on = ask(send);
    staff.on_back(move || on(StaffRequest::Back));
    let lock = Rc::clone(send);
    staff.on_lock(move || lock(ClientMessage::Lock));
}

fn connect_technician(window: &ui::PanelWindow, send: &Outward) {
    let technician = window.global::<ui::TechnicianAdapter>();
    let ask = |request| {
        let send = Rc::clone(send);
        move || send(ClientMessage::Technician(request))
    };
    technician.on_test_speaker(ask(TechnicianRequest::TestSpeaker));
    technician.on_export(ask(TechnicianRequest::Export));
    technician.on_refresh(ask(TechnicianRequest::Refresh));
    let lock = Rc::clone(send);
    technician.on_lock(move || lock(ClientMessage::Lock));
}

/// Shows these pages; where nobody has unlocked the panel they are emptied.
pub fn show(window: &ui::PanelWindow, frame: &Frame) {
    show_unlock(window, frame.entry.as_ref());
    let nobody = StaffView::default();
    show_staff(window, frame.staff.as_ref().unwrap_or(&nobody));
    let nobody = TechnicianView::default();
    show_technician(window, frame.technician.as_ref().unwrap_or(&nobody));
}

fn show_unlock(window: &ui::PanelWindow, entry: Option<&Entry>) {
    let unlock = window.global::<ui::UnlockAdapter>();
    let nothing = Entry::default();
    let entry = entry.unwrap_or(&nothing);
    unlock.set_digits(number(entry.digits()));
    unlock.set_whole(entry.is_whole());
    unlock.set_checking(entry.checking);
    unlock.set_tries_left(0);
    unlock.set_minutes_left(0);
    unlock.set_refused(match entry.refusal {
        None => ui::Refused::Nothing,
        Some(Refusal::Wrong { tries_left }) => {
            unlock.set_tries_left(number(tries_left));
            ui::Refused::Wrong
        }
        Some(Refusal::Locked { seconds_left }) => {
            unlock.set_minutes_left(number(seconds_left.div_ceil(60)));
            ui::Refused::Locked
        }
        Some(Refusal::NoPin) => ui::Refused::NoPin,
        Some(Refusal::Failed) => ui::Refused::Failed,
    });
}

fn show_staff(window: &ui::PanelWindow, view: &StaffView) {
    let staff = window.global::<ui::StaffAdapter>();
    staff.set_page(page_of(view.page));
    staff.set_who(view.who.as_str().into());
    staff.set_notice(view.notice.map_or(ui::StaffNotice::None, notice_of));
    staff.set_open_calls(number(view.open_calls));
    staff.set_open_conflicts(number(view.open_conflicts));
    staff.set_open_ring_backs(number(view.open_ring_backs));
    let day = view.day.as_ref();
    staff.set_day(day.map_or("", |day| day.label.as_str()).into());
    staff.set_day_before(day.map_or("", |day| day.before.as_str()).into());
    staff.set_day_after(day.map_or("", |day| day.after.as_str()).into());
    staff.set_doctors(list(doctors(view).into_iter()));
    staff.set_appointments(list(view.appointments.iter().map(appointment_of)));
    staff.set_chosen(view.chosen.as_ref().map(appointment_of).unwrap_or_default());
    staff.set_acts(list(view.acts.iter().map(|act| act_of(*act))));
    let calendar = view.calendar.clone().unwrap_or_default();
    staff.set_days(list(calendar.days.iter().map(day_of)));
    staff.set_times(list(calendar.times.iter().map(time_of)));
    staff.set_shown_day(number(shown_day(&calendar)));
    staff.set_calls(list(view.calls.iter().map(|call| ui::Call {
        id: call.id.as_str().into(),
        urgent: call.urgent,
        since: call.since.as_str().into(),
        minutes: number(call.minutes),
    })));
    staff.set_searched(view.searched);
}

/// On the day's page everybody comes first.
fn doctors(view: &StaffView) -> Vec<ui::Doctor> {
    let mut doctors: Vec<ui::Doctor> = view.practitioners.iter().map(doctor_of).collect();
    if view.page == StaffPage::Day && !doctors.is_empty() {
        let all = view.practitioners.iter();
        doctors.insert(
            0,
            ui::Doctor {
                appointments: number(all.map(|it| it.appointments).sum::<u32>()),
                shown: view.practitioners.iter().all(|it| !it.shown),
                ..ui::Doctor::default()
            },
        );
    }
    doctors
}

fn doctor_of(practitioner: &StaffPractitioner) -> ui::Doctor {
    ui::Doctor {
        id: practitioner.id.as_str().into(),
        name: practitioner.name.as_str().into(),
        appointments: number(practitioner.appointments),
        late_minutes: practitioner.late_minutes.into(),
        shown: practitioner.shown,
    }
}

fn appointment_of(row: &StaffAppointment) -> ui::Appointment {
    let phone = Phone::from(row.phone.expose());
    ui::Appointment {
        id: row.id.as_str().into(),
        time: row.time.as_str().into(),
        date: row.date.as_str().into(),
        practitioner: row.practitioner.as_str().into(),
        patient: row.patient.expose().into(),
        phone: phone.shown().into(),
        birth_date: row.birth_date.expose().into(),
        code: row.code.as_str().into(),
        state: match row.state {
            AppointmentState::Expected => ui::AppointmentState::Expected,
            AppointmentState::Here => ui::AppointmentState::Here,
            AppointmentState::Seen => ui::AppointmentState::Seen,
            AppointmentState::Missed => ui::AppointmentState::Missed,
            AppointmentState::Cancelled => ui::AppointmentState::Cancelled,
            AppointmentState::None => ui::AppointmentState::None,
        },
        number: row
            .number
            .map_or_else(String::new, |it| it.to_string())
            .into(),
        conflict: row.conflict,
        alternatives: list(row.alternatives.iter().map(|free| ui::FreeTime {
            id: free.id.as_str().into(),
            time: free.label.as_str().into(),
            date: free.detail.as_str().into(),
        })),
        why: match row.ring_back.map(|it| it.why) {
            None => ui::RingBackWhy::None,
            Some(RingBackWhy::Cancelled) => ui::RingBackWhy::Cancelled,
            Some(RingBackWhy::Moved) => ui::RingBackWhy::Moved,
            Some(RingBackWhy::ToConfirm) => ui::RingBackWhy::ToConfirm,
            Some(RingBackWhy::Away) => ui::RingBackWhy::Away,
        },
        tried: row.ring_back.map_or(0, |it| number(it.tried)),
    }
}

fn show_technician(window: &ui::PanelWindow, view: &TechnicianView) {
    let technician = window.global::<ui::TechnicianAdapter>();
    technician.set_who(view.who.as_str().into());
    technician.set_speaker_test(match view.speaker_test {
        None => ui::SpeakerTest::None,
        Some(SpeakerTest::Playing) => ui::SpeakerTest::Playing,
        Some(SpeakerTest::Played) => ui::SpeakerTest::Played,
        Some(SpeakerTest::Silent) => ui::SpeakerTest::Silent,
    });
    technician.set_export_failed(view.export == Some(Exported::Failed));
    technician.set_exported(match &view.export {
        Some(Exported::Written { path }) => path.as_str().into(),
        Some(Exported::Failed) | None => SharedString::new(),
    });
    show_sound(&technician, &view.diagnosis);
    show_network(&technician, &view.diagnosis);
    let versions = &view.diagnosis.versions;
    let protocol = versions.protocol;
    technician.set_kiosk(format!("{} (protocol {protocol})", versions.kiosk).into());
    technician.set_schema(versions.schema.to_string().into());
    technician.set_system(versions.system.as_str().into());
    technician.set_kernel(versions.kernel.as_str().into());
    let logged = view.diagnosis.errors.iter();
    technician.set_logged(list(logged.map(|logged| ui::Logged {
        at: logged.at.as_str().into(),
        error: logged.error,
        message: logged.message.as_str().into(),
    })));
}

fn show_sound(technician: &ui::TechnicianAdapter<'_>, diagnosis: &Diagnosis) {
    let status = &diagnosis.status;
    technician.set_hears(diagnosis.capabilities.speech_in);
    technician.set_speaks(diagnosis.capabilities.speech_out);
    technician.set_microphone(status.microphone.as_str().into());
    technician.set_speaker(status.speaker.as_str().into());
    technician.set_transcriber(status.transcriber.as_str().into());
    technician.set_voice(status.voice.as_str().into());
    let factor = |factor: Option<f64>| factor.map_or_else(String::new, |it| format!("{it:.2}"));
    technician.set_transcriber_factor(factor(status.transcriber_factor).into());
    technician.set_voice_factor(factor(status.voice_factor).into());
    technician.set_answered(match (status.turn_p50_s, status.turn_p95_s) {
        (Some(p50), Some(p95)) => format!("{p50:.2} s (P50), {p95:.2} s (P95)").into(),
        (None, _) | (_, None) => SharedString::new(),
    });
    technician.set_lost(status.samples_lost.to_string().into());
}

fn show_network(technician: &ui::TechnicianAdapter<'_>, diagnosis: &Diagnosis) {
    let (sync, network) = (&diagnosis.sync, &diagnosis.network);
    let told = |text: &Option<String>| SharedString::from(text.as_deref().unwrap_or_default());
    technician.set_server(told(&sync.server));
    technician.set_pending(sync.pending.to_string().into());
    technician.set_last_success(told(&sync.last_success));
    technician.set_problem(told(&sync.problem));
    technician.set_refused(format!("{} + {}", sync.put_off_count, sync.rejected).into());
    technician.set_conflicts(sync.conflicts.to_string().into());
    technician.set_host(network.host.as_str().into());
    technician.set_address(told(&network.address));
    let interfaces = network.interfaces.iter();
    let interfaces = interfaces.map(|it| format!("{} {}", it.name, if it.up { "✓" } else { "–" }));
    technician.set_interfaces(interfaces.collect::<Vec<_>>().join(", ").into());
}

/// What the microphone hears, ten times a second.
pub fn show_levels(window: &ui::PanelWindow, model: &Model) {
    let technician = window.global::<ui::TechnicianAdapter>();
    technician.set_levels(list(model.levels.iter().copied()));
    technician.set_speech(model.speech);
}

/// Numbers of one day and one box.
fn number(number: impl TryInto<i32>) -> i32 {
    number.try_into().unwrap_or(i32::MAX)
}

/// Declares both directions between the protocol's names and the pages'.
macro_rules! both {
    ($from:ident, $to:ident, $kind:ident, $($name:ident),* $(,)?) => {
        fn $from(shown: ui::$kind) -> $kind {
            match shown { $(ui::$kind::$name => $kind::$name),* }
        }

        fn $to(told: $kind) -> ui::$kind {
            match told { $($kind::$name => ui::$kind::$name),* }
        }
    };
}

both!(
    page_from,
    page_of,
    StaffPage,
    Day,
    Appointment,
    Move,
    Late,
    Conflicts,
    Calls,
    RingBacks,
    Search,
);
both!(
    act_from, act_of, StaffAct, Arrive, NoShow, Cancel, Move, Finish,
);

fn notice_of(notice: StaffNotice) -> ui::StaffNotice {
    match notice {
        StaffNotice::Arrived => ui::StaffNotice::Arrived,
        StaffNotice::NotedAbsent => ui::StaffNotice::NotedAbsent,
        StaffNotice::Cancelled => ui::StaffNotice::Cancelled,
        StaffNotice::Moved => ui::StaffNotice::Moved,
        StaffNotice::Finished => ui::StaffNotice::Finished,
        StaffNotice::NotedLate => ui::StaffNotice::NotedLate,
        StaffNotice::Answered => ui::StaffNotice::Answered,
        StaffNotice::Reached => ui::StaffNotice::Reached,
        StaffNotice::NotReached => ui::StaffNotice::NotReached,
        StaffNotice::Changed => ui::StaffNotice::Changed,
        StaffNotice::NotAllowed => ui::StaffNotice::NotAllowed,
        StaffNotice::SlotTaken => ui::StaffNotice::SlotTaken,
        StaffNotice::PatientBusy => ui::StaffNotice::PatientBusy,
        StaffNotice::Gone => ui::StaffNotice::Gone,
        StaffNotice::Failed => ui::StaffNotice::Failed,
    }
}
