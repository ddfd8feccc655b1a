//! Calls for staff.

use super::slots::instant;
use super::{StoreError, StoreHandle};
use jiff::Timestamp;
use kiosk_core::clinic::AlertId;
use kiosk_core::dialogue::Alert;
use kiosk_protocol::control::{AlertKind, AlertRow};
use rusqlite::Connection;

impl StoreHandle {
    /// Notes that staff is called.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn raise_alert(
        &self,
        id: AlertId,
        alert: Alert,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.ask_durably(move |connection| raise(connection, &id, alert, now))
            .await
    }

    /// The calls for staff that nobody has answered, oldest first.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn open_alerts(&self) -> Result<Vec<AlertRow>, StoreError> {
        self.ask(|connection| open(connection)).await
    }

    /// Notes that somebody goes there; `false` where there is no such open call.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn answer_alert(&self, id: AlertId, now: Timestamp) -> Result<bool, StoreError> {
        self.ask(move |connection| answer(connection, &id, now))
            .await
    }
}

/// Raises a call; the same id again changes nothing.
fn raise(
    connection: &Connection,
    id: &AlertId,
    alert: Alert,
    now: Timestamp,
) -> Result<(), StoreError> {
    let kind = match alert {
        Alert::Help => "help",
        Alert::Urgent => "urgent",
    };
    connection.execute(
        "INSERT INTO alerts (id, kind, raised_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        (&id.0, kind, now.as_second()),
    )?;
    Ok(())
}

/// The calls that nobody has answered, oldest first.
fn open(connection: &Connection) -> Result<Vec<AlertRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, kind = 'urgent', raised_at FROM alerts WHERE answered_at IS NULL ORDER BY raised_at",
    )?;
    let rows = statement.query_map([], |row| {
        Ok((
            row.get::<_, String>(0)?,
            row.get::<_, bool>(1)?,
            row.get::<_, i64>(2)?,
        ))
    })?;
    rows.map(|row| {
        let (id, urgent, raised_at) = row?;
        Ok(AlertRow {
            id,
            kind: if urgent {
                AlertKind::Urgent
            } else {
                AlertKind::Help
            },
            raised_at: instant(raised_at)?.to_string(),
        })
    })
    .collect()
}

/// Somebody goes there; `false` where there is no such open call.
fn answer(connection: &Connection, id: &AlertId, now: Timestamp) -> Result<bool, StoreError> {
    let changed = connection.execute(
        "UPDATE alerts SET answered_at = max(?2, raised_at) WHERE id = ?1 AND answered_at IS NULL",
        (&id.0, now.as_second()),
    )?;
    Ok(changed == 1)
}
