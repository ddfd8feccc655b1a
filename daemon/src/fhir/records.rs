//! What the resources are made of.

use super::{Lease, Site};
use jiff::Timestamp;
use kiosk_core::clinic::roster_file::{Leave, WeeklyHours};
use kiosk_core::clinic::{PrivateDate, Specialty};
use kiosk_protocol::Private;
use serde_json::Value;

/// Which version of a record it is, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    /// Counted from 1.
    pub number: i64,
    /// When it was written.
    pub at: Timestamp,
}

/// An appointment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppointmentRecord {
    /// Made by whoever booked.
    pub id: String,
    /// On the ticket.
    pub code: String,
    /// A FHIR R4 appointment status.
    pub status: String,
    /// None for a booking from elsewhere that fits no slot.
    pub slot: Option<String>,
    /// Who sees the patient.
    pub practitioner: String,
    /// Who comes.
    pub patient: String,
    /// When it starts.
    pub starts: Timestamp,
    /// When it ends.
    pub ends: Timestamp,
    /// It collides with another.
    pub conflict: bool,
    /// When it was booked.
    pub created: Timestamp,
    /// Of this state.
    pub version: Version,
}

/// A patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatientRecord {
    /// Their id.
    pub id: String,
    /// None once erased.
    pub name: Option<Private>,
    /// E.164.
    pub phone: Option<Private>,
    /// Birth date.
    pub birth_date: Option<PrivateDate>,
    /// The record of the same person that is kept, where this one is a second one.
    pub merged_into: Option<String>,
    /// Of what is told here.
    pub version: Version,
}

/// A practitioner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PractitionerRecord {
    /// Chosen by the roster's author.
    pub id: String,
    /// With title.
    pub name: String,
    /// Whether they see patients here.
    pub active: bool,
    /// Of this state.
    pub version: Version,
}

/// What a practitioner does here and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleRecord {
    /// Whose.
    pub practitioner: String,
    /// Whether they see patients here.
    pub active: bool,
    /// What they do; the first is the main one.
    pub specialties: Vec<Specialty>,
    /// When they see patients, every week.
    pub hours: Vec<WeeklyHours>,
    /// When they don't after all.
    pub leave: Vec<Leave>,
}

/// A practitioner's calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleRecord {
    /// Whose.
    pub practitioner: String,
    /// Whether they see patients here.
    pub active: bool,
    /// What they do.
    pub specialties: Vec<Specialty>,
    /// The first slot's start and the last one's end.
    pub horizon: Option<(Timestamp, Timestamp)>,
}

/// A slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotRecord {
    /// Its id.
    pub id: String,
    /// Whose.
    pub practitioner: String,
    /// When it starts.
    pub starts: Timestamp,
    /// When it ends.
    pub ends: Timestamp,
    /// Whether it can be booked.
    pub state: SlotState,
    /// What kind of visit it is for; any where there is none.
    pub visit_type: Option<String>,
}

/// Whether a slot can be booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SlotState {
    /// It can.
    Free,
    /// An appointment has its time.
    Busy,
    /// The hours no longer hold it.
    Withdrawn,
    /// One kiosk of the clinic can.
    Leased(Lease),
}

impl SlotState {
    /// FHIR's code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Busy => "busy",
            Self::Withdrawn => "busy-unavailable",
            Self::Leased(_) => "busy-tentative",
        }
    }
}

/// Any of them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are FHIR's own names")]
pub enum Record {
    Practitioner(PractitionerRecord),
    PractitionerRole(RoleRecord),
    Schedule(ScheduleRecord),
    Slot(SlotRecord),
    Patient(PatientRecord),
    Appointment(AppointmentRecord),
}

impl Record {
    /// Its id; of a role or schedule the practitioner's.
    pub fn id(&self) -> &str {
        match self {
            Self::Practitioner(record) => &record.id,
            Self::PractitionerRole(record) => &record.practitioner,
            Self::Schedule(record) => &record.practitioner,
            Self::Slot(record) => &record.id,
            Self::Patient(record) => &record.id,
            Self::Appointment(record) => &record.id,
        }
    }

    /// The FHIR resource.
    pub fn resource(&self, site: &Site) -> Value {
        match self {
            Self::Practitioner(record) => super::practitioner(site, record),
            Self::PractitionerRole(record) => super::practitioner_role(site, record),
            Self::Schedule(record) => super::schedule(site, record),
            Self::Slot(record) => super::slot(site, record),
            Self::Patient(record) => super::patient(site, record),
            Self::Appointment(record) => super::appointment(site, record),
        }
    }
}
