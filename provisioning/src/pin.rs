//! `kioskctl pin`: who may unlock the panel. A PIN comes from the terminal, unshown, from a
//! card reader that types it there, or from a pipe; never from the command line, where other
//! users of the machine and the shell's history would have it.

use crate::arguments::PinCommand;
use crate::daemon_side::{Kiosk, unexpected};
use crate::output::{self, Exit};
use anyhow::{Context, bail, ensure};
use kiosk_protocol::control::{Reply, Request};
use kiosk_protocol::{Private, Role};
use std::io::{IsTerminal, stdin};
use std::process::Command;

pub fn run(kiosk: &Kiosk, command: PinCommand, json: bool) -> anyhow::Result<Exit> {
    let reply = kiosk.ask(match command {
        PinCommand::Set { label, role, .. } => Request::SetPin {
            label,
            role: role.into(),
            pin: read()?,
        },
        PinCommand::List { .. } => Request::Pins,
        PinCommand::Revoke { id, .. } => Request::RevokePin { id },
    })?;
    let Reply::Pins { rows } = reply else {
        bail!(unexpected());
    };
    if json {
        output::json(&rows)?;
        return Ok(Exit::Done);
    }
    if rows.is_empty() {
        output::note("nobody can unlock the panel");
    }
    for row in &rows {
        let role = match row.role {
            Role::Staff => "staff",
            Role::Technician => "technician",
        };
        let (id, label, since) = (&row.id, &row.label, &row.created_at);
        output::line(format_args!("{id}  {role:<10}  {since}  {label}"))?;
    }
    Ok(Exit::Done)
}

fn read() -> anyhow::Result<Private> {
    if !stdin().is_terminal() {
        return line();
    }
    let _unshown = Unshown::begin();
    output::note("PIN (type it, or hold the card to the reader):");
    let pin = line()?;
    output::note("once more:");
    ensure!(
        line()? == pin,
        "these were two different PINs; nothing was set"
    );
    Ok(pin)
}

fn line() -> anyhow::Result<Private> {
    let mut line = String::new();
    stdin().read_line(&mut line).context("read the PIN")?;
    Ok(Private::new(line.trim()))
}

/// What is typed is not shown until this is dropped.
pub struct Unshown;

impl Unshown {
    /// From here on.
    pub fn begin() -> Self {
        echo("-echo");
        Self
    }
}

impl Drop for Unshown {
    fn drop(&mut self) {
        echo("echo");
    }
}

fn echo(setting: &str) {
    let set = Command::new("stty").arg(setting).status();
    if !set.is_ok_and(|status| status.success()) {
        output::note("what you type will be shown: `stty` is missing");
    }
}
