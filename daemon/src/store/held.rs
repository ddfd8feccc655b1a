//! Appointments that somebody has: found, moved, cancelled, checked in.

use super::StoreError;
use super::booking::{ACTOR, Refusal, refusal};
use super::slots::instant;
use jiff::Timestamp;
use kiosk_core::clinic::{AppointmentId, BookingOutcome, Held, PractitionerId, Settled, SlotId};
use kiosk_protocol::Private;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, named_params};

/// Somebody who comes late is still found; yesterday's appointments are not.
const STILL_FOUND_S: i64 = 12 * 3_600;

/// The open appointments booked with `phone` (E.164), soonest first.
pub(super) fn with_phone(
    connection: &Connection,
    phone: &str,
    now: Timestamp,
) -> Result<Vec<Held>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT appointments.id, code, patients.name, practitioner, starts_at, ends_at,
                status IN ('checked-in', 'arrived')
         FROM patients JOIN appointments ON appointments.patient = patients.id
         WHERE patients.phone = :phone AND appointments.ends_at > :since
           AND status IN ('pending', 'booked', 'checked-in', 'arrived')
         ORDER BY starts_at",
    )?;
    let since = now.as_second() - STILL_FOUND_S;
    let rows = statement.query_map(named_params! { ":phone": phone, ":since": since }, |row| {
        let texts = [
            row.get::<_, String>(0)?,
            row.get(1)?,
            row.get(2)?,
            row.get(3)?,
        ];
        Ok((
            texts,
            row.get::<_, i64>(4)?,
            row.get::<_, i64>(5)?,
            row.get::<_, bool>(6)?,
        ))
    })?;
    rows.map(|row| {
        let ([id, code, patient, practitioner], starts_at, ends_at, checked_in) = row?;
        Ok(Held {
            id: AppointmentId(id),
            code,
            patient: Private::new(patient),
            practitioner: PractitionerId(practitioner),
            start: instant(starts_at)?,
            end: instant(ends_at)?,
            checked_in,
        })
    })
    .collect()
}

/// Cancels; a second time changes nothing and is no failure.
pub(super) fn cancel(
    connection: &Connection,
    id: &AppointmentId,
    now: Timestamp,
) -> Result<Settled, StoreError> {
    let changed = connection
        .prepare_cached(
            "UPDATE appointments
             SET status = 'cancelled', version = version + 1, changed_at = ?2, changed_by = ?3
             WHERE id = ?1 AND status IN ('pending', 'booked')",
        )?
        .execute((&id.0, now.as_second(), ACTOR))?;
    let cancelled = changed == 1 || status(connection, id)?.as_deref() == Some("cancelled");
    Ok(if cancelled {
        Settled::Cancelled
    } else {
        Settled::Refused
    })
}

/// Moves to a free slot, all at once: the old slot is free when the new one is taken.
pub(super) fn reschedule(
    connection: &mut Connection,
    id: &AppointmentId,
    slot: &SlotId,
    now: Timestamp,
) -> Result<BookingOutcome, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let moved = transaction
        .prepare_cached(
            "UPDATE appointments
             SET slot = slots.id, practitioner = slots.practitioner, starts_at = slots.starts_at,
                 ends_at = slots.ends_at, version = appointments.version + 1, changed_at = ?3, changed_by = ?4
             FROM slots
             WHERE appointments.id = ?1 AND appointments.status IN ('pending', 'booked')
               AND slots.id = ?2 AND slots.withdrawn = 0 AND slots.starts_at > ?3
             RETURNING code",
        )?
        .query_row((&id.0, &slot.0, now.as_second(), ACTOR), |row| row.get::<_, String>(0))
        .optional();
    match moved.map_err(|error| (refusal(&error), error)) {
        Ok(Some(code)) => {
            transaction.commit()?;
            Ok(BookingOutcome::Booked { code })
        }
        Ok(None) if is_open(&transaction, id)? => Ok(BookingOutcome::SlotTaken),
        Ok(None) => Ok(BookingOutcome::Failed),
        Err((Some(Refusal::SlotTaken), _)) => Ok(BookingOutcome::SlotTaken),
        Err((Some(Refusal::CodeTaken) | None, error)) => Err(error.into()),
    }
}

/// Notes an arrival and tells who is before them: those of the same practitioner and day
/// who have arrived and whose appointments begin earlier.
pub(super) fn check_in(
    connection: &Connection,
    id: &AppointmentId,
    now: Timestamp,
) -> Result<Settled, StoreError> {
    let changed = connection
        .prepare_cached(
            "UPDATE appointments
             SET status = 'checked-in', version = version + 1, changed_at = ?2, changed_by = ?3
             WHERE id = ?1 AND status = 'booked'",
        )?
        .execute((&id.0, now.as_second(), ACTOR))?;
    if changed == 0 && status(connection, id)?.as_deref() != Some("checked-in") {
        return Ok(Settled::Refused);
    }
    let (ahead, minutes) = connection
        .prepare_cached(
            "SELECT count(*), coalesce(sum(other.ends_at - other.starts_at), 0) / 60
             FROM appointments AS own JOIN appointments AS other ON other.practitioner = own.practitioner
             WHERE own.id = ?1 AND other.status IN ('checked-in', 'arrived')
               AND other.starts_at < own.starts_at AND other.starts_at > own.starts_at - 43200",
        )?
        .query_row([&id.0], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)))?;
    Ok(Settled::CheckedIn {
        ahead: usize::try_from(ahead).unwrap_or(0),
        minutes,
    })
}

fn status(connection: &Connection, id: &AppointmentId) -> Result<Option<String>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT status FROM appointments WHERE id = ?1")?;
    Ok(statement.query_row([&id.0], |row| row.get(0)).optional()?)
}

fn is_open(connection: &Connection, id: &AppointmentId) -> Result<bool, StoreError> {
    Ok(matches!(
        status(connection, id)?.as_deref(),
        Some("pending" | "booked")
    ))
}
