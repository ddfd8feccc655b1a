//! One moment of every page, with an invented patient: for pictures and tests.

use crate::link::Update;
use kiosk_protocol::{
    Action, Activity, Booked, Calendar, CalendarDay, CalendarTime, Capabilities, Choice,
    ChoiceKind, DayState, Draft, Language, Paper, Queued, Screen, StaffAnswer, StaffCall,
    TimeState, Timeout, Transcript, View,
};

const PATIENT: &str = "Grace Mensah";
const ALL: Capabilities = Capabilities {
    speech_in: true,
    speech_out: true,
    booking: true,
};

/// Code, name, whether it is heard and spoken.
pub const LANGUAGES: [(&str, &str, bool); 5] = [
    ("en-GH", "English", true),
    ("tw", "Twi", false),
    ("yo", "Yorùbá", false),
    ("ig", "Igbo", false),
    ("ha", "Hausa", false),
];

/// Names of the moments, each with what the link tells until then.
pub fn every_page() -> Vec<(&'static str, Vec<Update>)> {
    let mut pages = vec![
        ("starting", vec![]),
        ("one-moment", vec![connected(), Update::Gone]),
        ("no-microphone", shown(without_a_microphone())),
        ("no-voice", shown(without_a_voice())),
        (
            "no-bookings",
            shown(View {
                capabilities: Capabilities {
                    booking: false,
                    ..ALL
                },
                ..greeting()
            }),
        ),
        (
            "refused",
            [
                shown(choose_slot()),
                vec![Update::Problem(
                    "That doctor’s list has just changed.".to_owned(),
                )],
            ]
            .concat(),
        ),
        (
            "time-out",
            shown(View {
                timeout: Some(Timeout { seconds_left: 9 }),
                ..choose_slot()
            }),
        ),
    ];
    pages.extend([
        ("welcome", shown(welcome())),
        ("greeting", [shown(greeting()), levels()].concat()),
        ("listening", [shown(listening()), levels()].concat()),
        ("choose-practitioner", shown(choose_practitioner())),
        ("choose-slot", shown(choose_slot())),
        ("enter-name", shown(enter_name())),
        ("proposed-name", shown(proposed_name())),
        ("enter-phone", shown(enter_phone())),
        ("enter-birth-date", shown(enter_birth_date())),
        ("agreeing", shown(agreeing())),
        ("walk-in", shown(walk_in())),
        ("confirm", shown(confirm())),
        ("booked", shown(booked())),
        ("printing", shown(on_paper(booked(), Paper::Printing))),
        ("printed", shown(on_paper(booked(), Paper::Printed))),
        ("not-printed", shown(on_paper(booked(), Paper::Failed))),
        (
            "number-printed",
            shown(on_paper(queue_number(), Paper::Printed)),
        ),
        ("my-appointment", shown(my_appointment())),
        ("done", shown(done())),
        ("queue-number", shown(queue_number())),
        ("which-appointment", shown(which_appointment())),
        ("reception", shown(reception())),
        ("staff-called", shown(called(false, StaffAnswer::Ringing))),
        ("staff-coming", shown(called(false, StaffAnswer::Coming))),
        ("nobody-comes", shown(called(false, StaffAnswer::Nobody))),
        ("urgent", shown(called(true, StaffAnswer::Ringing))),
        ("problem", shown(view(Screen::Problem, ""))),
    ]);
    pages.extend(crate::demo_staff::every_page());
    pages
}

/// kioskd has answered.
pub fn connected() -> Update {
    let language = |(code, name, speech): (&str, &str, bool)| Language {
        code: code.to_owned(),
        name: name.to_owned(),
        speech_in: speech,
        speech_out: speech,
    };
    let languages = LANGUAGES.map(language).to_vec();
    Update::Connected("Adabraka Polyclinic".to_owned(), languages)
}

fn shown(view: View) -> Vec<Update> {
    vec![connected(), Update::View(Box::new(view))]
}

fn view(screen: Screen, prompt: &str) -> View {
    View {
        seq: 1,
        screen,
        prompt: prompt.into(),
        capabilities: ALL,
        ..View::default()
    }
}

fn heard(text: &str, activity: Activity) -> Transcript {
    Transcript {
        text: text.into(),
        partial: activity == Activity::Listening,
        activity,
    }
}

fn offer(kind: ChoiceKind, id: &str, label: &str, detail: &str) -> Choice {
    Choice {
        id: id.to_owned(),
        kind,
        label: label.to_owned(),
        detail: detail.to_owned(),
    }
}

fn actions(actions: &[(Action, &str)]) -> impl Iterator<Item = Choice> {
    actions
        .iter()
        .map(|(action, label)| offer(ChoiceKind::Action, action.name(), label, ""))
}

fn wanted() -> Draft {
    Draft {
        practitioner: Some("Dr Ama Owusu".to_owned()),
        date: Some("Tomorrow, Tuesday 24 November".to_owned()),
        time: Some("in the morning".to_owned()),
        ..Draft::default()
    }
}

fn welcome() -> View {
    View {
        choices: actions(&[
            (Action::Book, "Book an appointment"),
            (Action::CallStaff, "Call staff"),
        ])
        .collect(),
        ..view(Screen::Welcome, "")
    }
}

fn without_a_microphone() -> View {
    View {
        capabilities: Capabilities {
            speech_in: false,
            ..ALL
        },
        ..welcome()
    }
}

fn levels() -> Vec<Update> {
    let level = |step: usize| 0.02 + 0.05 * ((step * 7 % 11) as f32 / 11.0);
    (0..40)
        .map(|step| Update::Level(level(step), step > 12))
        .collect()
}

fn without_a_voice() -> View {
    View {
        capabilities: Capabilities {
            speech_out: false,
            ..ALL
        },
        ..greeting()
    }
}

fn greeting() -> View {
    View {
        choices: actions(&[
            (Action::Book, "Book an appointment"),
            (Action::FindAppointment, "My appointment"),
            (Action::JoinQueue, "Wait today"),
        ])
        .collect(),
        transcript: heard("I want to see", Activity::Listening),
        ..view(
            Screen::Listening,
            "Which doctor would you like to see, and when?",
        )
    }
}

fn listening() -> View {
    let soonest = offer(ChoiceKind::Day, "soonest", "As soon as possible", "");
    View {
        choices: vec![soonest],
        draft: Draft {
            practitioner: Some("Dr Ama Owusu".to_owned()),
            ..Draft::default()
        },
        calendar: Some(Calendar {
            days: days(None),
            times: vec![],
        }),
        transcript: heard("tomorrow in the morning if that is", Activity::Listening),
        ..view(
            Screen::Listening,
            "When would you like to see Dr Ama Owusu?",
        )
    }
}

/// Four weeks from a Monday on, with a full Wednesday, a feast and closed weekends.
fn days(shown: Option<usize>) -> Vec<CalendarDay> {
    let weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let whole = [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ];
    (0..28)
        .map(|ahead| {
            let (day, month) = if ahead < 8 {
                (23 + ahead, "Nov")
            } else {
                (ahead - 7, "Dec")
            };
            let state = match (ahead, ahead % 7) {
                (_, 5 | 6) | (11, _) => DayState::Closed,
                (2, _) => DayState::Full,
                (_, _) => DayState::Open,
            };
            CalendarDay {
                id: format!("day-{ahead}"),
                weekday: weekdays[ahead % 7].to_owned(),
                day: day.to_string(),
                month: month.to_owned(),
                label: format!("{} {day} {month}", whole[ahead % 7]),
                state,
                shown: shown == Some(ahead),
            }
        })
        .collect()
}

fn times() -> Vec<CalendarTime> {
    let time = |label: String, state| CalendarTime {
        id: label.clone(),
        label,
        state,
    };
    let clock = |minutes: usize| {
        let (hour, half) = (minutes / 60, if minutes < 720 { "am" } else { "pm" });
        format!("{}:{:02} {half}", (hour + 11) % 12 + 1, minutes % 60)
    };
    let slots = |from: usize, to: usize| (from..to).step_by(20);
    let state = |minutes: usize| {
        if minutes % 60 == 10 || minutes == 590 {
            TimeState::Taken
        } else {
            TimeState::Free
        }
    };
    let slot = |minutes| time(clock(minutes), state(minutes));
    let gap = time("12:30 pm – 1:30 pm".to_owned(), TimeState::Outside);
    slots(510, 750)
        .map(slot)
        .chain([gap])
        .chain(slots(810, 930).map(slot))
        .collect()
}

fn choose_practitioner() -> View {
    let doctor = |id, name, specialty| offer(ChoiceKind::Practitioner, id, name, specialty);
    let specialty = |id, name| offer(ChoiceKind::Specialty, id, name, "");
    View {
        choices: vec![
            specialty("general-practice", "General practice"),
            specialty("paediatrics", "Children’s health"),
            specialty("antenatal", "Antenatal care"),
            specialty("dental", "Dental care"),
            specialty("eye", "Eye care"),
            specialty("sexual-health", "Sexual health"),
            doctor("p1", "Dr Ama Owusu", "General practice"),
            doctor("p2", "Dr Kwame Asante", "General practice"),
            doctor("p3", "Dr Efua Mensah-Bonsu", "Children’s health"),
            doctor("p4", "Dr Chidi Okafor", "Dental care"),
            doctor("p5", "Dr Yaa Boateng", "Eye care"),
            doctor("p6", "Dr Fatima Bello", "Women’s health"),
            doctor("p7", "Dr Ọláwálé Adéṣínà", "General practice"),
            doctor("anyone", "Any doctor", ""),
        ],
        transcript: heard("I want to see a doctor", Activity::Speaking),
        ..view(Screen::ChoosePractitioner, "Whom would you like to see?")
    }
}

fn slot(id: &str, time: &str) -> Choice {
    let detail = "Tomorrow, Tuesday 24 November\nDr Ama Owusu";
    offer(ChoiceKind::Slot, id, time, detail)
}

fn choose_slot() -> View {
    View {
        choices: [
            slot("s1", "8:30 am"),
            slot("s2", "9:30 am"),
            slot("s3", "11:30 am"),
        ]
        .into_iter()
        .chain(actions(&[
            (Action::Earlier, "Earlier"),
            (Action::Later, "Later"),
            (Action::AnotherDay, "Another day"),
            (Action::AnotherPractitioner, "Another doctor"),
        ]))
        .collect(),
        draft: wanted(),
        calendar: Some(Calendar {
            days: days(Some(1)),
            times: times(),
        }),
        transcript: heard(
            "tomorrow in the morning if that is possible",
            Activity::Speaking,
        ),
        ..view(Screen::ChooseSlot, "Which time suits you?")
    }
}

fn which_appointment() -> View {
    let other = offer(
        ChoiceKind::Slot,
        "s4",
        "2:00 pm",
        "Thursday 3 December\nDr Chidi Okafor",
    );
    View {
        choices: vec![slot("s2", "9:30 am"), other],
        ..view(Screen::ChooseSlot, "Which appointment?")
    }
}

fn called(urgent: bool, answer: StaffAnswer) -> View {
    let prompt = match (urgent, answer) {
        (true, _) => {
            "Please tell the staff now. Go to the reception desk or ask somebody near you."
        }
        (false, StaffAnswer::Ringing) => {
            "I have rung for the staff. You can also go to the reception desk."
        }
        (false, StaffAnswer::Coming) => {
            "Somebody from the staff has answered and is coming to you."
        }
        (false, StaffAnswer::Nobody) => {
            "Nobody has answered yet. Please go to the reception desk. They will help you there."
        }
    };
    View {
        prompt: prompt.into(),
        staff: Some(StaffCall { urgent, answer }),
        ..reception()
    }
}

fn enter_name() -> View {
    View {
        draft: wanted(),
        ..view(Screen::EnterName, "Please type your name.")
    }
}

fn proposed_name() -> View {
    View {
        choices: actions(&[(Action::Yes, "Yes"), (Action::No, "No")]).collect(),
        draft: Draft {
            name: Some(PATIENT.into()),
            ..wanted()
        },
        ..view(Screen::EnterName, "Is your name written correctly?")
    }
}

fn enter_phone() -> View {
    View {
        choices: actions(&[(Action::No, "I have no phone")]).collect(),
        draft: Draft {
            name: Some(PATIENT.into()),
            ..wanted()
        },
        ..view(Screen::EnterPhone, "What is your phone number?")
    }
}

fn enter_birth_date() -> View {
    View {
        choices: actions(&[(Action::No, "I don’t know it")]).collect(),
        draft: wanted(),
        ..view(Screen::EnterBirthDate, "Your date of birth")
    }
}

fn agreeing() -> View {
    View {
        draft: Draft {
            birth_date: Some("2 March 1990".into()),
            ..confirm().draft
        },
        ..View {
            screen: Screen::Question,
            prompt: "May the clinic keep these details, to find your appointment?".into(),
            ..confirm()
        }
    }
}

fn walk_in() -> View {
    View {
        choices: actions(&[(Action::Yes, "Yes"), (Action::No, "No")]).collect(),
        ..view(Screen::Question, "Wait today without an appointment?")
    }
}

fn queue_number() -> View {
    View {
        queue: Some(Queued {
            number: 12,
            ahead: 3,
        }),
        ..View {
            prompt: "Your number is 12. 3 before you, about 60 minutes.".into(),
            ..done()
        }
    }
}

fn confirm() -> View {
    View {
        choices: actions(&[(Action::Yes, "Yes, book it"), (Action::No, "No")]).collect(),
        draft: Draft {
            time: Some("9:30 am".to_owned()),
            name: Some(PATIENT.into()),
            phone: Some("024 412 3456".into()),
            ..wanted()
        },
        ..view(Screen::Confirm, "Shall I book this?")
    }
}

fn booked() -> View {
    View {
        booked: Some(Booked {
            code: "K7M4PR".to_owned(),
            practitioner: "Dr Ama Owusu".to_owned(),
            date: "Tomorrow, Tuesday 24 November".to_owned(),
            time: "9:30 am".to_owned(),
            to_confirm: false,
        }),
        ..view(Screen::Booked, "You are booked.")
    }
}

fn on_paper(view: View, paper: Paper) -> View {
    View {
        paper: Some(paper),
        ..view
    }
}

fn my_appointment() -> View {
    let offered = [
        (Action::Reschedule, "Change it"),
        (Action::Cancel, "Cancel it"),
        (Action::CheckIn, "Check in"),
        (Action::Goodbye, "Finish"),
    ];
    View {
        choices: actions(&offered).collect(),
        draft: Draft {
            time: Some("9:30 am".to_owned()),
            name: Some(PATIENT.into()),
            ..wanted()
        },
        transcript: heard("when is my appointment", Activity::Speaking),
        ..view(
            Screen::Confirm,
            "This is your appointment. What would you like to do?",
        )
    }
}

fn done() -> View {
    View {
        choices: actions(&[(Action::Goodbye, "Finish")]).collect(),
        ..view(Screen::Done, "Your appointment is cancelled")
    }
}

fn reception() -> View {
    View {
        choices: actions(&[(Action::StartAgain, "Start again")]).collect(),
        ..view(
            Screen::Reception,
            "Please see reception. They will help you.",
        )
    }
}
