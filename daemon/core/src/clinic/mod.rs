//! The clinic's own things: practitioners, their hours, slots and bookings.
//!
//! Instants are UTC; days and times of day are the clinic's, converted at the
//! edges with the clinic's time zone.

pub mod holidays;
mod large;
pub mod roster_file;
mod schedule;

pub use large::large;
pub use roster_file::{Closure, Place, PractitionerEntry as Practitioner};
pub use schedule::{PlannedSlot, slots};

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
    /// A patient on record.
    PatientId
}
id! {
    /// A call for staff.
    AlertId
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
    /// Days on which the whole clinic is closed.
    pub closures: Vec<Closure>,
    /// Where things are in the house.
    pub places: Vec<Place>,
}

impl Roster {
    /// The practitioner with this id.
    pub fn practitioner(&self, id: &PractitionerId) -> Option<&Practitioner> {
        self.practitioners
            .iter()
            .find(|practitioner| practitioner.id == *id)
    }

    /// Why the clinic is closed that day, if it is.
    pub fn closure(&self, day: Date) -> Option<&Closure> {
        self.closures
            .iter()
            .find(|closure| (closure.from..=closure.to).contains(&day))
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
    pub patient: Patient,
}

/// Who an appointment is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Patient {
    /// On record already.
    Known(PatientId),
    /// To be registered, which they have agreed to.
    New(NewPatient),
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

/// What a patient has told so far, for looking them up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clues {
    /// E.164 number.
    pub phone: Option<Private>,
    /// Birth date.
    pub birth_date: Option<PrivateDate>,
}

/// A patient on record whom at least one of the [`Clues`] fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Their id.
    pub id: PatientId,
    /// Their name.
    pub name: Private,
    /// The number told is theirs.
    pub phone: Match,
    /// The birth date told is theirs.
    pub birth_date: Match,
    /// Whom they saw or booked last.
    pub last_seen: Option<PractitionerId>,
    /// Their open appointments, soonest first.
    pub held: Vec<Held>,
}

/// How a fact that was told fits what is on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// The same.
    Same,
    /// Something else is on record, or nothing was told.
    Other,
    /// Nothing is on record.
    Absent,
}

/// An appointment that somebody has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Its id.
    pub id: AppointmentId,
    /// On the ticket.
    pub code: String,
    /// Whom they see.
    pub practitioner: PractitionerId,
    /// When it starts.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// The patient has arrived.
    pub checked_in: bool,
}

/// Whom somebody waits for without an appointment: any of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WalkIn {
    /// Who could see them, never empty.
    pub practitioners: Vec<PractitionerId>,
}

/// A place in today's queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    /// Called out when it is their turn; begins at 1 each day.
    pub number: u32,
    /// Patients before them.
    pub ahead: usize,
    /// How long those are planned to take.
    pub minutes: i64,
}

/// What became of a cancellation, an arrival or a wish to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// Cancelled; its slot is free again.
    Cancelled,
    /// Arrived, or waiting without an appointment.
    Queued(Ticket),
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
        /// Whether another kiosk, or the central server, may have given the slot away: this
        /// one is offline and holds no lease of it.
        to_confirm: bool,
    },
    /// Somebody else has the slot.
    SlotTaken,
    /// This patient has another appointment at that time.
    PatientBusy,
    /// It could not be made durable; the patient must be told.
    Failed,
}
