//! Whether a headset is plugged in, as the sound card's jack control or a file of the system
//! tells. What only the patient may hear is said where it is.

use alsa::hctl::HCtl;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::watch;

/// How often a file is read; a card tells by itself.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How often a card that is missing is looked for.
const RETRY_EVERY: Duration = Duration::from_secs(2);

/// Where it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Jack {
    /// A sound card, such as `hw:CARD=kiosk`: its "Headphone Jack" and the like.
    Card(String),
    /// A file that holds `1` while one is plugged in, such as an extcon's or a GPIO's.
    File(PathBuf),
}

/// A running thread that watches; ended with this value.
pub struct HeadsetWatch {
    plugged: watch::Receiver<bool>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl HeadsetWatch {
    /// Starts the thread. Until it has looked, none is plugged in.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn start(jack: Jack) -> io::Result<Self> {
        let (told, plugged) = watch::channel(false);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::Builder::new()
            .name("headset".to_owned())
            .spawn(move || match jack {
                Jack::Card(card) => watch_card(&card, &told, &stopped),
                Jack::File(file) => watch_file(&file, &told, &stopped),
            })?;
        Ok(Self {
            plugged,
            stop,
            thread: Some(thread),
        })
    }

    /// Whether one is plugged in.
    pub fn plugged(&self) -> watch::Receiver<bool> {
        self.plugged.clone()
    }
}

impl Drop for HeadsetWatch {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Whether one is plugged in, looked at now.
///
/// # Errors
/// The card or the file tells nothing; why.
pub fn look(jack: &Jack) -> Result<bool, String> {
    match jack {
        Jack::Card(card) => {
            let control = open(card)?;
            is_plugged(&control).ok_or_else(|| no_jack(card))
        }
        Jack::File(file) => match std::fs::read_to_string(file) {
            Ok(text) => Ok(text.trim() == "1"),
            Err(error) => Err(format!("`{}` cannot be read: {error}", file.display())),
        },
    }
}

fn watch_file(file: &Path, told: &watch::Sender<bool>, stop: &AtomicBool) {
    let jack = Jack::File(file.to_owned());
    let mut was_told = false;
    while !stop.load(Ordering::Relaxed) {
        let plugged = look(&jack);
        if let (Err(why), false) = (&plugged, was_told) {
            log::warn!(reason = why.as_str(); "headsets are not noticed");
            was_told = true;
        }
        tell(plugged.unwrap_or(false), told);
        std::thread::sleep(LOOK_EVERY);
    }
}

fn watch_card(card: &str, told: &watch::Sender<bool>, stop: &AtomicBool) {
    let mut was_told = false;
    while !stop.load(Ordering::Relaxed) {
        let watched = open(card).and_then(|control| follow(card, &control, told, stop));
        tell(false, told);
        if let (Err(why), false) = (watched, was_told) {
            log::warn!(reason = why.as_str(); "headsets are not noticed");
            was_told = true;
        }
        if !stop.load(Ordering::Relaxed) {
            std::thread::sleep(RETRY_EVERY);
        }
    }
}

/// Until the card is gone.
fn follow(
    card: &str,
    control: &HCtl,
    told: &watch::Sender<bool>,
    stop: &AtomicBool,
) -> Result<(), String> {
    while !stop.load(Ordering::Relaxed) {
        tell(is_plugged(control).ok_or_else(|| no_jack(card))?, told);
        let milliseconds = u32::try_from(LOOK_EVERY.as_millis()).unwrap_or(u32::MAX);
        let lost = |error: alsa::Error| format!("the sound card `{card}` is gone: {error}");
        control.wait(Some(milliseconds)).map_err(lost)?;
        control.handle_events().map_err(lost)?;
    }
    Ok(())
}

fn open(card: &str) -> Result<HCtl, String> {
    let fails = |error: alsa::Error| format!("the sound card `{card}` tells nothing: {error}");
    let control = HCtl::new(card, false).map_err(fails)?;
    control.load().map_err(fails)?;
    Ok(control)
}

/// Whether anything is in one of the card's jacks for ears; `None`: it has no such jack.
fn is_plugged(control: &HCtl) -> Option<bool> {
    let jacks = control.elem_iter().filter(|element| {
        element
            .get_id()
            .is_ok_and(|id| id.get_name().is_ok_and(is_for_ears))
    });
    let plugged: Vec<bool> = jacks
        .filter_map(|jack| jack.read().ok()?.get_boolean(0))
        .collect();
    (!plugged.is_empty()).then(|| plugged.contains(&true))
}

/// As the kernel's drivers name them: "Headphone Jack", "Front Headphone Jack", "Headset
/// Jack", but not "Headset Mic Jack" nor "Speaker Phantom Jack".
fn is_for_ears(name: &str) -> bool {
    let is_jack = name.ends_with(" Jack") && !name.contains("Phantom") && !name.contains("Mic");
    is_jack && (name.contains("Headphone") || name.contains("Headset"))
}

fn no_jack(card: &str) -> String {
    format!("the sound card `{card}` has no headphone jack that tells")
}

fn tell(is_plugged: bool, told: &watch::Sender<bool>) {
    told.send_if_modified(|before| std::mem::replace(before, is_plugged) != is_plugged);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jacks_for_ears_are_told_from_others() {
        for name in ["Headphone Jack", "Front Headphone Jack", "Headset Jack"] {
            assert!(is_for_ears(name), "{name}");
        }
        for name in [
            "Headphone Playback Volume",
            "Headset Mic Jack",
            "Mic Jack",
            "Speaker Phantom Jack",
        ] {
            assert!(!is_for_ears(name), "{name}");
        }
    }

    #[tokio::test]
    async fn a_file_tells_when_one_is_plugged_in_and_pulled_out() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "0\n").unwrap();
        let watch = HeadsetWatch::start(Jack::File(file.path().to_owned())).unwrap();
        let mut plugged = watch.plugged();
        assert!(!*plugged.borrow());
        std::fs::write(file.path(), "1\n").unwrap();
        plugged.changed().await.unwrap();
        assert!(*plugged.borrow_and_update());
        std::fs::remove_file(file.path()).unwrap();
        plugged.changed().await.unwrap();
        assert!(!*plugged.borrow(), "what cannot be known is no");
    }

    #[test]
    fn a_card_that_is_not_there_says_so() {
        let missing = look(&Jack::Card("hw:CARD=nosuchcard".to_owned()));
        assert!(missing.unwrap_err().contains("tells nothing"));
    }
}
