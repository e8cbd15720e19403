//! midwatch: see what is wrong, know which runbook it is, do the recovery step safely, prove it worked.
//!
//! The rooms stand in the order of the data; `ARCHITECTURE.md` walks through them.

pub mod action;
pub mod app;
pub mod base;
pub mod cli;
pub mod config;
pub mod expr;
pub mod incident;
pub mod job;
pub mod probe;
pub mod record;
pub mod report;
pub mod rule;
pub mod runbook;
pub mod runtime;
pub mod signal;
pub mod sim;
pub mod view;
pub mod watch;
