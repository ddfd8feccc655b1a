//! Packages that carry model files, fetched by their ecosystems' own clients, which
//! know their registry, mirrors, proxies and certificates.

use super::fetch::SourceError;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A package to be fetched whole.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Package {
    /// `name@version`.
    Npm(String),
    /// From PyPI.
    Pypi {
        /// `name==version`.
        name: String,
        /// Platform tag of the wheel.
        platform: Option<String>,
        /// Python version of the wheel.
        python: Option<String>,
        /// The source archive and not a wheel.
        sdist: bool,
    },
}

/// Fetches `package` into the empty folder `into`; returns its archive. Nothing is
/// installed, and nothing of the package is run, save that pip asks a source archive
/// for its metadata.
///
/// # Errors
/// The client is not installed, or did not bring the package.
pub fn fetch(package: &Package, into: &Path) -> Result<PathBuf, SourceError> {
    let output = match package {
        Package::Npm(name) => npm(name, into),
        Package::Pypi { .. } => pip(package, into),
    }?;
    if !output.status.success() {
        return Err(SourceError::Refused(last_words(&output)));
    }
    only_file(into)
}

fn npm(name: &str, into: &Path) -> Result<Output, SourceError> {
    let result = Command::new("npm")
        .args(["pack", "--silent", "--ignore-scripts", "--fetch-retries=1"])
        .args(["--fetch-retry-mintimeout=1000", "--loglevel=error"])
        .arg("--pack-destination")
        .arg(into)
        .arg(name)
        .current_dir(into)
        .stdin(Stdio::null())
        .output();
    match result {
        Ok(output) => Ok(output),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(SourceError::NoClient("npm")),
        Err(error) => Err(SourceError::Refused(format!("npm: {error}"))),
    }
}

fn pip(package: &Package, into: &Path) -> Result<Output, SourceError> {
    for start in [&["python3", "-m", "pip"][..], &["pip3"], &["pip"]] {
        let mut command = Command::new(start[0]);
        command.args(&start[1..]);
        match pip_download(&mut command, package, into).output() {
            // Python without pip says so and fails; one of the others may have it.
            Ok(output) if is_without_pip(&output) => {}
            Ok(output) => return Ok(output),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(SourceError::Refused(format!("pip: {error}"))),
        }
    }
    Err(SourceError::NoClient("pip"))
}

fn pip_download<'a>(command: &'a mut Command, package: &Package, into: &Path) -> &'a mut Command {
    command
        .args(["download", "--no-deps", "--quiet", "--no-input"])
        .args(["--disable-pip-version-check", "--progress-bar", "off"])
        .args(["--retries", "1", "--dest"])
        .arg(into)
        .current_dir(into)
        .stdin(Stdio::null());
    let Package::Pypi {
        name,
        platform,
        python,
        sdist,
    } = package
    else {
        return command;
    };
    if *sdist {
        let alone = name.split("==").next().unwrap_or(name);
        command.args(["--no-binary", alone]);
    } else {
        command.args(["--only-binary", ":all:"]);
    }
    for (option, value) in [("--platform", platform), ("--python-version", python)] {
        if let Some(value) = value {
            command.args([option, value]);
        }
    }
    command.arg(name)
}

fn is_without_pip(output: &Output) -> bool {
    !output.status.success()
        && String::from_utf8_lossy(&output.stderr).contains("No module named pip")
}

fn last_words(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let telling = lines
        .iter()
        .find(|line| line.contains("ERROR") || line.contains("ERR!") || line.contains("error"));
    telling.or(lines.last()).map_or_else(
        || "it failed without a word".to_owned(),
        |line| (*line).to_owned(),
    )
}

fn only_file(folder: &Path) -> Result<PathBuf, SourceError> {
    let entries = std::fs::read_dir(folder).map_err(SourceError::Storage)?;
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.is_file())
        .ok_or_else(|| SourceError::Refused("its client brought no file".to_owned()))
}
