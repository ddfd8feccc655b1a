//! The roster as a clinic writes it down (TOML), and the check that finds every
//! problem in one run. Reading and parsing the file is the shell's work.

use super::holidays::{self, Country};
use super::{PractitionerId, Roster, Specialty, SpecialtyId};
use jiff::ToSpan;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A clinic's roster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RosterFile {
    /// The clinic itself.
    pub clinic: Clinic,
    /// What is offered.
    pub specialties: Vec<Specialty>,
    /// Who offers it and when.
    pub practitioners: Vec<PractitionerEntry>,
    /// Days on which the whole clinic is closed, beside its country's holidays.
    #[serde(default)]
    pub closures: Vec<Closure>,
    /// Where things are in the house.
    #[serde(default)]
    pub places: Vec<Place>,
}

/// Days on which nobody is seen, both included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closure {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Told to patients: "Farmers' Day".
    pub name: String,
}

/// Somewhere in the house that patients ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Its name: "pharmacy".
    pub name: String,
    /// Other words for it ("drug store").
    #[serde(default)]
    pub also: Vec<String>,
    /// How to get there from the kiosk, as the end of a sentence: "on the left, behind reception".
    pub directions: String,
}

/// The clinic itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clinic {
    /// Its name, as shown and said.
    pub name: String,
    /// IANA name, such as `Africa/Accra`.
    pub time_zone: String,
    /// Countries (ISO 3166 alpha-2) whose phone numbers come without a country code, its own first.
    pub regions: Vec<String>,
    /// How many days ahead can be booked, today included.
    pub horizon_days: u16,
    /// The country (ISO 3166 alpha-2) on whose public holidays the clinic is closed.
    #[serde(default)]
    pub holidays: Option<String>,
    /// Public holidays on which it is open all the same.
    #[serde(default)]
    pub open_on: Vec<Date>,
}

/// A practitioner with their hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PractitionerEntry {
    /// Their id; keep it when a name changes.
    pub id: PractitionerId,
    /// Full name with title.
    pub name: String,
    /// What they do; the first is the main one.
    pub specialties: Vec<SpecialtyId>,
    /// When they see patients, every week.
    pub hours: Vec<WeeklyHours>,
    /// When they don't after all.
    #[serde(default)]
    pub leave: Vec<Leave>,
    /// When they do beside that, on holidays too.
    #[serde(default)]
    pub extra: Vec<ExtraSession>,
    /// Where patients find them, as the end of a sentence: "in room 3".
    #[serde(default)]
    pub room: Option<String>,
}

/// Hours that recur every week, clinic-local.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeeklyHours {
    /// On these days.
    pub days: Vec<Day>,
    /// From this time of day (`09:00`).
    pub from: Time,
    /// To this time of day; no slot ends later.
    pub to: Time,
    /// Length of a slot in minutes.
    pub slot_minutes: u16,
    /// Kept free after each slot, in minutes.
    #[serde(default)]
    pub buffer_minutes: u16,
    /// How many patients are seen at once; each has a slot of their own.
    #[serde(default = "one_patient")]
    pub capacity: u16,
    /// What these hours are for, such as `follow-up`; anything where absent.
    #[serde(default)]
    pub visit_type: Option<String>,
}

/// Hours on single days, clinic-local.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtraSession {
    /// First day.
    pub from_day: Date,
    /// Last day.
    pub to_day: Date,
    /// From this time of day.
    pub from: Time,
    /// To this time of day; no slot ends later.
    pub to: Time,
    /// As in [`WeeklyHours`].
    pub slot_minutes: u16,
    /// As in [`WeeklyHours`].
    #[serde(default)]
    pub buffer_minutes: u16,
    /// As in [`WeeklyHours`].
    #[serde(default = "one_patient")]
    pub capacity: u16,
    /// As in [`WeeklyHours`].
    #[serde(default)]
    pub visit_type: Option<String>,
}

const fn one_patient() -> u16 {
    1
}

/// A stretch of one day that is cut into slots.
#[derive(Debug, Clone, Copy)]
pub(super) struct Session<'a> {
    pub from: Time,
    pub to: Time,
    pub slot_minutes: u16,
    pub buffer_minutes: u16,
    pub capacity: u16,
    pub visit_type: Option<&'a str>,
}

impl PractitionerEntry {
    /// The sessions of a day on which they are here; on a `closed` one only those beside
    /// the weekly hours.
    pub(super) fn sessions(&self, day: Date, closed: bool) -> Vec<Session<'_>> {
        let is_today =
            |hours: &&WeeklyHours| hours.days.iter().any(|it| it.weekday() == day.weekday());
        let weekly = self.hours.iter().filter(|_| !closed).filter(is_today);
        let extra = self.extra.iter();
        let extra = extra.filter(|it| (it.from_day..=it.to_day).contains(&day));
        weekly
            .map(WeeklyHours::session)
            .chain(extra.map(ExtraSession::session))
            .collect()
    }
}

impl WeeklyHours {
    /// Whether somebody can be seen in them: in the right order, of lengths that are possible.
    pub fn are_possible(&self) -> bool {
        let mut problems = Vec::new();
        self.session().problems(&mut problems);
        problems.is_empty()
    }

    fn session(&self) -> Session<'_> {
        Session {
            from: self.from,
            to: self.to,
            slot_minutes: self.slot_minutes,
            buffer_minutes: self.buffer_minutes,
            capacity: self.capacity,
            visit_type: self.visit_type.as_deref(),
        }
    }
}

impl ExtraSession {
    fn session(&self) -> Session<'_> {
        Session {
            from: self.from,
            to: self.to,
            slot_minutes: self.slot_minutes,
            buffer_minutes: self.buffer_minutes,
            capacity: self.capacity,
            visit_type: self.visit_type.as_deref(),
        }
    }
}

impl Session<'_> {
    fn problems(&self, problems: &mut Vec<String>) {
        if self.from >= self.to {
            problems.push(format!(
                "has hours that end ({}) before they begin ({})",
                self.to, self.from
            ));
        }
        if !(5..=480).contains(&self.slot_minutes) {
            problems.push(format!(
                "has slots of {} minutes; 5 to 480 are possible",
                self.slot_minutes
            ));
        }
        if self.buffer_minutes > 480 {
            problems.push(format!(
                "keeps {} minutes free after a slot; 480 at most",
                self.buffer_minutes
            ));
        }
        if !(1..=MOST_AT_ONCE).contains(&self.capacity) {
            problems.push(format!(
                "sees {} patients at once; 1 to {MOST_AT_ONCE} are possible",
                self.capacity
            ));
        }
        if self.visit_type.is_some_and(|it| it.trim().is_empty()) {
            problems.push("has hours with an empty `visit_type`; leave it out".to_owned());
        }
    }
}

/// Days off, both included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leave {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// For staff; never shown to patients.
    #[serde(default)]
    pub reason: String,
}

/// A weekday as the file spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "they are the weekdays")]
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

impl Day {
    /// The calendar's weekday.
    pub const fn weekday(self) -> Weekday {
        match self {
            Self::Mon => Weekday::Monday,
            Self::Tue => Weekday::Tuesday,
            Self::Wed => Weekday::Wednesday,
            Self::Thu => Weekday::Thursday,
            Self::Fri => Weekday::Friday,
            Self::Sat => Weekday::Saturday,
            Self::Sun => Weekday::Sunday,
        }
    }
}

/// More than a year ahead nobody plans hours; it also bounds the number of slots.
const LONGEST_HORIZON_DAYS: u16 = 400;
/// A vaccination morning of a large clinic; it also bounds the number of slots.
const MOST_AT_ONCE: u16 = 50;

impl RosterFile {
    /// Everything that is wrong with the roster, each as one sentence that names
    /// the place; empty where it can be used.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = self.clinic.problems();
        let mut known = BTreeSet::new();
        for specialty in &self.specialties {
            if !known.insert(&specialty.id) {
                problems.push(format!("specialty `{}` stands twice", specialty.id));
            }
        }
        let mut ids = BTreeSet::new();
        for entry in &self.practitioners {
            if !ids.insert(&entry.id) {
                problems.push(format!("practitioner `{}` stands twice", entry.id));
            }
            problems.extend(entry.problems(&known));
        }
        for closure in self.closures.iter().filter(|it| it.from > it.to) {
            problems.push(format!(
                "the closure `{}` ends ({}) before it begins ({})",
                closure.name, closure.to, closure.from
            ));
        }
        if self.practitioners.is_empty() {
            problems.push("there are no practitioners".to_owned());
        }
        problems
    }

    /// Who works here and when. `today` begins the years whose holidays are known.
    pub fn roster(&self, today: Date) -> Roster {
        Roster {
            specialties: self.specialties.clone(),
            practitioners: self.practitioners.clone(),
            closures: self.all_closures(today),
            places: self.places.clone(),
        }
    }

    /// The clinic's own closures and its country's holidays, from last year to as far as
    /// can be booked.
    pub fn all_closures(&self, today: Date) -> Vec<Closure> {
        let mut closures = self.closures.clone();
        let country = self.clinic.holidays.as_deref().and_then(Country::from_code);
        let last = today.saturating_add(i64::from(LONGEST_HORIZON_DAYS).days());
        for (day, name) in country.into_iter().flat_map(|country| {
            (today.year() - 1..=last.year()).flat_map(move |year| holidays::holidays(country, year))
        }) {
            let known = closures.iter().any(|it| (it.from..=it.to).contains(&day));
            if !known && !self.clinic.open_on.contains(&day) {
                closures.push(Closure {
                    from: day,
                    to: day,
                    name: name.to_owned(),
                });
            }
        }
        closures.sort_by_key(|closure| closure.from);
        closures
    }
}

impl Clinic {
    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.name.trim().is_empty() {
            problems.push("the clinic has no name".to_owned());
        }
        if TimeZone::get(&self.time_zone).is_err() {
            problems.push(format!(
                "`{}` is no time zone; use a name such as `Africa/Accra`",
                self.time_zone
            ));
        }
        if self.regions.is_empty() {
            problems
                .push("`regions` is empty; give the clinic's country, such as [\"GH\"]".to_owned());
        }
        if let Some(country) = &self.holidays
            && Country::from_code(country).is_none()
        {
            problems.push(format!(
                "the holidays of `{country}` are not known; use GH or NG, or leave `holidays` out and list [[closures]]"
            ));
        }
        if !(1..=LONGEST_HORIZON_DAYS).contains(&self.horizon_days) {
            problems.push(format!(
                "`horizon_days` must be 1 to {LONGEST_HORIZON_DAYS}"
            ));
        }
        problems
    }
}

/// Other systems read it (FHIR's ids), and a slot's id is made of it.
fn is_id(id: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    (1..=50).contains(&id.len()) && id.chars().all(fits)
}

impl PractitionerEntry {
    fn problems(&self, specialties: &BTreeSet<&SpecialtyId>) -> Vec<String> {
        let mut problems = Vec::new();
        if !is_id(&self.id.0) {
            problems
                .push("has an id that is not 1 to 50 letters, digits, hyphens and dots".to_owned());
        }
        if self.name.trim().is_empty() {
            problems.push("has no name".to_owned());
        }
        if self.specialties.is_empty() {
            problems.push("has no specialty".to_owned());
        }
        for specialty in self
            .specialties
            .iter()
            .filter(|id| !specialties.contains(id))
        {
            problems.push(format!(
                "has the specialty `{specialty}`, which is not in the list"
            ));
        }
        for session in self.hours.iter().map(WeeklyHours::session) {
            session.problems(&mut problems);
        }
        for session in self.extra.iter().map(ExtraSession::session) {
            session.problems(&mut problems);
        }
        for extra in self.extra.iter().filter(|it| it.from_day > it.to_day) {
            problems.push(format!(
                "has an extra session that ends ({}) before it begins ({})",
                extra.to_day, extra.from_day
            ));
        }
        problems.extend(self.overlapping_hours());
        for leave in self.leave.iter().filter(|leave| leave.from > leave.to) {
            problems.push(format!(
                "has leave that ends ({}) before it begins ({})",
                leave.to, leave.from
            ));
        }
        problems
            .into_iter()
            .map(|problem| format!("practitioner `{}` {problem}", self.id))
            .collect()
    }

    fn overlapping_hours(&self) -> Option<String> {
        let overlap = |a: &WeeklyHours, b: &WeeklyHours| {
            a.days.iter().any(|day| b.days.contains(day)) && a.from < b.to && b.from < a.to
        };
        let clash = self
            .hours
            .iter()
            .enumerate()
            .any(|(i, a)| self.hours[i + 1..].iter().any(|b| overlap(a, b)));
        clash.then(|| "has hours that overlap".to_owned())
    }
}
