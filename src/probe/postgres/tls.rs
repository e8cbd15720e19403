//! TLS inside the PostgreSQL protocol: the library asks the server for it, we make the handshake as for every probe.
//!
//! What `sslmode` means is libpq's: `prefer` and `require` encrypt, `verify-ca` and `verify-full` also verify whom they
//! talk to, name and all.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};

use crate::probe::ProbeError;
use crate::probe::net::{Address, Guarded, tls};

/// Makes the handshake.
pub(super) struct Handshake {
    /// Whose certificate it must be.
    pub(super) address: Address,
    /// See [`Target::verified`](super::target::Target::verified).
    pub(super) verified: bool,
}

/// A connection with TLS.
pub(super) struct Encrypted(tokio_rustls::client::TlsStream<Guarded>);

impl TlsConnect<Guarded> for Handshake {
    type Stream = Encrypted;
    type Error = ProbeError;
    type Future = Pin<Box<dyn Future<Output = Result<Encrypted, ProbeError>> + Send>>;

    fn connect(self, stream: Guarded) -> Self::Future {
        Box::pin(async move {
            let config = if self.verified { tls::system().await? } else { tls::unverified()? };
            tls::handshake(config, stream, &self.address).await.map(Encrypted)
        })
    }
}

impl TlsStream for Encrypted {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for Encrypted {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Encrypted {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().0).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_shutdown(cx)
    }
}
