//! Carries requests out: one, or one for each item, one after the other. No redirect is followed, nothing is sent twice,
//! and what was sent without an answer is told as unknown, never as failed.
//!
//! Somebody who cancels is heard between two requests: one that is under way is waited for, at most its time-out.

mod verdict;

use std::time::Duration;

use tokio::sync::watch;

use crate::action::{Done, End, HttpCall, Item, ItemEnd, Method, Stream};
use crate::base::{Redactor, Shown};
use crate::probe::http::send::{Order, Sender};
use crate::runtime::run::output::{Output, Say};
use verdict::Verdict;

/// How requests are carried out.
pub struct HttpTerms<'a> {
    /// The run's id: the idempotency key of its requests.
    pub run: &'a str,
    /// Longest time of each request.
    pub timeout: Duration,
    /// Becomes true when somebody asks for the end.
    pub cancelled: watch::Receiver<bool>,
    /// Keeps what is told of each request.
    pub output: &'a mut Output,
    /// Takes it, line by line.
    pub say: &'a mut Say<'a>,
}

/// Sends the requests of a call.
pub async fn run(calls: &[HttpCall], terms: HttpTerms<'_>) -> Done {
    let redactor = terms.output.redactor().clone();
    let mut sender = match Sender::new(orders(calls, terms.run), terms.timeout) {
        Ok(sender) => sender,
        Err(error) => return Done::new(End::Failed, &redactor.redact(&format!("not sent: {error}"))),
    };
    let mut tally = Tally { redactor: redactor.clone(), ..Tally::default() };
    for (at, call) in calls.iter().enumerate() {
        if tally.halted.is_none() && *terms.cancelled.borrow() {
            tally.halted = Some("cancelled before it was sent");
        }
        let verdict = match tally.halted {
            Some(_) => None,
            None => Some(verdict::of(sender.send(at).await, call, &redactor)),
        };
        let line = tally.take(call, verdict);
        terms.output.line(Stream::Own, &line, terms.say);
    }
    terms.output.finish(terms.say);
    tally.done()
}

fn orders<'a>(calls: &'a [HttpCall], run: &'a str) -> impl Iterator<Item = Order<'a>> {
    calls.iter().enumerate().map(move |(at, call)| Order {
        method: match call.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Patch => reqwest::Method::PATCH,
            Method::Delete => reqwest::Method::DELETE,
        },
        url: &call.url,
        headers: &call.headers,
        body: call.body.as_ref(),
        key: if calls.len() == 1 { run.to_owned() } else { format!("{run}-{}", at + 1) },
    })
}

/// What came of all requests so far; without secrets.
#[derive(Default)]
struct Tally {
    redactor: Redactor,
    count: usize,
    accepted: usize,
    items: Vec<Item>,
    status: Option<u16>,
    /// Every answer that was asked for a proof gave it.
    proved: Option<bool>,
    /// What the first answer said that was asked for a proof and gave none.
    unproved: Option<String>,
    /// The worst end, the first request that had it, and its reason.
    worst: Option<(End, String, String)>,
    /// Why nothing more is sent.
    halted: Option<&'static str>,
}

impl Tally {
    /// Takes what came of a request, nothing where it was not sent any more; returns the line that tells it.
    fn take(&mut self, call: &HttpCall, verdict: Option<Verdict>) -> String {
        self.count += 1;
        if call.proof.is_some() {
            let gave = verdict.as_ref().is_some_and(|verdict| verdict.proved);
            self.proved = Some(gave && self.proved.unwrap_or(true));
            let reason = verdict.as_ref().filter(|_| !gave).map(|verdict| verdict.reason.clone());
            self.unproved = self.unproved.take().or(reason);
        }
        let item = call.item.as_ref().map(|id| self.redactor.redact(id));
        let name = item.clone().unwrap_or_else(|| format!("{} {}", call.method, call.url));
        let (end, words) = if let Some(verdict) = verdict {
            self.judge(&name, verdict)
        } else {
            let why = self.halted.unwrap_or_default().to_owned();
            (ItemEnd::Skipped(why.clone()), why)
        };
        if let Some(id) = item {
            self.items.push(Item { id: Shown::from_remote(&id).into_string(), end });
        }
        format!("{name}: {words}")
    }

    fn judge(&mut self, name: &str, verdict: Verdict) -> (ItemEnd, String) {
        self.status = verdict.status.or(self.status);
        self.halted = self.halted.or(verdict.halts);
        if verdict.end == End::Accepted {
            self.accepted += 1;
            return (ItemEnd::Done, verdict.reason);
        }
        // that something may have happened is worse than that it did not
        let worse = |(worst, ..): &(End, String, String)| *worst != End::Unknown && verdict.end == End::Unknown;
        if self.worst.as_ref().is_none_or(worse) {
            self.worst = Some((verdict.end, name.to_owned(), verdict.reason.clone()));
        }
        (ItemEnd::Failed(Shown::from_remote(&verdict.reason).into_string()), verdict.reason)
    }

    fn done(self) -> Done {
        let all = format!("{} of {} accepted", self.accepted, self.count);
        let (end, reason) = match (self.worst, self.halted) {
            (Some((end, _, reason)), _) if self.count == 1 => (end, reason),
            (Some((end, name, reason)), _) => (end, format!("{all}; {name}: {reason}")),
            (None, Some(why)) if self.count == 1 => (End::Cancelled, why.to_owned()),
            (None, Some(_)) => (End::Cancelled, format!("cancelled: {all}")),
            (None, None) if self.count == 0 => (End::Failed, "there was nothing to send".to_owned()),
            (None, None) => (End::Accepted, self.unproved.unwrap_or_default()),
        };
        Done { http_status: self.status, proved: self.proved, items: self.items, ..Done::new(end, &reason) }
    }
}
