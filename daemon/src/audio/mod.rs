//! Sound in and out: devices, recordings, sample rates. Knows nothing of speech.
//!
//! A source delivers mono samples at its own rate; [`kiosk_dsp::resample`] makes 16 kHz of
//! them. A sink takes mono samples at its own rate. Device callbacks only copy to
//! and from a ring.

mod capture;
pub mod devices;
pub mod headset;
mod health;
pub mod mixer;
mod patient;
pub mod pcm16;
mod playback;
pub mod quiet;
mod recording;
pub mod wav;

pub use capture::DeviceSource;
pub use headset::{HeadsetWatch, Jack};
pub use kiosk_dsp::HEARING_RATE;
pub use patient::PatientSource;
pub use playback::DeviceSink;
pub use quiet::Quiet;
pub use recording::{NullSink, Pace, WavSink, WavSource};

use std::path::PathBuf;

/// Where sound comes from. The one seam on the way in: devices and recordings.
pub trait AudioSource: Send {
    /// Samples a second of what [`read`](Self::read) delivers.
    fn rate(&self) -> u32;

    /// Waits for the next sound, at most about 100 ms, and appends it (mono, −1 to 1)
    /// to `samples`. Nothing appended means: nothing yet.
    ///
    /// # Errors
    /// The source is gone; every later call says so, too.
    fn read(&mut self, samples: &mut Vec<f32>) -> Result<Flow, AudioError>;

    /// When the last sample that was read was captured; unknown for recordings.
    fn captured(&mut self) -> Option<std::time::Instant> {
        None
    }

    /// Samples lost since the start because they were not read in time.
    fn overruns(&self) -> u64 {
        0
    }
}

/// Whether a source has more to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// More will come.
    More,
    /// That was all (a recording's end).
    Ended,
}

/// Where sound goes. The one seam on the way out.
pub trait AudioSink: Send {
    /// Samples a second that [`write`](Self::write) takes.
    fn rate(&self) -> u32;

    /// Takes mono samples (−1 to 1) and waits while more than about 100 ms of sound
    /// is queued.
    ///
    /// # Errors
    /// The sink is gone; every later call says so, too.
    fn write(&mut self, samples: &[f32]) -> Result<(), AudioError>;

    /// Waits until everything written has sounded.
    ///
    /// # Errors
    /// The sink is gone.
    fn drain(&mut self) -> Result<(), AudioError>;

    /// Forgets what has not sounded yet.
    fn clear(&mut self);
}

/// Opens a source or a sink again that has gone, once it is back.
pub type Reopen<Device> = Box<dyn FnMut() -> Result<Box<Device>, AudioError> + Send>;

/// Devices that are gone are looked for this often.
pub const REOPEN_EVERY: std::time::Duration = std::time::Duration::from_secs(2);

/// What can go wrong with sound. A missing device is a state of the kiosk, and the
/// words are for technicians.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AudioError {
    /// There is no such device.
    #[error(
        "no sound device `{name}` that can {what}; there are: {}",
        listed(there_are)
    )]
    NoSuchDevice {
        /// As configured.
        name: String,
        /// "record" or "play".
        what: &'static str,
        /// Devices that exist.
        there_are: Vec<String>,
    },
    /// The device exists and refuses.
    #[error("sound device `{name}` cannot be used: {why}")]
    Device {
        /// As configured.
        name: String,
        /// In the driver's words.
        why: String,
    },
    /// The device was there and went.
    #[error("sound device `{name}` is gone: {why}")]
    Lost {
        /// As configured.
        name: String,
        /// In the driver's words.
        why: String,
    },
    /// A recording cannot be read or written.
    #[error(transparent)]
    Wav(#[from] wav::WavError),
    /// A folder of recordings holds none.
    #[error("no WAV files in `{}`", .0.display())]
    EmptyFolder(PathBuf),
    /// Two rates that cannot be converted into each other.
    #[error(transparent)]
    Rates(#[from] kiosk_dsp::RatesError),
}

fn listed(devices: &[String]) -> String {
    if devices.is_empty() {
        "none".to_owned()
    } else {
        devices.join(", ")
    }
}
