//! `kioskctl provision`: makes this box what a device profile says, or what somebody answers
//! to questions. Shows what changes, judges the result before it is put in place, and changes
//! nothing where everything is as it should be.

mod guided;
mod measuring;
mod plan;
mod profile;
mod record;
mod screen;

pub use profile::Profile;

use crate::bundle::contents::Bundle;
use crate::daemon_side::Kiosk;
use crate::output::{self, Exit};
use crate::{doctor, models, place};
use anyhow::{Context, bail};
use kiosk_daemon::config::{self, Settings};
use kiosk_daemon::models::Installed;
use kiosk_protocol::control::Request;
use kiosk_protocol::{Private, Role};
use plan::{Change, Plan};
use profile::MEASURED;
use record::Record;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What this box is to be.
#[derive(clap::Args)]
pub struct Provision {
    /// A device profile; without it the one that was carried out last, or questions where
    /// there is none. `/usr/share/doc/minohealth-kiosk/profile.toml` is an example.
    profile: Option<PathBuf>,
    /// Models, and without a profile the profile, from a bundle (`kioskctl bundle`): no network
    /// is needed.
    #[arg(long, value_name = "BUNDLE")]
    from: Option<PathBuf>,
    /// Questions, with what the profile says for defaults.
    #[arg(long)]
    guided: bool,
    /// Only show what would change.
    #[arg(long)]
    dry_run: bool,
}

pub fn run(asked: &Provision, config: Option<&Path>) -> anyhow::Result<Exit> {
    let unpacked = tempfile::tempdir().context("make a folder to work in")?;
    let bundle = asked.from.as_deref().map(Bundle::open).transpose()?;
    if let Some(bundle) = &bundle {
        bundle.verify()?;
    }
    // What is wrong may be what is about to be mended.
    let without = || config::load_as_if(&[(plan::fragment(), String::new())].into(), config);
    let settings = config::load(config).or_else(|_| without())?;
    let mut brought = None;
    if let Some(bundle) = &bundle {
        bring_models(bundle, &settings, asked.dry_run)?;
        brought = profile_of(bundle, unpacked.path())?;
    }
    let mut record = Record::read(&settings.state_folder);
    let before = record.clone();
    let Wanted { profile, text, pin } = wanted(asked, brought, &settings, &mut record)?;
    let recogniser = recogniser(&profile, &settings, &mut record)?;
    let plan = plan::make(&profile, &text, recogniser.as_deref(), &record, config)?;
    for change in &plan.changes {
        output::line(change.words())?;
    }
    if asked.dry_run {
        let words = match plan.changes.len() {
            0 => "nothing would change",
            _ => "a dry run: nothing was changed",
        };
        output::note(words);
        return Ok(Exit::Done);
    }
    carry_out(&plan, &mut record)?;
    if record != before {
        record.write(&plan.settings.state_folder)?;
    }
    if let Some(pin) = pin {
        set_pin(pin, &plan.settings)?;
    }
    place::remove_file(&draft()).context("remove the session's draft")?;
    tell(&plan)?;
    doctor::run(config, false)
}

/// The answers of a session that has not ended.
fn draft() -> PathBuf {
    config::etc().join(guided::DRAFT)
}

/// What this box is to be.
struct Wanted {
    profile: Profile,
    /// The profile's, as it is kept.
    text: String,
    /// With which staff unlocks the panel, where somebody was asked and gave one.
    pin: Option<Private>,
}

/// The profile that is named, was brought, or was carried out last, or that somebody's answers
/// are.
fn wanted(
    asked: &Provision,
    brought: Option<PathBuf>,
    settings: &Settings,
    record: &mut Record,
) -> anyhow::Result<Wanted> {
    let (kept, draft) = (config::etc().join(plan::PROFILE), draft());
    let path = asked.profile.clone().or(brought);
    let path = path.or_else(|| kept.exists().then_some(kept));
    if let Some(path) = path.as_ref().filter(|_| !asked.guided) {
        if draft.exists() {
            output::note("a session's answers are kept: --guided goes on with them");
        }
        let text = std::fs::read_to_string(path);
        let text = text.with_context(|| format!("read `{}`", path.display()))?;
        return Ok(Wanted {
            profile: Profile::read(path)?,
            text,
            pin: None,
        });
    }
    let begun = draft.exists().then(|| draft.clone()).or(path);
    let profile = begun.map_or_else(|| Ok(Profile::default()), |it| Profile::read(&it))?;
    let keeps = (!asked.dry_run).then_some(draft);
    let input = std::io::stdin().lock();
    let (profile, pin) = guided::run(input, profile, record, keeps, settings)?;
    let text = toml::to_string(&profile.table)?;
    Ok(Wanted { profile, text, pin })
}

/// As `kioskctl pin set staff` does.
fn set_pin(pin: Private, settings: &Settings) -> anyhow::Result<()> {
    let request = Request::SetPin {
        label: "staff".to_owned(),
        role: Role::Staff,
        pin,
    };
    let set = Kiosk::of(settings.clone()).ask(request);
    set.context("set the PIN; everything else is done")?;
    output::note("the panel has a PIN for staff; `kioskctl pin` sets others");
    Ok(())
}

/// The bundle's profile and roster, in `folder`; none where it has none.
fn profile_of(bundle: &Bundle, folder: &Path) -> anyhow::Result<Option<PathBuf>> {
    for (name, entry) in bundle.folder("profile") {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(folder))?;
        bundle.copy(entry, &mut std::fs::File::create(&path)?)?;
    }
    let profile = folder.join(plan::PROFILE);
    Ok(profile.exists().then_some(profile))
}

fn bring_models(bundle: &Bundle, settings: &Settings, is_dry: bool) -> anyhow::Result<()> {
    let installed = Installed::find(settings.models_folder.as_deref())?;
    if is_dry {
        let names: Vec<&str> = bundle.folder(models::FOLDER).map(|it| it.0).collect();
        let folder = installed.folder().display();
        output::note(&format!("models for {folder}: {}", names.join(", ")));
        return Ok(());
    }
    match models::bring(bundle, &installed)? {
        0 => output::note("models: all of the bundle's are here"),
        count => output::note(&format!("models: {count} files brought from the bundle")),
    }
    Ok(())
}

/// The model's file, where the profile leaves that to provisioning.
fn recogniser(
    profile: &Profile,
    settings: &Settings,
    record: &mut Record,
) -> anyhow::Result<Option<PathBuf>> {
    let Some(name) = &profile.models().recogniser else {
        return Ok(None);
    };
    if profile.text("hearing", "model").is_some() {
        bail!("the profile has both `models.recogniser` and `hearing.model`: remove one");
    }
    if name == MEASURED {
        return measuring::choose(settings, record);
    }
    measuring::named(settings, name).map(Some)
}

fn carry_out(plan: &Plan, record: &mut Record) -> anyhow::Result<()> {
    for change in &plan.changes {
        change.carry_out(&plan.settings, record)?;
    }
    let touches = |wanted: &str| {
        plan.changes.iter().any(|change| match change {
            Change::File { path, .. } => path.to_string_lossy().contains(wanted),
            Change::Clock { .. } | Change::Roster { .. } | Change::Key(_) => false,
        })
    };
    for (wanted, unit) in [("config.d", "kioskd"), ("panel.env", "kiosk-ui")] {
        if touches(wanted) {
            restart(unit)?;
        }
    }
    Ok(())
}

/// Where systemd runs it, it starts again with what was changed.
fn restart(unit: &str) -> anyhow::Result<()> {
    if std::env::var_os("KIOSK_ETC").is_some() || !Path::new("/run/systemd/system").is_dir() {
        return Ok(());
    }
    let restarted = Command::new("systemctl")
        .args(["try-restart", unit])
        .status();
    if !restarted.context("run `systemctl`")?.success() {
        bail!("{unit} does not start again: `kioskctl logs --problems` tells why");
    }
    Ok(())
}

fn tell(plan: &Plan) -> anyhow::Result<()> {
    if plan.changes.is_empty() {
        output::line("nothing to change: this box is as the profile says")?;
    } else {
        output::line(format_args!("{} changed", plan.changes.len()))?;
    }
    for path in &plan.missing {
        output::note(&format!("`{}` is still to be put there", path.display()));
    }
    Ok(())
}
