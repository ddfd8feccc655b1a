//! Bookings out: what is due goes in transactions, as many together as the server takes;
//! what it doesn't take is found by halving and put off alone.

use super::backoff::Backoff;
use super::client::{Central, Failure};
use super::mend::{Mended, Mending};
use super::plan::{self, Done, Plan};
use crate::fhir::{Kind, Site};
use crate::store::{Delivery, Due, Outgoing, StoreHandle};
use jiff::Timestamp;
use std::time::Duration;

/// An entry that is refused is tried again after a minute, later after an hour.
const FIRST_WAIT: Duration = Duration::from_secs(60);
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);

/// Sends what is due. Remembers how many appointments the server took at once.
pub struct Pusher {
    store: StoreHandle,
    most: usize,
    size: usize,
}

/// What a push led to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pushed {
    /// Outbox rows that are settled.
    pub delivered: usize,
    /// Records that were put off.
    pub put_off: usize,
}

/// Why a push ended early.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// The server, or the way to it.
    #[error("{0}")]
    Central(#[from] Failure),
    /// The records here.
    #[error("the records failed")]
    Store(#[from] crate::store::StoreError),
}

impl Pusher {
    pub const fn new(store: StoreHandle, most: usize) -> Self {
        Self {
            store,
            most,
            size: most,
        }
    }

    /// Sends until nothing is due.
    ///
    /// # Errors
    /// The server can't be used now; what was not confirmed stays due.
    pub async fn push(&mut self, central: &mut Central, site: &Site) -> Result<Pushed, PushError> {
        let mut sum = Pushed::default();
        loop {
            let due = self.store.due(self.size, Timestamp::now()).await?;
            if due.outgoing.is_empty() {
                return Ok(sum);
            }
            let delivery = self.send(central, site, &due).await?;
            sum.delivered += delivery.delivered.len();
            sum.put_off += delivery.put_off.len();
            self.store.settle(delivery, Timestamp::now()).await?;
        }
    }

    /// One request for all of `due`, and what its answer leaves to be done for single ones.
    async fn send(
        &mut self,
        central: &mut Central,
        site: &Site,
        due: &Due,
    ) -> Result<Delivery, PushError> {
        let mut delivery = Delivery::default();
        let (settled, mut unsure, sending) = plan::sort(due);
        delivery
            .delivered
            .extend(settled.into_iter().flat_map(|it| it.rows));
        if let Some(plan) = plan::transaction(site, due, &sending) {
            match central.transaction(&plan.bundle).await {
                Ok(answer) => {
                    self.size = (self.size * 2).min(self.most);
                    let done = plan::read(&plan, &answer).map_err(|_| Failure::NotUnderstood)?;
                    unsure.extend(take(&plan, &done, &sending, &mut delivery));
                }
                Err(failure) => {
                    let alone = self.narrow(failure, &sending)?;
                    unsure.extend(alone);
                }
            }
        }
        if !delivery.links.is_empty() || !delivery.delivered.is_empty() {
            // What mending reads is what the server said.
            let known = std::mem::take(&mut delivery);
            let rows = known.delivered.clone();
            self.store.settle(known, Timestamp::now()).await?;
            delivery.delivered = rows;
        }
        for outgoing in unsure {
            self.mend(central, site, outgoing, &mut delivery).await?;
        }
        Ok(delivery)
    }

    /// A whole transaction failed: fewer the next time. The one that is left when there
    /// are no fewer is mended by itself.
    fn narrow(
        &mut self,
        failure: Failure,
        sending: &[Outgoing],
    ) -> Result<Vec<Outgoing>, PushError> {
        let is_alone = sending.len() == 1;
        match failure {
            Failure::TooSlow if !is_alone => {
                self.size = (self.size / 2).max(1);
                Err(failure.into())
            }
            // Its size or one of them is at fault.
            Failure::Refused(_) if !is_alone => {
                self.size = (sending.len() / 2).max(1);
                Ok(Vec::new())
            }
            Failure::Refused(_) => Ok(sending.to_vec()),
            Failure::TooSlow
            | Failure::Unreachable(_)
            | Failure::NotLetIn(_)
            | Failure::Certificate(_)
            | Failure::Busy { .. }
            | Failure::NotUnderstood
            | Failure::Here(_) => Err(failure.into()),
        }
    }

    async fn mend(
        &self,
        central: &mut Central,
        site: &Site,
        outgoing: Outgoing,
        delivery: &mut Delivery,
    ) -> Result<(), PushError> {
        let mending = Mending {
            store: &self.store,
            site,
        };
        match mending.mend(central, &outgoing).await? {
            Mended::Delivered => delivery.delivered.extend(outgoing.rows),
            Mended::Refused(failure) => {
                let mut backoff = Backoff::new(FIRST_WAIT, LONGEST_WAIT);
                let failed = outgoing.attempts.min(20);
                let wait =
                    (0..=failed).fold(Duration::ZERO, |_, _| backoff.next(fastrand::f64(), None));
                let until = Timestamp::now() + wait;
                log::warn!(
                    kind = outgoing.subject.0.name(), id = outgoing.subject.1.as_str(),
                    attempts = outgoing.attempts + 1, reason:% = failure;
                    "the central server refuses a record; the others go on"
                );
                delivery
                    .put_off
                    .push((outgoing.rows, failure.to_string(), until));
            }
        }
        Ok(())
    }
}

/// Notes what was written; whose record was there already, or was refused, is left over.
fn take(
    plan: &Plan,
    done: &[Done],
    sending: &[Outgoing],
    delivery: &mut Delivery,
) -> Vec<Outgoing> {
    let mut written = Vec::new();
    for (entry, done) in plan.entries.iter().zip(done) {
        match done {
            Done::Written(link) => {
                written.push(&entry.own);
                delivery.links.push((entry.own.clone(), link.clone()));
            }
            Done::Existed(link) => {
                let mut link = link.clone();
                if matches!(entry.own.0, Kind::Appointment | Kind::Patient) {
                    // What it holds may be older or newer than what was sent.
                    link.pushed = 0;
                }
                delivery.links.push((entry.own.clone(), link));
            }
            Done::Refused(_) => {}
        }
    }
    let mut left = Vec::new();
    for outgoing in sending {
        if written.contains(&&outgoing.subject) {
            delivery.delivered.extend(outgoing.rows.iter().cloned());
        } else {
            left.push(outgoing.clone());
        }
    }
    left
}
