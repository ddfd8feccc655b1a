//! What of a growing transcript may be shown: words once shown stay.

/// Shows the words on which two runs in a row agree (local agreement: Liu et al. 2020,
/// "Low-Latency Sequence-to-Sequence Speech Recognition"), and never takes one back.
#[derive(Debug, Clone, Default)]
pub struct Agreement {
    last: Vec<String>,
    shown: Vec<String>,
}

impl Agreement {
    /// The next run over more of the same utterance; the words to show, if they are more
    /// than before.
    pub fn push(&mut self, transcript: &str) -> Option<String> {
        let words: Vec<String> = transcript.split_whitespace().map(str::to_owned).collect();
        let agreed = words
            .iter()
            .zip(&self.last)
            .take_while(|(now, before)| plain(now) == plain(before))
            .count();
        self.last = words;
        if agreed <= self.shown.len() {
            return None;
        }
        let more = self.last.iter().take(agreed).skip(self.shown.len());
        self.shown.extend(more.cloned().collect::<Vec<_>>());
        Some(self.shown.join(" "))
    }

    /// Another utterance.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

/// A word without what changes from run to run.
fn plain(word: &str) -> String {
    word.chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Agreement;

    #[test]
    fn words_appear_when_two_runs_agree_and_never_flicker() {
        let mut agreement = Agreement::default();
        let runs = [
            ("I'd", None),
            ("I'd like two", Some("I'd")),
            ("I'd like to see.", Some("I'd like")),
            ("I'd like to see the doctor", Some("I'd like to see")),
            ("I like to sea", None),
            ("I'd like to see the doctor on", None),
            (
                "I'd like to see the doctor on Monday",
                Some("I'd like to see the doctor on"),
            ),
        ];
        let mut before = String::new();
        for (run, shown) in runs {
            let now = agreement.push(run);
            assert_eq!(now.as_deref(), shown, "{run}");
            if let Some(now) = now {
                assert!(now.starts_with(&before), "{now} after {before}");
                before = now;
            }
        }
        agreement.clear();
        assert_eq!(agreement.push("I'd like to see"), None, "another utterance");
    }
}
