//! One moment of every page of staff and technicians, with invented people.

use crate::demo::connected;
use crate::link::Update;
use kiosk_protocol::control::{Status, SyncStatus};
use kiosk_protocol::{
    AppointmentState, Calendar, CalendarDay, CalendarTime, Capabilities, Choice, ChoiceKind,
    DayState, Diagnosis, Exported, Interface, LoggedError, Network, Refusal, RingBackRow,
    RingBackWhy, Screen, StaffAct, StaffAppointment, StaffCallRow, StaffDay, StaffNotice,
    StaffPage, StaffPractitioner, StaffView, TechnicianView, TimeState, Timeout, Versions, View,
};

const DOCTORS: [(&str, &str, u32, u16); 6] = [
    ("ama-owusu", "Dr Ama Owusu", 9, 20),
    ("kofi-boateng", "Dr Kofi Boateng", 7, 0),
    ("salma-iddrisu", "Dr Salma Iddrisu", 4, 0),
    ("ngozi-okafor", "Dr Ngozi Okafor-Adeyemi", 6, 45),
    ("yaw-mensah", "Dr Yaw Mensah", 0, 0),
    ("esi-addo", "Esi Addo, midwife", 3, 0),
];

const PATIENTS: [(&str, &str, AppointmentState, u32); 9] = [
    ("8:00 am", "Akua Ampofo", AppointmentState::Seen, 1),
    ("8:20 am", "Kwame Asante", AppointmentState::Seen, 2),
    ("8:40 am", "Ọláwálé Adéṣínà", AppointmentState::Here, 4),
    ("9:00 am", "Grace Mensah", AppointmentState::Expected, 0),
    ("9:00 am", "Ibrahim Ɓala Musa", AppointmentState::Here, 5),
    (
        "9:20 am",
        "Chidinma Nwosu-Okonkwo",
        AppointmentState::Missed,
        0,
    ),
    ("9:40 am", "Efua Sutherland", AppointmentState::Cancelled, 0),
    ("10:00 am", "Abena Boatemaa", AppointmentState::Expected, 0),
    ("10:20 am", "Yaw Darko", AppointmentState::Expected, 0),
];

/// Names of the moments, each with what the link tells until then.
pub fn every_page() -> Vec<(&'static str, Vec<Update>)> {
    let refused = |refusal| vec![connected(), welcome(), Update::Refused(refusal)];
    let mut pages = vec![
        ("unlock", refused(Refusal::Wrong { tries_left: 3 })),
        (
            "unlock-locked",
            refused(Refusal::Locked { seconds_left: 200 }),
        ),
        ("unlock-no-pin", refused(Refusal::NoPin)),
        ("staff-day", staff(day())),
        (
            "staff-empty-day",
            staff(StaffView {
                appointments: Vec::new(),
                notice: Some(StaffNotice::Failed),
                ..day()
            }),
        ),
        ("staff-appointment", staff(appointment(3))),
        (
            "staff-arrived",
            staff(StaffView {
                notice: Some(StaffNotice::Arrived),
                acts: vec![StaffAct::Finish, StaffAct::NoShow],
                ..appointment(2)
            }),
        ),
        ("staff-move", staff(moving())),
        ("staff-late", staff(late())),
        ("staff-conflicts", staff(conflicts())),
        ("staff-ring-backs", staff(ring_backs())),
        (
            "staff-nobody-to-ring",
            staff(StaffView {
                open_ring_backs: 0,
                notice: Some(StaffNotice::Reached),
                ..page(StaffPage::RingBacks)
            }),
        ),
        ("staff-calls", staff(calls())),
        ("staff-search", staff(page(StaffPage::Search))),
        ("staff-found", staff(found())),
        (
            "staff-nobody-found",
            staff(StaffView {
                searched: true,
                ..page(StaffPage::Search)
            }),
        ),
        (
            "staff-time-out",
            staff(StaffView {
                timeout: Some(Timeout { seconds_left: 12 }),
                ..day()
            }),
        ),
    ];
    pages.push(("technician", technician(well())));
    pages.push((
        "technician-silent",
        technician(TechnicianView {
            diagnosis: Diagnosis::default(),
            export: Some(Exported::Failed),
            ..well()
        }),
    ));
    pages
}

fn welcome() -> Update {
    Update::View(Box::new(View {
        seq: 1,
        screen: Screen::Welcome,
        capabilities: Capabilities {
            speech_in: true,
            speech_out: true,
            booking: true,
        },
        ..View::default()
    }))
}

fn staff(view: StaffView) -> Vec<Update> {
    vec![connected(), welcome(), Update::Staff(Box::new(view))]
}

fn technician(view: TechnicianView) -> Vec<Update> {
    let level = |step: usize| 0.004 + 0.05 * ((step * 7 % 11) as f32 / 11.0);
    let levels = (0..40).map(|step| Update::Level(level(step), step > 12));
    [connected(), welcome(), Update::Technician(Box::new(view))]
        .into_iter()
        .chain(levels)
        .collect()
}

fn page(page: StaffPage) -> StaffView {
    StaffView {
        seq: 1,
        page,
        who: "reception, Efua".to_owned(),
        language: "en-GH".to_owned(),
        open_calls: 2,
        open_conflicts: 1,
        open_ring_backs: 3,
        ..StaffView::default()
    }
}

fn row(index: usize) -> StaffAppointment {
    let (time, patient, state, number) = PATIENTS[index % PATIENTS.len()];
    StaffAppointment {
        id: format!("appointment-{index}"),
        time: time.to_owned(),
        date: String::new(),
        practitioner: DOCTORS[index % 4].1.to_owned(),
        patient: patient.into(),
        phone: "".into(),
        birth_date: "".into(),
        code: "K7M4".to_owned(),
        state,
        number: (number > 0).then_some(number),
        conflict: false,
        alternatives: Vec::new(),
        ring_back: None,
    }
}

fn with_contact(index: usize) -> StaffAppointment {
    StaffAppointment {
        date: "Tomorrow, Tuesday 24 November".to_owned(),
        phone: "+233244123456".into(),
        birth_date: "2 March 1990".into(),
        ..row(index)
    }
}

fn doctors() -> Vec<StaffPractitioner> {
    let doctor =
        |(id, name, appointments, late_minutes): (&str, &str, u32, u16)| StaffPractitioner {
            id: id.to_owned(),
            name: name.to_owned(),
            appointments,
            late_minutes,
            shown: false,
        };
    DOCTORS.map(doctor).to_vec()
}

fn day() -> StaffView {
    StaffView {
        day: Some(StaffDay {
            id: "2026-11-23".to_owned(),
            label: "Today, Monday 23 November".to_owned(),
            before: "2026-11-22".to_owned(),
            after: "2026-11-24".to_owned(),
        }),
        practitioners: doctors(),
        appointments: (0..18).map(row).collect(),
        ..page(StaffPage::Day)
    }
}

fn appointment(index: usize) -> StaffView {
    StaffView {
        chosen: Some(with_contact(index)),
        acts: vec![
            StaffAct::Arrive,
            StaffAct::Move,
            StaffAct::NoShow,
            StaffAct::Cancel,
        ],
        ..page(StaffPage::Appointment)
    }
}

fn moving() -> StaffView {
    let names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let days = (0..21).map(|index| CalendarDay {
        id: format!("day-{index}"),
        weekday: names[index % 7].to_owned(),
        day: (index % 30 + 1).to_string(),
        month: "Dec".to_owned(),
        label: format!("{} {} December", names[index % 7], index % 30 + 1),
        state: match index % 7 {
            5 | 6 => DayState::Closed,
            3 => DayState::Full,
            _ => DayState::Open,
        },
        shown: index == 1,
    });
    let times = (0..20).map(|index| CalendarTime {
        id: format!("slot-{index}"),
        label: format!("{}:{:02} am", 8 + index / 5, index % 5 * 12),
        state: if index % 3 == 0 {
            TimeState::Taken
        } else {
            TimeState::Free
        },
    });
    StaffView {
        calendar: Some(Calendar {
            days: days.collect(),
            times: times.collect(),
        }),
        ..StaffView {
            page: StaffPage::Move,
            ..appointment(3)
        }
    }
}

fn late() -> StaffView {
    StaffView {
        practitioners: doctors(),
        notice: Some(StaffNotice::NotedLate),
        ..page(StaffPage::Late)
    }
}

fn conflicts() -> StaffView {
    let free = |(id, label, detail): (&str, &str, &str)| Choice {
        id: id.to_owned(),
        kind: ChoiceKind::Slot,
        label: label.to_owned(),
        detail: detail.to_owned(),
    };
    let colliding = |index| StaffAppointment {
        conflict: true,
        alternatives: [
            ("a", "10:40 am", "Today, Monday 23 November"),
            ("b", "2:20 pm", "Today, Monday 23 November"),
            ("c", "8:00 am", "Tomorrow, Tuesday 24 November"),
        ]
        .map(free)
        .to_vec(),
        ..with_contact(index)
    };
    StaffView {
        appointments: [3, 7].map(colliding).to_vec(),
        notice: Some(StaffNotice::SlotTaken),
        open_conflicts: 2,
        ..page(StaffPage::Conflicts)
    }
}

fn ring_backs() -> StaffView {
    let to_ring = |(index, why, tried)| StaffAppointment {
        ring_back: Some(RingBackRow { why, tried }),
        ..with_contact(index)
    };
    StaffView {
        appointments: [
            (3, RingBackWhy::Cancelled, 0),
            (7, RingBackWhy::Away, 0),
            (8, RingBackWhy::ToConfirm, 1),
            (4, RingBackWhy::Moved, 2),
        ]
        .map(to_ring)
        .to_vec(),
        notice: Some(StaffNotice::NotReached),
        open_ring_backs: 4,
        ..page(StaffPage::RingBacks)
    }
}

fn calls() -> StaffView {
    let call = |(id, urgent, since, minutes): (&str, bool, &str, u32)| StaffCallRow {
        id: id.to_owned(),
        urgent,
        since: since.to_owned(),
        minutes,
    };
    StaffView {
        calls: [("1", true, "9:02 am", 1), ("2", false, "8:55 am", 8)]
            .map(call)
            .to_vec(),
        ..page(StaffPage::Calls)
    }
}

fn found() -> StaffView {
    let nobody = StaffAppointment {
        id: String::new(),
        time: String::new(),
        date: String::new(),
        practitioner: String::new(),
        code: String::new(),
        state: AppointmentState::None,
        number: None,
        ..with_contact(7)
    };
    StaffView {
        searched: true,
        appointments: vec![with_contact(3), with_contact(4), nobody],
        ..page(StaffPage::Search)
    }
}

fn well() -> TechnicianView {
    TechnicianView {
        seq: 1,
        who: "Kojo".to_owned(),
        language: "en-GH".to_owned(),
        diagnosis: Diagnosis {
            capabilities: Capabilities {
                speech_in: true,
                speech_out: true,
                booking: true,
            },
            status: Status {
                version: "0.1.0".to_owned(),
                microphone: "`default`, `Capture` at 60 %".to_owned(),
                speaker: "`default`, `Master` at 70 %".to_owned(),
                transcriber: "ggml-base.en.bin, 2 threads".to_owned(),
                voice: "en_US-joe-medium (Piper)".to_owned(),
                transcriber_factor: Some(0.31),
                voice_factor: Some(0.12),
                practitioners: 8,
                turns: 412,
                turn_p50_s: Some(0.84),
                turn_p95_s: Some(1.41),
                ..Status::default()
            },
            sync: SyncStatus {
                server: Some("https://fhir.clinic.example/r4/".to_owned()),
                pending: 3,
                last_success: Some("2026-11-23T08:58:12Z".to_owned()),
                problem: Some("the server answered 503".to_owned()),
                conflicts: 1,
                ..SyncStatus::default()
            },
            versions: Versions {
                kiosk: "0.1.0".to_owned(),
                protocol: kiosk_protocol::VERSION,
                schema: 5,
                system: "Ubuntu 22.04.5 LTS".to_owned(),
                kernel: "5.15.148-tegra".to_owned(),
            },
            network: Network {
                host: "lobby-1".to_owned(),
                address: Some("10.20.0.14".to_owned()),
                interfaces: [("eth0", true), ("wlan0", false)]
                    .map(|(name, up)| Interface {
                        name: name.to_owned(),
                        up,
                    })
                    .to_vec(),
            },
            errors: vec![
                LoggedError {
                    at: "2026-11-23T08:59:40Z".to_owned(),
                    error: false,
                    message: "the central server did not answer; reason: timed out".to_owned(),
                },
                LoggedError {
                    at: "2026-11-23T07:12:03Z".to_owned(),
                    error: true,
                    message: "the microphone is gone; the kiosk is touch only".to_owned(),
                },
            ],
        },
        ..TechnicianView::default()
    }
}
