//! What `/metrics` tells. The first four are the deployed server's; the others are the names that the runbook writes,
//! as Prometheus spells them, and what its alert table needs besides. Pure.

use std::fmt::Write as _;

use super::effects::MODELS;
use super::world::{Breaker, World};

const MIB: f64 = 1024.0 * 1024.0;
/// What the container may use.
const LIMIT_MIB: f64 = 2048.0;

/// The page.
pub(super) fn metrics(world: &World) -> String {
    let effects = world.effects();
    let rss = LIMIT_MIB * MIB * effects.memory_percent / 100.0;
    let mut page = String::new();
    let mut one = |name: &str, kind: &str, samples: &[(String, f64)]| {
        let _ = writeln!(page, "# TYPE {name} {kind}");
        for (labels, value) in samples {
            let _ = writeln!(page, "{name}{labels} {value:.3}");
        }
    };
    let bare = |value: f64| [(String::new(), value)];
    one("agent_team_uptime_seconds", "gauge", &bare(world.uptime_s()));
    one("agent_team_memory_heap_used_bytes", "gauge", &bare(rss * 0.6));
    one("agent_team_memory_heap_total_bytes", "gauge", &bare(rss * 0.8));
    one("agent_team_memory_rss_bytes", "gauge", &bare(rss));
    one("agent_team_memory_limit_bytes", "gauge", &bare(LIMIT_MIB * MIB));
    one("agent_team_cpu_percent", "gauge", &bare(effects.cpu_percent));
    let task = |value: f64| [("{task=\"generate\"}".to_owned(), value.floor())];
    one("task_success", "counter", &task(world.succeeded));
    one("task_failure", "counter", &task(world.failed));
    let execution =
        [("{quantile=\"0.5\"}".to_owned(), effects.p95_ms * 0.4), ("{quantile=\"0.95\"}".to_owned(), effects.p95_ms)];
    one("workflow_execution_ms", "summary", &execution);
    one("ai_rate_limit_denied", "counter", &bare(world.denied.floor()));
    let by_model = |value: &dyn Fn(usize) -> f64| -> Vec<(String, f64)> {
        MODELS.iter().enumerate().map(|(at, model)| (format!("{{model=\"{}\"}}", model.0), value(at))).collect()
    };
    let usage = world.usage();
    one("ai_requests_per_second", "gauge", &by_model(&|at| usage[at].0));
    one("ai_requests_today", "gauge", &by_model(&|at| usage[at].1));
    let state = match world.breaker {
        Breaker::Closed(_) => 0.0,
        Breaker::HalfOpen(_) => 1.0,
        Breaker::Open(_) => 2.0,
    };
    one("circuit_breaker_state", "gauge", &[("{service=\"ai_service\"}".to_owned(), state)]);
    page
}
