//! The real models: what the kiosk says it can hear, and it hears nothing where nobody
//! speaks.
#![allow(clippy::unwrap_used)]

#[path = "support/models.rs"]
mod models;

use kiosk_daemon::audio::{HEARING_RATE, wav};
use kiosk_daemon::speech::render;
use kiosk_dsp::resample::resample;
use models::{hearing, hearing_names, piper, words_heard};

#[test]
fn what_is_said_is_heard() {
    let mut voice = piper();
    let mut ears = hearing_names(&["Doctor Owusu", "Doctor Mensah"]);
    for said in [
        "Good morning. How can I help you today?",
        "I would like to see Doctor Mensah tomorrow morning.",
        "Please touch the screen, or tell me which day suits you.",
    ] {
        let sound = render(voice.as_mut(), said).unwrap();
        let heard: String = ears
            .transcribe(&sound, voice.rate())
            .unwrap()
            .iter()
            .filter(|turn| turn.rejected.is_none())
            .map(|turn| format!("{} ", turn.text.expose()))
            .collect();
        let share = words_heard(said, &heard.replace("Dr.", "Doctor"));
        assert!(share >= 0.9, "said {said:?}, heard {heard:?}");
    }
}

#[test]
fn the_shortest_words_are_long_enough_to_interrupt_the_kiosk() {
    let mut voice = piper();
    let ears = hearing();
    for said in ["Stop.", "No.", "Yes.", "Wait.", "Two."] {
        let mut sound = vec![0.0; voice.rate() as usize / 2];
        sound.extend(render(voice.as_mut(), said).unwrap());
        let heard = ears.utterances(&sound, voice.rate()).unwrap();
        let frames: Vec<u32> = heard.iter().map(|it| it.speech_frames).collect();
        assert!(
            heard.iter().any(|it| it.interrupts()),
            "{said} {frames:?} frames of speech"
        );
    }
}

#[test]
fn silence_and_noise_say_nothing() {
    let mut ears = hearing();
    let mut noise = Noise(1);
    let seconds = 6 * HEARING_RATE as usize;
    let hum = |i: usize| 0.2 * (i as f32 * 50.0 * std::f32::consts::TAU / 16_000.0).sin();
    let sounds: [(&str, Vec<f32>); 6] = [
        ("silence", vec![0.0; seconds]),
        (
            "faint noise",
            (0..seconds).map(|_| 0.002 * noise.next()).collect(),
        ),
        (
            "loud noise",
            (0..seconds).map(|_| 0.5 * noise.next()).collect(),
        ),
        ("mains hum", (0..seconds).map(hum).collect()),
        (
            "knocking",
            (0..seconds)
                .map(|i| {
                    if i % 8_000 < 200 {
                        0.8 * noise.next()
                    } else {
                        0.0
                    }
                })
                .collect(),
        ),
        ("a direct current", vec![0.3; seconds]),
    ];
    for (what, sound) in sounds {
        let believed: Vec<String> = ears
            .transcribe(&sound, HEARING_RATE)
            .unwrap()
            .into_iter()
            .filter(|turn| turn.rejected.is_none())
            .map(|turn| turn.text.expose().to_owned())
            .collect();
        assert!(believed.is_empty(), "{what}: {believed:?}");
    }
}

#[test]
fn two_utterances_are_two_turns_at_their_places() {
    let mut voice = piper();
    let rate = voice.rate();
    let first = render(voice.as_mut(), "I need an appointment.").unwrap();
    let second = render(voice.as_mut(), "On Friday afternoon, please.").unwrap();
    let pause = vec![0.0; 2 * rate as usize];
    let sound = [&pause[..], &first, &pause, &second, &pause].concat();
    let turns = hearing().transcribe(&sound, rate).unwrap();
    assert_eq!(turns.len(), 2, "{turns:?}");
    let starts = [2.0, 4.0 + first.len() as f64 / f64::from(rate)];
    for (turn, start) in turns.iter().zip(starts) {
        assert!(
            (turn.start_s - start).abs() < 0.3,
            "{turn:?} should start at {start}"
        );
        assert!(turn.end_s < turn.decided_s, "{turn:?}");
        assert_eq!(turn.rejected, None);
    }
    assert!(words_heard("I need an appointment", turns[0].text.expose()) >= 0.9);
    assert!(words_heard("On Friday afternoon please", turns[1].text.expose()) >= 0.9);
}

#[test]
fn foreign_recordings_are_heard_like_our_own() {
    let folder = tempfile::tempdir().unwrap();
    let mut voice = piper();
    let said = "Can I come on Wednesday at ten o'clock?";
    let sound = render(voice.as_mut(), said).unwrap();
    let mut ears = hearing();
    for (rate, channels, bits, format) in [
        (8_000, 1, 16, hound::SampleFormat::Int),
        (44_100, 2, 16, hound::SampleFormat::Int),
        (48_000, 1, 24, hound::SampleFormat::Int),
        (16_000, 1, 32, hound::SampleFormat::Float),
    ] {
        let path = folder.path().join("said.wav");
        let converted = resample(&sound, voice.rate(), rate).unwrap();
        write(
            &path,
            &converted,
            hound::WavSpec {
                channels,
                sample_rate: rate,
                bits_per_sample: bits,
                sample_format: format,
            },
        );
        let heard = ears.transcribe_file(&path).unwrap();
        let text = heard.text().replace("10", "ten");
        assert!(
            words_heard("can I come on Wednesday at ten", &text) >= 0.85,
            "{rate} Hz: {text:?}"
        );
        assert!(!heard.cut_off);
    }
    let path = folder.path().join("cut.wav");
    wav::write(&path, &sound, voice.rate()).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() * 2 / 3]).unwrap();
    let heard = ears.transcribe_file(&path).unwrap();
    assert!(heard.cut_off);
    assert!(
        words_heard("can I come on Wednesday", &heard.text()) >= 0.6,
        "{}",
        heard.text()
    );
    std::fs::write(&path, "this is text").unwrap();
    assert!(ears.transcribe_file(&path).is_err());
}

fn write(path: &std::path::Path, samples: &[f32], spec: hound::WavSpec) {
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for sample in samples {
        for _ in 0..spec.channels {
            match spec.sample_format {
                hound::SampleFormat::Float => writer.write_sample(*sample).unwrap(),
                hound::SampleFormat::Int => {
                    let scale = ((1_i64 << (spec.bits_per_sample - 1)) - 1) as f32;
                    writer.write_sample((sample * scale) as i32).unwrap();
                }
            }
        }
    }
    writer.finalize().unwrap();
}

/// Noise that is the same in every run: xorshift.
struct Noise(u32);

impl Noise {
    fn next(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as f32 / u32::MAX as f32 * 2.0 - 1.0
    }
}
