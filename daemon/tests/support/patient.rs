//! A patient who speaks into the microphone of a kiosk and sees its panel.
#![allow(dead_code, clippy::wildcard_enum_match_arm)]

use super::kiosk::Panel;
use super::models::piper;
use super::pulse::Pulse;
use kiosk_daemon::audio::wav;
use kiosk_daemon::speech::render;
use kiosk_protocol::{Activity, Screen, ServerMessage, View};
use std::path::Path;
use std::time::Duration;

/// How often a patient says a thing before they give up.
const TIMES_SAID: u8 = 3;
/// Answered later than this on a busy machine, it was not understood.
const UNTIL_SAID_AGAIN: Duration = Duration::from_secs(40);

/// Somebody at the microphone who looks at the panel.
pub struct Patient<'a> {
    pub panel: Panel,
    pub pulse: &'a Pulse,
    /// For recordings that are thrown away.
    pub folder: &'a Path,
}

impl Patient<'_> {
    /// Waits until the kiosk listens, then speaks.
    pub fn says(&mut self, text: &str) {
        self.lets_it_finish();
        let mut voice = piper();
        let sound = render(voice.as_mut(), text).unwrap();
        let file = self.folder.join("patient.wav");
        wav::write(&file, &sound, voice.rate()).unwrap();
        self.pulse.speak(&file);
    }

    /// Says it, and says it again where the kiosk has not understood, as people do: no
    /// recogniser understands everybody at once.
    pub fn says_until(&mut self, text: &str, what: &str, wanted: impl Fn(&View) -> bool) -> View {
        for _ in 1..TIMES_SAID {
            self.says(text);
            let message = self.panel.wait_at_most(
                UNTIL_SAID_AGAIN,
                what,
                |message| matches!(message, ServerMessage::View(view) if wanted(view)),
            );
            if let Some(ServerMessage::View(view)) = message {
                return *view;
            }
        }
        self.says(text);
        self.waits_until(what, wanted)
    }

    /// Says it until that screen is there.
    pub fn says_for(&mut self, screen: Screen, text: &str) -> View {
        self.says_until(text, &format!("{screen:?}"), |view| view.screen == screen)
    }

    /// Sound that the kiosk has played may still be on its way through the sound server.
    pub fn is_quiet_for(&self, seconds: usize) {
        let file = self.folder.join("silence.wav");
        wav::write(&file, &vec![0.0; 16_000 * seconds], 16_000).unwrap();
        self.pulse.speak(&file);
    }

    /// Waits until the kiosk has said what it has to say.
    pub fn lets_it_finish(&mut self) {
        let speaks = |view: Option<&View>| {
            view.is_none_or(|view| {
                matches!(
                    view.transcript.activity,
                    Activity::Speaking | Activity::Thinking
                )
            })
        };
        while speaks(self.panel.view()) {
            self.panel.wait_for("the kiosk to finish", |message| {
                matches!(message, ServerMessage::View(_))
            });
        }
    }

    /// Waits for a screen.
    pub fn waits_for(&mut self, screen: Screen) -> View {
        self.waits_until(&format!("{screen:?}"), |view| view.screen == screen)
    }

    /// Waits for a view.
    pub fn waits_until(&mut self, what: &str, wanted: impl Fn(&View) -> bool) -> View {
        let message = self.panel.wait_for(
            what,
            |message| matches!(message, ServerMessage::View(view) if wanted(view)),
        );
        match message {
            ServerMessage::View(view) => *view,
            other => panic!("{other:?}"),
        }
    }
}
