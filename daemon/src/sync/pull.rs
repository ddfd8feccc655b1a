//! Central changes in: type by type in the order in which they refer to each other, page by
//! page, each page together with how far the server has been read.

use super::client::{Central, Failure};
use super::push::PushError;
use crate::fhir::{CLINIC_TAG, Kind, Site, list, reference_in};
use crate::store::{Page, StoreHandle, TakenIn};
use jiff::{Timestamp, ToSpan};
use serde_json::Value;
use std::collections::BTreeSet;

/// Hours come with the role; a schedule and its slots tell who has leased what.
const KINDS: [(Kind, bool); 6] = [
    (Kind::Practitioner, false),
    (Kind::PractitionerRole, false),
    (Kind::Schedule, true),
    (Kind::Slot, true),
    (Kind::Patient, false),
    (Kind::Appointment, false),
];
const PAGE: usize = 200;
/// A server's transactions become visible out of order; none takes longer than this.
const OVERLAP_S: i64 = 60;
/// So many rejects are looked at again in one round.
const REJECTS: usize = 20;

/// Takes in what changed, leases of slots `with_leases` only.
///
/// # Errors
/// The server can't be used now; what was taken in stays.
pub async fn pull(
    store: &StoreHandle,
    central: &mut Central,
    site: &Site,
    with_leases: bool,
) -> Result<TakenIn, PushError> {
    let mut sum = TakenIn::default();
    let puller = Puller { store, site };
    for (kind, is_for_leases) in KINDS {
        if with_leases || !is_for_leases {
            add(&mut sum, puller.kind(central, kind).await?);
        }
    }
    add(&mut sum, puller.rejects(central).await?);
    Ok(sum)
}

fn add(sum: &mut TakenIn, more: TakenIn) {
    sum.applied += more.applied;
    sum.known += more.known;
    sum.waiting += more.waiting;
    sum.rejected += more.rejected;
    sum.roster_changed |= more.roster_changed;
}

struct Puller<'a> {
    store: &'a StoreHandle,
    site: &'a Site,
}

impl Puller<'_> {
    async fn kind(&self, central: &mut Central, kind: Kind) -> Result<TakenIn, PushError> {
        let mut sum = TakenIn::default();
        let mut since = self.store.central_cursor(kind).await?;
        let mut from = since.as_deref().map(earlier);
        let mut next: Option<String> = None;
        loop {
            let bundle = match &next {
                Some(link) => central.follow(link).await?,
                None => central.search(&self.query(kind, from.as_deref())).await?,
            };
            let resources: Vec<Value> = list(&bundle["entry"])
                .iter()
                .map(|entry| entry["resource"].clone())
                .filter(|it| it["resourceType"] == kind.name())
                .collect();
            let newest = resources
                .iter()
                .filter_map(last_updated)
                .max_by_key(|it| it.0);
            let newest = newest.map(|(_, text)| text);
            let grew = newest.is_some() && newest != from;
            since = newest.clone().or(since);
            let page = Page {
                kind,
                resources: with_references(self.store, central, resources).await?,
                cursor: since.clone(),
                over_ours: false,
            };
            let is_empty = page.resources.is_empty();
            let taken = self
                .store
                .take_in(self.site.clone(), page, Timestamp::now())
                .await?;
            add(&mut sum, taken);
            let link = next_link(&bundle);
            match link {
                // A page further in time begins a new search: offsets shift under changes.
                Some(_) if grew && !is_empty => {
                    from = newest;
                    next = None;
                }
                // More share one instant than a page holds.
                Some(link) if next.as_ref() != Some(&link) => next = Some(link),
                Some(_) | None => return Ok(sum),
            }
        }
    }

    fn query(&self, kind: Kind, from: Option<&str>) -> String {
        let tag = format!("{CLINIC_TAG}|{}", self.site.clinic);
        let since = from.map(|from| format!("&_lastUpdated=ge{}", from.replace('+', "%2B")));
        format!(
            "{}?_tag={tag}{}&_sort=_lastUpdated&_count={PAGE}",
            kind.name(),
            since.unwrap_or_default()
        )
    }

    async fn rejects(&self, central: &mut Central) -> Result<TakenIn, PushError> {
        let mut sum = TakenIn::default();
        for (kind, id) in self.store.rejects_due(REJECTS, Timestamp::now()).await? {
            let resource = match central.read(kind, &id).await {
                Ok(answer) => answer.body,
                Err(Failure::Refused(404 | 410)) => {
                    self.store.forget_reject(kind, id).await?;
                    continue;
                }
                Err(failure) => return Err(failure.into()),
            };
            let page = Page {
                kind,
                resources: with_references(self.store, central, vec![resource]).await?,
                cursor: None,
                over_ours: false,
            };
            let taken = self
                .store
                .take_in(self.site.clone(), page, Timestamp::now())
                .await?;
            add(&mut sum, taken);
        }
        Ok(sum)
    }
}

/// What the resources refer to comes before them, where it was never seen.
async fn with_references(
    store: &StoreHandle,
    central: &mut Central,
    resources: Vec<Value>,
) -> Result<Vec<Value>, PushError> {
    let mut all = references(store, central, &resources).await?;
    all.extend(resources);
    Ok(all)
}

/// What the resources refer to and the kiosk has never seen.
///
/// # Errors
/// As [`pull`].
pub async fn references(
    store: &StoreHandle,
    central: &mut Central,
    resources: &[Value],
) -> Result<Vec<Value>, PushError> {
    let wanted: BTreeSet<(Kind, String)> = resources
        .iter()
        .flat_map(|resource| {
            let participants = list(&resource["participant"]).iter();
            let actors = participants.map(|it| &it["actor"]);
            let owner = [&resource["practitioner"], &resource["schedule"]];
            actors.chain(list(&resource["actor"])).chain(owner)
        })
        .filter_map(reference_in)
        .filter(|(kind, _)| matches!(kind, Kind::Patient | Kind::Practitioner | Kind::Schedule))
        .map(|(kind, id)| (kind, id.to_owned()))
        .collect();
    let mut found = Vec::new();
    for (kind, id) in store.unknown(wanted.into_iter().collect()).await? {
        match central.read(kind, &id).await {
            Ok(answer) => found.push(answer.body),
            // Whatever refers to it becomes a reject.
            Err(Failure::Refused(_)) => {}
            Err(failure) => return Err(failure.into()),
        }
    }
    Ok(found)
}

/// `meta.lastUpdated`, as an instant for comparing and as that server wrote it.
fn last_updated(resource: &Value) -> Option<(Timestamp, String)> {
    let text = resource["meta"]["lastUpdated"].as_str()?;
    Some((text.parse().ok()?, text.to_owned()))
}

/// That server's instant less the overlap.
fn earlier(instant: &str) -> String {
    match instant.parse::<Timestamp>() {
        Ok(at) => at
            .checked_sub(OVERLAP_S.seconds())
            .unwrap_or(at)
            .to_string(),
        Err(_) => instant.to_owned(),
    }
}

fn next_link(bundle: &Value) -> Option<String> {
    list(&bundle["link"])
        .iter()
        .find(|link| link["relation"] == "next")?["url"]
        .as_str()
        .map(ToOwned::to_owned)
}
