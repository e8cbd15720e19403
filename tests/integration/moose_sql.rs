//! The SQL of the shipped system `moose` against a real PostgreSQL with the tables of the real system: every query by a
//! role that only reads, every action in its transaction, and each step of the kill switch failing half-way.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::check::held_against_the_schema;
use crate::midwatch::home;
use crate::support::command_line::run;
use crate::support::postgres_server::{Postgres, Session};

const SYSTEM: &str = "moose";
const READER: (&str, &str) = ("moose_reader", "reads-0nly");

const TABLES: &str = include_str!("../schemas/moose.sql");

const TROUBLE: &str = r"
UPDATE work_orders SET updated_at = now() - INTERVAL '121 minutes' WHERE title = 'calm';
INSERT INTO work_orders (title, status, updated_at, github_pr_url) VALUES
  ('stuck', 'in_progress', now() - INTERVAL '25 hours', NULL),
  ('has its pull request', 'in_progress', now() - INTERVAL '25 hours', 'https://github.com/x/y/pull/1');
INSERT INTO outcome_vectors (work_order_id, success, cost, model_used, failure_class)
  SELECT id, false, 0.25, 'claude-sonnet-4.5', 'test_fail' FROM work_orders, generate_series(1, 11) WHERE title = 'busy';
INSERT INTO outcome_vectors (success, cost, created_at) VALUES (true, 1, now() - INTERVAL '91 days');
INSERT INTO cost_tracking (service_name, cost, created_at) SELECT 'openai', 3, now() FROM generate_series(1, 3);
INSERT INTO escalations (trigger_type, status, context) VALUES ('technical_blocker', 'open', '{}'),
  ('contract_violation', 'pending', '{}'), ('budget_overrun', 'in_progress', '{}'), ('budget_overrun', 'resolved', '{}');
";

/// A database with the tables, and a home for the one who acts.
struct Stand {
    server: std::sync::Arc<Postgres>,
    url: String,
    home: TempDir,
}

impl Stand {
    fn new(name: &str, more: &str) -> Self {
        let server = Postgres::shared();
        let url = server.database(name, &format!("{TABLES}{more}"));
        Self { server, url, home: home() }
    }

    fn sql(&self, statements: &str) -> Vec<Vec<Option<String>>> {
        Session::open(&self.url).run(statements)
    }

    /// The first cell.
    fn cell(&self, statement: &str) -> String {
        self.sql(statement)[0][0].clone().unwrap_or_default()
    }

    fn act(&self, action: &str) -> (i32, Value) {
        let home = self.home.path().to_str().unwrap();
        let args = ["act", SYSTEM, action, "--yes", "--confirm", SYSTEM, "--format", "json"];
        let told = run(args, &[("HOME", home), ("XDG_STATE_HOME", home), ("MOOSE_DATABASE_URL", &self.url)]);
        let json = serde_json::from_str(&told.out).unwrap_or_else(|_| panic!("{action}: {} {}", told.out, told.err));
        (told.code, json)
    }

    #[track_caller]
    fn verified(&self, action: &str) {
        let (code, told) = self.act(action);
        assert_eq!((code, &told["outcome"]), (0, &json!("verified")), "{action}: {told:#}");
    }

    /// All that the kill switch touches.
    fn state(&self) -> Vec<Vec<Option<String>>> {
        self.sql(
            "SELECT (SELECT value FROM system_config WHERE key = 'budget_limits'),
               (SELECT string_agg(title || ' ' || status || ' ' || coalesce(metadata::text, ''), ', ' ORDER BY title)
                FROM work_orders), (SELECT count(*) FROM escalations)",
        )
    }
}

/// One look by the role that only reads.
fn look(stand: &Stand) -> Value {
    let (user, password) = READER;
    let name = stand.url.rsplit('/').next().unwrap();
    let grants =
        format!("GRANT USAGE ON SCHEMA public TO {user}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {user}");
    stand.sql(&grants);
    let url = stand.server.url_as(user, password).replace("/postgres", &format!("/{name}"));
    let args = ["check", "--format", "json", "--system", SYSTEM];
    held_against_the_schema(&run(args, &[("MOOSE_DATABASE_URL", &url)]).out)
}

fn reader(stand: &Stand) {
    let (user, password) = READER;
    stand.server.run(&format!("CREATE ROLE {user} LOGIN PASSWORD '{password}'"));
}

fn firing(report: &Value) -> BTreeSet<&str> {
    let alerts = report["systems"][0]["alerts"].as_array().unwrap().iter();
    alerts.filter(|alert| alert["state"] == "firing").map(|alert| alert["rule"].as_str().unwrap()).collect()
}

#[test]
fn every_query_runs_by_a_role_that_only_reads() {
    const ASKED: [&str; 11] = [
        "stuck_orders",
        "open_escalations",
        "top_costs",
        "retry_storms",
        "outcomes",
        "spend",
        "kill_state",
        "old_outcomes",
        "slow_queries",
        "connections",
        "tables",
    ];
    let calm = Stand::new("moose_calm", "");
    reader(&calm);
    let report = look(&calm);
    for component in report["systems"][0]["components"].as_array().unwrap() {
        let wanted = if ASKED.contains(&component["id"].as_str().unwrap()) { "up" } else { "unknown" };
        assert_eq!(component["state"], wanted, "{component}");
    }
    assert_eq!(firing(&report), BTreeSet::new());
    assert_eq!(report["status"], "ok", "what is not configured is no fault: {report:#}");
    let troubled = Stand::new("moose_trouble", TROUBLE);
    let report = look(&troubled);
    let signals = &report["systems"][0]["signals"];
    for (signal, value) in [
        ("stuck_orders.row_count", json!(3)),
        ("open_escalations.row_count", json!(3)),
        ("retry_storms.row_count", json!(1)),
        ("outcomes.total", json!(12)),
        ("outcomes.failed", json!(11)),
        ("outcomes.most_often", json!("test_fail")),
        ("spend.total", json!(12.75)),
        ("spend.duplicates", json!(2)),
        ("kill_state.daily_limit", json!(100.0)),
        ("kill_state.runnable", json!(2)),
        ("old_outcomes.count", json!(1)),
    ] {
        assert_eq!(signals[signal]["value"], value, "{signal}");
    }
    let stands = ["cost-duplicates", "error-rate", "retry-storm-today", "stuck-orders"];
    assert_eq!(firing(&report), BTreeSet::from(stands));
    // one whose time is over, where no application tells it
    troubled.sql("UPDATE escalations SET created_at = now() - INTERVAL '59 minutes' WHERE status = 'pending'");
    assert_eq!(firing(&look(&troubled)), BTreeSet::from(stands));
    troubled.sql("UPDATE escalations SET created_at = now() - INTERVAL '61 minutes' WHERE status = 'pending'");
    assert!(firing(&look(&troubled)).contains("escalations-overdue"), "a contract violation has an hour");
}

#[test]
fn the_kill_switch_stops_all_and_is_undone() {
    let stand = Stand::new("moose_kill", "");
    stand.verified("kill-switch");
    let limits: Value =
        serde_json::from_str(&stand.cell("SELECT value FROM system_config WHERE key = 'budget_limits'")).unwrap();
    assert_eq!(
        limits,
        json!({ "daily_soft_cap": 0, "daily_hard_cap": 0, "emergency_kill": 0, "monthly_target": 500, "monthly_hard_cap": 1000 })
    );
    let states = "SELECT string_agg(title || ' ' || status, ', ' ORDER BY title) FROM work_orders";
    assert_eq!(stand.cell(states), "busy in_progress, calm paused, over completed, ready paused");
    assert_eq!(stand.cell("SELECT metadata ->> 'paused_from' FROM work_orders WHERE title = 'ready'"), "approved");
    let escalated =
        stand.sql("SELECT status, context ->> 'daily_total', context ->> 'limit', work_order_id FROM escalations");
    assert_eq!(escalated, [[Some("open".to_owned()), Some("3.7500".to_owned()), Some("100".to_owned()), None]]);
    stand.verified("resume-work-orders");
    assert_eq!(stand.cell(states), "busy in_progress, calm pending, over completed, ready approved");
    assert_eq!(stand.cell("SELECT metadata::text FROM work_orders WHERE title = 'ready'"), "{}");
}

#[test]
fn each_step_of_the_kill_switch_that_fails_changes_nothing_and_says_so() {
    for (n, (hindrance, words)) in [
        ("ALTER TABLE escalations ADD CHECK (status <> 'open')", "statement 1 of 3"),
        ("DELETE FROM system_config WHERE key = 'budget_limits'", "statement 2 of 3: expected 1 row, got 0"),
        ("ALTER TABLE work_orders ADD CHECK (status <> 'paused')", "statement 3 of 3"),
    ]
    .into_iter()
    .enumerate()
    {
        let stand = Stand::new(&format!("moose_half_{n}"), hindrance);
        let before = stand.state();
        let (code, told) = stand.act("kill-switch");
        assert_ne!((code, &told["outcome"]), (0, &json!("verified")), "{hindrance}: {told:#}");
        let text = told.to_string();
        assert!(text.contains(words), "{hindrance}: {told:#}");
        assert_eq!(stand.state(), before, "{hindrance}");
    }
}

#[test]
fn what_is_cleaned_up_is_gone_and_nothing_else() {
    let stand = Stand::new("moose_clean", TROUBLE);
    stand.verified("remove-duplicate-costs");
    assert_eq!(stand.cell("SELECT count(*) FROM cost_tracking"), "3");
    stand.verified("clean-up-outcomes");
    assert_eq!(stand.cell("SELECT count(*) FROM outcome_vectors"), "12");
}
