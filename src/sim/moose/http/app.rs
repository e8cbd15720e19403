//! The application's routes. Under `/documented` the same with the shapes of the runbook. No route asks for a key.

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, patch, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{Shared, told};
use crate::sim::http::{body, ok, take};
use crate::sim::moose::world::{Limits, World};

/// Every route of the application.
pub(crate) fn router(stage: Shared) -> Router {
    Router::new()
        .merge(shaped("", told::budget_status, told::orchestrator))
        .merge(shaped("/documented", told::documented_budget, told::documented_orchestrator))
        .fallback(|| async { (StatusCode::NOT_FOUND, axum::response::Html("<!DOCTYPE html><title>404</title>")) })
        .layer(middleware::from_fn_with_state(stage.clone(), served))
        .with_state(stage)
}

type Tell = fn(&World) -> Value;

/// The routes under a prefix: two of them differ by shape.
fn shaped(prefix: &str, budget: Tell, orchestrator: Tell) -> Router<Shared> {
    let at = |path: &str| format!("{prefix}/api/{path}");
    Router::new()
        .route(&at("health"), get(|State(stage): State<Shared>| async move { ok(&stage.with(|w| told::health(w))) }))
        .route(
            &at("system-heartbeat"),
            get(|State(stage): State<Shared>| async move { ok(&stage.with(|w| told::heartbeat(w))) }),
        )
        .route(&at("admin/health"), get(admin_health))
        .route(
            &at("budget-status"),
            get(move |State(stage): State<Shared>| async move { from_database(&stage, budget) }),
        )
        .route(&at("budget"), get(|State(stage): State<Shared>| async move { from_database(&stage, told::costs) }))
        .route(
            &at("config"),
            get(|State(stage): State<Shared>| async move { from_database(&stage, told::limits) }).put(set_limits),
        )
        .route(
            &at("escalations"),
            get(|State(stage): State<Shared>| async move { from_database(&stage, told::escalations) }),
        )
        .route(&at("client-manager/execute"), post(decide))
        .route(
            &at("work-orders"),
            get(|State(stage): State<Shared>| async move { from_database(&stage, told::orders) }),
        )
        .route(&at("work-orders/{id}"), patch(set_status))
        .route(
            &at("orchestrator"),
            get(move |State(stage): State<Shared>| async move { ok(&stage.with(|w| orchestrator(w))) })
                .post(orchestrate),
        )
        .route(&at("orchestrator/execute"), post(execute))
}

/// A bad deployment answers 500 whatever is asked; else an answer takes its time.
async fn served(State(stage): State<Shared>, request: Request, next: Next) -> Response {
    let (is_served, takes) = stage.with(|world| (world.is_served(), world.takes_ms()));
    take(takes).await;
    if is_served { next.run(request).await } else { failed("Internal Server Error") }
}

fn failed(error: &str) -> Response {
    body(StatusCode::INTERNAL_SERVER_ERROR, &json!({ "success": false, "error": error }))
}

fn refused(error: &str) -> Response {
    body(StatusCode::BAD_REQUEST, &json!({ "success": false, "error": error }))
}

/// What the database holds; without it, 500 at once.
fn from_database(stage: &Shared, tell: Tell) -> Response {
    stage.with(|world| if world.has_database() { ok(&tell(world)) } else { failed("TypeError: fetch failed") })
}

async fn admin_health(State(stage): State<Shared>) -> Response {
    stage.with(|world| {
        let error = match (world.has_database(), world.has_health()) {
            (true, true) => return ok(&told::admin_health(world)),
            (true, false) => {
                r#"{"code":"42703","details":null,"hint":null,"message":"column outcome_vectors.failure_classes does not exist"}"#
            }
            (false, _) => "TypeError: fetch failed",
        };
        let told = json!({ "status": "error", "timestamp": told::time(world.now_ms()), "error": error });
        body(StatusCode::INTERNAL_SERVER_ERROR, &told)
    })
}

fn text<'a>(request: &'a Value, field: &str) -> &'a str {
    request.get(field).and_then(Value::as_str).unwrap_or_default()
}

async fn orchestrate(State(stage): State<Shared>, Json(request): Json<Value>) -> Response {
    let interval = request.get("interval_ms").and_then(Value::as_i64);
    match text(&request, "action") {
        "start" => {
            stage.with(|world| world.orchestrate(true, interval));
            ok(
                &json!({ "success": true, "message": "Orchestrator started", "interval_ms": interval.unwrap_or(10_000) }),
            )
        }
        "stop" => {
            stage.with(|world| world.orchestrate(false, None));
            ok(&json!({ "success": true, "message": "Orchestrator stopped" }))
        }
        _ => refused("Invalid action. Use \"start\" or \"stop\""),
    }
}

async fn execute(State(stage): State<Shared>, Json(request): Json<Value>) -> Response {
    let id = text(&request, "work_order_id");
    take(400).await;
    match stage.with(|world| world.execute(id)) {
        Some(number) => ok(&json!({ "success": true, "result": { "work_order_id": id, "pr_number": number,
            "pr_url": told::pull_request(number), "execution_time_ms": 41_230 } })),
        None => body(
            StatusCode::INTERNAL_SERVER_ERROR,
            &json!({ "success": false, "error": "Work Order not found", "error_stage": "fetch", "work_order_id": id }),
        ),
    }
}

async fn set_status(State(stage): State<Shared>, Path(id): Path<String>, Json(request): Json<Value>) -> Response {
    let status = text(&request, "status");
    let told = stage.with(|world| {
        let is_set = world.has_database() && world.set_status(&id, status);
        is_set.then(|| told::order_of(world, &id))
    });
    // an unknown id is a 500 as well
    told.map_or_else(|| failed("Failed to update work order"), |told| ok(&told))
}

async fn decide(State(stage): State<Shared>, Json(request): Json<Value>) -> Response {
    let (id, option) = (text(&request, "escalation_id"), text(&request, "chosen_option_id"));
    if !["A", "B", "C", "D"].contains(&option) {
        return body(StatusCode::BAD_REQUEST, &json!({ "error": "chosen_option_id must be A, B, C or D" }));
    }
    if !stage.with(|world| world.has_database() && world.resolve(id)) {
        return body(StatusCode::INTERNAL_SERVER_ERROR, &json!({ "error": format!("Escalation {id} not found") }));
    }
    ok(&json!({ "success": true, "result": { "escalation_id": id, "resolution_outcome": "success", "final_cost": 0.0,
        "lessons_learned": [], "pattern_for_memory": null } }))
}

async fn set_limits(State(stage): State<Shared>, Json(request): Json<Value>) -> Response {
    const REQUIRED: [&str; 5] =
        ["daily_soft_cap", "daily_hard_cap", "emergency_kill", "monthly_target", "monthly_hard_cap"];
    let given: Vec<f64> = REQUIRED.iter().filter_map(|name| request.get(*name).and_then(Value::as_f64)).collect();
    let [soft, hard, kill, month, month_hard] = given[..] else {
        let told = json!({ "success": false, "error": "Missing required fields", "required": REQUIRED });
        return body(StatusCode::BAD_REQUEST, &told);
    };
    match stage.with(|world| world.limit(Limits { soft, hard, kill, month, month_hard })) {
        Ok(()) => ok(&json!({ "success": true, "message": "Budget configuration updated successfully" })),
        Err(problem) => body(
            StatusCode::BAD_REQUEST,
            &json!({ "success": false, "error": "Validation failed", "details": problem }),
        ),
    }
    .into_response()
}
