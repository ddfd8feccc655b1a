//! `kioskctl support`: what somebody far away needs to see what is wrong with this box, and
//! nothing of any patient. Not what is personal is taken out: only what is known not to be is
//! put in.

use crate::daemon_side::Kiosk;
use crate::output::{self, Exit};
use crate::{doctor, logs};
use anyhow::{Context, ensure};
use flate2::Compression;
use flate2::write::GzEncoder;
use kiosk_daemon::config;
use kiosk_protocol::control::{Reply, Request};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The kiosk's own log lines, word for word, and the fields that hold figures: a line a piece,
/// fields after a tab.
const LINES: &str = include_str!("../log-lines.txt");
/// Of one run of the journal.
const MOST_LINES: usize = 20_000;
/// A figure. What is longer may be a telephone number.
const MOST_DIGITS: usize = 7;

/// Where it goes.
#[derive(clap::Args)]
pub struct Support {
    /// A file that does not exist yet, such as `support.tar.gz`.
    #[arg(long, value_name = "FILE", default_value = "kiosk-support.tar.gz")]
    out: PathBuf,
    /// The journal from when on, such as "-3d" or "2026-11-23 08:00".
    #[arg(
        long,
        value_name = "TIME",
        default_value = "-7d",
        allow_hyphen_values = true
    )]
    since: String,
    /// Lines of a journal (`journalctl --output=json`) instead of this box's.
    #[arg(long, hide = true, value_name = "FILE")]
    journal: Option<PathBuf>,
}

pub fn run(asked: &Support, config: Option<&Path>) -> anyhow::Result<Exit> {
    let out = &asked.out;
    ensure!(!out.exists(), "`{}` is there already", out.display());
    let named = || format!("write `{}`", out.display());
    let parts = [
        ("doctor.json", doctor::as_json(config)?),
        ("versions.txt", versions()),
        ("configuration.toml", configuration(config)),
        ("figures.json", figures(config)),
        ("units.txt", units()),
        ("journal.txt", journal(asked)?),
    ];
    let file = File::options()
        .write(true)
        .create_new(true)
        .open(out)
        .with_context(named)?;
    let mut archive = tar::Builder::new(GzEncoder::new(file, Compression::default()));
    for (name, text) in &parts {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o600);
        archive
            .append_data(&mut header, name, text.as_bytes())
            .with_context(named)?;
    }
    archive
        .into_inner()
        .and_then(GzEncoder::finish)
        .with_context(named)?;
    for (name, text) in &parts {
        output::line(format_args!("{name:<20} {} lines", text.lines().count()))?;
    }
    output::note(&format!(
        "`{}`: look into it before you send it",
        out.display()
    ));
    Ok(Exit::Done)
}

fn versions() -> String {
    let mut text = format!("kioskctl {}\n", env!("CARGO_PKG_VERSION"));
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let wanted = |line: &&str| line.starts_with("PRETTY_NAME=") || line.starts_with("VERSION_ID=");
    for line in release.lines().filter(wanted) {
        let _ = writeln!(text, "{line}");
    }
    for file in ["/proc/sys/kernel/osrelease", "/proc/meminfo"] {
        let told = std::fs::read_to_string(file).unwrap_or_default();
        let _ = writeln!(text, "{}", told.lines().next().unwrap_or_default());
    }
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let _ = writeln!(text, "{} with {cores} cores", std::env::consts::ARCH);
    text
}

/// What the files say, and what of it is no secret.
fn configuration(config: Option<&Path>) -> String {
    let mut text = String::new();
    for path in config::files(config) {
        let _ = writeln!(text, "# {}", path.display());
        let told = std::fs::read_to_string(&path).unwrap_or_default();
        match told.parse::<toml::Table>() {
            Ok(mut table) => {
                for section in table.iter_mut().filter_map(|(_, it)| it.as_table_mut()) {
                    for (key, value) in section.iter_mut() {
                        without_secrets(key, value);
                    }
                }
                text.push_str(&toml::to_string(&table).unwrap_or_default());
            }
            // It may be a secret that is in the wrong place.
            Err(_) => text.push_str("# not valid TOML\n"),
        }
    }
    text
}

fn without_secrets(key: &str, value: &mut toml::Value) {
    let is_file = key.ends_with("_file") || key == "private_key" || key == "certificate";
    let is_secret = ["key", "secret", "password", "token", "pin", "code"];
    if !is_file
        && is_secret
            .iter()
            .any(|word| key.to_lowercase().contains(word))
    {
        *value = toml::Value::String("(removed)".to_owned());
    }
    // An address may hold a password, or a token in its path.
    if let toml::Value::String(text) = value
        && let Ok(url) = text.parse::<reqwest::Url>()
        && let Some(host) = url.host_str()
    {
        let port = url
            .port()
            .map_or_else(String::new, |port| format!(":{port}"));
        *text = format!("{}://{host}{port}/(removed)", url.scheme());
    }
}

/// How the daemon is, and how synchronisation goes; counts and names of programs.
fn figures(config: Option<&Path>) -> String {
    let ask = |request| Kiosk::find(None, config).and_then(|kiosk| kiosk.ask(request));
    let told = |reply: anyhow::Result<Reply>| match reply {
        Ok(reply) => json!(reply),
        Err(_) => json!("kioskd can't be asked"),
    };
    let mut sync = told(ask(Request::SyncStatus));
    // Where the server is stands in the configuration; what it refused names records.
    for key in ["server", "put_off", "rejects"] {
        if let Some(fields) = sync.as_object_mut() {
            fields.remove(key);
        }
    }
    json!({ "status": told(ask(Request::Status)), "sync": sync }).to_string()
}

fn units() -> String {
    let properties = "Id,ActiveState,SubState,Result,NRestarts,ExecMainStatus,StatusText,\
                      MemoryCurrent,ActiveEnterTimestamp";
    let asked = Command::new("systemctl")
        .args(["show", "--property", properties])
        .args(logs::UNITS)
        .output();
    match asked {
        Ok(told) if told.status.success() => String::from_utf8_lossy(&told.stdout).into_owned(),
        Ok(_) | Err(_) => "no systemd runs here\n".to_owned(),
    }
}

fn journal(asked: &Support) -> anyhow::Result<String> {
    if let Some(path) = &asked.journal {
        let file = File::open(path).with_context(|| format!("read `{}`", path.display()))?;
        return Ok(known_lines(BufReader::new(file)));
    }
    let mut journal = Command::new("journalctl");
    journal.args([
        "--output=json",
        "--quiet",
        "--no-pager",
        "--since",
        &asked.since,
    ]);
    for unit in logs::UNITS {
        journal.args(["--unit", unit]);
    }
    let Ok(mut reading) = journal.stdout(Stdio::piped()).stderr(Stdio::null()).spawn() else {
        return Ok("no journal here\n".to_owned());
    };
    let lines = reading.stdout.take().context("read from `journalctl`")?;
    let text = known_lines(BufReader::new(lines));
    let _ = reading.kill();
    let _ = reading.wait();
    Ok(text)
}

/// What the kiosk itself writes, and how many lines of others were left out.
fn known_lines(journal: impl BufRead) -> String {
    let mut text = String::new();
    let mut others = 0;
    for line in journal.lines().map_while(Result::ok).take(MOST_LINES) {
        match serde_json::from_str(&line)
            .ok()
            .and_then(|entry| known(&entry))
        {
            Some(known) => {
                let _ = writeln!(text, "{known}");
            }
            None => others += 1,
        }
    }
    let _ = writeln!(text, "{others} other lines were left out");
    text
}

fn known(entry: &Map<String, Value>) -> Option<String> {
    let message = entry.get("MESSAGE")?.as_str()?;
    let (message, fields) = LINES
        .lines()
        .map(|line| line.split_once('\t').unwrap_or((line, "")))
        .find(|(known, _)| *known == message)?;
    let at = digits(entry.get("__REALTIME_TIMESTAMP")?.as_str()?)?;
    let level = entry
        .get("PRIORITY")
        .and_then(Value::as_str)
        .and_then(digits);
    let mut line = format!("{at} {} {message}", level.unwrap_or("-"));
    for name in fields.split(' ').filter(|name| !name.is_empty()) {
        let value = entry.get(&name.to_uppercase()).and_then(Value::as_str);
        if let Some(value) = value.filter(|value| is_figure(value)) {
            let _ = write!(line, " {name}={value}");
        }
    }
    Some(line)
}

fn digits(text: &str) -> Option<&str> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then_some(text)
}

fn is_figure(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_digit() || byte == b'.' || byte == b'-';
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (1..=MOST_DIGITS).contains(&digits) && text.bytes().all(is_part) && text.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn the_known_lines_are_those_that_the_programs_write() {
        let mut written: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for folder in ["../daemon/src", "../ui-slint/src"] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
            collect(&folder, &mut written);
        }
        let lines = written.iter().map(|(message, fields)| {
            let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
            format!("{message}\t{}", fields.join(" "))
                .trim_end()
                .to_owned()
        });
        let lines: Vec<String> = lines.collect();
        let kept: Vec<&str> = LINES.lines().collect();
        assert!(
            lines.len() > 60,
            "the programs write lines: {}",
            lines.len()
        );
        assert_eq!(
            kept,
            lines,
            "provisioning/log-lines.txt should be:\n{}\n",
            lines.join("\n")
        );
    }

    fn collect(folder: &Path, written: &mut BTreeMap<String, BTreeSet<String>>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, written);
            } else if path.extension().is_some_and(|it| it == "rs") {
                let source = std::fs::read_to_string(&path).unwrap();
                for call in source.split("log::").skip(1) {
                    let begins = ["error!(", "warn!(", "info!(", "debug!("];
                    let call = begins.iter().find_map(|begin| call.strip_prefix(begin));
                    if let Some((message, fields)) = call.and_then(line_of) {
                        written.entry(message).or_default().extend(fields);
                    }
                }
            }
        }
    }

    /// The message of a call, where it is the same every time, and the names of its fields.
    fn line_of(call: &str) -> Option<(String, Vec<String>)> {
        let mut fields = Vec::new();
        let mut rest = call.trim_start();
        while !rest.starts_with('"') {
            let end = rest.find([',', ';'])?;
            let (field, more) = rest.split_at(end);
            let name = field.split([':', '=', ' ']).next()?.trim();
            let is_text = field.contains(":%") || field.contains(":?") || field.contains('"');
            if !is_text && name.bytes().all(|it| it.is_ascii_lowercase() || it == b'_') {
                fields.push(name.to_owned());
            }
            rest = more[1..].trim_start();
        }
        let message = rest[1..].split('"').next()?;
        (!message.contains('{')).then(|| (message.to_owned(), fields))
    }

    #[test]
    fn nothing_but_figures_comes_out_of_a_field() {
        for good in ["0", "12", "-3.5", "0.81", "1234567"] {
            assert!(is_figure(good), "{good}");
        }
        for bad in [
            "",
            "0244123456",
            "+233 24",
            "Ama",
            "1990-05-17",
            "12-34-56",
            ".",
        ] {
            assert!(!is_figure(bad), "{bad}");
        }
    }
}
