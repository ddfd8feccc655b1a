//! Patients as staff works with their records: found, corrected, merged, erased.

use super::booking::{Refusal, refusal};
use super::slots::instant;
use super::{Stamp, StoreError, StoreHandle, patients};
use jiff::Timestamp;
use kiosk_core::clinic::{NewPatient, PatientId, PrivateDate};
use kiosk_protocol::Private;
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, named_params};

/// Who acts where records are old enough to be emptied.
const RETENTION: &str = "retention";

/// A patient as staff sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatientRecord {
    /// Their id.
    pub id: PatientId,
    /// Raised by one with each change; begins at 1.
    pub version: i64,
    /// Empty where they were erased.
    pub name: Private,
    /// E.164.
    pub phone: Option<Private>,
    /// Their birth date.
    pub birth_date: Option<PrivateDate>,
    /// When they were registered.
    pub created_at: Timestamp,
    /// When they were erased, if they were.
    pub erased_at: Option<Timestamp>,
    /// The record that took this one's place, if one did.
    pub merged_into: Option<PatientId>,
}

/// Facts by which staff looks for patients. All that are given must fit.
#[derive(Debug, Clone, Default)]
pub struct PatientQuery {
    /// A part of the name; case does not matter.
    pub name: Option<Private>,
    /// E.164.
    pub phone: Option<Private>,
    /// The birth date.
    pub birth_date: Option<PrivateDate>,
    /// At most this many, last registered first.
    pub limit: usize,
}

/// What became of a change to a patient's record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatientChange {
    /// Made.
    Done(PatientRecord),
    /// There is nobody with that id, or they were erased.
    Unknown,
    /// The record has changed since; its version is this.
    Changed(i64),
    /// Open appointments stand in the way: to erase somebody, or, at the same time, to merge two.
    HasAppointments,
}

const RECORD: &str =
    "SELECT id, version, name, phone, birth_date, created_at, erased_at, merged_into FROM patients";

impl StoreHandle {
    /// One patient, if there is one with this id.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn patient(&self, id: PatientId) -> Result<Option<PatientRecord>, StoreError> {
        self.ask(move |connection| record(connection, &id)).await
    }

    /// Patients whom all facts fit.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn search_patients(
        &self,
        query: PatientQuery,
    ) -> Result<Vec<PatientRecord>, StoreError> {
        self.ask(move |connection| search(connection, &query)).await
    }

    /// Registers somebody; the same id again returns the record.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn create_patient(
        &self,
        id: PatientId,
        patient: NewPatient,
        now: Timestamp,
    ) -> Result<PatientRecord, StoreError> {
        let stamp = self.stamp(now);
        self.ask(move |connection| create(connection, &id, &patient, &stamp))
            .await
    }

    /// Replaces what is known of somebody whose version `seen` was seen.
    ///
    /// # Errors
    /// As [`Self::clinic`]; what stands in the way is an outcome.
    pub async fn correct_patient(
        &self,
        id: PatientId,
        patient: NewPatient,
        seen: Option<i64>,
        now: Timestamp,
    ) -> Result<PatientChange, StoreError> {
        let stamp = self.stamp(now);
        self.ask(move |connection| correct(connection, &id, &patient, seen, &stamp))
            .await
    }

    /// Moves the appointments of `id` to `into` and empties the record.
    ///
    /// # Errors
    /// As [`Self::correct_patient`].
    pub async fn merge_patients(
        &self,
        id: PatientId,
        into: PatientId,
        seen: Option<i64>,
        now: Timestamp,
    ) -> Result<PatientChange, StoreError> {
        let stamp = self.stamp(now);
        self.ask(move |connection| merge(connection, [&id, &into], seen, &stamp))
            .await
    }

    /// Removes what is personal of somebody.
    ///
    /// # Errors
    /// As [`Self::correct_patient`].
    pub async fn erase_patient(
        &self,
        id: PatientId,
        seen: Option<i64>,
        now: Timestamp,
    ) -> Result<PatientChange, StoreError> {
        let stamp = self.stamp(now);
        self.ask(move |connection| erase(connection, &id, seen, &stamp))
            .await
    }

    /// Removes what is personal of up to `limit` patients who have not been here since
    /// `before`: how many there were.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn erase_old_patients(
        &self,
        before: Timestamp,
        limit: usize,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let stamp = self.acting_as(RETENTION).stamp(now);
        self.ask(move |connection| erase_old(connection, before, limit, &stamp))
            .await
    }
}

/// The patient with this id.
fn record(connection: &Connection, id: &PatientId) -> Result<Option<PatientRecord>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("{RECORD} WHERE id = ?1"))?;
    let row = statement.query_row([&id.0], read).optional()?;
    row.transpose()
}

/// Patients whom all facts fit.
fn search(connection: &Connection, query: &PatientQuery) -> Result<Vec<PatientRecord>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "{RECORD} WHERE erased_at IS NULL
           AND (:phone IS NULL OR phone = :phone)
           AND (:birth_date IS NULL OR birth_date = :birth_date)
           AND (:name IS NULL OR instr(lower(name), lower(:name)) > 0)
         ORDER BY id DESC LIMIT :limit"
    ))?;
    let rows = statement.query_map(
        named_params! {
            ":phone": query.phone.as_ref().map(Private::expose),
            ":birth_date": query.birth_date.map(|date| date.0.to_string()),
            ":name": query.name.as_ref().map(Private::expose),
            ":limit": i64::try_from(query.limit).unwrap_or(i64::MAX),
        },
        read,
    )?;
    rows.map(|row| row?).collect()
}

/// Registers somebody under an id of whoever asks; the same id again returns the record.
fn create(
    connection: &Connection,
    id: &PatientId,
    patient: &NewPatient,
    stamp: &Stamp,
) -> Result<PatientRecord, StoreError> {
    if let Some(known) = record(connection, id)? {
        return Ok(known);
    }
    patients::insert(connection, id, patient, stamp)?;
    record(connection, id)?.ok_or(StoreError::Vanished)
}

/// Replaces what is known of somebody.
fn correct(
    connection: &Connection,
    id: &PatientId,
    patient: &NewPatient,
    seen: Option<i64>,
    stamp: &Stamp,
) -> Result<PatientChange, StoreError> {
    let before = match current(connection, id, seen)? {
        Ok(record) => record,
        Err(refusal) => return Ok(refusal),
    };
    let is_new = before.name != patient.name
        || before.phone != patient.phone
        || before.birth_date != patient.birth_date;
    if is_new {
        connection
            .prepare_cached(
                "UPDATE patients SET name = ?2, phone = ?3, birth_date = ?4,
                     version = version + 1, changed_at = ?5, changed_by = ?6 WHERE id = ?1",
            )?
            .execute((
                &id.0,
                patient.name.expose(),
                patient.phone.as_ref().map(Private::expose),
                patient.birth_date.map(|date| date.0.to_string()),
                stamp.at.as_second(),
                &stamp.by,
            ))?;
    }
    done(connection, id)
}

/// Removes what is personal; appointments stay and name nobody. Who is still expected is
/// not erased.
fn erase(
    connection: &mut Connection,
    id: &PatientId,
    seen: Option<i64>,
    stamp: &Stamp,
) -> Result<PatientChange, StoreError> {
    if let Err(refusal) = current(connection, id, seen)? {
        return Ok(refusal);
    }
    let is_expected = connection
        .prepare_cached(
            "SELECT 1 FROM appointments WHERE patient = ?1 AND open = 1 AND ends_at > ?2",
        )?
        .exists((&id.0, stamp.at.as_second()))?;
    if is_expected {
        return Ok(PatientChange::HasAppointments);
    }
    empty(connection, id, None, stamp)?;
    done(connection, id)
}

/// Moves the appointments of `id` to `into` and empties the record.
fn merge(
    connection: &mut Connection,
    [id, into]: [&PatientId; 2],
    seen: Option<i64>,
    stamp: &Stamp,
) -> Result<PatientChange, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if let Err(refusal) = current(&transaction, id, seen)? {
        return Ok(refusal);
    }
    if id == into || !patients::is_on_record(&transaction, into)? {
        return Ok(PatientChange::Unknown);
    }
    let moved = transaction
        .prepare_cached(
            "UPDATE appointments SET patient = ?2, version = version + 1, changed_at = ?3, changed_by = ?4
             WHERE patient = ?1",
        )?
        .execute((&id.0, &into.0, stamp.at.as_second(), &stamp.by));
    match moved.map_err(|error| (refusal(&error), error)) {
        Ok(_) => {}
        Err((Some(Refusal::PatientBusy), _)) => return Ok(PatientChange::HasAppointments),
        Err((_, error)) => return Err(error.into()),
    }
    empty(&transaction, id, Some(into), stamp)?;
    transaction.commit()?;
    done(connection, into)
}

/// Patients whose last appointment ended before `before` (or who never had one and were
/// registered before) are emptied, `limit` at a time: how many were.
/// Of the newest changes; a clinic makes some hundred a day.
const LOOKED_AT: i64 = 10_000;

/// Whether something was changed between a day and a month ago. What is emptied is gone: a clock
/// that has just jumped ahead, by whatever, is not enough to do it.
fn has_worked_by_this_clock(connection: &Connection, now: Timestamp) -> Result<bool, StoreError> {
    const DAY_S: i64 = 24 * 3_600;
    let now = now.as_second();
    Ok(connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM (SELECT at FROM changes ORDER BY seq DESC LIMIT ?3)
                            WHERE at BETWEEN ?1 AND ?2)",
        )?
        .query_row((now - 30 * DAY_S, now - DAY_S, LOOKED_AT), |row| row.get(0))?)
}

fn erase_old(
    connection: &mut Connection,
    before: Timestamp,
    limit: usize,
    stamp: &Stamp,
) -> Result<usize, StoreError> {
    if !has_worked_by_this_clock(connection, stamp.at)? {
        return Ok(0);
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let erased = transaction
        .prepare_cached(
            "UPDATE patients SET name = '', phone = NULL, birth_date = NULL, erased_at = ?2,
                 version = version + 1, changed_at = ?2, changed_by = ?3
             WHERE id IN (SELECT id FROM patients AS old
                          WHERE erased_at IS NULL AND created_at < ?1
                            AND NOT EXISTS (SELECT 1 FROM appointments
                                            WHERE patient = old.id AND ends_at >= ?1)
                          LIMIT ?4)",
        )?
        .execute((
            before.as_second(),
            stamp.at.as_second(),
            &stamp.by,
            i64::try_from(limit).unwrap_or(i64::MAX),
        ))?;
    transaction.commit()?;
    Ok(erased)
}

/// The record that may be changed, or why it may not.
fn current(
    connection: &Connection,
    id: &PatientId,
    seen: Option<i64>,
) -> Result<Result<PatientRecord, PatientChange>, StoreError> {
    Ok(match record(connection, id)? {
        Some(record) if record.erased_at.is_none() => match seen {
            Some(seen) if seen != record.version => Err(PatientChange::Changed(record.version)),
            Some(_) | None => Ok(record),
        },
        Some(_) | None => Err(PatientChange::Unknown),
    })
}

fn empty(
    connection: &Connection,
    id: &PatientId,
    merged_into: Option<&PatientId>,
    stamp: &Stamp,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE patients SET name = '', phone = NULL, birth_date = NULL, erased_at = ?2, merged_into = ?3,
                 version = version + 1, changed_at = ?2, changed_by = ?4 WHERE id = ?1",
        )?
        .execute((
            &id.0,
            stamp.at.as_second(),
            merged_into.map(|it| &it.0),
            &stamp.by,
        ))?;
    Ok(())
}

fn done(connection: &Connection, id: &PatientId) -> Result<PatientChange, StoreError> {
    let record = record(connection, id)?.ok_or(StoreError::Vanished)?;
    Ok(PatientChange::Done(record))
}

fn read(row: &Row<'_>) -> rusqlite::Result<Result<PatientRecord, StoreError>> {
    let birth_date: Option<String> = row.get(4)?;
    let (created_at, erased_at) = (row.get(5)?, row.get::<_, Option<i64>>(6)?);
    let parsed = || {
        let birth_date = birth_date
            .map(|text| text.parse().map(PrivateDate))
            .transpose()
            .map_err(|_| StoreError::Unusable("a birth date that is none".to_owned()))?;
        Ok((
            birth_date,
            instant(created_at)?,
            erased_at.map(instant).transpose()?,
        ))
    };
    let (birth_date, created_at, erased_at) = match parsed() {
        Ok(parsed) => parsed,
        Err(error) => return Ok(Err(error)),
    };
    Ok(Ok(PatientRecord {
        id: PatientId(row.get(0)?),
        version: row.get(1)?,
        name: Private::new(row.get::<_, String>(2)?),
        phone: row.get::<_, Option<String>>(3)?.map(Private::new),
        birth_date,
        created_at,
        erased_at,
        merged_into: row.get::<_, Option<String>>(7)?.map(PatientId),
    }))
}
