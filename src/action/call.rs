//! What an action does outside, with every variable filled in: one command, one request, one operation on rq, or
//! statements in one transaction.
//!
//! Data only: `runtime::run` carries it out, and only for a run that the guard permitted.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::action::{Count, Method};
use crate::base::Filled;
pub use crate::base::text::quoted;
use crate::expr::Expr;

/// What is to be done.
#[derive(Clone, Debug)]
pub enum Call {
    /// One process.
    Command(CommandCall),
    /// One request, or one for each item.
    Http(Vec<HttpCall>),
    /// One operation on rq's keys.
    Rq(RqCall),
    /// Statements in one transaction.
    Sql(SqlCall),
}

/// One process: argv, never a shell. No argument holds a secret: what every user of the machine can read.
#[derive(Clone, Debug)]
pub struct CommandCall {
    /// Absolute path of the program, found once.
    pub program: PathBuf,
    /// All arguments, the program's name as written first.
    pub argv: Vec<String>,
    /// Environment variables beside the usual ones: those without a value as we have them.
    pub environment: Vec<(String, Option<Filled>)>,
}

/// One HTTP request.
#[derive(Clone, Debug)]
pub struct HttpCall {
    /// What it is about, where the action sends one request for each item: the item's id.
    pub item: Option<String>,
    /// Method.
    pub method: Method,
    /// URL.
    pub url: Filled,
    /// Headers.
    pub headers: Vec<(String, Filled)>,
    /// Body: a JSON text.
    pub body: Option<Filled>,
    /// CEL over the answer (`status`, `body`, `text`, `headers`) that must be true for it to count as accepted; without
    /// it a 2xx whose body does not say `success: false`.
    pub expect: Option<Expr>,
    /// CEL over the answer that proves the effect, where the answer tells it.
    pub proof: Option<Expr>,
}

/// One operation on the rq of one Redis.
#[derive(Clone, Debug)]
pub struct RqCall {
    /// Redis URL.
    pub url: Filled,
    /// What is done there.
    pub act: RqAct,
}

/// Statements in one transaction of one PostgreSQL.
#[derive(Clone, Debug)]
pub struct SqlCall {
    /// Its URL.
    pub url: Filled,
    /// What is done, in this order.
    pub statements: Vec<SqlStep>,
}

/// One statement.
#[derive(Clone, Debug)]
pub struct SqlStep {
    /// Byte for byte as it is sent.
    pub text: String,
    /// The values of its parameters.
    pub with: Vec<Filled>,
    /// How many rows it must concern.
    pub expect_rows: Option<Count>,
    /// What is read before it, with the values of its parameters.
    pub before: Option<(String, Vec<Filled>)>,
    /// True where `before` has values of its own, all of which it takes.
    pub before_is_own: bool,
    /// How to undo it, with `{column}` for values that were read before.
    pub undo: Option<String>,
}

/// A job and the queue that it came from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobAt {
    /// Name of the queue.
    pub queue: String,
    /// Id of the job.
    pub id: String,
}

/// An operation on rq (research: rq 1.16 to 3.0).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RqAct {
    /// Put exactly these failed jobs back at the end of their queues.
    Requeue(Vec<JobAt>),
    /// Delete exactly these waiting jobs of one queue, after a copy of them was kept.
    Empty(Vec<JobAt>),
    /// Stop one running job.
    StopJob(String),
    /// Ask these workers to finish their job and leave.
    ShutDown(Vec<String>),
    /// Enqueue a function without arguments.
    Enqueue {
        /// Name of the queue.
        queue: String,
        /// Dotted name of the function.
        function: String,
    },
    /// Put exactly these jobs back from the intermediate list to the head of their queues.
    ReturnIntermediate(Vec<JobAt>),
    /// No worker takes new jobs, until this time is over.
    Suspend(Duration),
    /// Workers take jobs again.
    Resume,
}

impl RqAct {
    /// The jobs that it is about, where it is about jobs.
    pub fn jobs(&self) -> &[JobAt] {
        match self {
            RqAct::Requeue(jobs) | RqAct::Empty(jobs) | RqAct::ReturnIntermediate(jobs) => jobs,
            _ => &[],
        }
    }
}

/// What was done is told in one line, secrets masked, every argument quoted as a shell would need it.
impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Call::Command(call) => call.fmt(f),
            Call::Http(calls) => match calls.as_slice() {
                [] => f.write_str("no request"),
                [one] => one.fmt(f),
                [first, ..] => write!(f, "{} requests, the first: {first}", calls.len()),
            },
            Call::Rq(call) => call.fmt(f),
            Call::Sql(call) => call.fmt(f),
        }
    }
}

impl fmt::Display for CommandCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = self.environment.iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
        for (name, value) in set {
            write!(f, "{name}={} ", quoted(&value.to_string()))?;
        }
        f.write_str(&quoted(&self.program.to_string_lossy()))?;
        self.argv.iter().skip(1).try_for_each(|argument| write!(f, " {}", quoted(argument)))
    }
}

impl fmt::Display for HttpCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.url)?;
        self.body.as_ref().map_or(Ok(()), |body| write!(f, " {body}"))
    }
}

impl fmt::Display for SqlCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let statements = if self.statements.len() == 1 { "statement" } else { "statements" };
        write!(f, "{} {statements} in one transaction at {}", self.statements.len(), self.url)?;
        // on one line here; as they are sent they are shown line by line
        self.statements.iter().try_for_each(|step| {
            let line: Vec<&str> = step.text.lines().map(str::trim).collect();
            write!(f, "; {}", SqlStep { text: line.join(" "), ..step.clone() })
        })
    }
}

/// The statement as it is sent, then its values: `UPDATE t SET a = $1 with $1 = 'x', expects 1 row`.
impl fmt::Display for SqlStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        for (at, value) in self.with.iter().enumerate() {
            let before = if at == 0 { " with" } else { "," };
            write!(f, "{before} ${} = {}", at + 1, quoted(&value.to_string()))?;
        }
        self.expect_rows.map_or(Ok(()), |count| write!(f, ", expects {count}"))
    }
}

impl fmt::Display for RqCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rq at {}: {}", self.url, self.act)
    }
}

impl fmt::Display for RqAct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RqAct::Requeue(jobs) => write!(f, "requeue {}", told(jobs)),
            RqAct::Empty(jobs) => write!(f, "delete {}", told(jobs)),
            RqAct::StopJob(job) => write!(f, "stop job {}", quoted(job)),
            RqAct::ShutDown(workers) => {
                write!(f, "warm shutdown of {}", workers.iter().map(|w| quoted(w)).collect::<Vec<_>>().join(", "))
            }
            RqAct::Enqueue { queue, function } => write!(f, "enqueue {function}() in {}", quoted(queue)),
            RqAct::ReturnIntermediate(jobs) => write!(f, "return {} from the intermediate list", told(jobs)),
            RqAct::Suspend(time) => write!(f, "suspend all workers for {} s", time.as_secs()),
            RqAct::Resume => f.write_str("resume all workers"),
        }
    }
}

fn told(jobs: &[JobAt]) -> String {
    match jobs {
        [] => "no job".to_owned(),
        [one] => format!("job {} of {}", quoted(&one.id), quoted(&one.queue)),
        _ => format!("{} jobs", jobs.len()),
    }
}
