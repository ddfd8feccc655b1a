//! Slots kept for a few minutes for the appointment that is about to be made on them.

use super::{StoreError, StoreHandle};
use jiff::{SignedDuration, Timestamp};
use kiosk_core::clinic::{AppointmentId, SlotId};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

/// Long enough to ask a patient for their name; what booking systems usually keep.
const KEPT: SignedDuration = SignedDuration::from_mins(5);

/// What became of a wish to keep a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldOutcome {
    /// Nobody else gets it until then.
    Held {
        /// When that ends.
        until: Timestamp,
    },
    /// It is taken, held for another, past or withdrawn.
    SlotTaken,
}

impl StoreHandle {
    /// Keeps a slot for five minutes for the appointment that is about to be made on it.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn hold(
        &self,
        slot: SlotId,
        appointment: AppointmentId,
        now: Timestamp,
    ) -> Result<HoldOutcome, StoreError> {
        self.ask_durably(move |connection| hold(connection, &slot, &appointment, now))
            .await
    }

    /// Gives back what was kept for `appointment`; `false` where there was nothing.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn release(&self, appointment: AppointmentId) -> Result<bool, StoreError> {
        self.ask_durably(move |connection| release(connection, &appointment))
            .await
    }
}

/// Keeps `slot` for `appointment`, in place of what was kept for it before.
fn hold(
    connection: &mut Connection,
    slot: &SlotId,
    appointment: &AppointmentId,
    now: Timestamp,
) -> Result<HoldOutcome, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let until = now
        .checked_add(KEPT)
        .map_err(|_| StoreError::Unusable(format!("the instant {now}")))?;
    // None is kept for longer than this one: a longer one was made by a clock that was ahead.
    transaction
        .prepare_cached(
            "DELETE FROM holds WHERE expires_at <= ?1 OR expires_at > ?3 OR appointment = ?2",
        )?
        .execute((now.as_second(), &appointment.0, until.as_second()))?;
    let kept = transaction
        .prepare_cached(
            "INSERT INTO holds (slot, appointment, expires_at)
             SELECT id, ?2, ?3 FROM slots
             WHERE id = ?1 AND withdrawn = 0 AND starts_at > ?4
               AND NOT EXISTS (SELECT 1 FROM appointments AS busy
                               WHERE busy.practitioner = slots.practitioner AND busy.blocking = 1
                                 AND busy.starts_at < slots.ends_at
                                 AND busy.starts_at > slots.starts_at - 43200
                                 AND busy.ends_at > slots.starts_at AND busy.id <> ?2)
               AND NOT EXISTS (SELECT 1 FROM leased_to_others AS leased
                               WHERE leased.slot = slots.id AND leased.until > ?4)
             ON CONFLICT DO NOTHING",
        )?
        .execute((&slot.0, &appointment.0, until.as_second(), now.as_second()))?;
    if kept == 0 {
        return Ok(HoldOutcome::SlotTaken);
    }
    transaction.commit()?;
    Ok(HoldOutcome::Held { until })
}

/// Gives back what is kept for `appointment`; `false` where there was nothing.
fn release(connection: &Connection, appointment: &AppointmentId) -> Result<bool, StoreError> {
    let slot = connection
        .prepare_cached("DELETE FROM holds WHERE appointment = ?1 RETURNING slot")?
        .query_row([&appointment.0], |row| row.get::<_, String>(0))
        .optional()?;
    Ok(slot.is_some())
}
