//! The shipped system `chat-api` held against the answers of the runbook's API and of the deployed code, against its
//! thresholds, and against the simulated system in each of its faults.

use std::sync::Arc;
use std::time::Duration;

use midwatch::base::{Redactor, State, Variables};
use midwatch::config::{self, Catalog, System};
use midwatch::expr::Facts;
use midwatch::probe::assess::{Observation, assess};
use midwatch::probe::{Answer, Detail, Measured, ProbeReport, Prober};
use midwatch::runtime::{PreparedSystem, clock};
use midwatch::signal::Value;
use midwatch::watch::Watch;
use serde_json::{Value as Json, json};

use crate::act_demo::Stand;
use crate::support::command_line::run;
use crate::support::http_stub::{Answer as Say, Http};
use crate::support::postgres_server::{Postgres, Session};
use crate::systems::{each_fault_is_told, firing, look_at_database};

/// The simulated system.
const SYSTEM: &str = "chat-api";

fn system() -> System {
    Catalog::new([]).get(SYSTEM).unwrap().load().unwrap()
}

fn observe(component: &str, status: i64, body: &Json) -> Observation {
    let facts = Facts::from([
        ("status".to_owned(), Value::Int(status)),
        ("latency_ms".to_owned(), Value::Number(3.0)),
        ("also".to_owned(), Value::from_json(json!({}))),
        ("body".to_owned(), Value::from_json(body.clone())),
    ]);
    let latency = Duration::from_millis(3);
    assess(
        &system().component[component],
        Answer { facts, signals: Vec::new(), latency, detail: Detail::None, trouble: None },
    )
}

fn told(seen: &Observation, signal: &str) -> Option<String> {
    let measured = seen.signals.iter().find(|one| one.name.as_str() == signal).unwrap();
    measured.value.as_ref().ok().map(ToString::to_string)
}

#[test]
fn answers_of_both_dialects_are_understood() {
    let checks = |status: &str, supabase: &str| json!({ "status": status, "service": "chat-api", "checks": { "supabase": supabase } });
    for (component, status, body, state, supabase) in [
        ("api", 200, json!({ "status": "ok" }), State::Up, None),
        ("api", 200, json!({ "status": "ok", "service": "chat-api" }), State::Up, None),
        ("api", 500, json!({ "detail": "Internal Server Error" }), State::Down, None),
        ("ready", 200, json!({ "status": "ready" }), State::Up, None),
        ("ready", 200, checks("ready", "ok"), State::Up, Some("ok")),
        ("ready", 200, checks("ready", "not_configured"), State::Up, Some("not_configured")),
        ("ready", 503, checks("not_ready", "unavailable"), State::Down, Some("unavailable")),
        ("ready", 503, json!({ "detail": "supabase unavailable" }), State::Down, None),
        ("mapper", 404, json!({ "detail": "Not Found" }), State::Degraded, None),
        ("mapper", 502, json!({}), State::Down, None),
    ] {
        let seen = observe(component, status, &body);
        assert_eq!(seen.state, state, "{component} {status} {body}: {:?}", seen.reason);
        if component == "ready" {
            assert_eq!(told(&seen, "supabase").as_deref(), supabase, "{body}");
        }
    }
}

/// The system after one look at one component that told these numbers and words.
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
    watch.absorb(
        ProbeReport { component: component.parse().unwrap(), at: now.mono, took: Duration::from_millis(1), outcome },
        now,
    );
    watch
}

/// A component, what it tells, the rules that fire.
type Row = (&'static str, Vec<(&'static str, Json)>, &'static [&'static str]);

#[test]
fn thresholds_are_those_of_the_runbook() {
    let window = ("window_s", json!(120.0));
    let short = ("window_s", json!(119.0));
    let rows: Vec<Row> = vec![
        ("metrics", vec![("sse_connections", json!(149.0))], &[]),
        ("metrics", vec![("sse_connections", json!(150.0))], &["sse-connections-warning"]),
        ("metrics", vec![("sse_connections", json!(199.0))], &["sse-connections-warning"]),
        ("metrics", vec![("sse_connections", json!(200.0))], &["sse-connections-critical"]),
        ("metrics", vec![window.clone(), ("error_percent", json!(5.0))], &[]),
        ("metrics", vec![window.clone(), ("error_percent", json!(5.01))], &["error-rate"]),
        // what a minute brought is no rate yet: the totals judge
        ("metrics", vec![short.clone(), ("error_percent", json!(90.0))], &[]),
        ("metrics", vec![short.clone(), ("error_percent_ever", json!(5.01))], &["error-rate"]),
        ("metrics", vec![short.clone(), ("above_10s_percent_ever", json!(5.01))], &["p95-latency"]),
        ("metrics", vec![short, ("above_5s_percent_ever", json!(50.1))], &["message-latency"]),
        // what was long ago counts only where nothing newer is known
        ("metrics", vec![window.clone(), ("error_percent_ever", json!(90.0))], &[]),
        ("metrics", vec![("error_percent_ever", json!(5.0))], &[]),
        ("metrics", vec![("error_percent_ever", json!(5.01))], &["error-rate"]),
        ("metrics", vec![window.clone(), ("above_10s_percent", json!(5.0))], &[]),
        ("metrics", vec![window.clone(), ("above_10s_percent", json!(5.01))], &["p95-latency"]),
        ("metrics", vec![("above_10s_percent_ever", json!(5.01))], &["p95-latency"]),
        ("metrics", vec![window.clone(), ("above_5s_percent", json!(50.0))], &[]),
        ("metrics", vec![window, ("above_5s_percent", json!(50.1))], &["message-latency"]),
        ("errors", vec![("hourly", json!(10.0))], &[]),
        ("errors", vec![("hourly", json!(11.0))], &["error-spike"]),
        ("ready", vec![("supabase", json!("ok"))], &[]),
        ("ready", vec![("supabase", json!("not_configured"))], &["supabase-not-configured"]),
        ("anthropic", vec![("indicator", json!("minor"))], &[]),
        ("anthropic", vec![("indicator", json!("major"))], &["anthropic-incident"]),
        ("deploys", vec![("latest_status", json!("build_in_progress"))], &[]),
        ("deploys", vec![("latest_status", json!("update_failed"))], &["deploy-failed"]),
        ("messages", vec![("p50_ms", json!(5000.0)), ("p95_ms", json!(10000.0)), ("unanswered_hour", json!(10))], &[]),
        ("messages", vec![("p50_ms", json!(5000.5))], &["message-latency"]),
        ("messages", vec![("p95_ms", json!(10000.5))], &["p95-latency"]),
        ("messages", vec![("unanswered_hour", json!(11))], &["error-spike"]),
        ("database", vec![("sees_all", json!(false))], &["database-blind"]),
        ("database", vec![("connections", json!(90)), ("max_connections", json!(100))], &[]),
        ("database", vec![("connections", json!(91)), ("max_connections", json!(100))], &["connections-exhausted"]),
        ("limits", vec![("at_limit", json!(0.0))], &[]),
        ("limits", vec![("at_limit", json!(1.0))], &["rate-limit-reached"]),
        ("spend", vec![("usd", json!(50.0))], &[]),
        ("spend", vec![("usd", json!(50.01))], &["daily-spend"]),
        ("flags", vec![("chat_enabled", json!(true))], &[]),
        ("flags", vec![("chat_enabled", json!(false))], &["chat-disabled"]),
    ];
    for (component, signals, rules) in rows {
        assert_eq!(firing(&watch_of(component, &signals)), rules, "{component} {signals:?}");
    }
}

#[test]
fn the_address_alone_is_enough_and_what_is_not_set_is_no_fault() {
    let http = Http::start();
    http.on("/health", Say::json(200, r#"{"status":"ok"}"#));
    let check = |code: i32, words: &str| {
        let var = format!("api_url={}", http.url(""));
        let seen = run(["check", "--format", "json", "--system", "chat-api", "--var", &var], &[]);
        assert_eq!(seen.code, code, "{} {}", seen.out, seen.err);
        assert!(seen.out.contains(words), "{words}: {}", seen.out);
    };
    for ready in [r#"{"status":"ready"}"#, r#"{"status":"ready","service":"chat-api","checks":{"supabase":"ok"}}"#] {
        http.on("/health/ready", Say::json(200, ready));
        check(0, "not configured: variable mapper_url is not set");
    }
    let broken = r#"{"status":"not_ready","service":"chat-api","checks":{"supabase":"unavailable"}}"#;
    http.on("/health/ready", Say::json(503, broken));
    check(2, "says 'not_ready': supabase unavailable");
    http.on("/health/ready", Say::json(503, r#"{"detail":"supabase unavailable"}"#));
    check(2, "says 'supabase unavailable'");
}

/// A page of the deployed service: messages, answered, refused for a wrong key, within 5 s, within 10 s, streams.
fn page(
    messages: u32,
    answered: u32,
    refused: u32,
    within_5: u32,
    within_10: u32,
    streams: u32,
    broken: u32,
) -> String {
    let route = "http_route=\"/chat/stream\"";
    format!(
        "process_start_time_seconds 1790000000.5\nhttp_server_active_requests{{http_method=\"POST\"}} {streams}.0\n\
         # TYPE http_server_request_duration_seconds histogram\n\
         http_server_request_duration_seconds_bucket{{{route},http_response_status_code=\"200\",le=\"5.0\"}} {within_5}\n\
         http_server_request_duration_seconds_bucket{{{route},http_response_status_code=\"200\",le=\"10.0\"}} {within_10}\n\
         http_server_request_duration_seconds_bucket{{{route},http_response_status_code=\"200\",le=\"+Inf\"}} {messages}\n\
         http_server_request_duration_seconds_count{{{route},http_response_status_code=\"200\"}} {messages}\n\
         http_server_request_duration_seconds_count{{{route},http_response_status_code=\"401\"}} {refused}\n\
         http_server_request_duration_seconds_count{{http_route=\"/chat/sessions\",http_response_status_code=\"500\"}} {broken}\n\
         http_server_request_duration_seconds_count{{http_route=\"/health/ready\",http_response_status_code=\"503\"}} {messages}\n\
         # TYPE chat_requests_total counter\nchat_requests_total{{status=\"success\"}} {answered}\n"
    )
}

#[test]
fn a_page_of_metrics_becomes_errors_latency_and_streams() {
    let http = Http::start();
    let pages = [page(1000, 990, 50, 900, 1000, 23, 4), page(1100, 1080, 90, 930, 1080, 151, 16)];
    let say = |text: &String| Say::reply(200, "text/plain; version=0.0.4", text.as_str());
    http.on_each("/metrics", [&pages[0], &pages[0], &pages[1], &pages[1]].map(say));
    let flags = [(None, "api_url".to_owned(), http.url(""))];
    let variables: Variables = config::resolve(&system(), &flags, &|_| None).unwrap();
    let mut probers: Vec<(&str, Prober)> = ["metrics", "errors"]
        .into_iter()
        .map(|id| {
            let spec = &system().component[id];
            (id, Prober::new(&spec.probe, Duration::from_secs(60), &variables, &Redactor::default()).unwrap())
        })
        .collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut looks = Vec::new();
    for at in [1000.0, 1010.0] {
        for (id, prober) in &mut probers {
            let answer = runtime.block_on(prober.poll(at)).unwrap();
            looks.push(assess(&system().component[*id], answer));
        }
    }
    let [first, first_hour, second, second_hour] = &looks[..] else { panic!() };
    for (look, signal, value) in [
        (first, "sse_connections", Some("23")),
        (first, "error_percent", None),
        (first, "error_percent_ever", Some("0.952")),
        (first, "above_10s_percent_ever", Some("4.762")),
        (first, "window_s", None),
        (first, "started_at", Some("1790000000.5")),
        (first_hour, "hourly", None),
        (second, "sse_connections", Some("151")),
        (second, "error_percent", Some("7.143")),
        (second, "window_s", Some("10")),
        (second, "rate_limited", None),
        (second_hour, "hourly", Some("12")),
    ] {
        assert_eq!(told(look, signal).as_deref(), value, "{signal}");
    }
}

#[test]
fn each_fault_is_told_by_its_own_alerts() {
    let rows = [
        ("none", "ok", "api", "up", &[][..]),
        ("claude-errors", "warning", "anthropic", "up", &["anthropic-incident", "error-rate", "error-spike"]),
        ("bad-deploy", "warning", "api", "up", &["error-rate", "error-spike"]),
        (
            "supabase-down",
            "critical",
            "ready",
            "down",
            &[
                "database-down",
                "error-rate",
                "flags-down",
                "heavy-users-down",
                "limits-down",
                "messages-down",
                "ready-down",
                "spend-down",
                "tiers-down",
            ],
        ),
        ("pool-exhausted", "critical", "ready", "down", &["connections-exhausted", "error-rate", "ready-down"]),
        ("high-latency", "warning", "api", "up", &["message-latency", "p95-latency"]),
        ("slow-messages", "ok", "api", "up", &["message-latency"]),
        ("mapper-down", "warning", "mapper", "down", &["mapper-down"]),
        ("calendar-down", "warning", "calendar", "down", &["calendar-down"]),
        ("ingestor-down", "warning", "ingestor", "down", &["ingestor-down"]),
        ("sse-warning", "warning", "metrics", "up", &["sse-connections-warning"]),
        ("sse-critical", "critical", "metrics", "up", &["sse-connections-critical"]),
        ("api-down", "critical", "api", "down", &["api-down", "errors-down", "metrics-down", "ready-down"]),
        ("deploy-failed", "ok", "deploys", "up", &["deploy-failed"]),
        ("rate-limits", "ok", "limits", "up", &["rate-limit-reached"]),
        ("daily-spend", "warning", "spend", "up", &["daily-spend"]),
        ("chat-disabled", "critical", "flags", "up", &["chat-disabled"]),
    ];
    // so long that it outweighs the good quarter of an hour before it
    each_fault_is_told(SYSTEM, Duration::from_secs(3600), &["api-down", "supabase-down"], &rows);
}

/// What happens to the tables of a quiet day, and what is told of it.
const TROUBLES: &[(&str, &[&str])] = &[
    ("SELECT 1", &[]),
    ("UPDATE ai_request_limits SET request_count = 49 WHERE user_id = 'anna'", &[]),
    ("UPDATE ai_request_limits SET request_count = 50 WHERE user_id = 'anna'", &["rate-limit-reached"]),
    ("UPDATE ai_request_limits SET request_count = 499 WHERE user_id = 'ben'", &[]),
    ("UPDATE ai_request_limits SET request_count = 500 WHERE user_id = 'ben'", &["rate-limit-reached"]),
    ("UPDATE ai_request_limits SET request_count = 500000 WHERE user_id = 'cleo'", &[]),
    // last month's count no more
    ("UPDATE ai_request_limits SET request_count = 90, request_date = date_trunc('month', now())::date - 1 WHERE user_id = 'anna'", &[]),
    ("UPDATE chat_messages SET latency_ms = 7000", &["message-latency"]),
    ("UPDATE chat_messages SET latency_ms = 12000", &["message-latency", "p95-latency"]),
    ("UPDATE chat_messages SET latency_ms = 12000, created_at = created_at - interval '20 minutes'", &[]),
    ("UPDATE feature_flags SET value = 'false' WHERE flag_key = 'chat_enabled'", &["chat-disabled"]),
    ("INSERT INTO pipeline_runs (user_id, pipeline, estimated_cost_usd) VALUES ('anna', 'generate', 49.9)", &[]),
    ("INSERT INTO pipeline_runs (user_id, pipeline, estimated_cost_usd) VALUES ('anna', 'generate', 51)", &["daily-spend"]),
    ("WITH s AS (INSERT INTO chat_sessions (user_id) SELECT 'anna' FROM generate_series(1, 11) RETURNING id)
      INSERT INTO chat_messages (session_id, user_id, role, created_at) SELECT id, 'anna', 'user', now() - interval '9 minutes' FROM s",
     &["error-spike"]),
];

#[test]
fn the_tables_of_the_real_system_tell_its_troubles() {
    let server = Postgres::shared();
    server.database("chat_quiet", include_str!("../schemas/chat-api.sql"));
    for (n, (trouble, rules)) in TROUBLES.iter().enumerate() {
        server.run(&format!("CREATE DATABASE chat_{n} TEMPLATE chat_quiet"));
        let url = server.url().replace("/postgres", &format!("/chat_{n}"));
        Session::open(&url).run(trouble);
        assert_eq!(firing(&look_at_database(SYSTEM, &url)), *rules, "{trouble}");
    }
}

#[test]
fn a_role_under_row_security_is_told() {
    let server = Postgres::shared();
    let quiet = server.database("chat_blind", include_str!("../schemas/chat-api.sql"));
    Session::open(&quiet).run(
        "CREATE ROLE chat_reader LOGIN PASSWORD 'reading'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO chat_reader",
    );
    let url = server.url_as("chat_reader", "reading").replace("/postgres", "/chat_blind");
    assert_eq!(firing(&look_at_database(SYSTEM, &url)), ["database-blind"]);
    Session::open(&quiet).run("ALTER ROLE chat_reader BYPASSRLS");
    assert_eq!(firing(&look_at_database(SYSTEM, &url)), [""; 0]);
}

#[test]
fn what_the_runbook_does_ends_its_faults_and_is_proved_by_it() {
    for (fault, action) in [("pool-exhausted", "restart"), ("api-down", "restart"), ("sse-critical", "redeploy")] {
        let stand = Stand::of(SYSTEM, fault, 5);
        stand.verified(action, &[]);
        assert_eq!(stand.demo().faults(), [(SYSTEM, "none")], "{fault}");
    }
}

#[test]
fn a_rollback_goes_to_the_deploy_that_was_named() {
    let stand = Stand::of(SYSTEM, "bad-deploy", 5);
    let told = stand.check();
    let deploys = told["systems"][0]["signals"]["deploys.list"]["value"].as_array().unwrap().clone();
    assert_eq!((&deploys[0]["status"], &deploys[1]["status"]), (&json!("live"), &json!("deactivated")), "{deploys:?}");
    let target = deploys[1]["id"].as_str().unwrap();
    stand.verified("rollback", &["--param", &format!("deploy={target}")]);
    assert_eq!(stand.demo().faults(), [(SYSTEM, "none")]);
}

#[test]
fn another_model_is_set_and_counts_from_the_next_deploy_on() {
    let stand = Stand::of(SYSTEM, "high-latency", 5);
    stand.verified("set-model", &["--param", "model=claude-3-5-haiku-20241022"]);
    assert_eq!(stand.demo().faults(), [(SYSTEM, "high-latency")], "it runs with the old one yet");
    stand.verified("redeploy", &[]);
    assert_eq!(stand.demo().faults(), [(SYSTEM, "none")]);
    stand.verified("revert-model", &[]);
    stand.verified("set-function-timeout", &["--param", "seconds=90.0"]);
}

#[test]
fn a_user_is_upgraded_and_chat_is_switched_in_the_simulation() {
    let stand = Stand::of(SYSTEM, "rate-limits", 5);
    let at_limit = || stand.check()["systems"][0]["signals"]["limits.at_limit"]["value"].as_f64().unwrap();
    let before = at_limit();
    stand.verified("set-tier", &["--param", "user=user_2s91c", "--param", "tier=paid"]);
    assert!(at_limit() < before, "{before}");
    let stand = Stand::of(SYSTEM, "chat-disabled", 5);
    stand.verified("chat-on", &[]);
    assert_eq!(stand.demo().faults(), [(SYSTEM, "none")]);
    let (code, told) = stand.act("chat-off", &[]);
    assert_eq!(code, 5, "without the name: {told:#}");
    stand.verified("chat-off", &["--confirm", SYSTEM]);
    assert_eq!(stand.check()["status"], "critical");
}

/// An action on a real database.
fn act(url: &str, action: &str, more: &[&str]) -> (i32, Json) {
    let home = crate::midwatch::home();
    let at = home.path().to_str().unwrap();
    let fixed = ["act", SYSTEM, action, "--yes", "--confirm", SYSTEM, "--format", "json"];
    let args = [&fixed, more].concat();
    let env = [("HOME", at), ("XDG_STATE_HOME", at), ("CHAT_API_DATABASE_URL", url)];
    let told = crate::support::command_line::run(&args, &env);
    let json = serde_json::from_str(&told.out).unwrap_or_else(|_| panic!("{action}: {} {}", told.out, told.err));
    (told.code, json)
}

#[test]
fn flags_are_set_in_the_tables_of_the_real_system_or_not_at_all() {
    let server = Postgres::shared();
    let url = server.database("chat_flags", include_str!("../schemas/chat-api.sql"));
    let cell = |statement: &str| Session::open(&url).run(statement)[0][0].clone().unwrap_or_default();
    let flags = || {
        cell(
            "SELECT string_agg(concat_ws(' ', flag_key, user_id, value), ', ' ORDER BY flag_key, user_id NULLS FIRST) FROM feature_flags",
        )
    };
    let seeded = "chat_beta_period false, chat_enabled true, chat_rate_limit_tier \"free\", chat_rate_limit_tier ben \"paid\", \
        chat_rate_limit_tier cleo \"unlimited\"";
    assert_eq!(flags(), seeded);
    // who is not there, or may not write, changes nothing
    let (code, told) = act(&url, "set-tier", &["--param", "user=nobody", "--param", "tier=paid"]);
    assert!(code != 0 && told.to_string().contains("expected 1 row, got 0"), "{code} {told:#}");
    Session::open(&url).run(
        "CREATE ROLE chat_looker LOGIN PASSWORD 'looking' BYPASSRLS; GRANT SELECT ON ALL TABLES IN SCHEMA public TO chat_looker",
    );
    let looker = server.url_as("chat_looker", "looking").replace("/postgres", "/chat_flags");
    for (action, more) in [("set-tier", &["--param", "user=anna", "--param", "tier=paid"][..]), ("chat-off", &[])] {
        let (code, told) = act(&looker, action, more);
        assert!(code != 0 && told.to_string().contains("permission denied"), "{action}: {code} {told:#}");
    }
    assert_eq!(flags(), seeded);
    // one that is new, one that is another; what was before is told as a statement
    for (user, tier, undo) in [("anna", "paid", None), ("ben", "unlimited", Some("to_jsonb('paid'::text)"))] {
        let (user, tier_given) = (format!("user={user}"), format!("tier={tier}"));
        let (code, told) = act(&url, "set-tier", &["--param", &user, "--param", &tier_given]);
        assert_eq!((code, &told["outcome"]), (0, &json!("verified")), "{told:#}");
        let text = told.to_string();
        assert!(undo.is_none_or(|undo| text.contains(undo)), "{told:#}");
    }
    let (code, told) = act(&url, "chat-on", &[]);
    assert!(code != 0 && told.to_string().contains("precondition"), "it is on: {code} {told:#}");
    let (code, told) = act(&url, "chat-off", &[]);
    assert_eq!((code, &told["outcome"]), (0, &json!("verified")), "{told:#}");
    let wanted = "chat_beta_period false, chat_enabled false, chat_rate_limit_tier \"free\", chat_rate_limit_tier anna \"paid\", \
        chat_rate_limit_tier ben \"unlimited\", chat_rate_limit_tier cleo \"unlimited\"";
    assert_eq!(flags(), wanted);
    let (code, told) = act(&url, "chat-on", &[]);
    assert_eq!((code, &told["outcome"]), (0, &json!("verified")), "{told:#}");
    assert_eq!(cell("SELECT value FROM feature_flags WHERE flag_key = 'chat_enabled'"), "true");
}
