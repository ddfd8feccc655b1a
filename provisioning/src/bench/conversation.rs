//! Whole visits in real time: a recorded patient books with a real kioskd, again and again.
//! How long they wait for each answer, and what kioskd holds after the first visit and
//! after the last.

use super::Figure;
use super::programs::{self, Holds, Running};
use crate::converse::SAMPLE_CLINIC;
use anyhow::{Context, bail};
use indicatif::ProgressBar;
use jiff::Span;
use kiosk_daemon::audio::wav;
use kiosk_daemon::config::Settings;
use kiosk_daemon::models::Installed;
use kiosk_daemon::speech;
use kiosk_protocol::control::{Reply, Request, Status};
use std::path::Path;
use std::time::{Duration, Instant};

/// A line each time that the kiosk has finished.
const SAID: &str = include_str!("../../demo-patient.txt");
/// The patient speaks faster and higher than the kiosk, whose voice it is.
const FASTER: (u32, u32) = (9, 8);
/// How often kioskd is asked how far it is.
const ASK_EVERY: Duration = Duration::from_secs(1);
/// A patient who gets no answer says it twice more, 15 s apart, and then the next thing.
const STUCK_AFTER: Duration = Duration::from_secs(60);
/// After the last booking comes a goodbye.
const ENDS_WITHIN: Duration = Duration::from_secs(12);

/// In which patients are born, the first of them in the nineties.
const DECADES: [&str; 5] = ["ninety", "eighty", "seventy", "sixty", "fifty"];

/// How a run went.
struct Run {
    status: Status,
    booked: usize,
    took: Duration,
    /// After the first visit, when everything that is loaded once is loaded.
    first: Option<Holds>,
    last: Holds,
}

/// `visits` one after the other.
pub fn measure(
    settings: &Settings,
    visits: usize,
    bar: &ProgressBar,
) -> anyhow::Result<Vec<Figure>> {
    let (daemon, _) = programs::start(settings, |folder| record(settings, visits, folder))?;
    let toml = SAMPLE_CLINIC.to_owned();
    let Reply::Imported { .. } = daemon.ask(&Request::ImportRoster { toml })? else {
        bail!("kioskd took no clinic in");
    };
    let run = follow(&daemon, visits, bar)?;
    Ok(figures(&run, visits))
}

/// All that is said in all visits, in the order of the files' names.
fn record(settings: &Settings, visits: usize, folder: &Path) -> anyhow::Result<()> {
    let installed = Installed::find(settings.models_folder.as_deref())?;
    let mut voice = speech::choose(&installed.voices(), settings.voice.as_deref())?.voice;
    for (number, line) in SAID.lines().enumerate() {
        let sound = speech::render(voice.as_mut(), line)?;
        let first = folder.join(name(0, number));
        wav::write(&first, &sound, voice.rate() * FASTER.0 / FASTER.1)?;
        for visit in 1..visits {
            let file = folder.join(name(visit, number));
            let theirs = as_somebody_else(line, visit);
            if theirs == line {
                std::fs::hard_link(&first, file).context("say it once more")?;
            } else {
                let sound = speech::render(voice.as_mut(), &theirs)?;
                wav::write(&file, &sound, voice.rate() * FASTER.0 / FASTER.1)?;
            }
        }
    }
    Ok(())
}

/// The same line of somebody born on another day: who has an appointment is recognised, and
/// asked other things.
fn as_somebody_else(line: &str, visit: usize) -> String {
    let month = jiff::civil::date(1990, 3, 1).saturating_add(Span::new().months(visit as i64 % 12));
    let decade = DECADES[visit / 12 % DECADES.len()];
    let month = month.strftime("%B").to_string();
    line.replace("March", &month).replace("ninety", decade)
}

fn name(visit: usize, line: usize) -> String {
    format!("{visit:05}-{line:02}.wav")
}

/// Until everything is said.
fn follow(daemon: &Running, visits: usize, bar: &ProgressBar) -> anyhow::Result<Run> {
    let began = Instant::now();
    let (mut turns, mut moved) = (0, Instant::now());
    let mut first = None;
    loop {
        std::thread::sleep(ASK_EVERY);
        let Reply::Status(status) = daemon.ask(&Request::Status)? else {
            bail!("kioskd does not tell how it is");
        };
        let booked = Request::Appointments { from: None };
        let Reply::Appointments { rows } = daemon.ask(&booked)? else {
            bail!("kioskd does not tell its appointments");
        };
        let booked = rows.len();
        bar.set_message(format!("conversing: {booked} of {visits} booked"));
        if status.turns != turns {
            (turns, moved) = (status.turns, Instant::now());
        }
        if booked > 0 && first.is_none() {
            first = Some(daemon.holds()?);
        }
        let patience = if booked >= visits {
            ENDS_WITHIN
        } else {
            STUCK_AFTER
        };
        if moved.elapsed() > patience {
            return Ok(Run {
                status: *status,
                booked,
                took: moved - began,
                first,
                last: daemon.holds()?,
            });
        }
    }
}

fn figures(run: &Run, visits: usize) -> Vec<Figure> {
    let turns = run.status.turns;
    let waited = |name, seconds: Option<f64>| match seconds {
        Some(seconds) => Figure::new(
            name,
            seconds,
            "s",
            format!("last speech to first sound of the answer, {turns} turns"),
        ),
        None => Figure::unknown(name, "s", &anyhow::anyhow!("nobody was answered")),
    };
    let minutes = run.took.as_secs_f64() / 60.0;
    let mut figures = vec![
        Figure::new(
            "conversation_bookings",
            run.booked as f64,
            "",
            format!("of {visits} visits, {minutes:.1} min"),
        ),
        waited("conversation_p50", run.status.turn_p50_s),
        waited("conversation_p95", run.status.turn_p95_s),
        Figure::new(
            "conversation_lost",
            run.status.samples_lost as f64,
            "samples",
            "of the microphone's sound",
        ),
    ];
    if let Some(first) = run.first {
        figures.extend(grown(first, run.last));
    }
    figures
}

/// What is held at the end and was not after the first visit.
fn grown(first: Holds, last: Holds) -> [Figure; 3] {
    let count = |now: usize, before: usize| now as f64 - before as f64;
    [
        Figure::new(
            "conversation_memory_grown",
            last.mebibytes - first.mebibytes,
            "MiB",
            format!(
                "PSS, from {:.0} MiB after the first booking",
                first.mebibytes
            ),
        ),
        Figure::new(
            "conversation_threads_grown",
            count(last.threads, first.threads),
            "",
            format!("from {}", first.threads),
        ),
        Figure::new(
            "conversation_files_grown",
            count(last.files, first.files),
            "",
            format!("from {}", first.files),
        ),
    ]
}
