//! Whether the kiosk lives, whether it is ready, and its figures for Prometheus.

use super::{Api, Problem, failed};
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use jiff::Timestamp;
use serde::Serialize;
use std::fmt::Write;
use utoipa::ToSchema;

/// It lives.
#[utoipa::path(get, path = "/healthz", tag = "health", responses((status = 200, body = String)))]
pub async fn live() -> &'static str {
    "alive\n"
}

/// Whether patients can be served, and what is missing.
#[derive(Serialize, ToSchema)]
pub struct Readiness {
    /// Appointments can be booked by touch at least.
    ready: bool,
    /// What is missing; speech and the central server may be, and it is ready all the same.
    missing: Vec<String>,
}

/// Whether patients can be served: 503 where not.
#[utoipa::path(
    get, path = "/readyz", tag = "health",
    responses((status = 200, body = Readiness), (status = 503, body = Readiness))
)]
pub async fn ready(State(api): State<Api>) -> (StatusCode, Json<Readiness>) {
    let mut missing = Vec::new();
    let has_roster = !api.lobbies.setting.borrow().roster.practitioners.is_empty();
    if !has_roster {
        missing.push("no roster: `kioskctl roster import FILE`".to_owned());
    }
    let answers = api.store.outbox_len().await.is_ok();
    if !answers {
        missing.push("the database does not answer".to_owned());
    }
    if api.ears.is_none() {
        missing.push("no speech recogniser".to_owned());
    }
    if api.studio.is_none() {
        missing.push("no voice".to_owned());
    }
    let ready = has_roster && answers;
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(Readiness { ready, missing }))
}

/// Figures in Prometheus' text format.
#[utoipa::path(
    get, path = "/metrics", tag = "health",
    responses((status = 200, body = String, content_type = "text/plain"))
)]
pub async fn metrics(State(api): State<Api>) -> Result<impl IntoResponse, Problem> {
    let counts = api.store.counts(Timestamp::now()).await.map_err(failed)?;
    let mut text = String::new();
    let mut gauge = |name: &str, help: &str, value: i64| {
        // Writing into a string cannot fail.
        let _ = writeln!(
            text,
            "# HELP kiosk_{name} {help}\n# TYPE kiosk_{name} gauge\nkiosk_{name} {value}"
        );
    };
    gauge(
        "appointments_open",
        "Appointments that are still to come.",
        counts.open_appointments,
    );
    gauge(
        "queue_waiting",
        "Patients with a number who have not been called.",
        counts.waiting,
    );
    gauge(
        "alerts_open",
        "Calls for staff that nobody has answered.",
        counts.open_alerts,
    );
    gauge(
        "outbox_pending",
        "Changes that the central server has not confirmed.",
        counts.outbox,
    );
    gauge(
        "conflicts_open",
        "Bookings that collided and are not mended.",
        counts.conflicts,
    );
    gauge(
        "changes_last",
        "Sequence number of the last change.",
        counts.last_change,
    );
    let kind = (header::CONTENT_TYPE, "text/plain; version=0.0.4");
    Ok(([kind], text))
}
