//! A patient for demonstrations: numbered recordings, each spoken when the kiosk has
//! finished, with silence between, in real time, as a microphone would deliver it.

use super::recording::{Metronome, samples_in};
use super::{AudioError, AudioSource, Flow, HEARING_RATE, Quiet, wav};
use kiosk_dsp::resample::resample;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Sound that is delivered at once.
const BLOCK: Duration = Duration::from_millis(20);
/// How long after the kiosk's last sound people begin to speak.
const REACTION: Duration = Duration::from_millis(700);
/// How long a patient waits for an answer before saying it again.
const PATIENCE: Duration = Duration::from_secs(15);
/// How often a patient says the same thing.
const TRIES: u32 = 3;

/// Speaks the recordings of a folder, in the order of their names.
pub struct PatientSource {
    waiting: VecDeque<Vec<f32>>,
    saying: Option<(Vec<f32>, usize)>,
    turn: Turn,
    quiet: Quiet,
    metronome: Option<Metronome>,
}

/// When the patient speaks next.
enum Turn {
    /// Before the first recording.
    First { since: Option<Instant> },
    /// Until the kiosk has answered `said` and been quiet for a moment.
    Listening {
        said: Vec<f32>,
        tries: u32,
        heard: u64,
        since: Instant,
        quiet_since: Option<Instant>,
    },
    /// Nothing more to say.
    Done,
}

impl PatientSource {
    /// Reads every `.wav` file in `folder`; `quiet` tells when the kiosk speaks.
    ///
    /// # Errors
    /// The folder cannot be read or holds no WAV file, or one of them is refused.
    pub fn open(folder: &Path, quiet: Quiet) -> Result<Self, AudioError> {
        let mut waiting = VecDeque::new();
        for path in wav_files(folder)? {
            let recording = wav::read(&path)?;
            waiting.push_back(resample(&recording.samples, recording.rate, HEARING_RATE)?);
        }
        Ok(Self {
            waiting,
            saying: None,
            turn: Turn::First { since: None },
            quiet,
            metronome: None,
        })
    }

    fn take_turn(&mut self, now: Instant) {
        match &mut self.turn {
            Turn::First { since } => {
                let since = *since.get_or_insert(now);
                if now - since >= REACTION && !self.quiet.is_speaking() {
                    self.say_next(1);
                }
            }
            Turn::Listening {
                said,
                tries,
                heard,
                since,
                quiet_since,
            } => {
                if self.quiet.is_speaking() {
                    *quiet_since = None;
                    *since = now;
                    return;
                }
                if self.quiet.times_finished() > *heard {
                    let quiet_since = *quiet_since.get_or_insert(now);
                    if now - quiet_since >= REACTION {
                        self.say_next(1);
                    }
                } else if now - *since >= PATIENCE {
                    let (again, tries) = (std::mem::take(said), *tries + 1);
                    if tries <= TRIES {
                        self.waiting.push_front(again);
                    }
                    self.say_next(tries.min(TRIES));
                }
            }
            Turn::Done => {}
        }
    }

    fn say_next(&mut self, tries: u32) {
        let Some(next) = self.waiting.pop_front() else {
            self.turn = Turn::Done;
            return;
        };
        self.saying = Some((next.clone(), 0));
        self.turn = Turn::Listening {
            said: next,
            tries,
            heard: u64::MAX,
            since: Instant::now(),
            quiet_since: None,
        };
    }

    /// The next `count` samples: of what is being said, or silence.
    fn fill(&mut self, count: usize, samples: &mut Vec<f32>) {
        let start = samples.len();
        samples.resize(start + count, 0.0);
        let Some((recording, position)) = &mut self.saying else {
            return;
        };
        let block = &recording[*position..(*position + count).min(recording.len())];
        samples[start..start + block.len()].copy_from_slice(block);
        *position += block.len();
        if *position < recording.len() {
            return;
        }
        self.saying = None;
        if let Turn::Listening { heard, since, .. } = &mut self.turn {
            *heard = self.quiet.times_finished();
            *since = Instant::now();
        }
    }
}

impl AudioSource for PatientSource {
    fn rate(&self) -> u32 {
        HEARING_RATE
    }

    fn read(&mut self, samples: &mut Vec<f32>) -> Result<Flow, AudioError> {
        let count = samples_in(BLOCK, HEARING_RATE);
        self.metronome
            .get_or_insert_with(|| Metronome::new(HEARING_RATE))
            .wait(count);
        if self.saying.is_none() {
            self.take_turn(Instant::now());
        }
        self.fill(count, samples);
        // The patient stays, silent, when everything is said: a microphone doesn't end.
        Ok(Flow::More)
    }
}

fn wav_files(folder: &Path) -> Result<Vec<PathBuf>, AudioError> {
    let device = |error: std::io::Error| AudioError::Device {
        name: format!("patient:{}", folder.display()),
        why: error.to_string(),
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(device)? {
        let path = entry.map_err(device)?.path();
        if path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("wav"))
        {
            paths.push(path);
        }
    }
    if paths.is_empty() {
        return Err(AudioError::EmptyFolder(folder.to_owned()));
    }
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_patient_waits_for_the_kiosk_to_finish() {
        let folder = tempfile::tempdir().unwrap();
        for (name, level) in [("02.wav", 0.5_f32), ("01.wav", 0.25)] {
            wav::write(&folder.path().join(name), &vec![level; 1_600], HEARING_RATE).unwrap();
        }
        let quiet = Quiet::new();
        let mut patient = PatientSource::open(folder.path(), quiet.clone()).unwrap();
        assert!((listen_for_sound(&mut patient, 2.0).unwrap() - 0.25).abs() < 0.01);
        quiet.speaking();
        assert_eq!(
            listen_for_sound(&mut patient, 1.0),
            None,
            "the kiosk is speaking"
        );
        quiet.finished();
        let finished = Instant::now();
        assert!((listen_for_sound(&mut patient, 2.0).unwrap() - 0.5).abs() < 0.01);
        assert!(finished.elapsed() >= REACTION);
        quiet.speaking();
        quiet.finished();
        assert_eq!(
            listen_for_sound(&mut patient, 1.0),
            None,
            "everything is said"
        );
    }

    #[test]
    fn a_folder_without_recordings_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let refusal = PatientSource::open(folder.path(), Quiet::new())
            .err()
            .unwrap();
        assert!(refusal.to_string().contains("no WAV files"), "{refusal}");
        assert!(PatientSource::open(&folder.path().join("missing"), Quiet::new()).is_err());
    }

    /// Reads until one recording has begun and ended; returns its level.
    fn listen_for_sound(patient: &mut PatientSource, seconds: f32) -> Option<f32> {
        let mut level = None;
        let mut samples = Vec::new();
        for _ in 0..(seconds / BLOCK.as_secs_f32()) as usize {
            samples.clear();
            patient.read(&mut samples).unwrap();
            match samples.iter().copied().find(|sample| *sample != 0.0) {
                Some(sample) => level = Some(sample),
                None if level.is_some() => break,
                None => {}
            }
        }
        level
    }
}
