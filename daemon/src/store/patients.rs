//! Patients on record, found by what they tell.

use super::slots::instant;
use super::{Stamp, StoreError, StoreHandle};
use jiff::Timestamp;
use kiosk_core::clinic::{
    AppointmentId, Clues, Held, Known, Match, NewPatient, PatientId, PractitionerId,
};
use kiosk_protocol::Private;
use rusqlite::{Connection, OptionalExtension, named_params};

/// Somebody who comes late is still found; yesterday's appointments are not.
const STILL_FOUND_S: i64 = 12 * 3_600;

/// A family shares a number and hundreds a guessed birth date. Of those the last
/// registered are looked at: so many names are compared within a millisecond.
const MOST_RECORDS: i64 = 100;

impl StoreHandle {
    /// The patients on record whom one of the clues fits, those with both first.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn patients(&self, clues: Clues, now: Timestamp) -> Result<Vec<Known>, StoreError> {
        self.ask(move |connection| with(connection, &clues, now))
            .await
    }
}

/// The patients whom the number or the birth date fits, those with both first.
fn with(connection: &Connection, clues: &Clues, now: Timestamp) -> Result<Vec<Known>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, name, phone IS NULL, phone IS :phone, birth_date IS NULL, birth_date IS :birth_date,
                (SELECT practitioner FROM appointments
                 WHERE patient = patients.id AND status <> 'cancelled' AND status <> 'entered-in-error'
                 ORDER BY starts_at DESC LIMIT 1)
         FROM patients
         WHERE erased_at IS NULL
           AND (phone = :phone AND phone IS NOT NULL
                OR birth_date = :birth_date AND birth_date IS NOT NULL)
         ORDER BY (phone IS :phone) + (birth_date IS :birth_date) DESC, id DESC
         LIMIT :most",
    )?;
    let phone = clues.phone.as_ref().map(Private::expose);
    let birth_date = clues.birth_date.map(|date| date.0.to_string());
    let fits = |absent, same| match (absent, same) {
        (true, _) => Match::Absent,
        (false, true) => Match::Same,
        (false, false) => Match::Other,
    };
    let rows = statement.query_map(
        named_params! { ":phone": phone, ":birth_date": birth_date, ":most": MOST_RECORDS },
        |row| {
            Ok(Known {
                id: PatientId(row.get(0)?),
                name: Private::new(row.get::<_, String>(1)?),
                phone: fits(row.get(2)?, row.get(3)?),
                birth_date: fits(row.get(4)?, row.get(5)?),
                last_seen: row.get::<_, Option<String>>(6)?.map(PractitionerId),
                held: Vec::new(),
            })
        },
    )?;
    rows.map(|row| {
        let mut known = row?;
        known.held = held_by(connection, &known.id, now)?;
        Ok(known)
    })
    .collect()
}

/// The open appointments of a patient, soonest first.
fn held_by(
    connection: &Connection,
    patient: &PatientId,
    now: Timestamp,
) -> Result<Vec<Held>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, code, practitioner, starts_at, ends_at, status IN ('checked-in', 'arrived')
         FROM appointments
         WHERE patient = ?1 AND ends_at > ?2
           AND status IN ('pending', 'booked', 'checked-in', 'arrived')
         ORDER BY starts_at",
    )?;
    let since = now.as_second() - STILL_FOUND_S;
    let rows = statement.query_map((&patient.0, since), |row| {
        let texts = [row.get::<_, String>(0)?, row.get(1)?, row.get(2)?];
        let times = [row.get::<_, i64>(3)?, row.get(4)?];
        Ok((texts, times, row.get::<_, bool>(5)?))
    })?;
    rows.map(|row| {
        let ([id, code, practitioner], [starts_at, ends_at], checked_in) = row?;
        Ok(Held {
            id: AppointmentId(id),
            code,
            practitioner: PractitionerId(practitioner),
            start: instant(starts_at)?,
            end: instant(ends_at)?,
            checked_in,
        })
    })
    .collect()
}

/// Whether that patient is still on record.
pub(super) fn is_on_record(connection: &Connection, id: &PatientId) -> Result<bool, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT 1 FROM patients WHERE id = ?1 AND erased_at IS NULL")?;
    let found = statement.query_row([&id.0], |_| Ok(())).optional()?;
    Ok(found.is_some())
}

/// Registers somebody who has agreed to it.
pub(super) fn register(
    connection: &Connection,
    patient: &NewPatient,
    stamp: &Stamp,
) -> Result<PatientId, StoreError> {
    let id = PatientId(uuid::Uuid::now_v7().to_string());
    insert(connection, &id, patient, stamp)?;
    Ok(id)
}

pub(super) fn insert(
    connection: &Connection,
    id: &PatientId,
    patient: &NewPatient,
    stamp: &Stamp,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO patients
             (id, name, phone, birth_date, consented_at, created_at, changed_at, changed_by)
             VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?5, ?6)",
        )?
        .execute((
            &id.0,
            patient.name.expose(),
            patient.phone.as_ref().map(Private::expose),
            patient.birth_date.map(|date| date.0.to_string()),
            stamp.at.as_second(),
            &stamp.by,
        ))?;
    Ok(())
}
