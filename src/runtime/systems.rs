//! A system made ready to be watched: its variables filled in, what cannot be polled named.
//!
//! It reads no environment and no file itself: the command line hands in what it found.

use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;

use crate::base::{Cause, ComponentId, Now, Redactor, Variables};
use crate::config::System;
use crate::probe::rhythm::Rhythm;
use crate::probe::{ComponentSpec, ProbeError, Prober};
use crate::watch::Watch;

/// A system with the values of its variables.
#[derive(Clone, Debug)]
pub struct PreparedSystem {
    /// What is watched, no component of it faster than `floor`.
    pub system: Arc<System>,
    /// The same at the pace of its own file.
    pub at_own_pace: Arc<System>,
    /// The values; what is not in it is not set.
    pub variables: Variables,
    /// Takes its secrets out of texts.
    pub redactor: Redactor,
    /// Components that lack a variable, and which one: no fault, nothing is asked.
    pub not_configured: IndexMap<ComponentId, String>,
    /// Components that are not looked at by choice.
    pub skipped: Vec<ComponentId>,
    /// Why nothing that it names may be run, neither by an action nor by a probe: others can write its file.
    pub distrust: Option<String>,
    /// The user wants nothing to be polled more often than this, not even the second look after a failure.
    pub floor: Duration,
}

impl PreparedSystem {
    /// Makes a system ready. `skip_slow` leaves out what has a price to poll.
    ///
    /// What of a component or a job differs by a variable is settled here, where the values are known.
    pub fn new(mut system: Arc<System>, variables: Variables, skip_slow: bool) -> Self {
        let chooses = system.job.values().any(|job| job.choose.is_some())
            || system.component.values().any(|component| component.choose.is_some());
        if chooses {
            let file = &mut Arc::make_mut(&mut system).file;
            for job in file.job.values_mut() {
                *job = job.for_variant(&variables);
            }
            for component in file.component.values_mut() {
                *component = component.for_variant(&variables);
            }
        }
        let unset = |spec: &ComponentSpec| {
            let templates = spec.probe.templates();
            templates
                .iter()
                .flat_map(|t| t.variables())
                .find(|name| !variables.0.contains_key(*name))
                .map(str::to_owned)
        };
        let not_configured: IndexMap<ComponentId, String> =
            system.component.iter().filter_map(|(id, spec)| Some((id.clone(), unset(spec)?))).collect();
        let slow = |(id, spec): (&ComponentId, &ComponentSpec)| (skip_slow && spec.is_slow()).then(|| id.clone());
        let skipped = system.component.iter().filter_map(slow).collect();
        let redactor = variables.redactor();
        let at_own_pace = Arc::clone(&system);
        Self {
            system,
            at_own_pace,
            variables,
            redactor,
            not_configured,
            skipped,
            distrust: None,
            floor: Duration::ZERO,
        }
    }

    /// The same system of which only these components are looked at, and none whose poll has a price where `skip_slow`.
    #[must_use]
    pub fn only(&self, wanted: &[ComponentId], skip_slow: bool) -> Self {
        let left_out = |(id, spec): (&ComponentId, &ComponentSpec)| {
            (!wanted.contains(id) || (skip_slow && spec.is_slow())).then(|| id.clone())
        };
        Self { skipped: self.system.component.iter().filter_map(left_out).collect(), ..self.clone() }
    }

    /// The same system with no component polled more often than this.
    #[must_use]
    pub fn no_faster_than(mut self, floor: Duration) -> Self {
        self.system = Arc::clone(&self.at_own_pace);
        if self.system.component.values().any(|spec| spec.every.0 < floor) {
            for spec in Arc::make_mut(&mut self.system).file.component.values_mut() {
                spec.every.0 = spec.every.0.max(floor);
            }
        }
        Self { floor, ..self }
    }

    /// When a component of it is polled.
    pub fn rhythm(&self, id: &ComponentId, spec: &ComponentSpec) -> Rhythm {
        Rhythm::new(id, spec.every.0, spec.down_after()).no_faster_than(self.floor)
    }

    /// True when at least one component can be asked.
    pub fn is_configured(&self) -> bool {
        self.not_configured.len() < self.system.component.len()
    }

    /// Starts its evaluation.
    pub fn watch(&self, now: Now) -> Watch {
        Watch::new(Arc::clone(&self.system), &self.not_configured, &self.skipped, now)
    }

    /// The poller of a component. The error is the name of a variable that is not set.
    pub fn prober(&self, spec: &ComponentSpec) -> Result<Prober, String> {
        if let Some(why) = self.distrust.as_ref().filter(|_| spec.probe.runs_a_program()) {
            let error = ProbeError::new(Cause::NotStarted, why.clone());
            return Ok(Prober::refused(error, &self.redactor));
        }
        Prober::new(&spec.probe, spec.timeout.0, &self.variables, &self.redactor)
    }

    /// One poller for every component that is configured and looked at, in the order of the file.
    pub fn probers(&self) -> Vec<(ComponentId, Prober)> {
        let wanted = |id: &&ComponentId| !self.not_configured.contains_key(*id) && !self.skipped.contains(id);
        self.system
            .component
            .keys()
            .filter(wanted)
            .filter_map(|id| {
                let spec = self.system.component.get(id)?;
                Some((id.clone(), self.prober(spec).ok()?))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::base::SystemName;
    use crate::base::template::Variable;

    const FILE: &str = r#"
        title = "Shop"
        [var.url]
        [var.key]
        [component.api]
        probe.http = { url = "${url}/health" }
        [component.pay]
        probe.http = { url = "${url}/pay", headers = { X-Key = "${key}" } }
        [component.probe]
        probe.tcp = { address = "127.0.0.1:1" }
        every = "15m"
    "#;

    fn prepared(names: &[&str], skip_slow: bool) -> PreparedSystem {
        let file = toml::from_str(FILE).unwrap();
        let system = System {
            name: SystemName::new("shop").unwrap(),
            origin: "test".into(),
            text: "".into(),
            file,
            runbooks: std::sync::Arc::default(),
        };
        let values: HashMap<String, Variable> =
            names.iter().map(|n| ((*n).to_owned(), Variable::Plain("http://127.0.0.1:9".into()))).collect();
        PreparedSystem::new(Arc::new(system), Variables(values), skip_slow)
    }

    #[test]
    fn what_lacks_a_variable_is_named_with_it_and_has_no_poller() {
        for (set, lacking, polled) in [
            (&["url", "key"][..], vec![], vec!["api", "pay", "probe"]),
            (&["url"][..], vec![("pay", "key")], vec!["api", "probe"]),
            (&[][..], vec![("api", "url"), ("pay", "url")], vec!["probe"]),
        ] {
            let ready = prepared(set, false);
            let told: Vec<_> = ready.not_configured.iter().map(|(id, var)| (id.as_str(), var.as_str())).collect();
            assert_eq!(told, lacking);
            assert_eq!(ready.probers().iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), polled);
            assert!(ready.is_configured());
        }
    }

    #[test]
    fn a_variant_is_polled_another_way_and_judged_as_before() {
        let text = r#"
            title = "Shop"
            [var.dialect]
            one_of = ["old", "new"]
            [component.ready]
            probe.http = { url = "http://127.0.0.1:9/health/ready" }
            healthy = "status == 200"
            degraded = "status == 418"
            choose = "dialect"
            variant.new = { probe.http = { url = "http://127.0.0.1:9/ready" }, degraded = "status == 429" }
        "#;
        let ready = |dialect: &str| {
            let file = toml::from_str(text).unwrap();
            let system = System {
                name: SystemName::new("shop").unwrap(),
                origin: "test".into(),
                text: "".into(),
                file,
                runbooks: std::sync::Arc::default(),
            };
            let set = HashMap::from([("dialect".to_owned(), Variable::Plain(dialect.into()))]);
            let ready = PreparedSystem::new(Arc::new(system), Variables(set), false);
            let spec = &ready.system.component["ready"];
            let judged = [&spec.healthy, &spec.degraded].map(|expr| expr.as_ref().unwrap().text().to_owned());
            (spec.probe.templates()[0].to_string(), judged)
        };
        let judged = |degraded: &str| ["status == 200".to_owned(), degraded.to_owned()];
        assert_eq!(ready("old"), ("http://127.0.0.1:9/health/ready".to_owned(), judged("status == 418")));
        assert_eq!(ready("new"), ("http://127.0.0.1:9/ready".to_owned(), judged("status == 429")));
    }

    #[test]
    fn a_floor_slows_what_is_faster_and_nothing_else() {
        let ready = prepared(&["url", "key"], false).no_faster_than(Duration::from_secs(30));
        let every: Vec<u64> = ready.system.component.values().map(|spec| spec.every.0.as_secs()).collect();
        assert_eq!(every, [30, 30, 900]);
        let (id, spec) = ready.system.component.first().unwrap();
        let mut rhythm = ready.rhythm(id, spec);
        assert!((0..20).all(|n| rhythm.after(n % 2 == 0) >= Duration::from_secs(30)), "the second look too");
        let again = ready.no_faster_than(Duration::ZERO);
        let every: Vec<u64> = again.system.component.values().map(|spec| spec.every.0.as_secs()).collect();
        assert_eq!(every, [5, 5, 900], "a floor that is gone leaves nothing behind");
    }

    #[test]
    fn slow_components_are_left_out_only_when_asked() {
        assert_eq!(prepared(&["url", "key"], true).probers().len(), 2);
        assert_eq!(prepared(&["url", "key"], false).probers().len(), 3);
    }
}
