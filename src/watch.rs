//! What is known of one system now: component states, alerts, causes and consequences, jobs, the log. Pure: reports and
//! time go in, state comes out. The dashboard and `check` share this one evaluator.

pub mod chronicle;
pub mod clock;
pub mod component;
mod diagnosis;
pub mod event;
pub mod incident;
pub mod past;
pub mod situation;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;

use crate::base::{ComponentId, JobId, Missing, Mono, Now, RuleId, Severity, State};
use crate::config::System;
use crate::expr::Expr;
use crate::job::{JobSpec, JobStatus};
use crate::probe::ProbeReport;
use crate::rule::{Alert, AlertState, Change, RuleSpec};
use crate::runbook::diagnosis::{Diagnosis, Signs};
use crate::signal::SignalStore;
use crate::signal::past::millis;

pub use chronicle::{Chronicle, Story, Turn};
pub use component::Component;
pub use event::{Event, EventKind, Log};
pub use past::Then;
pub use situation::{Finding, Situation};

/// One system under watch.
#[derive(Debug)]
pub struct Watch {
    /// What is watched.
    pub system: Arc<System>,
    /// All its signals.
    pub store: SignalStore,
    /// Its components, in the order of the file.
    pub components: IndexMap<ComponentId, Component>,
    /// Its alerts: the implied `<component>-down` first, then the declared rules in the order of the file.
    pub alerts: IndexMap<RuleId, WatchedRule>,
    /// Its jobs, in the order of the file.
    pub jobs: IndexMap<JobId, JobStatus>,
    /// What changed when.
    pub log: Log,
    /// Where each alert stood when, in earlier runs too.
    pub chronicle: Chronicle,
    /// The judgement of the whole, as of the last evaluation.
    pub situation: Situation,
    /// Which runbooks fit, the likeliest first; nothing where nothing is wrong.
    pub diagnoses: Vec<Diagnosis>,
    /// What runbooks are recognised by: read when something is wrong for the first time.
    signs: Option<Vec<Signs>>,
    /// By component, the places of the alerts that read it.
    readers: HashMap<ComponentId, Vec<usize>>,
    /// What has changed since the whole was judged; nothing where nothing has.
    owed: Option<Vec<(RuleId, Change)>>,
    /// When the whole was judged.
    judged: Mono,
    /// How many lines of the log were told to be written down.
    told: u64,
}

/// Of so many components the whole is judged at most every [`APART`]: it takes longer than to take a report in.
const MANY: usize = 500;
/// Between two judgements of so many.
const APART: Duration = Duration::from_millis(100);

/// A rule with its alert.
#[derive(Debug)]
pub struct WatchedRule {
    /// The rule.
    pub rule: RuleSpec,
    /// The component of an implied `<component>-down` rule.
    pub implied: Option<ComponentId>,
    /// Components whose signals it reads, or that it names.
    pub reads: Vec<ComponentId>,
    /// Its alert.
    pub alert: Alert,
    /// The component whose failure explains it.
    pub explained_by: Option<ComponentId>,
    /// Why it could not be told when that was last taken down.
    noted: Option<String>,
}

impl Watch {
    /// Starts watching. `not_configured` tells of each component that lacks a variable which one; `skipped` are those
    /// that are not looked at by choice.
    pub fn new(
        system: Arc<System>,
        not_configured: &IndexMap<ComponentId, String>,
        skipped: &[ComponentId],
        now: Now,
    ) -> Self {
        let mut store = SignalStore::default();
        let mut components = IndexMap::new();
        for (id, spec) in &system.component {
            let unset = not_configured.get(id).cloned();
            let component = Component::new(unset, skipped.contains(id), now);
            component::register(&mut store, id, spec, &component);
            components.insert(id.clone(), component);
        }
        let alerts: IndexMap<RuleId, WatchedRule> = rules(&system)
            .map(|(id, rule, implied)| {
                let mut reads: Vec<ComponentId> = rule.when.signals().iter().map(|key| key.component.clone()).collect();
                reads.extend(rule.depends_on.iter().cloned());
                reads.extend(implied.clone());
                reads.sort();
                reads.dedup();
                (id, WatchedRule { rule, implied, reads, alert: Alert::new(now), explained_by: None, noted: None })
            })
            .collect();
        let mut readers: HashMap<ComponentId, Vec<usize>> = HashMap::new();
        for (place, watched) in alerts.values().enumerate() {
            for id in &watched.reads {
                readers.entry(id.clone()).or_default().push(place);
            }
        }
        let mut watch = Self {
            system,
            store,
            components,
            alerts,
            jobs: IndexMap::new(),
            log: Log::default(),
            chronicle: Chronicle::new(millis(now.mono)),
            situation: Situation::default(),
            diagnoses: Vec::new(),
            signs: None,
            readers,
            owed: None,
            judged: now.mono,
            told: 0,
        };
        watch.tick(now);
        watch
    }

    /// The same system whose components are polled in other intervals: from now on freshness is judged by these.
    pub fn keep_pace(&mut self, system: Arc<System>) {
        for (id, spec) in &system.component {
            self.store.register(id.clone(), spec.timing());
        }
        self.system = system;
    }

    /// Takes in one poll's outcome and evaluates what reads it; what only time moves waits for the next [`Watch::tick`].
    /// True when the situation or the log is another one now.
    pub fn absorb(&mut self, report: ProbeReport, now: Now) -> bool {
        self.absorb_all([report], now)
    }

    /// The same of several: the whole is judged once for all of them.
    pub fn absorb_all(&mut self, reports: impl IntoIterator<Item = ProbeReport>, now: Now) -> bool {
        let logged = self.log.written();
        let (mut is_new, mut changes) = (false, Vec::new());
        for report in reports {
            is_new |= self.take_in(report, &mut changes, now);
        }
        if is_new || !changes.is_empty() {
            self.owed.get_or_insert_default().append(&mut changes);
        }
        let due = self.components.len() < MANY || now.mono.since(self.judged) >= APART;
        let judged = due && self.owed.is_some() && self.judge(now);
        judged || self.log.written() != logged
    }

    /// Takes in one outcome. True when the component's part of the situation is another one.
    fn take_in(&mut self, report: ProbeReport, changes: &mut Vec<(RuleId, Change)>, now: Now) -> bool {
        let id = report.component.clone();
        let Some(spec) = self.system.component.get(&id) else { return false };
        let Some(component) = self.components.get_mut(&id) else { return false };
        let before = component.face();
        component::absorb(component, spec, &mut self.store, report, now);
        let is_new = component.face() != before;
        component::age(&id, component, &mut self.store, now);
        self.log_component_change(&id, now);
        let readers = self.readers.get(&id).cloned().unwrap_or_default();
        changes.extend(self.evaluate_alerts(readers.iter().copied(), now));
        self.evaluate_jobs(Some(&id), now);
        is_new
    }

    /// Lets time pass: ages, `for`, schedules. Evaluates everything.
    pub fn tick(&mut self, now: Now) {
        for (id, component) in &self.components {
            component::age(id, component, &mut self.store, now);
        }
        let ids: Vec<ComponentId> = self.components.keys().cloned().collect();
        for id in &ids {
            self.log_component_change(id, now);
        }
        let mut changes = self.evaluate_alerts(0..self.alerts.len(), now);
        self.owed.get_or_insert_default().append(&mut changes);
        self.judge(now);
        self.evaluate_jobs(None, now);
    }

    fn evaluate_alerts(&mut self, places: impl Iterator<Item = usize>, now: Now) -> Vec<(RuleId, Change)> {
        let mut changes = Vec::new();
        for place in places {
            let Some((id, watched)) = self.alerts.get_index_mut(place) else { continue };
            let change = watched.alert.evaluate(&watched.rule, &self.store, now);
            if place < chronicle::MOST_ALERTS && watched.is_worth_noting(change.is_some()) {
                self.chronicle.note(id, watched, now);
            }
            changes.extend(change.map(|change| (id.clone(), change)));
        }
        changes
    }

    /// Causes and consequences anew, and the whole. True when that is another one now.
    fn judge(&mut self, now: Now) -> bool {
        situation::explain(&self.system, &mut self.components, &mut self.alerts);
        self.judged = now.mono;
        for (id, change) in self.owed.take().unwrap_or_default() {
            self.log_alert_change(&id, &change, now);
        }
        let judged = situation::judge(self, now);
        let is_new = judged != self.situation;
        self.situation = judged;
        let before = diagnosis::face(&self.diagnoses);
        if diagnosis::is_wanted(self) {
            self.diagnose(now);
        } else {
            self.diagnoses.clear();
        }
        is_new || diagnosis::face(&self.diagnoses) != before
    }

    /// Asks which runbooks fit now, whether or not anything is known to be wrong.
    pub fn diagnose(&mut self, now: Now) {
        let signs = self.signs.take().unwrap_or_else(|| self.system.signs());
        self.diagnoses = diagnosis::diagnose(self, &signs, now);
        self.signs = Some(signs);
    }

    fn evaluate_jobs(&mut self, touched: Option<&ComponentId>, now: Now) {
        let reads = |spec: &JobSpec| touched.is_none_or(|id| spec.reads(id));
        for (id, spec) in self.system.job.iter().filter(|(_, spec)| reads(spec)) {
            let status = spec.status(&self.store, &self.system.timezone, now);
            let before = self.jobs.insert(id.clone(), status.clone());
            if let Some(before) = before
                && before.state != status.state
            {
                self.log.push(event::job_change(id, &spec.title, &before, &status, now));
            }
        }
    }

    fn log_component_change(&mut self, id: &ComponentId, now: Now) {
        let Some(component) = self.components.get_mut(id) else { return };
        if let Some(from) = component.take_change() {
            let title = self.system.component_title(id).to_owned();
            self.log.push(event::component_change(id, &title, from, component, now));
        }
    }

    fn log_alert_change(&mut self, id: &RuleId, change: &Change, now: Now) {
        let Some(watched) = self.alerts.get(id) else { return };
        // the component's own line already tells of an implied rule; starting up replays nothing
        if watched.implied.is_none() && !change.first {
            self.log.push(event::alert_change(id, watched, change, now));
        }
    }

    /// What has changed since this was last asked for, to be written down. What midwatch tells of itself is not.
    pub fn turns(&mut self) -> Vec<Turn> {
        let fresh = self.log.written().saturating_sub(std::mem::replace(&mut self.told, self.log.written()));
        let is_kept = |event: &&Event| !matches!(event.kind, EventKind::Own | EventKind::Gap);
        let events: Vec<Turn> = self.log.newest(fresh).filter(is_kept).cloned().map(Turn::Event).collect();
        let stands = self.chronicle.fresh().map(|(id, stand)| Turn::Stand(id, stand));
        stands.chain(events).collect()
    }

    /// Puts what earlier runs wrote down before what this one has seen: no alert lives on by it.
    pub fn recall(&mut self, story: Story, now: Now) {
        let starts = past::starts(&story.runs, self.chronicle.began(), now);
        let mut events: Vec<Event> = story.events.into_iter().chain(starts).collect();
        // what this run saw before it read this stands behind it
        events.sort_by_key(|event| event.at.wall);
        self.log.put_under(events);
        self.chronicle.put_under(story.runs, story.stands);
    }

    /// Alerts that fire or are unknown, worst first as `check` lists them.
    pub fn active_alerts(&self) -> impl Iterator<Item = (&RuleId, &WatchedRule)> {
        self.alerts.iter().filter(|(_, watched)| !matches!(watched.alert.state, AlertState::Inactive))
    }

    /// True when an unknown reading of this kind is no fault: nothing was asked.
    pub(crate) fn is_excused(&self, missing: Option<&Missing>, reads: &[ComponentId]) -> bool {
        matches!(missing, Some(Missing::NotConfigured { .. }))
            || reads.iter().any(|id| self.components.get(id).is_some_and(|c| c.skipped || c.not_configured.is_some()))
    }
}

/// The implied rules, then the declared ones.
fn rules(system: &System) -> impl Iterator<Item = (RuleId, RuleSpec, Option<ComponentId>)> + '_ {
    let implied = system.component.iter().filter_map(|(id, spec)| {
        let rule_id = RuleId::new(&format!("{}-down", id.as_str().replace('_', "-"))).ok()?;
        let when = Expr::state_is(id, State::Down).ok()?;
        let mut rule = RuleSpec::new(format!("{} is down", system.component_title(id)), when, spec.on_down);
        rule.hold = spec.down_for;
        rule.word.clone_from(&spec.word);
        rule.runbook.clone_from(&spec.runbook);
        Some((rule_id, rule, Some(id.clone())))
    });
    let declared = system.rule.iter().map(|(id, rule)| (id.clone(), rule.clone(), None));
    implied.chain(declared)
}

impl WatchedRule {
    /// True when it stands elsewhere than was taken down, or cannot be told for another reason. That nothing was asked yet
    /// is no reason.
    fn is_worth_noting(&mut self, has_changed: bool) -> bool {
        let why = match &self.alert.state {
            AlertState::Unknown(why) if why.missing != Some(Missing::NotPolled) => Some(why.text.as_str()),
            AlertState::Unknown(_) => return has_changed,
            _ => None,
        };
        let is_new = has_changed || why != self.noted.as_deref();
        if is_new {
            self.noted = why.map(str::to_owned);
        }
        is_new
    }

    /// Severity of its rule.
    pub fn severity(&self) -> Severity {
        self.rule.severity
    }
}

#[cfg(test)]
mod tests;
