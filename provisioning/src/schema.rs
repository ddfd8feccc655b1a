//! `kioskctl schema`: the protocol for people who write clients.

use crate::output::{self, Exit};
use kiosk_protocol::{ClientMessage, ServerMessage, VERSION, control};
use serde_json::json;

pub fn run() -> anyhow::Result<Exit> {
    let schema = json!({
        "protocol_version": VERSION,
        "client_message": kiosk_protocol::schema_of::<ClientMessage>(),
        "server_message": kiosk_protocol::schema_of::<ServerMessage>(),
        "control_request": kiosk_protocol::schema_of::<control::Request>(),
        "control_reply": kiosk_protocol::schema_of::<control::Reply>(),
    });
    output::line(serde_json::to_string_pretty(&schema)?)?;
    Ok(Exit::Done)
}
