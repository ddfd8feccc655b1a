//! Keys and values from files and the environment, each with where it came from.

use super::Problem;
use std::collections::BTreeMap;
use std::path::Path;
use toml::{Table, Value};

/// Environment variables with this prefix are configuration, except these,
/// which say where things lie or are shared with tools outside the daemon.
const PREFIX: &str = "KIOSK_";
const NOT_SETTINGS: [&str; 3] = ["KIOSK_ETC", "KIOSK_MODELS", "KIOSK_SOAK"];

struct Entry {
    value: Value,
    origin: String,
    /// How the origin spells the key.
    spelled: String,
}

/// `section.key` → value; later entries replace earlier ones.
#[derive(Default)]
pub(super) struct Values {
    entries: BTreeMap<String, Entry>,
    problems: Vec<Problem>,
}

impl Values {
    pub(super) fn read_file(&mut self, path: &Path) {
        match std::fs::read_to_string(path) {
            Ok(text) => self.read_text(&path.display().to_string(), &text),
            Err(error) => self.problem(
                &path.display().to_string(),
                "",
                format!("cannot be read: {error}"),
            ),
        }
    }

    pub(super) fn read_text(&mut self, origin: &str, text: &str) {
        let table = match text.parse::<Table>() {
            Ok(table) => table,
            // Without the line itself: it may be a secret in the wrong place.
            Err(error) => {
                let before = error.span().and_then(|it| text.get(..it.start));
                let line = before.unwrap_or_default().matches('\n').count() + 1;
                let what = format!("not valid TOML: line {line}: {}", error.message());
                return self.problem(origin, "", what);
            }
        };
        for (section, value) in table {
            let Value::Table(keys) = value else {
                self.problem(
                    origin,
                    &section,
                    "expected a section such as `[audio]`".to_owned(),
                );
                continue;
            };
            for (key, value) in keys {
                let name = format!("{section}.{key}");
                let spelled = name.clone();
                self.entries.insert(
                    name,
                    Entry {
                        value,
                        origin: origin.to_owned(),
                        spelled,
                    },
                );
            }
        }
    }

    pub(super) fn read_env_file(&mut self, path: &Path) {
        let origin = path.display().to_string();
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => return self.problem(&origin, "", format!("cannot be read: {error}")),
        };
        for line in text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
        {
            let Some((name, value)) = line.split_once('=') else {
                self.problem(
                    &origin,
                    line.split_whitespace().next().unwrap_or(""),
                    "expected NAME=value".to_owned(),
                );
                continue;
            };
            self.read_variable(&origin, name.trim(), value.trim().trim_matches(['"', '\'']));
        }
    }

    pub(super) fn read_environment(&mut self, variables: impl Iterator<Item = (String, String)>) {
        for (name, value) in variables {
            self.read_variable("environment", &name, &value);
        }
    }

    fn read_variable(&mut self, origin: &str, name: &str, value: &str) {
        let Some(rest) = name.strip_prefix(PREFIX) else {
            return;
        };
        if NOT_SETTINGS.iter().any(|other| name.starts_with(other)) {
            return;
        }
        let Some((section, key)) = rest.split_once('_') else {
            return self.problem(origin, name, "expected KIOSK_<SECTION>_<KEY>".to_owned());
        };
        let value = value.parse::<i64>().map_or_else(
            |_| {
                value
                    .parse::<bool>()
                    .map_or_else(|_| Value::String(value.to_owned()), Value::Boolean)
            },
            Value::Integer,
        );
        let entry = Entry {
            value,
            origin: origin.to_owned(),
            spelled: name.to_owned(),
        };
        self.entries.insert(
            format!("{}.{}", section.to_lowercase(), key.to_lowercase()),
            entry,
        );
    }

    /// Takes `key`, parsed; the default where it is absent or wrong (which is
    /// then a problem).
    pub(super) fn take<T>(
        &mut self,
        key: &str,
        default: T,
        parse: impl Fn(&Value) -> Result<T, String>,
    ) -> T {
        let Some(entry) = self.entries.remove(key) else {
            return default;
        };
        match parse(&entry.value) {
            Ok(value) => value,
            Err(what) => {
                self.problem(&entry.origin, &entry.spelled, what);
                default
            }
        }
    }

    /// A key that is right by itself and wrong together with others.
    pub(super) fn complain(&mut self, key: &str, what: String) {
        self.problem("configuration", key, what);
    }

    /// All problems, unknown keys among them.
    pub(super) fn into_problems(mut self) -> Vec<Problem> {
        for entry in std::mem::take(&mut self.entries).into_values() {
            let what = "unknown key; the sample configuration lists those that exist".to_owned();
            self.problem(&entry.origin, &entry.spelled, what);
        }
        self.problems
    }

    fn problem(&mut self, origin: &str, key: &str, what: String) {
        self.problems.push(Problem {
            origin: origin.to_owned(),
            key: key.to_owned(),
            what,
        });
    }
}
