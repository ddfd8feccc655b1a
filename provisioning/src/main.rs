//! kioskctl: all that an installer or technician runs. Reads the command line and
//! hands over; each command is a file of its own, and what a command does to sound,
//! models or bookings is the daemon's own code.

mod arguments;
mod models;
mod output;
mod schema;
mod understand;

use arguments::{Arguments, Command};
use clap::Parser;
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
    match arguments.command {
        Command::Understand => understand::run(),
        Command::Models(command) => models::run(&command, arguments.config.as_deref()),
        Command::Schema => schema::run(),
    }
}
