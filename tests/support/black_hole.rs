//! An address that answers no connection attempt: a listener whose backlog is full drops every further SYN.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

/// The hole. Connecting to it gets no answer for as long as it is there.
pub(crate) struct BlackHole {
    listener: TcpListener,
    _filling: Vec<TcpStream>,
}

impl BlackHole {
    /// On a free port of the IPv4 loopback.
    pub(crate) fn start() -> Self {
        Self::at("127.0.0.1:0".parse().expect("an address")).expect("a free port")
    }

    /// At this address; the error says that it cannot be had.
    pub(crate) fn at(address: SocketAddr) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        rustix::net::listen(&listener, 0)?;
        let address = listener.local_addr()?;
        let mut filling = Vec::new();
        while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(100)) {
            filling.push(stream);
            assert!(filling.len() < 10, "the backlog is never full");
        }
        Ok(Self { listener, _filling: filling })
    }

    /// Where it is.
    pub(crate) fn address(&self) -> SocketAddr {
        self.listener.local_addr().expect("its address")
    }
}
