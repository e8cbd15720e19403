//! Causes before consequences, and the one judgement of the whole system. Pure and deterministic.

mod shared;

use std::collections::HashMap;

use indexmap::IndexMap;

use crate::base::{ComponentId, Missing, Now, RuleId, RunbookId, Severity, State, Status};
use crate::config::System;
use crate::rule::AlertState;
use crate::watch::{Component, Watch, WatchedRule};

/// The judgement of a system.
#[derive(Clone, Debug, PartialEq)]
pub struct Situation {
    /// The worst of everything.
    pub status: Status,
    /// Causes, worst first; each with what follows from it.
    pub findings: Vec<Finding>,
    /// True until every component was polled once: nothing can be said yet.
    pub starting: bool,
    /// Components that are not looked at by choice.
    pub skipped: usize,
}

impl Default for Situation {
    fn default() -> Self {
        Self { status: Status::Unknown, findings: Vec::new(), starting: true, skipped: 0 }
    }
}

/// One cause.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The alert that tells it.
    pub rule: RuleId,
    /// The component it is about, where it is about one.
    pub component: Option<ComponentId>,
    /// How bad it is, or the worst that follows from it.
    pub status: Status,
    /// In words: `Worker is down: refused 127.0.0.1:8082`.
    pub text: String,
    /// Since when.
    pub since: Now,
    /// The system's own word for how bad, where it is sure that it is.
    pub word: Option<String>,
    /// Runbook of the rule.
    pub runbook: Option<RunbookId>,
    /// Alerts that follow from it.
    pub consequences: Vec<RuleId>,
    /// True when it changed five times in ten minutes.
    pub flapping: bool,
}

impl Situation {
    /// The worst cause.
    pub fn worst(&self) -> Option<&Finding> {
        self.findings.first()
    }

    /// How many causes have this status.
    pub fn count(&self, status: Status) -> usize {
        self.findings.iter().filter(|finding| finding.status == status).count()
    }

    /// How much it needs somebody. What is still starting tells nothing, and stands below what is known to be wrong.
    pub fn rank(&self) -> (Status, usize) {
        let status = if self.starting && self.status == Status::Unknown { Status::Ok } else { self.status };
        (status, self.count(status))
    }

    /// Consequences of all causes.
    pub fn consequences(&self) -> usize {
        self.findings.iter().map(|finding| finding.consequences.len()).sum()
    }
}

impl Finding {
    /// Takes an alert that follows from it. A cause is as bad as the worst that follows from it: that decides who has to
    /// answer, and when.
    fn follows(&mut self, id: &RuleId, watched: &WatchedRule, own: Status) {
        self.consequences.push(id.clone());
        if own > self.status && watched.alert.state == AlertState::Firing {
            self.status = own;
            self.word.clone_from(&watched.rule.word);
        }
    }
}

/// Marks every failing component and active alert with the component that explains it.
pub(super) fn explain(
    system: &System,
    components: &mut IndexMap<ComponentId, Component>,
    alerts: &mut IndexMap<RuleId, WatchedRule>,
) {
    // where nothing fails, which is most of the time, nobody has to be asked for it
    let any = |counts: fn(&Component) -> bool| components.values().any(counts);
    let (failing, untold) = (any(fails), any(cannot_be_told));
    let causes: Vec<Option<ComponentId>> = components
        .iter()
        .map(|(id, component)| {
            if component.state == State::Up || !component.is_watched() {
                return None;
            }
            let stands = system.component.get(id).is_some_and(|spec| !spec.depends_on.is_empty());
            let below = |counts| root(system, components, id, 0, counts).filter(|root| root != id);
            let by_failure = (stands && failing).then(|| below(fails)).flatten();
            by_failure.or_else(|| (stands && cannot_be_told(component)).then(|| below(cannot_be_told)).flatten())
        })
        .collect();
    for (component, cause) in components.values_mut().zip(causes) {
        component.explained_by = cause;
    }
    for watched in alerts.values_mut() {
        watched.explained_by = match watched.alert.state {
            AlertState::Firing | AlertState::Unknown(_) if failing || untold => {
                explanation(system, components, watched)
            }
            _ => None,
        };
    }
}

fn fails(component: &Component) -> bool {
    component.is_watched() && component.polled.is_some() && matches!(component.state, State::Down)
}

/// It answers, and we cannot read what it says: the one reason why everything about it is unknown.
fn cannot_be_told(component: &Component) -> bool {
    component.is_watched() && component.polled.is_some() && matches!(component.state, State::Unknown)
}

/// The first component that counts as failing and that this one stands on, itself if nothing below it does. Cycles are refused at load;
/// the depth bound is a belt.
fn root(
    system: &System,
    components: &IndexMap<ComponentId, Component>,
    id: &ComponentId,
    depth: usize,
    counts: fn(&Component) -> bool,
) -> Option<ComponentId> {
    let spec = system.component.get(id)?;
    if depth < 32 {
        for below in &spec.depends_on {
            if let Some(found) = root(system, components, below, depth + 1, counts) {
                return Some(found);
            }
        }
    }
    components.get(id).filter(|component| counts(component)).map(|_| id.clone())
}

fn explanation(
    system: &System,
    components: &IndexMap<ComponentId, Component>,
    watched: &WatchedRule,
) -> Option<ComponentId> {
    let by = |counts: fn(&Component) -> bool| {
        let roots = watched.reads.iter().filter_map(|id| root(system, components, id, 0, counts));
        roots.into_iter().find(|root| watched.implied.as_ref() != Some(root))
    };
    // what is unknown explains only what is unknown: it hides no failure
    let unknown = matches!(watched.alert.state, AlertState::Unknown(_));
    by(fails).or_else(|| if unknown { by(cannot_be_told) } else { None })
}

/// Judges the whole.
pub(super) fn judge(watch: &Watch, now: Now) -> Situation {
    let watched_components: Vec<&Component> = watch.components.values().filter(|c| c.is_watched()).collect();
    let starting = watched_components.iter().any(|component| component.polled.is_none());
    let mut findings: Vec<Finding> = Vec::new();
    let mut status = Status::Ok;
    for (id, watched) in &watch.alerts {
        let Some(own) = weight(watch, watched) else { continue };
        status = status.max(if watched.explained_by.is_some() && own == Status::Unknown { Status::Ok } else { own });
        if watched.explained_by.is_none() {
            findings.push(finding(watch, id, watched, own, now));
        }
    }
    let places: HashMap<ComponentId, usize> =
        findings.iter().enumerate().rev().filter_map(|(at, f)| Some((f.component.clone()?, at))).collect();
    for (id, watched) in &watch.alerts {
        // what cannot be told of a component that is itself listed adds nothing
        let follows = watched.implied.is_some() || watched.alert.state == AlertState::Firing;
        if let Some(at) = watched.explained_by.as_ref().filter(|_| follows).and_then(|cause| places.get(cause))
            && let Some(own) = weight(watch, watched)
        {
            findings[*at].follows(id, watched, own);
        }
    }
    findings.sort_by(|a, b| {
        let info = |f: &Finding| f.status == Status::Ok;
        (info(a), std::cmp::Reverse(a.status), a.since.mono, &a.rule).cmp(&(
            info(b),
            std::cmp::Reverse(b.status),
            b.since.mono,
            &b.rule,
        ))
    });
    if watched_components.is_empty() {
        status = Status::Unknown;
    }
    let skipped = watch.components.values().filter(|component| component.skipped).count();
    let mut situation = Situation { status, findings, starting, skipped };
    shared::own_network(&watched_components, &mut situation);
    shared::one_reason(watch, &watched_components, &mut situation, now);
    situation
}

/// What an alert adds to the status; `None` when it adds nothing.
fn weight(watch: &Watch, watched: &WatchedRule) -> Option<Status> {
    match &watched.alert.state {
        AlertState::Inactive | AlertState::Pending => None,
        AlertState::Firing => Some(watched.rule.severity.into()),
        AlertState::Unknown(why) => {
            let excused = watch.is_excused(why.missing.as_ref(), &watched.reads) || may_be_off(watch, watched);
            (!excused).then_some(Status::Unknown)
        }
    }
}

/// A rule over a component that may be off, and is: nobody needs it.
fn may_be_off(watch: &Watch, watched: &WatchedRule) -> bool {
    watched.implied.is_none()
        && watched.reads.iter().any(|id| {
            let spec = watch.system.component.get(id);
            spec.is_some_and(|spec| spec.on_down == Severity::Info) && watch.components.get(id).is_some_and(fails)
        })
}

fn finding(watch: &Watch, id: &RuleId, watched: &WatchedRule, status: Status, now: Now) -> Finding {
    let component = watched.implied.clone();
    let own = component.as_ref().and_then(|id| watch.components.get(id));
    let text = match (&watched.alert.state, own) {
        (AlertState::Unknown(_), Some(own)) => {
            let title = component.as_ref().map_or("", |id| watch.system.component_title(id));
            // one that answered and is not asked any more has no error to tell
            let silent = own.error.is_none() && own.not_configured.is_none() && own.polled.is_some();
            let why = if silent { Missing::Stale } else { own.why() };
            format!("{title} cannot be told: {why}")
        }
        (AlertState::Unknown(why), None) => format!("{} cannot be told: {}", watched.rule.summary, why.text),
        (_, Some(own)) => {
            let error = own.error.as_ref().map(|error| format!(": {}", error.text)).unwrap_or_default();
            format!("{}{error}", watched.rule.summary)
        }
        (_, None) => watched.rule.summary.clone(),
    };
    Finding {
        rule: id.clone(),
        component,
        status,
        text,
        since: own.map_or(watched.alert.since, |own| own.since),
        word: watched.rule.word.clone().filter(|_| watched.alert.state == AlertState::Firing),
        runbook: watched.rule.runbook.clone(),
        consequences: Vec::new(),
        flapping: watched.alert.is_flapping(now),
    }
}
