//! `kioskctl logs`: what the kiosk's programs wrote into the journal, a line each, with the
//! fields that belong to it.

use crate::output::{self, Exit};
use anyhow::{Context, bail};
use clap::Args;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// All programs of this box.
pub const UNITS: [&str; 4] = ["kioskd", "kiosk-ui", "kiosk-models", "kiosk-backup"];

/// Fields that every line has, and that tell a technician nothing.
const USUAL: [&str; 13] = [
    "MESSAGE",
    "PRIORITY",
    "VERSION",
    "TARGET",
    "PKG_NAME",
    "PKG_VERSION",
    "LOGGER",
    "CODE_FILE",
    "CODE_LINE",
    "CODE_MODULE",
    "CODE_FUNC",
    "INVOCATION_ID",
    "JOB_ID",
];

/// Which lines.
#[derive(Args)]
pub struct Logs {
    /// From when on, such as "today", "-2h" or "2026-11-23 08:00".
    #[arg(
        long,
        value_name = "TIME",
        default_value = "-1d",
        allow_hyphen_values = true
    )]
    since: String,
    /// Only what went wrong: warnings and errors.
    #[arg(long)]
    problems: bool,
    /// Go on with what comes.
    #[arg(long)]
    follow: bool,
}

pub fn run(asked: &Logs) -> anyhow::Result<Exit> {
    let mut journal = Command::new("journalctl");
    journal.args(["--output=json", "--quiet", "--since", &asked.since]);
    for unit in UNITS {
        journal.args(["--unit", unit]);
    }
    if asked.problems {
        journal.arg("--priority=warning");
    }
    journal.arg(if asked.follow {
        "--follow"
    } else {
        "--no-pager"
    });
    let mut reading = journal
        .stdout(Stdio::piped())
        .spawn()
        .context("run `journalctl`; is this a systemd machine?")?;
    let output = reading.stdout.take().context("read from `journalctl`")?;
    for line in BufReader::new(output).lines() {
        // What is not an entry is no use to anybody.
        if let Ok(Value::Object(entry)) = serde_json::from_str(&line?) {
            output::line(readable(&entry))?;
        }
    }
    if !reading.wait()?.success() {
        bail!("`journalctl` failed; root and the group systemd-journal may read the journal");
    }
    Ok(Exit::Done)
}

fn readable(entry: &Map<String, Value>) -> String {
    let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
    let at = text("__REALTIME_TIMESTAMP")
        .parse()
        .ok()
        .and_then(|microseconds| Timestamp::from_microsecond(microseconds).ok())
        .map(|at| at.to_zoned(TimeZone::system()));
    let at = at.map_or_else(String::new, |at| {
        at.strftime("%Y-%m-%d %H:%M:%S").to_string()
    });
    let level = match text("PRIORITY") {
        "0" | "1" | "2" | "3" => "ERROR",
        "4" => "WARN ",
        "7" => "DEBUG",
        _ => "     ",
    };
    let program = text("SYSLOG_IDENTIFIER");
    let mut line = format!("{at} {level} {program:<8} {}", text("MESSAGE"));
    for (name, value) in entry {
        let is_ours = !name.starts_with('_')
            && !name.starts_with("SYSLOG_")
            && !USUAL.contains(&name.as_str());
        if let (true, Some(value)) = (is_ours, value.as_str()) {
            line.push_str(&format!(" {}={value}", name.to_lowercase()));
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_line_has_its_time_its_level_and_its_own_fields() {
        let entry = json!({
            "__REALTIME_TIMESTAMP": "1795507200000000", "_PID": "7", "PRIORITY": "4",
            "SYSLOG_IDENTIFIER": "kioskd", "MESSAGE": "the speaker is gone", "VISIT": "12",
            "TARGET": "kiosk_daemon::lobby", "REASON": "unplugged",
        });
        let Value::Object(entry) = entry else {
            unreachable!()
        };
        let line = readable(&entry);
        assert!(
            line.contains("WARN  kioskd   the speaker is gone"),
            "{line}"
        );
        assert!(line.ends_with("reason=unplugged visit=12"), "{line}");
        assert!(line.starts_with("2026-11-2"), "{line}");
    }
}
