//! The conversation: takes the time and an event, changes itself, returns
//! effects. It calls nothing; what the screen shows is computed from it.

mod alert;
mod aloud;
mod answers;
mod booking;
mod calendar;
mod choosing;
mod complete;
mod draft;
mod facts;
mod heard;
mod info;
mod language;
mod manner;
mod offers;
mod own;
mod paper;
mod prompts;
mod queue;
mod setting;
mod silence;
mod start;
mod touched;
mod view;
mod who;

pub use alert::Alert;
pub use calendar::{calendar_day, calendar_times, planned};
pub use complete::{Completeness, completeness};
pub use manner::Manner;
pub use paper::Slip;
pub use setting::Setting;
pub use start::is_start_phrase;

use crate::clinic::{
    AppointmentId, Booking, BookingOutcome, Clues, FreeSlot, Known, Settled, SlotId, SlotQuery,
    Ticket, WalkIn,
};
use crate::understanding::Expecting;
use crate::wording::Sentence;
use alert::Call;
use booking::OnTicket;
use calendar::FreeDays;
use draft::Draft;
use jiff::Timestamp;
use jiff::civil::Date;
use kiosk_protocol::{Action, Capabilities, Outcome, Paper, Private};
use offers::Search;
use own::{Own, Visit};
use paper::Printing;
use queue::Queue;
use silence::Silence;
use std::sync::Arc;
use who::Found;

/// Answers carry the id of their question; late ones are dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QuestionId(pub u64);

/// Numbers what the kiosk says in one conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpeechId(pub u64);

/// What the dialogue is told.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A patient touched the welcome screen or said a start phrase.
    Start,
    /// Somebody began to speak.
    SpeechStarted,
    /// Part of what is being said; may still change.
    Partial(Private),
    /// A whole utterance: the recogniser's hypotheses, best first, never empty.
    Heard(Vec<Private>),
    /// Something was said but not understood as words (noise, mumbling).
    NotHeard,
    /// A touch; some actions have a value.
    Touch(Action, Option<Private>),
    /// Answer to [`Effect::FindSlots`].
    Slots(QuestionId, Vec<FreeSlot>),
    /// Answer to [`Effect::Book`] and [`Effect::Move`].
    Booked(QuestionId, BookingOutcome),
    /// Answer to [`Effect::FindPatients`].
    Patients(QuestionId, Vec<Known>),
    /// Answer to [`Effect::Cancel`], [`Effect::CheckIn`] and [`Effect::JoinQueue`].
    Settled(QuestionId, Settled),
    /// This question could not be answered; the reason is logged where it arose.
    Failed(QuestionId),
    /// What became of [`Effect::Print`]; nothing where there is no printer.
    Paper(QuestionId, Paper),
    /// A whole sentence of this has been said.
    SentenceSpoken(SpeechId),
    /// This has been said, or was interrupted.
    Spoken(SpeechId),
    /// A person has answered the call for staff.
    StaffAnswered,
    /// The keys have come to the control that is read out as this.
    Focused(Private),
    /// A headset is plugged in, or no longer.
    Headset(bool),
    /// Parts of the kiosk came or went.
    Capabilities(Capabilities),
    /// [`Dialogue::wake_at`] has passed.
    Tick,
    /// The patient is done.
    End,
}

/// What the dialogue wants done.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Say this, after what is being said. Holds who the patient is only where they wear a
    /// headset or have asked for it.
    Say {
        /// To be told when it is done.
        id: SpeechId,
        /// In words, not yet normalised for a voice.
        text: Private,
        /// The same for every patient, so worth caching.
        fixed: bool,
    },
    /// Be quiet now.
    StopSpeaking,
    /// What the next utterance is expected to be, for the end-pointer and the recogniser.
    Expect(Option<Expecting>),
    /// Look for free slots.
    FindSlots(QuestionId, SlotQuery),
    /// Keep this slot for the appointment that is about to be made on it or moved to it, in
    /// place of what was kept before. Looking for slots again gives it back.
    Hold(AppointmentId, SlotId),
    /// Make this booking durable.
    Book(QuestionId, Booking),
    /// Look for patients on record whom one of these facts fits.
    FindPatients(QuestionId, Clues),
    /// Cancel this appointment.
    Cancel(QuestionId, AppointmentId),
    /// Move this appointment to another slot, all at once.
    Move(QuestionId, AppointmentId, SlotId),
    /// This patient has arrived.
    CheckIn(QuestionId, AppointmentId),
    /// Somebody waits without an appointment.
    JoinQueue(QuestionId, WalkIn),
    /// Print this.
    Print(QuestionId, Slip),
    /// Somebody should come; rings the staff bell.
    CallStaff(Alert),
    /// Speak like this from now on.
    Manner(Manner),
    /// The conversation is over.
    End(Outcome),
}

/// Where the conversation stands: what was asked last, or what is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nobody is here.
    Idle,
    /// "Which doctor, and when?"
    Greeting,
    /// "Which doctor?"
    Whom,
    /// "When?"
    When,
    /// Waiting for free slots.
    Searching,
    /// Slots are offered.
    Offering,
    /// "On which number can we reach you?"
    Phone,
    /// "When were you born?"
    BirthDate,
    /// Waiting for what the records hold.
    Looking,
    /// "What is your name?"
    Name,
    /// "Is this name right?"
    NameRight,
    /// "May we keep this?"
    Agreeing,
    /// "Shall I book it?"
    Confirming,
    /// "What would you like to change?"
    Changing,
    /// Waiting for the booking.
    Booking,
    /// The ticket is shown.
    Booked,
    /// Somebody's own appointment.
    Own(Own),
    /// Waiting without an appointment.
    Queue(Queue),
    /// What was asked for is done; nothing is open.
    Done,
    /// Sent to reception.
    Reception,
}

/// One visit's conversation.
pub struct Dialogue {
    setting: Arc<Setting>,
    new_id: Box<dyn FnMut() -> AppointmentId + Send>,
    capabilities: Capabilities,
    stage: Stage,
    draft: Draft,
    search: Option<Search>,
    offers: Vec<FreeSlot>,
    free_days: Option<FreeDays>,
    /// Days that can be booked, and whether anybody who is wanted is here then.
    days: Vec<(Date, bool)>,
    /// What was asked last, as it can be repeated.
    prompt: Sentence,
    /// Said before the next prompt, and part of it.
    preface: Option<Sentence>,
    heard: Private,
    heard_is_partial: bool,
    /// How often the question now open was not understood.
    misunderstood: u8,
    question: QuestionId,
    next_speech: u64,
    speaking: Option<SpeechId>,
    /// Its first sentence has been said.
    told: bool,
    silence: Silence,
    ticket: Option<OnTicket>,
    own: Option<Visit>,
    found: Option<Found>,
    queue_ticket: Option<Ticket>,
    printing: Printing,
    call: Option<Call>,
    manner: Manner,
    /// Who is here hears by a headset, alone.
    headset: bool,
    /// Which of the wording's languages is shown, where it is not the kiosk's own.
    language: Option<usize>,
    /// The patient spoke last, and did not touch.
    spoke_last: bool,
    effects: Vec<Effect>,
}

impl Dialogue {
    /// An idle dialogue; `new_id` makes the ids of appointments.
    pub fn new(
        setting: Arc<Setting>,
        capabilities: Capabilities,
        new_id: Box<dyn FnMut() -> AppointmentId + Send>,
    ) -> Self {
        let clinic = crate::wording::verbatim(&setting.clinic_name);
        let prompt = setting.wording.say("welcome", &[("clinic", &clinic)]);
        Self {
            setting,
            new_id,
            capabilities,
            stage: Stage::Idle,
            draft: Draft::default(),
            search: None,
            offers: Vec::new(),
            free_days: None,
            days: Vec::new(),
            prompt,
            preface: None,
            heard: Private::default(),
            heard_is_partial: false,
            misunderstood: 0,
            question: QuestionId(0),
            next_speech: 0,
            speaking: None,
            told: false,
            silence: Silence::default(),
            ticket: None,
            own: None,
            found: None,
            queue_ticket: None,
            printing: Printing::default(),
            call: None,
            manner: Manner::default(),
            headset: false,
            language: None,
            spoke_last: true,
            effects: Vec::new(),
        }
    }

    /// Takes in what happened at `now` and returns what is to be done, in order.
    pub fn step(&mut self, now: Timestamp, event: Event) -> Vec<Effect> {
        if self.stage == Stage::Idle {
            self.step_idle(now, event);
        } else {
            self.step_open(now, event);
        }
        std::mem::take(&mut self.effects)
    }

    /// When [`Event::Tick`] is due, if nothing else happens before.
    pub fn wake_at(&self) -> Option<Timestamp> {
        let silence = self.silence.wake_at(self.stage, self.speaking.is_some());
        silence.into_iter().chain(self.unanswered_at()).min()
    }

    fn step_idle(&mut self, now: Timestamp, event: Event) {
        match event {
            Event::Start => self.greet(now),
            Event::Capabilities(capabilities) => self.capabilities = capabilities,
            Event::Headset(is_plugged) => self.headset = is_plugged,
            Event::SpeechStarted
            | Event::Partial(_)
            | Event::Heard(_)
            | Event::NotHeard
            | Event::Touch(..)
            | Event::Slots(..)
            | Event::Booked(..)
            | Event::Patients(..)
            | Event::Settled(..)
            | Event::Failed(_)
            | Event::StaffAnswered
            | Event::Paper(..)
            | Event::Focused(_)
            | Event::SentenceSpoken(_)
            | Event::Spoken(_)
            | Event::Tick
            | Event::End => {}
        }
    }

    fn step_open(&mut self, now: Timestamp, event: Event) {
        match event {
            Event::Start => {}
            Event::SpeechStarted => self.silence.activity(now),
            Event::Partial(text) => {
                self.silence.activity(now);
                self.heard = text;
                self.heard_is_partial = true;
            }
            Event::Heard(hypotheses) => self.on_heard(now, &hypotheses),
            Event::NotHeard => self.on_not_heard(now),
            Event::Touch(action, value) => self.on_touch(now, action, value.as_ref()),
            Event::Slots(question, slots) => self.on_slots(now, question, slots),
            Event::Booked(question, outcome) => self.on_booked(now, question, outcome),
            Event::Patients(question, records) => self.on_patients(now, question, records),
            Event::Settled(question, settled) => self.on_settled(now, question, settled),
            Event::Failed(question) => self.on_failed(now, question),
            Event::Focused(label) => self.on_focused(now, &label),
            Event::Headset(is_plugged) => self.on_headset(now, is_plugged),
            Event::Paper(question, paper) => self.on_paper(now, question, paper),
            Event::SentenceSpoken(id) => self.told |= self.speaking == Some(id),
            Event::Spoken(id) => self.on_spoken(now, id),
            Event::Capabilities(capabilities) => self.capabilities = capabilities,
            Event::StaffAnswered => self.on_staff_answered(now),
            Event::Tick => self.on_tick(now),
            Event::End => self.end(self.outcome_of_leaving()),
        }
    }

    fn greet(&mut self, now: Timestamp) {
        self.silence.activity(now);
        if !self.capabilities.booking {
            return self.send_to_reception(now, "unavailable");
        }
        self.ask(now, Stage::Greeting);
    }

    fn on_spoken(&mut self, now: Timestamp, id: SpeechId) {
        if self.speaking == Some(id) {
            self.speaking = None;
            self.silence.spoken(now);
            self.tell_of_paper(now);
        }
    }

    /// The outcome when the patient leaves now.
    fn outcome_of_leaving(&self) -> Outcome {
        match self.stage {
            Stage::Booked => Outcome::Booked,
            Stage::Reception => Outcome::Reception,
            Stage::Done => Outcome::Served,
            Stage::Idle
            | Stage::Greeting
            | Stage::Whom
            | Stage::When
            | Stage::Searching
            | Stage::Offering
            | Stage::Phone
            | Stage::BirthDate
            | Stage::Looking
            | Stage::Name
            | Stage::NameRight
            | Stage::Agreeing
            | Stage::Queue(_)
            | Stage::Confirming
            | Stage::Changing
            | Stage::Own(_)
            | Stage::Booking => Outcome::Goodbye,
        }
    }

    /// Forgets the patient and goes home.
    fn end(&mut self, outcome: Outcome) {
        if self.speaking.take().is_some() {
            self.effects.push(Effect::StopSpeaking);
        }
        self.reset_manner();
        self.effects.push(Effect::Expect(None));
        self.effects.push(Effect::End(outcome));
        self.forget();
        self.language = None;
        self.spoke_last = true;
        self.stage = Stage::Idle;
        let clinic = crate::wording::verbatim(&self.setting.clinic_name);
        self.prompt = self.setting.wording.say("welcome", &[("clinic", &clinic)]);
    }

    /// Everything about this patient, and every answer still on its way to them.
    fn forget(&mut self) {
        self.draft = Draft::default();
        self.search = None;
        self.offers.clear();
        self.free_days = None;
        self.days.clear();
        self.preface = None;
        self.heard = Private::default();
        self.heard_is_partial = false;
        self.misunderstood = 0;
        self.question.0 += 1;
        self.ticket = None;
        self.own = None;
        self.found = None;
        self.queue_ticket = None;
        self.printing = Printing::default();
        self.call = None;
    }
}
