//! The kiosk's records as FHIR R4 and back: pure functions, no database, network or
//! clock. `docs/fhir.md` is the mapping that they keep to.
//!
//! A [`Site`] says whose records they are. References in what is made here are the kiosk's
//! own; sync rewrites them with [`rewrite_references`] for a server that gave other ids.

mod appointment;
mod bundle;
mod capability;
mod kept;
mod outcome;
mod patient;
mod practitioner;
mod records;
mod schedule;

pub use appointment::{AppointmentFacts, appointment, appointment_facts};
pub use bundle::{Link, history, searchset};
pub use capability::{SEARCH_PARAMETERS, capability_statement};
pub use kept::over;
pub use outcome::{IssueCode, operation_outcome};
pub use patient::{PatientFacts, patient, patient_facts};
pub use practitioner::{
    PractitionerFacts, RoleFacts, practitioner, practitioner_facts, practitioner_role, role_facts,
};
pub use records::{
    AppointmentRecord, PatientRecord, PractitionerRecord, Record, RoleRecord, ScheduleRecord,
    SlotRecord, SlotState, Version,
};
pub use schedule::{Lease, SlotFacts, schedule, schedule_facts, slot, slot_facts};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

/// What is served, in the order in which a reader needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "they are FHIR's own names")]
pub enum Kind {
    Practitioner,
    PractitionerRole,
    Schedule,
    Slot,
    Patient,
    Appointment,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Practitioner,
        Self::PractitionerRole,
        Self::Schedule,
        Self::Slot,
        Self::Patient,
        Self::Appointment,
    ];

    /// FHIR's name for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Practitioner => "Practitioner",
            Self::PractitionerRole => "PractitionerRole",
            Self::Schedule => "Schedule",
            Self::Slot => "Slot",
            Self::Patient => "Patient",
            Self::Appointment => "Appointment",
        }
    }

    /// By its name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The system of the identifiers that the kiosk gives.
    pub const fn system(self) -> &'static str {
        match self {
            Self::Practitioner => "urn:minohealth:kiosk:practitioner",
            Self::PractitionerRole => "urn:minohealth:kiosk:role",
            Self::Schedule => "urn:minohealth:kiosk:schedule",
            Self::Slot => "urn:minohealth:kiosk:slot",
            Self::Patient => "urn:minohealth:kiosk:patient",
            Self::Appointment => "urn:minohealth:kiosk:appointment",
        }
    }

    /// Whether the identifier's value begins with the clinic: what a roster's author names
    /// is unique within one clinic only.
    const fn is_of_clinic(self) -> bool {
        match self {
            Self::Practitioner | Self::PractitionerRole | Self::Schedule | Self::Slot => true,
            Self::Patient | Self::Appointment => false,
        }
    }
}

/// The system of `meta.tag`, which says whose records these are.
pub const CLINIC_TAG: &str = "urn:minohealth:kiosk:clinic";
const TICKET: &str = "urn:minohealth:kiosk:ticket";
const SPECIALTY: &str = "urn:minohealth:kiosk:specialty";
const SLOT_MINUTES: &str = "urn:minohealth:kiosk:slot-minutes";
const BUFFER_MINUTES: &str = "urn:minohealth:kiosk:buffer-minutes";
const CAPACITY: &str = "urn:minohealth:kiosk:capacity";
const VISIT_TYPE: &str = "urn:minohealth:kiosk:visit-type";
const CONFLICT: &str = "urn:minohealth:kiosk:conflict";
const LEASE: &str = "urn:minohealth:kiosk:lease";

/// Whose records they are.
#[derive(Debug, Clone)]
pub struct Site {
    /// The clinic, as it stands in identifiers.
    pub clinic: String,
    /// Its time zone.
    pub zone: TimeZone,
}

impl Site {
    /// The value of the kiosk's identifier for `id`.
    pub fn identifier_value(&self, kind: Kind, id: &str) -> String {
        if kind.is_of_clinic() {
            format!("{}/{id}", self.clinic)
        } else {
            id.to_owned()
        }
    }

    /// The kiosk's own id, where `value` is one of this clinic's identifiers.
    pub fn id_of(&self, kind: Kind, value: &str) -> Option<String> {
        if kind.is_of_clinic() {
            let rest = value.strip_prefix(&self.clinic)?;
            rest.strip_prefix('/').map(ToOwned::to_owned)
        } else {
            Some(value.to_owned())
        }
    }

    /// The kiosk's own id of a resource that carries its identifier.
    pub fn own_id(&self, kind: Kind, resource: &Value) -> Option<String> {
        let value = identifier_in(resource, kind.system())?;
        self.id_of(kind, value)
    }

    fn identifier(&self, kind: Kind, id: &str) -> Value {
        json!({ "system": kind.system(), "value": self.identifier_value(kind, id) })
    }

    fn instant(&self, at: Timestamp) -> String {
        at.display_with_offset(self.zone.to_offset(at)).to_string()
    }

    /// The clinic's day at that moment.
    pub fn day(&self, at: Timestamp) -> String {
        self.zone.to_datetime(at).date().to_string()
    }

    /// `meta` of a record with a version; of one without only whose it is.
    fn meta(&self, version: Option<&Version>) -> Value {
        let mut meta = json!({ "tag": [{ "system": CLINIC_TAG, "code": self.clinic }] });
        if let Some(version) = version {
            meta["versionId"] = version.number.to_string().into();
            meta["lastUpdated"] = self.instant(version.at).into();
        }
        meta
    }
}

/// Why a resource can't be used. Names elements, never values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unusable(pub String);

fn missing(element: &str) -> Unusable {
    Unusable(format!("has no usable `{element}`"))
}

/// The value of the identifier with `system`.
pub fn identifier_in<'a>(resource: &'a Value, system: &str) -> Option<&'a str> {
    let own = |it: &&Value| it["system"] == system;
    list(&resource["identifier"]).iter().find(own)?["value"].as_str()
}

/// The elements of a list; none where there is no list.
pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// `Patient/7` of `{"reference": "Patient/7/_history/2"}`, also of an absolute address.
pub fn reference_in(value: &Value) -> Option<(Kind, &str)> {
    let text = value["reference"].as_str()?;
    let text = text.split("/_history/").next().unwrap_or(text);
    let (rest, id) = text.rsplit_once('/')?;
    let kind = Kind::named(rest.rsplit('/').next()?)?;
    (!id.is_empty()).then_some((kind, id))
}

/// A reference to `kind` with `id`.
fn reference(kind: Kind, id: &str) -> Value {
    json!({ "reference": format!("{}/{id}", kind.name()) })
}

/// Replaces every reference for which `other` has another.
pub fn rewrite_references(value: &mut Value, other: &impl Fn(&str) -> Option<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member.as_str().filter(|_| name == "reference").map(other) {
                    Some(Some(text)) => *member = Value::String(text),
                    Some(None) => {}
                    None => rewrite_references(member, other),
                }
            }
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| rewrite_references(item, other)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn extension_in<'a>(value: &'a Value, url: &str) -> Option<&'a Value> {
    list(&value["extension"]).iter().find(|it| it["url"] == url)
}

fn instant_in(resource: &Value, element: &str) -> Result<Timestamp, Unusable> {
    let text = resource[element].as_str();
    text.and_then(|text| text.parse().ok())
        .ok_or_else(|| missing(element))
}

/// A name as people say it: its text, else its parts.
fn name_in(resource: &Value) -> Option<String> {
    let names = list(&resource["name"]);
    let name = names
        .iter()
        .find(|name| name["use"] != "old" && name["use"] != "maiden")?;
    let text = match name["text"].as_str() {
        Some(text) => text.to_owned(),
        None => {
            let family = name["family"].as_str().into_iter();
            let parts = |element: &str| list(&name[element]).iter().filter_map(Value::as_str);
            let words = parts("prefix").chain(parts("given")).chain(family);
            words.chain(parts("suffix")).collect::<Vec<_>>().join(" ")
        }
    };
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests;
