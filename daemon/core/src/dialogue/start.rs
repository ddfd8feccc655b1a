//! Which idle speech begins a conversation: a greeting, a word for what the kiosk
//! is for, a cry for help. Everything else in the lobby is nobody's business.

use crate::understanding::is_urgent;

const GREETINGS: [&str; 8] = [
    "hello",
    "hi",
    "hey",
    "good morning",
    "good afternoon",
    "good evening",
    "excuse me",
    "help",
];
const WORDS: [&str; 9] = [
    "appointment",
    "appointments",
    "kiosk",
    "make a booking",
    "check in",
    // As Whisper writes "doctor" before a name.
    "see dr",
    "see a doctor",
    "see the doctor",
    "see doctor",
];

/// Longer speech is people talking to each other.
const MOST_WORDS: usize = 25;

/// Whether `text`, heard while nobody is being served, is meant for the kiosk.
pub fn is_start_phrase(text: &str) -> bool {
    let words: Vec<String> = text
        .split_whitespace()
        .map(|word| {
            word.trim_matches(|c: char| !c.is_alphanumeric())
                .to_lowercase()
        })
        .filter(|word| !word.is_empty())
        .collect();
    if words.is_empty() || words.len() > MOST_WORDS {
        return false;
    }
    let padded = format!(" {} ", words.join(" "));
    let begins = |phrase: &&str| padded.starts_with(&format!(" {phrase} "));
    let contains = |phrase: &&str| padded.contains(&format!(" {phrase} "));
    GREETINGS.iter().any(begins) || WORDS.iter().any(contains) || is_urgent(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greetings_the_kiosks_purpose_and_emergencies_begin_a_conversation() {
        for text in [
            "Hello.",
            "Hello, I would like to book an appointment with Doctor Owusu please.",
            "Good morning!",
            "Help!",
            "abeg I wan see doctor",
            "I need an appointment.",
            "My chest dey pain me",
            "I would like to see Dr. Owusu on Wednesday, please.",
        ] {
            assert!(is_start_phrase(text), "{text}");
        }
    }

    #[test]
    fn what_people_say_to_each_other_does_not() {
        for text in [
            "",
            "...",
            "She said the bus was late again.",
            "Did you bring the card?",
            "Helpful, isn't he?",
        ] {
            assert!(!is_start_phrase(text), "{text}");
        }
    }
}
