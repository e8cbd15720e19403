//! What is on the spot now, read before anything is confirmed: the jobs and workers that an operation would be about.
//! Reads only.

use std::collections::HashSet;
use std::time::Duration;

use redis::Value;

use super::{PREFIX, RqError};
use crate::action::JobAt;
use crate::base::{Cause, Filled, Redactor};
use crate::probe::rq::keys::{Bytes, Keys, Tally, job_of};
use crate::probe::rq::parse;
use crate::runtime::run::link::{Link, malformed, pipe};

/// Longest time of one look.
const WITHIN: Duration = Duration::from_secs(10);
/// Jobs in one reply.
const PAGE: usize = 5000;
/// Jobs of one intermediate list that are looked at: each worker can leave one there.
const MOST_TAKEN: usize = 1000;

/// The jobs in the failed registries of one queue, or of all, at most `limit`, in the order in which rq would requeue
/// them. What has expired and was only not cleaned away yet is left out.
pub async fn failed_jobs(url: &Filled, queue: Option<&str>, limit: usize) -> Result<Vec<JobAt>, RqError> {
    let (mut link, keys) = start(url);
    let now = time(&mut link).await?;
    let is_expired = |score: f64| now.is_some_and(|now| (0.0..=now).contains(&score));
    let mut found = Found::default();
    for queue in queues(&mut link, &keys, queue).await? {
        let key = keys.tally(Tally::Failed, queue.as_bytes());
        let mut at = 0;
        while found.jobs.len() < limit {
            let (from, to) = (at.to_string(), (at + PAGE - 1).to_string());
            let words: [&[u8]; 5] = [b"ZRANGE", &key, from.as_bytes(), to.as_bytes(), b"WITHSCORES"];
            let page = parse::scored(link.ask_one(&words).await?).ok_or_else(malformed)?;
            let is_last = page.len() < PAGE;
            let living = page.into_iter().filter(|(_, score)| !is_expired(*score));
            found.add(&queue, living.map(|(job, _)| job), limit);
            if is_last {
                break;
            }
            at += PAGE;
        }
    }
    Ok(found.jobs)
}

/// The jobs that wait in a queue, at most `limit`, the next one first.
pub async fn waiting_jobs(url: &Filled, queue: &str, limit: usize) -> Result<Vec<JobAt>, RqError> {
    let (mut link, keys) = start(url);
    let mut found = Found::default();
    let key = keys.tally(Tally::Queued, queue.as_bytes());
    let mut at = 0;
    while found.jobs.len() < limit {
        let page = list(&mut link, &key, at, PAGE).await?;
        let is_last = page.len() < PAGE;
        found.add(queue, page.into_iter(), limit);
        if is_last {
            break;
        }
        at += PAGE;
    }
    Ok(found.jobs)
}

/// The jobs in the intermediate lists of one queue, or of all, that no worker runs. A job that a worker took just now is
/// among them until it is started.
pub async fn intermediate_jobs(url: &Filled, queue: Option<&str>) -> Result<Vec<JobAt>, RqError> {
    let (mut link, keys) = start(url);
    let mut found = Found::default();
    for queue in queues(&mut link, &keys, queue).await? {
        let name = queue.as_bytes();
        let taken = list(&mut link, &keys.intermediate(name), 0, MOST_TAKEN).await?;
        if taken.is_empty() {
            continue;
        }
        let running = link.ask_one(&[b"ZRANGE", &keys.tally(Tally::Started, name), b"0", b"-1"]).await?;
        let running = parse::names(running).ok_or_else(malformed)?;
        let running: HashSet<&[u8]> = running.iter().map(|member| job_of(member)).collect();
        let of_jobs: Vec<_> = taken.iter().map(|id| (keys.job(id), keys.executions_of_job(id))).collect();
        let asks =
            of_jobs.iter().flat_map(|(job, runs)| [vec![&b"HGET"[..], job, b"status"], vec![&b"ZCARD"[..], runs]]);
        let told = link.ask(&pipe(asks)).await?;
        let stuck = taken.into_iter().zip(told.chunks_exact(2)).filter(|(id, told)| {
            let is_queued = parse::bytes(&told[0]) == Some(b"queued");
            is_queued && parse::count(&told[1]) == Some(0) && !running.contains(&id[..])
        });
        found.add(&queue, stuck.map(|(id, _)| id), usize::MAX);
    }
    Ok(found.jobs)
}

/// The names of the workers that are registered for a queue, or of all; and then of those that listen for commands without
/// being registered, where that may be read.
pub async fn workers(url: &Filled, queue: Option<&str>) -> Result<Vec<String>, RqError> {
    let (mut link, keys) = start(url);
    let set = queue.map_or_else(|| keys.fixed(":workers"), |queue| keys.workers_of_queue(queue.as_bytes()));
    let members = parse::names(link.ask_one(&[b"SMEMBERS", &set]).await?).ok_or_else(malformed)?;
    let mut names: Vec<Bytes> = members.iter().filter_map(|key| keys.worker_name(key)).map(Bytes::from).collect();
    if queue.is_none() {
        let channels = link.ask_one(&[b"PUBSUB", b"CHANNELS", keys.pattern(":pubsub:").as_bytes()]).await;
        let channels = allowed(channels)?.and_then(parse::names).unwrap_or_default();
        names.extend(channels.iter().filter_map(|channel| keys.channel_name(channel)).map(Bytes::from));
    }
    let mut names: Vec<String> = names.into_iter().filter_map(text).collect();
    names.sort();
    names.dedup();
    Ok(names)
}

fn start(url: &Filled) -> (Link, Keys) {
    (Link::new(url, WITHIN, &Redactor::default()), Keys::new(PREFIX))
}

/// Jobs found so far, each of them once: a registry may move while it is read page by page.
#[derive(Default)]
struct Found {
    jobs: Vec<JobAt>,
    seen: HashSet<JobAt>,
}

impl Found {
    fn add(&mut self, queue: &str, ids: impl Iterator<Item = Bytes>, limit: usize) {
        for id in ids.filter_map(text) {
            let job = JobAt { queue: queue.to_owned(), id };
            if self.jobs.len() < limit && self.seen.insert(job.clone()) {
                self.jobs.push(job);
            }
        }
    }
}

/// The given queue, or all by name.
pub(super) async fn queues(link: &mut Link, keys: &Keys, queue: Option<&str>) -> Result<Vec<String>, RqError> {
    if let Some(queue) = queue {
        return Ok(vec![queue.to_owned()]);
    }
    let members = parse::names(link.ask_one(&[b"SMEMBERS", &keys.fixed(":queues")]).await?).ok_or_else(malformed)?;
    let mut names: Vec<String> =
        members.iter().filter_map(|key| keys.queue_name(key)).filter_map(|name| text(name.into())).collect();
    names.sort();
    Ok(names)
}

/// A part of a list.
pub(super) async fn list(link: &mut Link, key: &[u8], from: usize, most: usize) -> Result<Vec<Bytes>, RqError> {
    let (first, last) = (from.to_string(), (from + most - 1).to_string());
    let reply = link.ask_one(&[b"LRANGE", key, first.as_bytes(), last.as_bytes()]).await?;
    parse::names(reply).ok_or_else(malformed)
}

/// The clock of Redis in Unix seconds, where it may be read.
pub(super) async fn time(link: &mut Link) -> Result<Option<f64>, RqError> {
    let parts = allowed(link.ask_one(&[b"TIME"]).await)?.and_then(parse::names);
    Ok(parts.and_then(|parts| parse::whole(parts.first()?)).map(|secs| secs as f64))
}

/// Nothing where it may not be asked.
fn allowed(reply: Result<Value, RqError>) -> Result<Option<Value>, RqError> {
    match reply {
        Ok(reply) => Ok(Some(reply)),
        Err(error) if error.cause == Cause::Unauthorized => Ok(None),
        Err(error) => Err(error),
    }
}

/// rq's names are texts: it could not read others itself.
fn text(bytes: Bytes) -> Option<String> {
    String::from_utf8(bytes.into_vec()).ok()
}
