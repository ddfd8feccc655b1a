//! `kioskctl bench`: how fast this box is, by the daemon's own code and programs, on
//! sentences that its own voice speaks. Measures only; what is fast enough is for the
//! reader and for `docs/evaluation.md`.

mod conversation;
mod double_talk;
pub mod echo;
mod programs;
mod records;
mod start_phrases;

use crate::converse::SAMPLE_CLINIC;
use crate::output::{self, Exit};
use anyhow::{Context, bail};
use indicatif::ProgressBar;
use jiff::Timestamp;
use kiosk_core::clinic::{AppointmentId, Booking, NewPatient, Patient, SlotQuery};
use kiosk_core::understanding::{Request, understand};
use kiosk_daemon::audio::wav;
use kiosk_daemon::config::Settings;
use kiosk_daemon::hearing::{
    self, Hearing, HearingModels, Transcriber, Utterance, Whisper, WhisperSettings, Window,
};
use kiosk_daemon::models::Installed;
use kiosk_daemon::speech::{self, Order, Rank, Rendered, Studio, Synthesizer, Wanted};
use kiosk_daemon::store::{Store, parse_roster, wait};
use serde::Serialize;
use std::path::{Path, PathBuf};
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

/// `recordings`: a folder of WAV files to hear, instead of what the voice says.
pub fn run(settings: &Settings, recordings: Option<&Path>, json: bool) -> anyhow::Result<Exit> {
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
        recordings,
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

/// What a patient says in a booking, as this box's own voice says it.
///
/// # Errors
/// There is no voice.
pub fn sentences(settings: &Settings) -> anyhow::Result<(Vec<Vec<f32>>, u32)> {
    let installed = Installed::find(settings.models_folder.as_deref())?;
    let mut voice = speech::choose(&installed.voices(), settings.voice.as_deref())?.voice;
    let spoken = SENTENCES.map(|sentence| speech::render(voice.as_mut(), sentence));
    let sounds = spoken.into_iter().collect::<Result<_, _>>()?;
    Ok((sounds, voice.rate()))
}

/// Seconds that an utterance of these takes the recogniser: median, and the slowest.
///
/// # Errors
/// A model is damaged, or hears nothing.
pub fn recogniser(
    models: &HearingModels,
    (sounds, rate): &(Vec<Vec<f32>>, u32),
) -> anyhow::Result<[f64; 2]> {
    let utterances = cut(models, sounds, *rate)?;
    let usual = WhisperSettings::for_model(&models.whisper);
    let figures = whisper(["median", "slowest"], &usual, &utterances)?;
    Ok(figures.map(|figure| figure.value.unwrap_or(f64::INFINITY)))
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

/// Only the records.
pub fn run_records(json: bool) -> anyhow::Result<Exit> {
    let bar = ProgressBar::new_spinner();
    bar.enable_steady_tick(Duration::from_millis(200));
    bar.set_message("booking");
    let figures = records::measure()?;
    bar.finish_and_clear();
    report(&figures, json)
}

/// Only what begins a conversation, and `minutes` of lobby talk.
pub fn run_start_phrases(settings: &Settings, minutes: usize, json: bool) -> anyhow::Result<Exit> {
    let bar = ProgressBar::new_spinner();
    bar.enable_steady_tick(Duration::from_millis(200));
    let figures = start_phrases::measure(settings, minutes, &bar)?;
    bar.finish_and_clear();
    report(&figures, json)
}

/// Only whole visits, in real time.
pub fn run_conversation(settings: &Settings, visits: usize, json: bool) -> anyhow::Result<Exit> {
    let bar = ProgressBar::new_spinner();
    bar.enable_steady_tick(Duration::from_millis(200));
    bar.set_message("recording the patient");
    let figures = conversation::measure(settings, visits, &bar)?;
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
    first_sounds(voice, figures)?;
    Ok((sounds, rate))
}

/// From an order to its first sound, as a conversation waits for it: of a sentence that is
/// rendered, and of one that was kept.
fn first_sounds(voice: Box<dyn Synthesizer>, figures: &mut Vec<Figure>) -> anyhow::Result<()> {
    let (name, rate) = (voice.name().to_owned(), voice.rate());
    let studio = Studio::start(voice, None)?;
    for figure in ["speaking_first_sound", "speaking_first_sound_kept"] {
        let mut times = Vec::new();
        for sentence in SENTENCES {
            let (told, heard) = std::sync::mpsc::channel();
            let began = Instant::now();
            let handle = studio.handle();
            handle.render(Order {
                asker: handle.asker(),
                text: sentence.into(),
                fixed: true,
                length: 1.0,
                rate,
                rank: Rank::Lobby,
                wanted: Box::new(|| Wanted::Now),
                to: Box::new(move |rendered| {
                    let _ = told.send((rendered, Instant::now()));
                }),
            })?;
            let (first, at) = heard.recv().context("the voice has stopped")?;
            if let Rendered::Failed(why) = first {
                bail!(why);
            }
            times.push(at.duration_since(began).as_secs_f64());
            // To its end, so that nothing of it is in the way of the next.
            while heard.recv().is_ok() {}
        }
        let note = format!("median of {} sentences, {name}", times.len());
        figures.push(Figure::new(figure, median(&mut times), "s", note));
    }
    Ok(())
}

/// Of what the voice said, or of the recordings in a folder.
fn hearing(
    models: &HearingModels,
    sounds: &[Vec<f32>],
    rate: u32,
    recordings: Option<&Path>,
) -> anyhow::Result<Vec<Figure>> {
    let utterances = match recordings {
        Some(folder) => {
            let cutter = Hearing::load(models.clone(), Vec::new())?;
            let mut utterances = Vec::new();
            for file in wav_files(folder)? {
                let recording = wav::read(&file)?;
                utterances.extend(cutter.utterances(&recording.samples, recording.rate)?);
            }
            utterances
        }
        None => cut(models, sounds, rate)?,
    };
    if utterances.is_empty() {
        bail!("nothing was heard; `kioskctl doctor` tells more");
    }
    let usual = WhisperSettings::for_model(&models.whisper);
    let exact = WhisperSettings {
        eight_bits: false,
        ..usual.clone()
    };
    let full = WhisperSettings {
        window: Window::Full,
        ..exact.clone()
    };
    let mut figures = Vec::new();
    for (names, settings) in [
        (
            ["whisper_16_bits_full_window", "whisper_16_bits_full_p95"],
            full,
        ),
        (["whisper_16_bits", "whisper_16_bits_p95"], exact),
        (["whisper", "whisper_p95"], usual),
    ] {
        figures.extend(whisper(names, &settings, &utterances)?);
    }
    Ok(figures)
}

fn cut(models: &HearingModels, sounds: &[Vec<f32>], rate: u32) -> anyhow::Result<Vec<Utterance>> {
    let cutter = Hearing::load(models.clone(), Vec::new())?;
    let mut utterances = Vec::new();
    for sound in sounds {
        utterances.extend(cutter.utterances(sound, rate)?);
    }
    if utterances.is_empty() {
        bail!("nothing was heard; `kioskctl doctor` tells more");
    }
    Ok(utterances)
}

/// Median and P95.
fn whisper(
    names: [&'static str; 2],
    settings: &WhisperSettings,
    utterances: &[Utterance],
) -> anyhow::Result<[Figure; 2]> {
    let mut whisper = Whisper::load(settings)?;
    let mut times = Vec::new();
    for utterance in utterances {
        let transcript = whisper.transcribe(hearing::Request {
            samples: &utterance.samples,
            prompt: "",
            other_readings: false,
        })?;
        times.push(transcript.seconds);
    }
    let file = settings.model.file_name().context("a model has a name")?;
    let note = format!(
        "{} utterances, {}, {} threads",
        times.len(),
        file.display(),
        settings.threads
    );
    let median = Figure::new(names[0], median(&mut times), "s/utterance", note.clone());
    let slowest = times[(times.len() * 95 / 100).min(times.len() - 1)];
    Ok([median, Figure::new(names[1], slowest, "s/utterance", note)])
}

fn wav_files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let listed =
        std::fs::read_dir(folder).with_context(|| format!("read `{}`", folder.display()))?;
    let mut files: Vec<PathBuf> = listed
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.retain(|file| file.extension().is_some_and(|it| it == "wav"));
    files.sort();
    Ok(files)
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
    let slots = wait(handle.free_slots(query, now))?;
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
