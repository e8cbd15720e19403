//! TLS by rustls on ring, verified against the system's certificates (or `SSL_CERT_FILE`, `SSL_CERT_DIR`).
//!
//! The certificates are read once, when the first TLS connection is made, and on a thread that may block: a plain URL
//! never pays for them. Verification cannot be turned off.

use std::io;
use std::sync::Arc;

use rustls::{AlertDescription, CertificateError, ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::base::{Cause, Shown};
use crate::probe::ProbeError;
use crate::probe::net::{Address, told};

static SYSTEM: OnceCell<Arc<ClientConfig>> = OnceCell::const_new();

/// Whom we believe.
#[derive(Clone)]
pub(crate) enum Trust {
    /// What the system trusts.
    System,
}

/// The TLS handshake on a fresh connection.
pub(crate) async fn handshake(
    trust: &Trust,
    stream: TcpStream,
    address: &Address,
) -> Result<TlsStream<TcpStream>, ProbeError> {
    let config = match trust {
        Trust::System => SYSTEM.get_or_try_init(system).await?.clone(),
    };
    let name = rustls::pki_types::ServerName::try_from(address.host().to_owned())
        .map_err(|_| ProbeError::new(Cause::Tls, format!("TLS: {address} is no name that a certificate can hold")))?;
    TlsConnector::from(config).connect(name, stream).await.map_err(|error| why(&error, address))
}

async fn system() -> Result<Arc<ClientConfig>, ProbeError> {
    let config = tokio::task::spawn_blocking(|| {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        trusting(roots)
    });
    match config.await {
        Ok(Ok(config)) => Ok(config),
        Ok(Err(error)) => Err(ProbeError::new(Cause::Internal, format!("TLS: {error}"))),
        Err(_) => Err(ProbeError::new(Cause::Internal, "TLS: the system's certificates could not be read")),
    }
}

/// A configuration that trusts these roots.
pub(crate) fn trusting(roots: RootCertStore) -> Result<Arc<ClientConfig>, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// Which fault of TLS it is.
fn why(error: &io::Error, address: &Address) -> ProbeError {
    let told_by_rustls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let words = match told_by_rustls {
        Some(rustls::Error::InvalidCertificate(fault)) => certificate(fault),
        Some(rustls::Error::InvalidMessage(_)) => "the port does not speak TLS".to_owned(),
        Some(rustls::Error::AlertReceived(alert)) => format!("the server ended the handshake: {}", alert_words(*alert)),
        Some(other) => Shown::from_remote(&other.to_string()).into_string(),
        None if error.kind() == io::ErrorKind::UnexpectedEof => "the server hung up in the handshake".to_owned(),
        None => return told(error, address),
    };
    ProbeError::new(Cause::Tls, format!("TLS: {words} {address}"))
}

fn certificate(fault: &CertificateError) -> String {
    match fault {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "certificate expired".to_owned(),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "certificate not valid yet (is a clock wrong?)".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "certificate is for another host".to_owned()
        }
        CertificateError::UnknownIssuer => "certificate of an unknown issuer (own CA: set SSL_CERT_FILE)".to_owned(),
        CertificateError::Revoked => "certificate revoked".to_owned(),
        other => format!("certificate refused ({})", Shown::from_remote(&other.to_string())),
    }
}

fn alert_words(alert: AlertDescription) -> String {
    alert.as_str().map_or_else(|| "unknown alert".to_owned(), |name| name.replace('_', " "))
}
