//! Who may update this box: a bundle's manifest is signed (Ed25519) with a key whose other
//! half lies in a folder of this box.

use crate::bundle::contents::{Bundle, hex};
use anyhow::{Context, bail, ensure};
use ring::signature::{ED25519, Ed25519KeyPair, UnparsedPublicKey};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{PrivatePkcs8KeyDer, SubjectPublicKeyInfoDer};
use std::path::{Path, PathBuf};

/// What a public key of Ed25519 begins with (RFC 8410).
const PREFIX: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// The signature of `text` with the private key in `key_file` (PKCS#8, PEM), as it lies in a
/// bundle.
///
/// # Errors
/// There is no such key.
pub fn sign(text: &[u8], key_file: &Path) -> anyhow::Result<String> {
    let not_one = || format!("`{}` holds no private Ed25519 key", key_file.display());
    let der = PrivatePkcs8KeyDer::from_pem_file(key_file).with_context(not_one)?;
    // `openssl genpkey` leaves the public half out.
    let key = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.secret_pkcs8_der());
    let key = key.map_err(|_| anyhow::anyhow!(not_one()))?;
    Ok(hex(key.sign(text).as_ref()) + "\n")
}

/// The name of the key in `folder` that the bundle's manifest is signed with.
///
/// # Errors
/// It is signed with none of them, or not at all.
pub fn check(bundle: &Bundle, folder: &Path) -> anyhow::Result<String> {
    let keys = keys(folder)?;
    ensure!(
        !keys.is_empty(),
        "this box trusts nobody's updates: put a public key (PEM) into `{}`",
        folder.display()
    );
    let Some(signature) = &bundle.signature else {
        bail!("the bundle is not signed");
    };
    let signature = std::str::from_utf8(signature).ok().and_then(bytes);
    let signature = signature.context("the bundle's signature is none")?;
    let is_by = |key: &[u8]| {
        let key = UnparsedPublicKey::new(&ED25519, key);
        key.verify(&bundle.manifest_text, &signature).is_ok()
    };
    let signer = keys.into_iter().find(|(_, key)| is_by(key));
    let (path, _) = signer
        .with_context(|| format!("the bundle is signed with no key of `{}`", folder.display()))?;
    let name = path.file_stem().unwrap_or_default();
    Ok(name.to_string_lossy().into_owned())
}

fn keys(folder: &Path) -> anyhow::Result<Vec<(PathBuf, Vec<u8>)>> {
    let Ok(listed) = std::fs::read_dir(folder) else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for entry in listed {
        let path = entry?.path();
        if path.extension().is_some_and(|it| it == "pem") {
            let key = public(&path)
                .with_context(|| format!("`{}` holds no public Ed25519 key", path.display()))?;
            found.push((path, key));
        }
    }
    Ok(found)
}

fn public(path: &Path) -> Option<Vec<u8>> {
    let der = SubjectPublicKeyInfoDer::from_pem_file(path).ok()?;
    let key = der.strip_prefix(&PREFIX)?;
    (key.len() == 32).then(|| key.to_vec())
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    let digits = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    (0..text.len()).step_by(2).map(digits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_key_is_named_and_nothing_is_taken_on_trust() {
        let folder = tempfile::tempdir().unwrap();
        assert!(keys(&folder.path().join("none")).unwrap().is_empty());
        let path = folder.path().join("vendor.pem");
        std::fs::write(
            &path,
            "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        )
        .unwrap();
        let words = keys(folder.path()).unwrap_err().to_string();
        assert!(words.contains("vendor.pem"), "{words}");
        let words = sign(b"text", &path).unwrap_err().to_string();
        assert!(words.contains("no private Ed25519 key"), "{words}");
    }

    #[test]
    fn digits_are_bytes_and_nothing_else_is() {
        assert_eq!(bytes("00ff\n"), Some(vec![0, 255]));
        for wrong in ["0", "zz", "ä0"] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
    }
}
