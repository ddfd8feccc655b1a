//! The roster in the database: taken in from a file, read back, slots kept ahead.

use super::slots::{self, Calendar};
use super::{Stamp, StoreError, StoreHandle};
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use kiosk_core::clinic::roster_file::{
    Clinic, Day, ExtraSession, Leave, PractitionerEntry, RosterFile, WeeklyHours,
};
use kiosk_core::clinic::{Closure, Practitioner, PractitionerId, Roster, Specialty, SpecialtyId};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

/// Who acts where a technician takes a roster in.
const ROSTER: &str = "roster";

/// What an import led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imported {
    /// Practitioners who see patients now.
    pub practitioners: usize,
    /// Slots free from now to the horizon.
    pub free_slots: usize,
}

/// Why a roster file was refused.
#[derive(Debug, thiserror::Error)]
pub enum RosterError {
    /// Not TOML, or not a roster's keys; the words give the line.
    #[error("the roster cannot be read: {0}")]
    Syntax(#[from] toml::de::Error),
    /// All that is wrong with its content.
    #[error("the roster has {} problem(s):\n{}", .0.len(), .0.iter().map(|problem| format!("  {problem}")).collect::<Vec<_>>().join("\n"))]
    Problems(Vec<String>),
}

impl StoreHandle {
    /// The clinic and who works there; none before a roster was imported.
    /// `now` begins the years whose holidays are known.
    ///
    /// # Errors
    /// The database failed, or the store has stopped.
    pub async fn clinic(&self, now: Timestamp) -> Result<Option<(Clinic, Roster)>, StoreError> {
        self.ask(move |connection| clinic(connection, now)).await
    }

    /// Takes a roster in and generates its slots. Booked appointments stay.
    ///
    /// # Errors
    /// As [`Self::clinic`]; nothing has changed then.
    pub async fn import_roster(
        &self,
        file: RosterFile,
        now: Timestamp,
    ) -> Result<Imported, StoreError> {
        let stamp = self.acting_as(ROSTER).stamp(now);
        self.ask(move |connection| import(connection, &file, &stamp))
            .await
    }

    /// Adds the slots of days that have come within the horizon.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn extend_slots(&self, now: Timestamp) -> Result<(), StoreError> {
        self.ask(move |connection| extend_slots(connection, now))
            .await
    }

    /// The roster as it would be written down; none before an import.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn roster_file(&self) -> Result<Option<RosterFile>, StoreError> {
        self.ask(|connection| file(connection)).await
    }
}

/// Reads a roster file and checks it whole.
///
/// # Errors
/// Where it is no roster, or everything that is wrong with it.
pub fn parse_roster(text: &str) -> Result<RosterFile, RosterError> {
    let file: RosterFile = toml::from_str(text)?;
    let problems = file.problems();
    if problems.is_empty() {
        Ok(file)
    } else {
        Err(RosterError::Problems(problems))
    }
}

pub(super) fn zone(name: &str) -> Result<TimeZone, StoreError> {
    TimeZone::get(name)
        .map_err(|_| StoreError::Unusable(format!("the time zone `{name}`, which nobody knows")))
}

/// The clinic and its active practitioners; none before an import.
pub(super) fn clinic(
    connection: &Connection,
    now: Timestamp,
) -> Result<Option<(Clinic, Roster)>, StoreError> {
    let Some(file) = file(connection)? else {
        return Ok(None);
    };
    let today = zone(&file.clinic.time_zone)?.to_datetime(now).date();
    Ok(Some((file.clinic.clone(), file.roster(today))))
}

/// The roster as it would be written down; none before an import.
pub(super) fn file(connection: &Connection) -> Result<Option<RosterFile>, StoreError> {
    let clinic = connection
        .query_row(
            "SELECT name, zone, regions, horizon_days, holidays, open_on, places FROM clinic",
            [],
            |row| {
                Ok((
                    [row.get::<_, String>(0)?, row.get(1)?, row.get(2)?],
                    row.get::<_, u16>(3)?,
                    row.get::<_, Option<String>>(4)?,
                    [row.get::<_, String>(5)?, row.get(6)?],
                ))
            },
        )
        .optional()?;
    let Some(([name, time_zone, regions], horizon_days, holidays, [open_on, places])) = clinic
    else {
        return Ok(None);
    };
    Ok(Some(RosterFile {
        clinic: Clinic {
            name,
            time_zone,
            regions: list(&regions)?,
            horizon_days,
            holidays,
            open_on: list(&open_on)?,
        },
        specialties: specialties(connection)?,
        practitioners: practitioners(connection)?,
        closures: closures(connection)?,
        places: list(&places)?,
    }))
}

pub(super) fn specialties(connection: &Connection) -> Result<Vec<Specialty>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT id, name, also, sensitive FROM specialties WHERE active = 1 ORDER BY position",
    )?;
    let rows = statement.query_map([], |row| {
        Ok((
            row.get::<_, String>(0)?,
            row.get(1)?,
            row.get::<_, String>(2)?,
            row.get(3)?,
        ))
    })?;
    rows.map(|row| {
        let (id, name, also, sensitive) = row?;
        Ok(Specialty {
            id: SpecialtyId(id),
            name,
            also: list(&also)?,
            sensitive,
        })
    })
    .collect()
}

fn practitioners(connection: &Connection) -> Result<Vec<Practitioner>, StoreError> {
    let mut statement = connection
        .prepare("SELECT id, name, room FROM practitioners WHERE active = 1 ORDER BY position")?;
    let rows = statement.query_map([], |row| {
        Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?))
    })?;
    rows.map(|row| {
        let (id, name, room) = row?;
        let specialties = specialties_of(connection, &id)?;
        let (hours, leave) = (hours_of(connection, &id)?, leave_of(connection, Some(&id))?);
        let extra = extra_of(connection, &id)?;
        Ok(Practitioner {
            id: PractitionerId(id),
            name,
            specialties,
            hours,
            leave,
            extra,
            room,
        })
    })
    .collect()
}

/// One practitioner, active or not, with where they stand in lists.
pub(super) fn entry(
    connection: &Connection,
    id: &PractitionerId,
) -> Result<(PractitionerEntry, usize), StoreError> {
    let (name, room, position) = connection.query_row(
        "SELECT name, room, position FROM practitioners WHERE id = ?1",
        [&id.0],
        |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)?)),
    )?;
    let entry = PractitionerEntry {
        id: id.clone(),
        name,
        specialties: specialties_of(connection, &id.0)?,
        hours: hours_of(connection, &id.0)?,
        leave: leave_of(connection, Some(&id.0))?,
        extra: extra_of(connection, &id.0)?,
        room,
    };
    Ok((entry, usize::try_from(position).unwrap_or(0)))
}

pub(super) fn specialties_of(
    connection: &Connection,
    practitioner: &str,
) -> Result<Vec<SpecialtyId>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT specialty FROM practitioner_specialties WHERE practitioner = ?1 ORDER BY position",
    )?;
    let rows = statement.query_map([practitioner], |row| Ok(SpecialtyId(row.get(0)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn leave_of(
    connection: &Connection,
    practitioner: Option<&str>,
) -> Result<Vec<Leave>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT first_day, last_day, reason FROM exceptions
         WHERE practitioner IS ?1 AND kind = 'leave' ORDER BY first_day",
    )?;
    let rows = statement.query_map([practitioner], |row| {
        Ok((
            row.get::<_, String>(0)?,
            row.get::<_, String>(1)?,
            row.get(2)?,
        ))
    })?;
    rows.map(|row| {
        let (from, to, reason) = row?;
        Ok(Leave {
            from: date(&from)?,
            to: date(&to)?,
            reason,
        })
    })
    .collect()
}

/// Days on which the whole clinic is closed: absences of nobody in particular.
fn closures(connection: &Connection) -> Result<Vec<Closure>, StoreError> {
    let absences = leave_of(connection, None)?.into_iter();
    Ok(absences
        .map(|Leave { from, to, reason }| Closure {
            from,
            to,
            name: reason,
        })
        .collect())
}

pub(super) fn list<T: serde::de::DeserializeOwned>(json: &str) -> Result<Vec<T>, StoreError> {
    serde_json::from_str(json).map_err(|_| StoreError::Unusable("a list that is none".to_owned()))
}

/// Takes `file` in, in one transaction. Who is no longer in it becomes inactive; booked
/// appointments and the slots under them stay.
pub(super) fn import(
    connection: &mut Connection,
    file: &RosterFile,
    stamp: &Stamp,
) -> Result<Imported, StoreError> {
    let now = stamp.at;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    write_clinic(&transaction, file)?;
    write_specialties(&transaction, file)?;
    let zone = zone(&file.clinic.time_zone)?;
    let last = last_day(&zone, now, file.clinic.horizon_days);
    let closures = file.all_closures(zone.to_datetime(now).date());
    let calendar = Calendar {
        zone: &zone,
        closures: &closures,
        last,
    };
    for (position, entry) in file.practitioners.iter().enumerate() {
        write_practitioner(&transaction, position, entry, stamp)?;
        slots::regenerate(&transaction, entry, &calendar, now)?;
    }
    retire_others(&transaction, file, stamp)?;
    let free_slots = transaction.query_row(
        "SELECT count(*) FROM slots WHERE withdrawn = 0 AND starts_at >= ?1
         AND practitioner IN (SELECT id FROM practitioners WHERE active = 1)
         AND NOT EXISTS (SELECT 1 FROM appointments WHERE appointments.slot = slots.id AND blocking = 1)",
        [now.as_second()],
        |row| row.get::<_, i64>(0),
    )?;
    transaction.commit()?;
    Ok(Imported {
        practitioners: file.practitioners.len(),
        free_slots: usize::try_from(free_slots).unwrap_or(0),
    })
}

pub(super) fn last_day(zone: &TimeZone, now: Timestamp, horizon_days: u16) -> Date {
    zone.to_datetime(now)
        .date()
        .saturating_add((i64::from(horizon_days) - 1).days())
}

fn write_clinic(connection: &Connection, file: &RosterFile) -> Result<(), StoreError> {
    let clinic = &file.clinic;
    connection.execute(
        "INSERT INTO clinic (id, name, zone, regions, horizon_days, holidays, open_on, places)
         VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, zone = excluded.zone,
             regions = excluded.regions, horizon_days = excluded.horizon_days,
             holidays = excluded.holidays, open_on = excluded.open_on, places = excluded.places",
        (
            &clinic.name,
            &clinic.time_zone,
            serde_json::json!(clinic.regions).to_string(),
            clinic.horizon_days,
            &clinic.holidays,
            serde_json::json!(clinic.open_on).to_string(),
            serde_json::json!(file.places).to_string(),
        ),
    )?;
    connection.execute("DELETE FROM exceptions WHERE practitioner IS NULL", [])?;
    for closure in &file.closures {
        connection.execute(
            "INSERT INTO exceptions (kind, first_day, last_day, reason) VALUES ('leave', ?1, ?2, ?3)",
            (closure.from.to_string(), closure.to.to_string(), &closure.name),
        )?;
    }
    Ok(())
}

fn write_specialties(connection: &Connection, file: &RosterFile) -> Result<(), StoreError> {
    connection.execute("UPDATE specialties SET active = 0", [])?;
    for (position, specialty) in (0_i64..).zip(&file.specialties) {
        connection.execute(
            "INSERT INTO specialties (id, position, name, also, sensitive) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (id) DO UPDATE SET position = excluded.position, name = excluded.name,
                 also = excluded.also, sensitive = excluded.sensitive, active = 1",
            (
                &specialty.id.0,
                position,
                &specialty.name,
                serde_json::json!(specialty.also).to_string(),
                specialty.sensitive,
            ),
        )?;
    }
    Ok(())
}

pub(super) fn write_practitioner(
    connection: &Connection,
    position: usize,
    entry: &PractitionerEntry,
    stamp: &Stamp,
) -> Result<(), StoreError> {
    let position = i64::try_from(position).unwrap_or(i64::MAX);
    connection.execute(
        "INSERT INTO practitioners (id, position, name, room, changed_at, changed_by)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (id) DO UPDATE SET position = excluded.position, name = excluded.name,
             room = excluded.room, active = 1,
             version = version + 1, changed_at = excluded.changed_at, changed_by = excluded.changed_by
         WHERE practitioners.name <> excluded.name OR practitioners.active = 0
            OR practitioners.position <> excluded.position OR practitioners.room IS NOT excluded.room",
        (
            &entry.id.0,
            position,
            &entry.name,
            &entry.room,
            stamp.at.as_second(),
            &stamp.by,
        ),
    )?;
    for table in ["practitioner_specialties", "weekly_hours", "exceptions"] {
        connection.execute(
            &format!("DELETE FROM {table} WHERE practitioner = ?1"),
            [&entry.id.0],
        )?;
    }
    for (position, specialty) in (0_i64..).zip(&entry.specialties) {
        connection.execute(
            "INSERT INTO practitioner_specialties (practitioner, specialty, position) VALUES (?1, ?2, ?3)",
            (&entry.id.0, &specialty.0, position),
        )?;
    }
    for hours in &entry.hours {
        for day in &hours.days {
            connection.execute(
                "INSERT INTO weekly_hours (practitioner, weekday, starts_minute, ends_minute,
                                           slot_minutes, buffer_minutes, capacity, visit_type)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                (
                    &entry.id.0,
                    day.weekday().to_monday_one_offset(),
                    minutes(hours.from),
                    minutes(hours.to),
                    hours.slot_minutes,
                    hours.buffer_minutes,
                    hours.capacity,
                    &hours.visit_type,
                ),
            )?;
        }
    }
    for extra in &entry.extra {
        connection.execute(
            "INSERT INTO exceptions (practitioner, kind, first_day, last_day, starts_minute, ends_minute,
                                     slot_minutes, buffer_minutes, capacity, visit_type)
             VALUES (?1, 'extra', ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            (
                &entry.id.0,
                extra.from_day.to_string(),
                extra.to_day.to_string(),
                minutes(extra.from),
                minutes(extra.to),
                extra.slot_minutes,
                extra.buffer_minutes,
                extra.capacity,
                &extra.visit_type,
            ),
        )?;
    }
    for leave in &entry.leave {
        connection.execute(
            "INSERT INTO exceptions (practitioner, kind, first_day, last_day, reason) VALUES (?1, 'leave', ?2, ?3, ?4)",
            (&entry.id.0, leave.from.to_string(), leave.to.to_string(), &leave.reason),
        )?;
    }
    Ok(())
}

fn retire_others(
    connection: &Connection,
    file: &RosterFile,
    stamp: &Stamp,
) -> Result<(), StoreError> {
    let staying: Vec<&str> = file
        .practitioners
        .iter()
        .map(|entry| entry.id.0.as_str())
        .collect();
    connection.execute(
        "UPDATE practitioners SET active = 0, version = version + 1, changed_at = ?1, changed_by = ?2
         WHERE active = 1 AND id NOT IN (SELECT value FROM json_each(?3))",
        (stamp.at.as_second(), &stamp.by, serde_json::json!(staying).to_string()),
    )?;
    Ok(())
}

/// Adds the slots of days that have come within the horizon since the last time.
fn extend_slots(connection: &mut Connection, now: Timestamp) -> Result<(), StoreError> {
    let Some((clinic, roster)) = clinic(connection, now)? else {
        return Ok(());
    };
    let zone = zone(&clinic.time_zone)?;
    let calendar = Calendar {
        zone: &zone,
        closures: &roster.closures,
        last: last_day(&zone, now, clinic.horizon_days),
    };
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for practitioner in &roster.practitioners {
        slots::add(&transaction, practitioner, &calendar, now)?;
    }
    transaction.commit()?;
    Ok(())
}

pub(super) fn hours_of(
    connection: &Connection,
    practitioner: &str,
) -> Result<Vec<WeeklyHours>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT weekday, starts_minute, ends_minute, slot_minutes, buffer_minutes, capacity, visit_type
         FROM weekly_hours WHERE practitioner = ?1 ORDER BY id",
    )?;
    let rows = statement.query_map([practitioner], |row| {
        Ok((
            row.get::<_, i8>(0)?,
            [row.get::<_, i16>(1)?, row.get(2)?],
            [row.get::<_, u16>(3)?, row.get(4)?, row.get(5)?],
            row.get::<_, Option<String>>(6)?,
        ))
    })?;
    rows.map(|row| {
        let (weekday, [from, to], [slot_minutes, buffer_minutes, capacity], visit_type) = row?;
        Ok(WeeklyHours {
            days: vec![day(weekday)?],
            from: time(from)?,
            to: time(to)?,
            slot_minutes,
            buffer_minutes,
            capacity,
            visit_type,
        })
    })
    .collect()
}

fn extra_of(connection: &Connection, practitioner: &str) -> Result<Vec<ExtraSession>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT first_day, last_day, starts_minute, ends_minute,
                slot_minutes, buffer_minutes, capacity, visit_type
         FROM exceptions WHERE practitioner = ?1 AND kind = 'extra' ORDER BY first_day, starts_minute",
    )?;
    let rows = statement.query_map([practitioner], |row| {
        Ok((
            [row.get::<_, String>(0)?, row.get(1)?],
            [row.get::<_, i16>(2)?, row.get(3)?],
            [row.get::<_, u16>(4)?, row.get(5)?, row.get(6)?],
            row.get::<_, Option<String>>(7)?,
        ))
    })?;
    rows.map(|row| {
        let ([first, last], [from, to], [slot_minutes, buffer_minutes, capacity], visit_type) =
            row?;
        Ok(ExtraSession {
            from_day: date(&first)?,
            to_day: date(&last)?,
            from: time(from)?,
            to: time(to)?,
            slot_minutes,
            buffer_minutes,
            capacity,
            visit_type,
        })
    })
    .collect()
}

fn minutes(time: Time) -> i64 {
    i64::from(time.hour()) * 60 + i64::from(time.minute())
}

fn time(minute: i16) -> Result<Time, StoreError> {
    let unusable = || StoreError::Unusable(format!("the minute {minute} of a day"));
    let (hour, minute) = (i8::try_from(minute / 60), i8::try_from(minute % 60));
    Time::new(
        hour.map_err(|_| unusable())?,
        minute.map_err(|_| unusable())?,
        0,
        0,
    )
    .map_err(|_| unusable())
}

pub(super) fn date(text: &str) -> Result<Date, StoreError> {
    text.parse()
        .map_err(|_| StoreError::Unusable(format!("the day `{text}`")))
}

fn day(weekday: i8) -> Result<Day, StoreError> {
    [
        Day::Mon,
        Day::Tue,
        Day::Wed,
        Day::Thu,
        Day::Fri,
        Day::Sat,
        Day::Sun,
    ]
    .into_iter()
    .find(|day| day.weekday().to_monday_one_offset() == weekday)
    .ok_or_else(|| StoreError::Unusable(format!("the weekday {weekday}")))
}
