//! What the API tells of the world, as JSON in the documented shapes. Pure.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::super::world::World;
use super::super::world::rq::{QUEUE, queue_key, registry_key};
use super::super::world::wal::{Entry, Status};
use crate::sim::resp::Set;

/// `2026-11-22T02:24:51.818000+00:00`, as Python writes instants.
pub(super) fn python_time(ms: i64) -> String {
    let at = Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
    format!("{at:.6}").replace('Z', "+00:00")
}

/// Counts of the queue as a process on Redis sees them.
pub(super) struct Counts {
    pub(super) queued: usize,
    pub(super) started: usize,
    pub(super) failed: usize,
    pub(super) finished: usize,
    pub(super) workers: usize,
}

/// The counts; nothing while Redis is down.
pub(super) fn counts(world: &mut World) -> Option<Counts> {
    if !world.redis_is_up() {
        return None;
    }
    let workers = world.redis.store.peek::<Set>("rq:workers").ok().flatten().map_or(0, Set::len);
    let rq = world.rq();
    Some(Counts {
        queued: rq.llen(&queue_key()),
        started: rq.zcard(&registry_key("wip")),
        failed: rq.zcard(&registry_key("failed")),
        finished: rq.zcard(&registry_key("finished")),
        workers,
    })
}

/// How the Python client words a refused connection.
pub(super) fn redis_error(world: &World) -> String {
    format!("Error 111 connecting to 127.0.0.1:{}. Connection refused.", world.redis.facts.port)
}

pub(super) fn root() -> Value {
    json!({ "name": "Sabine Super Agent", "version": "1.0.0", "status": "running", "endpoints": {
        "health": "/health", "invoke": "/invoke", "wal": "/wal/stats", "queue": "/api/queue/health" } })
}

pub(super) fn health(world: &World) -> Value {
    json!({ "status": "healthy", "version": "1.0.0", "tools_loaded": 13,
        "database_connected": world.effects().supabase })
}

pub(super) fn wal_stats(world: &World) -> Value {
    let wal = &world.wal;
    json!({ "success": true,
        "stats": { "pending": wal.count(Status::Pending), "processing": wal.count(Status::Processing),
            "completed": wal.completed, "failed": wal.count(Status::Failed) },
        "description": { "pending": "Entries waiting to be processed", "processing": "Entries being processed",
            "completed": "Entries processed", "failed": "Entries that failed after all retries" } })
}

pub(super) fn wal_pending(world: &World, limit: usize) -> Value {
    let entry = |entry: &Entry| {
        json!({ "id": entry.id, "created_at": python_time(entry.created_ms), "status": "pending",
            "retry_count": entry.retries, "payload_preview": entry.preview })
    };
    entries(world.wal.oldest(Status::Pending, limit).map(entry))
}

pub(super) fn wal_failed(world: &World, limit: usize) -> Value {
    let entry = |entry: &Entry| {
        json!({ "id": entry.id, "created_at": python_time(entry.created_ms), "retry_count": entry.retries,
            "last_error": entry.last_error, "payload_preview": entry.preview })
    };
    entries(world.wal.oldest(Status::Failed, limit).map(entry))
}

fn entries(entries: impl Iterator<Item = Value>) -> Value {
    let entries: Vec<Value> = entries.collect();
    json!({ "success": true, "count": entries.len(), "entries": entries })
}

pub(super) fn queue_health(world: &mut World) -> Value {
    let counts = counts(world);
    let error = counts.is_none().then(|| redis_error(world));
    let ping = counts.as_ref().map(|_| 0.3 + (world.now_ms() % 7) as f64 / 10.0);
    let (queued, failed, workers) = counts.map_or((0, 0, 0), |c| (c.queued, c.failed, c.workers));
    json!({ "redis_connected": error.is_none(), "queue_name": QUEUE, "pending_jobs": queued, "failed_jobs": failed,
        "workers": workers, "redis_ping_ms": ping, "error": error })
}

pub(super) fn queue_stats(world: &mut World) -> Value {
    let counts = counts(world);
    let error = counts.is_none().then(|| redis_error(world));
    let c = counts.unwrap_or(Counts { queued: 0, started: 0, failed: 0, finished: 0, workers: 0 });
    json!({ "queue_name": QUEUE, "pending": c.queued, "started": c.started, "failed": c.failed,
        "completed": c.finished, "workers": c.workers, "error": error })
}

pub(super) fn cache_metrics(world: &World) -> Value {
    let (calls, hits) = (world.telemetry.calls, world.telemetry.hits);
    let percent = |part: u64| if calls == 0 { 0.0 } else { (part as f64 / calls as f64 * 1000.0).round() / 10.0 };
    json!({ "success": true, "metrics": { "total_calls": calls, "cache_hits": hits, "cache_misses": calls - hits,
        "hit_rate_percent": percent(hits), "total_input_tokens": calls * 3150, "cache_read_tokens": hits * 2710,
        "cache_creation_tokens": (calls - hits) * 2710, "token_savings_percent": percent(hits) * 0.774,
        "avg_latency_ms": 1840.0 + (world.now_ms() / 1000 % 90) as f64 } })
}

/// Without the database the code tells zeros, with status 200.
pub(super) fn prometheus(world: &World) -> String {
    let (up, t) = (world.effects().supabase, &world.telemetry);
    let shown = |n: u64| if up { n } else { 0 };
    let mut text = String::new();
    let mut metric = |name: &str, kind: &str, help: &str, samples: &[(&str, f64)]| {
        let lines = samples.iter().fold(String::new(), |all, (labels, n)| format!("{all}{name}{labels} {n}\n"));
        // writing to a String cannot fail
        let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{lines}");
    };
    metric(
        "dream_team_queue_depth",
        "gauge",
        "Tasks by status",
        &[
            ("{status=\"queued\"}", shown(t.tasks_queued) as f64),
            ("{status=\"in_progress\"}", shown(t.tasks_running) as f64),
        ],
    );
    metric("dream_team_blocked_tasks", "gauge", "Tasks blocked by failed dependencies", &[("", 0.0)]);
    metric("dream_team_stuck_tasks", "gauge", "Tasks past their time-out", &[("", 0.0)]);
    metric(
        "dream_team_stale_tasks",
        "gauge",
        "Tasks queued for long",
        &[("{threshold=\"1h\"}", 0.0), ("{threshold=\"24h\"}", 0.0)],
    );
    metric("dream_team_pending_retries", "gauge", "Tasks waiting for a retry", &[("", shown(t.failed_1h) as f64)]);
    if up && t.recorded_ms.is_some() {
        metric("dream_team_success_rate_1h", "gauge", "Share of tasks that succeeded", &[("", t.success_rate())]);
        metric("dream_team_completed_1h", "counter", "Tasks completed", &[("", t.done_1h() as f64)]);
        metric("dream_team_failed_1h", "counter", "Tasks failed", &[("", t.failed_1h as f64)]);
        metric(
            "dream_team_task_duration_ms",
            "gauge",
            "Task duration",
            &[("{quantile=\"avg\"}", 18_400.0), ("{quantile=\"p95\"}", 52_100.0)],
        );
    }
    text
}

pub(super) fn metrics_latest(world: &World) -> Value {
    let t = &world.telemetry;
    match t.recorded_ms.filter(|_| world.effects().supabase) {
        None => json!({ "success": true, "metrics": null, "message": "No metrics recorded yet" }),
        Some(at) => json!({ "success": true, "metrics": { "recorded_at": python_time(at),
            "total_queued": t.tasks_queued, "total_in_progress": t.tasks_running,
            "total_completed_1h": t.done_1h(), "total_failed_1h": t.failed_1h, "success_rate_1h": t.success_rate(),
            "avg_duration_ms": 18_400, "p95_duration_ms": 52_100, "blocked_count": 0, "stuck_count": 0 } }),
    }
}

pub(super) fn orchestration(world: &World) -> Value {
    let t = &world.telemetry;
    let at = python_time(world.now_ms());
    if !world.effects().supabase {
        return json!({ "success": true, "task_counts": {}, "unblocked_count": 0, "total_tasks": 0, "timestamp": at });
    }
    json!({ "success": true, "task_counts": { "queued": t.tasks_queued, "in_progress": t.tasks_running,
        "awaiting_approval": 0, "completed": t.tasks_done, "failed": t.tasks_failed, "cancelled_failed": 1,
        "cancelled_in_progress": 0, "cancelled_other": 3 }, "unblocked_count": t.tasks_queued,
        "total_tasks": t.tasks_queued + t.tasks_running + t.tasks_done + t.tasks_failed + 4, "timestamp": at })
}

pub(super) fn scheduler_status(world: &World) -> Value {
    json!({ "success": true, "running": true, "jobs": [{ "id": "morning_briefing", "name": "Daily Morning Briefing",
        "next_run": next_briefing(world.now_ms()), "trigger": "cron[hour='8', minute='0']" }] })
}

/// The next 08:00 in Chicago, with its offset.
fn next_briefing(now_ms: i64) -> Option<String> {
    let zone = TimeZone::get("America/Chicago").ok()?;
    let now = Timestamp::from_millisecond(now_ms).ok()?.to_zoned(zone.clone());
    let at_eight = |day: jiff::civil::Date| day.at(8, 0, 0, 0).to_zoned(zone.clone()).ok();
    let today = at_eight(now.date())?;
    let next = if today > now { today } else { at_eight(now.date().tomorrow().ok()?)? };
    Some(next.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
}

/// The worker's health: its status code and body.
pub(super) fn worker_health(world: &mut World) -> (u16, Value) {
    let uptime = world.worker_uptime_s().map(|secs| (secs * 10.0).round() / 10.0);
    let at = python_time(world.now_ms());
    if world.worker_is_starting() {
        let told = json!({ "status": "starting", "redis_connected": false, "uptime_seconds": uptime, "timestamp": at });
        return (200, told);
    }
    let rss = world.worker_rss_mb();
    let band = match rss {
        2048.0.. => "critical",
        1536.0.. => "warning",
        _ => "healthy",
    };
    let counts = counts(world);
    // a lost Redis hides everything else, the status code too
    let status = if counts.is_none() { "degraded" } else { band };
    let is_connected = counts.is_some();
    let c = counts.unwrap_or(Counts { queued: 0, started: 0, failed: 0, finished: 0, workers: 0 });
    let told = json!({ "status": status, "redis_connected": is_connected, "queue_depth": c.queued,
        "workers_active": c.workers, "last_job_processed": null, "uptime_seconds": uptime, "timestamp": at,
        "queue_started": c.started, "queue_failed": c.failed, "queue_completed": c.finished, "memory_rss_mb": rss,
        "memory_vms_mb": rss + 151.5, "memory_percent": (rss / 8.192).round() / 10.0, "memory_limit_mb": 2048,
        "memory_status": band });
    (if status == "critical" { 503 } else { 200 }, told)
}
