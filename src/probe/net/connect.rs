//! Opens connections: all addresses of a name are raced, so that a black hole in one family costs a head start and not
//! the poll.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::net::TcpStream;

use crate::base::{Cause, Shown};
use crate::probe::ProbeError;
use crate::probe::deadline::Deadline;
use crate::probe::net::guard::{Guarded, Transport};
use crate::probe::net::resolve::Resolver;
use crate::probe::net::{Address, tls};

/// How long one address is tried before the next is tried beside it (RFC 8305).
const HEAD_START: Duration = Duration::from_millis(250);
/// More addresses of one name are not tried.
const MOST_ADDRESSES: usize = 6;

/// Opens the connections of one component.
pub(crate) struct Dialer {
    address: Address,
    tls: bool,
    resolver: Arc<Resolver>,
}

impl Dialer {
    /// Connections to an address, with TLS or without.
    pub(crate) fn new(address: Address, tls: bool) -> Self {
        Self::by(address, tls, Arc::new(Resolver::system()))
    }

    /// The same by a resolver that others use as well.
    pub(crate) fn by(address: Address, tls: bool, resolver: Arc<Resolver>) -> Self {
        Self { address, tls, resolver }
    }

    /// Where to.
    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// Connects by TCP alone.
    pub(crate) async fn tcp(&self, deadline: &Deadline) -> Result<TcpStream, ProbeError> {
        let addresses = self.resolver.resolve(&self.address, deadline).await?;
        let connected = deadline.within("connect", &self.address, race(addresses)).await?;
        connected.map_err(|error| told(&error, &self.address))
    }

    /// Connects, with the TLS handshake where it is asked for, and guards what is read.
    pub(crate) async fn open(&self, deadline: &Deadline) -> Result<Guarded, ProbeError> {
        let stream = self.tcp(deadline).await?;
        if !self.tls {
            return Ok(Guarded::new(Transport::Plain(stream)));
        }
        let shaken = async { tls::handshake(tls::system().await?, stream, &self.address).await };
        let stream = deadline.within("TLS handshake", &self.address, shaken).await??;
        Ok(Guarded::new(Transport::Tls(Box::new(stream))))
    }
}

/// The addresses of a name that are worth a connection, in the order in which to try them: families alternate, the
/// resolver's first choice goes first. A family that the machine has no route for is left out where there is another: its
/// failure would hide what the other one says.
pub(crate) fn candidates(found: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let (routed, rest): (Vec<_>, Vec<_>) =
        if of_both_families(&found) { found.into_iter().partition(has_route) } else { (found, Vec::new()) };
    let mut sorted = alternate(if routed.is_empty() { rest } else { routed });
    sorted.truncate(MOST_ADDRESSES);
    sorted
}

fn of_both_families(addresses: &[SocketAddr]) -> bool {
    addresses.iter().any(SocketAddr::is_ipv4) && addresses.iter().any(SocketAddr::is_ipv6)
}

/// Asks the routing table; nothing is sent.
fn has_route(to: &SocketAddr) -> bool {
    let any = match to {
        SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
        SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
    };
    to.ip().is_loopback() || UdpSocket::bind(any).is_ok_and(|socket| socket.connect(to).is_ok())
}

/// The first address that answers.
async fn race(addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
    let mut waiting = candidates(addresses).into_iter();
    let mut racing = FuturesUnordered::new();
    let mut failure = None;
    loop {
        match waiting.next() {
            Some(address) => racing.push(TcpStream::connect(address)),
            None if racing.is_empty() => {
                return Err(failure.unwrap_or_else(|| io::Error::from(io::ErrorKind::AddrNotAvailable)));
            }
            None => {}
        }
        let more = waiting.len() > 0;
        tokio::select! {
            Some(ended) = racing.next() => match ended {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    return Ok(stream);
                }
                Err(error) => failure = Some(telling(failure, error)),
            },
            () = tokio::time::sleep(HEAD_START), if more => {}
        }
    }
}

fn alternate(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) = addresses.into_iter().partition(|a| a.is_ipv6() == first_is_v6);
    let mut sorted = Vec::with_capacity(first.len() + second.len());
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    loop {
        let pair = (first.next(), second.next());
        if pair == (None, None) {
            return sorted;
        }
        sorted.extend(pair.0.into_iter().chain(pair.1));
    }
}

/// Of two failures the one that says more: that a family is not there at all says little.
fn telling(before: Option<io::Error>, now: io::Error) -> io::Error {
    let silent = |error: &io::Error| {
        matches!(
            error.kind(),
            io::ErrorKind::AddrNotAvailable | io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable
        )
    };
    match before {
        Some(before) if !silent(&before) => before,
        _ => now,
    }
}

/// The cause and the words of an I/O error on a connection to `address`.
pub(crate) fn told(error: &io::Error, address: &Address) -> ProbeError {
    use io::ErrorKind as Kind;
    // EMFILE, ENFILE: ours to mend, and no word on the component
    if matches!(error.raw_os_error(), Some(23 | 24)) {
        return ProbeError::new(Cause::Internal, "out of file descriptors (own): raise `ulimit -n`");
    }
    let (cause, words) = match error.kind() {
        Kind::ConnectionRefused => (Cause::Refused, "refused".to_owned()),
        Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe | Kind::UnexpectedEof => {
            (Cause::ConnectionLost, "connection lost".to_owned())
        }
        Kind::TimedOut => (Cause::TimedOut, "timed out (connect)".to_owned()),
        Kind::NetworkUnreachable => (Cause::ConnectionLost, "network unreachable".to_owned()),
        Kind::HostUnreachable => (Cause::ConnectionLost, "host unreachable".to_owned()),
        Kind::AddrNotAvailable => (Cause::ConnectionLost, "address not available".to_owned()),
        _ => (Cause::ConnectionLost, Shown::from_remote(&error.to_string()).into_string()),
    };
    ProbeError::new(cause, format!("{words} {address}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_alternate_and_the_first_choice_goes_first() {
        let sorted = alternate(["[::1]:1", "[::2]:1", "1.1.1.1:1", "[::3]:1"].map(|a| a.parse().unwrap()).to_vec());
        assert_eq!(sorted, ["[::1]:1", "1.1.1.1:1", "[::2]:1", "[::3]:1"].map(|a| a.parse().unwrap()));
    }

    #[test]
    fn a_family_without_a_route_is_left_out_where_there_is_another() {
        let of = |addresses: &[&str]| candidates(addresses.iter().map(|a| a.parse().unwrap()).collect());
        // an address of some link, without the link
        let (nowhere, here) = ("[fe80::1]:1", "127.0.0.1:1");
        assert_eq!(of(&[nowhere, here]), [here.parse().unwrap()]);
        assert_eq!(of(&[nowhere]), [nowhere.parse().unwrap()]);
    }

    #[tokio::test]
    async fn localhost_is_reached_by_the_family_that_listens() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let dialer = Dialer::new(Address::new("localhost", listener.local_addr().unwrap().port()), false);
        let stream = dialer.tcp(&Deadline::after(Duration::from_secs(5))).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), listener.local_addr().unwrap());
    }

    #[tokio::test]
    async fn a_black_hole_costs_a_head_start_and_not_the_poll() {
        let hole = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        rustix::net::listen(&hole, 0).unwrap();
        let hole = hole.local_addr().map(|address| (hole, address)).unwrap();
        let mut filling = Vec::new();
        // a full backlog answers no SYN
        while let Ok(stream) = std::net::TcpStream::connect_timeout(&hole.1, Duration::from_millis(50)) {
            filling.push(stream);
            assert!(filling.len() < 10, "the backlog is never full");
        }
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let answering = listener.local_addr().unwrap();
        let deadline = Deadline::after(Duration::from_secs(20));
        let stream = deadline.within("connect", &Address::new("h", 1), race(vec![hole.1, answering])).await;
        assert_eq!(stream.unwrap().unwrap().peer_addr().unwrap(), answering);
    }

    #[tokio::test]
    async fn nothing_listening_is_refused() {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let dialer = Dialer::new(Address::new("127.0.0.1", port), false);
        let error = dialer.tcp(&Deadline::after(Duration::from_secs(5))).await.unwrap_err();
        assert_eq!(error, ProbeError::new(Cause::Refused, format!("refused 127.0.0.1:{port}")));
    }

    #[test]
    fn our_own_lack_of_descriptors_is_not_the_components_fault() {
        let error = told(&io::Error::from_raw_os_error(24), &Address::new("h", 1));
        assert_eq!(error.cause, Cause::Internal);
    }
}
