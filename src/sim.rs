//! The simulated systems: real loopback sockets driven by a pure world, for the demo, the tests and the pictures.
//!
//! The production probes poll them and the production actions repair them; nothing here knows a probe, a rule or a
//! screen.

#[cfg_attr(not(test), expect(dead_code, reason = "the world that turns the doors comes with the next slice"))]
mod door;
#[cfg_attr(not(test), expect(dead_code, reason = "the world that fills the store comes with the next slice"))]
mod resp;
