//! Cuts words that are to be spoken into pieces that are spoken at once.

/// A piece that is longer is cut at a comma, so that its first sound comes soon.
const LONG: usize = 160;

/// Sentences of `text`, in which abbreviations are already written out (see
/// [`spoken`](super::spoken)); long ones cut at commas.
#[must_use]
pub fn sentences(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut current = String::new();
    for word in text.split_whitespace() {
        if !current.is_empty() {
            current.push(' ');
        }
        current.push_str(word);
        let bare = word.trim_end_matches(['"', '\'', ')', '”', '’']);
        let ends = bare.ends_with(['.', '?', '!', '…', ':', ';']);
        let long = current.len() > LONG && bare.ends_with(',');
        if ends || long {
            found.push(std::mem::take(&mut current));
        }
    }
    if !current.is_empty() {
        found.push(current);
    }
    found.retain(|sentence| sentence.chars().any(char::is_alphanumeric));
    found
}

/// As [`sentences`], for a voice that takes long over a piece: the first has at most
/// `first` words where a comma allows it, none has more than `most`.
#[must_use]
pub fn pieces(text: &str, first: usize, most: usize) -> Vec<String> {
    let mut found = Vec::new();
    for sentence in sentences(text) {
        let words: Vec<&str> = sentence.split_whitespace().collect();
        let mut rest = words.as_slice();
        if found.is_empty()
            && rest.len() > first
            && let Some(comma) = rest[..first].iter().rposition(|word| word.ends_with(','))
        {
            let (clause, others) = rest.split_at(comma + 1);
            found.push(clause.join(" "));
            rest = others;
        }
        found.extend(rest.chunks(most).map(|piece| piece.join(" ")));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{pieces, sentences};

    #[test]
    fn sentences_end_where_the_voice_falls() {
        assert_eq!(
            sentences("Good morning. How can I help you?  Say it, or touch the screen"),
            [
                "Good morning.",
                "How can I help you?",
                "Say it, or touch the screen"
            ]
        );
        assert_eq!(sentences(" ... "), Vec::<String>::new());
        assert_eq!(
            sentences("He said \"come in.\" Then he left."),
            ["He said \"come in.\"", "Then he left."]
        );
    }

    #[test]
    fn a_slow_voice_gets_a_short_clause_first_and_never_a_long_piece() {
        let text = "On Tuesday, Doctor Owusu has time at nine, at ten and at eleven. Which one?";
        assert_eq!(
            pieces(text, 6, 8),
            [
                "On Tuesday,",
                "Doctor Owusu has time at nine, at ten",
                "and at eleven.",
                "Which one?"
            ]
        );
        assert_eq!(pieces("Good morning.", 6, 8), ["Good morning."]);
    }

    #[test]
    fn a_long_sentence_is_cut_at_a_comma_and_loses_nothing() {
        let long = "on Tuesday at nine thirty, ".repeat(20);
        let pieces = sentences(&long);
        assert!(pieces.len() > 2);
        assert!(pieces.iter().all(|piece| piece.len() < 200));
        assert_eq!(pieces.join(" "), long.trim());
    }
}
