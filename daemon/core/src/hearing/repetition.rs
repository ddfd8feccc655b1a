//! Recognisers that lose the thread repeat themselves. Words only.

/// Longest group of words that is looked at; longer loops have not been seen.
const LONGEST_GROUP: usize = 12;

/// The text ends up saying the same words over and over.
///
/// A single word has to come six times in a row (phone numbers hold the same digit
/// four times, a patient says "no no no"), two or three words four times, longer
/// groups three times. Case and punctuation don't count.
#[must_use]
pub fn is_looping(text: &str) -> bool {
    let words: Vec<String> = text
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | '.' | '-' | '!' | '?'))
        .map(|word| {
            word.chars()
                .filter(|c| c.is_alphanumeric())
                .flat_map(char::to_lowercase)
                .collect::<String>()
        })
        .filter(|word| !word.is_empty())
        .collect();
    (1..=LONGEST_GROUP).any(|length| repeats(&words, length) >= times_allowed(length))
        || has_letter_run(text)
}

const fn times_allowed(group: usize) -> usize {
    match group {
        1 => 6,
        2 | 3 => 4,
        _ => 3,
    }
}

/// How many times in a row any group of `length` words comes, at most.
fn repeats(words: &[String], length: usize) -> usize {
    let mut most = 1;
    let mut matching = 0;
    for index in length..words.len() {
        matching = if words[index] == words[index - length] {
            matching + 1
        } else {
            0
        };
        most = most.max(1 + matching / length);
    }
    most
}

/// "aaaaaaaaaaaa" or "!!!!!!!!!!!!": no word has twelve of one letter.
fn has_letter_run(text: &str) -> bool {
    let mut run = 0;
    let mut previous = None;
    text.chars().any(|letter| {
        run = if Some(letter) == previous && !letter.is_whitespace() {
            run + 1
        } else {
            1
        };
        previous = Some(letter);
        run >= 12
    })
}

#[cfg(test)]
mod tests {
    use super::is_looping;

    #[test]
    fn loops_are_recognised_and_patients_are_not() {
        for text in [
            "I want I want I want I want",
            "Thank you. Thank you. Thank you. Thank you.",
            "okay okay okay okay okay okay",
            "I have a fever since Monday. I have a fever since Monday. I have a fever since Monday.",
            "Well aaaaaaaaaaaaaaaa",
            "yes, I'd like to. I'd like to. I'd like to. I'd like to.",
        ] {
            assert!(is_looping(text), "{text}");
        }
        for text in [
            "",
            "no no no, not Tuesday",
            "zero two four, five five five, one one one one",
            "0 2 4 4 4 4 4 1 2 3",
            "double five, double five, one two three four",
            "I would like to see the doctor, the eye doctor, please, please",
            "yes yes yes yes",
            "Monday or Tuesday or Wednesday or Thursday",
        ] {
            assert!(!is_looping(text), "{text}");
        }
    }
}
