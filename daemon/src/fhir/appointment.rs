//! Appointment.

use super::{
    AppointmentRecord, CONFLICT, Kind, Site, TICKET, Unusable, instant_in, list, missing,
    reference, reference_in,
};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Status codes of R4.
const STATUSES: [&str; 10] = [
    "proposed",
    "pending",
    "booked",
    "arrived",
    "fulfilled",
    "cancelled",
    "noshow",
    "entered-in-error",
    "checked-in",
    "waitlist",
];

/// An Appointment.
pub fn appointment(site: &Site, record: &AppointmentRecord) -> Value {
    let accepted = if record.conflict {
        "needs-action"
    } else {
        "accepted"
    };
    let seconds = record.ends.as_second() - record.starts.as_second();
    let mut resource = json!({
        "resourceType": "Appointment",
        "id": record.id,
        "meta": site.meta(Some(&record.version)),
        "identifier": [
            site.identifier(Kind::Appointment, &record.id),
            { "use": "temp", "system": TICKET, "value": record.code },
        ],
        "status": record.status,
        "start": site.instant(record.starts),
        "end": site.instant(record.ends),
        "minutesDuration": (seconds / 60).max(1),
        "created": site.instant(record.created),
        "participant": [
            { "actor": reference(Kind::Patient, &record.patient), "status": "accepted" },
            { "actor": reference(Kind::Practitioner, &record.practitioner), "status": accepted },
        ],
    });
    if let Some(slot) = &record.slot {
        resource["slot"] = json!([reference(Kind::Slot, slot)]);
    }
    if record.conflict {
        resource["extension"] = json!([{ "url": CONFLICT, "valueBoolean": true }]);
    }
    resource
}

/// What the kiosk needs of an Appointment from elsewhere; references are as that server
/// gives them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppointmentFacts {
    /// A status of R4.
    pub status: String,
    /// Who comes.
    pub patient: String,
    /// Who sees them.
    pub practitioner: String,
    /// When it starts.
    pub starts: Timestamp,
    /// When it ends.
    pub ends: Timestamp,
}

/// Reads an Appointment.
///
/// # Errors
/// What it lacks.
pub fn appointment_facts(resource: &Value) -> Result<AppointmentFacts, Unusable> {
    let status = resource["status"].as_str().unwrap_or_default();
    if !STATUSES.contains(&status) {
        return Err(missing("status"));
    }
    let actor = |kind: Kind| {
        list(&resource["participant"])
            .iter()
            .filter_map(|it| reference_in(&it["actor"]))
            .find(|(found, _)| *found == kind)
            .map(|(_, id)| id.to_owned())
            .ok_or_else(|| missing(&format!("participant with a {}", kind.name())))
    };
    let (starts, ends) = (instant_in(resource, "start")?, instant_in(resource, "end")?);
    if ends.as_second() <= starts.as_second() {
        return Err(Unusable("ends before it starts".to_owned()));
    }
    if ends.as_second() - starts.as_second() > 43_200 {
        return Err(Unusable("is longer than twelve hours".to_owned()));
    }
    Ok(AppointmentFacts {
        status: status.to_owned(),
        patient: actor(Kind::Patient)?,
        practitioner: actor(Kind::Practitioner)?,
        starts,
        ends,
    })
}
