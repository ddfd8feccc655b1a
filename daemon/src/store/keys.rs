//! Keys of other programs. What is kept of a key is its hash.

use super::StoreError;
use super::slots::instant;
use jiff::Timestamp;
use kiosk_protocol::Private;
use kiosk_protocol::control::{KeyRow, Scope};
use rusqlite::{Connection, OptionalExtension};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// What every key begins with, so that one is known for what it is where it doesn't belong.
const PREFIX: &str = "mhk_";

/// A key that was shown and is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownKey {
    /// For logs and limits.
    pub id: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
}

/// Makes a key: its id and itself.
pub(super) fn add(
    connection: &Connection,
    label: &str,
    scopes: &[Scope],
    now: Timestamp,
) -> Result<(String, Private), StoreError> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|_| StoreError::System("random numbers"))?;
    let mut key = PREFIX.to_owned();
    for byte in secret {
        // Writing into a string cannot fail.
        let _ = write!(key, "{byte:02x}");
    }
    let id = uuid::Uuid::now_v7().simple().to_string();
    let scopes = serde_json::to_string(scopes)
        .map_err(|error| StoreError::Unusable(format!("scopes: {error}")))?;
    connection.execute(
        "INSERT INTO api_keys (id, label, scopes, hash, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        (&id, label, scopes, &hash(&key)[..], now.as_second()),
    )?;
    Ok((id, Private::new(key)))
}

/// All keys, oldest first.
pub(super) fn all(connection: &Connection) -> Result<Vec<KeyRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, label, scopes, created_at, revoked_at FROM api_keys ORDER BY created_at, id",
    )?;
    let rows = statement.query_map([], |row| {
        Ok((
            row.get::<_, String>(0)?,
            row.get::<_, String>(1)?,
            row.get::<_, String>(2)?,
            row.get::<_, i64>(3)?,
            row.get::<_, Option<i64>>(4)?,
        ))
    })?;
    rows.map(|row| {
        let (id, label, scopes, created_at, revoked_at) = row?;
        Ok(KeyRow {
            id,
            label,
            scopes: parse(&scopes)?,
            created_at: instant(created_at)?.to_string(),
            revoked_at: revoked_at
                .map(instant)
                .transpose()?
                .map(|at| at.to_string()),
        })
    })
    .collect()
}

/// The key is not taken any more; `false` where there is no such good key.
pub(super) fn revoke(
    connection: &Connection,
    id: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let changed = connection.execute(
        "UPDATE api_keys SET revoked_at = max(?2, created_at) WHERE id = ?1 AND revoked_at IS NULL",
        (id, now.as_second()),
    )?;
    Ok(changed == 1)
}

/// Whose key this is, if it is a good one. The hash is looked up, so how long that takes
/// tells nothing about the key.
pub(super) fn known(connection: &Connection, key: &str) -> Result<Option<KnownKey>, StoreError> {
    let found: Option<(String, String)> = connection
        .prepare_cached("SELECT id, scopes FROM api_keys WHERE hash = ?1 AND revoked_at IS NULL")?
        .query_row([&hash(key)[..]], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    found
        .map(|(id, scopes)| {
            Ok(KnownKey {
                id,
                scopes: parse(&scopes)?,
            })
        })
        .transpose()
}

fn parse(scopes: &str) -> Result<Vec<Scope>, StoreError> {
    serde_json::from_str(scopes).map_err(|_| StoreError::Unusable("an unknown scope".to_owned()))
}

fn hash(key: &str) -> [u8; 32] {
    Sha256::digest(key).into()
}

#[cfg(test)]
mod tests {
    use super::super::migrations;
    use super::*;

    #[test]
    fn a_key_is_known_by_its_hash_until_it_is_revoked() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrations::migrate(&mut connection).unwrap();
        let now = Timestamp::constant(1_800_000_000, 0);
        let scopes = [Scope::Speech, Scope::Staff];
        let (id, key) = add(&connection, "reception desk", &scopes, now).unwrap();
        let found = known(&connection, key.expose()).unwrap().unwrap();
        assert_eq!(
            (found.id.as_str(), &found.scopes[..]),
            (id.as_str(), &scopes[..])
        );
        for stranger in ["", "mhk_", &key.expose()[..60], "mhk_' OR 1=1 --"] {
            assert_eq!(known(&connection, stranger).unwrap(), None, "{stranger}");
        }
        assert!(revoke(&connection, &id, now).unwrap());
        assert!(!revoke(&connection, &id, now).unwrap(), "once is enough");
        assert_eq!(known(&connection, key.expose()).unwrap(), None);
        let rows = all(&connection).unwrap();
        assert!(rows[0].revoked_at.is_some() && rows[0].label == "reception desk");
    }
}
