//! HTTP/1.1 on one connection of the component's own, by hyper: no pool, so no redirects, no proxy, and at most one request
//! in flight by construction.
//!
//! **Idle connections.** A server that serves one connection at a time (Python's `HTTPServer` with HTTP/1.1) is blocked for
//! everybody by a connection that we merely keep. So a connection is kept only where `keep_alive` says so or under TLS,
//! which such servers do not end themselves; otherwise the last request of a poll says `Connection: close`. A fresh
//! loopback connection costs some 40 us of CPU a poll.

use std::error::Error as _;
use std::sync::Arc;

use hyper::Request;
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper::header::{CONNECTION, HeaderMap, HeaderValue};
use hyper_util::rt::TokioIo;
use tokio::task::JoinHandle;

use crate::base::{Cause, Shown};
use crate::probe::ProbeError;
use crate::probe::deadline::Deadline;
use crate::probe::http::decode::Decoder;
use crate::probe::http::target::Target;
use crate::probe::net::{Address, Dialer, Watch, told};

/// The most that status line and headers may take.
const HEAD_CAP: usize = 64 * 1024;
/// The most headers.
const MOST_HEADERS: usize = 100;
/// The most that is read from the socket for one answer: a body at its cap with what chunks add to it. It also ends a
/// storm of 1xx answers.
const RAW_CAP: u64 = 2 * 1024 * 1024;

/// An answer, read to its end.
pub(super) struct Reply {
    /// Status code.
    pub(super) status: u16,
    /// Headers.
    pub(super) headers: HeaderMap,
    /// Body, unpacked.
    pub(super) body: Vec<u8>,
}

/// The connection to one origin.
pub(super) struct Wire {
    dialer: Dialer,
    tls: bool,
    keep: bool,
    live: Option<Live>,
}

/// An open connection. Dropping it closes the socket.
struct Live {
    sender: SendRequest<String>,
    watch: Arc<Watch>,
    driver: JoinHandle<()>,
}

impl Drop for Live {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Wire {
    /// A wire that connects when it is needed; kept between polls or not.
    pub(super) fn new(dialer: Dialer, tls: bool, keep: bool) -> Self {
        Self { dialer, tls, keep, live: None }
    }

    /// True when it leads there.
    pub(super) fn is_to(&self, address: &Address, tls: bool) -> bool {
        self.dialer.address() == address && self.tls == tls
    }

    /// Host and port.
    pub(super) fn address(&self) -> &Address {
        self.dialer.address()
    }

    /// Nothing more is asked in this poll: closes a connection that is not kept.
    pub(super) fn rest(&mut self) {
        if !self.keep {
            self.live = None;
        }
    }

    /// Asks and reads the answer. `last` is true of the last request of a poll.
    pub(super) async fn get(&mut self, target: &Target, last: bool, deadline: &Deadline) -> Result<Reply, ProbeError> {
        let close = last && !self.keep;
        // taken out, not borrowed: a poll that is cancelled half-way leaves no half-read connection behind
        if let Some(kept) = self.live.take() {
            let watch = kept.watch.clone();
            match kept.exchange(target, close, self.dialer.address(), deadline).await {
                // closed by the server since: a GET may be sent again
                Err(error) if error.cause == Cause::ConnectionLost && watch.read() == 0 => {}
                ended => return self.keep(ended, close),
            }
        }
        let fresh = self.open(deadline).await?;
        let ended = fresh.exchange(target, close, self.dialer.address(), deadline).await;
        self.keep(ended, close)
    }

    fn keep(&mut self, ended: Result<(Live, Reply), ProbeError>, close: bool) -> Result<Reply, ProbeError> {
        let (live, reply) = ended?;
        self.live = Some(live).filter(|_| !close);
        Ok(reply)
    }

    async fn open(&mut self, deadline: &Deadline) -> Result<Live, ProbeError> {
        let stream = self.dialer.open(deadline).await?;
        let watch = stream.watch();
        let address = self.dialer.address();
        let (sender, connection) = Builder::new()
            .max_headers(MOST_HEADERS)
            .max_buf_size(HEAD_CAP)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| failed(&error, &watch, address))?;
        // its end is told to whoever waits for the answer
        let driver = tokio::spawn(async move { drop(connection.await) });
        Ok(Live { sender, watch, driver })
    }
}

impl Live {
    async fn exchange(
        mut self,
        target: &Target,
        close: bool,
        address: &Address,
        deadline: &Deadline,
    ) -> Result<(Live, Reply), ProbeError> {
        self.watch.begin(RAW_CAP);
        let request = request(target, close)?;
        let answered = async {
            self.sender.ready().await?;
            self.sender.send_request(request).await
        };
        let response =
            deadline.within("response", address, answered).await?.map_err(|e| failed(&e, &self.watch, address))?;
        let (parts, body) = response.into_parts();
        let decoder = Decoder::new(&parts.headers, address)?;
        let read = read(body, decoder, &self.watch, address);
        let body = deadline.within("body", address, read).await??;
        Ok((self, Reply { status: parts.status.as_u16(), headers: parts.headers, body }))
    }
}

fn request(target: &Target, close: bool) -> Result<Request<String>, ProbeError> {
    let built = Request::get(target.path()).body(String::new());
    let mut request = built.map_err(|_| ProbeError::new(Cause::Malformed, "the URL's path cannot be sent"))?;
    request.headers_mut().clone_from(target.headers());
    if close {
        request.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(request)
}

async fn read(
    mut body: Incoming,
    mut decoder: Decoder,
    watch: &Watch,
    address: &Address,
) -> Result<Vec<u8>, ProbeError> {
    while let Some(frame) = next_frame(&mut body).await {
        decoder.push(&frame.map_err(|error| failed(&error, watch, address))?)?;
    }
    decoder.finish()
}

/// The next piece of the body; trailers are passed over.
async fn next_frame(body: &mut Incoming) -> Option<Result<Bytes, hyper::Error>> {
    loop {
        let frame = std::future::poll_fn(|cx| std::pin::Pin::new(&mut *body).poll_frame(cx)).await?;
        match frame.map(hyper::body::Frame::into_data) {
            Ok(Ok(data)) => return Some(Ok(data)),
            Ok(Err(_trailers)) => {}
            Err(error) => return Some(Err(error)),
        }
    }
}

/// Which fault of HTTP it is.
fn failed(error: &hyper::Error, watch: &Watch, address: &Address) -> ProbeError {
    let io = error.source().and_then(|source| source.downcast_ref::<std::io::Error>());
    let malformed = |what: &str| ProbeError::new(Cause::Malformed, format!("malformed: {what} from {address}"));
    if watch.is_over() {
        return ProbeError::new(Cause::TooLarge, format!("too large: answer above 2 MiB from {address}"));
    }
    if error.is_parse_too_large() {
        let words = format!("too large: headers above {} KiB or {MOST_HEADERS} from {address}", HEAD_CAP / 1024);
        return ProbeError::new(Cause::TooLarge, words);
    }
    if error.is_parse() {
        let head = watch.head();
        // a TLS record: alert or handshake
        if matches!(head.as_slice(), [0x15 | 0x16, 0x03, ..]) {
            return malformed("TLS where http:// was asked for (write https://)");
        }
        let says: String = String::from_utf8_lossy(&head).chars().take(40).collect();
        return malformed(&format!("not HTTP, '{}'", Shown::from_remote(&says)));
    }
    match io {
        // hyper tells a bad chunk as invalid input or data, an end that came too early as such
        Some(io) if matches!(io.kind(), std::io::ErrorKind::InvalidInput | std::io::ErrorKind::InvalidData) => {
            malformed("bad chunks")
        }
        Some(io) => told(io, address),
        None => ProbeError::new(Cause::ConnectionLost, format!("connection lost {address}")),
    }
}
