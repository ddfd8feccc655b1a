//! The kiosk's certificate, read again when its files change, so that a renewed one needs
//! no restart; and, where the clinic wants it, only clients with certificates of their own.

use crate::config::TlsFiles;
use anyhow::Context;
use axum_server::tls_rustls::RustlsConfig;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, crypto};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio_util::sync::CancellationToken;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// What is served with, and where it came from.
pub struct Tls {
    files: TlsFiles,
    config: RustlsConfig,
    /// Of the files, when they were read.
    changed: Vec<Option<SystemTime>>,
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// One cannot be read, or they do not belong together.
    pub fn read(files: TlsFiles) -> anyhow::Result<Self> {
        let changed = changed(&files);
        let config = RustlsConfig::from_config(read(&files)?);
        Ok(Self {
            files,
            config,
            changed,
        })
    }

    /// For a server; follows what is read later.
    pub fn config(&self) -> RustlsConfig {
        self.config.clone()
    }

    /// Reads the files again when they have changed, until `stop`. Files that are no use
    /// are reported, and what was read before is served on.
    pub async fn keep_fresh(mut self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(LOOK_EVERY) => self.look(),
            }
        }
    }

    fn look(&mut self) {
        let found = changed(&self.files);
        if found == self.changed {
            return;
        }
        self.changed = found;
        match read(&self.files) {
            Ok(config) => {
                self.config.reload_from_config(config);
                log::info!("the certificate was renewed");
            }
            Err(error) => {
                log::error!(reason = format!("{error:#}").as_str(); "a new certificate is no use; the old one is served");
            }
        }
    }
}

fn changed(files: &TlsFiles) -> Vec<Option<SystemTime>> {
    [
        Some(&files.certificate),
        Some(&files.private_key),
        files.client_ca.as_ref(),
    ]
    .into_iter()
    .flatten()
    .map(|path| std::fs::metadata(path).and_then(|it| it.modified()).ok())
    .collect()
}

fn read(files: &TlsFiles) -> anyhow::Result<Arc<ServerConfig>> {
    // One provider for the whole process; a second call finds it there.
    let _ = crypto::ring::default_provider().install_default();
    let builder = match &files.client_ca {
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates(authority)? {
                roots
                    .add(certificate)
                    .with_context(|| format!("trust `{}`", authority.display()))?;
            }
            let verifier = WebPkiClientVerifier::builder(Arc::new(roots))
                .build()
                .with_context(|| format!("trust `{}`", authority.display()))?;
            ServerConfig::builder().with_client_cert_verifier(verifier)
        }
        None => ServerConfig::builder().with_no_client_auth(),
    };
    let key = PrivateKeyDer::from_pem_file(&files.private_key)
        .with_context(|| format!("read the private key `{}`", files.private_key.display()))?;
    let mut config = builder
        .with_single_cert(certificates(&files.certificate)?, key)
        .with_context(|| format!("use the certificate `{}`", files.certificate.display()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn certificates(path: &Path) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let read = || -> Result<Vec<_>, rustls::pki_types::pem::Error> {
        CertificateDer::pem_file_iter(path)?.collect()
    };
    let certificates =
        read().with_context(|| format!("read the certificates `{}`", path.display()))?;
    anyhow::ensure!(
        !certificates.is_empty(),
        "`{}` holds no certificate",
        path.display()
    );
    Ok(certificates)
}
