//! A connection that counts what it reads: libraries that parse for us cannot be made to read without end, and we know
//! how a connection ended when the library no longer says.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// How much of an exchange's beginning is remembered.
const HEAD: usize = 512;

/// The connection itself.
pub(crate) enum Transport {
    /// Without TLS.
    Plain(TcpStream),
    /// With TLS.
    Tls(Box<TlsStream<TcpStream>>),
}

/// A guarded connection.
pub(crate) struct Guarded {
    transport: Transport,
    watch: Arc<Watch>,
}

/// What is known of a guarded connection from outside, while a library owns it.
#[derive(Default)]
pub(crate) struct Watch {
    left: AtomicU64,
    read: AtomicU64,
    over: AtomicBool,
    ended: AtomicBool,
    head: Mutex<Vec<u8>>,
}

impl Watch {
    /// Starts an exchange that may read at most `cap` bytes.
    pub(crate) fn begin(&self, cap: u64) {
        self.left.store(cap, Ordering::Relaxed);
        self.read.store(0, Ordering::Relaxed);
        self.head.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// True when the cap was met.
    pub(crate) fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    /// True when the other side ended the connection, in order or not.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    /// Bytes read in this exchange.
    pub(crate) fn read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// The first bytes that were read in this exchange.
    pub(crate) fn head(&self) -> Vec<u8> {
        self.head.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, bytes: &[u8]) {
        let count = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let left = self.left.load(Ordering::Relaxed);
        self.left.store(left.saturating_sub(count), Ordering::Relaxed);
        if self.read.fetch_add(count, Ordering::Relaxed) < HEAD as u64 {
            let mut head = self.head.lock().unwrap_or_else(PoisonError::into_inner);
            let room = HEAD.saturating_sub(head.len()).min(bytes.len());
            head.extend_from_slice(&bytes[..room]);
        }
    }
}

impl Guarded {
    /// Guards a connection; the cap holds from the first [`Watch::begin`] on.
    pub(crate) fn new(transport: Transport) -> Self {
        Self { transport, watch: Arc::default() }
    }

    /// The view from outside.
    pub(crate) fn watch(&self) -> Arc<Watch> {
        self.watch.clone()
    }
}

impl AsyncRead for Guarded {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.watch.left.load(Ordering::Relaxed) == 0 && this.watch.read() > 0 {
            this.watch.over.store(true, Ordering::Relaxed);
            return Poll::Ready(Err(io::Error::other("more than the cap")));
        }
        let before = buf.filled().len();
        let polled = match &mut this.transport {
            Transport::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Transport::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        };
        match &polled {
            Poll::Ready(Ok(())) if buf.filled().len() > before => this.watch.note(&buf.filled()[before..]),
            Poll::Ready(Ok(())) if buf.remaining() > 0 => this.watch.ended.store(true, Ordering::Relaxed),
            Poll::Ready(Err(_)) => this.watch.ended.store(true, Ordering::Relaxed),
            Poll::Ready(Ok(())) | Poll::Pending => {}
        }
        polled
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.get_mut().transport {
            Transport::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Transport::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().transport {
            Transport::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Transport::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().transport {
            Transport::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Transport::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
