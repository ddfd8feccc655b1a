//! `kioskctl update`: a signed bundle's programs take the place of those that run, or nothing
//! changes. Before the new ones may see the records an encrypted copy is made; they take no
//! booking, call or sync before they have passed their self-test; where they don't pass, or
//! anything interrupts, the old programs and the copy are back (`docs/adr/0010`).

mod signature;
mod steps;
mod versions;

pub use signature::sign;

use crate::bundle::architecture;
use crate::bundle::contents::Bundle;
use crate::output::{self, Exit};
use anyhow::{Context, bail, ensure};
use kiosk_daemon::config::{self, Settings};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::Command;
use steps::{Site, Step, Update as Change};
use versions::{Versions, number};

/// Where versions lie.
const VERSIONS: &str = "/opt/minohealth-kiosk";
/// In the administrator's folder: who may update this box.
const KEYS: &str = "update-keys.d";

/// What to update to.
#[derive(clap::Args)]
pub struct Update {
    /// A signed bundle (`kioskctl bundle --sign-with`).
    #[arg(required_unless_present_any = ["settle", "finish"])]
    bundle: Option<PathBuf>,
    /// Take back an update that was interrupted; nothing where there is none. kioskd's unit
    /// does this before each start.
    #[arg(long, conflicts_with = "bundle")]
    settle: bool,
    /// Go on with what was put beside the current version: what `kioskctl update` has systemd
    /// do, so that no broken connection interrupts it.
    #[arg(long, hide = true, value_name = "VERSION", conflicts_with_all = ["bundle", "settle"])]
    finish: Option<String>,
    /// Another folder of versions, without systemd.
    #[arg(long, hide = true, value_name = "DIR")]
    versions: Option<PathBuf>,
}

pub fn run(asked: &Update, config: Option<&Path>) -> anyhow::Result<Exit> {
    let versions = asked.versions.clone().unwrap_or_else(|| VERSIONS.into());
    if asked.settle && !steps::is_pending(&versions) {
        return Ok(Exit::Done);
    }
    let site = Site {
        settings: config::load(config)?,
        config: config.map(Path::to_owned),
        versions: Versions(versions),
        has_systemd: asked.versions.is_none() && Path::new("/run/systemd/system").is_dir(),
    };
    let alone = alone(&site.versions.0)?;
    if let Some(taken_back) = steps::settle(&site)? {
        output::note(&format!(
            "an update to {taken_back} was interrupted: it was taken back"
        ));
    }
    match (&asked.bundle, &asked.finish) {
        (Some(bundle), _) => begin(&site, bundle, alone),
        (None, Some(version)) => finish(&site, &PathBuf::from("versions").join(version)),
        (None, None) => Ok(Exit::Done),
    }
}

fn begin(site: &Site, bundle: &Path, alone: File) -> anyhow::Result<Exit> {
    let (current, have) = site.versions.current()?;
    let bundle = Bundle::open(bundle)?;
    let signer = signature::check(&bundle, &config::etc().join(KEYS))?;
    let manifest = &bundle.manifest;
    let offered = number(&manifest.version)?;
    let here = architecture();
    ensure!(
        manifest.architecture == here,
        "the bundle is for {}, this box is {here}",
        manifest.architecture
    );
    if offered == have {
        output::line(format_args!("{} runs already", manifest.version))?;
        return Ok(Exit::Done);
    }
    let shown = have.map(|it| it.to_string()).join(".");
    ensure!(
        offered > have,
        "this box has {shown}, the bundle is {}: an older version may not know what the newer \
         one has written, so there is no way back by an update; `kioskctl restore` and the \
         older package are one, with the loss of what was booked since",
        manifest.version
    );
    bundle.verify()?;
    output::note(&format!(
        "{} for {shown}, signed by {signer}",
        manifest.version
    ));
    let target = site.versions.stage(&bundle, &current)?;
    if site.has_systemd {
        drop(alone);
        return hand_to_systemd(site, &manifest.version);
    }
    finish(site, &target)
}

/// From here a broken connection would leave patients before a kiosk that is stopped.
fn hand_to_systemd(site: &Site, version: &str) -> anyhow::Result<Exit> {
    let mut command = Command::new("systemd-run");
    command
        .args(["--quiet", "--wait", "--collect", "--unit=kiosk-update"])
        .args(["/usr/bin/kioskctl", "update", "--finish", version]);
    if let Some(config) = &site.config {
        command.arg("--config").arg(config);
    }
    let done = command.status().context("run `systemd-run`")?;
    if !done.success() {
        bail!("the update was not made; `journalctl -u kiosk-update` tells why");
    }
    output::line(format_args!("{version} runs"))?;
    Ok(Exit::Done)
}

fn finish(site: &Site, target: &Path) -> anyhow::Result<Exit> {
    let mut change = Change::new(site, target)?;
    while let Some(step) = change.next_step() {
        let Err(error) = change.carry_out(step) else {
            continue;
        };
        if step == Step::Tidy {
            // The new version is the kiosk's: old ones that can't be removed take room.
            output::note(&format!("old versions stay on the disk: {error:#}"));
        } else {
            steps::settle(site).context("take the update back")?;
            steps::start(site)?;
            return Err(error.context("the update was taken back; everything is as before"));
        }
    }
    steps::start(site)?;
    output::line(format_args!("{} runs", change.version()))?;
    Ok(Exit::Done)
}

/// One update at a time.
fn alone(versions: &Path) -> anyhow::Result<File> {
    let path = versions.join("update.lock");
    let file = File::create(&path).with_context(|| format!("open `{}`", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!("an update is under way"),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("lock `{}`", path.display()))
        }
    }
}

/// Whose records these are.
fn state(settings: &Settings) -> &Path {
    &settings.state_folder
}

#[cfg(test)]
mod tests;
