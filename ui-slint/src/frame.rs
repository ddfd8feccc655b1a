//! What the pages show, whole, and how single parts of it are put for the eye. Pure.

use crate::entry::Entry;
use kiosk_protocol::{
    Action, Activity, Calendar, Choice, ChoiceKind, Field, Language, Screen, StaffPage, StaffView,
    TechnicianView, View,
};

/// Which page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Page {
    /// kioskd has not answered yet, or is getting ready.
    #[default]
    Starting,
    /// kioskd is gone for a moment.
    OneMoment,
    /// One of kioskd's screens.
    Of(Screen),
    /// A PIN is typed.
    Unlock,
    /// Staff is at the panel.
    Staff(StaffPage),
    /// A technician is.
    Technician,
}

impl Page {
    /// As in pictures' names.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Starting | Self::Of(Screen::Starting) => "starting",
            Self::OneMoment => "one-moment",
            Self::Unlock => "unlock",
            Self::Technician => "technician",
            Self::Staff(StaffPage::Day) => "staff-day",
            Self::Staff(StaffPage::Appointment) => "staff-appointment",
            Self::Staff(StaffPage::Move) => "staff-move",
            Self::Staff(StaffPage::Late) => "staff-late",
            Self::Staff(StaffPage::Conflicts) => "staff-conflicts",
            Self::Staff(StaffPage::RingBacks) => "staff-ring-backs",
            Self::Staff(StaffPage::Calls) => "staff-calls",
            Self::Staff(StaffPage::Search) => "staff-search",
            Self::Of(Screen::Welcome) => "welcome",
            Self::Of(Screen::Listening) => "listening",
            Self::Of(Screen::ChoosePractitioner) => "choose-practitioner",
            Self::Of(Screen::ChooseSlot) => "choose-slot",
            Self::Of(Screen::EnterName) => "enter-name",
            Self::Of(Screen::EnterPhone) => "enter-phone",
            Self::Of(Screen::EnterBirthDate) => "enter-birth-date",
            Self::Of(Screen::Question) => "question",
            Self::Of(Screen::Confirm) => "confirm",
            Self::Of(Screen::Booked) => "booked",
            Self::Of(Screen::Done) => "done",
            Self::Of(Screen::Reception) => "reception",
            Self::Of(Screen::Problem) => "problem",
        }
    }
}

/// What stands for a specialty, for those who do not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// It is no specialty.
    None,
    /// A stethoscope.
    General,
    /// A child's face.
    Child,
    /// A mother and her child.
    Mother,
    /// A tooth.
    Tooth,
    /// An eye.
    Eye,
    /// A heart.
    Heart,
    /// A shield: what is nobody else's business.
    Private,
    /// A flask.
    Laboratory,
}

/// How the panel looks for this patient. Forgotten with them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Comfort {
    /// White and yellow on black.
    pub high_contrast: bool,
    /// Larger letters.
    pub larger: bool,
    /// Controls in the lower part, for who sits.
    pub lowered: bool,
    /// The sheet with all of these is open.
    pub open: bool,
}

/// One thing to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Sent back.
    pub id: String,
    /// In a portrait's place; empty for what is no person.
    pub initials: String,
    /// In a picture's place.
    pub sign: Sign,
    /// What kind of thing it is.
    pub kind: ChoiceKind,
    /// First line.
    pub label: String,
    /// Second line.
    pub detail: String,
    /// Third line.
    pub more: String,
}

/// Everything that the window shows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Frame {
    /// Which page.
    pub page: Page,
    /// The kiosk's name.
    pub kiosk: String,
    /// Whether kioskd answers.
    pub connected: bool,
    /// What was refused, for people.
    pub notice: String,
    /// The newest snapshot; the default one before the first.
    pub view: View,
    /// How the panel looks.
    pub comfort: Comfort,
    /// What this box has of every language, its own first.
    pub languages: Vec<Language>,
    /// The one that is shown.
    pub language: Option<Language>,
    /// The view's choices but for its actions.
    pub offers: Vec<Offer>,
    /// What all offers have in common, said once above them.
    pub offers_heading: String,
    /// The actions that the page offers, with their words.
    pub actions: Vec<(Action, String)>,
    /// What was understood, part by part.
    pub understood: Vec<(Field, String)>,
    /// Seconds of the warning, if there is one.
    pub seconds_left: Option<u32>,
    /// A name to be confirmed.
    pub proposed_name: String,
    /// "No phone" or "I don't know it", where it is offered.
    pub decline: String,
    /// The PIN that is being typed.
    pub entry: Option<Entry>,
    /// What staff is shown.
    pub staff: Option<StaffView>,
    /// What a technician is shown.
    pub technician: Option<TechnicianView>,
}

/// Whether two frames look different enough for a picture each.
pub fn looks_different(a: &Frame, b: &Frame) -> bool {
    let plain = |frame: &Frame| {
        let mut frame = frame.clone();
        frame.view.seq = 0;
        frame.view.transcript.activity = Activity::Idle;
        frame.seconds_left = frame.seconds_left.map(|_| 0);
        frame.view.timeout = None;
        if let Some(staff) = &mut frame.staff {
            (staff.seq, staff.timeout) = (0, None);
        }
        if let Some(technician) = &mut frame.technician {
            (technician.seq, technician.timeout) = (0, None);
        }
        frame
    };
    plain(a) != plain(b)
}

pub(crate) fn offer(choice: &Choice) -> Offer {
    Offer {
        id: choice.id.clone(),
        initials: if choice.kind == ChoiceKind::Practitioner && !is_anyone(choice) {
            initials(&choice.label)
        } else {
            String::new()
        },
        sign: if choice.kind == ChoiceKind::Specialty {
            sign(&format!("{} {}", choice.id, choice.label))
        } else {
            Sign::None
        },
        kind: choice.kind,
        label: choice.label.clone(),
        detail: choice.detail.lines().next().unwrap_or_default().to_owned(),
        more: choice.detail.lines().skip(1).collect::<Vec<_>>().join(" "),
    }
}

/// Takes the lines that all offers share out of them.
pub(crate) fn taken_out(offers: &mut [Offer]) -> String {
    let Some(first) = offers.first().cloned() else {
        return String::new();
    };
    let mut heading = Vec::new();
    if offers.iter().all(|offer| offer.detail == first.detail) {
        offers.iter_mut().for_each(|offer| offer.detail.clear());
        heading.push(first.detail);
    }
    if offers.iter().all(|offer| offer.more == first.more) {
        offers.iter_mut().for_each(|offer| offer.more.clear());
        heading.push(first.more);
    }
    heading.retain(|line| !line.is_empty());
    heading.join("\n")
}

/// "Any doctor" is nobody.
fn is_anyone(choice: &Choice) -> bool {
    choice.kind == ChoiceKind::Practitioner && choice.id == "anyone"
}

/// The picture of a specialty, by its id and name.
fn sign(names: &str) -> Sign {
    let names = names.to_lowercase();
    let names: Vec<&str> = names.split(|c: char| !c.is_alphanumeric()).collect();
    let names = format!(" {} ", names.join(" "));
    // Each begins a word; short ones are the whole of it.
    let has = |words: &[&str]| words.iter().any(|word| names.contains(&format!(" {word}")));
    if has(&["paediatr", "pediatr", "child", "baby"]) {
        Sign::Child
    } else if has(&["antenatal", "matern", "midwi", "obstet", "gynae", "women"]) {
        Sign::Mother
    } else if has(&["dent", "tooth", "teeth"]) {
        Sign::Tooth
    } else if has(&["eye", "optic", "optom", "ophthal"]) {
        Sign::Eye
    } else if has(&["heart", "cardio", "blood pressure", "hypertens"]) {
        Sign::Heart
    } else if has(&["sexual", "hiv ", "sti ", "family planning", "mental"]) {
        Sign::Private
    } else if has(&["labor", "x ray", "scan"]) {
        Sign::Laboratory
    } else {
        Sign::General
    }
}

/// Where the day that is shown stands in the calendar.
pub fn shown_day(calendar: &Calendar) -> usize {
    let shown = calendar.days.iter().position(|day| day.shown);
    shown.unwrap_or(0)
}

pub(crate) fn understood(view: &View) -> Vec<(Field, String)> {
    let draft = &view.draft;
    let whom = draft
        .practitioner
        .clone()
        .or_else(|| draft.specialty.clone());
    [
        (Field::Practitioner, whom),
        (Field::Date, draft.date.clone()),
        (Field::Time, draft.time.clone()),
        (
            Field::Name,
            draft.name.as_ref().map(|name| name.expose().to_owned()),
        ),
        (
            Field::Phone,
            draft.phone.as_ref().map(|phone| phone.expose().to_owned()),
        ),
        (
            Field::BirthDate,
            draft
                .birth_date
                .as_ref()
                .map(|date| date.expose().to_owned()),
        ),
    ]
    .into_iter()
    .filter_map(|(field, text)| Some((field, text?)))
    .collect()
}

/// The first letters of the first and last word, without a title.
fn initials(label: &str) -> String {
    let words: Vec<&str> = label
        .split_whitespace()
        .filter(|word| {
            !matches!(
                word.trim_end_matches('.'),
                "Dr" | "Mr" | "Mrs" | "Ms" | "Prof"
            )
        })
        .collect();
    let letter = |word: Option<&&str>| {
        word.and_then(|word| word.chars().next())
            .map(|first| first.to_uppercase().to_string())
    };
    let first = letter(words.first()).unwrap_or_default();
    let last = if words.len() > 1 {
        letter(words.last()).unwrap_or_default()
    } else {
        String::new()
    };
    first + &last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specialties_have_pictures() {
        for (name, picture) in [
            ("dental Dental care", Sign::Tooth),
            ("paediatrics Paediatrics", Sign::Child),
            ("antenatal Antenatal care", Sign::Mother),
            ("eye Eye care", Sign::Eye),
            ("general-practice General practice", Sign::General),
            ("sexual-health Sexual health", Sign::Private),
            ("sti STI clinic", Sign::Private),
            ("diagnostics Diagnostics", Sign::General),
            ("accidents Accidents", Sign::General),
            ("x-ray X-ray", Sign::Laboratory),
        ] {
            assert_eq!(sign(name), picture, "{name}");
        }
    }
}
