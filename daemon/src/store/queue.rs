//! Today's queue: numbers for who has arrived and for who walks in.

use super::{StoreError, roster};
use jiff::Timestamp;
use jiff::civil::Date;
use kiosk_core::clinic::{AppointmentId, Settled, Ticket, WalkIn};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

/// A number for somebody without an appointment. Before them are all who wait for one of
/// the same practitioners; the wait is their planned time, shared among those.
pub(super) fn join(
    connection: &mut Connection,
    walk_in: &WalkIn,
    now: Timestamp,
) -> Result<Settled, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let day = today(&transaction, now)?;
    let ids: Vec<&str> = walk_in
        .practitioners
        .iter()
        .map(|id| id.0.as_str())
        .collect();
    let wanted = serde_json::json!(ids).to_string();
    let (ahead, minutes): (i64, i64) = transaction
        .prepare_cached(
            "WITH doctors AS (SELECT value AS id FROM json_each(?2))
             SELECT count(*),
                    count(*) * coalesce((SELECT avg(slot_minutes) FROM weekly_hours
                                         WHERE practitioner IN (SELECT id FROM doctors)), 0)
                             / (SELECT count(*) FROM doctors)
             FROM queue_tickets
             WHERE day = ?1 AND status = 'waiting'
               AND EXISTS (SELECT 1 FROM json_each(wanted) WHERE value IN (SELECT id FROM doctors))",
        )?
        .query_row((day.to_string(), &wanted), |row| {
            #[expect(clippy::cast_possible_truncation, reason = "minutes of one day")]
            Ok((row.get(0)?, row.get::<_, f64>(1)?.ceil() as i64))
        })?;
    let number = draw(&transaction, day, None, &wanted, now)?;
    transaction.commit()?;
    Ok(Settled::Queued(Ticket {
        number,
        ahead: usize::try_from(ahead).unwrap_or(0),
        minutes,
    }))
}

/// The number of somebody who has arrived for `appointment`; the same one a second time.
pub(super) fn number_for(
    connection: &Connection,
    appointment: &AppointmentId,
    now: Timestamp,
) -> Result<u32, StoreError> {
    let known = connection
        .prepare_cached("SELECT number FROM queue_tickets WHERE appointment = ?1")?
        .query_row([&appointment.0], |row| row.get(0))
        .optional()?;
    if let Some(number) = known {
        return Ok(number);
    }
    let wanted: String = connection
        .prepare_cached("SELECT json_array(practitioner) FROM appointments WHERE id = ?1")?
        .query_row([&appointment.0], |row| row.get(0))?;
    let day = today(connection, now)?;
    draw(connection, day, Some(appointment), &wanted, now)
}

fn draw(
    connection: &Connection,
    day: Date,
    appointment: Option<&AppointmentId>,
    wanted: &str,
    now: Timestamp,
) -> Result<u32, StoreError> {
    Ok(connection
        .prepare_cached(
            "INSERT INTO queue_tickets (day, number, appointment, wanted, created_at, changed_at)
             SELECT ?1, 1 + coalesce((SELECT max(number) FROM queue_tickets WHERE day = ?1), 0), ?2, ?3, ?4, ?4
             RETURNING number",
        )?
        .query_row(
            (
                day.to_string(),
                appointment.map(|id| &id.0),
                wanted,
                now.as_second(),
            ),
            |row| row.get(0),
        )?)
}

fn today(connection: &Connection, now: Timestamp) -> Result<Date, StoreError> {
    let zone = match roster::clinic(connection, now)? {
        Some((clinic, _)) => roster::zone(&clinic.time_zone)?,
        None => jiff::tz::TimeZone::UTC,
    };
    Ok(zone.to_datetime(now).date())
}
