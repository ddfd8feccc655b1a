//! What the central server has not confirmed, and what of its resources is which here.

use super::slots::instant;
use super::worker::StoreHandle;
use super::{StoreError, export, leases};
use crate::fhir::{Kind, Lease, Record};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// An entry that waits for longer than any of ours was put off by a clock that was wrong.
const LONGEST_WAIT_S: i64 = 2 * 3_600;

/// A record here, by kind and id.
pub type Own = (Kind, String);

/// What the central server has of a record.
#[derive(Debug, Clone, PartialEq)]
pub struct CentralLink {
    /// Its id there.
    pub central: String,
    /// Its newest known version there; empty where that server didn't tell.
    pub version: String,
    /// The newest version of ours that it holds; 0 where that isn't known.
    pub pushed: i64,
    /// What it holds, where that is known.
    pub resource: Option<Value>,
}

/// One record that has to go out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// An appointment, a patient or a slot, and its id.
    pub subject: Own,
    /// Its newest version; 0 of a slot, which has none.
    pub version: i64,
    /// The outbox rows that are settled when this version is there.
    pub rows: Vec<String>,
    /// How often it was tried in vain.
    pub attempts: u32,
    /// What must be there before it, in order, and itself last.
    pub needs: Vec<Own>,
    /// Slots that it has or had.
    pub slots: Vec<String>,
}

/// What is to be sent next, with all that it needs.
#[derive(Debug, Clone, Default)]
pub struct Due {
    /// In the order of their first change.
    pub outgoing: Vec<Outgoing>,
    /// The records that they need.
    pub records: BTreeMap<Own, Record>,
    /// What of them the central server has.
    pub links: BTreeMap<Own, CentralLink>,
}

/// What came of an attempt.
#[derive(Debug, Clone, Default)]
pub struct Delivery {
    /// What is known to be there.
    pub links: Vec<(Own, CentralLink)>,
    /// Outbox rows that are settled.
    pub delivered: Vec<String>,
    /// Outbox rows that are put off: why and until when.
    pub put_off: Vec<(Vec<String>, String, Timestamp)>,
    /// Slots that were leased to a kiosk, or given back.
    pub leases: Vec<(String, Option<Lease>)>,
}

impl StoreHandle {
    /// The next records to send, at most `limit`.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn due(&self, limit: usize, now: Timestamp) -> Result<Due, StoreError> {
        self.ask(move |connection| due(connection, limit, now))
            .await
    }

    /// Records as they are now, with what they need.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn described(
        &self,
        outgoing: Vec<Outgoing>,
        now: Timestamp,
    ) -> Result<Due, StoreError> {
        self.ask(move |connection| {
            let transaction = connection.transaction()?;
            described(&transaction, outgoing, now)
        })
        .await
    }

    /// Notes what came of an attempt, all at once.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn settle(&self, delivery: Delivery, now: Timestamp) -> Result<(), StoreError> {
        self.ask(move |connection| settle(connection, &delivery, now))
            .await
    }

    /// Forgets that the central server has a record: it has lost it.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn unlink(&self, (kind, id): Own) -> Result<(), StoreError> {
        self.ask(move |connection| {
            connection.execute(
                "DELETE FROM central_links WHERE kind = ?1 AND own = ?2",
                (kind.name(), id),
            )?;
            Ok(())
        })
        .await
    }
}

fn due(connection: &mut Connection, limit: usize, now: Timestamp) -> Result<Due, StoreError> {
    // One state of the records for all that is read.
    let transaction = connection.transaction()?;
    let outgoing = subjects(&transaction, limit, now)?;
    described(&transaction, outgoing, now)
}

/// Each of `outgoing` as it is now, with the records that it needs.
fn described(
    connection: &Connection,
    outgoing: Vec<Outgoing>,
    now: Timestamp,
) -> Result<Due, StoreError> {
    let mut due = Due {
        outgoing,
        ..Due::default()
    };
    let mut wanted = BTreeSet::new();
    for outgoing in &mut due.outgoing {
        complete(connection, outgoing)?;
        wanted.extend(outgoing.needs.iter().cloned());
        let slots = outgoing.slots.iter();
        wanted.extend(slots.map(|slot| (Kind::Slot, slot.clone())));
    }
    let subjects: BTreeSet<Own> = due.outgoing.iter().map(|it| it.subject.clone()).collect();
    for kind in Kind::ALL {
        let mut ids = wanted
            .iter()
            .filter(|(other, _)| *other == kind)
            .map(|(_, id)| id.clone())
            .collect::<Vec<_>>();
        links(connection, kind, &ids, &mut due.links)?;
        // What the server has is referred to and not sent again; a slot may have another
        // status by now. A doctor's schedule is dear to describe.
        ids.retain(|id| {
            let own = (kind, id.clone());
            kind == Kind::Slot || subjects.contains(&own) || !due.links.contains_key(&own)
        });
        if ids.is_empty() {
            continue;
        }
        for record in export::by_ids(connection, kind, &ids, now)? {
            due.records.insert((kind, record.id().to_owned()), record);
        }
    }
    Ok(due)
}

/// The first subjects that wait, each once, with all rows of it that wait.
fn subjects(
    connection: &Connection,
    limit: usize,
    now: Timestamp,
) -> Result<Vec<Outgoing>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT changes.kind, changes.subject, changes.version, outbox.id, outbox.attempts
         FROM outbox JOIN changes ON changes.seq = outbox.seq
         WHERE outbox.delivered_at IS NULL
           AND (outbox.next_attempt_at IS NULL OR outbox.next_attempt_at <= ?1
                OR outbox.next_attempt_at > ?1 + ?2)
         ORDER BY outbox.seq LIMIT ?3",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map((now.as_second(), LONGEST_WAIT_S, limit), |row| {
        Ok((
            row.get::<_, String>(0)?,
            row.get::<_, String>(1)?,
            row.get::<_, i64>(2)?,
            row.get::<_, String>(3)?,
            row.get::<_, u32>(4)?,
        ))
    })?;
    let mut found: Vec<Outgoing> = Vec::new();
    let mut places = BTreeMap::new();
    for row in rows {
        let (kind, id, version, outbox, attempts) = row?;
        let kind = match kind.as_str() {
            "patient" => Kind::Patient,
            "appointment" => Kind::Appointment,
            _ => continue,
        };
        let place = *places.entry((kind, id.clone())).or_insert_with(|| {
            found.push(Outgoing {
                subject: (kind, id),
                version,
                rows: Vec::new(),
                attempts,
                needs: Vec::new(),
                slots: Vec::new(),
            });
            found.len() - 1
        });
        let outgoing = &mut found[place];
        outgoing.rows.push(outbox);
        outgoing.attempts = outgoing.attempts.max(attempts);
    }
    Ok(found)
}

/// Reads what the subject is now, and what it needs.
fn complete(connection: &Connection, outgoing: &mut Outgoing) -> Result<(), StoreError> {
    let (kind, id) = outgoing.subject.clone();
    match kind {
        Kind::Appointment => {
            let (version, patient, practitioner, slot) = connection
                .prepare_cached(
                    "SELECT version, patient, practitioner, slot FROM appointments WHERE id = ?1",
                )?
                .query_row([&id], |row| {
                    let texts = (row.get::<_, String>(1)?, row.get::<_, String>(2)?);
                    Ok((
                        row.get(0)?,
                        texts.0,
                        texts.1,
                        row.get::<_, Option<String>>(3)?,
                    ))
                })?;
            outgoing.version = version;
            outgoing.needs = vec![
                (Kind::Practitioner, practitioner.clone()),
                (Kind::Patient, patient),
            ];
            if let Some(slot) = slot {
                outgoing.needs.push((Kind::Schedule, practitioner));
                outgoing.needs.push((Kind::Slot, slot));
            }
            let mut statement = connection.prepare_cached(
                "SELECT DISTINCT state ->> 'slot' FROM changes
                 WHERE kind = 'appointment' AND subject = ?1 AND state ->> 'slot' IS NOT NULL",
            )?;
            let slots = statement.query_map([&id], |row| row.get(0))?;
            outgoing.slots = slots.collect::<Result<_, _>>()?;
        }
        Kind::Patient => {
            outgoing.needs.clear();
            outgoing.version = connection
                .prepare_cached("SELECT version FROM patients WHERE id = ?1")?
                .query_row([&id], |row| row.get(0))?;
        }
        Kind::Slot => {
            let practitioner: String = connection
                .prepare_cached("SELECT practitioner FROM slots WHERE id = ?1")?
                .query_row([&id], |row| row.get(0))?;
            outgoing.needs = vec![
                (Kind::Practitioner, practitioner.clone()),
                (Kind::Schedule, practitioner),
            ];
        }
        Kind::Practitioner | Kind::PractitionerRole | Kind::Schedule => {}
    }
    outgoing.needs.push(outgoing.subject.clone());
    Ok(())
}

fn links(
    connection: &Connection,
    kind: Kind,
    ids: &[String],
    found: &mut BTreeMap<Own, CentralLink>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT own, central, version, pushed, resource
         FROM central_links INDEXED BY central_links_once
         WHERE kind = ?1 AND own IN (SELECT value FROM json_each(?2))",
    )?;
    let mut rows = statement.query((kind.name(), serde_json::json!(ids).to_string()))?;
    while let Some(row) = rows.next()? {
        let resource: Option<String> = row.get(4)?;
        let link = CentralLink {
            central: row.get(1)?,
            version: row.get(2)?,
            pushed: row.get(3)?,
            resource: resource.and_then(|text| serde_json::from_str(&text).ok()),
        };
        found.insert((kind, row.get(0)?), link);
    }
    Ok(())
}

fn settle(
    connection: &mut Connection,
    delivery: &Delivery,
    now: Timestamp,
) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for ((kind, own), link) in &delivery.links {
        write_link(&transaction, *kind, Some(own), link)?;
    }
    for (slot, lease) in &delivery.leases {
        let lease = lease.as_ref().map(|it| (it.kiosk.as_str(), it.until));
        leases::write(&transaction, slot, lease)?;
    }
    {
        let mut delivered = transaction.prepare_cached(
            "UPDATE outbox SET delivered_at = ?2, last_problem = NULL
             WHERE id = ?1 AND delivered_at IS NULL",
        )?;
        for row in &delivery.delivered {
            delivered.execute((row, now.as_second()))?;
        }
        let mut put_off = transaction.prepare_cached(
            "UPDATE outbox SET attempts = attempts + 1, last_problem = ?2, next_attempt_at = ?3
             WHERE id = ?1 AND delivered_at IS NULL",
        )?;
        for (rows, problem, until) in &delivery.put_off {
            for row in rows {
                put_off.execute((row, problem, until.as_second()))?;
            }
        }
    }
    transaction.commit()?;
    Ok(())
}

/// Writes what is known of a resource there; one record has one link.
pub(super) fn write_link(
    connection: &Connection,
    kind: Kind,
    own: Option<&str>,
    link: &CentralLink,
) -> Result<(), StoreError> {
    if let Some(own) = own {
        connection
            .prepare_cached(
                "UPDATE central_links SET own = NULL
                 WHERE kind = ?1 AND own = ?2 AND central <> ?3",
            )?
            .execute((kind.name(), own, &link.central))?;
    }
    connection
        .prepare_cached(
            "INSERT INTO central_links (kind, central, own, version, pushed, resource)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (kind, central) DO UPDATE SET own = excluded.own,
                 version = excluded.version, pushed = max(pushed, excluded.pushed),
                 resource = excluded.resource",
        )?
        .execute((
            kind.name(),
            &link.central,
            own,
            &link.version,
            link.pushed,
            link.resource.as_ref().map(Value::to_string),
        ))?;
    Ok(())
}

/// The record that a resource there corresponds to, and its newest known version.
pub(super) fn linked(
    connection: &Connection,
    kind: Kind,
    central: &str,
) -> Result<Option<(Option<String>, String)>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT own, version FROM central_links WHERE kind = ?1 AND central = ?2")?
        .query_row((kind.name(), central), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?)
}

/// When the oldest change was made that the central server has not confirmed.
pub(super) fn oldest(connection: &Connection) -> Result<Option<Timestamp>, StoreError> {
    let oldest: Option<i64> = connection.query_row(
        "SELECT min(created_at) FROM outbox WHERE delivered_at IS NULL",
        [],
        |row| row.get(0),
    )?;
    oldest.map(instant).transpose()
}
