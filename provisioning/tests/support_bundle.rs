//! `kioskctl support`: a box full of patients, and nothing of them in what is sent away.
#![allow(clippy::unwrap_used)]

use flate2::read::GzDecoder;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Output};

const PLANTED: [&str; 8] = [
    "Adwoa Plantedname",
    "Plantedname",
    "0244987654",
    "+233244987654",
    "1987-03-04",
    "chest pain",
    "s3cr3t",
    "hunter2",
];

fn kioskctl(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kioskctl"))
        .args(arguments)
        .current_dir(folder)
        .env("KIOSK_ETC", folder.join("etc"))
        .env("KIOSK_PATHS_STATE", folder.join("state"))
        .env("KIOSK_PATHS_RUNTIME", folder)
        .env("KIOSK_PATHS_MODELS", folder.join("models"))
        .output()
        .unwrap()
}

fn contents(archive: &Path) -> Vec<(String, String)> {
    let mut archive = tar::Archive::new(GzDecoder::new(fs::File::open(archive).unwrap()));
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().display().to_string();
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        (name, text)
    });
    entries.collect()
}

#[test]
fn what_is_sent_away_tells_of_the_box_and_of_no_patient() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::create_dir_all(folder.join("etc/config.d")).unwrap();
    fs::write(
        folder.join("etc/config.d/50-clinic.toml"),
        "[kiosk]\nname = \"Ridge Road\"\n[central]\nurl = \"https://kiosk:hunter2@fhir.example:8443/r4\"\n\
         key_file = \"/etc/kiosk/central.key\"\n[alerts]\nwebhook = \"https://bell.example/s3cr3t\"\n",
    )
    .unwrap();
    // A secret where none belongs, and a file that is no configuration.
    fs::write(
        folder.join("etc/config.d/60-wrong.toml"),
        "[central]\ntoken = \"hunter2\"\n",
    )
    .unwrap();
    fs::write(
        folder.join("etc/config.d/70-broken.toml"),
        "key = hunter2\n",
    )
    .unwrap();
    let lines = [
        r#"{"__REALTIME_TIMESTAMP":"1795507200000000","PRIORITY":"6","MESSAGE":"roster changed","PRACTITIONERS":"8","FREE_SLOTS":"1234","PATIENT":"Adwoa Plantedname"}"#,
        r#"{"__REALTIME_TIMESTAMP":"1795507200000001","PRIORITY":"6","MESSAGE":"roster changed","PRACTITIONERS":"0244987654","FREE_SLOTS":"Plantedname"}"#,
        r#"{"__REALTIME_TIMESTAMP":"1795507200000002","PRIORITY":"3","MESSAGE":"booking for Adwoa Plantedname +233244987654"}"#,
        r#"{"__REALTIME_TIMESTAMP":"Plantedname","PRIORITY":"chest pain","MESSAGE":"ready"}"#,
        r#"{"__REALTIME_TIMESTAMP":"1795507200000003","PRIORITY":"4","MESSAGE":"the store failed","ERROR":"UNIQUE: 1987-03-04 chest pain"}"#,
        "Adwoa Plantedname, no entry at all",
    ];
    fs::write(folder.join("journal"), lines.join("\n")).unwrap();
    let made = kioskctl(
        folder,
        &["support", "--out", "s.tar.gz", "--journal", "journal"],
    );
    let told = String::from_utf8_lossy(&made.stderr).into_owned();
    assert!(made.status.success(), "{told}");

    let parts = contents(&folder.join("s.tar.gz"));
    let names: Vec<&str> = parts.iter().map(|it| it.0.as_str()).collect();
    assert_eq!(
        names,
        [
            "doctor.json",
            "versions.txt",
            "configuration.toml",
            "figures.json",
            "units.txt",
            "journal.txt"
        ]
    );
    for (name, text) in &parts {
        for planted in PLANTED {
            assert!(!text.contains(planted), "{planted} in {name}: {text}");
        }
    }
    let text = |name: &str| &parts.iter().find(|it| it.0 == name).unwrap().1;
    let journal = text("journal.txt");
    assert!(
        journal.contains("roster changed free_slots=1234 practitioners=8"),
        "{journal}"
    );
    assert!(journal.contains("the store failed"), "{journal}");
    assert!(journal.contains("3 other lines were left out"), "{journal}");
    let configuration = text("configuration.toml");
    assert!(
        configuration.contains("name = \"Ridge Road\""),
        "{configuration}"
    );
    assert!(
        configuration.contains("https://fhir.example:8443/(removed)"),
        "{configuration}"
    );
    assert!(
        configuration.contains("key_file = \"/etc/kiosk/central.key\""),
        "{configuration}"
    );
    // A wrong configuration is what a bundle is made for; it names keys and not values.
    assert!(
        text("doctor.json").contains("central.token"),
        "{}",
        text("doctor.json")
    );
    assert_eq!(
        kioskctl(folder, &["support", "--out", "s.tar.gz"])
            .status
            .code(),
        Some(1)
    );
}
