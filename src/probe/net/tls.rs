//! TLS by rustls on ring, verified against the certificates that [`roots`](super::roots) finds.
//!
//! The certificates are read once, when the first TLS connection is made, and on a thread that may block: a plain URL
//! never pays for them. Only a PostgreSQL URL may do without verification, which is what its `sslmode` then says.

use std::fmt;
use std::io;
use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{
    ClientSessionMemoryCache, ClientSessionStore, Resumption, Tls12ClientSessionValue, Tls13ClientSessionValue,
};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, NamedGroup, RootCertStore, SignatureScheme,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::base::{Cause, Shown};
use crate::probe::ProbeError;
use crate::probe::net::{Address, roots, told};

static SYSTEM: OnceCell<Arc<ClientConfig>> = OnceCell::const_new();
static NONE: OnceLock<ClientConfig> = OnceLock::new();
static SESSIONS: OnceLock<Arc<ClientSessionMemoryCache>> = OnceLock::new();
/// Servers whose sessions are remembered, to be resumed without another certificate.
const MOST_SESSIONS: usize = 64;

/// The TLS handshake on a fresh connection.
pub(crate) async fn handshake<S: AsyncRead + AsyncWrite + Unpin>(
    config: Arc<ClientConfig>,
    stream: S,
    address: &Address,
) -> Result<TlsStream<S>, ProbeError> {
    let name = ServerName::try_from(address.host().to_owned()).map_err(|_| no_name(address))?;
    TlsConnector::from(config).connect(name, stream).await.map_err(|error| why(&error, address))
}

/// The configuration that trusts what the system trusts.
pub(crate) async fn system() -> Result<Arc<ClientConfig>, ProbeError> {
    SYSTEM.get_or_try_init(read_system).await.cloned()
}

async fn read_system() -> Result<Arc<ClientConfig>, ProbeError> {
    let config = tokio::task::spawn_blocking(|| {
        let roots = roots::trusted()?;
        trusting(roots).map_err(|error| error.to_string())
    });
    match config.await {
        Ok(Ok(config)) => Ok(config),
        Ok(Err(words)) => {
            let words = Shown::from_remote(&format!("TLS: {words}"));
            Err(ProbeError::new(Cause::Internal, words.into_string()))
        }
        Err(_) => Err(ProbeError::new(Cause::Internal, "TLS: the system's certificates could not be read")),
    }
}

/// The configuration of who will never use TLS: it trusts nobody, and costs no certificates.
pub(crate) fn none() -> Result<ClientConfig, ProbeError> {
    if let Some(none) = NONE.get() {
        return Ok(none.clone());
    }
    let trusting = trusting(RootCertStore::empty());
    let trusting = trusting.map_err(|error| ProbeError::new(Cause::Internal, format!("TLS: {error}")))?;
    Ok(NONE.get_or_init(|| with_sessions(&trusting, Resumption::disabled())).clone())
}

/// The configuration that encrypts and asks for nobody's name: for a protocol whose user chose that (`sslmode=require`).
pub(crate) fn unverified() -> Result<Arc<ClientConfig>, ProbeError> {
    let trusting = trusting(RootCertStore::empty());
    let trusting = trusting.map_err(|error| ProbeError::new(Cause::Internal, format!("TLS: {error}")))?;
    let mut config = ClientConfig::clone(&trusting);
    config.dangerous().set_certificate_verifier(Arc::new(Anybody(trusting.crypto_provider().clone())));
    Ok(Arc::new(config))
}

/// Takes every certificate, and holds its owner to it: the handshake must be signed by its key.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// A copy of a configuration that says when a handshake begins, for whoever does not make it himself. Sessions are
/// remembered for all copies together.
pub(crate) fn telling(config: &ClientConfig, begins: impl Fn() + Send + Sync + 'static) -> ClientConfig {
    let sessions = SESSIONS.get_or_init(|| Arc::new(ClientSessionMemoryCache::new(MOST_SESSIONS))).clone();
    with_sessions(config, Resumption::store(Arc::new(Telling { sessions, begins })))
}

fn with_sessions(config: &ClientConfig, sessions: Resumption) -> ClientConfig {
    let mut config = config.clone();
    config.resumption = sessions;
    config
}

/// The store of sessions is the first thing that a handshake asks: that is how it is noticed.
struct Telling<F> {
    sessions: Arc<ClientSessionMemoryCache>,
    begins: F,
}

impl<F> fmt::Debug for Telling<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sessions.fmt(f)
    }
}

impl<F: Fn() + Send + Sync> ClientSessionStore for Telling<F> {
    fn take_tls13_ticket(&self, server: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        (self.begins)();
        self.sessions.take_tls13_ticket(server)
    }

    fn set_kx_hint(&self, server: ServerName<'static>, group: NamedGroup) {
        self.sessions.set_kx_hint(server, group);
    }

    fn kx_hint(&self, server: &ServerName<'_>) -> Option<NamedGroup> {
        self.sessions.kx_hint(server)
    }

    fn set_tls12_session(&self, server: ServerName<'static>, session: Tls12ClientSessionValue) {
        self.sessions.set_tls12_session(server, session);
    }

    fn tls12_session(&self, server: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.sessions.tls12_session(server)
    }

    fn remove_tls12_session(&self, server: &ServerName<'static>) {
        self.sessions.remove_tls12_session(server);
    }

    fn insert_tls13_ticket(&self, server: ServerName<'static>, ticket: Tls13ClientSessionValue) {
        self.sessions.insert_tls13_ticket(server, ticket);
    }
}

/// A configuration that trusts these roots.
fn trusting(roots: RootCertStore) -> Result<Arc<ClientConfig>, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// Which fault of a handshake it is.
fn why(error: &io::Error, address: &Address) -> ProbeError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(fault) => failed(fault, address),
        None if error.kind() == io::ErrorKind::UnexpectedEof => hung_up(address),
        None => told(error, address),
    }
}

/// A fault of TLS, told.
pub(crate) fn failed(fault: &rustls::Error, address: &Address) -> ProbeError {
    let words = match fault {
        rustls::Error::InvalidCertificate(fault) => certificate(fault),
        rustls::Error::InvalidMessage(_) => "the port does not speak TLS".to_owned(),
        rustls::Error::AlertReceived(alert) => format!("the server ended the handshake: {}", alert_words(*alert)),
        other => Shown::from_remote(&other.to_string()).into_string(),
    };
    ProbeError::new(Cause::Tls, format!("TLS: {words} {address}"))
}

/// The end of the connection before that of the handshake.
pub(crate) fn hung_up(address: &Address) -> ProbeError {
    ProbeError::new(Cause::Tls, format!("TLS: the server hung up in the handshake {address}"))
}

/// A host that cannot be asked for by TLS.
pub(crate) fn no_name(address: &Address) -> ProbeError {
    ProbeError::new(Cause::Tls, format!("TLS: {address} is no name that a certificate can hold"))
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

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
    use rustls::ServerConfig;
    use rustls::pki_types::PrivateKeyDer;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};
    use tokio_rustls::TlsAcceptor;

    use super::*;

    type Authority = CertifiedIssuer<'static, KeyPair>;

    fn authority(name: &str) -> Authority {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
    }

    /// A server with a certificate for `name`, valid over these years.
    fn acceptor(authority: &Authority, name: &str, years: (i32, i32)) -> TlsAcceptor {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        (params.not_before, params.not_after) = (date_time_ymd(years.0, 1, 1), date_time_ymd(years.1, 1, 1));
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, authority).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()));
        TlsAcceptor::from(Arc::new(config.unwrap()))
    }

    fn client(authority: &Authority) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(authority.der().clone()).unwrap();
        trusting(roots).unwrap()
    }

    /// Our side of a handshake, as `localhost`.
    async fn shake(config: Arc<ClientConfig>, acceptor: TlsAcceptor) -> Result<(), String> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = async {
            let (stream, _) = listener.accept().await.unwrap();
            // its failure is the client's as well, which is looked at
            let _ = acceptor.accept(stream).await;
        };
        let ours = async {
            let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            handshake(config, stream, &Address::new("localhost", port)).await
        };
        let ((), ended) = tokio::join!(server, ours);
        match ended {
            Ok(_) => Ok(()),
            Err(error) => {
                assert_eq!(error.cause, Cause::Tls);
                Err(error.text.replace(&port.to_string(), "port"))
            }
        }
    }

    #[tokio::test]
    async fn faults_of_certificates_are_told_apart() {
        let (ours, other) = (authority("ours"), authority("other"));
        let now = (2020, 2200);
        assert_eq!(shake(client(&ours), acceptor(&ours, "localhost", now)).await, Ok(()));
        for (acceptor, words) in [
            (acceptor(&ours, "localhost", (2020, 2021)), "certificate expired"),
            (acceptor(&ours, "localhost", (2199, 2200)), "certificate not valid yet (is a clock wrong?)"),
            (acceptor(&ours, "elsewhere", now), "certificate is for another host"),
            (acceptor(&other, "localhost", now), "certificate of an unknown issuer (own CA: set SSL_CERT_FILE)"),
        ] {
            assert_eq!(shake(client(&ours), acceptor).await, Err(format!("TLS: {words} localhost:port")));
        }
        let system = system().await.unwrap();
        let unknown = "TLS: certificate of an unknown issuer (own CA: set SSL_CERT_FILE) localhost:port";
        assert_eq!(shake(system, acceptor(&ours, "localhost", now)).await, Err(unknown.to_owned()));
    }

    #[tokio::test]
    async fn a_port_without_tls_is_told_as_such() {
        for (answer, words) in [
            (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], "TLS: the port does not speak TLS"),
            (b"", "TLS: the server hung up in the handshake"),
        ] {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let server = async {
                let (mut stream, _) = listener.accept().await.unwrap();
                let _ = stream.read(&mut [0; 4096]).await;
                stream.write_all(answer).await.unwrap();
            };
            let ours = async {
                let stream = TcpStream::connect(address).await.unwrap();
                handshake(client(&authority("ours")), stream, &Address::new("127.0.0.1", address.port())).await
            };
            let ((), ended) = tokio::join!(server, ours);
            assert_eq!(ended.map(drop).unwrap_err(), ProbeError::new(Cause::Tls, format!("{words} {address}")));
        }
    }
}
