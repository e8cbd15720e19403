//! The control of the simulation, on a port of its own: another process (a restart command of an action) reaches the
//! worlds here. No part of a simulated system.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::cast::Cast;
use super::http::{body, ok, take};

/// How long a command takes.
const COMMAND_TAKES_MS: u64 = 400;

type Shared = Arc<Cast>;

/// `GET /sim`, `POST /sim/{system}/fault/{name}`; `/sim/command` with an argv runs a command as the one who operates a
/// system would.
pub(crate) fn router(cast: Shared) -> Router {
    Router::new()
        .route("/sim", get(|State(cast): State<Shared>| async move { ok(&state(&cast)) }))
        .route("/sim/{system}/fault/{name}", post(fault))
        .route("/sim/command", post(command))
        .with_state(cast)
}

fn state(cast: &Cast) -> Value {
    let told = cast.0.iter().map(|(kind, simulation)| {
        let faults: Vec<Value> =
            kind.faults.iter().map(|fault| json!({ "name": fault.name, "title": fault.title })).collect();
        json!({ "system": kind.system, "fault": simulation.fault(), "faults": faults })
    });
    json!({ "systems": told.collect::<Vec<_>>() })
}

async fn fault(State(cast): State<Shared>, Path((system, name)): Path<(String, String)>) -> Response {
    match cast.set_fault(&system, &name) {
        Some(()) => ok(&state(&cast)),
        None => body(StatusCode::NOT_FOUND, &state(&cast)),
    }
}

/// A restart takes a moment, as in life.
async fn command(State(cast): State<Shared>, Json(argv): Json<Vec<String>>) -> Response {
    take(COMMAND_TAKES_MS).await;
    let argv: Vec<&str> = argv.iter().map(String::as_str).collect();
    let ran = cast.command(&argv);
    ok(&json!({ "code": ran.code, "out": ran.out, "err": ran.err }))
}
