//! What begins a conversation: start phrases said by several voices into several lobbies,
//! and an hour of lobby talk that is meant for nobody here. By the daemon's own hearing.

use super::{Figure, median};
use anyhow::bail;
use indicatif::ProgressBar;
use kiosk_core::dialogue::is_start_phrase;
use kiosk_daemon::audio::HEARING_RATE;
use kiosk_daemon::config::Settings;
use kiosk_daemon::hearing::Hearing;
use kiosk_daemon::models::Installed;
use kiosk_daemon::speech;
use kiosk_dsp::resample::resample;
use kiosk_dsp::room::loudness;

/// What people say to a kiosk that stands there.
const PHRASES: [&str; 16] = [
    "Hello.",
    "Hi.",
    "Good morning.",
    "Good afternoon.",
    "Good evening.",
    "Excuse me.",
    "Hello, can you help me?",
    "Help!",
    "I need an appointment.",
    "Hello, I would like to book an appointment.",
    "Good morning, I want to see a doctor.",
    "I would like to see Doctor Owusu, please.",
    "Please, I have an appointment at ten.",
    "My chest is paining me.",
    "I cannot breathe.",
    "Appointment.",
];

/// What people in a lobby say to each other: no greeting, nothing about appointments.
#[rustfmt::skip]
const TALK: [&str; 40] = [
    "The bus from Kumasi was full, so we waited for the next one.",
    "Did you bring the card that they gave you last year?",
    "My mother is at the pharmacy, she will come back soon.",
    "It has rained every day since Sunday.",
    "They told me to sit here until they call my number.",
    "Have you eaten anything today?",
    "The football starts at seven, and he will not miss it.",
    "I left the umbrella in the taxi again.",
    "She is going to have her baby in two weeks.",
    "How much did you pay for the medicine?",
    "The nurse with the blue scarf was very kind.",
    "My phone has no battery left.",
    "Let us sit near the window, it is cooler there.",
    "He works at the port, but he wants to go back to school.",
    "The children are playing outside behind the gate.",
    "Can you hold my bag for a moment?",
    "There was so much traffic at the roundabout.",
    "I think they close at half past four.",
    "Her fever went down during the night.",
    "We will cook rice this evening, and some fish.",
    "Put your hand over your mouth when you cough.",
    "The light has been off in our street since yesterday.",
    "Who is the last person in this line?",
    "My knee hurts only when I climb the stairs.",
    "They are building a new church beside the market.",
    "Wait for me, I am going to the toilet.",
    "He said that the price of petrol will go up.",
    "You should drink more water in this heat.",
    "The result was fine, thank God.",
    "I do not like this chair, it is too low.",
    "Tomorrow I travel to Cape Coast with my sister.",
    "She has not called me for three days.",
    "The doctor was late because of the strike.",
    "Is there any place here where we can buy bread?",
    "My son passed his examination.",
    "Look at that little girl, how well she walks already.",
    "We have been sitting here for an hour.",
    "The television is too loud, nobody can hear anything.",
    "I must be at work before two o'clock.",
    "Then he laughed and went away.",
];

/// How people differ: faster and higher, or slower and lower, than the voice's own way.
const SPEAKERS: [(usize, usize); 3] = [(9, 10), (1, 1), (9, 8)];
/// A patient at arm's length: −23 dBFS.
const PATIENT: f32 = 0.07;
/// Lobbies: how much louder than the others a patient is, in dB.
const LOBBIES_DB: [Option<f32>; 3] = [None, Some(15.0), Some(10.0)];
/// Silence around a phrase.
const AROUND_S: f32 = 2.0;

/// Groups of people that talk at the same time.
const GROUPS: usize = 4;
/// How loud they are: from across the lobby to right beside the kiosk, in dBFS.
const LOUDNESS_DB: (f32, f32) = (-42.0, -26.0);
/// Pauses between two sentences of a group.
const PAUSES_S: (f32, f32) = (0.3, 6.0);
/// Talk that is heard at once.
const STRETCH_S: usize = 300;

/// `minutes` of lobby talk, and every phrase by every voice in every lobby.
pub fn measure(
    settings: &Settings,
    minutes: usize,
    bar: &ProgressBar,
) -> anyhow::Result<Vec<Figure>> {
    let installed = Installed::find(settings.models_folder.as_deref())?;
    let mut hearing = Hearing::load(installed.hearing(&settings.hearing)?, Vec::new())?;
    let voices = speech::voices(&installed.voices());
    let talk = said_by_all(&installed, &voices, &TALK, bar)?;
    let mut lobby = Lobby {
        talk: &talk,
        random: fastrand::Rng::with_seed(0x10bb7),
    };
    let mut figures = vec![heard(&installed, &voices, &mut hearing, &mut lobby, bar)?];
    figures.extend(babble(&mut hearing, &mut lobby, minutes, bar)?);
    Ok(figures)
}

/// How far it is: hours of sound take hours on a small box, and whoever has to stop them
/// keeps what was found.
fn tell(bar: &ProgressBar, message: String) {
    if bar.is_hidden() {
        eprintln!("{message}");
    } else {
        bar.set_message(message);
    }
}

/// Each text by each speaker, at the hearing's rate, as loud as a patient.
fn said_by_all(
    installed: &Installed<'_>,
    voices: &[String],
    texts: &[&'static str],
    bar: &ProgressBar,
) -> anyhow::Result<Vec<(&'static str, Vec<f32>)>> {
    let mut said = Vec::new();
    for name in voices {
        let mut voice = speech::choose(&installed.voices(), Some(name))?.voice;
        for text in texts {
            bar.set_message(format!("speaking: {name}"));
            let sound = speech::render(voice.as_mut(), text)?;
            for (faster, slower) in SPEAKERS {
                let rate = voice.rate() as usize * faster / slower;
                let mut sound = resample(&sound, u32::try_from(rate)?, HEARING_RATE)?;
                let gain = PATIENT / loudness(&sound).max(1e-6);
                sound.iter_mut().for_each(|sample| *sample *= gain);
                said.push((*text, sound));
            }
        }
    }
    if said.is_empty() {
        bail!("there is no voice; `kioskctl voices` tells more");
    }
    Ok(said)
}

/// The share of start phrases that begin a conversation.
fn heard(
    installed: &Installed<'_>,
    voices: &[String],
    hearing: &mut Hearing,
    lobby: &mut Lobby<'_>,
    bar: &ProgressBar,
) -> anyhow::Result<Figure> {
    let phrases = said_by_all(installed, voices, &PHRASES, bar)?;
    let around = vec![0.0; (AROUND_S * HEARING_RATE as f32) as usize];
    let (mut begun, mut all, mut times) = (0_u32, 0_u32, Vec::new());
    let mut missed = std::collections::BTreeMap::<&str, u32>::new();
    for (text, sound) in &phrases {
        for quieter_db in LOBBIES_DB {
            let mut sound = [&around[..], sound, &around[..]].concat();
            if let Some(db) = quieter_db {
                lobby.talk_into(&mut sound, PATIENT * 10.0_f32.powf(-db / 20.0));
            }
            all += 1;
            bar.set_message(format!("hearing start phrases: {begun} of {all}"));
            let turns = hearing.converse(&sound, HEARING_RATE, None)?;
            let start = turns
                .iter()
                .find(|turn| turn.rejected.is_none() && is_start_phrase(turn.text.expose()));
            match start {
                Some(turn) => {
                    begun += 1;
                    times.push(turn.known_s - turn.end_s);
                }
                None => *missed.entry(text).or_default() += 1,
            }
        }
    }
    let missed: Vec<String> = missed
        .iter()
        .map(|(text, times)| format!("{times} × \"{text}\""))
        .collect();
    let note = format!(
        "of {all} (voices: {}; quiet, 15 and 10 dB of lobby talk), known {:.2} s after their end (median); missed: {}",
        voices.join(", "),
        median(&mut times),
        missed.join(", "),
    );
    tell(bar, format!("start phrases: {begun} of {all} heard"));
    let share = f64::from(begun) / f64::from(all.max(1));
    Ok(Figure::new("start_phrases_heard", share, "", note))
}

/// Conversations that begin because people talk to each other.
fn babble(
    hearing: &mut Hearing,
    lobby: &mut Lobby<'_>,
    minutes: usize,
    bar: &ProgressBar,
) -> anyhow::Result<[Figure; 2]> {
    let (mut false_starts, mut utterances) = (0_u32, 0_usize);
    let stretches = (minutes * 60).div_ceil(STRETCH_S);
    for stretch in 0..stretches {
        let seconds = STRETCH_S.min(minutes * 60 - stretch * STRETCH_S);
        let mut sound = vec![0.0; seconds * HEARING_RATE as usize];
        for _ in 0..GROUPS {
            lobby.group(&mut sound);
        }
        for turn in hearing.converse(&sound, HEARING_RATE, None)? {
            utterances += 1;
            let starts = turn.rejected.is_none() && is_start_phrase(turn.text.expose());
            false_starts += u32::from(starts);
        }
        let heard = (stretch + 1) * STRETCH_S / 60;
        tell(
            bar,
            format!("lobby talk: {heard} of {minutes} min, {false_starts} false starts"),
        );
    }
    let note = format!("{GROUPS} groups of people talk, each by turns and at its own distance");
    Ok([
        Figure::new(
            "start_false",
            f64::from(false_starts),
            "",
            format!("in {minutes} min: {note}"),
        ),
        Figure::new(
            "start_false_utterances",
            utterances as f64,
            "",
            "utterances in that time",
        ),
    ])
}

/// People who talk to each other.
struct Lobby<'a> {
    talk: &'a [(&'static str, Vec<f32>)],
    random: fastrand::Rng,
}

impl Lobby<'_> {
    fn between(&mut self, (low, high): (f32, f32)) -> f32 {
        low + (high - low) * self.random.f32()
    }

    /// One group: a sentence after the other, with pauses, each as far away as it happens.
    fn group(&mut self, sound: &mut [f32]) {
        let mut at = (self.between(PAUSES_S) * HEARING_RATE as f32) as usize;
        while at < sound.len() {
            let loud = 10.0_f32.powf(self.between(LOUDNESS_DB) / 20.0);
            at += self.sentence(&mut sound[at..], loud / PATIENT);
            at += (self.between(PAUSES_S) * HEARING_RATE as f32) as usize;
        }
    }

    /// Several at once, as a patient hears them behind their back: `rms` altogether.
    fn talk_into(&mut self, sound: &mut [f32], rms: f32) {
        let mut others = vec![0.0; sound.len()];
        for _ in 0..2 * GROUPS {
            let mut at = 0;
            while at < others.len() {
                at += self.sentence(&mut others[at..], 1.0);
            }
        }
        let gain = rms / loudness(&others).max(1e-6);
        for (sample, other) in sound.iter_mut().zip(&others) {
            *sample += gain * other;
        }
    }

    /// Adds a sentence; its length.
    fn sentence(&mut self, sound: &mut [f32], gain: f32) -> usize {
        let (_, said) = &self.talk[self.random.usize(..self.talk.len())];
        for (sample, said) in sound.iter_mut().zip(said) {
            *sample += gain * said;
        }
        said.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_measured_is_what_the_kiosk_means() {
        for phrase in PHRASES {
            assert!(is_start_phrase(phrase), "{phrase}");
        }
        for talk in TALK {
            assert!(!is_start_phrase(talk), "{talk}");
        }
    }
}
