//! What has become of bookings, conversations and utterances since the start. Counts by words
//! of our own: nothing of a patient is among them.

use crate::store::{Act, Acted, StoreError};
use kiosk_core::clinic::{BookingOutcome, Settled};
use kiosk_core::hearing::Rejection;
use kiosk_protocol::Outcome;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Whom a wish came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    /// A patient at the box' own panel.
    Panel,
    /// A patient at another program's conversation.
    Conversation,
    /// Staff at the panel.
    Staff,
    /// Another program, with the records' routes.
    Api,
}

/// What became of a wish to book, move or cancel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Became {
    /// A new appointment.
    Booked,
    /// An appointment at another time.
    Moved,
    /// No appointment any more.
    Cancelled,
    /// Something forbids it: the patient has another then, or it is over.
    Refused,
    /// Somebody else was quicker.
    Collision,
    /// It could not be kept.
    Failed,
}

const CHANNELS: [Channel; 4] = [
    Channel::Panel,
    Channel::Conversation,
    Channel::Staff,
    Channel::Api,
];
const BECAME: [Became; 6] = [
    Became::Booked,
    Became::Moved,
    Became::Cancelled,
    Became::Refused,
    Became::Collision,
    Became::Failed,
];
const OUTCOMES: [Outcome; 6] = [
    Outcome::Booked,
    Outcome::Served,
    Outcome::Goodbye,
    Outcome::TimedOut,
    Outcome::Reception,
    Outcome::Failed,
];
const REJECTIONS: [Rejection; 6] = [
    Rejection::NoWords,
    Rejection::TooShort,
    Rejection::NoSpeech,
    Rejection::Unlikely,
    Rejection::Repetitive,
    Rejection::TooManyWords,
];

impl Channel {
    /// As a label says it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Panel => "panel",
            Self::Conversation => "conversation",
            Self::Staff => "staff",
            Self::Api => "api",
        }
    }
}

impl Became {
    /// As a label says it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::Moved => "moved",
            Self::Cancelled => "cancelled",
            Self::Refused => "refused",
            Self::Collision => "collision",
            Self::Failed => "failed",
        }
    }

    /// Of a booking, or of an appointment that was to be moved: `done` says which.
    pub fn of(outcome: &Result<BookingOutcome, StoreError>, done: Self) -> Self {
        match outcome {
            Ok(BookingOutcome::Booked { .. }) => done,
            Ok(BookingOutcome::SlotTaken) => Self::Collision,
            Ok(BookingOutcome::PatientBusy) | Err(StoreError::Clock | StoreError::IdTaken) => {
                Self::Refused
            }
            Ok(BookingOutcome::Failed) | Err(_) => Self::Failed,
        }
    }

    /// Of an appointment that was to be cancelled.
    pub const fn of_cancelling(settled: &Result<Settled, StoreError>) -> Self {
        match settled {
            Ok(Settled::Cancelled) => Self::Cancelled,
            Ok(Settled::Queued(_) | Settled::Refused) => Self::Refused,
            Err(_) => Self::Failed,
        }
    }

    /// Of what staff wanted; none where it was neither to move nor to cancel.
    pub const fn of_acting(act: &Act, acted: &Result<Acted, StoreError>) -> Option<Self> {
        let done = match act {
            Act::Cancel => Self::Cancelled,
            Act::Move(_) => Self::Moved,
            Act::CheckIn | Act::NoShow | Act::Finish => return None,
        };
        Some(match acted {
            Ok(Acted::Done { .. }) => done,
            Ok(Acted::SlotTaken) => Self::Collision,
            Ok(Acted::Unknown | Acted::Changed(_) | Acted::NotAllowed | Acted::PatientBusy) => {
                Self::Refused
            }
            Err(_) => Self::Failed,
        })
    }
}

const fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Booked => "booked",
        Outcome::Served => "served",
        Outcome::Goodbye => "goodbye",
        Outcome::TimedOut => "timed_out",
        Outcome::Reception => "reception",
        Outcome::Failed => "failed",
    }
}

/// Counts by two labels, or by one.
pub type Counts<const LABELS: usize> = BTreeMap<[&'static str; LABELS], u64>;

/// All counts. What has not happened yet stands there with 0, so that a first time can be
/// told from none.
#[derive(Debug, Clone)]
pub struct Counted {
    /// By what became of it, and whom it came from.
    pub bookings: Counts<2>,
    /// By how they ended, and where they were.
    pub conversations: Counts<2>,
    /// By why they were not believed.
    pub rejections: Counts<1>,
}

impl Default for Counted {
    fn default() -> Self {
        let bookings = BECAME
            .iter()
            .flat_map(|became| CHANNELS.map(|channel| ([became.word(), channel.word()], 0)));
        let places = [Channel::Panel, Channel::Conversation];
        let conversations = OUTCOMES.iter().flat_map(|outcome| {
            places.map(|channel| ([outcome_word(*outcome), channel.word()], 0))
        });
        Self {
            bookings: bookings.collect(),
            conversations: conversations.collect(),
            rejections: REJECTIONS.map(|why| ([why.as_str()], 0)).into(),
        }
    }
}

/// Counts for everybody who serves.
///
/// Conversations and requests take the lock for as long as adding one lasts, `/metrics` for a
/// copy of some fifty numbers.
#[derive(Debug, Clone, Default)]
pub struct Tally(Arc<Mutex<Counted>>);

impl Tally {
    /// A wish to book, move or cancel was settled.
    pub fn booking(&self, became: Became, channel: Channel) {
        *self
            .lock()
            .bookings
            .entry([became.word(), channel.word()])
            .or_default() += 1;
    }

    /// A conversation is over.
    pub fn conversation(&self, outcome: Outcome, channel: Channel) {
        *self
            .lock()
            .conversations
            .entry([outcome_word(outcome), channel.word()])
            .or_default() += 1;
    }

    /// An utterance was not believed.
    pub fn rejection(&self, why: Rejection) {
        *self.lock().rejections.entry([why.as_str()]).or_default() += 1;
    }

    /// The counts as they are.
    pub fn counted(&self) -> Counted {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_never_happened_is_told_as_nothing_and_the_rest_is_counted() {
        let tally = Tally::default();
        let everything = tally.counted();
        assert_eq!(everything.bookings.len(), 24);
        assert_eq!(everything.conversations.len(), 12);
        assert_eq!(everything.rejections.len(), 6);
        assert!(everything.bookings.values().all(|count| *count == 0));
        tally.booking(Became::Collision, Channel::Api);
        tally.conversation(Outcome::Served, Channel::Panel);
        tally.rejection(Rejection::Unlikely);
        tally.rejection(Rejection::Unlikely);
        let counted = tally.counted();
        assert_eq!(counted.bookings[&["collision", "api"]], 1);
        assert_eq!(counted.bookings.values().sum::<u64>(), 1);
        assert_eq!(counted.conversations[&["served", "panel"]], 1);
        assert_eq!(counted.rejections[&["unlikely"]], 2);
    }
}
