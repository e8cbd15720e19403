//! What every simulated HTTP server needs: a router served through a door, JSON answers, taking its time.

use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;

use super::door::Door;

/// Serves a router through a door, until dropped.
pub(crate) async fn serve(door: Door, router: Router) {
    // axum's serve ends only with an error of the listener, and a door waits its errors out
    let _ = axum::serve(door, router).await;
}

/// A JSON body with its status.
pub(crate) fn body(status: StatusCode, value: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

/// A JSON body with status 200.
pub(crate) fn ok(value: &Value) -> Response {
    body(StatusCode::OK, value)
}

/// A header as text; empty where it is missing.
pub(crate) fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
}

/// Takes as long as work takes.
pub(crate) async fn take(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}
