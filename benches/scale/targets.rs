//! A server with a thousand paths that answers at once and remembers when each was asked for. One thread, so that it
//! takes little from the machine that is measured.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 27\r\n\r\n{\"status\":\"ok\",\"pending\":3}";

#[derive(Default)]
struct Book {
    /// By path: when it was last asked for.
    last: HashMap<usize, Instant>,
    longest: Duration,
    asked: usize,
    /// The paths below this number are never answered.
    hang: usize,
}

impl Book {
    /// True when it is to be answered. Who is not is asked less often, as is meant: no gap of his counts.
    fn note(&mut self, path: usize, now: Instant) -> bool {
        self.asked += 1;
        let before = self.last.insert(path, now);
        if let Some(before) = before.filter(|_| path >= self.hang) {
            self.longest = self.longest.max(now.duration_since(before));
        }
        path >= self.hang
    }
}

/// The server.
pub(crate) struct Targets {
    address: SocketAddr,
    count: usize,
    book: Arc<Mutex<Book>>,
    open: watch::Sender<bool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Targets {
    /// Serves so many paths.
    pub(crate) fn start(count: usize) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        rustix::net::listen(&listener, 4096).unwrap(); // std's 128 would be what is measured
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (open, is_open) = watch::channel(true);
        let book = Arc::new(Mutex::new(Book::default()));
        let kept = Arc::clone(&book);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(serve(listener, &kept, is_open));
        });
        Self { address, count, book, open, thread: Some(thread) }
    }

    /// The first of them are not answered any more.
    pub(crate) fn hang(&self, count: usize) {
        self.book.lock().unwrap().hang = count;
    }

    /// Nobody listens any more.
    pub(crate) fn refuse(&mut self) {
        self.open.send_replace(false);
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }

    /// Forgets the gaps so far.
    pub(crate) fn forget(&self) {
        self.book.lock().unwrap().longest = Duration::ZERO;
    }

    /// The longest time between two requests of one target, one that is still waited for included.
    pub(crate) fn longest_gap(&self) -> Duration {
        let book = self.book.lock().unwrap();
        if !*self.open.borrow() {
            return Duration::ZERO;
        }
        let now = Instant::now();
        let answered = book.last.iter().filter(|(path, _)| **path >= book.hang);
        answered.map(|(_, last)| now.duration_since(*last)).fold(book.longest, Duration::max)
    }

    /// Requests so far.
    pub(crate) fn asked(&self) -> usize {
        self.book.lock().unwrap().asked
    }

    /// A system file with a component for each path and a rule over each, and a panel of them.
    pub(crate) fn system(&self, home: &Path, every: Duration) -> PathBuf {
        let mut text = "title = \"Fleet\"\n[panel.services]\ntitle = \"Services\"\nkind = \"services\"\n".to_owned();
        for n in 0..self.count {
            write!(
                text,
                "[component.c{n}]\ntitle = \"Target {n}\"\nevery = \"{}s\"\ntimeout = \"2s\"\n\
                 probe.http = {{ url = \"http://{}/{n}\" }}\nhealthy = \"status == 200 && body.status == 'ok'\"\n\
                 signal.pending = \"body.pending\"\n\
                 [rule.backlog-{n}]\nsummary = \"Backlog of {n}\"\nwhen = \"c{n}.pending > 50\"\nseverity = \"warning\"\n",
                every.as_secs(),
                self.address
            )
            .unwrap();
        }
        let path = home.join("fleet.toml");
        fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Targets {
    fn drop(&mut self) {
        self.refuse();
    }
}

async fn serve(listener: std::net::TcpListener, book: &Arc<Mutex<Book>>, mut open: watch::Receiver<bool>) {
    let listener = TcpListener::from_std(listener).unwrap();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                tokio::spawn(answer(stream, Arc::clone(book)));
            }
            _ = open.wait_for(|open| !*open) => return,
        }
    }
}

async fn answer(mut stream: TcpStream, book: Arc<Mutex<Book>>) {
    let mut said = [0; 2048];
    loop {
        // a request without a body, small enough for one piece
        let Ok(n @ 1..) = stream.read(&mut said).await else { return };
        let line = std::str::from_utf8(&said[..n]).unwrap();
        let path = line.split(' ').nth(1).unwrap().trim_start_matches('/').parse().unwrap();
        let is_answered = book.lock().unwrap().note(path, Instant::now());
        if !is_answered {
            let _ = stream.read(&mut [0; 1]).await; // until it is given up
            return;
        }
        if stream.write_all(ANSWER).await.is_err() {
            return;
        }
    }
}
