//! Staff and technicians at the panel: what they ask for and what they are shown. These
//! messages go to the one connection whose PIN was right, and to nobody else.

use crate::{Calendar, Choice, Private, Timeout};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a PIN opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The desk: appointments, queue, calls.
    Staff,
    /// The box: devices, models, errors. Nothing of a patient.
    Technician,
}

/// Why the panel stays locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Refusal {
    /// Nobody has this PIN.
    Wrong {
        /// Wrong ones that may follow before no PIN is taken for a while.
        tries_left: u32,
    },
    /// There were too many wrong ones: no PIN is looked at now.
    Locked {
        /// Until it is over.
        seconds_left: u32,
    },
    /// No PIN has been set on this box.
    NoPin,
    /// It could not be looked at.
    Failed,
}

/// What staff asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum StaffRequest {
    /// Another page.
    Open {
        /// Which; not one that belongs to an appointment.
        page: StaffPage,
    },
    /// The list of another day.
    Day {
        /// One that the view named.
        id: String,
    },
    /// The list of one practitioner.
    Practitioner {
        /// None: everybody's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
    },
    /// One appointment.
    Appointment {
        /// Its id.
        id: String,
    },
    /// Do something with the appointment that is shown.
    Act {
        /// What.
        act: StaffAct,
    },
    /// A day of the calendar, a slot of it, or a free slot that was offered.
    Choose {
        /// As the view named it.
        id: String,
        /// The appointment that is moved there, where none is shown by itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        appointment: Option<String>,
    },
    /// A practitioner is late today.
    Late {
        /// Who.
        practitioner: String,
        /// 0 to 720; 0: in time again.
        minutes: u16,
    },
    /// Somebody goes to who called.
    Answer {
        /// The call's id.
        id: String,
    },
    /// A patient was rung.
    Rang {
        /// The appointment's id.
        id: String,
        /// They know now; else they did not answer and are tried again.
        reached: bool,
    },
    /// Look for patients: a part of a name, a phone number or a code.
    Search {
        /// As typed.
        text: Private,
    },
    /// The page before.
    Back,
    /// The answer to the warning.
    StillHere,
}

/// Pages of staff.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StaffPage {
    /// A day's appointments.
    #[default]
    Day,
    /// One appointment.
    Appointment,
    /// Where it could go.
    Move,
    /// Who is late.
    Late,
    /// Bookings that collided elsewhere.
    Conflicts,
    /// Calls that nobody has answered.
    Calls,
    /// Patients at home who have to be told something.
    RingBacks,
    /// Somebody is looked for.
    Search,
}

/// What can be done with an appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StaffAct {
    /// The patient is here.
    Arrive,
    /// The patient did not come.
    NoShow,
    /// It will not take place.
    Cancel,
    /// It takes place at another time: opens [`StaffPage::Move`].
    Move,
    /// The patient has been seen.
    Finish,
}

/// Everything that staff is shown in one moment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StaffView {
    /// Grows with every change.
    pub seq: u64,
    /// Which page.
    pub page: StaffPage,
    /// Whose PIN it was, as it was labelled.
    pub who: String,
    /// The language of days and times in it (BCP 47).
    pub language: String,
    /// Calls that nobody has answered.
    pub open_calls: u32,
    /// Bookings that collided elsewhere.
    pub open_conflicts: u32,
    /// Patients whom somebody has to ring.
    pub open_ring_backs: u32,
    /// What became of what was asked last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<StaffNotice>,
    /// The day that is listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<StaffDay>,
    /// Everybody who sees patients.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub practitioners: Vec<StaffPractitioner>,
    /// A day's, those found, those that collide, or those whose patients are to be rung.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub appointments: Vec<StaffAppointment>,
    /// The one that is shown by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen: Option<StaffAppointment>,
    /// What can be done with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acts: Vec<StaffAct>,
    /// Where it could go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<Calendar>,
    /// Calls, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<StaffCallRow>,
    /// Something was looked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub searched: bool,
    /// The warning before the panel locks itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Timeout>,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StaffNotice {
    /// Noted that the patient is here.
    Arrived,
    /// Noted that they did not come.
    NotedAbsent,
    /// Cancelled.
    Cancelled,
    /// Moved.
    Moved,
    /// Noted that they have been seen.
    Finished,
    /// Noted how late somebody is.
    NotedLate,
    /// Whoever called is told that somebody comes.
    Answered,
    /// Noted that the patient knows.
    Reached,
    /// Noted that the patient did not answer.
    NotReached,
    /// Somebody has changed it meanwhile; it is shown as it stands.
    Changed,
    /// Its state does not allow it.
    NotAllowed,
    /// The time is taken; others are shown.
    SlotTaken,
    /// The patient has another appointment then.
    PatientBusy,
    /// It is not there any more.
    Gone,
    /// The records could not be read or written.
    Failed,
}

/// A day that can be listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StaffDay {
    /// ISO 8601.
    pub id: String,
    /// In its shown form.
    pub label: String,
    /// The day before, for [`StaffRequest::Day`].
    pub before: String,
    /// The day after.
    pub after: String,
}

/// Somebody who sees patients.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StaffPractitioner {
    /// Their id.
    pub id: String,
    /// Their name.
    pub name: String,
    /// Appointments of the day that is listed, without those that were cancelled.
    pub appointments: u32,
    /// How late they are today, in minutes.
    pub late_minutes: u16,
    /// The list is theirs alone.
    pub shown: bool,
}

/// One appointment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StaffAppointment {
    /// Its id; empty where a patient was found who has none to come.
    pub id: String,
    /// Time of day, in its shown form.
    pub time: String,
    /// The day, where days are mixed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub date: String,
    /// The practitioner's name.
    pub practitioner: String,
    /// The patient's name; empty where they were erased.
    pub patient: Private,
    /// How to reach them, where that is shown.
    #[serde(default, skip_serializing_if = "Private::is_empty")]
    pub phone: Private,
    /// When they were born, where that is shown.
    #[serde(default, skip_serializing_if = "Private::is_empty")]
    pub birth_date: Private,
    /// On the ticket.
    pub code: String,
    /// How it stands.
    pub state: AppointmentState,
    /// The number in today's queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// It collided with another when it came from the central server.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub conflict: bool,
    /// Free times of the same practitioner, where it collides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<Choice>,
    /// Why the patient is to be rung, where that is listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ring_back: Option<RingBackRow>,
}

/// A patient who is to be rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RingBackRow {
    /// Why.
    pub why: RingBackWhy,
    /// How often they did not answer.
    pub tried: u32,
}

/// What a patient at home does not know yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RingBackWhy {
    /// It was cancelled without them.
    Cancelled,
    /// It was moved without them.
    Moved,
    /// It was booked while the network was down, and is to be confirmed.
    ToConfirm,
    /// The practitioner is away then: another time is needed.
    Away,
}

/// How an appointment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AppointmentState {
    /// The patient is to come.
    Expected,
    /// The patient is here.
    Here,
    /// The patient has been seen.
    Seen,
    /// The patient did not come.
    Missed,
    /// It was cancelled, or never meant.
    Cancelled,
    /// A patient was found who has no appointment to come.
    None,
}

/// A call for staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StaffCallRow {
    /// Its id.
    pub id: String,
    /// Somebody may be in danger.
    pub urgent: bool,
    /// Time of day, in its shown form.
    pub since: String,
    /// Minutes that it has waited.
    pub minutes: u32,
}
