//! The rows of a panel, as targets that can be selected and opened. `view` draws the same rows in the same order.

use crate::app::Model;
use crate::base::{ComponentId, JobId, RuleId, SignalKey, SignalName};
use crate::config::{PanelKind, PanelSpec};
use crate::probe::Detail;
use crate::signal::Value;
use crate::watch::Watch;

/// What a row stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A component.
    Component(ComponentId),
    /// An element of a list signal: an entry of a backlog.
    Entry {
        /// The list.
        list: SignalKey,
        /// Its place in it.
        index: usize,
    },
    /// A queue of rq, by component and name.
    Queue(ComponentId, String),
    /// A worker of rq, by component and name.
    Worker(ComponentId, String),
    /// A scheduled job.
    Job(JobId),
    /// An alert.
    Alert(RuleId),
}

/// The rows of one panel, filtered.
pub fn of_panel(model: &Model, watch: &Watch, panel: &PanelSpec) -> Vec<Target> {
    let filter = model.filter.text.to_lowercase();
    all(watch, panel, model)
        .into_iter()
        .filter(|target| filter.is_empty() || label(watch, target, model).to_lowercase().contains(&filter))
        .collect()
}

fn all(watch: &Watch, panel: &PanelSpec, model: &Model) -> Vec<Target> {
    match panel.kind {
        PanelKind::Services => watch.components.keys().cloned().map(Target::Component).collect(),
        PanelKind::Jobs => watch.jobs.keys().cloned().map(Target::Job).collect(),
        PanelKind::Queues => rq_rows(watch, panel, model),
        PanelKind::Backlog | PanelKind::Table => {
            panel.rows.iter().flat_map(|list| entries(watch, list, model)).collect()
        }
        PanelKind::Memory | PanelKind::Budget | PanelKind::Trend => {
            let named = panel.signal.iter().chain(&panel.signals).map(|key| &key.component);
            let mut components: Vec<&ComponentId> = panel.component.iter().chain(named).collect();
            components.dedup();
            components.into_iter().cloned().map(Target::Component).collect()
        }
    }
}

/// Queues, then workers; where the panel stands alone the newest failed jobs as well.
fn rq_rows(watch: &Watch, panel: &PanelSpec, model: &Model) -> Vec<Target> {
    let Some(id) = &panel.component else { return Vec::new() };
    let Some(Detail::Rq(snapshot)) = watch.components.get(id).map(|component| &component.detail) else {
        return Vec::new();
    };
    let queues = snapshot.queues.iter().map(|queue| Target::Queue(id.clone(), queue.name.to_string()));
    let workers = snapshot.workers.iter().map(|worker| Target::Worker(id.clone(), worker.name.to_string()));
    let failed = SignalName::new("failed_jobs").ok().filter(|_| model.zoomed);
    let failed = failed.into_iter().flat_map(|name| entries(watch, &SignalKey::new(id.clone(), name), model));
    queues.chain(workers).chain(failed).collect()
}

fn entries(watch: &Watch, list: &SignalKey, model: &Model) -> Vec<Target> {
    let reading = watch.store.get(list, model.now);
    let count = reading.last.and_then(|(value, _)| value.as_list()).map_or(0, <[Value]>::len);
    (0..count).map(|index| Target::Entry { list: list.clone(), index }).collect()
}

/// The text that the filter looks in.
fn label(watch: &Watch, target: &Target, model: &Model) -> String {
    match target {
        Target::Component(id) => format!("{id} {}", watch.system.component_title(id)),
        Target::Entry { list, index } => {
            let reading = watch.store.get(list, model.now);
            let entry = reading.last.and_then(|(value, _)| value.as_list()).and_then(|entries| entries.get(*index));
            // an entry that is gone by now is found by no filter
            entry.map_or_else(String::new, |entry| entry.to_json().to_string())
        }
        Target::Queue(_, name) | Target::Worker(_, name) => name.clone(),
        Target::Job(id) => format!("{id} {}", watch.system.job.get(id).map_or("", |job| job.title.as_str())),
        Target::Alert(id) => id.to_string(),
    }
}

/// The alerts screen's rows: firing, unknown and pending ones first, then the rest, in the order of the file.
pub fn of_alerts(model: &Model, watch: &Watch) -> Vec<Target> {
    use crate::rule::AlertState;
    let order = |state: &AlertState| match state {
        AlertState::Firing => 0,
        AlertState::Unknown(_) => 1,
        AlertState::Pending => 2,
        AlertState::Inactive => 3,
    };
    let filter = model.filter.text.to_lowercase();
    let mut alerts: Vec<_> = watch
        .alerts
        .iter()
        .filter(|(id, watched)| {
            filter.is_empty() || format!("{id} {}", watched.rule.summary).to_lowercase().contains(&filter)
        })
        .collect();
    alerts.sort_by_key(|(_, watched)| (order(&watched.alert.state), std::cmp::Reverse(watched.rule.severity)));
    alerts.into_iter().map(|(id, _)| Target::Alert(id.clone())).collect()
}
