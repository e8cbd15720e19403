//! The shipped system `agent-team`: each fault of its simulation as `midwatch check` tells it, every threshold of the
//! runbook's table on both sides, both dialects, and what is not configured.

use std::path::Path;
use std::time::Duration;

use midwatch::base::Now;
use midwatch::config::{Catalog, System};
use midwatch::expr::Verdict;
use midwatch::runtime::clock;
use midwatch::signal::{SignalStore, Timing, Value};
use midwatch::sim::Demo;
use serde_json::{Value as Json, json};

use crate::check::held_against_the_schema;
use crate::midwatch::{PATH, home};
use crate::support::command_line::{Run, run};
use crate::support::http_stub::{Answer, Http};

const SYSTEM: &str = "agent-team";

fn system() -> System {
    Catalog::new([]).get(SYSTEM).unwrap().load().unwrap()
}

fn check(vars: &[(String, String)]) -> Run {
    let fixed = ["check", "--format", "json", "--system", SYSTEM].map(str::to_owned);
    let vars = vars.iter().flat_map(|(name, value)| ["--var".to_owned(), format!("{name}={value}")]);
    run(fixed.into_iter().chain(vars), &[("PATH", "/usr/bin:/bin")])
}

/// Runs something while the simulation has been in a fault for ten minutes.
fn during<R: Send + 'static>(fault: &str, look: impl FnOnce(&Demo) -> R + Send + 'static) -> R {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let seen = runtime.block_on(async {
        let program = Some(Path::new(PATH));
        let demo = Demo::of(program, (SYSTEM, fault), Duration::from_secs(600), 3, clock::now).unwrap();
        tokio::task::spawn_blocking(move || look(&demo)).await.unwrap()
    });
    runtime.shutdown_background();
    seen
}

/// The rules that fire, with their severities, and the components that are not up.
fn told(report: &Json) -> (Vec<(String, String)>, Vec<String>) {
    let system = &report["systems"][0];
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    let mut firing: Vec<(String, String)> = system["alerts"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|alert| alert["state"] == "firing")
        .map(|alert| (text(&alert["rule"]), text(&alert["severity"])))
        .collect();
    firing.sort();
    let is_wrong = |component: &&Json| {
        component["state"] != "up" && !component["error"].as_str().is_some_and(|why| why.starts_with("not configured"))
    };
    let wrong = system["components"].as_array().unwrap().iter().filter(is_wrong).map(|c| text(&c["id"])).collect();
    (firing, wrong)
}

/// Fault, exit code, rules that fire, components that are not up.
type Row = (&'static str, i32, &'static [(&'static str, &'static str)], &'static [&'static str]);

const ROWS: &[Row] = &[
    ("none", 0, &[], &[]),
    ("error-rate-warning", 1, &[("error-rate-warning", "warning")], &[]),
    ("high-error-rate", 2, &[("error-rate-critical", "critical")], &[]),
    ("rate-limit-warning", 1, &[("rate-limit-warning", "warning")], &[]),
    ("rate-limit-exceeded", 2, &[("rate-limit-critical", "critical")], &[]),
    ("hmac-failures", 2, &[("hmac-failures", "critical")], &[]),
    ("hmac-key-old", 1, &[("hmac-key-old", "warning")], &[]),
    ("hmac-old-key-removed", 2, &[("hmac-old-key-removed", "critical")], &[]),
    ("hmac-old-key-kept", 0, &[("hmac-old-key-kept", "info")], &[]),
    ("database-down", 2, &[("ready-database", "warning"), ("ready-down", "critical")], &["ready"]),
    ("pool-exhausted", 2, &[("pool-exhausted", "critical")], &[]),
    (
        "redis-down",
        2,
        &[("ready-down", "critical"), ("ready-redis", "warning"), ("redis-down", "warning")],
        &["ready", "redis"],
    ),
    ("bus-fallback", 1, &[("bus-fallback", "warning")], &[]),
    (
        "ai-service-down",
        2,
        &[
            ("breaker-open", "critical"),
            ("error-rate-critical", "critical"),
            ("models-down", "warning"),
            ("ready-ai-service", "warning"),
            ("ready-down", "critical"),
        ],
        &["ready", "models"],
    ),
    ("model-fallback", 1, &[("model-fallback", "warning")], &[]),
    ("quota-nearly-used", 1, &[("quota-nearly-used", "warning")], &[]),
    ("latency-warning", 1, &[("latency-warning", "warning")], &[]),
    ("latency-critical", 2, &[("latency-critical", "critical")], &[]),
    ("cpu-warning", 1, &[("cpu-warning", "warning")], &[]),
    ("cpu-critical", 2, &[("cpu-critical", "critical")], &[]),
    ("memory-warning", 1, &[("memory-warning", "warning")], &[]),
    ("memory-critical", 2, &[("memory-critical", "critical")], &[]),
    ("health-failing", 2, &[("api-down", "critical")], &["api"]),
    (
        "api-down",
        2,
        &[("api-down", "critical"), ("metrics-down", "warning"), ("ready-down", "critical")],
        &["api", "ready", "metrics"],
    ),
    ("bad-canary", 1, &[("canary-running", "info"), ("error-rate-warning", "warning")], &[]),
    ("backup-old", 1, &[("backup-old", "warning")], &[]),
];

#[test]
fn each_fault_has_its_components_rules_and_severities() {
    let kind = midwatch::sim::SYSTEMS.iter().find(|kind| kind.system == SYSTEM).unwrap();
    let known: Vec<&str> = kind.faults.iter().map(|fault| fault.name).collect();
    assert_eq!(ROWS.iter().map(|row| row.0).collect::<Vec<_>>(), known, "every fault has a row");
    for (fault, code, firing, wrong) in ROWS {
        let seen = during(fault, |demo| check(&demo.vars(SYSTEM)));
        let report = held_against_the_schema(&seen.out);
        let expected: Vec<(String, String)> =
            firing.iter().map(|(rule, severity)| ((*rule).to_owned(), (*severity).to_owned())).collect();
        assert_eq!(told(&report), (expected, wrong.iter().map(|id| (*id).to_owned()).collect()), "{fault}: {report:#}");
        assert_eq!(seen.code, *code, "{fault}: {}", seen.err);
    }
}

/// Signals that a rule reads, and how it judges them.
type Case = (&'static str, &'static [(&'static str, f64)], bool);

const EDGES: &[Case] = &[
    ("error-rate-warning", &[("failures_of_tasks", 5.0), ("tasks", 100.0)], false),
    ("error-rate-warning", &[("failures_of_tasks", 5.1), ("tasks", 100.0)], true),
    ("error-rate-warning", &[("failures_of_tasks", 10.0), ("tasks", 100.0)], true),
    ("error-rate-critical", &[("failures_of_tasks", 10.0), ("tasks", 100.0)], false),
    ("error-rate-critical", &[("failures_of_tasks", 10.1), ("tasks", 100.0)], true),
    ("error-rate-warning", &[("failures_of_tasks", 10.1), ("tasks", 100.0)], false),
    ("error-rate-critical", &[("failures_of_tasks", 0.0), ("tasks", 0.0)], false),
    ("latency-warning", &[("p95_ms", 2000.0)], false),
    ("latency-warning", &[("p95_ms", 2001.0)], true),
    ("latency-warning", &[("p95_ms", 5000.0)], true),
    ("latency-critical", &[("p95_ms", 5000.0)], false),
    ("latency-critical", &[("p95_ms", 5001.0)], true),
    ("cpu-warning", &[("cpu_percent", 70.0)], false),
    ("cpu-warning", &[("cpu_percent", 70.1)], true),
    ("cpu-warning", &[("cpu_percent", 85.0)], true),
    ("cpu-critical", &[("cpu_percent", 85.0)], false),
    ("cpu-critical", &[("cpu_percent", 85.1)], true),
    ("memory-warning", &[("memory_percent", 75.0)], false),
    ("memory-warning", &[("memory_percent", 75.1)], true),
    ("memory-warning", &[("memory_percent", 90.0)], true),
    ("memory-critical", &[("memory_percent", 90.0)], false),
    ("memory-critical", &[("memory_percent", 90.1)], true),
    ("rate-limit-warning", &[("denials_per_min", 10.0)], false),
    ("rate-limit-warning", &[("denials_per_min", 10.1)], true),
    ("rate-limit-warning", &[("denials_per_min", 50.0)], true),
    ("rate-limit-critical", &[("denials_per_min", 50.0)], false),
    ("rate-limit-critical", &[("denials_per_min", 50.1)], true),
    ("breaker-half-open", &[("breaker", 0.0)], false),
    ("breaker-half-open", &[("breaker", 1.0)], true),
    ("breaker-open", &[("breaker", 1.0)], false),
    ("breaker-open", &[("breaker", 2.0)], true),
    ("qps-limit", &[("qps_pro_25", 2.9), ("qps_pro_15", 4.9), ("qps_flash_15", 9.9)], false),
    ("qps-limit", &[("qps_pro_25", 3.0), ("qps_pro_15", 0.0), ("qps_flash_15", 0.0)], true),
    ("qps-limit", &[("qps_pro_25", 0.0), ("qps_pro_15", 5.0), ("qps_flash_15", 0.0)], true),
    ("qps-limit", &[("qps_pro_25", 0.0), ("qps_pro_15", 0.0), ("qps_flash_15", 10.0)], true),
    ("quota-nearly-used", &[("today_pro_25", 9000.0), ("today_pro_15", 13_500.0), ("today_flash_15", 45_000.0)], false),
    ("quota-nearly-used", &[("today_pro_25", 9001.0), ("today_pro_15", 0.0), ("today_flash_15", 0.0)], true),
    // a model that nobody asked has no series
    ("qps-limit", &[("qps_pro_25", 2.9)], false),
    ("qps-limit", &[("qps_pro_25", 3.0)], true),
    ("qps-limit", &[("qps_pro_15", 5.0)], true),
    ("qps-limit", &[("qps_flash_15", 10.0)], true),
    ("quota-nearly-used", &[("today_pro_15", 13_500.0)], false),
    ("quota-nearly-used", &[("today_pro_15", 13_501.0)], true),
    ("quota-nearly-used", &[("today_flash_15", 45_001.0)], true),
];

/// A component with these signals.
fn store(component: &str, signals: &[(&str, Value)]) -> (SignalStore, Now) {
    let now = Now::at(1000.0, jiff::Timestamp::UNIX_EPOCH);
    let mut store = SignalStore::default();
    let timing = Timing { every: Duration::from_secs(15), timeout: Duration::from_secs(5) };
    store.register(component.parse().unwrap(), timing);
    for (name, value) in signals {
        store.record(&format!("{component}.{name}").parse().unwrap(), value.clone(), None, now.mono);
    }
    (store, now)
}

#[test]
fn thresholds_hold_on_both_sides_of_each_boundary() {
    let system = system();
    let verdict = |rule: &str, component: &str, signals: &[(&str, Value)]| {
        let (store, now) = store(component, signals);
        system.rule[rule].when.verdict(&store, now)
    };
    for (rule, signals, fires) in EDGES {
        let signals: Vec<(&str, Value)> = signals.iter().map(|(name, value)| (*name, Value::Number(*value))).collect();
        let expected = if *fires { Verdict::True } else { Verdict::False };
        assert_eq!(verdict(rule, "metrics", &signals), expected, "{rule} {signals:?}");
        assert_eq!(verdict(rule, "metrics", &[]), Verdict::False, "{rule}: what is not told alerts nobody");
    }
    for (failures, fires) in [(1, false), (2, true), (4, true), (5, false)] {
        let expected = if fires { Verdict::True } else { Verdict::False };
        assert_eq!(verdict("health-failing", "api", &[("failures", Value::Int(failures))]), expected, "{failures}");
    }
    assert_eq!(system.component["api"].down_after(), 5, "then it is down, which is critical");
}

#[test]
fn the_address_alone_is_enough_in_both_dialects() {
    let http = Http::start();
    let text = |body: &Json| Answer::reply(200, "application/json", body.to_string());
    http.on("/health", text(&json!({ "status": "ok", "timestamp": 1_234_567_890, "uptime": 123.45 })));
    let checks = json!({ "database": "healthy", "redis": "healthy", "ai_service": "healthy" });
    http.on("/health/ready", text(&json!({ "status": "healthy", "checks": checks })));
    let vars = |dialect: &str| [("api_url".to_owned(), http.url("")), ("dialect".to_owned(), dialect.to_owned())];
    let documented = check(&vars("documented"));
    assert_eq!(documented.code, 0, "{} {}", documented.out, documented.err);
    assert!(documented.out.contains("not configured: variable metrics_url is not set"), "{}", documented.out);
    let report = held_against_the_schema(&documented.out);
    assert_eq!(told(&report), (Vec::new(), Vec::new()));
    assert_eq!(report["systems"][0]["signals"]["ready.ai_service"]["value"], "healthy");

    http.on(
        "/health",
        text(&json!({ "status": "healthy", "timestamp": "2026-11-22T02:42:07.842Z", "uptime": 6.508,
        "version": "1.0.0", "environment": "production" })),
    );
    http.on("/ready", text(&json!({ "ready": true, "timestamp": "2026-11-22T02:42:07.842Z" })));
    http.on("/health/ready", Answer::reply(404, "application/json", "{}"));
    assert_eq!(check(&vars("deployed")).code, 0);
    assert_eq!(check(&vars("documented")).code, 2, "the contract is not kept");
}

#[test]
fn each_check_of_the_readiness_is_told_whatever_the_whole_says() {
    let http = Http::start();
    http.on("/health", Answer::json(200, r#"{"status":"ok","timestamp":1,"uptime":2}"#));
    for (status, whole, checks, firing, error) in [
        (200, "healthy", json!({ "database": "healthy", "redis": "ok", "ai_service": "healthy" }), vec![], None),
        (
            200,
            "degraded",
            json!({ "database": "healthy", "redis": "healthy", "ai_service": "unhealthy" }),
            vec!["ready-ai-service"],
            Some("says 'degraded': ai_service unhealthy"),
        ),
        (200, "healthy", json!({ "database": "healthy", "redis": "timeout" }), vec!["ready-redis"], None),
        (
            503,
            "unhealthy",
            json!({ "database": "unhealthy", "redis": "healthy" }),
            vec!["ready-database", "ready-down"],
            Some("says 'unhealthy': database unhealthy"),
        ),
    ] {
        http.on("/health/ready", Answer::json(status, &json!({ "status": whole, "checks": checks }).to_string()));
        let seen = check(&[("api_url".to_owned(), http.url(""))]);
        let report = held_against_the_schema(&seen.out);
        let rules: Vec<String> = told(&report).0.into_iter().map(|(rule, _)| rule).collect();
        assert_eq!(rules, firing, "{status} {whole} {checks}");
        let ready = report["systems"][0]["components"].as_array().unwrap().iter().find(|one| one["id"] == "ready");
        let said = ready.unwrap()["error"].as_str().unwrap_or_default();
        assert!(error.map_or(said.is_empty(), |words| said.ends_with(words)), "{status} {whole}: {said}");
        assert_eq!(
            seen.code,
            if firing.is_empty() {
                0
            } else if status == 503 {
                2
            } else {
                1
            },
            "{status} {whole}"
        );
    }
}

#[test]
fn a_model_has_the_limits_that_the_runbook_gives_it_and_no_others() {
    let http = Http::start();
    http.on("/health", Answer::json(200, r#"{"status":"ok","timestamp":1,"uptime":2}"#));
    let page = "ai_requests_per_second{model=\"gemini-1.5-flash\"} 2\nai_requests_today{model=\"gemini-1.5-flash\"} 45001\n\
                ai_requests_per_second{model=\"gemini-2.0-flash-exp\"} 1\n";
    http.on("/metrics", Answer::reply(200, "text/plain", page));
    let seen = check(&[("api_url".to_owned(), http.url("")), ("metrics_url".to_owned(), http.url("/metrics"))]);
    let report = held_against_the_schema(&seen.out);
    assert_eq!(
        report["systems"][0]["signals"]["metrics.models"]["value"],
        json!([
            { "model": "gemini-1.5-flash", "qps": 2.0, "qps_limit": 10, "today": 45001.0, "daily_limit": 50000, "burst": 20 },
            { "model": "gemini-2.0-flash-exp", "qps": 1.0, "qps_limit": null, "today": null, "daily_limit": null, "burst": null },
        ])
    );
    let (firing, _) = told(&report);
    assert!(firing.contains(&("quota-nearly-used".to_owned(), "warning".to_owned())), "{firing:?}");
}

#[test]
fn of_nothing_configured_nothing_is_watched() {
    let seen = check(&[]);
    assert_eq!(seen.code, 3, "{}", seen.out);
    assert!(seen.err.contains("nothing of it is configured") && seen.err.contains("api_url"), "{}", seen.err);
    // names that other programs use as well start no watch of it
    let env = [("PORT", "8080"), ("NODE_ENV", "production"), ("LOG_LEVEL", "info"), ("DATABASE_URL", "postgres://h/d")];
    let seen = run(["check"], &env);
    assert!(!seen.err.contains("agent-team'"), "{}", seen.err);
}

#[test]
fn actions_shift_the_traffic_and_are_proved_by_it() {
    let act = |demo: &Demo, action: &str, more: &[&str]| {
        let home = home();
        let vars =
            demo.vars(SYSTEM).into_iter().flat_map(|(name, value)| ["--var".to_owned(), format!("{name}={value}")]);
        let fixed =
            [&["act", SYSTEM, action, "--yes", "--format", "json"], more].concat().into_iter().map(str::to_owned);
        let args: Vec<String> = fixed.chain(vars).collect();
        let home = home.path().to_str().unwrap();
        let seen = run(&args, &[("PATH", &demo.path()), ("HOME", home), ("XDG_STATE_HOME", home)]);
        let told: Json =
            serde_json::from_str(&seen.out).unwrap_or_else(|_| panic!("{action}: {} {}", seen.out, seen.err));
        (seen.code, told)
    };
    during("bad-canary", move |demo| {
        let (code, told) = act(demo, "canary-100", &[]);
        assert_eq!(code, 5, "not before half of it went well: {told:#}");
        let (code, told) = act(demo, "rollback", &["--param", "revision=agent-team-00042-xyz"]);
        assert_eq!((code, &told["outcome"]), (0, &json!("verified")), "{told:#}");
        assert_eq!(demo.faults(), [(SYSTEM, "none")]);
        let (code, told) = act(demo, "canary-50", &[]);
        assert_eq!(code, 5, "it has nothing yet: {told:#}");
        for percent in ["10", "50", "100"] {
            let (code, told) = act(demo, &format!("canary-{percent}"), &[]);
            assert_eq!((code, &told["outcome"]), (0, &json!("verified")), "{percent}: {told:#}");
        }
    });
    during("rate-limit-exceeded", move |demo| {
        let (code, told) = act(demo, "increase-qps", &[]);
        assert_eq!((code, &told["outcome"]), (0, &json!("verified")), "{told:#}");
        assert_eq!(demo.faults(), [(SYSTEM, "none")]);
    });
    during("api-down", move |demo| {
        let (code, told) = act(demo, "restart-service", &[]);
        assert_eq!((code, &told["outcome"]), (0, &json!("verified")), "{told:#}");
    });
}
