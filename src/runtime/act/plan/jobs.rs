//! The jobs and workers that an operation on rq is about: the chosen ones, or all there are when it is planned. What is
//! shown is what is done: the runner is given the ids that were shown.

use crate::action::{Arguments, JobAt, RqAct, RqCall, RqOperation, RqTarget};
use crate::base::{Filled, Template};
use crate::runtime::act::order::Ask;
use crate::runtime::act::plan::{MOST_ITEMS, counted};
use crate::runtime::run::rq;

/// The operation with everything filled in.
pub(super) async fn call(operation: &RqOperation, arguments: &Arguments, ask: &Ask) -> Result<RqCall, String> {
    let fill = |template: &Template| arguments.fill(template).map_err(|error| error.to_string());
    Ok(match operation {
        RqOperation::RequeueFailed(on) => {
            let (url, queue) = place(on, &fill)?;
            let all = async || rq::failed_jobs(&url, queue.as_deref(), MOST_ITEMS + 1).await;
            let act = RqAct::Requeue(jobs(ask, all).await?);
            RqCall { url, act }
        }
        RqOperation::ReturnIntermediate(on) => {
            let (url, queue) = place(on, &fill)?;
            let all = async || rq::intermediate_jobs(&url, queue.as_deref()).await;
            let act = RqAct::ReturnIntermediate(jobs(ask, all).await?);
            RqCall { url, act }
        }
        RqOperation::Empty(on) => {
            let (url, queue) = (fill(&on.url)?, fill(&on.queue)?.expose().to_owned());
            let all = async || rq::waiting_jobs(&url, &queue, MOST_ITEMS + 1).await;
            let act = RqAct::Empty(jobs(ask, all).await?);
            RqCall { url, act }
        }
        RqOperation::StopWorker(on) => {
            let url = fill(&on.url)?;
            let [worker, queue] = [&on.worker, &on.queue].map(|name| name.as_ref().map(fill).transpose());
            let queue = queue?.map(|queue| queue.expose().to_owned());
            let workers = match (&ask.items, worker?) {
                (Some(chosen), _) => chosen.clone(),
                (None, Some(worker)) => vec![worker.expose().to_owned()],
                (None, None) => rq::workers(&url, queue.as_deref()).await.map_err(unread)?,
            };
            RqCall { url, act: RqAct::ShutDown(counted(workers)?) }
        }
        RqOperation::Enqueue(what) => {
            let queue = fill(&what.queue)?.expose().to_owned();
            RqCall { url: fill(&what.url)?, act: RqAct::Enqueue { queue, function: what.function.clone() } }
        }
        RqOperation::StopJob(on) => {
            RqCall { url: fill(&on.url)?, act: RqAct::StopJob(fill(&on.job)?.expose().to_owned()) }
        }
        RqOperation::Suspend(on) => RqCall { url: fill(&on.url)?, act: RqAct::Suspend(on.time.0) },
        RqOperation::Resume(on) => RqCall { url: fill(&on.url)?, act: RqAct::Resume },
    })
}

fn place(
    on: &RqTarget,
    fill: &dyn Fn(&Template) -> Result<Filled, String>,
) -> Result<(Filled, Option<String>), String> {
    let queue = on.queue.as_ref().map(fill).transpose()?;
    Ok((fill(&on.url)?, queue.map(|queue| queue.expose().to_owned())))
}

async fn jobs(ask: &Ask, all: impl AsyncFnOnce() -> Result<Vec<JobAt>, rq::RqError>) -> Result<Vec<JobAt>, String> {
    let jobs = match &ask.items {
        Some(chosen) => chosen.iter().map(|item| parse(item)).collect::<Result<_, _>>()?,
        None => all().await.map_err(unread)?,
    };
    counted(jobs)
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn unread(error: rq::RqError) -> String {
    format!("rq cannot be read: {error}")
}

/// A job as an item: `queue/id`. An id holds no slash, a queue's name may.
pub(super) fn item(job: &JobAt) -> String {
    format!("{}/{}", job.queue, job.id)
}

fn parse(item: &str) -> Result<JobAt, String> {
    let (queue, id) = item.rsplit_once('/').ok_or_else(|| format!("'{item}' is no job: write queue/id"))?;
    Ok(JobAt { queue: queue.to_owned(), id: id.to_owned() })
}
