//! `kioskctl models`: the files that `models/manifest.toml` names, fetched, verified
//! and listed. Knows files and places, not what a model does.

mod archive;
mod digest;
mod download;
mod fetch;
mod package;
mod report;

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
        ModelsCommand::Fetch { names, .. } => {
            let wanted = match wanted(&manifest, names) {
                Ok(wanted) => wanted,
                Err(unknown) => {
                    output::complain(&unknown);
                    return Ok(Exit::Usage);
                }
            };
            let results = fetch::all(&wanted, &installed)?;
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

fn wanted<'a>(manifest: &'a Manifest, names: &[String]) -> Result<Vec<&'a Model>, String> {
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
fn files_here(model: &Model) -> impl Iterator<Item = &ModelFile> {
    model.files.iter().filter(|file| file.is_for_this_machine())
}
