//! Spots the name that somebody gives as theirs: "my name is …", "under …".
//!
//! Spots only; whose name it is and whether the kiosk knows it is `roster`'s matter.

use super::tokens::{self, Kind, Token};

/// Phrases right before a name; the flag says that the name must look like one.
const LEADS: [(&[&str], bool); 24] = [
    (&["my", "name", "is"], false),
    (&["my", "name", "na"], false),
    (&["my", "name", "be"], false),
    (&["my", "name's"], false),
    (&["name", "is"], false),
    (&["the", "name", "of"], false),
    (&["under", "the", "name"], false),
    (&["in", "the", "name"], false),
    (&["on", "the", "name"], false),
    (&["on", "name"], false),
    (&["name", "of"], false),
    (&["name", ":"], false),
    (&["call", "me"], false),
    (&["i", "am", "called"], false),
    (&["i'm", "called"], false),
    (&["go", "by"], false),
    (&["last", "name"], false),
    (&["first", "name"], false),
    (&["surname"], false),
    (&["second", "name"], false),
    (&["this", "is"], true),
    (&["i", "am"], true),
    (&["i'm"], true),
    (&["under"], true),
];

const NOT_NAMES: &str = " a an the and or but to for of in on at is it its it's was be am are i i'm my me we our you your he she they them this that there here \
 yes no not okay ok please thanks thank hello hi hey can could would will want need like have has had make made book booked booking cancel change table tables reservation \
 appointment doctor dr today tomorrow tonight morning afternoon evening night noon lunch dinner with from by so just under name last first surname people person party \
 monday tuesday wednesday thursday friday saturday sunday january february march april june july august september october november december \
 looking going calling sorry sick ill sure fine good right correct coming here trying unable glad happy late early interested vegetarian vegan one two three four five six \
 seven eight nine ten eleven twelve which who what when where why how about also any some all number phone time date day week month is was were do does did if then pm am \
 skip wait none nobody help probably maybe perhaps wondering asking afraid new old not very really still already only because as than into outside inside allergic hoping planning thinking bringing getting having \
 pregnant tired free available busy back done great well don't can't won't isn't doesn't another someone somebody everyone everything nothing something anything cheers \
 silly crazy strange weird restaurant cuisine food menu address area place city price rating stars parking wheelchair child children kids adults baby husband wife mother father son daughter friend ";

/// The name given in the sentence; `asked`: a name alone is an answer.
pub(super) fn person_name(text: &str, asked: bool) -> Option<String> {
    let tokens = tokens::raw_tokens(text);
    if let Some(name) = in_parts(text, &tokens) {
        return Some(name);
    }
    for (lead, strict) in LEADS {
        for at in 0..tokens.len() {
            let matches = lead.iter().enumerate().all(|(offset, word)| {
                tokens
                    .get(at + offset)
                    .is_some_and(|token| token.text == *word)
            });
            if matches && let Some(name) = run(text, &tokens, at + lead.len(), strict, asked) {
                return Some(name);
            }
        }
    }
    if let Some(name) = here(text, &tokens) {
        return Some(name);
    }
    // "Kofi, K O F I, Mensah": the letters only help to write it.
    let unspelled: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c == ',' || c == '-')
        .filter(|word| word.chars().count() > 1)
        .collect();
    let spelled = text
        .split_whitespace()
        .filter(|word| word.trim_matches(',').chars().count() == 1)
        .count()
        > 1;
    let unspelled = unspelled.join(" ");
    asked
        .then(|| whole(text, &tokens))
        .flatten()
        .or_else(|| {
            (asked && spelled)
                .then(|| whole(&unspelled, &tokens::raw_tokens(&unspelled)))
                .flatten()
        })
        .or_else(|| written_as_one(text, &tokens, asked))
}

/// "My first name is Ama and my last name is Mensah".
fn in_parts(text: &str, tokens: &[Token]) -> Option<String> {
    let part = |which: &[&str]| {
        let at = tokens
            .windows(2)
            .position(|pair| pair[0].any(which) && pair[1].is("name"))?;
        let rest = &tokens.get(at + 2..).unwrap_or_default();
        let skip = rest
            .iter()
            .take_while(|token| token.any(&["is", ":", ",", "'s"]))
            .count();
        let word = rest.get(skip).filter(|token| is_name_word(token))?;
        text.get(word.start..word.end).map(capitalised)
    };
    Some(format!(
        "{} {}",
        part(&["first", "given"])?,
        part(&["last", "second", "family"])?
    ))
}

/// A name by its spelling alone: two or three capitalised words in a row, where nothing
/// says that somebody or something else is meant.
fn written_as_one(text: &str, tokens: &[Token], asked: bool) -> Option<String> {
    const OTHERS: [&str; 16] = [
        "with",
        "see",
        "dr",
        "doctor",
        "nurse",
        "at",
        "in",
        "to",
        "from",
        "near",
        "restaurant",
        "clinic",
        "hospital",
        "try",
        "visit",
        "called",
    ];
    const PLACES: &[&str] = &[
        "restaurant",
        "bar",
        "cafe",
        "grill",
        "kitchen",
        "hotel",
        "clinic",
        "hospital",
        "street",
        "road",
        "eve",
        "house",
        "pub",
        "salon",
        "park",
        "cross",
        "town",
        "neighborhood",
        "neighbourhood",
        "area",
        "cuisine",
        "station",
    ];
    const ABOUT_A_BOOKING: [&str; 14] = [
        "book",
        "booked",
        "booking",
        "reservation",
        "reserved",
        "reserve",
        "table",
        "party",
        "appointment",
        "cancel",
        "name",
        "named",
        "known",
        "lunch",
    ];
    let alone = tokens
        .iter()
        .all(|token| token.kind != Kind::Word || is_name_word(token));
    if !asked && !alone && !tokens.iter().any(|token| token.any(&ABOUT_A_BOOKING)) {
        return None;
    }
    let spelled = |token: &Token| capital(text, token) && is_name_word(token);
    let shouted = !tokens
        .iter()
        .any(|token| token.kind == Kind::Word && !capital(text, token));
    let mut at = 0;
    while at < tokens.len() {
        let run = tokens[at..]
            .iter()
            .take_while(|token| spelled(token))
            .count();
        let before = at.checked_sub(1).map(|before| &tokens[before]);
        let other = before.is_some_and(|token| token.any(&OTHERS))
            || tokens[at..at + run].iter().any(|token| token.any(PLACES))
            || tokens[..at].iter().any(|token| token.is("restaurant"));
        if (2..=3).contains(&run) && !other && !(shouted && tokens.len() > run) {
            return slice(text, &tokens[at..at + run], true);
        }
        at += run.max(1);
    }
    None
}

fn is_name_word(token: &Token) -> bool {
    token.kind == Kind::Word
        && token.text.len() > 1
        && !NOT_NAMES.contains(&format!(" {} ", token.text))
}

fn capital(text: &str, token: &Token) -> bool {
    text.get(token.start..)
        .and_then(|rest| rest.chars().next())
        .is_some_and(char::is_uppercase)
}

/// Up to three words of a name from `at`.
fn run(text: &str, tokens: &[Token], at: usize, strict: bool, asked: bool) -> Option<String> {
    let mut begin = at;
    while tokens.get(begin).is_some_and(|token| {
        token.any(&[
            "of", "is", ":", ",", "-", "mr", "mrs", "ms", "miss", "it's", "called", ".",
        ])
    }) && begin < at + 3
    {
        begin += 1;
    }
    let mut end = begin;
    while end < begin + 4
        && tokens.get(end).is_some_and(|token| {
            (is_name_word(token) && (end == begin || token.spaced || tokens[end - 1].is("-")))
                || (token.is("-") && end > begin && !token.spaced)
        })
    {
        end += 1;
    }
    let shaped = tokens.get(begin..end)?;
    let words = shaped
        .iter()
        .filter(|token| token.kind == Kind::Word)
        .count();
    let capitals = shaped.iter().filter(|token| capital(text, token)).count();
    let good = if strict {
        capitals >= 1 && words >= 1 || asked && words == 2
    } else {
        words >= 1
    };
    good.then(|| slice(text, shaped, capitals >= 1)).flatten()
}

/// "Kofi Mensah here", "Kofi Mensah is my name".
fn here(text: &str, tokens: &[Token]) -> Option<String> {
    let end = (1..tokens.len()).find(|at| {
        tokens[*at].is("here") && *at <= 4
            || tokens[*at].is("is")
                && tokens.get(at + 1).is_some_and(|t| t.is("my"))
                && tokens
                    .get(at + 2..)
                    .unwrap_or_default()
                    .iter()
                    .take(2)
                    .any(|t| t.any(&["name", "surname"]))
    })?;
    let begin = (0..end)
        .rev()
        .take_while(|at| is_name_word(&tokens[*at]))
        .last()?;
    let shaped = &tokens[begin..end];
    (shaped.len() <= 3 && shaped.iter().any(|token| capital(text, token)) || shaped.len() == 2)
        .then(|| slice(text, shaped, true))
        .flatten()
}

/// A whole answer that is nothing but a name.
fn whole(text: &str, tokens: &[Token]) -> Option<String> {
    const ASIDE: [&str; 12] = [
        "it's", "it", "is", "yes", "sure", "its", "um", "the", "please", ",", ".", "okay",
    ];
    let begin = tokens.iter().position(|token| !token.any(&ASIDE))?;
    let end = tokens.iter().rposition(|token| !token.any(&ASIDE))? + 1;
    let shaped = &tokens[begin..end];
    let names = shaped
        .iter()
        .all(|token| is_name_word(token) || token.is("-") || token.is("'"));
    (names && shaped.len() <= 4)
        .then(|| slice(text, shaped, true))
        .flatten()
}

fn slice(text: &str, shaped: &[Token], trim_lower: bool) -> Option<String> {
    let mixed = shaped.iter().any(|token| capital(text, token)) && trim_lower;
    let kept: Vec<&Token> = shaped
        .iter()
        .take_while(|token| !mixed || capital(text, token) || token.kind == Kind::Mark)
        .collect();
    let words: Vec<&Token> = if kept.is_empty() {
        shaped.iter().collect()
    } else {
        kept
    };
    let name = text.get(words.first()?.start..words.last()?.end)?;
    Some(
        name.split(' ')
            .map(capitalised)
            .collect::<Vec<_>>()
            .join(" "),
    )
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}
