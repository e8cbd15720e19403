//! The simulated systems: real loopback sockets driven by a pure world, for the demo, the tests and the pictures.
//!
//! The production probes poll them and the production actions repair them; nothing here knows a probe, a rule or a
//! screen.

mod demo;
mod door;
mod fault;
mod http;
pub mod remote;
mod resp;
mod stage;
mod stand_ins;
mod world;

pub use demo::Demo;
pub use fault::{Fault, UnknownFault};
pub use stand_ins::SUBCOMMAND;

/// The system that is simulated, by the name of its folder.
pub const SYSTEM: &str = "sabine";
