//! Slots kept for this kiosk on the central server, so that it can book them offline with
//! certainty: taken, renewed and given back over the version that is known, so that of two
//! kiosks one gets each.

use super::client::{Central, Failure};
use super::plan::{self, Done, Plan};
use super::push::PushError;
use crate::fhir::{self, Kind, Lease, Record, Site, SlotState};
use crate::store::{
    CentralLink, Delivery, Due, LeaseWish, Leasing, Outgoing, Own, Page, StoreHandle,
};
use jiff::Timestamp;
use kiosk_core::clinic::PractitionerId;
use std::collections::BTreeMap;

/// What is there is looked at and tried once more; then it waits for the next round.
const TRIES: usize = 2;

pub struct Leases<'a> {
    pub store: &'a StoreHandle,
    pub site: &'a Site,
    /// Who this is.
    pub kiosk: &'a str,
    pub leasing: Leasing,
    /// So many slots in one request.
    pub batch: usize,
}

impl Leases<'_> {
    /// Brings the leases of these practitioners' slots up to date; how many changed.
    ///
    /// # Errors
    /// The server can't be used now; what it confirmed is noted.
    pub async fn keep(
        &self,
        central: &mut Central,
        practitioners: Vec<PractitionerId>,
    ) -> Result<usize, PushError> {
        let mut wishes = Vec::new();
        for practitioner in practitioners {
            let now = Timestamp::now();
            let due = self.store.leases_due(practitioner, self.leasing, now);
            wishes.extend(due.await?);
        }
        let mut changed = 0;
        for wishes in wishes.chunks(self.batch) {
            let mut waiting = wishes.to_vec();
            for _ in 0..TRIES {
                let before = waiting.len();
                waiting = self.send(central, waiting).await?;
                changed += before - waiting.len();
            }
        }
        Ok(changed)
    }

    /// Sends `wishes` at once; what did not come true and may be tried again is left.
    async fn send(
        &self,
        central: &mut Central,
        wishes: Vec<LeaseWish>,
    ) -> Result<Vec<LeaseWish>, PushError> {
        let due = self.described(&wishes).await?;
        let (mut possible, mut unseen) = (Vec::new(), Vec::new());
        for outgoing in &due.outgoing {
            match due.links.get(&outgoing.subject) {
                Some(link) if link.resource.is_none() || link.version.is_empty() => {
                    unseen.push(link.central.clone());
                }
                Some(link) if !self.may_take(link) => {}
                Some(_) | None => possible.push(outgoing.clone()),
            }
        }
        let mut refused = Vec::new();
        if let Some(plan) = plan::transaction(self.site, &due, &possible) {
            let done = match central.transaction(&plan.bundle).await {
                Ok(answer) => plan::read(&plan, &answer).map_err(|_| Failure::NotUnderstood)?,
                // A server that does all or nothing: which one is at fault is looked at.
                Err(Failure::Refused(status)) => {
                    plan.entries.iter().map(|_| Done::Refused(status)).collect()
                }
                Err(failure) => return Err(failure.into()),
            };
            refused = self.settle(&plan, &done, &wishes).await?;
            let link = |own: &Own| due.links.get(own).map(|link| link.central.clone());
            unseen.extend(refused.iter().filter_map(link));
        }
        for id in unseen {
            self.look(central, id).await?;
        }
        let again = |wish: &LeaseWish| refused.contains(&(Kind::Slot, wish.slot.clone()));
        Ok(wishes.into_iter().filter(again).collect())
    }

    /// The slots of `wishes` as they shall be, with what they need.
    async fn described(&self, wishes: &[LeaseWish]) -> Result<Due, PushError> {
        let outgoing = wishes.iter().map(|wish| Outgoing {
            subject: (Kind::Slot, wish.slot.clone()),
            version: 0,
            rows: Vec::new(),
            attempts: 0,
            needs: Vec::new(),
            slots: Vec::new(),
        });
        let now = Timestamp::now();
        let mut due = self.store.described(outgoing.collect(), now).await?;
        let until: BTreeMap<&str, Option<Timestamp>> = wishes
            .iter()
            .map(|wish| (wish.slot.as_str(), wish.until))
            .collect();
        // Booked since the wish was made.
        let is_free = |record: Option<&Record>| matches!(record, Some(Record::Slot(slot)) if slot.state == SlotState::Free);
        let records = &due.records;
        due.outgoing.retain(|it| is_free(records.get(&it.subject)));
        for record in due.records.values_mut() {
            if let Record::Slot(slot) = record
                && let Some(Some(until)) = until.get(slot.id.as_str())
            {
                slot.state = SlotState::Leased(self.lease(*until));
            }
        }
        Ok(due)
    }

    fn lease(&self, until: Timestamp) -> Lease {
        Lease {
            kiosk: self.kiosk.to_owned(),
            until,
        }
    }

    /// Nobody else has it, as far as is known.
    fn may_take(&self, link: &CentralLink) -> bool {
        let Some(resource) = &link.resource else {
            return false;
        };
        if resource["status"] == "free" {
            return true;
        }
        let lease = fhir::slot_facts(resource).ok().and_then(|it| it.lease);
        lease.is_some_and(|it| it.kiosk == self.kiosk || it.until <= Timestamp::now())
    }

    /// Notes what was written; the slots that were not.
    async fn settle(
        &self,
        plan: &Plan,
        done: &[Done],
        wishes: &[LeaseWish],
    ) -> Result<Vec<Own>, PushError> {
        let mut delivery = Delivery::default();
        let mut refused = Vec::new();
        for (entry, done) in plan.entries.iter().zip(done) {
            let wish = wishes
                .iter()
                .find(|wish| entry.own.0 == Kind::Slot && wish.slot == entry.own.1);
            match done {
                Done::Written(link) => {
                    delivery.links.push((entry.own.clone(), link.clone()));
                    let lease = wish.map(|it| (it.slot.clone(), it.until.map(|at| self.lease(at))));
                    delivery.leases.extend(lease);
                }
                Done::Existed(link) => {
                    delivery.links.push((entry.own.clone(), link.clone()));
                    refused.extend(wish.map(|_| entry.own.clone()));
                }
                Done::Refused(_) => refused.extend(wish.map(|_| entry.own.clone())),
            }
        }
        self.store.settle(delivery, Timestamp::now()).await?;
        Ok(refused)
    }

    /// Takes in a slot as it is there now.
    async fn look(&self, central: &mut Central, id: String) -> Result<(), PushError> {
        let resource = match central.read(Kind::Slot, &id).await {
            Ok(answer) => answer.body,
            Err(Failure::Refused(_)) => return Ok(()),
            Err(failure) => return Err(failure.into()),
        };
        let page = Page {
            kind: Kind::Slot,
            resources: vec![resource],
            cursor: None,
            over_ours: false,
        };
        let now = Timestamp::now();
        self.store.take_in(self.site.clone(), page, now).await?;
        Ok(())
    }
}
