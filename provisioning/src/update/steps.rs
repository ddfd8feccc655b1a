//! An update, step by step. A file says that one is under way; it is there before anything
//! changes, and its removal is the moment at which the new version is the kiosk's. While it is
//! there, [`settle`] brings everything back, as often as it is asked.

use super::state;
use super::versions::Versions;
use crate::{output, place};
use anyhow::{Context, ensure};
use jiff::Timestamp;
use kiosk_daemon::config::Settings;
use kiosk_daemon::store::{self, Lock};
use serde::{Deserialize, Serialize};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// In the folder of versions.
const UNDER_WAY: &str = "update.toml";
/// Models load, the voice speaks and is heard: as long as the unit's start may take.
const SELF_TEST: Duration = Duration::from_secs(180);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The box.
pub struct Site {
    pub settings: Settings,
    /// `--config`, for the self-test.
    pub config: Option<PathBuf>,
    pub versions: Versions,
    pub has_systemd: bool,
}

/// What stands in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct UnderWay {
    /// What ran before.
    from: PathBuf,
    to: PathBuf,
    /// The records before the new version saw them; none while it can't have, or where there
    /// are none.
    copy: Option<PathBuf>,
}

/// In this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nobody is served from here on.
    Stop,
    /// A copy of the records.
    Copy,
    /// The link.
    Switch,
    /// The new version's self-test.
    Try,
    /// From here on there is no way back by itself.
    Commit,
    /// What is not needed any more.
    Tidy,
}

const STEPS: [Step; 6] = [
    Step::Stop,
    Step::Copy,
    Step::Switch,
    Step::Try,
    Step::Commit,
    Step::Tidy,
];

/// One that goes on.
pub struct Update<'a> {
    site: &'a Site,
    is: UnderWay,
    done: usize,
}

impl<'a> Update<'a> {
    /// To `to`, which lies beside the current version.
    ///
    /// # Errors
    /// It doesn't, or nothing runs that could be come back to.
    pub fn new(site: &'a Site, to: &Path) -> anyhow::Result<Self> {
        let (from, _) = site.versions.current()?;
        let folder = site.versions.folder(to);
        ensure!(folder.is_dir(), "there is no `{}`", folder.display());
        let is = UnderWay {
            from,
            to: to.to_owned(),
            copy: None,
        };
        Ok(Self { site, is, done: 0 })
    }

    /// For people.
    pub fn version(&self) -> String {
        name(&self.is.to)
    }

    /// What comes next; none when all is done.
    pub fn next_step(&mut self) -> Option<Step> {
        let step = STEPS.get(self.done).copied();
        self.done += 1;
        step
    }

    /// Carries one out.
    ///
    /// # Errors
    /// It can't be done, or the new version doesn't pass: [`settle`] brings the old one back.
    pub fn carry_out(&mut self, step: Step) -> anyhow::Result<()> {
        match step {
            Step::Stop => {
                self.write()?;
                stop(self.site)
            }
            Step::Copy => self.copy(),
            Step::Switch => {
                self.site.versions.switch(&self.is.to)?;
                reload(self.site)
            }
            Step::Try => self_test(self.site, &self.is.to),
            Step::Commit => {
                place::remove_file(&self.file())?;
                place::settle(&self.site.versions.0)?;
                Ok(())
            }
            Step::Tidy => self.site.versions.prune([&self.is.from, &self.is.to]),
        }
    }

    fn copy(&mut self) -> anyhow::Result<()> {
        let state = state(&self.site.settings);
        if !state.join("kiosk.db").exists() {
            return Ok(());
        }
        let _lock = Lock::acquire(state)?;
        let backups = state.join("backups");
        std::fs::create_dir_all(&backups)?;
        place::as_its_folder(&backups)?;
        let copy = backups.join(format!("before-{}.db", self.version()));
        place::remove_file(&copy)?;
        store::back_up(state, &copy).context("copy the records")?;
        place::hand_over(&backups)?;
        std::fs::File::open(&copy)?.sync_all()?;
        place::settle(&backups)?;
        self.is.copy = Some(copy);
        self.write()
    }

    fn write(&self) -> anyhow::Result<()> {
        place::file(&self.file(), toml::to_string(&self.is)?.as_bytes(), 0o600)
    }

    fn file(&self) -> PathBuf {
        self.site.versions.0.join(UNDER_WAY)
    }
}

fn name(target: &Path) -> String {
    let name = target.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// Whether an update was interrupted, or goes on.
pub fn is_pending(versions: &Path) -> bool {
    versions.join(UNDER_WAY).exists()
}

/// Brings back what was before an update that did not come to its end: to which version it
/// was, or none where there was none. Can be interrupted, and asked again.
///
/// # Errors
/// The records are in use, or the disk refuses.
pub fn settle(site: &Site) -> anyhow::Result<Option<String>> {
    let file = site.versions.0.join(UNDER_WAY);
    if !is_pending(&site.versions.0) {
        return Ok(None);
    }
    let text = std::fs::read_to_string(&file)?;
    let is: UnderWay = toml::from_str(&text)
        .with_context(|| format!("`{}` can't be understood", file.display()))?;
    if let Some(copy) = &is.copy {
        let state = state(&site.settings);
        let _lock = Lock::acquire(state)?;
        let restored = store::restore(state, copy, None, Timestamp::now())?;
        // The same records as the new version left them: nothing that is not in the copy.
        let suffix = restored.set_aside.as_deref().and_then(Path::extension);
        for entry in std::fs::read_dir(state)? {
            let path = entry?.path();
            if suffix.is_some() && path.extension() == suffix {
                place::remove_file(&path)?;
            }
        }
        place::hand_over(state)?;
    }
    site.versions.switch(&is.from)?;
    reload(site)?;
    place::remove_file(&file)?;
    place::settle(&site.versions.0)?;
    Ok(Some(name(&is.to)))
}

/// Has the new version try itself out, as kioskd's own user, without a socket or a device.
fn self_test(site: &Site, target: &Path) -> anyhow::Result<()> {
    let mut command = Command::new(site.versions.folder(target).join("kioskd"));
    if let Some(config) = &site.config {
        command.arg("--config").arg(config);
    }
    command.arg("--self-test");
    let owner = std::fs::metadata(state(&site.settings));
    if let (true, Ok(owner)) = (rustix::process::geteuid().is_root(), owner) {
        command.uid(owner.uid()).gid(owner.gid());
    }
    let mut trying = command
        .spawn()
        .context("start the new version's self-test")?;
    let until = Instant::now() + SELF_TEST;
    loop {
        if let Some(ended) = trying.try_wait()? {
            ensure!(
                ended.success(),
                "the new version does not pass its self-test ({ended})"
            );
            return Ok(());
        }
        if Instant::now() > until {
            let _ = trying.kill();
            let _ = trying.wait();
            anyhow::bail!("the new version's self-test does not end");
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

fn systemctl(site: &Site, arguments: &[&str]) -> anyhow::Result<()> {
    if !site.has_systemd {
        return Ok(());
    }
    let done = Command::new("systemctl").args(arguments).status();
    let done = done.context("run `systemctl`")?;
    ensure!(done.success(), "`systemctl {}` failed", arguments.join(" "));
    Ok(())
}

fn stop(site: &Site) -> anyhow::Result<()> {
    systemctl(site, &["stop", "kioskd.service"])
}

/// Units are of a version, too.
fn reload(site: &Site) -> anyhow::Result<()> {
    systemctl(site, &["daemon-reload"])
}

/// Patients are served again.
///
/// # Errors
/// kioskd doesn't start.
pub fn start(site: &Site) -> anyhow::Result<()> {
    systemctl(site, &["start", "kioskd.service"])?;
    if let Err(error) = systemctl(site, &["try-restart", "kiosk-ui.service"]) {
        output::note(&format!("{error:#}"));
    }
    Ok(())
}
