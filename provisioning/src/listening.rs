//! Sound devices tried out: how loud a microphone hears, a sentence on a speaker.

use anyhow::Context;
use kiosk_daemon::audio::{AudioError, AudioSink, AudioSource, DeviceSink, DeviceSource};
use kiosk_daemon::config::Settings;
use kiosk_daemon::models::Installed;
use kiosk_daemon::speech;
use kiosk_dsp::loopback::Loopback;
use kiosk_dsp::resample::resample;

const SENTENCE: &str = "Good morning. Can you hear me?";
/// Where there is no voice: one second of concert pitch, not loud.
const TONE_HZ: f32 = 440.0;
const TONE_RATE: u32 = 24_000;

/// Root mean square of so much sound from the ALSA device `name`, 0 to 1.
///
/// # Errors
/// The device cannot be opened, or goes.
pub fn level(name: &str, seconds: f32) -> Result<f32, AudioError> {
    let mut source = DeviceSource::open(name)?;
    let wanted = (source.rate() as f32 * seconds) as usize;
    let mut samples = Vec::new();
    while samples.len() < wanted {
        source.read(&mut samples)?;
    }
    let power: f32 = samples.iter().map(|sample| sample * sample).sum();
    Ok((power / samples.len() as f32).sqrt())
}

/// Decibels below full scale; none for digital silence.
pub fn decibels(level: f32) -> Option<f32> {
    (level > 0.0).then(|| 20.0 * level.log10())
}

/// What is played to somebody who listens: made once, of this box's own voice where it has one.
pub struct Sample {
    sound: Vec<f32>,
    rate: u32,
}

impl Sample {
    pub fn make(settings: &Settings) -> Self {
        Self::spoken(settings).unwrap_or_else(|_| Self::tone())
    }

    fn spoken(settings: &Settings) -> anyhow::Result<Self> {
        let voices = Installed::find(settings.models_folder.as_deref())?.voices();
        let mut voice = speech::choose(&voices, settings.voice.as_deref())?.voice;
        let sound = speech::render(voice.as_mut(), SENTENCE)?;
        let rate = voice.rate();
        Ok(Self { sound, rate })
    }

    fn tone() -> Self {
        let step = std::f32::consts::TAU * TONE_HZ / TONE_RATE as f32;
        let sound = (0..TONE_RATE).map(|at| 0.3 * (at as f32 * step).sin());
        Self {
            sound: sound.collect(),
            rate: TONE_RATE,
        }
    }

    /// Plays it on the ALSA device `name`, to its end.
    ///
    /// # Errors
    /// The device cannot be opened, or goes.
    pub fn play(&self, name: &str) -> anyhow::Result<()> {
        let mut sink = DeviceSink::open(name, &Loopback::default())?;
        let sound = resample(&self.sound, self.rate, sink.rate())?;
        sink.write(&sound).context("play")?;
        sink.drain().context("play")
    }
}
