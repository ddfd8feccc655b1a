//! What staff does to an appointment: one act, checked against the version that they saw.

use super::appointments::{self, AppointmentRecord};
use super::{Stamp, StoreError, StoreHandle, held, queue};
use jiff::Timestamp;
use kiosk_core::clinic::{AppointmentId, BookingOutcome, Settled, SlotId, Ticket};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

/// What is to be done with an appointment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// It will not take place; its slot is free again.
    Cancel,
    /// It takes place at another slot.
    Move(SlotId),
    /// The patient is here.
    CheckIn,
    /// The patient did not come.
    NoShow,
    /// The patient has been seen.
    Finish,
}

/// An act on one appointment.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Which.
    pub id: AppointmentId,
    /// What.
    pub act: Act,
    /// The version that whoever asks has seen; `None`: whatever it is.
    pub seen: Option<i64>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acted {
    /// Done; done before is done, too.
    Done {
        /// As it stands.
        record: Box<AppointmentRecord>,
        /// Of who has checked in.
        ticket: Option<Ticket>,
    },
    /// There is no such appointment.
    Unknown,
    /// It has changed since; its version is this.
    Changed(i64),
    /// Its status forbids it.
    NotAllowed,
    /// The slot is taken, held, past or withdrawn.
    SlotTaken,
    /// The patient has another appointment then.
    PatientBusy,
}

impl StoreHandle {
    /// Does to an appointment what staff asks for.
    ///
    /// # Errors
    /// As [`Self::clinic`]; what stands in the way is an outcome.
    pub async fn act(&self, asked: Asked, now: Timestamp) -> Result<Acted, StoreError> {
        let stamp = self.stamp(now);
        self.ask_durably(move |connection| act(connection, &asked, &stamp))
            .await
    }
}

/// Does what is asked.
fn act(connection: &mut Connection, asked: &Asked, stamp: &Stamp) -> Result<Acted, StoreError> {
    let Some(before) = appointments::record(connection, &asked.id)? else {
        return Ok(Acted::Unknown);
    };
    if asked.seen.is_some_and(|seen| seen != before.version) {
        return Ok(Acted::Changed(before.version));
    }
    let id = &asked.id;
    let (allowed, ticket) = match &asked.act {
        Act::Cancel => (settled(held::cancel(connection, id, stamp)?), None),
        Act::CheckIn => match held::check_in(connection, id, stamp)? {
            Settled::Queued(ticket) => (true, Some(ticket)),
            Settled::Cancelled | Settled::Refused => (false, None),
        },
        Act::NoShow => (move_on(connection, id, "noshow", stamp)?, None),
        Act::Finish => (move_on(connection, id, "fulfilled", stamp)?, None),
        Act::Move(slot) => match held::reschedule(connection, id, slot, stamp)? {
            BookingOutcome::Booked { .. } => (true, None),
            BookingOutcome::SlotTaken => return Ok(Acted::SlotTaken),
            BookingOutcome::PatientBusy => return Ok(Acted::PatientBusy),
            BookingOutcome::Failed => (false, None),
        },
    };
    if !allowed {
        return Ok(Acted::NotAllowed);
    }
    let record = appointments::record(connection, id)?.ok_or(StoreError::Vanished)?;
    Ok(Acted::Done {
        record: Box::new(record),
        ticket,
    })
}

const fn settled(settled: Settled) -> bool {
    match settled {
        Settled::Cancelled | Settled::Queued(_) => true,
        Settled::Refused => false,
    }
}

/// Sets the status where the schema's transitions allow it; whoever waited for it is not
/// in the queue any more. `false`: they don't.
fn move_on(
    connection: &mut Connection,
    id: &AppointmentId,
    status: &str,
    stamp: &Stamp,
) -> Result<bool, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let before: Option<String> = transaction
        .prepare_cached("SELECT status FROM appointments WHERE id = ?1")?
        .query_row([&id.0], |row| row.get(0))
        .optional()?;
    if before.as_deref() == Some(status) {
        return Ok(true);
    }
    let changed = transaction
        .prepare_cached(
            "UPDATE appointments
             SET status = ?2, version = version + 1, changed_at = ?3, changed_by = ?4
             WHERE id = ?1 AND EXISTS (SELECT 1 FROM appointment_transitions
                                       WHERE before = appointments.status AND after = ?2)",
        )?
        .execute((&id.0, status, stamp.at.as_second(), &stamp.by))?;
    if changed == 1 {
        queue::leave(&transaction, id, status == "fulfilled", stamp.at)?;
    }
    transaction.commit()?;
    Ok(changed == 1)
}
