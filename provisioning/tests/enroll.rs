//! `kioskctl enroll` against a server that speaks the exchange of `docs/central.md`, over
//! real TLS and with real certificates (`openssl`).
#![allow(clippy::unwrap_used)]

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

const FAILED: i32 = 1;

fn openssl(folder: &Path, arguments: &str) {
    let done = Command::new("openssl")
        .args(arguments.split(' '))
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(done.status.success(), "{arguments}: {}", words(&done));
}

/// A server with an authority, and one code.
struct Authority {
    folder: PathBuf,
    port: u16,
    /// Nobody's certificate is good any more.
    revoked: Arc<AtomicBool>,
    /// The next answer is lost on its way.
    loses: Arc<AtomicBool>,
    /// Requests that were signed.
    signed: Arc<Mutex<Vec<String>>>,
}

impl Authority {
    fn start(folder: &Path) -> Self {
        openssl(
            folder,
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -subj /CN=authority -days 30",
        );
        openssl(
            folder,
            "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.csr -subj /CN=127.0.0.1",
        );
        fs::write(folder.join("leaf"), "basicConstraints=CA:FALSE\n").unwrap();
        fs::write(folder.join("san"), "subjectAltName=IP:127.0.0.1\n").unwrap();
        openssl(
            folder,
            "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.pem -days 30 -extfile san",
        );
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let authority = Self {
            folder: folder.to_owned(),
            port: listener.local_addr().unwrap().port(),
            revoked: Arc::default(),
            loses: Arc::default(),
            signed: Arc::default(),
        };
        let config = tls(folder);
        let (folder, revoked) = (folder.to_owned(), authority.revoked.clone());
        let (loses, signed) = (authority.loses.clone(), authority.signed.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let server = ServerConnection::new(config.clone()).unwrap();
                let mut stream = StreamOwned::new(server, stream.unwrap());
                let Some((path, body)) = request(&mut stream) else {
                    continue;
                };
                let is_known = stream.conn.peer_certificates().is_some();
                let asked: serde_json::Value = serde_json::from_slice(&body).unwrap();
                let may = match path.as_str() {
                    "/enroll" => asked["code"] == "GOOD-CODE" && is_first_or_same(&signed, &asked),
                    "/enroll/renew" => is_known && !revoked.load(Ordering::SeqCst),
                    _ => false,
                };
                let answer = if may {
                    let request = asked["csr"].as_str().unwrap();
                    signed.lock().unwrap().push(request.to_owned());
                    serde_json::json!({ "certificate": sign(&folder, request) }).to_string()
                } else {
                    String::new()
                };
                if loses.swap(false, Ordering::SeqCst) {
                    continue;
                }
                let status = if may { "200 OK" } else { "403 Forbidden" };
                let length = answer.len();
                let _ = write!(
                    stream,
                    "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{answer}"
                );
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        });
        authority
    }

    fn address(&self) -> String {
        format!("https://127.0.0.1:{}/enroll", self.port)
    }

    fn ca(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }
}

/// A code is good once; the same request again is the same kiosk that lost its answer.
fn is_first_or_same(signed: &Mutex<Vec<String>>, asked: &serde_json::Value) -> bool {
    let signed = signed.lock().unwrap();
    signed.iter().all(|it| asked["csr"] == it.as_str())
}

fn tls(folder: &Path) -> Arc<ServerConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(folder.join("ca.pem")).unwrap())
        .unwrap();
    let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .allow_unauthenticated()
        .build()
        .unwrap();
    let chain = vec![CertificateDer::from_pem_file(folder.join("server.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_file(folder.join("server.key")).unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(clients)
        .with_single_cert(chain, key)
        .unwrap();
    Arc::new(config)
}

fn request(stream: &mut impl Read) -> Option<(String, Vec<u8>)> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader
        .read_line(&mut first)
        .ok()
        .filter(|count| *count > 0)?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((first.split(' ').nth(1)?.to_owned(), body))
}

fn sign(folder: &Path, request: &str) -> String {
    fs::write(folder.join("kiosk.csr"), request).unwrap();
    openssl(folder, "req -in kiosk.csr -verify -noout");
    openssl(
        folder,
        "x509 -req -in kiosk.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out kiosk.pem -days 90 -extfile leaf",
    );
    fs::read_to_string(folder.join("kiosk.pem")).unwrap()
}

/// A box of its own.
struct Fresh(tempfile::TempDir);

impl Fresh {
    fn kioskctl(&self, arguments: &[&str], typed: &str) -> Output {
        let mut running = Command::new(env!("CARGO_BIN_EXE_kioskctl"))
            .args(arguments)
            .env("KIOSK_ETC", self.0.path().join("etc"))
            .env("KIOSK_PATHS_STATE", self.0.path().join("state"))
            .env("KIOSK_PATHS_RUNTIME", self.0.path())
            .env("KIOSK_PATHS_MODELS", self.0.path().join("models"))
            .env("KIOSK_CENTRAL_URL", "https://127.0.0.1:9/r4")
            .env("KIOSK_CENTRAL_CLINIC", "ridge-road")
            .env("KIOSK_CENTRAL_KIOSK", "lobby-1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let _ = running.stdin.take().unwrap().write_all(typed.as_bytes());
        running.wait_with_output().unwrap()
    }

    fn enroll(&self, authority: &Authority, code: &str) -> Output {
        let ca = authority.ca();
        let arguments = ["enroll", &authority.address(), "--ca", ca.to_str().unwrap()];
        self.kioskctl(&arguments, &format!("{code}\n"))
    }

    fn identity(&self) -> String {
        fs::read_to_string(self.0.path().join("state/identity.key")).unwrap_or_default()
    }
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn a_box_is_enrolled_by_code_renewed_and_told_when_it_was_revoked() {
    let there = tempfile::tempdir().unwrap();
    let authority = Authority::start(there.path());
    let fresh = Fresh(tempfile::tempdir().unwrap());
    let refused = fresh.enroll(&authority, "BAD-CODE");
    assert_eq!(refused.status.code(), Some(FAILED));
    assert!(
        words(&refused).contains("does not know this code"),
        "{}",
        words(&refused)
    );
    assert!(fresh.identity().is_empty());

    // The answer is lost: the same request is sent again, and the code is still good for it.
    authority.loses.store(true, Ordering::SeqCst);
    let lost = fresh.enroll(&authority, "GOOD-CODE");
    assert_eq!(lost.status.code(), Some(FAILED), "{}", words(&lost));
    let done = fresh.enroll(&authority, "GOOD-CODE");
    assert!(done.status.success(), "{}", words(&done));
    assert!(words(&done).contains("enrolled until"), "{}", words(&done));
    let requests = authority.signed.lock().unwrap().clone();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0], requests[1], "the same key");
    let first = fresh.identity();
    assert!(
        first.contains("PRIVATE KEY") && first.contains("BEGIN CERTIFICATE-----"),
        "{first}"
    );
    let mode = fs::metadata(fresh.0.path().join("state/identity.key")).unwrap();
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&mode.permissions()) & 0o777,
        0o600
    );
    let named = Command::new("openssl")
        .args(["req", "-in", "kiosk.csr", "-noout", "-subject"])
        .current_dir(there.path())
        .output()
        .unwrap();
    assert!(
        words(&named).contains("lobby-1") && words(&named).contains("ridge-road"),
        "{}",
        words(&named)
    );
    let health = words(&fresh.kioskctl(&["doctor"], ""));
    assert!(health.contains("good     identity"), "{health}");

    let ca = authority.ca();
    let rotate = ["enroll", "--rotate", "--ca", ca.to_str().unwrap()];
    let renewed = fresh.kioskctl(&rotate, "");
    assert!(renewed.status.success(), "{}", words(&renewed));
    let second = fresh.identity();
    assert_ne!(first, second, "another key");

    authority.revoked.store(true, Ordering::SeqCst);
    let revoked = fresh.kioskctl(&rotate, "");
    assert_eq!(revoked.status.code(), Some(FAILED));
    assert!(
        words(&revoked).contains("it was revoked"),
        "{}",
        words(&revoked)
    );
    assert_eq!(fresh.identity(), second, "what is here stays");

    let wiped = fresh.kioskctl(&["wipe", "--yes"], "");
    assert!(
        wiped.status.success() && fresh.identity().is_empty(),
        "{}",
        words(&wiped)
    );
}

#[test]
fn another_used_code_or_another_authority_is_no_way_in() {
    let there = tempfile::tempdir().unwrap();
    let authority = Authority::start(there.path());
    let first = Fresh(tempfile::tempdir().unwrap());
    assert!(first.enroll(&authority, "GOOD-CODE").status.success());
    let second = Fresh(tempfile::tempdir().unwrap());
    let used = second.enroll(&authority, "GOOD-CODE");
    assert!(words(&used).contains("was used"), "{}", words(&used));
    // Without its authority the server is a stranger: the code is not sent.
    let before = authority.signed.lock().unwrap().len();
    let stranger = second.kioskctl(&["enroll", &authority.address()], "GOOD-CODE\n");
    assert_eq!(stranger.status.code(), Some(FAILED), "{}", words(&stranger));
    assert_eq!(authority.signed.lock().unwrap().len(), before);
    let clear = second.kioskctl(&["enroll", "http://fhir.example/enroll"], "GOOD-CODE\n");
    assert!(words(&clear).contains("only https://"), "{}", words(&clear));
}

#[test]
fn a_certificate_from_a_file_is_taken_where_it_is_for_this_boxs_key() {
    let there = tempfile::tempdir().unwrap();
    let _authority = Authority::start(there.path());
    let (fresh, other) = (
        Fresh(tempfile::tempdir().unwrap()),
        Fresh(tempfile::tempdir().unwrap()),
    );
    let certificate = there.path().join("made.pem");
    let certificate = certificate.to_str().unwrap();
    let request = there.path().join("made.csr");
    let early = fresh.kioskctl(&["enroll", "--certificate", certificate], "");
    assert_eq!(early.status.code(), Some(FAILED));
    for who in [&other, &fresh] {
        let left = who.kioskctl(&["enroll", "--request", request.to_str().unwrap()], "");
        assert!(left.status.success(), "{}", words(&left));
    }
    fs::write(
        certificate,
        sign(there.path(), &fs::read_to_string(&request).unwrap()),
    )
    .unwrap();
    let wrong = other.kioskctl(&["enroll", "--certificate", certificate], "");
    assert!(
        words(&wrong).contains("not for this box's key"),
        "{}",
        words(&wrong)
    );
    assert!(other.identity().is_empty());
    let right = fresh.kioskctl(&["enroll", "--certificate", certificate], "");
    assert!(right.status.success(), "{}", words(&right));
}
