//! An HTTP server whose every answer is scripted, down to bytes that are no HTTP at all, and which remembers each
//! request. It speaks HTTP/1.1 with keep-alive.

use std::collections::{HashMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::tcp_stub::{Stop, TcpStub, reset};
use crate::support::watched::Watched;

const PATIENCE: Duration = Duration::from_secs(60);

/// What to say to a request.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// A proper response; `Content-Length` is added.
    Reply {
        /// Status code.
        status: u16,
        /// Header lines.
        headers: Vec<(String, String)>,
        /// Body, as it is.
        body: Vec<u8>,
    },
    /// These bytes, then the end of the connection.
    Raw(Vec<u8>),
    /// The other answer, later.
    After(Duration, Box<Answer>),
    /// Nothing, for as long as the server is open.
    Hang,
    /// A connection reset.
    Reset,
    /// These bytes in pieces, with a pause before each.
    Drip {
        /// All bytes, status line included.
        bytes: Vec<u8>,
        /// Bytes per piece.
        piece: usize,
        /// Pause before each piece.
        every: Duration,
    },
    /// A head, then the same bytes again and again until the client has enough.
    Endless {
        /// Status line and headers.
        head: Vec<u8>,
        /// Repeated.
        body: Vec<u8>,
    },
}

impl Answer {
    /// A response with a content type.
    pub(crate) fn reply(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Answer::Reply { status, headers: vec![("Content-Type".into(), content_type.into())], body: body.into() }
    }

    /// A JSON response.
    pub(crate) fn json(status: u16, body: &str) -> Self {
        Self::reply(status, "application/json", body)
    }

    /// A plain text response.
    pub(crate) fn text(status: u16, body: &str) -> Self {
        Self::reply(status, "text/plain; charset=utf-8", body)
    }

    /// A 302 to somewhere else.
    pub(crate) fn redirect(to: &str) -> Self {
        Answer::Reply { status: 302, headers: vec![("Location".into(), to.into())], body: Vec::new() }
    }

    /// A small body that unpacks to `mib` MiB.
    pub(crate) fn gzip_bomb(mib: usize) -> Self {
        let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
        for _ in 0..mib * 128 {
            packer.write_all(&[b' '; 8 << 10]).expect("memory");
        }
        let headers = vec![
            ("Content-Type".to_owned(), "application/json".to_owned()),
            ("Content-Encoding".to_owned(), "gzip".to_owned()),
        ];
        Answer::Reply { status: 200, headers, body: packer.finish().expect("memory") }
    }

    /// A response whose body stops before its `Content-Length` is reached.
    pub(crate) fn cut_short(body: &str) -> Self {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}", body.len() + 100);
        Answer::Raw(format!("{head}\r\n\r\n{body}").into_bytes())
    }

    /// This answer, after a while.
    #[must_use]
    pub(crate) fn after(self, time: Duration) -> Self {
        Answer::After(time, Box::new(self))
    }
}

/// One request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Hit {
    /// `GET` and so on.
    pub(crate) method: String,
    /// Path without the query.
    pub(crate) path: String,
    /// Query without the question mark; empty without one.
    pub(crate) query: String,
    /// Headers in order; names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// Body by `Content-Length`.
    pub(crate) body: Vec<u8>,
}

impl Hit {
    /// The value of the first header of this name (in lower case).
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// What answers to which path, and what was asked.
struct Script {
    /// The last answer of a path stays.
    answers: HashMap<String, VecDeque<Answer>>,
    otherwise: Answer,
    hits: Vec<Hit>,
}

/// The server.
pub(crate) struct Http {
    stub: TcpStub,
    script: Arc<Watched<Script>>,
}

impl Http {
    /// Listens on a free loopback port and answers 404 to everything.
    pub(crate) fn start() -> Self {
        let otherwise = Answer::json(404, r#"{"detail":"Not Found"}"#);
        let script = Arc::new(Watched::new(Script { answers: HashMap::new(), otherwise, hits: Vec::new() }));
        let scripted = Arc::clone(&script);
        Self { stub: TcpStub::start(move |stream, stop| serve(stream, stop, &scripted)), script }
    }

    /// Answers a path, whatever the method, with this from now on.
    pub(crate) fn on(&self, path: &str, answer: Answer) -> &Self {
        self.on_each(path, [answer])
    }

    /// Answers a path with each of these in turn; the last one stays.
    pub(crate) fn on_each(&self, path: &str, answers: impl IntoIterator<Item = Answer>) -> &Self {
        self.script.update(|s| s.answers.insert(path.to_owned(), answers.into_iter().collect()));
        self
    }

    /// Answers every other path with this.
    pub(crate) fn otherwise(&self, answer: Answer) -> &Self {
        self.script.update(|s| s.otherwise = answer);
        self
    }

    /// The URL of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.stub.address())
    }

    /// Every request so far.
    pub(crate) fn hits(&self) -> Vec<Hit> {
        self.script.read(|s| s.hits.clone())
    }

    /// Waits until a path was asked for `count` times in all, and returns those requests.
    #[track_caller]
    pub(crate) fn wait_hits(&self, path: &str, count: usize) -> Vec<Hit> {
        let found = self.script.wait(PATIENCE, |s| {
            let hits: Vec<Hit> = s.hits.iter().filter(|hit| hit.path == path).cloned().collect();
            (hits.len() >= count).then_some(hits)
        });
        found.unwrap_or_else(|| panic!("{path} was not asked for {count} times; requests: {:?}", self.hits()))
    }

    /// True when within this time a path has been asked for `count` times in all.
    pub(crate) fn reaches(&self, path: &str, count: usize, within: Duration) -> bool {
        let enough = |s: &Script| (s.hits.iter().filter(|hit| hit.path == path).count() >= count).then_some(());
        self.script.wait(within, enough).is_some()
    }

    /// The server below: to close it, open it again on its port, or drop its connections.
    pub(crate) fn stub(&mut self) -> &mut TcpStub {
        &mut self.stub
    }
}

fn serve(stream: &mut TcpStream, stop: &Stop, script: &Watched<Script>) {
    let Ok(handle) = stream.try_clone() else { return };
    let mut reader = BufReader::new(handle);
    while let Some(hit) = read_request(&mut reader) {
        let answer = script.update(|s| {
            let answer = next_answer(s, &hit.path);
            s.hits.push(hit);
            answer
        });
        if !say(stream, stop, answer) {
            return;
        }
    }
}

fn next_answer(script: &mut Script, path: &str) -> Answer {
    let Some(answers) = script.answers.get_mut(path) else { return script.otherwise.clone() };
    let next = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
    next.unwrap_or_else(|| script.otherwise.clone())
}

/// Gives the answer; false when the connection is at its end.
fn say(stream: &mut TcpStream, stop: &Stop, answer: Answer) -> bool {
    match answer {
        Answer::Reply { status, headers, body } => stream.write_all(&response(status, &headers, &body)).is_ok(),
        Answer::Raw(bytes) => {
            let _ = stream.write_all(&bytes);
            false
        }
        Answer::After(time, answer) => stop.pause(time) && say(stream, stop, *answer),
        Answer::Hang => {
            stop.wait();
            false
        }
        Answer::Reset => {
            reset(stream);
            false
        }
        Answer::Drip { bytes, piece, every } => {
            bytes.chunks(piece.max(1)).all(|piece| stop.pause(every) && stream.write_all(piece).is_ok())
        }
        Answer::Endless { head, body } => {
            let _ = stream.write_all(&head);
            while stream.write_all(&body).is_ok() {}
            false
        }
    }
}

fn response(status: u16, headers: &[(String, String)], body: &[u8]) -> Vec<u8> {
    let mut lines = vec![format!("HTTP/1.1 {status} Scripted"), format!("Content-Length: {}", body.len())];
    lines.extend(headers.iter().map(|(name, value)| format!("{name}: {value}")));
    [lines.join("\r\n").as_bytes(), b"\r\n\r\n", body].concat()
}

fn read_request(reader: &mut impl BufRead) -> Option<Hit> {
    let line = read_line(reader)?;
    let mut words = line.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut hit = Hit { method, path: path.to_owned(), query: query.to_owned(), headers: Vec::new(), body: Vec::new() };
    loop {
        let line = read_line(reader)?;
        let Some((name, value)) = line.split_once(':') else { break };
        hit.headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    let length = hit.header("content-length").and_then(|n| n.parse().ok()).unwrap_or(0);
    reader.take(length).read_to_end(&mut hit.body).ok()?;
    Some(hit)
}

/// A line without its end; `None` at the end of the connection.
fn read_line(reader: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    let read = reader.take(64 * 1024).read_line(&mut line).ok()?;
    (read > 0).then(|| line.trim_end().to_owned())
}
