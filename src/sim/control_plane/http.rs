//! The HTTP side: the agent as deployed, whose health is a constant, and the workspace, which asks to log in.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde_json::json;

use super::fault::Broken;
use super::world::World;
use crate::sim::http::{body, ok, take};
use crate::sim::stage::Stage;

/// The agent.
pub(super) fn agent(stage: Arc<Stage<World>>) -> Router {
    Router::new()
        .route("/health", get(health))
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
