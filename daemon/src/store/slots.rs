//! Free slots, and slots made from hours.

use super::{StoreError, StoreHandle};
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use kiosk_core::clinic::roster_file::PractitionerEntry;
use kiosk_core::clinic::{self, Closure, FreeSlot, PractitionerId, SlotId, SlotQuery};
use rusqlite::{Connection, OptionalExtension, named_params};

/// 43,200 s: no appointment is longer (the schema says so), which bounds the search for
/// overlaps. Of several seats at the same time the first free one stands for all.
const FREE: &str = "
    SELECT slots.id, slots.practitioner, slots.starts_at, slots.ends_at, min(slots.seat)
    FROM slots JOIN practitioners ON practitioners.id = slots.practitioner AND practitioners.active = 1
    WHERE slots.withdrawn = 0
      AND slots.starts_at >= :from AND slots.starts_at < :until
      AND slots.local_minute >= :first_minute AND slots.local_minute < :last_minute
      AND (:anyone OR slots.practitioner IN (SELECT value FROM json_each(:practitioners)))
      AND NOT EXISTS (
          SELECT 1 FROM appointments AS busy
          WHERE busy.practitioner = slots.practitioner AND busy.blocking = 1
            AND busy.starts_at < slots.ends_at AND busy.starts_at > slots.starts_at - 43200
            AND busy.ends_at > slots.starts_at
            AND coalesce((SELECT seat FROM slots AS its WHERE its.id = busy.slot), 0) = slots.seat)
      AND NOT EXISTS (SELECT 1 FROM holds WHERE holds.slot = slots.id AND holds.expires_at > :now)
      AND NOT EXISTS (SELECT 1 FROM leased_to_others AS leased
                      WHERE leased.slot = slots.id AND leased.until > :now)
    GROUP BY slots.starts_at, slots.practitioner
    ORDER BY slots.starts_at, slots.practitioner
    LIMIT :limit";

impl StoreHandle {
    /// Whose slot it is.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn practitioner_of(
        &self,
        slot: SlotId,
    ) -> Result<Option<PractitionerId>, StoreError> {
        self.ask(move |connection| practitioner_of(connection, &slot))
            .await
    }
}

/// Free slots, soonest first; `now` tells which holds have expired.
pub(super) fn free(
    connection: &Connection,
    query: &SlotQuery,
    now: Timestamp,
) -> Result<Vec<FreeSlot>, StoreError> {
    let ids: Vec<&str> = query.practitioners.iter().map(|id| id.0.as_str()).collect();
    let (first_minute, last_minute) = query
        .time_of_day
        .map_or((0, 24 * 60), |(from, to)| (minute_of(from), minute_of(to)));
    let mut statement = connection.prepare_cached(FREE)?;
    let rows = statement.query_map(
        named_params! {
            ":now": now.as_second(),
            ":from": query.from.as_second(),
            ":until": query.until.as_second(),
            ":first_minute": first_minute,
            ":last_minute": last_minute,
            ":anyone": ids.is_empty(),
            ":practitioners": serde_json::json!(ids).to_string(),
            ":limit": i64::try_from(query.limit).unwrap_or(i64::MAX),
        },
        |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, i64>(2)?,
                row.get::<_, i64>(3)?,
            ))
        },
    )?;
    rows.map(|row| {
        let (id, practitioner, starts_at, ends_at) = row?;
        Ok(FreeSlot {
            id: SlotId(id),
            practitioner: PractitionerId(practitioner),
            start: instant(starts_at)?,
            end: instant(ends_at)?,
        })
    })
    .collect()
}

pub(super) fn instant(seconds: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_second(seconds)
        .map_err(|_| StoreError::Unusable(format!("the instant {seconds}")))
}

fn minute_of(time: Time) -> i64 {
    i64::from(time.hour()) * 60 + i64::from(time.minute())
}

/// What all practitioners' slots have in common.
pub(super) struct Calendar<'a> {
    /// The clinic's.
    pub zone: &'a TimeZone,
    /// Days on which nobody is seen.
    pub closures: &'a [Closure],
    /// The last day that can be booked.
    pub last: Date,
}

/// Makes the future slots of `entry` what its hours say, from `now` to the calendar's last day.
/// A slot that an appointment ever sat on is withdrawn rather than removed.
pub(super) fn regenerate(
    connection: &Connection,
    entry: &PractitionerEntry,
    calendar: &Calendar<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "DELETE FROM slots WHERE practitioner = ?1 AND starts_at >= ?2
             AND NOT EXISTS (SELECT 1 FROM appointments WHERE appointments.slot = slots.id)",
        )?
        .execute((&entry.id.0, now.as_second()))?;
    connection
        .prepare_cached(
            "UPDATE slots SET withdrawn = 1 WHERE practitioner = ?1 AND starts_at >= ?2",
        )?
        .execute((&entry.id.0, now.as_second()))?;
    add(connection, entry, calendar, now)
}

/// Adds what is missing; a withdrawn slot that the hours hold again comes back.
pub(super) fn add(
    connection: &Connection,
    entry: &PractitionerEntry,
    calendar: &Calendar<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Calendar {
        zone,
        closures,
        last,
    } = *calendar;
    let today = zone.to_datetime(now).date();
    let mut statement = connection.prepare_cached(
        "INSERT INTO slots (id, practitioner, starts_at, ends_at, local_minute, seat, visit_type)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (id) DO UPDATE SET withdrawn = 0, visit_type = excluded.visit_type
         WHERE ends_at = excluded.ends_at
           AND (withdrawn = 1 OR visit_type IS NOT excluded.visit_type)",
    )?;
    for slot in clinic::slots(entry, closures, zone, today, last)
        .iter()
        .filter(|slot| slot.start >= now)
    {
        let local_minute = minute_of(zone.to_datetime(slot.start).time());
        statement.execute((
            &slot.id.0,
            &entry.id.0,
            slot.start.as_second(),
            slot.end.as_second(),
            local_minute,
            slot.seat,
            &slot.visit_type,
        ))?;
    }
    Ok(())
}

/// Whose slot it is.
fn practitioner_of(
    connection: &Connection,
    slot: &SlotId,
) -> Result<Option<PractitionerId>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT practitioner FROM slots WHERE id = ?1")?;
    let found = statement
        .query_row([&slot.0], |row| row.get(0))
        .optional()?;
    Ok(found.map(PractitionerId))
}
