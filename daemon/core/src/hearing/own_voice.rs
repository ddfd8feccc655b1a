//! Whether a transcript is the kiosk's own voice: the last guard behind echo cancellation,
//! so that the kiosk never answers itself.

/// Fewer words than this are what a patient says, too.
const FEWEST_WORDS: usize = 4;
/// Share of the words, in tenths, that have to be the kiosk's own, in its order.
const OWN_TENTHS: usize = 7;

/// Whether `heard` repeats what was being said meanwhile.
#[must_use]
pub fn is_own_voice(heard: &str, said: &str) -> bool {
    let (heard, said) = (words(heard), words(said));
    heard.len() >= FEWEST_WORDS && 10 * in_order(&heard, &said) >= OWN_TENTHS * heard.len()
}

fn words(text: &str) -> Vec<String> {
    text.split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Words of `a` that stand in `b`, too, in the same order (longest common subsequence).
fn in_order(a: &[String], b: &[String]) -> usize {
    let mut before = vec![0; b.len() + 1];
    for word in a {
        let mut row = vec![0; b.len() + 1];
        for (at, other) in b.iter().enumerate() {
            row[at + 1] = if word == other {
                before[at] + 1
            } else {
                row[at].max(before[at + 1])
            };
        }
        before = row;
    }
    before.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::is_own_voice;

    const SAID: &str =
        "I found three times with Dr Abena Owusu: 9 am, 10:30 am and 2 pm. Which one suits you?";

    #[test]
    fn its_own_words_are_known_even_half_heard() {
        for heard in [
            "three times with Dr. Abena Owusu",
            "with Dr Abbena Owusu, 9 am, 10.30 am and 2 pm",
            "and 2 p.m. Which one suits you?",
        ] {
            assert!(is_own_voice(heard, SAID), "{heard}");
        }
    }

    #[test]
    fn what_a_patient_says_is_not() {
        for heard in [
            "the second one please",
            "10:30 am",
            "Dr Abena Owusu",
            "no, I want to see another doctor",
            "do you have something on Wednesday afternoon with Dr Owusu",
            "",
        ] {
            assert!(!is_own_voice(heard, SAID), "{heard}");
        }
        assert!(!is_own_voice("the second one please", ""));
    }
}
