//! Everything that parses what comes from outside is given what nobody sends on purpose:
//! good input with bytes changed, cut off, doubled. It is taken or refused, and
//! nothing panics.
#![allow(clippy::unwrap_used)]

use kiosk_daemon::audio::wav;
use kiosk_daemon::config;
use kiosk_daemon::store::{RecordCursor, parse_roster};
use kiosk_protocol::control::{Reply, Request};
use kiosk_protocol::{ClientMessage, ServerMessage};
use proptest::prelude::*;
use std::io::Write;

const MESSAGES: [&str; 7] = [
    r#"{"type":"hello","version":3,"audio_rate":16000,"voice":"joe","language":"en-GH"}"#,
    r#"{"type":"say","text":"my name is Sarpong"}"#,
    r#"{"type":"touch","action":"enter","value":"Sarpong"}"#,
    r#"{"type":"start"}"#,
    r#"{"do":"import_roster","toml":"[clinic]\nname = \"Sarpong\""}"#,
    r#"{"do":"add_key","label":"Sarpong","scopes":["staff"],"requests_per_minute":3,"sockets":1}"#,
    r#"{"reply":"keys","rows":[]}"#,
];

const ROSTER: &str = include_str!("../../provisioning/sample-clinic.toml");
const CONFIG: &str = include_str!("../../systemd/kiosk.toml");

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if std::env::var_os("KIOSK_SOAK").is_some() { 200_000 } else { 1_000 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn messages(message in prop::sample::select(&MESSAGES[..]), edits in edits()) {
        let text = edited(message.as_bytes(), &edits);
        let _ = serde_json::from_slice::<ClientMessage>(&text);
        let _ = serde_json::from_slice::<ServerMessage>(&text);
        let _ = serde_json::from_slice::<Request>(&text);
        let _ = serde_json::from_slice::<Reply>(&text);
    }

    #[test]
    fn recordings(samples in prop::collection::vec(-1.0_f32..1.0, 0..200), edits in edits()) {
        let bytes = edited(&wav::to_bytes(&samples, 16_000).unwrap(), &edits);
        if let Ok(recording) = wav::read_bytes(&bytes) {
            prop_assert!(recording.samples.iter().all(|it| it.is_finite()));
            prop_assert!(recording.samples.len() <= bytes.len());
        }
    }

    #[test]
    fn cursors(text in ".{0,40}", edits in edits()) {
        let _ = RecordCursor::parse(&text);
        let text = String::from_utf8_lossy(&edited(b"1795514400.0193-5", &edits)).into_owned();
        if let Some(cursor) = RecordCursor::parse(&text) {
            prop_assert_eq!(RecordCursor::parse(&cursor.to_string()), Some(cursor));
        }
    }
}

proptest! {
    // A roster is long, and a configuration is read from a disk.
    #![proptest_config(ProptestConfig {
        cases: if std::env::var_os("KIOSK_SOAK").is_some() { 20_000 } else { 100 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn rosters(edits in edits()) {
        let text = edited(ROSTER.as_bytes(), &edits);
        let _ = parse_roster(&String::from_utf8_lossy(&text));
    }

    #[test]
    fn configurations(edits in edits()) {
        // Comments hold what may be set.
        let all = CONFIG.replace("# listen", "listen").replace("# volume", "volume");
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&edited(all.as_bytes(), &edits)).unwrap();
        if let Err(problems) = config::load(Some(file.path())) {
            prop_assert!(!problems.0.is_empty(), "a refusal says why");
        }
    }
}

#[test]
fn what_is_deep_or_endless_is_refused_in_a_moment() {
    let deep = "[".repeat(1_000_000);
    assert!(serde_json::from_str::<ClientMessage>(&deep).is_err());
    assert!(serde_json::from_str::<Request>(&deep).is_err());
    assert!(parse_roster(&"a.".repeat(100_000)).is_err());
    assert!(parse_roster(&format!("[clinic]\nname = {}", "[".repeat(100_000))).is_err());
    // A header that promises four gigabytes.
    let mut bytes = wav::to_bytes(&[0.0; 100], 16_000).unwrap();
    bytes[40..44].fill(0xFF);
    let read = wav::read_bytes(&bytes);
    assert!(read.is_err() || read.unwrap().samples.len() <= 100);
}

/// Changes to a good input.
#[derive(Debug, Clone)]
enum Edit {
    Put(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Remove(prop::sample::Index),
    Double(prop::sample::Index, prop::sample::Index),
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let at = any::<prop::sample::Index>;
    let edit = prop_oneof![
        8 => (at(), any::<u8>()).prop_map(|(at, byte)| Edit::Put(at, byte)),
        4 => (at(), prop::sample::select(&b"{}[]\",:0987654321-.eE \n"[..]))
            .prop_map(|(at, byte)| Edit::Put(at, byte)),
        1 => at().prop_map(Edit::Cut),
        4 => at().prop_map(Edit::Remove),
        2 => (at(), at()).prop_map(|(from, to)| Edit::Double(from, to)),
    ];
    prop::collection::vec(edit, 0..6)
}

fn edited(input: &[u8], edits: &[Edit]) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for edit in edits {
        if bytes.is_empty() {
            break;
        }
        let length = bytes.len();
        match edit {
            Edit::Put(at, byte) => bytes[at.index(length)] = *byte,
            Edit::Cut(at) => bytes.truncate(at.index(length)),
            Edit::Remove(at) => {
                bytes.remove(at.index(length));
            }
            Edit::Double(from, to) => {
                let (from, to) = (from.index(length), to.index(length));
                let part = bytes[from.min(to)..from.max(to)].to_vec();
                bytes.splice(from.min(to)..from.min(to), part);
            }
        }
    }
    bytes
}
