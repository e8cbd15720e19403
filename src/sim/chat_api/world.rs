//! The simulated Chat API as a pure state machine: the service, its deploys and variables on Render. No sockets, no clock.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::fault::Fault;
use super::traffic::Traffic;
use crate::sim::door::Way;

/// After a pause (a suspended laptop) no more than so many seconds are played.
const MOST_CAUGHT_UP_S: u64 = 7200;
/// Seconds that Render builds, shortened.
const BUILD_S: u64 = 8;
/// Seconds that a restarted instance is away.
const RESTART_S: u64 = 2;
/// The model that the code names.
pub(super) const MODEL: &str = "claude-sonnet-4-20250514";
/// The users that are known by name: those that use it most.
pub(super) const USERS: [&str; 3] = ["user_2r7Qk", "user_2pX0d", "user_2s91c"];
/// The variables that may be asked for and set.
const NAMES: [&str; 2] = ["DEFAULT_MODEL", "FUNCTION_TIMEOUT_SECONDS"];

/// One deploy.
#[derive(Debug, Clone)]
pub(super) struct Deploy {
    pub(super) id: String,
    pub(super) commit: &'static str,
    pub(super) message: &'static str,
    pub(super) status: &'static str,
    pub(super) trigger: &'static str,
    pub(super) created: Timestamp,
    /// The second at which it is built.
    done: Option<u64>,
}

/// What waits for a time.
#[derive(Debug)]
struct Restart(u64);

/// The whole simulated system.
#[derive(Debug)]
pub(super) struct World {
    start: Timestamp,
    t: u64,
    fault: Fault,
    seed: u64,
    restart: Option<Restart>,
    traffic: Traffic,
    /// Newest first.
    pub(super) deploys: Vec<Deploy>,
    environment: BTreeMap<&'static str, String>,
    /// The model with which the running instance started.
    model: String,
    /// Users with a tier of their own.
    pub(super) tiers: BTreeMap<String, String>,
    /// Somebody pulled the kill switch.
    is_switched_off: bool,
}

impl World {
    /// A healthy world that begins at a wall time.
    pub(super) fn new(start: Timestamp, seed: u64) -> Self {
        let mut world = Self {
            start,
            t: 0,
            fault: Fault::None,
            seed,
            restart: None,
            traffic: Traffic::new(seconds(start)),
            deploys: Vec::new(),
            environment: NAMES.into_iter().zip([MODEL.to_owned(), "60.0".to_owned()]).collect(),
            model: MODEL.to_owned(),
            tiers: [(USERS[0], "unlimited"), (USERS[1], "paid")].map(|(user, tier)| (user.into(), tier.into())).into(),
            is_switched_off: false,
        };
        let days = |days: i64| start.checked_sub(SignedDuration::from_hours(24 * days)).unwrap_or(start);
        for (age, commit, message) in [
            (9, "6f1d2c8", "Shorter history for free users"),
            (3, "a94b0e7", "Calendar functions retry once"),
            (1, "c3e58f1", "Voice responses behind a flag"),
        ] {
            world.deploys.iter_mut().for_each(|deploy| deploy.status = "deactivated");
            world.begin_deploy(commit, message, "new_commit", days(age), Some(0));
        }
        world.finish_deploys();
        world
    }

    fn begin_deploy(
        &mut self,
        commit: &'static str,
        message: &'static str,
        trigger: &'static str,
        created: Timestamp,
        done: Option<u64>,
    ) {
        let id = format!("dep-{:08x}{:04x}", self.seed.wrapping_mul(0x9e37_79b9) & 0xffff_ffff, self.deploys.len());
        self.deploys.insert(0, Deploy { id, commit, message, status: "build_in_progress", trigger, created, done });
    }

    /// Plays the world up to so long after its start.
    pub(super) fn advance(&mut self, to: Duration) {
        let target = to.as_secs();
        self.t = self.t.max(target.saturating_sub(MOST_CAUGHT_UP_S));
        while self.t < target {
            self.t += 1;
            if self.restart.as_ref().is_some_and(|Restart(at)| self.t >= *at) {
                self.restart = None;
                self.begin_process();
            }
            self.finish_deploys();
            if self.is_up() {
                self.traffic.step(self.fault);
            }
        }
    }

    /// Of the deploys whose time has come the newest goes live; the others, and the one before, go.
    fn finish_deploys(&mut self) {
        let t = self.t;
        let is_due = |deploy: &Deploy| deploy.done.is_some_and(|done| t >= done);
        let Some(at) = self.deploys.iter().position(is_due) else { return };
        for deploy in self.deploys.iter_mut().filter(|deploy| deploy.status == "live" || is_due(deploy)) {
            deploy.done = None;
            deploy.status = "deactivated";
        }
        self.deploys[at].status = "live";
        let is_old_build = self.deploys[at].trigger == "rollback";
        self.begin_process();
        self.ends(&[Fault::ApiDown, Fault::PoolExhausted, Fault::DeployFailed]);
        if is_old_build {
            self.ends(&[Fault::BadDeploy]);
        }
        if self.model != MODEL {
            self.ends(&[Fault::HighLatency, Fault::SlowMessages]);
        }
    }

    fn begin_process(&mut self) {
        self.traffic = Traffic::new(seconds(self.now()));
        self.model = self.environment.get("DEFAULT_MODEL").cloned().unwrap_or_default();
        self.ends(&[Fault::SseWarning, Fault::SseCritical]);
    }

    fn ends(&mut self, faults: &[Fault]) {
        if faults.contains(&self.fault) {
            self.fault = Fault::None;
        }
    }

    fn now(&self) -> Timestamp {
        let played = SignedDuration::try_from(Duration::from_secs(self.t)).unwrap_or_default();
        self.start.checked_add(played).unwrap_or(self.start)
    }

    fn is_up(&self) -> bool {
        self.fault != Fault::ApiDown && self.restart.is_none()
    }

    /// The fault that is on.
    pub(super) fn fault(&self) -> Fault {
        self.fault
    }

    /// Puts a fault on in place of the one before; [`Fault::None`] only heals.
    pub(super) fn set_fault(&mut self, fault: Fault) {
        if fault == self.fault {
            return;
        }
        if self.fault == Fault::ApiDown {
            self.begin_process();
        }
        self.fault = fault;
        match fault {
            Fault::BadDeploy => {
                self.begin_deploy("d07a91b", "New system prompt", "new_commit", self.now(), Some(self.t));
                self.finish_deploys();
            }
            Fault::DeployFailed => {
                self.begin_deploy("e11c4d2", "Upgrade of the framework", "new_commit", self.now(), None);
                self.deploys[0].status = "build_failed";
            }
            _ => {}
        }
    }

    /// Builds the newest commit again.
    pub(super) fn redeploy(&mut self) -> &Deploy {
        let (commit, message) = self.deploys.first().map_or(("", ""), |deploy| (deploy.commit, deploy.message));
        self.begin_deploy(commit, message, "api", self.now(), Some(self.t + BUILD_S));
        &self.deploys[0]
    }

    /// Puts the build of a deploy live again; nothing where there is none.
    pub(super) fn rollback(&mut self, id: &str) -> Option<&Deploy> {
        let target = self.deploys.iter().find(|deploy| deploy.id == id)?;
        let (commit, message) = (target.commit, target.message);
        self.begin_deploy(commit, message, "rollback", self.now(), Some(self.t + BUILD_S));
        self.deploys.first()
    }

    /// Replaces the running instance.
    pub(super) fn restart(&mut self) {
        self.ends(&[Fault::ApiDown, Fault::PoolExhausted]);
        self.restart = Some(Restart(self.t + RESTART_S));
    }

    /// A variable of the service.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str)
    }

    /// Sets it; false where there is none of this name.
    pub(super) fn set_variable(&mut self, name: &str, value: String) -> bool {
        self.environment.get_mut(name).map(|held| *held = value).is_some()
    }

    /// False while the kill switch is on.
    pub(super) fn is_chat_on(&self) -> bool {
        !self.is_switched_off && self.fault != Fault::ChatDisabled
    }

    /// Pulls the kill switch, or lets it go.
    pub(super) fn switch_chat(&mut self, on: bool) {
        self.is_switched_off = !on;
        if on {
            self.ends(&[Fault::ChatDisabled]);
        }
    }

    /// The page of metrics.
    pub(super) fn page(&self) -> String {
        self.traffic.page(self.fault.streams(), &self.model)
    }

    /// How the service's port behaves.
    pub(super) fn api_way(&self) -> Way {
        if self.is_up() { Way::Open } else { Way::Shut }
    }

    /// How the database's port behaves.
    pub(super) fn database_way(&self) -> Way {
        if self.fault == Fault::SupabaseDown { Way::Shut } else { Way::Open }
    }

    /// How mapper-api's port behaves.
    pub(super) fn mapper_way(&self) -> Way {
        if self.fault == Fault::MapperDown { Way::Shut } else { Way::Open }
    }

    /// How calendar-api's port behaves.
    pub(super) fn calendar_way(&self) -> Way {
        if self.fault == Fault::CalendarDown { Way::Shut } else { Way::Open }
    }

    /// How workout-ingestor-api's port behaves.
    pub(super) fn ingestor_way(&self) -> Way {
        if self.fault == Fault::IngestorDown { Way::Shut } else { Way::Open }
    }
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are exact in a double")]
fn seconds(at: Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1000.0
}
