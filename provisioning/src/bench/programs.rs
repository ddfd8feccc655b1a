//! The programs themselves: how long kioskd takes to be ready, and the memory that it
//! and the panel hold. They run in a folder of their own, away from any kiosk here.

use super::Figure;
use anyhow::{Context, bail};
use kiosk_daemon::audio::{HEARING_RATE, wav};
use kiosk_daemon::config::Settings;
use kiosk_daemon::control::Client;
use kiosk_protocol::control::{Reply, Request};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const READY_TIMEOUT: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(10);

pub fn measure(settings: &Settings) -> Vec<Figure> {
    let silence = [0.0; 16_000];
    match start(settings, |patient| {
        // Somebody who says nothing: kioskd loads all its models for them.
        Ok(wav::write(
            &patient.join("silence.wav"),
            &silence,
            HEARING_RATE,
        )?)
    }) {
        Ok((daemon, ready)) => vec![
            Figure::new(
                "kioskd_start_to_ready",
                ready.as_secs_f64(),
                "s",
                "models loaded",
            ),
            memory("kioskd_memory", &daemon.process),
            panel(&daemon),
        ],
        Err(error) => vec![
            Figure::unknown("kioskd_start_to_ready", "s", &error),
            Figure::unknown("kioskd_memory", "MiB", &error),
            Figure::unknown("kiosk_ui_memory", "MiB", &error),
        ],
    }
}

/// A kioskd of our own. It ends with this.
pub struct Running {
    process: Child,
    folder: TempDir,
}

/// What a process holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Holds {
    /// Proportional set size.
    pub mebibytes: f64,
    /// Threads.
    pub threads: usize,
    /// Open files and sockets.
    pub files: usize,
}

impl Running {
    /// Asks it over its control socket.
    pub fn ask(&self, request: &Request) -> anyhow::Result<Reply> {
        Ok(Client::connect(&self.folder.path().join("control.sock"))?.ask(request)?)
    }

    /// What it holds now.
    pub fn holds(&self) -> anyhow::Result<Holds> {
        let process = format!("/proc/{}", self.process.id());
        let count =
            |what: &str| anyhow::Ok(std::fs::read_dir(format!("{process}/{what}"))?.count());
        Ok(Holds {
            mebibytes: mebibytes(&self.process).context("the memory of kioskd is not told")?,
            threads: count("task")?,
            files: count("fd")?,
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        end(&mut self.process);
    }
}

/// A kioskd that hears the recordings that `record` makes in a folder, and how long it took
/// to be ready.
pub fn start(
    settings: &Settings,
    record: impl FnOnce(&Path) -> anyhow::Result<()>,
) -> anyhow::Result<(Running, Duration)> {
    let folder = tempfile::tempdir()?;
    let patient = folder.path().join("patient");
    std::fs::create_dir(&patient).context("a folder for a patient")?;
    record(&patient)?;
    let began = Instant::now();
    let mut command = Command::new(beside_us("kioskd")?);
    command
        .env("KIOSK_PATHS_STATE", folder.path())
        .env("KIOSK_PATHS_RUNTIME", folder.path())
        .env(
            "KIOSK_AUDIO_MICROPHONE",
            format!("patient:{}", patient.display()),
        )
        .env(
            "KIOSK_AUDIO_SPEAKER",
            format!("wav:{}", folder.path().join("speaker.wav").display()),
        );
    if let Some(models) = &settings.models_folder {
        command.env("KIOSK_PATHS_MODELS", models);
    }
    let process = silent(&mut command).spawn().context("start kioskd")?;
    let mut running = Running { process, folder };
    let socket = running.folder.path().join("control.sock");
    until(&mut running.process, || {
        let status = Client::connect(&socket).and_then(|mut client| client.ask(&Request::Status));
        matches!(status, Ok(Reply::Status(_)))
    })
    .context("kioskd")?;
    Ok((running, began.elapsed()))
}

fn panel(daemon: &Running) -> Figure {
    let screens = daemon.folder.path().join("screens");
    let measured = std::fs::create_dir(&screens)
        .context("a folder for screens")
        .and_then(|()| {
            let mut command = Command::new(beside_us("kiosk-ui")?);
            command
                .arg("--socket")
                .arg(daemon.folder.path().join("panel.sock"))
                .arg("--simulate")
                .arg(&screens);
            silent(&mut command).spawn().context("start kiosk-ui")
        })
        .and_then(|mut process| {
            let drawn = until(&mut process, || has_files(&screens));
            let figure = memory("kiosk_ui_memory", &process);
            end(&mut process);
            drawn.context("kiosk-ui").map(|()| figure)
        });
    measured.unwrap_or_else(|error| Figure::unknown("kiosk_ui_memory", "MiB", &error))
}

fn beside_us(name: &str) -> anyhow::Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name(name);
    if !path.is_file() {
        bail!("there is no `{}`; build it first", path.display());
    }
    Ok(path)
}

fn silent(command: &mut Command) -> &mut Command {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
}

/// Waits until `is_ready`, as long as `process` lives.
fn until(process: &mut Child, mut is_ready: impl FnMut() -> bool) -> anyhow::Result<()> {
    let began = Instant::now();
    while !is_ready() {
        if let Some(status) = process.try_wait()? {
            bail!("it ended with {status} before it was ready");
        }
        if began.elapsed() > READY_TIMEOUT {
            bail!("it was not ready within {} s", READY_TIMEOUT.as_secs());
        }
        std::thread::sleep(LOOK_EVERY);
    }
    Ok(())
}

fn has_files(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}

fn end(process: &mut Child) {
    if let Some(id) = i32::try_from(process.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw)
    {
        // It may have ended by itself.
        let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
    }
    let _ = process.wait();
}

/// What the process alone holds of the machine's memory (proportional set size).
fn mebibytes(process: &Child) -> Option<f64> {
    let path = format!("/proc/{}/smaps_rollup", process.id());
    let text = std::fs::read_to_string(path).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kibibytes / 1024.0)
}

fn memory(name: &'static str, process: &Child) -> Figure {
    match mebibytes(process) {
        Some(mebibytes) => Figure::new(name, mebibytes, "MiB", "idle, PSS"),
        None => Figure::unknown(
            name,
            "MiB",
            &anyhow::anyhow!("the kernel does not tell the memory of its process"),
        ),
    }
}
