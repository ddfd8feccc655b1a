//! Versions of the kiosk's programs beside each other, and which of them runs: one link, put
//! in place by one rename. The package's own version is one of them (`docs/adr/0010`).

use crate::bundle::contents::{Bundle, Entry};
use crate::place;
use anyhow::{Context, bail, ensure};
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where a package has the programs, relative to the root.
const IN_PACKAGE: &str = "usr/lib/minohealth-kiosk/";
/// In the folder of a version: which it is.
const VERSION: &str = "VERSION";
const CURRENT: &str = "current";
const VERSIONS: &str = "versions";

/// Three numbers.
pub type Number = [u64; 3];

/// The folder of versions.
#[derive(Debug, Clone)]
pub struct Versions(pub PathBuf);

impl Versions {
    /// What runs: what the link names, and its version.
    ///
    /// # Errors
    /// This kiosk was not installed from a package.
    pub fn current(&self) -> anyhow::Result<(PathBuf, Number)> {
        let link = self.0.join(CURRENT);
        let target = fs::read_link(&link).with_context(|| {
            let link = link.display();
            format!(
                "there is no `{link}`: only a kiosk that was installed from its package is updated"
            )
        })?;
        let version = self.version_of(&target)?;
        Ok((target, version))
    }

    /// The folder that `target` names.
    pub fn folder(&self, target: &Path) -> PathBuf {
        self.0.join(target)
    }

    fn version_of(&self, target: &Path) -> anyhow::Result<Number> {
        let path = self.folder(target).join(VERSION);
        let text =
            fs::read_to_string(&path).with_context(|| format!("read `{}`", path.display()))?;
        number(text.trim())
    }

    /// From now on `target` runs. Either it or what ran before, whatever interrupts.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn switch(&self, target: &Path) -> anyhow::Result<()> {
        place::link(&self.0.join(CURRENT), target)
    }

    /// Puts the programs of the bundle beside the others and makes them durable: what the link
    /// is to name.
    ///
    /// # Errors
    /// The bundle's packages are damaged, or lack a program that the current version has.
    pub fn stage(&self, bundle: &Bundle, current: &Path) -> anyhow::Result<PathBuf> {
        let target = PathBuf::from(VERSIONS).join(&bundle.manifest.version);
        let folder = self.folder(&target);
        let unfinished = self
            .0
            .join(VERSIONS)
            .join(format!("{}.part", bundle.manifest.version));
        for old in [&unfinished, &folder] {
            // Of an update that was interrupted, or rolled back; it does not run.
            remove_folder(old)?;
        }
        create(&unfinished)?;
        for (name, entry) in bundle.folder("packages") {
            if name.starts_with("minohealth-kiosk") {
                unpack(bundle, entry, &unfinished)
                    .with_context(|| format!("unpack `{name}` of the bundle"))?;
            }
        }
        let found = fs::read_to_string(unfinished.join(VERSION)).unwrap_or_default();
        ensure!(
            found.trim() == bundle.manifest.version,
            "the bundle says that it is {}, its packages that they are `{}`",
            bundle.manifest.version,
            found.trim()
        );
        for entry in fs::read_dir(self.folder(current))? {
            let name = entry?.file_name();
            ensure!(
                unfinished.join(&name).exists(),
                "the bundle lacks `{}`, which this box has: make it with all its packages",
                name.display()
            );
        }
        fs::rename(&unfinished, &folder)?;
        place::settle(folder.parent().unwrap_or(&folder))?;
        Ok(target)
    }

    /// Removes all but these two.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn prune(&self, keep: [&Path; 2]) -> anyhow::Result<()> {
        for entry in fs::read_dir(self.0.join(VERSIONS))? {
            let path = entry?.path();
            if keep.iter().all(|kept| self.folder(kept) != path) {
                remove_folder(&path)?;
            }
        }
        Ok(())
    }
}

/// The number of a version.
///
/// # Errors
/// It is none of ours.
pub fn number(text: &str) -> anyhow::Result<Number> {
    let parts: Result<Vec<u64>, _> = text.split('.').map(str::parse).collect();
    let number = parts.ok().and_then(|parts| parts.try_into().ok());
    number.with_context(|| format!("`{text}` is no version such as 1.2.3"))
}

fn remove_folder(path: &Path) -> anyhow::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("remove `{}`", path.display()))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Others run what is in it.
fn create(path: &Path) -> anyhow::Result<()> {
    let made = fs::DirBuilder::new()
        .recursive(true)
        .mode(0o755)
        .create(path);
    made.with_context(|| format!("make `{}`", path.display()))
}

/// Writes what a package has of the kiosk's own folder into `to`; nothing else of it.
fn unpack(bundle: &Bundle, entry: &Entry, to: &Path) -> anyhow::Result<()> {
    let package = to.join(".package.deb");
    bundle.copy(entry, &mut File::create(&package)?)?;
    let mut reading = Command::new("dpkg-deb")
        .arg("--fsys-tarfile")
        .arg(&package)
        .stdout(Stdio::piped())
        .spawn()
        .context("run `dpkg-deb`")?;
    let files = reading.stdout.take().context("read from `dpkg-deb`")?;
    let unpacked = unpack_files(files, to);
    let ended = reading.wait()?;
    unpacked?;
    ensure!(ended.success(), "`dpkg-deb` can't read it");
    Ok(fs::remove_file(&package)?)
}

fn unpack_files(files: impl Read, to: &Path) -> anyhow::Result<()> {
    let mut archive = tar::Archive::new(files);
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let Some(name) = path.trim_start_matches("./").strip_prefix(IN_PACKAGE) else {
            continue;
        };
        if !entry.header().entry_type().is_file() {
            continue;
        }
        crate::bundle::contents::is_plain(name)?;
        let path = to.join(name);
        if path.exists() {
            bail!("two packages have `{name}`");
        }
        create(path.parent().unwrap_or(to))?;
        let mode = if entry.header().mode()? & 0o111 == 0 {
            0o644
        } else {
            0o755
        };
        let mut options = File::options();
        let mut file = options
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&path)?;
        std::io::copy(&mut entry, &mut file)?;
        file.sync_all()?;
        place::settle(path.parent().unwrap_or(to))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(number("0.10.0").unwrap() > number("0.9.3").unwrap());
        for wrong in ["", "1", "1.2", "1.2.3.4", "1.2.x", "-1.2.3"] {
            assert!(number(wrong).is_err(), "{wrong}");
        }
    }
}
