//! `kioskctl enroll`: who this box is to the central server. The key is made here and leaves
//! it never; the certificate comes from the server, for a one-time code, or in a file
//! (`docs/central.md` has the exchange).

mod validity;

use crate::output::{self, Exit};
use crate::place;
use anyhow::{Context, bail, ensure};
use jiff::{SignedDuration, Timestamp};
use kiosk_daemon::config::{Settings, is_private};
use kiosk_protocol::Private;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use reqwest::blocking::{Client, Response};
use reqwest::{Certificate, Identity, StatusCode, Url, redirect};
use rustls::crypto::ring::sign::any_ecdsa_type;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;

/// In the state folder: a key that has no certificate yet, and its request.
const PENDING: &str = "identity.new.key";
/// In the state folder: where the certificate came from.
const SERVER: &str = "identity.toml";
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
/// A certificate with what leads to its authority is a few kB.
const MOST_ANSWER: u64 = 1 << 20;
/// So long before its end a certificate is to be renewed.
pub const RENEW: SignedDuration = SignedDuration::from_hours(24 * 30);

/// How.
#[derive(clap::Args)]
pub struct Enroll {
    /// The server's address for this, such as `https://fhir.example/enroll`.
    #[arg(required_unless_present_any = ["rotate", "request", "certificate"])]
    address: Option<Url>,
    /// A file with the one-time code that the server's administrator made for this box; without
    /// it the code is read from the terminal.
    #[arg(long, value_name = "FILE", requires = "address")]
    code_file: Option<PathBuf>,
    /// A new key and certificate, from where the present one came.
    #[arg(long, conflicts_with_all = ["address", "request", "certificate"])]
    rotate: bool,
    /// Leave the request (PKCS#10, PEM) in this file, for an authority that is asked by hand.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["address", "certificate"])]
    request: Option<PathBuf>,
    /// Take the certificate (PEM, with what leads to its authority) that was made for the
    /// request.
    #[arg(long, value_name = "FILE", conflicts_with = "address")]
    certificate: Option<PathBuf>,
    /// The only authorities that are believed for the server (PEM); `central.ca_file` without it.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

/// What the server is asked.
#[derive(Serialize)]
struct Question<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    csr: &'a str,
}

/// What it answers.
#[derive(Deserialize)]
struct Answer {
    certificate: String,
}

/// What is kept of it.
#[derive(Serialize, Deserialize)]
struct Server {
    address: String,
}

pub fn run(asked: &Enroll, settings: &Settings) -> anyhow::Result<Exit> {
    let state = &settings.state_folder;
    std::fs::create_dir_all(state).with_context(|| format!("make `{}`", state.display()))?;
    if let Some(path) = &asked.request {
        let pending = pending(settings)?;
        place::file(path, pending.request.as_bytes(), 0o644)?;
        output::note("have this request signed; then `kioskctl enroll --certificate FILE`");
        return Ok(Exit::Done);
    }
    if let Some(path) = &asked.certificate {
        let certificate = std::fs::read_to_string(path);
        let certificate = certificate.with_context(|| format!("read `{}`", path.display()))?;
        ensure!(
            state.join(PENDING).exists(),
            "no request waits for a certificate: --request FILE makes one"
        );
        return install(&pending(settings)?, &certificate, settings);
    }
    let http = client(asked, settings)?;
    let (address, code) = match &asked.address {
        Some(address) => (address.clone(), Some(code(asked)?)),
        None => (renewing(settings)?, None),
    };
    ensure!(
        is_private(&address),
        "only https:// (or http:// on this box): who reads along would be this box"
    );
    let pending = pending(settings)?;
    let question = Question {
        code: code.as_ref().map(|code| code.expose().trim()),
        csr: &pending.request,
    };
    let answer = http.post(address.clone()).json(&question).send();
    let certificate = answered(answer.map_err(without_words)?, code.is_some())?;
    let exit = install(&pending, &certificate, settings)?;
    if asked.address.is_some() {
        let address = address.to_string();
        let server = toml::to_string(&Server { address })?;
        place::file(&state.join(SERVER), server.as_bytes(), 0o644)?;
    }
    Ok(exit)
}

/// The certificate's end, where this box has one.
pub fn good_until(settings: &Settings) -> Option<Timestamp> {
    let pem = std::fs::read(settings.identity_file()).ok()?;
    let certificate = CertificateDer::from_pem_slice(&pem).ok()?;
    validity::not_after(&certificate)
}

/// A code on the command line would stand in the list of processes.
fn code(asked: &Enroll) -> anyhow::Result<Private> {
    let text = match &asked.code_file {
        Some(path) => {
            std::fs::read_to_string(path).with_context(|| format!("read `{}`", path.display()))?
        }
        None => {
            output::note("the one-time code?");
            let mut line = String::new();
            std::io::stdin().read_line(&mut line)?;
            line
        }
    };
    ensure!(!text.trim().is_empty(), "there is no code");
    Ok(Private::new(text))
}

fn renewing(settings: &Settings) -> anyhow::Result<Url> {
    let path = settings.state_folder.join(SERVER);
    let text = std::fs::read_to_string(&path).ok();
    let server: Option<Server> = text.and_then(|it| toml::from_str(&it).ok());
    let server =
        server.context("this box was not enrolled by a server: `kioskctl enroll ADDRESS`")?;
    let mut address: Url = server
        .address
        .parse()
        .context("where this box was enrolled")?;
    let renew = format!("{}/renew", address.path().trim_end_matches('/'));
    address.set_path(&renew);
    Ok(address)
}

fn client(asked: &Enroll, settings: &Settings) -> anyhow::Result<Client> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .timeout(ANSWER_WITHIN)
        .redirect(redirect::Policy::none());
    let central = settings.central.as_ref();
    let authorities = asked
        .ca
        .clone()
        .or_else(|| central.and_then(|it| it.ca_file.clone()));
    if let Some(path) = authorities {
        let named = || format!("`{}` holds no certificates", path.display());
        let pem = std::fs::read(&path).with_context(named)?;
        builder = builder.tls_certs_only(Certificate::from_pem_bundle(&pem).with_context(named)?);
    }
    if asked.rotate {
        let path = settings.identity_file();
        let named = || format!("`{}` is no key with its certificate", path.display());
        let pem = std::fs::read(&path).with_context(named)?;
        builder = builder.identity(Identity::from_pem(&pem).with_context(named)?);
    }
    builder.build().context("prepare HTTPS")
}

/// The address is no secret, but its words are long and say nothing more.
fn without_words(error: reqwest::Error) -> anyhow::Error {
    anyhow::Error::from(error.without_url()).context("the server can't be asked")
}

fn answered(response: Response, by_code: bool) -> anyhow::Result<String> {
    match response.status() {
        status if status.is_success() => {
            let mut bytes = Vec::new();
            let mut body = std::io::Read::take(response, MOST_ANSWER);
            std::io::Read::read_to_end(&mut body, &mut bytes)?;
            let answer = serde_json::from_slice::<Answer>(&bytes);
            Ok(answer
                .context("the server's answer is no certificate")?
                .certificate)
        }
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::GONE if by_code => {
            bail!(
                "the server does not know this code, or it was used or has run out: have another made"
            )
        }
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::GONE => bail!(
            "the server does not take this box's certificate any more: it was revoked, or has \
             run out; have a code made and enroll anew"
        ),
        status => bail!(
            "the server refused (status {}); try again later",
            status.as_u16()
        ),
    }
}

/// A key and what is asked for it. It stays until a certificate has come, so that a request
/// whose answer was lost is the same when it is sent again.
struct Pending {
    key: String,
    request: String,
}

fn pending(settings: &Settings) -> anyhow::Result<Pending> {
    let path = settings.state_folder.join(PENDING);
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    const REQUEST: &str = "-----BEGIN CERTIFICATE REQUEST-----";
    if let Some(at) = known.find(REQUEST) {
        let (key, request) = known.split_at(at);
        return Ok(Pending {
            key: key.to_owned(),
            request: request.to_owned(),
        });
    }
    let key = KeyPair::generate().context("make a key")?;
    let mut wanted = CertificateParams::new(Vec::new())?;
    wanted.distinguished_name = DistinguishedName::new();
    wanted
        .distinguished_name
        .push(DnType::OrganizationName, settings.clinic.clone());
    let name = settings.central.as_ref().map_or("kiosk", |it| &it.kiosk);
    wanted.distinguished_name.push(DnType::CommonName, name);
    let request = wanted.serialize_request(&key)?.pem()?;
    let pending = Pending {
        key: key.serialize_pem(),
        request,
    };
    let both = format!("{}{}", pending.key, pending.request);
    place::file(&path, both.as_bytes(), 0o600)?;
    Ok(pending)
}

const fn mismatch(error: &rustls::Error) -> &'static str {
    // What `openssl x509 -req` makes without extensions is of version 1.
    if matches!(error, rustls::Error::InvalidCertificate(_)) {
        "that certificate cannot be used: it has to be of X.509 version 3, with an extension \
         such as `extendedKeyUsage = clientAuth`"
    } else {
        "that certificate is not for this box's key"
    }
}

/// Key and certificate lie in one file: one rename changes both.
fn install(pending: &Pending, certificate: &str, settings: &Settings) -> anyhow::Result<Exit> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificate.as_bytes()).collect();
    let chain = chain
        .ok()
        .filter(|it| !it.is_empty())
        .context("that is no certificate (PEM)")?;
    let key = PrivateKeyDer::from_pem_slice(pending.key.as_bytes()).context("read the key")?;
    let key = any_ecdsa_type(&key).context("read the key")?;
    let until = validity::not_after(&chain[0]).context("that is no certificate")?;
    CertifiedKey::new(chain, key)
        .keys_match()
        .map_err(|error| anyhow::Error::new(error.clone()).context(mismatch(&error)))?;
    ensure!(
        until > Timestamp::now(),
        "that certificate ended on {}",
        day(until)
    );
    let both = format!("{}{}\n", pending.key, certificate.trim());
    place::file(&settings.identity_file(), both.as_bytes(), 0o600)?;
    place::remove_file(&settings.state_folder.join(PENDING))?;
    output::line(format_args!(
        "enrolled until {}; kioskd uses it from its next round on",
        day(until)
    ))?;
    Ok(Exit::Done)
}

fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}
