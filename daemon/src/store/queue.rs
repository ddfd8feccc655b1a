//! Today's queue: numbers for who has arrived and for who walks in, and how long they wait.

use super::slots::instant;
use super::{StoreError, StoreHandle, roster};
use jiff::Timestamp;
use jiff::civil::Date;
use kiosk_core::clinic::{AppointmentId, PractitionerId, Settled, Ticket, WalkIn};
use kiosk_protocol::Private;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, named_params};

/// A practitioner's typical consultation, in minutes: the median of the last so many that
/// were measured, where there are enough of them; what is planned otherwise. What took
/// longer than two hours was a ticket that nobody closed.
const MEASURED: i64 = 21;
const ENOUGH: i64 = 5;
const LONGEST_S: i64 = 2 * 3_600;

/// One who waits, is being seen, or was today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueEntry {
    /// What is called out.
    pub number: u32,
    /// `waiting`, `called`, `done` or `left`.
    pub status: String,
    /// Who could see them, or does.
    pub practitioners: Vec<PractitionerId>,
    /// What they came for, if they have an appointment.
    pub appointment: Option<AppointmentId>,
    /// Whose appointment it is.
    pub patient: Option<Private>,
    /// When they took the number.
    pub since: Timestamp,
    /// Waiting before them, for one of the same practitioners.
    pub ahead: usize,
    /// How long that will take, with what the practitioner is late.
    pub minutes: i64,
}

/// What happens to somebody in the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// It is their turn with this practitioner.
    Call(PractitionerId),
    /// They have been seen.
    Finish,
    /// They went without having been seen.
    Leave,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turned {
    /// Done.
    Done,
    /// Nobody has that number today.
    Unknown,
    /// Not for somebody who is where they are.
    NotAllowed,
}

impl StoreHandle {
    /// A number in today's queue.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn join_queue(&self, walk_in: WalkIn, now: Timestamp) -> Result<Settled, StoreError> {
        self.ask_durably(move |connection| join(connection, &walk_in, now))
            .await
    }

    /// Today's queue, by number.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn queue(&self, now: Timestamp) -> Result<Vec<QueueEntry>, StoreError> {
        self.ask(move |connection| today_all(connection, now)).await
    }

    /// Notes whose turn it is, or that it is over.
    ///
    /// # Errors
    /// As [`Self::clinic`]; what stands in the way is an outcome.
    pub async fn turn(
        &self,
        number: u32,
        turn: Turn,
        now: Timestamp,
    ) -> Result<Turned, StoreError> {
        let stamp = self.stamp(now);
        self.ask(move |connection| take_turn(connection, number, &turn, &stamp))
            .await
    }
}

/// A number for somebody without an appointment. Before them are all who wait for one of
/// the same practitioners; the wait is their time, shared among those.
fn join(
    connection: &mut Connection,
    walk_in: &WalkIn,
    now: Timestamp,
) -> Result<Settled, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let day = today(&transaction, now)?;
    let number = draw(&transaction, day, None, &ids(&walk_in.practitioners), now)?;
    let (ahead, minutes) = wait(&transaction, day, number, &walk_in.practitioners)?;
    transaction.commit()?;
    Ok(Settled::Queued(Ticket {
        number,
        ahead,
        minutes,
    }))
}

/// Everybody of today, in the order of their numbers.
fn today_all(connection: &Connection, now: Timestamp) -> Result<Vec<QueueEntry>, StoreError> {
    let day = today(connection, now)?;
    let mut statement = connection.prepare_cached(
        "SELECT number, queue_tickets.status,
                iif(queue_tickets.practitioner IS NULL, wanted, json_array(queue_tickets.practitioner)),
                appointment, patients.name, queue_tickets.created_at
         FROM queue_tickets
         LEFT JOIN appointments ON appointments.id = appointment
         LEFT JOIN patients ON patients.id = appointments.patient
         WHERE day = ?1 ORDER BY number",
    )?;
    let rows = statement.query_map([day.to_string()], |row| {
        Ok((
            row.get::<_, u32>(0)?,
            row.get::<_, String>(1)?,
            row.get::<_, String>(2)?,
            row.get::<_, Option<String>>(3)?,
            row.get::<_, Option<String>>(4)?,
            row.get::<_, i64>(5)?,
        ))
    })?;
    rows.map(|row| {
        let (number, status, practitioners, appointment, patient, since) = row?;
        let practitioners = roster::list(&practitioners)?;
        let (ahead, minutes) = match status.as_str() {
            "waiting" => wait(connection, day, number, &practitioners)?,
            _ => (0, 0),
        };
        Ok(QueueEntry {
            number,
            status,
            practitioners,
            appointment: appointment.map(AppointmentId),
            patient: patient.map(Private::new),
            since: instant(since)?,
            ahead,
            minutes,
        })
    })
    .collect()
}

/// Notes whose turn it is, or that it is over. An appointment is finished with its ticket.
fn take_turn(
    connection: &mut Connection,
    number: u32,
    turn: &Turn,
    stamp: &super::Stamp,
) -> Result<Turned, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let day = today(&transaction, stamp.at)?.to_string();
    let is_there = transaction
        .prepare_cached("SELECT 1 FROM queue_tickets WHERE day = ?1 AND number = ?2")?
        .exists((&day, number))?;
    if !is_there {
        return Ok(Turned::Unknown);
    }
    let (before, after, practitioner) = match turn {
        Turn::Call(practitioner) => (
            ["waiting", "called"],
            "called",
            Some(practitioner.0.as_str()),
        ),
        Turn::Finish => (["called", "done"], "done", None),
        Turn::Leave => (["waiting", "called"], "left", None),
    };
    let at = stamp.at.as_second();
    let changed = transaction
        .prepare_cached(
            "UPDATE queue_tickets SET status = :after, changed_at = :at,
                 practitioner = coalesce(:practitioner, practitioner),
                 called_at = CASE :after WHEN 'called' THEN coalesce(called_at, :at) ELSE called_at END,
                 done_at = CASE :after WHEN 'done' THEN coalesce(done_at, max(called_at, :at)) ELSE done_at END
             WHERE day = :day AND number = :number AND status IN (:one, :other)",
        )?
        .execute(named_params! {
            ":after": after, ":at": at, ":practitioner": practitioner, ":day": &day,
            ":number": number, ":one": before[0], ":other": before[1],
        })?;
    if changed == 0 {
        return Ok(Turned::NotAllowed);
    }
    if matches!(turn, Turn::Finish) {
        transaction
            .prepare_cached(
                "UPDATE appointments
                 SET status = 'fulfilled', version = version + 1, changed_at = ?3, changed_by = ?4
                 WHERE id = (SELECT appointment FROM queue_tickets WHERE day = ?1 AND number = ?2)
                   AND status IN ('checked-in', 'arrived', 'booked')",
            )?
            .execute((&day, number, at, &stamp.by))?;
    }
    transaction.commit()?;
    Ok(Turned::Done)
}

/// Who came for `appointment` does not wait any more; `seen`: they have been seen.
pub(super) fn leave(
    connection: &Connection,
    appointment: &AppointmentId,
    seen: bool,
    now: Timestamp,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE queue_tickets SET status = iif(?2, 'done', 'left'), changed_at = ?3,
                 done_at = CASE WHEN ?2 AND called_at IS NOT NULL THEN max(called_at, ?3) END
             WHERE appointment = ?1 AND status IN ('waiting', 'called')",
        )?
        .execute((&appointment.0, seen, now.as_second()))?;
    Ok(())
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

/// How many minutes so many consultations of a practitioner take; see [`MEASURED`].
pub(super) fn minutes_for(
    connection: &Connection,
    practitioner: &str,
    consultations: usize,
) -> Result<f64, StoreError> {
    let measured: Vec<i64> = connection
        .prepare_cached(
            "SELECT done_at - called_at FROM queue_tickets
             WHERE practitioner = ?1 AND done_at - called_at BETWEEN 60 AND ?2
             ORDER BY done_at DESC LIMIT ?3",
        )?
        .query_map((practitioner, LONGEST_S, MEASURED), |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let typical = if i64::try_from(measured.len()).unwrap_or(i64::MAX) >= ENOUGH {
        let mut sorted = measured;
        sorted.sort_unstable();
        sorted[sorted.len() / 2] as f64 / 60.0
    } else {
        connection
            .prepare_cached(
                "SELECT coalesce(avg(slot_minutes), 0) FROM weekly_hours WHERE practitioner = ?1",
            )?
            .query_row([practitioner], |row| row.get(0))?
    };
    Ok(consultations as f64 * typical)
}

/// By how much a practitioner is late on `day`, in minutes.
pub(super) fn delay(
    connection: &Connection,
    practitioner: &str,
    day: Date,
) -> Result<i64, StoreError> {
    let known = connection
        .prepare_cached("SELECT minutes FROM delays WHERE practitioner = ?1 AND day = ?2")?
        .query_row((practitioner, day.to_string()), |row| row.get(0))
        .optional()?;
    Ok(known.unwrap_or(0))
}

/// The clinic's day.
pub(super) fn today(connection: &Connection, now: Timestamp) -> Result<Date, StoreError> {
    let zone = match roster::clinic(connection, now)? {
        Some((clinic, _)) => roster::zone(&clinic.time_zone)?,
        None => jiff::tz::TimeZone::UTC,
    };
    Ok(zone.to_datetime(now).date())
}

/// Who waits before `number` for one of `practitioners`, and how many minutes those take,
/// shared among the practitioners; the least late of them is who comes first.
fn wait(
    connection: &Connection,
    day: Date,
    number: u32,
    practitioners: &[PractitionerId],
) -> Result<(usize, i64), StoreError> {
    let ahead: i64 = connection
        .prepare_cached(
            "SELECT count(*) FROM queue_tickets
             WHERE day = ?1 AND number < ?2 AND status = 'waiting'
               AND EXISTS (SELECT 1 FROM json_each(wanted)
                           WHERE value IN (SELECT value FROM json_each(?3)))",
        )?
        .query_row((day.to_string(), number, ids(practitioners)), |row| {
            row.get(0)
        })?;
    let ahead = usize::try_from(ahead).unwrap_or(0);
    let (mut minutes, mut late) = (0.0, None::<i64>);
    for practitioner in practitioners {
        minutes += minutes_for(connection, &practitioner.0, ahead)?;
        let delay = delay(connection, &practitioner.0, day)?;
        late = Some(late.map_or(delay, |least| least.min(delay)));
    }
    let shared = minutes / practitioners.len().pow(2).max(1) as f64;
    #[expect(clippy::cast_possible_truncation, reason = "minutes of one day")]
    Ok((ahead, shared.ceil() as i64 + late.unwrap_or(0)))
}

fn ids(practitioners: &[PractitionerId]) -> String {
    let ids: Vec<&str> = practitioners.iter().map(|id| id.0.as_str()).collect();
    serde_json::json!(ids).to_string()
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
