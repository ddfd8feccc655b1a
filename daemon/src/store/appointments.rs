//! The appointments as staff and technicians read them.

use super::slots::instant;
use super::{StoreError, roster};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use kiosk_protocol::Private;
use kiosk_protocol::control::AppointmentRow;
use rusqlite::Connection;

const FROM: &str = "
    SELECT appointments.id, code, status, appointments.starts_at, practitioners.name, patients.name
    FROM appointments
    JOIN practitioners ON practitioners.id = appointments.practitioner
    JOIN patients ON patients.id = appointments.patient
    WHERE appointments.starts_at >= ?1
    ORDER BY appointments.starts_at, appointments.id";

pub(super) fn from_day(
    connection: &Connection,
    from: Option<Date>,
    now: Timestamp,
) -> Result<Vec<AppointmentRow>, StoreError> {
    let zone = match roster::clinic(connection, now)? {
        Some((clinic, _)) => roster::zone(&clinic.time_zone)?,
        None => TimeZone::UTC,
    };
    let day = from.unwrap_or_else(|| zone.to_datetime(now).date());
    let first = zone
        .to_ambiguous_zoned(day.at(0, 0, 0, 0))
        .compatible()
        .map_err(|_| StoreError::Unusable(format!("no day `{day}`")))?;
    let mut statement = connection.prepare_cached(FROM)?;
    let rows = statement.query_map([first.timestamp().as_second()], |row| {
        Ok((
            [
                row.get::<_, String>(0)?,
                row.get(1)?,
                row.get(2)?,
                row.get(4)?,
                row.get(5)?,
            ],
            row.get::<_, i64>(3)?,
        ))
    })?;
    rows.map(|row| {
        let ([id, code, status, practitioner, patient], starts_at) = row?;
        let start = zone.to_datetime(instant(starts_at)?);
        Ok(AppointmentRow {
            id,
            code,
            status,
            start,
            practitioner,
            patient: Private::new(patient),
        })
    })
    .collect()
}

pub(super) fn outbox_len(connection: &Connection) -> Result<usize, StoreError> {
    let count: i64 = connection.query_row(
        "SELECT count(*) FROM outbox WHERE delivered_at IS NULL",
        [],
        |row| row.get(0),
    )?;
    Ok(usize::try_from(count).unwrap_or(0))
}
