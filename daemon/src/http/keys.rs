//! Who asks, whether they may, and whether they may now.

use super::{Api, Problem, idempotency};
use crate::store::KnownKey;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use kiosk_protocol::control::Scope;
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

/// Which keys may pass.
#[derive(Clone)]
pub struct Gate {
    /// Where they are known.
    pub api: Api,
    /// A key with one of these; the first is the one that is asked for.
    pub scopes: &'static [Scope],
}

/// The key that a request came with, told to whoever answers it.
#[derive(Debug, Clone)]
pub struct Client(pub KnownKey);

impl Client {
    /// As changes and audit lines name it.
    pub fn actor(&self) -> String {
        format!("key:{}", self.0.id)
    }
}

/// Lets a request pass whose `Authorization` header has a key for the gate.
pub async fn admit(
    State(Gate { api, scopes }): State<Gate>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    let key = from_header(request.headers()).unwrap_or_default();
    let known = match check(&api, key, scopes, address.ip()).await {
        Ok(known) => known,
        Err(problem) => return problem.into_response(),
    };
    request.extensions_mut().insert(Client(known.clone()));
    if request.method() == Method::POST {
        return idempotency::answer(&api, &known.id, request, next).await;
    }
    next.run(request).await
}

/// The key of the `Authorization` header.
pub fn from_header(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(key.trim_start())
}

/// Lets a key with one of `scopes` pass.
///
/// # Errors
/// [`Problem::Unauthorised`], [`Problem::Forbidden`] or [`Problem::TooMany`].
pub async fn check(
    api: &Api,
    key: &str,
    scopes: &[Scope],
    address: IpAddr,
) -> Result<KnownKey, Problem> {
    let now = Instant::now();
    let known = match key {
        "" => None,
        key => api.store.known_key(key.to_owned()).await.map_err(|error| {
            log::error!(error:%; "a key could not be looked up");
            Problem::Internal
        })?,
    };
    let Some(known) = known else {
        // A try costs whoever guesses; who has a key is not kept out by them.
        api.limits.of_stranger(address, now).map_err(too_many)?;
        if !key.is_empty() {
            log::warn!("a request came with an unknown key");
        }
        return Err(Problem::Unauthorised);
    };
    api.limits
        .of_key(&known.id, known.requests_per_minute, now)
        .map_err(too_many)?;
    if scopes.iter().any(|scope| known.scopes.contains(scope)) {
        return Ok(known);
    }
    let scope = scopes[0];
    log::warn!(key = known.id.as_str(), scope:%; "a key lacks a scope");
    Err(Problem::Forbidden(scope))
}

const fn too_many(retry_after_s: u32) -> Problem {
    Problem::TooMany { retry_after_s }
}
