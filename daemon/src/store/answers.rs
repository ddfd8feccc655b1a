//! Answers that are kept for who asks again with the same `Idempotency-Key`.

use super::{StoreError, StoreHandle};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension};

/// Who has not heard an answer by then has given up.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// An answer as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAnswer {
    /// SHA-256 of what was asked.
    pub fingerprint: [u8; 32],
    /// HTTP status.
    pub status: u16,
    /// Headers that matter.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl StoreHandle {
    /// What was answered to a request with this `Idempotency-Key`.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn kept_answer(
        &self,
        api_key: String,
        key: String,
    ) -> Result<Option<KeptAnswer>, StoreError> {
        self.ask(move |connection| find(connection, &api_key, &key))
            .await
    }

    /// Keeps an answer for a day.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn keep_answer(
        &self,
        api_key: String,
        key: String,
        answer: KeptAnswer,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.ask(move |connection| keep(connection, [&api_key, &key], &answer, now))
            .await
    }
}

fn find(
    connection: &Connection,
    api_key: &str,
    key: &str,
) -> Result<Option<KeptAnswer>, StoreError> {
    let found = connection
        .prepare_cached(
            "SELECT fingerprint, status, headers, body FROM answers WHERE api_key = ?1 AND key = ?2",
        )?
        .query_row((api_key, key), |row| {
            Ok((
                row.get::<_, [u8; 32]>(0)?,
                row.get::<_, u16>(1)?,
                row.get::<_, String>(2)?,
                row.get::<_, Vec<u8>>(3)?,
            ))
        })
        .optional()?;
    found
        .map(|(fingerprint, status, headers, body)| {
            let headers = serde_json::from_str(&headers)
                .map_err(|_| StoreError::Unusable("headers that are none".to_owned()))?;
            Ok(KeptAnswer {
                fingerprint,
                status,
                headers,
                body,
            })
        })
        .transpose()
}

/// Keeps an answer, and forgets old ones.
fn keep(
    connection: &Connection,
    [api_key, key]: [&str; 2],
    answer: &KeptAnswer,
    now: Timestamp,
) -> Result<(), StoreError> {
    let forgotten = now.checked_sub(KEPT).map_or(0, |at| at.as_second());
    connection
        .prepare_cached("DELETE FROM answers WHERE answered_at < ?1")?
        .execute([forgotten])?;
    connection
        .prepare_cached(
            "INSERT INTO answers (api_key, key, fingerprint, status, headers, body, answered_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
        )?
        .execute((
            api_key,
            key,
            &answer.fingerprint[..],
            answer.status,
            serde_json::json!(answer.headers).to_string(),
            &answer.body,
            now.as_second(),
        ))?;
    Ok(())
}
