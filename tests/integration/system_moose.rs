//! The shipped system `moose` held against the answers of the runbook's API, of the deployed code, and, by
//! `midwatch check`, against the simulated system in each of its faults.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use midwatch::base::{Now, State};
use midwatch::config::{self, Catalog, System};
use midwatch::probe::assess::{Observation, assess};
use midwatch::probe::{Answer, ProbeReport};
use midwatch::runtime::{PreparedSystem, clock};
use midwatch::signal::Value;
use midwatch::sim::Demo;
use serde_json::{Value as Json, json};

use crate::check::held_against_the_schema;
use crate::support::command_line::run;

/// The simulated system.
const SYSTEM: &str = "moose";
/// The backups lie on nobody's disk.
const NOT_CONFIGURED: [&str; 1] = ["backups"];

/// One `midwatch check` while the fault has been on for two minutes, with the shapes of the runbook or of the code.
fn look(fault: &str, prefix: &str) -> (Json, i32) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let ran = runtime.block_on(async {
        let demo = Demo::of(None, (SYSTEM, fault), Duration::from_secs(120), 3, clock::now).unwrap();
        let mut args = ["check", "--format", "json", "--system", SYSTEM].map(str::to_owned).to_vec();
        for (name, value) in demo.vars(SYSTEM) {
            let value = if name == "app_url" { value + prefix } else { value };
            args.extend(["--var".to_owned(), format!("{name}={value}")]);
        }
        tokio::task::spawn_blocking(move || run(&args, &[])).await.unwrap()
    });
    runtime.shutdown_background();
    (held_against_the_schema(&ran.out), ran.code)
}

fn firing(report: &Json) -> BTreeSet<(String, String)> {
    let alerts = report["systems"][0]["alerts"].as_array().unwrap();
    let text = |alert: &Json, key: &str| alert[key].as_str().unwrap().to_owned();
    let firing = alerts.iter().filter(|alert| alert["state"] == "firing");
    firing.map(|alert| (text(alert, "rule"), text(alert, "severity"))).collect()
}

fn components(report: &Json, state: &str) -> BTreeSet<String> {
    let components = report["systems"][0]["components"].as_array().unwrap();
    let is = |one: &&Json| one["state"] == state && !NOT_CONFIGURED.contains(&one["id"].as_str().unwrap());
    components.iter().filter(is).map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

type Names = &'static [&'static str];
/// Fault, exit code, what is down, what is degraded, what fires with its severity.
type Row = (&'static str, i32, Names, Names, &'static [(&'static str, &'static str)]);

const BEHIND_THE_DATABASE: Names = &[
    "budget",
    "connections",
    "costs",
    "escalations",
    "health",
    "kill_state",
    "limits",
    "old_outcomes",
    "open_escalations",
    "outcomes",
    "retry_storms",
    "slow_queries",
    "spend",
    "stuck_orders",
    "supabase",
    "tables",
    "top_costs",
    "work_orders",
];
const ALL_ROUTES: Names =
    &["app", "budget", "costs", "escalations", "health", "heartbeat", "limits", "orchestrator", "work_orders"];

const DEPLOYED: [Row; 31] = [
    ("none", 0, &[], &[], &[]),
    ("budget-soft-cap", 0, &[], &[], &[("budget-soft-cap", "info")]),
    ("budget-warning", 1, &[], &[], &[("budget-warning", "warning")]),
    ("budget-critical", 2, &[], &["health"], &[("budget-critical", "critical"), ("health-warning", "warning")]),
    ("budget-exceeded", 2, &[], &["health"], &[("budget-exceeded", "critical"), ("health-warning", "warning")]),
    ("budget-kill", 2, &[], &["health"], &[("budget-kill", "critical"), ("health-warning", "warning")]),
    ("stuck-pending", 1, &[], &[], &[("stuck-orders", "warning"), ("work-orders-pending", "warning")]),
    (
        "stuck-in-progress",
        2,
        &[],
        &["health"],
        &[("health-error", "critical"), ("stuck-orders", "warning"), ("work-orders-in-progress", "warning")],
    ),
    ("refinements", 1, &[], &[], &[("stuck-orders", "warning"), ("work-orders-refined", "warning")]),
    ("error-rate", 1, &[], &[], &[("error-rate", "warning")]),
    (
        "retry-storm",
        1,
        &[],
        &[],
        &[
            ("retry-storm", "warning"),
            ("retry-storm-today", "warning"),
            ("stuck-orders", "warning"),
            ("work-orders-refined", "warning"),
        ],
    ),
    ("orchestrator-stopped", 1, &[], &["orchestrator"], &[("orchestrator-stopped", "warning")]),
    ("orchestrator-silent", 1, &[], &[], &[("orchestrator-silent", "warning")]),
    ("orchestrator-errors", 1, &[], &[], &[("orchestrator-errors", "warning")]),
    ("escalation-retry", 1, &[], &[], &[("escalation-retry", "warning"), ("escalations-open", "info")]),
    ("escalation-budget", 2, &[], &[], &[("escalation-budget", "critical"), ("escalations-open", "info")]),
    ("escalation-tests", 1, &[], &[], &[("escalation-tests", "warning"), ("escalations-open", "info")]),
    (
        "escalation-contract",
        2,
        &[],
        &["health"],
        &[("escalation-contract", "critical"), ("escalations-open", "info"), ("health-error", "critical")],
    ),
    ("escalation-aider", 1, &[], &[], &[("escalation-aider", "warning"), ("escalations-open", "info")]),
    ("escalation-low", 1, &[], &[], &[("escalation-low", "warning"), ("escalations-open", "info")]),
    // it has to be missing for two minutes: what is new is not in both at once
    ("escalations-unseen", 0, &[], &[], &[]),
    ("security-incident", 2, &[], &[], &[("escalation-security", "critical"), ("escalations-open", "info")]),
    ("tests-failing", 1, &[], &[], &[("tests-failing", "warning")]),
    // it has to be slow for a minute
    ("slow-api", 0, &[], &[], &[]),
    ("slow-queries", 0, &[], &[], &[]),
    ("cost-duplicates", 0, &[], &[], &[("cost-duplicates", "info")]),
    ("webhook-failure", 1, &[], &[], &[("webhook-failing", "warning")]),
    (
        "database-down",
        2,
        BEHIND_THE_DATABASE,
        &[],
        &[
            ("budget-down", "critical"),
            ("connections-down", "warning"),
            ("costs-down", "info"),
            ("escalations-down", "critical"),
            ("health-down", "critical"),
            ("kill-state-down", "info"),
            ("limits-down", "info"),
            ("old-outcomes-down", "info"),
            ("open-escalations-down", "warning"),
            ("outcomes-down", "info"),
            ("retry-storms-down", "info"),
            ("slow-queries-down", "info"),
            ("spend-down", "info"),
            ("stuck-orders-down", "warning"),
            ("supabase-down", "critical"),
            ("tables-down", "info"),
            ("top-costs-down", "info"),
            ("work-orders-down", "critical"),
        ],
    ),
    ("connections-exhausted", 1, &[], &[], &[("connections-near-limit", "warning")]),
    (
        "system-outage",
        2,
        ALL_ROUTES,
        &[],
        &[
            ("app-down", "critical"),
            ("budget-down", "critical"),
            ("costs-down", "info"),
            ("escalations-down", "critical"),
            ("health-down", "critical"),
            ("heartbeat-down", "warning"),
            ("limits-down", "info"),
            ("orchestrator-down", "critical"),
            ("work-orders-down", "critical"),
        ],
    ),
    ("health-defect", 0, &[], &["health"], &[("health-endpoint-defect", "info")]),
];

fn hold(row: &Row, prefix: &str) {
    let (fault, code, down, degraded, rules) = row;
    let (report, exit) = look(fault, prefix);
    let set = |names: Names| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(components(&report, "down"), set(down), "{prefix} {fault}: {report:#}");
    assert_eq!(components(&report, "degraded"), set(degraded), "{prefix} {fault}");
    assert_eq!(components(&report, "unknown"), set(&[]), "{prefix} {fault}");
    let wanted: BTreeSet<_> = rules.iter().map(|(rule, how)| ((*rule).to_owned(), (*how).to_owned())).collect();
    assert_eq!(firing(&report), wanted, "{prefix} {fault}");
    assert_eq!(exit, *code, "{prefix} {fault}: {}", report["status"]);
}

/// A few at a time: most of each look is waiting.
fn hold_all(rows: &'static [Row], prefix: &'static str) {
    for some in rows.chunks(5) {
        let looks: Vec<_> = some.iter().map(|row| std::thread::spawn(move || hold(row, prefix))).collect();
        for look in looks {
            look.join().unwrap();
        }
    }
}

#[test]
fn each_fault_is_told_by_its_components_rules_and_severities() {
    let simulated = midwatch::sim::SYSTEMS.iter().find(|kind| kind.system == SYSTEM).unwrap();
    let names: Vec<&str> = simulated.faults.iter().map(|fault| fault.name).collect();
    assert_eq!(DEPLOYED.map(|row| row.0).to_vec(), names, "every fault has its row");
    hold_all(&DEPLOYED, "");
}

#[test]
fn the_shapes_of_the_runbook_tell_the_same() {
    // the limit is where everything stops, and nothing is told of polls and errors
    static DOCUMENTED: [Row; 4] = [
        ("none", 0, &[], &[], &[]),
        ("budget-warning", 1, &[], &[], &[("budget-warning", "warning")]),
        ("budget-exceeded", 2, &[], &["health"], &[("budget-kill", "critical"), ("health-warning", "warning")]),
        ("orchestrator-stopped", 1, &[], &["orchestrator"], &[("orchestrator-stopped", "warning")]),
    ];
    hold_all(&DOCUMENTED, "/documented");
}

fn system() -> System {
    Catalog::new([]).get(SYSTEM).unwrap().load().unwrap()
}

/// What an HTTP probe hands on of an answer that came at this time.
fn answer(status: i64, body: &Json, also: &Json, now: Now) -> Answer {
    let facts = midwatch::expr::Facts::from([
        ("status".to_owned(), Value::Int(status)),
        ("latency_ms".to_owned(), Value::Number(3.0)),
        ("now".to_owned(), Value::Number(now.wall.as_duration().as_secs_f64())),
        ("also".to_owned(), Value::from_json(also.clone())),
        ("text".to_owned(), Value::Text(body.to_string())),
        ("body".to_owned(), Value::from_json(body.clone())),
    ]);
    let detail = midwatch::probe::Detail::None;
    Answer { facts, signals: Vec::new(), latency: Duration::from_millis(3), detail, trouble: None }
}

fn observe(component: &str, status: i64, body: &Json, also: &Json) -> Observation {
    let now = Now::at(1000.0, "2026-11-22T03:00:00Z".parse().unwrap());
    assess(&system().component[component], answer(status, body, also, now))
}

fn told(observation: &Observation, signal: &str) -> Option<Json> {
    let measured = observation.signals.iter().find(|one| one.name.as_str() == signal).unwrap();
    measured.value.as_ref().ok().map(Value::to_json)
}

/// Component, status, body; its state, some of its signals.
type Case = (&'static str, i64, Json, State, Vec<(&'static str, Option<Json>)>);

#[test]
fn answers_of_both_dialects_are_understood() {
    let deployed = json!({ "success": true, "daily": { "spent": 55.75, "limit_soft": 50, "limit_hard": 100,
        "emergency_kill": 200, "percentage": 55.75, "status": "warning", "request_count": 2 } });
    let polling = json!({ "success": true, "status": { "polling": true, "interval_ms": 10_000, "executing_count": 0,
        "last_poll": "2026-11-22T02:59:30.000Z", "errors": [
            { "message": "old", "timestamp": "2026-11-22T01:59:59Z" },
            { "message": "new", "timestamp": "2026-11-22T02:30:00Z" }] } });
    let defect = json!({ "status": "error", "error": "{\"code\":\"42703\"}" });
    let lost = json!({ "status": "error", "error": "TypeError: fetch failed" });
    let cases: Vec<Case> = vec![
        (
            "budget",
            200,
            json!({ "daily_total": 12.5, "limit": 100, "percentage": 12.5, "status": "healthy" }),
            State::Up,
            vec![("spent", Some(json!(12.5))), ("limit", Some(json!(100.0))), ("kill_at", Some(json!(100.0)))],
        ),
        (
            "budget",
            200,
            deployed,
            State::Up,
            vec![
                ("spent", Some(json!(55.75))),
                ("percentage", Some(json!(55.75))),
                ("limit", Some(json!(100.0))),
                ("kill_at", Some(json!(200.0))),
                ("minutes_left", Some(json!(1260.0))),
            ],
        ),
        ("budget", 500, json!({ "success": false, "error": "x" }), State::Down, vec![("spent", None)]),
        (
            "orchestrator",
            200,
            json!({ "status": "running", "interval_ms": 10_000 }),
            State::Up,
            vec![("polling", Some(json!(true))), ("last_poll_age_s", None)],
        ),
        ("orchestrator", 200, json!({ "status": "stopped" }), State::Degraded, vec![("polling", Some(json!(false)))]),
        (
            "orchestrator",
            200,
            polling,
            State::Up,
            vec![("last_poll_age_s", Some(json!(30.0))), ("errors_recent", Some(json!(1)))],
        ),
        ("health", 500, defect, State::Degraded, vec![("reported", Some(json!("endpoint defect")))]),
        ("health", 500, lost, State::Down, vec![("reported", Some(json!("failed")))]),
        ("health", 200, json!({ "status": "healthy" }), State::Up, vec![("stuck", None)]),
        ("health", 200, json!({ "status": "error" }), State::Degraded, vec![("reported", Some(json!("error")))]),
        ("app", 200, json!({ "status": "ok" }), State::Up, vec![]),
        ("app", 200, json!({ "status": "no" }), State::Down, vec![]),
    ];
    for (component, status, body, state, signals) in cases {
        let seen = observe(component, status, &body, &json!({}));
        assert_eq!(seen.state, state, "{component} {status} {body}: {:?}", seen.reason);
        for (signal, value) in signals {
            assert_eq!(told(&seen, signal), value, "{component}.{signal} of {body}");
        }
    }
}

#[test]
fn escalations_of_all_three_states_count_once() {
    let open = json!([
        { "id": "a", "trigger_type": "budget_overrun", "status": "open", "created_at": "2026-11-22T02:29:00Z" },
        { "id": "b", "trigger_type": "aider_irreconcilable", "status": "in_progress", "created_at": "2026-11-22T02:00:00Z" },
        { "id": "c", "trigger_type": "contract_violation", "status": "resolved", "created_at": "2026-11-20T02:00:00Z" },
    ]);
    let pending = json!({ "id": "d", "trigger_type": "spring cleaning", "status": "pending",
        "created_at": "2026-11-22T02:00:00Z" });
    let health = |rows: Json| json!({ "health": { "checks": { "pendingEscalations": { "count": rows.as_array().unwrap().len(), "details": rows } } } });
    for (body, also, count, ids) in [
        (open.clone(), json!({}), 2, vec!["a", "b"]),
        (open.clone(), health(json!([])), 2, vec!["a", "b"]),
        (open, health(json!([pending.clone()])), 3, vec!["a", "b", "d"]),
        // one API shows what the other counts
        (json!([pending.clone()]), health(json!([pending.clone()])), 1, vec!["d"]),
    ] {
        let seen = observe("escalations", 200, &body, &also);
        assert_eq!(told(&seen, "count"), Some(json!(count)), "{body} {also}");
        let rows = told(&seen, "rows").unwrap();
        let found: Vec<&str> = rows.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
        assert_eq!(found, ids, "{body} {also}");
        for row in rows.as_array().unwrap() {
            let hours = match row["type"].as_str().unwrap() {
                "budget_overrun" => 0.5,
                "aider_irreconcilable" => 2.0,
                _ => 24.0,
            };
            assert_eq!(row["sla_h"], hours, "{row}");
        }
    }
}

#[test]
fn an_escalation_tells_what_there_is_to_choose_from() {
    let of = |context: Json| {
        let body = json!([{ "id": "a", "trigger_type": "proposer_exhausted", "status": "open",
            "created_at": "2026-11-22T02:29:00Z", "context": context }]);
        told(&observe("escalations", 200, &body, &json!({})), "rows").unwrap()[0]["options"].clone()
    };
    let options = json!([{ "option_id": "A", "strategy": "retry_different_approach", "estimated_cost": 1.5 },
        { "option_id": "B", "strategy": null }, "odd"]);
    assert_eq!(of(json!({ "trigger": "x", "options": options })), json!(["A retry_different_approach", "B", "?"]));
    for none in [json!(null), json!({}), json!("text"), json!({ "options": null })] {
        assert_eq!(of(none.clone()), json!([]), "{none}");
    }
}

/// What fires after one answer of one component, at three in the morning.
fn fires(component: &str, body: &Json, also: &Json) -> Vec<String> {
    let variables = config::resolve(&system(), &[], &|_| None).unwrap();
    let now = Now::at(1000.0, "2026-11-22T03:00:00Z".parse().unwrap());
    let mut watch = PreparedSystem::new(Arc::new(system()), variables, false).watch(now);
    let outcome = Ok(observe(component, 200, body, also));
    let took = Duration::from_millis(3);
    watch.absorb(ProbeReport { component: component.parse().unwrap(), at: now.mono, took, outcome }, now);
    let firing = watch.alerts.iter().filter(|(_, watched)| watched.alert.state.word() == "firing");
    firing
        .map(|(id, _)| id.as_str().to_owned())
        .filter(|id| !["escalations-open", "health-warning"].contains(&id.as_str()))
        .collect()
}

#[test]
fn the_bands_of_the_budget_have_their_boundaries() {
    let documented = |spent: f64| json!({ "daily_total": spent, "limit": 100, "percentage": spent, "status": "x" });
    let deployed = |spent: f64| {
        json!({ "success": true, "daily": { "spent": spent, "limit_soft": 50, "limit_hard": 100, "emergency_kill": 200,
            "percentage": spent, "status": "x" } })
    };
    for (spent, code, runbook) in [
        (0.0, "", ""),
        (19.99, "", ""),
        (20.0, "budget-soft-cap", "budget-soft-cap"),
        (49.99, "budget-soft-cap", "budget-soft-cap"),
        (50.0, "budget-warning", "budget-warning"),
        (79.99, "budget-warning", "budget-warning"),
        (80.0, "budget-critical", "budget-critical"),
        (99.99, "budget-critical", "budget-critical"),
        (100.0, "budget-exceeded", "budget-kill"),
        (199.99, "budget-exceeded", "budget-kill"),
        (200.0, "budget-kill", "budget-kill"),
        (1e9, "budget-kill", "budget-kill"),
    ] {
        let wanted = |rule: &str| if rule.is_empty() { vec![] } else { vec![rule.to_owned()] };
        assert_eq!(fires("budget", &deployed(spent), &json!({})), wanted(code), "deployed, {spent} $");
        assert_eq!(fires("budget", &documented(spent), &json!({})), wanted(runbook), "documented, {spent} $");
    }
    // after the kill switch the application divides by zero
    let stopped = json!({ "success": true, "daily": { "spent": 12.5, "limit_soft": 0, "limit_hard": 0,
        "emergency_kill": 0, "percentage": null, "status": "emergency" } });
    assert_eq!(fires("budget", &stopped, &json!({})), ["budget-stopped"]);
    let untold = |spent: f64| json!({ "daily_total": spent, "limit": 50, "status": "x" });
    assert_eq!(fires("budget", &untold(39.9), &json!({})), ["budget-warning"], "of 50: 79.8 %");
    assert_eq!(fires("budget", &untold(40.0), &json!({})), ["budget-critical"], "80 %");
    let lifted = |limit: f64| json!({ "daily_total": 500.0, "limit": limit, "percentage": 0.05, "status": "healthy" });
    assert_eq!(fires("budget", &lifted(999_999.0), &json!({})), ["budget-limits-lifted"]);
    assert_eq!(fires("budget", &lifted(999_998.0), &json!({})), [""; 0]);
}

#[test]
fn the_times_of_escalations_have_their_boundaries() {
    for (kind, seconds, rule) in [
        ("budget_overrun", 1800, "escalation-budget"),
        ("budget_critical", 1800, "escalation-budget"),
        ("budget_warning", 7200, "escalation-budget-warning"),
        ("security_incident", 1800, "escalation-security"),
        ("contract_violation", 3600, "escalation-contract"),
        ("proposer_exhausted", 7200, "escalation-retry"),
        ("retry_exhausted", 7200, "escalation-retry"),
        ("aider_irreconcilable", 7200, "escalation-aider"),
        ("aider_failure", 7200, "escalation-aider"),
        ("sentinel_hard_failure", 14_400, "escalation-tests"),
        ("technical_blocker", 86_400, "escalation-low"),
        ("conflicting_requirements", 86_400, "escalation-low"),
        ("of a kind that nobody knows", 86_400, "escalation-low"),
    ] {
        let of_age = |seconds: i64| {
            let at: jiff::Timestamp = "2026-11-22T03:00:00Z".parse().unwrap();
            let at = at - jiff::SignedDuration::from_secs(seconds);
            json!([{ "id": "a", "trigger_type": kind, "status": "open", "created_at": at.to_string() }])
        };
        assert_eq!(fires("escalations", &of_age(seconds), &json!({})), [rule], "{kind}");
        assert_eq!(fires("escalations", &of_age(seconds - 1), &json!({})), [""; 0], "{kind}, in time");
    }
}

#[test]
fn work_orders_are_stuck_by_their_last_change() {
    let order = |status: &str, age: i64, extra: &Json| {
        let at: jiff::Timestamp = "2026-11-22T03:00:00Z".parse().unwrap();
        let at = (at - jiff::SignedDuration::from_secs(age)).to_string();
        let mut order = json!({ "id": "a", "title": "t", "status": status, "metadata": null,
            "created_at": "2026-01-01T00:00:00Z", "updated_at": at });
        order.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        json!([order])
    };
    let refined = |times: u32| json!({ "metadata": { "refinement_count": times } });
    // one row that was never changed hides no other
    let never = json!({ "id": "b", "title": "t", "status": "pending", "created_at": "2026-11-22T02:59:00Z", "updated_at": null });
    let mut both = order("in_progress", 86_401, &json!({}));
    both.as_array_mut().unwrap().push(never.clone());
    assert_eq!(fires("work_orders", &both, &json!({})), ["work-orders-in-progress"]);
    let old = json!([{ "id": "b", "title": "t", "status": "pending", "created_at": "2026-11-22T00:59:00Z" }]);
    assert_eq!(fires("work_orders", &old, &json!({})), ["work-orders-pending"], "as old as it is");
    for (status, age, extra, rule) in [
        ("pending", 7200, json!({}), None),
        ("pending", 7201, json!({}), Some("work-orders-pending")),
        ("approved", 7200, json!({}), None),
        ("approved", 7201, json!({}), Some("work-orders-approved")),
        ("in_progress", 86_400, json!({}), None),
        ("in_progress", 86_401, json!({}), Some("work-orders-in-progress")),
        ("in_progress", 86_401, json!({ "github_pr_url": null }), Some("work-orders-in-progress")),
        // it is done: its pull request is open
        ("in_progress", 900_000, json!({ "github_pr_url": "https://github.com/x/y/pull/1" }), None),
        ("needs_review", 900_000, json!({}), None),
        ("completed", 900_000, refined(9), None),
        ("in_progress", 60, refined(3), None),
        ("in_progress", 60, refined(4), Some("work-orders-refined")),
    ] {
        let found = fires("work_orders", &order(status, age, &extra), &json!({}));
        assert_eq!(found, rule.into_iter().collect::<Vec<_>>(), "{status} {age} {extra}");
    }
}

#[test]
fn the_orchestrator_and_the_costs_have_their_boundaries() {
    let polling = |polled: &str, errors: Json| {
        json!({ "success": true, "status": { "polling": true, "interval_ms": 10_000, "executing_count": 0,
            "executing_work_orders": [], "last_poll": polled, "total_executed": 1, "total_failed": 0, "errors": errors } })
    };
    let storm = |rows: usize| -> Json {
        let row = json!({ "id": "c", "cost": 0.1, "service_name": "s", "metadata": { "work_order_id": "w" } });
        std::iter::repeat_n(row, rows).chain([json!({ "metadata": null }), json!({ "metadata": {} })]).collect()
    };
    let error = |at: &str| json!([{ "message": "m", "timestamp": at }]);
    for (component, body, rule) in [
        ("orchestrator", polling("2026-11-22T02:58:00Z", json!([])), None),
        ("orchestrator", polling("2026-11-22T02:57:59Z", json!([])), Some("orchestrator-silent")),
        ("orchestrator", polling("2026-11-22T02:59:59Z", error("2026-11-22T02:00:00Z")), None),
        ("orchestrator", polling("2026-11-22T02:59:59Z", error("2026-11-22T02:00:01Z")), Some("orchestrator-errors")),
        ("orchestrator", json!({ "status": "stopped" }), Some("orchestrator-stopped")),
        ("costs", json!([]), None),
        ("costs", storm(10), None),
        ("costs", storm(11), Some("retry-storm")),
        ("ci", json!({ "workflow_runs": [] }), None),
    ] {
        let found = fires(component, &body, &json!({}));
        assert_eq!(found, rule.into_iter().collect::<Vec<_>>(), "{component} {body}");
    }
}
