//! Certificates made for one test: an authority of our own, and servers that it vouches for.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// An authority.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A server's certificate with its key.
pub(crate) struct Vouched {
    certificate: CertificateDer<'static>,
    key: Vec<u8>,
}

impl Authority {
    /// An authority that nobody knows yet.
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a certificate"))
    }

    /// Writes its certificate, for those who shall trust it.
    pub(crate) fn write(&self, folder: &Path) -> PathBuf {
        write(folder, "roots.pem", "CERTIFICATE", self.0.der())
    }

    /// A certificate for a host, valid over these years.
    pub(crate) fn vouch(&self, host: &str, years: (i32, i32)) -> Vouched {
        let mut params = CertificateParams::new([host.to_owned()]).expect("a host's name");
        (params.not_before, params.not_after) = (date_time_ymd(years.0, 1, 1), date_time_ymd(years.1, 1, 1));
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.0).expect("a certificate").der().clone();
        Vouched { certificate, key: key.serialize_der() }
    }
}

impl Vouched {
    /// For a server of our own.
    pub(crate) fn server_config(&self) -> Arc<ServerConfig> {
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the versions of the provider")
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate.clone()], PrivateKeyDer::Pkcs8(self.key.clone().into()));
        Arc::new(config.expect("a certificate with its key"))
    }

    /// Writes certificate and key, for a server that reads files.
    pub(crate) fn write(&self, folder: &Path) -> (PathBuf, PathBuf) {
        (
            write(folder, "server.pem", "CERTIFICATE", &self.certificate),
            write(folder, "server.key", "PRIVATE KEY", &self.key),
        )
    }
}

fn write(folder: &Path, name: &str, label: &str, der: &[u8]) -> PathBuf {
    let path = folder.join(name);
    let base64 = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> = (0..base64.len()).step_by(64).map(|at| &base64[at..base64.len().min(at + 64)]).collect();
    let pem = format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"));
    std::fs::write(&path, pem).expect("a PEM file");
    path
}
