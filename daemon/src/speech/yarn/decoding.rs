//! Which token comes next. The model may choose how long a word lasts and how it sounds;
//! which word it is, is decided: left alone it drops words and repeats others.

use super::vocabulary::Vocabulary;
use std::collections::{HashSet, VecDeque};

/// Greedy decoding with this penalty on all that was written before is what YarnGPT's own
/// settings come to: it passes a temperature, but doesn't ask for sampling.
const REPETITION_PENALTY: f32 = 1.1;
/// A spelled duration, `<|t_0.10|>`, has ten tokens.
const MOST_TOKENS_OF_A_DURATION: usize = 12;

/// What stops a model that doesn't stop by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// 75 codes are a second.
    pub codes_of_a_word: usize,
}

impl Default for Limits {
    fn default() -> Self {
        // Two seconds: the longest word of the authors' recordings takes 1.3 s.
        Self {
            codes_of_a_word: 150,
        }
    }
}

/// What may come next.
pub(super) enum Step {
    /// This token, whatever the model thinks.
    Forced(u32),
    /// The best of these.
    Choice(Vec<u32>),
    /// Every word is spoken.
    Done,
}

/// Leads through `word duration <|code_start|> codes <|code_end|>` for every word.
pub(super) struct Guide<'v> {
    vocabulary: &'v Vocabulary,
    /// Words to come, each as its tokens.
    words: VecDeque<Vec<u32>>,
    place: Place,
    limits: Limits,
    /// How much longer than the model's choice a word is to last.
    length: f32,
    codes: Vec<u16>,
    unfinished: usize,
}

enum Place {
    Word(VecDeque<u32>),
    Duration { tokens: usize, is_whole: bool },
    Codes { count: usize },
}

impl<'v> Guide<'v> {
    pub fn new(
        vocabulary: &'v Vocabulary,
        words: VecDeque<Vec<u32>>,
        limits: Limits,
        length: f32,
    ) -> Self {
        Self {
            vocabulary,
            words,
            place: Place::Word(VecDeque::new()),
            limits,
            length,
            codes: Vec::new(),
            unfinished: 0,
        }
    }

    pub fn next(&mut self) -> Step {
        let vocabulary = self.vocabulary;
        match &mut self.place {
            Place::Word(rest) => {
                if rest.is_empty() {
                    match self.words.pop_front() {
                        Some(word) => rest.extend(word),
                        None => return Step::Done,
                    }
                }
                rest.front()
                    .map_or(Step::Done, |token| Step::Forced(*token))
            }
            Place::Duration { tokens: 0, .. } => {
                let times = vocabulary.times.iter().map(|(token, _)| *token);
                Step::Choice(times.chain([vocabulary.time_begins]).collect())
            }
            Place::Duration { tokens, is_whole } => {
                if *is_whole || *tokens == MOST_TOKENS_OF_A_DURATION {
                    return Step::Forced(vocabulary.code_start);
                }
                let letters = vocabulary.time_letters.iter().copied();
                Step::Choice(letters.chain([vocabulary.code_start]).collect())
            }
            Place::Codes { count } => {
                if *count == self.limits.codes_of_a_word {
                    return Step::Forced(vocabulary.code_end);
                }
                let end = (*count > 0).then_some(vocabulary.code_end);
                let codes = vocabulary.codes.iter().map(|(token, _)| *token);
                Step::Choice(codes.chain(end).collect())
            }
        }
    }

    /// `token`, or where it is a duration and another pace is wanted, the duration for that.
    pub fn as_long_as_wanted(&self, token: u32) -> u32 {
        if self.length == 1.0 {
            return token;
        }
        let wanted = self.vocabulary.time(token).map(|time| time * self.length);
        wanted
            .and_then(|seconds| self.vocabulary.nearest_time(seconds))
            .unwrap_or(token)
    }

    /// `token` was written.
    pub fn take(&mut self, token: u32) {
        let vocabulary = self.vocabulary;
        match &mut self.place {
            Place::Word(rest) => {
                rest.pop_front();
                if rest.is_empty() {
                    self.place = Place::Duration {
                        tokens: 0,
                        is_whole: false,
                    };
                }
            }
            Place::Duration { .. } if token == vocabulary.code_start => {
                self.place = Place::Codes { count: 0 };
            }
            Place::Duration { tokens, is_whole } => {
                *tokens += 1;
                *is_whole = vocabulary.time(token).is_some();
            }
            Place::Codes { count } => match vocabulary.code(token) {
                Some(code) => {
                    *count += 1;
                    self.codes.push(code);
                }
                None => {
                    if *count == self.limits.codes_of_a_word {
                        self.unfinished += 1;
                    }
                    self.place = Place::Word(VecDeque::new());
                }
            },
        }
    }

    /// Words that the limit ended.
    pub const fn unfinished(&self) -> usize {
        self.unfinished
    }

    /// All sound that was written.
    pub fn into_codes(self) -> Vec<u16> {
        self.codes
    }
}

/// How a token is drawn.
pub(super) enum Chance {
    None,
    Some {
        temperature: f32,
        random: fastrand::Rng,
    },
}

impl Chance {
    /// None where `temperature` is 0. Seeded by it: the same text sounds the same again.
    pub fn new(temperature: f32) -> Self {
        if temperature <= 0.0 {
            return Self::None;
        }
        Self::Some {
            temperature,
            random: fastrand::Rng::with_seed(temperature.to_bits().into()),
        }
    }
}

/// Scores of tokens, less for those that have been there.
pub(super) struct Scores {
    seen: HashSet<u32>,
    chance: Chance,
}

impl Scores {
    /// Behind `prompt`.
    pub fn new(prompt: &[u32], chance: Chance) -> Self {
        Self {
            seen: prompt.iter().copied().collect(),
            chance,
        }
    }

    /// `token` was written.
    pub fn saw(&mut self, token: u32) {
        self.seen.insert(token);
    }

    /// One of `allowed` (not empty) by the model's `logits`.
    pub fn choose(&mut self, logits: &[f32], allowed: &[u32]) -> u32 {
        let seen = &self.seen;
        let score = |token: u32| {
            let raw = logits.get(token as usize).copied().unwrap_or(f32::MIN);
            match (seen.contains(&token), raw < 0.0) {
                (false, _) => raw,
                (true, true) => raw * REPETITION_PENALTY,
                (true, false) => raw / REPETITION_PENALTY,
            }
        };
        let mut best = allowed[0];
        for token in allowed {
            let ordering = score(*token).total_cmp(&score(best));
            if ordering.then(best.cmp(token)).is_gt() {
                best = *token;
            }
        }
        match &mut self.chance {
            Chance::None => best,
            Chance::Some {
                temperature,
                random,
            } => {
                let top = score(best);
                let weight = |token: &u32| ((score(*token) - top) / *temperature).exp();
                let mut left = random.f32() * allowed.iter().map(weight).sum::<f32>();
                let drawn = allowed.iter().find(|token| {
                    left -= weight(token);
                    left <= 0.0
                });
                drawn.copied().unwrap_or(best)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_there_scores_less_whatever_its_sign() {
        let mut scores = Scores::new(&[0, 2], Chance::None);
        assert_eq!(scores.choose(&[1.05, 1.0, -1.0, -1.05], &[0, 1]), 1);
        assert_eq!(scores.choose(&[1.05, 1.0, -1.0, -1.05], &[2, 3]), 3);
        scores.saw(1);
        assert_eq!(scores.choose(&[1.05, 1.0, -1.0, -1.05], &[0, 1]), 0);
    }

    #[test]
    fn chance_is_the_same_every_time_and_prefers_the_likely() {
        let draw = || -> Vec<u32> {
            let mut scores = Scores::new(&[], Chance::new(0.3));
            (0..50)
                .map(|_| scores.choose(&[0.0, 1.0, 0.7], &[0, 1, 2]))
                .collect()
        };
        let drawn = draw();
        assert_eq!(drawn, draw());
        let count = |wanted: u32| drawn.iter().filter(|token| **token == wanted).count();
        assert!(count(1) > count(2) && count(2) > count(0), "{drawn:?}");
    }
}
