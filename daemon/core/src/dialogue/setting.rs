//! What does not change during a conversation.

use crate::clinic::{Practitioner, PractitionerId, Roster, SpecialtyId};
use crate::understanding::SpecialtyWords;
use crate::wording::Wording;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// The clinic, who works there, and the kiosk's sentences.
pub struct Setting {
    /// As shown and said.
    pub clinic_name: String,
    /// The clinic's.
    pub zone: TimeZone,
    /// Countries (ISO 3166 alpha-2) whose phone numbers come without a country code.
    pub regions: Vec<String>,
    /// How many days ahead can be booked, today included.
    pub horizon_days: u16,
    /// Who works here.
    pub roster: Roster,
    /// What the kiosk says.
    pub wording: Wording,
}

impl Setting {
    /// What the clinic's clock shows.
    pub fn local(&self, at: Timestamp) -> DateTime {
        self.zone.to_datetime(at)
    }

    pub(super) fn practitioner_named(&self, name: &str) -> Option<&Practitioner> {
        self.roster
            .practitioners
            .iter()
            .find(|practitioner| practitioner.name == name)
    }

    /// Their name; empty where nobody has this id.
    pub fn practitioner_name(&self, id: &PractitionerId) -> &str {
        self.roster
            .practitioner(id)
            .map_or("", |practitioner| &practitioner.name)
    }

    pub(super) fn practitioners_of(&self, specialty: &SpecialtyId) -> Vec<PractitionerId> {
        self.roster
            .practitioners
            .iter()
            .filter(|practitioner| practitioner.specialties.contains(specialty))
            .map(|practitioner| practitioner.id.clone())
            .collect()
    }

    /// Who shares a specialty with `id`, without `id`.
    pub(super) fn colleagues(&self, id: &PractitionerId) -> Vec<PractitionerId> {
        let Some(one) = self.roster.practitioner(id) else {
            return Vec::new();
        };
        self.roster
            .practitioners
            .iter()
            .filter(|other| {
                other.id != *id
                    && other
                        .specialties
                        .iter()
                        .any(|it| one.specialties.contains(it))
            })
            .map(|other| other.id.clone())
            .collect()
    }

    pub(super) fn specialty_words(&self) -> Vec<SpecialtyWords> {
        self.roster
            .specialties
            .iter()
            .map(|specialty| SpecialtyWords {
                name: specialty.name.clone(),
                also: specialty.also.clone(),
            })
            .collect()
    }
}
