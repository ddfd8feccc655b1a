//! Whether a transcript is believed. The recogniser writes words for silence and
//! noise, too; its own doubts and the amount of speech decide, never the words
//! themselves: a list of forbidden phrases would also silence a patient's thanks.

use super::FRAME_MS;
use super::repetition::is_looping;

/// Under this mean log-probability a transcript is a guess. Whisper's own threshold of
/// −1 is made for long texts; a name alone, correctly heard, often lies below it.
pub const UNLIKELY: f32 = -1.25;
/// Over this no-speech probability only a confident transcript is believed. Whisper's own threshold.
const NO_SPEECH: f32 = 0.6;
/// What "confident" means there.
const CONFIDENT: f32 = -0.5;
/// Fewer speech frames (32 ms) than this hold no word.
const FEWEST_SPEECH_FRAMES: u32 = 4;
/// Nobody speaks faster; hurried English reaches 7 words a second.
const WORDS_A_SECOND: f32 = 8.0;

/// What the recogniser and the voice-activity model say about an utterance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    /// Probability that there was no speech at all, 0 to 1.
    pub no_speech: f32,
    /// Mean natural log-probability of the text's tokens, 0 at best.
    pub mean_log_probability: f32,
    /// Speech frames of 32 ms that the end-pointer counted.
    pub speech_frames: u32,
}

/// Whether a transcript is believed.
#[derive(Clone, PartialEq)]
pub enum Verdict {
    /// Yes.
    Accepted {
        /// Without tags such as `[BLANK_AUDIO]`.
        text: String,
        /// 0 to 1.
        confidence: f32,
    },
    /// No: "I didn't catch that".
    Rejected(Rejection),
}

impl std::fmt::Debug for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            // What a patient said stays out of every log.
            Self::Accepted { confidence, .. } => write!(f, "Accepted({confidence:.2})"),
            Self::Rejected(why) => write!(f, "Rejected({why:?})"),
        }
    }
}

/// Why a transcript is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rejection {
    /// The recogniser found no words, only tags or punctuation.
    NoWords,
    /// Too little speech to hold a word.
    TooShort,
    /// The recogniser thinks that nobody spoke.
    NoSpeech,
    /// The recogniser guessed.
    Unlikely,
    /// The recogniser repeats itself.
    Repetitive,
    /// More words than anybody can say in that time.
    TooManyWords,
}

impl Rejection {
    /// Short words for logs and `kioskctl transcribe --json`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoWords => "no words",
            Self::TooShort => "too short",
            Self::NoSpeech => "no speech",
            Self::Unlikely => "unlikely",
            Self::Repetitive => "repetitive",
            Self::TooManyWords => "too many words",
        }
    }
}

/// Decides whether `transcript` was said.
#[must_use]
pub fn judge(transcript: &str, evidence: Evidence) -> Verdict {
    let text = without_tags(transcript);
    match rejection(&text, evidence) {
        Some(why) => Verdict::Rejected(why),
        None => Verdict::Accepted {
            confidence: confidence(evidence),
            text,
        },
    }
}

fn rejection(text: &str, evidence: Evidence) -> Option<Rejection> {
    if !text.chars().any(char::is_alphanumeric) {
        return Some(Rejection::NoWords);
    }
    if evidence.speech_frames < FEWEST_SPEECH_FRAMES {
        return Some(Rejection::TooShort);
    }
    if evidence.no_speech > NO_SPEECH && evidence.mean_log_probability < CONFIDENT {
        return Some(Rejection::NoSpeech);
    }
    if evidence.mean_log_probability.is_nan() || evidence.mean_log_probability < UNLIKELY {
        return Some(Rejection::Unlikely);
    }
    if is_looping(text) {
        return Some(Rejection::Repetitive);
    }
    if too_many_words(text, evidence.speech_frames) {
        return Some(Rejection::TooManyWords);
    }
    None
}

fn too_many_words(text: &str, speech_frames: u32) -> bool {
    let words = text.split_whitespace().count() as f32;
    let seconds = speech_frames as f32 * FRAME_MS as f32 / 1000.0;
    // Two words of grace: the first and last sounds are often counted as silence.
    words > 2.0 + WORDS_A_SECOND * seconds
}

fn confidence(evidence: Evidence) -> f32 {
    let spoken = (1.0 - evidence.no_speech).clamp(0.0, 1.0);
    // No-speech is badly calibrated in a prompted run; it may halve, not erase.
    (evidence.mean_log_probability.exp() * (0.5 + 0.5 * spoken)).clamp(0.0, 1.0)
}

/// Takes out what recognisers write between brackets, stars and notes, and dashes
/// of speaker changes; joins the rest by single spaces.
fn without_tags(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(['[', '(', '*', '♪', '♫']) {
        let (before, tag) = rest.split_at(start);
        kept.push_str(before);
        kept.push(' ');
        let mut letters = tag.chars();
        let open = letters.next().unwrap_or_default();
        let inside = letters.as_str();
        let close = match open {
            '[' => ']',
            '(' => ')',
            other => other,
        };
        rest = match inside.find(close) {
            Some(end) => &inside[end + close.len_utf8()..],
            // An opened tag that never closes: everything after it is the tag.
            None if open == '[' || open == '(' => "",
            None => inside,
        };
    }
    kept.push_str(rest);
    let words: Vec<&str> = kept
        .split_whitespace()
        .filter(|word| !matches!(*word, "-" | "--" | ">>" | "–" | "—"))
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SURE: Evidence = Evidence {
        no_speech: 0.02,
        mean_log_probability: -0.2,
        speech_frames: 60,
    };

    #[test]
    fn what_was_clearly_said_is_believed() {
        for said in [
            "Yes.",
            "Thank you.",
            "Thanks for watching over my mother.",
            "I would like to see Doctor Mensah on Tuesday, please.",
        ] {
            let Verdict::Accepted { text, confidence } = judge(said, SURE) else {
                panic!("{said} was rejected");
            };
            assert_eq!(text, said);
            assert!((0.7..=1.0).contains(&confidence), "{confidence}");
        }
    }

    #[test]
    fn tags_are_not_words() {
        for (heard, text) in [
            ("[BLANK_AUDIO]", None),
            (" (upbeat music)", None),
            ("*coughs*", None),
            ("♪ ♪", None),
            ("...", None),
            ("", None),
            ("[inaudible", None),
            ("(sighs) Yes, [noise] Friday.", Some("Yes, Friday.")),
            ("- Good morning.", Some("Good morning.")),
        ] {
            match (judge(heard, SURE), text) {
                (Verdict::Accepted { text: kept, .. }, Some(text)) => assert_eq!(kept, text),
                (Verdict::Rejected(why), None) => assert_eq!(why, Rejection::NoWords, "{heard}"),
                (verdict, _) => panic!("{heard:?}: {verdict:?}"),
            }
        }
    }

    #[test]
    fn doubts_reject() {
        let said = "I would like an appointment";
        for (evidence, why) in [
            (
                Evidence {
                    speech_frames: 3,
                    ..SURE
                },
                Rejection::TooShort,
            ),
            (
                Evidence {
                    no_speech: 0.8,
                    mean_log_probability: -0.7,
                    ..SURE
                },
                Rejection::NoSpeech,
            ),
            (
                Evidence {
                    mean_log_probability: -1.4,
                    ..SURE
                },
                Rejection::Unlikely,
            ),
            (
                Evidence {
                    mean_log_probability: f32::NAN,
                    ..SURE
                },
                Rejection::Unlikely,
            ),
            (
                Evidence {
                    speech_frames: 8,
                    ..SURE
                },
                Rejection::TooManyWords,
            ),
        ] {
            assert_eq!(judge(said, evidence), Verdict::Rejected(why));
        }
        assert_eq!(
            judge("see you see you see you see you", SURE),
            Verdict::Rejected(Rejection::Repetitive)
        );
    }

    #[test]
    fn a_confident_transcript_outweighs_a_no_speech_guess() {
        let evidence = Evidence {
            no_speech: 0.9,
            ..SURE
        };
        assert!(matches!(
            judge("Yes, please.", evidence),
            Verdict::Accepted { .. }
        ));
    }

    #[test]
    fn debug_shows_no_words() {
        let shown = format!("{:?}", judge("my name is Kofi", SURE));
        assert!(!shown.contains("Kofi"), "{shown}");
    }
}
