//! One record that the server holds in an unknown version, holds twice, or doesn't take:
//! found by its identifier, looked at, and written over what is there now.

use super::client::{Answer, Central, Failure};
use super::plan::{self, if_none_exist, outgoing_resource, update};
use super::pull;
use super::push::PushError;
use crate::fhir::{self, Kind, Record, Site, list};
use crate::store::{CentralLink, Delivery, Due, Outgoing, Own, Page, StoreHandle};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;

/// Somebody else may write between looking and writing; not for ever.
const TRIES: usize = 4;
/// What ends an appointment there is not undone by a change made here.
const ENDED: [&str; 4] = ["cancelled", "noshow", "fulfilled", "entered-in-error"];

/// What became of a record.
pub enum Mended {
    /// The server holds it, or holds something that counts more.
    Delivered,
    /// It doesn't take it.
    Refused(Failure),
}

pub struct Mending<'a> {
    pub store: &'a StoreHandle,
    pub site: &'a Site,
}

/// What is there, seen from here.
enum Seen {
    Same,
    /// That server's counts more.
    Theirs,
    Ours(Value),
}

impl Mending<'_> {
    /// Brings one record to the server, step by step.
    ///
    /// # Errors
    /// The server can't be used now.
    pub async fn mend(
        &self,
        central: &mut Central,
        outgoing: &Outgoing,
    ) -> Result<Mended, PushError> {
        let mut refused = Failure::Refused(412);
        for _ in 0..TRIES {
            match self.once(central, outgoing).await {
                Ok(true) => return Ok(Mended::Delivered),
                Ok(false) => {}
                Err(PushError::Central(failure @ Failure::Refused(404 | 409 | 410 | 412))) => {
                    refused = failure;
                }
                Err(PushError::Central(failure @ Failure::Refused(_))) => {
                    return Ok(Mended::Refused(failure));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Mended::Refused(refused))
    }

    /// Whether it is done; if not, more is known than before.
    async fn once(&self, central: &mut Central, outgoing: &Outgoing) -> Result<bool, PushError> {
        let due = self.now(outgoing).await?;
        for own in &outgoing.needs {
            if !due.links.contains_key(own) || *own == outgoing.subject {
                self.find(central, own, due.links.get(own)).await?;
            }
        }
        let due = self.now(outgoing).await?;
        let Some(record) = due.records.get(&outgoing.subject) else {
            return Ok(true);
        };
        match due.links.get(&outgoing.subject) {
            Some(link) => self.write(central, &due, record, link).await,
            None => self.create(central, &due, outgoing).await,
        }
    }

    async fn now(&self, outgoing: &Outgoing) -> Result<Due, PushError> {
        Ok(self
            .store
            .described(vec![outgoing.clone()], Timestamp::now())
            .await?)
    }

    /// Finds what the server has under the record's identifier. Of several one is kept.
    async fn find(
        &self,
        central: &mut Central,
        own: &Own,
        known: Option<&CentralLink>,
    ) -> Result<(), PushError> {
        let query = format!("{}?{}", own.0.name(), if_none_exist(self.site, own));
        let found = central.search(&query).await?;
        let mut found: Vec<&Value> = list(&found["entry"])
            .iter()
            .map(|entry| &entry["resource"])
            .filter(|it| self.site.own_id(own.0, it).as_ref() == Some(&own.1))
            .collect();
        // Every kiosk keeps the same one: the one it knows, else the first by id.
        found.sort_by_key(|it| {
            let id = it["id"].as_str().unwrap_or_default();
            (known.is_none_or(|link| link.central != id), id.to_owned())
        });
        let Some((kept, others)) = found.split_first() else {
            if known.is_some() {
                self.store.unlink(own.clone()).await?;
            }
            return Ok(());
        };
        for other in others {
            self.give_up(central, own.0, other).await?;
        }
        let link = CentralLink {
            central: kept["id"].as_str().unwrap_or_default().to_owned(),
            version: plan::version_of(kept).unwrap_or_default(),
            pushed: 0,
            resource: Some((*kept).clone()),
        };
        let delivery = Delivery {
            links: vec![(own.clone(), link)],
            ..Delivery::default()
        };
        self.store.settle(delivery, Timestamp::now()).await?;
        Ok(())
    }

    /// A second resource for one record: marked, and found by the identifier no more.
    async fn give_up(
        &self,
        central: &mut Central,
        kind: Kind,
        other: &Value,
    ) -> Result<(), Failure> {
        log::warn!(kind = kind.name(); "the central server holds a record twice; one is given up");
        let mut resource = other.clone();
        match kind {
            Kind::Appointment | Kind::Slot => resource["status"] = "entered-in-error".into(),
            Kind::Practitioner | Kind::PractitionerRole | Kind::Schedule | Kind::Patient => {
                resource["active"] = false.into();
            }
        }
        if let Some(identifiers) = resource["identifier"].as_array_mut() {
            for identifier in identifiers {
                if identifier["system"] == kind.system() {
                    identifier["system"] = format!("{}:duplicate", kind.system()).into();
                    identifier["use"] = "old".into();
                }
            }
        }
        let version = plan::version_of(other).unwrap_or_default();
        central.update(&resource, &version).await.map(|_| ())
    }

    /// Takes in what is there over a change of ours. It may name somebody who was never
    /// seen: the answer that told of them can have been lost.
    async fn give_way(
        &self,
        central: &mut Central,
        kind: Kind,
        there: &Value,
    ) -> Result<(), PushError> {
        let there = vec![there.clone()];
        let named = pull::references(self.store, central, &there).await?;
        for page in [page(kind, named, false), page(kind, there, true)] {
            let now = Timestamp::now();
            let taken = self.store.take_in(self.site.clone(), page, now).await?;
            if taken.rejected > 0 {
                // Tried again later: ours must not count as delivered before it is given up.
                return Err(Failure::Refused(422).into());
            }
        }
        Ok(())
    }

    async fn create(
        &self,
        central: &mut Central,
        due: &Due,
        outgoing: &Outgoing,
    ) -> Result<bool, PushError> {
        let Some(plan) = plan::transaction(self.site, due, std::slice::from_ref(outgoing)) else {
            return Ok(true);
        };
        let answer = central.transaction(&plan.bundle).await?;
        let done = plan::read(&plan, &answer).map_err(|_| Failure::NotUnderstood)?;
        let mut delivery = Delivery::default();
        let mut refused = None;
        for (entry, done) in plan.entries.iter().zip(done) {
            match done {
                plan::Done::Written(link) | plan::Done::Existed(link) => {
                    delivery.links.push((entry.own.clone(), link));
                }
                plan::Done::Refused(status) => refused = Some(status),
            }
        }
        self.store.settle(delivery, Timestamp::now()).await?;
        match refused {
            Some(429 | 500..) => Err(Failure::Busy {
                status: refused.unwrap_or_default(),
                after: None,
            }
            .into()),
            Some(status) => Err(Failure::Refused(status).into()),
            // The next look finds the same there, and it is done.
            None => Ok(false),
        }
    }

    async fn write(
        &self,
        central: &mut Central,
        due: &Due,
        record: &Record,
        link: &CentralLink,
    ) -> Result<bool, PushError> {
        let kind = due_kind(record);
        let Some(there) = &link.resource else {
            return Ok(false);
        };
        let ours = outgoing_resource(self.site, due, &BTreeMap::new(), record);
        let own = (kind, record.id().to_owned());
        let (answer, pushed) = match compare(kind, there, &ours, link) {
            Seen::Same => (
                Answer {
                    body: there.clone(),
                    version: link.version.clone(),
                },
                plan::version(record),
            ),
            Seen::Theirs => {
                self.give_way(central, kind, there).await?;
                log::info!(id = record.id(); "the central server ended an appointment meanwhile");
                return Ok(true);
            }
            Seen::Ours(resource) => (
                central.update(&resource, &link.version).await?,
                plan::version(record),
            ),
        };
        let link = CentralLink {
            central: link.central.clone(),
            version: answer.version,
            pushed,
            resource: Some(answer.body),
        };
        let delivery = Delivery {
            links: vec![(own, link)],
            ..Delivery::default()
        };
        self.store.settle(delivery, Timestamp::now()).await?;
        Ok(true)
    }
}

fn page(kind: Kind, resources: Vec<Value>, over_ours: bool) -> Page {
    Page {
        kind,
        resources,
        cursor: None,
        over_ours,
    }
}

const fn due_kind(record: &Record) -> Kind {
    match record {
        Record::Practitioner(_) => Kind::Practitioner,
        Record::PractitionerRole(_) => Kind::PractitionerRole,
        Record::Schedule(_) => Kind::Schedule,
        Record::Slot(_) => Kind::Slot,
        Record::Patient(_) => Kind::Patient,
        Record::Appointment(_) => Kind::Appointment,
    }
}

fn compare(kind: Kind, there: &Value, ours: &Value, link: &CentralLink) -> Seen {
    let same = match kind {
        Kind::Appointment => {
            fhir::appointment_facts(there) == fhir::appointment_facts(ours)
                && list(&there["slot"]) == list(&ours["slot"])
        }
        Kind::Patient => {
            fhir::patient_facts(there) == fhir::patient_facts(ours)
                && there["active"] == ours["active"]
        }
        Kind::Practitioner | Kind::PractitionerRole | Kind::Schedule | Kind::Slot => true,
    };
    if same {
        return Seen::Same;
    }
    let ended = |it: &Value| ENDED.iter().any(|status| it["status"] == *status);
    if kind == Kind::Appointment && ended(there) && there["status"] != ours["status"] {
        return Seen::Theirs;
    }
    Seen::Ours(update(link, ours))
}
