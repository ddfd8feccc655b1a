//! Schedule and Slot.

use super::practitioner::specialties;
use super::{
    Kind, LEASE, ScheduleRecord, Site, SlotRecord, SlotState, Unusable, VISIT_TYPE, extension_in,
    instant_in, list, missing, reference, reference_in,
};
use jiff::Timestamp;
use serde_json::{Value, json};

/// A Schedule.
pub fn schedule(site: &Site, record: &ScheduleRecord) -> Value {
    let mut resource = json!({
        "resourceType": "Schedule",
        "id": record.practitioner,
        "meta": site.meta(None),
        "identifier": [site.identifier(Kind::Schedule, &record.practitioner)],
        "active": record.active,
        "actor": [reference(Kind::Practitioner, &record.practitioner)],
    });
    if !record.specialties.is_empty() {
        resource["specialty"] = Value::Array(specialties(&record.specialties));
    }
    if let Some((first, last)) = record.horizon {
        resource["planningHorizon"] =
            json!({ "start": site.instant(first), "end": site.instant(last) });
    }
    resource
}

/// Whose a Schedule from elsewhere is, as that server gives it.
///
/// # Errors
/// It has no practitioner.
pub fn schedule_facts(resource: &Value) -> Result<String, Unusable> {
    list(&resource["actor"])
        .iter()
        .filter_map(reference_in)
        .find(|(kind, _)| *kind == Kind::Practitioner)
        .map(|(_, id)| id.to_owned())
        .ok_or_else(|| missing("actor with a Practitioner"))
}

/// A Slot.
pub fn slot(site: &Site, record: &SlotRecord) -> Value {
    let mut resource = json!({
        "resourceType": "Slot",
        "id": record.id,
        "meta": site.meta(None),
        "identifier": [site.identifier(Kind::Slot, &record.id)],
        "schedule": reference(Kind::Schedule, &record.practitioner),
        "status": record.state.code(),
        "start": site.instant(record.starts),
        "end": site.instant(record.ends),
    });
    if let Some(visit_type) = &record.visit_type {
        resource["appointmentType"] =
            json!({ "coding": [{ "system": VISIT_TYPE, "code": visit_type }], "text": visit_type });
    }
    if let SlotState::Leased(lease) = &record.state {
        resource["extension"] = json!([{ "url": LEASE, "extension": [
            { "url": "kiosk", "valueString": lease.kiosk },
            { "url": "until", "valueInstant": lease.until.to_string() },
        ]}]);
    }
    resource
}

/// Who keeps a slot, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The kiosk.
    pub kiosk: String,
    /// Not booked by it at or after this instant.
    pub until: Timestamp,
}

/// What the kiosk needs of a Slot from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotFacts {
    /// The Schedule, as that server gives it.
    pub schedule: String,
    /// A slot status.
    pub status: String,
    /// When it starts.
    pub starts: Timestamp,
    /// When it ends.
    pub ends: Timestamp,
    /// Who keeps it, where it is `busy-tentative` for a kiosk.
    pub lease: Option<Lease>,
}

/// Reads a Slot.
///
/// # Errors
/// What it lacks.
pub fn slot_facts(resource: &Value) -> Result<SlotFacts, Unusable> {
    let schedule = match reference_in(&resource["schedule"]) {
        Some((Kind::Schedule, id)) => id.to_owned(),
        Some(_) | None => return Err(missing("schedule")),
    };
    let status = resource["status"]
        .as_str()
        .ok_or_else(|| missing("status"))?;
    let lease = extension_in(resource, LEASE).filter(|_| status == "busy-tentative");
    Ok(SlotFacts {
        schedule,
        status: status.to_owned(),
        starts: instant_in(resource, "start")?,
        ends: instant_in(resource, "end")?,
        lease: lease.and_then(lease_in),
    })
}

fn lease_in(extension: &Value) -> Option<Lease> {
    let kiosk = extension_in(extension, "kiosk")?["valueString"].as_str()?;
    let until = extension_in(extension, "until")?["valueInstant"].as_str()?;
    Some(Lease {
        kiosk: kiosk.to_owned(),
        until: until.parse().ok()?,
    })
}
