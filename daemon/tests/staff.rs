//! Staff at the panel: the real kioskd, spoken to as a panel does.
#![allow(clippy::unwrap_used, clippy::wildcard_enum_match_arm)]

#[path = "support/kiosk.rs"]
mod kiosk;
#[path = "support/night_clinic.rs"]
mod night_clinic;

use jiff::{Timestamp, ToSpan};
use kiosk::{Kiosk, Panel};
use kiosk_core::clinic::{
    AppointmentId, Booking, BookingOutcome, FreeSlot, NewPatient, Patient, PrivateDate, SlotQuery,
};
use kiosk_daemon::store::{Store, StoreHandle, wait};
use kiosk_protocol::control::{Reply, Request};
use kiosk_protocol::{
    Action, AppointmentState, ClientMessage, Diagnosis, Exported, Refusal, Role, Screen,
    ServerMessage, SpeakerTest, StaffAct, StaffNotice, StaffPage, StaffRequest, StaffView,
    TechnicianRequest, TechnicianView, TimeState,
};
use night_clinic::night_clinic;

const PIN: &str = "402817";
/// Nobody else has these names.
const PATIENTS: [&str; 4] = [
    "Abena Plantedone",
    "Kwame Plantedtwo",
    "Efua Plantedthree",
    "Yaw Plantedfour",
];

const DOCTORS: [(&str, &str); 2] = [
    ("ama-owusu", "Dr Ama Owusu"),
    ("kofi-boateng", "Dr Kofi Boateng"),
];

#[test]
fn wrong_pins_lock_the_panel_also_over_a_restart() {
    let mut kiosk = open(&[]);
    let mut panel = kiosk.panel();
    assert_eq!(refused(&mut panel, PIN), Refusal::NoPin);
    set_pin(&kiosk, "reception", Role::Staff, PIN);
    for tries_left in [4, 3, 2, 1] {
        assert_eq!(refused(&mut panel, "402818"), Refusal::Wrong { tries_left });
    }
    let locked = |refusal| match refusal {
        Refusal::Locked { seconds_left } => seconds_left,
        other => panic!("{other:?}"),
    };
    assert!(locked(refused(&mut panel, "402819")) <= 60);
    locked(refused(&mut panel, PIN));
    drop(panel);
    kiosk.kill_and_start_again();
    let mut panel = kiosk.panel();
    let left = locked(refused(&mut panel, PIN));
    assert!((1..=60).contains(&left), "{left}");

    set_pin(&kiosk, "reception", Role::Staff, PIN);
    let view = unlock(&mut panel, PIN);
    assert_eq!(
        (view.page, view.who.as_str()),
        (StaffPage::Day, "reception")
    );
    assert!(!kiosk.log().contains(PIN) && !kiosk.log().contains("402818"));
    assert_eq!(
        audited(&kiosk, ""),
        ["set", "lock-out", "set", "unlock"],
        "what was tried at the panel stands in the audit log"
    );
}

#[test]
fn a_pin_that_anybody_would_try_or_that_somebody_else_has_is_not_taken() {
    let kiosk = open(&[]);
    let error = |label: &str, pin: &str| {
        let reply = kiosk.ask(&Request::SetPin {
            label: label.to_owned(),
            role: Role::Staff,
            pin: pin.into(),
        });
        match reply {
            Reply::Error { message } => message,
            other => panic!("{other:?}"),
        }
    };
    assert!(error("desk", "123456").contains("choose another"));
    assert!(error("desk", "4028").contains("6 to 32"));
    assert!(error(" ", PIN).contains("label"));
    set_pin(&kiosk, "desk", Role::Staff, PIN);
    assert!(error("somebody else", PIN).contains("somebody else has"));
    let Reply::Pins { rows } = kiosk.ask(&Request::Pins) else {
        panic!("expected PINs")
    };
    assert_eq!(rows.len(), 1);
    let id = rows[0].id.clone();
    kiosk.ask(&Request::RevokePin { id });
    assert_eq!(refused(&mut kiosk.panel(), PIN), Refusal::NoPin);
}

#[test]
fn staff_works_through_a_days_list() {
    let mut kiosk = open(&[]);
    let ids = with_records(&mut kiosk, |store| {
        let slots = free(store);
        PATIENTS
            .iter()
            .zip(slots.chunks(2))
            .map(|(name, slots)| book(store, &slots[0], name))
            .collect::<Vec<_>>()
    });
    set_pin(&kiosk, "reception", Role::Staff, PIN);
    let mut panel = kiosk.panel();
    unlock(&mut panel, PIN);
    let day = day_of(&kiosk, &ids[0]);
    let list = asked(&mut panel, StaffRequest::Day { id: day });
    let names: Vec<&str> = list
        .appointments
        .iter()
        .map(|row| row.patient.expose())
        .collect();
    assert!(names.contains(&PATIENTS[0]), "{} rows", names.len());
    assert_eq!(list.practitioners.len(), 2);
    assert!(
        list.appointments.iter().all(|row| row.phone.is_empty()),
        "a list tells no more than it must"
    );
    let own = list.practitioners.iter().find(|it| it.appointments > 0);
    let own = own.unwrap().id.clone();
    let theirs = asked(&mut panel, StaffRequest::Practitioner { id: Some(own) });
    assert!(
        theirs
            .appointments
            .iter()
            .all(|row| row.practitioner == theirs.appointments[0].practitioner)
    );

    let opened = open_one(&mut panel, &ids[0]);
    assert_eq!(
        opened.chosen.as_ref().unwrap().phone.expose(),
        "+233244000001"
    );
    assert!(opened.acts.contains(&StaffAct::Arrive));
    let arrived = act(&mut panel, StaffAct::Arrive);
    assert_eq!(arrived.notice, Some(StaffNotice::Arrived));
    let shown = arrived.chosen.unwrap();
    assert_eq!(
        (shown.state, shown.number),
        (AppointmentState::Here, Some(1))
    );
    let finished = act(&mut panel, StaffAct::Finish);
    assert_eq!(finished.chosen.unwrap().state, AppointmentState::Seen);

    open_one(&mut panel, &ids[1]);
    let absent = act(&mut panel, StaffAct::NoShow);
    assert_eq!(absent.chosen.unwrap().state, AppointmentState::Missed);
    assert_eq!(
        absent.acts,
        [StaffAct::Arrive],
        "somebody may still turn up"
    );
    let late = act(&mut panel, StaffAct::Arrive);
    assert_eq!(late.chosen.unwrap().state, AppointmentState::Here);

    open_one(&mut panel, &ids[2]);
    let cancelled = act(&mut panel, StaffAct::Cancel);
    assert_eq!(cancelled.chosen.unwrap().state, AppointmentState::Cancelled);
    assert_eq!(cancelled.acts, []);
    let again = act(&mut panel, StaffAct::Arrive);
    assert_eq!(again.notice, Some(StaffNotice::NotAllowed));

    moves(&mut panel, &ids[3]);
    let status = |id: &AppointmentId| {
        let rows = kiosk.appointments().into_iter();
        rows.filter(|row| row.id == id.0)
            .map(|row| row.status)
            .next()
    };
    // The list begins with today; what was moved to later is there for certain.
    assert_eq!(status(&ids[3]).as_deref(), Some("booked"));
    assert!(!kiosk.log().contains("Planted"), "no name is logged");
}

fn moves(panel: &mut Panel, id: &AppointmentId) {
    let before = open_one(panel, id).chosen.unwrap();
    let calendar = act(panel, StaffAct::Move);
    assert_eq!(calendar.page, StaffPage::Move);
    let days = calendar.calendar.unwrap().days;
    assert_eq!(days.len(), 10);
    let other = days.into_iter().rfind(|day| !day.shown).unwrap();
    let times = asked(panel, choose(&other.id)).calendar.unwrap();
    assert!(times.days.iter().any(|day| day.id == other.id && day.shown));
    let free = times.times.iter().find(|it| it.state == TimeState::Free);
    let slot = free.unwrap().clone();
    let moved = asked(panel, choose(&slot.id));
    assert_eq!(moved.notice, Some(StaffNotice::Moved));
    assert_eq!(moved.page, StaffPage::Appointment);
    let after = moved.chosen.unwrap();
    assert_eq!((&after.code, &after.time), (&before.code, &slot.label));
    assert_ne!(after.date, before.date);
}

#[test]
fn what_somebody_else_has_changed_meanwhile_is_not_done_over() {
    let mut kiosk = open(&[]);
    let id = with_records(&mut kiosk, |store| {
        book(store, &free(store)[0], PATIENTS[0])
    });
    set_pin(&kiosk, "one", Role::Staff, PIN);
    set_pin(&kiosk, "another", Role::Staff, "713905");
    let (mut one, mut another) = (kiosk.panel(), kiosk.panel());
    unlock(&mut one, PIN);
    unlock(&mut another, "713905");
    open_one(&mut one, &id);
    open_one(&mut another, &id);
    act(&mut another, StaffAct::Arrive);
    // What has changed is shown by itself.
    let seen = staff(&mut one, "the arrival", |view| {
        let chosen = view.chosen.as_ref();
        chosen.is_some_and(|it| it.state == AppointmentState::Here)
    });
    assert!(!seen.acts.contains(&StaffAct::Cancel));
}

#[test]
fn lateness_calls_and_searches() {
    let mut kiosk = open(&[]);
    let id = with_records(&mut kiosk, |store| {
        book(store, &free(store)[0], PATIENTS[0])
    });
    set_pin(&kiosk, "reception", Role::Staff, PIN);
    let mut panel = kiosk.panel();
    panel.send(&ClientMessage::Start);
    panel.wait_for_screen(Screen::Listening);
    panel.touch(Action::CallStaff, None);
    panel.wait_for_screen(Screen::Reception);

    let mut list = unlock(&mut panel, PIN);
    // The call is noted beside the visit.
    while list.open_calls == 0 {
        list = staff(&mut panel, "the call", |_| true);
    }
    let calls = asked(
        &mut panel,
        StaffRequest::Open {
            page: StaffPage::Calls,
        },
    );
    assert!(!calls.calls[0].urgent);
    let answer = StaffRequest::Answer {
        id: calls.calls[0].id.clone(),
    };
    let answered = asked(&mut panel, answer.clone());
    assert_eq!(answered.notice, Some(StaffNotice::Answered));
    assert_eq!((answered.calls.len(), answered.open_calls), (0, 0));
    assert_eq!(asked(&mut panel, answer).notice, Some(StaffNotice::Gone));

    asked(
        &mut panel,
        StaffRequest::Open {
            page: StaffPage::Late,
        },
    );
    let late = StaffRequest::Late {
        practitioner: "ama-owusu".to_owned(),
        minutes: 30,
    };
    let late = asked(&mut panel, late);
    assert_eq!(late.notice, Some(StaffNotice::NotedLate));
    assert_eq!(late.practitioners[0].late_minutes, 30);

    let code = kiosk.appointments()[0].code.clone();
    for text in [
        "planted",
        "0244000001",
        "+233 24 400 0001",
        &code.to_lowercase(),
    ] {
        asked(
            &mut panel,
            StaffRequest::Open {
                page: StaffPage::Search,
            },
        );
        let text = text.into();
        let found = asked(&mut panel, StaffRequest::Search { text });
        assert_eq!(found.appointments.len(), 1);
        assert_eq!(found.appointments[0].id, id.0);
    }
    let text = "nobody of this name".into();
    let nobody = asked(&mut panel, StaffRequest::Search { text });
    assert!(nobody.searched && nobody.appointments.is_empty());
    let noted = audited(&kiosk, "");
    assert_eq!(noted.iter().filter(|line| *line == "search").count(), 5);
    assert!(!noted.concat().contains("lanted"));
}

#[test]
fn a_collision_is_shown_with_how_to_reach_them_and_mended_by_one_touch() {
    let mut kiosk = open(&[]);
    let slot = with_records(&mut kiosk, |store| {
        let slot = free(store)[4].clone();
        book(store, &slot, PATIENTS[0]);
        slot
    });
    kiosk.kill();
    collide(&kiosk, &slot);
    kiosk.kill_and_start_again();
    set_pin(&kiosk, "reception", Role::Staff, PIN);
    let mut panel = kiosk.panel();
    let list = unlock(&mut panel, PIN);
    assert_eq!(list.open_conflicts, 1);
    let conflicts = asked(
        &mut panel,
        StaffRequest::Open {
            page: StaffPage::Conflicts,
        },
    );
    let row = &conflicts.appointments[0];
    assert_eq!(row.patient.expose(), "Esi Elsewhere");
    assert_eq!(row.phone.expose(), "+233244000009");
    assert_eq!(row.alternatives.len(), 3);
    let mended = asked(
        &mut panel,
        StaffRequest::Choose {
            id: row.alternatives[1].id.clone(),
            appointment: Some(row.id.clone()),
        },
    );
    assert_eq!(mended.notice, Some(StaffNotice::Moved));
    assert_eq!((mended.appointments.len(), mended.open_conflicts), (0, 0));
    // It is an appointment like any other now: nobody else is given its time.
    let blocking: bool = database(&kiosk)
        .query_row(
            "SELECT blocking FROM appointments WHERE id = 'collides'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert!(blocking);
}

#[test]
fn a_technician_sees_the_box_and_nothing_of_a_patient() {
    let mut kiosk = open(&[]);
    with_records(&mut kiosk, |store| {
        book(store, &free(store)[0], PATIENTS[0])
    });
    set_pin(&kiosk, "Kojo", Role::Technician, PIN);
    let mut panel = kiosk.panel();
    let ServerMessage::Technician(view) = tries(&mut panel, PIN) else {
        panic!("expected a technician's view")
    };
    assert_eq!(view.who, "Kojo");
    let box_ = &view.diagnosis;
    assert_eq!(box_.versions.protocol, kiosk_protocol::VERSION);
    assert_eq!(box_.status.practitioners, 2);
    assert_eq!(box_.status.microphone, "not used");
    assert!(!box_.capabilities.speech_out && !box_.network.host.is_empty());
    panel.send(&ClientMessage::Staff(StaffRequest::Open {
        page: StaffPage::Day,
    }));
    let silent = technician(&mut panel, TechnicianRequest::TestSpeaker);
    assert_eq!(silent.speaker_test, Some(SpeakerTest::Silent));
    let exported = technician(&mut panel, TechnicianRequest::Export);
    let Some(Exported::Written { path }) = exported.export else {
        panic!("expected a file")
    };
    let written = std::fs::read_to_string(path).unwrap();
    let read: Diagnosis = serde_json::from_str(&written).unwrap();
    assert_eq!(read.versions, box_.versions);
    assert!(!written.contains("Planted") && !written.contains("244000001"));
    let told_of_patients = panel.messages.iter().any(|message| {
        let text = serde_json::to_string(message).unwrap();
        text.contains("Planted") || matches!(message, ServerMessage::Staff(_))
    });
    assert!(!told_of_patients);
    panel.send(&ClientMessage::Lock);
    panel.wait_for_screen(Screen::Welcome);
    assert_eq!(audited(&kiosk, "")[1..], ["unlock", "export", "lock"]);
}

fn technician(panel: &mut Panel, request: TechnicianRequest) -> TechnicianView {
    panel.send(&ClientMessage::Technician(request));
    let message = panel.wait_for("an answer", |message| {
        matches!(message, ServerMessage::Technician(_))
    });
    match message {
        ServerMessage::Technician(view) => *view,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_patients_visit_ends_where_staff_begins_and_neither_sees_the_other() {
    let mut kiosk = open(&[]);
    with_records(&mut kiosk, |store| {
        book(store, &free(store)[0], PATIENTS[0])
    });
    set_pin(&kiosk, "reception", Role::Staff, PIN);
    let (mut panel, mut other) = (kiosk.panel(), kiosk.panel());
    panel.send(&ClientMessage::Start);
    panel.wait_for_screen(Screen::Listening);
    other.wait_for_screen(Screen::Listening);
    unlock(&mut panel, PIN);
    other.wait_for_screen(Screen::Welcome);
    let before = panel.messages.len();
    other.send(&ClientMessage::Start);
    other.say("I want to see Doctor Owusu");
    panel.send(&ClientMessage::Start);
    other.send(&ClientMessage::Staff(StaffRequest::Open {
        page: StaffPage::Day,
    }));
    let refusal = refused(&mut other, "000001");
    assert!(
        matches!(refusal, Refusal::Wrong { .. }),
        "after all that: {refusal:?}"
    );
    asked(
        &mut panel,
        StaffRequest::Open {
            page: StaffPage::Late,
        },
    );
    assert!(
        panel.messages[before..]
            .iter()
            .all(|message| matches!(message, ServerMessage::Staff(_))),
        "staff is shown nothing of a conversation"
    );
    assert!(
        !other
            .messages
            .iter()
            .any(|message| matches!(message, ServerMessage::Staff(_))),
        "nobody else is shown the records"
    );
    assert_eq!(other.view().unwrap().screen, Screen::Welcome);
    panel.send(&ClientMessage::Lock);
    panel.wait_for_screen(Screen::Welcome);
    panel.send(&ClientMessage::Start);
    panel.wait_for_screen(Screen::Listening);
    // A request that comes late finds nobody.
    panel.send(&ClientMessage::Staff(StaffRequest::Open {
        page: StaffPage::Day,
    }));
    panel.send(&ClientMessage::End);
    panel.wait_for_screen(Screen::Welcome);
    assert!(matches!(
        panel.messages.last(),
        Some(ServerMessage::View(_))
    ));
}

#[test]
fn a_panel_that_nobody_touches_warns_and_then_locks_itself() {
    let kiosk = open(&[("KIOSK_PANEL_STAFF_TIMEOUT_S", "5")]);
    set_pin(&kiosk, "reception", Role::Staff, PIN);
    let mut panel = kiosk.panel();
    let view = unlock(&mut panel, PIN);
    assert_eq!(view.timeout, None);
    staff(&mut panel, "the warning", |view| view.timeout.is_some());
    panel.send(&ClientMessage::Staff(StaffRequest::StillHere));
    staff(&mut panel, "the list", |view| view.timeout.is_none());
    panel.wait_for_screen(Screen::Welcome);
    assert_eq!(audited(&kiosk, "panel"), ["unlock", "lock"]);
}

// ------------------------------------------------------------------ the clinic, and staff's hands

fn open(environment: &[(&str, &str)]) -> Kiosk {
    let kiosk = Kiosk::start(environment);
    let toml = night_clinic(&DOCTORS);
    let reply = kiosk.ask(&Request::ImportRoster { toml });
    assert!(matches!(reply, Reply::Imported { .. }), "{reply:?}");
    kiosk
}

/// Does something to the records while kioskd is away.
fn with_records<T>(kiosk: &mut Kiosk, act: impl FnOnce(&StoreHandle) -> T) -> T {
    kiosk.kill();
    let store = Store::open(&kiosk.state_folder(), Timestamp::now()).unwrap();
    let done = act(&store.handle());
    drop(store);
    kiosk.kill_and_start_again();
    done
}

/// Free slots of one doctor, at least an hour away.
fn free(store: &StoreHandle) -> Vec<FreeSlot> {
    let now = Timestamp::now();
    let query = SlotQuery {
        practitioners: vec![kiosk_core::clinic::PractitionerId("ama-owusu".to_owned())],
        from: now + 1.hour(),
        until: now + 200.hours(),
        time_of_day: None,
        limit: 50,
    };
    wait(store.free_slots(query, now)).unwrap()
}

fn book(store: &StoreHandle, slot: &FreeSlot, name: &str) -> AppointmentId {
    let id = AppointmentId(uuid::Uuid::now_v7().to_string());
    let booking = Booking {
        id: id.clone(),
        slot: slot.id.clone(),
        patient: Patient::New(NewPatient {
            name: name.into(),
            phone: Some("+233244000001".into()),
            birth_date: Some(PrivateDate("1990-03-02".parse().unwrap())),
        }),
    };
    let outcome = wait(store.book(booking, Timestamp::now())).unwrap();
    assert!(
        matches!(outcome, BookingOutcome::Booked { .. }),
        "{outcome:?}"
    );
    id
}

fn database(kiosk: &Kiosk) -> rusqlite::Connection {
    let folder = kiosk.state_folder();
    let key = std::fs::read_to_string(folder.join("kiosk.key")).unwrap();
    let database = rusqlite::Connection::open(folder.join("kiosk.db")).unwrap();
    let key = format!("PRAGMA key = \"x'{}'\"", key.trim());
    database.execute_batch(&key).unwrap();
    database
}

/// A booking that the central server made on a slot that is taken here.
fn collide(kiosk: &Kiosk, slot: &FreeSlot) {
    let sql = format!(
        "INSERT INTO patients (id, name, phone, created_at, changed_at, changed_by)
         VALUES ('elsewhere', 'Esi Elsewhere', '+233244000009', 1, 1, 'central');
         INSERT INTO appointments (id, code, status, slot, practitioner, patient, starts_at, ends_at,
                                   conflict, created_at, changed_at, changed_by)
         SELECT 'collides', 'CDFG', 'booked', id, practitioner, 'elsewhere', starts_at, ends_at,
                1, 1, 1, 'central' FROM slots WHERE id = '{}';",
        slot.id.0
    );
    database(kiosk).execute_batch(&sql).unwrap();
}

/// What was done to such subjects, oldest first.
fn audited(kiosk: &Kiosk, subject: &str) -> Vec<String> {
    let database = database(kiosk);
    let mut statement = database
        .prepare("SELECT action FROM audit_log WHERE seq IS NULL AND instr(subject || actor, ?1) ORDER BY id")
        .unwrap();
    let rows = statement.query_map([subject], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

fn day_of(kiosk: &Kiosk, id: &AppointmentId) -> String {
    let rows = kiosk.appointments();
    let row = rows.iter().find(|row| row.id == id.0).unwrap();
    row.start.date().to_string()
}

fn set_pin(kiosk: &Kiosk, label: &str, role: Role, pin: &str) {
    let reply = kiosk.ask(&Request::SetPin {
        label: label.to_owned(),
        role,
        pin: pin.into(),
    });
    assert!(matches!(reply, Reply::Pins { .. }), "{reply:?}");
}

fn tries(panel: &mut Panel, pin: &str) -> ServerMessage {
    panel.send(&ClientMessage::Unlock {
        pin: pin.into(),
        language: None,
    });
    panel.wait_for("what became of the PIN", |message| {
        matches!(
            message,
            ServerMessage::Refused(_) | ServerMessage::Staff(_) | ServerMessage::Technician(_)
        )
    })
}

fn refused(panel: &mut Panel, pin: &str) -> Refusal {
    match tries(panel, pin) {
        ServerMessage::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

fn unlock(panel: &mut Panel, pin: &str) -> StaffView {
    match tries(panel, pin) {
        ServerMessage::Staff(view) => *view,
        other => panic!("{other:?}"),
    }
}

fn staff(panel: &mut Panel, what: &str, wanted: impl Fn(&StaffView) -> bool) -> StaffView {
    let message = panel.wait_for(
        what,
        |message| matches!(message, ServerMessage::Staff(view) if wanted(view)),
    );
    match message {
        ServerMessage::Staff(view) => *view,
        other => panic!("{other:?}"),
    }
}

/// The first view after a request.
fn asked(panel: &mut Panel, request: StaffRequest) -> StaffView {
    panel.send(&ClientMessage::Staff(request));
    staff(panel, "an answer", |_| true)
}

fn open_one(panel: &mut Panel, id: &AppointmentId) -> StaffView {
    let view = asked(panel, StaffRequest::Appointment { id: id.0.clone() });
    assert_eq!(view.page, StaffPage::Appointment);
    view
}

fn act(panel: &mut Panel, act: StaffAct) -> StaffView {
    asked(panel, StaffRequest::Act { act })
}

fn choose(id: &str) -> StaffRequest {
    StaffRequest::Choose {
        id: id.to_owned(),
        appointment: None,
    }
}
