//! The lobby task: the kiosk's own place for one conversation at a time, with the
//! box's microphone, speaker and panel.
//!
//! It owns the dialogue, tells it what happens and carries out what it wants. It
//! decides nothing about the conversation itself and never waits for a worker: every
//! answer comes back as an event. What wakes it is `Wake`.

use crate::barge_in::{self, BargeIn};
use crate::hearing::{
    COMMON_NAMES, Context, EarEvent, RecogniserEvent, Urgency, Utterance, prompt,
};
use crate::panel::{Attended, PanelLink};
use crate::partials::Partials;
use crate::printer::PrinterHandle;
use crate::sound::{Hearing, Speaking};
use crate::speculation::{Speculation, Told};
use crate::speech::VoiceEvent;
use crate::store::{StoreError, StoreHandle};
use crate::turns::{Figures, Turns};
use jiff::Timestamp;
use kiosk_core::clinic::{AlertId, AppointmentId, BookingOutcome, SlotId};
use kiosk_core::dialogue::{
    Alert, Completeness, Dialogue, Effect, Event, QuestionId, Setting, Slip, SpeechId,
    is_start_phrase,
};
use kiosk_core::hearing::{Rejection, is_own_voice};
use kiosk_core::wording::verbatim;
use kiosk_protocol::{
    Capabilities, ClientMessage, Outcome, Paper, Private, ServerMessage, TechnicianRequest,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// The longest the task sleeps, so that the app loop can tell a quiet lobby from a
/// stuck one.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// Numbers of one visit lie below this bit, the visit's own above it.
const VISIT_SHIFT: u32 = 32;

/// Marks the numbers of utterances that were asked about in a pause.
const IN_A_PAUSE: u64 = 1 << 31;

/// Marks the numbers of questions about an utterance that is still being said.
const STILL_SAID: u64 = 1 << 30;

/// No visit says so much.
const SPEAKER_TEST: SpeechId = SpeechId((1 << VISIT_SHIFT) - 1);

/// Patients' names that the recogniser is told to expect.
const MOST_PATIENTS_NAMED: usize = 10;

/// What the lobby works with; a missing part makes a touch-only or a silent kiosk.
pub struct Parts {
    /// Sound in.
    pub hearing: Option<Hearing>,
    /// Sound out.
    pub speaking: Option<Speaking>,
    /// Tickets on paper.
    pub printer: Option<PrinterHandle>,
    /// Bookings.
    pub store: StoreHandle,
    /// Screens.
    pub panel: PanelLink,
    /// What panels send.
    pub commands: mpsc::Receiver<ClientMessage>,
    /// Whether a headset is plugged in.
    pub headset: watch::Receiver<bool>,
    /// The clinic; a new roster arrives here.
    pub setting: watch::Receiver<Arc<Setting>>,
    /// The call for staff that was answered last.
    pub answered: watch::Receiver<Option<AlertId>>,
    /// Who stands before the panel in patients' stead.
    pub attended: watch::Receiver<Attended>,
    /// When the task last came round.
    pub heartbeat: watch::Sender<Instant>,
    /// How long patients wait.
    pub figures: watch::Sender<Figures>,
}

/// Why the task woke up.
enum Wake {
    Stop,
    Panel(ClientMessage),
    Ear(EarEvent),
    Recogniser(RecogniserEvent),
    Voice(VoiceEvent),
    /// The store's answer, with the visit that asked.
    Answer(u64, Event),
    NewSetting,
    /// It was plugged in, or pulled out.
    Headset,
    /// Somebody has answered a call for staff.
    StaffAnswered,
    /// Staff has come to the panel, or gone.
    Attended,
    Timer,
}

/// One place for conversations.
pub struct Lobby {
    parts: Parts,
    dialogue: Dialogue,
    /// Number of the visit; answers to an earlier one are dropped.
    visit: u64,
    in_conversation: bool,
    answers: JoinSet<(u64, Event)>,
    view_seq: u64,
    utterances: u64,
    /// The appointment that this visit asked for.
    asked_for: Option<AppointmentId>,
    /// The appointment for which this visit keeps a slot.
    held: Option<AppointmentId>,
    /// The calls for staff of this visit.
    alerts: Vec<AlertId>,
    /// What was handed to the voice and is not yet over.
    unspoken: BTreeMap<u64, Private>,
    barge_in: BargeIn,
    turns: Turns,
    /// Questions that the recogniser has not answered.
    transcribing: usize,
    speculation: Speculation,
    partials: Partials,
    /// The microphone is gone for the moment.
    deaf: bool,
    /// The speaker is gone for the moment.
    mute: bool,
    /// Staff is at the panel: there is no conversation.
    attended: Attended,
}

impl Lobby {
    /// An idle lobby.
    pub fn new(parts: Parts) -> Self {
        let dialogue = new_dialogue(&parts, capabilities(&parts));
        let always = parts.hearing.as_ref().is_some_and(|it| it.partials);
        Self {
            partials: Partials::new(always),
            turns: Turns::new(parts.figures.clone()),
            parts,
            dialogue,
            visit: 0,
            in_conversation: false,
            answers: JoinSet::new(),
            view_seq: 0,
            utterances: 0,
            asked_for: None,
            held: None,
            alerts: Vec::new(),
            unspoken: BTreeMap::new(),
            barge_in: BargeIn::default(),
            transcribing: 0,
            speculation: Speculation::default(),
            deaf: false,
            mute: false,
            attended: Attended::default(),
        }
    }

    /// Serves patients until `stop`; gives back its parts, so that whoever made them
    /// ends them.
    pub async fn run(mut self, stop: CancellationToken) -> Parts {
        self.show();
        self.prepare_prompts();
        loop {
            let wake = self.wait(&stop).await;
            self.parts.heartbeat.send_replace(Instant::now());
            match wake {
                Wake::Stop => return self.parts,
                Wake::Panel(message) => self.on_panel(message),
                Wake::Ear(event) => self.on_ear(event),
                Wake::Recogniser(event) => self.on_recogniser(event),
                Wake::Voice(event) => self.on_voice(event),
                Wake::Answer(visit, event) if visit == self.visit => self.step(event),
                Wake::Answer(..) => log::debug!("a late answer was dropped"),
                Wake::NewSetting => self.on_new_setting(),
                Wake::Headset => self.on_headset(),
                Wake::StaffAnswered => self.on_staff_answered(),
                Wake::Attended => self.on_attended(),
                Wake::Timer => self.on_timer(),
            }
        }
    }

    async fn wait(&mut self, stop: &CancellationToken) -> Wake {
        let sleep = self.until_wake();
        let (hearing, speaking) = (self.parts.hearing.as_mut(), self.parts.speaking.as_mut());
        let sound = async {
            match hearing {
                Some(hearing) => hearing.next().await,
                None => std::future::pending().await,
            }
        };
        let voice = async {
            match speaking {
                Some(speaking) => speaking.events.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = stop.cancelled() => Wake::Stop,
            Some(message) = self.parts.commands.recv() => Wake::Panel(message),
            Some(event) = voice => Wake::Voice(event),
            Some(Ok((visit, event))) = self.answers.join_next() => Wake::Answer(visit, event),
            Some(heard) = sound => match heard {
                crate::sound::Heard::Ear(event) => Wake::Ear(event),
                crate::sound::Heard::Recogniser(event) => Wake::Recogniser(event),
            },
            Ok(()) = self.parts.setting.changed() => Wake::NewSetting,
            Ok(()) = self.parts.headset.changed() => Wake::Headset,
            Ok(()) = self.parts.answered.changed() => Wake::StaffAnswered,
            Ok(()) = self.parts.attended.changed() => Wake::Attended,
            () = tokio::time::sleep(sleep) => Wake::Timer,
        }
    }

    fn until_wake(&self) -> Duration {
        let Some(at) = self.dialogue.wake_at() else {
            return HEARTBEAT;
        };
        Duration::try_from(at.duration_since(Timestamp::now()))
            .unwrap_or(Duration::ZERO)
            .min(HEARTBEAT)
    }

    fn on_timer(&mut self) {
        if self
            .dialogue
            .wake_at()
            .is_some_and(|at| at <= Timestamp::now())
        {
            self.turns.forget();
            self.step(Event::Tick);
        }
    }

    fn on_new_setting(&mut self) {
        // A patient in the middle of something keeps the roster they were told.
        if !self.in_conversation {
            self.dialogue = new_dialogue(&self.parts, self.capabilities());
            self.show();
        }
        self.prepare_prompts();
    }

    /// What every patient is told is rendered while there is nothing to say.
    fn prepare_prompts(&self) {
        if let Some(speaking) = &self.parts.speaking {
            let setting = self.parts.setting.borrow();
            for prompt in setting.wording.prompts(&setting.clinic_name) {
                speaking.voice.prepare(prompt.expose());
            }
        }
    }

    /// Who plugs a headset in wants to be spoken to, as by a touch.
    fn on_headset(&mut self) {
        let is_plugged = *self.parts.headset.borrow_and_update();
        log::info!(visit = self.visit, is_plugged; "headset");
        self.step(Event::Headset(is_plugged));
        if is_plugged {
            self.begin_if_idle();
        }
    }

    fn on_staff_answered(&mut self) {
        let answered = self.parts.answered.borrow().clone();
        if answered.is_some_and(|id| self.alerts.contains(&id)) {
            self.step(Event::StaffAnswered);
        }
    }

    /// Who was being served is not any more: their place is staff's.
    fn on_attended(&mut self) {
        self.attended = *self.parts.attended.borrow_and_update();
        if self.attended.by_anybody() && self.in_conversation {
            self.step(Event::End);
            self.stop_speaking();
        }
        self.listen(true);
    }

    fn on_panel(&mut self, message: ClientMessage) {
        self.turns.forget();
        if self.attended.by_anybody() {
            if matches!(
                message,
                ClientMessage::Technician(TechnicianRequest::TestSpeaker)
            ) {
                self.test_speaker();
            }
            return;
        }
        match message {
            ClientMessage::Start => self.begin_if_idle(),
            ClientMessage::Begin { action, value } => {
                if !self.in_conversation {
                    self.begin_quietly();
                    self.step(Event::Touch(action, value));
                }
            }
            ClientMessage::Say { text } => {
                self.begin_if_idle();
                self.tell(ServerMessage::Transcript {
                    is_final: true,
                    text: text.clone(),
                });
                self.step(Event::Heard(vec![text]));
            }
            // A late touch of a patient who is gone is not the next one's.
            ClientMessage::Touch { action, value } => {
                if self.in_conversation {
                    self.step(Event::Touch(action, value));
                } else {
                    self.begin_if_idle();
                }
            }
            ClientMessage::Focus { label } => {
                if self.in_conversation {
                    self.step(Event::Focused(label));
                } else {
                    self.begin_if_idle();
                }
            }
            ClientMessage::StopSpeaking => self.stop_speaking(),
            ClientMessage::End => self.step(Event::End),
            // The panel's socket has answered it.
            ClientMessage::Hello { .. }
            | ClientMessage::Unlock { .. }
            | ClientMessage::Staff(_)
            | ClientMessage::Technician(_)
            | ClientMessage::Lock => {}
        }
    }

    /// What every patient hears first.
    fn test_speaker(&mut self) {
        let setting = Arc::clone(&self.parts.setting.borrow());
        let clinic = verbatim(&setting.clinic_name);
        let greeting = setting.wording.say("greeting", &[("clinic", &clinic)]);
        self.say(SPEAKER_TEST, greeting.spoken, true);
    }

    fn begin_if_idle(&mut self) {
        if !self.in_conversation {
            self.step(Event::Start);
        }
    }

    fn on_ear(&mut self, event: EarEvent) {
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

    fn on_speech_started(&mut self) {
        if self.is_speaking() {
            let voice = self.barge_in.began();
            self.tell_voice(voice);
        }
        if self.in_conversation {
            self.step(Event::SpeechStarted);
        }
    }

    fn is_speaking(&self) -> bool {
        !self.unspoken.is_empty()
    }

    fn tell_voice(&self, voice: barge_in::Voice) {
        if let Some(speaking) = &self.parts.speaking {
            match voice {
                barge_in::Voice::Pause => speaking.voice.pause(),
                barge_in::Voice::Resume => speaking.voice.resume(),
                barge_in::Voice::Leave => {}
            }
        }
    }

    /// What interrupted the kiosk was nothing. `true`: it was speaking, and goes on.
    fn go_on(&mut self) -> bool {
        let voice = self.barge_in.was_nothing();
        self.tell_voice(voice);
        voice == barge_in::Voice::Resume
    }

    fn lose_hearing(&mut self, why: &str) {
        log::warn!(reason = why; "the microphone is gone; the kiosk is touch only");
        self.deaf = true;
        self.go_on();
        // Its threads may be in the middle of a run; they are not waited for here.
        if let Some(hearing) = self.parts.hearing.take_if(|hearing| !hearing.comes_back) {
            tokio::task::spawn_blocking(move || drop(hearing));
        }
        self.step(Event::Capabilities(self.capabilities()));
    }

    fn capabilities(&self) -> Capabilities {
        let all = capabilities(&self.parts);
        Capabilities {
            speech_in: all.speech_in && !self.deaf,
            speech_out: all.speech_out && !self.mute,
            ..all
        }
    }

    /// A recogniser that is free and fast looks at what is being said.
    fn on_partial(&mut self, utterance: Utterance) {
        let free = self.in_conversation && self.transcribing == 0;
        if free && self.partials.are_due(Instant::now()) {
            let id = self.next_utterance() | STILL_SAID;
            self.partials.begin(id);
            self.transcribe(id, utterance);
        }
    }

    /// What was said so far is looked at by a recogniser that is free, or at something that
    /// gives way: what was said before an earlier pause, or is still being said.
    fn on_pause(&mut self, utterance: Utterance) {
        let gives_way =
            usize::from(self.partials.is_running()) + usize::from(self.speculation.is_running());
        if self.transcribing <= gives_way {
            let id = self.next_utterance() | IN_A_PAUSE;
            self.speculation.begin(id, &utterance);
            self.transcribe(id, utterance);
        }
    }

    fn on_utterance(&mut self, utterance: Utterance) {
        self.partials.over();
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

    fn next_utterance(&mut self) -> u64 {
        self.utterances = (self.utterances + 1) % STILL_SAID;
        self.visit << VISIT_SHIFT | self.utterances
    }

    fn transcribe(&mut self, id: u64, utterance: Utterance) {
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
    fn context(&self) -> Context {
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

    fn on_recogniser(&mut self, event: RecogniserEvent) {
        self.transcribing = self.transcribing.saturating_sub(1);
        if let RecogniserEvent::Heard { seconds, .. } = &event {
            self.partials.measured(*seconds);
        }
        if event.id() & STILL_SAID != 0 {
            if let Some(shown) = self.partials.told(&event, Instant::now()) {
                self.tell(ServerMessage::Transcript {
                    is_final: false,
                    text: shown.clone(),
                });
                self.step(Event::Partial(shown));
            }
            return;
        }
        if event.id() & IN_A_PAUSE == 0 {
            return self.on_result(event);
        }
        let completeness = self.completeness(&event);
        match (self.speculation.told(event), &self.parts.hearing) {
            (Some(Told::Take(event)), _) => self.on_result(event),
            (Some(Told::Keep { end_s }), Some(hearing)) => match completeness {
                Completeness::Complete => hearing.ear.answered(end_s),
                Completeness::Enough => hearing.ear.enough(end_s),
                Completeness::Unfinished => hearing.ear.unfinished(end_s),
                Completeness::Open => {}
            },
            (Some(Told::Keep { .. }), None) | (None, _) => {}
        }
    }

    fn completeness(&self, event: &RecogniserEvent) -> Completeness {
        match event {
            RecogniserEvent::Heard { hypotheses, .. } => {
                self.dialogue.completeness(Timestamp::now(), hypotheses)
            }
            RecogniserEvent::NotHeard { .. }
            | RecogniserEvent::Failed { .. }
            | RecogniserEvent::GaveWay { .. } => Completeness::Open,
        }
    }

    /// What came of an utterance that is over.
    fn on_result(&mut self, event: RecogniserEvent) {
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

    fn on_words(&mut self, hypotheses: Vec<Private>) {
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

    fn is_own_voice(&self, hypotheses: &[Private]) -> bool {
        let said: Vec<&str> = self.unspoken.values().map(Private::expose).collect();
        let heard = hypotheses.first().map_or("", Private::expose);
        is_own_voice(heard, &said.join(" "))
    }

    /// Who began by saying or touching what they want is answered, not greeted.
    fn begin_quietly(&mut self) {
        self.begin();
        let effects = self.dialogue.step(Timestamp::now(), Event::Start);
        for effect in effects {
            match effect {
                Effect::Say { id, .. } => {
                    let _ = self.dialogue.step(Timestamp::now(), Event::Spoken(id));
                }
                Effect::StopSpeaking
                | Effect::Expect(_)
                | Effect::FindSlots(..)
                | Effect::Hold(..)
                | Effect::Book(..)
                | Effect::FindPatients(..)
                | Effect::JoinQueue(..)
                | Effect::Manner(_)
                | Effect::Cancel(..)
                | Effect::Move(..)
                | Effect::CheckIn(..)
                | Effect::CallStaff(_)
                | Effect::Print(..)
                | Effect::End(_) => self.carry_out(effect),
            }
        }
    }

    fn on_voice(&mut self, event: VoiceEvent) {
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

    fn begin(&mut self) {
        self.in_conversation = true;
        self.visit += 1;
        log::info!(visit = self.visit; "conversation began");
    }

    fn step(&mut self, event: Event) {
        if !self.in_conversation && event == Event::Start {
            self.begin();
        }
        for effect in self.dialogue.step(Timestamp::now(), event) {
            self.carry_out(effect);
        }
        self.show();
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Say { id, text, fixed } => self.say(id, text, fixed),
            Effect::StopSpeaking => self.stop_speaking(),
            Effect::Expect(expecting) => {
                if let Some(hearing) = &self.parts.hearing {
                    hearing.ear.expect(expecting);
                }
            }
            Effect::FindSlots(question, query) => {
                let (store, held) = (self.parts.store.clone(), self.held.take());
                self.ask(question, async move {
                    if let Some(id) = held {
                        store.release(id).await?;
                    }
                    let free = store.free_slots(query, Timestamp::now()).await?;
                    Ok(Event::Slots(question, free))
                });
            }
            Effect::Hold(appointment, slot) => self.hold(appointment, slot),
            Effect::Book(question, booking) => {
                let store = self.parts.store.clone();
                self.asked_for = Some(booking.id.clone());
                log::info!(visit = self.visit, appointment = booking.id.0.as_str(); "booking");
                self.ask(question, async move {
                    let id = booking.id.clone();
                    let outcome = store.book(booking, Timestamp::now()).await?;
                    if !matches!(outcome, BookingOutcome::Booked { .. }) {
                        // Another try has another id, and would find the slot kept.
                        store.release(id).await?;
                    }
                    Ok(Event::Booked(question, outcome))
                });
            }
            Effect::FindPatients(question, clues) => {
                let store = self.parts.store.clone();
                self.ask(question, async move {
                    Ok(Event::Patients(
                        question,
                        store.patients(clues, Timestamp::now()).await?,
                    ))
                });
            }
            Effect::JoinQueue(question, walk_in) => {
                let store = self.parts.store.clone();
                log::info!(visit = self.visit; "joining the queue");
                self.ask(question, async move {
                    Ok(Event::Settled(
                        question,
                        store.join_queue(walk_in, Timestamp::now()).await?,
                    ))
                });
            }
            Effect::Cancel(question, id) => {
                let store = self.parts.store.clone();
                log::info!(visit = self.visit, appointment = id.0.as_str(); "cancelling");
                self.ask(question, async move {
                    Ok(Event::Settled(
                        question,
                        store.cancel(id, Timestamp::now()).await?,
                    ))
                });
            }
            Effect::Move(question, id, slot) => {
                let store = self.parts.store.clone();
                self.asked_for = Some(id.clone());
                log::info!(visit = self.visit, appointment = id.0.as_str(); "moving");
                self.ask(question, async move {
                    Ok(Event::Booked(
                        question,
                        store.reschedule(id, slot, Timestamp::now()).await?,
                    ))
                });
            }
            Effect::CheckIn(question, id) => {
                let store = self.parts.store.clone();
                log::info!(visit = self.visit, appointment = id.0.as_str(); "checking in");
                self.ask(question, async move {
                    Ok(Event::Settled(
                        question,
                        store.check_in(id, Timestamp::now()).await?,
                    ))
                });
            }
            Effect::CallStaff(alert) => self.call_staff(alert),
            Effect::Print(question, slip) => self.print(question, slip),
            Effect::Manner(manner) => {
                if let Some(speaking) = &mut self.parts.speaking {
                    speaking.voice.set_manner(manner);
                }
            }
            Effect::End(outcome) => self.end(outcome),
        }
    }

    /// Whoever gets it first has it: that it could not be kept is told when it is booked.
    fn hold(&mut self, appointment: AppointmentId, slot: SlotId) {
        self.held = Some(appointment.clone());
        let (store, visit) = (self.parts.store.clone(), self.visit);
        tokio::spawn(async move {
            if let Err(error) = store.hold(slot, appointment, Timestamp::now()).await {
                log::error!(visit, error:%; "a slot could not be kept");
            }
        });
    }

    /// What this visit kept and did not book is free again.
    fn release(&mut self) {
        let Some(appointment) = self.held.take() else {
            return;
        };
        let (store, visit) = (self.parts.store.clone(), self.visit);
        tokio::spawn(async move {
            if let Err(error) = store.release(appointment).await {
                log::error!(visit, error:%; "a slot could not be given back");
            }
        });
    }

    /// The call outlives the visit: staff answers it when they come.
    fn call_staff(&mut self, alert: Alert) {
        let id = AlertId(uuid::Uuid::now_v7().to_string());
        log::warn!(visit = self.visit, alert = id.0.as_str(), kind:? = alert; "staff is called");
        self.alerts.push(id.clone());
        let store = self.parts.store.clone();
        tokio::spawn(async move {
            if let Err(error) = store.raise_alert(id, alert, Timestamp::now()).await {
                log::error!(error:%; "a call for staff could not be noted");
            }
        });
    }

    /// Without a printer there is nothing to tell.
    fn print(&mut self, question: QuestionId, slip: Slip) {
        let Some(printer) = self.parts.printer.clone() else {
            return;
        };
        self.step(Event::Paper(question, Paper::Printing));
        self.ask(question, async move {
            let paper = if printer.print(slip).await {
                Paper::Printed
            } else {
                Paper::Failed
            };
            Ok(Event::Paper(question, paper))
        });
    }

    /// Asks the store; a failure is logged here, once, and told to the dialogue.
    fn ask(
        &mut self,
        question: QuestionId,
        answer: impl Future<Output = Result<Event, StoreError>> + Send + 'static,
    ) {
        let visit = self.visit;
        self.answers.spawn(async move {
            let event = answer.await.unwrap_or_else(|error| {
                log::error!(visit, question = question.0, error:%; "the store failed");
                Event::Failed(question)
            });
            (visit, event)
        });
    }

    fn say(&mut self, id: SpeechId, text: Private, fixed: bool) {
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

    fn stop_speaking(&mut self) {
        self.barge_in.over();
        if let Some(speaking) = &self.parts.speaking {
            speaking.voice.stop();
        }
    }

    fn spoken(&mut self, id: u64) {
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
    fn listen_while_speaking(&self) {
        if let Some(hearing) = &self.parts.hearing {
            self.listen(hearing.barge_in && self.barge_in.is_possible());
        }
    }

    /// Nobody is listened to while staff talks before the panel. Where a technician looks at
    /// the microphone's level the ear is open, and what is said goes nowhere.
    fn listen(&self, listening: bool) {
        if let Some(hearing) = &self.parts.hearing {
            let listening = match (self.attended.staff, self.attended.technicians) {
                (0, 0) => listening,
                (0, _) => true,
                (_, _) => false,
            };
            hearing.ear.set_listening(listening);
        }
    }

    fn end(&mut self, outcome: Outcome) {
        log::info!(visit = self.visit, outcome:?; "conversation ended");
        let appointment = self
            .asked_for
            .take()
            .filter(|_| outcome == Outcome::Booked)
            .map(|id| id.0);
        self.in_conversation = false;
        self.release();
        self.visit += 1;
        self.turns.forget();
        if self.barge_in.has_paused() {
            // The goodbye.
            self.tell_voice(barge_in::Voice::Resume);
        }
        self.barge_in = BargeIn::default();
        self.alerts.clear();
        self.speculation.forget();
        self.partials.over();
        self.dialogue = new_dialogue(&self.parts, self.capabilities());
        // The wiped screen first, so that nobody sees the end of one visit with the view of it.
        self.show();
        self.tell(ServerMessage::Ended {
            outcome,
            appointment,
        });
    }

    fn show(&mut self) {
        let mut view = self.dialogue.view(Timestamp::now());
        self.view_seq += 1;
        view.seq = self.view_seq;
        self.parts.panel.views.send_replace(view);
    }

    /// Nobody listening is no error: there may be no panel.
    fn tell(&self, message: ServerMessage) {
        let _ = self.parts.panel.events.send(message);
    }
}

fn new_dialogue(parts: &Parts, capabilities: Capabilities) -> Dialogue {
    let setting = Arc::clone(&parts.setting.borrow());
    let new_id = || AppointmentId(uuid::Uuid::now_v7().to_string());
    let mut dialogue = Dialogue::new(setting, capabilities, Box::new(new_id));
    let headset = Event::Headset(*parts.headset.borrow());
    let effects = dialogue.step(Timestamp::now(), headset);
    debug_assert!(effects.is_empty(), "nobody is there yet");
    dialogue
}

fn capabilities(parts: &Parts) -> Capabilities {
    Capabilities {
        speech_in: parts.hearing.is_some(),
        speech_out: parts.speaking.is_some(),
        booking: !parts.setting.borrow().roster.practitioners.is_empty(),
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
