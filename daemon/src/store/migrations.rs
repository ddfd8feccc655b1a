//! Brings a database to the newest schema. To add a step: a new file in `migrations/`, a
//! line in [`STEPS`], and at release a fixture of the schema before it. Released steps
//! are never edited.

use super::StoreError;
use rusqlite::{Connection, TransactionBehavior};

/// All steps, in order; the schema's version is how many have been taken.
const STEPS: [&str; 2] = [
    include_str!("../../../migrations/0001_clinic.sql"),
    include_str!("../../../migrations/0002_visits.sql"),
];

/// The version that this program writes.
#[expect(clippy::cast_possible_truncation, reason = "a handful")]
pub(super) const NEWEST: u32 = STEPS.len() as u32;

/// Takes all pending steps in one exclusive transaction.
///
/// # Errors
/// [`StoreError::Newer`] for a database of a newer program, which is left untouched.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let found = version(connection)?;
    if found > NEWEST {
        return Err(StoreError::Newer {
            found,
            known: NEWEST,
        });
    }
    if found == NEWEST {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
    for step in &STEPS[found as usize..] {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", NEWEST)?;
    transaction.commit()?;
    log::info!(from = found, to = NEWEST; "database migrated");
    Ok(())
}

fn version(connection: &Connection) -> rusqlite::Result<u32> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}
