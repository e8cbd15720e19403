//! A loopback TCP server of the worst kind: it can be closed and opened again on its port, drop its connections, and
//! talk any bytes. One thread accepts, one thread serves each connection.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};
use rustix::net::sockopt::set_socket_linger;

use crate::support::watched::Watched;

/// Serves one connection until it returns or the connection is shut down.
pub(crate) type Serve = Arc<dyn Fn(&mut TcpStream, &Stop) + Send + Sync>;

/// The listening address and everything connected to it.
pub(crate) struct TcpStub {
    address: SocketAddr,
    serve: Serve,
    running: Option<Running>,
}

struct Running {
    stop: Stop,
    wake: Arc<OwnedFd>,
    accepting: JoinHandle<()>,
}

/// Tells the connections' threads that the server was closed.
#[derive(Clone)]
pub(crate) struct Stop(Arc<Watched<Connections>>);

#[derive(Default)]
struct Connections {
    stopped: bool,
    streams: Vec<TcpStream>,
    accepted: usize,
}

impl Stop {
    /// Lets time pass; false when the server was closed meanwhile.
    pub(crate) fn pause(&self, time: Duration) -> bool {
        self.0.wait(time, |c| c.stopped.then_some(())).is_none()
    }

    /// Waits until the server is closed (or, should a test hang, for ten minutes).
    pub(crate) fn wait(&self) {
        self.pause(Duration::from_secs(600));
    }
}

impl TcpStub {
    /// Listens on a free loopback port.
    pub(crate) fn start(serve: impl Fn(&mut TcpStream, &Stop) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("its address");
        let mut stub = Self { address, serve: Arc::new(serve), running: None };
        stub.listen(listener);
        stub
    }

    /// Sends the same bytes for each piece of request that arrives: enough to play a broken Redis.
    pub(crate) fn saying(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self::start(move |stream, _| {
            let mut buffer = [0; 4096];
            while stream.read(&mut buffer).is_ok_and(|n| n > 0) && stream.write_all(&bytes).is_ok() {}
        })
    }

    fn listen(&mut self, listener: TcpListener) {
        let stop = Stop(Arc::new(Watched::new(Connections::default())));
        let wake = Arc::new(eventfd(0, EventfdFlags::CLOEXEC).expect("eventfd"));
        let accepting = {
            let (stop, wake, serve) = (stop.clone(), Arc::clone(&wake), Arc::clone(&self.serve));
            std::thread::spawn(move || accept(&listener, &wake, &stop, &serve))
        };
        self.running = Some(Running { stop, wake, accepting });
    }

    /// Where it listens, or listened.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Closes the port and every connection: from then on connecting is refused.
    pub(crate) fn close(&mut self) {
        if let Some(Running { stop, wake, accepting }) = self.running.take() {
            let _ = rustix::io::write(&wake, &1u64.to_ne_bytes());
            let _ = accepting.join();
            stop.0.update(|c| {
                c.stopped = true;
                hang_up(c);
            });
        }
    }

    /// Listens again on the same port.
    pub(crate) fn reopen(&mut self) {
        self.close();
        self.listen(TcpListener::bind(self.address).expect("the port is still ours"));
    }

    /// Closes the connections and keeps listening.
    pub(crate) fn drop_connections(&self) {
        self.running.iter().for_each(|running| running.stop.0.update(hang_up));
    }

    /// How many connections were accepted since it was last opened.
    pub(crate) fn accepted(&self) -> usize {
        self.running.as_ref().map_or(0, |running| running.stop.0.read(|c| c.accepted))
    }
}

impl Drop for TcpStub {
    fn drop(&mut self) {
        self.close();
    }
}

fn hang_up(connections: &mut Connections) {
    for stream in connections.streams.drain(..) {
        let _ = stream.shutdown(Shutdown::Both);
    }
}

fn accept(listener: &TcpListener, wake: &OwnedFd, stop: &Stop, serve: &Serve) {
    loop {
        let mut fds = [PollFd::new(wake, PollFlags::IN), PollFd::new(listener, PollFlags::IN)];
        if poll(&mut fds, None).is_err() {
            continue;
        }
        if !fds[0].revents().is_empty() {
            return;
        }
        let Ok((mut stream, _)) = listener.accept() else { continue };
        let Ok(handle) = stream.try_clone() else { continue };
        stop.0.update(|c| {
            c.accepted += 1;
            c.streams.push(handle);
        });
        let (stop, serve) = (stop.clone(), Arc::clone(serve));
        std::thread::spawn(move || {
            serve(&mut stream, &stop);
            // Closing the last handle ends the connection: orderly, or as `reset` asked.
            let peer = stream.peer_addr().ok();
            stop.0.update(|c| c.streams.retain(|s| s.peer_addr().ok() != peer));
        });
    }
}

/// Makes the connection's end a reset (RST) instead of an orderly one.
pub(crate) fn reset(stream: &TcpStream) {
    let _ = set_socket_linger(stream, Some(Duration::ZERO));
}

/// Why nothing can be read within the stream's time limit. A child of another test that ends meanwhile interrupts whatever
/// waits with a limit: that is no answer.
pub(crate) fn silence(stream: &mut TcpStream) -> std::io::ErrorKind {
    let read = |_| stream.read(&mut [0; 1]).expect_err("nothing is said").kind();
    (0..100).map(read).find(|kind| *kind != std::io::ErrorKind::Interrupted).expect("not interrupted for ever")
}
