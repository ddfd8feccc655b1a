//! `/fhir`: the records as FHIR R4, read and searched. Errors are OperationOutcomes.

use super::{Api, Problem, fhir_search, keys};
use crate::fhir::{self, IssueCode, Kind, Link, Record, Site};
use crate::store::{Change, Condition, Field, Search, StoreError};
use axum::extract::{ConnectInfo, FromRequestParts, Path, RawQuery, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use kiosk_protocol::control::Scope;
use reqwest::Url;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::net::{IpAddr, SocketAddr};

/// Who may read the records.
const READERS: [Scope; 2] = [Scope::Central, Scope::Staff];

/// Why there is no resource in the answer.
pub(super) enum Failure {
    /// As for every route.
    Refused(Problem),
    /// As FHIR says it.
    Issue(StatusCode, IssueCode, String),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        log::error!(error:%; "the records could not be read");
        Self::Refused(Problem::Internal)
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(problem) => problem.into_response(),
            Self::Issue(status, code, words) => {
                fhir_json(status, &fhir::operation_outcome(code, &words))
            }
        }
    }
}

impl Failure {
    /// In a FHIR client's words.
    fn outcome(self) -> Response {
        let Self::Refused(problem) = self else {
            return self.into_response();
        };
        let code = match problem.status() {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => IssueCode::Security,
            StatusCode::TOO_MANY_REQUESTS => IssueCode::Throttled,
            StatusCode::PAYLOAD_TOO_LARGE => IssueCode::TooLong,
            status if status.is_server_error() => IssueCode::Exception,
            _ => IssueCode::Invalid,
        };
        let body = fhir::operation_outcome(code, &problem.detail()).to_string();
        let mut response = problem.into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, FHIR_JSON);
        headers.remove(header::CONTENT_LENGTH);
        *response.body_mut() = body.into();
        response
    }

    fn not_found(words: &str) -> Self {
        Self::Issue(StatusCode::NOT_FOUND, IssueCode::NotFound, words.to_owned())
    }

    pub(super) fn invalid(words: &str) -> Self {
        Self::Issue(
            StatusCode::BAD_REQUEST,
            IssueCode::Invalid,
            words.to_owned(),
        )
    }
}

const FHIR_JSON: HeaderValue = HeaderValue::from_static("application/fhir+json; charset=utf-8");

pub(super) fn fhir_json(status: StatusCode, resource: &Value) -> Response {
    let headers = [(header::CONTENT_TYPE, FHIR_JSON)];
    (status, headers, resource.to_string()).into_response()
}

pub(super) async fn metadata(State(api): State<Api>) -> Response {
    let date = super::fhir::site(&api).day(Timestamp::now());
    let statement = fhir::capability_statement(env!("CARGO_PKG_VERSION"), &date);
    fhir_json(StatusCode::OK, &statement)
}

pub(super) async fn search(
    State(api): State<Api>,
    Path(kind): Path<String>,
    asker: Asker,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    let found = find(&api, &asker, (&kind, &query, fhir_search::Way::Get)).await;
    found.unwrap_or_else(Failure::outcome)
}

pub(super) async fn search_by_post(
    State(api): State<Api>,
    Path(kind): Path<String>,
    asker: Asker,
    RawQuery(query): RawQuery,
    body: String,
) -> Response {
    let query = format!("{}&{body}", query.unwrap_or_default());
    let found = find(&api, &asker, (&kind, &query, fhir_search::Way::Post)).await;
    found.unwrap_or_else(Failure::outcome)
}

async fn find(
    api: &Api,
    asker: &Asker,
    (kind, query, way): (&str, &str, fhir_search::Way),
) -> Result<Response, Failure> {
    let kind = known(kind)?;
    admit(api, asker).await?;
    let site = site(api);
    let mut asked = fhir_search::read(&site, kind, &parameters(query)?, way)?;
    // One more tells whether there are more.
    let limit = asked.search.limit;
    asked.search.limit += 1;
    let mut records = api.store.search(asked.search, Timestamp::now()).await?;
    let more = records.len() > limit;
    records.truncate(limit);
    let root = format!("{}/fhir", base(api, &asker.headers));
    let next = records
        .last()
        .filter(|_| more)
        .zip(asked.again)
        .map(|(last, again)| Link {
            relation: "next",
            url: format!("{root}/{}?{again}_after={}", kind.name(), last.id()),
        });
    let resources = records
        .iter()
        .map(|record| record.resource(&site))
        .collect();
    let links: Vec<Link> = next.into_iter().collect();
    Ok(fhir_json(
        StatusCode::OK,
        &fhir::searchset(&root, resources, &links),
    ))
}

pub(super) async fn read(
    State(api): State<Api>,
    Path((kind, id)): Path<(String, String)>,
    asker: Asker,
) -> Response {
    let read = read_one(&api, &asker, &kind, id).await;
    read.unwrap_or_else(Failure::outcome)
}

async fn read_one(api: &Api, asker: &Asker, kind: &str, id: String) -> Result<Response, Failure> {
    let kind = known(kind)?;
    admit(api, asker).await?;
    let search = Search {
        kind,
        conditions: vec![Condition::OneOf(Field::Id, vec![id])],
        after: None,
        limit: 1,
    };
    let found = api.store.search(search, Timestamp::now()).await?;
    let record = found
        .first()
        .ok_or_else(|| Failure::not_found("no such resource"))?;
    Ok(with_tag(&asker.headers, record, &site(api)))
}

/// The resource with its `ETag`; who has it already is told so.
fn with_tag(headers: &HeaderMap, record: &Record, site: &Site) -> Response {
    let resource = record.resource(site);
    let tag = match resource["meta"]["versionId"].as_str() {
        Some(version) => format!("W/\"{version}\""),
        None => format!("W/\"{}\"", digest(&resource)),
    };
    let known = headers.get_all(header::IF_NONE_MATCH).iter();
    let mut known = known.filter_map(|value| value.to_str().ok());
    let is_known = known.any(|tags| {
        tags.split(',')
            .any(|it| it.trim() == tag || it.trim() == "*")
    });
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        fhir_json(StatusCode::OK, &resource)
    };
    if let Ok(value) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, value);
    }
    response
}

fn digest(resource: &Value) -> String {
    let hash = Sha256::digest(resource.to_string());
    hash.iter().take(8).fold(String::new(), |mut text, byte| {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

pub(super) async fn history(
    State(api): State<Api>,
    Path((kind, id)): Path<(String, String)>,
    asker: Asker,
) -> Response {
    let told = all_versions(&api, &asker, &kind, id).await;
    told.unwrap_or_else(Failure::outcome)
}

async fn all_versions(
    api: &Api,
    asker: &Asker,
    kind: &str,
    id: String,
) -> Result<Response, Failure> {
    let kind = known(kind)?;
    admit(api, asker).await?;
    let versions = api.store.versions(kind, id).await?;
    if versions.is_empty() {
        return Err(Failure::not_found(
            "no such resource, or its type has no history",
        ));
    }
    let site = site(api);
    let versions = versions
        .into_iter()
        .filter_map(|change: Change| {
            let method = if change.is_new { "POST" } else { "PUT" };
            Some((change.record?.resource(&site), method, change.version))
        })
        .collect();
    let root = format!("{}/fhir", base(api, &asker.headers));
    Ok(fhir_json(
        StatusCode::OK,
        &fhir::history(&root, versions, &[]),
    ))
}

pub(super) async fn version(
    State(api): State<Api>,
    Path((kind, id, version)): Path<(String, String, String)>,
    asker: Asker,
) -> Response {
    let read = one_version(&api, &asker, (&kind, id, &version)).await;
    read.unwrap_or_else(Failure::outcome)
}

async fn one_version(
    api: &Api,
    asker: &Asker,
    (kind, id, version): (&str, String, &str),
) -> Result<Response, Failure> {
    let kind = known(kind)?;
    admit(api, asker).await?;
    let versions = api.store.versions(kind, id).await?;
    let is_newest = |change: &Change| {
        let newest = versions.first();
        newest.is_some_and(|newest| newest.version == change.version)
    };
    let asked = versions
        .iter()
        .find(|change| change.version.to_string() == version);
    match asked {
        // Of a patient only today's content is kept.
        Some(change) if kind == Kind::Patient && !is_newest(change) => Err(Failure::Issue(
            StatusCode::GONE,
            IssueCode::Deleted,
            "older versions of a Patient are not kept".to_owned(),
        )),
        Some(Change {
            record: Some(record),
            ..
        }) => Ok(with_tag(&asker.headers, record, &site(api))),
        Some(_) | None => Err(Failure::not_found("no such version")),
    }
}

fn known(kind: &str) -> Result<Kind, Failure> {
    Kind::named(kind).ok_or_else(|| {
        let words = "`/fhir/metadata` lists the types that are served";
        Failure::Issue(
            StatusCode::NOT_FOUND,
            IssueCode::NotSupported,
            words.to_owned(),
        )
    })
}

/// Who asks.
pub(super) struct Asker {
    headers: HeaderMap,
    address: IpAddr,
}

impl FromRequestParts<Api> for Asker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let address = ConnectInfo::<SocketAddr>::from_request_parts(parts, api).await;
        let ConnectInfo(address) = address.map_err(|_| Problem::Internal)?;
        Ok(Self {
            headers: parts.headers.clone(),
            address: address.ip(),
        })
    }
}

/// Lets a reader pass.
async fn admit(api: &Api, asker: &Asker) -> Result<(), Problem> {
    let key = keys::from_header(&asker.headers).unwrap_or_default();
    keys::check(api, key, &READERS, asker.address).await?;
    Ok(())
}

/// Whose records are served.
pub(super) fn site(api: &Api) -> Site {
    Site {
        clinic: api.clinic.clone(),
        zone: api.zone(),
    }
}

/// This kiosk's address, as the client knows it.
pub(super) fn base(api: &Api, headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|it| it.to_str().ok());
    format!("{}://{}", api.scheme, host.unwrap_or("localhost"))
}

/// The parameters of a query or a form.
pub(super) fn parameters(query: &str) -> Result<Vec<(String, String)>, Failure> {
    let url = Url::parse(&format!("http://kiosk/?{query}"))
        .map_err(|_| Failure::invalid("the parameters cannot be read"))?;
    let pairs = url.query_pairs().into_owned();
    Ok(pairs.filter(|(name, _)| !name.is_empty()).collect())
}
