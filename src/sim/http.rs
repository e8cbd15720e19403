//! The HTTP side of the simulated system: the API, the worker's health port, the services outside, and the control of
//! the simulation itself.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::door::Door;
use super::stage::Stage;

mod actions;
pub(crate) mod api;
pub(crate) mod control;
pub(crate) mod outside;
mod told;
pub(crate) mod worker;

/// The key that the API asks for.
pub(crate) const API_KEY: &str = "demo-agent-api-key";
/// The key that the database asks for.
pub(crate) const SUPABASE_KEY: &str = "demo-supabase-service-role-key";
/// The key that the language model asks for.
pub(crate) const ANTHROPIC_KEY: &str = "sk-ant-demo-key";
/// The key that sandboxes ask for.
pub(crate) const E2B_KEY: &str = "e2b_demo_key";

/// Serves a router through a door, until dropped.
pub(crate) async fn serve(door: Door, router: Router) {
    // axum's serve ends only with an error of the listener, and a door waits its errors out
    let _ = axum::serve(door, router).await;
}

/// The framework's error body.
fn detail(status: StatusCode, detail: impl Into<Value>) -> Response {
    body(status, &json!({ "detail": detail.into() }))
}

/// A JSON body with its status.
fn body(status: StatusCode, value: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

fn ok(value: &Value) -> Response {
    body(StatusCode::OK, value)
}

/// A header as text; empty where it is missing.
fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
}

/// Takes as long as work takes.
async fn take(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}

/// What the handlers share.
type Shared = Arc<Stage>;
