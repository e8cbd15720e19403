//! The `redis` probe against a real redis-server, and against one that speaks nonsense: fault rows N07, R01-R06, R08, R09.

use std::time::Duration;

use midwatch::base::{Cause, Missing, Redactor, State, Variables};
use midwatch::probe::{Answer, ComponentSpec, ProbeError, ProbeSpec, Prober, assess};
use midwatch::signal::Value;

use crate::support::redis_server::Redis;
use crate::support::tcp_stub::TcpStub;

/// Longer than any poll of these tests takes when nothing is wrong with the probe.
const PATIENCE: Duration = Duration::from_secs(60);
/// For polls that are meant to time out.
const SHORT: Duration = Duration::from_millis(300);

fn component(url: &str) -> ComponentSpec {
    toml::from_str(&format!("probe.redis = {{ url = \"{url}\" }}")).unwrap()
}

fn prober(url: &str, timeout: Duration) -> Prober {
    let spec: ProbeSpec = component(url).probe;
    Prober::new(&spec, timeout, &Variables::default(), &Redactor::default()).unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Polls once, with a connection of its own.
fn poll(url: &str) -> Result<Answer, ProbeError> {
    runtime().block_on(prober(url, PATIENCE).poll(0.0))
}

fn signal(answer: &Answer, name: &str) -> Result<Value, Missing> {
    answer.signals.iter().find(|signal| signal.name.to_string() == name).expect(name).value.clone()
}

/// What one poll makes of the component, and why.
fn state(url: &str) -> (State, Option<String>) {
    let seen = assess::assess(&component(url), poll(url).unwrap());
    (seen.state, seen.reason.map(|reason| reason.text))
}

#[test]
fn a_server_is_told_as_it_tells_itself() {
    let server = Redis::with(&["--save", "", "--maxmemory", "100mb"]);
    let answer = poll(&server.url()).unwrap();
    assert_eq!(answer.trouble, None);
    assert_eq!(signal(&answer, "role"), Ok("master".into()));
    assert_eq!(signal(&answer, "memory_max_bytes"), Ok(Value::Int(100 << 20)));
    assert_eq!(signal(&answer, "clients"), Ok(Value::Int(1)), "one connection of ours");
    assert_eq!(signal(&answer, "persistence_ok"), Ok(Value::Bool(true)));
    let ratio = signal(&answer, "memory_ratio").unwrap().as_f64().unwrap();
    assert!((0.001..0.5).contains(&ratio), "{ratio}");
    let version = signal(&answer, "version").unwrap();
    assert_eq!(answer.facts["info"].get("redis_version"), Some(&version));
    assert!(version.as_str().is_some_and(|text| text.split('.').count() == 3));
    server.call::<()>(&["CONFIG", "SET", "maxmemory", "0"]);
    let unlimited = poll(&server.url()).unwrap();
    assert_eq!(signal(&unlimited, "memory_ratio"), Err(Missing::NotReported { text: "no maxmemory set".to_owned() }));
}

#[test]
fn watching_writes_nothing_and_keeps_one_connection() {
    let server = Redis::start();
    let monitor = server.monitor();
    let runtime = runtime();
    let mut prober = prober(&server.url(), PATIENCE);
    for _ in 0..3 {
        runtime.block_on(prober.poll(0.0)).unwrap();
    }
    server.call::<()>(&["ECHO", "the end"]);
    monitor.wait_line("\"the end\"");
    assert_eq!(monitor.commands(), ["ECHO", "INFO", "PING"]);
    let info: String = server.call(&["INFO", "stats"]);
    let connections = info.lines().find_map(|line| line.strip_prefix("total_connections_received:"));
    // the monitor, ours, ECHO, INFO
    assert_eq!(connections, Some("4"));
}

#[test]
fn a_user_who_may_only_read_is_enough() {
    let mut server = Redis::start();
    let url = server.acl("watcher", "s3cret", &["~rq:*", "+@read", "+@connection", "-@dangerous"]);
    let answer = poll(&url).unwrap();
    assert_eq!(answer.trouble, None);
    let refused = ProbeError::new(Cause::Unauthorized, "unauthorized: INFO (NOPERM)");
    assert_eq!(signal(&answer, "memory_used_bytes"), Err(refused.missing()));
    assert_eq!(state(&url), (State::Up, None));
}

#[test]
fn refused_users_are_told_without_their_password() {
    let mut server = Redis::start();
    let url = server.acl("watcher", "s3cret-one", &["-@all"]);
    let wrong = url.replace("s3cret-one", "hunter2");
    let error = poll(&wrong).unwrap_err();
    assert_eq!(error, ProbeError::new(Cause::Unauthorized, "unauthorized: AUTH (WRONGPASS)"));
    let error = poll(&url).unwrap_err();
    assert_eq!(error, ProbeError::new(Cause::Unauthorized, "unauthorized: PING (NOPERM)"));
    server.call::<()>(&["CONFIG", "SET", "requirepass", "another"]);
    let error = poll(&server.url()).unwrap_err();
    assert_eq!(error, ProbeError::new(Cause::Unauthorized, "unauthorized: PING (NOAUTH)"));
}

/// A server that loads its data for the next 20 s, and the connection on which it was told to: 1000 keys, each of
/// which takes 20 ms to load.
pub(crate) fn loading() -> (Redis, redis::Connection) {
    let slow = ["--enable-debug-command", "yes", "--key-load-delay", "20000"];
    let server = Redis::with(&[&slow[..], &["--save", "", "--loading-process-events-interval-bytes", "1024"]].concat());
    let mut pipe = redis::pipe();
    (0..1000).for_each(|n| {
        pipe.set(format!("k{n}"), "x".repeat(100)).ignore();
    });
    let mut loader = server.connection();
    pipe.query::<()>(&mut loader).unwrap();
    loader.send_packed_command(&redis::cmd("DEBUG").arg("RELOAD").get_packed_command()).unwrap();
    (server, loader)
}

/// A server that a script blocks for ever, and the connection on which it runs.
pub(crate) fn busy() -> (Redis, redis::Connection) {
    let server = Redis::with(&["--save", "", "--busy-reply-threshold", "50"]);
    let mut blocker = server.connection();
    blocker.send_packed_command(&redis::cmd("EVAL").arg("while true do end").arg(0).get_packed_command()).unwrap();
    (server, blocker)
}

#[test]
fn loading_is_no_reason_to_restart() {
    // R01
    let (server, _loader) = loading();
    let (state, reason) = state(&server.url());
    assert_eq!(state, State::Degraded);
    assert!(reason.as_deref().is_some_and(|text| text.starts_with("loading the data set")), "{reason:?}");
}

#[test]
fn a_server_in_trouble_is_degraded_and_says_why() {
    let server = Redis::start();
    let set = |name, value| server.call::<()>(&["CONFIG", "SET", name, value]);
    set("maxmemory", "1");
    let (state_full, reason) = state(&server.url());
    assert_eq!(state_full, State::Degraded, "R03");
    assert!(reason.is_some_and(|text| text.ends_with("used of maxmemory 1 B, writes are refused")));
    set("maxmemory", "0");

    set("replica-serve-stale-data", "no");
    server.call::<()>(&["REPLICAOF", "127.0.0.1", "1"]);
    let orphaned = "replica: the link to its master is down".to_owned();
    let masterless = "a replica without its master (MASTERDOWN)".to_owned();
    let (state_replica, reason) = state(&server.url());
    assert_eq!(state_replica, State::Degraded, "R02");
    assert!(reason.as_ref().is_some_and(|text| [orphaned, masterless].contains(text)), "{reason:?}");
    server.call::<()>(&["REPLICAOF", "NO", "ONE"]);

    let _all = server.connection();
    let (state_crowded, reason) = {
        let mut admin = server.connection();
        redis::cmd("CONFIG").arg("SET").arg("maxclients").arg(1).query::<()>(&mut admin).unwrap();
        state(&server.url())
    };
    let crowded = "out of clients: max number of clients reached".to_owned();
    assert_eq!((state_crowded, reason), (State::Degraded, Some(crowded)), "R05");
}

#[test]
fn a_script_that_blocks_is_busy() {
    // R06
    let (server, _blocker) = busy();
    let busy = "busy: a script runs and blocks it".to_owned();
    assert_eq!(state(&server.url()), (State::Degraded, Some(busy)));
}

#[test]
fn a_frozen_server_times_out_and_recovers_by_itself() {
    // R06, N03, N07: the connection is there and says nothing
    let server = Redis::start();
    let runtime = runtime();
    let mut kept = prober(&server.url(), SHORT);
    runtime.block_on(kept.poll(0.0)).unwrap();
    server.pause();
    let error = runtime.block_on(kept.poll(0.0)).unwrap_err();
    let words = format!("timed out (response) after 300ms at 127.0.0.1:{}", server.port());
    assert_eq!(error, ProbeError::new(Cause::TimedOut, words));
    server.resume();
    let mut patient = prober(&server.url(), PATIENCE);
    runtime.block_on(patient.poll(0.0)).unwrap();
    runtime.block_on(kept.poll(0.0)).unwrap();
}

#[test]
fn a_restart_between_two_polls_fails_none() {
    let mut server = Redis::start();
    let runtime = runtime();
    let mut prober = prober(&server.url(), PATIENCE);
    runtime.block_on(prober.poll(0.0)).unwrap();
    server.restart();
    runtime.block_on(prober.poll(0.0)).unwrap();
    server.kill_hard();
    let error = runtime.block_on(prober.poll(0.0)).unwrap_err();
    assert_eq!(error, ProbeError::new(Cause::Refused, format!("refused 127.0.0.1:{}", server.port())));
    server.restart();
    runtime.block_on(prober.poll(0.0)).unwrap();
}

#[test]
fn what_is_no_redis_is_malformed_and_reads_no_end() {
    // R09
    let says = |bytes: &[u8]| {
        let stub = TcpStub::saying(bytes);
        let at = stub.address().to_string();
        let ended = runtime().block_on(prober(&format!("redis://{at}"), SHORT).poll(0.0)).unwrap_err();
        (ended.cause, ended.text.replace(&at, "host"))
    };
    let malformed = |head: &str| (Cause::Malformed, format!("malformed: not the Redis protocol from host: '{head}'"));
    assert_eq!(
        says(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        malformed("HTTP/1.1 400 Bad Request\u{240d}\u{240a}\u{240d}\u{240a}")
    );
    assert_eq!(says(&b"*1\r\n".repeat(100_000)), malformed(&"*1\u{240d}\u{240a}".repeat(10)));
    assert_eq!(says(b":x\r\n"), malformed(":x\u{240d}\u{240a}"));
    // a length that never comes is waited for, and not allocated
    assert_eq!(says(b"$999999999999\r\n").0, Cause::TimedOut);
    assert_eq!(says(b"*999999999999\r\n").0, Cause::TimedOut);
    let endless = [b"$99999999\r\n".to_vec(), vec![b'x'; 17 << 20]].concat();
    assert_eq!(says(&endless), (Cause::TooLarge, "reply larger than 16 MiB from host".to_owned()));
    let early = TcpStub::start(|stream, _| {
        use std::io::{Read as _, Write as _};
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(b"$9\r\nabc");
    });
    let error = poll(&format!("redis://{}", early.address())).unwrap_err();
    assert_eq!(error, ProbeError::new(Cause::ConnectionLost, format!("connection lost {}", early.address())));
}

#[test]
fn other_words_of_a_cluster_are_told_and_never_followed() {
    // R08
    for line in ["MOVED 1 10.0.0.1:6379", "ASK 1 10.0.0.1:6379", "CLUSTERDOWN no", "MISCONF no", "EXECABORT no"] {
        let stub = TcpStub::saying(format!("-{line}\r\n-{line}\r\n"));
        let url = format!("redis://{}", stub.address());
        let (code, rest) = line.split_once(' ').unwrap();
        assert_eq!(state(&url), (State::Degraded, Some(format!("{code} to PING: {rest}"))));
    }
    let protected = TcpStub::start(|stream, _| {
        use std::io::Write as _;
        let _ = stream.write_all(b"-DENIED Redis is running in protected mode because\r\n");
    });
    let error = poll(&format!("redis://{}", protected.address())).unwrap_err();
    assert_eq!(error, ProbeError::new(Cause::Unauthorized, "unauthorized: connecting (DENIED)"));
}

#[test]
fn tls_where_none_is_spoken_is_told_as_such() {
    let stub = TcpStub::saying("-ERR unknown command\r\n");
    let error = poll(&format!("rediss://{}", stub.address())).unwrap_err();
    let words = format!("TLS: the port does not speak TLS {}", stub.address());
    assert_eq!(error, ProbeError::new(Cause::Tls, words));
}

#[test]
fn a_url_that_is_none_is_told_with_the_way_out() {
    let error = poll("http://127.0.0.1:6379").unwrap_err();
    let words = "'http://127.0.0.1:6379' is no Redis URL: write redis://host:port/db, or rediss:// for TLS";
    assert_eq!(error, ProbeError::new(Cause::Malformed, words));
}
