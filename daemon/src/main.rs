//! The kiosk's daemon: reads its command line and configuration, then runs [`app`].

use clap::{Parser, Subcommand};
use kiosk_daemon::config;
use std::path::PathBuf;
use std::process::ExitCode;

/// The kiosk's daemon: sound, models, bookings and conversations of one lobby.
#[derive(Parser)]
#[command(
    version,
    after_help = "Exit codes: 0 stopped as asked, 1 failed, 2 wrong usage or configuration."
)]
struct Arguments {
    /// One more configuration file, after the ones in /usr/lib/kiosk and /etc/kiosk.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
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
        None => {
            complain(&format!(
                "`{}` cannot serve patients yet",
                settings.kiosk_name
            ));
            ExitCode::FAILURE
        }
    }
}

/// Standard error is where a technician looks when there is no log yet.
#[expect(clippy::print_stderr, reason = "there is no log yet")]
fn complain(words: &str) {
    eprintln!("kioskd: {words}");
}
