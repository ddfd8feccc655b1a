//! What the ear and the recogniser tell, until it is an event of the dialogue.

use super::{Lobby, VISIT_SHIFT};
use crate::barge_in;
use crate::hearing::{
    COMMON_NAMES, Context, EarEvent, RecogniserEvent, Urgency, Utterance, prompt,
};
use crate::speculation::Told;
use kiosk_core::dialogue::{Completeness, Event, is_start_phrase};
use kiosk_core::hearing::{Rejection, is_own_voice};
use kiosk_protocol::{Private, ServerMessage};
use std::time::Instant;

/// Marks the numbers of utterances that were asked about in a pause.
const IN_A_PAUSE: u64 = 1 << 31;

/// Marks the numbers of questions about an utterance that is still being said.
const STILL_SAID: u64 = 1 << 30;

/// Patients' names that the recogniser is told to expect.
const MOST_PATIENTS_NAMED: usize = 10;

impl Lobby {
    pub(super) fn on_ear(&mut self, event: EarEvent) {
        if self.attended.by_anybody() && is_speech(&event) {
            return;
        }
        match event {
            EarEvent::Level { rms, speech } => self.tell(ServerMessage::Level { rms, speech }),
            EarEvent::Stirred if self.is_speaking() => {
                let voice = self.barge_in.stirred();
                self.tell_voice(voice);
            }
            EarEvent::Stirred => {}
            EarEvent::Settled => {
                let voice = self.barge_in.settled();
                self.tell_voice(voice);
            }
            EarEvent::SpeechStarted => self.on_speech_started(),
            EarEvent::Partial(utterance) => self.on_partial(utterance),
            EarEvent::Paused(utterance) => self.on_pause(utterance),
            EarEvent::Utterance(utterance) => self.on_utterance(utterance),
            EarEvent::Overran(samples) => {
                log::warn!(samples; "sound was lost: the box is too slow");
                self.turns.lost(samples);
            }
            EarEvent::SourceEnded => self.lose_hearing("the recording has ended"),
            EarEvent::SourceLost(why) => self.lose_hearing(&why),
            EarEvent::SourceMuted => {
                log::warn!("the microphone delivers only silence; is it muted?");
                self.deaf = true;
                self.step(Event::Capabilities(self.capabilities()));
            }
            EarEvent::SourceBack => {
                log::info!("the microphone is back");
                self.deaf = false;
                self.step(Event::Capabilities(self.capabilities()));
            }
        }
    }

    pub(super) fn on_speech_started(&mut self) {
        if self.is_speaking() {
            let voice = self.barge_in.began();
            self.tell_voice(voice);
        }
        if self.in_conversation {
            self.step(Event::SpeechStarted);
        }
    }

    pub(super) fn lose_hearing(&mut self, why: &str) {
        log::warn!(reason = why; "the microphone is gone; the kiosk is touch only");
        self.deaf = true;
        self.go_on();
        // Its threads may be in the middle of a run; they are not waited for here.
        if let Some(hearing) = self.parts.hearing.take_if(|hearing| !hearing.comes_back) {
            tokio::task::spawn_blocking(move || drop(hearing));
        }
        self.step(Event::Capabilities(self.capabilities()));
    }

    /// A recogniser that is free and fast looks at what is being said.
    pub(super) fn on_partial(&mut self, utterance: Utterance) {
        let free = self.in_conversation && self.transcribing == 0;
        if free && self.partials.are_due(Instant::now()) {
            let id = self.next_utterance() | STILL_SAID;
            self.partials.begin(id);
            self.transcribe(id, utterance);
        }
    }

    /// What was said so far is looked at by a recogniser that is free, or at something that
    /// gives way: what was said before an earlier pause, or is still being said.
    pub(super) fn on_pause(&mut self, utterance: Utterance) {
        let gives_way =
            usize::from(self.partials.is_running()) + usize::from(self.speculation.is_running());
        if self.transcribing <= gives_way {
            let id = self.next_utterance() | IN_A_PAUSE;
            self.speculation.begin(id, &utterance);
            self.transcribe(id, utterance);
        }
    }

    pub(super) fn on_utterance(&mut self, utterance: Utterance) {
        self.partials.over();
        if self.barge_in.has_paused() && !utterance.interrupts() {
            self.speculation.forget();
            self.go_on();
            return;
        }
        self.barge_in.ended(utterance.speech_frames);
        self.turns.began(&utterance);
        log::debug!(visit = self.visit, seconds = utterance.end_s - utterance.start_s, why:? = utterance.why; "utterance");
        if self.speculation.is_about(&utterance) {
            if let Some(event) = self.speculation.result() {
                self.on_result(event);
            }
            return;
        }
        let id = self.next_utterance();
        self.transcribe(id, utterance);
    }

    pub(super) fn next_utterance(&mut self) -> u64 {
        self.utterances = (self.utterances + 1) % STILL_SAID;
        self.visit << VISIT_SHIFT | self.utterances
    }

    pub(super) fn transcribe(&mut self, id: u64, utterance: Utterance) {
        let urgency = match id & (IN_A_PAUSE | STILL_SAID) {
            0 => Urgency::Final,
            IN_A_PAUSE => Urgency::Speculative,
            _ => Urgency::Partial,
        };
        let Some(hearing) = &self.parts.hearing else {
            return;
        };
        let context = self.context();
        if hearing.transcribe(id, urgency, utterance, context).is_ok() {
            self.transcribing += 1;
        } else {
            log::warn!(visit = self.visit; "an utterance was dropped: the recogniser is busy");
            self.speculation.forget();
            if id & (IN_A_PAUSE | STILL_SAID) == 0 {
                self.go_on();
            }
        }
    }

    /// What the recogniser should expect to hear: whose name may be said, or else who works
    /// here and for what. Nobody's name is made a patient's that the kiosk knows: who they
    /// are is for two facts to tell.
    pub(super) fn context(&self) -> Context {
        if let Some(mut known) = self.dialogue.names_asked_for() {
            // Many that share a birth date would crowd out everybody else.
            known.truncate(MOST_PATIENTS_NAMED);
            known.extend(COMMON_NAMES.map(str::to_owned));
            return Context {
                prompt: prompt(&known),
                names: Vec::new(),
            };
        }
        let roster = &self.parts.setting.borrow().roster;
        let practitioners = roster.practitioners.iter().map(|it| it.name.clone());
        let names: Vec<String> = practitioners
            .chain(roster.specialties.iter().map(|it| it.name.clone()))
            .collect();
        Context {
            prompt: prompt(&names),
            names,
        }
    }

    pub(super) fn on_recogniser(&mut self, event: RecogniserEvent) {
        self.transcribing = self.transcribing.saturating_sub(1);
        if let RecogniserEvent::Heard { seconds, .. } = &event {
            self.partials.measured(*seconds);
        }
        if event.id() & STILL_SAID != 0 {
            if let Some(shown) = self.partials.told(&event, Instant::now()) {
                self.show_partial(shown);
            }
            return;
        }
        if event.id() & IN_A_PAUSE == 0 {
            return self.on_result(event);
        }
        let completeness = self.completeness(&event);
        let said = best(&event);
        match self.speculation.told(event) {
            Some(Told::Take(event)) => self.on_result(event),
            Some(Told::Keep { end_s }) => self.on_heard_in_pause(end_s, completeness, said),
            None => {}
        }
    }

    /// What was said so far is known, and the pause lasts or is over already.
    fn on_heard_in_pause(&mut self, end_s: f64, completeness: Completeness, said: Option<Private>) {
        if let Some(hearing) = &self.parts.hearing {
            match completeness {
                Completeness::Complete => hearing.ear.answered(end_s),
                Completeness::Enough => hearing.ear.enough(end_s),
                Completeness::Unfinished => hearing.ear.unfinished(end_s),
                Completeness::Open => {}
            }
        }
        let shown = said.and_then(|said| self.partials.heard_in_pause(&said));
        if let Some(shown) = shown.filter(|_| self.in_conversation) {
            self.show_partial(shown);
        }
    }

    fn show_partial(&mut self, shown: Private) {
        self.tell(ServerMessage::Transcript {
            is_final: false,
            text: shown.clone(),
        });
        self.step(Event::Partial(shown));
    }

    pub(super) fn completeness(&self, event: &RecogniserEvent) -> Completeness {
        match event {
            RecogniserEvent::Heard { hypotheses, .. } => {
                self.dialogue.completeness(self.now(), hypotheses)
            }
            RecogniserEvent::NotHeard { .. }
            | RecogniserEvent::Failed { .. }
            | RecogniserEvent::GaveWay { .. } => Completeness::Open,
        }
    }

    /// What came of an utterance that is over.
    pub(super) fn on_result(&mut self, event: RecogniserEvent) {
        match event {
            RecogniserEvent::Heard {
                id,
                hypotheses,
                confidence,
                seconds,
            } => {
                log::info!(visit = self.visit, seconds, confidence; "utterance understood as words");
                if id >> VISIT_SHIFT == self.visit {
                    self.on_words(hypotheses);
                }
            }
            RecogniserEvent::NotHeard { id, why, seconds } => {
                log::info!(visit = self.visit, seconds, reason = why.as_str(); "utterance rejected");
                self.parts.tally.0.rejection(why);
                let goes_on = self.go_on();
                let is_theirs = id >> VISIT_SHIFT == self.visit && self.in_conversation;
                if !goes_on && is_theirs && was_speech(why) {
                    self.step(Event::NotHeard);
                } else {
                    self.turns.forget();
                }
            }
            // Only what is still being said gives way: it is no result.
            RecogniserEvent::GaveWay { .. } => {}
            RecogniserEvent::Failed { why, .. } => {
                log::error!(visit = self.visit, reason = why.as_str(); "the recogniser failed");
                if self.go_on() {
                    return;
                }
                if self.in_conversation {
                    self.step(Event::NotHeard);
                }
            }
        }
    }

    pub(super) fn on_words(&mut self, hypotheses: Vec<Private>) {
        if self.attended.by_anybody() {
            return;
        }
        if self.is_own_voice(&hypotheses) {
            log::warn!(visit = self.visit; "the kiosk heard itself; the echo is not cancelled");
            self.turns.forget();
            self.go_on();
            return;
        }
        if !self.in_conversation {
            // Idle speech that is no start phrase is dropped, unshown.
            if !hypotheses
                .first()
                .is_some_and(|text| is_start_phrase(text.expose()))
            {
                log::debug!("idle speech dropped");
                self.turns.forget();
                self.go_on();
                return;
            }
            self.begin_quietly();
        }
        if let Some(best) = hypotheses.first() {
            self.tell(ServerMessage::Transcript {
                is_final: true,
                text: best.clone(),
            });
        }
        if self.barge_in.has_paused() {
            log::info!(visit = self.visit; "the kiosk was interrupted");
        }
        self.step(Event::Heard(hypotheses));
        if self.barge_in.has_paused() {
            // The answer to what was said has not silenced it: it goes on.
            self.barge_in.over();
            self.tell_voice(barge_in::Voice::Resume);
        }
    }

    pub(super) fn is_own_voice(&self, hypotheses: &[Private]) -> bool {
        let said: Vec<&str> = self.unspoken.values().map(Private::expose).collect();
        let heard = hypotheses.first().map_or("", Private::expose);
        self.barge_in.may_be_own_voice() && is_own_voice(heard, &said.join(" "))
    }
}

fn best(event: &RecogniserEvent) -> Option<Private> {
    match event {
        RecogniserEvent::Heard { hypotheses, .. } => hypotheses.first().cloned(),
        RecogniserEvent::NotHeard { .. }
        | RecogniserEvent::Failed { .. }
        | RecogniserEvent::GaveWay { .. } => None,
    }
}

/// Somebody speaks, or has spoken.
const fn is_speech(event: &EarEvent) -> bool {
    match event {
        EarEvent::Stirred
        | EarEvent::Settled
        | EarEvent::SpeechStarted
        | EarEvent::Partial(_)
        | EarEvent::Paused(_)
        | EarEvent::Utterance(_) => true,
        EarEvent::Level { .. }
        | EarEvent::Overran(_)
        | EarEvent::SourceEnded
        | EarEvent::SourceLost(_)
        | EarEvent::SourceMuted
        | EarEvent::SourceBack => false,
    }
}

/// Whether somebody spoke who should be told that they were not understood. A cough, a
/// door or the lobby's murmur gets no answer.
fn was_speech(why: Rejection) -> bool {
    match why {
        Rejection::Unlikely | Rejection::Repetitive | Rejection::TooManyWords => true,
        Rejection::NoWords | Rejection::TooShort | Rejection::NoSpeech => false,
    }
}
