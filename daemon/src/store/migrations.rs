//! Brings a database to the newest schema. To add a step: a new file in `migrations/`, a
//! line in [`STEPS`], and at release a fixture of the schema before it. Released steps
//! are never edited.

use super::StoreError;
use rusqlite::{Connection, TransactionBehavior};

/// All steps, in order; the schema's version is how many have been taken.
const STEPS: [&str; 6] = [
    include_str!("../../../migrations/0001_clinic.sql"),
    include_str!("../../../migrations/0002_visits.sql"),
    include_str!("../../../migrations/0003_records.sql"),
    include_str!("../../../migrations/0004_sync.sql"),
    include_str!("../../../migrations/0005_staff.sql"),
    include_str!("../../../migrations/0006_ring_backs.sql"),
];

/// The version that this program writes.
#[expect(clippy::cast_possible_truncation, reason = "a handful")]
pub const NEWEST: u32 = STEPS.len() as u32;

/// Takes all pending steps in one exclusive transaction.
///
/// # Errors
/// [`StoreError::Newer`] for a database of a newer program, which is left untouched.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    refuse_newer(connection)?;
    let found = version(connection)?;
    if found == NEWEST {
        return Ok(());
    }
    // A table that is made anew is away for a moment; what points to it is checked after.
    connection.pragma_update(None, "foreign_keys", false)?;
    let taken = take(connection, &STEPS[found as usize..]);
    connection.pragma_update(None, "foreign_keys", true)?;
    taken?;
    log::info!(from = found, to = NEWEST; "database migrated");
    Ok(())
}

/// # Errors
/// [`StoreError::Newer`] for a database of a newer program.
pub(super) fn refuse_newer(connection: &Connection) -> Result<(), StoreError> {
    let found = version(connection)?;
    if found > NEWEST {
        return Err(StoreError::Newer {
            found,
            known: NEWEST,
        });
    }
    Ok(())
}

fn take(connection: &mut Connection, steps: &[&str]) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
    for step in steps {
        transaction.execute_batch(step)?;
    }
    let is_dangling = transaction
        .prepare("PRAGMA foreign_key_check")?
        .exists([])?;
    if is_dangling {
        return Err(StoreError::Unusable(
            "rows that point to nothing; it was left as it was".to_owned(),
        ));
    }
    transaction.pragma_update(None, "user_version", NEWEST)?;
    transaction.commit()?;
    Ok(())
}

fn version(connection: &Connection) -> rusqlite::Result<u32> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}
