//! Names spelled letter by letter: "M A double X", "K for Kofi", "Kilo Oscar".
//!
//! Joins letters only; whether the result is a known name is `roster`'s matter.

use super::tokens::{self, Kind, Token};

/// The letters' names in the NATO alphabet, as recognisers write them.
fn alphabet(word: &str) -> Option<char> {
    Some(match word {
        "alpha" | "alfa" => 'a',
        "bravo" => 'b',
        "charlie" | "charley" => 'c',
        "delta" => 'd',
        "echo" | "eco" | "ecko" => 'e',
        "foxtrot" | "fox" => 'f',
        "golf" | "gulf" => 'g',
        "hotel" => 'h',
        "india" => 'i',
        "juliet" | "juliett" | "julia" => 'j',
        "kilo" | "keto" => 'k',
        "lima" | "lema" => 'l',
        "mike" => 'm',
        "november" => 'n',
        "oscar" => 'o',
        "papa" | "pop" => 'p',
        "quebec" => 'q',
        "romeo" => 'r',
        "sierra" | "ciara" => 's',
        "tango" => 't',
        "uniform" => 'u',
        "victor" => 'v',
        "whiskey" | "whisky" => 'w',
        "xray" => 'x',
        "yankee" => 'y',
        "zulu" => 'z',
        _ => return None,
    })
}

/// Letters as recognisers spell their sounds.
fn sound(word: &str) -> Option<&'static str> {
    Some(match word {
        "ay" | "hey" | "eh" => "a",
        "be" | "bee" => "b",
        "see" | "sea" | "cee" => "c",
        "dee" => "d",
        "ef" => "f",
        "gee" | "ji" => "g",
        "aitch" | "haitch" | "age" => "h",
        "eye" => "i",
        "jay" => "j",
        "kay" | "okay" | "que" => "k",
        "ell" | "el" | "hell" => "l",
        "em" | "um" => "m",
        "en" | "end" => "n",
        "oh" | "owe" => "o",
        "pea" | "pee" => "p",
        "cue" | "queue" => "q",
        "are" | "ar" => "r",
        "es" | "ess" | "as" | "yes" => "s",
        "tea" | "tee" | "ti" => "t",
        "you" | "u" => "u",
        "vee" | "we" => "v",
        "ex" => "x",
        "why" | "wye" => "y",
        "zed" | "zee" | "said" | "zet" => "z",
        _ => return None,
    })
}

/// The letters joined, where the text is a spelling; capitalised.
pub(super) fn spelled(text: &str) -> Option<String> {
    let tokens: Vec<Token> = tokens::raw_tokens(text)
        .into_iter()
        .filter(|t| t.kind != Kind::Mark)
        .collect();
    let mut letters = String::new();
    let mut at = 0;
    let mut single = 0;
    while let Some(token) = tokens.get(at) {
        let word = token.text.as_str();
        let times = match word {
            "double" => 2,
            "triple" => 3,
            _ => 1,
        };
        at += usize::from(times > 1);
        let Some((piece, used)) = piece(&tokens, at) else {
            at += 1;
            continue;
        };
        single += 1;
        for _ in 0..times {
            letters.push_str(&piece);
        }
        at += used;
    }
    (single >= 1 && letters.chars().count() >= 2).then(|| capitalised(&letters))
}

fn piece(tokens: &[Token], at: usize) -> Option<(String, usize)> {
    let token = tokens.get(at)?;
    let word = token.text.as_str();
    let one = word.chars().count() == 1 && token.kind == Kind::Word;
    let letter = one
        .then(|| word.to_owned())
        .or_else(|| sound(word).map(str::to_owned));
    // "K for Kofi", "t as in tango", "4" heard for "for".
    let linked = |skip: usize| {
        tokens
            .get(at + skip)
            .is_some_and(|after| after.text.chars().count() > 1)
    };
    let link = match (tokens.get(at + 1), tokens.get(at + 2)) {
        (Some(link), _) if (link.is("for") || link.text == "4") && linked(2) => Some(3),
        (Some(a), Some(b)) if a.is("as") && b.is("in") && linked(3) => Some(4),
        (Some(a), Some(b)) if a.is("like") && b.is("in") && linked(3) => Some(4),
        _ => None,
    };
    if let Some(used) = link {
        let said = tokens[at + used - 1].text.chars().next()?;
        let first = letter
            .as_ref()
            .and_then(|letter| letter.chars().next())
            .unwrap_or(said);
        // The word is heard better than the letter.
        let chosen = if said.is_alphabetic() { said } else { first };
        return Some((chosen.to_string(), used));
    }
    if let Some(letter) = letter {
        return Some((letter, 1));
    }
    if word == "x" && tokens.get(at + 1).is_some_and(|next| next.is("ray")) {
        return Some(("x".into(), 2));
    }
    if let Some(letter) = alphabet(word) {
        return Some((letter.to_string(), 1));
    }
    if token.kind == Kind::Number || ASIDE.contains(&word) {
        return None;
    }
    // "CA V IE s": letters run together by the recogniser.
    (word.chars().all(char::is_alphabetic)).then(|| (word.to_owned(), 1))
}

/// What people say around a spelling.
const ASIDE: [&str; 22] = [
    "my", "name", "is", "it's", "its", "the", "and", "surname", "last", "first", "spelled",
    "spelt", "that's", "capital", "then", "so", "space", "dash", "please", "it", "i'm", "spelling",
];

fn capitalised(letters: &str) -> String {
    let mut chars = letters.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}
