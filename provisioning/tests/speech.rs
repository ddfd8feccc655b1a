//! What `kioskctl say` says, `kioskctl transcribe` hears; with the real models.
#![allow(clippy::unwrap_used)]

use std::process::{Command, Output};

#[test]
fn what_is_said_is_heard_and_a_file_that_is_no_recording_spoils_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let wav = folder.path().join("request.wav");
    let text = folder.path().join("letter.wav");
    std::fs::write(&text, "Dear Sir or Madam").unwrap();
    let said = kioskctl(&[
        "say",
        "I would like an appointment on Monday.",
        "--out",
        wav.to_str().unwrap(),
    ]);
    assert!(said.status.success(), "{said:?}");

    let heard = kioskctl(&[
        "transcribe",
        "--json",
        text.to_str().unwrap(),
        wav.to_str().unwrap(),
    ]);
    assert_eq!(heard.status.code(), Some(4), "{heard:?}");
    let lines = String::from_utf8(heard.stdout).unwrap();
    let answers: Vec<serde_json::Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(answers[0]["error"].as_str().unwrap().contains("not a WAV"));
    let words = answers[1]["turns"][0]["text"].as_str().unwrap();
    assert!(words.contains("appointment on Monday"), "{words}");
}

#[test]
fn an_unknown_voice_is_answered_with_those_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let wav = folder.path().join("x.wav");
    let said = kioskctl(&[
        "say",
        "Hello.",
        "--voice",
        "parrot",
        "--out",
        wav.to_str().unwrap(),
    ]);
    assert_eq!(said.status.code(), Some(1));
    let words = String::from_utf8(said.stderr).unwrap();
    assert!(words.contains("espeak-ng"), "{words}");
    assert!(!wav.exists());
}

fn kioskctl(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kioskctl"))
        .args(arguments)
        .output()
        .unwrap()
}
