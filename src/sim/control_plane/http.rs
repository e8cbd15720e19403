//! The HTTP side: the agent as deployed, whose health is a constant, and the workspace, which asks to log in.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::fault::Broken;
use super::world::World;
use crate::sim::http::{body, header_text, ok, take};
use crate::sim::stage::Stage;

/// The token that the demo gives.
pub(super) const TOKEN: &str = "demo-agent-token";
/// A bearer token is one from this length on: nothing else of it is looked at.
const SHORTEST_TOKEN: usize = 10;

/// The agent.
pub(super) fn agent(stage: Arc<Stage<World>>) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/execution/run", post(run_play))
        .fallback(|| async { body(StatusCode::NOT_FOUND, &json!({ "detail": "Not Found" })) })
        .with_state(stage)
}

async fn health(State(stage): State<Arc<Stage<World>>>) -> Response {
    take(3).await;
    if stage.with(|world| world.fault().broken == Broken::AgentAnswers) {
        return (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error").into_response();
    }
    ok(&json!({ "status": "ok" }))
}

/// Runs a play: a line of JSON for each thing that happens, typed as an event stream.
async fn run_play(headers: HeaderMap, body_text: String) -> Response {
    take(20).await;
    let detail = |status, text: &str| body(status, &json!({ "detail": text }));
    let token = header_text(&headers, "authorization").strip_prefix("Bearer ").unwrap_or_default();
    if token.len() < SHORTEST_TOKEN {
        return detail(StatusCode::UNAUTHORIZED, "Missing Authorization header");
    }
    let asked: Value = serde_json::from_str(&body_text).unwrap_or_default();
    if let Some(missing) = ["mission_id", "play_id", "auth_context"].iter().find(|name| asked.get(**name).is_none()) {
        return detail(StatusCode::BAD_REQUEST, &format!("Invalid request body: '{missing}'"));
    }
    let happens = ["execution_started", "execution_step_completed", "undo_available", "execution_complete"];
    let lines = happens.map(|what| json!({ "type": what, "data": { "play_id": asked["play_id"] } }).to_string());
    ([(header::CONTENT_TYPE, "text/event-stream")], lines.join("\n") + "\n").into_response()
}

/// The workspace.
pub(super) fn workspace() -> Router {
    Router::new().route(
        "/",
        get(|| async {
            take(9).await;
            (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, "/login")])
        }),
    )
}
