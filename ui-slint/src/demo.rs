//! One moment of every page, with an invented patient: for pictures and tests.

use crate::link::Update;
use kiosk_protocol::{
    Action, Activity, Booked, Capabilities, Choice, ChoiceKind, Draft, Queued, Screen, Timeout,
    Transcript, View,
};

const PATIENT: &str = "Grace Mensah";
const ALL: Capabilities = Capabilities {
    speech_in: true,
    speech_out: true,
    booking: true,
};

/// Names of the moments, each with what the link tells until then.
pub fn every_page() -> Vec<(&'static str, Vec<Update>)> {
    let mut pages = vec![
        ("starting", vec![]),
        ("one-moment", vec![connected(), Update::Gone]),
        ("no-microphone", shown(without_a_microphone())),
        (
            "no-bookings",
            shown(View {
                capabilities: Capabilities {
                    booking: false,
                    ..ALL
                },
                ..welcome()
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
        ("my-appointment", shown(my_appointment())),
        ("done", shown(done())),
        ("queue-number", shown(queue_number())),
        ("reception", shown(reception())),
        ("problem", shown(view(Screen::Problem, ""))),
    ]);
    pages
}

fn connected() -> Update {
    Update::Connected("Adabraka Clinic".to_owned())
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

fn listening() -> View {
    View {
        draft: Draft {
            practitioner: Some("Dr Ama Owusu".to_owned()),
            ..Draft::default()
        },
        transcript: heard("tomorrow in the morning if that is", Activity::Listening),
        ..view(Screen::Listening, "On which day would you like to come?")
    }
}

fn choose_practitioner() -> View {
    let doctor = |id, name, specialty| offer(ChoiceKind::Practitioner, id, name, specialty);
    View {
        choices: vec![
            doctor("p1", "Dr Ama Owusu", "General practice"),
            doctor("p2", "Dr Kwame Asante", "General practice"),
            doctor("p3", "Dr Efua Mensah-Bonsu", "Children’s health"),
            doctor("p4", "Dr Chidi Okafor", "Dental care"),
            doctor("p5", "Dr Yaa Boateng", "Eye care"),
            doctor("p6", "Dr Fatima Bello", "Women’s health"),
        ],
        transcript: heard("I want to see a doctor", Activity::Speaking),
        ..view(Screen::ChoosePractitioner, "Whom would you like to see?")
    }
}

fn choose_slot() -> View {
    let slot = |id, time| {
        offer(
            ChoiceKind::Slot,
            id,
            time,
            "Tomorrow, Tuesday 24 November\nDr Ama Owusu",
        )
    };
    View {
        choices: [
            slot("s1", "9:00 am"),
            slot("s2", "9:30 am"),
            slot("s3", "11:00 am"),
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
        transcript: heard(
            "tomorrow in the morning if that is possible",
            Activity::Speaking,
        ),
        ..view(Screen::ChooseSlot, "Which time suits you?")
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
