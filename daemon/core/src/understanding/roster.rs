//! Finds a known name in what was heard, tolerating what recognisers do to names.
//!
//! Practitioners are looked for anywhere in a sentence; a patient is accepted
//! only where one name fits clearly better than every other.

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

/// Letters without tone marks, underdots and apostrophes.
fn fold(word: &str) -> String {
    word.chars()
        .filter(|ch| !super::tokens::is_combining(*ch) && *ch != '\'')
        .map(|ch| match ch {
            'á' | 'à' | 'ã' | 'â' | 'ä' => 'a',
            'ɛ' | 'é' | 'è' | 'ê' | 'ẹ' | 'ɜ' => 'e',
            'í' | 'ì' | 'ị' | 'ï' => 'i',
            'ɔ' | 'ó' | 'ò' | 'ọ' | 'ö' | 'ô' => 'o',
            'ú' | 'ù' | 'ụ' | 'ü' => 'u',
            'ŋ' | 'ñ' | 'ń' => 'n',
            'ṣ' => 's',
            other => other,
        })
        .collect()
}

/// How a name sounds, roughly: English and West African spellings of one sound are one letter.
fn sound(word: &str) -> String {
    const RULES: [(&str, &str); 30] = [
        ("tch", "c"),
        ("sch", "s"),
        ("ough", "o"),
        ("ph", "f"),
        ("gh", "g"),
        ("kw", "q"),
        ("qu", "q"),
        ("ck", "k"),
        ("ch", "c"),
        ("ky", "c"),
        ("dw", "j"),
        ("dz", "z"),
        ("gy", "j"),
        ("hy", "s"),
        ("sh", "s"),
        ("th", "t"),
        ("wh", "w"),
        ("wr", "r"),
        ("kn", "n"),
        ("ou", "u"),
        ("oo", "u"),
        ("ee", "i"),
        ("ea", "i"),
        ("ie", "i"),
        ("ey", "i"),
        ("ay", "e"),
        ("ai", "e"),
        ("x", "ks"),
        ("z", "s"),
        ("y", "i"),
    ];
    let mut text = word.to_owned();
    for (from, to) in RULES {
        text = text.replace(from, to);
    }
    let mut out = String::new();
    for ch in text.chars() {
        let ch = match ch {
            'c' if out.is_empty() => 'k',
            'v' => 'f',
            'h' if !out.is_empty() => continue,
            other => other,
        };
        if !out.ends_with(ch) {
            out.push(ch);
        }
    }
    if out.len() > 3 && out.ends_with('e') {
        out.pop();
    }
    out
}

/// 0 (nothing alike) to 1 (the same).
pub(super) fn word_likeness(one: &str, other: &str) -> f64 {
    if one == other {
        return 1.0;
    }
    let spelled =
        strsim::jaro_winkler(one, other).max(strsim::normalized_damerau_levenshtein(one, other));
    let heard = strsim::normalized_damerau_levenshtein(&sound(one), &sound(other));
    (0.5 * spelled + 0.5 * heard).max(heard * 0.97).min(0.99)
}

/// The one practitioner that the sentence names.
pub(super) fn practitioner(hypotheses: &[String], names: &[String]) -> Option<String> {
    hypotheses
        .iter()
        .take(5)
        .find_map(|text| practitioner_in(text, names))
}

fn practitioner_in(text: &str, names: &[String]) -> Option<String> {
    let heard: Vec<String> = words_of(text);
    let titled: Vec<bool> = heard
        .iter()
        .enumerate()
        .map(|(at, _)| {
            at > 0
                && matches!(
                    heard[at - 1].as_str(),
                    "dr" | "doctor"
                        | "doc"
                        | "prof"
                        | "professor"
                        | "nurse"
                        | "sister"
                        | "mr"
                        | "mrs"
                        | "ms"
                        | "madam"
                )
        })
        .collect();
    let mut scored: Vec<(f64, &String)> = names
        .iter()
        .map(|name| (named_in(&heard, &titled, name), name))
        .collect();
    scored.sort_by(|one, other| other.0.total_cmp(&one.0));
    let (best, name) = scored.first()?;
    let second = scored.get(1).map_or(0.0, |(score, _)| *score);
    (*best >= 0.82 && best - second > 0.04).then(|| (*name).clone())
}

fn words_of(text: &str) -> Vec<String> {
    tokens::raw_tokens(text)
        .into_iter()
        .filter(|t| t.kind != Kind::Mark)
        .map(|t| fold(&t.text))
        .collect()
}

/// How clearly a sentence names somebody: all of the name's words in a row, or
/// its family name behind a title.
fn named_in(heard: &[String], titled: &[bool], name: &str) -> f64 {
    let words = name_words(name);
    if words.is_empty() {
        return 0.0;
    }
    let mut best: f64 = 0.0;
    for at in 0..heard.len() {
        let row: Vec<f64> = words
            .iter()
            .enumerate()
            .map(|(offset, word)| {
                heard
                    .get(at + offset)
                    .map_or(0.0, |said| word_likeness(said, word))
            })
            .collect();
        let all = row.iter().sum::<f64>() / row.len() as f64;
        let lowest = row.iter().copied().fold(1.0, f64::min);
        let enough = if words.len() == 1 {
            titled[at] || all > 0.97
        } else {
            lowest > 0.55
        };
        if enough {
            best = best.max(all);
        }
        // "Doctor Mensah" of "Ama Mensah"; "Mensah" alone must be exact and long.
        for word in &words {
            let alike = word_likeness(&heard[at], word);
            if titled[at] && alike > 0.85 {
                best = best.max(alike * 0.97);
            } else if alike >= 1.0 && word.len() >= 4 {
                best = best.max(0.9 * if words.len() > 1 { 1.0 } else { 1.1 });
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
    let mut heard: Vec<Vec<String>> = hypotheses
        .iter()
        .take(10)
        .map(|text| words_of(text))
        .collect();
    heard.extend(said.map(words_of));
    let mut scored: Vec<(f64, &String)> = patients
        .iter()
        .map(|name| (whole_name(&heard, name), name))
        .collect();
    scored.sort_by(|one, other| other.0.total_cmp(&one.0));
    let (best, name) = scored.first()?;
    let second = scored.get(1).map_or(0.0, |(score, _)| *score);
    let whole = *best >= SPOKEN_LIKENESS && best - second >= SPOKEN_MARGIN;
    whole
        .then(|| (*name).clone())
        .or_else(|| only_bearer(heard.first()?, patients))
}

/// Somebody said one name only, and one patient alone bears anything like it.
fn only_bearer(said: &[String], patients: &[String]) -> Option<String> {
    let [said] = said else { return None };
    let mut scored: Vec<(f64, &String)> = patients
        .iter()
        .map(|name| {
            let words = name_words(name);
            (
                words
                    .iter()
                    .map(|word| word_likeness(said, word))
                    .fold(0.0, f64::max),
                name,
            )
        })
        .collect();
    scored.sort_by(|one, other| other.0.total_cmp(&one.0));
    let second = scored.get(1).map_or(0.0, |(score, _)| *score);
    let (best, name) = scored.first()?;
    (*best >= 0.95 && second < 0.85).then(|| (*name).clone())
}

fn whole_name(heard: &[Vec<String>], name: &str) -> f64 {
    let words = name_words(name);
    heard
        .iter()
        .enumerate()
        .map(|(rank, said)| {
            let likeness: Vec<f64> = words
                .iter()
                .map(|word| {
                    said.iter()
                        .map(|said| word_likeness(said, word))
                        .fold(0.0, f64::max)
                })
                .collect();
            let mean = likeness.iter().sum::<f64>() / likeness.len().max(1) as f64;
            let lowest = likeness.iter().copied().fold(1.0, f64::min);
            let joined = strsim::normalized_damerau_levenshtein(
                &sound(&said.concat()),
                &sound(&words.concat()),
            );
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
                .map(|spelled| {
                    strsim::normalized_damerau_levenshtein(&spelled.to_lowercase(), &letters)
                })
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
