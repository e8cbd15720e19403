//! The API's routes: what may be read, with and without its key. The routes that change something are in `actions`.

use axum::Router;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde_json::{Value, json};

use super::super::world::World;
use super::{API_KEY, Shared, actions, body, detail, header_text, ok, take, told};

/// How long the real client tries the database before it gives up, shortened.
const DATABASE_TIMEOUT_MS: u64 = 300;
/// How long a sandbox that never comes is waited for, shortened from 30 s.
const SANDBOX_TIMEOUT_MS: u64 = 1500;

/// Every route of the API.
pub(crate) fn router(stage: Shared) -> Router {
    let keyed = Router::new()
        .route("/wal/stats", get(wal_stats))
        .route("/wal/pending", get(wal_pending))
        .route("/wal/failed", get(wal_failed))
        .route(
            "/api/queue/health",
            get(|State(stage): State<Shared>| async move { ok(&stage.with(told::queue_health)) }),
        )
        .route("/api/queue/stats", get(|State(stage): State<Shared>| async move { ok(&stage.with(told::queue_stats)) }))
        .route("/metrics/latest", get(metrics_latest))
        .merge(actions::router())
        .route_layer(middleware::from_fn(key));
    Router::new()
        .route("/", get(|| async { ok(&told::root()) }))
        .route(
            "/health",
            get(|State(stage): State<Shared>| async move { ok(&stage.with(|world| told::health(world))) }),
        )
        .route(
            "/cache/metrics",
            get(|State(stage): State<Shared>| async move { ok(&stage.with(|w| told::cache_metrics(w))) }),
        )
        .route(
            "/scheduler/status",
            get(|State(stage): State<Shared>| async move { ok(&stage.with(|w| told::scheduler_status(w))) }),
        )
        .route("/orchestration/status", get(orchestration))
        .route("/metrics/prometheus", get(prometheus))
        .route("/e2b/test", get(e2b_test))
        .route("/openapi.json", get(|| async { ok(&openapi()) }))
        .merge(keyed)
        .fallback(|| async { detail(StatusCode::NOT_FOUND, "Not Found") })
        .method_not_allowed_fallback(|| async { detail(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed") })
        .layer(middleware::from_fn_with_state(stage.clone(), latency))
        .with_state(stage)
}

/// The paths that the framework lists: how the documented dialect is told from the deployed one.
fn openapi() -> Value {
    json!({ "openapi": "3.1.0", "info": { "title": "Sabine Super Agent", "version": "1.0.0" }, "paths": {
        "/health": { "get": {} }, "/wal/stats": { "get": {} }, "/metrics/record": { "post": {} },
        "/api/dream-team/tasks": { "post": {} }, "/api/queue/enqueue": { "post": {} },
        "/scheduler/trigger-briefing": { "post": {} } } })
}

async fn key(headers: HeaderMap, request: Request, next: Next) -> Response {
    match header_text(&headers, "x-api-key") {
        API_KEY => next.run(request).await,
        "" => detail(StatusCode::UNAUTHORIZED, "Missing API key. Include X-API-Key header."),
        _ => detail(StatusCode::UNAUTHORIZED, "Invalid API key"),
    }
}

/// A few milliseconds, by path and second, so that latencies differ and move as in life.
async fn latency(State(stage): State<Shared>, request: Request, next: Next) -> Response {
    let second = stage.with(|world| world.now_ms() / 1000).unsigned_abs();
    take((request.uri().path().len() as u64 + second / 3) % 5 + 1).await;
    next.run(request).await
}

/// Reads what the database holds; without it, the client's retries pass first.
async fn from_database<R>(stage: &Shared, look: impl FnOnce(&mut World) -> R) -> Option<R> {
    if stage.with(|world| world.effects().supabase) {
        return Some(stage.with(look));
    }
    take(DATABASE_TIMEOUT_MS).await;
    None
}

fn database_failed(what: &str) -> Response {
    detail(StatusCode::INTERNAL_SERVER_ERROR, format!("Failed to get {what}: [Errno 111] Connection refused"))
}

async fn wal_stats(State(stage): State<Shared>) -> Response {
    let told = from_database(&stage, |world| told::wal_stats(world)).await;
    told.map_or_else(|| database_failed("WAL stats"), |told| ok(&told))
}

/// `?limit=10`, 10 where it is left out.
#[derive(serde::Deserialize)]
struct Page {
    limit: Option<usize>,
}

impl Page {
    fn limit(&self) -> usize {
        self.limit.unwrap_or(10).min(100)
    }
}

async fn wal_pending(State(stage): State<Shared>, Query(page): Query<Page>) -> Response {
    let told = from_database(&stage, |world| told::wal_pending(world, page.limit())).await;
    told.map_or_else(|| database_failed("pending entries"), |told| ok(&told))
}

async fn wal_failed(State(stage): State<Shared>, Query(page): Query<Page>) -> Response {
    let told = from_database(&stage, |world| told::wal_failed(world, page.limit())).await;
    told.map_or_else(|| database_failed("failed entries"), |told| ok(&told))
}

async fn metrics_latest(State(stage): State<Shared>) -> Response {
    // without the database this one tells "nothing recorded", with status 200
    let _ = from_database(&stage, |_| ()).await;
    ok(&stage.with(|world| told::metrics_latest(world)))
}

async fn orchestration(State(stage): State<Shared>) -> Response {
    let _ = from_database(&stage, |_| ()).await;
    ok(&stage.with(|world| told::orchestration(world)))
}

async fn prometheus(State(stage): State<Shared>) -> Response {
    let _ = from_database(&stage, |_| ()).await;
    let text = stage.with(|world| told::prometheus(world));
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

#[derive(serde::Deserialize)]
struct Code {
    code: Option<String>,
}

async fn e2b_test(State(stage): State<Shared>, Query(code): Query<Code>) -> Response {
    if !stage.with(|world| world.effects().e2b) {
        take(SANDBOX_TIMEOUT_MS).await;
        return body(
            StatusCode::OK,
            &json!({ "success": false, "key_present": true, "key_prefix": "e2b_demo...",
            "error": "E2B sandbox execution timed out after 30 seconds", "error_type": "TimeoutError" }),
        );
    }
    let code = code.code.unwrap_or_else(|| String::from("print('Hello from E2B!')"));
    ok(&json!({ "success": true, "key_present": true, "key_prefix": "e2b_demo...", "code_executed": code,
        "result": { "status": "success", "stdout": "Hello from E2B!\n", "stderr": "" } }))
}
