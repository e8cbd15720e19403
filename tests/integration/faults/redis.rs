//! Redis and rq in trouble: rows R01 to R11.

use std::time::Duration;

use midwatch::base::State;

use super::bodies::small_look;
use super::live::{Live, state};
use super::look::{Call, Look};
use super::proxy::Proxy;
use super::{Row, hold};
use crate::probe_redis::{busy, loading};
use crate::support::eventually::eventually;
use crate::support::redis_server::Redis;
use crate::support::rq_env::{RqEnv, RqVersion};
use crate::support::tcp_stub::TcpStub;

#[test]
fn redis_and_rq_in_trouble() {
    hold(&[
        Row::new("R01", "LOADING", "degraded: loading the data set; redis-down inactive", || {
            let (server, _reload) = loading();
            let look = patient(&server.url()).look();
            let told = look.state("redis");
            let words = told.split(", ").next().unwrap_or_default();
            format!("{words}; redis-down {}", look.alert("redis-down"))
        }),
        Row::new(
            "R02",
            "the master became a replica, another took its place",
            "degraded: replica: the link to its master is down; then up, master of another port",
            failover,
        ),
        Row::new(
            "R03",
            "maxmemory reached",
            "degraded: out of memory: writes are refused; queue up, queued 3, memory known",
            out_of_memory,
        ),
        Row::new("R04", "a password is asked for", "unknown: unauthorized: PING (NOAUTH); 2 connections", no_auth),
        Row::new("R04", "a wrong password", "unknown: unauthorized: AUTH (WRONGPASS); 4 connections", wrong_pass),
        Row::new("R04", "a user who may nothing", "unknown: unauthorized: PING (NOPERM); 2 connections", no_perm),
        Row::new(
            "R05",
            "max number of clients reached",
            "degraded: out of clients: max number of clients reached; queue as well; 2 connections refused",
            crowded,
        ),
        Row::new(
            "R06",
            "a script blocks it",
            "degraded: busy: a script runs and blocks it; redis-down inactive",
            || {
                let (server, _blocker) = busy();
                let look = at(&server.url()).look();
                format!("{}; redis-down {}", look.state("redis"), look.alert("redis-down"))
            },
        ),
        Row::new("R06", "CLIENT PAUSE", "down: timed out (response) after 300ms at HOST", || {
            let server = Redis::start();
            server.call::<()>(&["CLIENT", "PAUSE", "20000", "ALL"]);
            at(&server.url()).look().state("redis")
        }),
        Row::new("R06", "stopped by a signal", "down: timed out (response) after 300ms at HOST", || {
            let server = Redis::start();
            server.pause();
            at(&server.url()).look().state("redis")
        }),
        Row::new(
            "R07",
            "rq:workers is a text",
            "queue up; workers missing (wrong_type), queued 1; 'queue.workers: wrong type: SMEMBERS rq:workers'",
            wrong_type,
        ),
        Row::new("R08", "MOVED", "degraded: MOVED to AUTH: 1 HOST; nobody followed", || code("MOVED 1")),
        Row::new("R08", "ASK", "degraded: ASK to AUTH: 1 HOST; nobody followed", || code("ASK 1")),
        Row::new("R08", "CLUSTERDOWN", "degraded: CLUSTERDOWN to AUTH: at HOST; nobody followed", || {
            code("CLUSTERDOWN at")
        }),
        Row::new("R08", "MISCONF", "degraded: MISCONF to AUTH: at HOST; nobody followed", || code("MISCONF at")),
        Row::new("R08", "EXECABORT", "degraded: EXECABORT to AUTH: at HOST; nobody followed", || code("EXECABORT at")),
        Row::new("R09", "nesting of 100000", "unknown: malformed: not the Redis protocol from HOST", || {
            nonsense(&b"*1\r\n".repeat(100_000))
        }),
        Row::new("R09", "999999999999 bytes announced", "down: timed out (response) after 300ms at HOST", || {
            nonsense(b"$999999999999\r\n")
        }),
        Row::new("R09", "999999999999 elements announced", "down: timed out (response) after 300ms at HOST", || {
            nonsense(b"*999999999999\r\n")
        }),
        Row::new("R09", "a number for PONG", "unknown: malformed: PING was not answered with PONG", || {
            nonsense(b":7\r\n:7\r\n")
        }),
        Row::new("R09", "HTTP", "unknown: malformed: not the Redis protocol from HOST", || {
            nonsense(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        }),
        Row::new("R09", "ends in the middle", "down: connection lost HOST", cut_short),
        Row::new(
            "R10",
            "1000000 failed jobs, hostile texts, pickled data",
            "queue up, failed 1000000; no command on all of them, no data read",
            million_failed,
        ),
        Row::new(
            "R11",
            "watching the real stack for 3 s",
            "reading commands, no other; every key as before",
            reads_only,
        ),
    ]);
}

/// A system of Redis and rq, with a short timeout.
fn at(url: &str) -> Call {
    system(url, "1s", "300ms")
}

/// The same for a server that works hard.
fn patient(url: &str) -> Call {
    system(url, "5s", "5s")
}

fn system(url: &str, every: &str, timeout: &str) -> Call {
    Call::file(&format!(
        "title = 'Shop'\n[var.redis_url]\nenv = 'REDIS_URL'\n\
         [component.redis]\nprobe.redis = {{ url = '${{redis_url}}' }}\nevery = '{every}'\ntimeout = '{timeout}'\n\
         [component.queue]\nprobe.rq = {{ url = '${{redis_url}}' }}\nevery = '{every}'\ntimeout = '{timeout}'\n\
         depends_on = ['redis']\n\
         [rule.backlog]\nsummary = 'Backlog'\nwhen = 'queue.queued > 50'\nseverity = 'warning'\n"
    ))
    .env("REDIS_URL", url)
}

fn failover() -> String {
    let (old, new) = (Redis::start(), Redis::start());
    old.call::<()>(&["CONFIG", "SET", "replica-serve-stale-data", "no"]);
    let name = Proxy::to(old.port());
    let mut live = Live::file(&format!(
        "title = 'Shop'\n[component.redis]\nprobe.redis = {{ url = 'redis://{}' }}\nevery = '300ms'\ntimeout = '1s'\n",
        name.address()
    ));
    live.until("up", |watch, _| (watch.components["redis"].state == State::Up).then_some(()));
    old.call::<()>(&["REPLICAOF", "127.0.0.1", "1"]);
    let demoted = live.until("a replica", |watch, _| {
        (watch.components["redis"].state == State::Degraded).then(|| state(watch, "redis"))
    });
    let is_told = ["replica: the link to its master is down", "a replica without its master (MASTERDOWN)"]
        .iter()
        .any(|words| demoted.ends_with(words));
    assert!(is_told, "{demoted}");
    // the old master goes on answering whoever stays
    name.lead_to(new.port());
    live.until("the new master", |watch, _| (watch.components["redis"].state == State::Up).then_some(()));
    let role = live.reading("redis", "role").known().map(ToString::to_string);
    format!(
        "degraded: replica: the link to its master is down; then {}, {} of another port",
        live.state("redis"),
        role.unwrap_or_default()
    )
}

fn filled(server: &Redis) {
    server.call::<()>(&["SADD", "rq:queues", "rq:queue:slow"]);
    server.call::<()>(&["RPUSH", "rq:queue:slow", "a", "b", "c"]);
}

fn out_of_memory() -> String {
    let server = Redis::start();
    filled(&server);
    server.call::<()>(&["CONFIG", "SET", "maxmemory", "1"]);
    let look = patient(&server.url()).look();
    let used: u64 = look.signal("redis.memory_used_bytes").parse().unwrap();
    let told = look.state("redis").replace(&format!("{used} B used of maxmemory 1 B, "), "");
    format!("{told}; queue {}, queued {}, memory known", look.state("queue"), look.signal("queue.queued"))
}

/// A count of the server's own statistics, asked over a connection that was there before.
fn stat(admin: &mut ::redis::Connection, field: &str) -> u64 {
    let info: String = ::redis::cmd("INFO").arg("stats").query(admin).unwrap();
    let value = info.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    value.and_then(|value| value.trim().parse().ok()).unwrap_or_else(|| panic!("no {field}"))
}

/// A look by somebody who is not let in: what is told, and how often the door was tried.
fn refused(admin: &mut ::redis::Connection, url: &str, secrets: &[&str]) -> String {
    let before = stat(admin, "total_connections_received");
    let call = at(url);
    let look = call.look();
    let tries = stat(admin, "total_connections_received") - before;
    for text in [&look.ran.out, &look.ran.err, &call.run("text").out] {
        assert!(secrets.iter().all(|secret| !text.contains(secret)), "{text}");
    }
    assert_eq!(look.status(), "unknown");
    format!("{}; {tries} connections", look.state("redis"))
}

fn no_auth() -> String {
    let server = Redis::start();
    let mut admin = server.connection();
    server.call::<()>(&["CONFIG", "SET", "requirepass", "s3cret-word"]);
    refused(&mut admin, &server.url(), &["s3cret-word"])
}

fn wrong_pass() -> String {
    let mut server = Redis::start();
    let mut admin = server.connection();
    let url = server.acl("watcher", "s3cret-word", &["~*", "+@all"]);
    refused(&mut admin, &url.replace("s3cret-word", "hunter2"), &["s3cret-word", "hunter2"])
}

fn no_perm() -> String {
    let mut server = Redis::start();
    let mut admin = server.connection();
    let url = server.acl("watcher", "s3cret-word", &["-@all"]);
    refused(&mut admin, &url, &["s3cret-word"])
}

fn crowded() -> String {
    let server = Redis::start();
    let mut admin = server.connection();
    ::redis::cmd("CONFIG").arg("SET").arg("maxclients").arg(1).query::<()>(&mut admin).unwrap();
    let look = at(&server.url()).look();
    let refused = stat(&mut admin, "rejected_connections");
    assert_eq!(look.state("queue"), look.state("redis"));
    format!("{}; queue as well; {refused} connections refused", look.state("redis"))
}

fn wrong_type() -> String {
    let server = Redis::start();
    server.call::<()>(&["SADD", "rq:queues", "rq:queue:slow"]);
    server.call::<()>(&["RPUSH", "rq:queue:slow", "a"]);
    server.call::<()>(&["SET", "rq:workers", "x"]);
    let file = format!(
        "title = 'Shop'\n[component.queue]\nprobe.rq = {{ url = '{}' }}\n\
         [rule.nobody]\nsummary = 'Nobody'\nwhen = 'queue.workers == 0'\nseverity = 'critical'\n",
        server.url()
    );
    let look = Call::file(&file).look();
    assert_eq!((look.alert("nobody"), look.status()), ("unknown", "unknown"));
    assert_eq!(server.call::<String>(&["TYPE", "rq:workers"]), "string");
    format!(
        "queue {}; workers {}, queued {}; '{}'",
        look.state("queue"),
        look.signal("queue.workers"),
        look.signal("queue.queued"),
        look.why("nobody")
    )
}

/// A server that answers each command with an error that names another one.
fn code(line: &str) -> String {
    let other = TcpStub::start(|_, _| {});
    let error = format!("-{line} {}\r\n", other.address());
    let stub = TcpStub::saying(error.repeat(2));
    let look = at(&format!("redis://:s3cret-word@{}", stub.address())).look();
    let _ = look.state("queue");
    format!(
        "{}; {} followed",
        look.state("redis"),
        if other.accepted() == 0 { "nobody".to_owned() } else { format!("{} times", other.accepted()) }
    )
}

fn nonsense(bytes: &[u8]) -> String {
    let stub = TcpStub::saying(bytes);
    let look = at(&format!("redis://{}", stub.address())).look();
    // how much of the program's own file counts as its memory is the system's choice, and the same for both
    let (least, peak) = (small_look(), look.ran.peak_kib);
    assert!(peak < least + (48 << 10), "{least} to {peak} KiB: what was announced was allocated");
    assert_ne!(look.state("queue"), "up");
    look.state("redis").split(": '").next().unwrap_or_default().to_owned()
}

fn cut_short() -> String {
    let stub = TcpStub::start(|stream, _| {
        use std::io::{Read as _, Write as _};
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(b"+PONG\r\n$900\r\nabc");
    });
    at(&format!("redis://{}", stub.address())).look().state("redis")
}

/// What the server executed since the last reset of its statistics, by command: how often.
fn executed(server: &Redis) -> Vec<(String, u64)> {
    let info: String = server.call(&["INFO", "commandstats"]);
    let lines = info.lines().filter_map(|line| line.strip_prefix("cmdstat_")?.split_once(":calls="));
    let counted = lines.filter_map(|(name, rest)| {
        Some((name.to_uppercase().replace('|', " "), rest.split(',').next()?.parse().ok()?))
    });
    counted.filter(|(name, _)| !["CONFIG RESETSTAT", "MONITOR"].contains(&name.as_str())).collect()
}

const FILL: &str = "for n = 1, 1000000 do redis.call('ZADD', KEYS[1], ARGV[1] + n, 'job-' .. n) end";

fn million_failed() -> String {
    let server = Redis::start();
    server.call::<()>(&["SADD", "rq:queues", "rq:queue:slow"]);
    server.call::<()>(&["EVAL", FILL, "1", "rq:failed:slow", "4000000000"]);
    let hostile = "\u{1b}]52;c;ZXZpbA==\u{7}\u{202e}work\r\n";
    let pickle = "\u{80}cos\nsystem\n(S'touch /nowhere'\ntR.";
    for n in 999_990..=1_000_000 {
        let key = format!("rq:job:job-{n}");
        server.call::<()>(&["HSET", &key, "description", hostile, "data", pickle, "exc_info", hostile]);
    }
    let monitor = server.monitor();
    let call = patient(&server.url());
    let look = call.look();
    server.call::<()>(&["ECHO", "the end"]);
    monitor.wait_line("\"the end\"");
    for text in [&look.ran.out, &call.run("text").out] {
        let is_raw = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!text.contains(is_raw), "{text:?}");
    }
    let told = monitor.lines();
    let all = ["\"KEYS\"", "\"ZRANGE\" \"rq:failed:slow\" \"0\" \"-1\"", "\"SORT\""];
    let unbounded: Vec<&String> = told.iter().filter(|line| all.iter().any(|command| line.contains(command))).collect();
    assert!(unbounded.is_empty(), "{unbounded:?}");
    let payloads: Vec<&String> =
        told.iter().filter(|line| line.contains("\"data\"") || line.contains("HGETALL")).collect();
    assert!(payloads.is_empty(), "{payloads:?}");
    format!(
        "queue {}, failed {}; no command on all of them, no data read",
        look.state("queue"),
        look.signal("queue.failed")
    )
}

/// Every command that watching may send.
pub(crate) const READING: [&str; 23] = [
    "AUTH",
    "EXISTS",
    "GET",
    "HMGET",
    "INFO",
    "LINDEX",
    "LLEN",
    "LRANGE",
    "MGET",
    "PEXPIRETIME",
    "PING",
    "PTTL",
    "PUBSUB CHANNELS",
    "PUBSUB NUMSUB",
    "SCAN",
    "SELECT",
    "SMEMBERS",
    "TIME",
    "XREVRANGE",
    "ZCARD",
    "ZCOUNT",
    "ZRANGE",
    "ZREVRANGE",
];

fn reads_only() -> String {
    let server = Redis::with(&["--save", "", "--enable-debug-command", "yes"]);
    let rq = RqEnv::new(RqVersion::V3, &server);
    rq.fail("slow", 2);
    rq.enqueue("slow", "work.ok", &[], 3);
    rq.schedule("slow", "work.ok", Duration::from_secs(3600));
    // killed, so that nothing but us asks the server for anything
    rq.worker("one", &["other"]).kill();
    eventually("silence of the killed worker", Duration::from_secs(60), || {
        (server.call::<Vec<String>>(&["PUBSUB", "CHANNELS"]).is_empty()).then_some(())
    });
    server.call::<()>(&["CONFIG", "RESETSTAT"]);
    let before: String = server.call(&["DEBUG", "DIGEST"]);
    let look: Look = system(&server.url(), "1s", "1s").arg("--for").arg("3s").look();
    let after: String = server.call(&["DEBUG", "DIGEST"]);
    assert_eq!(look.signal("queue.queued"), "3");
    assert_eq!(before, after, "a key was changed");
    let seen = executed(&server);
    let others: Vec<&(String, u64)> =
        seen.iter().filter(|(name, _)| !READING.contains(&name.as_str()) && name != "DEBUG").collect();
    let polls = seen.iter().find(|(name, _)| name == "PING").map_or(0, |(_, calls)| *calls);
    assert!(polls >= 3, "{seen:?}");
    let others = if others.is_empty() { "no other".to_owned() } else { format!("and {others:?}") };
    format!("reading commands, {others}; every key as before")
}
