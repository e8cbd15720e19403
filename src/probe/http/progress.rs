//! How far an exchange has come. The library tells what went wrong, and not what it was at when time ran out; so the
//! places where it calls us (the resolver, the connector, the store of TLS sessions) leave a mark here.
//!
//! One component has one request in flight at most, so one cell is enough for all of its exchanges.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::task::{Context, Poll};

use tower::{Layer, Service};

use crate::probe::ProbeError;
use crate::probe::deadline::Deadline;
use crate::probe::net::{self, Address};

/// What an exchange waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Stage {
    /// The addresses of a name.
    Dns,
    /// A TCP connection.
    Connect,
    /// The TLS handshake.
    Tls,
    /// Status line and headers.
    Response,
    /// The body.
    Body,
}

impl Stage {
    const ALL: [Self; 5] = [Self::Dns, Self::Connect, Self::Tls, Self::Response, Self::Body];

    fn word(self) -> &'static str {
        match self {
            Self::Dns => "DNS",
            Self::Connect => "connect",
            Self::Tls => "TLS handshake",
            Self::Response => "response",
            Self::Body => "body",
        }
    }
}

/// Where the exchange of one component is.
#[derive(Debug)]
pub(super) struct Progress {
    stage: AtomicU8,
    is_fresh: AtomicBool,
}

impl Progress {
    /// Before the first exchange.
    pub(super) fn new() -> Self {
        Self { stage: AtomicU8::new(Stage::Response as u8), is_fresh: AtomicBool::new(true) }
    }

    /// An exchange begins, on a kept connection until the connector is called.
    pub(super) fn begin(&self) {
        self.reach(Stage::Response);
        self.is_fresh.store(false, Ordering::Relaxed);
    }

    /// It has come that far.
    pub(super) fn reach(&self, stage: Stage) {
        self.stage.store(stage as u8, Ordering::Relaxed);
    }

    /// Where it is.
    pub(super) fn stage(&self) -> Stage {
        Stage::ALL.get(usize::from(self.stage.load(Ordering::Relaxed))).copied().unwrap_or(Stage::Response)
    }

    /// True when it has its own connection, and not one that was kept.
    pub(super) fn is_fresh(&self) -> bool {
        self.is_fresh.load(Ordering::Relaxed)
    }

    /// What it means that time is up now.
    pub(super) fn expired(&self, deadline: &Deadline, address: &Address) -> ProbeError {
        match self.stage() {
            Stage::Dns => net::no_answer(address, deadline),
            stage => deadline.expired(stage.word(), address),
        }
    }
}

/// Marks when the library connects and has connected.
#[derive(Clone)]
pub(super) struct Marked<S = ()> {
    progress: Arc<Progress>,
    connector: S,
}

impl Marked {
    /// The layer around the library's connector.
    pub(super) fn layer(progress: Arc<Progress>) -> Self {
        Self { progress, connector: () }
    }
}

impl<S> Layer<S> for Marked {
    type Service = Marked<S>;

    fn layer(&self, connector: S) -> Marked<S> {
        Marked { progress: self.progress.clone(), connector }
    }
}

impl<S, Request> Service<Request> for Marked<S>
where
    S: Service<Request, Future: Send + 'static>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.connector.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let progress = self.progress.clone();
        progress.is_fresh.store(true, Ordering::Relaxed);
        progress.reach(Stage::Connect);
        let connecting = self.connector.call(request);
        Box::pin(async move {
            let connected = connecting.await?;
            progress.reach(Stage::Response);
            Ok(connected)
        })
    }
}
