//! From what the recogniser heard to what the patient meant.
//!
//! [`understand`] is the one entry: the daemon calls it on every transcript and
//! `kioskctl understand` on every request line. It is deterministic and needs
//! nothing but its argument.

mod act_model;
#[rustfmt::skip] // One word a line would hide the lists.
mod act_phrases;
mod acts;
mod birth;
mod calendar;
mod clock;
mod complaint;
mod interchange;
mod language;
mod names;
mod phone;
mod phrases;
mod repair;
mod roster;
mod sounds;
mod spelling;
mod tokens;
mod when;

pub use interchange::{
    Act, Ambiguous, Expecting, LastAct, Offer, PartOfDay, Request, SpecialtyWords, Understanding,
    When,
};

pub use language::{Language, other_language};
pub use phone::phone as phone_number;
pub use repair::with_known_names;
pub(crate) use sounds::fold;

use phrases::Said;

/// More alternatives than this are noise.
const MOST_HYPOTHESES: usize = 20;

/// What the patient meant, judged by what was heard and what the kiosk had asked.
///
/// Deterministic, never panics, and takes bounded time on any text.
#[must_use]
pub fn understand(request: &Request) -> Understanding {
    let mut answer = Understanding {
        id: request.id.clone(),
        ..Understanding::default()
    };
    let hypotheses: Vec<String> = request
        .hypotheses
        .iter()
        .take(MOST_HYPOTHESES)
        .map(|text| tokens::shortened(text).to_owned())
        .collect();
    let Some(heard) = hypotheses.first() else {
        return answer;
    };
    let said = Said::new(heard);
    answer.urgent = complaint::urgent(&said);
    match request.expecting {
        Some(Expecting::DateOfBirth) => {
            answer.date_of_birth = birth::birth_date(&hypotheses, request.now.date());
        }
        Some(Expecting::Phone) => {
            answer.phone = hypotheses
                .iter()
                .find_map(|text| phone::phone(text, &request.regions));
        }
        Some(Expecting::SpelledName) => {
            let spellings: Vec<String> = hypotheses
                .iter()
                .filter_map(|text| spelling::spelled(text))
                .collect();
            let known = roster::spelled_patient(&spellings, &request.patients);
            (answer.patient, answer.person_name) = match known {
                Some((patient, name)) => (patient, Some(name)),
                None => (None, spellings.into_iter().next()),
            };
        }
        Some(
            Expecting::PersonName
            | Expecting::YesNo
            | Expecting::Date
            | Expecting::Time
            | Expecting::DateTime
            | Expecting::Practitioner
            | Expecting::Other,
        )
        | None => {
            let tokens = tokens::tokens(heard);
            let reading = when::when(&tokens, request.now, request.expecting);
            answer.when = reading.when;
            answer.ambiguous = reading.ambiguous;
            answer.person_name =
                names::person_name(heard, request.expecting == Some(Expecting::PersonName));
            answer.practitioner = roster::practitioner(&hypotheses, &request.practitioners);
            if request.expecting != Some(Expecting::PersonName) {
                // "Book Kofi Boateng tomorrow": the doctor, not the patient.
                answer.person_name = answer.person_name.filter(|name| {
                    !answer
                        .practitioner
                        .as_ref()
                        .is_some_and(|known| known.contains(name.as_str()))
                });
            }
            answer.specialty = complaint::specialty(&said, &request.specialties);
            answer.reason = complaint::reason(&said);
            answer.phone = phone::phone(heard, &request.regions);
        }
    }
    if request.expecting == Some(Expecting::PersonName) {
        answer.patient = roster::patient(
            &hypotheses,
            answer.person_name.as_deref(),
            &request.patients,
        );
    }
    let rules = acts::acts(request, &said, &answer.when);
    answer.acts = act_model::decide(request, &said, &answer, &rules);
    answer.confidence = confidence(&answer);
    answer
}

/// What the learned part of [`understand`] looks at, for the script that trains it.
#[must_use]
pub fn act_features(request: &Request) -> Vec<String> {
    let answer = understand(request);
    let said = Said::new(tokens::shortened(
        request.hypotheses.first().map_or("", String::as_str),
    ));
    let rules = acts::acts(request, &said, &answer.when);
    act_model::features(request, &said, &answer, &rules)
}

/// Whether the words call for staff at once: "my chest dey pain me".
///
/// Rings for what is happening, not for what once happened or is asked about.
#[must_use]
pub fn is_urgent(text: &str) -> bool {
    complaint::urgent(&Said::new(tokens::shortened(text)))
}

fn confidence(answer: &Understanding) -> f32 {
    let something = !answer.acts.is_empty()
        || answer.when != When::default()
        || answer.practitioner.is_some()
        || answer.specialty.is_some()
        || answer.person_name.is_some()
        || answer.date_of_birth.is_some()
        || answer.phone.is_some();
    match (something, answer.ambiguous.is_empty()) {
        (false, _) => 0.0,
        (true, false) => 0.6,
        (true, true) => 0.9,
    }
}
