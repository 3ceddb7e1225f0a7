//! TLS: towards other servers, whose certificates and names it always checks, and what this one
//! shows of itself.

mod shown;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

pub use shown::{Files, Shown, keep_showing};

/// Why TLS cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file of certificates or keys is of no use.
    #[error("{0} cannot be read: {1}")]
    File(PathBuf, String),
    /// Others may read the key.
    #[error(
        "the key {0} may be read by everybody on this machine: run `chmod 640 {0}`, and have \
         another made, for this one may be known"
    )]
    Open(PathBuf),
    /// Certificate and key are of no use together.
    #[error("the certificate {0} and its key cannot be used: {1}")]
    Pair(PathBuf, rustls::Error),
    /// The library does not do what is asked.
    #[error("TLS cannot be used: {0}")]
    Library(#[from] rustls::Error),
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// How a client asks. `ca`: the certificates (PEM) to trust in place of the machine's own.
pub fn client(ca: Option<&Path>) -> Result<ClientConfig, TlsError> {
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots(ca)?)
        .with_no_client_auth();
    Ok(config)
}

fn roots(ca: Option<&Path>) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    let Some(file) = ca else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        return Ok(roots);
    };
    let unreadable = |why: String| TlsError::File(file.to_owned(), why);
    for certificate in
        CertificateDer::pem_file_iter(file).map_err(|why| unreadable(why.to_string()))?
    {
        let certificate = certificate.map_err(|why| unreadable(why.to_string()))?;
        roots
            .add(certificate)
            .map_err(|why| unreadable(why.to_string()))?;
    }
    if roots.is_empty() {
        return Err(unreadable("it has no certificate".to_owned()));
    }
    Ok(roots)
}
