//! The certificate that a kiosk was enrolled with, shown to a central server that wants one.
#![allow(clippy::unwrap_used)]

#[path = "support/central.rs"]
mod central;
#[path = "support/comparison.rs"]
mod comparison;
#[path = "support/records.rs"]
mod records;
#[path = "support/synchronised.rs"]
mod synchronised;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use synchronised::Kiosk;

#[test]
fn a_server_that_wants_a_certificate_gets_it_and_says_what_is_wrong_with_another() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("leaf"), "basicConstraints=CA:FALSE\n").unwrap();
    for name in ["ours", "theirs"] {
        openssl(
            folder,
            &format!(
                "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {name}.key -out {name}.pem -subj /CN={name} -days 2"
            ),
        );
        openssl(
            folder,
            &format!(
                "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {name}-kiosk.key -out csr -subj /CN=kiosk"
            ),
        );
        openssl(
            folder,
            &format!(
                "x509 -req -in csr -CA {name}.pem -CAkey {name}.key -CAcreateserial -out {name}-kiosk.pem -days 2 -extfile leaf"
            ),
        );
    }
    fs::write(folder.join("san"), "subjectAltName=IP:127.0.0.1\n").unwrap();
    openssl(
        folder,
        "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out csr -subj /CN=server",
    );
    openssl(
        folder,
        "x509 -req -in csr -CA ours.pem -CAkey ours.key -CAcreateserial -out server.pem -days 2 -extfile san",
    );
    let port = serve(folder);
    let identity = folder.join("identity.key");
    let kiosk = Kiosk::start_with(port, "r4", |central| {
        central.url = format!("https://127.0.0.1:{port}/r4/").parse().unwrap();
        central.ca_file = Some(folder.join("ours.pem"));
        central.identity = identity.clone();
    });

    let without = kiosk.sync().unwrap_err();
    assert!(without.contains("it wants one"), "{without}");
    // Whatever comes next is shown from the next round on: nobody starts kioskd again.
    give(folder, "theirs", &identity);
    let stranger = kiosk.sync().unwrap_err();
    assert!(
        stranger.contains("does not take the kiosk's certificate"),
        "{stranger}"
    );
    give(folder, "ours", &identity);
    kiosk.sync().unwrap();
    fs::write(&identity, "no key").unwrap();
    let broken = kiosk.sync().unwrap_err();
    assert!(
        broken.contains("is no key with its certificate"),
        "{broken}"
    );
}

fn give(folder: &Path, authority: &str, identity: &Path) {
    let text = |end: &str| fs::read_to_string(folder.join(format!("{authority}-kiosk.{end}")));
    fs::write(identity, text("key").unwrap() + &text("pem").unwrap()).unwrap();
}

fn openssl(folder: &Path, arguments: &str) {
    let done = Command::new("openssl")
        .args(arguments.split(' '))
        .current_dir(folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{arguments}: {said}");
}

/// A server on which nothing ever happened, for those who have a certificate of `ours`.
fn serve(folder: &Path) -> u16 {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(folder.join("ours.pem")).unwrap())
        .unwrap();
    let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone());
    let chain = vec![CertificateDer::from_pem_file(folder.join("server.pem")).unwrap()];
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(clients.build().unwrap())
        .with_single_cert(
            chain,
            PrivateKeyDer::from_pem_file(folder.join("server.key")).unwrap(),
        )
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let server = ServerConnection::new(config.clone()).unwrap();
            let stream = StreamOwned::new(server, stream.unwrap());
            std::thread::spawn(move || answer(stream));
        }
    });
    port
}

fn answer(stream: StreamOwned<ServerConnection, std::net::TcpStream>) {
    const NOTHING: &str = r#"{"resourceType":"Bundle","type":"searchset","entry":[]}"#;
    let mut stream = BufReader::new(stream);
    loop {
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            if stream.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
        }
        let length = NOTHING.len();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Length: {length}\r\n\r\n"
        );
        if stream
            .get_mut()
            .write_all((head + NOTHING).as_bytes())
            .is_err()
        {
            return;
        }
    }
}
