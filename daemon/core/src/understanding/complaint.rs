//! Which specialty is asked for, why somebody comes, and what cannot wait.
//!
//! Suggests and alerts; never names an illness.

use super::interchange::SpecialtyWords;
use super::phrases::Said;
use super::sounds::word_likeness;

/// Complaints and the specialties, by common words of their names, that see them.
const COMPLAINTS: [(&[&str], &[&str]); 9] = [
    (&["tooth", "teeth", "toothache", "gum", "gums"], &["dent"]),
    (
        &["eye", "eyes", "sight", "vision", "glasses"],
        &["eye", "ophthalm", "optom"],
    ),
    (
        &["rash", "skin", "itching", "pimples", "eczema", "ringworm"],
        &["dermat", "skin"],
    ),
    (
        &[
            "pregnant",
            "pregnancy",
            "antenatal",
            "period",
            "menses",
            "belle",
        ],
        &["gyn", "obstet", "antenatal", "midwi", "women"],
    ),
    (
        &[
            "my child",
            "my baby",
            "my son",
            "my daughter",
            "my pikin",
            "immunisation",
            "vaccination",
        ],
        &["paed", "pediat", "child"],
    ),
    (
        &["ear", "ears", "nose", "throat", "tonsils"],
        &["ent", "ear"],
    ),
    (
        &["bone", "knee", "joint", "fracture", "back pain"],
        &["ortho", "physio", "bone"],
    ),
    (&["heart", "blood pressure", "bp"], &["cardio", "heart"]),
    (
        &[
            "fever",
            "malaria",
            "headache",
            "cough",
            "cold",
            "stomach",
            "running stomach",
            "checkup",
            "check up",
            "general",
            "belly dey pain",
            "body dey pain",
            "catarrh",
        ],
        &["general", "family", "opd"],
    ),
];

/// The specialty of the list that was named, or that sees the complaint.
pub(super) fn specialty(said: &Said, known: &[SpecialtyWords]) -> Option<String> {
    let named = known.iter().find(|specialty| {
        std::iter::once(&specialty.name)
            .chain(&specialty.also)
            .any(|name| {
                let name = Said::new(name);
                said.any(&[name.text()]) || alike(said, name.text())
            })
    });
    named
        .or_else(|| for_complaint(said, known))
        .map(|specialty| specialty.name.clone())
}

/// One long word, misheard or in another form ("dermatologist" of "dermatology").
fn alike(said: &Said, name: &str) -> bool {
    !name.contains(' ')
        && name.len() >= 5
        && said.text().split(' ').any(|word| {
            let stem = name.trim_end_matches(['y', 's']);
            word.len() >= 5
                && (word_likeness(word, name) > 0.9
                    || (stem.len() >= 6
                        && word.starts_with(
                            &stem
                                .chars()
                                .take(stem.chars().count().saturating_sub(2).max(5))
                                .collect::<String>(),
                        )))
        })
}

fn for_complaint<'k>(said: &Said, known: &'k [SpecialtyWords]) -> Option<&'k SpecialtyWords> {
    COMPLAINTS
        .iter()
        .filter(|(words, _)| said.any(words))
        .find_map(|(_, stems)| {
            known.iter().find(|specialty| {
                std::iter::once(&specialty.name)
                    .chain(&specialty.also)
                    .any(|name| {
                        let name = name.to_lowercase();
                        name.split(' ')
                            .any(|word| stems.iter().any(|stem| word.starts_with(stem)))
                    })
            })
        })
}

/// Why somebody comes, in their words.
pub(super) fn reason(said: &Said) -> Option<String> {
    const LEADS: [&str; 10] = [
        "because of",
        "because",
        "i have a",
        "i have",
        "i've got",
        "suffering from",
        "complaining of",
        "i am having",
        "i'm having",
        "problem with",
    ];
    const AILING: [&str; 20] = [
        "pain",
        "paining",
        "ache",
        "hurts",
        "fever",
        "cough",
        "rash",
        "malaria",
        "headache",
        "toothache",
        "swollen",
        "sick",
        "bleeding",
        "vomiting",
        "checkup",
        "check up",
        "pressure",
        "dizzy",
        "itching",
        "infection",
    ];
    if !said.any(&AILING) {
        return None;
    }
    let led = LEADS
        .iter()
        .find_map(|lead| said.find(lead))
        .map(|end| said.after(end));
    Some(
        led.filter(|reason| !reason.is_empty())
            .unwrap_or(said.text())
            .to_owned(),
    )
}

/// Words that mean "now": somebody may be in danger.
const URGENT: [&str; 42] = [
    "chest pain",
    "pain in my chest",
    "chest dey pain",
    "chest is paining",
    "chest hurts",
    "my chest",
    "can't breathe",
    "cannot breathe",
    "can not breathe",
    "difficulty breathing",
    "trouble breathing",
    "no fit breathe",
    "not breathing",
    "no dey breathe",
    "struggling to breathe",
    "heavy bleeding",
    "bleeding heavily",
    "bleeding a lot",
    "won't stop bleeding",
    "blood no dey stop",
    "bleeding too much",
    "unconscious",
    "collapsed",
    "don collapse",
    "fainted",
    "don faint",
    "passed out",
    "convulsing",
    "convulsion",
    "convulsions",
    "having a seizure",
    "having a fit",
    "heart attack",
    "stroke",
    "choking",
    "poisoned",
    "drank poison",
    "snake bite",
    "snakebite",
    "dying",
    "dey die",
    "emergency",
];
/// What makes it somebody's history, a question or a plan.
const CALM: [&str; 26] = [
    "had a",
    "had an",
    "years ago",
    "year ago",
    "last year",
    "last month",
    "last week",
    "in the past",
    "used to",
    "history of",
    "when i was",
    "before",
    "died of",
    "family history",
    "check my heart",
    "follow up",
    "not an emergency",
    "no chest pain",
    "no emergency",
    "isn't an emergency",
    "x ray",
    "clinic for",
    "no longer",
    "recovered",
    "survived",
    "in case of",
];

/// Whether somebody must be told at once.
pub(super) fn urgent(said: &Said) -> bool {
    let year = said.text().split(' ').any(|word| {
        word.len() == 4
            && (word.starts_with("19") || word.starts_with("20"))
            && word.chars().all(|ch| ch.is_ascii_digit())
    });
    said.any(&URGENT) && !said.any(&CALM) && !year
}
