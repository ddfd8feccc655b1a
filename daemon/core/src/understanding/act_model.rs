//! The learned part of understanding acts: one logistic regression an act over sparse,
//! readable features (words, pairs of words, what the kiosk did last, what the rules say).
//!
//! The rules know the words for a thing; the weights know when people use them for
//! something else. `daemon/core/model/README.md` tells how they are made and from what.

use super::Understanding;
use super::acts::speaks_to_practitioner;
use super::interchange::{Act, Expecting, LastAct, Request, When};
use super::phrases::Said;
use std::collections::HashMap;
use std::sync::LazyLock;

/// A line a feature: its name, then `act weight` for each act; tab-separated. `bias` is a feature.
const WEIGHTS: &str = include_str!("../../model/acts.tsv");

/// An act is meant when its probability is over this: found by cross-validation, where
/// missing an act cost as much as inventing one.
const THRESHOLD: f32 = 0.34;

/// Longer talk is counted as this many words.
const MOST_WORDS: usize = 12;

type Weights = HashMap<&'static str, Vec<(usize, f32)>>;

/// Weights of each feature by index into [`LEARNED`].
static MODEL: LazyLock<Weights> = LazyLock::new(|| {
    let index = |act: &str| LEARNED.iter().position(|(_, name)| *name == act);
    let weight = |column: &'static str| {
        let (act, weight) = column.split_once(' ')?;
        Some((index(act)?, weight.parse().ok()?))
    };
    let lines = WEIGHTS.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.split_once('\t'))
        .map(|(feature, weights)| (feature, weights.split('\t').filter_map(weight).collect()))
        .collect()
});

/// Acts that the weights decide; the rest is the rules' alone.
const LEARNED: [(Act, &str); 14] = [
    (Act::Affirm, "affirm"),
    (Act::Negate, "negate"),
    (Act::RequestAlternatives, "request_alternatives"),
    (Act::Book, "book"),
    (Act::FindPractitioner, "find_practitioner"),
    (Act::RequestInfo, "request_info"),
    (Act::Thanks, "thanks"),
    (Act::Goodbye, "goodbye"),
    (Act::Cancel, "cancel"),
    (Act::ChangeLanguage, "change_language"),
    (Act::Help, "help"),
    (Act::Repeat, "repeat"),
    (Act::Stop, "stop"),
    (Act::CallStaff, "call_staff"),
];

/// Nobody who asks for these is ever left unheard: the rules' word is enough.
const RULES_SUFFICE: [Act; 4] = [Act::CallStaff, Act::Repeat, Act::Help, Act::ChangeLanguage];

/// What is meant, given what the rules found.
pub(super) fn decide(
    request: &Request,
    said: &Said,
    answer: &Understanding,
    rules: &[Act],
) -> Vec<Act> {
    let mut scores = [0.0_f32; LEARNED.len()];
    for feature in features(request, said, answer, rules) {
        for (index, weight) in MODEL.get(feature.as_str()).into_iter().flatten() {
            scores[*index] += weight;
        }
    }
    let is_learned = |act: &Act| LEARNED.iter().any(|(learned, _)| learned == act);
    // The weights come from where nobody asks to talk to a dentist.
    let to_practitioner = speaks_to_practitioner(said);
    let kept = rules.iter().filter(|act| {
        !is_learned(act)
            || RULES_SUFFICE.contains(act)
            || (to_practitioner && **act == Act::FindPractitioner)
    });
    // A yes to a confirmation books: only plain words for it count, never a likelihood.
    let unsaid = |act: Act| {
        (act == Act::Affirm && context(request) == "confirm" && !rules.contains(&act))
            || (act == Act::CallStaff && to_practitioner)
    };
    let meant = LEARNED
        .iter()
        .zip(scores)
        .filter(|((act, _), score)| 1.0 / (1.0 + (-score).exp()) > THRESHOLD && !unsaid(*act));
    let mut acts: Vec<Act> = kept
        .copied()
        .chain(meant.map(|((act, _), _)| *act))
        .collect();
    acts.sort_unstable();
    acts.dedup();
    acts
}

/// What the weights see of an utterance; numbers are all one word.
pub(super) fn features(
    request: &Request,
    said: &Said,
    answer: &Understanding,
    rules: &[Act],
) -> Vec<String> {
    let context = context(request);
    let words: Vec<&str> = std::iter::once("^")
        .chain(said.text().split(' ').map(|word| {
            if word.contains(|c: char| c.is_ascii_digit()) {
                "0"
            } else {
                word
            }
        }))
        .chain(std::iter::once("$"))
        .collect();
    let mut features = vec!["bias".to_owned(), format!("in {context}")];
    let mut put = |feature: String| {
        features.push(format!("{context}: {feature}"));
        features.push(feature);
    };
    for word in &words[1..words.len() - 1] {
        put((*word).to_owned());
    }
    for pair in words.windows(2) {
        put(format!("{} {}", pair[0], pair[1]));
    }
    for act in rules {
        put(format!("rule {act:?}"));
    }
    for fact in facts(request, answer) {
        put(format!("has {fact}"));
    }
    put(format!("length {}", (words.len() - 2).min(MOST_WORDS)));
    for three in words.windows(3) {
        features.push(format!("{} {} {}", three[0], three[1], three[2]));
    }
    if request
        .hypotheses
        .first()
        .is_some_and(|text| text.contains('?'))
    {
        features.push("question mark".to_owned());
    }
    features.sort_unstable();
    features.dedup();
    features
}

/// What the kiosk did last, as far as it changes what words mean.
fn context(request: &Request) -> &'static str {
    match (request.last_act, request.expecting) {
        // "Is the name on the screen right?"
        (Some(LastAct::Ask), Some(Expecting::YesNo)) | (Some(LastAct::Confirm), _) => "confirm",
        (Some(LastAct::Ask), _) => "ask",
        (Some(LastAct::Greet) | None, _) => "greet",
        (Some(LastAct::Offer), _) => "offer",
        (Some(LastAct::SuggestBooking), _) => "suggest",
        (Some(LastAct::Inform), _) => "inform",
        (Some(LastAct::AnythingElse), _) => "anything else",
        (Some(LastAct::Booked), _) => "booked",
        (Some(LastAct::NotAvailable), _) => "not available",
        (Some(LastAct::Goodbye), _) => "goodbye",
    }
}

/// What else was understood, and whether it is what the kiosk had proposed.
fn facts(request: &Request, answer: &Understanding) -> Vec<&'static str> {
    let offer = request.offer.clone().unwrap_or_default();
    let mut facts = Vec::new();
    let mut compare = |said: bool, offered: bool, same: bool, names: [&'static str; 3]| {
        if said {
            facts.push(names[0]);
            if offered {
                facts.push(if same { names[1] } else { names[2] });
            }
        }
    };
    let when = &answer.when;
    compare(
        when.date.is_some(),
        offer.date.is_some(),
        when.date == offer.date,
        ["date", "same date", "other date"],
    );
    compare(
        when.time.is_some(),
        offer.time.is_some(),
        when.time == offer.time,
        ["time", "same time", "other time"],
    );
    let (named, offered) = (
        answer.practitioner.as_deref(),
        offer.practitioner.as_deref(),
    );
    compare(
        named.is_some(),
        offered.is_some(),
        named == offered,
        ["practitioner", "same practitioner", "other practitioner"],
    );
    if *when != When::default() {
        facts.push("when");
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_weight_of_the_model_is_read() {
        let lines = WEIGHTS.lines().filter(|line| !line.starts_with('#'));
        let columns: usize = lines.map(|line| line.matches('\t').count()).sum();
        assert_eq!(MODEL.values().map(Vec::len).sum::<usize>(), columns);
        assert_eq!(MODEL["bias"].len(), LEARNED.len());
    }

    #[test]
    fn the_weights_are_small_and_plain() {
        assert!(WEIGHTS.len() < 600_000, "{} bytes", WEIGHTS.len());
        let reasonable = |(_, weight): &(usize, f32)| weight.is_finite() && weight.abs() < 20.0;
        assert!(MODEL.values().flatten().all(reasonable));
    }
}
