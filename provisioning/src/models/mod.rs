//! `kioskctl models`: the files that `models/manifest.toml` names, fetched, verified
//! and listed. Knows files and places, not what a model does.

mod archive;
mod digest;
mod download;
mod fetch;
mod package;
mod report;

use crate::bundle::contents::Bundle;
use crate::output::{self, Exit};
use anyhow::Context;
use clap::{Args, Subcommand};
use kiosk_daemon::config;
use kiosk_daemon::models::{Installed, Manifest, Model, ModelFile};
use std::path::{Path, PathBuf};

/// What to do with the models.
#[derive(Subcommand)]
pub enum ModelsCommand {
    /// Fetch what is missing, from the first place that can be reached.
    Fetch {
        /// Models to fetch, optional ones included; without any all that are needed.
        names: Vec<String>,
        /// From a bundle (`kioskctl bundle`) and from nowhere else.
        #[arg(long, value_name = "BUNDLE")]
        from: Option<PathBuf>,
        #[command(flatten)]
        options: Options,
    },
    /// Read every file and compare it with the manifest.
    Verify(Options),
    /// What there is, and what of it is here.
    List(Options),
}

/// Shared by all of them.
#[derive(Args)]
pub struct Options {
    /// One JSON object.
    #[arg(long)]
    json: bool,
    /// Folder of the model files, instead of the configured one.
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Another manifest than the one built in.
    #[arg(long, value_name = "FILE", hide = true)]
    manifest: Option<PathBuf>,
}

pub fn run(command: &ModelsCommand, config: Option<&Path>) -> anyhow::Result<Exit> {
    let (ModelsCommand::Fetch { options, .. }
    | ModelsCommand::Verify(options)
    | ModelsCommand::List(options)) = command;
    let manifest = manifest(options.manifest.as_deref())?;
    let folder = match &options.folder {
        Some(folder) => folder.clone(),
        None => {
            let settings = config::load(config)?;
            kiosk_daemon::models::folder(settings.models_folder.as_deref())?
        }
    };
    let installed = Installed::new(&manifest, folder);
    match command {
        ModelsCommand::Fetch { names, from, .. } => {
            let wanted = match chosen(&manifest, names) {
                Ok(wanted) => wanted,
                Err(unknown) => {
                    output::complain(&unknown);
                    return Ok(Exit::Usage);
                }
            };
            let bundle = from.as_deref().map(Bundle::open).transpose()?;
            if let Some(bundle) = &bundle {
                bundle.verify()?;
            }
            let results = fetch::all(&wanted, &installed, bundle.as_ref())?;
            report::fetched(&installed, &results, options.json)
        }
        ModelsCommand::Verify(_) => {
            let found = report::verify(&manifest, &installed)?;
            report::verified(&installed, &found, options.json)
        }
        ModelsCommand::List(_) => report::list(&manifest, &installed, options.json),
    }
}

fn manifest(path: Option<&Path>) -> anyhow::Result<Manifest> {
    let Some(path) = path else {
        return Ok(Manifest::built_in().clone());
    };
    let text =
        std::fs::read_to_string(path).with_context(|| format!("read `{}`", path.display()))?;
    Ok(Manifest::from_toml(&text)?)
}

/// The models that a kiosk needs.
pub fn needed() -> impl Iterator<Item = &'static Model> {
    let models = Manifest::built_in().models.iter();
    models.filter(|model| !model.optional)
}

/// The models of these names.
///
/// # Errors
/// There is no such model.
pub fn wanted(names: &[String]) -> anyhow::Result<Vec<&'static Model>> {
    chosen(Manifest::built_in(), names).map_err(anyhow::Error::msg)
}

/// Whether the file at `path` is the very one.
///
/// # Errors
/// It is there and cannot be read.
pub fn is_whole(path: &Path, file: &ModelFile) -> anyhow::Result<bool> {
    let state = digest::state_of(path, file);
    let state = state.with_context(|| format!("read `{}`", path.display()))?;
    Ok(state == digest::State::Whole)
}

/// Puts the models of `bundle`, which was verified, where they belong: how many were not there.
///
/// # Errors
/// The folder cannot be written.
pub fn bring(bundle: &Bundle, installed: &Installed) -> anyhow::Result<usize> {
    let is_in = |model: &&Model| {
        let mut files = files_here(model).peekable();
        let brings = |file: &ModelFile| bundle.folder(FOLDER).any(|(name, _)| name == file.file);
        files.peek().is_some() && files.all(brings)
    };
    let models: Vec<&Model> = Manifest::built_in().models.iter().filter(is_in).collect();
    let results = fetch::all(&models, installed, Some(bundle))?;
    let new = results
        .iter()
        .filter(|it| it.outcome == fetch::Outcome::Fetched);
    Ok(new.count())
}

/// Models in a bundle.
pub const FOLDER: &str = "models";

fn chosen<'a>(manifest: &'a Manifest, names: &[String]) -> Result<Vec<&'a Model>, String> {
    if names.is_empty() {
        let needed = manifest.models.iter().filter(|model| !model.optional);
        return Ok(needed.collect());
    }
    names
        .iter()
        .map(|name| {
            manifest.model(name).ok_or_else(|| {
                format!("there is no model `{name}`; `kioskctl models list` shows those there are")
            })
        })
        .collect()
}

/// The files of `model` that this machine can use.
pub fn files_here(model: &Model) -> impl Iterator<Item = &ModelFile> {
    model.files.iter().filter(|file| file.is_for_this_machine())
}
