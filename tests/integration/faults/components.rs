//! Components that mislead: rows C01 to C10.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use indexmap::IndexMap;
use jiff::Timestamp;
use midwatch::base::{Cause, Now, Redactor, State, SystemName, Variables};
use midwatch::config::{System, SystemFile};
use midwatch::probe::assess::Observation;
use midwatch::probe::{Detail, Measured, ProbeError, ProbeReport, Prober};
use midwatch::rule::AlertState;
use midwatch::runtime::{clock, headless, look};
use midwatch::watch::Watch;

use super::live::Live;
use super::look::Call;
use super::sabine::Sabine;
use super::{Row, hold, saying};
use crate::support::eventually::eventually;
use crate::support::http_stub::{Answer, Http};
use crate::support::process::Process;
use crate::support::redis_server::Redis;
use crate::support::rq_env::{RqEnv, RqVersion};

const SABINE: &str = include_str!("../../../systems/sabine/system.toml");

#[test]
fn components_that_mislead() {
    hold(&[
        Row::new(
            "C01",
            "FastAPI says it has a database, Supabase is closed",
            "Supabase first: 'sabine CRITICAL Supabase is down: refused HOST'; supabase-outage is its runbook; \
             api up, database_connected true (self-reported)",
            self_report,
        ),
        Row::new("C02", "worker 200 starting", "degraded: answers 200, says 'starting'; nothing fires", || {
            worker(200, "starting", 612.5)
        }),
        Row::new("C02", "worker 200 degraded", "degraded: answers 200, says 'degraded'; nothing fires", || {
            worker(200, "degraded", 612.5)
        }),
        Row::new("C02", "worker 200 warning", "degraded: answers 200, says 'warning'; memory-warning fires", || {
            worker(200, "warning", 1645.3)
        }),
        Row::new(
            "C02",
            "worker 503 critical",
            "degraded: 503 from HOST, says 'critical'; memory-critical fires",
            || worker(503, "critical", 2145.5),
        ),
        Row::new("C02", "worker closed", "down: refused HOST; worker-down fires", crashed),
        Row::new(
            "C03",
            "one of two idle rq workers killed by -9",
            "one dead, two live; workers_ghost 1, workers_live 1; worker-ghost firing, rq-worker-none inactive",
            killed,
        ),
        Row::new(
            "C03",
            "killed, and we may only read: silence since seconds",
            "one live, two live; workers_ghost 0, workers_live 2; worker-ghost inactive, rq-worker-none inactive",
            killed_unseen,
        ),
        Row::new(
            "C04",
            "Redis stopped, the worker counts 0",
            "worker.queue_depth missing (missing_field), queue.queued missing (refused), queue-backlog unknown",
            counts_without_redis,
        ),
        Row::new("C04", "Redis stopped after 3 were queued", "queued was 3, now Stale: refused HOST", last_known),
        Row::new(
            "C05",
            "fields gone, renamed, null, as text, in a list, moved",
            "36 bodies: never a 0, never a false; 'body.stats.pending: body.stats has no 'pending' (has: failed)'",
            drift,
        ),
        Row::new("C06", "a component fails every other poll, for 10 min", "up, 0 lines in the log", flapping_component),
        Row::new(
            "C06",
            "a signal crosses its limit at every poll, for 10 min",
            "121 changes, 121 lines; flapping from the 5th on",
            flapping_rule,
        ),
        Row::new(
            "C07",
            "1 of 20 components hangs",
            "hung one down: timed out (response) after 5s at HOST; the others polled on time",
            one_hangs,
        ),
        Row::new(
            "C08",
            "everything fails at once",
            "sabine CRITICAL No component answers (11 of 11): own network?; 1 critical",
            all_fail,
        ),
        Row::new(
            "C09",
            "a server that serves one connection at a time",
            "60 polls up, everybody else answered within 1 s",
            one_at_a_time,
        ),
        Row::new(
            "C10",
            "a GET with side effects, failing",
            "asked 1 time by check, 0 by check --skip-slow, 1 while watched and refreshed",
            dear,
        ),
    ]);
}

fn self_report() -> String {
    let mut sabine = Sabine::start();
    let _worker = RqEnv::new(RqVersion::V3, &sabine.redis).worker("one", &["sabine-slow-path"]);
    sabine.supabase.stub().close();
    let call = sabine.call().arg("--skip-slow");
    let look = call.look();
    assert_eq!(look.alert("supabase-disconnected"), "inactive", "what FastAPI says of itself decides nothing");
    let text = call.run("text").out;
    let runbook = text.lines().find_map(|line| line.trim().strip_prefix("runbook ")).unwrap_or("none").to_owned();
    format!(
        "Supabase first: '{}'; {runbook} is its runbook; api {}, database_connected {} {}",
        call.headline().split(" (and ").next().unwrap_or_default(),
        look.state("api"),
        look.signal("api.database_connected"),
        look.unit("api.database_connected")
    )
}

/// The worker's state, and which rules about it fire.
fn worker_of(sabine: &Sabine) -> String {
    let look = sabine.call().arg("--skip-slow").look();
    let rules = ["worker-down", "memory-warning", "memory-critical", "worker-redis"];
    let firing: Vec<&str> = rules.into_iter().filter(|rule| look.alert(rule) == "firing").collect();
    let firing = if firing.is_empty() { "nothing fires".to_owned() } else { format!("{} fires", firing.join(", ")) };
    format!("{}; {firing}", look.state("worker"))
}

fn worker(code: u16, status: &str, rss_mb: f64) -> String {
    let sabine = Sabine::start();
    sabine.worker_says(code, status, rss_mb);
    worker_of(&sabine)
}

fn crashed() -> String {
    let mut sabine = Sabine::start();
    sabine.worker.stub().close();
    worker_of(&sabine)
}

/// Two workers, of whom `one` is killed; seen under the URL that is made of the Redis.
fn two_workers(url: impl FnOnce(&mut Redis) -> String) -> String {
    let mut redis = Redis::start();
    let rq = RqEnv::new(RqVersion::V3, &redis);
    let one = rq.worker("one", &["slow"]);
    let _two = rq.worker("two", &["slow"]);
    let url = url(&mut redis);
    one.kill();
    let call = Call::system("sabine").env("REDIS_URL", &url).arg("--skip-slow");
    // the server notices a moment later that nobody listens any more
    let ghosts = |look: &super::look::Look| look.signal("queue.workers_ghost") == "1";
    let look = if url.contains('@') {
        call.look()
    } else {
        eventually("a ghost", Duration::from_secs(60), || Some(call.look()).filter(ghosts))
    };
    let word = |worker: &serde_json::Value| if worker["live"] == true { "live" } else { "dead" };
    let mut workers: Vec<String> = look
        .list("workers")
        .iter()
        .map(|worker| format!("{} {}", worker["name"].as_str().unwrap_or_default(), word(worker)))
        .collect();
    workers.sort();
    format!(
        "{}; workers_ghost {}, workers_live {}; worker-ghost {}, rq-worker-none {}",
        workers.join(", "),
        look.signal("queue.workers_ghost"),
        look.signal("queue.workers_live"),
        look.alert("worker-ghost"),
        look.alert("rq-worker-none")
    )
}

fn killed() -> String {
    two_workers(|redis| redis.url())
}

fn killed_unseen() -> String {
    two_workers(|redis| redis.acl("watcher", "canary-password", &["~rq:*", "+@read", "+@connection", "-@dangerous"]))
}

fn counts_without_redis() -> String {
    let mut sabine = Sabine::start();
    sabine.redis.stop();
    let body = r#"{"status":"degraded","redis_connected":false,"queue_depth":0,"workers_active":0,"queue_failed":0,
                   "memory_rss_mb":612.5,"memory_status":"healthy"}"#;
    sabine.worker.on("/health", Answer::json(200, body));
    let look = sabine.call().arg("--skip-slow").look();
    for signal in ["worker.workers_active", "worker.queue_failed"] {
        assert!(look.signal(signal).starts_with("missing"), "{signal} {}", look.signal(signal));
    }
    format!(
        "worker.queue_depth {}, queue.queued {}, queue-backlog {}",
        look.signal("worker.queue_depth"),
        look.signal("queue.queued"),
        look.alert("queue-backlog")
    )
}

fn last_known() -> String {
    let mut redis = Redis::start();
    redis.call::<()>(&["SADD", "rq:queues", "rq:queue:slow"]);
    redis.call::<()>(&["RPUSH", "rq:queue:slow", "a", "b", "c"]);
    let url = redis.url();
    let mut live = Live::file(&format!(
        "title = 'Shop'\n[component.queue]\nprobe.rq = {{ url = '{url}' }}\nevery = '200ms'\ntimeout = '2s'"
    ));
    live.until("three jobs", |watch, _| (watch.components["queue"].state == State::Up).then_some(()));
    redis.stop();
    live.until("the stop", |watch, _| (watch.components["queue"].state == State::Down).then_some(()));
    let reading = live.reading("queue", "queued");
    assert_eq!(reading.known(), None);
    let last = reading.last.map(|(value, _)| value.to_string()).unwrap_or_default();
    let why = reading.missing.as_ref().map(|why| super::without_ports(&why.to_string())).unwrap_or_default();
    format!("queued was {last}, now {:?}: {why}", reading.freshness)
}

/// What a field can turn into.
fn mutated(value: &serde_json::Value) -> Vec<(&'static str, serde_json::Value)> {
    let as_text = value.as_str().map_or_else(|| value.to_string(), |text| format!(" {text}"));
    vec![
        ("null", serde_json::Value::Null),
        ("text", as_text.into()),
        ("list", serde_json::json!([value])),
        ("object", serde_json::json!({ "value": value })),
    ]
}

/// Every body that lacks a field, or has it changed, renamed or moved; with what was done.
fn drifted() -> Vec<(String, String)> {
    let body = serde_json::json!({ "status": "healthy", "stats": { "pending": 51, "failed": 3 }, "kept": true });
    let mut all = Vec::new();
    for path in ["/status", "/stats", "/stats/pending", "/stats/failed"] {
        let (parent, field) = path.rsplit_once('/').expect("a path");
        let mut add = |what: &str, change: &dyn Fn(&mut serde_json::Map<String, serde_json::Value>)| {
            let mut body = body.clone();
            let at = if parent.is_empty() { Some(&mut body) } else { body.pointer_mut(parent) };
            change(at.and_then(serde_json::Value::as_object_mut).expect("an object"));
            all.push((format!("{path} {what}"), body.to_string()));
        };
        let value = body.pointer(path).expect("the field");
        for (what, new) in mutated(value) {
            add(what, &|object| drop(object.insert(field.to_owned(), new.clone())));
        }
        add("gone", &|object| drop(object.remove(field)));
        for name in [field.to_uppercase(), format!("{field}_count"), format!("{field} ")] {
            add("renamed", &|object| {
                let value = object.remove(field).unwrap_or_default();
                object.insert(name.clone(), value);
            });
        }
        add("moved", &|object| {
            let value = object.remove(field).unwrap_or_default();
            object.insert("data".to_owned(), serde_json::json!({ field: value }));
        });
    }
    all
}

fn drift() -> String {
    let http = Http::start();
    let file: SystemFile = toml::from_str(&format!(
        "title = 'Shop'\n[component.wal]\nprobe.http = {{ url = '{}' }}\n\
         healthy = \"status == 200 && body.status == 'healthy'\"\n\
         signal.pending = 'body.stats.pending'\nsignal.failed = 'body.stats.failed'\n\
         [rule.backlog]\nsummary = 'Backlog'\nwhen = 'wal.pending > 50'\nseverity = 'warning'\n",
        http.url("/")
    ))
    .unwrap();
    let spec = file.component["wal"].clone();
    let mut prober = Prober::new(&spec.probe, spec.timeout.0, &Variables::default(), &Redactor::default()).unwrap();
    let id = file.component.keys().next().unwrap().clone();
    let bodies = drifted();
    let mut words = String::new();
    for (what, body) in &bodies {
        let mut watch = watching(file.clone(), clock::now());
        http.on("/", Answer::json(200, body));
        let report = headless::run(look::look(&id, &spec, &mut prober)).unwrap();
        watch.absorb(report, clock::now());
        let pending = watch.store.reading("wal", "pending", clock::now());
        let is_there = !what.starts_with("/stats") || what.starts_with("/stats/failed");
        let alert = &watch.alerts["backlog"].alert;
        if is_there {
            assert_eq!((pending.number(), &alert.state), (Some(51.0), &AlertState::Firing), "{what}");
        } else {
            assert_eq!(pending.number(), None, "{what}: {pending:?}");
            assert!(matches!(alert.state, AlertState::Unknown(_)), "{what}: {:?}", alert.state);
        }
        if what == "/stats/pending gone" {
            words = pending.missing.map(|why| why.to_string()).unwrap_or_default();
        }
        assert!(!what.starts_with("/status") || watch.components["wal"].state != State::Up, "{what}: healthy");
    }
    format!("{} bodies: never a 0, never a false; '{words}'", bodies.len())
}

fn watching(file: SystemFile, now: Now) -> Watch {
    let system = System {
        name: SystemName::new("shop").unwrap(),
        origin: "test".into(),
        text: "".into(),
        file,
        runbooks: std::sync::Arc::default(),
    };
    Watch::new(Arc::new(system), &IndexMap::new(), &[], now)
}

/// Ten minutes of polls every 5 s: what `poll` says of each is taken in, and `each` looks at what came of it.
fn ten_minutes(
    mut poll: impl FnMut(usize) -> Result<Observation, ProbeError>,
    mut each: impl FnMut(&Watch, Now),
) -> Watch {
    let file = toml::from_str(
        "title = 'Shop'\n[component.log]\nprobe.tcp = { address = '127.0.0.1:1' }\n\
         [rule.backlog]\nsummary = 'Backlog'\nwhen = 'log.latency_ms > 50.0'\nseverity = 'warning'\n",
    )
    .unwrap();
    let mut now = Now::at(1000.0, Timestamp::UNIX_EPOCH);
    let mut watch = watching(file, now);
    for n in 0..=121 {
        let component = watch.components.keys().next().unwrap().clone();
        let report = ProbeReport { component, at: now.mono, took: Duration::ZERO, outcome: poll(n) };
        watch.absorb(report, now);
        each(&watch, now);
        now = now.plus(Duration::from_secs(5));
    }
    watch
}

fn observed(latency: Duration) -> Observation {
    let signals: Vec<Measured> = Vec::new();
    Observation { state: State::Up, reason: None, signals, latency, detail: Detail::None }
}

fn flapping_component() -> String {
    let refused = || ProbeError::new(Cause::Refused, "refused HOST");
    let quick = Duration::from_millis(3);
    let watch = ten_minutes(|n| if n.is_multiple_of(2) { Ok(observed(quick)) } else { Err(refused()) }, |_, _| {});
    let component = &watch.components["log"];
    assert!(component.errors.len() > 10, "they are kept for the drill-down");
    let lines = watch.log.iter().filter(|event| event.text.contains("log")).count();
    let told = watch.log.iter().map(|event| event.text.as_str()).collect::<Vec<_>>();
    assert!(told.iter().all(|text| !text.contains("down")), "{told:?}");
    format!("{}, {lines} lines in the log", component.state)
}

fn flapping_rule() -> String {
    let millis = |n: usize| Duration::from_millis(if n.is_multiple_of(2) { 3 } else { 90 });
    let mut changes = 0;
    let mut before = false;
    let mut flapping_from = None;
    let watch = ten_minutes(
        |n| Ok(observed(millis(n))),
        |watch, now| {
            let alert = &watch.alerts["backlog"].alert;
            let firing = alert.state == AlertState::Firing;
            changes += usize::from(firing != before);
            before = firing;
            if flapping_from.is_none() && alert.is_flapping(now) {
                flapping_from = Some(changes);
            }
        },
    );
    format!(
        "{changes} changes, {} lines; flapping from the {}th on",
        watch.log.len(),
        flapping_from.unwrap_or_default()
    )
}

fn one_hangs() -> String {
    let every = Duration::from_millis(500);
    let http = saying(Answer::json(200, "{}"));
    http.on("/hangs", Answer::Hang);
    let quick = |n| format!("[component.c{n}]\nprobe.http = {{ url = '{}' }}\nevery = '500ms'\n", http.url("/quick"));
    let quick: String = (0..19).map(quick).collect();
    let hung = format!("[component.hung]\nprobe.http = {{ url = '{}' }}\n", http.url("/hangs"));
    let slowly = "every = '30s'\ntimeout = '5s'\ndown_after = 1\n";
    let mut live = Live::file(&format!("title = 'Shop'\n{quick}{hung}{slowly}"));
    let told = live.until("the end of its patience", |watch, _| {
        (watch.components["hung"].state == State::Down).then(|| super::live::state(watch, "hung"))
    });
    let mut gaps: Vec<Duration> = Vec::new();
    for n in 0..19 {
        let reports = live.reports_of(&format!("c{n}"));
        assert!(reports.len() >= 8, "c{n} was polled {} times in 5 s", reports.len());
        assert!(reports.iter().all(|report| report.told == "up"), "c{n}: {reports:?}");
        gaps.extend(reports.windows(2).map(|pair| pair[1].at.since(pair[0].at)));
    }
    gaps.sort();
    let median = gaps[gaps.len() / 2];
    let on_time = (every.mul_f64(0.9)..=every.mul_f64(1.1)).contains(&median);
    format!(
        "hung one {told}; the others polled {}",
        if on_time { "on time".into() } else { format!("each {median:?}") }
    )
}

fn all_fail() -> String {
    let mut sabine = Sabine::start();
    sabine.api.stub().close();
    sabine.worker.stub().close();
    sabine.supabase.stub().close();
    sabine.redis.stop();
    let call = sabine.call();
    let ran = call.run("text");
    assert_eq!(ran.code, 2, "{}", ran.out);
    let criticals = ran.out.lines().skip(1).filter(|line| line.trim().starts_with("CRITICAL")).count();
    let headline = super::without_ports(ran.out.lines().next().unwrap_or_default());
    format!("{}; {criticals} critical", headline.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Python's own server: it keeps a connection open and serves nobody else meanwhile.
const ONE_AT_A_TIME: &str = r"
from http.server import BaseHTTPRequestHandler, HTTPServer
class Health(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_GET(self):
        self.send_response(200)
        self.send_header('Content-Length', '2')
        self.end_headers()
        self.wfile.write(b'{}')
    def log_message(self, *args): pass
server = HTTPServer(('127.0.0.1', 0), Health)
print('port', server.server_address[1], flush=True)
server.serve_forever()
";

/// Asks as somebody else would; the error is that nobody answered in time.
fn other_client(port: u16, within: Duration) -> std::io::Result<Duration> {
    let start = Instant::now();
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(within))?;
    stream.write_all(b"GET /health HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")?;
    stream.read_to_end(&mut Vec::new())?;
    Ok(start.elapsed())
}

fn one_at_a_time() -> String {
    let mut command = Command::new("python3");
    let server = Process::start("python3", command.args(["-u", "-c", ONE_AT_A_TIME])).unwrap();
    let line = server.wait_line(Duration::from_secs(60), |line| line.starts_with("port ")).unwrap();
    let port: u16 = line.trim_start_matches("port ").parse().unwrap();
    let worker = |more: &str| {
        format!(
            "title = 'Shop'\n[component.worker]\nprobe.http = {{ url = 'http://127.0.0.1:{port}/health'{more} }}\n\
             every = '50ms'\n"
        )
    };
    // the fault is real: a connection that is kept blocks everybody
    let mut blocking = Live::file(&worker(", keep_alive = true"));
    blocking.until("an answer", |watch, _| (watch.components["worker"].state == State::Up).then_some(()));
    assert!(other_client(port, Duration::from_millis(300)).is_err(), "the server serves several at once");
    drop(blocking);
    let mut watching = Live::file(&worker(""));
    let mut slowest = Duration::ZERO;
    for polls in (5..=60).step_by(5) {
        watching.until("further polls", |_, seen| (seen.len() >= polls).then_some(()));
        slowest = slowest.max(other_client(port, Duration::from_secs(60)).unwrap());
    }
    let up = watching.seen.iter().filter(|seen| seen.told == "up").count();
    let others = if slowest < Duration::from_secs(1) { "within 1 s".into() } else { format!("after {slowest:?}") };
    format!("{} polls up, everybody else answered {others}", up.min(60))
}

fn dear() -> String {
    let sabine = Sabine::start();
    sabine.api.on("/e2b/test", Answer::json(500, r#"{"detail":"sandbox failed"}"#));
    let asked = || sabine.api.hits().iter().filter(|hit| hit.path == "/e2b/test").count();
    let file: SystemFile = toml::from_str(SABINE).unwrap();
    assert!(file.component["e2b"].is_slow());
    let look = sabine.call().look();
    let by_check = asked();
    assert_eq!(look.state("e2b"), "down: 500 from HOST, says 'sandbox failed'", "its one failure counts");
    sabine.call().arg("--skip-slow").look();
    let by_skipping = asked() - by_check;

    let url = sabine.api.url("");
    let mut live = Live::with(file, &[("api_url", &url), ("api_key", "k")]);
    live.until("its first report", |watch, _| watch.components["e2b"].polled);
    // a quick re-try would come after one second
    live.pass(Duration::from_millis(1500));
    let before = live.reports_of("api").len();
    live.pollers.poll_now();
    live.until("the refresh", |_, seen| (seen.iter().filter(|s| s.component == "api").count() > before).then_some(()));
    live.pass(Duration::from_millis(300));
    let watched = asked() - by_check - by_skipping;
    format!("asked {by_check} time by check, {by_skipping} by check --skip-slow, {watched} while watched and refreshed")
}
