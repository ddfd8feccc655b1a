//! What goes wrong, as RFC 9457 says it. One enum decides every status code; nothing
//! personal and nothing internal is in a detail.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kiosk_protocol::control::Scope;
use serde_json::json;

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
    const fn status(&self) -> StatusCode {
        match self {
            Self::Unauthorised => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Unusable { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::Unauthorised => {
                "send `Authorization: Bearer KEY` with a key of `kioskctl key add`".to_owned()
            }
            Self::Forbidden(scope) => {
                format!("this key lacks the scope `{scope}`")
            }
            Self::BadRequest(detail) | Self::Unusable { detail, .. } => detail.clone(),
            Self::TooLarge => format!("at most {} MiB are read", super::MOST_BYTES >> 20),
            Self::Unavailable { detail, .. } => detail.clone(),
            Self::Internal => "a fault of the kiosk; it stands in its log".to_owned(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut body = json!({
            "type": "about:blank",
            "title": status.canonical_reason(),
            "status": status.as_u16(),
            "detail": self.detail(),
        });
        if let Self::Unusable { field, detail } = &self {
            body["errors"] = json!([{ "field": field, "detail": detail }]);
        }
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Self::Unavailable {
            retry_after_s: Some(seconds),
            ..
        } = self
        {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if matches!(self, Self::Unauthorised) {
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"kiosk\""),
            );
        }
        response
    }
}
