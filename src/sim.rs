//! The simulated systems: real loopback sockets driven by a pure world, for the demo, the tests and the pictures.
//!
//! The production probes poll them and the production actions repair them; nothing here knows a probe, a rule or a
//! screen.

mod demo;
mod door;
mod fault;
mod http;
mod resp;
mod stage;
mod world;

pub use demo::Demo;
pub use fault::{Fault, UnknownFault};

/// The system that is simulated, by the name of its folder.
pub const SYSTEM: &str = "sabine";
