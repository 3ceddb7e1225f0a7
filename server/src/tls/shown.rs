//! The certificate that this server shows, and its key: two PEM files, read again when they change.
//!
//! Whoever renews certificates replaces the files and is done: connections that are open stay, new
//! ones are shown the new certificate. Files that are of no use leave the last good pair in place.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum_server::tls_rustls::RustlsConfig;
use lockstep_proto::Timestamp;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::Ticketer;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest as _, Sha256};
use x509_cert::Certificate;
use x509_cert::der::Decode as _;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

use super::{TlsError, provider};
use crate::telemetry::metric::CERTIFICATE_ENDS;

/// How often the files are looked at.
const LOOKED_AT_EVERY: Duration = Duration::from_secs(5);
/// A chain and a key are a few kilobytes.
const FILE_MAX: u64 = 256 * 1024;
/// As every limit of ours is made for: a connection carries one request at a time, or a WebSocket.
const SPOKEN: &[u8] = b"http/1.1";

/// Where they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// The certificate, and after it those between it and its authority.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

/// A certificate and its key, as they were read.
pub struct Shown {
    files: Files,
    /// For new connections.
    pub config: Arc<ServerConfig>,
    /// The first name that it is for, where that is one name.
    pub name: Option<String>,
    /// From this moment on nobody takes it.
    pub ends: Timestamp,
    /// Of both files.
    digest: [u8; 32],
}

impl Files {
    /// Reads both.
    pub fn read(&self) -> Result<Shown, TlsError> {
        let (certificate, key) = (read(&self.certificate)?, self.read_key()?);
        self.understand(&certificate, &key)
    }

    fn read_key(&self) -> Result<Vec<u8>, TlsError> {
        let mode = fs::metadata(&self.key).map_err(|why| unreadable(&self.key, &why))?;
        if mode.permissions().mode() & 0o007 != 0 {
            return Err(TlsError::Open(self.key.clone()));
        }
        read(&self.key)
    }

    fn understand(&self, certificate: &[u8], key: &[u8]) -> Result<Shown, TlsError> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificate).collect();
        let chain = chain.map_err(|why| unreadable(&self.certificate, &why))?;
        let own = chain
            .first()
            .ok_or_else(|| unreadable(&self.certificate, &"it has no certificate"))?;
        let (name, ends) = said_by(own).map_err(|why| unreadable(&self.certificate, &why))?;
        let private =
            PrivateKeyDer::from_pem_slice(key).map_err(|why| unreadable(&self.key, &why))?;
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, private)
            .map_err(|why| TlsError::Pair(self.certificate.clone(), why))?;
        config.alpn_protocols = vec![SPOKEN.to_vec()];
        // A whole district comes back at once: a resumed session costs no signature.
        config.ticketer = Ticketer::new()?;
        Ok(Shown {
            files: self.clone(),
            config: Arc::new(config),
            name,
            ends,
            digest: digest(certificate, key),
        })
    }
}

impl Shown {
    /// Whether it is of no use any more.
    #[must_use]
    pub fn has_ended(&self, now: Timestamp) -> bool {
        self.ends <= now
    }
}

fn unreadable(file: &Path, why: &dyn std::fmt::Display) -> TlsError {
    TlsError::File(file.to_owned(), why.to_string())
}

fn read(file: &Path) -> Result<Vec<u8>, TlsError> {
    let size = fs::metadata(file)
        .map_err(|why| unreadable(file, &why))?
        .len();
    if size > FILE_MAX {
        return Err(unreadable(file, &"it is larger than 256 KiB"));
    }
    fs::read(file).map_err(|why| unreadable(file, &why))
}

fn digest(certificate: &[u8], key: &[u8]) -> [u8; 32] {
    let parts = [Sha256::digest(certificate), Sha256::digest(key)];
    Sha256::digest(parts.concat()).into()
}

/// The first name that a certificate is for, unless it stands for many, and when it ends.
fn said_by(der: &CertificateDer<'_>) -> Result<(Option<String>, Timestamp), x509_cert::der::Error> {
    let certificate = Certificate::from_der(der)?.tbs_certificate;
    let names = certificate.get::<SubjectAltName>()?;
    let name = names.and_then(|(_, SubjectAltName(names))| {
        names.into_iter().find_map(|name| {
            let GeneralName::DnsName(name) = name else {
                return None;
            };
            let one = !name.as_str().contains('*');
            one.then(|| name.to_string())
        })
    });
    let ends = certificate.validity.not_after.to_unix_duration().as_secs();
    let ends = i64::try_from(ends)
        .ok()
        .and_then(|ends| Timestamp::from_second(ends).ok());
    // One that never ends says so with the year 9999, which is the last that there is.
    Ok((name, ends.unwrap_or(Timestamp::MAX)))
}

/// Looks at the files again and again, and shows what is in them. Says once of each pair that is of
/// no use why.
pub async fn keep_showing(mut shown: Shown, config: RustlsConfig) {
    let mut every = tokio::time::interval(LOOKED_AT_EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut refused = String::new();
    tell(&shown);
    loop {
        every.tick().await;
        let files = shown.files.clone();
        let Ok(read) = tokio::task::spawn_blocking(move || files.read()).await else {
            continue;
        };
        match read {
            Ok(same) if same.digest == shown.digest => refused.clear(),
            Ok(another) => {
                refused.clear();
                tell(&another);
                tracing::info!(ends = %another.ends, "another certificate is shown from now on");
                config.reload_from_config(Arc::clone(&another.config));
                shown = another;
            }
            Err(error) => {
                let why = error.to_string();
                if refused != why {
                    tracing::error!(%error, "the certificate of before is shown on");
                    refused = why;
                }
            }
        }
    }
}

fn tell(shown: &Shown) {
    metrics::gauge!(CERTIFICATE_ENDS).set(shown.ends.as_second() as f64);
}
