//! Phonemes from the program `espeak-ng`. It is run, not linked (GPL), and gets the
//! words through its standard input: command lines can be read by anybody.

use super::SpeechError;
use std::io::Write;
use std::process::{Command, Stdio};

/// What ends a clause; Piper's voices were trained with these between the phonemes.
const MARKS: [char; 6] = [',', ';', ':', '.', '?', '!'];

/// Phonemes (IPA) of `sentence` with its punctuation, in espeak-ng's `voice` ("en-us").
pub fn phonemes(sentence: &str, voice: &str) -> Result<String, SpeechError> {
    let clauses = clauses(sentence);
    if clauses.is_empty() {
        return Ok(String::new());
    }
    // espeak-ng prints a line for every clause that ends in a mark, and drops the mark.
    let lines: String = clauses
        .iter()
        .map(|(words, mark)| format!("{words}{mark}\n"))
        .collect();
    let printed = espeak(&["-q", "--ipa", "-v", voice], &lines)?;
    let printed = String::from_utf8_lossy(&printed);
    let spoken: Vec<&str> = printed
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    if spoken.is_empty() {
        // It says so on standard error and exits with 0.
        return Err(SpeechError::Espeak("printed no phonemes".to_owned()));
    }
    Ok(joined(&clauses, &spoken))
}

/// Runs espeak-ng with `text` on its standard input; returns what it prints.
pub fn espeak(arguments: &[&str], text: &str) -> Result<Vec<u8>, SpeechError> {
    run("espeak-ng", arguments, text)
}

fn run(program: &str, arguments: &[&str], text: &str) -> Result<Vec<u8>, SpeechError> {
    let failed = |why: String| SpeechError::Espeak(why);
    let mut child = Command::new(program)
        .args(arguments)
        .arg("--stdin")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| failed(format!("cannot be run: {error}")))?;
    let written = match child.stdin.take() {
        // It reads everything before it prints, so that a short text cannot block.
        Some(mut stdin) => stdin.write_all(text.as_bytes()),
        None => Ok(()),
    };
    let output = child
        .wait_with_output()
        .map_err(|error| failed(format!("failed: {error}")))?;
    written.map_err(|error| failed(format!("takes no text: {error}")))?;
    if !output.status.success() {
        return Err(failed(format!("failed: {}", output.status)));
    }
    Ok(output.stdout)
}

/// Clauses with the mark that ends each.
fn clauses(sentence: &str) -> Vec<(String, char)> {
    let mut found = Vec::new();
    let mut words = String::new();
    for letter in sentence.chars() {
        if MARKS.contains(&letter) {
            keep(&mut found, &mut words, letter);
        } else {
            words.push(if letter.is_control() { ' ' } else { letter });
        }
    }
    keep(&mut found, &mut words, '.');
    found
}

fn keep(found: &mut Vec<(String, char)>, words: &mut String, mark: char) {
    if words.chars().any(char::is_alphanumeric) {
        found.push((words.trim().to_owned(), mark));
    }
    words.clear();
}

/// One line a clause; where espeak-ng cut differently, its lines with only the last mark.
fn joined(clauses: &[(String, char)], lines: &[&str]) -> String {
    let mut phonemes = String::new();
    if lines.len() == clauses.len() {
        for ((_, mark), line) in clauses.iter().zip(lines) {
            if !phonemes.is_empty() {
                phonemes.push(' ');
            }
            phonemes.push_str(line);
            phonemes.push(*mark);
        }
    } else {
        phonemes = lines.join(" ");
        phonemes.push(clauses.last().map_or('.', |(_, mark)| *mark));
    }
    without_language_flags(&phonemes)
}

/// espeak-ng marks words of another language: `(fr)…(en)`.
fn without_language_flags(phonemes: &str) -> String {
    let mut kept = String::with_capacity(phonemes.len());
    let mut inside = false;
    for letter in phonemes.chars() {
        match letter {
            '(' => inside = true,
            ')' => inside = false,
            _ if inside => {}
            _ => kept.push(letter),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn punctuation_stays_between_the_phonemes() {
        let said = phonemes("Good morning, is that right?", "en-us").unwrap();
        assert!(said.contains(", ") && said.ends_with('?'), "{said}");
        assert!(said.contains('ɔ'), "{said}");
        let said = phonemes("One, two; three: four. Five!", "en-us").unwrap();
        let marks: String = said.chars().filter(|c| MARKS.contains(c)).collect();
        assert_eq!(marks, ",;:.!", "{said}");
        assert_eq!(phonemes("...", "en-us").unwrap(), "");
    }

    #[test]
    fn lines_that_do_not_match_the_clauses_are_still_said() {
        let clauses = clauses("one, two.");
        assert_eq!(joined(&clauses, &["a", "b"]), "a, b.");
        assert_eq!(joined(&clauses, &["a", "b", "c"]), "a b c.");
        assert_eq!(joined(&clauses, &["a(fr)b(en)", "c"]), "ab, c.");
    }

    #[test]
    fn a_missing_or_failing_program_is_an_error() {
        let missing = run("no-such-program", &[], "hello")
            .unwrap_err()
            .to_string();
        assert!(missing.contains("cannot be run"), "{missing}");
        let failing = run("false", &[], "hello").unwrap_err().to_string();
        assert!(failing.contains("espeak-ng"), "{failing}");
    }
}
