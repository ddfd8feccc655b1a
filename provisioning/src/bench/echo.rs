//! The kiosk's own voice, back through a simulated lobby (`kiosk_dsp::room`): whether it
//! wakes the kiosk. What of a patient is heard through it measures `double_talk`.

use super::{Figure, double_talk};
use kiosk_daemon::audio::HEARING_RATE;
use kiosk_daemon::config::Settings;
use kiosk_daemon::hearing::{HearingModels, Sounded, Utterances, VoiceActivity};
use kiosk_daemon::models::Installed;
use kiosk_daemon::speech;
use kiosk_dsp::echo::{Cleaned, EchoCanceller};
use kiosk_dsp::loopback::Loopback;
use kiosk_dsp::resample::resample;
use kiosk_dsp::room::{Conditions, Room, SPEAKER_RATE, Said};
use std::path::PathBuf;

/// What the kiosk says, in the wording's manner, with the pauses between that patients get.
const SAID: [(&str, f32); 10] = [
    (
        "Welcome. You can speak to me, or touch the screen. How can I help you today?",
        1.5,
    ),
    (
        "Dr Abena Owusu has time on Tuesday, 24 November at 9:30 am.",
        0.8,
    ),
    ("Shall I book that for you?", 2.5),
    ("I found three times: 9 am, 10:30 am and 2 pm.", 0.4),
    ("Which one suits you?", 3.0),
    (
        "I'm sorry, I didn't catch that. You can also touch a time on the screen.",
        1.0,
    ),
    (
        "What is your telephone number? You can type it on the screen.",
        2.0,
    ),
    ("Please look at the screen. Is everything right?", 0.6),
    (
        "Your appointment is booked. Please remember the number on the screen.",
        0.3,
    ),
    ("Thank you for coming, and good health to you.", 2.0),
];
/// Block that the simulated microphone delivers.
pub const BLOCK: usize = HEARING_RATE as usize / 50;
/// What is asked for.
pub struct Echo {
    /// How long the kiosk talks to itself.
    pub minutes: u32,
    /// Recordings that are spoken into it.
    pub patients: Option<PathBuf>,
    /// Where `file<TAB>text` goes.
    pub heard: Option<PathBuf>,
}

pub fn measure(settings: &Settings, asked: &Echo) -> anyhow::Result<Vec<Figure>> {
    let installed = Installed::find(settings.models_folder.as_deref())?;
    let models = installed.hearing(&settings.hearing)?;
    let said = Said::new(said(&installed, settings)?)?;
    let mut figures = alone(&models, &said, asked.minutes)?;
    if let Some(folder) = &asked.patients {
        let out = asked.heard.as_deref();
        figures.extend(double_talk::measure(&models, &said, folder, out)?);
    }
    Ok(figures)
}

fn said(installed: &Installed<'_>, settings: &Settings) -> anyhow::Result<Vec<f32>> {
    let mut voice = speech::choose(&installed.voices(), settings.voice.as_deref())?.voice;
    let mut said = Vec::new();
    for (sentence, pause_s) in SAID {
        let sound = speech::render(voice.as_mut(), sentence)?;
        said.extend(resample(&sound, voice.rate(), SPEAKER_RATE)?);
        said.extend(vec![0.0; (pause_s * SPEAKER_RATE as f32) as usize]);
    }
    Ok(said)
}

/// Nobody speaks but the kiosk.
fn alone(models: &HearingModels, said: &Said, minutes: u32) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for (name, drift_ppm) in [
        ("echo_turns_fast_speaker", 200.0),
        ("echo_turns_slow_speaker", -200.0),
    ] {
        let conditions = Conditions {
            drift_ppm,
            ..Conditions::default()
        };
        let loopback = Loopback::default();
        let mut room = Room::new(said, 0.0, conditions, &loopback)?;
        let mut canceller = EchoCanceller::new(loopback);
        let mut ear = Utterances::new(VoiceActivity::load(
            &models.onnx_runtime,
            &models.voice_activity,
        )?);
        let (mut heard, mut cleaned) = (Vec::new(), Cleaned::default());
        // A voice that is over before it was somebody's interrupts nothing.
        let (mut turns, mut noticed, mut stirred) = (0_u32, 0_u32, 0_u32);
        let mut energies = [0.0_f64; 2];
        for _ in 0..minutes * 60 * 50 {
            heard.clear();
            cleaned.clear();
            room.listen(&[], &mut canceller, &mut cleaned, Some(&mut heard));
            for (energy, sound) in energies.iter_mut().zip([&heard, &cleaned.activity]) {
                *energy += sound.iter().map(|it| f64::from(it * it)).sum::<f64>();
            }
            ear.push_cleaned(
                &cleaned.words,
                &cleaned.activity,
                &mut |sounded| match sounded {
                    Sounded::Utterance(utterance) if utterance.interrupts() => turns += 1,
                    Sounded::SpeechStarted => noticed += 1,
                    Sounded::Stirred => stirred += 1,
                    Sounded::Utterance(_)
                    | Sounded::Settled
                    | Sounded::Level { .. }
                    | Sounded::Partial(_)
                    | Sounded::Paused(_) => {}
                },
            )?;
        }
        let less_db = 10.0 * (energies[0] / energies[1].max(1e-12)).log10();
        let note = format!(
            "in {minutes} min of the kiosk's own voice at −12 dBFS, {drift_ppm:+} ppm, jumping delays; {stirred} times silent for a moment, {noticed} times noticed, {less_db:.0} dB less at the ear"
        );
        figures.push(Figure::new(name, f64::from(turns), "turns", note));
    }
    Ok(figures)
}
