//! The shipped system `control-plane`: each of the nineteen indexed runbooks has what would open it, held against the tables
//! of the real system in a real PostgreSQL, against its thresholds, and against the simulated system.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use midwatch::base::State;
use midwatch::config::{self, Catalog, System};
use midwatch::probe::assess::Observation;
use midwatch::probe::{Detail, Measured, ProbeReport};
use midwatch::runtime::{PreparedSystem, clock};
use midwatch::signal::Value;
use midwatch::watch::Watch;
use serde_json::{Value as Json, json};

use crate::act_demo::Stand;
use crate::support::postgres_server::{Postgres, Session};
use crate::systems::{each_fault_is_told, firing, look_at_database};

/// The simulated system.
const SYSTEM: &str = "control-plane";

/// The index of its runbooks.
const RUNBOOKS: [&str; 19] = [
    "incident-response",
    "rollback-procedure",
    "data-breach-response",
    "oauth-token-rotation",
    "oauth-connection-failure",
    "rls-policy-debugging",
    "heartbeat-failure-recovery",
    "inspection-timeout",
    "undo-failure-handling",
    "rate-limit-mitigation",
    "supabase-backup-restore",
    "evidence-bundle-corruption",
    "library-embedding-degradation",
    "composio-api-outage",
    "copilotkit-session-recovery",
    "gemini-api-quota-exhaustion",
    "telemetry-ingestion-stall",
    "dashboard-metric-anomalies",
    "alert-fatigue-reduction",
];

fn system() -> System {
    Catalog::new([]).get(SYSTEM).unwrap().load().unwrap()
}

#[test]
fn each_indexed_runbook_has_a_rule_that_opens_it_and_no_rule_another() {
    let system = system();
    let opened: BTreeSet<&str> =
        system.rule.values().filter_map(|rule| rule.runbook.as_ref()).map(midwatch::base::RunbookId::as_str).collect();
    assert_eq!(opened, BTreeSet::from(RUNBOOKS));
}

/// What happens to the tables of a quiet day, and what is told of it.
const TROUBLES: &[(&str, &[&str])] = &[
    ("SELECT 1", &[]),
    // incident response
    ("INSERT INTO missions (status) VALUES ('blocked')", &["mission-completion-low"]),
    ("INSERT INTO missions (status, completed_at) SELECT 'completed', now() FROM generate_series(1, 8); INSERT INTO missions (status) VALUES ('blocked')", &[]),
    // rollback
    ("UPDATE telemetry_events SET status = 'error' WHERE created_at > now() - interval '5 minutes'", &["errors-in-execution"]),
    // data breach
    ("INSERT INTO telemetry_events (event_type, context) VALUES ('validator_alert_raised', '{\"severity\": \"critical\"}')", &["safeguard-critical"]),
    ("INSERT INTO telemetry_events (event_type, context) VALUES ('validator_alert_raised', '{\"severity\": \"low\"}')", &[]),
    ("UPDATE mission_evidence SET redaction_status = 'pending_review', created_at = now() - interval '25 hours'", &["evidence-unreviewed"]),
    // OAuth
    ("UPDATE mission_connections SET expires_at = now() - interval '1 minute'", &["oauth-tokens-expired"]),
    ("UPDATE mission_connections SET status = 'expired'", &["oauth-tokens-expired"]),
    ("UPDATE mission_connections SET status = 'expired', mission_id = '00000000-0000-0000-0000-000000000002'", &[]),
    ("UPDATE mission_connections SET expires_at = now() + interval '23 hours'", &["oauth-tokens-expiring"]),
    ("UPDATE mission_connections SET status = 'revoked'", &["oauth-connections-failing"]),
    ("UPDATE mission_connections SET status = 'failed', requested_at = now() - interval '2 days'", &[]),
    // row security
    ("ALTER TABLE missions DISABLE ROW LEVEL SECURITY", &["row-security-off"]),
    ("INSERT INTO telemetry_events (event_type, status, context) VALUES ('brief_generated', 'error', '{\"error_code\": \"42501\"}')", &["row-security-refuses"]),
    // heartbeats
    ("UPDATE telemetry_events SET context = '{\"lag_ms\": 8000}'", &[]),
    ("UPDATE telemetry_events SET context = '{\"lag_ms\": 8001}'", &["heartbeat-late"]),
    ("UPDATE mission_sessions SET last_heartbeat_at = now() - interval '2 minutes'", &["heartbeat-silent"]),
    // the deployed agent never beats: nothing is told of that, and it is no fault
    ("DELETE FROM telemetry_events WHERE event_type = 'session_heartbeat'; INSERT INTO telemetry_events (event_type) VALUES ('brief_generated');
      UPDATE mission_sessions SET last_heartbeat_at = now() - interval '2 hours'", &[]),
    // inspections
    ("UPDATE data_inspection_checks SET outcome = 'fail', details = '{\"error\": \"inspection timed out\"}'", &["inspections-timing-out"]),
    ("UPDATE data_inspection_checks SET outcome = 'fail', details = '{\"error\": \"no rows\"}'", &[]),
    // undo
    ("UPDATE undo_events SET status = 'failed'", &["undo-failed"]),
    ("UPDATE undo_events SET status = 'in_progress', occurred_at = now() - interval '16 minutes'", &["undo-stuck"]),
    // Composio
    ("UPDATE composio_audit_events SET error_code = '429' WHERE latency_ms <= 302", &[]),
    ("UPDATE composio_audit_events SET error_code = '429' WHERE latency_ms <= 303", &["composio-rate-limited"]),
    ("UPDATE composio_audit_events SET error_code = '503' WHERE latency_ms <= 319", &[]),
    ("UPDATE composio_audit_events SET error_code = '503' WHERE latency_ms <= 320", &["composio-outage"]),
    // evidence
    ("INSERT INTO telemetry_events (event_type, status, context) VALUES ('evidence_opened', 'error', '{\"error\": \"hash mismatch\"}')", &["evidence-hash"]),
    ("UPDATE mission_artifacts SET hash = NULL", &["evidence-without-hash"]),
    // library
    ("INSERT INTO library_entries (created_at) VALUES (now() - interval '2 days')", &["embeddings-missing"]),
    ("WITH e AS (INSERT INTO library_entries (title) VALUES ('x') RETURNING id) INSERT INTO library_embeddings SELECT id, '', 'openai', 'ada' FROM e", &["embeddings-mixed"]),
    // CopilotKit
    ("INSERT INTO workspace_stream_sessions (session_id) VALUES ('s'), ('s')", &["sessions-in-several-tabs"]),
    ("INSERT INTO workspace_stream_sessions (session_id, connected_at) VALUES ('s', now() - interval '13 hours')", &["streams-abandoned"]),
    // provider
    ("INSERT INTO telemetry_events (event_type, status, context) VALUES ('plan_ranked', 'error', '{\"error\": \"429 RESOURCE_EXHAUSTED\"}')", &["provider-quota"]),
    // telemetry; what is late with it is heard of no more
    ("UPDATE telemetry_events SET created_at = created_at - interval '16 minutes'", &["telemetry-stalled"]),
    ("UPDATE telemetry_events SET created_at = created_at - interval '16 minutes'; UPDATE missions SET status = 'completed', completed_at = now() - interval '2 days'", &[]),
    // dashboards
    ("INSERT INTO telemetry_events (event_type, created_at) SELECT 'home_tile_opened', now() - d * interval '1 day' - n * interval '1 second' - interval '10 minutes'
      FROM generate_series(1, 7) d, generate_series(1, 200) n", &["metrics-anomaly"]),
    ("UPDATE cron.job SET active = false WHERE jobname = 'refresh_analytics_views'", &["cron-failed"]),
    ("INSERT INTO cron.job_run_details (jobid, status, start_time) VALUES (1, 'failed', now())", &["cron-failed"]),
    // alerts
    ("INSERT INTO telemetry_events (event_type) SELECT 'validator_alert_raised' FROM generate_series(1, 48)", &[]),
    ("INSERT INTO telemetry_events (event_type) SELECT 'validator_alert_raised' FROM generate_series(1, 49)", &["alerts-too-many"]),
];

#[test]
fn the_tables_of_the_real_system_tell_its_troubles() {
    let server = Postgres::shared();
    server.database("control_quiet", include_str!("../schemas/control-plane.sql"));
    for (n, (trouble, rules)) in TROUBLES.iter().enumerate() {
        server.run(&format!("CREATE DATABASE control_{n} TEMPLATE control_quiet"));
        let url = server.url().replace("/postgres", &format!("/control_{n}"));
        Session::open(&url).run(trouble);
        let watch = look_at_database(SYSTEM, &url);
        assert_eq!(firing(&watch), *rules, "{trouble}");
        let next = &watch.jobs["refresh-analytics-views"];
        assert!(next.last_run.is_some() || trouble.contains("cron"), "{trouble}: {}", next.note);
    }
}

fn watch_of(component: &str, signals: &[(&str, Json)]) -> Watch {
    let ready = PreparedSystem::new(Arc::new(system()), config::resolve(&system(), &[], &|_| None).unwrap(), false);
    let now = clock::now();
    let mut watch = ready.watch(now);
    let measured = |(name, json): &(&str, Json)| Measured {
        name: name.parse().unwrap(),
        value: Ok(Value::from_json(json.clone())),
        unit: None,
        course: Vec::new(),
    };
    let outcome = Ok(Observation {
        state: State::Up,
        reason: None,
        signals: signals.iter().map(measured).collect(),
        latency: Duration::from_millis(1),
        detail: Detail::None,
    });
    let took = Duration::from_millis(1);
    watch.absorb(ProbeReport { component: component.parse().unwrap(), at: now.mono, took, outcome }, now);
    watch
}

/// A component, what it tells, the rules that fire.
type Row = (&'static str, Vec<(&'static str, Json)>, &'static [&'static str]);

#[test]
fn thresholds_hold_on_both_sides() {
    let events = |events: u32, errors: u32| vec![("events", json!(events)), ("errors", json!(errors))];
    let hour = |now: u32, usual: f64| vec![("events_hour", json!(now)), ("usual_hour", json!(usual))];
    let silence = |missions: u32, last: f64| vec![("missions", json!(missions)), ("last_s", json!(last))];
    let rows: Vec<Row> = vec![
        ("missions", vec![("completion_percent", json!(90.0))], &[]),
        ("missions", vec![("completion_percent", json!(89.9))], &["mission-completion-low"]),
        ("sessions", vec![("lag_p95_ms", json!(8000.0))], &[]),
        ("sessions", vec![("lag_p95_ms", json!(8000.1))], &["heartbeat-late"]),
        ("sessions", vec![("silent", json!(1)), ("beats_day", json!(0))], &[]),
        ("telemetry", events(19, 19), &[]),
        ("telemetry", events(20, 2), &[]),
        ("telemetry", events(20, 3), &["errors-in-execution"]),
        ("telemetry", silence(1, 900.0), &[]),
        ("telemetry", silence(1, 900.1), &["telemetry-stalled"]),
        ("telemetry", silence(0, 90_000.0), &[]),
        ("telemetry", hour(60, 20.0), &[]),
        ("telemetry", hour(61, 20.0), &["metrics-anomaly"]),
        ("telemetry", hour(10, 30.0), &[]),
        ("telemetry", hour(9, 30.0), &["metrics-anomaly"]),
        ("telemetry", hour(900, 19.9), &[]),
        ("connections", vec![("stuck", json!(2)), ("failed_day", json!(0))], &[]),
        ("connections", vec![("stuck", json!(3)), ("failed_day", json!(0))], &["oauth-connections-failing"]),
        ("composio", vec![("calls", json!(3)), ("outages", json!(3)), ("rate_limited", json!(0))], &[]),
        (
            "composio",
            vec![("calls", json!(4)), ("outages", json!(2)), ("rate_limited", json!(0))],
            &["composio-outage"],
        ),
        ("composio", vec![("calls", json!(1)), ("outages", json!(0)), ("rate_limited", json!(1))], &[]),
        ("database", vec![("archiving_fails", json!(true)), ("sees_all", json!(true))], &["backup-archiving"]),
        ("database", vec![("archiving_fails", json!(false)), ("sees_all", json!(false))], &["database-blind"]),
    ];
    for (component, signals, rules) in rows {
        assert_eq!(firing(&watch_of(component, &signals)), rules, "{component} {signals:?}");
    }
}

#[test]
fn each_fault_is_told_by_its_own_alerts() {
    let rows = [
        ("none", "ok", "agent", "up", &[][..]),
        ("agent-down", "critical", "agent", "down", &["agent-down", "health-check-down"]),
        ("agent-broken", "critical", "agent", "down", &["agent-down", "health-check-down"]),
        ("workspace-down", "critical", "workspace", "down", &["health-check-down", "workspace-down"]),
        ("health-check-failed", "warning", "health_check", "down", &["health-check-down"]),
        ("no-health-check", "ok", "health_check", "degraded", &[]),
        ("missions-failing", "warning", "missions", "up", &["mission-completion-low"]),
        ("bad-release", "warning", "telemetry", "up", &["errors-in-execution"]),
        ("safeguard-breach", "critical", "telemetry", "up", &["safeguard-critical"]),
        ("oauth-expired", "warning", "connections", "up", &["oauth-tokens-expired"]),
        ("oauth-failing", "warning", "connections", "up", &["oauth-connections-failing"]),
        ("row-security", "warning", "row_security", "up", &["row-security-refuses"]),
        ("row-security-off", "critical", "row_security", "up", &["row-security-off"]),
        ("heartbeat-late", "warning", "sessions", "up", &["heartbeat-late"]),
        ("inspection-timeouts", "warning", "inspections", "up", &["inspections-timing-out"]),
        ("undo-failures", "warning", "undo", "up", &["undo-failed"]),
        ("composio-rate-limits", "warning", "composio", "up", &["composio-rate-limited"]),
        (
            "database-down",
            "critical",
            "database",
            "down",
            &[
                "composio-down",
                "connections-down",
                "cron-down",
                "database-down",
                "evidence-down",
                "health-check-down",
                "inspections-down",
                "library-down",
                "missions-down",
                "row-security-down",
                "sessions-down",
                "streams-down",
                "telemetry-down",
                "undo-down",
            ],
        ),
        ("backup-archiving", "critical", "database", "up", &["backup-archiving"]),
        ("evidence-corrupt", "critical", "evidence", "up", &["evidence-hash"]),
        ("embeddings-missing", "warning", "library", "up", &["embeddings-missing"]),
        ("composio-outage", "critical", "composio", "up", &["composio-outage"]),
        ("several-tabs", "ok", "streams", "up", &["sessions-in-several-tabs"]),
        ("streams-abandoned", "ok", "streams", "up", &["streams-abandoned"]),
        ("gemini-quota", "critical", "telemetry", "up", &["provider-quota"]),
        ("telemetry-stall", "warning", "telemetry", "up", &["telemetry-stalled"]),
        ("cron-failed", "warning", "cron", "up", &["cron-failed"]),
        ("cron-off", "warning", "cron", "up", &["cron-failed"]),
        ("alert-flood", "ok", "telemetry", "up", &["alerts-too-many"]),
    ];
    each_fault_is_told(SYSTEM, Duration::from_secs(600), &["database-down"], &rows);
}

/// A play of a mission, as the agent wants it told.
const PLAY: [&str; 8] = [
    "--param",
    "mission=00000000-0000-0000-0000-000000000001",
    "--param",
    "play=00000000-0000-0000-0000-0000000000f1",
    "--param",
    "user=user-7",
    "--param",
    "tenant=acme",
];

#[test]
fn what_can_be_operated_ends_its_faults_and_is_proved_by_it() {
    let rows: [(&str, &str, &[&str]); 5] = [
        ("agent-down", "restart-agent", &[]),
        ("agent-broken", "restart-agent", &["--var", "platform=docker"]),
        ("telemetry-stall", "restart-agent", &[]),
        ("streams-abandoned", "end-abandoned-streams", &[]),
        ("cron-off", "switch-on-job", &["--param", "name=refresh_analytics_views"]),
    ];
    for (fault, action, more) in rows {
        let stand = Stand::of(SYSTEM, fault, 10);
        stand.verified(action, more);
        assert_eq!(stand.demo().faults(), [(SYSTEM, "none")], "{fault}");
    }
}

#[test]
fn what_would_change_nothing_or_cannot_be_told_is_not_done() {
    let stand = Stand::of(SYSTEM, "none", 10);
    for (action, more, words) in [
        ("end-abandoned-streams", &[][..], "expected at least 1 row, got 0"),
        ("switch-on-job", &["--param", "name=refresh_analytics_views"], "expected 1 row, got 0"),
        ("run-play", &PLAY, "not confirmed"),
    ] {
        let (code, told) = stand.act(action, more);
        assert!(code != 0 && told.to_string().contains(words), "{action}: {code} {told:#}");
    }
    let named = [&["--confirm", SYSTEM], &PLAY[..]].concat();
    stand.verified("run-play", &named);
    // a token that is none
    let stand = Stand::of(SYSTEM, "none", 10);
    let var = |(name, value): (String, String)| {
        let value = if name == "agent_token" { "short".to_owned() } else { value };
        ["--var".to_owned(), format!("{name}={value}")]
    };
    let fixed = ["act", SYSTEM, "run-play", "--yes", "--format", "json"];
    let mut args: Vec<String> = fixed.iter().chain(&named).map(|arg| (*arg).to_owned()).collect();
    args.extend(stand.demo().vars(SYSTEM).into_iter().flat_map(var));
    let told: Json = serde_json::from_str(&stand.alone(&args).out).unwrap();
    assert_eq!((&told["outcome"], &told["http_status"]), (&json!("failed"), &json!(401)), "{told:#}");
    // whose name nobody tells is not restarted
    let home = stand.home().to_str().unwrap();
    let args = ["act", SYSTEM, "restart-agent", "--yes", "--format", "json"];
    let told = crate::support::command_line::run(args, &[("HOME", home), ("XDG_STATE_HOME", home)]);
    assert!(told.code != 0 && told.out.contains("variable 'agent_service' is not set"), "{} {}", told.out, told.err);
}

#[test]
fn rows_are_changed_in_the_tables_of_the_real_system() {
    let server = Postgres::shared();
    let trouble = "INSERT INTO workspace_stream_sessions (session_id, connected_at, disconnected_at) VALUES
          ('old', now() - interval '13 hours', NULL), ('new', now() - interval '1 hour', NULL),
          ('over', now() - interval '13 hours', now() - interval '12 hours');
        UPDATE cron.job SET active = false WHERE jobname = 'cleanup_telemetry_events'";
    let url = server.database("control_acts", include_str!("../schemas/control-plane.sql"));
    Session::open(&url).run(trouble);
    let cell = |statement: &str| Session::open(&url).run(statement)[0][0].clone().unwrap_or_default();
    let home = crate::midwatch::home();
    let at = home.path().to_str().unwrap();
    for (action, more) in
        [("end-abandoned-streams", &[][..]), ("switch-on-job", &["--param", "name=cleanup_telemetry_events"])]
    {
        let args = [&["act", SYSTEM, action, "--yes", "--format", "json"], more].concat();
        let env = [("HOME", at), ("XDG_STATE_HOME", at), ("CONTROL_PLANE_DATABASE_URL", &url)];
        let told = crate::support::command_line::run(&args, &env);
        assert!(told.code == 0 && told.out.contains("\"verified\""), "{action}: {} {}", told.out, told.err);
    }
    let open = "SELECT string_agg(session_id, ', ') FROM workspace_stream_sessions WHERE disconnected_at IS NULL";
    assert_eq!(cell(open), "new");
    assert_eq!(cell("SELECT count(*) FROM cron.job WHERE NOT active"), "0");
}
