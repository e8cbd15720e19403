//! The HTTP side: the service as deployed, the services behind it, Render's API and Anthropic's status page.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::fault::Fault;
use super::world::{Deploy, World};
use crate::sim::http::{body, header_text, ok, take};
use crate::sim::stage::Stage;

/// The service on Render.
pub(super) const SERVICE: &str = "srv-demo0chat0api";
/// The key that Render asks for.
pub(super) const RENDER_KEY: &str = "rnd_demo_key";
/// How long readiness waits for a database that does not answer, shortened from seven seconds.
const DATABASE_TIMEOUT_MS: u64 = 400;

type Shared = Arc<Stage<World>>;

/// The service.
pub(super) fn api(stage: Shared) -> Router {
    Router::new()
        .route(
            "/health",
            get(|| async {
                take(2).await;
                ok(&json!({ "status": "ok", "service": "chat-api" }))
            }),
        )
        .route("/health/ready", get(ready))
        .route("/metrics", get(metrics))
        .fallback(|| async { body(StatusCode::NOT_FOUND, &json!({ "detail": "Not Found" })) })
        .with_state(stage)
}

async fn ready(State(stage): State<Shared>) -> Response {
    let has_database = stage.with(|world| world.fault().has_database());
    let told = |status: &str, supabase: &str| json!({ "status": status, "service": "chat-api", "checks": { "supabase": supabase } });
    if has_database {
        take(12).await;
        return ok(&told("ready", "ok"));
    }
    take(DATABASE_TIMEOUT_MS).await;
    body(StatusCode::SERVICE_UNAVAILABLE, &told("not_ready", "unavailable"))
}

async fn metrics(State(stage): State<Shared>) -> Response {
    let page = stage.with(|world| world.page());
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], page).into_response()
}

/// A service behind a function.
pub(super) fn downstream(name: &'static str) -> Router {
    Router::new().route(
        "/health",
        get(move || async move {
            take(4).await;
            ok(&json!({ "status": "ok", "service": name }))
        }),
    )
}

/// Render and Anthropic.
pub(super) fn outside(stage: Shared) -> Router {
    let render = Router::new()
        .route("/v1/services/{service}/deploys", get(deploys).post(redeploy))
        .route("/v1/services/{service}/rollback", post(rollback))
        .route("/v1/services/{service}/restart", post(restart))
        .route("/v1/services/{service}/env-vars/{name}", get(variable).put(set_variable))
        .route_layer(middleware::from_fn(authorized));
    Router::new()
        .route("/api/v2/status.json", get(status))
        .merge(render)
        .fallback(|| async { refused(StatusCode::NOT_FOUND, "not found") })
        .with_state(stage)
}

fn refused(status: StatusCode, message: &str) -> Response {
    body(status, &json!({ "id": "", "message": message }))
}

async fn authorized(headers: HeaderMap, request: Request, next: Next) -> Response {
    take(25).await;
    if header_text(&headers, "authorization") != format!("Bearer {RENDER_KEY}") {
        return refused(StatusCode::UNAUTHORIZED, "Unauthorized");
    }
    let is_known = request.uri().path().split('/').nth(3) == Some(SERVICE);
    if is_known { next.run(request).await } else { refused(StatusCode::NOT_FOUND, "service not found") }
}

fn told(deploy: &Deploy) -> Value {
    json!({ "id": deploy.id, "status": deploy.status, "trigger": deploy.trigger, "createdAt": deploy.created.to_string(),
        "commit": { "id": deploy.commit, "message": deploy.message, "createdAt": deploy.created.to_string() } })
}

async fn deploys(State(stage): State<Shared>) -> Response {
    let row = |deploy: &Deploy| json!({ "deploy": told(deploy), "cursor": deploy.id });
    ok(&stage.with(|world| world.deploys.iter().take(20).map(row).collect()))
}

async fn redeploy(State(stage): State<Shared>) -> Response {
    body(StatusCode::CREATED, &stage.with(|world| told(world.redeploy())))
}

/// A field of a JSON body as text.
fn field(request: &str, name: &str) -> Option<String> {
    let request: Value = serde_json::from_str(request).ok()?;
    Some(request.get(name)?.as_str()?.to_owned())
}

async fn rollback(State(stage): State<Shared>, request: String) -> Response {
    let Some(id) = field(&request, "deployId") else { return refused(StatusCode::BAD_REQUEST, "deployId is required") };
    match stage.with(|world| world.rollback(&id).map(told)) {
        Some(deploy) => body(StatusCode::CREATED, &deploy),
        None => refused(StatusCode::NOT_FOUND, "deploy not found"),
    }
}

async fn restart(State(stage): State<Shared>) -> Response {
    stage.with(World::restart);
    StatusCode::OK.into_response()
}

async fn variable(State(stage): State<Shared>, Path((_, name)): Path<(String, String)>) -> Response {
    match stage.with(|world| world.variable(&name).map(str::to_owned)) {
        Some(value) => ok(&json!({ "key": name, "value": value })),
        None => refused(StatusCode::NOT_FOUND, "env var not found"),
    }
}

async fn set_variable(
    State(stage): State<Shared>,
    Path((_, name)): Path<(String, String)>,
    request: String,
) -> Response {
    let Some(value) = field(&request, "value") else { return refused(StatusCode::BAD_REQUEST, "value is required") };
    if stage.with(|world| world.set_variable(&name, value.clone())) {
        ok(&json!({ "key": name, "value": value }))
    } else {
        refused(StatusCode::NOT_FOUND, "env var not found")
    }
}

async fn status(State(stage): State<Shared>) -> Response {
    let is_well = stage.with(|world| world.fault() != Fault::ClaudeErrors);
    let (indicator, says) =
        if is_well { ("none", "All Systems Operational") } else { ("major", "Partial System Outage") };
    ok(&json!({ "page": { "name": "Claude" }, "status": { "indicator": indicator, "description": says } }))
}
