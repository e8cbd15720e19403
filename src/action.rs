//! Actions as declared: what would be run, how risky it is, what proves that it worked. Pure.

mod spec;

pub use spec::{ActionSpec, HttpRequest, Method, Operation, Risk, RqEnqueue, RqOperation, RqTarget, Verify};
