//! The box's sound, joined: microphone to recogniser, voice to speaker. A part that is
//! missing is told in words and leaves the kiosk without it.

use crate::audio::devices::Direction;
use crate::audio::mixer;
use crate::audio::{
    AudioError, AudioSink, AudioSource, DeviceSink, DeviceSource, Loopback, Pace, PatientSource,
    Quiet, Reopen, WavSink, WavSource,
};
use crate::config::{Microphone, Settings, Speaker};
use crate::hearing::{
    Busy, Ear, EarEvent, Recogniser, RecogniserEvent, Utterance, VoiceActivity, Whisper,
    WhisperSettings,
};
use crate::models::Installed;
use crate::rehearsal;
use crate::speech::{self, Rank, Studio, Voice, VoiceEvent};
use anyhow::Context;
use tokio::sync::mpsc;

/// Ten levels a second and a few utterances: a lobby task that is behind by this much
/// is stuck.
const EVENTS: usize = 64;

/// Microphone, end-pointing and recogniser.
pub struct Hearing {
    /// Where sound comes in.
    pub ear: Ear,
    /// A microphone that goes is looked for until it is back.
    pub comes_back: bool,
    /// Patients may speak while the kiosk does.
    pub barge_in: bool,
    /// What is being said is shown meanwhile, also where the recogniser is slow.
    pub partials: bool,
    recogniser: Recogniser,
    ear_events: mpsc::Receiver<EarEvent>,
    recogniser_events: mpsc::Receiver<RecogniserEvent>,
}

/// What the voice said for [`rehearsal`].
type Said = Result<Vec<f32>, String>;

/// What hearing tells.
pub enum Heard {
    /// From the microphone.
    Ear(EarEvent),
    /// From the recogniser.
    Recogniser(RecogniserEvent),
}

/// Voice and speaker.
pub struct Speaking {
    /// What is to be said goes here.
    pub voice: Voice,
    /// Renders it; declared after the voice, so that it ends after it.
    pub studio: Studio,
    /// What has been said.
    pub events: mpsc::Receiver<VoiceEvent>,
}

/// The box's sound and what a technician is told of it.
pub struct Sound {
    /// None: the kiosk is touch only.
    pub hearing: Option<Hearing>,
    /// None: the kiosk is silent.
    pub speaking: Option<Speaking>,
    /// The microphone in words, or why there is none.
    pub microphone: String,
    /// The speaker in words.
    pub speaker: String,
    /// The recogniser in words.
    pub transcriber: String,
    /// The voice in words.
    pub voice: String,
}

/// Opens what the settings name. Loads models, so it takes seconds.
pub fn open(settings: &Settings, installed: &Installed<'_>) -> Sound {
    let quiet = Quiet::new();
    let loopback = Loopback::default();
    let speaking = speaking(settings, installed, quiet.clone(), loopback.clone());
    let (voice, speaker, speaking, said) = match speaking {
        Ok(Some((speaking, voice, speaker, said))) => (voice, speaker, Some(speaking), Some(said)),
        Ok(None) => (
            "not needed".to_owned(),
            "none, as configured".to_owned(),
            None,
            None,
        ),
        Err(error) => (
            missing("the kiosk is silent", &error),
            "not used".to_owned(),
            None,
            None,
        ),
    };
    let hearing = hearing(settings, installed, quiet, loopback, said);
    let (transcriber, microphone, hearing) = match hearing {
        Ok(Some((hearing, transcriber, microphone))) => (transcriber, microphone, Some(hearing)),
        Ok(None) => (
            "not needed".to_owned(),
            "none, as configured".to_owned(),
            None,
        ),
        Err(error) => (
            missing("the kiosk is touch only", &error),
            "not used".to_owned(),
            None,
        ),
    };
    Sound {
        hearing,
        speaking,
        microphone,
        speaker,
        transcriber,
        voice,
    }
}

/// Sets a device's volume where one is configured; what came of it, for a technician.
fn adjusted(name: &str, direction: Direction, percent: Option<u8>) -> String {
    let Some(percent) = percent else {
        return String::new();
    };
    match mixer::set(name, direction, percent) {
        Ok(control) => format!(", `{control}` at {percent} %"),
        Err(error) => {
            log::warn!(error:%; "the volume cannot be set");
            ", volume not set".to_owned()
        }
    }
}

fn missing(consequence: &str, error: &anyhow::Error) -> String {
    let words = format!("{error:#}");
    log::warn!(reason = words.as_str(); "{consequence}");
    words
}

fn hearing(
    settings: &Settings,
    installed: &Installed<'_>,
    quiet: Quiet,
    loopback: Loopback,
    said: Option<Said>,
) -> anyhow::Result<Option<(Hearing, String, String)>> {
    let (source, words): (Box<dyn AudioSource>, String) = match &settings.audio.microphone {
        Microphone::None => return Ok(None),
        Microphone::Device(name) => {
            let source = DeviceSource::open(name)?;
            let gain = adjusted(name, Direction::Record, settings.audio.capture_gain);
            (Box::new(source), format!("`{name}`{gain}"))
        }
        Microphone::Wav(file) => (
            Box::new(WavSource::open(file, Pace::RealTime)?),
            format!("the recording `{}`", file.display()),
        ),
        Microphone::Patient(folder) => (
            Box::new(PatientSource::open(folder, quiet)?),
            format!("a recorded patient in `{}`", folder.display()),
        ),
    };
    let reopen = match &settings.audio.microphone {
        Microphone::Device(name) => {
            let name = name.clone();
            let open = move || -> Result<Box<dyn AudioSource>, AudioError> {
                Ok(Box::new(DeviceSource::open(&name)?))
            };
            Some(Box::new(open) as Reopen<dyn AudioSource>)
        }
        Microphone::None | Microphone::Wav(_) | Microphone::Patient(_) => None,
    };
    let comes_back = reopen.is_some();
    let models = installed.hearing(&settings.hearing)?;
    let mut whisper = WhisperSettings::for_model(&models.whisper);
    if let Some(threads) = settings.hearing.threads {
        whisper.threads = threads;
    }
    let voice_activity = VoiceActivity::load(&models.onnx_runtime, &models.voice_activity)?;
    let (sender, recogniser_events) = mpsc::channel(EVENTS);
    let mut transcriber = Whisper::load(&whisper)?;
    let rehearsal = said.map(|said| rehearsal::hear(said, &mut transcriber));
    let recogniser = Recogniser::start(Box::new(transcriber), sender)?;
    let (sender, ear_events) = mpsc::channel(EVENTS);
    let ear = Ear::start(source, voice_activity, reopen, loopback, sender)?;
    let model = models
        .whisper
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let mut transcriber = format!("{model}, {} threads", whisper.threads);
    if let Some(rehearsal) = rehearsal {
        let words = rehearsal.words();
        if !rehearsal.has_passed() {
            log::error!(result = words.as_str(); "speak and rehear failed");
        }
        transcriber = format!("{transcriber}, {words}");
    }
    Ok(Some((
        Hearing {
            ear,
            comes_back,
            barge_in: settings.hearing.barge_in,
            partials: settings.hearing.partials,
            recogniser,
            ear_events,
            recogniser_events,
        },
        transcriber,
        words,
    )))
}

fn speaking(
    settings: &Settings,
    installed: &Installed<'_>,
    quiet: Quiet,
    loopback: Loopback,
) -> anyhow::Result<Option<(Speaking, String, String, Said)>> {
    if settings.audio.speaker == Speaker::None {
        return Ok(None);
    }
    let chosen =
        speech::choose(&installed.voices(), settings.voice.as_deref()).context("no voice")?;
    let mut synthesizer = chosen.voice;
    let name = format!("{} ({})", synthesizer.name(), chosen.engine);
    let said = rehearsal::say(synthesizer.as_mut());
    let (sink, words): (Box<dyn AudioSink>, String) = match &settings.audio.speaker {
        Speaker::None => return Ok(None),
        Speaker::Device(device) => {
            let sink = DeviceSink::open(device, &loopback)?;
            let volume = adjusted(device, Direction::Play, settings.audio.volume);
            (Box::new(sink), format!("`{device}`{volume}"))
        }
        Speaker::Wav(file) => (
            Box::new(WavSink::create(file, synthesizer.rate(), Pace::RealTime)?),
            format!("the recording `{}`", file.display()),
        ),
    };
    let (sender, events) = mpsc::channel(EVENTS);
    let reopen = match &settings.audio.speaker {
        Speaker::Device(device) => {
            let device = device.clone();
            let open = move || -> Result<Box<dyn AudioSink>, AudioError> {
                Ok(Box::new(DeviceSink::open(&device, &loopback)?))
            };
            Some(Box::new(open) as Reopen<dyn AudioSink>)
        }
        Speaker::None | Speaker::Wav(_) => None,
    };
    let studio = Studio::start(synthesizer, Some(settings.prompts_folder()))?;
    let voice = Voice::start((studio.handle(), Rank::Lobby), sink, reopen, quiet, sender)?;
    let speaking = Speaking {
        voice,
        events,
        studio,
    };
    Ok(Some((speaking, name, words, said)))
}

impl Hearing {
    /// The next thing heard.
    pub async fn next(&mut self) -> Option<Heard> {
        tokio::select! {
            event = self.ear_events.recv() => event.map(Heard::Ear),
            event = self.recogniser_events.recv() => event.map(Heard::Recogniser),
        }
    }

    /// Asks the recogniser.
    ///
    /// # Errors
    /// Too many utterances wait already.
    pub fn transcribe(
        &self,
        id: u64,
        utterance: Utterance,
        context: crate::hearing::Context,
    ) -> Result<(), Busy> {
        self.recogniser
            .transcribe(id, utterance.samples, utterance.speech_frames, context)
    }
}
