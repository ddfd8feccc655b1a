//! Fixed prompts as sound, in memory and in a folder. Nothing personal goes in: only what
//! is the same for every patient is asked for.

use crate::audio::wav;
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// Five minutes at 48 kHz, some 58 MB: far more than the kiosk's fixed sentences.
const MOST_SAMPLES: usize = 5 * 60 * 48_000;
/// As much on disk, where a sample takes two bytes: the sentences of two voices.
const MOST_BYTES: u64 = 4 * MOST_SAMPLES as u64;

/// Rendered sentences, least recently used first.
#[derive(Default)]
pub struct Cache {
    sentences: VecDeque<(String, Arc<[f32]>)>,
    samples: usize,
    shelf: Option<Shelf>,
}

/// Rendered sentences that outlive the daemon: a WAV file for each.
struct Shelf {
    folder: PathBuf,
    /// What a file's name depends on beside the sentence.
    voice: String,
    rate: u32,
}

impl Cache {
    /// Keeps sentences of `voice` (its name and model), at `rate`, in `folder`, too. Where
    /// that can't be written they are kept in memory only.
    pub fn on_disk(folder: PathBuf, voice: &str, rate: u32) -> Self {
        let shelf = Shelf {
            folder,
            voice: voice.to_owned(),
            rate,
        };
        let made = fs::create_dir_all(&shelf.folder).and_then(|()| shelf.tidy());
        if let Err(error) = &made {
            log::warn!(error:%; "rendered prompts are not kept on disk");
        }
        Self {
            shelf: made.is_ok().then_some(shelf),
            ..Self::default()
        }
    }

    pub fn get(&mut self, sentence: &str) -> Option<Arc<[f32]>> {
        if let Some(at) = self
            .sentences
            .iter()
            .position(|(known, _)| known == sentence)
        {
            let found = self.sentences.remove(at)?;
            let sound = Arc::clone(&found.1);
            self.sentences.push_back(found);
            return Some(sound);
        }
        let sound: Arc<[f32]> = self.shelf.as_ref()?.read(sentence)?.into();
        self.keep(sentence.to_owned(), Arc::clone(&sound));
        Some(sound)
    }

    pub fn put(&mut self, sentence: String, sound: Arc<[f32]>) {
        if sound.len() > MOST_SAMPLES || self.get(&sentence).is_some() {
            return;
        }
        if let Some(shelf) = &self.shelf {
            shelf.write(&sentence, &sound);
        }
        self.keep(sentence, sound);
    }

    fn keep(&mut self, sentence: String, sound: Arc<[f32]>) {
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

impl Shelf {
    fn path(&self, sentence: &str) -> PathBuf {
        let key = format!("{}\n{}\n{sentence}", self.voice, self.rate);
        let name: String = Sha256::digest(key)
            .iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        self.folder.join(name).with_extension("wav")
    }

    /// A file that is damaged is as good as none: it will be written again.
    fn read(&self, sentence: &str) -> Option<Vec<f32>> {
        let recording = wav::read(&self.path(sentence)).ok()?;
        let whole = recording.rate == self.rate && recording.complete == wav::Complete::Yes;
        whole.then_some(recording.samples)
    }

    fn write(&self, sentence: &str, sound: &[f32]) {
        let path = self.path(sentence);
        // Whole or not at all, also where the power fails.
        let unfinished = path.with_extension("new");
        let written = wav::write(&unfinished, sound, self.rate)
            .map_err(|error| error.to_string())
            .and_then(|()| fs::rename(&unfinished, &path).map_err(|error| error.to_string()));
        if let Err(error) = written {
            log::warn!(error = error.as_str(); "a rendered prompt is not kept on disk");
        }
    }

    /// Removes what was begun and not finished, and the oldest files of too many.
    fn tidy(&self) -> std::io::Result<()> {
        let mut files: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if has_extension(&path, "new") {
                fs::remove_file(&path)?;
            } else if has_extension(&path, "wav") {
                let about = fs::metadata(&path)?;
                files.push((about.modified()?, about.len(), path));
            }
        }
        files.sort();
        let mut bytes: u64 = files.iter().map(|(_, length, _)| length).sum();
        for (_, length, path) in files {
            if bytes <= MOST_BYTES {
                break;
            }
            fs::remove_file(path)?;
            bytes -= length;
        }
        Ok(())
    }
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|it| it == extension)
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

    #[test]
    fn a_prompt_outlives_the_daemon_for_its_voice_and_a_damaged_file_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let open = |voice| Cache::on_disk(folder.path().join("prompts"), voice, 16_000);
        let sound: Arc<[f32]> = vec![0.25; 1_600].into();
        open("joe").put("Which day?".to_owned(), Arc::clone(&sound));
        let kept = open("joe").get("Which day?").expect("it was kept");
        assert_eq!(kept.len(), sound.len());
        assert!((kept[0] - 0.25).abs() < 1e-3);
        assert!(open("idera").get("Which day?").is_none(), "another voice");
        assert!(open("joe").get("Which doctor?").is_none());
        for entry in fs::read_dir(folder.path().join("prompts")).unwrap() {
            let path = entry.unwrap().path();
            let whole = fs::read(&path).unwrap();
            fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        }
        assert!(open("joe").get("Which day?").is_none(), "cut off");
    }
}
