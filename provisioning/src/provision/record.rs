//! What provisioning found out about this box and did to its records, so that a second run
//! finds out and does nothing twice. It lies with the records, and is wiped with them.

use crate::place;
use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::path::Path;

const FILE: &str = "provisioned.toml";

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    /// SHA-256 of the roster that was taken in last.
    pub roster: Option<String>,
    pub recogniser: Option<Measured>,
    pub microphone: Option<Level>,
}

/// How fast recognisers are here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Processor and cores: on others it is measured anew.
    pub machine: String,
    /// Those that were there.
    pub tried: Vec<String>,
    /// The one that was chosen.
    pub model: String,
    /// Of an utterance, median.
    pub median_s: f64,
    /// Of the utterance that took longest.
    pub slowest_s: f64,
}

/// How loud a microphone was when somebody spoke.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Level {
    pub device: String,
    /// Root mean square, decibels below full scale.
    pub dbfs: f64,
}

impl Record {
    /// Empty where there is none, or none that can be read.
    pub fn read(state: &Path) -> Self {
        let text = std::fs::read_to_string(state.join(FILE)).unwrap_or_default();
        toml::from_str(&text).unwrap_or_default()
    }

    /// # Errors
    /// The disk refuses.
    pub fn write(&self, state: &Path) -> anyhow::Result<()> {
        let text = toml::to_string(self).context("what was found out as TOML")?;
        place::file(&state.join(FILE), text.as_bytes(), 0o644)
    }
}
