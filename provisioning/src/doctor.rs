//! `kioskctl doctor`: every part of this box checked, one line each, with what to do
//! about what is wrong. Looks and tries out; changes nothing.

mod checks;

use crate::output::{self, Exit};
use serde::Serialize;
use std::path::Path;

/// How a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// In order.
    Good,
    /// The kiosk works, somebody should look all the same.
    Doubtful,
    /// Patients will notice.
    Bad,
}

/// One line.
#[derive(Debug, Serialize)]
pub struct Finding {
    part: &'static str,
    health: Health,
    /// How it is.
    found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
}

impl Finding {
    fn good(part: &'static str, found: impl Into<String>) -> Self {
        Self {
            part,
            health: Health::Good,
            found: found.into(),
            remedy: None,
        }
    }

    fn doubtful(part: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            part,
            health: Health::Doubtful,
            found: found.into(),
            remedy: Some(remedy.into()),
        }
    }

    fn bad(part: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            health: Health::Bad,
            ..Self::doubtful(part, found, remedy)
        }
    }
}

pub fn run(config: Option<&Path>, json: bool) -> anyhow::Result<Exit> {
    let findings = checks::all(config);
    let healthy = findings.iter().all(|finding| finding.health != Health::Bad);
    if json {
        output::json(&findings)?;
    } else {
        for finding in &findings {
            output::line(line(finding))?;
        }
    }
    Ok(if healthy {
        Exit::Done
    } else {
        Exit::NotInOrder
    })
}

/// The findings as `--json` prints them.
///
/// # Errors
/// None that is known.
pub fn as_json(config: Option<&Path>) -> anyhow::Result<String> {
    Ok(serde_json::to_string(&checks::all(config))?)
}

fn line(finding: &Finding) -> String {
    let health = match finding.health {
        Health::Good => "good    ",
        Health::Doubtful => "doubtful",
        Health::Bad => "BAD     ",
    };
    let mut line = format!("{health} {:<12} {}", finding.part, finding.found);
    if let Some(remedy) = &finding.remedy {
        line.push_str("; ");
        line.push_str(remedy);
    }
    line
}
