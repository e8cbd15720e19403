//! The table of components: name, state, latency, and why it is not up.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use crate::base::{ComponentId, State, Status};
use crate::report::Style;
use crate::report::text::{paint, wrap};
use crate::watch::{Component, Watch};

/// Columns of a name at most.
const NAME: usize = 24;
/// Columns of a state: `unconfigured` is the longest.
const STATE: usize = 12;
/// Columns of a latency: `12345 ms`.
const LATENCY: usize = 8;

/// One line a component, in the order of the file.
pub(super) fn components(watch: &Watch, style: Style) -> String {
    let name = watch.components.keys().map(|id| watch.system.component_title(id).width()).max().unwrap_or(0).min(NAME);
    let mut out = String::new();
    for (id, component) in &watch.components {
        let (word, status) = state(component);
        let latency = component.latency.map(|l| millis(l.as_secs_f64() * 1000.0)).unwrap_or_default();
        let title = wrap::pad(watch.system.component_title(id), name);
        let gap = " ".repeat(STATE.saturating_sub(word.len()));
        let word = paint(word, status, style);
        let room = style.width.saturating_sub(2 + name + 2 + STATE + 1 + LATENCY + 2).max(20);
        let why = wrap::cut(&why(watch, id, component), room);
        let line = format!("  {title}  {word}{gap} {latency:>LATENCY$}  {why}");
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out
}

fn millis(ms: f64) -> String {
    if ms < 10.0 { format!("{ms:.1} ms") } else { format!("{ms:.0} ms") }
}

fn state(component: &Component) -> (&'static str, Status) {
    if component.not_configured.is_some() {
        return ("unconfigured", Status::Ok);
    }
    if component.skipped {
        return ("not asked", Status::Ok);
    }
    match component.state {
        State::Up => ("up", Status::Ok),
        State::Degraded => ("degraded", Status::Warning),
        State::Down => ("DOWN", Status::Critical),
        State::Unknown => ("unknown", Status::Unknown),
    }
}

fn why(watch: &Watch, id: &ComponentId, component: &Component) -> String {
    if let Some(variable) = &component.not_configured {
        let env = watch.system.var.get(variable).and_then(|var| var.env.as_deref());
        return env.map_or_else(|| format!("{variable} is not set"), |env| format!("{variable} ({env}) is not set"));
    }
    if component.skipped {
        let every = watch.system.component.get(id).map(|spec| crate::base::time::Span(spec.every.0));
        return every.map(|every| format!("slow: every {every} on the dashboard")).unwrap_or_default();
    }
    let explained = component.explained_by.as_ref().map(|by| format!("<- {}", watch.system.component_title(by)));
    let error = (component.state != State::Up).then_some(component.error.as_ref()).flatten().map(|e| e.text.clone());
    [explained, error].into_iter().flatten().collect::<Vec<_>>().join("  ")
}
