//! Records as staff is shown them: statuses as states, instants as the clinic's days and
//! times in words. Pure.

use crate::store::{AppointmentRecord, PatientRecord};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use kiosk_core::clinic::{FreeSlot, Practitioner, PractitionerId};
use kiosk_core::dialogue::{Setting, calendar_day, calendar_times, planned};
use kiosk_core::wording::Sentence;
use kiosk_protocol::control::{AlertKind, AlertRow};
use kiosk_protocol::{
    AppointmentState, Calendar, CalendarDay, Choice, ChoiceKind, DayState, Private, StaffAct,
    StaffAppointment, StaffCallRow, StaffDay, StaffPractitioner,
};

/// The language of days and times.
#[derive(Debug, Clone)]
pub(super) struct Language {
    /// BCP 47.
    pub code: String,
    index: Option<usize>,
}

impl Language {
    /// The one with this code, where the screen has it; else the kiosk's own.
    pub fn of(setting: &Setting, code: Option<&str>) -> Self {
        let wording = &setting.wording;
        let mut beside = wording.languages();
        let index = code.and_then(|code| beside.position(|it| it == code));
        let named = index.and_then(|index| wording.languages().nth(index));
        Self {
            code: named.unwrap_or(wording.language()).to_owned(),
            index,
        }
    }

    fn text(&self, sentence: &Sentence) -> String {
        sentence.shown_in(self.index).expose().to_owned()
    }

    fn time(&self, setting: &Setting, at: Timestamp) -> String {
        self.text(&setting.wording.time(setting.local(at).time()))
    }

    /// The day of an instant.
    pub fn date(&self, setting: &Setting, at: Timestamp, now: Timestamp) -> String {
        let (day, today) = (setting.local(at).date(), setting.local(now).date());
        self.text(&setting.wording.date(day, today))
    }

    pub fn day(&self, setting: &Setting, day: Date, now: Timestamp) -> StaffDay {
        let today = setting.local(now).date();
        StaffDay {
            id: day.to_string(),
            label: self.text(&setting.wording.date(day, today)),
            before: day.saturating_sub(1.day()).to_string(),
            after: day.saturating_add(1.day()).to_string(),
        }
    }

    /// With what a list tells; the rest is added where it is shown.
    pub fn appointment(&self, setting: &Setting, record: &AppointmentRecord) -> StaffAppointment {
        StaffAppointment {
            id: record.id.0.clone(),
            time: self.time(setting, record.start),
            date: String::new(),
            practitioner: setting.practitioner_name(&record.practitioner).to_owned(),
            patient: record.patient_name.clone(),
            phone: Private::default(),
            birth_date: Private::default(),
            code: record.code.clone(),
            state: state(&record.status),
            number: None,
            conflict: record.conflict,
            alternatives: Vec::new(),
            ring_back: None,
        }
    }

    /// Somebody without an appointment to come.
    pub fn patient(&self, setting: &Setting, patient: &PatientRecord) -> StaffAppointment {
        let birth_date = patient.birth_date.as_ref();
        let birth_date = birth_date.map(|it| self.text(&setting.wording.birth_date(it.0)));
        StaffAppointment {
            id: String::new(),
            time: String::new(),
            date: String::new(),
            practitioner: String::new(),
            patient: patient.name.clone(),
            phone: patient.phone.clone().unwrap_or_default(),
            birth_date: birth_date.map(Private::new).unwrap_or_default(),
            code: String::new(),
            state: AppointmentState::None,
            number: None,
            conflict: false,
            alternatives: Vec::new(),
            ring_back: None,
        }
    }

    pub fn call(&self, setting: &Setting, row: &AlertRow, now: Timestamp) -> StaffCallRow {
        let raised: Timestamp = row.raised_at.parse().unwrap_or(now);
        let waited = now.duration_since(raised).as_mins();
        StaffCallRow {
            id: row.id.clone(),
            urgent: row.kind == AlertKind::Urgent,
            since: self.time(setting, raised),
            minutes: u32::try_from(waited).unwrap_or(0),
        }
    }

    /// A free time that is offered by itself.
    pub fn slot(&self, setting: &Setting, slot: &FreeSlot, now: Timestamp) -> Choice {
        Choice {
            id: slot.id.0.clone(),
            kind: ChoiceKind::Slot,
            label: self.time(setting, slot.start),
            detail: self.date(setting, slot.start, now),
        }
    }

    /// All days that can be booked with these people, and the times of one: of `shown`, or
    /// of the first with a free one.
    pub fn calendar(
        &self,
        setting: &Setting,
        (people, free, shown): (&[PractitionerId], &[FreeSlot], Option<Date>),
        now: Timestamp,
    ) -> Calendar {
        let today = setting.local(now).date();
        let day_of = |slot: &FreeSlot| setting.local(slot.start).date();
        let shown = shown.or(free.first().map(day_of)).unwrap_or(today);
        let state = |day: Date| {
            if free.iter().any(|slot| day_of(slot) == day) {
                DayState::Open
            } else if planned(setting, people, day)
                .keys()
                .any(|start| *start >= now)
            {
                DayState::Full
            } else {
                DayState::Closed
            }
        };
        let horizon = usize::from(setting.horizon_days);
        let days = today.series(1.day()).take(horizon);
        Calendar {
            days: days
                .map(|day| CalendarDay {
                    state: state(day),
                    shown: day == shown,
                    ..calendar_day(setting, day, today, self.index)
                })
                .collect(),
            times: calendar_times(setting, (people, free), shown, now, self.index),
        }
    }
}

/// With the day's appointments and whose list it is left to be told.
pub(super) fn practitioner(
    practitioner: &Practitioner,
    late: &[(PractitionerId, u16)],
) -> StaffPractitioner {
    let own = late.iter().find(|(id, _)| *id == practitioner.id);
    StaffPractitioner {
        id: practitioner.id.0.clone(),
        name: practitioner.name.clone(),
        appointments: 0,
        late_minutes: own.map_or(0, |(_, minutes)| *minutes),
        shown: false,
    }
}

/// It has taken place, or is to.
pub(super) fn is_meant(record: &AppointmentRecord) -> bool {
    state(&record.status) != AppointmentState::Cancelled
}

/// A FHIR R4 appointment status, as the desk calls it.
fn state(status: &str) -> AppointmentState {
    match status {
        "arrived" | "checked-in" => AppointmentState::Here,
        "fulfilled" => AppointmentState::Seen,
        "noshow" => AppointmentState::Missed,
        "cancelled" | "entered-in-error" => AppointmentState::Cancelled,
        _ => AppointmentState::Expected,
    }
}

/// What is offered for it. Whether it may be done is the store's to say.
pub(super) fn acts(record: &AppointmentRecord) -> Vec<StaffAct> {
    match record.status.as_str() {
        "booked" => vec![
            StaffAct::Arrive,
            StaffAct::Move,
            StaffAct::NoShow,
            StaffAct::Cancel,
        ],
        "pending" => vec![StaffAct::Move, StaffAct::Cancel],
        "arrived" | "checked-in" => vec![StaffAct::Finish, StaffAct::NoShow],
        "noshow" => vec![StaffAct::Arrive],
        _ => Vec::new(),
    }
}

/// The instant at which the clinic's day begins.
pub(super) fn start_of(setting: &Setting, day: Date) -> Timestamp {
    setting
        .zone
        .to_ambiguous_zoned(day.at(0, 0, 0, 0))
        .compatible()
        .map_or(Timestamp::MAX, |it| it.timestamp())
}
