//! Patients at home whom somebody has to ring: their appointment was cancelled or moved
//! without them, was booked while nobody could say whether the time was free, or stands at a
//! time at which the practitioner is away now. The first two are noted by the schema.

use super::appointments::{self, AppointmentRecord};
use super::{StoreError, StoreHandle, audit};
use jiff::Timestamp;
use kiosk_core::clinic::AppointmentId;
use kiosk_protocol::RingBackWhy;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, named_params};

/// Somebody to ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RingBack {
    /// The appointment as it stands.
    pub record: AppointmentRecord,
    /// Why.
    pub why: RingBackWhy,
    /// How often nobody has answered.
    pub tried: u32,
}

/// Whom to ring: what is over by itself (the patient came, the time has passed, the doctor is
/// there again, the patient is erased) is not among them. What collides is told elsewhere.
const OPEN: &str = "
    WITH wanted (appointment, why, tried) AS (
        SELECT appointment, why, tried FROM ring_backs
        WHERE reached_at IS NULL AND why <> 'away'
        UNION ALL
        SELECT own.id, 'away', coalesce(ring_backs.tried, 0)
        FROM slots CROSS JOIN appointments AS own ON own.slot = slots.id
        LEFT JOIN ring_backs ON ring_backs.appointment = own.id AND ring_backs.why = 'away'
        WHERE slots.withdrawn = 1 AND slots.starts_at > :now AND ring_backs.reached_at IS NULL
          AND NOT EXISTS (SELECT 1 FROM ring_backs AS other WHERE other.appointment = own.id
                          AND other.why <> 'away' AND other.reached_at IS NULL)
    )
    SELECT appointments.id, appointments.version, code, status, slot, practitioner, patient,
           patients.name, starts_at, ends_at, conflict, why, tried
    FROM wanted JOIN appointments ON appointments.id = wanted.appointment
    JOIN patients ON patients.id = appointments.patient
    WHERE starts_at > :now AND conflict = 0 AND erased_at IS NULL
      AND CASE why WHEN 'cancelled' THEN status = 'cancelled'
          ELSE status IN ('pending', 'booked') END";

impl StoreHandle {
    /// Whom to ring, the soonest appointment first; who did not answer comes after those who
    /// have not been tried as often.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn ring_backs(&self, now: Timestamp) -> Result<Vec<RingBack>, StoreError> {
        self.ask(move |connection| open(connection, now)).await
    }

    /// Notes that the patient of this appointment was reached, or did not answer; `false` where
    /// nobody has to ring them.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn rang(
        &self,
        id: AppointmentId,
        reached: bool,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let by = self.actor();
        self.ask(move |connection| rang(connection, &id, reached, &by, now))
            .await
    }
}

/// Notes a booking that somebody has to confirm to the patient.
pub(super) fn note_to_confirm(
    connection: &Connection,
    id: &AppointmentId,
    now: Timestamp,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO ring_backs (appointment, why, since) VALUES (?1, 'to-confirm', ?2)
             ON CONFLICT (appointment) DO UPDATE
             SET why = excluded.why, since = excluded.since, tried = 0, reached_at = NULL",
        )?
        .execute((&id.0, now.as_second()))?;
    Ok(())
}

fn open(connection: &Connection, now: Timestamp) -> Result<Vec<RingBack>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "{OPEN} ORDER BY tried, starts_at, appointments.id"
    ))?;
    let rows = statement.query_map(named_params! { ":now": now.as_second() }, |row| {
        let why: String = row.get("why")?;
        Ok((appointments::read(row)?, why, row.get("tried")?))
    })?;
    rows.map(|row| {
        let (record, why, tried) = row?;
        Ok(RingBack {
            record: record?,
            why: reason(&why)?,
            tried,
        })
    })
    .collect()
}

fn rang(
    connection: &mut Connection,
    id: &AppointmentId,
    reached: bool,
    by: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let why: Option<String> = transaction
        .prepare_cached(&format!("{OPEN} AND appointments.id = :id"))?
        .query_row(
            named_params! { ":now": now.as_second(), ":id": id.0 },
            |row| row.get("why"),
        )
        .optional()?;
    let Some(why) = why else {
        return Ok(false);
    };
    transaction
        .prepare_cached(
            "INSERT INTO ring_backs (appointment, why, since) VALUES (:id, :why, :now)
             ON CONFLICT (appointment) DO UPDATE SET why = excluded.why",
        )?
        .execute(named_params! { ":id": id.0, ":why": why, ":now": now.as_second() })?;
    transaction
        .prepare_cached(
            "UPDATE ring_backs
             SET tried = tried + 1, reached_at = CASE WHEN :reached THEN :now END
             WHERE appointment = :id",
        )?
        .execute(named_params! { ":id": id.0, ":reached": reached, ":now": now.as_second() })?;
    let action = if reached { "reached" } else { "not-reached" };
    audit::note(
        &transaction,
        by,
        action,
        &format!("appointment/{}", id.0),
        now,
    )?;
    transaction.commit()?;
    Ok(true)
}

fn reason(why: &str) -> Result<RingBackWhy, StoreError> {
    match why {
        "cancelled" => Ok(RingBackWhy::Cancelled),
        "moved" => Ok(RingBackWhy::Moved),
        "to-confirm" => Ok(RingBackWhy::ToConfirm),
        "away" => Ok(RingBackWhy::Away),
        other => Err(StoreError::Unusable(format!("the reason `{other}`"))),
    }
}
