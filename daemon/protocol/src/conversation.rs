//! A conversation as a client sees it: commands in, whole views out. Sound goes
//! beside these messages as binary ones: little-endian PCM16 mono, client to
//! server at the rate of the client's `hello`, server to client at the rate of
//! the server's.

use crate::{Private, Refusal, StaffRequest, StaffView, TechnicianRequest, TechnicianView};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// From the panel or a remote client to kioskd.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientMessage {
    /// The first message; anything else before it is refused.
    Hello {
        /// The client's [`crate::VERSION`].
        version: u32,
        /// Sample rate in hertz of the PCM16 that the client will send, if any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        audio_rate: Option<u32>,
        /// Preferred voice, one of the server's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        voice: Option<String>,
        /// Preferred language (BCP 47).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        language: Option<String>,
    },
    /// Begin a conversation (a touch on the welcome screen).
    Start,
    /// Begin a conversation with this touch instead of a greeting. During one it does
    /// nothing: it was meant for the welcome screen.
    Begin {
        /// What was touched.
        action: Action,
        /// Which language, where that was touched.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<Private>,
    },
    /// As if this had been heard.
    Say {
        /// What was said.
        text: Private,
    },
    /// A touch on the current view.
    Touch {
        /// What was touched.
        action: Action,
        /// Which choice, which field or which text, where the action has one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<Private>,
    },
    /// The keys have moved to this control: it is said, to who cannot see it.
    Focus {
        /// What the control is called on the screen.
        label: Private,
    },
    /// Be quiet now; the conversation goes on.
    StopSpeaking,
    /// The patient is done.
    End,
    /// From the kiosk's own panel only, as all that follows: staff or a technician. What is
    /// opened hangs on the PIN. The visit before the panel ends.
    Unlock {
        /// Digits, typed or from a card.
        pin: Private,
        /// The language that the panel shows (BCP 47); the kiosk's own where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        language: Option<String>,
    },
    /// What staff asks for, once unlocked.
    Staff(StaffRequest),
    /// What a technician asks for, once unlocked.
    Technician(TechnicianRequest),
    /// Back to patients.
    Lock,
}

/// What can be touched. Everything here can also be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// "Book an appointment".
    Book,
    /// One of the view's choices; `value` is its id.
    Choose,
    /// Text typed for what the screen asks (a name, a phone number); `value` is the text.
    Enter,
    /// Yes, this is right.
    Yes,
    /// No.
    No,
    /// Correct one part of the draft; `value` is the [`Field`]'s name.
    Change,
    /// Offers before the ones shown.
    Earlier,
    /// Offers after the ones shown.
    Later,
    /// Offers on other days.
    AnotherDay,
    /// Offers of other practitioners.
    AnotherPractitioner,
    /// Say the last prompt again.
    Repeat,
    /// What can be said or touched here.
    Help,
    /// "When is my appointment?"
    FindAppointment,
    /// Move the appointment that is shown.
    Reschedule,
    /// Cancel the appointment that is shown.
    Cancel,
    /// The patient has arrived.
    CheckIn,
    /// A number in today's queue, without an appointment.
    JoinQueue,
    /// Speak louder.
    Louder,
    /// Speak more quietly.
    Quieter,
    /// Speak more slowly.
    Slower,
    /// Speak faster.
    Faster,
    /// Show this in another language; `value` is its code (BCP 47).
    Language,
    /// A person, please.
    CallStaff,
    /// Forget everything and begin again.
    StartAgain,
    /// Still here: the answer to the time-out warning.
    StillHere,
    /// Done.
    Goodbye,
}

impl Action {
    /// The name used in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Book => "book",
            Self::Choose => "choose",
            Self::Enter => "enter",
            Self::Yes => "yes",
            Self::No => "no",
            Self::Change => "change",
            Self::Earlier => "earlier",
            Self::Later => "later",
            Self::AnotherDay => "another_day",
            Self::AnotherPractitioner => "another_practitioner",
            Self::Repeat => "repeat",
            Self::Help => "help",
            Self::FindAppointment => "find_appointment",
            Self::Reschedule => "reschedule",
            Self::Cancel => "cancel",
            Self::CheckIn => "check_in",
            Self::JoinQueue => "join_queue",
            Self::Louder => "louder",
            Self::Quieter => "quieter",
            Self::Slower => "slower",
            Self::Faster => "faster",
            Self::Language => "language",
            Self::CallStaff => "call_staff",
            Self::StartAgain => "start_again",
            Self::StillHere => "still_here",
            Self::Goodbye => "goodbye",
        }
    }
}

/// A part of the draft that can be corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Whom to see.
    Practitioner,
    /// On which day.
    Date,
    /// At what time.
    Time,
    /// Who comes.
    Name,
    /// How to reach them.
    Phone,
    /// When they were born.
    BirthDate,
}

impl Field {
    /// The name used in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Practitioner => "practitioner",
            Self::Date => "date",
            Self::Time => "time",
            Self::Name => "name",
            Self::Phone => "phone",
            Self::BirthDate => "birth_date",
        }
    }

    /// The inverse of [`Field::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        [
            Self::Practitioner,
            Self::Date,
            Self::Time,
            Self::Name,
            Self::Phone,
            Self::BirthDate,
        ]
        .into_iter()
        .find(|field| field.name() == name)
    }
}

/// From kioskd to the panel or a remote client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    /// The answer to the client's `hello`.
    Hello {
        /// The server's [`crate::VERSION`].
        version: u32,
        /// The kiosk's name.
        kiosk: String,
        /// Sample rate in hertz of the PCM16 that the server sends.
        audio_rate: u32,
        /// Voices that can be asked for.
        voices: Vec<String>,
        /// Languages that can be asked for, and what this box has of each.
        languages: Vec<Language>,
    },
    /// What to show, always whole.
    View(Box<View>),
    /// Input level, about ten times a second while listening.
    Level {
        /// Root mean square of the last 100 ms, 0 to 1 of full scale.
        rms: f32,
        /// Whether that was speech.
        speech: bool,
    },
    /// What was heard.
    Transcript {
        /// Final, or a partial that may still change.
        #[serde(rename = "final")]
        is_final: bool,
        /// The words.
        text: Private,
    },
    /// The kiosk begins to say this.
    Speaking {
        /// Number of the utterance.
        id: u64,
        /// What is said.
        text: Private,
    },
    /// The kiosk has said it, or was interrupted.
    Spoken {
        /// Number of the utterance.
        id: u64,
    },
    /// A message was refused or something failed.
    Problem {
        /// Stable word for programs, such as `version` or `message`.
        code: String,
        /// One sentence for people, without personal data.
        detail: String,
    },
    /// The conversation is over.
    Ended {
        /// How.
        outcome: Outcome,
        /// Id of the appointment booked, if one was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        appointment: Option<String>,
    },
    /// The PIN was not taken. What can be done about it is the panel's to say.
    Refused(Refusal),
    /// What staff is shown, always whole. The next view is a patient's again: the panel is
    /// locked.
    Staff(Box<StaffView>),
    /// What a technician is shown, in the same way.
    Technician(Box<TechnicianView>),
}

/// A language, and what this box has of it beside the words on the screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Language {
    /// BCP 47.
    pub code: String,
    /// What its speakers call it.
    pub name: String,
    /// It is heard and understood.
    pub speech_in: bool,
    /// It is spoken.
    pub speech_out: bool,
}

/// How a conversation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// With a booked appointment.
    Booked,
    /// With an appointment cancelled or checked in.
    Served,
    /// The patient said goodbye, or ended it.
    Goodbye,
    /// The patient went away.
    TimedOut,
    /// Sent to reception.
    Reception,
    /// The kiosk could not go on.
    Failed,
}

/// Everything a client needs to draw one moment of a conversation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct View {
    /// Grows with every change; a client may skip older ones.
    pub seq: u64,
    /// Which page.
    pub screen: Screen,
    /// What the kiosk asks or tells, in its shown form.
    pub prompt: Private,
    /// What can be chosen here, at most three offers at a time among them.
    pub choices: Vec<Choice>,
    /// What was understood so far.
    pub draft: Draft,
    /// What was heard last.
    pub transcript: Transcript,
    /// What works at the moment.
    pub capabilities: Capabilities,
    /// The language in which all of this is written (BCP 47); the kiosk's own where empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub language: String,
    /// Days to choose from, and the times of one of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<Calendar>,
    /// What became of the call for staff, once there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<StaffCall>,
    /// The appointment, once it is booked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub booked: Option<Booked>,
    /// The place in today's queue, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<Queued>,
    /// What became of the ticket on paper, where there is a printer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paper: Option<Paper>,
    /// The warning before the kiosk goes back to the welcome screen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Timeout>,
}

/// Pages of the panel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Screen {
    /// kioskd is getting ready.
    #[default]
    Starting,
    /// Nobody is being served.
    Welcome,
    /// An open question, answered by voice or by one of the choices.
    Listening,
    /// Choose a practitioner or specialty.
    ChoosePractitioner,
    /// Choose one of the offered slots.
    ChooseSlot,
    /// Type a name.
    EnterName,
    /// Type a phone number.
    EnterPhone,
    /// Type a birth date.
    EnterBirthDate,
    /// A question for yes or no that no other page asks.
    Question,
    /// Confirm the booking.
    Confirm,
    /// Booked: the ticket.
    Booked,
    /// What was asked for is done.
    Done,
    /// Please see reception.
    Reception,
    /// The kiosk cannot serve at the moment.
    Problem,
}

/// One thing to choose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Choice {
    /// Sent back in `touch{choose}`; for [`ChoiceKind::Action`] the name of the [`Action`].
    pub id: String,
    /// What kind of thing it is.
    pub kind: ChoiceKind,
    /// First line.
    pub label: String,
    /// Second line, may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// Kinds of choices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChoiceKind {
    /// A practitioner.
    Practitioner,
    /// A specialty.
    Specialty,
    /// A free slot.
    Slot,
    /// A day.
    Day,
    /// One of the [`Action`]s, offered here.
    Action,
}

/// What was understood so far, each in its shown form.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Draft {
    /// Doctor's name.
    pub practitioner: Option<String>,
    /// Specialty's name.
    pub specialty: Option<String>,
    /// Weekday and date, or the wish ("next week").
    pub date: Option<String>,
    /// Time of day, or the wish ("in the morning").
    pub time: Option<String>,
    /// Who comes.
    pub name: Option<Private>,
    /// How to reach them.
    pub phone: Option<Private>,
    /// When they were born.
    pub birth_date: Option<Private>,
}

/// What was heard last.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Transcript {
    /// The words; a partial while somebody speaks.
    pub text: Private,
    /// Whether they may still change.
    pub partial: bool,
    /// Whether this is what the kiosk is doing right now.
    pub activity: Activity,
}

/// What the kiosk's ear and voice are doing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// Nothing.
    #[default]
    Idle,
    /// Waiting for or hearing speech.
    Listening,
    /// Transcribing or looking something up.
    Thinking,
    /// Speaking.
    Speaking,
}

/// What works at the moment; what does not is said on the screen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Capabilities {
    /// Speech can be heard and understood.
    pub speech_in: bool,
    /// The kiosk can speak.
    pub speech_out: bool,
    /// Bookings can be made.
    pub booking: bool,
}

/// Days that can be chosen, soonest first, and the times of one of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Calendar {
    /// Every day that can be booked, closed ones included.
    pub days: Vec<CalendarDay>,
    /// The times of the day that is shown; empty where none is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub times: Vec<CalendarTime>,
}

/// One day of a [`Calendar`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CalendarDay {
    /// Sent back in `touch{choose}`.
    pub id: String,
    /// The weekday, short.
    pub weekday: String,
    /// The day of the month.
    pub day: String,
    /// The month, short.
    pub month: String,
    /// Weekday, day and month, to be read out.
    pub label: String,
    /// Whether it can be chosen.
    pub state: DayState,
    /// Its times are the ones shown.
    pub shown: bool,
}

/// Whether a day can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DayState {
    /// Something is free, or may be.
    Open,
    /// Everything is taken.
    Full,
    /// Nobody who is wanted is here.
    Closed,
}

/// One time of a [`Calendar`]'s day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CalendarTime {
    /// Sent back in `touch{choose}`; empty where it cannot be chosen.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// The time of day.
    pub label: String,
    /// Whether it can be chosen.
    pub state: TimeState,
}

/// Whether a time can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimeState {
    /// It can.
    Free,
    /// Somebody has it.
    Taken,
    /// Between two sessions, nobody is here.
    Outside,
}

/// The call for staff of this visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StaffCall {
    /// Somebody may be in danger.
    pub urgent: bool,
    /// What became of it.
    pub answer: StaffAnswer,
}

/// What became of a call for staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StaffAnswer {
    /// The bell rings; nobody has answered yet.
    Ringing,
    /// Somebody has answered and comes.
    Coming,
    /// Nobody has answered in time.
    Nobody,
}

/// A place in today's queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Queued {
    /// Called out when it is their turn.
    pub number: u32,
    /// Patients before them.
    pub ahead: u32,
}

/// What became of a ticket on paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Paper {
    /// It is being printed.
    Printing,
    /// It lies in the tray.
    Printed,
    /// There will be none: the screen has to do.
    Failed,
}

/// A booked appointment as shown on the ticket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Booked {
    /// Short code for people without a smartphone.
    pub code: String,
    /// Doctor's name.
    pub practitioner: String,
    /// Weekday and date.
    pub date: String,
    /// Time of day.
    pub time: String,
    /// Reception has to confirm it: it was booked while the kiosk was offline.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub to_confirm: bool,
}

/// The warning before the kiosk wipes the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Timeout {
    /// Whole seconds left.
    pub seconds_left: u32,
}
