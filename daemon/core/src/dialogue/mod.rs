//! The conversation: takes the time and an event, changes itself, returns
//! effects. It calls nothing; what the screen shows is computed from it.

use crate::clinic::{Booking, BookingOutcome, FreeSlot, SlotQuery};
use crate::understanding::Expecting;
use kiosk_protocol::{Action, Capabilities, Outcome, Private};

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
    /// Answer to [`Effect::Book`].
    Booked(QuestionId, BookingOutcome),
    /// This has been said, or was interrupted.
    Spoken(SpeechId),
    /// Parts of the kiosk came or went.
    Capabilities(Capabilities),
    /// [`Dialogue::wake_at`](super::dialogue) has passed.
    Tick,
    /// The patient is done.
    End,
}

/// What the dialogue wants done.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Say this, after what is being said.
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
    /// Make this booking durable.
    Book(QuestionId, Booking),
    /// Somebody should come; rings the staff bell.
    CallStaff,
    /// The conversation is over.
    End(Outcome),
}
