//! A list signal as rows: the columns are the fields that its first entries have.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::Target;
use crate::base::{Shown, SignalKey, Status};
use crate::config::PanelSpec;
use crate::signal::Value;
use crate::view::ctx::{Ctx, Label};
use crate::view::format::{plural, width};
use crate::view::layout::Wants;
use crate::view::panel::{Digest, Panel, Seen, backlog::missing_words, mark, nothing, select, visible};
use crate::view::pen::{Pen, to_u16};

/// Most columns.
const MOST: usize = 8;

pub(super) fn wants(_: &Ctx<'_>, _: &PanelSpec) -> Wants {
    Wants { least: 2, good: 6, most: 20, roomy: 0 }
}

pub(super) fn age(ctx: &Ctx<'_>, spec: &PanelSpec) -> Label {
    let Some(key) = spec.rows.first() else { return (String::new(), ctx.theme.dim) };
    let reading = ctx.reading(key);
    match reading.age(ctx.now.mono) {
        Some(age) => ctx.age_label(reading.freshness, Some(age), ctx.timing(&key.component)),
        None => ctx.component_age(&key.component),
    }
}

pub(super) fn digest(ctx: &Ctx<'_>, spec: &PanelSpec) -> Digest {
    let counts = spec.rows.iter().map(|key| ctx.reading(key).known().and_then(Value::as_list).map(<[Value]>::len));
    match counts.collect::<Option<Vec<usize>>>() {
        Some(counts) => {
            let all: usize = counts.iter().sum();
            Digest { status: Status::Ok, text: if all == 1 { "1 entry".into() } else { format!("{all} entries") } }
        }
        None => Digest { status: Status::Unknown, text: why(ctx, spec) },
    }
}

fn why(ctx: &Ctx<'_>, spec: &PanelSpec) -> String {
    let missing = spec.rows.iter().find(|key| ctx.reading(key).known().is_none());
    missing.map_or_else(|| "no list".to_owned(), |key| missing_words(ctx, key, &ctx.reading(key)))
}

fn entry<'a>(ctx: &Ctx<'a>, list: &SignalKey, index: usize) -> Option<&'a Value> {
    ctx.reading(list).last.and_then(|(value, _)| value.as_list())?.get(index)
}

/// An entry in one line: its short fields, in their order.
pub(crate) fn summary(ctx: &Ctx<'_>, list: &SignalKey, index: usize) -> String {
    match entry(ctx, list, index) {
        Some(Value::Map(fields)) => {
            let short = fields.iter().filter(|(_, value)| !matches!(value, Value::Map(_) | Value::List(_)));
            let said: Vec<String> = short.take(6).map(|(name, value)| format!("{} {value}", shown(name))).collect();
            said.join("  ")
        }
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

fn shown(text: &str) -> String {
    Shown::from_remote(text).into_string()
}

pub(super) fn draw(ctx: &Ctx<'_>, panel: &Panel<'_>, buf: &mut Buffer, area: Rect) -> Seen {
    if panel.rows.is_empty() {
        let known = panel.spec.rows.iter().all(|key| ctx.reading(key).known().is_some());
        let text = if known { "no entry".to_owned() } else { why(ctx, panel.spec) };
        nothing(ctx, &text, ctx.theme.dim, buf, area);
        return Seen::default();
    }
    let names = names(ctx, panel);
    let widths: Vec<usize> = names.iter().map(|name| column_width(ctx, panel, name)).collect();
    // the list's own name where rows of several stand below each other
    let several = panel.spec.rows.len() > 1;
    let lists = panel.spec.rows.iter().map(|key| width(key.signal.as_str())).max().unwrap_or(0);
    let mut pen = Pen::new(buf, area, 0, ctx.theme.glyphs.more);
    if several {
        pen.cell("list", lists, ctx.theme.dim);
    }
    for (name, columns) in names.iter().zip(&widths) {
        pen.cell(&shown(name), *columns, ctx.theme.dim);
    }
    let seen = visible(panel.rows.len(), panel.cursor, usize::from(area.height).saturating_sub(1));
    for (row, target) in panel.rows.iter().enumerate().skip(seen.first).take(seen.shown) {
        let Target::Entry { list, index } = target else { continue };
        let at = 1 + row - seen.first;
        let mut pen = Pen::new(buf, area, to_u16(at), ctx.theme.glyphs.more);
        if several {
            pen.cell(&list.signal.as_str().replace('_', " "), lists, ctx.theme.dim);
        }
        match entry(ctx, list, *index) {
            Some(fields @ Value::Map(_)) => {
                for (name, columns) in names.iter().zip(&widths) {
                    let text = fields.get(name).map(Value::to_string).unwrap_or_default();
                    pen.cell(&text, *columns, ctx.theme.text);
                }
            }
            Some(other) => _ = pen.put(&other.to_string(), ctx.theme.text),
            None => {}
        }
        mark(ctx, target, buf, area, at);
        if panel.focused && row == panel.cursor {
            select(ctx, buf, area, at);
        }
    }
    seen
}

fn names(ctx: &Ctx<'_>, panel: &Panel<'_>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for target in panel.rows.iter().take(20) {
        let Target::Entry { list, index } = target else { continue };
        let Some(Value::Map(fields)) = entry(ctx, list, *index) else { continue };
        for name in fields.keys() {
            if names.len() < MOST && !names.contains(name) {
                names.push(name.clone());
            }
        }
    }
    names
}

fn column_width(ctx: &Ctx<'_>, panel: &Panel<'_>, name: &str) -> usize {
    let values = panel.rows.iter().take(20).filter_map(|target| {
        let Target::Entry { list, index } = target else { return None };
        entry(ctx, list, *index)?.get(name).map(|value| width(&value.to_string()))
    });
    values.chain([width(&shown(name))]).max().unwrap_or(4).min(32)
}

/// `3 entries`.
pub(crate) fn entries(n: usize) -> String {
    if n == 1 { plural(1, "entry") } else { format!("{n} entries") }
}
