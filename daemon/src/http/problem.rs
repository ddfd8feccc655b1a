//! What goes wrong, as RFC 9457 says it. One enum decides every status code; nothing
//! personal and nothing internal is in a detail.

use super::clinic::FreeSlot;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kiosk_protocol::control::Scope;
use serde::Serialize;
use utoipa::ToSchema;

/// Why a request is not answered.
#[derive(Debug)]
pub enum Problem {
    /// No key, or none that is known.
    Unauthorised,
    /// The key doesn't allow this.
    Forbidden(Scope),
    /// The request makes no sense.
    BadRequest(String),
    /// A field's value cannot be used.
    Unusable {
        /// Which.
        field: &'static str,
        /// What is wrong with it and what may stand there.
        detail: String,
    },
    /// There is no such thing.
    NotFound,
    /// The route is there, but not with this method.
    NotAllowed,
    /// Something stands in its way.
    Conflict {
        /// What.
        detail: String,
        /// Free slots that could be taken.
        alternatives: Vec<FreeSlot>,
    },
    /// What was seen has changed since.
    Changed {
        /// Its version.
        version: i64,
    },
    /// Asked too often.
    TooMany {
        /// When it may be asked again, in seconds.
        retry_after_s: u32,
    },
    /// The body is longer than is read.
    TooLarge,
    /// This box can't do it, or not now.
    Unavailable {
        /// What is missing.
        detail: String,
        /// When it may be asked again, in seconds.
        retry_after_s: Option<u32>,
    },
    /// A fault of the kiosk's. It stands in the log.
    Internal,
}

impl Problem {
    pub(super) const fn status(&self) -> StatusCode {
        match self {
            Self::Unauthorised => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Unusable { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::NotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict { .. } => StatusCode::CONFLICT,
            Self::Changed { .. } => StatusCode::PRECONDITION_FAILED,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    const fn retry_after_s(&self) -> Option<u32> {
        match self {
            Self::Unavailable { retry_after_s, .. } => *retry_after_s,
            Self::TooMany { retry_after_s } => Some(*retry_after_s),
            Self::Unauthorised
            | Self::Forbidden(_)
            | Self::BadRequest(_)
            | Self::Unusable { .. }
            | Self::NotFound
            | Self::NotAllowed
            | Self::Conflict { .. }
            | Self::Changed { .. }
            | Self::TooLarge
            | Self::Internal => None,
        }
    }

    pub(super) fn detail(&self) -> String {
        match self {
            Self::Unauthorised => {
                "send `Authorization: Bearer KEY` with a key of `kioskctl key add`".to_owned()
            }
            Self::Forbidden(scope) => {
                format!("this key lacks the scope `{scope}`")
            }
            Self::BadRequest(detail) | Self::Unusable { detail, .. } => detail.clone(),
            Self::NotFound => "there is no such route, or nothing with this id".to_owned(),
            Self::NotAllowed => "not with this method; /v1/openapi.json lists them".to_owned(),
            Self::Conflict { detail, .. } => detail.clone(),
            Self::Changed { version } => {
                format!("it has changed since; read it again, its version is {version}")
            }
            Self::TooMany { retry_after_s } => {
                format!("this key may ask again in {retry_after_s} s")
            }
            Self::TooLarge => "the body is longer than is read".to_owned(),
            Self::Unavailable { detail, .. } => detail.clone(),
            Self::Internal => "a fault of the kiosk; it stands in its log".to_owned(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        let (detail, retry_after_s) = (self.detail(), self.retry_after_s());
        let is_unauthorised = matches!(self, Self::Unauthorised);
        let mut body = ProblemBody {
            r#type: "about:blank".to_owned(),
            title: status.canonical_reason().unwrap_or_default().to_owned(),
            status: status.as_u16(),
            detail,
            errors: None,
            alternatives: None,
        };
        match self {
            Self::Unusable { field, detail } => {
                let field = field.to_owned();
                body.errors = Some(vec![FieldProblem { field, detail }]);
            }
            Self::Conflict { alternatives, .. } if !alternatives.is_empty() => {
                body.alternatives = Some(alternatives);
            }
            Self::Unauthorised
            | Self::Forbidden(_)
            | Self::BadRequest(_)
            | Self::NotFound
            | Self::NotAllowed
            | Self::Conflict { .. }
            | Self::Changed { .. }
            | Self::TooMany { .. }
            | Self::TooLarge
            | Self::Unavailable { .. }
            | Self::Internal => {}
        }
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(seconds) = retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if is_unauthorised {
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"kiosk\""),
            );
        }
        response
    }
}

/// An error, as RFC 9457 has it (`application/problem+json`).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// `about:blank`: the status says what it is.
    r#type: String,
    /// The status in words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What is wrong and what to do next.
    detail: String,
    /// The fields that cannot be used, with a 422.
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Vec<FieldProblem>>,
    /// Free slots that could be taken, with a 409 of a booking.
    #[serde(skip_serializing_if = "Option::is_none")]
    alternatives: Option<Vec<FreeSlot>>,
}

/// A field that cannot be used.
#[derive(Serialize, ToSchema)]
pub struct FieldProblem {
    /// Which.
    field: String,
    /// What may stand there.
    detail: String,
}
