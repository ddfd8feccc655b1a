//! Patient.

use super::{Kind, PatientRecord, Site, Unusable, list, missing, name_in, reference};
use kiosk_core::clinic::PrivateDate;
use kiosk_protocol::Private;
use serde_json::{Value, json};

/// A Patient. The name is never split: many have a single one.
pub fn patient(site: &Site, record: &PatientRecord) -> Value {
    let mut resource = json!({
        "resourceType": "Patient",
        "id": record.id,
        "meta": site.meta(Some(&record.version)),
        "identifier": [site.identifier(Kind::Patient, &record.id)],
        "active": record.name.is_some(),
    });
    if let Some(name) = &record.name {
        resource["name"] = json!([{ "text": name.expose() }]);
    }
    if let Some(phone) = &record.phone {
        resource["telecom"] = json!([{ "system": "phone", "value": phone.expose() }]);
    }
    if let Some(date) = &record.birth_date {
        resource["birthDate"] = date.0.to_string().into();
    }
    if let Some(other) = &record.merged_into {
        resource["link"] =
            json!([{ "other": reference(Kind::Patient, other), "type": "replaced-by" }]);
    }
    resource
}

/// What the kiosk needs of a Patient from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatientFacts {
    /// The whole name.
    pub name: Private,
    /// E.164, where there is such a number.
    pub phone: Option<Private>,
    /// A whole birth date, where there is one.
    pub birth_date: Option<PrivateDate>,
}

/// Reads a Patient.
///
/// # Errors
/// It has no name.
pub fn patient_facts(resource: &Value) -> Result<PatientFacts, Unusable> {
    let phone = list(&resource["telecom"])
        .iter()
        .filter(|it| it["system"] == "phone" && it["use"] != "old")
        .find_map(|it| e164(it["value"].as_str()?));
    let birth_date = resource["birthDate"].as_str();
    Ok(PatientFacts {
        name: Private::new(name_in(resource).ok_or_else(|| missing("name"))?),
        phone: phone.map(Private::new),
        birth_date: birth_date
            .and_then(|text| text.parse().ok())
            .map(PrivateDate),
    })
}

fn e164(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let only_signs = text
        .chars()
        .all(|c| c.is_ascii_digit() || "+-() ./".contains(c));
    let fits = (7..=15).contains(&digits.len()) && !digits.starts_with('0');
    (text.trim_start().starts_with('+') && only_signs && fits).then(|| format!("+{digits}"))
}
