//! The box's sound, joined: microphone to recogniser, voice to speaker. A part that is
//! missing is told in words and leaves the kiosk without it.

use crate::audio::devices::Direction;
use crate::audio::mixer;
use crate::audio::{
    AudioError, AudioSink, AudioSource, DeviceSink, DeviceSource, HEARING_RATE, Pace,
    PatientSource, Quiet, Reopen, WavSink, WavSource,
};
use crate::config::{Microphone, Settings, Speaker};
use crate::hearing::{
    Asker, Busy, Caller, Ear, EarEvent, HearingError, Question, Recogniser, RecogniserEvent,
    Transcriber, Urgency, Utterance, VoiceActivity, Whisper, WhisperSettings,
};
use crate::models::Installed;
use crate::rehearsal::{self, Rehearsal};
use crate::remote::{RemoteSynthesizer, RemoteTranscriber};
use crate::speech::{self, Rank, SpeechError, Studio, StudioHandle, Voice, VoiceEvent};
use anyhow::{Context, anyhow};
use kiosk_dsp::loopback::Loopback;
use std::path::PathBuf;
use std::time::Instant;
use tokio::sync::mpsc;

/// Each has threads and a voice-activity model of its own.
const MOST_PLACES: usize = 32;
/// Of recordings of what the kiosk says.
const WAV_RATE: u32 = 24_000;
/// Ten levels a second and a few utterances: a lobby task that is behind by this much
/// is stuck.
const EVENTS: usize = 64;

/// Microphone, end-pointing and who asks the recogniser.
pub struct Hearing {
    /// Where sound comes in.
    pub ear: Ear,
    /// A microphone that goes is looked for until it is back.
    pub comes_back: bool,
    /// Patients may speak while the kiosk does.
    pub barge_in: bool,
    /// What is being said is shown meanwhile, also where the recogniser is slow.
    pub partials: bool,
    recogniser: Asker,
    ear_events: mpsc::Receiver<EarEvent>,
    recogniser_events: mpsc::Receiver<RecogniserEvent>,
}

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
    /// What has been said.
    pub events: mpsc::Receiver<VoiceEvent>,
}

/// The models, for the lobby and for everybody else.
#[derive(Default)]
pub struct Models {
    /// Speech to text.
    pub recogniser: Option<Recogniser>,
    /// For who brings their own sound: voice activity.
    pub ear: Option<EarModels>,
    /// Text to speech.
    pub studio: Option<Studio>,
    /// Conversations that can be had with them beside the lobby's.
    pub places: usize,
}

/// What cuts sound into utterances, as files; each ear has its own.
#[derive(Debug, Clone)]
pub struct EarModels {
    onnx_runtime: PathBuf,
    voice_activity: PathBuf,
}

/// The box's sound and what a technician is told of it.
pub struct Sound {
    /// None: the kiosk is touch only.
    pub hearing: Option<Hearing>,
    /// None: the kiosk is silent.
    pub speaking: Option<Speaking>,
    /// Owned by whoever opened this; ended after everything that asks them.
    pub models: Models,
    /// Microphone, speaker, transcriber and voice in words, or why there is none.
    pub words: [String; 4],
    /// How fast the models are here.
    pub factors: Factors,
}

/// Seconds that each took for a second of speech, measured at the start with one sentence.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Factors {
    /// Speech to text.
    pub transcriber: Option<f64>,
    /// Text to speech.
    pub voice: Option<f64>,
}

/// Opens what the settings name. Loads models, so it takes seconds.
pub fn open(settings: &Settings, installed: &Installed<'_>) -> Sound {
    // Other programs may ask for speech where the box has no sound of its own.
    let is_served = settings.http.is_some();
    let speaks = is_served || settings.audio.speaker != Speaker::None;
    let hears = is_served || settings.audio.microphone != Microphone::None;
    let mut models = Models::default();
    let mut said = None;
    let mut factors = Factors::default();
    let voice = told(speaks, "the kiosk is silent", || {
        let (studio, words, rehearsal, seconds) = load_voice(settings, installed)?;
        factors.voice = seconds_of(&rehearsal).map(|length| seconds / length);
        models.studio = Some(studio);
        said = Some(rehearsal);
        Ok(words)
    });
    let transcriber = told(hears, "the kiosk is touch only", || {
        let length = said.as_ref().and_then(seconds_of);
        let (recogniser, ear, rehearsal, words) = load_recogniser(settings, installed, said)?;
        if let (Some(Rehearsal::Passed { seconds }), Some(length)) = (&rehearsal, length) {
            factors.transcriber = Some(seconds / length);
        }
        models.recogniser = Some(recogniser);
        models.ear = Some(ear);
        models.places = places(rehearsal.as_ref());
        Ok(words)
    });
    let (quiet, loopback) = (Quiet::new(), Loopback::default());
    let mut speaking = None;
    let speaker = match &models.studio {
        Some(studio) => told(
            settings.audio.speaker != Speaker::None,
            "the kiosk is silent",
            || {
                let (opened, words) =
                    open_speaker(settings, studio, quiet.clone(), loopback.clone())?;
                speaking = Some(opened);
                Ok(words)
            },
        ),
        None => "not used".to_owned(),
    };
    let mut hearing = None;
    let microphone = match (&models.recogniser, &models.ear) {
        (Some(recogniser), Some(ear)) => told(
            settings.audio.microphone != Microphone::None,
            "the kiosk is touch only",
            || {
                let (opened, words) = open_microphone(settings, recogniser, ear, quiet, loopback)?;
                hearing = Some(opened);
                Ok(words)
            },
        ),
        (None, _) | (_, None) => "not used".to_owned(),
    };
    Sound {
        hearing,
        speaking,
        models,
        words: [microphone, speaker, transcriber, voice],
        factors,
    }
}

/// How long the sentence is, where it was said.
fn seconds_of(said: &Said) -> Option<f64> {
    let samples = said.as_ref().ok().filter(|samples| !samples.is_empty())?;
    Some(samples.len() as f64 / f64::from(HEARING_RATE))
}

/// What `open` tells of a part, or why there is none.
fn told(
    is_wanted: bool,
    consequence: &str,
    open: impl FnOnce() -> anyhow::Result<String>,
) -> String {
    if !is_wanted {
        return "none, as configured".to_owned();
    }
    open().unwrap_or_else(|error| {
        let words = format!("{error:#}");
        log::warn!(reason = words.as_str(); "{consequence}");
        words
    })
}

/// What the voice said for [`rehearsal`].
type Said = Result<Vec<f32>, String>;

fn load_voice(
    settings: &Settings,
    installed: &Installed<'_>,
) -> anyhow::Result<(Studio, String, Said, f64)> {
    let chosen =
        speech::choose(&installed.voices(), settings.voice.as_deref()).context("no voice")?;
    let mut synthesizer = chosen.voice;
    let mut words = format!("{} ({})", synthesizer.name(), chosen.engine);
    if let Some(url) = &settings.remote.synthesizer {
        synthesizer = Box::new(RemoteSynthesizer::new(url, &settings.remote, synthesizer)?);
        words = format!("{}; in its stead {words}", synthesizer.name());
    }
    let began = Instant::now();
    let said = rehearsal::say(synthesizer.as_mut());
    let seconds = began.elapsed().as_secs_f64();
    let studio = Studio::start(synthesizer, Some(settings.prompts_folder()))?;
    Ok((studio, words, said, seconds))
}

fn load_recogniser(
    settings: &Settings,
    installed: &Installed<'_>,
    said: Option<Said>,
) -> anyhow::Result<(Recogniser, EarModels, Option<Rehearsal>, String)> {
    let models = installed.hearing(&settings.hearing)?;
    let mut whisper = WhisperSettings::for_model(&models.whisper);
    if let Some(threads) = settings.hearing.threads {
        whisper.threads = threads;
    }
    let mut transcriber: Box<dyn Transcriber> = Box::new(Whisper::load(&whisper)?);
    let model = models.whisper.file_name().unwrap_or_default();
    let mut words = format!("{}, {} threads", model.to_string_lossy(), whisper.threads);
    if let Some(url) = &settings.remote.transcriber {
        transcriber = Box::new(RemoteTranscriber::new(url, &settings.remote, transcriber)?);
        words = format!(
            "{}; in its stead {words}",
            url.host_str().unwrap_or_default()
        );
    }
    let rehearsal = said.map(|said| rehearsal::hear(said, transcriber.as_mut()));
    if let Some(rehearsal) = &rehearsal {
        words = format!("{words}, {}", rehearsal.words());
        if !rehearsal.has_passed() {
            log::error!(result = rehearsal.words().as_str(); "speak and rehear failed");
        }
    }
    let recogniser = Recogniser::start(transcriber)?;
    let ear = EarModels {
        onnx_runtime: models.onnx_runtime,
        voice_activity: models.voice_activity,
    };
    Ok((recogniser, ear, rehearsal, words))
}

/// How many may speak at once: an utterance comes every five seconds or so, and nobody is
/// to wait for more than one other.
fn places(rehearsal: Option<&Rehearsal>) -> usize {
    match rehearsal {
        Some(Rehearsal::Passed { seconds }) => (2.5 / seconds.max(0.01)) as usize,
        Some(Rehearsal::Failed { .. } | Rehearsal::Impossible(_)) | None => 1,
    }
    .clamp(1, MOST_PLACES)
}

fn open_speaker(
    settings: &Settings,
    studio: &Studio,
    quiet: Quiet,
    loopback: Loopback,
) -> anyhow::Result<(Speaking, String)> {
    let (sink, words): (Box<dyn AudioSink>, String) = match &settings.audio.speaker {
        Speaker::None => return Err(anyhow!("none, as configured")),
        Speaker::Device(device) => {
            let sink = DeviceSink::open(device, &loopback)?;
            let volume = adjusted(device, Direction::Play, settings.audio.volume);
            (Box::new(sink), format!("`{device}`{volume}"))
        }
        Speaker::Wav(file) => (
            Box::new(WavSink::create(file, WAV_RATE, Pace::RealTime)?),
            format!("the recording `{}`", file.display()),
        ),
    };
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
    let studio = (studio.handle(), Rank::Lobby);
    Ok((Speaking::start(studio, sink, reopen, quiet)?, words))
}

impl Speaking {
    /// A voice that speaks into `sink`.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn start(
        studio: (StudioHandle, Rank),
        sink: Box<dyn AudioSink>,
        reopen: Option<Reopen<dyn AudioSink>>,
        quiet: Quiet,
    ) -> Result<Self, SpeechError> {
        let (sender, events) = mpsc::channel(EVENTS);
        let voice = Voice::start(studio, sink, reopen, quiet, sender)?;
        Ok(Self { voice, events })
    }
}

fn open_microphone(
    settings: &Settings,
    recogniser: &Recogniser,
    models: &EarModels,
    quiet: Quiet,
    loopback: Loopback,
) -> anyhow::Result<(Hearing, String)> {
    let (source, words): (Box<dyn AudioSource>, String) = match &settings.audio.microphone {
        Microphone::None => return Err(anyhow!("none, as configured")),
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
    let (sender, recogniser_events) = mpsc::channel(EVENTS);
    let asker = recogniser.asker(Caller::Lobby, sender);
    let mut hearing = Hearing::start((asker, recogniser_events), models, source, reopen, loopback)?;
    hearing.barge_in = settings.hearing.barge_in;
    hearing.partials = settings.hearing.partials;
    Ok((hearing, words))
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

impl EarModels {
    /// A voice-activity model of one's own.
    ///
    /// # Errors
    /// It is missing or damaged.
    pub fn load(&self) -> Result<VoiceActivity, HearingError> {
        Ok(VoiceActivity::load(
            &self.onnx_runtime,
            &self.voice_activity,
        )?)
    }
}

impl Hearing {
    /// Hears `source`. Whoever speaks into it may speak while the kiosk does.
    ///
    /// # Errors
    /// The voice-activity model is missing, or the system has no thread left.
    pub fn start(
        (recogniser, recogniser_events): (Asker, mpsc::Receiver<RecogniserEvent>),
        models: &EarModels,
        source: Box<dyn AudioSource>,
        reopen: Option<Reopen<dyn AudioSource>>,
        loopback: Loopback,
    ) -> Result<Self, HearingError> {
        let comes_back = reopen.is_some();
        let (sender, ear_events) = mpsc::channel(EVENTS);
        Ok(Self {
            ear: Ear::start(source, models.load()?, reopen, loopback, sender)?,
            comes_back,
            barge_in: true,
            partials: false,
            recogniser,
            ear_events,
            recogniser_events,
        })
    }

    /// The next thing heard. What was asked of the recogniser is answered also when the
    /// source has ended.
    pub async fn next(&mut self) -> Option<Heard> {
        tokio::select! {
            Some(event) = self.ear_events.recv() => Some(Heard::Ear(event)),
            Some(event) = self.recogniser_events.recv() => Some(Heard::Recogniser(event)),
            else => None,
        }
    }

    /// Asks the recogniser.
    ///
    /// # Errors
    /// Too many utterances wait already.
    pub fn transcribe(
        &self,
        id: u64,
        urgency: Urgency,
        utterance: Utterance,
        context: crate::hearing::Context,
    ) -> Result<(), Busy> {
        self.recogniser.ask(Question {
            id,
            samples: utterance.samples,
            speech_frames: utterance.speech_frames,
            context,
            urgency,
        })
    }
}
