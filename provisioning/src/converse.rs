//! `kioskctl converse`: a conversation on the terminal, with the daemon's dialogue and a
//! database that is thrown away afterwards, so that nothing tried here is booked.
//!
//! A line is what the patient says; a line that begins with `/` is a touch, such as
//! `/yes` or `/choose dental`.

use crate::output::{self, Exit};
use anyhow::{Context, bail};
use jiff::Timestamp;
use jiff::civil::DateTime;
use kiosk_core::clinic::AppointmentId;
use kiosk_core::dialogue::{Dialogue, Effect, Event, Setting};
use kiosk_daemon::clinic::wording;
use kiosk_daemon::config::Settings;
use kiosk_daemon::store::{Store, StoreHandle, parse_roster, wait};
use kiosk_protocol::{Action, Capabilities, Outcome, Private, View};
use serde::Serialize;
use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;

/// Where no roster is named there is a clinic to try the kiosk with.
pub const SAMPLE_CLINIC: &str = include_str!("../sample-clinic.toml");

/// What to converse about.
#[derive(clap::Args)]
pub struct Converse {
    /// One JSON object a line: replies, view, how it ended.
    #[arg(long)]
    json: bool,
    /// The clinic's time (such as 2026-11-23T08:00), which then stands still.
    #[arg(long, value_name = "TIME")]
    now: Option<DateTime>,
    /// The clinic's roster; without it a sample clinic's.
    #[arg(long, value_name = "FILE")]
    roster: Option<PathBuf>,
}

/// What one line led to.
#[derive(Serialize)]
struct Turn {
    replies: Vec<Private>,
    view: View,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<Outcome>,
}

pub fn run(command: &Converse, settings: &Settings) -> anyhow::Result<Exit> {
    let folder = tempfile::tempdir().context("make a folder for a database that is thrown away")?;
    let store = Store::open(folder.path(), Timestamp::now())?;
    let mut terminal = Terminal::new(command, settings, store.handle())?;
    terminal.tell(command, Event::Start)?;
    let prompt = std::io::stdin().is_terminal() && !command.json;
    for line in lines(prompt) {
        let line = line.context("read from the terminal")?;
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        match event_of(line) {
            Ok(event) => terminal.tell(command, event)?,
            Err(error) => output::complain(&format!("{error:#}")),
        }
        if terminal.ended.is_some() {
            break;
        }
    }
    Ok(Exit::Done)
}

fn lines(prompt: bool) -> impl Iterator<Item = std::io::Result<String>> {
    let mut input = std::io::stdin().lock();
    std::iter::from_fn(move || {
        if prompt {
            let mut error = std::io::stderr();
            let _ = write!(error, "> ").and_then(|()| error.flush());
        }
        let mut line = String::new();
        match input.read_line(&mut line) {
            Ok(0) => None,
            Ok(_) => Some(Ok(line)),
            Err(error) => Some(Err(error)),
        }
    })
}

fn event_of(line: &str) -> anyhow::Result<Event> {
    let Some(touch) = line.strip_prefix('/') else {
        return Ok(Event::Heard(vec![Private::from(line)]));
    };
    let (name, value) = touch
        .split_once(' ')
        .map_or((touch, None), |(name, value)| (name, Some(value.trim())));
    let Ok(action) = serde_json::from_value::<Action>(name.into()) else {
        bail!(
            "`/{name}` is no touch; try /yes, /no, /choose ID, /enter TEXT, /change FIELD, /start_again"
        );
    };
    Ok(Event::Touch(action, value.map(Private::from)))
}

struct Terminal {
    dialogue: Dialogue,
    store: StoreHandle,
    /// Where the clock stands still.
    fixed: Option<Timestamp>,
    ended: Option<Outcome>,
}

impl Terminal {
    fn new(command: &Converse, settings: &Settings, store: StoreHandle) -> anyhow::Result<Self> {
        let text = match &command.roster {
            Some(file) => std::fs::read_to_string(file)
                .with_context(|| format!("read `{}`", file.display()))?,
            None => SAMPLE_CLINIC.to_owned(),
        };
        let roster = parse_roster(&text)?;
        let zone = jiff::tz::TimeZone::get(&roster.clinic.time_zone)?;
        let fixed = command.now.map(|now| zone.to_timestamp(now)).transpose()?;
        let today = zone
            .to_datetime(fixed.unwrap_or_else(Timestamp::now))
            .date();
        let setting = Setting {
            clinic_name: roster.clinic.name.clone(),
            zone,
            regions: roster.clinic.regions.clone(),
            horizon_days: roster.clinic.horizon_days,
            roster: roster.roster(today),
            wording: wording(settings)?,
        };
        wait(store.import_roster(roster, fixed.unwrap_or_else(Timestamp::now)))?;
        let mut number = 0;
        let new_id = move || {
            number += 1;
            AppointmentId(format!("tried-{number}"))
        };
        let capabilities = Capabilities {
            speech_in: true,
            speech_out: true,
            booking: true,
        };
        let dialogue = Dialogue::new(Arc::new(setting), capabilities, Box::new(new_id));
        Ok(Self {
            dialogue,
            store,
            fixed,
            ended: None,
        })
    }

    fn now(&self) -> Timestamp {
        self.fixed.unwrap_or_else(Timestamp::now)
    }

    /// Tells the dialogue, carries out what it wants, and shows what came of it.
    fn tell(&mut self, command: &Converse, event: Event) -> anyhow::Result<()> {
        let mut replies = Vec::new();
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            for effect in self.dialogue.step(self.now(), event) {
                events.extend(self.carry_out(effect, &mut replies)?);
            }
        }
        let view = self.dialogue.view(self.now());
        if command.json {
            return Ok(output::json(&Turn {
                replies,
                view,
                ended: self.ended,
            })?);
        }
        for reply in &replies {
            output::line(format_args!("kiosk: {}", reply.expose()))?;
        }
        for choice in &view.choices {
            output::line(format_args!(
                "       [{}] {} {}",
                choice.id, choice.label, choice.detail
            ))?;
        }
        if let Some(booked) = &view.booked {
            output::line(format_args!(
                "       code {}: {}, {} {}",
                booked.code, booked.practitioner, booked.date, booked.time
            ))?;
        }
        Ok(())
    }

    fn carry_out(
        &mut self,
        effect: Effect,
        replies: &mut Vec<Private>,
    ) -> anyhow::Result<Option<Event>> {
        Ok(match effect {
            Effect::Say { id, text, .. } => {
                replies.push(text);
                Some(Event::Spoken(id))
            }
            Effect::FindSlots(question, query) => Some(Event::Slots(
                question,
                wait(self.store.free_slots(query, self.now()))?,
            )),
            Effect::Book(question, booking) => Some(Event::Booked(
                question,
                wait(self.store.book(booking, self.now()))?,
            )),
            Effect::FindPatients(question, clues) => Some(Event::Patients(
                question,
                wait(self.store.patients(clues, self.now()))?,
            )),
            Effect::JoinQueue(question, walk_in) => Some(Event::Settled(
                question,
                wait(self.store.join_queue(walk_in, self.now()))?,
            )),
            Effect::Cancel(question, id) => Some(Event::Settled(
                question,
                wait(self.store.cancel(id, self.now()))?,
            )),
            Effect::Move(question, id, slot) => Some(Event::Booked(
                question,
                wait(self.store.reschedule(id, slot, self.now()))?,
            )),
            Effect::CheckIn(question, id) => Some(Event::Settled(
                question,
                wait(self.store.check_in(id, self.now()))?,
            )),
            Effect::CallStaff(_) => {
                output::note("the staff bell rings");
                None
            }
            Effect::End(outcome) => {
                self.ended = Some(outcome);
                None
            }
            // Nobody else books here.
            Effect::StopSpeaking
            | Effect::Expect(_)
            | Effect::Manner(_)
            | Effect::Hold(..)
            // There is no printer at a terminal.
            | Effect::Print(..) => None,
        })
    }
}
