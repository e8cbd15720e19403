//! The shipped system `sabine` held against the answers of the runbook's API, of the deployed code, and of the
//! simulated system on real sockets.

use std::sync::Arc;
use std::time::Duration;

use midwatch::base::{Now, State, Variables};
use midwatch::config::{self, Catalog, System};
use midwatch::expr::Verdict;
use midwatch::probe::assess::{Observation, assess};
use midwatch::probe::{Answer, Detail, Measured, ProbeReport};
use midwatch::runtime::{PreparedSystem, clock, headless};
use midwatch::signal::Value;
use midwatch::sim::Demo;
use midwatch::watch::Watch;
use serde_json::{Value as Json, json};

/// The simulated system.
const SYSTEM: &str = "sabine";

fn system() -> System {
    Catalog::new([]).get("sabine").unwrap().load().unwrap()
}

/// What an HTTP probe hands on of an answer.
fn answer(status: i64, body: &Json, also: &Json) -> Answer {
    let mut facts = midwatch::expr::Facts::from([
        ("status".to_owned(), Value::Int(status)),
        ("latency_ms".to_owned(), Value::Number(3.0)),
        ("also".to_owned(), Value::from_json(also.clone())),
    ]);
    match body {
        Json::String(text) => drop(facts.insert("text".to_owned(), Value::Text(text.clone()))),
        body => drop(facts.insert("body".to_owned(), Value::from_json(body.clone()))),
    }
    Answer { facts, signals: Vec::new(), latency: Duration::from_millis(3), detail: Detail::None, trouble: None }
}

fn observe(component: &str, status: i64, body: &Json, also: &Json) -> Observation {
    assess(&system().component[component], answer(status, body, also))
}

fn told(observation: &Observation, signal: &str) -> Option<String> {
    let measured = observation.signals.iter().find(|one| one.name.as_str() == signal).unwrap();
    measured.value.as_ref().ok().map(ToString::to_string)
}

/// Component, status, body, further bodies; its state, some of its signals.
type Exchange = (&'static str, i64, Json, Json, State, Vec<(&'static str, Option<&'static str>)>);

#[test]
fn answers_of_both_dialects_are_understood() {
    let worker = |status: &str, rss: f64, memory: &str| {
        json!({ "status": status, "redis_connected": status != "degraded", "queue_depth": 0, "workers_active": 1,
                "uptime_seconds": 4.9, "queue_failed": 0, "memory_rss_mb": rss, "memory_percent": 0.2,
                "memory_limit_mb": 2048, "memory_status": memory })
    };
    let counts = json!({ "pending": 2, "processing": 1, "completed": 7, "failed": 3 });
    let cache = json!({ "total_calls": 9, "hit_rate_percent": 44.4 });
    let none = || json!({});
    let zero = "# TYPE x gauge\ndream_team_queue_depth{status=\"queued\"} 0\ndream_team_blocked_tasks 0.0\n";
    let rows: Vec<Exchange> = vec![
        // the runbook's contract
        (
            "api",
            200,
            json!({ "status": "healthy", "database_connected": true }),
            none(),
            State::Up,
            vec![("database_connected", Some("true")), ("tools_loaded", None)],
        ),
        (
            "worker",
            200,
            json!({ "status": "healthy", "redis_connected": true }),
            none(),
            State::Up,
            vec![("redis_connected", Some("true")), ("memory_rss_mb", None)],
        ),
        ("wal", 200, counts.clone(), none(), State::Up, vec![("pending", Some("2")), ("failed", Some("3"))]),
        ("e2b", 200, json!({ "success": true }), none(), State::Up, vec![]),
        ("e2b", 200, json!({ "success": false }), none(), State::Down, vec![]),
        ("cache", 200, cache.clone(), none(), State::Up, vec![("hit_rate_percent", Some("44.4"))]),
        ("scheduler", 200, json!({ "jobs": [] }), none(), State::Up, vec![("jobs", Some("[0]"))]),
        (
            "tasks",
            200,
            json!({ "queued": 4, "in_progress": 1, "failed": 0 }),
            none(),
            State::Up,
            vec![("queued", Some("4")), ("recorded_at", None)],
        ),
        // the deployed code
        (
            "api",
            200,
            json!({ "status": "healthy", "version": "1.0.0", "tools_loaded": 13, "database_connected": true }),
            none(),
            State::Up,
            vec![("tools_loaded", Some("13"))],
        ),
        ("api", 503, json!({ "detail": "Service unhealthy: tools" }), none(), State::Down, vec![]),
        ("worker", 200, worker("healthy", 45.3, "healthy"), none(), State::Up, vec![("memory_rss_mb", Some("45.3"))]),
        (
            "worker",
            200,
            json!({ "status": "starting", "redis_connected": false, "uptime_seconds": 4.7 }),
            none(),
            State::Degraded,
            vec![("memory_rss_mb", None), ("uptime_s", Some("4.7"))],
        ),
        (
            "worker",
            200,
            worker("degraded", 45.3, "healthy"),
            none(),
            State::Degraded,
            vec![("redis_connected", Some("false")), ("memory_status", Some("healthy"))],
        ),
        (
            "worker",
            200,
            worker("warning", 1645.3, "warning"),
            none(),
            State::Degraded,
            vec![("memory_rss_mb", Some("1645.3"))],
        ),
        (
            "worker",
            503,
            worker("critical", 2145.5, "critical"),
            none(),
            State::Degraded,
            vec![("memory_rss_mb", Some("2145.5")), ("memory_status", Some("critical"))],
        ),
        ("worker", 503, json!({ "status": "unhealthy" }), none(), State::Down, vec![]),
        (
            "wal",
            200,
            json!({ "success": true, "stats": counts, "description": {} }),
            json!({ "pending": { "success": true, "count": 1, "entries": [{ "id": "a" }] } }),
            State::Up,
            vec![("pending", Some("2")), ("pending_entries", Some("[1]")), ("failed_entries", None)],
        ),
        (
            "wal",
            500,
            json!({ "detail": "Failed to get WAL stats: [Errno 111] Connection refused" }),
            none(),
            State::Down,
            vec![("pending", None)],
        ),
        (
            "cache",
            200,
            json!({ "success": true, "metrics": cache }),
            none(),
            State::Up,
            vec![("total_calls", Some("9"))],
        ),
        (
            "scheduler",
            200,
            json!({ "success": true, "running": true, "jobs": [{ "id": "morning_briefing" }] }),
            none(),
            State::Up,
            vec![("jobs", Some("[1]"))],
        ),
        ("scheduler", 200, json!({ "success": false, "running": false, "error": "x" }), none(), State::Down, vec![]),
        (
            "tasks",
            200,
            json!({ "success": true, "task_counts": { "queued": 4, "in_progress": 1, "failed": 0 } }),
            json!({ "latest": { "success": true, "metrics": { "recorded_at": "2026-11-22T02:45:00+00:00" } } }),
            State::Up,
            vec![("queued", Some("4")), ("recorded_at", Some("2026-11-22T02:45:00+00:00"))],
        ),
        (
            "tasks",
            200,
            json!({ "success": true, "task_counts": {}, "total_tasks": 0 }),
            none(),
            State::Degraded,
            vec![("queued", None)],
        ),
        ("metrics", 200, json!(zero), none(), State::Up, vec![("all_zero", Some("true"))]),
        (
            "metrics",
            200,
            json!(format!("{zero}dream_team_stuck_tasks 0.5\n")),
            none(),
            State::Up,
            vec![("all_zero", Some("false"))],
        ),
        ("metrics", 200, json!("python_info 1\n"), none(), State::Down, vec![]),
    ];
    for (component, status, body, also, state, signals) in rows {
        let seen = observe(component, status, &body, &also);
        assert_eq!(seen.state, state, "{component} {status} {body}: {:?}", seen.reason);
        for (signal, value) in signals {
            assert_eq!(told(&seen, signal).as_deref(), value, "{component}.{signal} of {body}");
        }
    }
}

fn watch_of_worker(rss: f64) -> Watch {
    let ready = PreparedSystem::new(Arc::new(system()), config::resolve(&system(), &[], &|_| None).unwrap(), false);
    let now = clock::now();
    let mut watch = ready.watch(now);
    let body =
        json!({ "status": "healthy", "redis_connected": true, "memory_rss_mb": rss, "memory_status": "healthy" });
    let report = ProbeReport {
        component: "worker".parse().unwrap(),
        at: now.mono,
        took: Duration::from_millis(3),
        outcome: Ok(observe("worker", 200, &body, &json!({}))),
    };
    watch.absorb(report, now);
    watch
}

fn firing(watch: &Watch) -> Vec<&str> {
    let alerts = watch.alerts.iter().filter(|(_, watched)| watched.alert.state.word() == "firing");
    alerts.map(|(id, _)| id.as_str()).collect()
}

#[test]
fn memory_bands_are_those_of_the_runbook() {
    for (rss, rules) in [
        (1535.9, &[][..]),
        (1536.0, &["memory-warning"]),
        (2047.9, &["memory-warning"]),
        (2048.0, &["memory-critical"]),
        (9999.0, &["memory-critical"]),
    ] {
        assert_eq!(firing(&watch_of_worker(rss)), rules, "{rss} MB");
    }
}

/// What one look at the simulated system says, so long into a fault.
fn look(fault: &str, since: Duration) -> (Watch, Now) {
    let seen = headless::run(async move {
        let demo = Demo::of(None, (SYSTEM, fault), since, 7, clock::now).unwrap();
        let system = system();
        let flags: Vec<config::Override> =
            demo.vars(SYSTEM).into_iter().map(|(name, value)| (Some(system.name.clone()), name, value)).collect();
        let variables: Variables = config::resolve(&system, &flags, &|_| None).unwrap();
        let ready = PreparedSystem::new(Arc::new(system), variables, false);
        assert!(ready.not_configured.is_empty(), "{:?}", ready.not_configured);
        let mut watches = headless::look_at(&[ready], None).await;
        (watches.pop().unwrap(), clock::now())
    });
    seen.unwrap()
}

#[test]
fn a_healthy_system_is_up_and_every_signal_is_told() {
    let (watch, now) = look("none", Duration::from_secs(900));
    for (id, component) in &watch.components {
        assert_eq!(component.state, State::Up, "{id}: {:?}", component.error);
        for name in watch.system.component[id].signal.keys() {
            let reading = watch.store.reading(id.as_str(), name.as_str(), now);
            assert!(reading.known().is_some(), "{id}.{name}: {:?}", reading.missing);
        }
    }
    assert_eq!(firing(&watch), [""; 0]);
    for (id, watched) in &watch.alerts {
        assert_eq!(watched.alert.state.word(), "inactive", "{id}: {:?}", watched.alert.state);
    }
}

/// The system with a dialect, after one look at rq that found these jobs.
fn watch_of_jobs(dialect: &str, scheduled: &Json, finished: &Json, now: Now) -> Watch {
    let flags = [(None, "dialect".to_owned(), dialect.to_owned())];
    let variables = config::resolve(&system(), &flags, &|_| None).unwrap();
    let mut watch = PreparedSystem::new(Arc::new(system()), variables, false).watch(now);
    let measured = |name: &str, json: &Json| Measured {
        name: name.parse().unwrap(),
        value: Ok(Value::from_json(json.clone())),
        unit: None,
        course: Vec::new(),
    };
    let signals = vec![measured("scheduled_jobs", scheduled), measured("finished_jobs", finished)];
    let outcome = Ok(Observation {
        state: State::Up,
        reason: None,
        signals,
        latency: Duration::from_millis(1),
        detail: Detail::None,
    });
    let took = Duration::from_millis(1);
    watch.absorb(ProbeReport { component: "queue".parse().unwrap(), at: now.mono, took, outcome }, now);
    watch
}

fn unix(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_second()
}

#[test]
fn jobs_follow_the_dialect() {
    let now = Now::at(1000.0, "2026-11-22T05:00:00Z".parse().unwrap()); // a Sunday
    let scheduled = json!([
        { "id": "1", "description": "weekly-gap-detection", "at": unix("2026-11-29T03:00:00Z") },
        { "id": "2", "description": "weekly-gap-detection", "at": unix("2026-11-29T03:00:00Z") },
        { "id": "3", "description": "nightly-salience-recalc", "at": unix("2026-11-23T04:00:00Z") },
    ]);
    let finished = json!([
        { "description": "backend.worker.jobs.run_gap_detection()", "ended_at": unix("2026-11-22T03:02:00Z") },
        { "description": "weekly-gap-detection", "ended_at": unix("2026-11-15T03:02:00Z") },
    ]);
    for (dialect, rows) in [
        (
            "documented",
            [
                ("gap-detection", "duplicate", "2026-11-29T03:00:00Z", Some("2026-11-22T03:02:00Z")),
                // what rq's scheduler says comes before the timetable of the runbook
                ("salience-recalculation", "scheduled", "2026-11-23T04:00:00Z", None),
                ("memory-archival", "scheduled", "2026-11-28T01:00:00Z", None),
                ("morning-briefing", "scheduled", "2026-11-22T14:00:00Z", None),
                ("metrics-recording", "scheduled", "2026-11-22T05:05:00Z", None),
            ],
        ),
        (
            "deployed",
            [
                ("gap-detection", "duplicate", "2026-11-29T03:00:00Z", Some("2026-11-22T03:02:00Z")),
                ("salience-recalculation", "scheduled", "2026-11-23T04:00:00Z", None),
                ("memory-archival", "absent", "2026-11-23T04:30:00Z", None),
                ("morning-briefing", "scheduled", "2026-11-22T14:00:00Z", None),
                ("metrics-recording", "scheduled", "2026-11-22T05:05:00Z", None),
            ],
        ),
    ] {
        let watch = watch_of_jobs(dialect, &scheduled, &finished, now);
        for (id, state, next, last) in rows {
            let job = &watch.jobs[id];
            assert_eq!(job.state.word(), state, "{dialect} {id}: {}", job.note);
            let told = job.last_run.map(|at| at.to_string());
            assert_eq!(told.as_deref(), last, "{dialect} {id}: {}", job.note);
            assert_eq!(job.next_run.unwrap().to_string(), next, "{dialect} {id}");
        }
        assert_eq!(firing(&watch), ["scheduled-jobs-duplicated"]);
        assert_eq!(watch.jobs.len(), 8);
    }
}

#[test]
fn the_dialect_shows_in_the_hour_of_the_nightly_job() {
    let now = Now::at(1000.0, "2026-11-22T05:00:00Z".parse().unwrap());
    for (at, documented, deployed) in [
        ("2026-11-23T02:00:00Z", Verdict::True, Verdict::False),
        ("2026-11-23T04:00:00Z", Verdict::False, Verdict::True),
        ("2026-11-23T05:00:00Z", Verdict::False, Verdict::False),
    ] {
        let scheduled = json!([{ "id": "1", "description": "nightly-salience-recalc", "at": unix(at) }]);
        let watch = watch_of_jobs("documented", &scheduled, &json!([]), now);
        let detect = &watch.system.var["dialect"].detect;
        assert_eq!(detect["documented"].verdict(&watch.store, now), documented, "{at}");
        assert_eq!(detect["deployed"].verdict(&watch.store, now), deployed, "{at}");
    }
}

type Names = &'static [&'static str];
/// Fault, for how many seconds, component, its state, causes, some of what follows from them.
type Row = (&'static str, u64, &'static str, State, Names, Names);

#[test]
fn each_fault_is_told_by_its_own_alerts() {
    let rows: [Row; 7] = [
        ("worker-crash", 900, "worker", State::Down, &["worker-down"], &["rq-worker-none", "worker-ghost"]),
        ("redis-down", 900, "redis", State::Down, &["redis-down"], &["queue-down", "worker-redis"]),
        ("supabase-outage", 900, "supabase", State::Down, &["supabase-down"], &["wal-down"]),
        ("e2b-timeout", 900, "e2b", State::Down, &["e2b-down"], &[]),
        ("memory-warning", 900, "worker", State::Degraded, &["memory-warning"], &[]),
        // while its hash has not run out
        (
            "orphan-scheduler",
            180,
            "worker",
            State::Down,
            &["worker-orphan-scheduler", "worker-down"],
            &["rq-worker-none"],
        ),
        ("api-down", 900, "api", State::Down, &["api-down"], &["wal-down", "scheduler-down"]),
    ];
    // at the same time: most of each look is waiting for time-outs
    let looks: Vec<_> = rows
        .iter()
        .map(|(fault, since, ..)| {
            let (fault, since) = (*fault, Duration::from_secs(*since));
            std::thread::spawn(move || look(fault, since).0)
        })
        .collect();
    for ((fault, _, component, state, causes, consequences), look) in rows.into_iter().zip(looks) {
        let watch = look.join().unwrap();
        let seen = &watch.components[component];
        assert_eq!(seen.state, state, "{fault:?} {component}: {:?}", seen.error);
        let found: Vec<&str> = watch.situation.findings.iter().map(|finding| finding.rule.as_str()).collect();
        assert_eq!(found, causes, "{fault:?}");
        let firing = firing(&watch);
        for alert in causes.iter().chain(consequences) {
            assert!(firing.contains(alert), "{fault:?}: {alert} not in {firing:?}");
        }
    }
}
