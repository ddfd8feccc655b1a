//! Two FHIR validators of other people (npm's `fhir` and `@medplum/core`): a resource is
//! valid when both accept it.

use super::central::tools;
use serde_json::Value;
use std::io::Write;
use std::process::{Command, Stdio};

/// Panics with every complaint of either.
pub fn both_accept(resources: &[Value]) {
    let folder = tools();
    let mut validator = Command::new(folder.join("node"))
        .arg("validate.mjs")
        .current_dir(&folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = validator.stdin.take().unwrap();
    for resource in resources {
        writeln!(lines, "{resource}").unwrap();
    }
    drop(lines);
    let output = validator.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    let counts: Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
    let counted: u64 = counts
        .as_object()
        .unwrap()
        .values()
        .filter_map(Value::as_u64)
        .sum();
    assert_eq!(counted, resources.len() as u64, "{said}");
}
