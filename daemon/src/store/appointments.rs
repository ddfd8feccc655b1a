//! The appointments as staff, technicians and other programs read them.

use super::slots::instant;
use super::{StoreError, StoreHandle, roster};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use kiosk_core::clinic::{AppointmentId, PatientId, PractitionerId, SlotId};
use kiosk_protocol::Private;
use kiosk_protocol::control::AppointmentRow;
use rusqlite::{Connection, OptionalExtension, Row, named_params};
use std::fmt;

const FROM: &str = "
    SELECT appointments.id, code, status, appointments.starts_at, practitioners.name, patients.name
    FROM appointments
    JOIN practitioners ON practitioners.id = appointments.practitioner
    JOIN patients ON patients.id = appointments.patient
    WHERE appointments.starts_at >= ?1
    ORDER BY appointments.starts_at, appointments.id";

/// An appointment as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppointmentRecord {
    /// Its id.
    pub id: AppointmentId,
    /// Raised by one with each change; begins at 1.
    pub version: i64,
    /// On the ticket.
    pub code: String,
    /// A FHIR R4 appointment status.
    pub status: String,
    /// Its slot; none where it was made elsewhere.
    pub slot: Option<SlotId>,
    /// Whom they see.
    pub practitioner: PractitionerId,
    /// Who comes.
    pub patient: PatientId,
    /// Their name; empty where they were erased.
    pub patient_name: Private,
    /// When it starts.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// It came from the central server and collided with another.
    pub conflict: bool,
}

/// Which appointments are wanted.
#[derive(Debug, Clone)]
pub struct RecordQuery {
    /// Those that start at this instant or later.
    pub from: Timestamp,
    /// Those that come after this one.
    pub after: Option<RecordCursor>,
    /// At most this many.
    pub limit: usize,
}

/// A place among the appointments, which are ordered by start and id. One that moves in
/// the meantime is told where it is then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordCursor {
    starts_at: i64,
    id: String,
}

impl RecordCursor {
    /// The place of `record`.
    pub fn of(record: &AppointmentRecord) -> Self {
        Self {
            starts_at: record.start.as_second(),
            id: record.id.0.clone(),
        }
    }

    /// What [`fmt::Display`] wrote; `None` where it is something else.
    pub fn parse(text: &str) -> Option<Self> {
        let (starts_at, id) = text.split_once('.')?;
        Some(Self {
            starts_at: starts_at.parse().ok()?,
            id: id.to_owned(),
        })
    }
}

impl fmt::Display for RecordCursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.starts_at, self.id)
    }
}

const RECORD: &str = "
    SELECT appointments.id, appointments.version, code, status, slot, practitioner, patient,
           patients.name, starts_at, ends_at, conflict
    FROM appointments JOIN patients ON patients.id = appointments.patient";

impl StoreHandle {
    /// The appointments from the clinic-local day `from` (today where absent) on,
    /// soonest first.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn appointments(
        &self,
        from: Option<Date>,
        now: Timestamp,
    ) -> Result<Vec<AppointmentRow>, StoreError> {
        self.ask(move |connection| from_day(connection, from, now))
            .await
    }

    /// One appointment, if there is one with this id.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn record(&self, id: AppointmentId) -> Result<Option<AppointmentRecord>, StoreError> {
        self.ask(move |connection| record(connection, &id)).await
    }

    /// Appointments page by page, soonest first.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn records(&self, query: RecordQuery) -> Result<Vec<AppointmentRecord>, StoreError> {
        self.ask(move |connection| records(connection, &query))
            .await
    }

    /// Open appointments with this code on their ticket, as somebody types it.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn records_by_code(
        &self,
        code: Private,
    ) -> Result<Vec<AppointmentRecord>, StoreError> {
        self.ask(move |connection| by_code(connection, code.expose()))
            .await
    }

    /// Bookings that collided with one here, soonest first.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn conflicts(&self, now: Timestamp) -> Result<Vec<AppointmentRecord>, StoreError> {
        self.ask(move |connection| conflicts(connection, now)).await
    }

    /// All appointments of a patient, soonest first.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn records_of(
        &self,
        patient: PatientId,
    ) -> Result<Vec<AppointmentRecord>, StoreError> {
        self.ask(move |connection| of_patient(connection, &patient))
            .await
    }

    /// How much of everything there is.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn counts(&self, now: Timestamp) -> Result<Counts, StoreError> {
        self.ask(move |connection| counts(connection, now)).await
    }

    /// How many changes the central server has not confirmed.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn outbox_len(&self) -> Result<usize, StoreError> {
        self.ask(|connection| outbox_len(connection)).await
    }
}

pub(super) fn record(
    connection: &Connection,
    id: &AppointmentId,
) -> Result<Option<AppointmentRecord>, StoreError> {
    let mut statement =
        connection.prepare_cached(&format!("{RECORD} WHERE appointments.id = ?1"))?;
    let row = statement.query_row([&id.0], read).optional()?;
    row.transpose()
}

fn records(
    connection: &Connection,
    query: &RecordQuery,
) -> Result<Vec<AppointmentRecord>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "{RECORD}
         WHERE starts_at >= :from AND (starts_at, appointments.id) > (:starts_at, :id)
         ORDER BY starts_at, appointments.id LIMIT :limit"
    ))?;
    let after = query.after.as_ref();
    let rows = statement.query_map(
        named_params! {
            ":from": query.from.as_second(),
            ":starts_at": after.map_or(i64::MIN, |it| it.starts_at),
            ":id": after.map_or("", |it| it.id.as_str()),
            ":limit": i64::try_from(query.limit).unwrap_or(i64::MAX),
        },
        read,
    )?;
    rows.map(|row| row?).collect()
}

/// Those of one patient, soonest first.
fn of_patient(
    connection: &Connection,
    patient: &PatientId,
) -> Result<Vec<AppointmentRecord>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "{RECORD} WHERE patient = ?1 ORDER BY starts_at, appointments.id"
    ))?;
    let rows = statement.query_map([&patient.0], read)?;
    rows.map(|row| row?).collect()
}

fn by_code(connection: &Connection, code: &str) -> Result<Vec<AppointmentRecord>, StoreError> {
    let code = code.replace([' ', '-'], "").to_uppercase();
    let mut statement =
        connection.prepare_cached(&format!("{RECORD} WHERE code = ?1 AND open = 1"))?;
    let rows = statement.query_map([code], read)?;
    rows.map(|row| row?).collect()
}

/// Bookings that collided with one here and are still to come, soonest first.
fn conflicts(
    connection: &Connection,
    now: Timestamp,
) -> Result<Vec<AppointmentRecord>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "{RECORD} WHERE conflict = 1 AND open = 1 AND ends_at > ?1
         ORDER BY starts_at, appointments.id"
    ))?;
    let rows = statement.query_map([now.as_second()], read)?;
    rows.map(|row| row?).collect()
}

/// How much of everything there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Appointments that are still to come.
    pub open_appointments: i64,
    /// Waiting in the queue, of any day.
    pub waiting: i64,
    /// Calls that nobody has answered.
    pub open_alerts: i64,
    /// Changes that the central server has not confirmed.
    pub outbox: i64,
    /// Collisions that nobody has mended.
    pub conflicts: i64,
    /// Sequence number of the last change.
    pub last_change: i64,
}

fn counts(connection: &Connection, now: Timestamp) -> Result<Counts, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT (SELECT count(*) FROM appointments WHERE open = 1 AND starts_at > ?1),
                (SELECT count(*) FROM queue_tickets WHERE status = 'waiting'),
                (SELECT count(*) FROM alerts WHERE answered_at IS NULL),
                (SELECT count(*) FROM outbox WHERE delivered_at IS NULL),
                (SELECT count(*) FROM appointments WHERE conflict = 1 AND open = 1 AND ends_at > ?1),
                (SELECT coalesce(max(seq), 0) FROM changes)",
    )?;
    Ok(statement.query_row([now.as_second()], |row| {
        Ok(Counts {
            open_appointments: row.get(0)?,
            waiting: row.get(1)?,
            open_alerts: row.get(2)?,
            outbox: row.get(3)?,
            conflicts: row.get(4)?,
            last_change: row.get(5)?,
        })
    })?)
}

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Result<AppointmentRecord, StoreError>> {
    let (starts_at, ends_at) = (row.get(8)?, row.get(9)?);
    let (Ok(start), Ok(end)) = (instant(starts_at), instant(ends_at)) else {
        return Ok(Err(StoreError::Unusable(format!(
            "the instants {starts_at} and {ends_at}"
        ))));
    };
    Ok(Ok(AppointmentRecord {
        id: AppointmentId(row.get(0)?),
        version: row.get(1)?,
        code: row.get(2)?,
        status: row.get(3)?,
        slot: row.get::<_, Option<String>>(4)?.map(SlotId),
        practitioner: PractitionerId(row.get(5)?),
        patient: PatientId(row.get(6)?),
        patient_name: Private::new(row.get::<_, String>(7)?),
        start,
        end,
        conflict: row.get(10)?,
    }))
}

fn from_day(
    connection: &Connection,
    from: Option<Date>,
    now: Timestamp,
) -> Result<Vec<AppointmentRow>, StoreError> {
    let zone = match roster::clinic(connection, now)? {
        Some((clinic, _)) => roster::zone(&clinic.time_zone)?,
        None => TimeZone::UTC,
    };
    let day = from.unwrap_or_else(|| zone.to_datetime(now).date());
    let first = zone
        .to_ambiguous_zoned(day.at(0, 0, 0, 0))
        .compatible()
        .map_err(|_| StoreError::Unusable(format!("no day `{day}`")))?;
    let mut statement = connection.prepare_cached(FROM)?;
    let rows = statement.query_map([first.timestamp().as_second()], |row| {
        Ok((
            [
                row.get::<_, String>(0)?,
                row.get(1)?,
                row.get(2)?,
                row.get(4)?,
                row.get(5)?,
            ],
            row.get::<_, i64>(3)?,
        ))
    })?;
    rows.map(|row| {
        let ([id, code, status, practitioner, patient], starts_at) = row?;
        let start = zone.to_datetime(instant(starts_at)?);
        Ok(AppointmentRow {
            id,
            code,
            status,
            start,
            practitioner,
            patient: Private::new(patient),
        })
    })
    .collect()
}

fn outbox_len(connection: &Connection) -> Result<usize, StoreError> {
    let count: i64 = connection.query_row(
        "SELECT count(*) FROM outbox WHERE delivered_at IS NULL",
        [],
        |row| row.get(0),
    )?;
    Ok(usize::try_from(count).unwrap_or(0))
}
