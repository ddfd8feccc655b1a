//! Provisioning by questions: what is answered becomes the profile. Each answer is kept at
//! once, so that who is interrupted finds their answers as the next run's defaults.

use super::profile::{self, MEASURED, Profile};
use super::record::{Level, Record};
use crate::asking::{Asking, text};
use crate::listening::{self, Sample};
use crate::output;
use crate::place;
use jiff::tz::TimeZone;
use kiosk_daemon::audio::devices::{self, Direction};
use kiosk_daemon::clinic;
use kiosk_daemon::config::{self, Settings};
use kiosk_protocol::Private;
use kiosk_protocol::control::Scope;
use std::io::BufRead;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// The answers of a session that has not ended, beside the profile.
pub const DRAFT: &str = "profile.draft.toml";
/// Speech at arm's length is well above this, digital noise of an empty socket below.
const FAINT_DBFS: f32 = -55.0;
const LISTENS_S: f32 = 3.0;

struct Session<'a, Input: BufRead> {
    asking: Asking<Input>,
    profile: Profile,
    record: &'a mut Record,
    /// None: nothing is written.
    draft: Option<PathBuf>,
    settings: &'a Settings,
}

/// Asks for everything; `profile` has the defaults. What staff unlocks the panel with is for
/// the records alone.
///
/// # Errors
/// The answers end before the questions do, or the draft can't be written.
pub fn run(
    input: impl BufRead,
    profile: Profile,
    record: &mut Record,
    draft: Option<PathBuf>,
    settings: &Settings,
) -> anyhow::Result<(Profile, Option<Private>)> {
    let mut session = Session {
        asking: Asking::new(input),
        profile,
        record,
        draft,
        settings,
    };
    session.clinic()?;
    session.sound()?;
    session.screen()?;
    session.models()?;
    session.others()?;
    // Neither in the profile nor in the draft.
    let pin = session
        .asking
        .secret("A PIN with which staff unlocks the panel, or Enter for none?")?;
    Ok((session.profile.again()?, pin))
}

impl<Input: BufRead> Session<'_, Input> {
    fn clinic(&mut self) -> anyhow::Result<()> {
        let own_name = |it: &str| match it {
            "" => Err("a kiosk needs a name".to_owned()),
            name => Ok(name.to_owned()),
        };
        self.words(
            "kiosk",
            "name",
            "The clinic's name?",
            "Lobby kiosk",
            own_name,
        )?;
        let zone = TimeZone::system();
        let here = zone.iana_name().filter(|it| it.contains('/'));
        let question = "Its time zone?";
        self.words(
            "box",
            "time_zone",
            question,
            here.unwrap_or("Africa/Accra"),
            profile::time_zone,
        )?;
        let folder = self.profile.folder.clone();
        // From the root: the answers may be read again from elsewhere.
        let is_file = |it: &str| match it {
            "" => Ok(String::new()),
            path => match folder.join(path).canonicalize() {
                Ok(path) if path.is_file() => Ok(path.display().to_string()),
                Ok(_) | Err(_) => Err(format!("there is no file `{path}`")),
            },
        };
        self.words("box", "roster", "A file with its roster?", "", is_file)?;
        let known: Vec<&str> = clinic::on_the_screen().collect();
        let question = format!(
            "Languages on the screen beside English, of {}?",
            known.join(" ")
        );
        let default = self.list("panel", "languages").unwrap_or(known.join(" "));
        let languages = self.asking.ask(&question, &default, |answer| {
            let codes: Vec<String> = answer.split([' ', ',']).map(str::to_owned).collect();
            let codes: Vec<String> = codes.into_iter().filter(|it| !it.is_empty()).collect();
            match codes.iter().find(|code| !known.contains(&code.as_str())) {
                Some(other) if other != "none" => Err(format!("there is no `{other}`")),
                Some(_) => Ok(Vec::new()),
                None => Ok(codes),
            }
        })?;
        let languages = languages.into_iter().map(Value::String).collect();
        self.put("panel", "languages", Some(Value::Array(languages)))
    }

    fn sound(&mut self) -> anyhow::Result<()> {
        let sample = Sample::make(self.settings);
        let played = |device: &str| match sample.play(device) {
            Ok(()) => Ok("it was played".to_owned()),
            Err(error) => Err(format!("{error:#}")),
        };
        self.device("speaker", Direction::Play, "Was it heard?", |_, it| {
            played(it)
        })?;
        self.percent("volume", "How loud, 0 to 100?")?;
        let question = "Is that the microphone?";
        self.device("microphone", Direction::Record, question, |session, it| {
            session.heard(it)
        })?;
        self.percent("capture_gain", "How sensitive, 0 to 100?")
    }

    /// Devices are tried out until one is taken, or the one that is set is kept.
    fn device(
        &mut self,
        key: &str,
        direction: Direction,
        question: &str,
        mut attempt: impl FnMut(&mut Self, &str) -> Result<String, String>,
    ) -> anyhow::Result<()> {
        let names = devices::names(direction);
        for (number, name) in names.iter().enumerate() {
            output::note(&format!("  {}  {name}", number + 1));
        }
        loop {
            let kept = self
                .profile
                .text("audio", key)
                .unwrap_or("default")
                .to_owned();
            let ask = format!("The {key} is `{kept}`: a number or name to try another, or none?");
            let chosen = self.asking.ask(&ask, KEEP, |answer| {
                let number = answer.parse::<usize>().ok();
                match number.map(|number| names.get(number.wrapping_sub(1))) {
                    Some(Some(name)) => Ok(name.clone()),
                    Some(None) => Err(format!("there are {} devices", names.len())),
                    None => Ok(answer.to_owned()),
                }
            })?;
            if chosen == KEEP || chosen == "none" {
                let device = if chosen == KEEP { kept } else { chosen };
                return self.put("audio", key, Some(Value::String(device)));
            }
            match attempt(self, &chosen) {
                Ok(words) => output::note(&format!("  {words}")),
                Err(why) => {
                    output::note(&format!("  {why}"));
                    continue;
                }
            }
            if self.asking.is_so(question, true)? {
                return self.put("audio", key, Some(Value::String(chosen)));
            }
        }
    }

    fn heard(&mut self, device: &str) -> Result<String, String> {
        output::note("  say something, from where a patient stands");
        let level = listening::level(device, LISTENS_S).map_err(|error| error.to_string())?;
        let Some(dbfs) = listening::decibels(level) else {
            return Err("it delivers nothing but silence: look for a mute switch".to_owned());
        };
        self.record.microphone = Some(Level {
            device: device.to_owned(),
            dbfs: f64::from(dbfs.round()),
        });
        let remark = if dbfs < FAINT_DBFS {
            ", which is faint"
        } else {
            ""
        };
        Ok(format!("it hears {dbfs:.0} dBFS{remark}"))
    }

    fn screen(&mut self) -> anyhow::Result<()> {
        let size = |it: &str| match it {
            "own" => Ok(String::new()),
            size => profile::size_of(size),
        };
        self.words(
            "screen",
            "size",
            "The display's pixels (own: its best)?",
            "own",
            size,
        )?;
        let screen = self.profile.clone().again()?.screen().clone();
        let default = screen.rotation.unwrap_or(0).to_string();
        let question = "How does it hang: 0, 90, 180 or 270 degrees?";
        let rotation = self.asking.ask(question, &default, profile::rotation_of)?;
        self.put("screen", "rotation", Some(Value::Integer(rotation.into())))?;
        let default = screen.scale.unwrap_or(1.0).to_string();
        let scale = self.asking.ask(
            "How large are things, 1 as drawn?",
            &default,
            profile::scale_of,
        )?;
        self.put("screen", "scale", Some(Value::Float(scale)))
    }

    fn models(&mut self) -> anyhow::Result<()> {
        let question = "The recogniser (measured: the best that is fast enough here)?";
        self.words(
            "models",
            "recogniser",
            question,
            MEASURED,
            profile::recogniser,
        )
    }

    fn others(&mut self) -> anyhow::Result<()> {
        let question = "Where other programs may ask, such as 127.0.0.1:8320?";
        self.words("http", "listen", question, "", text)?;
        self.keys()?;
        self.words(
            "central",
            "url",
            "The central FHIR server's address?",
            "",
            text,
        )?;
        if self.profile.text("central", "url").is_none() {
            return Ok(());
        }
        self.words("central", "clinic", "The clinic there?", "clinic", text)?;
        self.words("central", "kiosk", "This kiosk there?", "kiosk", text)?;
        let key = config::etc().join("central.key").display().to_string();
        self.words(
            "central",
            "key_file",
            "The file with its key there?",
            &key,
            text,
        )
    }

    /// One after the other, until there are no more.
    fn keys(&mut self) -> anyhow::Result<()> {
        loop {
            let question = "Another program that gets a key: its label, a colon, its scopes?";
            let asked = self.asking.ask(question, "", |answer| {
                let Some((label, scopes)) = answer.split_once(':') else {
                    return if answer.is_empty() {
                        Ok(None)
                    } else {
                        Err(KEY.to_owned())
                    };
                };
                let scopes = scopes.split([' ', ',']).filter(|it| !it.is_empty());
                let scopes: Vec<Scope> = scopes.map(str::parse).collect::<Result<_, _>>()?;
                Ok(Some((label.trim().to_owned(), scopes)))
            })?;
            let Some((label, scopes)) = asked else {
                return Ok(());
            };
            let default = format!("/root/{}.key", label.replace([' ', '/'], "-"));
            let file = self
                .asking
                .ask("The file that its key is left in?", &default, text)?;
            let scopes = scopes
                .iter()
                .map(|it| Value::String(it.to_string()))
                .collect();
            let key = Table::from_iter([
                ("label".to_owned(), Value::String(label)),
                ("scopes".to_owned(), Value::Array(scopes)),
                ("file".to_owned(), Value::String(file)),
            ]);
            let keys = self
                .profile
                .table
                .entry("keys")
                .or_insert(Value::Array(Vec::new()));
            if let Some(keys) = keys.as_array_mut() {
                keys.retain(|other| other.get("label") != key.get("label"));
                keys.push(Value::Table(key));
            }
            self.keep()?;
        }
    }

    /// Text; an empty answer takes the key away.
    fn words(
        &mut self,
        section: &str,
        key: &str,
        question: &str,
        default: &str,
        parse: impl Fn(&str) -> Result<String, String>,
    ) -> anyhow::Result<()> {
        let default = self
            .profile
            .text(section, key)
            .unwrap_or(default)
            .to_owned();
        let answer = self.asking.ask(question, &default, |answer| match answer {
            // Nobody can type an empty line where there is a default.
            "none" => parse(""),
            answer => parse(answer),
        })?;
        let value = (!answer.is_empty()).then_some(Value::String(answer));
        self.put(section, key, value)
    }

    fn percent(&mut self, key: &str, question: &str) -> anyhow::Result<()> {
        let kept = self
            .profile
            .table
            .get("audio")
            .and_then(|it| it.get(key)?.as_integer());
        let default = kept.map_or_else(String::new, |it| it.to_string());
        let answer = self.asking.ask(question, &default, |answer| match answer {
            "" | "none" => Ok(None),
            number => match number.parse() {
                Ok(percent @ 0..=100) => Ok(Some(percent)),
                Ok(_) | Err(_) => Err("expected a number from 0 to 100, or none".to_owned()),
            },
        })?;
        self.put("audio", key, answer.map(Value::Integer))
    }

    fn list(&self, section: &str, key: &str) -> Option<String> {
        let list = self.profile.table.get(section)?.get(key)?.as_array()?;
        let words: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
        Some(if words.is_empty() {
            "none".to_owned()
        } else {
            words.join(" ")
        })
    }

    fn put(&mut self, section: &str, key: &str, value: Option<Value>) -> anyhow::Result<()> {
        self.profile.set(section, key, value);
        self.keep()
    }

    fn keep(&self) -> anyhow::Result<()> {
        match &self.draft {
            Some(draft) => keep(draft, &self.profile.table),
            None => Ok(()),
        }
    }
}

const KEEP: &str = "keep";
const KEY: &str = "expected a label and scopes, such as reception desk: staff";

fn keep(draft: &Path, table: &Table) -> anyhow::Result<()> {
    place::file(draft, toml::to_string(table)?.as_bytes(), 0o640)
}
