//! A queue with its registries and failed jobs; a worker with the reason why it is said to live or not.

use crate::base::{ComponentId, Status};
use crate::probe::Detail;
use crate::probe::rq::{QueueFacts, RqSnapshot};
use crate::view::ctx::Ctx;
use crate::view::format::{count, span_of};
use crate::view::overlay::doc::Doc;
use crate::view::panel::worker_mark;

fn snapshot<'a>(ctx: &Ctx<'a>, id: &ComponentId) -> Option<&'a RqSnapshot> {
    match &ctx.watch.components.get(id)?.detail {
        Detail::Rq(snapshot) => Some(snapshot),
        _ => None,
    }
}

fn age(ctx: &Ctx<'_>, id: &ComponentId, doc: &mut Doc<'_>) {
    let (age, style) = ctx.component_age(id);
    doc.field("seen", age, style);
}

/// Fills the text of a queue; returns its title.
pub(super) fn queue(ctx: &Ctx<'_>, id: &ComponentId, name: &str, doc: &mut Doc<'_>) -> String {
    let title = format!("Queue {name}");
    let Some(rq) = snapshot(ctx, id) else {
        doc.text(ctx.why(id), ctx.theme.text);
        return title;
    };
    let Some(queue) = rq.queues.iter().find(|queue| queue.name.as_str() == name) else {
        doc.text("the queue is gone", ctx.theme.dim);
        return title;
    };
    age(ctx, id, doc);
    registries(ctx, queue, doc);
    let waiting = rq.scheduled.iter().filter(|job| job.queue.as_str() == name);
    let waiting: Vec<_> = waiting.take(10).collect();
    if !waiting.is_empty() {
        doc.heading("Scheduled next");
        for job in waiting {
            let left = span_of(job.at - ctx.now.wall.as_second() as f64);
            let when = if left == "?" { "overdue".to_owned() } else { format!("in {left}") };
            doc.field(&when, job.description.to_string(), ctx.theme.text);
        }
    }
    failed(ctx, rq, name, doc);
    limits(ctx, rq, doc);
    title
}

fn registries(ctx: &Ctx<'_>, queue: &QueueFacts, doc: &mut Doc<'_>) {
    let theme = ctx.theme;
    for (name, n) in [
        ("queued", queue.queued),
        ("started", queue.started),
        ("failed", queue.failed),
        ("deferred", queue.deferred),
        ("scheduled", queue.scheduled),
        ("finished", queue.finished),
        ("canceled", queue.canceled),
    ] {
        match n {
            Some(0) => doc.field(name, "0", theme.dim),
            Some(n) => doc.field(name, count(n), theme.strong),
            None => doc.field(name, format!("unknown{}", fault(queue, name)), theme.unknown),
        }
    }
    match queue.oldest_wait_s {
        Some(_) if queue.queued == Some(0) => doc.field("oldest waits", "nothing waits", theme.dim),
        Some(secs) => doc.field("oldest waits", span_of(secs), theme.text),
        None => doc.field("oldest waits", format!("unknown{}", fault(queue, "oldest_wait_s")), theme.unknown),
    }
    match queue.scheduler {
        Some(true) => doc.field("scheduler", "holds its lock", theme.text),
        Some(false) => doc.field("scheduler", "nobody holds its lock", theme.text),
        None => doc.field("scheduler", "unknown", theme.unknown),
    }
    for (name, n, meaning) in [
        ("abandoned", queue.abandoned, "started jobs whose worker died"),
        ("swallowed", queue.swallowed, "jobs that hang in the intermediate list"),
        ("overdue", queue.overdue, "scheduled jobs that should have been queued"),
    ] {
        match n {
            Some(0) => {}
            Some(n) => doc.field(name, format!("{}: {meaning}", count(n)), theme.warning),
            None => doc.field(name, format!("unknown{}", fault(queue, name)), theme.unknown),
        }
    }
    if !queue.swallowed_jobs.is_empty() {
        let ids: Vec<&str> = queue.swallowed_jobs.iter().take(10).map(crate::base::Shown::as_str).collect();
        doc.field("", ids.join(" "), theme.dim);
    }
}

/// Why a field could not be read: `: NOPERM …`.
fn fault(queue: &QueueFacts, field: &str) -> String {
    let fault = queue.faults.iter().find(|(name, _)| *name == field);
    fault.map(|(_, error)| format!(": {}", error.text)).unwrap_or_default()
}

fn failed(ctx: &Ctx<'_>, rq: &RqSnapshot, name: &str, doc: &mut Doc<'_>) {
    let theme = ctx.theme;
    let jobs: Vec<_> = rq.failed_jobs.iter().filter(|job| job.queue.as_str() == name).collect();
    if jobs.is_empty() {
        return;
    }
    doc.heading("Newest failed jobs");
    for job in jobs {
        let head = vec![
            (format!("{} ", theme.glyph(Status::Critical)), theme.critical),
            (job.description.to_string(), theme.strong),
        ];
        doc.pieces(2, head);
        doc.pieces(2, vec![(format!("  {}  ended {}", job.id, job.ended_at), theme.dim)]);
        for line in &job.exception {
            doc.pieces(4, vec![(format!("    {line}"), theme.text)]);
        }
    }
}

fn limits(ctx: &Ctx<'_>, rq: &RqSnapshot, doc: &mut Doc<'_>) {
    if rq.limits.is_empty() {
        return;
    }
    doc.heading("What could not be read");
    for limit in &rq.limits {
        doc.text(limit.as_str(), ctx.theme.dim);
    }
}

/// Fills the text of a worker; returns its title.
pub(super) fn worker(ctx: &Ctx<'_>, id: &ComponentId, name: &str, doc: &mut Doc<'_>) -> String {
    let theme = ctx.theme;
    let title = format!("Worker {name}");
    let Some(rq) = snapshot(ctx, id) else {
        doc.text(ctx.why(id), theme.text);
        return title;
    };
    let Some(worker) = rq.workers.iter().find(|worker| worker.name.as_str() == name) else {
        doc.text("the worker is gone", theme.dim);
        return title;
    };
    let (glyph, (word, style)) = worker_mark(ctx, worker.liveness);
    doc.field("is", format!("{glyph} {word}"), style);
    if !worker.why.is_empty() {
        doc.field("why", worker.why.clone(), theme.strong);
    }
    age(ctx, id, doc);
    doc.field("says", worker.state.to_string(), theme.text);
    if let Some(beat) = worker.heartbeat_age_s {
        doc.field("last beat", format!("{} ago", span_of(beat)), theme.text);
    }
    if let Some(job) = &worker.current_job {
        doc.field("runs job", job.to_string(), theme.text);
    }
    let queues: Vec<&str> = worker.queues.iter().map(crate::base::Shown::as_str).collect();
    doc.field("queues", queues.join(", "), theme.text);
    for (label, n) in [("finished", worker.successful), ("failed", worker.failed), ("pid", worker.pid)] {
        if let Some(n) = n {
            doc.field(label, n.to_string(), theme.text);
        }
    }
    doc.field("host", worker.host.to_string(), theme.text);
    doc.field("rq", worker.version.to_string(), theme.text);
    limits(ctx, rq, doc);
    title
}
