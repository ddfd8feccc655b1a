//! A patient speaks into the kiosk's voice, in a simulated lobby (`kiosk_dsp::room`): how soon
//! the kiosk is silent, and what of the patient is understood.

use super::echo::BLOCK;
use super::{Figure, median, wav_files};
use anyhow::Context;
use kiosk_daemon::audio::{HEARING_RATE, wav};
use kiosk_daemon::hearing::{
    Hearing, HearingModels, Sounded, Turn, Utterance, Utterances, VoiceActivity,
};
use kiosk_dsp::echo::{Cleaned, EchoCanceller};
use kiosk_dsp::loopback::Loopback;
use kiosk_dsp::resample::resample;
use kiosk_dsp::room::{Conditions, Room, Said, loudness};
use std::path::Path;

/// A patient at arm's length: −20 dBFS.
const PATIENT: f32 = 0.1;
/// Part of a patient's loudness from which on a block of 20 ms is their voice.
const VOICE: f32 = 0.25;
/// Blocks from what the ear tells to silence: what the speaker has queued.
const STOPS_AFTER: usize = 3;
/// When a patient begins to speak into the kiosk's voice: the canceller has learned the room.
const BEGINS_S: f32 = 32.0;
/// For so long before, the ear listens, as it does in the lobby: its model of voices has a
/// memory.
const LISTENS_S: f32 = 2.0;
/// Silence after them.
const AFTER_S: usize = 2;

/// What the ear made of one patient.
#[derive(Default)]
struct Heard {
    utterances: Vec<Utterance>,
    /// Block in which somebody may have begun to speak.
    stirred: Option<usize>,
    /// Block from which on the kiosk was silent because somebody spoke.
    silent: Option<usize>,
}

impl Heard {
    /// As the lobby does: silent at the first sign of a voice, and on again where it was none.
    fn take(&mut self, block: usize, sounded: Sounded) {
        match sounded {
            Sounded::Stirred => {
                self.stirred.get_or_insert(block);
            }
            Sounded::Settled => self.stirred = None,
            Sounded::SpeechStarted => {
                let noticed = *self.stirred.get_or_insert(block);
                self.silent.get_or_insert(noticed + STOPS_AFTER);
            }
            Sounded::Utterance(utterance) => self.utterances.push(utterance),
            Sounded::Level { .. } | Sounded::Partial(_) | Sounded::Paused(_) => {}
        }
    }
}

/// Recordings of `folder` spoken into `said`; what was heard goes to `out`.
pub fn measure(
    models: &HearingModels,
    said: &Said,
    folder: &Path,
    out: Option<&Path>,
) -> anyhow::Result<[Figure; 3]> {
    let mut hearing = Hearing::load(models.clone(), Vec::new())?;
    let (mut silent_after, mut lines) = (Vec::new(), String::new());
    let files = wav_files(folder)?;
    for (number, file) in files.iter().enumerate() {
        let recording = wav::read(file)?;
        let mut patient = resample(&recording.samples, recording.rate, HEARING_RATE)?;
        let gain = PATIENT / loudness(&patient).max(1e-6);
        patient.iter_mut().for_each(|sample| *sample *= gain);
        let heard = interrupt(models, said, number, &patient)?;
        if let (Some(silent), Some(began)) = (heard.silent, voice_begins(&patient)) {
            silent_after.push((silent as f64 - began as f64) * BLOCK as f64 / 16_000.0);
        }
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let text = text(&hearing.turns(&heard.utterances)?);
        lines.push_str(&format!("{name}\t{text}\n"));
    }
    if let Some(out) = out {
        std::fs::write(out, lines).with_context(|| format!("write `{}`", out.display()))?;
    }
    let noticed = silent_after.len();
    let note = "from the patient's voice to the kiosk's silence";
    let p50 = median(&mut silent_after);
    let p95 = silent_after
        .get((noticed * 95 / 100).min(noticed.saturating_sub(1)))
        .copied();
    Ok([
        Figure::new(
            "echo_double_talk_noticed",
            noticed as f64,
            "turns",
            format!(
                "of {} recordings, spoken while the kiosk speaks",
                files.len()
            ),
        ),
        Figure::new("barge_in_silent", p50, "s", format!("{note}, median")),
        Figure::new(
            "barge_in_silent_p95",
            p95.unwrap_or(f64::NAN),
            "s",
            format!("{note}, P95"),
        ),
    ])
}

/// Everybody meets another place of what the kiosk says.
fn interrupt(
    models: &HearingModels,
    said: &Said,
    number: usize,
    patient: &[f32],
) -> anyhow::Result<Heard> {
    let conditions = Conditions {
        drift_ppm: if number.is_multiple_of(2) {
            200.0
        } else {
            -200.0
        },
        delays_s: [[0.02, 0.09, 0.16, 0.25][number % 4]; 4],
        ..Conditions::default()
    };
    let loopback = Loopback::default();
    let mut room = Room::new(said, number as f64, conditions, &loopback)?;
    let mut canceller = EchoCanceller::new(loopback);
    let mut ear = Utterances::new(VoiceActivity::load(
        &models.onnx_runtime,
        &models.voice_activity,
    )?);
    let mut cleaned = Cleaned::default();
    let blocks = |seconds: f32| (seconds * HEARING_RATE as f32) as usize / BLOCK;
    for block in 0..blocks(BEGINS_S) {
        cleaned.clear();
        room.listen(&[], &mut canceller, &mut cleaned, None);
        if block < blocks(BEGINS_S - LISTENS_S) {
            ear.ignore(cleaned.words.len());
        } else {
            // Whatever it took for a voice so far is measured elsewhere.
            ear.push_cleaned(&cleaned.words, &cleaned.activity, &mut |_| {})?;
        }
    }
    let mut heard = Heard::default();
    let silence = vec![0.0; AFTER_S * HEARING_RATE as usize];
    for (at, block) in patient
        .chunks(BLOCK)
        .chain(silence.chunks(BLOCK))
        .enumerate()
    {
        match heard.stirred {
            Some(stirred) if at >= stirred + STOPS_AFTER => room.hush(),
            Some(_) => {}
            None => room.go_on(),
        }
        cleaned.clear();
        room.listen(block, &mut canceller, &mut cleaned, None);
        ear.push_cleaned(&cleaned.words, &cleaned.activity, &mut |sounded| {
            heard.take(at, sounded);
        })?;
    }
    ear.finish(&mut |sounded| heard.take(usize::MAX, sounded));
    Ok(heard)
}

fn voice_begins(patient: &[f32]) -> Option<usize> {
    patient
        .chunks(BLOCK)
        .position(|block| loudness(block) >= VOICE * PATIENT)
}

fn text(turns: &[Turn]) -> String {
    let believed: Vec<&str> = turns
        .iter()
        .filter(|turn| turn.rejected.is_none())
        .map(|turn| turn.text.expose())
        .collect();
    believed.join(" ")
}
