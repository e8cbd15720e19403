//! A component: state, since when, why; the last errors; its signals with their freshness; the answer itself.

use crate::app::Target;
use crate::base::time::Span;
use crate::base::{ComponentId, State};
use crate::probe::http::HttpDetail;
use crate::probe::{Detail, Said};
use crate::signal::Value;
use crate::view::ctx::{Ctx, status_of};
use crate::view::format::{latency, moment};
use crate::view::overlay::doc::Doc;
use crate::watch::Component;
use crate::watch::component::BUILT_IN;

use super::{instant, table};

/// Fills the text; returns its title.
pub(super) fn fill(ctx: &Ctx<'_>, id: &ComponentId, doc: &mut Doc<'_>) -> String {
    let title = ctx.watch.system.component_title(id).to_owned();
    let (Some(component), Some(spec)) = (ctx.watch.components.get(id), ctx.watch.system.component.get(id)) else {
        doc.text("no such component", ctx.theme.dim);
        return title;
    };
    state(ctx, id, component, doc);
    doc.field("polled", format!("every {}, by {}", Span(spec.every.0), spec.probe.kind()), ctx.theme.text);
    for below in &spec.depends_on {
        doc.field("stands on", ctx.watch.system.component_title(below), ctx.theme.text);
    }
    super::can_be_done(ctx, &Target::Component(id.clone()), doc);
    errors(ctx, component, doc);
    signals(ctx, id, doc);
    answer(ctx, component, doc);
    title
}

fn state(ctx: &Ctx<'_>, id: &ComponentId, component: &Component, doc: &mut Doc<'_>) {
    let theme = ctx.theme;
    let (age, age_style) = ctx.component_age(id);
    if !component.is_watched() {
        doc.field("state", format!("{} {age}", theme.glyphs.off), theme.dim);
        doc.field("why", ctx.why(id), theme.text);
        return;
    }
    let status = status_of(component.state);
    let word = if component.state == State::Down { "DOWN".to_owned() } else { component.state.to_string() };
    doc.field("state", format!("{} {word}", theme.glyph(status)), theme.state(component.state));
    let since = ctx.now.mono.since(component.since.mono);
    doc.field("since", format!("{}, for {}", instant(ctx, component.since.wall), Span(since)), theme.text);
    if let Some(error) = &component.error {
        let cause = error.cause.to_string();
        let told = if error.text.starts_with(&cause) { error.text.clone() } else { format!("{cause}: {}", error.text) };
        doc.field("why", told, theme.strong);
    }
    if let Some(cause) = &component.explained_by {
        doc.field("because of", ctx.watch.system.component_title(cause), theme.accent);
    }
    if component.failures > 0 {
        doc.field("failures", format!("{} in a row", component.failures), theme.text);
    }
    if let Some(taken) = component.latency {
        doc.field("latency", latency(taken), theme.text);
    }
    doc.field("last answer", age, age_style);
}

fn errors(ctx: &Ctx<'_>, component: &Component, doc: &mut Doc<'_>) {
    if component.errors.is_empty() {
        return;
    }
    doc.heading("Last errors");
    for (at, error) in component.errors.iter().rev().take(8) {
        let when = format!("{}  ", moment(*at, &ctx.zone));
        doc.pieces(17, vec![(when, ctx.theme.dim), (error.text.clone(), ctx.theme.text)]);
    }
}

fn signals(ctx: &Ctx<'_>, id: &ComponentId, doc: &mut Doc<'_>) {
    let theme = ctx.theme;
    let own: Vec<_> = ctx
        .watch
        .store
        .component(id.as_str(), ctx.now)
        .filter(|(name, _)| !BUILT_IN.contains(&name.as_str()))
        .collect();
    if own.is_empty() {
        return;
    }
    doc.heading("Signals");
    for (name, reading) in own {
        let unit = ctx.watch.store.unit(id.as_str(), name.as_str()).unwrap_or("");
        let value = match reading.last {
            Some((Value::List(list), _)) => crate::view::panel::entries(list.len()),
            Some((value, _)) => format!("{value} {unit}").trim_end().to_owned(),
            None => reading.missing.as_ref().map(ToString::to_string).unwrap_or_default(),
        };
        let fresh = reading.missing.is_none();
        let mut label = format!("{name}  ");
        let gap = 24_usize.saturating_sub(label.len());
        label.extend(std::iter::repeat_n(' ', gap));
        let mut pieces = vec![(label, theme.dim), (value, if fresh { theme.text } else { theme.dim })];
        if !fresh && reading.last.is_some() {
            let (age, style) = ctx.age_label(reading.freshness, reading.age(ctx.now.mono), ctx.timing(id));
            pieces.push((format!("  {age}"), style));
        }
        doc.pieces(24, pieces);
    }
}

fn answer(ctx: &Ctx<'_>, component: &Component, doc: &mut Doc<'_>) {
    match &component.detail {
        Detail::Http(http) => response(ctx, http, doc),
        Detail::Said(said) => lines(ctx, said, doc),
        Detail::Table { columns, rows, cut } => table::fill(ctx.theme, columns, rows, cut.as_deref(), doc),
        Detail::Rq(_) | Detail::None => {}
    }
}

fn lines(ctx: &Ctx<'_>, said: &Said, doc: &mut Doc<'_>) {
    doc.heading("Last answer");
    for (what, told) in &said.about {
        doc.field(what, told.to_string(), ctx.theme.text);
    }
    for line in &said.lines {
        doc.text(line.as_str(), ctx.theme.text);
    }
}

fn response(ctx: &Ctx<'_>, http: &HttpDetail, doc: &mut Doc<'_>) {
    doc.heading("Last answer");
    doc.field("url", http.url.clone(), ctx.theme.text);
    doc.field("status", http.status.to_string(), ctx.theme.text);
    doc.field("content type", http.content_type.to_string(), ctx.theme.text);
    if let Some(date) = &http.date {
        doc.field("server's clock", date.to_string(), ctx.theme.text);
    }
    for line in &http.body {
        doc.text(line.as_str(), ctx.theme.text);
    }
}
