//! The records as other systems read them: searched, one by one, with their versions, and
//! as the feed of changes.

use super::slots::instant;
use super::worker::StoreHandle;
use super::{StoreError, roster};
use crate::fhir::{
    AppointmentRecord, Kind, PatientRecord, PractitionerRecord, Record, RoleRecord, ScheduleRecord,
    SlotRecord, SlotState, Version,
};
use jiff::Timestamp;
use kiosk_core::clinic::roster_file::Leave;
use kiosk_core::clinic::{PrivateDate, Specialty};
use kiosk_protocol::Private;
use rusqlite::types::Value as Sql;
use rusqlite::{Connection, Row, params_from_iter};

/// What a condition is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are the records' own fields")]
pub enum Field {
    Id,
    Status,
    Practitioner,
    Patient,
    Slot,
    Start,
    Changed,
    Phone,
    BirthDate,
    Specialty,
}

/// One condition of a search; all must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// The field is one of these.
    OneOf(Field, Vec<String>),
    /// The instant lies within, start included, end excluded; UTC seconds.
    Within(Field, Option<i64>, Option<i64>),
}

/// A search in the order of ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// What is looked for.
    pub kind: Kind,
    /// All must hold.
    pub conditions: Vec<Condition>,
    /// Only what comes after this id.
    pub after: Option<String>,
    /// At most so many.
    pub limit: usize,
}

/// A version of a record, as the feed tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its place in the feed.
    pub seq: i64,
    /// Whether the record began with it.
    pub is_new: bool,
    /// Which version.
    pub version: i64,
    /// What it was then; of a patient what is known today. None of what FHIR has no word for.
    pub record: Option<Record>,
}

impl StoreHandle {
    /// What a search finds.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn search(&self, search: Search, now: Timestamp) -> Result<Vec<Record>, StoreError> {
        self.ask(move |connection| self::search(connection, &search, now))
            .await
    }

    /// All versions of a record, newest first.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn versions(&self, kind: Kind, id: String) -> Result<Vec<Change>, StoreError> {
        self.ask(move |connection| versions(connection, kind, &id))
            .await
    }

    /// What changed after the sequence number `after`, oldest first, at most `limit`.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn changes(&self, after: i64, limit: usize) -> Result<Vec<Change>, StoreError> {
        self.ask(move |connection| changes(connection, after, limit))
            .await
    }
}

/// What can be asked of each kind, under the names that [`column()`] knows.
const fn table(kind: Kind) -> &'static str {
    match kind {
        Kind::Practitioner => "SELECT id, name, active, version, changed_at FROM practitioners",
        Kind::PractitionerRole | Kind::Schedule => {
            "SELECT id, id AS practitioner, active FROM practitioners"
        }
        Kind::Slot => {
            "SELECT id, practitioner, starts_at, ends_at, visit_type,
                CASE WHEN EXISTS (
                    SELECT 1 FROM appointments AS busy
                    WHERE busy.practitioner = slots.practitioner AND busy.blocking = 1
                      AND busy.starts_at < slots.ends_at AND busy.starts_at > slots.starts_at - 43200
                      AND busy.ends_at > slots.starts_at
                      AND coalesce((SELECT seat FROM slots AS its WHERE its.id = busy.slot), 0)
                        = slots.seat)
                     OR EXISTS (
                    SELECT 1 FROM appointments AS other
                    WHERE other.conflict = 1 AND other.practitioner = slots.practitioner
                      AND other.starts_at < slots.ends_at AND other.ends_at > slots.starts_at
                      AND other.status IN ('pending', 'booked', 'arrived', 'checked-in'))
                    THEN 'busy'
                    WHEN withdrawn = 1 THEN 'busy-unavailable' ELSE 'free' END AS status
             FROM slots"
        }
        Kind::Patient => {
            "SELECT id, name, phone, birth_date, merged_into, version, changed_at FROM patients"
        }
        Kind::Appointment => {
            "SELECT id, code, status, slot, practitioner, patient, starts_at, ends_at, conflict,
                created_at, version, changed_at FROM appointments"
        }
    }
}

const fn column(field: Field) -> &'static str {
    match field {
        Field::Id => "id",
        Field::Status => "status",
        Field::Practitioner => "practitioner",
        Field::Patient => "patient",
        Field::Slot => "slot",
        Field::Start => "starts_at",
        Field::Changed => "changed_at",
        Field::Phone => "phone",
        Field::BirthDate => "birth_date",
        Field::Specialty => "specialty",
    }
}

fn search(
    connection: &Connection,
    search: &Search,
    now: Timestamp,
) -> Result<Vec<Record>, StoreError> {
    let mut sql = format!("SELECT * FROM ({}) WHERE 1", table(search.kind));
    let mut values = Vec::new();
    let after = search
        .after
        .iter()
        .map(|id| ("id > ?", Sql::from(id.clone())));
    for (condition, value) in after {
        sql.push_str(" AND ");
        sql.push_str(condition);
        values.push(value);
    }
    for condition in &search.conditions {
        add(&mut sql, &mut values, condition);
    }
    sql.push_str(" ORDER BY id LIMIT ?");
    values.push(Sql::Integer(
        i64::try_from(search.limit).unwrap_or(i64::MAX),
    ));
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut found = Vec::new();
    let roster = Roster { connection, now };
    while let Some(row) = rows.next()? {
        found.push(record(&roster, search.kind, row)?);
    }
    Ok(found)
}

/// The records with these ids.
pub(super) fn by_ids(
    connection: &Connection,
    kind: Kind,
    ids: &[String],
    now: Timestamp,
) -> Result<Vec<Record>, StoreError> {
    let wanted = Search {
        kind,
        conditions: vec![Condition::OneOf(Field::Id, ids.to_vec())],
        after: None,
        limit: ids.len(),
    };
    search(connection, &wanted, now)
}

fn add(sql: &mut String, values: &mut Vec<Sql>, condition: &Condition) {
    match condition {
        Condition::OneOf(Field::Specialty, wanted) => {
            sql.push_str(
                " AND id IN (SELECT practitioner FROM practitioner_specialties
                             WHERE specialty IN (SELECT value FROM json_each(?)))",
            );
            values.push(Sql::Text(serde_json::json!(wanted).to_string()));
        }
        Condition::OneOf(field, wanted) => {
            sql.push_str(" AND ");
            sql.push_str(column(*field));
            sql.push_str(" IN (SELECT value FROM json_each(?))");
            values.push(Sql::Text(serde_json::json!(wanted).to_string()));
        }
        Condition::Within(field, from, until) => {
            for (bound, sign) in [(from, ">= ?"), (until, "< ?")] {
                if let Some(bound) = bound {
                    sql.push_str(" AND ");
                    sql.push_str(column(*field));
                    sql.push_str(sign);
                    values.push(Sql::Integer(*bound));
                }
            }
        }
    }
}

fn record(roster: &Roster<'_>, kind: Kind, row: &Row<'_>) -> Result<Record, StoreError> {
    Ok(match kind {
        Kind::Practitioner => Record::Practitioner(PractitionerRecord {
            id: row.get("id")?,
            name: row.get("name")?,
            active: row.get("active")?,
            version: version(row)?,
        }),
        Kind::PractitionerRole => Record::PractitionerRole(roster.role(row)?),
        Kind::Schedule => Record::Schedule(roster.schedule(row)?),
        Kind::Slot => Record::Slot(SlotRecord {
            id: row.get("id")?,
            practitioner: row.get("practitioner")?,
            starts: instant(row.get("starts_at")?)?,
            ends: instant(row.get("ends_at")?)?,
            state: match row.get::<_, String>("status")?.as_str() {
                "busy" => SlotState::Busy,
                "free" => SlotState::Free,
                _ => SlotState::Withdrawn,
            },
            visit_type: row.get("visit_type")?,
        }),
        Kind::Patient => Record::Patient(patient(row)?),
        Kind::Appointment => Record::Appointment(AppointmentRecord {
            id: row.get("id")?,
            code: row.get("code")?,
            status: row.get("status")?,
            slot: row.get("slot")?,
            practitioner: row.get("practitioner")?,
            patient: row.get("patient")?,
            starts: instant(row.get("starts_at")?)?,
            ends: instant(row.get("ends_at")?)?,
            conflict: row.get("conflict")?,
            created: instant(row.get("created_at")?)?,
            version: version(row)?,
        }),
    })
}

fn version(row: &Row<'_>) -> Result<Version, StoreError> {
    Ok(Version {
        number: row.get("version")?,
        at: instant(row.get("changed_at")?)?,
    })
}

fn patient(row: &Row<'_>) -> Result<PatientRecord, StoreError> {
    let name: String = row.get("name")?;
    let birth_date: Option<String> = row.get("birth_date")?;
    Ok(PatientRecord {
        id: row.get("id")?,
        name: (!name.is_empty()).then(|| Private::new(name)),
        phone: row.get::<_, Option<String>>("phone")?.map(Private::new),
        birth_date: birth_date
            .map(|text| roster::date(&text).map(PrivateDate))
            .transpose()?,
        merged_into: row.get("merged_into")?,
        version: version(row)?,
    })
}

/// What stands beside a practitioner's row.
struct Roster<'a> {
    connection: &'a Connection,
    now: Timestamp,
}

impl Roster<'_> {
    fn role(&self, row: &Row<'_>) -> Result<RoleRecord, StoreError> {
        let id: String = row.get("id")?;
        let mut leave = roster::leave_of(self.connection, Some(&id))?;
        leave.extend(self.closed_days()?);
        leave.sort_by_key(|leave| leave.from);
        Ok(RoleRecord {
            active: row.get("active")?,
            specialties: self.specialties(&id)?,
            hours: roster::hours_of(self.connection, &id)?,
            leave,
            practitioner: id,
        })
    }

    fn schedule(&self, row: &Row<'_>) -> Result<ScheduleRecord, StoreError> {
        let id: String = row.get("id")?;
        let (first, last) = self
            .connection
            .prepare_cached(
                "SELECT min(starts_at), max(ends_at) FROM slots
                 WHERE practitioner = ?1 AND withdrawn = 0 AND starts_at >= ?2",
            )?
            .query_row((&id, self.now.as_second()), |row| {
                Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, Option<i64>>(1)?))
            })?;
        Ok(ScheduleRecord {
            active: row.get("active")?,
            specialties: self.specialties(&id)?,
            horizon: match first.zip(last) {
                Some((first, last)) => Some((instant(first)?, instant(last)?)),
                None => None,
            },
            practitioner: id,
        })
    }

    fn specialties(&self, practitioner: &str) -> Result<Vec<Specialty>, StoreError> {
        let known = roster::specialties(self.connection)?;
        let own = roster::specialties_of(self.connection, practitioner)?;
        let named = own
            .iter()
            .filter_map(|id| known.iter().find(|it| it.id == *id).cloned());
        Ok(named.collect())
    }

    fn closed_days(&self) -> Result<Vec<Leave>, StoreError> {
        let Some((clinic, roster)) = roster::clinic(self.connection, self.now)? else {
            return Ok(Vec::new());
        };
        let today = roster::zone(&clinic.time_zone)?
            .to_datetime(self.now)
            .date();
        let closures = roster.closures.into_iter().filter(|it| it.to >= today);
        Ok(closures
            .map(|closure| Leave {
                from: closure.from,
                to: closure.to,
                reason: closure.name,
            })
            .collect())
    }
}

/// An appointment and a practitioner are told as they were; of a patient only today's
/// content is kept, so that it can be erased.
const VERSIONS: &str = "
    SELECT changes.seq, changes.kind, changes.action, changes.version AS told, changes.subject AS id,
           appointments.code, changes.state ->> 'status' AS status, changes.state ->> 'slot' AS slot,
           changes.state ->> 'practitioner' AS practitioner, changes.state ->> 'patient' AS patient,
           changes.state ->> 'starts_at' AS starts_at, changes.state ->> 'ends_at' AS ends_at,
           changes.state ->> 'conflict' AS conflict, appointments.created_at,
           coalesce(patients.name, changes.state ->> 'name') AS name,
           changes.state ->> 'active' AS active, patients.phone, patients.birth_date,
           patients.merged_into,
           coalesce(patients.version, changes.version) AS version,
           coalesce(patients.changed_at, changes.at) AS changed_at
    FROM changes
    LEFT JOIN appointments ON changes.kind = 'appointment' AND appointments.id = changes.subject
    LEFT JOIN patients ON changes.kind = 'patient' AND patients.id = changes.subject";

fn versions(connection: &Connection, kind: Kind, id: &str) -> Result<Vec<Change>, StoreError> {
    let kind = match kind {
        Kind::Practitioner => "practitioner",
        Kind::Patient => "patient",
        Kind::Appointment => "appointment",
        Kind::PractitionerRole | Kind::Schedule | Kind::Slot => return Ok(Vec::new()),
    };
    told(
        connection,
        "changes.kind = ?1 AND changes.subject = ?2 ORDER BY changes.version DESC",
        (kind, id),
    )
}

fn changes(connection: &Connection, after: i64, limit: usize) -> Result<Vec<Change>, StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    told(
        connection,
        "changes.seq > ?1 ORDER BY changes.seq LIMIT ?2",
        (after, limit),
    )
}

fn told(
    connection: &Connection,
    which: &str,
    values: impl rusqlite::Params,
) -> Result<Vec<Change>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("{VERSIONS} WHERE {which}"))?;
    let mut rows = statement.query(values)?;
    let mut found = Vec::new();
    // No role or schedule is among them.
    let roster = Roster {
        connection,
        now: Timestamp::UNIX_EPOCH,
    };
    while let Some(row) = rows.next()? {
        let kind = match row.get::<_, String>("kind")?.as_str() {
            "practitioner" => Some(Kind::Practitioner),
            "patient" => Some(Kind::Patient),
            "appointment" => Some(Kind::Appointment),
            _ => None,
        };
        found.push(Change {
            seq: row.get("seq")?,
            is_new: row.get::<_, String>("action")? == "create",
            version: row.get("told")?,
            record: kind.map(|kind| record(&roster, kind, row)).transpose()?,
        });
    }
    Ok(found)
}

pub(super) fn newest_change(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection
        .prepare_cached("SELECT coalesce(max(seq), 0) FROM changes")?
        .query_row([], |row| row.get(0))?)
}
