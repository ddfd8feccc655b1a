//! A bundle as it lies on a stick: a folder or a tar, with a manifest that names every file
//! with its size and SHA-256. What is not as the manifest says is refused before anything of
//! it is used.

use anyhow::{Context, bail, ensure};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// In the bundle.
pub const MANIFEST: &str = "manifest.toml";
/// In the bundle, where it is signed.
pub const SIGNATURE: &str = "manifest.toml.sig";
/// What this program writes and reads.
pub const FORMAT: u32 = 1;
/// A manifest of a thousand files is far below.
const MOST_MANIFEST: u64 = 1 << 20;

/// What is in a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub format: u32,
    /// The kiosk's, of the programs in it.
    pub version: String,
    /// As Debian calls it: amd64 or arm64.
    pub architecture: String,
    #[serde(rename = "file")]
    pub files: Vec<Entry>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub path: String,
    pub size: u64,
    pub sha256: String,
}

/// A bundle that is there, whole or not.
pub struct Bundle {
    pub manifest: Manifest,
    /// As it lies there: what a signature is of.
    pub manifest_text: Vec<u8>,
    pub signature: Option<Vec<u8>>,
    source: Source,
}

enum Source {
    Folder(PathBuf),
    /// Where each file begins, and how long it is.
    Tar(PathBuf, BTreeMap<String, (u64, u64)>),
}

impl Bundle {
    /// Reads the manifest; [`Self::verify`] reads the rest.
    ///
    /// # Errors
    /// There is no bundle, or none that this program understands.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let source = if path.is_dir() {
            Source::Folder(path.to_owned())
        } else {
            Source::Tar(path.to_owned(), index(path)?)
        };
        let not_one = || format!("`{}` is no bundle of `kioskctl bundle`", path.display());
        let manifest_text = whole(&source, MANIFEST).with_context(not_one)?;
        let text = std::str::from_utf8(&manifest_text).with_context(not_one)?;
        let manifest: Manifest = toml::from_str(text).with_context(not_one)?;
        ensure!(
            manifest.format == FORMAT,
            "`{}` has format {}, this kioskctl knows {FORMAT}: use that of the bundle's version",
            path.display(),
            manifest.format
        );
        manifest
            .files
            .iter()
            .try_for_each(|entry| is_plain(&entry.path))?;
        Ok(Self {
            signature: whole(&source, SIGNATURE).ok(),
            manifest,
            manifest_text,
            source,
        })
    }

    /// Reads every file and compares it with the manifest.
    ///
    /// # Errors
    /// The first that is missing, cut off or another; or one that the manifest doesn't know.
    pub fn verify(&self) -> anyhow::Result<()> {
        for entry in &self.manifest.files {
            let damaged = || format!("the bundle is damaged: `{}`; copy it anew", entry.path);
            self.copy(entry, &mut std::io::sink())
                .with_context(damaged)?;
        }
        if let Source::Tar(_, found) = &self.source {
            let known = |path: &String| {
                let mut named = self.manifest.files.iter();
                *path == MANIFEST || *path == SIGNATURE || named.any(|it| it.path == **path)
            };
            if let Some(stranger) = found.keys().find(|path| !known(path)) {
                bail!("the bundle holds `{stranger}`, which its manifest doesn't name");
            }
        }
        Ok(())
    }

    /// Copies a file, and fails where it was not the one that the manifest means: what was
    /// written then is to be thrown away.
    ///
    /// # Errors
    /// It cannot be read, written, or is another.
    pub fn copy(&self, entry: &Entry, to: &mut impl std::io::Write) -> anyhow::Result<()> {
        let mut from = open(&self.source, &entry.path)?;
        let mut digest = Sha256::new();
        let mut buffer = vec![0; 256 * 1024];
        let mut size = 0;
        loop {
            let count = from.read(&mut buffer)?;
            if count == 0 {
                break;
            }
            size += count as u64;
            ensure!(size <= entry.size, "it is longer than {} bytes", entry.size);
            digest.update(&buffer[..count]);
            to.write_all(&buffer[..count])?;
        }
        ensure!(
            size == entry.size,
            "{size} of {} bytes are there",
            entry.size
        );
        let found = hex(&digest.finalize());
        ensure!(
            found == entry.sha256,
            "it has another SHA-256 than the manifest says"
        );
        Ok(())
    }

    /// The files of a folder of the bundle, with their names there.
    pub fn folder<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (&'a str, &'a Entry)> {
        let of_it = move |path: &'a str| path.strip_prefix(name)?.strip_prefix('/');
        let files = self.manifest.files.iter();
        files.filter_map(move |entry| Some((of_it(&entry.path)?, entry)))
    }
}

/// Lower-case digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Relative, down, and of letters that mean nothing to anybody: what may be a path in a bundle.
pub fn is_plain(path: &str) -> anyhow::Result<()> {
    let is_name = |name: &str| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._+~@-".contains(&byte);
        !name.is_empty() && !name.starts_with('.') && name.bytes().all(fits)
    };
    ensure!(
        path.split('/').all(is_name),
        "`{path}` is no path for a bundle"
    );
    Ok(())
}

fn index(path: &Path) -> anyhow::Result<BTreeMap<String, (u64, u64)>> {
    let named = || format!("read `{}`", path.display());
    let file = File::open(path).with_context(named)?;
    let mut archive = tar::Archive::new(file);
    let mut found = BTreeMap::new();
    for entry in archive.entries_with_seek().with_context(named)? {
        let entry = entry.context("the bundle is cut off, or no tar; copy it anew")?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let name = name.trim_start_matches("./").to_owned();
        found.insert(name, (entry.raw_file_position(), entry.size()));
    }
    Ok(found)
}

fn open(source: &Source, path: &str) -> anyhow::Result<Box<dyn Read>> {
    match source {
        Source::Folder(folder) => Ok(Box::new(File::open(folder.join(path))?)),
        Source::Tar(file, index) => {
            let (begins, size) = index.get(path).context("it is missing")?;
            let mut file = File::open(file)?;
            file.seek(SeekFrom::Start(*begins))?;
            Ok(Box::new(file.take(*size)))
        }
    }
}

fn whole(source: &Source, path: &str) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(source, path)?
        .take(MOST_MANIFEST)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_paths_below_the_bundle_are_taken() {
        for good in [
            "packages/kiosk_0.1.0~rc1_amd64.deb",
            "install.sh",
            "a/b/c+d",
            "units/kiosk-again@.service",
        ] {
            is_plain(good).unwrap();
        }
        for bad in [
            "",
            "/etc/passwd",
            "../x",
            "a/../b",
            "a//b",
            "a b",
            ".hidden",
            "a/./b",
            "ü",
        ] {
            assert!(is_plain(bad).is_err(), "{bad}");
        }
    }
}
