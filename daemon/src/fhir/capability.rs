//! CapabilityStatement: what is there, from the table that the search itself uses.

use super::Kind;
use serde_json::{Value, json};

/// Parameter and FHIR's type of it, for each kind; `_count` is FHIR's own for all.
pub const SEARCH_PARAMETERS: [(Kind, &[(&str, &str)]); 6] = [
    (
        Kind::Practitioner,
        &[
            ("_id", "token"),
            ("identifier", "token"),
            ("_lastUpdated", "date"),
        ],
    ),
    (
        Kind::PractitionerRole,
        &[
            ("_id", "token"),
            ("identifier", "token"),
            ("practitioner", "reference"),
            ("specialty", "token"),
        ],
    ),
    (
        Kind::Schedule,
        &[
            ("_id", "token"),
            ("identifier", "token"),
            ("actor", "reference"),
        ],
    ),
    (
        Kind::Slot,
        &[
            ("_id", "token"),
            ("identifier", "token"),
            ("schedule", "reference"),
            ("start", "date"),
            ("status", "token"),
        ],
    ),
    (
        Kind::Patient,
        &[
            ("_id", "token"),
            ("identifier", "token"),
            ("_lastUpdated", "date"),
            ("phone", "token"),
            ("birthdate", "date"),
        ],
    ),
    (
        Kind::Appointment,
        &[
            ("_id", "token"),
            ("identifier", "token"),
            ("_lastUpdated", "date"),
            ("date", "date"),
            ("status", "token"),
            ("actor", "reference"),
            ("practitioner", "reference"),
            ("patient", "reference"),
            ("slot", "reference"),
        ],
    ),
];

/// What this kiosk can be asked. `version` is the program's.
pub fn capability_statement(version: &str, date: &str) -> Value {
    let resources = SEARCH_PARAMETERS.map(|(kind, parameters)| resource(kind, parameters));
    json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": date,
        "kind": "instance",
        "software": { "name": "MinoHealth Kiosk", "version": version },
        "implementation": { "description": "The records of one kiosk" },
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [{
            "mode": "server",
            "security": { "description": "Authorization: Bearer KEY, a key with the scope central" },
            "resource": resources,
        }],
    })
}

fn resource(kind: Kind, parameters: &[(&str, &str)]) -> Value {
    let mut interactions = vec!["read", "search-type"];
    let has_history = match kind {
        Kind::Practitioner | Kind::Patient | Kind::Appointment => true,
        Kind::PractitionerRole | Kind::Schedule | Kind::Slot => false,
    };
    if has_history {
        interactions.extend(["vread", "history-instance"]);
    }
    let interactions: Vec<Value> = interactions
        .into_iter()
        .map(|code| json!({ "code": code }))
        .collect();
    let parameters: Vec<Value> = parameters
        .iter()
        .map(|(name, kind)| json!({ "name": name, "type": kind }))
        .collect();
    json!({
        "type": kind.name(),
        "interaction": interactions,
        "versioning": if has_history { "versioned" } else { "no-version" },
        "searchParam": parameters,
    })
}
