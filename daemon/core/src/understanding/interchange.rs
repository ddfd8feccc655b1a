//! What the kiosk asks of understanding and what it answers: the interchange
//! that `kioskctl understand` reads and writes as JSON lines.
//!
//! Shapes only. Nothing here looks at what was said.

use jiff::civil::{Date, DateTime, Time};
use serde::{Deserialize, Serialize};

/// One thing heard, with what the kiosk knows at that moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Request {
    /// Copied to the answer.
    pub id: String,
    /// Clinic-local time.
    pub now: DateTime,
    /// What the recogniser heard, best first.
    pub hypotheses: Vec<String>,
    /// What the kiosk just asked for.
    pub expecting: Option<Expecting>,
    /// What the kiosk just proposed.
    pub offer: Option<Offer>,
    /// What the kiosk did last.
    pub last_act: Option<LastAct>,
    /// Practitioners known here, by name.
    pub practitioners: Vec<String>,
    /// Specialties known here: name and other words for it.
    pub specialties: Vec<SpecialtyWords>,
    /// Patients known here, by name.
    pub patients: Vec<String>,
    /// Countries (ISO 3166 alpha-2) whose phone numbers come without a country code, the clinic's first.
    pub regions: Vec<String>,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            id: String::new(),
            now: jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0),
            hypotheses: Vec::new(),
            expecting: None,
            offer: None,
            last_act: None,
            practitioners: Vec::new(),
            specialties: Vec::new(),
            patients: Vec::new(),
            regions: Vec::new(),
        }
    }
}

/// A specialty's name and the other words for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpecialtyWords {
    /// The kiosk's own name for it.
    pub name: String,
    /// Other words ("children's doctor").
    #[serde(default)]
    pub also: Vec<String>,
}

/// What the kiosk just asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the interchange's")]
pub enum Expecting {
    YesNo,
    Date,
    Time,
    DateTime,
    PersonName,
    SpelledName,
    DateOfBirth,
    Phone,
    Practitioner,
    Other,
}

/// What the kiosk just proposed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Offer {
    /// By name.
    pub practitioner: Option<String>,
    /// Day.
    pub date: Option<Date>,
    /// Time of day, `HH:MM`.
    #[serde(with = "minutes")]
    pub time: Option<Time>,
}

/// What the kiosk did last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the interchange's")]
pub enum LastAct {
    Greet,
    Ask,
    Offer,
    Confirm,
    SuggestBooking,
    Inform,
    AnythingElse,
    Booked,
    NotAvailable,
    Goodbye,
}

/// What the patient does by saying something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the interchange's")]
pub enum Act {
    Affirm,
    Negate,
    Book,
    FindPractitioner,
    Cancel,
    Reschedule,
    CheckIn,
    FindAppointment,
    RequestAlternatives,
    RequestInfo,
    Repeat,
    Help,
    CallStaff,
    Stop,
    ChangeLanguage,
    Thanks,
    Goodbye,
    NoPreference,
}

/// A constraint on the appointment, clinic-local.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct When {
    /// That day; beside `date_from` or `date_to` only the name of that bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// That time; beside `time_from` or `time_to` only the name of that bound.
    #[serde(with = "minutes", skip_serializing_if = "Option::is_none")]
    pub time: Option<Time>,
    /// First day, included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_from: Option<Date>,
    /// Last day, included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_to: Option<Date>,
    /// Not before this time.
    #[serde(with = "minutes", skip_serializing_if = "Option::is_none")]
    pub time_from: Option<Time>,
    /// Not after this time.
    #[serde(with = "minutes", skip_serializing_if = "Option::is_none")]
    pub time_to: Option<Time>,
    /// The part of the day that was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part_of_day: Option<PartOfDay>,
}

/// Parts of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the interchange's")]
pub enum PartOfDay {
    Morning,
    Afternoon,
    Evening,
    Night,
    Lunch,
}

/// Which part of `when` may mean something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the interchange's")]
pub enum Ambiguous {
    Date,
    Time,
}

/// What was understood. Nothing understood: everything empty.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Understanding {
    /// The request's.
    pub id: String,
    /// What the patient does by saying it.
    pub acts: Vec<Act>,
    /// When they want to come.
    pub when: When,
    /// Which of it may mean something else; the likeliest reading stands in `when`.
    pub ambiguous: Vec<Ambiguous>,
    /// Practitioner asked for, one of the request's names.
    pub practitioner: Option<String>,
    /// Specialty asked for, one of the request's names.
    pub specialty: Option<String>,
    /// Why they come, in their words.
    pub reason: Option<String>,
    /// A name as understood; spelled letters joined.
    pub person_name: Option<String>,
    /// The one of the request's patients that this is; none when unsure.
    pub patient: Option<String>,
    /// Birth date.
    pub date_of_birth: Option<Date>,
    /// E.164 number, valid in one of the request's regions; never a part of one.
    pub phone: Option<String>,
    /// Somebody may be in danger: staff must be told at once. Left out where not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub urgent: bool,
    /// 0 to 1.
    pub confidence: f32,
}

impl std::fmt::Debug for Understanding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Names, numbers and reasons stay out of every log and test failure.
        f.debug_struct("Understanding")
            .field("acts", &self.acts)
            .field("when", &self.when)
            .finish_non_exhaustive()
    }
}

/// `HH:MM`, as the interchange writes times of day.
mod minutes {
    use jiff::civil::Time;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(clippy::ref_option, reason = "serde's signature")]
    pub fn serialize<S: Serializer>(time: &Option<Time>, serializer: S) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => {
                serializer.collect_str(&format_args!("{:02}:{:02}", time.hour(), time.minute()))
            }
            None => serializer.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Time>, D::Error> {
        let Some(text) = Option::<String>::deserialize(deserializer)? else {
            return Ok(None);
        };
        text.parse()
            .map(Some)
            .map_err(|_| D::Error::custom("expected a time of day as `HH:MM`"))
    }
}
