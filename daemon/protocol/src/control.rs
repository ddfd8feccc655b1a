//! `kioskctl` asks the running daemon: one JSON request a line on the control
//! socket, one JSON reply a line back. The socket belongs to root and the group
//! kiosk-admin; whoever can open it is trusted.

use crate::{Private, Role};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// From `kioskctl` to kioskd.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// How are you?
    Status,
    /// Make a copy of the database.
    BackUp,
    /// Take this roster (TOML) in.
    ImportRoster {
        /// The file's text.
        toml: String,
    },
    /// The appointments from a day on, soonest first.
    Appointments {
        /// First day, clinic-local, ISO 8601; today where absent.
        from: Option<jiff::civil::Date>,
    },
    /// Calls for staff that nobody has answered.
    Alerts,
    /// Somebody goes there.
    AnswerAlert {
        /// The call's id.
        id: String,
    },
    /// Make a key for another program.
    AddKey {
        /// Whose it is, for people.
        label: String,
        /// What it may do.
        scopes: Vec<Scope>,
        /// How often it may ask; 0: as often as it likes.
        requests_per_minute: u32,
        /// How many WebSockets it may have open.
        sockets: u32,
    },
    /// The keys of other programs.
    Keys,
    /// This key is not to be taken any more.
    RevokeKey {
        /// Its id.
        id: String,
    },
    /// Let somebody unlock the panel with this PIN, in place of the one that they had.
    SetPin {
        /// Whose it is, for people.
        label: String,
        /// What it opens.
        role: Role,
        /// 6 to 32 digits.
        pin: Private,
    },
    /// Whose PINs are good.
    Pins,
    /// This PIN is not to be taken any more.
    RevokePin {
        /// Its id.
        id: String,
    },
    /// How synchronisation with the central server goes.
    SyncStatus,
    /// Synchronise now, and tell how it went.
    SyncNow,
}

/// From kioskd to `kioskctl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum Reply {
    /// Answer to [`Request::Status`].
    Status(Box<Status>),
    /// Answer to [`Request::BackUp`].
    BackedUp {
        /// Where it lies; encrypted with the database's key.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
    /// Answer to [`Request::ImportRoster`].
    Imported {
        /// Practitioners in the roster now.
        practitioners: usize,
        /// Slots free from now to the horizon.
        free_slots: usize,
    },
    /// Answer to [`Request::Appointments`].
    Appointments {
        /// One row each.
        rows: Vec<AppointmentRow>,
    },
    /// Answer to [`Request::Alerts`] and, with what is still open, to [`Request::AnswerAlert`].
    Alerts {
        /// One row each, oldest first.
        rows: Vec<AlertRow>,
    },
    /// Answer to [`Request::AddKey`].
    KeyAdded {
        /// For revoking it.
        id: String,
        /// What the program sends. It is not kept, and told this once.
        key: Private,
    },
    /// Answer to [`Request::Keys`] and [`Request::RevokeKey`].
    Keys {
        /// One row each, oldest first.
        rows: Vec<KeyRow>,
    },
    /// Answer to [`Request::SetPin`], [`Request::Pins`] and [`Request::RevokePin`].
    Pins {
        /// One row each, oldest first.
        rows: Vec<PinRow>,
    },
    /// Answer to [`Request::SyncStatus`] and [`Request::SyncNow`].
    Sync(Box<SyncStatus>),
    /// The request could not be carried out.
    Error {
        /// What failed and what to do next, without personal data.
        message: String,
    },
}

/// The daemon in one look.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Status {
    /// Program version.
    pub version: String,
    /// Process id.
    pub pid: u32,
    /// Where the microphone's sound comes from, or why there is none.
    pub microphone: String,
    /// Where the voice goes, or why it cannot.
    pub speaker: String,
    /// Speech recognition model, or why there is none.
    pub transcriber: String,
    /// Voice, or why there is none.
    pub voice: String,
    /// Seconds that the recogniser took for a second of speech, when it was measured at the
    /// start.
    #[serde(default)]
    pub transcriber_factor: Option<f64>,
    /// Seconds that the voice took for a second of speech, in the same way.
    #[serde(default)]
    pub voice_factor: Option<f64>,
    /// Whether tickets are printed, or why not.
    #[serde(default)]
    pub printer: String,
    /// Why bookings cannot be kept, or for how long only; none where they can.
    #[serde(default)]
    pub disk: Option<String>,
    /// Practitioners in the roster; with none nothing can be booked.
    pub practitioners: usize,
    /// Bookings waiting for the central server.
    pub outbox: usize,
    /// Turns of conversation that were answered aloud since the start.
    pub turns: u64,
    /// Seconds from the last of what a patient said to the first sound of the answer,
    /// median of the last 500 turns.
    pub turn_p50_s: Option<f64>,
    /// The same, 95th percentile.
    pub turn_p95_s: Option<f64>,
    /// Samples of the microphone that were lost because the box was too slow.
    pub samples_lost: u64,
}

/// Synchronisation with the central server, in one look. Instants are RFC 3339.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SyncStatus {
    /// Where it is; none where this kiosk stands alone.
    pub server: Option<String>,
    /// Changes that it has not confirmed.
    pub pending: usize,
    /// When the oldest of them was made.
    pub oldest_pending: Option<String>,
    /// When everything was last exchanged.
    pub last_success: Option<String>,
    /// When it was last tried.
    pub last_attempt: Option<String>,
    /// Why the last attempt failed, where it did.
    pub problem: Option<String>,
    /// Since when attempts fail.
    pub problem_since: Option<String>,
    /// Pending changes that the server refused by themselves.
    pub put_off_count: usize,
    /// The oldest of them.
    pub put_off: Vec<PutOffRow>,
    /// Resources of the server that could not be used.
    pub rejected: usize,
    /// The oldest of them.
    pub rejects: Vec<RejectRow>,
    /// Open appointments that collide with others.
    pub conflicts: usize,
}

/// A change that the central server refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PutOffRow {
    /// Kind, id and version.
    pub record: String,
    /// When it was made.
    pub since: String,
    /// How often it was refused.
    pub attempts: u32,
    /// What the server said, without its words.
    pub problem: String,
    /// When it is tried again.
    pub next: String,
}

/// A resource of the central server that could not be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RejectRow {
    /// Type and id there.
    pub resource: String,
    /// What it lacks.
    pub reason: String,
    /// When it first came.
    pub since: String,
    /// How often it was looked at.
    pub attempts: u32,
}

/// What a key allows.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Being a panel.
    Panel,
    /// Staff's work: appointments, queue, calls.
    Staff,
    /// Speech to text and back.
    Speech,
    /// Whole conversations.
    Conversation,
    /// Being the central server.
    Central,
    /// Reading measurements.
    Metrics,
}

impl Scope {
    /// All of them, by the names that people type.
    pub const NAMES: [(&str, Self); 6] = [
        ("panel", Self::Panel),
        ("staff", Self::Staff),
        ("speech", Self::Speech),
        ("conversation", Self::Conversation),
        ("central", Self::Central),
        ("metrics", Self::Metrics),
    ];
}

impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = Self::NAMES.iter().find(|(_, scope)| scope == self);
        formatter.write_str(named.map_or("", |(name, _)| name))
    }
}

impl FromStr for Scope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = Self::NAMES.iter().find(|(name, _)| *name == text);
        named.map(|(_, scope)| *scope).ok_or_else(|| {
            let names = Self::NAMES.map(|(name, _)| name);
            format!("expected one of {}", names.join(", "))
        })
    }
}

/// A key of another program, without what makes it one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyRow {
    /// For revoking it.
    pub id: String,
    /// Whose it is.
    pub label: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// How often it may ask a minute; 0: as often as it likes.
    pub requests_per_minute: u32,
    /// How many WebSockets it may have open.
    pub sockets: u32,
    /// When it was made, RFC 3339.
    pub created_at: String,
    /// Since when it is not taken any more, RFC 3339.
    pub revoked_at: Option<String>,
}

/// A PIN, without itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PinRow {
    /// For revoking it; `pin:` and this name its bearer in the audit log.
    pub id: String,
    /// What it opens.
    pub role: Role,
    /// Whose it is.
    pub label: String,
    /// When it was set, RFC 3339.
    pub created_at: String,
}

/// A call for staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AlertRow {
    /// Its id.
    pub id: String,
    /// Why.
    pub kind: AlertKind,
    /// When, RFC 3339.
    pub raised_at: String,
}

/// Why staff is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// Somebody wants a person.
    Help,
    /// Urgent words were said.
    Urgent,
}

/// One appointment as a technician or the demonstration shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AppointmentRow {
    /// Appointment id.
    pub id: String,
    /// Short code on the ticket.
    pub code: String,
    /// Status, a FHIR R4 appointment status.
    pub status: String,
    /// Start, clinic-local, ISO 8601 without zone.
    pub start: jiff::civil::DateTime,
    /// Doctor's name.
    pub practitioner: String,
    /// Patient's name.
    pub patient: Private,
}
