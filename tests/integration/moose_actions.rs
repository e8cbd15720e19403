//! The actions of the shipped system `moose`, run for real over its simulation: each repairs what it is for, is proved by
//! its effect, and says what happens outside.

use midwatch::action::Confirm;
use midwatch::config::Catalog;
use serde_json::{Value, json};

use crate::act_demo::Stand;

const SYSTEM: &str = "moose";

/// A signal, as `check` tells it now.
fn signal(stand: &Stand, name: &str) -> Value {
    let report = stand.check();
    report["systems"][0]["signals"][name]["value"].clone()
}

/// The id of the first row of a list.
fn first_id(stand: &Stand, list: &str) -> String {
    signal(stand, list)[0]["id"].as_str().unwrap_or_else(|| panic!("{list} is empty")).to_owned()
}

#[test]
fn every_remediation_is_proved_says_what_happens_and_asks_as_its_risk_demands() {
    let system = Catalog::new([]).get(SYSTEM).unwrap().load().unwrap();
    let ids: Vec<&str> = system.action.keys().map(midwatch::base::ActionId::as_str).collect();
    let known = [
        "morning-health-check",
        "start-orchestrator",
        "stop-orchestrator",
        "resolve-escalation",
        "approve-work-order",
        "retry-work-order",
        "reset-stuck-work-order",
        "raise-budget-limits",
        "test-webhook",
        "test-slack",
        "rollback",
        "backup",
        "kill-switch",
        "resume-work-orders",
        "remove-duplicate-costs",
        "clean-up-outcomes",
    ];
    assert_eq!(ids, known);
    for (id, spec) in &system.action {
        let verify = spec.verify.as_ref().unwrap_or_else(|| panic!("{id} proves nothing"));
        assert!(verify.when.is_some() || verify.answer.is_some(), "{id}");
        assert!(spec.effect.as_ref().is_some_and(|effect| effect.len() > 20), "{id} does not say what it does");
        let writes_sql = spec.sql.is_some();
        assert!(!writes_sql || spec.confirmation() > Confirm::Enter, "{id} writes into the database");
        if let Some(key) = &spec.key {
            let taken = midwatch::app::command::COMMANDS.iter().any(|command| command.keys.contains(&key.as_str()));
            assert!(!taken, "{id}: {key} is a command");
        }
    }
    for id in ["kill-switch", "raise-budget-limits", "rollback"] {
        assert_eq!(system.action[id].confirmation(), Confirm::Name, "{id}");
    }
}

#[test]
fn the_morning_health_check_is_one_command() {
    assert_eq!(Stand::of(SYSTEM, "health-defect", 2).verified("morning-health-check", &[])["verified"], true);
    let (code, told) = Stand::of(SYSTEM, "escalation-retry", 2).act("morning-health-check", &[]);
    assert_eq!((code, &told["outcome"]), (4, &json!("not_verified")), "{told:#}");
}

#[test]
fn the_orchestrator_is_stopped_and_started() {
    let stand = Stand::of(SYSTEM, "orchestrator-stopped", 2);
    stand.verified("start-orchestrator", &[]);
    assert_eq!(stand.demo().faults(), [(SYSTEM, "none")]);
    stand.verified("stop-orchestrator", &[]);
    assert_eq!(signal(&stand, "orchestrator.polling"), json!(false));
}

#[test]
fn an_escalation_is_decided() {
    let stand = Stand::of(SYSTEM, "escalation-contract", 2);
    let id = format!("id={}", first_id(&stand, "escalations.rows"));
    let wrong = stand.midwatch(&["act", SYSTEM, "resolve-escalation", "--yes", "--param", &id, "--param", "option=E"]);
    assert_eq!(wrong.code, 2, "{} {}", wrong.out, wrong.err);
    let notes = "notes=Reverted: the contract is what the others build on";
    stand.verified("resolve-escalation", &["--param", &id, "--param", "option=A", "--param", notes]);
    assert_eq!(stand.demo().faults(), [(SYSTEM, "none")]);
}

#[test]
fn work_orders_are_approved_executed_and_reset() {
    for (fault, action) in [
        ("stuck-pending", "approve-work-order"),
        ("stuck-pending", "retry-work-order"),
        ("stuck-in-progress", "reset-stuck-work-order"),
    ] {
        let stand = Stand::of(SYSTEM, fault, 2);
        let id = format!("id={}", first_id(&stand, "work_orders.rows"));
        stand.verified(action, &["--param", &id]);
        assert_eq!(stand.demo().faults(), [(SYSTEM, "none")], "{action}");
        assert_eq!(signal(&stand, "work_orders.rows"), json!([]), "{action}");
    }
}

#[test]
fn the_budget_is_raised_with_the_name_and_within_its_order() {
    let stand = Stand::of(SYSTEM, "budget-critical", 2);
    let named = ["--confirm", SYSTEM, "--param", "hard=300", "--param", "kill=400"];
    let (code, told) = stand.act("raise-budget-limits", &["--param", "hard=300", "--param", "kill=400"]);
    assert_eq!(code, 5, "without the name: {told:#}");
    let (code, told) = stand.act("raise-budget-limits", &["--confirm", SYSTEM, "--param", "hard=500"]);
    assert_eq!((code, &told["http_status"]), (1, &json!(400)), "above the kill: {told:#}");
    stand.verified("raise-budget-limits", &named);
    assert_eq!(signal(&stand, "budget.limit"), json!(300.0));
}

#[test]
fn the_kill_switch_leaves_nothing_to_run_and_is_undone() {
    let stand = Stand::of(SYSTEM, "budget-kill", 2);
    let named = ["--confirm", SYSTEM];
    let (code, told) = stand.act("kill-switch", &[]);
    assert_eq!(code, 5, "without the name: {told:#}");
    stand.verified("kill-switch", &named);
    assert_eq!(signal(&stand, "budget.limit"), json!(0.0));
    assert_eq!(signal(&stand, "work_orders.pending"), json!(0));
    assert_eq!(signal(&stand, "escalations.count"), json!(1));
    stand.verified("resume-work-orders", &named);
    stand.verified("raise-budget-limits", &named);
    assert_eq!((signal(&stand, "work_orders.paused"), signal(&stand, "budget.limit")), (json!(0), json!(100.0)));
}

#[test]
fn the_rest_of_the_runbook() {
    let named = ["--confirm", SYSTEM];
    let stand = Stand::of(SYSTEM, "system-outage", 2);
    stand.verified("rollback", &["--confirm", SYSTEM, "--param", "deployment=mission-control-a1b2c3.vercel.app"]);
    assert_eq!(stand.demo().faults(), [(SYSTEM, "none")]);
    stand.verified("test-webhook", &["--param", "hook=4711"]);
    stand.verified("test-slack", &[]);
    stand.verified("clean-up-outcomes", &named);
    let (code, told) = stand.act("backup", &[]);
    assert_eq!(code, 5, "no checkout is configured: {told:#}");
    let stand = Stand::of(SYSTEM, "cost-duplicates", 2);
    stand.verified("remove-duplicate-costs", &named);
}
