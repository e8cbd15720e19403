//! Counts round trips: a road to a server on which one side speaks at a time, so that every burst of the client is one.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// A side that was silent for so long has said everything.
const SILENCE: Duration = Duration::from_millis(15);

/// An address that leads to the server, and how many bursts went there.
pub(crate) fn road(port: u16) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let trips = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&trips);
    std::thread::spawn(move || {
        for client in listener.incoming().flatten().take(100) {
            let (server, trips) = (TcpStream::connect(("127.0.0.1", port)).unwrap(), Arc::clone(&counted));
            std::thread::spawn(move || by_turns(client, server, &trips));
        }
    });
    (address, trips)
}

fn by_turns(mut client: TcpStream, mut server: TcpStream, trips: &AtomicUsize) {
    for stream in [&client, &server] {
        stream.set_nodelay(true).unwrap();
    }
    while let Some(said) = burst(&mut client) {
        trips.fetch_add(1, Ordering::Relaxed);
        let Some(answer) = server.write_all(&said).ok().and_then(|()| burst(&mut server)) else { return };
        if client.write_all(&answer).is_err() {
            return;
        }
    }
}

/// What one side says until it is silent; nothing when it has left.
fn burst(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let (mut said, mut piece) = (Vec::new(), vec![0; 65_536]);
    stream.set_read_timeout(None).ok()?;
    loop {
        match stream.read(&mut piece) {
            Ok(0) => return None,
            Ok(n) => said.extend_from_slice(&piece[..n]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => return Some(said),
            Err(_) => return None,
        }
        stream.set_read_timeout(Some(SILENCE)).ok()?;
    }
}
