//! Patients for staff: registered, found, corrected, merged, exported, erased. What is
//! personal is only ever in a body.

use super::appointments::{self, Appointment};
use super::clinic::with_offset;
use super::keys::Client;
use super::request::{Body, Id, Seen, limit, versioned};
use super::{Api, Problem, failed};
use crate::store::{PatientChange, PatientQuery, PatientRecord};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::{Extension, Json};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use kiosk_core::clinic::{NewPatient, PatientId, PrivateDate};
use kiosk_protocol::Private;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The longest name that is taken, in letters.
const MOST_LETTERS: usize = 200;
/// Nobody alive was born before.
const EARLIEST_BIRTH_YEAR: i16 = 1900;
/// Of patients in one answer.
const USUAL_LIMIT: usize = 20;
const MOST: usize = 100;
const NAMES: [&str; 3] = ["name", "phone", "birth_date"];

/// A patient.
#[derive(Serialize, ToSchema)]
pub struct Person {
    id: String,
    /// Raised by one with each change; the `ETag` is made of it.
    version: i64,
    /// Empty where they were erased.
    #[schema(value_type = String)]
    name: Private,
    /// E.164.
    #[schema(value_type = Option<String>)]
    phone: Option<Private>,
    #[schema(format = Date)]
    birth_date: Option<String>,
    /// RFC 3339, with the clinic's offset.
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    erased_at: Option<String>,
    /// The record that took this one's place.
    merged_into: Option<String>,
}

impl Person {
    /// `record`, as the clinic's clock shows it.
    pub fn of(record: &PatientRecord, zone: &TimeZone) -> Self {
        Self {
            id: record.id.0.clone(),
            version: record.version,
            name: record.name.clone(),
            phone: record.phone.clone(),
            birth_date: record.birth_date.map(|date| date.0.to_string()),
            created_at: with_offset(record.created_at, zone),
            erased_at: record.erased_at.map(|at| with_offset(at, zone)),
            merged_into: record.merged_into.as_ref().map(|id| id.0.clone()),
        }
    }

    fn answer(self, status: StatusCode) -> Response {
        let location = format!("/v1/patients/{}", self.id);
        versioned(status, self.version, &location, self)
    }
}

/// What is known of somebody.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// May be a single name.
    #[schema(value_type = String, min_length = 1, max_length = 200)]
    pub name: Private,
    /// E.164: `+`, country code, number.
    #[schema(value_type = Option<String>, pattern = r"^\+[1-9][0-9]{6,14}$")]
    pub phone: Option<Private>,
    #[schema(value_type = Option<String>, format = Date)]
    pub birth_date: Option<Date>,
}

impl Facts {
    /// What may be kept. `names`: how the request calls name, phone and birth date.
    ///
    /// # Errors
    /// The first that cannot be used.
    pub fn checked(
        self,
        names: [&'static str; 3],
        zone: &TimeZone,
        now: Timestamp,
    ) -> Result<NewPatient, Problem> {
        let unusable = |field, detail: &str| {
            Err(Problem::Unusable {
                field,
                detail: detail.to_owned(),
            })
        };
        let trimmed = self.name.expose().trim();
        let is_name = (1..=MOST_LETTERS).contains(&trimmed.chars().count())
            && !trimmed.chars().any(char::is_control);
        if !is_name {
            return unusable(names[0], "1 to 200 letters, no control characters");
        }
        if self.phone.as_ref().is_some_and(|it| !is_e164(it.expose())) {
            return unusable(names[1], "an E.164 number: `+`, country code, number");
        }
        let today = zone.to_datetime(now).date();
        let born = |day: Date| day.year() >= EARLIEST_BIRTH_YEAR && day <= today;
        if self.birth_date.is_some_and(|day| !born(day)) {
            return unusable(names[2], "a day from 1900 to today, YYYY-MM-DD");
        }
        Ok(NewPatient {
            name: Private::new(trimmed.to_owned()),
            phone: self.phone,
            birth_date: self.birth_date.map(PrivateDate),
        })
    }
}

/// ITU-T E.164: 15 digits at most, the country code first; the shortest in use have 7.
fn is_e164(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0')
    })
}

/// Somebody to be registered, who has agreed to that.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPerson {
    /// Made by whoever asks; the same one again returns the record.
    id: Uuid,
    facts: Facts,
}

/// Registers somebody.
#[utoipa::path(
    post, path = "/v1/patients", tag = "patients", request_body = NewPerson,
    responses(
        (status = 201, body = Person),
    )
)]
pub async fn create(
    State(api): State<Api>,
    Extension(client): Extension<Client>,
    Body(new): Body<NewPerson>,
) -> Result<Response, Problem> {
    let (zone, now) = (api.zone(), Timestamp::now());
    let patient = new.facts.checked(
        ["facts.name", "facts.phone", "facts.birth_date"],
        &zone,
        now,
    )?;
    let store = api.store.acting_as(&client.actor());
    let created = store.create_patient(PatientId(new.id.to_string()), patient, now);
    let record = created.await.map_err(failed)?;
    Ok(Person::of(&record, &zone).answer(StatusCode::CREATED))
}

/// One patient.
#[utoipa::path(
    get, path = "/v1/patients/{id}", tag = "patients", params(("id" = String, Path)),
    responses((status = 200, body = Person),)
)]
pub async fn read(State(api): State<Api>, Id(id): Id<String>) -> Result<Response, Problem> {
    let record = known(&api, PatientId(id)).await?;
    Ok(Person::of(&record, &api.zone()).answer(StatusCode::OK))
}

/// Facts that all must fit; at least one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatientSearch {
    /// A part of the name.
    #[schema(value_type = Option<String>)]
    name: Option<Private>,
    /// E.164.
    #[schema(value_type = Option<String>)]
    phone: Option<Private>,
    #[schema(value_type = Option<String>, format = Date)]
    birth_date: Option<Date>,
    /// 1 to 100; 20 where absent.
    #[schema(minimum = 1, maximum = 100)]
    limit: Option<usize>,
}

/// Those found, last registered first.
#[derive(Serialize, ToSchema)]
pub struct People {
    patients: Vec<Person>,
}

/// Finds patients. It is a POST so that nothing personal stands in a URL.
#[utoipa::path(
    post, path = "/v1/patients/_search", tag = "patients", request_body = PatientSearch,
    responses(
        (status = 200, body = People),
    )
)]
pub async fn search(
    State(api): State<Api>,
    Body(wanted): Body<PatientSearch>,
) -> Result<Json<People>, Problem> {
    let limit = limit(wanted.limit, USUAL_LIMIT, MOST)?;
    let name = wanted.name.filter(|it| !it.expose().trim().is_empty());
    if name.is_none() && wanted.phone.is_none() && wanted.birth_date.is_none() {
        return Err(Problem::Unusable {
            field: "name",
            detail: "a part of the name, the phone number or the birth date".to_owned(),
        });
    }
    let query = PatientQuery {
        name,
        phone: wanted.phone,
        birth_date: wanted.birth_date.map(PrivateDate),
        limit,
    };
    let found = api.store.search_patients(query).await.map_err(failed)?;
    let zone = api.zone();
    Ok(Json(People {
        patients: found.iter().map(|it| Person::of(it, &zone)).collect(),
    }))
}

/// Replaces what is known of somebody.
#[utoipa::path(
    put, path = "/v1/patients/{id}", tag = "patients", request_body = Facts,
    params(("id" = String, Path), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, body = Person),
    )
)]
pub async fn correct(
    State(api): State<Api>,
    Extension(client): Extension<Client>,
    Id(id): Id<String>,
    Seen(seen): Seen,
    Body(facts): Body<Facts>,
) -> Result<Response, Problem> {
    let now = Timestamp::now();
    let patient = facts.checked(NAMES, &api.zone(), now)?;
    let store = api.store.acting_as(&client.actor());
    let changed = store.correct_patient(PatientId(id), patient, seen, now);
    answer(&api, changed.await.map_err(failed)?)
}

/// Which record stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Merge {
    /// The patient whose record stays.
    #[schema(value_type = String)]
    into: PatientId,
}

/// Two records of one person become one: the appointments move, this record is emptied.
#[utoipa::path(
    post, path = "/v1/patients/{id}/merge", tag = "patients", request_body = Merge,
    params(("id" = String, Path), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, body = Person, description = "the record that stays"),
    )
)]
pub async fn merge(
    State(api): State<Api>,
    Extension(client): Extension<Client>,
    Id(id): Id<String>,
    Seen(seen): Seen,
    Body(Merge { into }): Body<Merge>,
) -> Result<Response, Problem> {
    let store = api.store.acting_as(&client.actor());
    let merged = store.merge_patients(PatientId(id), into, seen, Timestamp::now());
    answer(&api, merged.await.map_err(failed)?)
}

/// Removes what is personal; their appointments stay and name nobody.
#[utoipa::path(
    post, path = "/v1/patients/{id}/erase", tag = "patients",
    params(("id" = String, Path), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, body = Person),
    )
)]
pub async fn erase(
    State(api): State<Api>,
    Extension(client): Extension<Client>,
    Id(id): Id<String>,
    Seen(seen): Seen,
) -> Result<Response, Problem> {
    let store = api.store.acting_as(&client.actor());
    let erased = store.erase_patient(PatientId(id), seen, Timestamp::now());
    answer(&api, erased.await.map_err(failed)?)
}

/// All that is on record of somebody, to hand to them.
#[derive(Serialize, ToSchema)]
pub struct PatientExport {
    patient: Person,
    /// Theirs, soonest first.
    appointments: Vec<Appointment>,
}

/// All that is on record of somebody.
#[utoipa::path(
    get, path = "/v1/patients/{id}/export", tag = "patients", params(("id" = String, Path)),
    responses((status = 200, body = PatientExport),)
)]
pub async fn export(
    State(api): State<Api>,
    Id(id): Id<String>,
) -> Result<Json<PatientExport>, Problem> {
    let id = PatientId(id);
    let record = known(&api, id.clone()).await?;
    let appointments = api.store.records_of(id).await.map_err(failed)?;
    let zone = api.zone();
    Ok(Json(PatientExport {
        patient: Person::of(&record, &zone),
        appointments: appointments::all(&appointments, &zone),
    }))
}

fn answer(api: &Api, change: PatientChange) -> Result<Response, Problem> {
    match change {
        PatientChange::Done(record) => Ok(Person::of(&record, &api.zone()).answer(StatusCode::OK)),
        PatientChange::Unknown => Err(Problem::NotFound),
        PatientChange::Changed(version) => Err(Problem::Changed { version }),
        PatientChange::HasAppointments => Err(Problem::Conflict {
            detail: "open appointments stand in the way: cancel or move them first".to_owned(),
            alternatives: Vec::new(),
        }),
    }
}

async fn known(api: &Api, id: PatientId) -> Result<PatientRecord, Problem> {
    let record = api.store.patient(id).await.map_err(failed)?;
    record.ok_or(Problem::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `Err`: the field that cannot be used.
    fn facts(text: &str) -> Result<NewPatient, &'static str> {
        let today = Timestamp::constant(1_795_514_400, 0);
        let facts: Facts = serde_json::from_str(text).map_err(|_| "no such field")?;
        facts
            .checked(NAMES, &TimeZone::UTC, today)
            .map_err(|problem| {
                let Problem::Unusable { field, .. } = problem else {
                    panic!("{problem:?}");
                };
                field
            })
    }

    #[test]
    fn names_of_all_kinds_are_taken_and_nonsense_is_told_by_its_field() {
        for name in [
            "Ama",
            "Adéọlá Ọ̀ṣúnwálé",
            "O'Brien \\\"Kofi\\\"",
            "مريم",
            "Ama 🌍",
        ] {
            let taken = facts(&format!(r#"{{"name": "{name}"}}"#));
            assert!(taken.is_ok(), "{name}: {taken:?}");
        }
        let long = format!(r#"{{"name": "{}"}}"#, "a".repeat(201));
        for (body, field) in [
            (r#"{}"#, "no such field"),
            (r#"{"id": "p", "name": "Ama"}"#, "no such field"),
            (r#"{"name": "  "}"#, "name"),
            (r#"{"name": "A\u0000ma"}"#, "name"),
            (long.as_str(), "name"),
            (r#"{"name": "Ama", "phone": "0244123456"}"#, "phone"),
            (r#"{"name": "Ama", "phone": "+0244123456"}"#, "phone"),
            (r#"{"name": "Ama", "phone": "+23324412345678901"}"#, "phone"),
            (
                r#"{"name": "Ama", "birth_date": "2026-11-25"}"#,
                "birth_date",
            ),
            (
                r#"{"name": "Ama", "birth_date": "0000-01-01"}"#,
                "birth_date",
            ),
            (
                r#"{"name": "Ama", "birth_date": "2001-02-30"}"#,
                "no such field",
            ),
            (r#"{"name": "Ama", "nick": "A"}"#, "no such field"),
        ] {
            assert_eq!(facts(body), Err(field), "{body}");
        }
    }
}
