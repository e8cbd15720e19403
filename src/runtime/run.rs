//! Carries a permitted call out: a command, requests, operations on rq, statements. It decides nothing and verifies nothing: what is
//! to be done comes as an [`action::Call`](crate::action::Call), what came of it goes back as an
//! [`action::Done`](crate::action::Done).

pub mod command;
mod family;
pub mod http;
pub(in crate::runtime) mod link;
pub mod output;
pub mod program;
pub mod rq;
pub mod sql;
