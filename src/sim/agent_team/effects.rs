//! The faults, and what each does while it is on, as one table. What comes on suddenly (a closed port) and what people
//! repair is in the world itself.

use crate::sim::kind::Fault;

/// The faults, in the order of the runbook; thresholds are those of its table, warning before critical.
pub(super) const FAULTS: &[Fault] = &[
    Fault::new("none", "All is well"),
    Fault::new("error-rate-warning", "Error rate between 5 and 10 %").led_by("high-error-rate").passing(),
    Fault::new("high-error-rate", "1  Error rate above 10 %").led_by("high-error-rate").passing(),
    Fault::new("rate-limit-warning", "Between 10 and 50 rate limit denials a minute").led_by("rate-limit-exceeded"),
    Fault::new("rate-limit-exceeded", "2  More than 50 rate limit denials a minute").led_by("rate-limit-exceeded"),
    Fault::new("hmac-failures", "3  HMAC verification fails").led_by("hmac-signature-failures"),
    Fault::new("hmac-key-old", "3  The HMAC key is older than 90 days").led_by("hmac-key-rotation").passing(),
    Fault::new("hmac-old-key-removed", "3  The old HMAC key was removed within its grace of 24 hours")
        .led_by("hmac-signature-failures")
        .passing(),
    Fault::new("hmac-old-key-kept", "3  The old HMAC key is still there after its grace")
        .led_by("hmac-key-rotation")
        .passing(),
    Fault::new("database-down", "4  The service cannot reach its database").led_by("database-connection-issues"),
    Fault::new("pool-exhausted", "4  The connection pool is exhausted").led_by("database-connection-issues"),
    Fault::new("redis-down", "Redis refuses connections"),
    Fault::new("bus-fallback", "The message bus fell back to memory"),
    Fault::new("ai-service-down", "Every model fails: the circuit breaker opens").led_by("high-error-rate").passing(),
    Fault::new("model-fallback", "The primary model fails, the first fallback serves").led_by("high-error-rate"),
    Fault::new("quota-nearly-used", "The daily quota of the model is nearly used up").led_by("rate-limit-exceeded"),
    Fault::new("latency-warning", "P95 latency between 2 and 5 s").led_by("high-error-rate"),
    Fault::new("latency-critical", "P95 latency above 5 s").led_by("high-error-rate"),
    Fault::new("cpu-warning", "CPU between 70 and 85 %"),
    Fault::new("cpu-critical", "CPU above 85 %"),
    Fault::new("memory-warning", "Memory between 75 and 90 %"),
    Fault::new("memory-critical", "Memory above 90 %"),
    Fault::new("health-failing", "The liveness probe answers 503").led_by("high-error-rate"),
    Fault::new("api-down", "The service refuses connections").led_by("high-error-rate"),
    Fault::new("bad-canary", "The newest revision has 10 % of the traffic and fails").led_by("rollback-procedure"),
    Fault::new("backup-old", "The newest backup is three days old").led_by("backup-recovery").passing(),
];

/// The models, in the order of the fallback chain, with their limits of requests: a second, a day, at once.
pub(super) const MODELS: [(&str, f64, f64, f64); 3] = [
    ("gemini-2.5-pro", 3.0, 10_000.0, 5.0),
    ("gemini-1.5-pro", 5.0, 15_000.0, 10.0),
    ("gemini-1.5-flash", 10.0, 50_000.0, 20.0),
];

/// What lasts while a fault is on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Effects {
    /// Of tasks, in percent.
    pub(super) error_percent: f64,
    /// Of workflows.
    pub(super) p95_ms: f64,
    pub(super) cpu_percent: f64,
    pub(super) memory_percent: f64,
    pub(super) denied_per_min: f64,
    pub(super) is_alive: bool,
    pub(super) has_database: bool,
    pub(super) has_redis: bool,
    /// The first model of the chain that answers; none when all fail.
    pub(super) model: Option<usize>,
    /// Requests of the day so far, as a share of its limit, for the first model.
    pub(super) used_percent: f64,
}

const WELL: Effects = Effects {
    error_percent: 1.2,
    p95_ms: 940.0,
    cpu_percent: 42.0,
    memory_percent: 58.0,
    denied_per_min: 1.0,
    is_alive: true,
    has_database: true,
    has_redis: true,
    model: Some(0),
    used_percent: 31.0,
};

/// The effects of a fault.
pub(super) fn effects(fault: &str) -> Effects {
    match fault {
        "error-rate-warning" => Effects { error_percent: 7.0, ..WELL },
        "high-error-rate" => Effects { error_percent: 16.0, ..WELL },
        "rate-limit-warning" => Effects { denied_per_min: 24.0, ..WELL },
        "rate-limit-exceeded" => Effects { denied_per_min: 84.0, ..WELL },
        "database-down" => Effects { has_database: false, ..WELL },
        "redis-down" => Effects { has_redis: false, ..WELL },
        "ai-service-down" => Effects { model: None, error_percent: 88.0, ..WELL },
        "model-fallback" => Effects { model: Some(1), p95_ms: 1700.0, ..WELL },
        "quota-nearly-used" => Effects { used_percent: 94.0, ..WELL },
        "latency-warning" => Effects { p95_ms: 3200.0, ..WELL },
        "latency-critical" => Effects { p95_ms: 7400.0, ..WELL },
        "cpu-warning" => Effects { cpu_percent: 78.0, ..WELL },
        "cpu-critical" => Effects { cpu_percent: 93.0, ..WELL },
        "memory-warning" => Effects { memory_percent: 82.0, ..WELL },
        "memory-critical" => Effects { memory_percent: 95.0, ..WELL },
        "health-failing" => Effects { is_alive: false, ..WELL },
        "bad-canary" => Effects { error_percent: 6.5, ..WELL },
        _ => WELL,
    }
}
