//! Keys of other programs. What is kept of a key is its hash.

use super::slots::instant;
use super::{StoreError, StoreHandle};
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
    /// How often it may ask; 0: as often as it likes.
    pub requests_per_minute: u32,
    /// How many WebSockets it may have open.
    pub sockets: u32,
}

impl StoreHandle {
    /// Makes a key for another program: its id and itself.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn add_key(
        &self,
        label: String,
        scopes: Vec<Scope>,
        [requests_per_minute, sockets]: [u32; 2],
        now: Timestamp,
    ) -> Result<(String, Private), StoreError> {
        let new = NewKey {
            label,
            scopes,
            requests_per_minute,
            sockets,
        };
        self.ask(move |connection| add(connection, &new, now)).await
    }

    /// The keys of other programs, oldest first.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn keys(&self) -> Result<Vec<KeyRow>, StoreError> {
        self.ask(|connection| all(connection)).await
    }

    /// Takes a key no more; `false` where there is no such good one.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn revoke_key(&self, id: String, now: Timestamp) -> Result<bool, StoreError> {
        self.ask(move |connection| revoke(connection, &id, now))
            .await
    }

    /// Whose key this is, if it is a good one.
    ///
    /// # Errors
    /// As [`Self::clinic`].
    pub async fn known_key(&self, key: String) -> Result<Option<KnownKey>, StoreError> {
        self.ask(move |connection| known(connection, &key)).await
    }
}

/// A key that is to be made.
struct NewKey {
    label: String,
    scopes: Vec<Scope>,
    requests_per_minute: u32,
    sockets: u32,
}

/// Makes a key: its id and itself.
fn add(
    connection: &Connection,
    new: &NewKey,
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
    let scopes = serde_json::to_string(&new.scopes)
        .map_err(|error| StoreError::Unusable(format!("scopes: {error}")))?;
    connection.execute(
        "INSERT INTO api_keys (id, label, scopes, hash, created_at, requests_per_minute, sockets)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        (
            &id,
            &new.label,
            scopes,
            &hash(&key)[..],
            now.as_second(),
            new.requests_per_minute,
            new.sockets,
        ),
    )?;
    Ok((id, Private::new(key)))
}

/// All keys, oldest first.
fn all(connection: &Connection) -> Result<Vec<KeyRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, label, scopes, created_at, revoked_at, requests_per_minute, sockets
         FROM api_keys ORDER BY created_at, id",
    )?;
    let rows = statement.query_map([], |row| {
        Ok((
            row.get::<_, String>(0)?,
            row.get::<_, String>(1)?,
            row.get::<_, String>(2)?,
            row.get::<_, i64>(3)?,
            row.get::<_, Option<i64>>(4)?,
            [row.get::<_, u32>(5)?, row.get(6)?],
        ))
    })?;
    rows.map(|row| {
        let (id, label, scopes, created_at, revoked_at, [requests_per_minute, sockets]) = row?;
        Ok(KeyRow {
            id,
            label,
            scopes: parse(&scopes)?,
            requests_per_minute,
            sockets,
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
fn revoke(connection: &Connection, id: &str, now: Timestamp) -> Result<bool, StoreError> {
    let changed = connection.execute(
        "UPDATE api_keys SET revoked_at = max(?2, created_at) WHERE id = ?1 AND revoked_at IS NULL",
        (id, now.as_second()),
    )?;
    Ok(changed == 1)
}

/// Whose key this is, if it is a good one. The hash is looked up, so how long that takes
/// tells nothing about the key.
fn known(connection: &Connection, key: &str) -> Result<Option<KnownKey>, StoreError> {
    let found: Option<(String, String, [u32; 2])> = connection
        .prepare_cached(
            "SELECT id, scopes, requests_per_minute, sockets FROM api_keys
             WHERE hash = ?1 AND revoked_at IS NULL",
        )?
        .query_row([&hash(key)[..]], |row| {
            Ok((row.get(0)?, row.get(1)?, [row.get(2)?, row.get(3)?]))
        })
        .optional()?;
    found
        .map(|(id, scopes, [requests_per_minute, sockets])| {
            Ok(KnownKey {
                id,
                scopes: parse(&scopes)?,
                requests_per_minute,
                sockets,
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
        let new = NewKey {
            label: "reception desk".to_owned(),
            scopes: scopes.to_vec(),
            requests_per_minute: 30,
            sockets: 2,
        };
        let (id, key) = add(&connection, &new, now).unwrap();
        let found = known(&connection, key.expose()).unwrap().unwrap();
        let known_as = KnownKey {
            id: id.clone(),
            scopes: scopes.to_vec(),
            requests_per_minute: 30,
            sockets: 2,
        };
        assert_eq!(found, known_as);
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
