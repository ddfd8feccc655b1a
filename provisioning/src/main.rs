//! kioskctl: all that an installer or technician runs. Reads the command line and
//! hands over; each command is a file of its own, and what a command does to sound,
//! models or bookings is the daemon's own code.

mod arguments;
mod asking;
mod backup;
mod bench;
mod bundle;
mod converse;
mod daemon_side;
mod doctor;
mod enroll;
mod listening;
mod logs;
mod models;
mod output;
mod pin;
mod place;
mod provision;
mod schema;
mod speech;
mod support;
mod sync;
mod understand;
mod update;
mod watch;
mod wipe;

use arguments::{Arguments, Command, RosterCommand, SyncCommand};
use clap::Parser;
use daemon_side::Kiosk;
use kiosk_daemon::config;
use output::Exit;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(exit) => exit.into(),
        Err(error) if output::is_closed_pipe(&error) => Exit::Done.into(),
        Err(error) => {
            output::complain(&format!("{error:#}"));
            output::exit_of(&error).into()
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    let config = arguments.config.as_deref();
    match arguments.command {
        Command::Understand => understand::run(),
        Command::Transcribe(command) => speech::transcribe(&command, &config::load(config)?),
        Command::Say(command) => speech::say(&command, &config::load(config)?),
        Command::Voices { json } => speech::voices(&config::load(config)?, json),
        Command::Converse(command) => converse::run(&command, &config::load(config)?),
        Command::Status(asking) => {
            daemon_side::status(&Kiosk::find(asking.socket, config)?, asking.json)
        }
        Command::Alerts { answer, asking } => {
            daemon_side::alerts(&Kiosk::find(asking.socket, config)?, answer, asking.json)
        }
        Command::Appointments { from, asking } => {
            daemon_side::appointments(&Kiosk::find(asking.socket, config)?, from, asking.json)
        }
        Command::Roster(RosterCommand::Import { file, asking }) => {
            daemon_side::import_roster(&Kiosk::find(asking.socket, config)?, &file, asking.json)
        }
        Command::Backup { file, keep, asking } => backup::back_up(
            &Kiosk::find(asking.socket, config)?,
            file.as_deref(),
            keep.map(usize::from),
            asking.json,
        ),
        Command::Restore {
            file,
            recovery_key_file,
        } => backup::restore(
            &config::load(config)?.state_folder,
            &file,
            recovery_key_file.as_deref(),
        ),
        Command::Database(command) => backup::key(&config::load(config)?.state_folder, command),
        Command::Sync(SyncCommand::Status { asking }) => {
            sync::status(&Kiosk::find(asking.socket, config)?, asking.json)
        }
        Command::Sync(SyncCommand::Now { asking }) => {
            sync::now(&Kiosk::find(asking.socket, config)?, asking.json)
        }
        Command::Key(command) => {
            let (socket, json) = (command.asking().socket.clone(), command.asking().json);
            daemon_side::key(&Kiosk::find(socket, config)?, command, json)
        }
        Command::Pin(command) => {
            let (socket, json) = (command.asking().socket.clone(), command.asking().json);
            pin::run(&Kiosk::find(socket, config)?, command, json)
        }
        Command::Watch {
            socket,
            until_ended,
            json,
        } => {
            let socket = socket.map_or_else(
                || config::load(config).map(|settings| settings.panel_socket()),
                Ok,
            )?;
            watch::run(&socket, until_ended, json)
        }
        Command::Provision(command) => provision::run(&command, config),
        Command::Bundle(command) => bundle::make(&command, &config::load(config)?),
        Command::Update(command) => update::run(&command, config),
        Command::Enroll(command) => enroll::run(&command, &config::load(config)?),
        Command::Support(command) => support::run(&command, config),
        Command::Logs(command) => logs::run(&command),
        Command::Wipe { yes } => wipe::run(&config::load(config)?, yes),
        Command::Doctor { json } => doctor::run(config, json),
        Command::Bench {
            json,
            records: true,
            ..
        } => bench::run_records(json),
        Command::Bench {
            json,
            echo: Some(minutes),
            patients,
            heard,
            ..
        } => {
            let asked = bench::echo::Echo {
                minutes,
                patients,
                heard,
            };
            bench::run_echo(&config::load(config)?, &asked, json)
        }
        Command::Bench {
            json,
            start_phrases: Some(minutes),
            ..
        } => bench::run_start_phrases(&config::load(config)?, minutes, json),
        Command::Bench {
            json,
            conversation: Some(visits),
            ..
        } => bench::run_conversation(&config::load(config)?, visits, json),
        Command::Bench {
            json, recordings, ..
        } => bench::run(&config::load(config)?, recordings.as_deref(), json),
        Command::Models(command) => models::run(&command, config),
        Command::Schema => schema::run(),
    }
}
