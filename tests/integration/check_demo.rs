//! `midwatch check` over the simulated system: what each fault looks like to whoever is woken by it.

use std::time::Duration;

use midwatch::runtime::clock;
use midwatch::sim;
use serde_json::Value;

use crate::check::held_against_the_schema;
use crate::support::command_line::run;

/// The simulated system.
const SYSTEM: &str = "sabine";

/// One look while the fault has been on for ten minutes.
fn look(fault: &str) -> Value {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let run = runtime.block_on(async {
        let demo = sim::Demo::of(None, (SYSTEM, fault), Duration::from_secs(600), 3, clock::now).unwrap();
        let mut args = ["check", "--format", "json", "--system", SYSTEM].map(str::to_owned).to_vec();
        args.extend(
            demo.vars(SYSTEM).into_iter().flat_map(|(name, value)| ["--var".to_owned(), format!("{name}={value}")]),
        );
        tokio::task::spawn_blocking(move || run(&args, &[])).await.unwrap()
    });
    runtime.shutdown_background();
    held_against_the_schema(&run.out)
}

#[test]
fn each_fault_has_its_status_and_its_alert() {
    let cases = [
        ("none", "ok", None),
        ("worker-crash", "critical", Some("worker-down")),
        ("redis-down", "critical", Some("redis-down")),
        ("supabase-outage", "critical", Some("supabase-down")),
        ("e2b-timeout", "warning", Some("e2b-down")),
        ("wal-backlog", "warning", Some("wal-failed")),
        ("memory-pressure", "critical", Some("memory-critical")),
        ("slack-webhook-failure", "warning", Some("queue-failing")),
        ("anthropic-api-failure", "warning", Some("queue-failing")),
        ("memory-warning", "warning", Some("memory-warning")),
        ("orphan-scheduler", "critical", Some("worker-down")),
        ("api-down", "critical", Some("api-down")),
        ("restart-without-effect", "critical", Some("worker-down")),
    ];
    for (fault, status, rule) in cases {
        let report = look(fault);
        assert_eq!(report["status"], status, "{fault}: {report:#}");
        let alerts = report["systems"][0]["alerts"].as_array().unwrap();
        let firing: Vec<&str> =
            alerts.iter().filter(|alert| alert["state"] == "firing").map(|a| a["rule"].as_str().unwrap()).collect();
        match rule {
            Some(rule) => assert!(firing.contains(&rule), "{fault}: {firing:?}"),
            None => assert_eq!(firing, [""; 0], "{fault}"),
        }
    }
}

#[test]
fn a_calm_report_tells_every_queue_worker_and_job() {
    let report = look("none");
    let system = &report["systems"][0];
    let ids = |list: &str, key: &str| -> Vec<String> {
        system[list].as_array().unwrap().iter().map(|one| one[key].as_str().unwrap().to_owned()).collect()
    };
    let jobs = [
        "metrics-recording",
        "morning-briefing",
        "gap-detection",
        "skill-generation",
        "skill-digest",
        "skill-scoring",
        "salience-recalculation",
        "memory-archival",
    ];
    assert_eq!(ids("jobs", "id"), jobs);
    assert!(system["jobs"].as_array().unwrap().iter().all(|job| job["next_run"].is_string()), "{}", system["jobs"]);
    assert_eq!(ids("queues", "name"), ["sabine-slow-path"]);
    assert!(system["workers"].as_array().unwrap().iter().any(|worker| worker["live"] == true), "{}", system["workers"]);
    for signal in ["wal.pending", "wal.processing", "wal.failed", "worker.memory_rss_mb", "queue.failed"] {
        assert!(system["signals"][signal]["value"].is_number(), "{signal}: {}", system["signals"][signal]);
    }
    assert_eq!(system["signals"]["worker.memory_status"]["value"], "healthy");
}
