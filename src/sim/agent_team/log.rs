//! The service's log: JSON lines as the runbook shows them, with a plain line between them now and then, as the deployed
//! server has it. The world says what is written, a task of the simulation writes it.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::time::MissedTickBehavior;

use super::world::World;
use crate::sim::stage::Stage;

/// Between two writes.
const TICK: Duration = Duration::from_secs(1);
/// Seconds between two workflows that are told.
const EVERY_S: u64 = 5;

impl World {
    /// What one second writes.
    pub(super) fn write_log(&mut self) {
        let (t, at, fault) = (self.seconds(), self.now_ms(), self.fault());
        if !t.is_multiple_of(EVERY_S) {
            return;
        }
        let mut say = |level: &str, msg: &str, duration: f64, status: &str| {
            let line = json!({ "level": level, "time": at, "msg": msg, "workflowId": format!("wf-{t}"),
                "duration": duration.round(), "status": status });
            self.log.push(line.to_string());
        };
        match fault {
            "hmac-failures" => say("error", "HMAC verification failed: unknown key id", 2.0, "DROPPED"),
            "pool-exhausted" => say("error", "Connection pool exhausted", 5000.0, "FAILED"),
            "rate-limit-warning" | "rate-limit-exceeded" => say("warn", "rate limit: request denied", 1.0, "DENIED"),
            "high-error-rate" | "ai-service-down" => say("error", "Workflow failed", 800.0, "FAILED"),
            "latency-critical" => say("info", "Workflow completed", 7200.0, "SUCCESS"),
            _ => say("info", "Workflow completed", 610.0, "SUCCESS"),
        }
        if t.is_multiple_of(60) {
            self.log.push("agent team is alive".to_owned());
        }
    }
}

/// Makes the file with what has been written so far.
pub(super) fn begin(stage: &Stage<World>, path: &Path) -> io::Result<File> {
    let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    append(stage, &mut file)?;
    Ok(file)
}

fn append(stage: &Stage<World>, file: &mut File) -> io::Result<()> {
    let mut text = String::new();
    for line in stage.with(|world| std::mem::take(&mut world.log)) {
        text.push_str(&line);
        text.push('\n');
    }
    file.write_all(text.as_bytes())
}

/// Writes what is said from now on, until the disk refuses it or the system ends.
pub(super) async fn follow(stage: Arc<Stage<World>>, mut file: File) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        if append(&stage, &mut file).is_err() {
            return;
        }
    }
}
