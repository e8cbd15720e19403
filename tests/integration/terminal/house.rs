//! A system every text of which is hostile: fields of bodies, keys, headers, errors, redirects, and what rq keeps.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::corpus;
use crate::midwatch::home;
use crate::support::http_stub::{Answer, Http};
use crate::support::redis_server::Redis;
use crate::support::tcp_stub::TcpStub;

/// Components whose servers answer with a hostile error each.
const LIARS: usize = 100;

/// The servers and the system file over them.
pub(super) struct House {
    http: Http,
    liars: TcpStub,
    redis: Redis,
    home: TempDir,
}

impl House {
    pub(super) fn open() -> Self {
        let house = Self { http: http(), liars: liars(), redis: Redis::start(), home: home() };
        fill(&house.redis);
        std::fs::write(house.file(), house.text()).unwrap();
        house
    }

    pub(super) fn file(&self) -> PathBuf {
        self.home.path().join("house.toml")
    }

    pub(super) fn home(&self) -> &Path {
        self.home.path()
    }

    fn text(&self) -> String {
        let mut text = format!(
            r#"
title = "House"

[component.body]
every = "10s"
timeout = "10s"
probe.http = {{ url = "{body}" }}
[component.body.signal]
entries = "body.entries"
map = "body.map"
word = "body.word"
note = "headers['x-note']"

[component.fail]
every = "10s"
timeout = "10s"
probe.http = {{ url = "{fail}" }}

[component.away]
every = "10s"
timeout = "10s"
probe.http = {{ url = "{away}" }}

[component.plain]
every = "10s"
timeout = "10s"
probe.http = {{ url = "{plain}" }}
[component.plain.signal]
number = "body.number"

[component.queue]
every = "10s"
timeout = "10s"
probe.rq = {{ url = "{redis}" }}

[rule.word]
summary = "The word is not calm"
when = "body.word != 'calm'"
severity = "warning"

[rule.names]
summary = "Some queue has a name"
when = "queue.queues.exists(q, q.name != '')"
severity = "info"

[panel.entries]
title = "Entries"
kind = "table"
rows = ["body.entries"]

[panel.queue]
title = "Queues"
kind = "queues"
component = "queue"

[panel.services]
title = "Services"
kind = "services"
"#,
            body = self.http.url("/body"),
            fail = self.http.url("/fail"),
            away = self.http.url("/away"),
            plain = self.http.url("/plain"),
            redis = self.redis.url(),
        );
        for n in 0..LIARS {
            let _ = write!(
                text,
                "\n[component.liar{n}]\nevery = \"10s\"\ntimeout = \"10s\"\nprobe.redis = {{ url = \"redis://{}/0\" }}\n",
                self.liars.address()
            );
        }
        text
    }
}

fn http() -> Http {
    let texts = corpus::marked();
    let http = Http::start();
    let entries: Vec<Value> = texts.iter().map(|text| json!({ "text": text, "state": "waits" })).collect();
    let map: serde_json::Map<String, Value> = texts.iter().map(|text| (text.clone(), json!(text))).collect();
    let body = json!({ "word": texts[0], "map": map, "entries": entries }).to_string();
    // header values may not hold controls, but may hold any byte beyond ASCII
    let note = b"caf\xe9 \x9b31m \x9d0;owned\x9c \xc2\x9b31m \xe2\x80\xae";
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nX-Note: ", body.len());
    http.on("/body", Answer::Raw([head.as_bytes(), note, b"\r\n\r\n", body.as_bytes()].concat()));
    http.on("/fail", Answer::reply(500, "text/pl\u{202e}ain", texts.join("\n")));
    http.on("/away", Answer::redirect("http://owned.example/\u{202e}\u{200b}\u{9b}31m"));
    http.on("/plain", Answer::text(200, &texts.join("\n")));
    http
}

/// A Redis of which every connection answers with another hostile error.
fn liars() -> TcpStub {
    let texts: Vec<String> = corpus::marked().into_iter().filter(|text| !text.contains(['\r', '\n'])).collect();
    let next = AtomicUsize::new(0);
    TcpStub::start(move |stream, _| {
        let text = &texts[next.fetch_add(1, Ordering::SeqCst) % texts.len()];
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = stream.read(&mut buffer) {
            // one answer to each command of the pipeline
            let commands = buffer[..count].split(|byte| *byte == b'*').skip(1).count();
            if stream.write_all(format!("-LIAR {text}\r\n").repeat(commands).as_bytes()).is_err() {
                return;
            }
        }
    })
}

/// Queues, jobs and workers as rq keeps them, every name and text hostile.
fn fill(redis: &Redis) {
    let mut pipe = redis::pipe();
    for (n, text) in corpus::marked().iter().enumerate() {
        let job = format!("job{n}{text}");
        let trace = packed(&format!("Traceback (most recent call last):\n  {text}\nValueError: {text}"));
        pipe.sadd("rq:queues", format!("rq:queue:{text}")).ignore();
        pipe.rpush(format!("rq:queue:{text}"), &job).ignore();
        pipe.zadd(format!("rq:failed:{text}"), &job, 4_000_000_000_u64).ignore();
        let fields = [("description", text.as_str()), ("created_at", text), ("ended_at", text), ("status", "failed")];
        pipe.hset_multiple(format!("rq:job:{job}"), &fields).ignore();
        let entry = format!("rq:results:{job}");
        pipe.cmd("XADD").arg(&[&entry, "*", "type", "2", "exc_string", &trace]).ignore();
        pipe.sadd("rq:workers", format!("rq:worker:{text}")).ignore();
        let fields = [
            ("state", "busy"),
            ("current_job", &job),
            ("queues", text),
            ("hostname", text),
            ("version", text),
            ("pid", text),
            ("birth", "2026-11-22T02:24:51.818718Z"),
            ("last_heartbeat", "2026-11-22T02:24:51.818718Z"),
        ];
        pipe.hset_multiple(format!("rq:worker:{text}"), &fields).ignore();
    }
    pipe.query::<()>(&mut redis.connection()).unwrap();
}

fn packed(text: &str) -> String {
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(text.as_bytes()).unwrap();
    base64::engine::general_purpose::STANDARD.encode(packer.finish().unwrap())
}
