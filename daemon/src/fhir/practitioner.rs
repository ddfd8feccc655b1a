//! Practitioner and PractitionerRole.

use super::{
    BUFFER_MINUTES, CAPACITY, Kind, PractitionerRecord, RoleRecord, SLOT_MINUTES, SPECIALTY, Site,
    Unusable, VISIT_TYPE, extension_in, list, missing, name_in, reference, reference_in,
};
use jiff::civil::{Date, Time};
use kiosk_core::clinic::Specialty;
use kiosk_core::clinic::roster_file::{Day, Leave, WeeklyHours};
use serde_json::{Value, json};

/// Length of a slot where a server doesn't tell it, in minutes.
const USUAL_SLOT_MINUTES: u16 = 20;

/// A Practitioner.
pub fn practitioner(site: &Site, record: &PractitionerRecord) -> Value {
    json!({
        "resourceType": "Practitioner",
        "id": record.id,
        "meta": site.meta(Some(&record.version)),
        "identifier": [site.identifier(Kind::Practitioner, &record.id)],
        "active": record.active,
        "name": [{ "text": record.name }],
    })
}

/// What the kiosk needs of a Practitioner from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PractitionerFacts {
    /// With title.
    pub name: String,
    /// Whether they work at all.
    pub active: bool,
}

/// Reads a Practitioner.
///
/// # Errors
/// It has no name.
pub fn practitioner_facts(resource: &Value) -> Result<PractitionerFacts, Unusable> {
    Ok(PractitionerFacts {
        name: name_in(resource).ok_or_else(|| missing("name"))?,
        active: resource["active"].as_bool().unwrap_or(true),
    })
}

/// A PractitionerRole.
pub fn practitioner_role(site: &Site, record: &RoleRecord) -> Value {
    let mut resource = json!({
        "resourceType": "PractitionerRole",
        "id": record.practitioner,
        "meta": site.meta(None),
        "identifier": [site.identifier(Kind::PractitionerRole, &record.practitioner)],
        "active": record.active,
        "practitioner": reference(Kind::Practitioner, &record.practitioner),
    });
    let lists = [
        ("specialty", specialties(&record.specialties)),
        (
            "availableTime",
            record.hours.iter().map(available).collect(),
        ),
        (
            "notAvailable",
            record.leave.iter().map(not_available).collect(),
        ),
    ];
    for (element, values) in lists {
        // FHIR knows no empty list.
        if !values.is_empty() {
            resource[element] = Value::Array(values);
        }
    }
    resource
}

pub(super) fn specialties(specialties: &[Specialty]) -> Vec<Value> {
    let coded = |it: &Specialty| {
        json!({
            "coding": [{ "system": SPECIALTY, "code": it.id.0, "display": it.name }],
            "text": it.name,
        })
    };
    specialties.iter().map(coded).collect()
}

fn available(hours: &WeeklyHours) -> Value {
    let mut extension = vec![json!({ "url": SLOT_MINUTES, "valueInteger": hours.slot_minutes })];
    if hours.buffer_minutes > 0 {
        extension.push(json!({ "url": BUFFER_MINUTES, "valueInteger": hours.buffer_minutes }));
    }
    if hours.capacity > 1 {
        extension.push(json!({ "url": CAPACITY, "valueInteger": hours.capacity }));
    }
    if let Some(visit_type) = &hours.visit_type {
        extension.push(json!({ "url": VISIT_TYPE, "valueString": visit_type }));
    }
    json!({
        "extension": extension,
        "daysOfWeek": hours.days,
        "availableStartTime": hours.from.strftime("%H:%M:%S").to_string(),
        "availableEndTime": hours.to.strftime("%H:%M:%S").to_string(),
    })
}

fn not_available(leave: &Leave) -> Value {
    // The reason is for staff here; elsewhere "leave" is enough.
    json!({
        "description": "not available",
        "during": { "start": leave.from.to_string(), "end": leave.to.to_string() },
    })
}

/// What the kiosk needs of a PractitionerRole from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleFacts {
    /// As that server gives it.
    pub practitioner: String,
    /// Whether they see patients here.
    pub active: bool,
    /// Codes of the kiosk's own system with their names.
    pub specialties: Vec<(String, Option<String>)>,
    /// When they see patients; none where the role doesn't tell.
    pub hours: Option<Vec<WeeklyHours>>,
    /// When they don't after all.
    pub leave: Vec<Leave>,
}

/// Reads a PractitionerRole.
///
/// # Errors
/// What it lacks, or what of its times can't be read.
pub fn role_facts(resource: &Value) -> Result<RoleFacts, Unusable> {
    let practitioner = match reference_in(&resource["practitioner"]) {
        Some((Kind::Practitioner, id)) => id.to_owned(),
        Some(_) | None => return Err(missing("practitioner")),
    };
    let codes = list(&resource["specialty"])
        .iter()
        .flat_map(|concept| list(&concept["coding"]))
        .filter(|coding| coding["system"] == SPECIALTY);
    let specialties = codes.filter_map(|coding| {
        let display = coding["display"].as_str().map(ToOwned::to_owned);
        Some((coding["code"].as_str()?.to_owned(), display))
    });
    let hours = match resource["availableTime"].as_array() {
        Some(times) => Some(times.iter().map(hours).collect::<Result<_, _>>()?),
        None => None,
    };
    let leave = list(&resource["notAvailable"]).iter().map(leave);
    Ok(RoleFacts {
        practitioner,
        active: resource["active"].as_bool().unwrap_or(true),
        specialties: specialties.collect(),
        hours,
        leave: leave.collect::<Result<_, _>>()?,
    })
}

fn hours(available: &Value) -> Result<WeeklyHours, Unusable> {
    let days: Result<Vec<Day>, _> = serde_json::from_value(available["daysOfWeek"].clone());
    let time = |element: &str| -> Result<Time, Unusable> {
        let text = available[element].as_str();
        text.and_then(|text| text.parse().ok())
            .ok_or_else(|| missing(&format!("availableTime.{element}")))
    };
    let (from, to) = (time("availableStartTime")?, time("availableEndTime")?);
    let number = |url: &str, usual: u16| -> u16 {
        let number = extension_in(available, url).and_then(|it| it["valueInteger"].as_u64());
        number
            .and_then(|number| u16::try_from(number).ok())
            .unwrap_or(usual)
    };
    let visit_type = extension_in(available, VISIT_TYPE).and_then(|it| it["valueString"].as_str());
    let hours = WeeklyHours {
        days: days.map_err(|_| missing("availableTime.daysOfWeek"))?,
        from,
        to,
        slot_minutes: number(SLOT_MINUTES, USUAL_SLOT_MINUTES),
        buffer_minutes: number(BUFFER_MINUTES, 0),
        capacity: number(CAPACITY, 1),
        visit_type: visit_type.map(ToOwned::to_owned),
    };
    if hours.are_possible() {
        Ok(hours)
    } else {
        Err(Unusable(
            "has `availableTime` that makes no sense".to_owned(),
        ))
    }
}

/// Whole days: a server that gives instants means the days on which they fall.
fn leave(not_available: &Value) -> Result<Leave, Unusable> {
    let day = |element: &str| -> Result<Date, Unusable> {
        let text = not_available["during"][element].as_str();
        text.and_then(|text| text.get(..10)?.parse().ok())
            .ok_or_else(|| missing(&format!("notAvailable.during.{element}")))
    };
    let (from, to) = (day("start")?, day("end")?);
    if from > to {
        return Err(Unusable(
            "has `notAvailable` that ends before it begins".to_owned(),
        ));
    }
    let reason = not_available["description"].as_str().unwrap_or_default();
    Ok(Leave {
        from,
        to,
        reason: reason.to_owned(),
    })
}
