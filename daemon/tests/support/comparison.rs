//! Whether a kiosk and the server hold the same.

use super::central::There;
use jiff::Timestamp;
use kiosk_daemon::fhir::{CLINIC_TAG, Kind, identifier_in, list, reference_in};
use serde_json::Value;
use std::collections::BTreeMap;

/// Id, status, start, end, patient, practitioner.
pub type Row = [String; 6];

/// Every appointment in `here` is on the server once and the other way round, the same in all
/// that both know; what it gave up as a duplicate aside.
pub fn same(mut here: Vec<Row>, there: &There, clinic: &str) {
    let tag = format!("_tag={CLINIC_TAG}|{clinic}&_count=1000");
    let mut names = BTreeMap::new();
    for kind in [Kind::Patient, Kind::Practitioner] {
        for resource in there.search(&format!("{}?{tag}", kind.name())) {
            let id = format!("{}/{}", kind.name(), resource["id"].as_str().unwrap());
            if let Some(value) = identifier_in(&resource, kind.system()) {
                let value = value.rsplit('/').next().unwrap().to_owned();
                let before = names.insert(id, value.clone());
                assert!(before.is_none());
                let times = names.values().filter(|it| **it == value).count();
                assert_eq!(times, 1, "{value} is there once");
            }
        }
    }
    let mut found: Vec<Row> = there
        .search(&format!("Appointment?{tag}"))
        .iter()
        .filter(|it| it["status"] != "entered-in-error")
        .map(|it| row(it, |reference| names[reference].clone()))
        .collect();
    found.sort();
    here.sort();
    assert_eq!(here, found);
}

/// The row of an Appointment; `name` tells the kiosk's id of who is referred to.
pub fn row(resource: &Value, name: impl Fn(&str) -> String) -> Row {
    let actor = |kind: Kind| {
        let participants = list(&resource["participant"]).iter();
        let mut actors = participants.filter_map(|it| reference_in(&it["actor"]));
        let (_, id) = actors.find(|(found, _)| *found == kind).unwrap();
        name(&format!("{}/{id}", kind.name()))
    };
    let instant = |element: &str| {
        let text = resource[element].as_str().unwrap();
        text.parse::<Timestamp>().unwrap().to_string()
    };
    [
        identifier_in(resource, Kind::Appointment.system())
            .unwrap()
            .to_owned(),
        resource["status"].as_str().unwrap().to_owned(),
        instant("start"),
        instant("end"),
        actor(Kind::Patient),
        actor(Kind::Practitioner),
    ]
}
