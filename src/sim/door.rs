//! A port on loopback that can be open, shut (connections are refused, the old ones cut) or silent (accepts and never
//! answers), and open again on the same number.
//!
//! A shut door keeps its port by a socket that is bound and does not listen: the kernel refuses connections and gives
//! the number to nobody else meanwhile.

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;

/// How a port behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Accepts and serves.
    Open,
    /// Accepts and never answers: the main process is gone, a forked child still holds the socket.
    Silent,
    /// Refuses; connections that were open are cut.
    Shut,
}

/// Pause after a failed accept or bind (out of descriptors), so that it cannot spin.
const PAUSE: Duration = Duration::from_millis(200);
/// A silent door holds so many connections, the oldest are dropped.
const MOST_HELD: usize = 256;
/// Backlog of the listener.
const BACKLOG: u32 = 256;

#[derive(Debug)]
enum Leaf {
    Shut(TcpSocket),
    Listening(TcpListener),
    /// Between two states, or after a failed one.
    Gone,
}

/// The port.
#[derive(Debug)]
pub(crate) struct Door {
    address: SocketAddr,
    leaf: Leaf,
    held: Vec<TcpStream>,
    way: watch::Receiver<Way>,
}

impl Door {
    /// Takes a free loopback port, which behaves as `way` says from now on.
    pub(crate) fn new(way: watch::Receiver<Way>) -> io::Result<Self> {
        let socket = bound(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let address = socket.local_addr()?;
        let now = *way.borrow();
        let mut door = Self { address, leaf: Leaf::Shut(socket), held: Vec::new(), way };
        door.turn(now)?;
        Ok(door)
    }

    /// Its address.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Makes the socket fit the way.
    fn turn(&mut self, way: Way) -> io::Result<()> {
        if way != Way::Silent {
            self.held.clear();
        }
        self.leaf = match (std::mem::replace(&mut self.leaf, Leaf::Gone), way) {
            (Leaf::Shut(socket), Way::Open | Way::Silent) => Leaf::Listening(socket.listen(BACKLOG)?),
            (Leaf::Gone, Way::Open | Way::Silent) => Leaf::Listening(bound(self.address)?.listen(BACKLOG)?),
            (Leaf::Listening(listener), Way::Shut) => {
                drop(listener);
                Leaf::Shut(bound(self.address)?)
            }
            (Leaf::Gone, Way::Shut) => Leaf::Shut(bound(self.address)?),
            (fits, _) => fits,
        };
        Ok(())
    }

    /// One turn: a connection to serve, or nothing because the way changed or an error was waited out.
    async fn wait(&mut self) -> Option<(Guarded, SocketAddr)> {
        let way = *self.way.borrow_and_update();
        if self.turn(way).is_err() {
            tokio::time::sleep(PAUSE).await;
            return None;
        }
        let accepted = match &self.leaf {
            Leaf::Listening(listener) => {
                tokio::select! {
                    biased;
                    changed = self.way.changed() => return idle_forever_unless(changed.is_ok()).await,
                    accepted = listener.accept() => accepted,
                }
            }
            Leaf::Shut(_) | Leaf::Gone => return idle_forever_unless(self.way.changed().await.is_ok()).await,
        };
        match (accepted, way) {
            (Ok((stream, from)), Way::Open) => {
                // small replies must not wait for Nagle; a failure only makes them slower
                let _ = stream.set_nodelay(true);
                return Some((Guarded::new(stream, self.way.clone()), from));
            }
            (Ok((stream, _)), _) => {
                if self.held.len() >= MOST_HELD {
                    self.held.remove(0);
                }
                self.held.push(stream);
            }
            (Err(_), _) => tokio::time::sleep(PAUSE).await,
        }
        None
    }
}

/// The world has ended when nobody can turn the door any more: wait to be dropped.
async fn idle_forever_unless(alive: bool) -> Option<(Guarded, SocketAddr)> {
    if !alive {
        std::future::pending::<()>().await;
    }
    None
}

fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    // the connections of the former listener may still be winding down
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

impl Listener for Door {
    type Io = Guarded;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Guarded, SocketAddr) {
        loop {
            if let Some(accepted) = self.wait().await {
                return accepted;
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

/// A connection that ends when its door is no longer open.
pub(crate) struct Guarded {
    stream: TcpStream,
    cut: Pin<Box<dyn Future<Output = ()> + Send>>,
    is_cut: bool,
}

impl Guarded {
    fn new(stream: TcpStream, mut way: watch::Receiver<Way>) -> Self {
        let cut = Box::pin(async move {
            // an error means that the world has ended: that cuts as well
            let _ = way.wait_for(|way| *way != Way::Open).await;
        });
        Self { stream, cut, is_cut: false }
    }

    fn poll_cut(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        self.is_cut = self.is_cut || self.cut.as_mut().poll(cx).is_ready();
        if self.is_cut { Err(io::ErrorKind::ConnectionReset.into()) } else { Ok(()) }
    }
}

impl AsyncRead for Guarded {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.poll_cut(cx)?;
        Pin::new(&mut this.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.poll_cut(cx)?;
        Pin::new(&mut this.stream).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;
    use tokio::time::timeout;

    use super::*;

    const DEADLINE: Duration = Duration::from_secs(5);

    /// Connects until the outcome is the wanted one: turning a door takes the runtime a moment.
    async fn connect_until(address: SocketAddr, works: bool) -> Option<TcpStream> {
        let attempts = async {
            loop {
                match TcpStream::connect(address).await {
                    Ok(stream) if works => return Some(stream),
                    Err(error) if !works => {
                        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
                        return None;
                    }
                    _ => tokio::task::yield_now().await,
                }
            }
        };
        timeout(DEADLINE, attempts).await.unwrap()
    }

    #[tokio::test]
    async fn a_door_is_shut_opened_and_shut_again_on_one_port() {
        let (turn, way) = watch::channel(Way::Shut);
        let mut door = Door::new(way).unwrap();
        let address = door.address();
        let served = tokio::spawn(async move {
            let mut kept = Vec::new();
            loop {
                let (mut io, _) = door.accept().await;
                kept.push(tokio::spawn(async move { io.read_u8().await }));
            }
        });
        connect_until(address, false).await;
        for _ in 0..2 {
            turn.send_replace(Way::Open);
            let mut open = connect_until(address, true).await.unwrap();
            turn.send_replace(Way::Shut);
            let ended = timeout(DEADLINE, open.read_u8()).await.unwrap();
            assert!(ended.is_err(), "an open connection is cut");
            connect_until(address, false).await;
        }
        served.abort();
    }

    #[tokio::test]
    async fn a_silent_door_accepts_and_says_nothing() {
        let (turn, way) = watch::channel(Way::Silent);
        let mut door = Door::new(way).unwrap();
        let address = door.address();
        let served = tokio::spawn(async move { door.accept().await });
        let mut stream = connect_until(address, true).await.unwrap();
        let said = timeout(Duration::from_millis(100), stream.read_u8()).await;
        assert!(said.is_err(), "nothing within the timeout: {said:?}");
        turn.send_replace(Way::Shut);
        assert!(timeout(DEADLINE, stream.read_u8()).await.unwrap().is_err());
        served.abort();
    }
}
