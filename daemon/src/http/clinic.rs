//! Who works here, what they do and when they are free.

use super::request::{Params, limit};
use super::{Api, Problem, failed};
use axum::Json;
use axum::extract::State;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use kiosk_core::clinic::{self, PractitionerId, SlotQuery, SpecialtyId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Of free slots in one answer.
const USUAL_LIMIT: usize = 100;
const MOST: usize = 1_000;

/// Somebody who sees patients.
#[derive(Serialize, ToSchema)]
pub struct Practitioner {
    id: String,
    name: String,
    /// Ids of specialties; the first is the main one.
    specialties: Vec<String>,
    /// Where patients find them.
    room: Option<String>,
}

/// All of them.
#[derive(Serialize, ToSchema)]
pub struct Practitioners {
    practitioners: Vec<Practitioner>,
}

/// Who sees patients here.
#[utoipa::path(
    get, path = "/v1/practitioners", tag = "clinic",
    responses((status = 200, body = Practitioners))
)]
pub async fn practitioners(State(api): State<Api>) -> Json<Practitioners> {
    let setting = api.lobbies.setting.borrow();
    let practitioners = setting.roster.practitioners.iter();
    let practitioners = practitioners.map(|it| Practitioner {
        id: it.id.0.clone(),
        name: it.name.clone(),
        specialties: it.specialties.iter().map(|id| id.0.clone()).collect(),
        room: it.room.clone(),
    });
    Json(Practitioners {
        practitioners: practitioners.collect(),
    })
}

/// A kind of care.
#[derive(Serialize, ToSchema)]
pub struct Specialty {
    id: String,
    name: String,
    /// Other words that patients use for it.
    also: Vec<String>,
    /// Shown, never said aloud.
    sensitive: bool,
}

/// All of them.
#[derive(Serialize, ToSchema)]
pub struct Specialties {
    specialties: Vec<Specialty>,
}

/// What patients can come for.
#[utoipa::path(
    get, path = "/v1/specialties", tag = "clinic",
    responses((status = 200, body = Specialties))
)]
pub async fn specialties(State(api): State<Api>) -> Json<Specialties> {
    let setting = api.lobbies.setting.borrow();
    let specialties = setting.roster.specialties.iter().map(|it| Specialty {
        id: it.id.0.clone(),
        name: it.name.clone(),
        also: it.also.clone(),
        sensitive: it.sensitive,
    });
    Json(Specialties {
        specialties: specialties.collect(),
    })
}

/// Which free slots are wanted; all of the bookable days where nothing is said.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Of this one.
    #[param(value_type = Option<String>)]
    practitioner: Option<PractitionerId>,
    /// Of those with this specialty.
    #[param(value_type = Option<String>)]
    specialty: Option<SpecialtyId>,
    /// The first clinic-local day.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    /// The last clinic-local day.
    #[param(value_type = Option<String>, format = Date)]
    until: Option<Date>,
    /// 1 to 1,000; 100 where absent.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// A slot that can be booked.
#[derive(Debug, Serialize, ToSchema)]
pub struct FreeSlot {
    id: String,
    practitioner: String,
    /// RFC 3339, with the clinic's offset.
    #[schema(format = DateTime)]
    start: String,
    #[schema(format = DateTime)]
    end: String,
}

impl FreeSlot {
    /// `slot`, as the clinic's clock shows it.
    pub fn of(slot: &clinic::FreeSlot, zone: &TimeZone) -> Self {
        Self {
            id: slot.id.0.clone(),
            practitioner: slot.practitioner.0.clone(),
            start: with_offset(slot.start, zone),
            end: with_offset(slot.end, zone),
        }
    }
}

/// Some of them, soonest first.
#[derive(Serialize, ToSchema)]
pub struct FreeSlots {
    slots: Vec<FreeSlot>,
    /// There are more than were asked for.
    more: bool,
}

/// When somebody can be seen. Several who are seen at the same time are one slot here.
#[utoipa::path(
    get, path = "/v1/slots", tag = "clinic", params(Wanted),
    responses((status = 200, body = FreeSlots),)
)]
pub async fn slots(
    State(api): State<Api>,
    Params(wanted): Params<Wanted>,
) -> Result<Json<FreeSlots>, Problem> {
    let limit = limit(wanted.limit, USUAL_LIMIT, MOST)?;
    let zone = api.zone();
    let now = Timestamp::now();
    let Some(mut query) = query(&api, &wanted, &zone, now)? else {
        return Ok(Json(FreeSlots {
            slots: Vec::new(),
            more: false,
        }));
    };
    // One more than is told shows whether there are more.
    query.limit = limit + 1;
    let free = api.store.free_slots(query, now).await.map_err(failed)?;
    Ok(Json(FreeSlots {
        slots: free
            .iter()
            .take(limit)
            .map(|slot| FreeSlot::of(slot, &zone))
            .collect(),
        more: free.len() > limit,
    }))
}

/// RFC 3339, as the clinic's clock shows it.
pub fn with_offset(at: Timestamp, zone: &TimeZone) -> String {
    at.display_with_offset(zone.to_offset(at)).to_string()
}

/// The instant at which a clinic-local day begins.
///
/// # Errors
/// The day is beyond every calendar.
pub fn first_instant(
    day: Date,
    zone: &TimeZone,
    field: &'static str,
) -> Result<Timestamp, Problem> {
    zone.to_ambiguous_zoned(day.at(0, 0, 0, 0))
        .compatible()
        .map(|first| first.timestamp())
        .map_err(|_| Problem::Unusable {
            field,
            detail: "a day that no calendar here reaches".to_owned(),
        })
}

/// `None`: nobody is meant.
fn query(
    api: &Api,
    wanted: &Wanted,
    zone: &TimeZone,
    now: Timestamp,
) -> Result<Option<SlotQuery>, Problem> {
    let from = match wanted.from {
        Some(day) => first_instant(day, zone, "from")?.max(now),
        None => now,
    };
    let until = match wanted.until {
        Some(day) => {
            let next = day
                .checked_add(Span::new().days(1))
                .map_err(|_| Problem::Unusable {
                    field: "until",
                    detail: "a day that no calendar here reaches".to_owned(),
                })?;
            first_instant(next, zone, "until")?
        }
        None => Timestamp::MAX,
    };
    let setting = api.lobbies.setting.borrow();
    let practitioners = setting.roster.practitioners.iter();
    let practitioners: Vec<PractitionerId> = practitioners
        .filter(|it| wanted.practitioner.as_ref().is_none_or(|id| it.id == *id))
        .filter(|it| {
            let wanted = wanted.specialty.as_ref();
            wanted.is_none_or(|id| it.specialties.contains(id))
        })
        .map(|it| it.id.clone())
        .collect();
    Ok((!practitioners.is_empty()).then_some(SlotQuery {
        practitioners,
        from,
        until,
        time_of_day: None,
        limit: 0,
    }))
}
