//! `kioskctl bundle`: everything that sets up a box without a network, in one folder or tar:
//! packages, models, profile, and a script that installs them.

pub mod contents;

use crate::models;
use crate::output::{self, Exit};
use crate::provision::Profile;
use crate::update;
use anyhow::{Context, bail, ensure};
use contents::{Bundle, Entry, FORMAT, MANIFEST, Manifest, SIGNATURE, hex, is_plain};
use indicatif::ProgressBar;
use kiosk_daemon::config::Settings;
use kiosk_daemon::models::{Installed, Model};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Installs from the folder that it lies in.
const INSTALL: &str = include_str!("../install.sh");

/// What goes into a bundle.
#[derive(clap::Args)]
pub struct Make {
    /// Where it goes: a folder, or a tar where it ends in `.tar`. It may not exist yet.
    #[arg(long, value_name = "PATH")]
    out: PathBuf,
    /// The folder of Debian packages, as `make package` leaves them; others that lie there,
    /// which the kiosk's depend on, are taken along.
    #[arg(long, value_name = "DIR")]
    packages: Option<PathBuf>,
    /// A device profile, with the roster that it names.
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
    /// An optional model as well, by its name; those that are needed are taken anyhow.
    #[arg(long = "model", value_name = "NAME")]
    models: Vec<String>,
    /// No models: for an update of a box that has them.
    #[arg(long, conflicts_with = "models")]
    without_models: bool,
    /// A private Ed25519 key (PKCS#8, PEM) to sign it with, so that `kioskctl update` takes it.
    #[arg(long, value_name = "FILE")]
    sign_with: Option<PathBuf>,
}

/// A file on this machine and its path in the bundle.
struct Part {
    from: PathBuf,
    path: String,
}

pub fn make(asked: &Make, settings: &Settings) -> anyhow::Result<Exit> {
    let out = &asked.out;
    ensure!(!out.exists(), "`{}` is there already", out.display());
    let work = tempfile::tempdir().context("make a folder to work in")?;
    let mut parts = Vec::new();
    if let Some(folder) = &asked.packages {
        parts.extend(packages(folder)?);
    }
    if !asked.without_models {
        let (theirs, ours) = (programs(&parts).1, architecture());
        ensure!(
            theirs == ours,
            "the packages are for {theirs}, and the models of this machine for {ours}: with \
             --without-models the box fetches its own"
        );
        parts.extend(model_files(asked, settings)?);
    }
    if let Some(profile) = &asked.profile {
        parts.extend(profile_files(profile)?);
    }
    let install = work.path().join("install.sh");
    fs::write(&install, INSTALL)?;
    parts.push(part(&install, "install.sh".to_owned()));
    let manifest = describe(&mut parts, asked.sign_with.as_deref(), work.path())?;
    write(out, &parts)?;
    let written = Bundle::open(out)?.verify();
    written.context("read back what was written")?;
    let bytes: u64 = manifest.files.iter().map(|it| it.size).sum();
    output::line(format_args!(
        "{}: {} files, {}",
        out.display(),
        manifest.files.len(),
        indicatif::HumanBytes(bytes)
    ))?;
    Ok(Exit::Done)
}

/// Adds the manifest of `parts`, and its signature where there is a key; they lie in `work`.
fn describe(parts: &mut Vec<Part>, key: Option<&Path>, work: &Path) -> anyhow::Result<Manifest> {
    let (version, architecture) = programs(parts);
    let manifest = Manifest {
        format: FORMAT,
        version,
        architecture,
        files: entries(parts)?,
    };
    let text = toml::to_string(&manifest)?;
    let listed = work.join(MANIFEST);
    fs::write(&listed, &text)?;
    if let Some(key) = key {
        let signature = work.join(SIGNATURE);
        fs::write(&signature, update::sign(text.as_bytes(), key)?)?;
        parts.insert(0, part(&signature, SIGNATURE.to_owned()));
    }
    // First: who reads a tar from its beginning knows what is to come.
    parts.insert(0, part(&listed, MANIFEST.to_owned()));
    Ok(manifest)
}

/// Version and architecture of the packages, as their names say; without packages those of
/// this program.
fn programs(parts: &[Part]) -> (String, String) {
    let own = || {
        (
            env!("CARGO_PKG_VERSION").to_owned(),
            architecture().to_owned(),
        )
    };
    let named = parts.iter().find_map(|part| {
        let name = part.path.strip_prefix("packages/minohealth-kiosk_")?;
        let (version, architecture) = name.strip_suffix(".deb")?.split_once('_')?;
        Some((version.to_owned(), architecture.to_owned()))
    });
    named.unwrap_or_else(own)
}

/// As Debian calls what this program was built for.
pub const fn architecture() -> &'static str {
    if cfg!(target_arch = "aarch64") {
        "arm64"
    } else {
        "amd64"
    }
}

fn part(from: &Path, path: String) -> Part {
    Part {
        from: from.to_owned(),
        path,
    }
}

fn packages(folder: &Path) -> anyhow::Result<Vec<Part>> {
    let listed = fs::read_dir(folder).with_context(|| format!("read `{}`", folder.display()))?;
    let mut found: Vec<PathBuf> = listed
        .map(|entry| entry.map(|it| it.path()))
        .collect::<Result<_, _>>()?;
    found.retain(|path| path.extension().is_some_and(|it| it == "deb"));
    found.sort();
    ensure!(
        !found.is_empty(),
        "no packages in `{}`: `make package`",
        folder.display()
    );
    let named = |path: PathBuf| {
        // Debian writes a colon of an epoch as %3a.
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .replace('%', "~");
        Part {
            path: format!("packages/{name}"),
            from: path,
        }
    };
    Ok(found.into_iter().map(named).collect())
}

fn model_files(asked: &Make, settings: &Settings) -> anyhow::Result<Vec<Part>> {
    let installed = Installed::find(settings.models_folder.as_deref())?;
    let mut wanted: Vec<&Model> = models::needed().collect();
    for name in &asked.models {
        wanted.extend(models::wanted(std::slice::from_ref(name))?);
    }
    let mut parts = Vec::new();
    for file in wanted.into_iter().flat_map(models::files_here) {
        let from = installed.folder().join(&file.file);
        if !models::is_whole(&from, file)? {
            bail!("`{}` is not whole: `kioskctl models fetch`", from.display());
        }
        parts.push(part(&from, format!("models/{}", file.file)));
    }
    Ok(parts)
}

/// Keys have no place on a stick: a profile names their files, and these stay.
fn profile_files(path: &Path) -> anyhow::Result<Vec<Part>> {
    let profile = Profile::read(path)?;
    let mut parts = vec![part(path, "profile/profile.toml".to_owned())];
    if let Some(roster) = &profile.machine().roster {
        ensure!(
            roster.is_relative(),
            "the profile's roster `{}` would not be found on another box: name it beside the profile",
            roster.display()
        );
        parts.push(part(
            &profile.file(roster),
            format!("profile/{}", roster.display()),
        ));
    }
    Ok(parts)
}

fn entries(parts: &[Part]) -> anyhow::Result<Vec<Entry>> {
    let bar = waiting("hashing");
    let entries = parts.iter().map(|part| -> anyhow::Result<Entry> {
        is_plain(&part.path)?;
        let named = || format!("read `{}`", part.from.display());
        let mut file = File::open(&part.from).with_context(named)?;
        let mut digest = Sha256::new();
        let mut buffer = vec![0; 256 * 1024];
        let mut size = 0;
        loop {
            let count = file.read(&mut buffer).with_context(named)?;
            if count == 0 {
                break;
            }
            size += count as u64;
            digest.update(&buffer[..count]);
        }
        Ok(Entry {
            path: part.path.clone(),
            size,
            sha256: hex(&digest.finalize()),
        })
    });
    let entries = entries.collect();
    bar.finish_and_clear();
    entries
}

/// Beside its place first, so that what bears the name is whole.
fn write(out: &Path, parts: &[Part]) -> anyhow::Result<()> {
    let mut unfinished = out.as_os_str().to_owned();
    unfinished.push(".part");
    let unfinished = PathBuf::from(unfinished);
    let bar = waiting("writing");
    let write = || -> anyhow::Result<()> {
        if unfinished.is_dir() {
            fs::remove_dir_all(&unfinished)?;
        }
        if out.extension().is_some_and(|it| it == "tar") {
            write_tar(&unfinished, parts)?;
        } else {
            write_folder(&unfinished, parts)?;
        }
        Ok(fs::rename(&unfinished, out)?)
    };
    let written = write().with_context(|| format!("write `{}`", out.display()));
    bar.finish_and_clear();
    written
}

fn write_tar(to: &Path, parts: &[Part]) -> anyhow::Result<()> {
    let mut archive = tar::Builder::new(File::create(to)?);
    archive.mode(tar::HeaderMode::Deterministic);
    for part in parts {
        archive.append_path_with_name(&part.from, &part.path)?;
    }
    Ok(archive.into_inner()?.sync_all()?)
}

fn write_folder(to: &Path, parts: &[Part]) -> anyhow::Result<()> {
    for part in parts {
        let path = to.join(&part.path);
        fs::create_dir_all(path.parent().unwrap_or(to))?;
        let mut file = File::create(&path)?;
        io::copy(&mut File::open(&part.from)?, &mut file)?;
        file.flush()?;
        file.sync_all()?;
    }
    Ok(())
}

fn waiting(what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_message(what);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
