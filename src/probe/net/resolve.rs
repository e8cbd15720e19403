//! Names to addresses, by the system's resolver, on a thread of its own.
//!
//! `getaddrinfo` cannot be cancelled and may hang for half a minute. Each name of a component has its own resolver with at
//! most one look-up in flight: a hanging name costs one thread, delays nobody else, and does not hold up the program's end.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};

use tokio::sync::{Mutex, oneshot};

use crate::base::{Cause, Shown};
use crate::probe::deadline::Deadline;
use crate::probe::{ProbeError, net::Address};

/// A blocking look-up.
pub(crate) type Lookup = fn(&str, u16) -> io::Result<Vec<SocketAddr>>;

type Answer = io::Result<Vec<SocketAddr>>;

/// Resolves one name.
pub(crate) struct Resolver {
    lookup: Lookup,
    /// The look-up under way. It may outlive the poll that began it, and then serves the next one.
    pending: Mutex<Option<oneshot::Receiver<Answer>>>,
}

impl Resolver {
    /// The system's resolver.
    pub(crate) fn system() -> Self {
        Self::with(|host, port| (host, port).to_socket_addrs().map(Iterator::collect))
    }

    /// A resolver of one's own.
    pub(crate) fn with(lookup: Lookup) -> Self {
        Self { lookup, pending: Mutex::new(None) }
    }

    /// The addresses of a host: at least one.
    pub(crate) async fn resolve(&self, address: &Address, deadline: &Deadline) -> Result<Vec<SocketAddr>, ProbeError> {
        deadline.bound(self.find(address)).await.unwrap_or_else(|| Err(no_answer(address, deadline)))
    }

    /// As [`resolve`](Self::resolve), for whoever bounds it; may be dropped at any time.
    pub(crate) async fn find(&self, address: &Address) -> Result<Vec<SocketAddr>, ProbeError> {
        if let Some(ip) = address.ip() {
            return Ok(vec![SocketAddr::new(ip, address.port())]);
        }
        if address.host().eq_ignore_ascii_case("localhost") {
            // always the loopback (RFC 6761), in either family
            let both = [IpAddr::V6(Ipv6Addr::LOCALHOST), IpAddr::V4(Ipv4Addr::LOCALHOST)];
            return Ok(both.map(|ip| SocketAddr::new(ip, address.port())).to_vec());
        }
        let mut pending = self.pending.lock().await;
        let under_way = match pending.take() {
            Some(under_way) => under_way,
            None => self.start(address)?,
        };
        let answered = pending.insert(under_way).await;
        *pending = None;
        match answered {
            Ok(Ok(found)) if !found.is_empty() => Ok(found),
            Ok(Ok(_)) => Err(failed(address, "the name has no address")),
            Ok(Err(error)) => Err(failed(address, &reason(&error))),
            Err(_) => Err(failed(address, "the resolver ended without an answer")),
        }
    }

    fn start(&self, address: &Address) -> Result<oneshot::Receiver<Answer>, ProbeError> {
        let (sender, receiver) = oneshot::channel();
        let (lookup, host, port) = (self.lookup, address.host().to_owned(), address.port());
        let work = move || {
            // nobody waits any more when the program ends
            let _ = sender.send(lookup(&host, port));
        };
        match std::thread::Builder::new().name("resolve".to_owned()).spawn(work) {
            Ok(_) => Ok(receiver),
            Err(error) => Err(ProbeError::new(Cause::Internal, format!("no thread for a DNS look-up: {error}"))),
        }
    }
}

/// What a poll says whose time was up before a name had its addresses.
pub(crate) fn no_answer(address: &Address, deadline: &Deadline) -> ProbeError {
    ProbeError::new(Cause::Dns, format!("DNS: no answer for {address} after {}", deadline.budget()))
}

fn failed(address: &Address, why: &str) -> ProbeError {
    ProbeError::new(Cause::Dns, format!("DNS: {why}: {}", Shown::from_remote(address.host())))
}

/// `Name or service not known`, without the library's preface.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(": ").map_or(text.as_str(), |(_, last)| last).to_owned()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    static LOOKUPS: AtomicUsize = AtomicUsize::new(0);

    #[tokio::test]
    async fn a_hanging_resolver_costs_one_thread_and_not_more_than_the_timeout() {
        let resolver = Resolver::with(|_, _| {
            LOOKUPS.fetch_add(1, Ordering::SeqCst);
            loop {
                std::thread::park();
            }
        });
        let address = Address::new("db.internal", 5432);
        for _ in 0..3 {
            let deadline = Deadline::after(Duration::from_millis(20));
            let error = resolver.resolve(&address, &deadline).await.unwrap_err();
            assert_eq!(error, ProbeError::new(Cause::Dns, "DNS: no answer for db.internal:5432 after 20ms"));
            assert!(deadline.elapsed() < Duration::from_secs(2));
        }
        assert_eq!(LOOKUPS.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn an_unknown_name_is_dns() {
        let resolver = Resolver::with(|_, _| {
            Err(io::Error::other("failed to lookup address information: Name or service not known"))
        });
        let error = resolver.resolve(&Address::new("nope", 1), &Deadline::after(Duration::from_secs(5))).await;
        assert_eq!(error.unwrap_err(), ProbeError::new(Cause::Dns, "DNS: Name or service not known: nope"));
    }
}
