//! What the kiosk says aloud, and whether it listens meanwhile.

use super::{Lobby, VISIT_SHIFT};
use crate::barge_in;
use crate::speech::VoiceEvent;
use kiosk_core::dialogue::{Event, SpeechId};
use kiosk_core::wording::verbatim;
use kiosk_protocol::{Private, ServerMessage};
use std::sync::Arc;

/// No visit says so much.
const SPEAKER_TEST: SpeechId = SpeechId((1 << VISIT_SHIFT) - 1);

impl Lobby {
    /// What every patient hears first.
    pub(super) fn test_speaker(&mut self) {
        let setting = Arc::clone(&self.parts.setting.borrow());
        let clinic = verbatim(&setting.clinic_name);
        let greeting = setting.wording.say("greeting", &[("clinic", &clinic)]);
        self.say(SPEAKER_TEST, greeting.spoken, true);
    }

    pub(super) fn is_speaking(&self) -> bool {
        !self.unspoken.is_empty()
    }

    pub(super) fn tell_voice(&self, voice: barge_in::Voice) {
        if let Some(speaking) = &self.parts.speaking {
            match voice {
                barge_in::Voice::Pause => speaking.voice.pause(),
                barge_in::Voice::Resume => speaking.voice.resume(),
                barge_in::Voice::Leave => {}
            }
        }
    }

    /// What interrupted the kiosk was nothing. `true`: it was speaking, and goes on.
    pub(super) fn go_on(&mut self) -> bool {
        let voice = self.barge_in.was_nothing();
        self.tell_voice(voice);
        voice == barge_in::Voice::Resume
    }

    pub(super) fn on_voice(&mut self, event: VoiceEvent) {
        match event {
            VoiceEvent::Speaking(_) => {
                if let Some(seconds) = self.turns.sounded() {
                    log::info!(visit = self.visit, seconds; "end of utterance to first sound");
                }
            }
            VoiceEvent::SentenceSpoken(SpeechId(id)) => {
                if id >> VISIT_SHIFT == self.visit {
                    let id = SpeechId(id & u64::from(u32::MAX));
                    self.step(Event::SentenceSpoken(id));
                }
            }
            VoiceEvent::Spoken { id, .. } => self.spoken(id.0),
            VoiceEvent::Failed { id, why } => {
                log::error!(speech = id.0, reason = why.as_str(); "a sentence could not be spoken");
            }
            VoiceEvent::SpeakerLost(why) => {
                log::warn!(reason = why.as_str(); "the speaker is gone; the kiosk is silent");
                self.mute = true;
                self.step(Event::Capabilities(self.capabilities()));
            }
            VoiceEvent::SpeakerBack => {
                log::info!("the speaker is back");
                self.mute = false;
                self.step(Event::Capabilities(self.capabilities()));
            }
        }
    }

    pub(super) fn say(&mut self, id: SpeechId, text: Private, fixed: bool) {
        let id = self.visit << VISIT_SHIFT | id.0;
        self.tell(ServerMessage::Speaking {
            id,
            text: text.clone(),
        });
        self.unspoken.insert(id, text.clone());
        let asked = match &self.parts.speaking {
            Some(speaking) => speaking.voice.say(SpeechId(id), text, fixed).is_ok(),
            None => false,
        };
        if asked {
            self.listen_while_speaking();
        } else {
            self.spoken(id);
        }
    }

    pub(super) fn stop_speaking(&mut self) {
        self.barge_in.over();
        if let Some(speaking) = &self.parts.speaking {
            speaking.voice.stop();
        }
    }

    pub(super) fn spoken(&mut self, id: u64) {
        self.tell(ServerMessage::Spoken { id });
        self.unspoken.remove(&id);
        if self.unspoken.is_empty() {
            self.barge_in.over();
            self.listen(true);
        }
        if id >> VISIT_SHIFT == self.visit {
            self.step(Event::Spoken(SpeechId(id & u64::from(u32::MAX))));
        }
    }

    /// Not in a loud lobby.
    pub(super) fn listen_while_speaking(&self) {
        if let Some(hearing) = &self.parts.hearing {
            self.listen(hearing.barge_in && self.barge_in.is_possible());
        }
    }

    /// Nobody is listened to while staff talks before the panel. Where a technician looks at
    /// the microphone's level the ear is open, and what is said goes nowhere.
    pub(super) fn listen(&self, listening: bool) {
        if let Some(hearing) = &self.parts.hearing {
            let listening = match (self.attended.staff, self.attended.technicians) {
                (0, 0) => listening,
                (0, _) => true,
                (_, _) => false,
            };
            hearing.ear.set_listening(listening);
        }
    }
}
