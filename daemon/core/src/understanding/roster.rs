//! Finds a known name in what was heard, tolerating what recognisers do to names.
//!
//! Practitioners are looked for anywhere in a sentence; a patient is accepted
//! only where one name fits clearly better than every other.

use super::sounds::{Heard, fold, letters_alike, sound};
use super::tokens::{self, Kind};

const TITLES: [&str; 27] = [
    "dr",
    "doctor",
    "doc",
    "prof",
    "professor",
    "mr",
    "mrs",
    "ms",
    "miss",
    "madam",
    "sister",
    "nurse",
    "rev",
    "reverend",
    "pastor",
    "alhaji",
    "hajia",
    "chief",
    "nana",
    "maame",
    "mama",
    "auntie",
    "uncle",
    "md",
    "dds",
    "dmd",
    "ma",
];

/// Words of a name, lower case, without titles unless nothing else is left.
fn name_words(name: &str) -> Vec<String> {
    let words: Vec<String> = tokens::raw_tokens(name)
        .into_iter()
        .filter(|token| token.kind != Kind::Mark)
        .map(|token| fold(&token.text))
        .collect();
    let plain: Vec<String> = words
        .iter()
        .filter(|word| !TITLES.contains(&word.as_str()))
        .cloned()
        .collect();
    if plain.is_empty() { words } else { plain }
}

/// The words of a name, ready to be compared.
fn name_heard(name: &str) -> Vec<Heard> {
    name_words(name).into_iter().map(Heard::new).collect()
}

/// More alternatives than this add no new names.
const MOST_READINGS: usize = 5;

/// The hypotheses without those that say the same again.
fn readings(hypotheses: &[String]) -> Vec<Vec<Heard>> {
    let mut distinct: Vec<Vec<String>> = Vec::new();
    for words in hypotheses.iter().map(|text| words_of(text)) {
        if distinct.len() < MOST_READINGS && !distinct.contains(&words) {
            distinct.push(words);
        }
    }
    distinct
        .into_iter()
        .map(|words| words.into_iter().map(Heard::new).collect())
        .collect()
}

/// The one practitioner that the sentence names.
pub(super) fn practitioner(hypotheses: &[String], names: &[String]) -> Option<String> {
    let known: Vec<Vec<Heard>> = names.iter().map(|name| name_heard(name)).collect();
    let meant: Vec<String> = hypotheses
        .iter()
        .map(|text| without_rejected(text))
        .collect();
    let place = readings(&meant)
        .iter()
        .find_map(|heard| practitioner_in(heard, &known, names))?;
    names.get(place).cloned()
}

/// "No, not Mensah, Mensah-Bonsu" without the one who is not meant.
fn without_rejected(text: &str) -> String {
    let lower = text.to_lowercase();
    let Some(at) = lower.find("not ").filter(|at| {
        lower[..*at]
            .chars()
            .next_back()
            .is_none_or(|c| !c.is_alphanumeric())
    }) else {
        return text.to_owned();
    };
    let rest = &lower[at..];
    let end = [",", ".", ";", " but "]
        .iter()
        .filter_map(|mark| rest.find(mark))
        .min();
    match end.map(|end| at + end) {
        // Lower case may be longer than the text it came from.
        Some(end)
            if text.is_char_boundary(at)
                && text.is_char_boundary(end)
                && lower.len() == text.len() =>
        {
            format!("{}{}", &text[..at], &text[end..])
        }
        Some(_) | None => text.to_owned(),
    }
}

fn practitioner_in(heard: &[Heard], known: &[Vec<Heard>], names: &[String]) -> Option<usize> {
    const TITLES: [&str; 11] = [
        "dr",
        "doctor",
        "doc",
        "prof",
        "professor",
        "nurse",
        "sister",
        "mr",
        "mrs",
        "ms",
        "madam",
    ];
    let titled: Vec<bool> = (0..heard.len())
        .map(|at| at > 0 && TITLES.contains(&heard[at - 1].text.as_str()))
        .collect();
    let mut scored: Vec<(f64, usize)> = known
        .iter()
        .enumerate()
        .map(|(place, name)| {
            let double = names.get(place).is_some_and(|name| name.contains('-'));
            let family = if double { family_in(heard, name) } else { 0.0 };
            (named_in(heard, &titled, name).max(family), place)
        })
        .collect();
    scored.sort_by(|one, other| other.0.total_cmp(&one.0));
    let (best, place) = scored.first()?;
    let second = scored.get(1).map_or(0.0, |(score, _)| *score);
    (*best >= 0.82 && best - second > 0.04).then_some(*place)
}

fn words_of(text: &str) -> Vec<String> {
    tokens::raw_tokens(text)
        .into_iter()
        .filter(|t| t.kind != Kind::Mark)
        .map(|t| fold(&t.text))
        .collect()
}

/// Both parts of a double surname name somebody more clearly than a title and one part.
const DOUBLE_SURNAME: f64 = 1.02;

/// "Mensah-Bonsu" of "Yaw Mensah-Bonsu".
fn family_in(heard: &[Heard], words: &[Heard]) -> f64 {
    let [.., first, second] = words else {
        return 0.0;
    };
    let pairs = heard.windows(2).map(|pair| {
        let (one, other) = (pair[0].likeness(first), pair[1].likeness(second));
        if one.min(other) > 0.9 {
            f64::midpoint(one, other) * DOUBLE_SURNAME
        } else {
            0.0
        }
    });
    pairs.fold(0.0, f64::max)
}

/// How clearly a sentence names somebody: all of the name's words in a row, or
/// its family name behind a title.
fn named_in(heard: &[Heard], titled: &[bool], words: &[Heard]) -> f64 {
    let likeness: Vec<Vec<f64>> = heard
        .iter()
        .map(|said| words.iter().map(|word| said.likeness(word)).collect())
        .collect();
    let mut best: f64 = 0.0;
    for at in 0..heard.len() {
        let row =
            (0..words.len()).map(|offset| likeness.get(at + offset).map_or(0.0, |row| row[offset]));
        let all = row.clone().sum::<f64>() / words.len().max(1) as f64;
        let lowest = row.fold(1.0, f64::min);
        let enough = if words.len() == 1 {
            titled[at] || all > 0.97
        } else {
            lowest > 0.55
        };
        if enough {
            best = best.max(all);
        }
        // "Doctor Mensah" of "Ama Mensah"; "Mensah" alone must be exact and long.
        for (word, alike) in words.iter().zip(&likeness[at]) {
            if titled[at] && *alike > 0.85 {
                best = best.max(alike * 0.97);
            } else if *alike >= 1.0 && word.text.len() >= 4 {
                best = best.max(if words.len() > 1 { 0.9 } else { 0.99 });
            }
        }
    }
    best
}

/// Least likeness of a spoken name, and least lead over everybody else.
const SPOKEN_LIKENESS: f64 = 0.74;
const SPOKEN_MARGIN: f64 = 0.08;

/// The one patient of the list that was said; none when unsure.
pub(super) fn patient(
    hypotheses: &[String],
    said: Option<&str>,
    patients: &[String],
) -> Option<String> {
    let mut heard = readings(hypotheses);
    heard.extend(said.map(|name| words_of(name).into_iter().map(Heard::new).collect()));
    let known: Vec<Vec<Heard>> = patients.iter().map(|name| name_heard(name)).collect();
    let joined: Vec<String> = heard.iter().map(|said| joined_sound(said)).collect();
    let mut scored: Vec<(f64, usize)> = known
        .iter()
        .enumerate()
        .map(|(place, name)| (whole_name(&heard, &joined, name), place))
        .collect();
    scored.sort_by(|one, other| other.0.total_cmp(&one.0));
    let (best, place) = *scored.first()?;
    let second = scored.get(1).map_or(0.0, |(score, _)| *score);
    let whole = best >= SPOKEN_LIKENESS && best - second >= SPOKEN_MARGIN;
    let place = if whole {
        place
    } else {
        only_whole(hypotheses, &known).or_else(|| only_bearer(heard.first()?, &known))?
    };
    patients.get(place).cloned()
}

/// One patient's whole name stands in some alternative, however late it comes, and nobody
/// else's does: recognisers guess common words before a name that they rarely hear.
fn only_whole(hypotheses: &[String], known: &[Vec<Heard>]) -> Option<usize> {
    let said: Vec<Vec<Heard>> = hypotheses
        .iter()
        .map(|text| words_of(text).into_iter().map(Heard::new).collect())
        .collect();
    let same = |one: &Heard, other: &Heard| one.text == other.text || one.sound == other.sound;
    let stands = |name: &&[Heard]| {
        name.len() > 1
            && said
                .iter()
                .any(|said| name.iter().all(|word| said.iter().any(|it| same(it, word))))
    };
    let mut bearers = known
        .iter()
        .enumerate()
        .filter(|(_, name)| stands(&name.as_slice()));
    let (place, _) = bearers.next()?;
    bearers.next().is_none().then_some(place)
}

/// Somebody said one name only, and one patient alone bears anything like it.
fn only_bearer(said: &[Heard], known: &[Vec<Heard>]) -> Option<usize> {
    let [said] = said else { return None };
    let mut scored: Vec<(f64, usize)> = known
        .iter()
        .enumerate()
        .map(|(place, name)| {
            (
                name.iter()
                    .map(|word| said.likeness(word))
                    .fold(0.0, f64::max),
                place,
            )
        })
        .collect();
    scored.sort_by(|one, other| other.0.total_cmp(&one.0));
    let second = scored.get(1).map_or(0.0, |(score, _)| *score);
    let (best, place) = scored.first()?;
    (*best >= 0.95 && second < 0.85).then_some(*place)
}

/// How the words sound without pauses between them.
fn joined_sound(words: &[Heard]) -> String {
    let joined: String = words.iter().map(|word| word.text.as_str()).collect();
    sound(&joined)
}

fn whole_name(heard: &[Vec<Heard>], joined: &[String], words: &[Heard]) -> f64 {
    let whole = joined_sound(words);
    heard
        .iter()
        .zip(joined)
        .enumerate()
        .map(|(rank, (said, joined))| {
            let best = |word: &Heard| {
                said.iter()
                    .map(|said| said.likeness(word))
                    .fold(0.0, f64::max)
            };
            let likeness: Vec<f64> = words.iter().map(best).collect();
            let mean = likeness.iter().sum::<f64>() / likeness.len().max(1) as f64;
            let lowest = likeness.iter().copied().fold(1.0, f64::min);
            let joined = letters_alike(joined, &whole);
            (0.7 * mean + 0.3 * lowest).max(joined) - 0.005 * rank as f64
        })
        .fold(0.0, f64::max)
}

/// The patient whose name, given name or family name the spelled letters are,
/// with that name; none when unsure.
pub(super) fn spelled_patient(
    spellings: &[String],
    patients: &[String],
) -> Option<(Option<String>, String)> {
    let mut scored: Vec<(f64, &String, String)> = Vec::new();
    for patient in patients {
        let words = name_words(patient);
        let mut parts: Vec<(String, String)> = vec![(words.concat(), patient.clone())];
        if words.len() > 1 {
            let said = |word: &str| {
                let own = patient
                    .split(' ')
                    .find(|part| fold(&part.to_lowercase()) == word);
                (word.to_owned(), own.unwrap_or(word).to_owned())
            };
            parts.extend(words.first().map(|word| said(word)));
            parts.extend(words.last().map(|word| said(word)));
        }
        for (letters, name) in parts {
            let likeness = spellings
                .iter()
                .map(|spelled| letters_alike(&spelled.to_lowercase(), &letters))
                .fold(0.0, f64::max);
            scored.push((likeness, patient, name));
        }
    }
    scored.sort_by(|one, other| other.0.total_cmp(&one.0));
    let (best, patient, name) = scored.first()?;
    let second = scored
        .iter()
        .find(|(_, other, _)| other != patient)
        .map_or(0.0, |other| other.0);
    let lead = best - second;
    let known = *best >= SURE_LIKENESS && lead >= SURE_LEAD;
    (*best >= SPELLED_LIKENESS && lead >= SPELLED_LEAD)
        .then(|| (known.then(|| (*patient).clone()), name.clone()))
}

/// Least share of spelled letters in place, and least lead over everybody else,
/// to write the name as the list does; more is asked for to say that it is them.
const SPELLED_LIKENESS: f64 = 0.52;
const SPELLED_LEAD: f64 = 0.12;
const SURE_LIKENESS: f64 = 0.66;
const SURE_LEAD: f64 = 0.18;
