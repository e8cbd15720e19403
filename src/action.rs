//! Actions: what is declared, what it comes to with the variables filled in, what proves that it worked. Pure; carried
//! out by `runtime::run`.

mod call;
mod done;
mod spec;

pub use call::{Call, CommandCall, HttpCall, JobAt, RqAct, RqCall, quoted};
pub use done::{Done, End, Item, ItemEnd};
pub use spec::{ActionSpec, HttpRequest, Method, Operation, Risk, RqEnqueue, RqOperation, RqTarget, Verify};
