//! The control of the simulation, on a port of its own: another process (a restart command of an action) reaches the
//! world here. No part of the simulated system.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::super::fault::Fault;
use super::super::world::World;
use super::{Shared, body, detail, ok, take};

/// How long a command takes.
const COMMAND_TAKES_MS: u64 = 400;

/// `GET /sim`, `POST /sim/fault/{name}`, `/sim/restart/{part}`, `/sim/scale/worker`, `/sim/requeue`, `/sim/model/{status}`;
/// `/sim/command` with an argv runs a command as the one who operates the system would.
pub(crate) fn router(stage: Shared) -> Router {
    Router::new()
        .route("/sim", get(|State(stage): State<Shared>| async move { ok(&stage.with(|world| state(world))) }))
        .route("/sim/fault/{name}", post(fault))
        .route("/sim/restart/{part}", post(restart))
        .route(
            "/sim/scale/worker",
            post(|State(stage): State<Shared>| async move { done(&stage, World::scale_workers) }),
        )
        .route(
            "/sim/requeue",
            post(|State(stage): State<Shared>| async move {
                done(&stage, |world| {
                    world.requeue(None);
                })
            }),
        )
        .route("/sim/model/{status}", post(model))
        .route("/sim/command", post(command))
        .with_state(stage)
}

fn state(world: &World) -> Value {
    let faults: Vec<Value> =
        Fault::ALL.iter().map(|fault| json!({ "name": fault.name(), "title": fault.title() })).collect();
    json!({ "fault": world.fault().name(), "fault_age_s": world.fault_age_s(), "faults": faults })
}

fn done(stage: &Shared, change: impl FnOnce(&mut World)) -> Response {
    ok(&stage.with(|world| {
        change(world);
        state(world)
    }))
}

async fn fault(State(stage): State<Shared>, Path(name): Path<String>) -> Response {
    match name.parse::<Fault>() {
        Ok(fault) => done(&stage, |world| world.set_fault(fault)),
        Err(unknown) => detail(StatusCode::NOT_FOUND, unknown.to_string()),
    }
}

async fn restart(State(stage): State<Shared>, Path(part): Path<String>) -> Response {
    match part.as_str() {
        "worker" => done(&stage, World::restart_worker),
        "redis" => done(&stage, World::restart_redis),
        "api" => done(&stage, World::restart_api),
        _ => detail(StatusCode::NOT_FOUND, format!("there is no part '{part}': the parts are worker, redis, api")),
    }
}

/// A restart takes a moment, as in life.
async fn command(State(stage): State<Shared>, Json(argv): Json<Vec<String>>) -> Response {
    take(COMMAND_TAKES_MS).await;
    let argv: Vec<&str> = argv.iter().map(String::as_str).collect();
    let ran = stage.with(|world| world.command(&argv));
    ok(&json!({ "code": ran.code, "out": ran.out, "err": ran.err }))
}

async fn model(State(stage): State<Shared>, Path(status): Path<u16>) -> Response {
    match status {
        401 | 429 | 529 => done(&stage, |world| world.refuse_model(status)),
        _ => body(StatusCode::BAD_REQUEST, &json!({ "detail": "the model refuses with 401, 429 or 529" })),
    }
}
