//! One operation on rq, as written: `rq.requeue_failed = { url = "${redis_url}" }`. Each takes what it needs and refuses the
//! rest, so that nothing that is written is quietly ignored.

use serde::Deserialize;

use crate::base::{Period, Template};

/// One operation on rq's keys.
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RqOperation {
    /// Put failed jobs back into their queue.
    RequeueFailed(RqTarget),
    /// Delete the waiting jobs of a queue.
    Empty(RqQueue),
    /// Stop a job that runs.
    StopJob(RqJob),
    /// Ask workers to leave when their job is done.
    StopWorker(RqWorkers),
    /// Enqueue a zero-argument function.
    Enqueue(RqEnqueue),
    /// Return jobs from the intermediate list.
    ReturnIntermediate(RqTarget),
    /// Stop all workers from taking jobs, for a time.
    Suspend(RqSuspend),
    /// Let them take jobs again.
    Resume(RqServer),
}

/// Which Redis.
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RqServer {
    /// Redis URL.
    pub url: Template,
}

/// Which Redis and queue.
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RqTarget {
    /// Redis URL.
    pub url: Template,
    /// Queue; all where it is left out.
    pub queue: Option<Template>,
}

/// One queue, named.
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RqQueue {
    /// Redis URL.
    pub url: Template,
    /// Queue.
    pub queue: Template,
}

/// One job, named.
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RqJob {
    /// Redis URL.
    pub url: Template,
    /// Id of the job.
    pub job: Template,
}

/// Which workers: one by its name, or those of a queue, or all.
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RqWorkers {
    /// Redis URL.
    pub url: Template,
    /// Name of the worker.
    pub worker: Option<Template>,
    /// Queue that they listen to.
    pub queue: Option<Template>,
}

/// What to enqueue where.
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RqEnqueue {
    /// Redis URL.
    pub url: Template,
    /// Queue.
    pub queue: Template,
    /// Dotted name of a function without arguments.
    #[schemars(regex(pattern = r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)+$"))]
    pub function: String,
}

/// For how long.
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RqSuspend {
    /// Redis URL.
    pub url: Template,
    /// When it ends by itself: at least 1s, ten minutes where it is left out.
    #[serde(rename = "for", default = "ten_minutes")]
    pub time: Period,
}

fn ten_minutes() -> Period {
    Period::secs(600)
}

/// True of `package.module.function`: what a worker can import.
pub fn is_dotted_name(text: &str) -> bool {
    let is_name = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    text.contains('.') && text.split('.').all(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_named_with_its_module() {
        for (text, is_right) in [
            ("backend.worker.jobs.run_digest", true),
            ("a.b", true),
            ("run", false),
            ("a..b", false),
            ("a.b()", false),
            ("a.1b", false),
            ("", false),
            ("os;system.x", false),
        ] {
            assert_eq!(is_dotted_name(text), is_right, "{text}");
        }
    }
}
