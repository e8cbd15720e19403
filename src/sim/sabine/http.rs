//! The HTTP side of the simulated system: the API, the worker's health port, the services outside.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::world::World;
use crate::sim::http::{body, header_text, ok, take};
use crate::sim::stage::Stage;

mod actions;
pub(crate) mod api;
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

/// The framework's error body.
fn detail(status: StatusCode, detail: impl Into<Value>) -> Response {
    body(status, &json!({ "detail": detail.into() }))
}

/// What the handlers share.
type Shared = Arc<Stage<World>>;
