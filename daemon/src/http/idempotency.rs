//! `Idempotency-Key` (IETF draft-ietf-httpapi-idempotency-key-header-07): a request that
//! is sent again with the same key is answered as the first time and does nothing.
//!
//! The answer is kept after the request was carried out. A kiosk that dies in between
//! carries it out again; what must not happen twice even then has an `id` made by whoever
//! asks.

use super::{Api, Problem, failed};
use crate::store::KeptAnswer;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

const HEADER: &str = "idempotency-key";
/// Of the key, in bytes.
const LONGEST: usize = 255;
/// Bodies that are compared; larger ones are recordings, which change nothing here.
const MOST_BYTES: usize = 1 << 20;
/// What of an answer is kept beside its body.
const KEPT: [HeaderName; 3] = [header::CONTENT_TYPE, header::ETAG, header::LOCATION];

/// Answers `request`, from what was answered before where it was.
pub async fn answer(api: &Api, api_key: &str, request: Request, next: Next) -> Response {
    let Some(key) = request.headers().get(HEADER).cloned() else {
        return next.run(request).await;
    };
    match answer_once(api, api_key, &key, request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn answer_once(
    api: &Api,
    api_key: &str,
    key: &HeaderValue,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let key = key.to_str().unwrap_or_default().to_owned();
    if key.is_empty() || key.len() > LONGEST {
        return Err(Problem::BadRequest(format!(
            "`Idempotency-Key` has 1 to {LONGEST} visible letters"
        )));
    }
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MOST_BYTES)
        .await
        .map_err(|_| Problem::TooLarge)?;
    let fingerprint: [u8; 32] = Sha256::new()
        .chain_update(parts.uri.path())
        .chain_update([0])
        .chain_update(&body)
        .finalize()
        .into();
    let Some(_under_way) = api.under_way.begin(api_key, &key) else {
        return Err(conflict("the first request with this key is under way"));
    };
    let known = api.store.kept_answer(api_key.to_owned(), key.clone());
    match known.await.map_err(failed)? {
        Some(kept) if kept.fingerprint == fingerprint => return replay(kept),
        Some(_) => {
            return Err(Problem::Unusable {
                field: "Idempotency-Key",
                detail: "this key came with another request; make a new one".to_owned(),
            });
        }
        None => {}
    }
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    keep(api, api_key, key, fingerprint, response).await
}

/// Keeps what is final: what may go well the next time is tried again.
async fn keep(
    api: &Api,
    api_key: &str,
    key: String,
    fingerprint: [u8; 32],
    response: Response,
) -> Result<Response, Problem> {
    let status = response.status();
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, MOST_BYTES)
        .await
        .map_err(|_| Problem::Internal)?;
    let headers = KEPT
        .iter()
        .filter_map(|name| {
            let value = parts.headers.get(name)?.to_str().ok()?;
            Some((name.as_str().to_owned(), value.to_owned()))
        })
        .collect();
    let kept = KeptAnswer {
        fingerprint,
        status: status.as_u16(),
        headers,
        body: body.to_vec(),
    };
    let keeping = api
        .store
        .keep_answer(api_key.to_owned(), key, kept, Timestamp::now());
    keeping.await.map_err(failed)?;
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn replay(kept: KeptAnswer) -> Result<Response, Problem> {
    let mut response = Response::new(Body::from(kept.body));
    *response.status_mut() = StatusCode::from_u16(kept.status).map_err(|_| Problem::Internal)?;
    for (name, value) in kept.headers {
        let name = HeaderName::try_from(name).map_err(|_| Problem::Internal)?;
        let value = HeaderValue::try_from(value).map_err(|_| Problem::Internal)?;
        response.headers_mut().insert(name, value);
    }
    Ok(response)
}

fn conflict(detail: &str) -> Problem {
    Problem::Conflict {
        detail: detail.to_owned(),
        alternatives: Vec::new(),
    }
}

/// Requests with a key that are being answered.
///
/// Taken for as long as a look-up lasts by each request with an `Idempotency-Key`.
#[derive(Default)]
pub struct UnderWay(Mutex<HashSet<(String, String)>>);

impl UnderWay {
    /// `None`: one with the same keys is being answered.
    fn begin(self: &Arc<Self>, api_key: &str, key: &str) -> Option<Begun> {
        let keys = (api_key.to_owned(), key.to_owned());
        let mut set = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        set.insert(keys.clone()).then(|| Begun {
            under_way: self.clone(),
            keys,
        })
    }
}

/// Ends when the request is answered or its client gone.
struct Begun {
    under_way: Arc<UnderWay>,
    keys: (String, String),
}

impl Drop for Begun {
    fn drop(&mut self) {
        let set = self.under_way.0.lock();
        set.unwrap_or_else(PoisonError::into_inner)
            .remove(&self.keys);
    }
}
