//! One system, as `doctor` sees it: its variables, the values that the live system shows, its components, its clock.

use std::fmt::Write as _;

use crate::base::{Now, Severity, State};
use crate::cli::choice;
use crate::cli::doctor::finding::{Level, Section};
use crate::config::{SetBy, VarSpec, VariableReport};
use crate::expr::Verdict;
use crate::probe::Detail;
use crate::runtime::PreparedSystem;
use crate::watch::{Component, Watch};

/// Seconds from which on two clocks are not in step: a `Date` header has whole seconds.
const SKEW: f64 = 2.5;

/// Every variable, set or missing; of a secret only that it is set.
pub(super) fn variables(section: &mut Section, report: &[VariableReport]) {
    for variable in report {
        let set_by = match (variable.set_by, &variable.env) {
            (SetBy::Environment, Some(env)) => env.clone(),
            (SetBy::Flag, _) => "--var".to_owned(),
            (by, _) => by.to_string(),
        };
        let mut told = match &variable.shown {
            Some(shown) => format!("{} (by {set_by})", crate::base::Shown::from_remote(shown)),
            None => match &variable.env {
                Some(env) => format!("not set ({env})"),
                None => "not set".to_owned(),
            },
        };
        if variable.set_by == SetBy::Unset
            && let Some(about) = &variable.about
        {
            let _ = write!(told, ": {about}");
        }
        let level = match &variable.doubt {
            Some(doubt) => {
                let _ = write!(told, ": {doubt}");
                Level::Doubt
            }
            None if variable.set_by == SetBy::Unset && variable.required => {
                told.push_str("; the system cannot do without it");
                Level::Doubt
            }
            None if variable.set_by == SetBy::Unset => Level::Note,
            None => Level::Well,
        };
        section.add(level, &format!("var {}", variable.name), told);
    }
}

/// Compares what is set with what the live system itself shows, where the file says how to tell.
pub(super) fn live_values(section: &mut Section, prepared: &PreparedSystem, watch: &Watch, now: Now) {
    for (name, spec) in prepared.system.var.iter().filter(|(_, spec)| !spec.detect.is_empty()) {
        let what = format!("live {name}");
        let set = prepared.variables.plain(name);
        match (live(spec, watch, now), set) {
            (Ok(value), Some(set)) if value == set => section.add(Level::Well, &what, format!("{value}, as it is set")),
            (Ok(value), set) => {
                let is = set.map_or_else(|| "not set".to_owned(), |set| format!("set to {set}"));
                let how = choice::settable(&prepared.system, name);
                let told = format!("the live system speaks '{value}', but {is}: set {how} to {value}");
                section.add(Level::Doubt, &what, told);
            }
            (Err(why), _) => section.add(Level::Note, &what, format!("cannot be told: {why}")),
        }
    }
}

/// The one value whose sign holds; otherwise why none can be told.
fn live<'a>(spec: &'a VarSpec, watch: &Watch, now: Now) -> Result<&'a str, String> {
    let mut holding = Vec::new();
    let mut unknown = None;
    for (value, sign) in &spec.detect {
        match sign.verdict(&watch.store, now) {
            Verdict::True => holding.push(value.as_str()),
            Verdict::False => {}
            Verdict::Unknown(why) => unknown = unknown.or(Some(why.text)),
        }
    }
    match (holding.as_slice(), unknown) {
        ([one], _) => Ok(one),
        ([], Some(why)) => Err(why),
        ([], None) => Err("it shows none of the signs".to_owned()),
        (several, _) => Err(format!("it shows the signs of {}", several.join(" and "))),
    }
}

/// Whether each component can be reached, and how fast, or why not.
pub(super) fn components(section: &mut Section, watch: &Watch) {
    for (id, component) in &watch.components {
        let (level, told) = reach(watch, id.as_str(), component);
        section.add(level, id.as_str(), told);
    }
}

fn reach(watch: &Watch, id: &str, component: &Component) -> (Level, String) {
    let Some(spec) = watch.system.component.get(id) else { return (Level::Note, String::new()) };
    if let Some(variable) = &component.not_configured {
        return (Level::Note, format!("not configured: {} is not set", choice::settable(&watch.system, variable)));
    }
    if component.skipped {
        return (Level::Note, "not asked (--skip-slow)".to_owned());
    }
    let latency = component.latency.map(|latency| format!(" in {} ms", latency.as_millis())).unwrap_or_default();
    let error = component.error.as_ref().map_or_else(String::new, |error| format!(": {}", error.text));
    let told = format!("{}{latency}{error}", component.state);
    let level = match (component.state, spec.on_down) {
        (State::Up, _) => Level::Well,
        (State::Degraded, _) | (State::Unknown | State::Down, Severity::Warning) => Level::Doubt,
        (State::Unknown | State::Down, Severity::Info) => Level::Note,
        (State::Unknown | State::Down, Severity::Critical) => Level::Fault,
    };
    (level, told)
}

/// Our clock against the servers' that tell theirs: ages and schedules are wrong when they differ.
pub(super) fn clock(section: &mut Section, watch: &Watch) {
    let told: Vec<_> = watch
        .components
        .iter()
        .filter(|(_, component)| component.latency.is_some())
        .filter_map(|(id, component)| match &component.detail {
            Detail::Http(detail) => detail.date.as_ref().map(|_| (id, detail.skew_s.unwrap_or(0.0))),
            Detail::Rq(snapshot) => snapshot.clock_skew_s.map(|skew| (id, skew)),
            Detail::Said(_) | Detail::Table { .. } | Detail::None => None,
        })
        .collect();
    let skewed: Vec<_> = told.iter().filter(|(_, skew)| skew.abs() >= SKEW).collect();
    for (id, skew) in &skewed {
        let way = if *skew > 0.0 { "ahead of" } else { "behind" };
        section.add(Level::Doubt, "clock", format!("the clock of {id} is {:.0} s {way} ours", skew.abs()));
    }
    if skewed.is_empty() && !told.is_empty() {
        let names: Vec<String> = told.iter().map(|(id, ..)| id.to_string()).collect();
        section.add(Level::Well, "clock", format!("in step with {}", names.join(", ")));
    }
}
