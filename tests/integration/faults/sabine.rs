//! The built-in system over stubs that speak as its runbook says, and a real Redis.

use super::look::Call;
use crate::support::http_stub::{Answer, Http};
use crate::support::redis_server::Redis;

/// Everything that the system polls; all well at the start.
pub(crate) struct Sabine {
    /// The API.
    pub(crate) api: Http,
    /// The worker's health server.
    pub(crate) worker: Http,
    /// Supabase by its REST interface.
    pub(crate) supabase: Http,
    /// Redis of the queue.
    pub(crate) redis: Redis,
}

impl Sabine {
    /// Starts all parts.
    pub(crate) fn start() -> Self {
        let stack = Self { api: Http::start(), worker: Http::start(), supabase: Http::start(), redis: Redis::start() };
        stack.api.otherwise(Answer::json(404, r#"{"detail":"Not Found"}"#));
        for (path, body) in [
            ("/health", r#"{"status":"healthy","version":"1.0.0","tools_loaded":13,"database_connected":true}"#),
            ("/wal/stats", r#"{"success":true,"stats":{"pending":3,"processing":0,"completed":9,"failed":0}}"#),
            ("/wal/pending", r#"{"success":true,"count":0,"entries":[]}"#),
            ("/wal/failed", r#"{"success":true,"count":0,"entries":[]}"#),
            ("/e2b/test", r#"{"success":true,"output":"hello"}"#),
            ("/cache/metrics", r#"{"success":true,"metrics":{"total_calls":7,"hit_rate_percent":61.5}}"#),
            ("/scheduler/status", r#"{"success":true,"running":true,"jobs":[]}"#),
            ("/orchestration/status", r#"{"success":true,"task_counts":{"queued":1,"in_progress":0,"failed":0}}"#),
            ("/metrics/latest", r#"{"success":true,"metrics":{"recorded_at":"2026-11-22T02:50:00+00:00"}}"#),
        ] {
            stack.api.on(path, Answer::json(200, body));
        }
        stack.api.on("/metrics/prometheus", Answer::text(200, "dream_team_queue_depth{status=\"queued\"} 4\n"));
        stack.supabase.otherwise(Answer::json(200, "{}"));
        stack.worker_says(200, "healthy", 612.5);
        stack
    }

    /// What the worker says of itself from now on.
    pub(crate) fn worker_says(&self, code: u16, status: &str, rss_mb: f64) {
        let memory = if rss_mb >= 2048.0 {
            "critical"
        } else if rss_mb >= 1536.0 {
            "warning"
        } else {
            "healthy"
        };
        let body = format!(
            r#"{{"status":"{status}","redis_connected":true,"queue_depth":5,"workers_active":1,"uptime_seconds":4.9,
                "queue_started":0,"queue_failed":2,"queue_completed":0,"memory_rss_mb":{rss_mb},"memory_percent":0.2,
                "memory_limit_mb":2048,"memory_status":"{memory}"}}"#
        );
        self.worker.on("/health", Answer::json(code, &body));
    }

    /// The variables, by their names in the environment.
    pub(crate) fn env(&self) -> Vec<(&'static str, String)> {
        vec![
            ("PYTHON_API_URL", self.api.url("")),
            ("WORKER_HEALTH_URL", self.worker.url("")),
            ("REDIS_URL", self.redis.url()),
            ("SUPABASE_URL", self.supabase.url("")),
            ("AGENT_API_KEY", "canary-agent-key".to_owned()),
            ("SUPABASE_SERVICE_ROLE_KEY", "canary-supabase-key".to_owned()),
        ]
    }

    /// `midwatch check --system sabine` over it.
    pub(crate) fn call(&self) -> Call {
        self.env().iter().fold(Call::system("sabine"), |call, (name, value)| call.env(name, value))
    }
}
