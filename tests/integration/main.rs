//! The one integration binary: the real program and the real servers it watches. One binary links once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by a panic, and stands outside the program: it may read a clock"
)]

#[path = "../support/support.rs"]
#[allow(dead_code, reason = "a tool box: not every tool is needed at every time")]
mod support;

mod act;
mod act_demo;
mod audit;
mod check;
mod check_demo;
mod commands;
mod config_errors;
mod config_schema;
mod dashboard;
mod execute;
mod faults;
mod guide;
mod http_harness;
mod incident;
mod install;
mod layering;
mod licences;
#[allow(dead_code, reason = "a tool box: not every tool is needed at every time")]
mod midwatch;
mod monitors;
mod moose_actions;
mod moose_sql;
mod own_ca;
mod pictures;
mod plain;
mod probe_command;
mod probe_http;
mod probe_log;
mod probe_postgres;
mod probe_prometheus;
mod probe_redis;
mod pty_harness;
mod readme;
mod recovery;
mod redis_harness;
mod rq;
mod rq_act;
mod rq_harness;
mod runbook;
mod sabine_actions;
mod settings;
mod sim_rq;
mod sql_act;
mod system_agent_team;
mod system_chat_api;
mod system_control_plane;
mod system_moose;
mod system_sabine;
mod systems;
mod terminal;
mod themes;
