//! The roster as staff changes it: the whole, one practitioner, their hours, leave and
//! extra sessions, and how late they are today.

use super::keys::Client;
use super::request::{Body, Id};
use super::{Api, Problem, failed};
use crate::desk::LATEST;
use crate::store::{RosterChange, RosterEdit};
use axum::extract::State;
use axum::{Extension, Json};
use jiff::Timestamp;
use kiosk_core::clinic::PractitionerId;
use kiosk_core::clinic::roster_file::{
    ExtraSession, Leave, PractitionerEntry, RosterFile, WeeklyHours,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a change led to.
#[derive(Serialize, ToSchema)]
pub struct Changed {
    /// Practitioners who see patients now.
    practitioners: usize,
    /// Slots free from now on.
    free_slots: usize,
}

/// The roster as it would be written down; `kioskctl roster import` takes the same keys as
/// TOML.
#[utoipa::path(
    get, path = "/v1/roster", tag = "roster",
    responses(
        (status = 200, body = serde_json::Value, description = "the keys of a roster file, as JSON"),
    )
)]
pub async fn read(State(api): State<Api>) -> Result<Json<RosterFile>, Problem> {
    let file = api.store.roster_file().await.map_err(failed)?;
    file.map(Json).ok_or(Problem::NotFound)
}

/// Replaces the whole roster. Booked appointments stay.
#[utoipa::path(
    put, path = "/v1/roster", tag = "roster", request_body = serde_json::Value,
    responses(
        (status = 200, body = Changed),
    )
)]
pub async fn replace(
    State(api): State<Api>,
    Extension(client): Extension<Client>,
    Body(file): Body<RosterFile>,
) -> Result<Json<Changed>, Problem> {
    change(&api, &client, RosterEdit::Whole(Box::new(file))).await
}

/// Adds a practitioner, or replaces what is known of one.
#[utoipa::path(
    put, path = "/v1/practitioners/{id}", tag = "roster", request_body = serde_json::Value,
    params(("id" = String, Path)),
    responses(
        (status = 200, body = Changed),
    )
)]
pub async fn practitioner(
    State(api): State<Api>,
    Extension(client): Extension<Client>,
    Id(id): Id<String>,
    Body(entry): Body<PractitionerEntry>,
) -> Result<Json<Changed>, Problem> {
    if entry.id.0 != id {
        return Err(Problem::Unusable {
            field: "id",
            detail: "the id of the path".to_owned(),
        });
    }
    change(&api, &client, RosterEdit::Practitioner(Box::new(entry))).await
}

/// Replaces somebody's weekly hours.
#[utoipa::path(
    put, path = "/v1/practitioners/{id}/hours", tag = "roster", request_body = serde_json::Value,
    params(("id" = String, Path)),
    responses(
        (status = 200, body = Changed),
    )
)]
pub async fn hours(
    State(api): State<Api>,
    Extension(client): Extension<Client>,
    Id(id): Id<String>,
    Body(hours): Body<Vec<WeeklyHours>>,
) -> Result<Json<Changed>, Problem> {
    change(&api, &client, RosterEdit::Hours(PractitionerId(id), hours)).await
}

/// Replaces somebody's days off.
#[utoipa::path(
    put, path = "/v1/practitioners/{id}/leave", tag = "roster", request_body = serde_json::Value,
    params(("id" = String, Path)),
    responses(
        (status = 200, body = Changed),
    )
)]
pub async fn leave(
    State(api): State<Api>,
    Extension(client): Extension<Client>,
    Id(id): Id<String>,
    Body(leave): Body<Vec<Leave>>,
) -> Result<Json<Changed>, Problem> {
    change(&api, &client, RosterEdit::Leave(PractitionerId(id), leave)).await
}

/// Replaces somebody's sessions beside the weekly hours.
#[utoipa::path(
    put, path = "/v1/practitioners/{id}/extra-sessions", tag = "roster", request_body = serde_json::Value,
    params(("id" = String, Path)),
    responses(
        (status = 200, body = Changed),
    )
)]
pub async fn extra_sessions(
    State(api): State<Api>,
    Extension(client): Extension<Client>,
    Id(id): Id<String>,
    Body(extra): Body<Vec<ExtraSession>>,
) -> Result<Json<Changed>, Problem> {
    change(&api, &client, RosterEdit::Extra(PractitionerId(id), extra)).await
}

/// How late somebody is.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Delay {
    /// 0 to 720; 0: in time again.
    #[schema(minimum = 0, maximum = 720)]
    minutes: u16,
}

/// How late somebody is today; the estimates of the queue shift by it.
#[utoipa::path(
    put, path = "/v1/practitioners/{id}/delay", tag = "roster", request_body = Delay,
    params(("id" = String, Path)),
    responses(
        (status = 200, body = Delay),
    )
)]
pub async fn delay(
    State(api): State<Api>,
    Extension(client): Extension<Client>,
    Id(id): Id<String>,
    Body(delay): Body<Delay>,
) -> Result<Json<Delay>, Problem> {
    if delay.minutes > LATEST {
        return Err(Problem::Unusable {
            field: "minutes",
            detail: format!("0 to {LATEST}"),
        });
    }
    let store = api.store.acting_as(&client.actor());
    let noted = store.set_delay(PractitionerId(id), delay.minutes, Timestamp::now());
    if noted.await.map_err(failed)? {
        return Ok(Json(delay));
    }
    Err(Problem::NotFound)
}

async fn change(api: &Api, client: &Client, edit: RosterEdit) -> Result<Json<Changed>, Problem> {
    match api.office.edit_roster(&client.actor(), edit).await {
        Ok(RosterChange::Done(imported)) => Ok(Json(Changed {
            practitioners: imported.practitioners,
            free_slots: imported.free_slots,
        })),
        Ok(RosterChange::Unknown) => Err(Problem::NotFound),
        Ok(RosterChange::Problems(problems)) => Err(Problem::Unusable {
            field: "roster",
            detail: problems.join("; "),
        }),
        Err(error) => {
            log::error!(reason = format!("{error:#}").as_str(); "the roster could not be changed");
            Err(Problem::Internal)
        }
    }
}
