//! Recordings in place of devices: a WAV file for a microphone, a WAV file for a speaker.

use super::{AudioError, AudioSink, AudioSource, Flow, wav};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// Sound that is delivered or taken at once.
const BLOCK: Duration = Duration::from_millis(20);

/// How fast a recording goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// As a device would.
    RealTime,
    /// As fast as the reader or writer can.
    Fast,
}

/// Keeps a recording in step with the clock, without drifting.
pub(super) struct Metronome {
    started: Instant,
    samples: u64,
    rate: u32,
}

impl Metronome {
    pub(super) fn new(rate: u32) -> Self {
        Self {
            started: Instant::now(),
            samples: 0,
            rate,
        }
    }

    /// Waits until `samples` more would have gone by.
    pub(super) fn wait(&mut self, samples: usize) {
        self.samples += samples as u64;
        let due = self.started + self.elapsed();
        thread::sleep(due.saturating_duration_since(Instant::now()));
    }

    /// Lets time that nobody used go by.
    fn catch_up(&mut self) {
        let late = self.started.elapsed().saturating_sub(self.elapsed());
        self.started += late;
    }

    fn elapsed(&self) -> Duration {
        Duration::from_secs_f64(self.samples as f64 / f64::from(self.rate))
    }
}

/// Samples in `duration`.
pub(super) fn samples_in(duration: Duration, rate: u32) -> usize {
    (duration.as_secs_f64() * f64::from(rate)).round() as usize
}

/// A WAV file for a microphone.
pub struct WavSource {
    recording: wav::Recording,
    position: usize,
    metronome: Option<Metronome>,
    pace: Pace,
}

impl WavSource {
    /// Reads `path` whole; the clock starts with the first read.
    ///
    /// # Errors
    /// As [`wav::read`].
    pub fn open(path: &Path, pace: Pace) -> Result<Self, AudioError> {
        Ok(Self::new(wav::read(path)?, pace))
    }

    /// Plays a recording that is in memory.
    pub fn new(recording: wav::Recording, pace: Pace) -> Self {
        Self {
            recording,
            position: 0,
            metronome: None,
            pace,
        }
    }
}

impl AudioSource for WavSource {
    fn rate(&self) -> u32 {
        self.recording.rate
    }

    fn read(&mut self, samples: &mut Vec<f32>) -> Result<Flow, AudioError> {
        let rate = self.recording.rate;
        let rest = &self.recording.samples[self.position..];
        let block = &rest[..samples_in(BLOCK, rate).min(rest.len())];
        if self.pace == Pace::RealTime {
            self.metronome
                .get_or_insert_with(|| Metronome::new(rate))
                .wait(block.len());
        }
        samples.extend_from_slice(block);
        self.position += block.len();
        Ok(if self.position == self.recording.samples.len() {
            Flow::Ended
        } else {
            Flow::More
        })
    }
}

/// A WAV file for a speaker: everything that is said, one after the other.
pub struct WavSink {
    path: PathBuf,
    writer: Option<wav::Writer>,
    metronome: Metronome,
    pace: Pace,
    rate: u32,
}

impl WavSink {
    /// Creates `path`, mono at `rate` samples a second.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn create(path: &Path, rate: u32, pace: Pace) -> Result<Self, AudioError> {
        Ok(Self {
            path: path.to_owned(),
            writer: Some(wav::create(path, rate)?),
            metronome: Metronome::new(rate),
            pace,
            rate,
        })
    }

    fn lost(&self, why: &hound::Error) -> AudioError {
        AudioError::Lost {
            name: self.path.display().to_string(),
            why: why.to_string(),
        }
    }
}

impl AudioSink for WavSink {
    fn rate(&self) -> u32 {
        self.rate
    }

    fn write(&mut self, samples: &[f32]) -> Result<(), AudioError> {
        if self.pace == Pace::RealTime {
            self.metronome.catch_up();
        }
        for block in samples.chunks(samples_in(BLOCK, self.rate)) {
            if self.pace == Pace::RealTime {
                self.metronome.wait(block.len());
            }
            let Some(writer) = &mut self.writer else {
                continue;
            };
            if let Err(error) = wav::append(writer, block) {
                return Err(self.lost(&error));
            }
        }
        Ok(())
    }

    fn drain(&mut self) -> Result<(), AudioError> {
        // The header is brought up to date, so that the file can be heard at any time.
        match self.writer.as_mut().map(hound::WavWriter::flush) {
            Some(Err(error)) => Err(self.lost(&error)),
            Some(Ok(())) | None => Ok(()),
        }
    }

    fn clear(&mut self) {}
}

impl Drop for WavSink {
    fn drop(&mut self) {
        if let Some(Err(error)) = self.writer.take().map(hound::WavWriter::finalize) {
            log::warn!(error:% = error; "recording of the kiosk's voice is incomplete");
        }
    }
}

/// A kiosk without a speaker: sound takes its time and goes nowhere.
pub struct NullSink {
    metronome: Metronome,
}

impl NullSink {
    /// Takes what a speaker would, at `rate` samples a second.
    pub fn new(rate: u32) -> Self {
        Self {
            metronome: Metronome::new(rate),
        }
    }
}

impl AudioSink for NullSink {
    fn rate(&self) -> u32 {
        self.metronome.rate
    }

    fn write(&mut self, samples: &[f32]) -> Result<(), AudioError> {
        self.metronome.catch_up();
        self.metronome.wait(samples.len());
        Ok(())
    }

    fn drain(&mut self) -> Result<(), AudioError> {
        Ok(())
    }

    fn clear(&mut self) {}
}
