//! Who may unlock the panel: PINs by their hashes, and how often a wrong one was tried.

use super::slots::instant;
use super::{StoreError, StoreHandle, audit};
use crate::pin::{self, Hash};
use jiff::Timestamp;
use kiosk_protocol::Role;
use kiosk_protocol::control::PinRow;
use rusqlite::{Connection, OptionalExtension};

/// Whether a PIN may be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Try {
    /// It may; it counts as wrong until [`StoreHandle::unlock`] finds it right.
    Allowed {
        /// For its hash.
        salt: [u8; 16],
        /// Wrong ones so far, this one included.
        wrong: u32,
    },
    /// Not for so many seconds.
    Locked(u32),
    /// There is none.
    NoPin,
}

/// Somebody whose PIN was right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlocked {
    /// What it opens.
    pub role: Role,
    /// Whose it is, for people.
    pub label: String,
    /// As changes and audit lines name them.
    pub actor: String,
}

/// What became of a new PIN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PinSet {
    /// It is good from now on.
    Done,
    /// Somebody else has it.
    Taken,
}

impl StoreHandle {
    /// The salt of this box's PINs.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn pin_salt(&self) -> Result<[u8; 16], StoreError> {
        self.ask(|connection| {
            Ok(
                connection.query_row("SELECT salt FROM unlocking", [], |row| {
                    row.get::<_, [u8; 16]>(0)
                })?,
            )
        })
        .await
    }

    /// Sets the PIN of `label`, in place of the one that they had. Wrong tries are forgotten.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn set_pin(
        &self,
        role: Role,
        label: String,
        hash: Hash,
        now: Timestamp,
    ) -> Result<PinSet, StoreError> {
        let actor = self.actor();
        self.ask(move |connection| set(connection, &actor, (role, &label), &hash, now))
            .await
    }

    /// Whose PINs are good, oldest first.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn pins(&self) -> Result<Vec<PinRow>, StoreError> {
        self.ask(|connection| all(connection)).await
    }

    /// Takes a PIN no more; `false` where there is no such good one.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn revoke_pin(&self, id: String, now: Timestamp) -> Result<bool, StoreError> {
        self.ask(move |connection| revoke(connection, &id, now))
            .await
    }

    /// Counts a try, before it is looked at.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn try_pin(&self, now: Timestamp) -> Result<Try, StoreError> {
        self.ask(move |connection| count(connection, now)).await
    }

    /// Whose PIN has this hash. Then the wrong ones are forgotten, and it stands in the audit
    /// log; also where nobody has it and nobody is listened to any more.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn unlock(&self, hash: Hash, now: Timestamp) -> Result<Option<Unlocked>, StoreError> {
        self.ask(move |connection| unlock(connection, &hash, now))
            .await
    }
}

fn set(
    connection: &mut Connection,
    actor: &str,
    (role, label): (Role, &str),
    hash: &Hash,
    now: Timestamp,
) -> Result<PinSet, StoreError> {
    let transaction = connection.transaction()?;
    transaction.execute(
        "UPDATE pins SET revoked_at = max(?3, created_at)
         WHERE label = ?1 AND role = ?2 AND revoked_at IS NULL",
        (label, name(role), now.as_second()),
    )?;
    let id = uuid::Uuid::now_v7().simple().to_string();
    let added = transaction.execute(
        "INSERT INTO pins (id, role, label, hash, created_at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO NOTHING",
        (&id, name(role), label, &hash[..], now.as_second()),
    )?;
    if added == 0 {
        return Ok(PinSet::Taken);
    }
    transaction.execute("UPDATE unlocking SET wrong = 0", [])?;
    audit::note(&transaction, actor, "set", &format!("pin/{id}"), now)?;
    transaction.commit()?;
    Ok(PinSet::Done)
}

fn all(connection: &Connection) -> Result<Vec<PinRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, role, label, created_at FROM pins WHERE revoked_at IS NULL
         ORDER BY created_at, id",
    )?;
    let rows = statement.query_map([], |row| {
        Ok((
            row.get::<_, String>(0)?,
            row.get::<_, String>(1)?,
            row.get::<_, String>(2)?,
            row.get::<_, i64>(3)?,
        ))
    })?;
    rows.map(|row| {
        let (id, role, label, created_at) = row?;
        Ok(PinRow {
            id,
            role: role_of(&role)?,
            label,
            created_at: instant(created_at)?.to_string(),
        })
    })
    .collect()
}

fn revoke(connection: &Connection, id: &str, now: Timestamp) -> Result<bool, StoreError> {
    let changed = connection.execute(
        "UPDATE pins SET revoked_at = max(?2, created_at) WHERE id = ?1 AND revoked_at IS NULL",
        (id, now.as_second()),
    )?;
    Ok(changed == 1)
}

fn count(connection: &mut Connection, now: Timestamp) -> Result<Try, StoreError> {
    let transaction = connection.transaction()?;
    let any = transaction
        .prepare_cached("SELECT 1 FROM pins WHERE revoked_at IS NULL")?
        .exists([])?;
    if !any {
        return Ok(Try::NoPin);
    }
    let (salt, wrong, wrong_at) = transaction
        .prepare_cached("SELECT salt, wrong, wrong_at FROM unlocking")?
        .query_row([], |row| {
            Ok((
                row.get::<_, [u8; 16]>(0)?,
                row.get::<_, u32>(1)?,
                row.get::<_, i64>(2)?,
            ))
        })?;
    let at = now.as_second();
    // A clock that was set back makes nobody wait for longer than the lock itself.
    let waited = (at - wrong_at).max(0);
    let left = pin::locked_for_s(wrong) - waited;
    if left > 0 {
        if at < wrong_at {
            transaction.execute("UPDATE unlocking SET wrong_at = ?1", [at])?;
            transaction.commit()?;
        }
        return Ok(Try::Locked(u32::try_from(left).unwrap_or(u32::MAX)));
    }
    let wrong = wrong.saturating_add(1);
    transaction.execute(
        "UPDATE unlocking SET wrong = ?1, wrong_at = ?2",
        (wrong, at),
    )?;
    transaction.commit()?;
    Ok(Try::Allowed { salt, wrong })
}

fn unlock(
    connection: &mut Connection,
    hash: &Hash,
    now: Timestamp,
) -> Result<Option<Unlocked>, StoreError> {
    let transaction = connection.transaction()?;
    let found: Option<(String, String, String)> = transaction
        .prepare_cached("SELECT id, role, label FROM pins WHERE hash = ?1 AND revoked_at IS NULL")?
        .query_row([&hash[..]], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    let unlocked = match found {
        Some((id, role, label)) => {
            transaction.execute("UPDATE unlocking SET wrong = 0", [])?;
            let actor = format!("pin:{id}");
            audit::note(&transaction, &actor, "unlock", "panel", now)?;
            let role = role_of(&role)?;
            Some(Unlocked { role, label, actor })
        }
        None => {
            let wrong: u32 =
                transaction.query_row("SELECT wrong FROM unlocking", [], |row| row.get(0))?;
            if pin::locked_for_s(wrong) > 0 {
                audit::note(&transaction, "panel", "lock-out", "panel", now)?;
            }
            None
        }
    };
    transaction.commit()?;
    Ok(unlocked)
}

const fn name(role: Role) -> &'static str {
    match role {
        Role::Staff => "staff",
        Role::Technician => "technician",
    }
}

fn role_of(name: &str) -> Result<Role, StoreError> {
    match name {
        "staff" => Ok(Role::Staff),
        "technician" => Ok(Role::Technician),
        other => Err(StoreError::Unusable(format!("the role `{other}`"))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::migrations;
    use super::*;
    use jiff::ToSpan;

    const RIGHT: Hash = [7; 32];
    const WRONG: Hash = [8; 32];

    fn with_a_pin() -> (Connection, Timestamp) {
        let mut connection = Connection::open_in_memory().unwrap();
        migrations::migrate(&mut connection).unwrap();
        let now = Timestamp::constant(1_800_000_000, 0);
        assert_eq!(count(&mut connection, now).unwrap(), Try::NoPin);
        let desk = (Role::Staff, "desk");
        assert_eq!(
            set(&mut connection, "kioskctl", desk, &RIGHT, now).unwrap(),
            PinSet::Done
        );
        (connection, now)
    }

    fn tried(connection: &mut Connection, hash: &Hash, now: Timestamp) -> Option<Unlocked> {
        assert!(matches!(
            count(connection, now).unwrap(),
            Try::Allowed { .. }
        ));
        unlock(connection, hash, now).unwrap()
    }

    #[test]
    fn after_five_wrong_ones_nobody_is_listened_to_and_the_right_one_ends_it() {
        let (mut connection, now) = with_a_pin();
        for _ in 0..5 {
            assert_eq!(tried(&mut connection, &WRONG, now), None);
        }
        assert_eq!(count(&mut connection, now).unwrap(), Try::Locked(60));
        let nearly = now + 59.seconds();
        assert_eq!(count(&mut connection, nearly).unwrap(), Try::Locked(1));
        let over = now + 60.seconds();
        assert_eq!(tried(&mut connection, &WRONG, over), None);
        assert_eq!(count(&mut connection, over).unwrap(), Try::Locked(120));
        let over = over + 120.seconds();
        let unlocked = tried(&mut connection, &RIGHT, over).unwrap();
        assert_eq!(
            (unlocked.role, unlocked.label.as_str()),
            (Role::Staff, "desk")
        );
        for _ in 0..4 {
            assert_eq!(tried(&mut connection, &WRONG, over), None);
        }
        assert!(tried(&mut connection, &RIGHT, over).is_some());
        let noted: String = connection
            .query_row("SELECT group_concat(action) FROM audit_log", [], |row| {
                row.get(0)
            })
            .unwrap();
        assert_eq!(noted, "set,lock-out,lock-out,unlock,unlock");
    }

    #[test]
    fn a_clock_that_was_set_back_makes_nobody_wait_for_longer() {
        let (mut connection, now) = with_a_pin();
        for _ in 0..5 {
            assert_eq!(tried(&mut connection, &WRONG, now), None);
        }
        let before = now - 24.hours();
        assert_eq!(count(&mut connection, before).unwrap(), Try::Locked(60));
        let waited = before + 60.seconds();
        assert!(tried(&mut connection, &RIGHT, waited).is_some());
    }

    #[test]
    fn a_new_pin_takes_the_old_ones_place_and_is_nobody_elses() {
        let (mut connection, now) = with_a_pin();
        let technician = (Role::Technician, "Kojo");
        assert_eq!(
            set(&mut connection, "kioskctl", technician, &RIGHT, now).unwrap(),
            PinSet::Taken
        );
        let desk = (Role::Staff, "desk");
        set(&mut connection, "kioskctl", desk, &WRONG, now).unwrap();
        assert_eq!(tried(&mut connection, &RIGHT, now), None);
        assert!(tried(&mut connection, &WRONG, now).is_some());
        let rows = all(&connection).unwrap();
        assert_eq!(rows.len(), 1);
        assert!(revoke(&connection, &rows[0].id, now).unwrap());
        assert!(!revoke(&connection, &rows[0].id, now).unwrap());
        assert_eq!(count(&mut connection, now).unwrap(), Try::NoPin);
    }
}
