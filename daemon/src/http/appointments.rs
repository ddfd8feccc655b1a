//! Appointments for staff: booked, moved, cancelled, checked in, missed, finished; slots
//! kept for a booking; bookings that collided elsewhere.

use super::clinic::{FreeSlot, first_instant, with_offset};
use super::keys::Client;
use super::patients::Person;
use super::request::{Body, Id, Params, Seen, limit, versioned};
use super::{Api, Problem, cannot_write, failed};
use crate::store::{
    Act, Acted, AppointmentRecord, Asked, HoldOutcome, RecordCursor, RecordQuery, StoreError,
};
use crate::tally::{Became, Channel};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::{Extension, Json};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use kiosk_core::clinic::{
    AppointmentId, Booking, BookingOutcome, Patient, PatientId, PractitionerId, SlotId, SlotQuery,
};
use kiosk_protocol::Private;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Of appointments in one answer.
const USUAL_LIMIT: usize = 100;
const MOST: usize = 1_000;
/// What is offered where a slot is taken.
const ALTERNATIVES: usize = 3;

/// An appointment.
#[derive(Serialize, ToSchema)]
pub struct Appointment {
    id: String,
    /// Raised by one with each change; the `ETag` is made of it.
    version: i64,
    /// On the patient's ticket.
    code: String,
    /// A FHIR R4 appointment status.
    #[schema(example = "booked")]
    status: String,
    /// None where it was made elsewhere.
    slot: Option<String>,
    /// RFC 3339, with the clinic's offset.
    #[schema(format = DateTime)]
    start: String,
    #[schema(format = DateTime)]
    end: String,
    /// The practitioner's id.
    practitioner: String,
    patient: AppointmentPatient,
    /// It collided with another when it came from the central server.
    conflict: bool,
    /// A place in today's queue, right after a check-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket: Option<Ticket>,
}

/// Whose appointment it is.
#[derive(Serialize, ToSchema)]
pub struct AppointmentPatient {
    id: String,
    /// Empty where they were erased.
    #[schema(value_type = String)]
    name: Private,
}

/// A place in today's queue.
#[derive(Serialize, ToSchema)]
pub struct Ticket {
    /// What is called out.
    pub number: u32,
    /// Patients before them.
    pub ahead: usize,
    /// How long those take, in minutes.
    pub minutes: i64,
}

impl From<kiosk_core::clinic::Ticket> for Ticket {
    fn from(ticket: kiosk_core::clinic::Ticket) -> Self {
        Self {
            number: ticket.number,
            ahead: ticket.ahead,
            minutes: ticket.minutes,
        }
    }
}

impl Appointment {
    /// `record`, as the clinic's clock shows it.
    pub fn of(record: &AppointmentRecord, zone: &TimeZone) -> Self {
        Self {
            id: record.id.0.clone(),
            version: record.version,
            code: record.code.clone(),
            status: record.status.clone(),
            slot: record.slot.as_ref().map(|slot| slot.0.clone()),
            start: with_offset(record.start, zone),
            end: with_offset(record.end, zone),
            practitioner: record.practitioner.0.clone(),
            patient: AppointmentPatient {
                id: record.patient.0.clone(),
                name: record.patient_name.clone(),
            },
            conflict: record.conflict,
            ticket: None,
        }
    }

    fn answer(self, status: StatusCode) -> Response {
        let location = format!("/v1/appointments/{}", self.id);
        versioned(status, self.version, &location, self)
    }
}

/// A booking as it is asked for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAppointment {
    /// Made by whoever asks; the same one again returns the first result.
    id: Uuid,
    /// The id of a free slot, or of one held for this `id`.
    #[schema(value_type = String)]
    slot: SlotId,
    patient: Who,
}

/// Somebody on record by `id`, or somebody to be registered, who has agreed to that.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Who {
    /// On record already; then nothing else is given.
    #[schema(value_type = Option<String>)]
    id: Option<PatientId>,
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    name: Option<Private>,
    /// E.164.
    #[schema(value_type = Option<String>, pattern = r"^\+[1-9][0-9]{6,14}$")]
    phone: Option<Private>,
    #[schema(value_type = Option<String>, format = Date)]
    birth_date: Option<Date>,
}

/// Books. A slot that is taken is a 409 with free alternatives.
#[utoipa::path(
    post, path = "/v1/appointments", tag = "appointments", request_body = NewAppointment,
    responses(
        (status = 201, body = Appointment),
    )
)]
pub async fn create(
    State(api): State<Api>,
    Extension(client): Extension<Client>,
    Body(asked): Body<NewAppointment>,
) -> Result<Response, Problem> {
    let now = Timestamp::now();
    let id = AppointmentId(asked.id.to_string());
    let patient = patient(&api, asked.patient, now).await?;
    let booking = Booking {
        id: id.clone(),
        slot: asked.slot.clone(),
        patient,
    };
    let store = api.store.acting_as(&client.actor());
    let booked = store.book(booking, now).await;
    let became = Became::of(&booked, Became::Booked);
    api.office.tally().booking(became, Channel::Api);
    match booked {
        Ok(BookingOutcome::Booked { .. }) => {
            let record = known(&api, &id).await?;
            Ok(Appointment::of(&record, &api.zone()).answer(StatusCode::CREATED))
        }
        Ok(BookingOutcome::SlotTaken) => Err(slot_taken(&api, &asked.slot).await?),
        Ok(BookingOutcome::PatientBusy) => Err(patient_busy(&api, &asked.slot).await?),
        Ok(BookingOutcome::Failed) => Err(cannot_write()),
        Err(StoreError::Clock) => Err(Problem::Unavailable {
            detail: "the kiosk's clock is behind its records; nothing is booked until it is right"
                .to_owned(),
            retry_after_s: None,
        }),
        Err(StoreError::IdTaken) => Err(Problem::Conflict {
            detail: "another appointment has this `id`".to_owned(),
            alternatives: Vec::new(),
        }),
        Err(error) => Err(failed(error)),
    }
}

/// Which appointments are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// The first clinic-local day; today where absent.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    /// 1 to 1,000; 100 where absent.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// `next` of the answer before.
    cursor: Option<String>,
}

/// Some of them, soonest first.
#[derive(Serialize, ToSchema)]
pub struct Appointments {
    appointments: Vec<Appointment>,
    /// For the next page; none on the last.
    next: Option<String>,
}

/// Appointments from a day on, page by page.
#[utoipa::path(
    get, path = "/v1/appointments", tag = "appointments", params(Wanted),
    responses((status = 200, body = Appointments),)
)]
pub async fn list(
    State(api): State<Api>,
    Params(wanted): Params<Wanted>,
) -> Result<Json<Appointments>, Problem> {
    let limit = limit(wanted.limit, USUAL_LIMIT, MOST)?;
    let zone = api.zone();
    let day = wanted
        .from
        .unwrap_or_else(|| zone.to_datetime(Timestamp::now()).date());
    let after = match &wanted.cursor {
        Some(text) => Some(RecordCursor::parse(text).ok_or(Problem::Unusable {
            field: "cursor",
            detail: "take `next` of the answer before".to_owned(),
        })?),
        None => None,
    };
    let query = RecordQuery {
        from: first_instant(day, &zone, "from")?,
        after,
        limit: limit + 1,
    };
    let mut records = api.store.records(query).await.map_err(failed)?;
    let more = records.len() > limit;
    records.truncate(limit);
    let next = records.last().filter(|_| more).map(RecordCursor::of);
    Ok(Json(Appointments {
        appointments: all(&records, &zone),
        next: next.map(|it| it.to_string()),
    }))
}

/// One appointment.
#[utoipa::path(
    get, path = "/v1/appointments/{id}", tag = "appointments", params(("id" = String, Path)),
    responses((status = 200, body = Appointment),)
)]
pub async fn read(State(api): State<Api>, Id(id): Id<String>) -> Result<Response, Problem> {
    let record = known(&api, &AppointmentId(id)).await?;
    Ok(Appointment::of(&record, &api.zone()).answer(StatusCode::OK))
}

/// It will not take place; its slot is free again.
#[utoipa::path(
    post, path = "/v1/appointments/{id}/cancel", tag = "appointments",
    params(("id" = String, Path), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, body = Appointment),
    )
)]
pub async fn cancel(
    State(api): State<Api>,
    Extension(client): Extension<Client>,
    Id(id): Id<String>,
    Seen(seen): Seen,
) -> Result<Response, Problem> {
    done(&api, &client, id, seen, Act::Cancel).await
}

/// The patient is here and has a number in today's queue.
#[utoipa::path(
    post, path = "/v1/appointments/{id}/check-in", tag = "appointments",
    params(("id" = String, Path), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, body = Appointment),
    )
)]
pub async fn check_in(
    State(api): State<Api>,
    Extension(client): Extension<Client>,
    Id(id): Id<String>,
    Seen(seen): Seen,
) -> Result<Response, Problem> {
    done(&api, &client, id, seen, Act::CheckIn).await
}

/// The patient did not come.
#[utoipa::path(
    post, path = "/v1/appointments/{id}/no-show", tag = "appointments",
    params(("id" = String, Path), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, body = Appointment),
    )
)]
pub async fn no_show(
    State(api): State<Api>,
    Extension(client): Extension<Client>,
    Id(id): Id<String>,
    Seen(seen): Seen,
) -> Result<Response, Problem> {
    done(&api, &client, id, seen, Act::NoShow).await
}

/// The patient has been seen.
#[utoipa::path(
    post, path = "/v1/appointments/{id}/finish", tag = "appointments",
    params(("id" = String, Path), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, body = Appointment),
    )
)]
pub async fn finish(
    State(api): State<Api>,
    Extension(client): Extension<Client>,
    Id(id): Id<String>,
    Seen(seen): Seen,
) -> Result<Response, Problem> {
    done(&api, &client, id, seen, Act::Finish).await
}

/// Where an appointment goes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Move {
    /// The id of a free slot, or of one held for this appointment.
    #[schema(value_type = String)]
    slot: SlotId,
}

/// It takes place at another slot; id and code stay.
#[utoipa::path(
    post, path = "/v1/appointments/{id}/reschedule", tag = "appointments", request_body = Move,
    params(("id" = String, Path), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, body = Appointment),
    )
)]
pub async fn reschedule(
    State(api): State<Api>,
    Extension(client): Extension<Client>,
    Id(id): Id<String>,
    Seen(seen): Seen,
    Body(Move { slot }): Body<Move>,
) -> Result<Response, Problem> {
    done(&api, &client, id, seen, Act::Move(slot)).await
}

async fn done(
    api: &Api,
    client: &Client,
    id: String,
    seen: Option<i64>,
    act: Act,
) -> Result<Response, Problem> {
    let asked = Asked {
        id: AppointmentId(id),
        act: act.clone(),
        seen,
    };
    let store = api.store.acting_as(&client.actor());
    let acted = store.act(asked, Timestamp::now()).await;
    if let Some(became) = Became::of_acting(&act, &acted) {
        api.office.tally().booking(became, Channel::Api);
    }
    match (acted.map_err(failed)?, act) {
        (Acted::Done { record, ticket }, _) => {
            let mut appointment = Appointment::of(&record, &api.zone());
            appointment.ticket = ticket.map(Ticket::from);
            Ok(appointment.answer(StatusCode::OK))
        }
        (Acted::Unknown, _) => Err(Problem::NotFound),
        (Acted::Changed(version), _) => Err(Problem::Changed { version }),
        (Acted::SlotTaken, Act::Move(slot)) => Err(slot_taken(api, &slot).await?),
        (Acted::PatientBusy, Act::Move(slot)) => Err(patient_busy(api, &slot).await?),
        (Acted::NotAllowed | Acted::SlotTaken | Acted::PatientBusy, _) => Err(Problem::Conflict {
            detail: "the appointment's status doesn't allow it".to_owned(),
            alternatives: Vec::new(),
        }),
    }
}

/// A wish to keep a slot.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewHold {
    /// The `id` of the appointment that is about to be made or moved.
    appointment: String,
    /// The id of a free slot.
    #[schema(value_type = String)]
    slot: SlotId,
}

/// A slot that nobody else gets for a while.
#[derive(Serialize, ToSchema)]
pub struct Hold {
    appointment: String,
    slot: String,
    /// RFC 3339, with the clinic's offset.
    #[schema(format = DateTime)]
    until: String,
}

/// Keeps a slot for five minutes; in place of one that was kept for the same appointment.
#[utoipa::path(
    post, path = "/v1/holds", tag = "appointments", request_body = NewHold,
    responses(
        (status = 201, body = Hold),
    )
)]
pub async fn hold(
    State(api): State<Api>,
    Extension(client): Extension<Client>,
    Body(wanted): Body<NewHold>,
) -> Result<(StatusCode, Json<Hold>), Problem> {
    if !(1..=64).contains(&wanted.appointment.len()) {
        return Err(Problem::Unusable {
            field: "appointment",
            detail: "the id of an appointment, such as a UUID".to_owned(),
        });
    }
    let id = AppointmentId(wanted.appointment);
    let store = api.store.acting_as(&client.actor());
    let held = store.hold(wanted.slot.clone(), id.clone(), Timestamp::now());
    match held.await.map_err(failed)? {
        HoldOutcome::Held { until } => Ok((
            StatusCode::CREATED,
            Json(Hold {
                appointment: id.0,
                slot: wanted.slot.0,
                until: with_offset(until, &api.zone()),
            }),
        )),
        HoldOutcome::SlotTaken => Err(slot_taken(&api, &wanted.slot).await?),
    }
}

/// Gives a slot back before its time.
#[utoipa::path(
    delete, path = "/v1/holds/{appointment}", tag = "appointments",
    params(("appointment" = String, Path)),
    responses((status = 204),)
)]
pub async fn release(
    State(api): State<Api>,
    Id(appointment): Id<String>,
) -> Result<StatusCode, Problem> {
    let released = api.store.release(AppointmentId(appointment)).await;
    if released.map_err(failed)? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Problem::NotFound)
}

/// A booking that collided with another.
#[derive(Serialize, ToSchema)]
pub struct Conflict {
    appointment: Appointment,
    /// What is known of the patient, to reach them.
    patient: Option<Person>,
    /// Free slots of the same practitioner.
    alternatives: Vec<FreeSlot>,
}

/// All that nobody has mended.
#[derive(Serialize, ToSchema)]
pub struct Conflicts {
    conflicts: Vec<Conflict>,
}

/// Bookings made elsewhere that collide with one here; moved or cancelled, one is mended.
#[utoipa::path(
    get, path = "/v1/conflicts", tag = "appointments",
    responses((status = 200, body = Conflicts))
)]
pub async fn conflicts(State(api): State<Api>) -> Result<Json<Conflicts>, Problem> {
    let zone = api.zone();
    let records = api
        .store
        .conflicts(Timestamp::now())
        .await
        .map_err(failed)?;
    let mut conflicts = Vec::with_capacity(records.len());
    for record in &records {
        let patient = api.store.patient(record.patient.clone()).await;
        conflicts.push(Conflict {
            appointment: Appointment::of(record, &zone),
            patient: patient.map_err(failed)?.map(|it| Person::of(&it, &zone)),
            alternatives: free(&api, Some(record.practitioner.clone())).await?,
        });
    }
    Ok(Json(Conflicts { conflicts }))
}

/// All of `records`.
pub fn all(records: &[AppointmentRecord], zone: &TimeZone) -> Vec<Appointment> {
    let all = records.iter();
    all.map(|record| Appointment::of(record, zone)).collect()
}

async fn slot_taken(api: &Api, slot: &SlotId) -> Result<Problem, Problem> {
    Ok(Problem::Conflict {
        detail: "the slot is taken, held, past or withdrawn; `alternatives` are free".to_owned(),
        alternatives: alternatives(api, slot).await?,
    })
}

async fn patient_busy(api: &Api, slot: &SlotId) -> Result<Problem, Problem> {
    Ok(Problem::Conflict {
        detail: "this patient has another appointment at that time".to_owned(),
        alternatives: alternatives(api, slot).await?,
    })
}

/// The next free slots of the same practitioner, or of anybody.
async fn alternatives(api: &Api, slot: &SlotId) -> Result<Vec<FreeSlot>, Problem> {
    let practitioner = api.store.practitioner_of(slot.clone()).await;
    free(api, practitioner.map_err(failed)?).await
}

async fn free(api: &Api, practitioner: Option<PractitionerId>) -> Result<Vec<FreeSlot>, Problem> {
    let (zone, now) = (api.zone(), Timestamp::now());
    let query = SlotQuery {
        practitioners: practitioner.into_iter().collect(),
        from: now,
        until: Timestamp::MAX,
        time_of_day: None,
        limit: ALTERNATIVES,
    };
    let free = api.store.free_slots(query, now).await.map_err(failed)?;
    Ok(free.iter().map(|slot| FreeSlot::of(slot, &zone)).collect())
}

async fn known(api: &Api, id: &AppointmentId) -> Result<AppointmentRecord, Problem> {
    let record = api.store.record(id.clone()).await.map_err(failed)?;
    record.ok_or(Problem::NotFound)
}

async fn patient(api: &Api, who: Who, now: Timestamp) -> Result<Patient, Problem> {
    let unusable = |detail: &str| {
        Err(Problem::Unusable {
            field: "patient",
            detail: detail.to_owned(),
        })
    };
    match who {
        Who {
            id: Some(id),
            name: None,
            phone: None,
            birth_date: None,
        } => {
            let record = api.store.patient(id.clone()).await.map_err(failed)?;
            match record {
                Some(record) if record.erased_at.is_none() => Ok(Patient::Known(id)),
                Some(_) | None => unusable("nobody on record has this `id`"),
            }
        }
        Who {
            id: None,
            name: Some(name),
            phone,
            birth_date,
        } => {
            let facts = super::patients::Facts {
                name,
                phone,
                birth_date,
            };
            Ok(Patient::New(facts.checked(
                ["patient.name", "patient.phone", "patient.birth_date"],
                &api.zone(),
                now,
            )?))
        }
        Who { .. } => unusable("either `id`, or `name` and what is known beside it"),
    }
}
