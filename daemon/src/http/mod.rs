//! HTTP for other programs: speech to text and back as OpenAI's clients ask for it, whole
//! conversations over a WebSocket, and the records for staff (`docs/api.md`). It checks
//! keys, reads requests and asks the workers; it decides nothing about a conversation.

mod appointments;
mod changes;
mod clinic;
mod conversations;
mod fhir;
mod fhir_search;
mod formats;
mod health;
mod idempotency;
mod keys;
mod limits;
mod patients;
mod problem;
mod queue;
mod request;
mod roster;
mod sockets;
mod speech;
mod stream;
mod tls;
mod transcriptions;

use crate::config::HttpSettings;
use crate::hearing::Asker;
use crate::office::Office;
use crate::sound::EarModels;
use crate::speech::StudioHandle;
use crate::store::{Room, StoreError, StoreHandle};
use anyhow::Context;
use axum::extract::DefaultBodyLimit;
use axum::http::Uri;
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use axum_server::Handle;
pub use conversations::Lobbies;
pub use idempotency::UnderWay;
use jiff::tz::TimeZone;
use keys::Gate;
use kiosk_protocol::control::Scope;
pub use limits::Limits;
use listenfd::ListenFd;
pub use problem::Problem;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The longest body of a request about records: a roster of a large hospital.
const MOST_BYTES_OF_RECORDS: usize = 1 << 20;
/// The longest recording that is read: what OpenAI's own service takes for a recording.
const MOST_BYTES: usize = 25 << 20;
/// The longest recording that is read to its end, though it is refused: who is still
/// sending when the answer comes often sees a broken connection in its place.
const MOST_BYTES_DROPPED: usize = 4 * MOST_BYTES;
/// Whoever could not write asks again after so long; the disk is looked at more often.
const UNTIL_WRITTEN_S: u32 = 60;
/// How long requests under way may take to end.
const END_WITHIN: Duration = Duration::from_secs(1);

/// What requests are answered with.
#[derive(Clone)]
pub struct Api {
    /// The records, and keys.
    pub store: StoreHandle,
    /// What a change leads to beside the records.
    pub office: Office,
    /// How often may be asked.
    pub limits: Arc<Limits>,
    /// Requests that are not carried out twice.
    pub under_way: Arc<UnderWay>,
    /// Speech to text; none on a box without its model.
    pub ears: Option<Ears>,
    /// Text to speech; none on a box without a voice.
    pub studio: Option<StudioHandle>,
    /// What conversations need.
    pub lobbies: Lobbies,
    /// One for each conversation or stream that this box can serve beside its own.
    pub places: Arc<Semaphore>,
    /// The clinic, as it stands in FHIR identifiers.
    pub clinic: String,
    /// `http` or `https`, for links.
    pub scheme: &'static str,
    /// The end of everything.
    pub stop: CancellationToken,
}

/// What hears those who bring their own sound.
#[derive(Clone)]
pub struct Ears {
    /// The recogniser.
    pub recogniser: Asker,
    /// Voice activity.
    pub models: EarModels,
}

impl Api {
    /// The clinic's.
    fn zone(&self) -> TimeZone {
        self.lobbies.setting.borrow().zone.clone()
    }

    fn ears(&self) -> Result<&Ears, Problem> {
        self.ears.as_ref().ok_or_else(|| Problem::Unavailable {
            detail: "this kiosk has no speech recogniser".to_owned(),
            retry_after_s: None,
        })
    }

    fn studio(&self) -> Result<&StudioHandle, Problem> {
        self.studio.as_ref().ok_or_else(|| Problem::Unavailable {
            detail: "this kiosk has no voice".to_owned(),
            retry_after_s: None,
        })
    }
}

/// An open port, before the kiosk says that it is ready.
pub struct Port {
    listener: TcpListener,
    tls: Option<tls::Tls>,
}

/// Opens the port, or takes the one that systemd opened (`kioskd-http.socket`), and reads
/// the certificate.
///
/// # Errors
/// The address is taken, or reached by other machines and there is no certificate; the
/// certificate or its key cannot be used.
pub fn open(settings: &HttpSettings) -> anyhow::Result<Port> {
    let tls = settings.tls.clone().map(tls::Tls::read).transpose()?;
    let passed = ListenFd::from_env().take_tcp_listener(0);
    let listener = match passed.context("take the port from systemd")? {
        Some(listener) => listener,
        None => TcpListener::bind(settings.listen)
            .with_context(|| format!("listen on {}", settings.listen))?,
    };
    listener.set_nonblocking(true).context("ready the port")?;
    let address = listener
        .local_addr()
        .context("ask for the port's address")?;
    anyhow::ensure!(
        tls.is_some() || address.ip().is_loopback(),
        "{address} is reached by other machines: set `http.certificate` and `http.private_key`"
    );
    Ok(Port { listener, tls })
}

/// Answers requests until the end of everything.
///
/// # Errors
/// The port failed.
pub async fn serve(port: Port, api: Api) -> anyhow::Result<()> {
    let handle = Handle::new();
    let (stop, stopping) = (api.stop.clone(), handle.clone());
    tokio::spawn(async move {
        stop.cancelled().await;
        stopping.graceful_shutdown(Some(END_WITHIN));
    });
    let stop = api.stop.clone();
    let service = router(api).into_make_service_with_connect_info::<SocketAddr>();
    match port.tls {
        Some(tls) => {
            let server = axum_server::from_tcp_rustls(port.listener, tls.config())?;
            tokio::spawn(tls.keep_fresh(stop));
            server.handle(handle).serve(service).await
        }
        None => {
            let server = axum_server::from_tcp(port.listener)?;
            server.handle(handle).serve(service).await
        }
    }
    .context("serve HTTP")
}

/// The store could not answer; who asked learns no more than that.
fn failed(error: StoreError) -> Problem {
    if Room::told_by(&error).is_some() {
        return cannot_write();
    }
    let why = anyhow::Error::new(error);
    log::error!(reason = format!("{why:#}").as_str(); "the store could not answer a request");
    Problem::Internal
}

/// The disk is full or broken; the store has logged it.
fn cannot_write() -> Problem {
    Problem::Unavailable {
        detail: "the records cannot be written; `kioskctl doctor` tells why".to_owned(),
        retry_after_s: Some(UNTIL_WRITTEN_S),
    }
}

/// The description of it all, without the routes.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "MinoHealth Kiosk",
        description = "Appointments, the queue and speech of one kiosk. Every request needs a key with the scope of its route as `Authorization: Bearer KEY`; errors are `application/problem+json` (RFC 9457). A POST with an `Idempotency-Key` is carried out once."
    ),
    components(schemas(problem::ProblemBody)),
    modifiers(&KeyScheme),
    security(("key" = []))
)]
struct Description;

struct KeyScheme;

impl utoipa::Modify for KeyScheme {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
        let components = api.components.get_or_insert_default();
        let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        components.add_security_scheme("key", bearer);
    }
}

/// Routes and their description, from the same lines.
fn described(api: &Api) -> (Router<Api>, utoipa::openapi::OpenApi) {
    let anyone = OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(stream::open))
        .routes(routes!(conversations::open));
    let figures = OpenApiRouter::new().routes(routes!(health::metrics));
    let clinic = OpenApiRouter::new()
        .routes(routes!(clinic::practitioners))
        .routes(routes!(clinic::specialties))
        .routes(routes!(clinic::slots));
    let speech = OpenApiRouter::new()
        .routes(routes!(transcriptions::create))
        .layer(DefaultBodyLimit::max(MOST_BYTES_DROPPED))
        .routes(routes!(speech::create));
    let central = OpenApiRouter::new().routes(routes!(changes::list));
    let (routes, mut description) = anyone
        .merge(admitted(central, api, &[Scope::Central]))
        .merge(admitted(figures, api, &[Scope::Metrics]))
        .merge(admitted(clinic, api, &[Scope::Staff, Scope::Central]))
        .merge(admitted(staff(), api, &[Scope::Staff]))
        .merge(admitted(speech, api, &[Scope::Speech]))
        .split_for_parts();
    describe_problems(&mut description);
    (routes, description)
}

/// What every route can answer beside what stands at it: no key, too often, too long, a
/// fault of the kiosk's.
fn describe_problems(description: &mut utoipa::openapi::OpenApi) {
    use utoipa::openapi::{Content, Ref, ResponseBuilder};
    let problem = ResponseBuilder::new()
        .description("an error, as RFC 9457 has it")
        .content(
            "application/problem+json",
            Content::new(Some(Ref::from_schema_name("Problem"))),
        )
        .build();
    for path in description.paths.paths.values_mut() {
        let operations = [
            &mut path.get,
            &mut path.put,
            &mut path.post,
            &mut path.delete,
        ];
        for operation in operations.into_iter().flatten() {
            let responses = &mut operation.responses.responses;
            responses.insert("default".to_owned(), problem.clone().into());
        }
    }
}

/// What staff's programs may ask.
fn staff() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(appointments::list, appointments::create))
        .routes(routes!(appointments::read))
        .routes(routes!(appointments::cancel))
        .routes(routes!(appointments::reschedule))
        .routes(routes!(appointments::check_in))
        .routes(routes!(appointments::no_show))
        .routes(routes!(appointments::finish))
        .routes(routes!(appointments::hold))
        .routes(routes!(appointments::release))
        .routes(routes!(appointments::conflicts))
        .routes(routes!(patients::create))
        .routes(routes!(patients::search))
        .routes(routes!(patients::read, patients::correct))
        .routes(routes!(patients::merge))
        .routes(routes!(patients::erase))
        .routes(routes!(patients::export))
        .routes(routes!(queue::read, queue::join))
        .routes(routes!(queue::call))
        .routes(routes!(queue::finish))
        .routes(routes!(queue::leave))
        .routes(routes!(queue::alerts))
        .routes(routes!(queue::acknowledge))
        .routes(routes!(roster::read, roster::replace))
        .routes(routes!(roster::practitioner))
        .routes(routes!(roster::hours))
        .routes(routes!(roster::leave))
        .routes(routes!(roster::extra_sessions))
        .routes(routes!(roster::delay))
}

/// Only for keys with one of `scopes`.
fn admitted(routes: OpenApiRouter<Api>, api: &Api, scopes: &'static [Scope]) -> OpenApiRouter<Api> {
    let gate = Gate {
        api: api.clone(),
        scopes,
    };
    routes.route_layer(middleware::from_fn_with_state(gate, keys::admit))
}

fn router(api: Api) -> Router {
    let (routes, description) = described(&api);
    let description = Arc::new(description);
    routes
        .route(
            "/v1/openapi.json",
            get(async move || Json((*description).clone())),
        )
        .route("/fhir/metadata", get(fhir::metadata))
        .route("/fhir/{kind}", get(fhir::search))
        .route("/fhir/{kind}/_search", post(fhir::search_by_post))
        .route("/fhir/{kind}/{id}", get(fhir::read))
        .route("/fhir/{kind}/{id}/_history", get(fhir::history))
        .route("/fhir/{kind}/{id}/_history/{version}", get(fhir::version))
        .fallback(async |_: Uri| Problem::NotFound)
        .method_not_allowed_fallback(async || Problem::NotAllowed)
        .layer(DefaultBodyLimit::max(MOST_BYTES_OF_RECORDS))
        .with_state(api)
}
