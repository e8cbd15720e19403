//! What can be done here: the actions for a row first, the others after them, each with why it cannot run now. Read by
//! the menu, the palette, the situation line and the actions' own keys.

use crate::action::{ActionSpec, Operation, RowKind, RqOperation, RunId, RunView, WhenUnknown};
use crate::app::act::Mark;
use crate::app::key::Code;
use crate::app::{Key, Model, RunSeen, Screen, Target};
use crate::base::{ActionId, ComponentId};
use crate::probe::Detail;
use crate::signal::Value;
use crate::watch::{Finding, Watch};

/// What every road says where nothing may run.
pub const READ_ONLY: &str = "read-only: nothing that changes a system may run";

/// One action of the menu.
#[derive(Clone, Debug)]
pub struct Entry<'m> {
    /// Its id.
    pub id: &'m ActionId,
    /// As declared.
    pub spec: &'m ActionSpec,
    /// True when it is about the row.
    pub near: bool,
    /// Why it cannot run now.
    pub blocked: Option<String>,
}

/// The system that actions are about: the one whose screens are shown.
pub fn here(model: &Model) -> Option<&Watch> {
    model.watch().filter(|_| !matches!(model.screen, Screen::First | Screen::Fleet))
}

/// All actions of the system on the screen: those about the row first, each group in the order of the file.
pub fn entries<'m>(model: &'m Model, target: Option<&Target>) -> Vec<Entry<'m>> {
    let Some(watch) = here(model) else { return Vec::new() };
    let mut entries: Vec<Entry<'_>> = watch
        .system
        .action
        .iter()
        .map(|(id, spec)| Entry {
            id,
            spec,
            near: target.is_some_and(|target| is_about(model, watch, id, spec, target)),
            blocked: blocked(model, watch, id, spec),
        })
        .collect();
    entries.sort_by_key(|entry| !entry.near);
    entries
}

/// The action that a key stands for on the system's screens.
pub fn by_key(model: &Model, key: Key) -> Option<ActionId> {
    let Code::Char(letter) = key.code else { return None };
    let found = here(model)?.system.action.iter().find(|(_, spec)| {
        spec.key.as_deref().is_some_and(|own| own.len() == letter.len_utf8() && own.starts_with(letter))
    });
    found.map(|(id, _)| id.clone()).filter(|_| !key.ctrl && !key.alt)
}

/// The action for a finding: of its component, else of one that its rule reads; those with a key first.
pub fn next_step<'w>(watch: &'w Watch, finding: &Finding) -> Option<(&'w ActionId, &'w ActionSpec)> {
    let of = |component: &ComponentId| {
        let own = || watch.system.action.iter().filter(|(_, spec)| spec.component.as_ref() == Some(component));
        own().find(|(_, spec)| spec.key.is_some()).or_else(|| own().next())
    };
    let reads = watch.alerts.get(&finding.rule).map_or(&[][..], |watched| &watched.reads);
    finding.component.iter().chain(reads).find_map(of)
}

/// The component that a row is about.
fn component_of(target: &Target) -> Option<&ComponentId> {
    match target {
        Target::Component(id) | Target::Queue(id, _) | Target::Worker(id, _) => Some(id),
        Target::Entry { list, .. } => Some(&list.component),
        Target::Job(_) | Target::Alert(_) => None,
    }
}

fn is_about(model: &Model, watch: &Watch, id: &ActionId, spec: &ActionSpec, target: &Target) -> bool {
    let component = spec.component.as_ref();
    let same = match target {
        Target::Job(job) => watch.system.job.get(job).and_then(|job| job.trigger.as_ref()) == Some(id),
        Target::Alert(rule) => {
            let watched = watch.alerts.get(rule);
            watched.is_some_and(|watched| component.is_some_and(|component| watched.reads.contains(component)))
        }
        _ => component.is_some() && component_of(target) == component,
    };
    let kinds = kinds(spec);
    same || marks_of(model, watch, target).iter().any(|(kind, _)| kinds.contains(kind))
}

/// The kinds of rows that an action takes: as its items or as a parameter.
pub fn kinds(spec: &ActionSpec) -> Vec<RowKind> {
    let mut kinds: Vec<RowKind> = spec.parameter.values().filter_map(|parameter| parameter.from).collect();
    kinds.extend(item_kind(spec));
    kinds
}

/// The kind of rows that an action does something to one by one, where it does.
pub fn item_kind(spec: &ActionSpec) -> Option<RowKind> {
    let of_rq = |operation: &RqOperation| match operation {
        RqOperation::RequeueFailed(_) | RqOperation::Empty(_) | RqOperation::ReturnIntermediate(_) => {
            Some(RowKind::Job)
        }
        RqOperation::StopWorker(_) => Some(RowKind::Worker),
        RqOperation::StopJob(_) | RqOperation::Enqueue(_) | RqOperation::Suspend(_) | RqOperation::Resume(_) => None,
    };
    let variants = spec.variant.values().filter_map(|operation| match operation {
        Operation::Rq(rq) => Some(rq),
        Operation::Command(_) | Operation::Http(_) | Operation::Sql(_) => None,
    });
    let by_rq = spec.rq.iter().chain(variants).find_map(of_rq);
    by_rq.or_else(|| spec.items.is_some().then_some(RowKind::Entry))
}

/// What a row can be marked as, the most telling first. A job is `queue/id`, or its id alone where its queue is unknown.
pub fn marks_of(model: &Model, watch: &Watch, target: &Target) -> Vec<Mark> {
    match target {
        Target::Queue(_, name) => vec![(RowKind::Queue, name.clone())],
        Target::Worker(id, name) => {
            let job = current_job(watch, id, name).map(|job| (RowKind::Job, job));
            std::iter::once((RowKind::Worker, name.clone())).chain(job).collect()
        }
        Target::Entry { list, index } => {
            let reading = watch.store.get(list, model.now);
            let entry = reading.last.and_then(|(value, _)| value.as_list()).and_then(|entries| entries.get(*index));
            let of_rq = matches!(watch.components.get(&list.component).map(|it| &it.detail), Some(Detail::Rq(_)));
            let mark = entry.and_then(|entry| Some((entry_id(entry)?, entry.get("queue").and_then(Value::as_str))));
            mark.map(|(id, queue)| match queue.filter(|_| of_rq) {
                // as an item of an operation on rq is written
                Some(queue) => (RowKind::Job, format!("{queue}/{id}")),
                None => (RowKind::Entry, id),
            })
            .into_iter()
            .collect()
        }
        Target::Component(_) | Target::Job(_) | Target::Alert(_) => Vec::new(),
    }
}

fn current_job(watch: &Watch, id: &ComponentId, name: &str) -> Option<String> {
    let Detail::Rq(rq) = &watch.components.get(id)?.detail else { return None };
    let worker = rq.workers.iter().find(|worker| worker.name.as_str() == name)?;
    worker.current_job.as_ref().map(ToString::to_string)
}

/// The id of an entry of a list: itself where it is a text, else its field `id` or the first that ends so.
fn entry_id(entry: &Value) -> Option<String> {
    let plain = |value: &Value| match value {
        Value::Text(text) => Some(text.clone()),
        Value::Int(n) => Some(n.to_string()),
        _ => None,
    };
    let Value::Map(fields) = entry else { return plain(entry) };
    let named = fields.iter().find(|(name, _)| name.ends_with("_id"));
    fields.get("id").or(named.map(|(_, value)| value)).and_then(plain)
}

fn blocked(model: &Model, watch: &Watch, id: &ActionId, spec: &ActionSpec) -> Option<String> {
    if model.options.read_only {
        return Some(READ_ONLY.to_owned());
    }
    let target = spec.component.as_ref().map_or(id.as_str(), ComponentId::as_str);
    held(model, watch, target).or_else(|| precondition(model, watch, spec))
}

/// Who acts on a target now.
fn held(model: &Model, watch: &Watch, target: &str) -> Option<String> {
    let row = runs(model).into_iter().find(|row| {
        row.is_under_way() && row.system() == Some(watch.system.name.as_str()) && row.target() == Some(target)
    })?;
    Some(format!("{} runs {} now", row.who(), row.action()))
}

fn precondition(model: &Model, watch: &Watch, spec: &ActionSpec) -> Option<String> {
    let condition = spec.precondition.as_ref()?;
    match condition.value(&watch.store, model.now) {
        Ok(Value::Bool(true)) => None,
        Ok(_) => Some(format!("does not hold: {}", condition.text())),
        Err(_) if spec.when_unknown == WhenUnknown::Allow => None,
        Err(why) => Some(format!("cannot be told: {}", why.text)),
    }
}

/// A run of the list: what is followed of it, what the journal has of it.
#[derive(Clone, Copy, Debug)]
pub struct RunRow<'m> {
    /// Which.
    pub run: &'m RunId,
    /// What is followed of it.
    pub view: Option<&'m RunView>,
    /// What the journal has of it, while it has no end there.
    pub seen: Option<&'m RunSeen>,
}

/// All runs that are known: those under way first, then the newest.
pub fn runs(model: &Model) -> Vec<RunRow<'_>> {
    let seen = |run: &RunId| model.runs_seen.iter().find(|seen| seen.run == *run);
    let mut rows: Vec<RunRow<'_>> =
        model.runs.iter().rev().map(|(run, view)| RunRow { run, view: Some(view), seen: seen(run) }).collect();
    let others = model.runs_seen.iter().filter(|seen| !model.runs.contains_key(&seen.run));
    rows.extend(others.map(|seen| RunRow { run: &seen.run, view: None, seen: Some(seen) }));
    rows.sort_by_key(|row| (!row.is_under_way(), !row.is_unknown()));
    rows
}

impl RunRow<'_> {
    /// True while it goes on.
    pub fn is_under_way(&self) -> bool {
        match (self.view, self.seen) {
            (Some(view), _) if view.ending.is_some() => false,
            (_, Some(seen)) => seen.live,
            (view, None) => view.is_some(),
        }
    }

    /// True when nobody saw its end.
    pub fn is_unknown(&self) -> bool {
        let ended = self.view.is_some_and(|view| view.ending.is_some());
        !ended && self.seen.is_some_and(|seen| !seen.live)
    }

    /// Its system.
    pub fn system(&self) -> Option<&str> {
        let shown = self.view.and_then(|view| view.preview.as_deref()).map(|preview| preview.system.as_str());
        self.seen.map(|seen| seen.system.as_str()).or(shown)
    }

    /// What it acts on.
    pub fn target(&self) -> Option<&str> {
        let shown = self.view.and_then(|view| view.preview.as_deref()).map(|preview| preview.target.as_str());
        self.seen.map(|seen| seen.target.as_str()).or(shown)
    }

    /// Its action: the title where it is known, else the id.
    pub fn action(&self) -> &str {
        let shown = self.view.and_then(|view| view.preview.as_deref()).map(|preview| preview.title.as_str());
        shown.or(self.seen.map(|seen| seen.action.as_str())).unwrap_or("an action")
    }

    /// Who runs it.
    pub fn who(&self) -> &str {
        let told = self.view.map(|view| view.who.as_str()).filter(|who| !who.is_empty());
        told.or(self.seen.map(|seen| seen.who.as_str())).unwrap_or("this terminal")
    }

    /// Since when.
    pub fn since(&self) -> Option<jiff::Timestamp> {
        self.view.and_then(|view| view.started).or(self.seen.map(|seen| seen.since))
    }
}
