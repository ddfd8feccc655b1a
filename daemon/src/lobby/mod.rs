//! The lobby task: the kiosk's own place for one conversation at a time, with the
//! box's microphone, speaker and panel.
//!
//! It owns the dialogue, tells it what happens and carries out what it wants. It
//! decides nothing about the conversation itself and never waits for a worker: every
//! answer comes back as an event. What wakes it is `Wake`.

mod clock;
mod effects;
mod heard;
mod said;

use crate::barge_in::{self, BargeIn};
use crate::hearing::{EarEvent, RecogniserEvent};
use crate::panel::{Attended, PanelLink};
use crate::partials::Partials;
use crate::printer::PrinterHandle;
use crate::sound::{Hearing, Speaking};
use crate::speculation::Speculation;
use crate::speech::VoiceEvent;
use crate::store::{Room, StoreHandle};
use crate::tally::{Channel, Tally};
use crate::turns::{Figures, Turns};
use clock::VisitClock;
use jiff::Timestamp;
use kiosk_core::clinic::{AlertId, AppointmentId};
use kiosk_core::dialogue::{Dialogue, Effect, Event, Setting};
use kiosk_protocol::{
    Capabilities, ClientMessage, Outcome, Private, ServerMessage, TechnicianRequest,
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
    /// Where it is counted what became of it all, and as whose.
    pub tally: (Tally, Channel),
    /// How it stands with the disk.
    pub room: watch::Receiver<Room>,
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
    /// The disk can be written again, or not any more.
    Room,
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
    /// What a visit goes by, while there is one.
    clock: Option<VisitClock>,
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
            clock: None,
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
                Wake::Room => self.on_room(),
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
            // What the conversation is built on before what patients do: whoever touches in
            // the instant in which the roster arrives would be told that there is none.
            biased;
            () = stop.cancelled() => Wake::Stop,
            Ok(()) = self.parts.setting.changed() => Wake::NewSetting,
            Ok(()) = self.parts.room.changed() => Wake::Room,
            Ok(()) = self.parts.headset.changed() => Wake::Headset,
            Ok(()) = self.parts.answered.changed() => Wake::StaffAnswered,
            Ok(()) = self.parts.attended.changed() => Wake::Attended,
            Some(Ok((visit, event))) = self.answers.join_next() => Wake::Answer(visit, event),
            Some(message) = self.parts.commands.recv() => Wake::Panel(message),
            Some(event) = voice => Wake::Voice(event),
            () = tokio::time::sleep(sleep) => Wake::Timer,
            Some(heard) = sound => match heard {
                crate::sound::Heard::Ear(event) => Wake::Ear(event),
                crate::sound::Heard::Recogniser(event) => Wake::Recogniser(event),
            },
        }
    }

    fn until_wake(&self) -> Duration {
        let Some(at) = self.dialogue.wake_at() else {
            return HEARTBEAT;
        };
        Duration::try_from(at.duration_since(self.now()))
            .unwrap_or(Duration::ZERO)
            .min(HEARTBEAT)
    }

    fn on_timer(&mut self) {
        if self.dialogue.wake_at().is_some_and(|at| at <= self.now()) {
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

    /// Whoever is here finds out at the end; whoever comes next is told at once.
    fn on_room(&mut self) {
        if !self.in_conversation {
            self.dialogue = new_dialogue(&self.parts, self.capabilities());
            self.show();
        }
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
            // Nobody is there who could be told of it.
            ClientMessage::Focus { label } => {
                if self.in_conversation {
                    self.step(Event::Focused(label));
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

    fn begin_if_idle(&mut self) {
        if !self.in_conversation {
            self.step(Event::Start);
        }
    }

    fn capabilities(&self) -> Capabilities {
        let all = capabilities(&self.parts);
        Capabilities {
            speech_in: all.speech_in && !self.deaf,
            speech_out: all.speech_out && !self.mute,
            ..all
        }
    }

    /// Who began by saying or touching what they want is answered, not greeted.
    fn begin_quietly(&mut self) {
        self.begin();
        let effects = self.dialogue.step(self.now(), Event::Start);
        for effect in effects {
            match effect {
                Effect::Say { id, .. } => {
                    let _ = self.dialogue.step(self.now(), Event::Spoken(id));
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

    /// The time that the dialogue is told.
    fn now(&self) -> Timestamp {
        self.clock
            .map_or_else(Timestamp::now, |clock| clock.at(Instant::now()))
    }

    fn begin(&mut self) {
        self.in_conversation = true;
        self.clock = Some(VisitClock::start(Timestamp::now(), Instant::now()));
        self.visit += 1;
        log::info!(visit = self.visit; "conversation began");
    }

    fn step(&mut self, event: Event) {
        if !self.in_conversation && event == Event::Start {
            self.begin();
        }
        for effect in self.dialogue.step(self.now(), event) {
            self.carry_out(effect);
        }
        self.show();
    }

    fn end(&mut self, outcome: Outcome) {
        log::info!(visit = self.visit, outcome:?; "conversation ended");
        let (tally, channel) = &self.parts.tally;
        tally.conversation(outcome, *channel);
        let appointment = self
            .asked_for
            .take()
            .filter(|_| outcome == Outcome::Booked)
            .map(|id| id.0);
        self.in_conversation = false;
        self.clock = None;
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
        let mut view = self.dialogue.view(self.now());
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
    let has_roster = !parts.setting.borrow().roster.practitioners.is_empty();
    Capabilities {
        speech_in: parts.hearing.is_some(),
        speech_out: parts.speaking.is_some(),
        booking: has_roster && parts.room.borrow().takes_bookings(),
    }
}
