//! HTTP for other programs: speech to text and back as OpenAI's clients ask for it, and
//! whole conversations over a WebSocket. It checks keys, reads requests and asks the
//! workers; it decides nothing about a conversation.

mod conversations;
mod formats;
mod keys;
mod problem;
mod sockets;
mod speech;
mod stream;
mod transcriptions;

use crate::config::HttpSettings;
use crate::hearing::Asker;
use crate::sound::EarModels;
use crate::speech::StudioHandle;
use crate::store::StoreHandle;
use anyhow::Context;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
pub use conversations::Lobbies;
pub use problem::Problem;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// The longest body that is read: what OpenAI's own service takes for a recording.
const MOST_BYTES: usize = 25 << 20;
/// The longest recording that is read to its end, though it is refused: who is still
/// sending when the answer comes often sees a broken connection in its place.
const MOST_BYTES_DROPPED: usize = 4 * MOST_BYTES;
/// How long requests under way may take to end.
const END_WITHIN: Duration = Duration::from_secs(1);

/// What requests are answered with.
#[derive(Clone)]
pub struct Api {
    /// The records, for keys.
    pub store: StoreHandle,
    /// Speech to text; none on a box without its model.
    pub ears: Option<Ears>,
    /// Text to speech; none on a box without a voice.
    pub studio: Option<StudioHandle>,
    /// What conversations need.
    pub lobbies: Lobbies,
    /// One for each conversation or stream that this box can serve beside its own.
    pub places: Arc<Semaphore>,
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
    tls: Option<RustlsConfig>,
}

/// Opens the port and reads the certificate.
///
/// # Errors
/// The address is taken, or the certificate or its key cannot be used.
pub async fn open(settings: &HttpSettings) -> anyhow::Result<Port> {
    let tls = match &settings.tls {
        Some((certificate, key)) => {
            // One provider for the whole process; a second call finds it there.
            let _ = rustls::crypto::ring::default_provider().install_default();
            let read = RustlsConfig::from_pem_file(certificate, key).await;
            Some(read.with_context(|| format!("use the certificate `{}`", certificate.display()))?)
        }
        None => None,
    };
    let listener = TcpListener::bind(settings.listen)
        .and_then(|listener| listener.set_nonblocking(true).map(|()| listener))
        .with_context(|| format!("listen on {}", settings.listen))?;
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
    let service = router(api).into_make_service();
    match port.tls {
        Some(tls) => {
            let server = axum_server::from_tcp_rustls(port.listener, tls)?;
            server.handle(handle).serve(service).await
        }
        None => {
            let server = axum_server::from_tcp(port.listener)?;
            server.handle(handle).serve(service).await
        }
    }
    .context("serve HTTP")
}

fn router(api: Api) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "alive\n" }))
        .route(
            "/v1/audio/transcriptions",
            post(transcriptions::create).layer(DefaultBodyLimit::max(MOST_BYTES_DROPPED)),
        )
        .route("/v1/audio/speech", post(speech::create))
        .route("/v1/audio/stream", get(stream::open))
        .route("/v1/conversations", get(conversations::open))
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .with_state(api)
}
