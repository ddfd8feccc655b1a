//! Lines of the audit log that stand for no change of a record: who unlocked the panel, who
//! looked at whose appointment. Changes leave theirs by a trigger.

use super::{StoreError, StoreHandle};
use jiff::Timestamp;
use rusqlite::Connection;

impl StoreHandle {
    /// Notes that whoever asks did `action` to `subject`. Both are words and ids, nothing
    /// personal.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn note(
        &self,
        action: &'static str,
        subject: String,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let actor = self.actor();
        self.ask(move |connection| note(connection, &actor, action, &subject, now))
            .await
    }
}

pub(super) fn note(
    connection: &Connection,
    actor: &str,
    action: &str,
    subject: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO audit_log (at, actor, action, subject) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute((now.as_second(), actor, action, subject))?;
    Ok(())
}
