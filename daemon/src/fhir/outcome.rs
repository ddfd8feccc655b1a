//! OperationOutcome.

use serde_json::{Value, json};

/// What kind of issue it is; FHIR's codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are FHIR's own codes")]
pub enum IssueCode {
    Invalid,
    NotFound,
    NotSupported,
    Deleted,
    Security,
    Throttled,
    TooLong,
    Exception,
}

impl IssueCode {
    const fn code(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::NotFound => "not-found",
            Self::NotSupported => "not-supported",
            Self::Deleted => "deleted",
            Self::Security => "security",
            Self::Throttled => "throttled",
            Self::TooLong => "too-long",
            Self::Exception => "exception",
        }
    }
}

/// Why something was not done; `diagnostics` holds nothing personal.
pub fn operation_outcome(code: IssueCode, diagnostics: &str) -> Value {
    json!({
        "resourceType": "OperationOutcome",
        "issue": [{ "severity": "error", "code": code.code(), "diagnostics": diagnostics }],
    })
}
