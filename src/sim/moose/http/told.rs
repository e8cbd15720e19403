//! What the application says of the world, in the shapes of the deployed code, and two in those of the runbook.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sim::moose::world::{Escalation, Order, World};

/// A day, in milliseconds.
const DAY_MS: i64 = 86_400_000;

/// A time as the application writes it.
pub(super) fn time(ms: i64) -> String {
    Timestamp::from_millisecond(ms).map(|at| at.to_string()).unwrap_or_default()
}

pub(super) fn pull_request(number: u32) -> String {
    format!("https://github.com/{}/pull/{number}", super::REPOSITORY)
}

pub(super) fn health(world: &World) -> Value {
    json!({ "status": "ok", "timestamp": time(world.now_ms()) })
}

pub(super) fn heartbeat(world: &World) -> Value {
    json!({ "status": "success", "timestamp": time(world.now_ms()), "service": "Moose Mission Control",
        "phase": "2.1.1", "uptime": world.uptime_s() })
}

fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| cents(100.0 * part / whole))
}

fn cents(dollars: f64) -> f64 {
    (dollars * 100.0).round() / 100.0
}

/// What is older than a day and not over counts as stuck, by its creation; of escalations only the status 'pending'.
pub(super) fn admin_health(world: &World) -> Value {
    let is_stuck = |order: &&Order| {
        let is_over = ["completed", "failed", "cancelled"].contains(&order.status.as_str());
        !is_over && world.now_ms() - order.created_ms > DAY_MS
    };
    let stuck: Vec<Value> = world.orders.iter().filter(is_stuck).map(brief).collect();
    let pending: Vec<Value> = world.escalations.iter().filter(|one| one.status == "pending").map(escalation).collect();
    let percent = share(world.spent, 100.0).unwrap_or(0.0);
    let errors: Vec<Value> =
        world.orchestrator.errors.iter().map(|(at, text)| json!({ "error": text, "created_at": time(*at) })).collect();
    let judged = |bad: bool, word: &'static str| if bad { word } else { "healthy" };
    let status = match (stuck.is_empty() && pending.is_empty(), percent > 80.0 || errors.len() > 5) {
        (false, _) => "error",
        (true, true) => "warning",
        (true, false) => "healthy",
    };
    let counted = world.orders.iter().fold(serde_json::Map::new(), |mut counted, order| {
        let count = counted.get(&order.status).and_then(Value::as_u64).unwrap_or(0) + 1;
        counted.insert(order.status.clone(), json!(count));
        counted
    });
    json!({ "status": status, "timestamp": time(world.now_ms()), "checks": {
        "stuckWorkOrders": { "status": judged(!stuck.is_empty(), "error"), "count": stuck.len(),
            "details": stuck.iter().take(5).collect::<Vec<_>>() },
        "pendingEscalations": { "status": judged(!pending.is_empty(), "error"), "count": pending.len(), "details": pending },
        "budgetUsage": { "status": judged(percent > 80.0, "warning"), "dailySpend": cents(world.spent), "dailyLimit": 100,
            "percentUsed": percent },
        "recentErrors": { "status": judged(errors.len() > 5, "warning"), "count": errors.len(), "details": errors },
        "workOrderStates": counted } })
}

fn brief(order: &Order) -> Value {
    json!({ "id": order.id, "title": order.title, "status": order.status, "created_at": time(order.created_ms) })
}

/// The runbook's shape.
pub(super) fn documented_budget(world: &World) -> Value {
    let percent = share(world.spent, world.limits.hard);
    let status = match percent {
        Some(percent) if percent < 20.0 => "healthy",
        Some(percent) if percent < 80.0 => "warning",
        _ => "critical",
    };
    json!({ "daily_total": cents(world.spent), "limit": world.limits.hard, "percentage": percent, "status": status })
}

/// The shape of the code.
pub(super) fn budget_status(world: &World) -> Value {
    let (limits, spent) = (world.limits, cents(world.spent));
    let status = if spent >= limits.kill {
        "emergency"
    } else if spent >= limits.hard {
        "critical"
    } else if spent >= limits.soft {
        "warning"
    } else {
        "normal"
    };
    let month = cents(spent + 212.4);
    json!({ "success": true, "timestamp": time(world.now_ms()),
        "daily": { "spent": spent, "limit_soft": limits.soft, "limit_hard": limits.hard, "emergency_kill": limits.kill,
            "remaining": cents((limits.hard - spent).max(0.0)), "percentage": share(spent, limits.hard), "status": status,
            "request_count": world.requests },
        "monthly": { "spent": month, "target": limits.month, "limit": limits.month_hard,
            "remaining": cents((limits.month_hard - month).max(0.0)), "percentage": share(month, limits.month_hard),
            "status": "normal", "request_count": world.requests + 1204 },
        "alerts": { "daily_soft_cap_exceeded": spent >= limits.soft, "daily_hard_cap_exceeded": spent >= limits.hard,
            "emergency_kill_triggered": spent >= limits.kill, "monthly_target_exceeded": month >= limits.month,
            "monthly_hard_cap_exceeded": month >= limits.month_hard },
        "projections": { "daily_projected_eod": cents(spent * 1.4), "monthly_projected_eom": cents(month * 1.3) } })
}

pub(super) fn costs(world: &World) -> Value {
    let rows = world.costs.iter().rev().map(|cost| {
        json!({ "id": cost.id, "service_name": cost.service, "cost": cost.dollars,
            "metadata": { "type": "actual", "work_order_id": cost.work_order }, "created_at": time(cost.at_ms) })
    });
    rows.collect()
}

pub(super) fn limits(world: &World) -> Value {
    let limits = world.limits;
    json!({ "success": true, "cached": true, "timestamp": time(world.now_ms()), "data": {
        "daily_soft_cap": limits.soft, "daily_hard_cap": limits.hard, "emergency_kill": limits.kill,
        "monthly_target": limits.month, "monthly_hard_cap": limits.month_hard } })
}

fn escalation(one: &Escalation) -> Value {
    json!({ "id": one.id, "work_order_id": one.work_order, "trigger_type": one.trigger, "status": one.status,
        "created_at": time(one.created_ms) })
}

/// Those that are open or in progress, and no others.
pub(super) fn escalations(world: &World) -> Value {
    let is_listed = |one: &&Escalation| world.lists_escalations() && ["open", "in_progress"].contains(&one.status);
    let listed = world.escalations.iter().filter(is_listed);
    listed
        .map(|one| {
            let mut told = escalation(one);
            let options = ["A", "B", "C", "D"].map(|id| json!({ "option_id": id, "estimated_cost": 0.5 }));
            told["context"] = json!({ "trigger": one.trigger, "options": options,
                "recommendation": { "option_id": "A", "confidence": 0.84 } });
            told["work_orders"] = json!({ "title": "Retry policy of the mailer", "risk_level": "medium" });
            told
        })
        .collect()
}

fn order(order: &Order) -> Value {
    json!({ "id": order.id, "title": order.title, "status": order.status, "risk_level": "medium",
        "github_pr_number": order.pull_request, "github_pr_url": order.pull_request.map(pull_request),
        "metadata": { "refinement_count": order.refinements },
        "created_at": time(order.created_ms), "updated_at": time(order.updated_ms) })
}

/// All there are, the newest first.
pub(super) fn orders(world: &World) -> Value {
    let mut orders: Vec<&Order> = world.orders.iter().collect();
    orders.sort_by_key(|order| std::cmp::Reverse(order.created_ms));
    orders.into_iter().map(order).collect()
}

/// One of them.
pub(super) fn order_of(world: &World, id: &str) -> Value {
    world.orders.iter().find(|order| order.id == id).map_or(Value::Null, order)
}

/// The shape of the code.
pub(super) fn orchestrator(world: &World) -> Value {
    let own = &world.orchestrator;
    let executing: Vec<&str> = own.executing.iter().map(|(id, _)| id.as_str()).collect();
    let errors: Vec<Value> =
        own.errors.iter().map(|(at, text)| json!({ "message": text, "timestamp": time(*at) })).collect();
    json!({ "success": true, "status": { "polling": own.polling, "interval_ms": own.interval_ms,
        "executing_count": executing.len(), "executing_work_orders": executing, "last_poll": time(own.last_poll_ms),
        "total_executed": own.executed, "total_failed": own.failed, "errors": errors } })
}

/// The runbook's shape.
pub(super) fn documented_orchestrator(world: &World) -> Value {
    let told = if world.orchestrator.polling { "running" } else { "stopped" };
    json!({ "status": told, "interval_ms": world.orchestrator.interval_ms })
}
