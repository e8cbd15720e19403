//! Commands to workers, by their channels: stop a job, leave when the job is done. Nobody who hears is a failure; that
//! somebody hears is no proof that it obeys.

use redis::{Pipeline, Value};
use serde_json::json;

use super::{PREFIX, RqTerms, failed, item, unanswered, why_unanswered};
use crate::action::{Done, End, ItemEnd};
use crate::base::Shown;
use crate::probe::ProbeError;
use crate::probe::rq::keys::Keys;
use crate::probe::rq::parse;
use crate::runtime::run::link::{Link, malformed, pipe};

/// Workers told at once.
const BATCH: usize = 100;
/// Executions of one job that are looked at.
const MOST_EXECUTIONS: &[u8] = b"99";

/// Stops a job that runs.
pub(super) async fn stop_job(job: &str, link: &mut Link) -> Done {
    let workers = match runners(job, link).await {
        Ok(Ok(workers)) => workers,
        Ok(Err(status)) => {
            let mut done = Done::new(End::Failed, &format!("job {job} does not run: {status}"));
            done.items.push(item(job, ItemEnd::Gone));
            return done;
        }
        Err(error) => return failed(&error),
    };
    let words = json!({ "command": "stop-job", "job_id": job }).to_string();
    let mut done = Done::new(End::Accepted, "");
    match link.tell(&publications(&workers, &words)).await {
        Err(lost) => {
            done = Done::new(unanswered(&lost), &lost.error.text);
            done.items.push(item(job, ItemEnd::Failed(why_unanswered(&lost))));
        }
        Ok(replies) => {
            let ends: Vec<ItemEnd> = replies.into_iter().map(|reply| heard(reply, "nobody heard")).collect();
            let end = ends.iter().find(|end| **end == ItemEnd::Done).or(ends.first()).cloned();
            let names: Vec<_> = workers.iter().map(|name| String::from_utf8_lossy(name)).collect();
            match end.unwrap_or(ItemEnd::Gone) {
                ItemEnd::Failed(why) => {
                    done = Done::new(End::Failed, &format!("{why}: worker {}", names.join(", ")));
                    done.items.push(item(job, ItemEnd::Failed(why)));
                }
                end => {
                    done.reason = Shown::from_remote(&format!("told worker {}", names.join(", "))).into_string();
                    done.items.push(item(job, end));
                }
            }
        }
    }
    done
}

/// The workers that run a job; otherwise what is known of it.
async fn runners(job: &str, link: &mut Link) -> Result<Result<Vec<Vec<u8>>, String>, ProbeError> {
    let (keys, id) = (Keys::new(PREFIX), job.as_bytes());
    let (hash, executions) = (keys.job(id), keys.executions_of_job(id));
    let first: [&[&[u8]]; 2] =
        [&[b"HMGET", &hash, b"status", b"worker_name"], &[b"ZREVRANGE", &executions, b"0", MOST_EXECUTIONS]];
    let replies = <[Value; 2]>::try_from(link.ask(&pipe(first)).await?).map_err(|_| malformed())?;
    let [fields, executions] = replies;
    let fields = <[Value; 2]>::try_from(parse::items(fields).ok_or_else(malformed)?).map_err(|_| malformed())?;
    let [status, worker] = fields.map(|field| parse::bytes(&field).map(<[u8]>::to_vec).unwrap_or_default());
    if status != b"started" {
        let words = if status.is_empty() { "it is not there".into() } else { String::from_utf8_lossy(&status) };
        return Ok(Err(words.into_owned()));
    }
    let executions = parse::names(executions).unwrap_or_default();
    let hashes: Vec<Vec<u8>> = executions.iter().map(|execution| keys.execution(id, execution)).collect();
    // rq 2 names the worker in the job alone, rq 3 of each execution
    let asks = hashes.iter().map(|hash| [&b"HGET"[..], hash, b"worker_name"]);
    let named = link.ask(&pipe(asks)).await?;
    let mut workers: Vec<Vec<u8>> = named.iter().filter_map(parse::bytes).map(<[u8]>::to_vec).collect();
    if workers.is_empty() && !worker.is_empty() {
        workers.push(worker);
    }
    workers.sort();
    workers.dedup();
    Ok(if workers.is_empty() { Err("no worker is named".to_owned()) } else { Ok(workers) })
}

/// Asks workers to finish their job and leave.
pub(super) async fn shut_down(workers: &[String], link: &mut Link, terms: &mut RqTerms<'_>) -> Done {
    let mut done = Done::new(End::Accepted, "");
    let mut stopped: Option<(End, String)> = None;
    let words = json!({ "command": "shutdown" }).to_string();
    for batch in workers.chunks(BATCH) {
        if (terms.cancelled)() {
            stopped = Some((End::Cancelled, "cancelled".to_owned()));
        }
        if stopped.is_some() {
            let rest = batch.iter().map(|worker| item(worker, ItemEnd::Failed("not tried".to_owned())));
            done.items.extend(rest);
            continue;
        }
        let names: Vec<Vec<u8>> = batch.iter().map(|worker| worker.as_bytes().to_vec()).collect();
        match link.tell(&publications(&names, &words)).await {
            Err(lost) => {
                let why = why_unanswered(&lost);
                done.items.extend(batch.iter().map(|worker| item(worker, ItemEnd::Failed(why.clone()))));
                stopped = Some((unanswered(&lost), lost.error.text));
            }
            Ok(replies) => {
                let ends = replies.into_iter().map(|reply| heard(reply, "nobody listens"));
                done.items.extend(batch.iter().zip(ends).map(|(worker, end)| item(worker, end)));
            }
        }
        (terms.say)(&format!("{} of {} workers", done.items.len(), workers.len()));
    }
    let [told, _, _, failed] = done.counts();
    let first = done.items.iter().find_map(|item| match &item.end {
        ItemEnd::Failed(why) => Some(why.clone()),
        _ => None,
    });
    let mut reason = format!("{told} of {} workers were told", workers.len());
    if let Some(why) = stopped.as_ref().map(|(_, why)| why.clone()).or(first) {
        reason = format!("{reason}: {why}");
    }
    done.end = stopped.map_or(if failed > 0 { End::Failed } else { End::Accepted }, |(end, _)| end);
    done.reason = Shown::from_remote(&reason).into_string();
    done
}

fn publications(workers: &[Vec<u8>], words: &str) -> Pipeline {
    let keys = Keys::new(PREFIX);
    let mut pipe = Pipeline::new();
    for worker in workers {
        pipe.cmd("PUBLISH").arg(keys.channel(worker)).arg(words);
    }
    pipe
}

/// What the number of those who heard means.
fn heard(reply: Result<Value, ProbeError>, nobody: &str) -> ItemEnd {
    match reply {
        Ok(Value::Int(0)) => ItemEnd::Failed(nobody.to_owned()),
        Ok(_) => ItemEnd::Done,
        Err(error) => ItemEnd::Failed(error.text),
    }
}
