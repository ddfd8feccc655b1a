//! What requests have in common: bodies, queries and the version that somebody has seen.
//! What cannot be read is refused in words that repeat nothing of it.

use super::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::error::Error;

/// A JSON body.
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match Json::from_request(request, state).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(rejection) => Err(refused(&rejection)),
        }
    }
}

/// What to say of a body that is no use; the parser's own words may quote it.
fn refused(rejection: &JsonRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::TooLarge;
    }
    let mut cause: Option<&(dyn Error + 'static)> = Some(rejection);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<serde_json::Error>() {
            let what = match error.classify() {
                serde_json::error::Category::Data => {
                    "a field is missing, unknown, or its value cannot be used"
                }
                serde_json::error::Category::Syntax
                | serde_json::error::Category::Eof
                | serde_json::error::Category::Io => "it is not JSON, or cut off",
            };
            return Problem::BadRequest(format!(
                "the body cannot be read at line {}, column {}: {what}; /v1/openapi.json has its form",
                error.line(),
                error.column(),
            ));
        }
        cause = error.source();
    }
    Problem::BadRequest("expected a JSON body, with `Content-Type: application/json`".to_owned())
}

/// Parameters of a query.
pub struct Params<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Query::from_request_parts(parts, state).await {
            Ok(Query(params)) => Ok(Self(params)),
            Err(_) => Err(Problem::BadRequest(
                "a parameter is unknown, or its value cannot be used; /v1/openapi.json lists them"
                    .to_owned(),
            )),
        }
    }
}

/// The id in the path; what cannot be one names nothing.
pub struct Id<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(id)) => Ok(Self(id)),
            Err(_) => Err(Problem::NotFound),
        }
    }
}

/// The version that whoever asks has seen (`If-Match`); `None`: whatever it is.
pub struct Seen(pub Option<i64>);

impl<S: Send + Sync> FromRequestParts<S> for Seen {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        seen(&parts.headers).map(Self)
    }
}

fn seen(headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let version = text.strip_prefix("W/").unwrap_or(text);
    let version = version
        .strip_prefix('"')
        .and_then(|it| it.strip_suffix('"'))
        .and_then(|it| it.parse().ok());
    match version {
        Some(version) => Ok(Some(version)),
        None => Err(Problem::BadRequest(
            "`If-Match` takes the `ETag` of an earlier answer".to_owned(),
        )),
    }
}

/// The `ETag` of a version.
fn etag(version: i64) -> HeaderValue {
    // Digits and quotes are visible letters.
    HeaderValue::try_from(format!("W/\"{version}\"")).unwrap_or(HeaderValue::from_static("W/\"0\""))
}

/// A record at `location`, with the `ETag` of its version.
pub fn versioned(
    status: StatusCode,
    version: i64,
    location: &str,
    record: impl Serialize,
) -> Response {
    let mut response = (status, Json(record)).into_response();
    response.headers_mut().insert(header::ETAG, etag(version));
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// How many of a list are wanted, of at most `most`.
///
/// # Errors
/// None, or more than that.
pub fn limit(wanted: Option<usize>, usual: usize, most: usize) -> Result<usize, Problem> {
    match wanted.unwrap_or(usual) {
        limit if (1..=most).contains(&limit) => Ok(limit),
        _ => Err(Problem::Unusable {
            field: "limit",
            detail: format!("1 to {most}"),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_as_it_was_sent() {
        let read = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_MATCH, HeaderValue::from_static(text));
            seen(&headers).ok()
        };
        assert_eq!(read("W/\"3\""), Some(Some(3)));
        assert_eq!(read("\"3\""), Some(Some(3)));
        assert_eq!(read("*"), Some(None));
        for nonsense in ["3", "W/3", "\"\"", "\"three\"", "\"3\", \"4\""] {
            assert_eq!(read(nonsense), None, "{nonsense}");
        }
        assert_eq!(etag(3), "W/\"3\"");
    }
}
