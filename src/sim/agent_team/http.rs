//! The HTTP side: the service as the runbook documents it, and the gateway of the language models.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde_json::{Value, json};

use super::effects::MODELS;
use super::world::World;
use super::{GEMINI_KEY, page};
use crate::sim::http::{body, header_text, ok, take};
use crate::sim::stage::Stage;

type Shared = Arc<Stage<World>>;

/// The service.
pub(super) fn api(stage: Shared) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/health/ready", get(ready))
        .route("/metrics", get(metrics))
        .fallback(|method: Method, uri: Uri| async move {
            let error = json!({ "message": "Route not found", "path": uri.path(), "method": method.as_str() });
            body(StatusCode::NOT_FOUND, &json!({ "error": error }))
        })
        .with_state(stage)
}

async fn health(State(stage): State<Shared>) -> Response {
    take(2).await;
    stage.with(|world| {
        let (at, uptime) = (world.now_ms(), world.uptime_s());
        if world.effects().is_alive {
            return ok(&json!({ "status": "ok", "timestamp": at, "uptime": uptime }));
        }
        body(StatusCode::SERVICE_UNAVAILABLE, &json!({ "status": "error", "timestamp": at, "uptime": uptime }))
    })
}

async fn ready(State(stage): State<Shared>) -> Response {
    take(6).await;
    let effects = stage.with(|world| world.effects());
    let word = |is_well: bool| if is_well { "healthy" } else { "unhealthy" };
    let is_well = effects.has_database && effects.has_redis && effects.model.is_some();
    let told = json!({ "status": word(is_well), "checks": { "database": word(effects.has_database),
        "redis": word(effects.has_redis), "ai_service": word(effects.model.is_some()) } });
    body(if is_well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, &told)
}

async fn metrics(State(stage): State<Shared>) -> Response {
    let text = stage.with(|world| page::metrics(world));
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

/// The gateway of the models: their list, with the key.
pub(super) fn models(stage: Shared) -> Router {
    Router::new().route("/v1beta/models", get(list)).with_state(stage)
}

async fn list(State(stage): State<Shared>, headers: HeaderMap) -> Response {
    take(35).await;
    if header_text(&headers, "x-goog-api-key") != GEMINI_KEY {
        let error = json!({ "code": 400, "message": "API key not valid. Please pass a valid API key.",
            "status": "INVALID_ARGUMENT" });
        return body(StatusCode::BAD_REQUEST, &json!({ "error": error }));
    }
    if stage.with(|world| world.effects().model.is_none()) {
        let error = json!({ "code": 503, "message": "The model is overloaded. Please try again later.",
            "status": "UNAVAILABLE" });
        return body(StatusCode::SERVICE_UNAVAILABLE, &json!({ "error": error }));
    }
    let models: Vec<Value> = MODELS.iter().map(|model| json!({ "name": format!("models/{}", model.0) })).collect();
    ok(&json!({ "models": models }))
}
