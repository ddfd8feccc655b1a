//! What the central server changed: taken in together with the cursor, one page in one
//! transaction. The same version again changes nothing; what can't be used goes to the
//! rejects and blocks nothing.

mod records;

use super::outbox::{CentralLink, linked, write_link};
use super::worker::StoreHandle;
use super::{StoreError, booking, leases};
use crate::fhir::{self, Kind, Site, SlotFacts, Unusable};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, named_params};
use serde_json::Value;

/// Who wrote it. The schema sends nothing back of what this one wrote.
const ACTOR: &str = "central";
/// A reject is tried again after this, then after twice as long, up to a day.
const TRY_REJECTS_AFTER_S: i64 = 600;
const DAY_S: i64 = 86_400;

/// Resources as they came, in their order.
#[derive(Debug, Clone)]
pub struct Page {
    /// What they are; others among them are passed over.
    pub kind: Kind,
    /// The resources.
    pub resources: Vec<Value>,
    /// How far the server has been read when these are in, in its own words.
    pub cursor: Option<String>,
    /// Taken in even where a change of ours waits to go out.
    pub over_ours: bool,
}

/// What became of a page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TakenIn {
    /// Changed something here.
    pub applied: usize,
    /// Were known.
    pub known: usize,
    /// A change of ours goes out first.
    pub waiting: usize,
    /// Could not be used.
    pub rejected: usize,
    /// Who works here, or when, is another now.
    pub roster_changed: bool,
}

enum Taken {
    Applied,
    Known,
    Waiting,
}

enum Refused {
    Store(StoreError),
    Resource(String),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Unusable> for Refused {
    fn from(unusable: Unusable) -> Self {
        Self::Resource(unusable.0)
    }
}

impl From<rusqlite::Error> for Refused {
    fn from(error: rusqlite::Error) -> Self {
        let rusqlite::Error::SqliteFailure(code, words) = &error else {
            return Self::Store(error.into());
        };
        if code.code != rusqlite::ErrorCode::ConstraintViolation {
            return Self::Store(error.into());
        }
        // The schema's own words name tables and rules, never values.
        let words = words.clone().unwrap_or_default();
        Self::Resource(format!("does not fit the records here: {words}"))
    }
}

impl StoreHandle {
    /// Takes a page in.
    ///
    /// # Errors
    /// As [`Self::clinic`]; nothing of the page is in then.
    pub async fn take_in(
        &self,
        site: Site,
        page: Page,
        now: Timestamp,
    ) -> Result<TakenIn, StoreError> {
        self.ask(move |connection| take_in(connection, &site, &page, now))
            .await
    }

    /// How far resources of a kind have been read, in the server's own words.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn central_cursor(&self, kind: Kind) -> Result<Option<String>, StoreError> {
        self.ask(move |connection| {
            Ok(connection
                .prepare_cached("SELECT since FROM central_cursors WHERE kind = ?1")?
                .query_row([kind.name()], |row| row.get(0))
                .optional()?)
        })
        .await
    }

    /// Of these resources there, those that the kiosk has never seen.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn unknown(
        &self,
        wanted: Vec<(Kind, String)>,
    ) -> Result<Vec<(Kind, String)>, StoreError> {
        self.ask(move |connection| {
            let mut unknown = Vec::new();
            for (kind, id) in wanted {
                if linked(connection, kind, &id)?.is_none() {
                    unknown.push((kind, id));
                }
            }
            Ok(unknown)
        })
        .await
    }

    /// Rejects that are to be tried again.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn rejects_due(
        &self,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<(Kind, String)>, StoreError> {
        self.ask(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT kind, central FROM central_rejects
                 WHERE next_attempt_at <= ?1 OR next_attempt_at > ?1 + 2 * ?2
                 ORDER BY next_attempt_at LIMIT ?3",
            )?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let rows = statement.query_map((now.as_second(), DAY_S, limit), |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
            })?;
            let mut found = Vec::new();
            for row in rows {
                let (kind, central) = row?;
                found.extend(Kind::named(&kind).map(|kind| (kind, central)));
            }
            Ok(found)
        })
        .await
    }
}

impl StoreHandle {
    /// Forgets a reject: there is no such resource any more.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn forget_reject(&self, kind: Kind, id: String) -> Result<(), StoreError> {
        self.ask(move |connection| {
            connection.execute(
                "DELETE FROM central_rejects WHERE kind = ?1 AND central = ?2",
                (kind.name(), id),
            )?;
            Ok(())
        })
        .await
    }
}

impl StoreHandle {
    /// Appointments that collided with one that is gone are bookings like any other; how many.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn settle_conflicts(&self, now: Timestamp) -> Result<usize, StoreError> {
        self.ask(move |connection| settle_conflicts(connection, now))
            .await
    }
}

fn settle_conflicts(connection: &Connection, now: Timestamp) -> Result<usize, StoreError> {
    let ids: Vec<String> = connection
        .prepare_cached("SELECT id FROM appointments WHERE conflict = 1")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut settle = connection.prepare_cached(
        "UPDATE appointments
         SET conflict = 0, version = version + 1, changed_at = ?2, changed_by = 'sync'
         WHERE id = ?1 AND status IN ('pending', 'booked', 'arrived', 'checked-in')",
    )?;
    let mut settled = 0;
    for id in ids {
        match settle.execute((&id, now.as_second())) {
            Ok(changed) => settled += changed,
            Err(error) if is_collision(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(settled)
}

fn take_in(
    connection: &mut Connection,
    site: &Site,
    page: &Page,
    now: Timestamp,
) -> Result<TakenIn, StoreError> {
    let mut sum = TakenIn::default();
    let mut transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for resource in &page.resources {
        let Some(id) = resource["id"].as_str() else {
            continue;
        };
        let Some(kind) = resource["resourceType"].as_str().and_then(Kind::named) else {
            continue;
        };
        let savepoint = transaction.savepoint()?;
        let inbox = Inbox {
            connection: &savepoint,
            site,
            over_ours: page.over_ours,
            now,
        };
        match inbox.take(kind, id, resource) {
            Ok(taken) => {
                savepoint.execute(
                    "DELETE FROM central_rejects WHERE kind = ?1 AND central = ?2",
                    (kind.name(), id),
                )?;
                savepoint.commit()?;
                match taken {
                    Taken::Applied => {
                        sum.applied += 1;
                        sum.roster_changed |=
                            matches!(kind, Kind::Practitioner | Kind::PractitionerRole);
                    }
                    Taken::Known => sum.known += 1,
                    Taken::Waiting => sum.waiting += 1,
                }
            }
            Err(Refused::Resource(reason)) => {
                savepoint.finish()?;
                reject(&transaction, (kind, id, resource), &reason, now)?;
                sum.rejected += 1;
            }
            Err(Refused::Store(error)) => return Err(error),
        }
    }
    if let Some(cursor) = &page.cursor {
        transaction.execute(
            "INSERT INTO central_cursors (kind, since) VALUES (?1, ?2)
             ON CONFLICT (kind) DO UPDATE SET since = excluded.since",
            (page.kind.name(), cursor),
        )?;
    }
    transaction.commit()?;
    Ok(sum)
}

fn reject(
    connection: &Connection,
    (kind, id, resource): (Kind, &str, &Value),
    reason: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO central_rejects (kind, central, version, reason, since, next_attempt_at)
         VALUES (:kind, :id, :version, :reason, :now, :now + :wait)
         ON CONFLICT (kind, central) DO UPDATE SET version = excluded.version,
             reason = excluded.reason, attempts = attempts + 1,
             next_attempt_at = :now + min(:day, :wait << min(attempts, 10))",
        named_params! {
            ":kind": kind.name(),
            ":id": id,
            ":version": resource["meta"]["versionId"].as_str().unwrap_or_default(),
            ":reason": reason,
            ":now": now.as_second(),
            ":wait": TRY_REJECTS_AFTER_S,
            ":day": DAY_S,
        },
    )?;
    Ok(())
}

struct Inbox<'a> {
    connection: &'a Connection,
    site: &'a Site,
    over_ours: bool,
    now: Timestamp,
}

impl Inbox<'_> {
    fn take(&self, kind: Kind, id: &str, resource: &Value) -> Result<Taken, Refused> {
        let version = resource["meta"]["versionId"].as_str().unwrap_or_default();
        let known = linked(self.connection, kind, id)?;
        if let Some((own, seen)) = &known
            && seen == version
            && !version.is_empty()
            && !self.over_ours
        {
            // Written by this kiosk, to a server that didn't send it back.
            if own.is_some() {
                self.hold(kind, id, resource)?;
            }
            // A server that two ask at the same moment may tell both that theirs was written.
            if let (Kind::Slot, Some(slot)) = (kind, own) {
                self.note_lease(slot, &fhir::slot_facts(resource)?)?;
            }
            return Ok(Taken::Known);
        }
        let own = known
            .and_then(|(own, _)| own)
            .or_else(|| self.site.own_id(kind, resource));
        if let Some(own) = &own {
            if self.is_linked_elsewhere(kind, own, id)? {
                if kind == Kind::Slot {
                    self.note_lease(own, &fhir::slot_facts(resource)?)?;
                }
                return self.pass_over(kind, id, version);
            }
            if !self.over_ours && self.is_waiting(kind, own)? {
                return Ok(Taken::Waiting);
            }
        }
        let (own, taken) = match kind {
            Kind::Practitioner => {
                self.practitioner(own, id, &fhir::practitioner_facts(resource)?)?
            }
            Kind::PractitionerRole => self.role(&fhir::role_facts(resource)?)?,
            Kind::Schedule => {
                let own = self.own(Kind::Practitioner, &fhir::schedule_facts(resource)?)?;
                (own, Taken::Known)
            }
            Kind::Slot => match self.slot(resource)? {
                Some(own) => (own, Taken::Known),
                None => return self.pass_over(kind, id, version),
            },
            Kind::Patient => self.patient(own, &fhir::patient_facts(resource))?,
            Kind::Appointment => self.appointment(own, &fhir::appointment_facts(resource)?)?,
        };
        let link = CentralLink {
            central: id.to_owned(),
            version: version.to_owned(),
            pushed: self.version_here(kind, &own)?,
            resource: Some(resource.clone()),
        };
        write_link(self.connection, kind, Some(&own), &link)?;
        Ok(taken)
    }

    fn hold(&self, kind: Kind, id: &str, resource: &Value) -> Result<(), Refused> {
        self.connection
            .prepare_cached(
                "UPDATE central_links SET resource = ?3 WHERE kind = ?1 AND central = ?2",
            )?
            .execute((kind.name(), id, resource.to_string()))?;
        Ok(())
    }

    /// Two resources there for one record here: the linked one counts.
    fn pass_over(&self, kind: Kind, id: &str, version: &str) -> Result<Taken, Refused> {
        if kind == Kind::PractitionerRole {
            return Err(Refused::Resource(
                "is a second role of one practitioner".to_owned(),
            ));
        }
        let link = CentralLink {
            central: id.to_owned(),
            version: version.to_owned(),
            pushed: 0,
            resource: None,
        };
        write_link(self.connection, kind, None, &link)?;
        Ok(Taken::Known)
    }

    fn is_linked_elsewhere(&self, kind: Kind, own: &str, id: &str) -> Result<bool, Refused> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT 1 FROM central_links WHERE kind = ?1 AND own = ?2 AND central <> ?3",
            )?
            .exists((kind.name(), own, id))?)
    }

    /// Whether a change of ours has not gone out.
    fn is_waiting(&self, kind: Kind, own: &str) -> Result<bool, Refused> {
        let kind = match kind {
            Kind::Patient => "patient",
            Kind::Appointment => "appointment",
            Kind::Practitioner | Kind::PractitionerRole | Kind::Schedule | Kind::Slot => {
                return Ok(false);
            }
        };
        Ok(self
            .connection
            .prepare_cached(
                "SELECT 1 FROM changes JOIN outbox ON outbox.seq = changes.seq
                 WHERE changes.kind = ?1 AND changes.subject = ?2 AND outbox.delivered_at IS NULL",
            )?
            .exists((kind, own))?)
    }

    fn version_here(&self, kind: Kind, own: &str) -> Result<i64, Refused> {
        let table = match kind {
            Kind::Patient => "patients",
            Kind::Appointment => "appointments",
            Kind::Practitioner | Kind::PractitionerRole | Kind::Schedule | Kind::Slot => {
                return Ok(0);
            }
        };
        Ok(self
            .connection
            .prepare_cached(&format!("SELECT version FROM {table} WHERE id = ?1"))?
            .query_row([own], |row| row.get(0))?)
    }

    /// The record here of a resource there.
    fn own(&self, kind: Kind, central: &str) -> Result<String, Refused> {
        linked(self.connection, kind, central)?
            .and_then(|(own, _)| own)
            .ok_or_else(|| Refused::Resource(format!("refers to an unknown {}", kind.name())))
    }

    /// The slot here, where there is one, and who has leased it.
    fn slot(&self, resource: &Value) -> Result<Option<String>, Refused> {
        let facts = fhir::slot_facts(resource)?;
        let practitioner = self.own(Kind::Schedule, &facts.schedule)?;
        let named = self.site.own_id(Kind::Slot, resource);
        let here = match named {
            Some(id) if self.is_slot(&id)? => Some(id),
            Some(_) | None => self.slot_at("", &practitioner, (facts.starts, facts.ends))?,
        };
        if let Some(slot) = &here {
            self.note_lease(slot, &facts)?;
        }
        Ok(here)
    }

    /// A slot that the server holds twice and leased twice is nobody's: each of the two
    /// kiosks sees the other's lease last.
    fn note_lease(&self, slot: &str, facts: &SlotFacts) -> Result<(), Refused> {
        let lease = facts.lease.as_ref();
        let lease = lease.map(|it| (it.kiosk.as_str(), it.until));
        Ok(leases::write(self.connection, slot, lease)?)
    }

    fn is_slot(&self, id: &str) -> Result<bool, Refused> {
        Ok(self
            .connection
            .prepare_cached("SELECT 1 FROM slots WHERE id = ?1")?
            .exists([id])?)
    }

    /// The slot with these times: the one that `appointment` has, else the first seat that
    /// nobody has, else the first.
    fn slot_at(
        &self,
        appointment: &str,
        practitioner: &str,
        (starts, ends): (Timestamp, Timestamp),
    ) -> Result<Option<String>, Refused> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT id FROM slots WHERE practitioner = ?1 AND starts_at = ?2 AND ends_at = ?3
                 ORDER BY EXISTS (SELECT 1 FROM appointments AS own
                                  WHERE own.id = ?4 AND own.slot = slots.id) DESC,
                          EXISTS (SELECT 1 FROM appointments AS other
                                  WHERE other.slot = slots.id AND other.blocking = 1), seat
                 LIMIT 1",
            )?
            .query_row(
                (
                    practitioner,
                    starts.as_second(),
                    ends.as_second(),
                    appointment,
                ),
                |row| row.get(0),
            )
            .optional()?)
    }
}

fn is_collision(error: &rusqlite::Error) -> bool {
    match booking::refusal(error) {
        Some(booking::Refusal::SlotTaken | booking::Refusal::PatientBusy) => true,
        Some(booking::Refusal::CodeTaken) | None => false,
    }
}
