//! `GET /v1/changes`: what changed since a sequence number, as a FHIR history Bundle. Who
//! is up to date may wait for the next change.

use super::fhir::{Failure, base, fhir_json, parameters, site};
use super::problem::ProblemBody;
use super::{Api, Problem};
use crate::fhir::{self, Link};
use crate::store::Change;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use std::time::Duration;

const USUAL_LIMIT: usize = 100;
const MOST: usize = 1_000;
/// Below the minute after which proxies give up on a silent answer.
const LONGEST_WAIT_S: u64 = 55;

struct Asked {
    after: i64,
    limit: usize,
    wait: Duration,
}

/// What changed, oldest first, as a FHIR history Bundle; its link `next` leads on.
#[utoipa::path(
    get, path = "/v1/changes", tag = "central",
    params(
        ("after" = Option<i64>, Query, description = "What is known already: a sequence number; 0 for the beginning."),
        ("limit" = Option<usize>, Query, description = "At most so many, 1 to 1000."),
        ("wait" = Option<u64>, Query, description = "How long to wait for a change where there is none, 0 to 55 seconds."),
    ),
    responses(
        (status = 200, description = "A history Bundle.", body = serde_json::Value, content_type = "application/fhir+json"),
        (status = 422, body = ProblemBody, description = "A parameter cannot be used, or `after` is beyond the newest change."),
    ),
)]
pub async fn list(
    State(api): State<Api>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    match answer(&api, &headers, query.as_deref().unwrap_or_default()).await {
        Ok(response) => response,
        Err(failure) => failure.into_response(),
    }
}

async fn answer(api: &Api, headers: &HeaderMap, query: &str) -> Result<Response, Failure> {
    let asked = read(query)?;
    let mut newest = api.store.newest_change();
    if asked.after > *newest.borrow_and_update() {
        return Err(unusable(
            "after",
            "is beyond this kiosk's newest change: its records were replaced; begin again at 0",
        ));
    }
    let mut changes = api.store.changes(asked.after, asked.limit).await?;
    if changes.is_empty() && !asked.wait.is_zero() {
        let grown = newest.wait_for(|seq| *seq > asked.after);
        tokio::select! {
            _ = tokio::time::timeout(asked.wait, grown) => {}
            () = api.stop.cancelled() => {}
        }
        changes = api.store.changes(asked.after, asked.limit).await?;
    }
    Ok(fhir_json(
        StatusCode::OK,
        &bundle(api, headers, &asked, changes),
    ))
}

fn bundle(
    api: &Api,
    headers: &HeaderMap,
    asked: &Asked,
    changes: Vec<Change>,
) -> serde_json::Value {
    let site = site(api);
    let next = changes.last().map_or(asked.after, |change| change.seq);
    let root = base(api, headers);
    let link = |relation, after| Link {
        relation,
        url: format!("{root}/v1/changes?after={after}&limit={}", asked.limit),
    };
    let links = [link("self", asked.after), link("next", next)];
    let versions = changes.into_iter().filter_map(|change| {
        let method = if change.is_new { "POST" } else { "PUT" };
        Some((change.record?.resource(&site), method, change.version))
    });
    fhir::history(&format!("{root}/fhir"), versions.collect(), &links)
}

fn read(query: &str) -> Result<Asked, Failure> {
    let mut asked = Asked {
        after: 0,
        limit: USUAL_LIMIT,
        wait: Duration::ZERO,
    };
    for (name, value) in parameters(query)? {
        match name.as_str() {
            "after" => {
                let after = value.parse().ok().filter(|after| *after >= 0);
                asked.after = after.ok_or_else(|| {
                    unusable("after", "expected a sequence number, 0 for the beginning")
                })?;
            }
            "limit" => {
                let limit = value
                    .parse()
                    .ok()
                    .filter(|limit| (1..=MOST).contains(limit));
                asked.limit = limit.ok_or_else(|| unusable("limit", "expected 1 to 1000"))?;
            }
            "wait" => {
                let seconds = value.parse().ok().filter(|it| *it <= LONGEST_WAIT_S);
                let seconds =
                    seconds.ok_or_else(|| unusable("wait", "expected 0 to 55 seconds"))?;
                asked.wait = Duration::from_secs(seconds);
            }
            _ => {
                let detail = "only `after`, `limit` and `wait` can be asked";
                return Err(Failure::Refused(Problem::BadRequest(detail.to_owned())));
            }
        }
    }
    Ok(asked)
}

fn unusable(field: &'static str, detail: &str) -> Failure {
    Failure::Refused(Problem::Unusable {
        field,
        detail: detail.to_owned(),
    })
}
