//! The services outside: the database's REST port, the Slack webhook, the language model's API.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get};
use serde_json::{Value, json};

use super::{ANTHROPIC_KEY, SUPABASE_KEY, Shared, body, header_text, ok, take};

/// Supabase's gateway and the `PostgREST` behind it.
pub(crate) fn supabase(stage: Shared) -> Router {
    Router::new()
        .route("/rest/v1/", get(schema))
        .route("/rest/v1/{table}", get(table))
        .fallback(|| async { body(StatusCode::NOT_FOUND, &json!({ "error": "requested path is invalid" })) })
        .with_state(stage)
}

/// Why the gateway turns a request away, if it does.
fn gateway(headers: &HeaderMap) -> Result<(), Box<Response>> {
    let (message, hint) = match header_text(headers, "apikey") {
        SUPABASE_KEY => return Ok(()),
        "" => ("No API key found in request", "No `apikey` request header or url param was found."),
        _ => ("Invalid API key", "Double check your Supabase `anon` or `service_role` API key."),
    };
    Err(Box::new(body(StatusCode::UNAUTHORIZED, &json!({ "message": message, "hint": hint }))))
}

/// The gateway, the way to the region and the database.
async fn reach(stage: &Shared, headers: &HeaderMap) -> Result<(), Box<Response>> {
    gateway(headers)?;
    let (is_up, wave) = stage.with(|world| (world.effects().supabase, world.now_ms() / 100 % 23));
    take(30 + wave.unsigned_abs()).await;
    if is_up {
        return Ok(());
    }
    let error = json!({ "code": "PGRST002", "details": null, "hint": null,
        "message": "Could not query the database for the schema cache. Retrying." });
    Err(Box::new(body(StatusCode::SERVICE_UNAVAILABLE, &error)))
}

async fn schema(State(stage): State<Shared>, headers: HeaderMap) -> Response {
    let described = json!({ "swagger": "2.0", "info": { "title": "standard public schema", "version": "12.2.3" },
        "paths": { "/wal_logs": {}, "/task_queue": {}, "/task_metrics": {} } });
    reach(&stage, &headers).await.map_or_else(|refusal| *refusal, |()| ok(&described))
}

async fn table(State(stage): State<Shared>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    if let Err(refusal) = reach(&stage, &headers).await {
        return *refusal;
    }
    match name.as_str() {
        "wal_logs" | "task_queue" | "task_metrics" => ok(&json!([])),
        _ => body(
            StatusCode::NOT_FOUND,
            &json!({ "code": "PGRST205", "details": null, "hint": null,
            "message": format!("Could not find the table 'public.{name}' in the schema cache") }),
        ),
    }
}

/// The webhooks (`/slack`, `/slack/alerts`) and the language model (`/anthropic/v1/…`).
pub(crate) fn services(stage: Shared) -> Router {
    Router::new()
        .route("/slack", any(slack))
        .route("/slack/alerts", any(slack))
        .route("/anthropic/v1/{*path}", any(anthropic))
        .fallback(|| async { (StatusCode::NOT_FOUND, "no_service").into_response() })
        .with_state(stage)
}

/// A webhook that is gone says so whatever is sent; a living one says what a message lacks.
async fn slack(State(stage): State<Shared>, method: Method, message: String) -> Response {
    take(20).await;
    if !stage.with(|world| world.effects().slack) {
        return (StatusCode::NOT_FOUND, "no_service").into_response();
    }
    let message: Option<Value> = serde_json::from_str(&message).ok();
    match message {
        Some(message) if method == Method::POST => {
            let has_text = message.get("text").or(message.get("blocks")).is_some();
            if has_text { "ok".into_response() } else { (StatusCode::BAD_REQUEST, "no_text").into_response() }
        }
        _ => (StatusCode::BAD_REQUEST, "invalid_payload").into_response(),
    }
}

async fn anthropic(State(stage): State<Shared>, method: Method, headers: HeaderMap) -> Response {
    take(60).await;
    let is_well = stage.with(|world| world.effects().anthropic);
    if is_well && header_text(&headers, "x-api-key") == ANTHROPIC_KEY {
        return model_answer(&method);
    }
    let error = json!({ "type": "authentication_error", "message": "invalid x-api-key" });
    body(StatusCode::UNAUTHORIZED, &json!({ "type": "error", "error": error }))
}

fn model_answer(method: &Method) -> Response {
    if method == Method::GET {
        return ok(&json!({ "data": [{ "type": "model", "id": "claude-3-5-sonnet-20241022" }], "has_more": false }));
    }
    ok(&json!({ "id": "msg_demo", "type": "message", "role": "assistant", "model": "claude-3-5-sonnet-20241022",
        "content": [{ "type": "text", "text": "Hi!" }], "stop_reason": "end_turn",
        "usage": { "input_tokens": 8, "output_tokens": 4 } }))
}
