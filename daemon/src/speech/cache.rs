//! Fixed prompts as sound, in memory. Nothing personal goes in: only what is the same
//! for every patient is asked for.

use std::collections::VecDeque;
use std::sync::Arc;

/// Five minutes at 48 kHz, some 58 MB: far more than the kiosk's fixed sentences.
const MOST_SAMPLES: usize = 5 * 60 * 48_000;

/// Rendered sentences, least recently used first.
#[derive(Default)]
pub struct Cache {
    sentences: VecDeque<(String, Arc<[f32]>)>,
    samples: usize,
}

impl Cache {
    pub fn get(&mut self, sentence: &str) -> Option<Arc<[f32]>> {
        let at = self
            .sentences
            .iter()
            .position(|(known, _)| known == sentence)?;
        let found = self.sentences.remove(at)?;
        let sound = Arc::clone(&found.1);
        self.sentences.push_back(found);
        Some(sound)
    }

    pub fn put(&mut self, sentence: String, sound: Arc<[f32]>) {
        if sound.len() > MOST_SAMPLES || self.get(&sentence).is_some() {
            return;
        }
        self.samples += sound.len();
        self.sentences.push_back((sentence, sound));
        while self.samples > MOST_SAMPLES {
            let Some((_, oldest)) = self.sentences.pop_front() else {
                return;
            };
            self.samples -= oldest.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stays_bounded_and_keeps_what_is_used() {
        let mut cache = Cache::default();
        let minute: Arc<[f32]> = vec![0.0; 60 * 48_000].into();
        for name in ["a", "b", "c", "d", "e"] {
            cache.put(name.to_owned(), Arc::clone(&minute));
        }
        assert!(cache.get("a").is_some());
        cache.put("f".to_owned(), minute);
        assert!(cache.get("a").is_some(), "used a moment ago");
        assert!(cache.get("b").is_none(), "least recently used");
        cache.put("huge".to_owned(), vec![0.0; MOST_SAMPLES + 1].into());
        assert!(cache.get("huge").is_none());
    }
}
