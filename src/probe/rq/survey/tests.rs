//! Polls over a Redis that is a table: what is asked, in how many trips, and what is made of it as time passes.
//! One file, since every test speaks to the one table of the beginning.

use std::sync::Arc;

use redis::Value;

use super::*;
use crate::base::Cause;
use crate::probe::ProbeError;
use crate::probe::rq::facts::{Liveness, RqSnapshot};
use crate::probe::rq::slot::Reply;

/// Replies by the beginning of the command; what is not in it is empty.
#[derive(Default)]
struct Table {
    replies: Vec<(String, Value)>,
    /// Commands that are refused.
    refused: Vec<&'static str>,
    /// The clock of Redis.
    now: f64,
    /// Commands sent by the last poll, by trip.
    trips: Vec<Vec<String>>,
}

/// A Redis of so many queues, `q0` and so on, with nothing in them.
fn many(count: usize) -> Table {
    let mut table = Table::new();
    let names: Vec<String> = (0..count).map(|n| format!("rq:queue:q{n}")).collect();
    table.set("SMEMBERS rq:queues", texts(&names.iter().map(String::as_str).collect::<Vec<_>>()));
    table
}

fn text(text: impl Into<String>) -> Value {
    Value::BulkString(text.into().into_bytes())
}

fn texts(all: &[&str]) -> Value {
    Value::Array(all.iter().copied().map(text).collect())
}

fn iso(unix: f64) -> String {
    let since = crate::base::time::seconds(unix).unwrap();
    format!("{:.6}", jiff::Timestamp::UNIX_EPOCH + jiff::SignedDuration::try_from(since).unwrap())
}

impl Table {
    fn new() -> Self {
        Self { now: 1_800_000_000.0, ..Self::default() }
    }

    fn set(&mut self, command: &str, reply: Value) {
        self.replies.retain(|(known, _)| known != command);
        self.replies.push((command.to_owned(), reply));
    }

    fn queue(&mut self, name: &str) {
        self.set("SMEMBERS rq:queues", texts(&[&format!("rq:queue:{name}")]));
    }

    /// A worker on queue `q` that beat so long ago.
    fn worker(&mut self, name: &str, state: &str, age: f64) {
        self.set("SMEMBERS rq:workers", texts(&[&format!("rq:worker:{name}")]));
        let mut pulse = vec![text(state), text(iso(self.now - age)), text("2026-01-01T00:00:00.000000Z"), Value::Nil];
        pulse.extend([if state == "busy" { text("runs") } else { Value::Nil }, Value::Nil, Value::Nil]);
        self.set(&format!("HMGET rq:worker:{name} state"), Value::Array(pulse));
        self.set(&format!("HMGET rq:worker:{name} queues"), texts(&["q", "host", "7", "3.0.0"]));
        self.listens(name, 1);
    }

    fn listens(&mut self, name: &str, listeners: i64) {
        let numbers = Value::Array(vec![text(format!("rq:pubsub:{name}")), Value::Int(listeners)]);
        self.set("PUBSUB NUMSUB", numbers);
    }

    fn enqueued(&mut self, job: &str, age: f64) {
        self.set(&format!("HMGET rq:job:{job} enqueued_at"), texts(&[&iso(self.now - age), ""]));
    }

    fn taken(&mut self, jobs: &[&str]) {
        let count = i64::try_from(jobs.len()).unwrap();
        self.set("EXISTS rq:queue:q:intermediate", Value::Int(count.min(1)));
        self.set("LLEN rq:queue:q:intermediate", Value::Int(count));
        self.set("LRANGE rq:queue:q:intermediate", texts(jobs));
    }

    fn reply(&self, command: &redis::Cmd) -> Reply {
        let words: Vec<String> = words(command);
        let line = words.join(" ");
        if self.refused.iter().any(|refused| line.starts_with(refused)) {
            return Err(ProbeError::new(Cause::Unauthorized, format!("unauthorized: {line}")));
        }
        let found = self.replies.iter().find(|(known, _)| line == *known || line.starts_with(&format!("{known} ")));
        Ok(found.map_or_else(|| self.empty(&words), |(_, reply)| reply.clone()))
    }

    fn empty(&self, words: &[String]) -> Value {
        match words[0].as_str() {
            "LLEN" | "ZCARD" | "ZCOUNT" | "EXISTS" => Value::Int(0),
            "PTTL" | "PEXPIRETIME" => Value::Int(-2),
            "TIME" => texts(&[&format!("{:.0}", self.now.floor()), "0"]),
            "HMGET" | "MGET" => Value::Array(vec![Value::Nil; words.len() - if words[0] == "MGET" { 1 } else { 2 }]),
            "SCAN" => Value::Array(vec![text("0"), Value::Array(Vec::new())]),
            "GET" | "LINDEX" => Value::Nil,
            _ => Value::Array(Vec::new()),
        }
    }

    fn poll(&mut self, survey: &mut Survey) -> RqSnapshot {
        self.poll_at(self.now, survey)
    }

    /// Polls when it is that late on our clock.
    fn poll_at(&mut self, ours: f64, survey: &mut Survey) -> RqSnapshot {
        self.start(ours, survey, usize::MAX);
        survey.finish()
    }

    /// Polls until the connection is lost after so many trips.
    fn start(&mut self, ours: f64, survey: &mut Survey, trips: usize) {
        survey.begin(ours);
        self.trips.clear();
        loop {
            let asks = survey.asks();
            if asks.is_empty() || self.trips.len() == trips {
                return;
            }
            let commands: Vec<_> =
                survey.with_names(|names| asks.iter().map(|ask| ask.command(names)).collect::<Vec<_>>());
            self.trips.push(commands.iter().map(|command| words(command).join(" ")).collect());
            for (ask, command) in asks.into_iter().zip(&commands) {
                survey.take(ask, self.reply(command));
            }
        }
    }

    fn sent(&self, start: &str) -> usize {
        self.trips.iter().flatten().filter(|line| line.starts_with(start)).count()
    }
}

fn words(command: &redis::Cmd) -> Vec<String> {
    let word = |arg| match arg {
        redis::Arg::Simple(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        _ => String::new(),
    };
    command.args_iter().map(word).collect()
}

fn survey() -> Survey {
    Survey::new("rq", &[], Redactor::default())
}

/// A queue with something in each registry, and a worker.
fn full() -> Table {
    let mut table = Table::new();
    table.queue("q");
    table.worker("w", "busy", 10.0);
    for key in
        ["LLEN rq:queue:q", "ZCARD rq:wip:q", "ZCARD rq:failed:q", "ZCARD rq:scheduled:q", "ZCOUNT rq:finished:q"]
    {
        table.set(key, Value::Int(1));
    }
    table.set("LRANGE rq:queue:q", texts(&["waits"]));
    table.set("LINDEX rq:queue:q", text("waits"));
    table.enqueued("waits", 41.0);
    let later = format!("{}", table.now + 9999.0);
    table.set("ZREVRANGE rq:failed:q", texts(&["broken", &later]));
    table.set("ZREVRANGE rq:finished:q", texts(&["done", &later]));
    table.set("ZRANGE rq:scheduled:q", texts(&["later", &later]));
    for job in ["broken", "done", "later"] {
        let ended = iso(table.now - 60.0);
        table.set(&format!("HMGET rq:job:{job} description"), texts(&[&format!("work.{job}()"), &ended]));
    }
    table
}

#[test]
fn the_first_poll_takes_three_trips_and_a_calm_one_takes_one() {
    let (mut table, mut survey) = (full(), survey());
    let first = table.poll(&mut survey);
    assert_eq!(table.trips.len(), 3, "{:?}", table.trips);
    assert_eq!(first.queues[0].oldest_wait_s, Some(41.0));
    for poll in 2..40 {
        table.now += 5.0;
        table.worker("w", "busy", 10.0);
        let look = table.poll(&mut survey);
        assert_eq!(table.trips.len(), 1, "poll {poll}: {:?}", table.trips);
        assert!(Arc::ptr_eq(&look.failed_jobs, &first.failed_jobs), "not even copied");
        assert_eq!((look.scheduled.len(), look.finished_jobs.len()), (1, 1));
    }
}

#[test]
fn a_calm_poll_asks_little_more_than_the_counts() {
    let (mut table, mut survey) = (full(), survey());
    let mut sent = Vec::new();
    for _ in 0..26 {
        table.poll(&mut survey);
        sent.push(table.trips.iter().map(Vec::len).sum::<usize>());
    }
    // 4 roots, 7 counts, leases, schedule, front, lock, intermediate, pulse, listeners
    assert_eq!(sent[2..].iter().min(), Some(&18), "{sent:?}");
    assert!(sent[2..].iter().all(|count| *count <= 24), "{sent:?}");
}

#[test]
fn a_job_counts_as_swallowed_after_ten_seconds() {
    let (mut table, mut survey) = (full(), survey());
    table.poll(&mut survey);
    table.taken(&["lost"]);
    table.worker("w", "idle", 1.0);
    table.enqueued("lost", 30.0);
    for (after, swallowed) in [(0.0, 0), (9.0, 0), (2.0, 1), (5.0, 1)] {
        table.now += after;
        assert_eq!(table.poll(&mut survey).queues[0].swallowed, Some(swallowed), "+{after}");
    }
    // somebody did start it
    table.set("ZRANGE rq:wip:q", texts(&["lost:0123456789abcdef0123456789abcdef"]));
    assert_eq!(table.poll(&mut survey).queues[0].swallowed, Some(0));
    table.set("ZRANGE rq:wip:q", texts(&[]));
    assert_eq!(table.poll(&mut survey).queues[0].swallowed, Some(1));
    // taken up: and another one of the same id starts anew
    table.taken(&[]);
    assert_eq!(table.poll(&mut survey).queues[0].intermediate, Some(0));
    table.taken(&["lost"]);
    assert_eq!(table.poll(&mut survey).queues[0].swallowed, Some(0));
}

#[test]
fn one_look_tells_a_job_that_was_lost_before() {
    // enqueued after the last beat of any worker: a worker that takes a job beats
    for (beat, enqueued, swallowed) in [(60.0, 30.0, 1), (60.0, 5.0, 0), (1.0, 30.0, 0), (31.0, 30.0, 0)] {
        let (mut table, mut survey) = (full(), survey());
        table.worker("w", "idle", beat);
        table.taken(&["lost"]);
        table.enqueued("lost", enqueued);
        let look = table.poll(&mut survey);
        assert_eq!(look.queues[0].swallowed, Some(swallowed), "beat {beat} s ago, enqueued {enqueued} s ago");
    }
    // rq's own upkeep has seen it before
    let (mut table, mut survey) = (full(), survey());
    table.worker("w", "idle", 1.0);
    table.taken(&["lost"]);
    table.set("GET rq:queue:q:intermediate:first_seen:lost", text(format!("{}", table.now - 20.0)));
    assert_eq!(table.poll(&mut survey).queues[0].swallowed, Some(1));
}

#[test]
fn the_orphan_is_the_only_one_who_can_have_swallowed() {
    let (mut table, mut survey) = (full(), survey());
    table.set("LLEN rq:queue:q", Value::Int(0));
    table.worker("w", "idle", 60.0);
    table.taken(&["lost"]);
    table.enqueued("lost", 30.0);
    table.set("MGET rq:scheduler-lock:q", texts(&["7"]));
    assert_eq!(table.poll(&mut survey).workers[0].liveness, Liveness::OrphanScheduler, "the lock names its process");
    table.set("MGET rq:scheduler-lock:q", texts(&["8"]));
    assert_eq!(table.poll(&mut survey).workers[0].liveness, Liveness::Silent, "another one's scheduler");
    table.worker("w", "idle", 20.0);
    assert_eq!(table.poll(&mut survey).workers[0].liveness, Liveness::Live, "it has beaten since");
}

#[test]
fn without_the_right_to_pubsub_nobody_is_asked_for_and_a_scan_searches() {
    let (mut table, mut survey) = (full(), survey());
    table.refused = vec!["PUBSUB"];
    let look = table.poll(&mut survey);
    assert_eq!(look.workers[0].liveness, Liveness::Live);
    assert_eq!(look.limits.len(), 1);
    let mut asked = 0;
    for _ in 2..RETRY {
        table.poll(&mut survey);
        asked += table.sent("PUBSUB");
        assert!(table.trips.len() <= 1, "{:?}", table.trips);
    }
    assert_eq!(asked, 0);
    table.refused.clear();
    for _ in 0..5 {
        table.poll(&mut survey);
    }
    assert_eq!(table.poll(&mut survey).limits, [], "rights may be granted later");
}

#[test]
fn a_scan_goes_on_where_it_stopped_and_ends() {
    let mut table = Table::new();
    table.refused = vec!["PUBSUB"];
    let mut survey = survey();
    table.set("SCAN 0", Value::Array(vec![text("17"), texts(&[])]));
    table.set("SCAN 17", Value::Array(vec![text("0"), texts(&["rq:worker:lost", "rq:worker:lost:executions"])]));
    table.worker("lost", "idle", 10.0);
    table.set("SMEMBERS rq:workers", texts(&[]));
    let look = table.poll(&mut survey);
    assert_eq!(look.workers.len(), 1, "{:?}", table.trips);
    assert_eq!(look.workers[0].liveness, Liveness::Unregistered);
    table.poll(&mut survey);
    assert_eq!(table.sent("SCAN"), 0);
}

#[test]
fn whoever_a_scan_finds_is_asked_what_it_is_in_the_same_poll() {
    for step in 0..8 {
        let (mut table, mut survey) = (Table::new(), survey());
        table.refused = vec!["PUBSUB"];
        table.worker("lost", "idle", 10.0);
        table.set("SMEMBERS rq:workers", texts(&[]));
        table.set("PTTL rq:worker:lost", Value::Int(400_000));
        for cursor in 0..8 {
            let next = if cursor == 7 { "0".to_owned() } else { (cursor + 1).to_string() };
            let found: &[&str] = if cursor == step { &["rq:worker:lost"] } else { &[] };
            table.set(&format!("SCAN {cursor}"), Value::Array(vec![text(next), texts(found)]));
        }
        let look = (0..8).map(|_| table.poll(&mut survey)).find(|look| !look.workers.is_empty()).unwrap();
        assert_eq!(look.workers[0].liveness, Liveness::Unregistered, "on page {step}: {}", look.workers[0].why);
        assert_eq!((look.workers[0].host.as_str(), look.workers[0].pid), ("host", Some(7)), "on page {step}");
    }
}

#[test]
fn a_worker_that_beats_unheard_is_not_dead() {
    let (mut table, mut survey) = (full(), survey());
    table.listens("w", 0);
    assert_eq!(table.poll(&mut survey).workers[0].liveness, Liveness::Killed, "so far nothing speaks for it");
    table.now += 5.0;
    table.worker("w", "idle", 1.0);
    table.listens("w", 0);
    let look = table.poll(&mut survey);
    assert_eq!(look.workers[0].liveness, Liveness::Live, "it beats: {}", look.workers[0].why);
    assert_eq!(look.limits.len(), 1);
}

#[test]
fn what_a_lost_connection_left_unanswered_is_asked_again() {
    let (mut table, mut survey) = (full(), survey());
    for trips in 0..3 {
        table.start(table.now, &mut survey, trips);
    }
    let look = table.poll(&mut survey);
    assert_eq!(look.failed_jobs[0].description.as_str(), "work.broken()");
    assert_eq!(look.queues[0].oldest_wait_s, Some(41.0));
    assert_eq!(look.workers[0].version.as_str(), "3.0.0");
}

#[test]
fn a_job_that_fails_again_is_read_again() {
    let (mut table, mut survey) = (full(), survey());
    table.poll(&mut survey);
    table.set("HMGET rq:job:broken description", texts(&["work.broken(2)", &iso(table.now)]));
    table.set("ZREVRANGE rq:failed:q", texts(&["broken", &format!("{}", table.now + 20_000.0)]));
    let described = |look: &RqSnapshot| look.failed_jobs[0].description.as_str().to_owned();
    let looks: Vec<String> = (0..3).map(|_| described(&table.poll(&mut survey))).collect();
    assert_eq!(looks.last().map(String::as_str), Some("work.broken(2)"), "{looks:?}");
}

#[test]
fn lists_end_with_their_registries() {
    let (mut table, mut survey) = (full(), survey());
    table.poll(&mut survey);
    for key in ["ZCARD rq:failed:q", "ZCARD rq:scheduled:q", "ZCOUNT rq:finished:q"] {
        table.set(key, Value::Int(0));
    }
    let look = table.poll(&mut survey);
    assert_eq!((look.failed_jobs.len(), look.scheduled.len(), look.finished_jobs.len()), (0, 0, 0));
    table.set("ZCARD rq:failed:q", Value::Int(1));
    assert_eq!(table.poll(&mut survey).failed_jobs[0].description.as_str(), "work.broken()");
}

#[test]
fn expired_jobs_do_not_count_and_leases_are_judged_by_the_clock_of_redis() {
    let (mut table, mut survey) = (full(), survey());
    table.set("ZCARD rq:failed:q", Value::Int(5));
    table.set("ZCOUNT rq:failed:q 0", Value::Int(2));
    // our clock is an hour behind
    let ours = table.now - 3600.0;
    let look = table.poll_at(ours, &mut survey);
    assert_eq!(look.queues[0].failed, Some(3));
    assert_eq!(look.clock_skew_s, Some(3600.0));
    assert_eq!(look.workers[0].heartbeat_age_s, Some(10.0));
    table.poll_at(ours, &mut survey);
    let lease = format!("ZCOUNT rq:wip:q -inf ({:.6}", table.now);
    assert_eq!(table.sent(&lease), 1, "{:?}", table.trips);
}

#[test]
fn of_many_queues_what_is_empty_is_asked_for_together_and_what_appears_is_counted() {
    let mut table = many(120);
    let mut survey = Survey::new("rq", &[], Redactor::default());
    table.poll(&mut survey);
    let calm = table.poll(&mut survey);
    let asked: usize = table.trips.iter().map(Vec::len).sum();
    assert_eq!(table.trips.len(), 1, "{:?}", table.trips);
    // finished jobs are counted one by one; six kinds in two groups each, locks, intermediate lists and a few roots
    assert!(asked < 120 + 6 * 2 + 12, "{asked}: {:?}", table.trips);
    assert!(calm.queues.iter().all(|queue| queue.failed == Some(0) && queue.queued == Some(0)));

    table.set("ZCARD rq:failed:q57", Value::Int(3));
    let groups: Vec<String> =
        table.trips[0].iter().filter(|line| line.starts_with("EXISTS rq:failed:")).cloned().collect();
    let group = groups.iter().find(|line| line.split(' ').any(|word| word == "rq:failed:q57")).unwrap().clone();
    table.set(&group, Value::Int(1));
    let look = table.poll(&mut survey);
    let of = |name: &str| look.queues.iter().find(|queue| queue.name.as_str() == name).unwrap().clone();
    assert_eq!((of("q57").failed, of("q56").failed, of("q99").failed), (Some(3), Some(0), Some(0)));
    assert!(of("q57").faults.is_empty() && table.trips.len() <= 3, "{:?}", table.trips);
    let look = table.poll(&mut survey);
    assert_eq!(look.queues.iter().filter_map(|queue| queue.failed).sum::<u64>(), 3, "and at the next poll as well");

    // whoever may not ask for several asks one by one
    let mut table = many(120);
    table.refused.push("EXISTS rq:failed:");
    let mut survey = Survey::new("rq", &[], Redactor::default());
    table.poll(&mut survey);
    for _ in 0..3 {
        let look = table.poll(&mut survey);
        assert!(look.queues.iter().all(|queue| queue.failed == Some(0) && queue.faults.is_empty()));
    }
    assert_eq!(table.trips.len(), 1, "and not twice");
}
