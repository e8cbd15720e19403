//! What a person sees after which polls: tables over one small system.

mod incident;

use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use jiff::Timestamp;

use crate::base::{Cause, ComponentId, Missing, Now, RuleId, State, Status, SystemName};
use crate::config::{System, SystemFile};
use crate::probe::assess::Observation;
use crate::probe::{Detail, Measured, ProbeError, ProbeReport};
use crate::rule::AlertState;
use crate::signal::{Freshness, Value};
use crate::watch::{APART, MANY, Watch};

const SYSTEM: &str = r#"
title = "Shop"
[var.pay_url]
[component.store]
probe.redis = { url = "redis://127.0.0.1/0" }
[component.api]
title = "API"
probe.http = { url = "http://127.0.0.1:1/health" }
[component.work]
title = "Worker"
probe.http = { url = "http://127.0.0.1:2/health" }
depends_on = ["store"]
[component.log]
probe.http = { url = "http://127.0.0.1:1/log" }
depends_on = ["api"]
signal.pending = "body.pending"
[component.pay]
probe.http = { url = "${pay_url}/x" }
signal.debt = "body.debt"
[component.extra]
probe.http = { url = "http://127.0.0.1:3/x" }
on_down = "info"
signal.size = "body.size"
[rule.backlog]
summary = "Backlog above 50"
when = "log.pending > 50"
for = "1m"
severity = "warning"
[rule.debt]
summary = "Debt"
when = "pay.debt > 0"
severity = "critical"
[rule.extra-size]
summary = "Extra is large"
when = "extra.size > 5"
lingers = true
severity = "warning"
"#;

struct Bench {
    watch: Watch,
    now: Now,
}

fn id(name: &str) -> ComponentId {
    ComponentId::new(name).unwrap()
}

impl Bench {
    fn new() -> Self {
        Self::over(SYSTEM, &IndexMap::from([(id("pay"), "pay_url".to_owned())]))
    }

    fn over(text: &str, unset: &IndexMap<ComponentId, String>) -> Self {
        let file: SystemFile = toml::from_str(text).unwrap();
        let system = System {
            name: SystemName::new("shop").unwrap(),
            origin: "test".into(),
            text: "".into(),
            file,
            runbooks: std::sync::Arc::default(),
        };
        let now = Now::at(1000.0, Timestamp::UNIX_EPOCH);
        Self { watch: Watch::new(Arc::new(system), unset, &[], now), now }
    }

    /// A bench on which everything answered once.
    fn healthy() -> Self {
        let mut bench = Self::new();
        for name in ["store", "api", "work"] {
            bench.up(name, &[]);
        }
        bench.up("log", &[("pending", 3)]);
        bench.up("extra", &[("size", 1)]);
        bench
    }

    fn wait(&mut self, secs: u64) {
        self.now = self.now.plus(Duration::from_secs(secs));
        self.watch.tick(self.now);
    }

    fn report(&mut self, name: &str, outcome: Result<Observation, ProbeError>) {
        let report = ProbeReport { component: id(name), at: self.now.mono, took: Duration::from_millis(3), outcome };
        self.watch.absorb(report, self.now);
    }

    fn up(&mut self, name: &str, signals: &[(&str, i64)]) {
        self.answer(name, State::Up, None, signals);
    }

    fn answer(&mut self, name: &str, state: State, reason: Option<ProbeError>, signals: &[(&str, i64)]) {
        let signals = signals
            .iter()
            .map(|(name, value)| Measured {
                name: name.parse().unwrap(),
                value: Ok(Value::Int(*value)),
                unit: None,
                course: Vec::new(),
            })
            .collect();
        let latency = Duration::from_millis(3);
        self.report(name, Ok(Observation { state, reason, signals, latency, detail: Detail::None }));
    }

    fn fail(&mut self, name: &str, cause: Cause) {
        self.report(name, Err(ProbeError::new(cause, format!("{cause} 127.0.0.1"))));
    }

    fn down(&mut self, name: &str) {
        self.fail(name, Cause::Refused);
        self.fail(name, Cause::Refused);
    }

    fn state(&self, name: &str) -> State {
        self.watch.components[name].state
    }

    fn status(&self) -> Status {
        self.watch.situation.status
    }

    fn causes(&self) -> Vec<(&str, usize)> {
        self.watch.situation.findings.iter().map(|f| (f.rule.as_str(), f.consequences.len())).collect()
    }
}

#[test]
fn nothing_is_ok_before_everything_was_asked() {
    let mut bench = Bench::new();
    assert_eq!((bench.status(), bench.watch.situation.starting), (Status::Unknown, true));
    for name in ["store", "api", "work"] {
        bench.up(name, &[]);
        assert_eq!(bench.status(), Status::Unknown, "after {name}");
    }
    bench.up("log", &[("pending", 3)]);
    bench.up("extra", &[("size", 1)]);
    assert_eq!((bench.status(), bench.watch.situation.starting), (Status::Ok, false));
    assert_eq!(bench.watch.log.len(), 0, "starting up replays nothing");
}

#[test]
fn a_variable_that_is_not_set_is_told_and_is_no_fault() {
    let bench = Bench::healthy();
    let debt = bench.watch.store.reading("pay", "debt", bench.now);
    assert_eq!(debt.missing, Some(Missing::NotConfigured { variable: "pay_url".into() }));
    assert_eq!(bench.status(), Status::Ok);
}

#[test]
fn one_failure_is_not_down_and_two_are() {
    let mut bench = Bench::healthy();
    bench.fail("api", Cause::Refused);
    assert_eq!((bench.state("api"), bench.status()), (State::Up, Status::Ok));
    bench.fail("api", Cause::Refused);
    assert_eq!((bench.state("api"), bench.status()), (State::Down, Status::Critical));
    assert_eq!(bench.watch.components["api"].failures, 2);
    bench.up("api", &[]);
    assert_eq!((bench.state("api"), bench.status()), (State::Up, Status::Ok));
}

#[test]
fn one_failure_takes_nothing_back_that_was_known() {
    let mut bench = Bench::healthy();
    let latency = |bench: &Bench| bench.watch.store.reading("api", "latency_ms", bench.now).number();
    bench.fail("api", Cause::Refused);
    assert_eq!(latency(&bench), Some(3.0));
    bench.fail("api", Cause::Refused);
    assert_eq!(latency(&bench), None);
}

#[test]
fn a_cause_is_as_bad_as_the_worst_that_follows_from_it() {
    const TEXT: &str = r#"
title = "Shop"
[severity.P1]
means = "critical"
respond = "1m"
[severity.P2]
means = "warning"
respond = "1h"
[component.store]
probe.redis = { url = "redis://127.0.0.1/0" }
on_down = "warning"
word = "P2"
[component.ready]
probe.http = { url = "http://127.0.0.1:1/ready" }
depends_on = ["store"]
word = "P1"
"#;
    let mut bench = Bench::over(TEXT, &IndexMap::new());
    bench.up("ready", &[]);
    bench.down("store");
    let worst = |bench: &Bench| {
        let worst = bench.watch.situation.worst().unwrap();
        (worst.rule.to_string(), worst.status, worst.word.clone().unwrap())
    };
    assert_eq!(worst(&bench), ("store-down".into(), Status::Warning, "P2".into()));
    bench.down("ready");
    assert_eq!(worst(&bench), ("store-down".into(), Status::Critical, "P1".into()), "it is answered within a minute");
    assert_eq!((bench.status(), bench.watch.situation.count(Status::Critical)), (Status::Critical, 1));
    bench.up("ready", &[]);
    assert_eq!(worst(&bench), ("store-down".into(), Status::Warning, "P2".into()));
}

#[test]
fn the_cause_is_counted_once_with_what_follows_from_it() {
    let mut bench = Bench::healthy();
    bench.down("api");
    bench.down("log");
    assert_eq!(bench.causes(), [("api-down", 1)], "log-down follows from api, and says enough of the backlog");
    assert_eq!(bench.watch.components["log"].explained_by, Some(id("api")));
    assert!(bench.watch.situation.findings[0].text.contains("refused 127.0.0.1"));
    // the consequence outlives its cause: it is a cause now
    bench.up("api", &[]);
    assert_eq!(bench.causes(), [("log-down", 0)]);
}

#[test]
fn what_a_component_said_before_it_went_down_is_stale_and_never_zero() {
    let mut bench = Bench::healthy();
    bench.down("log");
    let reading = bench.watch.store.reading("log", "pending", bench.now);
    assert_eq!((reading.freshness, reading.known()), (Freshness::Stale, None));
    assert_eq!(reading.last.unwrap().0, &Value::Int(3));
    assert!(matches!(bench.watch.alerts["backlog"].alert.state, AlertState::Unknown(_)));
}

#[test]
fn what_cannot_be_told_is_unknown_and_not_down() {
    for (cause, state, status) in [
        (Cause::Unauthorized, State::Unknown, Status::Unknown),
        (Cause::Malformed, State::Unknown, Status::Unknown),
        (Cause::TooLarge, State::Unknown, Status::Unknown),
        (Cause::TimedOut, State::Down, Status::Critical),
        (Cause::Dns, State::Down, Status::Critical),
        (Cause::Redirected, State::Down, Status::Critical),
        (Cause::Loading, State::Degraded, Status::Ok),
    ] {
        let mut bench = Bench::healthy();
        bench.fail("api", cause);
        bench.fail("api", cause);
        assert_eq!((bench.state("api"), bench.status()), (state, status), "{cause}");
    }
}

#[test]
fn what_cannot_be_read_is_one_cause_and_hides_no_failure() {
    let mut bench = Bench::healthy();
    for _ in 0..2 {
        bench.fail("api", Cause::Unauthorized);
        bench.fail("log", Cause::Unauthorized);
    }
    assert_eq!((bench.status(), bench.causes()), (Status::Unknown, vec![("api-down", 1)]), "log follows");
    assert_eq!(bench.watch.components["log"].explained_by, Some(id("api")));
    bench.down("log");
    assert_eq!(bench.causes(), [("log-down", 0), ("api-down", 0)], "a failure is never a consequence of not knowing");
}

#[test]
fn a_rule_fires_after_its_time_and_not_before() {
    let mut bench = Bench::healthy();
    let mut fired = None;
    for second in 0..90 {
        bench.wait(1);
        if second % 5 == 0 {
            bench.up("log", &[("pending", 51)]);
        }
        if second % 5 == 1 {
            for name in ["store", "api", "work"] {
                bench.up(name, &[]);
            }
            bench.up("extra", &[("size", 1)]);
        }
        if fired.is_none() && bench.watch.alerts["backlog"].alert.state == AlertState::Firing {
            fired = Some(second);
        }
    }
    assert!((59..=62).contains(&fired.unwrap()), "{fired:?}");
    assert_eq!((bench.status(), bench.causes()), (Status::Warning, vec![("backlog", 0)]));
}

#[test]
fn old_readings_make_the_whole_unknown() {
    let mut bench = Bench::healthy();
    bench.wait(14);
    assert_eq!(bench.status(), Status::Ok, "late is still believed");
    bench.wait(2);
    assert_eq!(bench.status(), Status::Unknown, "stale is not");
}

#[test]
fn what_may_be_off_is_off_in_silence() {
    let mut bench = Bench::healthy();
    bench.down("extra");
    assert_eq!((bench.state("extra"), bench.status()), (State::Down, Status::Ok));
}

#[test]
fn when_nothing_answers_there_is_one_cause() {
    let mut bench = Bench::healthy();
    for name in ["store", "api", "work", "log", "extra"] {
        bench.down(name);
    }
    assert_eq!(bench.status(), Status::Critical);
    assert_eq!(bench.watch.situation.findings.len(), 1, "{:?}", bench.causes());
    assert!(bench.watch.situation.findings[0].text.contains("own network?"));
}

#[test]
fn what_many_share_is_told_once() {
    let mut bench = Bench::healthy();
    bench.wait(60);
    let told = bench.causes();
    assert_eq!(told.len(), 1, "{told:?}");
    let stopped = &bench.watch.situation.findings[0];
    assert_eq!(stopped.text, "5 of 5 components are not asked any more: polling stopped?");
    assert_eq!(bench.now.mono.since(stopped.since.mono), Duration::from_secs(60), "since the newest answer");
    assert_eq!(bench.status(), Status::Unknown);

    let mut bench = Bench::healthy();
    for name in ["store", "api", "extra"] {
        bench.fail(name, Cause::Unauthorized);
        bench.fail(name, Cause::Unauthorized);
    }
    let told = bench.causes();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(bench.watch.situation.findings[0].text, "3 components cannot be told: unauthorized 127.0.0.1");
    bench.report("extra", Err(ProbeError::new(Cause::Unauthorized, "401 from 127.0.0.1:3")));
    assert_eq!(bench.watch.situation.findings[0].text, "3 components cannot be told: unauthorized");
}

#[test]
fn the_log_tells_each_change_once() {
    let mut bench = Bench::healthy();
    bench.down("work");
    bench.fail("work", Cause::Refused);
    bench.wait(5);
    bench.up("work", &[]);
    let lines: Vec<&str> = bench.watch.log.iter().map(|event| event.text.as_str()).collect();
    assert_eq!(lines, ["Worker down: refused 127.0.0.1", "Worker is up again (was down)"]);
}

#[test]
fn the_implied_rule_knows_its_component() {
    let bench = Bench::healthy();
    let rule = &bench.watch.alerts[&RuleId::new("api-down").unwrap()];
    assert_eq!(rule.implied, Some(id("api")));
    assert_eq!(rule.alert.state, AlertState::Inactive);
}

#[test]
fn a_fleet_is_judged_at_most_ten_times_a_second_and_owes_nothing_for_long() {
    let component =
        |n| format!("[component.c{n}]\nprobe.http = {{ url = \"http://127.0.0.1:9/{n}\" }}\ndown_after = 1\n");
    let components: Vec<String> = (0..MANY).map(component).collect();
    let mut bench = Bench::over(&format!("title = \"Fleet\"\n{}", components.concat()), &IndexMap::new());
    for n in 0..MANY {
        bench.up(&format!("c{n}"), &[]);
    }
    bench.wait(1);
    assert_eq!(bench.watch.situation.status, Status::Ok);
    let refused = || Err(ProbeError::new(Cause::Refused, "refused 127.0.0.1:9"));
    bench.now = bench.now.plus(APART);
    bench.report("c1", refused());
    bench.report("c2", refused());
    assert_eq!(bench.watch.situation.findings.len(), 1, "the second comes within a tenth of a second");
    assert_eq!(bench.watch.components[&id("c2")].state, State::Down, "what is known of itself is told at once");
    bench.now = bench.now.plus(APART);
    bench.up("c3", &[]);
    assert_eq!(bench.watch.situation.findings.len(), 2, "and is owed with the next report, whatever it brings");
    bench.report("c4", refused());
    bench.wait(1);
    assert_eq!(bench.watch.situation.findings.len(), 3, "or by the next second");
}
