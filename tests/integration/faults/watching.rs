//! Watching changes nothing: the dashboard itself in a terminal, over the built-in system, a real Redis and real jobs.

use std::time::Duration;

use super::redis::READING;
use super::sabine::Sabine;
use super::{Row, hold};
use crate::midwatch::{home, program};
use crate::support::eventually::eventually;
use crate::support::http_stub::Http;
use crate::support::key::Key;
use crate::support::redis_server::Redis;
use crate::support::rq_env::{RqEnv, RqVersion};

const QUEUE: &str = "sabine-slow-path";

#[test]
fn watching_changes_nothing() {
    hold(&[
        Row::new("R11", "the dashboard over the real stack", "reading commands only, GET only; left with 0", || {
            watched(|redis| redis.url())
        }),
        Row::new("R11", "the same as a user who may only read", "reading commands only, GET only; left with 0", || {
            watched(|redis| redis.acl("watcher", "canary-word", &["~rq:*", "+@read", "+@connection", "-@dangerous"]))
        }),
    ]);
}

/// Watches for four rounds of the fastest polls, a refresh among them.
fn watched(url: impl FnOnce(&mut Redis) -> String) -> String {
    let mut sabine = Sabine::start();
    let rq = RqEnv::new(RqVersion::V3, &sabine.redis);
    rq.fail(QUEUE, 2);
    rq.enqueue(QUEUE, "work.ok", &[], 3);
    rq.schedule(QUEUE, "work.ok", Duration::from_secs(3600));
    // killed, so that nobody but us asks the server for anything
    rq.worker("one", &["other"]).kill();
    eventually("silence of the killed worker", Duration::from_secs(60), || {
        sabine.redis.call::<Vec<String>>(&["PUBSUB", "CHANNELS"]).is_empty().then_some(())
    });
    let url = url(&mut sabine.redis);
    let home = home();
    let monitor = sabine.redis.monitor();
    let mut dashboard = program(home.path()).args(["--system", "sabine"]);
    for (name, value) in sabine.env() {
        dashboard = dashboard.env(name, if name == "REDIS_URL" { &url } else { &value });
    }
    let pty = dashboard.start().unwrap();
    // its name is cut in the table
    pty.wait_text("sabine-slow").unwrap();
    pty.send_key(Key::Ctrl('r')).unwrap();
    sabine.api.wait_hits("/health", 4);
    pty.send("q").unwrap();
    let code = pty.exit_status().unwrap().code();
    sabine.redis.call::<()>(&["ECHO", "the end"]);
    monitor.wait_line("\"the end\"");

    assert!(!String::from_utf8_lossy(&pty.raw()).contains("canary"), "a secret on the screen");
    let seen: Vec<String> = monitor.commands().into_iter().filter(|name| name != "ECHO").collect();
    let may = |name: &String| READING.iter().any(|reading| reading.split(' ').next() == Some(name.as_str()));
    let others: Vec<&String> = seen.iter().filter(|name| !may(name)).collect();
    assert!(seen.len() >= 5, "{seen:?}");
    let hits = [&sabine.api, &sabine.worker, &sabine.supabase].map(Http::hits).concat();
    let writes: Vec<&str> = hits.iter().map(|hit| hit.method.as_str()).filter(|method| *method != "GET").collect();
    assert!(hits.len() > 15, "{} requests", hits.len());
    let commands = if others.is_empty() { "reading commands only".into() } else { format!("{others:?}") };
    let methods = if writes.is_empty() { "GET only".into() } else { format!("{writes:?}") };
    format!("{commands}, {methods}; left with {}", code.unwrap_or(-1))
}
