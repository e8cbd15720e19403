//! Carries a permitted call out.

pub mod rq;
