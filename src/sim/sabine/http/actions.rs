//! The API's routes that change something, as the runbook documents them, acting on the world.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::post;
use serde_json::{Value, json};

use super::super::world::faults::Untriggered;
use super::{Shared, body, detail, ok, told};

/// The routes; all ask for the key.
pub(super) fn router() -> Router<Shared> {
    Router::new()
        .route("/scheduler/trigger-briefing", post(trigger_briefing))
        .route("/api/dream-team/tasks", post(create_task))
        .route("/metrics/record", post(record_metrics))
        .route("/api/queue/enqueue", post(enqueue))
        .route("/api/queue/retry-failed", post(retry_failed))
}

/// A body as JSON; an empty one is an empty object.
fn parse(text: &str) -> Result<Value, Box<Response>> {
    if text.trim().is_empty() {
        return Ok(json!({}));
    }
    let invalid = |_| Box::new(invalid("body", "JSON decode error", "json_invalid"));
    serde_json::from_str(text).map_err(invalid)
}

/// The framework's validation error.
fn invalid(place: &str, message: &str, kind: &str) -> Response {
    let problem = json!([{ "type": kind, "loc": ["body", place], "msg": message }]);
    detail(StatusCode::UNPROCESSABLE_ENTITY, problem)
}

fn text<'a>(body: &'a Value, field: &str) -> Option<&'a str> {
    body.get(field).and_then(Value::as_str).filter(|text| !text.is_empty())
}

async fn trigger_briefing(State(stage): State<Shared>, request: String) -> Response {
    let request = match parse(&request) {
        Ok(request) => request,
        Err(refusal) => return *refusal,
    };
    let (effects, at) = stage.with(|world| (world.effects(), told::python_time(world.now_ms())));
    let user = "00000000-0000-0000-0000-000000000001";
    if !effects.anthropic {
        return ok(&json!({ "success": false, "status": "failed", "user_id": user, "timestamp": at, "briefing": null,
            "sms_sent": false, "error": "Briefing synthesis failed: Error code: 401 - invalid x-api-key" }));
    }
    let name = text(&request, "user_name").unwrap_or("Paul");
    let is_sent = request.get("skip_sms") != Some(&Value::Bool(true));
    ok(&json!({ "success": true, "status": "success", "user_id": user, "timestamp": at,
        "briefing": format!("Good morning {name}. Two meetings today, and the dentist has moved to Tuesday."),
        "sms_sent": is_sent, "error": null, "context_length": 2318 }))
}

async fn create_task(State(stage): State<Shared>, request: String) -> Response {
    let request = match parse(&request) {
        Ok(request) => request,
        Err(refusal) => return *refusal,
    };
    let Some(task_type) = text(&request, "task_type") else { return invalid("task_type", "Field required", "missing") };
    match stage.with(|world| world.trigger_job(task_type).map_err(|why| (why, told::redis_error(world)))) {
        Ok(id) => ok(&json!({ "success": true, "task_id": id, "task_type": task_type,
            "role": request.get("role"), "status": "queued" })),
        Err((Untriggered::Unknown, _)) => {
            invalid("task_type", &format!("Input should be one of {}", Untriggered::allowed()), "enum")
        }
        Err((Untriggered::RedisDown, error)) => {
            detail(StatusCode::SERVICE_UNAVAILABLE, format!("Queue unavailable: {error}"))
        }
    }
}

/// Says success even when the database is down; only the missing id tells.
async fn record_metrics(State(stage): State<Shared>) -> Response {
    let id = stage.with(|world| {
        let is_stored = world.effects().supabase;
        if is_stored {
            world.record_metrics();
        }
        is_stored.then(|| world.new_id())
    });
    ok(&json!({ "success": true, "roles_recorded": if id.is_some() { 3 } else { 0 }, "task_metrics_id": id }))
}

/// 202 whatever happens; the body tells.
async fn enqueue(State(stage): State<Shared>, request: String) -> Response {
    let request = match parse(&request) {
        Ok(request) => request,
        Err(refusal) => return *refusal,
    };
    let Some(entry) = text(&request, "wal_entry_id") else {
        return invalid("wal_entry_id", "Field required", "missing");
    };
    let is_urgent = text(&request, "priority") == Some("high");
    let job = stage.with(|world| world.enqueue(entry, is_urgent));
    let (status, error) = match job {
        Some(_) => ("enqueued", None),
        None => ("failed", Some("Enqueue returned None (queue may be unavailable)")),
    };
    body(StatusCode::ACCEPTED, &json!({ "job_id": job, "status": status, "error": error }))
}

async fn retry_failed(State(stage): State<Shared>) -> Response {
    let requeued =
        stage.with(|world| if world.redis_is_up() { Ok(world.requeue(None)) } else { Err(told::redis_error(world)) });
    match requeued {
        Ok(count) => ok(&json!({ "requeued": count, "errors": [] })),
        Err(error) => detail(StatusCode::SERVICE_UNAVAILABLE, format!("Redis unavailable: {error}")),
    }
}
