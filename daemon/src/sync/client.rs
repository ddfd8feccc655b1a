//! HTTP to the central server: one request at a time, each with an end, answers bounded.
//! What goes wrong is told by kind, never with the words of an answer: they may be personal.

use super::credentials::Credentials;
use super::plan::{etag, version_of};
use crate::config::CentralSettings;
use crate::fhir::Kind;
use reqwest::header::{ACCEPT, CONTENT_TYPE, ETAG, IF_MATCH, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Identity, Method, Response, StatusCode, Url};
use rustls::AlertDescription;
use serde_json::Value;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// A page of 200 Appointments is half a MiB.
const MOST_BYTES: usize = 32 << 20;
const FHIR_JSON: &str = "application/fhir+json";

/// Why the central server did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It can't be reached, or the answer broke off.
    #[error("{0}")]
    Unreachable(&'static str),
    /// The answer did not come in time.
    #[error("it did not answer within the time it is given")]
    TooSlow,
    /// It doesn't let the kiosk in.
    #[error("it refuses the kiosk's key or certificate (status {0}); were they revoked?")]
    NotLetIn(u16),
    /// It doesn't take the kiosk's certificate.
    #[error("it does not take the kiosk's certificate ({0}): `kioskctl enroll`")]
    Certificate(&'static str),
    /// It can't now, and perhaps says when.
    #[error("it can't now (status {status})")]
    Busy {
        /// HTTP's.
        status: u16,
        /// Not before so long.
        after: Option<Duration>,
    },
    /// It doesn't do this.
    #[error("it refused (status {0})")]
    Refused(u16),
    /// The answer makes no sense.
    #[error("its answer was not understood")]
    NotUnderstood,
    /// The kiosk itself can't.
    #[error("{0}")]
    Here(String),
}

/// A resource, and its version there.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The body.
    pub body: Value,
    /// From `ETag`, else `meta.versionId`; empty where the server doesn't tell.
    pub version: String,
}

/// The central server.
pub struct Central {
    client: Client,
    url: Url,
    credentials: Credentials,
    identity: PathBuf,
    /// When the identity that is shown was written; none where none is.
    shown: Option<SystemTime>,
}

impl Central {
    /// Reads key and certificates; asks nothing yet.
    ///
    /// # Errors
    /// A file cannot be used.
    pub fn new(settings: &CentralSettings) -> Result<Self, Failure> {
        // One provider for the whole process; a second call finds it there.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder()
            .connect_timeout(CONNECT_WITHIN)
            // Of the whole answer: also who sends a byte a second ends.
            .timeout(settings.answer_within)
            .pool_max_idle_per_host(1)
            // The key goes to the configured server and to nobody that it names.
            .redirect(Policy::none());
        if let Some(path) = &settings.ca_file {
            let unusable = || Failure::Here(format!("`{}` holds no certificates", path.display()));
            let pem = std::fs::read(path).map_err(|_| unusable())?;
            let certificates = Certificate::from_pem_bundle(&pem).map_err(|_| unusable())?;
            if certificates.is_empty() {
                return Err(unusable());
            }
            builder = builder.tls_certs_only(certificates);
        }
        let shown = written(&settings.identity);
        if shown.is_some() {
            let path = settings.identity.display();
            let unusable = || Failure::Here(format!("`{path}` is no key with its certificate"));
            let pem = std::fs::read(&settings.identity).map_err(|_| unusable())?;
            builder = builder.identity(Identity::from_pem(&pem).map_err(|_| unusable())?);
        }
        let client = builder.build().map_err(|_| {
            Failure::Here(match shown {
                Some(_) => format!("`{}` cannot be used", settings.identity.display()),
                None => "no HTTP client can be made".to_owned(),
            })
        })?;
        Ok(Self {
            credentials: Credentials::read(settings)?,
            client,
            url: settings.url.clone(),
            identity: settings.identity.clone(),
            shown,
        })
    }

    /// Whether this box was given another certificate meanwhile.
    pub fn is_outdated(&self) -> bool {
        written(&self.identity) != self.shown
    }

    /// Sends a transaction.
    ///
    /// # Errors
    /// As [`Failure`] says.
    pub async fn transaction(&mut self, bundle: &Value) -> Result<Value, Failure> {
        // Without its last slash: some servers take the root only so.
        let root = self.url.as_str().trim_end_matches('/');
        let root = root.parse().map_err(|_| Failure::NotUnderstood)?;
        let answer = self.ask(Method::POST, root, Some(bundle), None).await?;
        Ok(answer.body)
    }

    /// Reads one resource.
    ///
    /// # Errors
    /// As [`Failure`] says; [`Failure::Refused`] with 404 or 410 where there is none.
    pub async fn read(&mut self, kind: Kind, id: &str) -> Result<Answer, Failure> {
        let url = self.at(&format!("{}/{id}", kind.name()))?;
        self.ask(Method::GET, url, None, None).await
    }

    /// What a query finds, as a searchset.
    ///
    /// # Errors
    /// As [`Failure`] says.
    pub async fn search(&mut self, query: &str) -> Result<Value, Failure> {
        let url = self.at(query)?;
        Ok(self.ask(Method::GET, url, None, None).await?.body)
    }

    /// Follows a link of a searchset, as long as it stays with the server.
    ///
    /// # Errors
    /// As [`Failure`] says; [`Failure::NotUnderstood`] for a link that leads elsewhere.
    pub async fn follow(&mut self, link: &str) -> Result<Value, Failure> {
        let url = self.url.join(link).map_err(|_| Failure::NotUnderstood)?;
        if url.origin() != self.url.origin() {
            return Err(Failure::NotUnderstood);
        }
        Ok(self.ask(Method::GET, url, None, None).await?.body)
    }

    /// Writes one resource over the version that is known.
    ///
    /// # Errors
    /// As [`Failure`] says; [`Failure::Refused`] with 412 where it has changed meanwhile.
    pub async fn update(&mut self, resource: &Value, version: &str) -> Result<Answer, Failure> {
        let kind = resource["resourceType"].as_str().unwrap_or_default();
        let id = resource["id"].as_str().unwrap_or_default();
        let url = self.at(&format!("{kind}/{id}"))?;
        let version = (!version.is_empty()).then(|| format!("W/\"{version}\""));
        self.ask(Method::PUT, url, Some(resource), version).await
    }

    fn at(&self, path: &str) -> Result<Url, Failure> {
        self.url.join(path).map_err(|_| Failure::NotUnderstood)
    }

    async fn ask(
        &mut self,
        method: Method,
        url: Url,
        body: Option<&Value>,
        if_match: Option<String>,
    ) -> Result<Answer, Failure> {
        let mut request = self
            .client
            .request(method, url)
            .header(ACCEPT, FHIR_JSON)
            .header("Prefer", "return=representation");
        if let Some(key) = self.credentials.key(&self.client).await? {
            request = request.bearer_auth(key.expose());
        }
        if let Some(version) = if_match {
            request = request.header(IF_MATCH, version);
        }
        if let Some(body) = body {
            request = request
                .header(CONTENT_TYPE, FHIR_JSON)
                .body(body.to_string());
        }
        let response = request.send().await.map_err(|error| broken(&error))?;
        if let Some(failure) = refusal(&response) {
            if matches!(failure, Failure::NotLetIn(_)) {
                self.credentials.forget();
            }
            return Err(failure);
        }
        let version = response.headers().get(ETAG).and_then(|it| it.to_str().ok());
        let version = etag(version);
        let body = read(response).await?;
        Ok(Answer {
            version: version.or_else(|| version_of(&body)).unwrap_or_default(),
            body,
        })
    }
}

async fn read(mut response: Response) -> Result<Value, Failure> {
    let mut bytes = Vec::new();
    while let Some(part) = response.chunk().await.map_err(|error| broken(&error))? {
        if bytes.len() + part.len() > MOST_BYTES {
            return Err(Failure::NotUnderstood);
        }
        bytes.extend_from_slice(&part);
    }
    serde_json::from_slice(&bytes).map_err(|_| Failure::NotUnderstood)
}

fn written(identity: &Path) -> Option<SystemTime> {
    std::fs::metadata(identity)
        .and_then(|it| it.modified())
        .ok()
}

pub(super) fn broken(error: &reqwest::Error) -> Failure {
    if let Some(why) = refused_certificate(error) {
        Failure::Certificate(why)
    } else if error.is_timeout() {
        Failure::TooSlow
    } else if error.is_connect() {
        Failure::Unreachable("it cannot be reached, or its certificate is not trusted")
    } else {
        Failure::Unreachable("the connection broke off")
    }
}

/// What the server's TLS says of the kiosk's certificate; with TLS 1.3 it does so after the
/// handshake, in place of an answer.
fn refused_certificate(error: &reqwest::Error) -> Option<&'static str> {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(inner) = cause {
        let wrapped = inner
            .downcast_ref::<std::io::Error>()
            .and_then(|it| it.get_ref());
        let told = inner.downcast_ref::<rustls::Error>();
        let told = told.or_else(|| wrapped.and_then(|it| it.downcast_ref::<rustls::Error>()));
        if let Some(rustls::Error::AlertReceived(alert)) = told {
            return words(*alert);
        }
        cause = inner.source();
    }
    None
}

/// What a server has against a certificate; any other alert is about the connection.
const ALERTS: [(AlertDescription, &str); 8] = [
    (AlertDescription::CertificateRevoked, "it was revoked"),
    (AlertDescription::CertificateExpired, "it has run out"),
    (AlertDescription::UnknownCA, "of another authority"),
    (AlertDescription::CertificateRequired, "it wants one"),
    (AlertDescription::BadCertificate, "it is refused"),
    (AlertDescription::CertificateUnknown, "it is refused"),
    (AlertDescription::UnsupportedCertificate, "it is refused"),
    (AlertDescription::AccessDenied, "it is refused"),
];

fn words(alert: AlertDescription) -> Option<&'static str> {
    let known = ALERTS.iter().find(|(known, _)| *known == alert);
    known.map(|(_, words)| *words)
}

fn refusal(response: &Response) -> Option<Failure> {
    let status = response.status();
    if status.is_success() {
        return None;
    }
    let code = status.as_u16();
    Some(match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Failure::NotLetIn(code),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY => {
            busy(response)
        }
        status if status.is_server_error() => busy(response),
        _ => Failure::Refused(code),
    })
}

fn busy(response: &Response) -> Failure {
    let after = response.headers().get(RETRY_AFTER);
    // The other form, a date, would have to be compared with our clock.
    let seconds = after.and_then(|it| it.to_str().ok()?.trim().parse().ok());
    Failure::Busy {
        status: response.status().as_u16(),
        after: seconds.map(Duration::from_secs),
    }
}
