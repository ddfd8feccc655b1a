//! Who asks, and whether they may.

use super::{Api, Problem};
use axum::http::{HeaderMap, header};
use kiosk_protocol::control::Scope;

/// Lets a request pass whose `Authorization` header has a key for `scope`.
///
/// # Errors
/// [`Problem::Unauthorised`] or [`Problem::Forbidden`].
pub async fn check(api: &Api, headers: &HeaderMap, scope: Scope) -> Result<(), Problem> {
    check_key(api, from_header(headers).unwrap_or_default(), scope).await
}

/// The key of the `Authorization` header.
pub fn from_header(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(key.trim_start())
}

/// Lets a key for `scope` pass.
///
/// # Errors
/// As [`check`].
pub async fn check_key(api: &Api, key: &str, scope: Scope) -> Result<(), Problem> {
    if key.is_empty() {
        return Err(Problem::Unauthorised);
    }
    let known = api.store.known_key(key.to_owned()).await.map_err(|error| {
        log::error!(error:%; "a key could not be looked up");
        Problem::Internal
    })?;
    match known {
        Some(known) if known.scopes.contains(&scope) => Ok(()),
        Some(known) => {
            log::warn!(key = known.id.as_str(), scope:%; "a key lacks a scope");
            Err(Problem::Forbidden(scope))
        }
        None => {
            log::warn!("a request came with an unknown key");
            Err(Problem::Unauthorised)
        }
    }
}
