//! The command line.

use crate::bundle::Make;
use crate::converse::Converse;
use crate::enroll::Enroll;
use crate::logs::Logs;
use crate::models::ModelsCommand;
use crate::provision::Provision;
use crate::speech::{Say, Transcribe};
use crate::support::Support;
use crate::update::Update;
use clap::{Args, Parser, Subcommand, ValueEnum};
use kiosk_protocol::Role;
use kiosk_protocol::control::Scope;
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
#[command(name = "kioskctl", version, after_help = EXIT_CODES, arg_required_else_help = true)]
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
    /// What recordings say, heard as the daemon hears.
    Transcribe(Transcribe),
    /// Speak a text into a WAV file, as the daemon speaks.
    Say(Say),
    /// The voices that this box can speak with, best first.
    Voices {
        /// A JSON list.
        #[arg(long)]
        json: bool,
    },
    /// A conversation on this terminal; nothing is really booked.
    Converse(Converse),
    /// How the running daemon is.
    Status(Asking),
    /// Calls for staff that nobody has answered.
    Alerts {
        /// Somebody goes there: answers the call with this id.
        #[arg(long, value_name = "ID")]
        answer: Option<String>,
        #[command(flatten)]
        asking: Asking,
    },
    /// The appointments from a day on, soonest first.
    Appointments {
        /// First day (clinic-local, such as 2026-11-23); today where absent.
        #[arg(long, value_name = "DATE")]
        from: Option<jiff::civil::Date>,
        #[command(flatten)]
        asking: Asking,
    },
    /// The practitioners and their hours.
    #[command(subcommand)]
    Roster(RosterCommand),
    /// Copy the database, also while kioskd runs. The copy is encrypted with its key.
    Backup {
        /// Where the copy goes; a folder `backups` beside the database where absent.
        file: Option<PathBuf>,
        /// Of the copies in that folder only the newest so many stay.
        #[arg(long, value_name = "COPIES", conflicts_with = "file",
              value_parser = clap::value_parser!(u16).range(1..))]
        keep: Option<u16>,
        #[command(flatten)]
        asking: Asking,
    },
    /// Put a copy back in place of the database, while kioskd is stopped.
    Restore {
        /// The copy.
        file: PathBuf,
        /// A file with the recovery key of the box that made the copy; this box then has
        /// that key.
        #[arg(long, value_name = "FILE")]
        recovery_key_file: Option<PathBuf>,
    },
    /// The database's key, while kioskd is stopped.
    #[command(subcommand)]
    Database(DatabaseCommand),
    /// The central server: what is pending, since when and why.
    #[command(subcommand)]
    Sync(SyncCommand),
    /// Keys with which other programs may ask over HTTP.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Who may unlock the panel, with a PIN or a card.
    #[command(subcommand)]
    Pin(PinCommand),
    /// A conversation as the panel sees it, as it happens.
    Watch {
        /// The panel's socket, instead of the configured one.
        #[arg(long, value_name = "SOCKET")]
        socket: Option<PathBuf>,
        /// Stop when the conversation has ended.
        #[arg(long)]
        until_ended: bool,
        /// The protocol's messages, one a line.
        #[arg(long)]
        json: bool,
    },
    /// Make this box what a device profile says, or what is answered to questions: clinic,
    /// clock, languages, sound, screen, models, keys, central server. Changes nothing where
    /// everything is so.
    #[command(after_help = EXIT_CODES)]
    Provision(Provision),
    /// Put everything for setting up a box without a network into one folder or tar:
    /// packages, models, profile, and a script that installs them.
    Bundle(Make),
    /// Take a signed bundle's version in place of this one, or change nothing: it is taken back
    /// with the records where it does not pass its self-test, or where anything interrupts.
    Update(Update),
    /// Make this box known to the central server: a key is made here, a certificate comes for a
    /// one-time code or in a file.
    Enroll(Enroll),
    /// The journal of the kiosk's programs, readably.
    Logs(Logs),
    /// Put what somebody far away needs to see what is wrong into one file: what doctor finds,
    /// versions, configuration without secrets, figures, units, our own log lines. Nothing of
    /// any patient.
    Support(Support),
    /// Make this box forget every patient, its keys first, while kioskd is stopped. What was
    /// provisioned (clinic, devices, models) stays.
    Wipe {
        /// Yes: everything personal goes, and can't be had back.
        #[arg(long)]
        yes: bool,
    },
    /// Check every part of this box: what is wrong and how to mend it.
    Doctor {
        /// A JSON list.
        #[arg(long)]
        json: bool,
    },
    /// Measure this box's speed.
    Bench {
        /// A JSON list.
        #[arg(long)]
        json: bool,
        /// Recordings to hear, instead of what the kiosk's voice says.
        #[arg(long, value_name = "FOLDER")]
        recordings: Option<PathBuf>,
        /// Only this: bookings by many clients at once, and free slots of a large clinic.
        #[arg(long, conflicts_with_all = ["recordings", "echo"])]
        records: bool,
        /// Only this: the kiosk hears its own voice through a simulated lobby for so many
        /// minutes, and nobody speaks.
        #[arg(long, value_name = "MINUTES")]
        echo: Option<u32>,
        /// Only this: a recorded patient books so many times with a real kioskd, in real
        /// time; a visit takes about a minute and a half.
        #[arg(long, value_name = "VISITS", conflicts_with_all = ["echo", "recordings"])]
        conversation: Option<usize>,
        /// Only this: start phrases by several voices, and so many minutes of lobby talk that
        /// must not begin a conversation.
        #[arg(long, value_name = "MINUTES", conflicts_with_all = ["echo", "recordings", "conversation"])]
        start_phrases: Option<usize>,
        /// With --echo: recordings of patients that are spoken into the kiosk's voice.
        #[arg(long, value_name = "FOLDER", requires = "echo")]
        patients: Option<PathBuf>,
        /// With --patients: what was heard of them, `file<TAB>text`.
        #[arg(long, value_name = "FILE", requires = "patients")]
        heard: Option<PathBuf>,
    },
    /// The model files: fetch, verify, list.
    #[command(subcommand, after_help = EXIT_CODES)]
    Models(ModelsCommand),
    /// The JSON schema of the messages between kioskd and its clients.
    Schema,
}

/// How the daemon is asked.
#[derive(Args)]
pub struct Asking {
    /// The control socket, instead of the configured one; a daemon must answer on it.
    #[arg(long, value_name = "SOCKET")]
    pub socket: Option<PathBuf>,
    /// JSON.
    #[arg(long)]
    pub json: bool,
}

/// What to do with keys.
#[derive(Subcommand)]
pub enum KeyCommand {
    /// Make one; it is printed once.
    Add {
        /// Whose it is, such as "reception desk".
        label: String,
        /// What it may do: panel, staff, speech, conversation, central or metrics; several by
        /// repeating it.
        #[arg(long = "scope", required = true, value_name = "SCOPE")]
        scopes: Vec<Scope>,
        /// How often it may ask; 0: as often as it likes.
        #[arg(long, value_name = "COUNT", default_value_t = 100)]
        requests_per_minute: u32,
        /// How many WebSockets it may have open.
        #[arg(long, value_name = "COUNT", default_value_t = 10)]
        sockets: u32,
        #[command(flatten)]
        asking: Asking,
    },
    /// List them.
    List {
        #[command(flatten)]
        asking: Asking,
    },
    /// Take one no more.
    Revoke {
        /// Its id, as listed.
        id: String,
        #[command(flatten)]
        asking: Asking,
    },
}

impl KeyCommand {
    /// How the daemon is asked.
    pub const fn asking(&self) -> &Asking {
        match self {
            Self::Add { asking, .. } | Self::List { asking } | Self::Revoke { asking, .. } => {
                asking
            }
        }
    }
}

/// What to do with PINs.
#[derive(Subcommand)]
pub enum PinCommand {
    /// Set somebody's PIN, in place of the one that they had; it is read from the terminal, or
    /// from a pipe. Wrong tries at the panel are forgotten.
    Set {
        /// Whose it is, such as "reception, Efua"; the panel and the audit log name them.
        label: String,
        /// What it opens.
        #[arg(long, value_enum, default_value_t = PinRole::Staff)]
        role: PinRole,
        #[command(flatten)]
        asking: Asking,
    },
    /// List whose are good.
    List {
        #[command(flatten)]
        asking: Asking,
    },
    /// Take one no more.
    Revoke {
        /// Its id, as listed.
        id: String,
        #[command(flatten)]
        asking: Asking,
    },
}

impl PinCommand {
    /// How the daemon is asked.
    pub const fn asking(&self) -> &Asking {
        match self {
            Self::Set { asking, .. } | Self::List { asking } | Self::Revoke { asking, .. } => {
                asking
            }
        }
    }
}

/// What a PIN opens.
#[derive(Clone, Copy, ValueEnum)]
pub enum PinRole {
    /// Today's list, calls, conflicts: patients' names.
    Staff,
    /// Devices, models, errors: nothing of a patient.
    Technician,
}

impl From<PinRole> for Role {
    fn from(role: PinRole) -> Self {
        match role {
            PinRole::Staff => Self::Staff,
            PinRole::Technician => Self::Technician,
        }
    }
}

/// What to do with the database's key.
#[derive(Clone, Copy, Subcommand)]
pub enum DatabaseCommand {
    /// Give the database a new key. Copies made before keep the old one.
    RotateKey,
    /// Print the key as it is kept in a safe: with it, a copy is put back on another box.
    RecoveryKey,
}

/// What to do about the central server.
#[derive(Subcommand)]
pub enum SyncCommand {
    /// What is pending, since when and why.
    Status {
        #[command(flatten)]
        asking: Asking,
    },
    /// Synchronise now, and tell how it went.
    Now {
        #[command(flatten)]
        asking: Asking,
    },
}

/// What to do with the roster.
#[derive(Subcommand)]
pub enum RosterCommand {
    /// Take in a roster file (`provisioning/sample-clinic.toml` is an example).
    Import {
        /// TOML.
        file: PathBuf,
        #[command(flatten)]
        asking: Asking,
    },
}

#[cfg(test)]
mod tests {
    use super::Arguments;
    use clap::Parser;
    use clap::error::ErrorKind;
    use std::path::Path;

    /// README and `docs/`, whole.
    fn documents() -> Vec<(String, String)> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let docs = std::fs::read_dir(root.join("docs")).unwrap();
        docs.map(|entry| entry.unwrap().path())
            .chain([root.join("README.md")])
            .filter(|path| path.extension().is_some_and(|it| it == "md"))
            .map(|path| {
                let text = std::fs::read_to_string(&path).unwrap();
                (path.display().to_string(), text)
            })
            .collect()
    }

    /// A command's words, without what a shell would not pass on.
    fn words(line: &str) -> Vec<&str> {
        let line = line.split(" #").next().unwrap_or_default();
        // A name in quotes is one word, and any word stands for it.
        line.split_whitespace()
            .filter(|word| !word.starts_with('"') || word.ends_with('"'))
            .collect()
    }

    #[test]
    fn the_version_is_that_of_the_command() {
        let Err(told) = Arguments::try_parse_from(["kioskctl", "--version"]) else {
            panic!("a version is no command");
        };
        assert!(told.to_string().starts_with("kioskctl "), "{told}");
    }

    #[test]
    fn every_command_in_a_block_of_the_documents_is_one_as_it_stands() {
        let mut tried = 0;
        for (name, text) in documents() {
            let blocks = text
                .split("```")
                .skip(1)
                .step_by(2)
                .filter(|it| it.starts_with("sh\n"));
            for line in blocks.flat_map(str::lines) {
                if line.starts_with("kioskctl ") {
                    if let Err(error) = Arguments::try_parse_from(words(line)) {
                        panic!("{name}: {line}: {error}");
                    }
                    tried += 1;
                }
            }
        }
        assert!(tried > 5, "{tried}");
    }

    /// A sentence may leave out what a command needs, and never names what there is not.
    #[test]
    fn every_command_named_in_a_sentence_of_the_documents_exists() {
        let mut tried = 0;
        for (name, text) in documents() {
            let spans = text.split('`').skip(1).step_by(2);
            for span in spans.filter(|span| span.starts_with("kioskctl ")) {
                tried += 1;
                let Err(error) = Arguments::try_parse_from(words(span)) else {
                    continue;
                };
                let is_left_out = matches!(
                    error.kind(),
                    ErrorKind::MissingRequiredArgument
                        | ErrorKind::MissingSubcommand
                        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
                        | ErrorKind::InvalidValue
                        | ErrorKind::ValueValidation
                );
                assert!(is_left_out, "{name}: {span}: {error}");
            }
        }
        assert!(tried > 30, "{tried}");
    }
}
