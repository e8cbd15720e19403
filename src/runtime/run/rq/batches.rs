//! Operations on many jobs: one script for each batch of one queue, so that a million jobs do not block Redis, and what
//! came of each job. Between two batches it can be ended.

use std::time::Duration;

use redis::{Cmd, Pipeline};

use super::copy::Copies;
use super::{PREFIX, RqTerms, item, unanswered, why_unanswered};
use crate::action::{Done, End, ItemEnd, JobAt};
use crate::base::Now;
use crate::probe::rq::keys::{Keys, Tally};
use crate::probe::rq::parse;
use crate::runtime::run::link::{Link, malformed};

/// Jobs in one script.
const BATCH: usize = 200;
/// How long a job must stand in the intermediate list to count as stuck: a worker that lives starts it at once.
const STUCK_FOR: Duration = Duration::from_secs(10);
/// How often it is looked whether somebody cancelled.
const TICK: Duration = Duration::from_millis(100);

const REQUEUE: &str = concat!(include_str!("each.lua"), include_str!("requeue.lua"));
const EMPTY: &str = concat!(include_str!("each.lua"), include_str!("empty.lua"));
const RETURN: &str = concat!(include_str!("each.lua"), include_str!("return.lua"));

/// What is done to jobs.
pub(super) enum Deed {
    /// From the failed registry to the end of the queue, enqueued at this time.
    Requeue(String),
    /// Gone for good, but for the copies.
    Delete(Copies),
    /// From the intermediate list to the head of the queue.
    Return,
}

/// How far it came.
struct Progress {
    done: Done,
    /// Why no more batches are to follow.
    stopped: Option<(End, String)>,
}

impl Deed {
    /// Requeues, now.
    pub(super) fn requeue(now: Now) -> Self {
        Deed::Requeue(stamp(now))
    }

    /// Does it to these jobs, in this order.
    pub(super) async fn carry_out(mut self, jobs: &[JobAt], link: &mut Link, terms: &mut RqTerms<'_>) -> Done {
        let mut progress = Progress { done: Done::new(End::Accepted, ""), stopped: None };
        for batch in jobs.chunk_by(|a, b| a.queue == b.queue).flat_map(|queue| queue.chunks(BATCH)) {
            if (terms.cancelled)() {
                progress.stopped = Some((End::Cancelled, "cancelled".to_owned()));
            }
            if progress.stopped.is_some() {
                break;
            }
            self.one_batch(batch, link, &mut progress).await;
            (terms.say)(&format!("{} of {} jobs", progress.done.items.len(), jobs.len()));
        }
        self.conclude(jobs, progress)
    }

    async fn one_batch(&mut self, batch: &[JobAt], link: &mut Link, progress: &mut Progress) {
        if let Deed::Delete(copies) = self
            && let Err(error) = copies.keep(batch, link).await
        {
            progress.all_failed(batch, &format!("no copy could be kept: {}", error.text));
            progress.stopped = Some((super::failed(&error).end, format!("no copy could be kept: {}", error.text)));
            return;
        }
        let mut pipe = Pipeline::new();
        pipe.add_command(self.script(batch));
        match link.tell(&pipe).await {
            Err(lost) => {
                progress.all_failed(batch, &why_unanswered(&lost));
                progress.stopped = Some((unanswered(&lost), lost.error.text));
            }
            Ok(replies) => match replies.into_iter().next().unwrap_or_else(|| Err(malformed())) {
                Err(error) => {
                    progress.all_failed(batch, &error.text);
                    progress.stopped = Some((End::Failed, error.text));
                }
                Ok(reply) => progress.take(batch, &parse::names(reply).unwrap_or_default(), link),
            },
        }
    }

    /// The script for a batch of one queue.
    fn script(&self, batch: &[JobAt]) -> Cmd {
        let keys = Keys::new(PREFIX);
        let queue = batch.first().map_or(&[][..], |job| job.queue.as_bytes());
        let list = keys.tally(Tally::Queued, queue);
        let (text, fixed) = match self {
            Deed::Requeue(_) => (REQUEUE, vec![keys.tally(Tally::Failed, queue), list, keys.fixed(":queues")]),
            Deed::Delete(_) => (EMPTY, vec![list]),
            Deed::Return => {
                let wip = keys.tally(Tally::Started, queue);
                (RETURN, vec![keys.intermediate(queue), list, keys.fixed(":queues"), wip])
            }
        };
        let of_each = batch.iter().flat_map(|job| {
            let id = job.id.as_bytes();
            match self {
                Deed::Requeue(_) => vec![keys.job(id), keys.dependents(id), keys.dependencies(id)],
                Deed::Delete(_) => vec![keys.job(id), keys.results(id), keys.dependents(id), keys.dependencies(id)],
                Deed::Return => vec![keys.job(id), keys.executions_of_job(id), keys.first_seen(queue, id)],
            }
        });
        let all: Vec<Vec<u8>> = fixed.into_iter().chain(of_each).collect();
        let mut command = redis::cmd("EVAL");
        command.arg(text).arg(all.len()).arg(all);
        if let Deed::Requeue(now) = self {
            command.arg(now);
        }
        for job in batch {
            command.arg(&job.id);
        }
        command
    }

    fn past(&self) -> &'static str {
        match self {
            Deed::Requeue(_) => "requeued",
            Deed::Delete(_) => "deleted",
            Deed::Return => "returned",
        }
    }

    fn conclude(self, jobs: &[JobAt], progress: Progress) -> Done {
        let Progress { mut done, stopped } = progress;
        if let Some((end, _)) = &stopped {
            done.end = *end;
            let rest = jobs.get(done.items.len()..).unwrap_or_default();
            done.items.extend(rest.iter().map(|job| item(&job.id, ItemEnd::Failed("not tried".to_owned()))));
        }
        let [past, gone, skipped, failed] = done.counts();
        if failed > 0 && done.end == End::Accepted {
            done.end = End::Failed;
        }
        let first = done.items.iter().find_map(|item| match &item.end {
            ItemEnd::Failed(why) => Some(why.clone()),
            _ => None,
        });
        let counts = [(past, self.past()), (gone, "gone before"), (skipped, "left alone"), (failed, "failed")];
        let mut told: Vec<String> =
            counts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
        if jobs.is_empty() {
            told.push("there was no job to act on".to_owned());
        }
        let mut reason = told.join(", ");
        if let Some(why) = stopped.map(|(_, why)| why).or(first) {
            reason = format!("{reason}: {why}");
        }
        done.reason = crate::base::Shown::from_remote(&reason).into_string();
        if let Deed::Delete(copies) = self {
            done.undo = copies.told();
        }
        done
    }
}

impl Progress {
    fn all_failed(&mut self, batch: &[JobAt], why: &str) {
        let failed = batch.iter().map(|job| item(&job.id, ItemEnd::Failed(why.to_owned())));
        self.done.items.extend(failed);
    }

    /// Takes in what a script said of each job. Where it could do nothing to any of them, another batch would fare alike.
    fn take(&mut self, batch: &[JobAt], words: &[Box<[u8]>], link: &Link) {
        let said = batch.iter().enumerate().map(|(at, job)| {
            let word = words.get(at).map(|word| String::from_utf8_lossy(word)).unwrap_or_default();
            let end = match word.split_once(' ').unwrap_or((&word, "")) {
                ("done", _) => ItemEnd::Done,
                ("gone", _) => ItemEnd::Gone,
                ("skipped", why) => ItemEnd::Skipped(why.to_owned()),
                ("failed", why) => ItemEnd::Failed(link.scripted(why).text),
                _ => ItemEnd::Failed("not known: the script did not tell of it".to_owned()),
            };
            item(&job.id, end)
        });
        let said: Vec<_> = said.collect();
        let whys = said.iter().map(|item| if let ItemEnd::Failed(why) = &item.end { Some(why) } else { None });
        let refusal = whys.collect::<Option<Vec<_>>>().and_then(|whys| whys.first().map(|why| (*why).clone()));
        self.stopped = refusal.map(|why| (End::Failed, why));
        self.done.items.extend(said);
    }
}

/// Waits until those that a worker just now took would have been started. An end where it was cancelled or the time does
/// not suffice.
pub(super) async fn stuck(jobs: &[JobAt], link: &mut Link, terms: &mut RqTerms<'_>) -> Result<(), Done> {
    if jobs.is_empty() {
        return Ok(());
    }
    if terms.timeout <= STUCK_FOR {
        let why = format!(
            "a job is stuck when no worker starts it within {} s: give the action a longer timeout",
            STUCK_FOR.as_secs()
        );
        return Err(Done::new(End::Failed, &why));
    }
    // a server that refuses is told at once
    link.ask_one(&[b"EXISTS", &Keys::new(PREFIX).fixed(":queues")]).await.map_err(|error| super::failed(&error))?;
    (terms.say)(&format!("watching for {} s whether a worker starts them after all", STUCK_FOR.as_secs()));
    let begin = link.elapsed();
    while link.elapsed().saturating_sub(begin) < STUCK_FOR {
        if (terms.cancelled)() {
            return Err(Done::new(End::Cancelled, "cancelled before anything was done"));
        }
        tokio::time::sleep(TICK).await;
    }
    Ok(())
}

/// A time as rq writes it.
pub(super) fn stamp(now: Now) -> String {
    now.wall.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_rq_does() {
        let at = |text: &str| stamp(Now::at(0.0, text.parse().unwrap()));
        assert_eq!(at("2026-11-22T02:24:51.818718Z"), "2026-11-22T02:24:51.818718Z");
        assert_eq!(at("2026-01-02T03:04:05Z"), "2026-01-02T03:04:05.000000Z");
    }
}
