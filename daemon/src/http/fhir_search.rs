//! FHIR's search parameters as conditions of the store.

use super::fhir::Failure;
use crate::fhir::{IssueCode, Kind, SEARCH_PARAMETERS, Site};
use crate::store::{Condition, Field, Search};
use axum::http::StatusCode;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use reqwest::Url;

const USUAL_COUNT: usize = 100;
const MOST: usize = 1_000;

/// How a search came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// In a URL: nothing personal may stand there.
    Get,
    /// In a body.
    Post,
}

/// What is searched for.
pub(super) struct Asked {
    pub search: Search,
    /// The query that leads on, up to where it goes on; none where it would hold
    /// something personal.
    pub again: Option<String>,
}

pub(super) fn read(
    site: &Site,
    kind: Kind,
    parameters: &[(String, String)],
    way: Way,
) -> Result<Asked, Failure> {
    let mut search = Search {
        kind,
        conditions: Vec::new(),
        after: None,
        limit: USUAL_COUNT,
    };
    let mut again = Url::parse("http://kiosk/").map_err(|_| Failure::invalid("no query"))?;
    for (name, value) in parameters {
        match name.as_str() {
            "_after" => search.after = Some(value.clone()),
            "_format" if value.contains("json") => {}
            "_count" => {
                let count = value.parse().ok().filter(|it| (1..=MOST).contains(it));
                search.limit =
                    count.ok_or_else(|| Failure::invalid("`_count` must be 1 to 1000"))?;
            }
            name => {
                let condition = condition(site, kind, name, value)?;
                search.conditions.push(condition);
            }
        }
        if name != "_after" {
            again.query_pairs_mut().append_pair(name, value);
        }
    }
    let is_personal = parameters.iter().any(|(name, _)| is_personal(name));
    if is_personal && way == Way::Get {
        let words = "search by personal values with POST …/_search only, never in a URL";
        return Err(Failure::invalid(words));
    }
    let again = again
        .query()
        .map_or_else(String::new, |query| format!("{query}&"));
    Ok(Asked {
        search,
        again: (!is_personal).then_some(again),
    })
}

fn is_personal(name: &str) -> bool {
    matches!(name, "phone" | "birthdate")
}

fn condition(site: &Site, kind: Kind, name: &str, value: &str) -> Result<Condition, Failure> {
    let offered = SEARCH_PARAMETERS
        .iter()
        .find(|(offered, _)| *offered == kind)
        .is_some_and(|(_, names)| names.iter().any(|(offered, _)| *offered == name));
    if !offered {
        let words = "a search parameter that this type does not offer; `/fhir/metadata` lists them";
        return Err(Failure::Issue(
            StatusCode::BAD_REQUEST,
            IssueCode::NotSupported,
            words.to_owned(),
        ));
    }
    let values = value.split(',').map(str::trim);
    let one_of = |field, values| Ok(Condition::OneOf(field, values));
    match name {
        "_id" => one_of(Field::Id, values.map(ToOwned::to_owned).collect()),
        "identifier" => {
            let ids = values.filter_map(|token| identified(site, kind, token));
            one_of(Field::Id, ids.collect())
        }
        "status" => one_of(Field::Status, values.map(code).collect()),
        "specialty" => one_of(Field::Specialty, values.map(code).collect()),
        "phone" => one_of(Field::Phone, values.map(ToOwned::to_owned).collect()),
        "birthdate" => {
            let days: Result<Vec<Date>, _> = values.map(str::parse).collect();
            let days = days.map_err(|_| Failure::invalid("`birthdate` must be whole days"))?;
            one_of(
                Field::BirthDate,
                days.iter().map(ToString::to_string).collect(),
            )
        }
        "patient" => one_of(Field::Patient, referred(values, Kind::Patient)),
        "practitioner" => one_of(Field::Practitioner, referred(values, Kind::Practitioner)),
        "slot" => one_of(Field::Slot, referred(values, Kind::Slot)),
        // A Schedule has its practitioner's id.
        "schedule" => one_of(Field::Practitioner, referred(values, Kind::Schedule)),
        "actor" => Ok(actor(value)),
        "date" | "start" => within(site, Field::Start, name, value),
        _ => within(site, Field::Changed, name, value),
    }
}

/// A patient where the reference says so, else a practitioner.
fn actor(value: &str) -> Condition {
    let values = value.split(',').map(str::trim);
    if value.contains("Patient/") {
        Condition::OneOf(Field::Patient, referred(values, Kind::Patient))
    } else {
        Condition::OneOf(Field::Practitioner, referred(values, Kind::Practitioner))
    }
}

/// Ids of references to `kind`, with or without its name.
fn referred<'a>(values: impl Iterator<Item = &'a str>, kind: Kind) -> Vec<String> {
    let id = |value: &'a str| match value.rsplit_once('/') {
        Some((before, id)) => before.ends_with(kind.name()).then(|| id.to_owned()),
        None => Some(value.to_owned()),
    };
    values.filter_map(id).collect()
}

/// The code of `system|code`.
fn code(token: &str) -> String {
    token
        .rsplit_once('|')
        .map_or(token, |(_, code)| code)
        .to_owned()
}

/// The id of `system|value` or `value`, where it is one of the kiosk's identifiers.
fn identified(site: &Site, kind: Kind, token: &str) -> Option<String> {
    match token.split_once('|') {
        Some((system, value)) if system == kind.system() => site.id_of(kind, value),
        Some(_) => None,
        None => site.id_of(kind, token),
    }
}

fn within(site: &Site, field: Field, name: &str, value: &str) -> Result<Condition, Failure> {
    let (prefix, text) = match value.get(..2) {
        Some(prefix @ ("eq" | "ge" | "gt" | "le" | "lt")) => (prefix, &value[2..]),
        Some(_) | None => ("eq", value),
    };
    let (from, until) = span(site, text).ok_or_else(|| {
        Failure::invalid(&format!(
            "`{name}` must be a day or an instant with offset, after eq, ge, gt, le or lt"
        ))
    })?;
    Ok(match prefix {
        "ge" => Condition::Within(field, Some(from), None),
        "gt" => Condition::Within(field, Some(until), None),
        "le" => Condition::Within(field, None, Some(until)),
        "lt" => Condition::Within(field, None, Some(from)),
        _ => Condition::Within(field, Some(from), Some(until)),
    })
}

/// From when to when a day (the clinic's) or an instant lasts, in UTC seconds.
fn span(site: &Site, text: &str) -> Option<(i64, i64)> {
    if let Ok(instant) = text.replace(' ', "+").parse::<Timestamp>() {
        return Some((instant.as_second(), instant.as_second() + 1));
    }
    let day: Date = text.parse().ok().filter(|_| text.len() == 10)?;
    let begin = |day: Date| {
        let midnight = site.zone.to_ambiguous_zoned(day.at(0, 0, 0, 0));
        Some(midnight.compatible().ok()?.timestamp().as_second())
    };
    Some((begin(day)?, begin(day.checked_add(1.day()).ok()?)?))
}
