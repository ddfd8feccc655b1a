//! What is sent and how the answer is read: a transaction Bundle from what is due, and from
//! the server's answer what came of it. Pure; `push` does the asking.

use crate::fhir::{self, Kind, Record, Site, SlotState, over, rewrite_references};
use crate::store::{CentralLink, Due, Outgoing, Own};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A Bundle to send, and what its entries are about, in their order.
#[derive(Debug)]
pub struct Plan {
    /// The transaction.
    pub bundle: Value,
    /// One for each entry.
    pub entries: Vec<Entry>,
}

/// One entry of a plan.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Which record it is about.
    pub own: Own,
    /// The version of it that is sent; 0 where it has none.
    pub version: i64,
    /// What is asked.
    pub wish: Wish,
    /// What is sent.
    pub resource: Value,
}

/// What is asked of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Have it, made anew where there is none.
    Create,
    /// Hold this newer version.
    Update,
}

/// What the server did with an entry.
#[derive(Debug, Clone, PartialEq)]
pub enum Done {
    /// Made or written.
    Written(CentralLink),
    /// It was there already, perhaps in another version.
    Existed(CentralLink),
    /// Not done.
    Refused(u16),
}

/// The answer is not one to what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("its answer was not understood")]
pub struct NotUnderstood;

/// Subjects of `due` that the server holds already, and those whose copy there must be
/// looked at before it is written over: nobody knows what it is.
pub fn sort(due: &Due) -> (Vec<Outgoing>, Vec<Outgoing>, Vec<Outgoing>) {
    let (mut settled, mut unsure, mut sending) = (Vec::new(), Vec::new(), Vec::new());
    for outgoing in &due.outgoing {
        let group = match due.links.get(&outgoing.subject) {
            Some(link) if link.pushed >= outgoing.version => &mut settled,
            Some(link) if link.resource.is_none() || link.version.is_empty() => &mut unsure,
            Some(_) | None => &mut sending,
        };
        group.push(outgoing.clone());
    }
    (settled, unsure, sending)
}

/// The transaction that brings `sending` to the server; none where nothing is to be sent.
pub fn transaction(site: &Site, due: &Due, sending: &[Outgoing]) -> Option<Plan> {
    let mut wanted: Vec<(Own, Wish)> = Vec::new();
    let mut seen = BTreeSet::new();
    for outgoing in sending {
        for own in &outgoing.needs {
            let wish = match due.links.get(own) {
                None => Wish::Create,
                Some(_) if *own == outgoing.subject => Wish::Update,
                Some(_) => continue,
            };
            if seen.insert(own.clone()) {
                wanted.push((own.clone(), wish));
            }
        }
        for slot in &outgoing.slots {
            let own = (Kind::Slot, slot.clone());
            if is_outdated(due, &own) && seen.insert(own.clone()) {
                wanted.push((own, Wish::Update));
            }
        }
    }
    let places: BTreeMap<Own, String> = wanted
        .iter()
        .filter(|(_, wish)| *wish == Wish::Create)
        .map(|(own, _)| (own.clone(), format!("urn:uuid:{}", uuid::Uuid::now_v7())))
        .collect();
    let mut plan = Plan {
        bundle: Value::Null,
        entries: Vec::new(),
    };
    let mut sent = Vec::new();
    for (own, wish) in wanted {
        let Some(record) = due.records.get(&own) else {
            continue;
        };
        let resource = outgoing_resource(site, due, &places, record);
        let (entry, json) = entry(site, due, (own, wish), resource, &places);
        sent.push(json);
        plan.entries.push(Entry {
            version: version(record),
            ..entry
        });
    }
    plan.bundle = json!({ "resourceType": "Bundle", "type": "transaction", "entry": sent });
    (!plan.entries.is_empty()).then_some(plan)
}

/// A slot there that says something else than the one here.
fn is_outdated(due: &Due, own: &Own) -> bool {
    let (Some(Record::Slot(slot)), Some(link)) = (due.records.get(own), due.links.get(own)) else {
        return false;
    };
    let there = link.resource.as_ref().map(|it| &it["status"]);
    // A lease is given back by whoever has it.
    let is_leased = there.is_some_and(|status| status == "busy-tentative");
    let is_outdated = there.is_some_and(|status| status != slot.state.code());
    !link.version.is_empty() && is_outdated && !(is_leased && slot.state == SlotState::Free)
}

fn entry(
    site: &Site,
    due: &Due,
    (own, wish): (Own, Wish),
    resource: Value,
    places: &BTreeMap<Own, String>,
) -> (Entry, Value) {
    let kind = own.0;
    let (resource, json) = match (wish, due.links.get(&own)) {
        (Wish::Update, Some(link)) => {
            let resource = update(link, &resource);
            let json = json!({
                "fullUrl": format!("{}/{}", kind.name(), link.central),
                "resource": resource,
                "request": {
                    "method": "PUT",
                    "url": format!("{}/{}", kind.name(), link.central),
                    "ifMatch": format!("W/\"{}\"", link.version),
                },
            });
            (resource, json)
        }
        (Wish::Create | Wish::Update, _) => {
            let json = json!({
                "fullUrl": places.get(&own),
                "resource": resource,
                "request": {
                    "method": "POST",
                    "url": kind.name(),
                    "ifNoneExist": if_none_exist(site, &own),
                },
            });
            (resource, json)
        }
    };
    let entry = Entry {
        own,
        version: 0,
        wish,
        resource,
    };
    (entry, json)
}

/// `identifier=…` for the record's own identifier, fit for a URL.
pub fn if_none_exist(site: &Site, (kind, id): &Own) -> String {
    let value = site.identifier_value(*kind, id);
    format!("identifier={}|{}", kind.system(), value.replace('/', "%2F"))
}

/// The record as that server takes it: references to what it has or gets, no version of ours.
pub fn outgoing_resource(
    site: &Site,
    due: &Due,
    places: &BTreeMap<Own, String>,
    record: &Record,
) -> Value {
    let mut resource = record.resource(site);
    if let Some(members) = resource.as_object_mut() {
        members.remove("id");
    }
    if let Some(meta) = resource["meta"].as_object_mut() {
        meta.remove("versionId");
        meta.remove("lastUpdated");
    }
    rewrite_references(&mut resource, &|reference| {
        let (kind, id) = reference.split_once('/')?;
        let own = (Kind::named(kind)?, id.to_owned());
        match due.links.get(&own) {
            Some(link) => Some(format!("{kind}/{}", link.central)),
            None => places.get(&own).cloned(),
        }
    });
    resource
}

/// `resource` over what the server holds.
pub fn update(link: &CentralLink, resource: &Value) -> Value {
    let mut merged = match &link.resource {
        Some(there) => over(there, resource),
        None => resource.clone(),
    };
    merged["id"] = link.central.clone().into();
    if let Some(meta) = merged["meta"].as_object_mut() {
        meta.remove("versionId");
        meta.remove("lastUpdated");
    }
    merged
}

pub fn version(record: &Record) -> i64 {
    match record {
        Record::Practitioner(record) => record.version.number,
        Record::Patient(record) => record.version.number,
        Record::Appointment(record) => record.version.number,
        Record::PractitionerRole(_) | Record::Schedule(_) | Record::Slot(_) => 0,
    }
}

/// What was done with each entry of `plan`.
///
/// # Errors
/// The answer has other entries than were asked for.
pub fn read(plan: &Plan, answer: &Value) -> Result<Vec<Done>, NotUnderstood> {
    let answers = fhir::list(&answer["entry"]);
    if answer["resourceType"] != "Bundle" || answers.len() != plan.entries.len() {
        return Err(NotUnderstood);
    }
    plan.entries
        .iter()
        .zip(answers)
        .map(|(entry, answer)| done(entry, answer))
        .collect()
}

fn done(entry: &Entry, answer: &Value) -> Result<Done, NotUnderstood> {
    let response = &answer["response"];
    let status = response["status"].as_str().unwrap_or_default();
    let status: u16 = status
        .get(..3)
        .and_then(|digits| digits.parse().ok())
        .ok_or(NotUnderstood)?;
    if !(200..300).contains(&status) {
        return Ok(Done::Refused(status));
    }
    let (mut id, mut version) = located(entry.own.0, response["location"].as_str());
    let resource = Some(&answer["resource"]).filter(|it| it["resourceType"] == entry.own.0.name());
    if let Some(resource) = resource {
        id = id.or_else(|| resource["id"].as_str().map(ToOwned::to_owned));
        version = version.or_else(|| version_of(resource));
    }
    if let (Wish::Update, None) = (entry.wish, &id) {
        id = entry.resource["id"].as_str().map(ToOwned::to_owned);
    }
    let version = etag(response["etag"].as_str()).or(version);
    let is_new = entry.wish == Wish::Update || status == 201;
    // A server that doesn't send back what it holds holds what was sent.
    let held = resource.or(is_new.then_some(&entry.resource));
    let link = CentralLink {
        central: id.ok_or(NotUnderstood)?,
        version: version.unwrap_or_default(),
        pushed: if is_new { entry.version } else { 0 },
        resource: held.cloned(),
    };
    Ok(if is_new {
        Done::Written(link)
    } else {
        Done::Existed(link)
    })
}

/// Id and version of `https://server/fhir/Appointment/7/_history/2`.
fn located(kind: Kind, location: Option<&str>) -> (Option<String>, Option<String>) {
    let Some(location) = location else {
        return (None, None);
    };
    let mut parts = location.split('/').skip_while(|part| *part != kind.name());
    let id = parts.nth(1).map(ToOwned::to_owned);
    let version = match parts.next() {
        Some("_history") => parts.next().map(ToOwned::to_owned),
        Some(_) | None => None,
    };
    (id, version)
}

/// The version in `W/"7"`.
pub fn etag(etag: Option<&str>) -> Option<String> {
    let inner = etag?.trim_start_matches("W/").trim_matches('"');
    (!inner.is_empty()).then(|| inner.to_owned())
}

/// `meta.versionId`.
pub fn version_of(resource: &Value) -> Option<String> {
    resource["meta"]["versionId"]
        .as_str()
        .map(ToOwned::to_owned)
}
