//! Actions: what is declared, what it comes to with the variables filled in, what is shown of it, who permits it, what
//! came of it. Pure; carried out by `runtime::run`.

mod call;
mod done;
pub mod guard;
mod preview;
mod resolve;
mod rq_spec;
pub mod run;
mod spec;
mod sql_spec;

pub use call::{Call, CommandCall, HttpCall, JobAt, RqAct, RqCall, SqlCall, SqlStep, quoted};
pub use done::{Done, End, Item, ItemEnd};
pub use guard::{Permit, Refusal};
pub use preview::{Condition, Holder, LastRun, Preview, Reach};
pub use resolve::{Arguments, BadArgument, resolve_http, resolve_sql, surroundings, words};
pub use rq_spec::{RqEnqueue, RqJob, RqOperation, RqQueue, RqServer, RqSuspend, RqTarget, RqWorkers, is_dotted_name};
pub use run::{Ending, Outcome, Phase, RunEvent, RunId, RunView, Stream};
pub use spec::{
    ActionSpec, Confirm, HttpRequest, Method, Operation, ParameterSpec, RUN, RUN_SIGNALS, Risk, RowKind, Verify,
    WhenUnknown,
};
pub use sql_spec::{Count, SqlOperation, SqlStatement, is_of_transactions};
