//! Replays the written conversations in `tests/conversations/*.txt`. Adding one needs
//! no code: see `tests/conversations/README.md` for the words.

#![allow(clippy::unwrap_used, clippy::unwrap_in_result, reason = "tests")]

mod support;

use jiff::civil::DateTime;
use kiosk_core::clinic::Patient;
use kiosk_core::dialogue::{Alert, Event, Slip};
use kiosk_protocol::{Action, Private};
use std::path::Path;
use support::Kiosk;

/// The first release has this many; later ones only add.
const FEWEST: usize = 60;

#[test]
fn every_written_conversation_goes_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conversations");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    files.sort();
    assert!(files.len() >= FEWEST, "only {} conversations", files.len());
    let failures: Vec<String> = files.iter().filter_map(|path| replay(path).err()).collect();
    assert!(failures.is_empty(), "\n{}", failures.join("\n\n"));
}

fn replay(path: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut play = Play {
        kiosk: None,
        heard_until: 0,
    };
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (word, rest) = line
            .split_once(':')
            .ok_or_else(|| format!("{}: no colon in `{line}`", path.display()))?;
        play.line(word.trim(), rest.trim()).map_err(|error| {
            format!(
                "{}:{}: `{line}`\n  {error}",
                path.file_name().unwrap().display(),
                number + 1
            )
        })?;
    }
    Ok(())
}

struct Play {
    kiosk: Option<Kiosk>,
    /// Sentences before this index were said before the last thing the patient did.
    heard_until: usize,
}

impl Play {
    fn line(&mut self, word: &str, rest: &str) -> Result<(), String> {
        if word == "now" {
            let mut kiosk = Kiosk::new(
                rest.parse::<DateTime>()
                    .map_err(|error| error.to_string())?,
            );
            kiosk.tell(Event::Start);
            self.kiosk = Some(kiosk);
            return Ok(());
        }
        let kiosk = self.kiosk.as_mut().ok_or("the first line must be `now:`")?;
        let before = kiosk.said.len();
        match word {
            "said" => kiosk.tell(Event::Heard(rest.split(" | ").map(Private::from).collect())),
            "mumbled" => kiosk.tell(Event::NotHeard),
            "touch" => {
                let (action, value) = touch(rest)?;
                kiosk.tell(Event::Touch(action, value));
            }
            "focus" => kiosk.tell(Event::Focused(Private::from(rest))),
            "headset" => kiosk.tell(Event::Headset(rest == "in")),
            "silence" => kiosk.wait(rest.parse().map_err(|_| "expected seconds")?),
            "has booked" => {
                let parts: Vec<&str> = rest.split(", ").collect();
                let [practitioner, start, name, phone, birth_date] = parts[..] else {
                    return Err(
                        "expected practitioner, start, patient, number, birth date".to_owned()
                    );
                };
                let start = start
                    .parse()
                    .map_err(|_| "expected a start such as 2026-11-24T08:30")?;
                kiosk.has_booked(practitioner, start, [name, phone, birth_date]);
                return Ok(());
            }
            "was here" => {
                let parts: Vec<&str> = rest.split(", ").collect();
                let [name, phone, birth_date, last_seen] = parts[..] else {
                    return Err("expected patient, number, birth date, doctor".to_owned());
                };
                kiosk.was_here(name, phone, birth_date, last_seen);
                return Ok(());
            }
            "staff answers" => kiosk.tell(Event::StaffAnswered),
            "before them" => {
                kiosk.waiting = rest.parse().map_err(|_| "expected a number")?;
                return Ok(());
            }
            "the network is down" => {
                kiosk.is_offline = true;
                return Ok(());
            }
            "somebody takes the slot" => {
                kiosk.next_is_taken = true;
                return Ok(());
            }
            "somebody has" => {
                kiosk.takes(rest);
                return Ok(());
            }
            "the patient is busy then" => {
                kiosk.patient_is_busy = true;
                return Ok(());
            }
            "there is a printer" => {
                kiosk.printer = Some(true);
                return Ok(());
            }
            "the printer is empty" => {
                kiosk.printer = Some(false);
                return Ok(());
            }
            "the booking fails" => {
                kiosk.next_fails = true;
                return Ok(());
            }
            _ => return self.check(word, rest),
        }
        self.heard_until = before;
        Ok(())
    }

    fn check(&self, word: &str, rest: &str) -> Result<(), String> {
        let kiosk = self.kiosk.as_ref().ok_or("the first line must be `now:`")?;
        let said = kiosk.said[self.heard_until.min(kiosk.said.len())..].join(" ");
        let view = kiosk.view();
        let screen = serde_json::to_value(view.screen).unwrap();
        let right = match word {
            "replied" => said.contains(rest),
            "not replied" => !said.contains(rest),
            "not shown" => !view.prompt.expose().contains(rest),
            "shown" => view.prompt.expose().contains(rest),
            "screen" => screen == rest,
            "choice" => view
                .choices
                .iter()
                .any(|choice| format!("{} {}", choice.label, choice.detail).contains(rest)),
            "chips" => chips(&view) == rest,
            "booked" => booked(kiosk) == rest,
            "settled" => settled(kiosk) == rest,
            "ended" => kiosk
                .ended
                .is_some_and(|outcome| serde_json::to_value(outcome).unwrap() == rest),
            "staff" => staff(kiosk) == rest,
            "language" => view.language == rest,
            "paper" => view
                .paper
                .is_some_and(|it| serde_json::to_value(it).unwrap() == rest),
            "printed" => printed(kiosk) == rest,
            "day" => calendar_has(&view, rest),
            "time" => times(&view).contains(&rest.to_owned()),
            "voice" => format!("{:+} {:+}", kiosk.manner.loudness, kiosk.manner.pace) == rest,
            _ => return Err(format!("`{word}` is no word of these files")),
        };
        if right {
            return Ok(());
        }
        Err(format!(
            "the kiosk said: {said:?}\n  screen {screen}, prompt {:?}, chips {}\n  booked: {}; settled: {}; ended {:?}\n  language {}, times {:?}",
            view.prompt.expose(),
            chips(&view),
            booked(kiosk),
            settled(kiosk),
            kiosk.ended,
            view.language,
            times(&view)
        ))
    }
}

fn touch(rest: &str) -> Result<(Action, Option<Private>), String> {
    let (name, value) = rest.split_once(' ').map_or((rest, None), |(name, value)| {
        (name, Some(Private::from(value)))
    });
    let action =
        serde_json::from_value(name.into()).map_err(|_| format!("`{name}` is no action"))?;
    Ok((action, value))
}

fn chips(view: &kiosk_protocol::View) -> String {
    let draft = &view.draft;
    let parts = [
        draft.practitioner.clone(),
        draft.specialty.clone(),
        draft.date.clone(),
        draft.time.clone(),
        draft.name.as_ref().map(|name| name.expose().to_owned()),
        draft.phone.as_ref().map(|phone| phone.expose().to_owned()),
        draft
            .birth_date
            .as_ref()
            .map(|date| date.expose().to_owned()),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" / ")
}

fn calendar_has(view: &kiosk_protocol::View, wanted: &str) -> bool {
    let days = view.calendar.iter().flat_map(|calendar| &calendar.days);
    days.map(|day| {
        let state = serde_json::to_value(day.state).unwrap();
        let shown = if day.shown { ", shown" } else { "" };
        format!(
            "{} {} {} {}{shown}",
            day.weekday,
            day.day,
            day.month,
            state.as_str().unwrap()
        )
    })
    .any(|day| day == wanted)
}

fn times(view: &kiosk_protocol::View) -> Vec<String> {
    let times = view.calendar.iter().flat_map(|calendar| &calendar.times);
    times
        .map(|time| {
            let state = serde_json::to_value(time.state).unwrap();
            format!("{} {}", time.label, state.as_str().unwrap())
        })
        .collect()
}

fn staff(kiosk: &Kiosk) -> &'static str {
    match kiosk.staff_called {
        None => "not called",
        Some(Alert::Help) => "called",
        Some(Alert::Urgent) => "called urgently",
    }
}

fn printed(kiosk: &Kiosk) -> String {
    let slip = |slip: &Slip| {
        let mut lines = vec![slip.clinic.as_str(), &slip.heading, &slip.label, &slip.code];
        lines.extend(slip.lines.iter().map(String::as_str));
        lines.join(" / ")
    };
    kiosk.slips.last().map_or("nothing".to_owned(), slip)
}

fn settled(kiosk: &Kiosk) -> String {
    if kiosk.settled.is_empty() {
        "nothing".to_owned()
    } else {
        kiosk.settled.join("; ")
    }
}

fn booked(kiosk: &Kiosk) -> String {
    let row = |(booking, slot): &(kiosk_core::clinic::Booking, kiosk_core::clinic::FreeSlot)| {
        let start = kiosk
            .zone
            .to_datetime(slot.start)
            .strftime("%a %Y-%m-%d %H:%M")
            .to_string();
        let who = match &booking.patient {
            Patient::Known(id) => id.to_string(),
            Patient::New(new) => format!(
                "{}, {}, {}",
                new.name.expose(),
                new.phone
                    .as_ref()
                    .map_or("no phone", |phone| phone.expose()),
                new.birth_date
                    .map_or("no birth date".to_owned(), |date| date.0.to_string())
            ),
        };
        format!("{}, {start}, {who}", slot.practitioner)
    };
    if kiosk.booked.is_empty() {
        "nothing".to_owned()
    } else {
        kiosk.booked.iter().map(row).collect::<Vec<_>>().join("; ")
    }
}
