//! Today's queue, and calls for staff.

use super::appointments::Ticket;
use super::clinic::with_offset;
use super::keys::Client;
use super::request::{Body, Id, Params};
use super::{Api, Problem, failed};
use crate::store::{QueueEntry, Turn, Turned};
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use kiosk_core::clinic::{AlertId, PractitionerId, Settled, WalkIn};
use kiosk_protocol::Private;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};

/// The longest that an answer is held back, in seconds.
const LONGEST_WAIT_S: u64 = 60;

/// One who waits, is being seen, or was today.
#[derive(Serialize, ToSchema)]
pub struct Waiting {
    /// What is called out.
    number: u32,
    /// `waiting`, `called`, `done` or `left`.
    status: String,
    /// Ids of who could see them, or does.
    practitioners: Vec<String>,
    /// The id of the appointment that they came for.
    appointment: Option<String>,
    #[schema(value_type = Option<String>)]
    patient: Option<Private>,
    /// RFC 3339, with the clinic's offset.
    #[schema(format = DateTime)]
    since: String,
    /// Waiting before them.
    ahead: usize,
    /// How long that takes, in minutes, with what the practitioner is late.
    minutes: i64,
}

impl Waiting {
    fn of(entry: &QueueEntry, zone: &TimeZone) -> Self {
        Self {
            number: entry.number,
            status: entry.status.clone(),
            practitioners: entry.practitioners.iter().map(|id| id.0.clone()).collect(),
            appointment: entry.appointment.as_ref().map(|id| id.0.clone()),
            patient: entry.patient.clone(),
            since: with_offset(entry.since, zone),
            ahead: entry.ahead,
            minutes: entry.minutes,
        }
    }
}

/// Everybody of today, by number.
#[derive(Serialize, ToSchema)]
pub struct Queue {
    queue: Vec<Waiting>,
}

/// Today's queue.
#[utoipa::path(get, path = "/v1/queue", tag = "queue", responses((status = 200, body = Queue)))]
pub async fn read(State(api): State<Api>) -> Result<Json<Queue>, Problem> {
    let entries = api.store.queue(Timestamp::now()).await.map_err(failed)?;
    let zone = api.zone();
    let queue = entries.iter().map(|it| Waiting::of(it, &zone)).collect();
    Ok(Json(Queue { queue }))
}

/// Somebody without an appointment.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWalkIn {
    /// Ids of who could see them; at least one.
    #[schema(value_type = Vec<String>)]
    practitioners: Vec<PractitionerId>,
}

/// A number for somebody who walked in.
#[utoipa::path(
    post, path = "/v1/queue", tag = "queue", request_body = NewWalkIn,
    responses(
        (status = 201, body = Ticket),
    )
)]
pub async fn join(
    State(api): State<Api>,
    Body(walk_in): Body<NewWalkIn>,
) -> Result<(StatusCode, Json<Ticket>), Problem> {
    let practitioners = walk_in.practitioners;
    if practitioners.is_empty() || !practitioners.iter().all(|id| works_here(&api, id)) {
        return Err(nobody("practitioners"));
    }
    let walk_in = WalkIn { practitioners };
    match api
        .store
        .join_queue(walk_in, Timestamp::now())
        .await
        .map_err(failed)?
    {
        Settled::Queued(ticket) => Ok((StatusCode::CREATED, Json(ticket.into()))),
        Settled::Cancelled | Settled::Refused => Err(Problem::Internal),
    }
}

/// Whose turn it is with whom.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// The id of who sees them.
    #[schema(value_type = String)]
    practitioner: PractitionerId,
}

/// It is their turn.
#[utoipa::path(
    post, path = "/v1/queue/{number}/call", tag = "queue", request_body = Call,
    params(("number" = u32, Path)),
    responses(
        (status = 204),
    )
)]
pub async fn call(
    State(api): State<Api>,
    Extension(client): Extension<Client>,
    Id(number): Id<u32>,
    Body(Call { practitioner }): Body<Call>,
) -> Result<StatusCode, Problem> {
    if !works_here(&api, &practitioner) {
        return Err(nobody("practitioner"));
    }
    turn(&api, &client, number, Turn::Call(practitioner)).await
}

/// They have been seen; the time is measured for estimates.
#[utoipa::path(
    post, path = "/v1/queue/{number}/finish", tag = "queue", params(("number" = u32, Path)),
    responses(
        (status = 204),
    )
)]
pub async fn finish(
    State(api): State<Api>,
    Extension(client): Extension<Client>,
    Id(number): Id<u32>,
) -> Result<StatusCode, Problem> {
    turn(&api, &client, number, Turn::Finish).await
}

/// They went without having been seen.
#[utoipa::path(
    post, path = "/v1/queue/{number}/leave", tag = "queue", params(("number" = u32, Path)),
    responses(
        (status = 204),
    )
)]
pub async fn leave(
    State(api): State<Api>,
    Extension(client): Extension<Client>,
    Id(number): Id<u32>,
) -> Result<StatusCode, Problem> {
    turn(&api, &client, number, Turn::Leave).await
}

async fn turn(api: &Api, client: &Client, number: u32, turn: Turn) -> Result<StatusCode, Problem> {
    let store = api.store.acting_as(&client.actor());
    match store
        .turn(number, turn, Timestamp::now())
        .await
        .map_err(failed)?
    {
        Turned::Done => Ok(StatusCode::NO_CONTENT),
        Turned::Unknown => Err(Problem::NotFound),
        Turned::NotAllowed => Err(Problem::Conflict {
            detail: "not for somebody who has been called, been seen or left; read the queue again"
                .to_owned(),
            alternatives: Vec::new(),
        }),
    }
}

fn works_here(api: &Api, id: &PractitionerId) -> bool {
    api.lobbies
        .setting
        .borrow()
        .roster
        .practitioner(id)
        .is_some()
}

fn nobody(field: &'static str) -> Problem {
    Problem::Unusable {
        field,
        detail: "ids of `/v1/practitioners`".to_owned(),
    }
}

/// How long the answer may be held back.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Patience {
    /// Seconds to wait for a call where there is none, 60 at most.
    #[param(minimum = 0, maximum = 60)]
    #[serde(default)]
    wait: u64,
}

/// A call for staff.
#[derive(Serialize, ToSchema)]
pub struct Alert {
    id: String,
    /// `help` or `urgent`.
    kind: String,
    /// RFC 3339.
    #[schema(format = DateTime)]
    raised_at: String,
}

/// Those that nobody has answered, oldest first.
#[derive(Serialize, ToSchema)]
pub struct Alerts {
    alerts: Vec<Alert>,
}

/// Calls that nobody has answered; with `wait`, as soon as there is one.
#[utoipa::path(
    get, path = "/v1/alerts", tag = "queue", params(Patience),
    responses((status = 200, body = Alerts),)
)]
pub async fn alerts(
    State(api): State<Api>,
    Params(patience): Params<Patience>,
) -> Result<Json<Alerts>, Problem> {
    if patience.wait > LONGEST_WAIT_S {
        return Err(Problem::Unusable {
            field: "wait",
            detail: format!("0 to {LONGEST_WAIT_S} seconds"),
        });
    }
    let deadline = tokio::time::Instant::now() + Duration::from_secs(patience.wait);
    let mut written = api.store.written();
    loop {
        written.mark_unchanged();
        let rows = api.store.open_alerts().await.map_err(failed)?;
        let is_over = !rows.is_empty() || api.stop.is_cancelled();
        let waited = async {
            tokio::select! {
                () = api.stop.cancelled() => {}
                _ = written.changed() => {}
            }
        };
        if is_over || tokio::time::timeout_at(deadline, waited).await.is_err() {
            let alerts = rows.into_iter().map(|row| Alert {
                id: row.id,
                kind: match row.kind {
                    kiosk_protocol::control::AlertKind::Help => "help",
                    kiosk_protocol::control::AlertKind::Urgent => "urgent",
                }
                .to_owned(),
                raised_at: row.raised_at,
            });
            return Ok(Json(Alerts {
                alerts: alerts.collect(),
            }));
        }
    }
}

/// Somebody goes there; the patient is told.
#[utoipa::path(
    post, path = "/v1/alerts/{id}/ack", tag = "queue", params(("id" = String, Path)),
    responses((status = 204),)
)]
pub async fn acknowledge(
    State(api): State<Api>,
    Id(id): Id<String>,
) -> Result<StatusCode, Problem> {
    let answered = api.office.answer_alert(AlertId(id)).await;
    if answered.map_err(failed)? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Problem::NotFound)
}
