//! The client of one component: `reqwest`, set up so that it does what we ask and nothing else: no redirects, no proxy, no
//! repeated request, our resolver, our roots.
//!
//! **One client for each component, not one for all.** Resolver, pool and the marks of where a request is then belong to one
//! component, and there is nothing by which one could block another. It costs 3 KiB and is built at the first poll; the
//! roots of TLS, 1.4 MiB of them, are read once for all, at the first poll of an `https` URL.
//!
//! **Idle connections.** A server that serves one connection at a time (Python's `HTTPServer` with HTTP/1.1) is blocked for
//! everybody by a connection that we merely keep. So a connection is kept only where `keep_alive` says so or under TLS,
//! which such servers do not end themselves; otherwise the last request of a poll says `Connection: close`, and a client
//! that may hold one all the same is thrown away with it.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Client;
use reqwest::redirect::Policy;

use crate::base::Cause;
use crate::probe::ProbeError;
use crate::probe::deadline::Deadline;
use crate::probe::http::exchange::{self, Reply};
use crate::probe::http::names::{Names, Origin};
use crate::probe::http::progress::{Marked, Progress, Stage};
use crate::probe::http::target::Target;
use crate::probe::net::{Address, tls};

/// How often other tasks are let run so that a connection comes back to the pool: it does so in a task of its own, after
/// the body was read.
const TURNS: usize = 4;

/// Carries requests to the origins of one component.
pub(super) struct Courier {
    origins: Vec<Origin>,
    /// By origin: a connection that is not to be kept may be open.
    open: Vec<bool>,
    /// The most that a poll may take, and so a connection.
    budget: Duration,
    progress: Arc<Progress>,
    client: Option<Client>,
}

impl Courier {
    /// A courier that connects when it is needed.
    pub(super) fn new(origins: Vec<Origin>, budget: Duration) -> Self {
        let open = vec![false; origins.len()];
        Self { origins, open, budget, progress: Arc::new(Progress::new()), client: None }
    }

    /// Where a target is.
    pub(super) fn address(&self, target: &Target) -> &Address {
        &self.origins[target.origin()].address
    }

    /// Makes the client where there is none yet, so that it does not count as the server's time.
    pub(super) async fn prepare(&mut self, target: &Target, deadline: &Deadline) -> Result<(), ProbeError> {
        if self.client.is_none() {
            let built = deadline.bound(build(&self.origins, self.budget, &self.progress)).await;
            self.client = Some(built.ok_or_else(|| deadline.expired("certificates", self.address(target)))??);
        }
        Ok(())
    }

    /// Asks and reads the answer. `last` is true of the last request of a poll to this origin.
    pub(super) async fn get(&mut self, target: &Target, last: bool, deadline: &Deadline) -> Result<Reply, ProbeError> {
        self.prepare(target, deadline).await?;
        let Some(client) = &self.client else {
            return Err(ProbeError::new(Cause::Internal, "no HTTP client"));
        };
        let origin = &self.origins[target.origin()];
        let close = last && !origin.keep;
        let reply = exchange::get(client, target, origin, close, &self.progress, deadline).await?;
        self.open[target.origin()] = !origin.keep && !close;
        if !last {
            for _ in 0..TURNS {
                tokio::task::yield_now().await;
            }
        }
        Ok(reply)
    }

    /// The poll is over: nothing stays open that is not to be kept.
    pub(super) fn rest(&mut self) {
        if self.open.contains(&true) {
            self.client = None;
            self.open.fill(false);
        }
    }
}

/// A client for these origins, whose connections are made within this time.
pub(super) async fn build(
    origins: &[Origin],
    budget: Duration,
    progress: &Arc<Progress>,
) -> Result<Client, ProbeError> {
    let marks = progress.clone();
    let trust = if origins.iter().any(|origin| origin.tls) {
        tls::telling(&*tls::system().await?, move || marks.reach(Stage::Tls))
    } else {
        tls::none()?
    };
    let built = Client::builder()
        .tls_backend_preconfigured(trust)
        .tls_info(origins.iter().any(|origin| origin.tls))
        .dns_resolver(Names::of(origins, progress.clone()))
        .connector_layer(Marked::layer(progress.clone()))
        .no_proxy()
        .redirect(Policy::none())
        .referer(false)
        .retry(reqwest::retry::never().max_retries_per_request(0))
        // split over the addresses of a name, so that a dead one does not cost the poll
        .connect_timeout(budget)
        // a kept connection is told to be dead by the request on it; no timers in between
        .pool_idle_timeout(None)
        .pool_max_idle_per_host(1)
        .tcp_keepalive(None)
        .tcp_keepalive_interval(None)
        .tcp_keepalive_retries(None)
        .tcp_user_timeout(None)
        .build();
    built.map_err(|error| ProbeError::new(Cause::Internal, format!("no HTTP client: {}", error.without_url())))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;
    use crate::base::{Template, Variables};
    use crate::probe::net::Resolver;

    static LOOKUPS: AtomicUsize = AtomicUsize::new(0);

    fn courier(url: &str, resolver: Option<Resolver>, budget: Duration) -> (Courier, Target) {
        let url = url.parse::<Template>().unwrap().fill(&Variables::default()).unwrap();
        let mut origins = Vec::new();
        let target = Target::new(&url, &[], None, &mut origins).unwrap();
        if let Some(resolver) = resolver {
            origins[0].resolver = Arc::new(resolver);
        }
        (Courier::new(origins, budget), target)
    }

    impl Courier {
        /// The status of an answer.
        async fn ask(&mut self, target: &Target) -> Result<u16, ProbeError> {
            self.get(target, true, &Deadline::after(self.budget)).await.map(|reply| reply.status)
        }
    }

    #[tokio::test]
    async fn a_hanging_name_is_told_as_such_and_asked_for_once() {
        let hangs = Resolver::with(|_, _| {
            LOOKUPS.fetch_add(1, Ordering::SeqCst);
            loop {
                std::thread::park();
            }
        });
        let (mut courier, target) = courier("http://api.internal:8001/", Some(hangs), Duration::from_millis(50));
        for _ in 0..3 {
            let error = courier.ask(&target).await.unwrap_err();
            assert_eq!(error, ProbeError::new(Cause::Dns, "DNS: no answer for api.internal:8001 after 50ms"));
        }
        assert_eq!(LOOKUPS.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn an_unknown_name_is_told_in_the_resolvers_words() {
        let unknown = Resolver::with(|_, _| Err(std::io::Error::other("failed: Name or service not known")));
        let (mut courier, target) = courier("http://api.internal/", Some(unknown), Duration::from_secs(20));
        let error = courier.ask(&target).await.unwrap_err();
        assert_eq!(error, ProbeError::new(Cause::Dns, "DNS: Name or service not known: api.internal"));
    }

    #[tokio::test]
    async fn a_dead_address_costs_its_share_and_not_the_poll() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let hole = std::net::TcpListener::bind(("127.0.0.2", port)).unwrap();
        rustix::net::listen(&hole, 0).unwrap();
        let mut filling = Vec::new();
        // a full backlog answers no SYN
        while let Ok(stream) =
            std::net::TcpStream::connect_timeout(&hole.local_addr().unwrap(), Duration::from_millis(50))
        {
            filling.push(stream);
            assert!(filling.len() < 10, "the backlog is never full");
        }
        // the port is that of the URL, whatever the resolver says
        let two = Resolver::with(|_, _| Ok(["127.0.0.2:9", "127.0.0.1:9"].map(|a| a.parse().unwrap()).to_vec()));
        let (mut courier, target) = courier(&format!("http://api.internal:{port}/"), Some(two), Duration::from_secs(3));
        let serve = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            assert!(stream.read(&mut [0; 4096]).await.unwrap() > 0);
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
        };
        let ((), answer) = tokio::join!(serve, courier.ask(&target));
        assert_eq!(answer, Ok(204));
    }

    #[tokio::test]
    async fn a_handshake_that_hangs_is_told_as_such() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let (mut courier, target) = courier(&format!("https://{at}/"), None, Duration::from_secs(1));
        let error = courier.ask(&target).await.unwrap_err();
        assert_eq!(error, ProbeError::new(Cause::TimedOut, format!("timed out (TLS handshake) after 1s at {at}")));
    }

    #[tokio::test]
    async fn the_client_is_made_at_the_first_poll() {
        let at = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let (mut courier, target) = courier(&format!("http://{at}/"), None, Duration::from_secs(20));
        assert!(courier.client.is_none());
        let error = courier.ask(&target).await.unwrap_err();
        assert_eq!(error, ProbeError::new(Cause::Refused, format!("refused {at}")));
        assert!(courier.client.is_some(), "and kept over a failure");
        courier.open[0] = true;
        courier.rest();
        assert!(courier.client.is_none(), "and thrown away with what it may hold");
    }
}
