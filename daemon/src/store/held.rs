//! Appointments that somebody has: moved, cancelled, checked in.

use super::booking::{Refusal, refusal};
use super::{Stamp, StoreError, StoreHandle, leases, queue, ring_backs};
use jiff::Timestamp;
use kiosk_core::clinic::{AppointmentId, BookingOutcome, Settled, SlotId, Ticket};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

impl StoreHandle {
    /// Cancels an appointment and frees its slot.
    ///
    /// # Errors
    /// As [`Self::clinic`]; a status that forbids it is an outcome.
    pub async fn cancel(&self, id: AppointmentId, now: Timestamp) -> Result<Settled, StoreError> {
        let stamp = self.stamp(now);
        self.ask_durably(move |connection| cancel(connection, &id, &stamp))
            .await
    }

    /// Moves an appointment to another slot in one transaction; its code stays.
    ///
    /// # Errors
    /// As [`Self::book`].
    pub async fn reschedule(
        &self,
        id: AppointmentId,
        slot: SlotId,
        now: Timestamp,
    ) -> Result<BookingOutcome, StoreError> {
        let stamp = self.stamp(now);
        self.ask_durably(move |connection| reschedule(connection, &id, &slot, &stamp))
            .await
    }

    /// Notes that a patient has arrived.
    ///
    /// # Errors
    /// As [`Self::cancel`].
    pub async fn check_in(&self, id: AppointmentId, now: Timestamp) -> Result<Settled, StoreError> {
        let stamp = self.stamp(now);
        self.ask_durably(move |connection| check_in(connection, &id, &stamp))
            .await
    }
}

/// Cancels; a second time changes nothing and is no failure.
pub(super) fn cancel(
    connection: &Connection,
    id: &AppointmentId,
    stamp: &Stamp,
) -> Result<Settled, StoreError> {
    let changed = connection
        .prepare_cached(
            "UPDATE appointments
             SET status = 'cancelled', version = version + 1, changed_at = ?2, changed_by = ?3
             WHERE id = ?1 AND status IN ('pending', 'booked')",
        )?
        .execute((&id.0, stamp.at.as_second(), &stamp.by))?;
    let cancelled = changed == 1 || status(connection, id)?.as_deref() == Some("cancelled");
    Ok(if cancelled {
        Settled::Cancelled
    } else {
        Settled::Refused
    })
}

/// Moves to a free slot, all at once: the old slot is free when the new one is taken. What
/// collided elsewhere collides no more, and its new time is gone for everybody else.
pub(super) fn reschedule(
    connection: &mut Connection,
    id: &AppointmentId,
    slot: &SlotId,
    stamp: &Stamp,
) -> Result<BookingOutcome, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let moved = transaction
        .prepare_cached(
            "UPDATE appointments
             SET slot = slots.id, practitioner = slots.practitioner, starts_at = slots.starts_at,
                 ends_at = slots.ends_at, conflict = 0,
                 version = appointments.version + 1, changed_at = ?3, changed_by = ?4
             FROM slots
             WHERE appointments.id = ?1 AND appointments.status IN ('pending', 'booked')
               AND slots.id = ?2 AND slots.withdrawn = 0 AND slots.starts_at > ?3
             RETURNING code",
        )?
        .query_row((&id.0, &slot.0, stamp.at.as_second(), &stamp.by), |row| {
            row.get::<_, String>(0)
        })
        .optional();
    match moved.map_err(|error| (refusal(&error), error)) {
        Ok(Some(code)) => {
            let to_confirm = leases::is_to_confirm(&transaction, &slot.0, stamp.at)?;
            if to_confirm {
                ring_backs::note_to_confirm(&transaction, id, stamp.at)?;
            }
            transaction.commit()?;
            Ok(BookingOutcome::Booked { code, to_confirm })
        }
        Ok(None) if is_open(&transaction, id)? => Ok(BookingOutcome::SlotTaken),
        Ok(None) => Ok(BookingOutcome::Failed),
        Err((Some(Refusal::SlotTaken), _)) => Ok(BookingOutcome::SlotTaken),
        Err((Some(Refusal::PatientBusy), _)) => Ok(BookingOutcome::PatientBusy),
        Err((Some(Refusal::CodeTaken) | None, error)) => Err(error.into()),
    }
}

/// Notes an arrival and tells who is before them: those of the same practitioner and day
/// who have arrived and whose appointments begin earlier.
pub(super) fn check_in(
    connection: &mut Connection,
    id: &AppointmentId,
    stamp: &Stamp,
) -> Result<Settled, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let changed = transaction
        .prepare_cached(
            "UPDATE appointments
             SET status = 'checked-in', version = version + 1, changed_at = ?2, changed_by = ?3
             WHERE id = ?1 AND status IN ('booked', 'noshow')",
        )?
        .execute((&id.0, stamp.at.as_second(), &stamp.by))
        .map_err(|error| (refusal(&error), error));
    let changed = match changed {
        Ok(changed) => changed,
        // Meanwhile somebody else was given the time of who had not come.
        Err((Some(_), _)) => return Ok(Settled::Refused),
        Err((None, error)) => return Err(error.into()),
    };
    if changed == 0 && status(&transaction, id)?.as_deref() != Some("checked-in") {
        return Ok(Settled::Refused);
    }
    let number = queue::number_for(&transaction, id, stamp.at)?;
    let (ahead, practitioner) = transaction
        .prepare_cached(
            "SELECT (SELECT count(*) FROM appointments AS other
                     WHERE other.practitioner = own.practitioner AND other.status IN ('checked-in', 'arrived')
                       AND other.starts_at < own.starts_at AND other.starts_at > own.starts_at - 43200),
                    own.practitioner
             FROM appointments AS own WHERE own.id = ?1",
        )?
        .query_row([&id.0], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
    let ahead = usize::try_from(ahead).unwrap_or(0);
    let minutes = queue::minutes_for(&transaction, &practitioner, ahead)?;
    let day = queue::today(&transaction, stamp.at)?;
    let late = queue::delay(&transaction, &practitioner, day)?;
    transaction.commit()?;
    #[expect(clippy::cast_possible_truncation, reason = "minutes of one day")]
    Ok(Settled::Queued(Ticket {
        number,
        ahead,
        minutes: minutes.ceil() as i64 + late,
    }))
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
