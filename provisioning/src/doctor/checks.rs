//! The single checks.

use super::{Finding, Health};
use crate::enroll;
use crate::listening::{decibels, level};
use jiff::Timestamp;
use kiosk_daemon::audio::devices::{self, Direction};
use kiosk_daemon::audio::{DeviceSink, headset};
use kiosk_daemon::config::{self, Microphone, Settings, Speaker};
use kiosk_daemon::control::{Client, ClientError};
use kiosk_daemon::hearing::{Whisper, WhisperSettings};
use kiosk_daemon::models::Installed;
use kiosk_daemon::printer::{self, Roll, Trouble};
use kiosk_daemon::rehearsal;
use kiosk_daemon::speech::{self, Espeak};
use kiosk_daemon::store::BUILT_NOT_BEFORE;
use kiosk_dsp::loopback::Loopback;
use kiosk_protocol::control::{Reply, Request};
use std::path::Path;
use std::process::Command;

/// Room for the database's growth of years, and for a copy of it before an update.
const ENOUGH_BYTES: u64 = 2 << 30;
/// Below this a booking may fail to become durable.
const LEAST_BYTES: u64 = 200 << 20;

pub fn all(config: Option<&Path>) -> Vec<Finding> {
    let settings = match config::load(config) {
        Ok(settings) => settings,
        // Nothing else can be judged without it.
        Err(problems) => {
            return problems
                .0
                .iter()
                .map(|problem| {
                    Finding::bad(
                        "config",
                        problem.to_string(),
                        "`systemd/kiosk.toml` shows every key",
                    )
                })
                .collect();
        }
    };
    let asked = Client::connect(&settings.control_socket())
        .and_then(|mut client| client.ask(&Request::Status));
    let trouble = match &asked {
        Ok(Reply::Status(status)) => status.disk.clone(),
        Ok(_) | Err(_) => None,
    };
    let daemon = daemon(asked);
    let daemon_runs = daemon.health == Health::Good;
    let mut findings = vec![Finding::good("config", "in order"), daemon, espeak()];
    findings.extend(models(&settings));
    findings.push(microphone(&settings, daemon_runs));
    findings.push(speaker(&settings, daemon_runs));
    findings.push(headset(&settings));
    findings.push(printer(&settings));
    findings.push(database(&settings));
    findings.push(disk(&settings, trouble));
    findings.push(clock());
    findings.push(central(&settings));
    findings.extend(identity(&settings));
    findings.extend(units());
    findings
}

/// What systemd says of the kiosk's units, where it runs them.
fn units() -> Option<Finding> {
    let asked = Command::new("systemctl")
        .args(["list-units", "--all", "--plain", "--no-legend", "kiosk*"])
        .output()
        .ok()
        .filter(|answer| answer.status.success())?;
    let listed = String::from_utf8_lossy(&asked.stdout);
    let failed: Vec<&str> = listed
        .lines()
        .filter(|line| line.split_whitespace().nth(2) == Some("failed"))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    Some(match (listed.lines().count(), failed.as_slice()) {
        (0, _) => Finding::doubtful(
            "units",
            "none: not installed from a package",
            "`apt install`",
        ),
        (count, []) => Finding::good("units", format!("{count}, none failed")),
        (_, [first, ..]) => Finding::bad(
            "units",
            format!("failed: {}", failed.join(", ")),
            format!("`journalctl -u {first}`, then `systemctl reset-failed` and start it"),
        ),
    })
}

/// As kioskd's last round with it went.
fn central(settings: &Settings) -> Finding {
    if settings.central.is_none() {
        return Finding::good("central", "none: this kiosk stands alone");
    }
    let look = "`kioskctl sync status` tells what waits, since when and why";
    let asked = Client::connect(&settings.control_socket())
        .and_then(|mut client| client.ask(&Request::SyncStatus));
    let Ok(Reply::Sync(status)) = asked else {
        return Finding::doubtful("central", "unknown while kioskd can't be asked", look);
    };
    let pending = format!("{} changes wait for it", status.pending);
    match (status.problem, status.last_success) {
        (Some(problem), _) => Finding::doubtful("central", format!("{problem}; {pending}"), look),
        (None, Some(last)) => Finding::good("central", format!("in touch at {last}; {pending}")),
        (None, None) => Finding::doubtful("central", "was not asked yet", look),
    }
}

/// The certificate that this box was enrolled with, where it was.
fn identity(settings: &Settings) -> Option<Finding> {
    if !settings.identity_file().exists() {
        return None;
    }
    let rotate = "`kioskctl enroll --rotate`";
    let Some(until) = enroll::good_until(settings) else {
        return Some(Finding::doubtful(
            "identity",
            "cannot be read",
            "run this as root, or `kioskctl enroll` anew",
        ));
    };
    let words = format!("good until {}", until.strftime("%Y-%m-%d"));
    let left = until.duration_since(Timestamp::now());
    Some(if left.is_negative() {
        let ended = format!("ended on {}", until.strftime("%Y-%m-%d"));
        Finding::bad("identity", ended, "have a code made, and `kioskctl enroll`")
    } else if left < enroll::RENEW {
        Finding::doubtful("identity", words, rotate)
    } else {
        Finding::good("identity", words)
    })
}

fn daemon(asked: Result<Reply, ClientError>) -> Finding {
    match asked {
        Ok(Reply::Status(status)) => Finding::good(
            "kioskd",
            format!("version {} runs as process {}", status.version, status.pid),
        ),
        Ok(
            Reply::Imported { .. }
            | Reply::BackedUp { .. }
            | Reply::Appointments { .. }
            | Reply::Alerts { .. }
            | Reply::KeyAdded { .. }
            | Reply::Keys { .. }
            | Reply::Pins { .. }
            | Reply::Sync(_)
            | Reply::Error { .. },
        ) => Finding::bad(
            "kioskd",
            "answers oddly",
            "install all programs from one package",
        ),
        Err(ClientError::NotRunning(_)) => Finding::bad(
            "kioskd",
            "does not run",
            "`systemctl start kioskd`, then `journalctl -u kioskd`",
        ),
        Err(error @ (ClientError::NotAllowed(_) | ClientError::Broken(..))) => {
            Finding::doubtful("kioskd", error.to_string(), "run this as root")
        }
    }
}

fn espeak() -> Finding {
    match Espeak::find() {
        Ok(_) => Finding::good("espeak-ng", "in place"),
        Err(error) => Finding::bad("espeak-ng", error.to_string(), "`apt install espeak-ng`"),
    }
}

/// The models are not only looked for: the voice speaks a sentence to the ear.
fn models(settings: &Settings) -> Vec<Finding> {
    let fetch = "run `kioskctl models fetch`";
    let installed = match Installed::find(settings.models_folder.as_deref()) {
        Ok(installed) => installed,
        Err(error) => return vec![Finding::bad("models", error.to_string(), fetch)],
    };
    let mut findings = Vec::new();
    let spoken =
        speech::choose(&installed.voices(), settings.voice.as_deref()).map(|mut chosen| {
            let said = rehearsal::say(chosen.voice.as_mut());
            let words = format!("{}: {}", chosen.voice.name(), chosen.engine);
            (words, said)
        });
    match &spoken {
        Ok((words, ..)) if installed.voices().piper.is_empty() => {
            findings.push(Finding::doubtful("voice", words.clone(), fetch));
        }
        Ok((words, ..)) => findings.push(Finding::good("voice", words.clone())),
        Err(error) => findings.push(Finding::bad("voice", chain(error), fetch)),
    }
    let ear = match installed.hearing(&settings.hearing) {
        Ok(models) => Whisper::load(&WhisperSettings::for_model(&models.whisper)),
        Err(missing) => {
            findings.push(Finding::bad("hearing", missing.fact(), missing.remedy()));
            return findings;
        }
    };
    findings.push(match (ear, spoken) {
        (Err(error), _) => Finding::bad(
            "hearing",
            chain(&error),
            "`kioskctl models verify` tells which file is damaged",
        ),
        (Ok(_), Err(_)) => {
            Finding::doubtful("hearing", "models load, untried for want of a voice", fetch)
        }
        (Ok(mut ear), Ok((_, said))) => {
            let rehearsal = rehearsal::hear(said, &mut ear);
            if rehearsal.has_passed() {
                Finding::good("hearing", rehearsal.words())
            } else {
                Finding::bad("hearing", rehearsal.words(), "run `kioskctl models verify`")
            }
        }
    });
    findings
}

fn microphone(settings: &Settings, daemon_runs: bool) -> Finding {
    match &settings.audio.microphone {
        Microphone::Device(name) if daemon_runs => listed("microphone", name, Direction::Record),
        Microphone::Device(name) => match level(name, 0.5).map(decibels) {
            Ok(Some(decibels)) => {
                Finding::good("microphone", format!("`{name}` hears {decibels:.0} dBFS"))
            }
            Ok(None) => Finding::doubtful(
                "microphone",
                format!("`{name}` delivers nothing but silence"),
                "look for a mute switch, and raise the level with `alsamixer`",
            ),
            Err(error) => Finding::bad("microphone", chain(&error), mend("microphone")),
        },
        Microphone::Wav(path) | Microphone::Patient(path) => Finding::doubtful(
            "microphone",
            format!("recordings from `{}`", path.display()),
            "set `audio.microphone` to a device for patients",
        ),
        Microphone::None => Finding::good("microphone", "none wanted: touch only"),
    }
}

fn speaker(settings: &Settings, daemon_runs: bool) -> Finding {
    match &settings.audio.speaker {
        Speaker::Device(name) if daemon_runs => listed("speaker", name, Direction::Play),
        Speaker::Device(name) => match DeviceSink::open(name, &Loopback::default()) {
            Ok(_) => Finding::good("speaker", format!("`{name}` plays")),
            Err(error) => Finding::bad("speaker", chain(&error), mend("speaker")),
        },
        Speaker::Wav(path) => Finding::doubtful(
            "speaker",
            format!("into the recording `{}`", path.display()),
            "set `audio.speaker` to a device for patients",
        ),
        Speaker::None => Finding::good("speaker", "none wanted: silent"),
    }
}

/// The running daemon has the device, so it is only looked for.
fn listed(part: &'static str, name: &str, direction: Direction) -> Finding {
    let names = devices::names(direction);
    if name == "default" || names.iter().any(|other| other == name) {
        return Finding::good(part, format!("`{name}` is kioskd's"));
    }
    let known = if names.is_empty() {
        "there are none".to_owned()
    } else {
        format!("there are {}", names.join(", "))
    };
    Finding::bad(
        part,
        format!("no sound device `{name}`; {known}"),
        mend(part),
    )
}

fn mend(part: &str) -> String {
    format!("plug it in, or set `audio.{part}`")
}

fn headset(settings: &Settings) -> Finding {
    let Some(jack) = &settings.audio.headset else {
        return Finding::good("headset", "none expected: nothing private is said");
    };
    match headset::look(jack) {
        Ok(true) => Finding::good("headset", "plugged in"),
        Ok(false) => Finding::good("headset", "noticed when plugged in"),
        Err(why) => Finding::doubtful(
            "headset",
            why,
            "set `audio.headset`; `amixer controls` lists what a card tells",
        ),
    }
}

fn printer(settings: &Settings) -> Finding {
    let Some(printer) = &settings.printer else {
        return Finding::good("printer", "none wanted: tickets are on the screen");
    };
    match printer::look(printer) {
        Ok(Roll::Enough) if printer.answers => Finding::good("printer", "has paper"),
        Ok(Roll::Enough) => Finding::good("printer", "can be reached"),
        Ok(Roll::Low) => Finding::doubtful(
            "printer",
            "its roll is nearly at its end",
            "put a new roll in",
        ),
        Err(trouble) => {
            let remedy = match &trouble {
                Trouble::Missing(_) | Trouble::Lost(_) => {
                    "plug it in and switch it on, or set `printer.device`"
                }
                Trouble::Silent => {
                    "switch it off and on; where it never tells, set `printer.answers` to false"
                }
                Trouble::NoPaper => "put a new roll in",
                Trouble::Open => "close its cover",
                Trouble::Broken => "look for torn paper at the cutter, and switch it off and on",
            };
            // Patients are served all the same.
            Finding::doubtful("printer", trouble.to_string(), remedy)
        }
    }
}

fn database(settings: &Settings) -> Finding {
    let folder = &settings.state_folder;
    match std::fs::read_dir(folder) {
        Ok(_) => Finding::good("state", format!("`{}` can be read", folder.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Finding::bad(
            "state",
            format!("there is no `{}`", folder.display()),
            "start kioskd once, or set `paths.state`",
        ),
        Err(_) => Finding::doubtful(
            "state",
            format!("`{}` may not be read", folder.display()),
            "run this as root",
        ),
    }
}

/// `trouble`: what kioskd found when it wrote.
fn disk(settings: &Settings, trouble: Option<String>) -> Finding {
    let existing = settings
        .state_folder
        .ancestors()
        .find(|folder| folder.exists());
    let free = existing.and_then(|folder| rustix::fs::statvfs(folder).ok());
    let Some(free) = free.map(|found| found.f_bavail * found.f_frsize) else {
        return Finding::doubtful("disk", "free space is unknown", "look with `df`");
    };
    let words = format!("{} free", indicatif::HumanBytes(free));
    if let Some(trouble) = trouble {
        let remedy = "make room, or look at the disk (`dmesg`); kioskd goes on by itself";
        return Finding::bad("disk", format!("{trouble}; {words}"), remedy);
    }
    match free {
        ENOUGH_BYTES.. => Finding::good("disk", words),
        LEAST_BYTES.. => Finding::doubtful("disk", words, "make room soon"),
        _ => Finding::bad("disk", words, "make room: bookings may fail"),
    }
}

fn clock() -> Finding {
    let now = Timestamp::now();
    let shown = format!("{}", now.strftime("%Y-%m-%d %H:%M UTC"));
    if now < BUILT_NOT_BEFORE {
        return Finding::bad(
            "clock",
            format!("shows {shown}, before this program was built"),
            "`timedatectl set-time`, and let it reach a time server",
        );
    }
    let asked = Command::new("timedatectl")
        .args(["show", "--property=NTPSynchronized", "--value"])
        .output();
    match asked {
        Ok(answer) if answer.stdout.starts_with(b"yes") => {
            Finding::good("clock", format!("{shown}, synchronised"))
        }
        Ok(answer) if answer.stdout.starts_with(b"no") => Finding::doubtful(
            "clock",
            format!("{shown}, not synchronised"),
            "`timedatectl set-ntp true`, and let it reach a time server",
        ),
        Ok(_) | Err(_) => Finding::doubtful(
            "clock",
            format!("{shown}; whether it is synchronised is unknown here"),
            "compare it with another clock",
        ),
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        words.push_str(": ");
        words.push_str(&inner.to_string());
        cause = inner.source();
    }
    words
}
