//! A patient's side of the dialogue, with a slot book in memory.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use kiosk_core::clinic::roster_file::RosterFile;
use kiosk_core::clinic::{
    self, AppointmentId, Booking, BookingOutcome, Clues, FreeSlot, Held, Known, Match, PatientId,
    PractitionerId, PrivateDate, Settled, SlotId, SlotQuery, Ticket,
};
use kiosk_core::dialogue::{Alert, Dialogue, Effect, Event, Manner, Setting, Slip};
use kiosk_core::wording::Wording;
use kiosk_protocol::{Capabilities, Outcome, Paper, Private, View};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A kiosk without sound or disk: the dialogue, a clock and a slot book.
pub struct Kiosk {
    pub dialogue: Dialogue,
    pub now: Timestamp,
    pub zone: TimeZone,
    pub said: Vec<String>,
    pub booked: Vec<(Booking, FreeSlot)>,
    pub ended: Option<Outcome>,
    pub staff_called: Option<Alert>,
    pub manner: Manner,
    /// What somebody else takes in the moment in which the patient says yes.
    pub next_is_taken: bool,
    /// The central server is away, and no slot is leased.
    pub is_offline: bool,
    pub next_fails: bool,
    /// The patient has another appointment at the time that they confirm next.
    pub patient_is_busy: bool,
    /// Answers to questions are kept back and come in late.
    pub store_is_silent: bool,
    /// What is said is never over: the test interrupts it.
    pub speaks_on: bool,
    slots: Vec<FreeSlot>,
    taken: BTreeSet<SlotId>,
    /// Patients on record.
    pub patients: Vec<OnRecord>,
    /// What was cancelled, moved or checked in.
    pub settled: Vec<String>,
    /// Patients before whoever checks in.
    pub waiting: usize,
    /// Whether the ticket printer has paper; none: there is no printer.
    pub printer: Option<bool>,
    /// Tickets that were sent to it.
    pub slips: Vec<Slip>,
}

/// A patient who was here before.
pub struct OnRecord {
    pub name: Private,
    pub phone: Option<Private>,
    pub birth_date: Option<Date>,
    pub last_seen: Option<PractitionerId>,
    pub held: Vec<Held>,
}

impl Kiosk {
    pub fn new(now: DateTime) -> Self {
        let file: RosterFile =
            toml::from_str(include_str!("../../../../provisioning/sample-clinic.toml")).unwrap();
        assert_eq!(file.problems(), Vec::<String>::new());
        let zone = TimeZone::get(&file.clinic.time_zone).unwrap();
        let now = zone.to_timestamp(now).unwrap();
        let today = zone.to_datetime(now).date();
        let last =
            today.saturating_add(jiff::Span::new().days(i64::from(file.clinic.horizon_days)));
        let slots = file
            .practitioners
            .iter()
            .flat_map(|entry| {
                let closures = file.all_closures(today);
                let planned = clinic::slots(entry, &closures, &zone, today, last);
                planned.into_iter().map(|slot| FreeSlot {
                    id: slot.id,
                    practitioner: entry.id.clone(),
                    start: slot.start,
                    end: slot.end,
                })
            })
            .collect();
        let setting = Setting {
            clinic_name: file.clinic.name.clone(),
            zone: zone.clone(),
            regions: file.clinic.regions.clone(),
            horizon_days: file.clinic.horizon_days,
            roster: file.roster(today),
            wording: wording(),
        };
        let mut number = 0;
        let new_id = Box::new(move || {
            number += 1;
            AppointmentId(format!("appointment-{number}"))
        });
        let capabilities = Capabilities {
            speech_in: true,
            speech_out: true,
            booking: true,
        };
        Self {
            dialogue: Dialogue::new(Arc::new(setting), capabilities, new_id),
            now,
            zone,
            said: Vec::new(),
            booked: Vec::new(),
            ended: None,
            staff_called: None,
            manner: Manner::default(),
            next_is_taken: false,
            is_offline: false,
            next_fails: false,
            patient_is_busy: false,
            store_is_silent: false,
            speaks_on: false,
            slots,
            taken: BTreeSet::new(),
            patients: Vec::new(),
            settled: Vec::new(),
            waiting: 0,
            printer: None,
            slips: Vec::new(),
        }
    }

    /// Somebody else has this slot.
    #[allow(dead_code, reason = "not every test needs it")]
    pub fn takes(&mut self, slot: &str) {
        self.taken.insert(SlotId(slot.to_owned()));
    }

    /// Tells the dialogue, carries out its effects, and lets the kiosk finish speaking.
    pub fn tell(&mut self, event: Event) {
        let mut events = vec![event];
        while !events.is_empty() {
            let due = std::mem::take(&mut events);
            let step = |event| self.dialogue.step(self.now, event);
            let effects: Vec<Effect> = due.into_iter().flat_map(step).collect();
            for effect in effects {
                events.extend(self.carry_out(effect));
            }
        }
    }

    fn carry_out(&mut self, effect: Effect) -> Option<Event> {
        match effect {
            Effect::Say { id, text, .. } => {
                self.said.push(text.expose().to_owned());
                (!self.speaks_on).then_some(Event::Spoken(id))
            }
            Effect::FindSlots(question, query) => {
                let found = self.find(&query);
                (!self.store_is_silent).then_some(Event::Slots(question, found))
            }
            Effect::Book(question, booking) => {
                let outcome = self.book(booking);
                (!self.store_is_silent).then_some(Event::Booked(question, outcome))
            }
            Effect::FindPatients(question, clues) => {
                let found = self.records(&clues);
                (!self.store_is_silent).then_some(Event::Patients(question, found))
            }
            Effect::JoinQueue(question, walk_in) => {
                assert!(!walk_in.practitioners.is_empty());
                self.settled.push("queued".to_owned());
                let settled = Settled::Queued(self.ticket());
                (!self.store_is_silent).then_some(Event::Settled(question, settled))
            }
            Effect::Manner(manner) => {
                self.manner = manner;
                None
            }
            Effect::Cancel(question, id) => {
                self.settled.push(format!("cancelled {id}"));
                (!self.store_is_silent).then_some(Event::Settled(question, Settled::Cancelled))
            }
            Effect::Move(question, id, slot) => {
                let outcome = self.take(&slot);
                if let BookingOutcome::Booked { .. } = outcome {
                    self.settled.push(format!("moved {id} to {slot}"));
                }
                (!self.store_is_silent).then_some(Event::Booked(question, outcome))
            }
            Effect::CheckIn(question, id) => {
                self.settled.push(format!("checked in {id}"));
                let settled = Settled::Queued(self.ticket());
                (!self.store_is_silent).then_some(Event::Settled(question, settled))
            }
            Effect::CallStaff(alert) => {
                self.staff_called = Some(alert);
                None
            }
            Effect::Print(question, slip) => {
                let has_paper = self.printer?;
                self.slips.push(slip);
                let paper = if has_paper {
                    Paper::Printed
                } else {
                    Paper::Failed
                };
                Some(Event::Paper(question, paper))
            }
            Effect::End(outcome) => {
                self.ended = Some(outcome);
                None
            }
            Effect::StopSpeaking | Effect::Expect(_) | Effect::Hold(..) => None,
        }
    }

    pub fn find(&self, query: &SlotQuery) -> Vec<FreeSlot> {
        let mut found: Vec<FreeSlot> = self
            .slots
            .iter()
            .filter(|slot| !self.taken.contains(&slot.id))
            .filter(|slot| {
                query.practitioners.is_empty() || query.practitioners.contains(&slot.practitioner)
            })
            .filter(|slot| (query.from..query.until).contains(&slot.start))
            .filter(|slot| {
                let time = self.zone.to_datetime(slot.start).time();
                query
                    .time_of_day
                    .is_none_or(|(from, to)| (from..to).contains(&time))
            })
            .cloned()
            .collect();
        found.sort_by_key(|slot| slot.start);
        found.truncate(query.limit);
        found
    }

    fn take(&mut self, slot: &SlotId) -> BookingOutcome {
        if std::mem::take(&mut self.next_fails) {
            return BookingOutcome::Failed;
        }
        if std::mem::take(&mut self.patient_is_busy) {
            return BookingOutcome::PatientBusy;
        }
        if std::mem::take(&mut self.next_is_taken) {
            self.taken.insert(slot.clone());
        }
        if !self.taken.insert(slot.clone()) {
            return BookingOutcome::SlotTaken;
        }
        BookingOutcome::Booked {
            code: "K7M4".to_owned(),
            to_confirm: self.is_offline,
        }
    }

    fn ticket(&self) -> Ticket {
        Ticket {
            number: 12,
            ahead: self.waiting,
            minutes: 20 * self.waiting as i64,
        }
    }

    fn records(&self, clues: &Clues) -> Vec<Known> {
        fn fits<T: PartialEq>(told: Option<&T>, known: Option<&T>) -> Match {
            match known {
                None => Match::Absent,
                Some(known) if told == Some(known) => Match::Same,
                Some(_) => Match::Other,
            }
        }
        let known = |(index, one): (usize, &OnRecord)| Known {
            id: PatientId(format!("patient-{}", index + 1)),
            name: one.name.clone(),
            phone: fits(clues.phone.as_ref(), one.phone.as_ref()),
            birth_date: fits(
                clues.birth_date.as_ref(),
                one.birth_date.map(PrivateDate).as_ref(),
            ),
            last_seen: one.last_seen.clone(),
            held: one.held.clone(),
        };
        let found = self.patients.iter().enumerate().map(known);
        found
            .filter(|known| known.phone == Match::Same || known.birth_date == Match::Same)
            .collect()
    }

    /// Somebody was here before: name, number, birth date (`-` where there is none), whom
    /// they saw last.
    pub fn was_here(&mut self, name: &str, phone: &str, birth_date: &str, last_seen: &str) {
        let given = |text: &str| (text != "-").then(|| text.to_owned());
        self.patients.push(OnRecord {
            name: name.into(),
            phone: given(phone).map(Private::from),
            birth_date: given(birth_date).map(|text| text.parse().unwrap()),
            last_seen: given(last_seen).map(PractitionerId),
            held: Vec::new(),
        });
    }

    /// Somebody has booked before: practitioner, local start, and who, as in `was_here`.
    pub fn has_booked(
        &mut self,
        practitioner: &str,
        start: DateTime,
        [name, phone, birth_date]: [&str; 3],
    ) {
        let start = self.zone.to_timestamp(start).unwrap();
        let slot = self
            .slots
            .iter()
            .find(|slot| slot.practitioner.0 == practitioner && slot.start == start)
            .expect("an appointment is on a slot of the sample clinic")
            .clone();
        self.taken.insert(slot.id.clone());
        let number: usize = self.patients.iter().map(|one| one.held.len()).sum();
        let held = Held {
            id: AppointmentId(format!("held-{}", number + 1)),
            code: "WQQF".to_owned(),
            practitioner: slot.practitioner,
            start: slot.start,
            end: slot.end,
            checked_in: false,
        };
        let same = |one: &&mut OnRecord| {
            one.name.expose() == name
                && one
                    .phone
                    .as_ref()
                    .is_some_and(|known| known.expose() == phone)
        };
        if let Some(one) = self.patients.iter_mut().find(same) {
            one.held.push(held);
        } else {
            self.was_here(name, phone, birth_date, practitioner);
            self.patients.last_mut().unwrap().held.push(held);
        }
    }

    fn book(&mut self, booking: Booking) -> BookingOutcome {
        let outcome = self.take(&booking.slot);
        if !matches!(outcome, BookingOutcome::Booked { .. }) {
            return outcome;
        }
        let slot = self
            .slots
            .iter()
            .find(|slot| slot.id == booking.slot)
            .expect("only offered slots are booked")
            .clone();
        self.booked.push((booking, slot));
        outcome
    }

    /// Lets `seconds` pass, with every tick that falls due.
    pub fn wait(&mut self, seconds: i64) {
        let until = self.now + SignedDuration::from_secs(seconds);
        while let Some(at) = self.dialogue.wake_at().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.tell(Event::Tick);
        }
        self.now = until;
    }

    pub fn view(&self) -> View {
        self.dialogue.view(self.now)
    }
}

/// English, and the languages of the screen.
fn wording() -> Wording {
    let english = include_str!("../../../wording/en-GH.ftl");
    let beside = [
        ("tw", include_str!("../../../wording/tw.ftl")),
        ("yo", include_str!("../../../wording/yo.ftl")),
        ("ig", include_str!("../../../wording/ig.ftl")),
        ("ha", include_str!("../../../wording/ha.ftl")),
    ];
    let own = Wording::load("en-GH", english).unwrap();
    beside.into_iter().fold(own, |wording, (code, fluent)| {
        wording.and(code, fluent).unwrap()
    })
}
