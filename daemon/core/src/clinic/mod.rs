//! The clinic's own things: practitioners, their hours, slots and bookings.
//!
//! Instants are UTC; days and times of day are the clinic's, converted at the
//! edges with the clinic's time zone.

pub mod roster_file;
mod schedule;

pub use roster_file::PractitionerEntry as Practitioner;
pub use schedule::{slot_id, slots};

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use kiosk_protocol::Private;
use serde::{Deserialize, Serialize};

/// Declares a newtype over `String` for ids, so that they cannot be mixed up.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id! {
    /// A practitioner; chosen by the roster's author, such as `ama-owusu`.
    PractitionerId
}
id! {
    /// A specialty; chosen by the roster's author, such as `paediatrics`.
    SpecialtyId
}
id! {
    /// A slot of one practitioner.
    SlotId
}
id! {
    /// An appointment; made by whoever books, so that a repeated request is recognised.
    AppointmentId
}

/// A specialty as people call it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Specialty {
    /// Its id.
    pub id: SpecialtyId,
    /// Its name, as shown and said.
    pub name: String,
    /// Other words for it ("children's doctor").
    #[serde(default)]
    pub also: Vec<String>,
    /// Never said aloud, only shown.
    #[serde(default)]
    pub sensitive: bool,
}

/// Who works here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roster {
    /// All specialties.
    pub specialties: Vec<Specialty>,
    /// All practitioners.
    pub practitioners: Vec<Practitioner>,
}

impl Roster {
    /// The practitioner with this id.
    pub fn practitioner(&self, id: &PractitionerId) -> Option<&Practitioner> {
        self.practitioners
            .iter()
            .find(|practitioner| practitioner.id == *id)
    }

    /// The specialty with this id.
    pub fn specialty(&self, id: &SpecialtyId) -> Option<&Specialty> {
        self.specialties
            .iter()
            .find(|specialty| specialty.id == *id)
    }
}

/// Which free slots are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotQuery {
    /// Only these practitioners; any where empty.
    pub practitioners: Vec<PractitionerId>,
    /// Slots that start at this instant or later.
    pub from: Timestamp,
    /// Slots that start before this instant.
    pub until: Timestamp,
    /// Clinic-local times of day: start included, end excluded.
    pub time_of_day: Option<(Time, Time)>,
    /// At most this many, soonest first.
    pub limit: usize,
}

/// A slot that can be booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreeSlot {
    /// Its id.
    pub id: SlotId,
    /// Whose.
    pub practitioner: PractitionerId,
    /// When it starts.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
}

/// A booking that the patient has confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// Made by whoever asks; the same id again returns the first result.
    pub id: AppointmentId,
    /// The slot that was confirmed.
    pub slot: SlotId,
    /// Who comes.
    pub patient: NewPatient,
}

/// What a walk-up patient tells about themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPatient {
    /// Name as confirmed; may be a single name.
    pub name: Private,
    /// E.164 number.
    pub phone: Option<Private>,
    /// Birth date.
    pub birth_date: Option<PrivateDate>,
}

/// A birth date; `Debug` hides it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PrivateDate(pub Date);

impl std::fmt::Debug for PrivateDate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("<redacted>")
    }
}

/// An appointment that somebody has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Its id.
    pub id: AppointmentId,
    /// On the ticket.
    pub code: String,
    /// Who comes.
    pub patient: Private,
    /// Whom they see.
    pub practitioner: PractitionerId,
    /// When it starts.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// The patient has arrived.
    pub checked_in: bool,
}

/// What became of a cancellation or an arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// Cancelled; its slot is free again.
    Cancelled,
    /// Arrived.
    CheckedIn {
        /// Patients before them, of the same practitioner.
        ahead: usize,
        /// How long those are planned to take.
        minutes: i64,
    },
    /// Its status does not allow it (any more).
    Refused,
}

/// What became of a booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BookingOutcome {
    /// Durable; the code is for the ticket.
    Booked {
        /// Short code, unique among open appointments.
        code: String,
    },
    /// Somebody else has the slot.
    SlotTaken,
    /// It could not be made durable; the patient must be told.
    Failed,
}
