//! How synchronisation goes, in one look.

use super::slots::instant;
use super::worker::StoreHandle;
use super::{StoreError, outbox};
use jiff::Timestamp;
use kiosk_protocol::control::{PutOffRow, RejectRow, SyncStatus};
use rusqlite::Connection;

/// So many single records are listed; the counts are whole.
const LISTED: i64 = 20;

impl StoreHandle {
    /// Notes how a round ended.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn note_sync(
        &self,
        problem: Option<String>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.ask(move |connection| {
            connection.execute(
                "UPDATE sync_state SET last_attempt_at = ?1,
                     last_success_at = CASE WHEN ?2 IS NULL THEN ?1 ELSE last_success_at END,
                     problem_since = CASE WHEN ?2 IS NULL THEN NULL
                                          ELSE coalesce(problem_since, ?1) END,
                     problem = ?2",
                (now.as_second(), problem),
            )?;
            Ok(())
        })
        .await
    }

    /// What is pending, since when and why. `server` is left to who knows the settings.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn sync_status(&self) -> Result<SyncStatus, StoreError> {
        self.ask(|connection| status(connection)).await
    }
}

fn status(connection: &Connection) -> Result<SyncStatus, StoreError> {
    let (success, attempt, problem, since) = connection.query_row(
        "SELECT last_success_at, last_attempt_at, problem, problem_since FROM sync_state",
        [],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
    )?;
    Ok(SyncStatus {
        server: None,
        pending: count(connection, "outbox WHERE delivered_at IS NULL")?,
        oldest_pending: outbox::oldest(connection)?.map(|at| at.to_string()),
        last_success: text(success)?,
        last_attempt: text(attempt)?,
        problem,
        problem_since: text(since)?,
        put_off_count: count(
            connection,
            "outbox WHERE delivered_at IS NULL AND attempts > 0",
        )?,
        put_off: put_off(connection)?,
        rejected: count(connection, "central_rejects")?,
        rejects: rejects(connection)?,
        conflicts: count(connection, "appointments WHERE conflict = 1 AND open = 1")?,
    })
}

fn text(at: Option<i64>) -> Result<Option<String>, StoreError> {
    Ok(at.map(instant).transpose()?.map(|at| at.to_string()))
}

fn count(connection: &Connection, what: &str) -> Result<usize, StoreError> {
    let count: i64 = connection.query_row(&format!("SELECT count(*) FROM {what}"), [], |row| {
        row.get(0)
    })?;
    Ok(usize::try_from(count).unwrap_or(0))
}

fn put_off(connection: &Connection) -> Result<Vec<PutOffRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, created_at, attempts, coalesce(last_problem, ''), coalesce(next_attempt_at, 0)
         FROM outbox WHERE delivered_at IS NULL AND attempts > 0 ORDER BY seq LIMIT ?1",
    )?;
    let rows = statement.query_map([LISTED], |row| {
        let texts = [row.get::<_, String>(0)?, row.get(3)?];
        let times = [row.get::<_, i64>(1)?, row.get(4)?];
        Ok((texts, times, row.get::<_, u32>(2)?))
    })?;
    rows.map(|row| {
        let ([record, problem], [since, next], attempts) = row?;
        Ok(PutOffRow {
            record,
            since: instant(since)?.to_string(),
            attempts,
            problem,
            next: instant(next)?.to_string(),
        })
    })
    .collect()
}

fn rejects(connection: &Connection) -> Result<Vec<RejectRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT kind || '/' || central, reason, since, attempts FROM central_rejects
         ORDER BY since LIMIT ?1",
    )?;
    let rows = statement.query_map([LISTED], |row| {
        let texts = [row.get::<_, String>(0)?, row.get(1)?];
        Ok((texts, row.get::<_, i64>(2)?, row.get::<_, u32>(3)?))
    })?;
    rows.map(|row| {
        let ([resource, reason], since, attempts) = row?;
        Ok(RejectRow {
            resource,
            reason,
            since: instant(since)?.to_string(),
            attempts,
        })
    })
    .collect()
}
