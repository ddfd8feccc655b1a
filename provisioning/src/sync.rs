//! `kioskctl sync`: the central server in one screen.

use crate::daemon_side::{Kiosk, unexpected};
use crate::output::{self, Exit};
use anyhow::bail;
use kiosk_protocol::control::{Reply, Request, SyncStatus};

pub fn status(kiosk: &Kiosk, json: bool) -> anyhow::Result<Exit> {
    show(&kiosk.ask(Request::SyncStatus)?, json)
}

pub fn now(kiosk: &Kiosk, json: bool) -> anyhow::Result<Exit> {
    show(&kiosk.ask(Request::SyncNow)?, json)
}

fn show(reply: &Reply, json: bool) -> anyhow::Result<Exit> {
    let Reply::Sync(status) = reply else {
        bail!(unexpected());
    };
    if json {
        output::json(status)?;
    } else {
        for line in lines(status) {
            output::line(line)?;
        }
    }
    Ok(if is_well(status) {
        Exit::Done
    } else {
        Exit::NotInOrder
    })
}

fn is_well(status: &SyncStatus) -> bool {
    status.problem.is_none()
        && status.put_off_count == 0
        && status.rejected == 0
        && status.conflicts == 0
}

/// Everything in one screen: counts whole, single records as far as they fit.
fn lines(status: &SyncStatus) -> Vec<String> {
    let never = || "never".to_owned();
    let server = status.server.clone();
    let mut lines = vec![
        row(
            "server",
            server.unwrap_or_else(|| "none: this kiosk stands alone".to_owned()),
        ),
        row("pending", pending(status)),
        row(
            "last success",
            status.last_success.clone().unwrap_or_else(never),
        ),
    ];
    if let Some(problem) = &status.problem {
        let since = status.problem_since.clone().unwrap_or_default();
        lines.push(row("problem", format!("{problem}, since {since}")));
        lines.push(row(
            "last attempt",
            status.last_attempt.clone().unwrap_or_else(never),
        ));
    }
    lines.push(row(
        "conflicts",
        match status.conflicts {
            0 => "none".to_owned(),
            count => format!(
                "{count} open appointments collide with others; staff must move one of each"
            ),
        },
    ));
    lines.push(row("put off", status.put_off_count.to_string()));
    for it in &status.put_off {
        lines.push(format!(
            "  {}  since {}, tried {} times: {}; next {}",
            it.record, it.since, it.attempts, it.problem, it.next
        ));
    }
    lines.push(row("rejected", status.rejected.to_string()));
    for it in &status.rejects {
        lines.push(format!(
            "  {}  since {}, looked at {} times: {}",
            it.resource, it.since, it.attempts, it.reason
        ));
    }
    lines
}

fn pending(status: &SyncStatus) -> String {
    match (&status.oldest_pending, &status.problem) {
        (None, _) => "nothing".to_owned(),
        (Some(since), Some(_)) => format!("{} changes, the oldest of {since}", status.pending),
        (Some(since), None) => format!(
            "{} changes, the oldest of {since}; going out",
            status.pending
        ),
    }
}

fn row(name: &str, value: String) -> String {
    format!("{name:<14} {value}")
}
