//! What `kioskctl models` says, as words or as JSON.

use super::digest::{self, State};
use super::fetch::{FileResult, Outcome};
use super::files_here;
use crate::output::{self, Exit};
use anyhow::Context;
use indicatif::{HumanBytes, ProgressBar};
use kiosk_daemon::models::{Installed, Manifest};
use serde_json::{Value, json};
use std::fmt::Write;

/// The result of `fetch`.
pub fn fetched(installed: &Installed, results: &[FileResult], json: bool) -> anyhow::Result<Exit> {
    if json {
        output::json(&json!({ "folder": installed.folder(), "files": results }))?;
    } else {
        for result in results {
            match (&result.outcome, &result.from) {
                (Outcome::Fetched, Some(from)) => {
                    output::line(format_args!("{}  fetched from {from}", result.file))?;
                }
                (Outcome::Present | Outcome::Fetched, _) => {
                    output::line(format_args!("{}  in place", result.file))?;
                }
                (Outcome::Missing, _) => {
                    output::line(format_args!("{}  MISSING", result.file))?;
                }
            }
        }
    }
    let missing: Vec<_> = results
        .iter()
        .filter(|result| result.outcome == Outcome::Missing)
        .collect();
    if missing.is_empty() {
        return Ok(Exit::Done);
    }
    output::note(&by_hand(installed, &missing));
    Ok(Exit::Missing)
}

fn by_hand(installed: &Installed, missing: &[&FileResult]) -> String {
    let mut words = String::from(
        "\nNo place that has these files can be reached from this machine. Fetch them on one that\n\
         reaches the internet, and copy them",
    );
    let _ = writeln!(
        words,
        " into the folder `{}`:",
        installed.folder().display()
    );
    for result in missing {
        let _ = writeln!(
            words,
            "\n  {}  ({} bytes)\n    sha256 {}",
            result.file, result.size, result.sha256
        );
        for failure in &result.failures {
            let _ = writeln!(words, "    {}  ({})", failure.source, failure.problem);
        }
    }
    words.push_str("\nThen `kioskctl models verify` tells whether they arrived whole.");
    words
}

/// One file of `verify`.
pub struct Verified {
    model: String,
    file: String,
    optional: bool,
    state: State,
}

/// Reads every file.
///
/// # Errors
/// A file is there and cannot be read.
pub fn verify(manifest: &Manifest, installed: &Installed) -> anyhow::Result<Vec<Verified>> {
    let files: Vec<_> = manifest
        .models
        .iter()
        .flat_map(|model| files_here(model).map(move |file| (model, file)))
        .collect();
    let bar = ProgressBar::new(files.len() as u64);
    let verified = files.into_iter().map(|(model, file)| {
        let path = installed.folder().join(&file.file);
        let state =
            digest::state_of(&path, file).with_context(|| format!("read `{}`", path.display()))?;
        bar.inc(1);
        Ok(Verified {
            model: model.name.clone(),
            file: file.file.clone(),
            optional: model.optional,
            state,
        })
    });
    let verified = verified.collect();
    bar.finish_and_clear();
    verified
}

/// The result of `verify`.
pub fn verified(installed: &Installed, found: &[Verified], json: bool) -> anyhow::Result<Exit> {
    if json {
        let files: Vec<Value> = found
            .iter()
            .map(|file| {
                json!({
                    "model": file.model, "file": file.file, "optional": file.optional,
                    "state": word(file.state),
                })
            })
            .collect();
        output::json(&json!({ "folder": installed.folder(), "files": files }))?;
    } else {
        for file in found.iter().filter(|file| is_worth_a_line(file)) {
            output::line(format_args!("{}  {}", file.file, remedy(file)))?;
        }
    }
    Ok(judge(found))
}

fn is_worth_a_line(file: &Verified) -> bool {
    !(file.optional && file.state == State::Absent)
}

fn judge(found: &[Verified]) -> Exit {
    if found.iter().any(|file| file.state == State::Damaged) {
        Exit::NotInOrder
    } else if found
        .iter()
        .any(|file| !file.optional && file.state == State::Absent)
    {
        Exit::Missing
    } else {
        Exit::Done
    }
}

fn remedy(file: &Verified) -> String {
    match file.state {
        State::Whole => "in order".to_owned(),
        State::Damaged => format!(
            "DAMAGED: `kioskctl models fetch {}` replaces it",
            file.model
        ),
        State::Absent => format!("MISSING: `kioskctl models fetch {}` brings it", file.model),
    }
}

const fn word(state: State) -> &'static str {
    match state {
        State::Whole => "whole",
        State::Damaged => "damaged",
        State::Absent => "absent",
    }
}

/// The result of `list`.
pub fn list(manifest: &Manifest, installed: &Installed, json: bool) -> anyhow::Result<Exit> {
    if json {
        let models: Vec<Value> = manifest
            .models
            .iter()
            .map(|model| {
                json!({
                    "name": model.name, "use": model.purpose, "about": model.about,
                    "licence": model.licence, "optional": model.optional,
                    "here": files_here(model).all(|file| installed.has(file)),
                    "size": files_here(model).map(|file| file.size).sum::<u64>(),
                })
            })
            .collect();
        output::json(&json!({ "folder": installed.folder(), "models": models }))?;
        return Ok(Exit::Done);
    }
    output::line(format_args!("folder: {}", installed.folder().display()))?;
    for model in &manifest.models {
        let here = files_here(model).all(|file| installed.has(file));
        let state = match (here, model.optional) {
            (true, _) => "here",
            (false, true) => "optional",
            (false, false) => "MISSING",
        };
        let size = HumanBytes(files_here(model).map(|file| file.size).sum()).to_string();
        output::line(format_args!(
            "{:<18} {:<17} {size:>11}  {state:<8}  {}  [{}]",
            model.name,
            model.purpose.to_string(),
            model.about,
            model.licence
        ))?;
    }
    Ok(Exit::Done)
}
