//! The core thinks; it does nothing. Neither its dependencies nor its sources may
//! reach files, network, clock, environment, a database, a runtime or a log.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

/// What it may depend on; everything here is a function of its arguments.
const ALLOWED: [&str; 8] = [
    "fluent-bundle",
    "jiff",
    "kiosk-protocol",
    "serde",
    "strsim",
    "thiserror",
    "unic-langid",
    "unicode-normalization",
];

const FORBIDDEN: [&str; 18] = [
    "std::fs",
    "std::env",
    "std::net",
    "std::process",
    "std::io",
    "std::thread",
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "TimeZone::system",
    "println!",
    "eprintln!",
    "log::",
    "tokio",
    "rusqlite",
    "File::open",
    "unsafe",
];

#[test]
fn the_core_depends_on_nothing_that_acts() {
    let manifest: toml::Table = std::fs::read_to_string(root().join("Cargo.toml"))
        .unwrap()
        .parse()
        .unwrap();
    let dependencies = manifest["dependencies"].as_table().unwrap();
    let strangers: Vec<_> = dependencies
        .keys()
        .filter(|name| !ALLOWED.contains(&name.as_str()))
        .collect();
    assert!(
        strangers.is_empty(),
        "{strangers:?} must not be a dependency of kiosk-core"
    );
    assert!(
        !manifest.contains_key("build-dependencies"),
        "kiosk-core needs no build script"
    );
}

#[test]
fn the_core_calls_nothing_that_acts() {
    let mut offences = Vec::new();
    for file in sources(&root().join("src")) {
        let text = std::fs::read_to_string(&file).unwrap();
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or("");
            offences.extend(
                FORBIDDEN
                    .iter()
                    .filter(|word| code.contains(**word))
                    .map(|word| format!("{}:{}: {word}", file.display(), number + 1)),
            );
        }
    }
    assert!(offences.is_empty(), "{offences:#?}");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}
