//! The command line.

use crate::models::ModelsCommand;
use clap::{Parser, Subcommand};
use std::path::PathBuf;

const EXIT_CODES: &str = "\
Exit codes:
  0  done, and everything is in order
  1  failed
  2  wrong usage, or wrong configuration
  3  something needed is missing or cannot be reached (a model, kioskd, the network)
  4  done, but something is not in order (a damaged file, a line that was not understood)";

/// Sets up, checks and tries out a kiosk.
#[derive(Parser)]
#[command(version, after_help = EXIT_CODES, arg_required_else_help = true)]
pub struct Arguments {
    /// One more configuration file, after the ones in /usr/lib/kiosk and /etc/kiosk.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// One command each.
#[derive(Subcommand)]
pub enum Command {
    /// What sentences mean: a JSON request a line in, a JSON answer a line out.
    Understand,
    /// The model files: fetch, verify, list.
    #[command(subcommand, after_help = EXIT_CODES)]
    Models(ModelsCommand),
    /// The JSON schema of the messages between kioskd and its clients.
    Schema,
}
