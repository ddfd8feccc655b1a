//! The database's key: 256 random bits in a file that only its owner can read, or in a
//! systemd credential.
//!
//! SQLCipher tells a wrong key and a damaged file by the same error. A fingerprint of
//! the key beside the database (SHA-256; of a random key it gives nothing away) tells
//! them apart.

use super::{StoreError, file_error};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const KEY_BYTES: usize = 32;
/// The key's name in the database's folder.
pub(super) const FILE: &str = "kiosk.key";
/// A key that is taking its place.
pub(super) const NEW_FILE: &str = "kiosk.key.new";
/// Digits of a group of a recovery key.
const GROUP: usize = 8;
/// Name of the credential in the folder that systemd names in `CREDENTIALS_DIRECTORY`.
const CREDENTIAL: &str = "kiosk-db-key";

pub(super) struct Key {
    bytes: Zeroizing<[u8; KEY_BYTES]>,
    /// Where it was read.
    pub path: PathBuf,
}

impl Key {
    /// `PRAGMA key` for SQLCipher, without key derivation.
    pub fn pragma(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("PRAGMA key = \"x'{}'\"", self.hex().as_str()))
    }

    /// `PRAGMA rekey`: everything is written anew with this key.
    pub fn rekey_pragma(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("PRAGMA rekey = \"x'{}'\"", self.hex().as_str()))
    }

    /// As people keep it in a safe; see [`super::backup::recovery_key`].
    pub fn recovery(&self) -> String {
        let digits = self.hex().to_string() + &self.fingerprint()[..GROUP];
        let groups: Vec<&str> = (0..digits.len())
            .step_by(GROUP)
            .map(|at| &digits[at..at + GROUP])
            .collect();
        groups.join("-")
    }

    /// What [`Self::recovery`] wrote, for the file `path`.
    pub fn from_recovery(text: &str, path: PathBuf) -> Result<Self, StoreError> {
        let digits: Zeroizing<String> = Zeroizing::new(
            text.chars()
                .filter(|it| !it.is_whitespace() && *it != '-')
                .flat_map(char::to_lowercase)
                .collect(),
        );
        let (digits, check) = digits.split_at_checked(2 * KEY_BYTES).unwrap_or_default();
        let key = parse(digits).map(|bytes| Self {
            bytes,
            path: path.clone(),
        });
        match key {
            Some(key) if key.fingerprint()[..GROUP] == *check => Ok(key),
            Some(_) | None => Err(StoreError::Key {
                path,
                what: "cannot be made of that recovery key: it has nine groups of eight digits and letters a to f, and one of them is wrong",
            }),
        }
    }

    /// A new key in the file `path`, which does not exist yet.
    pub fn create(path: PathBuf) -> Result<Self, StoreError> {
        create(path)
    }

    /// Writes the key to its file, in place of another.
    pub fn write_over(&self) -> Result<(), StoreError> {
        let part = self.path.with_extension("key.part");
        if part.exists() {
            std::fs::remove_file(&part).map_err(file_error(&part, "removed"))?;
        }
        write(&part, self.hex().as_bytes())?;
        put_in_place(&part, &self.path)
    }

    /// Forgets which key `database` was made with.
    pub fn forget(&self, database: &Path) -> Result<(), StoreError> {
        remove(&fingerprint_file(database))
    }

    /// Whether `database` was made with this key; true where nothing tells.
    pub fn fits(&self, database: &Path) -> bool {
        told(&fingerprint_file(database)).is_none_or(|known| known == self.fingerprint())
    }

    /// Remembers beside `database` which key it was made with.
    pub fn remember(&self, database: &Path) -> Result<(), StoreError> {
        let path = fingerprint_file(database);
        if told(&path).is_some_and(|known| known == self.fingerprint()) {
            return Ok(());
        }
        let part = path.with_extension("key-fingerprint.part");
        remove(&part)?;
        write(&part, self.fingerprint().as_bytes())?;
        put_in_place(&part, &path)
    }

    fn fingerprint(&self) -> String {
        let digest = Sha256::digest(self.bytes.as_slice());
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn hex(&self) -> Zeroizing<String> {
        Zeroizing::new(
            self.bytes
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
        )
    }
}

fn fingerprint_file(database: &Path) -> PathBuf {
    database.with_extension("db.key-fingerprint")
}

/// The fingerprint that the file holds. One that was cut off by a power loss tells nothing.
fn told(path: &Path) -> Option<String> {
    let known = std::fs::read_to_string(path).ok()?;
    let known = known.trim();
    (known.len() == 2 * KEY_BYTES).then(|| known.to_owned())
}

/// Reads the credential or the folder's key file; makes a key where there is neither
/// key nor database.
pub(super) fn load_or_create(folder: &Path, database: &Path) -> Result<Key, StoreError> {
    if let Some(key) = find(folder)? {
        return Ok(key);
    }
    let path = folder.join(FILE);
    if database.exists() {
        return Err(StoreError::Key {
            path,
            what: "is missing, but there is a database that was made with it; restore the key, or move the database away",
        });
    }
    create(path)
}

/// Reads the credential or the folder's key file.
pub(super) fn load(folder: &Path) -> Result<Key, StoreError> {
    find(folder)?.ok_or_else(|| StoreError::Key {
        path: folder.join(FILE),
        what: "is missing: there is no database here yet, or its key is elsewhere",
    })
}

fn find(folder: &Path) -> Result<Option<Key>, StoreError> {
    if let Some(credentials) = std::env::var_os("CREDENTIALS_DIRECTORY") {
        let path = Path::new(&credentials).join(CREDENTIAL);
        if path.exists() {
            return read(path).map(Some);
        }
    }
    let path = folder.join(FILE);
    if path.exists() {
        return read(path).map(Some);
    }
    Ok(None)
}

pub(super) fn read(path: PathBuf) -> Result<Key, StoreError> {
    let metadata = std::fs::metadata(&path).map_err(file_error(&path, "read"))?;
    if metadata.mode() & 0o077 != 0 {
        return Err(StoreError::Key {
            path,
            what: "can be read by others; run `chmod 600` on it",
        });
    }
    let text = Zeroizing::new(std::fs::read_to_string(&path).map_err(file_error(&path, "read"))?);
    let Some(bytes) = parse(text.trim()) else {
        return Err(StoreError::Key {
            path,
            what: "is not 64 hexadecimal digits; restore it from the recovery key",
        });
    };
    Ok(Key { bytes, path })
}

fn parse(text: &str) -> Option<Zeroizing<[u8; KEY_BYTES]>> {
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    if text.len() != 2 * KEY_BYTES || !text.is_ascii() {
        return None;
    }
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(bytes)
}

fn create(path: PathBuf) -> Result<Key, StoreError> {
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    getrandom::fill(bytes.as_mut_slice()).map_err(|_| StoreError::System("random numbers"))?;
    let key = Key { bytes, path };
    // A database must never outlive its key: the key is on disk before the first byte of data.
    write(&key.path, key.hex().as_bytes())?;
    sync_folder_of(&key.path)?;
    Ok(key)
}

/// Writes a new file, durably but for its name.
fn write(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let mut file = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(file_error(path, "written"))?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(file_error(path, "written"))
}

/// Gives `part`, which is durable, its name, durably.
pub(super) fn put_in_place(part: &Path, path: &Path) -> Result<(), StoreError> {
    std::fs::rename(part, path).map_err(file_error(path, "written"))?;
    sync_folder_of(path)
}

fn sync_folder_of(path: &Path) -> Result<(), StoreError> {
    let folder = path.parent().unwrap_or(path);
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(file_error(folder, "written"))
}

/// Removes a file, if there is one.
pub(super) fn remove(path: &Path) -> Result<(), StoreError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(file_error(path, "removed")(error))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}
