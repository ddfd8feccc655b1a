//! Technicians at the panel: the box as it is, and nothing of a patient.

use crate::control::{Status, SyncStatus};
use crate::{Capabilities, Timeout};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a technician asks for. The microphone's level comes as
/// [`crate::ServerMessage::Level`] all the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum TechnicianRequest {
    /// Say the greeting.
    TestSpeaker,
    /// Write all of this, with nothing personal, into a file on the box.
    Export,
    /// Look again.
    Refresh,
    /// The answer to the warning.
    StillHere,
}

/// Everything that a technician is shown in one moment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TechnicianView {
    /// Grows with every change.
    pub seq: u64,
    /// Whose PIN it was, as it was labelled.
    pub who: String,
    /// The language that the panel shows (BCP 47).
    pub language: String,
    /// The box.
    pub diagnosis: Diagnosis,
    /// What became of the speaker test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaker_test: Option<SpeakerTest>,
    /// What became of the export.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub export: Option<Exported>,
    /// The warning before the panel locks itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Timeout>,
}

/// What a speaker test came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SpeakerTest {
    /// The kiosk is speaking; who stands there hears whether it does.
    Playing,
    /// It has spoken.
    Played,
    /// There is no voice or no speaker.
    Silent,
}

/// What an export came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "export", rename_all = "snake_case")]
pub enum Exported {
    /// It lies there, on the box.
    Written {
        /// The file.
        path: String,
    },
    /// It could not be written.
    Failed,
}

/// The box as it is. Nothing in it is personal.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Diagnosis {
    /// What patients are served with.
    pub capabilities: Capabilities,
    /// The daemon, its devices and models.
    pub status: Status,
    /// The central server.
    pub sync: SyncStatus,
    /// What runs here.
    pub versions: Versions,
    /// How it is reached.
    pub network: Network,
    /// Warnings and errors since the start, the newest first.
    pub errors: Vec<LoggedError>,
}

/// What runs here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Versions {
    /// The kiosk's programs.
    pub kiosk: String,
    /// The conversation protocol.
    pub protocol: u32,
    /// The database's schema.
    pub schema: u32,
    /// The distribution.
    pub system: String,
    /// The kernel.
    pub kernel: String,
}

/// How the box is reached.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Network {
    /// What the box calls itself.
    pub host: String,
    /// Its own address on the way out; none without a way out.
    pub address: Option<String>,
    /// Its network devices, without the loopback.
    pub interfaces: Vec<Interface>,
}

/// A network device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Interface {
    /// As the system calls it.
    pub name: String,
    /// It carries something.
    pub up: bool,
}

/// A warning or an error that was logged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LoggedError {
    /// When, RFC 3339.
    pub at: String,
    /// Something was lost, not only to be looked at.
    pub error: bool,
    /// In the log's words.
    pub message: String,
}
