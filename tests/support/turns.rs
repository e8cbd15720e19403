//! A proxy that counts round trips and bytes. It holds back what the server says until both sides have been quiet for a
//! while, so that whatever the client can send without having heard an answer counts as one trip.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::support::watched::Watched;

/// How long both sides must be quiet before an answer is let through.
const QUIET: Duration = Duration::from_millis(60);

/// What passed through so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Passed {
    /// Times that an answer was waited for.
    pub(crate) trips: u64,
    /// Bytes that the client sent.
    pub(crate) sent: u64,
    /// Bytes that the server answered.
    pub(crate) received: u64,
}

/// What passed over all connections, and whether the proxy still serves.
#[derive(Default)]
struct Log {
    passed: Passed,
    is_closed: bool,
}

/// One connection: what is held back, and when anything was last said.
struct Line {
    held: Vec<u8>,
    last: Instant,
}

/// The proxy.
pub(crate) struct Turns {
    port: u16,
    log: Arc<Watched<Log>>,
}

impl Turns {
    /// A proxy in front of a port of this machine.
    pub(crate) fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let own = listener.local_addr().expect("its number").port();
        let log = Arc::new(Watched::new(Log::default()));
        let shared = Arc::clone(&log);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if shared.read(|log| log.is_closed) {
                    break;
                }
                let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else { break };
                serve(&shared, &client, &server);
            }
        });
        Self { port: own, log }
    }

    /// Where to connect.
    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// What passed through so far.
    pub(crate) fn passed(&self) -> Passed {
        self.log.read(|log| log.passed)
    }
}

impl Drop for Turns {
    fn drop(&mut self) {
        self.log.update(|log| log.is_closed = true);
        // wakes the listener, so that its thread ends
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn serve(log: &Arc<Watched<Log>>, client: &TcpStream, server: &TcpStream) {
    let line = Arc::new(Watched::new(Line { held: Vec::new(), last: Instant::now() }));
    let handles = || (client.try_clone().expect("a handle"), server.try_clone().expect("a handle"));
    let shared = || (Arc::clone(log), Arc::clone(&line));

    let ((from, mut to), (counts, asked)) = (handles(), shared());
    std::thread::spawn(move || {
        pump(from, |bytes| {
            asked.update(|line| line.last = Instant::now());
            counts.update(|log| log.passed.sent += bytes.len() as u64);
            to.write_all(bytes).is_ok()
        });
        let _ = to.shutdown(Shutdown::Both);
    });

    let ((to, from), (counts, answered)) = (handles(), shared());
    std::thread::spawn(move || {
        pump(from, |bytes| {
            counts.update(|log| log.passed.received += bytes.len() as u64);
            answered.update(|line| {
                line.last = Instant::now();
                line.held.extend_from_slice(bytes);
            });
            true
        });
        let _ = to.shutdown(Shutdown::Both);
    });

    let ((mut to, _), (counts, line)) = (handles(), shared());
    std::thread::spawn(move || {
        while !counts.read(|log| log.is_closed) {
            let is_quiet = |line: &Line| (!line.held.is_empty() && line.last.elapsed() >= QUIET).then_some(());
            // woken by each piece that passes; when none does any more, the time is up and it is quiet
            if line.wait(QUIET, is_quiet).is_none() && line.read(is_quiet).is_none() {
                continue;
            }
            let held = line.update(|line| std::mem::take(&mut line.held));
            counts.update(|log| log.passed.trips += 1);
            if to.write_all(&held).is_err() {
                break;
            }
        }
    });
}

fn pump(mut from: TcpStream, mut pass: impl FnMut(&[u8]) -> bool) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        if !pass(&buffer[..count]) {
            break;
        }
    }
}
