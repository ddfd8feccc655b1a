//! `kioskctl bench`: how fast this box is, by the daemon's own code and programs, on
//! sentences that its own voice speaks. Measures only; what is fast enough is for the
//! reader and for `docs/evaluation.md`.

pub mod echo;
mod programs;

use crate::converse::SAMPLE_CLINIC;
use crate::output::{self, Exit};
use anyhow::{Context, bail};
use indicatif::ProgressBar;
use jiff::Timestamp;
use kiosk_core::clinic::{AppointmentId, Booking, NewPatient, Patient, SlotQuery};
use kiosk_core::understanding::{Request, understand};
use kiosk_daemon::config::Settings;
use kiosk_daemon::hearing::{
    self, Hearing, HearingModels, Transcriber, Utterance, Whisper, WhisperSettings, Window,
};
use kiosk_daemon::models::Installed;
use kiosk_daemon::speech;
use kiosk_daemon::store::{Store, parse_roster, wait};
use serde::Serialize;
use std::time::{Duration, Instant};

/// What a patient says in a booking, in our own words.
const SENTENCES: [&str; 6] = [
    "Hello, I would like to see Doctor Owusu please.",
    "Do you have anything on Tuesday morning?",
    "No, sorry, I meant Wednesday afternoon after three.",
    "The second one is fine.",
    "My name is Grace Mensah.",
    "Yes, please book it.",
];
/// Rounds over the sentences for the understanding, which takes microseconds.
const UNDERSTANDING_ROUNDS: u32 = 50;

/// How many are booked; a day of a very large clinic.
const BOOKINGS: usize = 500;

/// One figure.
#[derive(Debug, Serialize)]
pub struct Figure {
    /// Stable, for programs that compare runs.
    name: &'static str,
    /// Absent where it could not be measured.
    value: Option<f64>,
    unit: &'static str,
    /// What it was measured on, or why it was not.
    note: String,
}

impl Figure {
    fn new(name: &'static str, value: f64, unit: &'static str, note: impl Into<String>) -> Self {
        Self {
            name,
            value: Some(value),
            unit,
            note: note.into(),
        }
    }

    fn unknown(name: &'static str, unit: &'static str, error: &anyhow::Error) -> Self {
        Self {
            name,
            value: None,
            unit,
            note: format!("not measured: {error:#}"),
        }
    }
}

pub fn run(settings: &Settings, json: bool) -> anyhow::Result<Exit> {
    let bar = ProgressBar::new_spinner();
    bar.enable_steady_tick(Duration::from_millis(200));
    bar.set_message("speaking");
    let installed = Installed::find(settings.models_folder.as_deref())?;
    let mut figures = Vec::new();
    let (sounds, rate) = speaking(&installed, settings, &mut figures)?;
    bar.set_message("hearing");
    figures.extend(hearing(
        &installed.hearing(&settings.hearing)?,
        &sounds,
        rate,
    )?);
    bar.set_message("understanding");
    figures.push(understanding());
    bar.set_message("booking");
    figures.push(booking()?);
    bar.set_message("starting kioskd and kiosk-ui");
    figures.extend(programs::measure(settings));
    bar.finish_and_clear();
    report(&figures, json)
}

/// Only the kiosk's own voice, back through a simulated lobby.
pub fn run_echo(settings: &Settings, asked: &echo::Echo, json: bool) -> anyhow::Result<Exit> {
    let bar = ProgressBar::new_spinner();
    bar.enable_steady_tick(Duration::from_millis(200));
    bar.set_message("listening to itself");
    let figures = echo::measure(settings, asked)?;
    bar.finish_and_clear();
    report(&figures, json)
}

fn report(figures: &[Figure], json: bool) -> anyhow::Result<Exit> {
    let is_whole = figures.iter().all(|figure| figure.value.is_some());
    if json {
        output::json(&figures)?;
    } else {
        for figure in figures {
            output::line(line(figure))?;
        }
    }
    Ok(if is_whole {
        Exit::Done
    } else {
        Exit::NotInOrder
    })
}

fn line(figure: &Figure) -> String {
    let value = figure
        .value
        .map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"));
    format!(
        "{:<28} {value:>10} {:<10} {}",
        figure.name, figure.unit, figure.note
    )
}

fn speaking(
    installed: &Installed,
    settings: &Settings,
    figures: &mut Vec<Figure>,
) -> anyhow::Result<(Vec<Vec<f32>>, u32)> {
    let mut voice = speech::choose(&installed.voices(), settings.voice.as_deref())?.voice;
    let rate = voice.rate();
    let mut times = Vec::new();
    let mut sounds = Vec::new();
    for sentence in SENTENCES {
        let began = Instant::now();
        sounds.push(speech::render(voice.as_mut(), sentence)?);
        times.push(began.elapsed().as_secs_f64());
    }
    let spoken = sounds.iter().map(Vec::len).sum::<usize>() as f64 / f64::from(rate);
    let name = voice.name().to_owned();
    let total: f64 = times.iter().sum();
    figures.push(Figure::new(
        "speaking_sentence",
        median(&mut times),
        "s",
        &name,
    ));
    figures.push(Figure::new(
        "speaking_real_time_factor",
        total / spoken,
        "",
        name,
    ));
    Ok((sounds, rate))
}

fn hearing(models: &HearingModels, sounds: &[Vec<f32>], rate: u32) -> anyhow::Result<Vec<Figure>> {
    let cutter = Hearing::load(models.clone(), Vec::new())?;
    let mut utterances = Vec::new();
    for sound in sounds {
        utterances.extend(cutter.utterances(sound, rate)?);
    }
    drop(cutter);
    if utterances.is_empty() {
        bail!("nothing was heard of what the voice said; `kioskctl doctor` tells more");
    }
    [
        ("whisper_full_window", Window::Full),
        ("whisper_reduced_window", Window::Reduced),
    ]
    .into_iter()
    .map(|(name, window)| whisper(models, name, window, &utterances))
    .collect()
}

fn whisper(
    models: &HearingModels,
    name: &'static str,
    window: Window,
    utterances: &[Utterance],
) -> anyhow::Result<Figure> {
    let settings = WhisperSettings {
        window,
        ..WhisperSettings::for_model(&models.whisper)
    };
    let mut whisper = Whisper::load(&settings)?;
    let mut times = Vec::new();
    for utterance in utterances {
        let transcript = whisper.transcribe(hearing::Request {
            samples: &utterance.samples,
            prompt: "",
        })?;
        times.push(transcript.seconds);
    }
    let file = models.whisper.file_name().context("a model has a name")?;
    let note = format!(
        "median of {} utterances, {}, {} threads",
        times.len(),
        file.display(),
        settings.threads
    );
    Ok(Figure::new(name, median(&mut times), "s/utterance", note))
}

fn understanding() -> Figure {
    let requests = SENTENCES.map(|sentence| Request {
        now: jiff::civil::date(2026, 11, 23).at(9, 0, 0, 0),
        hypotheses: vec![sentence.to_owned()],
        practitioners: ["Dr Abena Owusu", "Dr Kofi Boateng", "Dr Efua Asante"]
            .map(str::to_owned)
            .to_vec(),
        ..Request::default()
    });
    let mut times = Vec::new();
    for _ in 0..UNDERSTANDING_ROUNDS {
        for request in &requests {
            let began = Instant::now();
            std::hint::black_box(understand(std::hint::black_box(request)));
            times.push(began.elapsed().as_secs_f64() * 1000.0);
        }
    }
    let note = format!("median of {}", times.len());
    Figure::new("understanding", median(&mut times), "ms", note)
}

/// One durable booking after the other, as one patient after the other makes them.
fn booking() -> anyhow::Result<Figure> {
    let folder = tempfile::tempdir().context("make a folder for a database that is thrown away")?;
    let now = Timestamp::now();
    let store = Store::open(folder.path(), now)?;
    let handle = store.handle();
    wait(handle.import_roster(parse_roster(SAMPLE_CLINIC)?, now))?;
    let query = SlotQuery {
        practitioners: Vec::new(),
        from: now,
        until: Timestamp::MAX,
        time_of_day: None,
        limit: BOOKINGS,
    };
    let slots = wait(handle.free_slots(query))?;
    let began = Instant::now();
    for (number, slot) in slots.iter().enumerate() {
        let booking = Booking {
            id: AppointmentId(format!("bench-{number}")),
            slot: slot.id.clone(),
            patient: Patient::New(NewPatient {
                name: "Bench Patient".into(),
                phone: None,
                birth_date: None,
            }),
        };
        wait(handle.book(booking, now))?;
    }
    let rate = slots.len() as f64 / began.elapsed().as_secs_f64();
    let note = format!("{} in a row, each durable before the next", slots.len());
    Ok(Figure::new("bookings", rate, "1/s", note))
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}
