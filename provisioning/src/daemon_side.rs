//! `kioskctl status`, `appointments` and `roster import`: what the running daemon
//! answers on its control socket.

use crate::output::{self, Exit};
use anyhow::{Context, bail};
use kiosk_daemon::control::Client;
use kiosk_protocol::control::{AppointmentRow, Reply, Request, Status};
use std::path::Path;

pub fn status(socket: &Path, json: bool) -> anyhow::Result<Exit> {
    let reply = ask(socket, &Request::Status)?;
    if json {
        output::json(&reply)?;
        return Ok(Exit::Done);
    }
    let Reply::Status(status) = reply else {
        bail!(unexpected());
    };
    for (name, value) in rows(&status) {
        output::line(format_args!("{name:<14} {value}"))?;
    }
    Ok(Exit::Done)
}

fn rows(status: &Status) -> [(&'static str, String); 8] {
    [
        ("version", status.version.clone()),
        ("process", status.pid.to_string()),
        ("microphone", status.microphone.clone()),
        ("speaker", status.speaker.clone()),
        ("transcriber", status.transcriber.clone()),
        ("voice", status.voice.clone()),
        ("conversations", status.conversations.to_string()),
        ("outbox", status.outbox.to_string()),
    ]
}

pub fn appointments(
    socket: &Path,
    from: Option<jiff::civil::Date>,
    json: bool,
) -> anyhow::Result<Exit> {
    let Reply::Appointments { rows } = ask(socket, &Request::Appointments { from })? else {
        bail!(unexpected());
    };
    if json {
        output::json(&rows)?;
        return Ok(Exit::Done);
    }
    if rows.is_empty() {
        output::note("no appointments");
    }
    for row in &rows {
        output::line(line(row))?;
    }
    Ok(Exit::Done)
}

fn line(row: &AppointmentRow) -> String {
    format!(
        "{}  {}  {:<8}  {:<24}  {}",
        row.start.strftime("%a %Y-%m-%d %H:%M"),
        row.code,
        row.status,
        row.practitioner,
        // Whoever may open the control socket may see the list that this prints.
        row.patient.expose()
    )
}

pub fn import_roster(socket: &Path, file: &Path, json: bool) -> anyhow::Result<Exit> {
    let toml =
        std::fs::read_to_string(file).with_context(|| format!("read `{}`", file.display()))?;
    let reply = ask(socket, &Request::ImportRoster { toml })?;
    imported(&reply, json)
}

fn imported(reply: &Reply, json: bool) -> anyhow::Result<Exit> {
    let Reply::Imported {
        practitioners,
        free_slots,
    } = reply
    else {
        bail!(unexpected());
    };
    if json {
        output::json(reply)?;
    } else {
        output::line(format_args!(
            "{practitioners} practitioners, {free_slots} free slots"
        ))?;
    }
    Ok(Exit::Done)
}

fn ask(socket: &Path, request: &Request) -> anyhow::Result<Reply> {
    match Client::connect(socket)?.ask(request)? {
        Reply::Error { message } => bail!(message),
        reply @ (Reply::Status(_) | Reply::Imported { .. } | Reply::Appointments { .. }) => {
            Ok(reply)
        }
    }
}

const fn unexpected() -> &'static str {
    "kioskd answered another question; are both programs of one version?"
}
