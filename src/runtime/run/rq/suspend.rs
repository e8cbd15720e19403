//! Suspends and resumes all workers of one Redis. A suspension always ends by itself.

use std::time::Duration;

use redis::{Pipeline, Value};

use super::{PREFIX, unanswered, why_unanswered};
use crate::action::{Done, End};
use crate::base::time::Span;
use crate::probe::ProbeError;
use crate::probe::rq::keys::Keys;
use crate::runtime::run::link::{Link, malformed};

const SUSPEND: &str = include_str!("suspend.lua");

/// No worker takes a new job for so long; one that waits for a job takes one more.
pub(super) async fn suspend(span: Duration, link: &mut Link) -> Done {
    if span.as_secs() == 0 {
        return Done::new(End::Failed, "a suspension must end by itself: give it a time of at least 1s");
    }
    let key = Keys::new(PREFIX).fixed(":suspended");
    let mut pipe = Pipeline::new();
    pipe.cmd("EVAL").arg(SUSPEND).arg(1).arg(key).arg(span.as_secs());
    match told(link, &pipe).await {
        Err(done) => done,
        Ok(Value::Int(-2)) => {
            let mut done = Done::new(End::Accepted, &format!("suspended for {}", Span(span)));
            done.undo = Some("resume all workers; otherwise it ends by itself".to_owned());
            done
        }
        Ok(Value::Int(-1)) => Done::new(End::Failed, "somebody suspended the workers already, without an end"),
        Ok(Value::Int(left)) => {
            let left = Duration::from_millis(u64::try_from(left).unwrap_or(0));
            Done::new(End::Failed, &format!("the workers are suspended already, for {} more", Span(left)))
        }
        Ok(_) => super::failed(&malformed()),
    }
}

/// Workers take jobs again.
pub(super) async fn resume(link: &mut Link) -> Done {
    let mut pipe = Pipeline::new();
    pipe.cmd("DEL").arg(Keys::new(PREFIX).fixed(":suspended"));
    match told(link, &pipe).await {
        Err(done) => done,
        Ok(Value::Int(0)) => Done::new(End::Accepted, "the workers were not suspended"),
        Ok(_) => Done::new(End::Accepted, "resumed"),
    }
}

/// The reply to one command, or how it ended without.
pub(super) async fn told(link: &mut Link, pipe: &Pipeline) -> Result<Value, Done> {
    match link.tell(pipe).await {
        Err(lost) => Err(Done::new(unanswered(&lost), &why_unanswered(&lost))),
        Ok(replies) => {
            let reply = replies.into_iter().next().unwrap_or_else(|| Err(malformed()));
            reply.map_err(|error: ProbeError| Done::new(End::Failed, &error.text))
        }
    }
}
