//! Which recogniser this box is fast enough for: tried out, not guessed from its name.

use super::record::{Measured, Record};
use crate::bench;
use crate::output;
use anyhow::Context;
use kiosk_daemon::config::{HearingSettings, Settings};
use kiosk_daemon::models::{Installed, Use};
use std::path::PathBuf;

/// Patients who wait for two seconds speak again; the rest of an answer takes half a second.
const FAST_ENOUGH_S: f64 = 1.5;

/// The best recogniser here that is fast enough, else the fastest; none where none is here.
///
/// # Errors
/// One is damaged, or there is no voice to try it with.
pub fn choose(settings: &Settings, record: &mut Record) -> anyhow::Result<Option<PathBuf>> {
    let installed = Installed::find(settings.models_folder.as_deref())?;
    let all = installed.all(Use::Transcriber);
    let tried: Vec<String> = all.iter().map(|(model, _)| model.name.clone()).collect();
    if tried.is_empty() {
        output::note(
            "no recogniser is here to be measured: `kioskctl models fetch`, then this again",
        );
        return Ok(None);
    }
    let machine = machine();
    let is_known = |it: &&Measured| it.machine == machine && it.tried == tried;
    if let Some(known) = record.recogniser.as_ref().filter(is_known) {
        return named(settings, &known.model).map(Some);
    }
    let sentences = bench::sentences(settings)?;
    let mut best: Option<Measured> = None;
    for (model, file) in all {
        let alone = HearingSettings {
            model: Some(file),
            ..settings.hearing.clone()
        };
        let [median_s, slowest_s] = bench::recogniser(&installed.hearing(&alone)?, &sentences)?;
        output::note(&format!(
            "{}: {median_s:.2} s for an utterance, {slowest_s:.2} s for the slowest",
            model.name
        ));
        let is_better = best.as_ref().is_none_or(|it| slowest_s < it.slowest_s);
        if is_better {
            best = Some(Measured {
                machine: machine.clone(),
                tried: tried.clone(),
                model: model.name.clone(),
                median_s: hundredths(median_s),
                slowest_s: hundredths(slowest_s),
            });
        }
        // In the manifest's order: nothing better comes.
        if slowest_s <= FAST_ENOUGH_S {
            break;
        }
    }
    let best = best.context("no recogniser was measured")?;
    if best.slowest_s > FAST_ENOUGH_S {
        output::note(
            "none is fast enough for patients not to wait: another box can hear for this one \
             (`speech.transcriber`)",
        );
    }
    let file = named(settings, &best.model)?;
    record.recogniser = Some(best);
    Ok(Some(file))
}

/// The file of the model of that name.
///
/// # Errors
/// It is not here.
pub fn named(settings: &Settings, name: &str) -> anyhow::Result<PathBuf> {
    let installed = Installed::find(settings.models_folder.as_deref())?;
    Ok(installed.named(name)?)
}

fn hundredths(seconds: f64) -> f64 {
    (seconds * 100.0).round() / 100.0
}

/// What a figure was measured on.
fn machine() -> String {
    let told = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = told
        .lines()
        .find_map(|line| Some(line.strip_prefix("model name")?.split_once(':')?.1.trim()));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let processor = processor.unwrap_or(std::env::consts::ARCH);
    format!("{processor}, {cores} cores")
}
