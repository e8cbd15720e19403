//! Sockets for the probes: names, connections, TLS and a guard on what is read. Every failure is told apart here, so
//! that all probes use the same words. Never retries, never writes a byte of its own.

mod address;
pub(crate) mod certificate;
mod connect;
mod guard;
mod resolve;
mod roots;
pub(crate) mod tls;

pub(crate) use address::Address;
pub(crate) use connect::{Dialer, candidates, told};
pub(crate) use guard::{Guarded, Watch};
pub(crate) use resolve::{Resolver, no_answer};
