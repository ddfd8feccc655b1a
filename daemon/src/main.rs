//! The kiosk's daemon: reads its command line and configuration, then runs [`app`].

use clap::{Parser, Subcommand};
use kiosk_daemon::{app, config, logging, self_test};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::path::PathBuf;
use std::process::ExitCode;

/// The kiosk's daemon: sound, models, bookings and conversations of one lobby.
#[derive(Parser)]
#[command(
    name = "kioskd",
    version,
    after_help = "Exit codes: 0 stopped as asked, 1 failed, 2 wrong usage or configuration."
)]
struct Arguments {
    /// One more configuration file, after the ones in /usr/lib/kiosk and /etc/kiosk.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Try everything out that needs no device and no network, and stop: the records, brought
    /// to this version's schema; the wording; the voice, heard again by the recogniser. Serves
    /// nobody.
    #[arg(long)]
    self_test: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Print every problem of the configuration with file and key, and stop.
    CheckConfig,
}

const WRONG_CONFIGURATION: u8 = 2;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let settings = match config::load(arguments.config.as_deref()) {
        Ok(settings) => settings,
        Err(problems) => {
            complain(&problems.to_string());
            return ExitCode::from(WRONG_CONFIGURATION);
        }
    };
    match arguments.command {
        Some(Command::CheckConfig) => {
            complain("the configuration is in order");
            ExitCode::SUCCESS
        }
        None if arguments.self_test => self_test(&settings),
        None => run(settings),
    }
}

fn self_test(settings: &config::Settings) -> ExitCode {
    match self_test::run(settings) {
        Ok(found) => {
            found.iter().for_each(|line| complain(line));
            ExitCode::SUCCESS
        }
        Err(error) => {
            complain(&format!("self-test failed: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(settings: config::Settings) -> ExitCode {
    if let Err(error) = logging::start(settings.log_level) {
        complain(&format!("{error:#}"));
        return ExitCode::FAILURE;
    }
    if let Err(error) = leave_no_core() {
        log::warn!(error:%; "core files could not be turned off");
    }
    match app::run(settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// A limit of one byte: with it the kernel writes none, and hands none to a program
/// that collects them either, which a limit of 0 does not keep it from.
const NO_CORE: u64 = 1;

/// Whatever ends this process, nothing of a patient's is written down with its memory.
fn leave_no_core() -> std::io::Result<()> {
    let allowed = getrlimit(Resource::Core);
    let limit = allowed.maximum.map_or(NO_CORE, |most| most.min(NO_CORE));
    if allowed.current == Some(limit) && allowed.maximum == Some(limit) {
        return Ok(());
    }
    let none = Rlimit {
        current: Some(limit),
        maximum: Some(limit),
    };
    Ok(setrlimit(Resource::Core, none)?)
}

/// Standard error is where a technician looks when there is no log yet.
#[expect(clippy::print_stderr, reason = "there is no log yet")]
fn complain(words: &str) {
    eprintln!("kioskd: {words}");
}
