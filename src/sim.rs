//! The simulated systems: real loopback sockets driven by pure worlds, for the demo, the tests and the pictures.
//!
//! At the top what all share: doors, stage and clock, the small Redis, HTTP helpers, stand-in programs, the control. One
//! folder per simulated system. To add one: its folder with a `KIND`, and its line in [`SYSTEMS`].
//! The production probes poll them and the production actions repair them; nothing here knows a probe, a rule or a
//! screen.

mod agent_team;
mod cast;
mod chat_api;
mod control;
mod control_plane;
mod demo;
mod dice;
mod door;
mod drill;
mod http;
mod kind;
mod moose;
mod pg;
pub mod remote;
mod resp;
mod running;
mod sabine;
mod stage;
mod stand_ins;

pub use cast::{On, UnknownFault, UnknownSystem, choose, find};
pub use demo::Demo;
pub use drill::{Hidden, hide};
pub use kind::{Fault, Kind};
pub use stand_ins::SUBCOMMAND;

/// Every simulated system, in the order in which the demo shows them.
pub static SYSTEMS: &[&Kind] = &[&sabine::KIND, &agent_team::KIND, &moose::KIND, &chat_api::KIND, &control_plane::KIND];
