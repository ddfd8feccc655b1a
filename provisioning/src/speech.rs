//! `kioskctl transcribe`, `say` and `voices`: the daemon's own hearing and speaking,
//! on files.

use crate::output::{self, Exit};
use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use kiosk_core::understanding::Expecting;
use kiosk_daemon::audio::wav;
use kiosk_daemon::config::Settings;
use kiosk_daemon::hearing::Hearing;
use kiosk_daemon::models::Installed;
use kiosk_daemon::speech;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// What to hear and how to tell.
#[derive(clap::Args)]
pub struct Transcribe {
    /// One JSON object per file, with its turns.
    #[arg(long)]
    json: bool,
    /// Names that the kiosk knows, one a line, as it would use its roster.
    #[arg(long, value_name = "FILE")]
    names: Option<PathBuf>,
    /// Hear them as a conversation does that has asked for this: a whole answer ends the
    /// turn, an unfinished one is waited for. `anything`, or what `kioskctl understand`
    /// takes as `expecting`.
    #[arg(long, value_name = "WHAT", value_parser = asked)]
    asked: Option<Asked>,
    /// Recordings, of any sample rate.
    #[arg(required = true, value_name = "WAV")]
    files: Vec<PathBuf>,
}

/// What the kiosk has asked for; nothing particular where `None`.
#[derive(Debug, Clone, Copy)]
struct Asked(Option<Expecting>);

fn asked(text: &str) -> Result<Asked, String> {
    if text == "anything" {
        return Ok(Asked(None));
    }
    serde_json::from_value(json!(text))
        .map(|expecting| Asked(Some(expecting)))
        .map_err(|error| error.to_string())
}

/// What to say and where to.
#[derive(clap::Args)]
pub struct Say {
    /// The text, as it would be written for the eye.
    text: String,
    /// File for the sound.
    #[arg(long, value_name = "WAV")]
    out: PathBuf,
    /// One of `kioskctl voices`.
    #[arg(long, value_name = "NAME")]
    voice: Option<String>,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

pub fn transcribe(command: &Transcribe, settings: &Settings) -> anyhow::Result<Exit> {
    let names = command.names.as_deref().map(read_names).transpose()?;
    let models = Installed::find(settings.models_folder.as_deref())?.hearing(&settings.hearing)?;
    let mut hearing = Hearing::load(models, names.unwrap_or_default())?;
    let bar = progress(command.files.len());
    let mut exit = Exit::Done;
    for file in &command.files {
        let heard = match command.asked {
            Some(Asked(asked)) => hearing.converse_file(file, asked),
            None => hearing.transcribe_file(file),
        };
        match heard {
            Ok(turns) if command.json => output::json(&turns)?,
            Ok(turns) => output::line(format_args!("{}\t{}", turns.file, turns.text()))?,
            Err(error) => {
                exit = Exit::NotInOrder;
                let problem = format!("{:#}", anyhow::Error::from(error));
                if command.json {
                    output::json(&json!({ "file": file, "error": problem, "turns": [] }))?;
                }
                bar.suspend(|| output::complain(&problem));
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(exit)
}

fn read_names(path: &Path) -> anyhow::Result<Vec<String>> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("read `{}`", path.display()))?;
    Ok(text.lines().map(str::to_owned).collect())
}

fn progress(files: usize) -> ProgressBar {
    if files < 2 {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(files as u64);
    match ProgressStyle::with_template("{bar:30} {pos}/{len} {eta} left") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

pub fn say(command: &Say, settings: &Settings) -> anyhow::Result<Exit> {
    let models = Installed::find(settings.models_folder.as_deref())?.voices();
    let wanted = command.voice.as_deref().or(settings.voice.as_deref());
    let mut voice = speech::choose(&models, wanted)?.voice;
    let began = Instant::now();
    let sound = speech::render(voice.as_mut(), &command.text)?;
    let took = began.elapsed().as_secs_f64();
    wav::write(&command.out, &sound, voice.rate())?;
    let seconds = sound.len() as f64 / f64::from(voice.rate());
    if command.json {
        output::json(&json!({
            "file": command.out, "voice": voice.name(), "rate": voice.rate(),
            "seconds": seconds, "made_in_s": took,
        }))?;
    } else {
        output::line(format_args!(
            "{}: {seconds:.1} s by {}",
            command.out.display(),
            voice.name()
        ))?;
    }
    Ok(Exit::Done)
}

pub fn voices(settings: &Settings, json: bool) -> anyhow::Result<Exit> {
    let voices = speech::voices(&Installed::find(settings.models_folder.as_deref())?.voices());
    if json {
        output::json(&voices)?;
    } else {
        for voice in &voices {
            output::line(voice)?;
        }
    }
    if voices.is_empty() {
        output::complain(
            "no voice: run `kioskctl models fetch`, and install the package espeak-ng",
        );
        return Ok(Exit::Missing);
    }
    Ok(Exit::Done)
}
