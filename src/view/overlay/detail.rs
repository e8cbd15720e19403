//! Details of a row: what is known of it, since when, why, with the errors and the answer it is based on.

mod alert;
mod component;
mod job;
mod rq;
mod table;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::act::menu;
use crate::app::{Model, Target};
use crate::signal::Value;
use crate::view::Theme;
use crate::view::ctx::Ctx;
use crate::view::format::moment;
use crate::view::overlay::doc::Doc;
use crate::view::overlay::gate::risk_style;

/// Draws the details of a target.
pub(super) fn draw(
    model: &Model,
    target: &Target,
    scroll: usize,
    theme: &Theme,
    buf: &mut Buffer,
    area: Rect,
) -> Option<usize> {
    let (title, doc) = doc(model, target, theme)?;
    Some(doc.draw(&title, scroll, buf, area))
}

/// The details of a target as a text to be pasted elsewhere: its title, and its lines.
pub(super) fn told(model: &Model, target: &Target, theme: &Theme) -> Option<(String, String)> {
    doc(model, target, theme).map(|(title, doc)| (title, doc.plain()))
}

fn doc<'t>(model: &Model, target: &Target, theme: &'t Theme) -> Option<(String, Doc<'t>)> {
    let watch = model.watch()?;
    let ctx = Ctx::new(model, watch, theme);
    let mut doc = Doc::new(theme);
    let title = match target {
        Target::Component(id) => component::fill(&ctx, id, &mut doc),
        Target::Queue(id, name) => rq::queue(&ctx, id, name, &mut doc),
        Target::Worker(id, name) => rq::worker(&ctx, id, name, &mut doc),
        Target::Entry { list, index } => {
            let reading = ctx.reading(list);
            let entry = reading.last.and_then(|(value, _)| value.as_list()).and_then(|entries| entries.get(*index));
            match entry {
                Some(Value::Map(fields)) => {
                    fields.iter().for_each(|(name, value)| field(&ctx, name, value, &mut doc));
                }
                Some(other) => doc.text(other.to_string(), theme.text),
                None => doc.text("the entry is gone", theme.dim),
            }
            let (age, style) = ctx.age_label(reading.freshness, reading.age(ctx.now.mono), ctx.timing(&list.component));
            doc.heading("Source");
            doc.field("signal", list.to_string(), theme.text);
            doc.field("age", age, style);
            format!("{} {}", list.signal.as_str().replace('_', " "), index + 1)
        }
        Target::Job(id) => job::fill(&ctx, id, &mut doc),
        Target::Alert(id) => alert::fill(&ctx, id, &mut doc),
    };
    // a component tells it before its errors, which may be many
    if !matches!(target, Target::Component(_)) {
        can_be_done(&ctx, target, &mut doc);
    }
    Some((title, doc))
}

/// The actions that are about it.
fn can_be_done(ctx: &Ctx<'_>, target: &Target, doc: &mut Doc<'_>) {
    let theme = ctx.theme;
    let entries: Vec<_> = menu::entries(ctx.model, Some(target)).into_iter().filter(|entry| entry.near).collect();
    if entries.is_empty() {
        return;
    }
    doc.heading("What can be done");
    for entry in entries {
        let risk = if entry.blocked.is_some() { theme.dim } else { risk_style(theme, entry.spec.risk) };
        let why = entry.blocked.map(|why| format!("  {why}")).unwrap_or_default();
        doc.pieces(
            4,
            vec![
                (format!("{:2} ", entry.spec.key.as_deref().unwrap_or_default()), theme.key),
                (entry.spec.title.clone(), theme.text),
                (format!("  {}", entry.spec.risk), risk),
                (why, theme.dim),
            ],
        );
    }
}

/// A field of a remote object; objects and lists in it as JSON.
fn field(ctx: &Ctx<'_>, name: &str, value: &Value, doc: &mut Doc<'_>) {
    let text = match value {
        Value::Map(_) | Value::List(_) => crate::base::Shown::from_remote(&value.to_json().to_string()).into_string(),
        other => other.to_string(),
    };
    doc.field(crate::base::Shown::from_remote(name).as_str(), text, ctx.theme.text);
}

/// An instant with its zone.
fn instant(ctx: &Ctx<'_>, at: jiff::Timestamp) -> String {
    format!("{} {}", moment(at, &ctx.zone), ctx.zone.short())
}
