//! The services outside: the Supabase gateway, GitHub's hooks and workflow runs, the platform's status page, Slack.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::{GITHUB_TOKEN, REPOSITORY, SUPABASE_KEY, Shared};
use crate::sim::http::{body, header_text, ok, take};

/// What the gateway answers for a project that is paused.
const PAUSED: u16 = 540;

/// All of them, each under a path of its own.
pub(crate) fn router(stage: Shared) -> Router {
    let repository = format!("/github/repos/{REPOSITORY}");
    Router::new()
        .route("/supabase/rest/v1/", get(supabase))
        .route(&format!("{repository}/hooks"), get(hooks))
        .route(&format!("{repository}/hooks/{{id}}/pings"), post(ping))
        .route(&format!("{repository}/actions/workflows/ci.yml/runs"), get(runs))
        .route("/vercel/api/v2/status.json", get(|| async { ok(&vercel()) }))
        .route("/slack", post(slack))
        .with_state(stage)
}

async fn supabase(State(stage): State<Shared>, headers: HeaderMap) -> Response {
    take(18).await;
    if header_text(&headers, "apikey") != SUPABASE_KEY {
        return body(StatusCode::UNAUTHORIZED, &json!({ "message": "Invalid API key" }));
    }
    if stage.with(|world| world.has_database()) {
        return ok(&json!({ "swagger": "2.0", "paths": { "/work_orders": {}, "/escalations": {} } }));
    }
    let status = StatusCode::from_u16(PAUSED).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    body(status, &json!({ "message": "Project paused" }))
}

/// Why GitHub turns a request away, if it does.
fn stranger(headers: &HeaderMap) -> Option<Response> {
    let known = header_text(headers, "authorization") == format!("Bearer {GITHUB_TOKEN}");
    (!known).then(|| body(StatusCode::UNAUTHORIZED, &json!({ "message": "Bad credentials" })))
}

async fn hooks(State(stage): State<Shared>, headers: HeaderMap) -> Response {
    if let Some(refusal) = stranger(&headers) {
        return refusal;
    }
    let code = stage.with(|world| world.delivered);
    let (status, message) = match code {
        200 => ("active", "OK"),
        401 => ("invalid", "Unauthorized"),
        _ => ("invalid", "Invalid HTTP Response"),
    };
    ok(&json!([{ "id": 4711, "name": "web", "active": true, "events": ["workflow_run"],
        "config": { "url": "https://your-app.vercel.app/api/sentinel", "content_type": "json" },
        "last_response": { "code": code, "status": status, "message": message } }]))
}

/// The answer comes later, as the last response of the hook.
async fn ping(headers: HeaderMap) -> Response {
    stranger(&headers).unwrap_or_else(|| StatusCode::NO_CONTENT.into_response())
}

async fn runs(State(stage): State<Shared>, headers: HeaderMap) -> Response {
    if let Some(refusal) = stranger(&headers) {
        return refusal;
    }
    let conclusions = stage.with(|world| world.conclusions());
    let runs = conclusions.iter().zip(8800_u32..).map(|(conclusion, id)| {
        json!({ "id": id, "name": "CI", "status": "completed", "conclusion": conclusion, "head_branch": "feature/wo" })
    });
    ok(&json!({ "total_count": 212, "workflow_runs": runs.collect::<Vec<_>>() }))
}

fn vercel() -> Value {
    json!({ "page": { "name": "Vercel" }, "status": { "indicator": "none", "description": "All Systems Operational" } })
}

async fn slack(message: String) -> Response {
    let has_text = serde_json::from_str::<Value>(&message).is_ok_and(|message| message.get("text").is_some());
    if has_text { "ok".into_response() } else { (StatusCode::BAD_REQUEST, "no_text").into_response() }
}
