//! The roster as staff changes it, a piece at a time.

use super::roster::{self, Imported};
use super::{Stamp, StoreError, StoreHandle, queue};
use jiff::Timestamp;
use kiosk_core::clinic::PractitionerId;
use kiosk_core::clinic::roster_file::{
    ExtraSession, Leave, PractitionerEntry, RosterFile, WeeklyHours,
};
use rusqlite::Connection;

/// A change to the roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RosterEdit {
    /// All of it.
    Whole(Box<RosterFile>),
    /// One practitioner, known or new.
    Practitioner(Box<PractitionerEntry>),
    /// Somebody's weekly hours.
    Hours(PractitionerId, Vec<WeeklyHours>),
    /// Somebody's days off.
    Leave(PractitionerId, Vec<Leave>),
    /// Somebody's sessions beside the weekly hours.
    Extra(PractitionerId, Vec<ExtraSession>),
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RosterChange {
    /// Made.
    Done(Imported),
    /// There is no such practitioner, or no roster.
    Unknown,
    /// The roster would have these problems; it has not changed.
    Problems(Vec<String>),
}

impl StoreHandle {
    /// Makes one change to the roster.
    ///
    /// # Errors
    /// As [`Self::clinic`]; what stands in the way is an outcome.
    pub async fn edit_roster(
        &self,
        edit: RosterEdit,
        now: Timestamp,
    ) -> Result<RosterChange, StoreError> {
        let stamp = self.stamp(now);
        self.ask(move |connection| make(connection, edit, &stamp))
            .await
    }

    /// Notes how many minutes somebody is late today; `false`: there is no such practitioner.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn set_delay(
        &self,
        id: PractitionerId,
        minutes: u16,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.ask(move |connection| set_delay(connection, &id, minutes, now))
            .await
    }

    /// Who is late today, and by how many minutes.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn delays(&self, now: Timestamp) -> Result<Vec<(PractitionerId, u16)>, StoreError> {
        self.ask(move |connection| delays(connection, now)).await
    }
}

/// Makes one change, if the roster is a good one afterwards.
fn make(
    connection: &mut Connection,
    edit: RosterEdit,
    stamp: &Stamp,
) -> Result<RosterChange, StoreError> {
    let edited = match edit {
        RosterEdit::Whole(whole) => Some(*whole),
        RosterEdit::Practitioner(entry) => roster::file(connection)?.map(|mut file| {
            match file.practitioners.iter_mut().find(|it| it.id == entry.id) {
                Some(known) => *known = *entry,
                None => file.practitioners.push(*entry),
            }
            file
        }),
        RosterEdit::Hours(id, hours) => with(connection, &id, |it| it.hours = hours)?,
        RosterEdit::Leave(id, leave) => with(connection, &id, |it| it.leave = leave)?,
        RosterEdit::Extra(id, extra) => with(connection, &id, |it| it.extra = extra)?,
    };
    let Some(edited) = edited else {
        return Ok(RosterChange::Unknown);
    };
    let problems = edited.problems();
    if !problems.is_empty() {
        return Ok(RosterChange::Problems(problems));
    }
    Ok(RosterChange::Done(roster::import(
        connection, &edited, stamp,
    )?))
}

/// The roster with one entry changed; `None`: there is no such one.
fn with(
    connection: &Connection,
    id: &PractitionerId,
    change: impl FnOnce(&mut PractitionerEntry),
) -> Result<Option<RosterFile>, StoreError> {
    let Some(mut file) = roster::file(connection)? else {
        return Ok(None);
    };
    let Some(entry) = file.practitioners.iter_mut().find(|it| it.id == *id) else {
        return Ok(None);
    };
    change(entry);
    Ok(Some(file))
}

/// Notes how late somebody is that day; `false`: there is no such practitioner.
fn set_delay(
    connection: &Connection,
    id: &PractitionerId,
    minutes: u16,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let day = queue::today(connection, now)?.to_string();
    let noted = connection
        .prepare_cached(
            "INSERT INTO delays (practitioner, day, minutes)
             SELECT id, ?2, ?3 FROM practitioners WHERE id = ?1 AND active = 1
             ON CONFLICT (practitioner, day) DO UPDATE SET minutes = excluded.minutes",
        )?
        .execute((&id.0, day, minutes))?;
    Ok(noted == 1)
}

fn delays(
    connection: &Connection,
    now: Timestamp,
) -> Result<Vec<(PractitionerId, u16)>, StoreError> {
    let day = queue::today(connection, now)?.to_string();
    let mut statement = connection.prepare_cached(
        "SELECT practitioner, minutes FROM delays WHERE day = ?1 AND minutes > 0",
    )?;
    let rows = statement.query_map([day], |row| Ok((PractitionerId(row.get(0)?), row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
