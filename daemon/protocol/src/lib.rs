//! The messages between kioskd and its clients: the panel and remote clients
//! ([`conversation`], [`staff`], [`technician`]), and `kioskctl` ([`control`]).
//!
//! Types only. This crate opens no socket and decides nothing.

pub mod control;
pub mod conversation;
mod private;
pub mod staff;
pub mod technician;

pub use conversation::*;
pub use private::Private;
pub use staff::*;
pub use technician::*;

/// Version of the conversation protocol, checked at `hello`.
pub const VERSION: u32 = 4;

/// The JSON schema of one kind of message.
pub fn schema_of<Message: schemars::JsonSchema>() -> serde_json::Value {
    schemars::schema_for!(Message).into()
}
