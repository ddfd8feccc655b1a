//! `kioskctl status`, `appointments` and `roster import`: what the running daemon
//! answers on its control socket. Where none runs, the records answer by themselves.

use crate::arguments::KeyCommand;
use crate::output::{self, Exit};
use crate::place;
use anyhow::{Context, bail};
use kiosk_daemon::config::{self, Settings};
use kiosk_daemon::control::{Client, ClientError};
use kiosk_daemon::office;
use kiosk_protocol::control::{AlertKind, AppointmentRow, Reply, Request, Status};
use std::path::{Path, PathBuf};

/// Where to ask.
pub struct Kiosk {
    socket: PathBuf,
    /// None where a socket was named: then that daemon is meant and no other.
    settings: Option<Settings>,
}

impl Kiosk {
    /// The daemon at `socket`, else the one that the configuration tells of.
    pub fn find(socket: Option<PathBuf>, config: Option<&Path>) -> anyhow::Result<Self> {
        if let Some(socket) = socket {
            return Ok(Self {
                socket,
                settings: None,
            });
        }
        Ok(Self::of(config::load(config)?))
    }

    /// The daemon of these settings.
    pub fn of(settings: Settings) -> Self {
        Self {
            socket: settings.control_socket(),
            settings: Some(settings),
        }
    }

    /// What the daemon, or where none runs the records, answer.
    pub fn ask(&self, request: Request) -> anyhow::Result<Reply> {
        let reply = match (Client::connect(&self.socket), &self.settings) {
            (Ok(mut daemon), _) => daemon.ask(&request)?,
            (Err(ClientError::NotRunning(_)), Some(settings))
                if !matches!(request, Request::Status | Request::SyncNow) =>
            {
                let reply = office::answer_without_daemon(settings, request)?;
                place::hand_over(&settings.state_folder)?;
                reply
            }
            (Err(error), _) => return Err(error.into()),
        };
        match reply {
            Reply::Error { message } => bail!(message),
            Reply::Status(_)
            | Reply::Imported { .. }
            | Reply::BackedUp { .. }
            | Reply::Appointments { .. }
            | Reply::Alerts { .. }
            | Reply::KeyAdded { .. }
            | Reply::Keys { .. }
            | Reply::Pins { .. }
            | Reply::Sync(_) => Ok(reply),
        }
    }
}

pub fn status(kiosk: &Kiosk, json: bool) -> anyhow::Result<Exit> {
    let reply = kiosk.ask(Request::Status)?;
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

fn rows(status: &Status) -> [(&'static str, String); 13] {
    let factor = |factor: Option<f64>| factor.map_or("unknown".to_owned(), |it| format!("{it:.2}"));
    let answered = match (status.turn_p50_s, status.turn_p95_s) {
        (Some(p50), Some(p95)) => format!(
            "within {p50:.2} s (median), {p95:.2} s (P95), {} turns",
            status.turns
        ),
        (None, _) | (_, None) => "nobody yet".to_owned(),
    };
    [
        ("version", status.version.clone()),
        ("process", status.pid.to_string()),
        ("microphone", status.microphone.clone()),
        ("speaker", status.speaker.clone()),
        ("transcriber", status.transcriber.clone()),
        ("voice", status.voice.clone()),
        (
            "real-time",
            format!(
                "recogniser {}, voice {} (seconds for a second of speech)",
                factor(status.transcriber_factor),
                factor(status.voice_factor)
            ),
        ),
        ("printer", status.printer.clone()),
        (
            "disk",
            status
                .disk
                .clone()
                .unwrap_or_else(|| "bookings are kept".to_owned()),
        ),
        ("practitioners", status.practitioners.to_string()),
        ("outbox", status.outbox.to_string()),
        ("answered", answered),
        ("sound lost", format!("{} samples", status.samples_lost)),
    ]
}

pub fn appointments(
    kiosk: &Kiosk,
    from: Option<jiff::civil::Date>,
    json: bool,
) -> anyhow::Result<Exit> {
    let Reply::Appointments { rows } = kiosk.ask(Request::Appointments { from })? else {
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

/// Lists the open calls for staff; with `answer`, that one is answered first.
pub fn alerts(kiosk: &Kiosk, answer: Option<String>, json: bool) -> anyhow::Result<Exit> {
    let request = answer.map_or(Request::Alerts, |id| Request::AnswerAlert { id });
    let Reply::Alerts { rows } = kiosk.ask(request)? else {
        bail!(unexpected());
    };
    if json {
        output::json(&rows)?;
        return Ok(Exit::Done);
    }
    if rows.is_empty() {
        output::note("nobody is calling");
    }
    for row in &rows {
        let kind = match row.kind {
            AlertKind::Help => "help",
            AlertKind::Urgent => "URGENT",
        };
        output::line(format_args!("{}  {kind:<6}  {}", row.raised_at, row.id))?;
    }
    Ok(Exit::Done)
}

/// Makes, lists and revokes keys of other programs.
pub fn key(kiosk: &Kiosk, command: KeyCommand, json: bool) -> anyhow::Result<Exit> {
    let reply = kiosk.ask(match command {
        KeyCommand::Add {
            label,
            scopes,
            requests_per_minute,
            sockets,
            ..
        } => Request::AddKey {
            label,
            scopes,
            requests_per_minute,
            sockets,
        },
        KeyCommand::List { .. } => Request::Keys,
        KeyCommand::Revoke { id, .. } => Request::RevokeKey { id },
    })?;
    if json {
        output::json(&reply)?;
        return Ok(Exit::Done);
    }
    match reply {
        Reply::KeyAdded { id, key } => {
            output::note(&format!(
                "key {id}; it is shown this once, keep it where only its program reads it"
            ));
            output::line(key.expose())?;
        }
        Reply::Keys { rows } => {
            for row in &rows {
                let scopes: Vec<String> = row.scopes.iter().map(ToString::to_string).collect();
                let state = row
                    .revoked_at
                    .as_deref()
                    .map_or_else(|| "good".to_owned(), |since| format!("revoked {since}"));
                let scopes = scopes.join(",");
                output::line(format_args!("{}  {scopes}  {state}  {}", row.id, row.label))?;
            }
        }
        Reply::Status(_)
        | Reply::Imported { .. }
        | Reply::BackedUp { .. }
        | Reply::Appointments { .. }
        | Reply::Alerts { .. }
        | Reply::Pins { .. }
        | Reply::Sync(_)
        | Reply::Error { .. } => bail!(unexpected()),
    }
    Ok(Exit::Done)
}

pub fn import_roster(kiosk: &Kiosk, file: &Path, json: bool) -> anyhow::Result<Exit> {
    let toml =
        std::fs::read_to_string(file).with_context(|| format!("read `{}`", file.display()))?;
    let reply = kiosk.ask(Request::ImportRoster { toml })?;
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

pub const fn unexpected() -> &'static str {
    "kioskd answered another question; are both programs of one version?"
}
