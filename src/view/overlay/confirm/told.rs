//! What the dialog tells of a preview, what matters most first.

use std::time::Duration;

use ratatui::style::Style;

use crate::action::{Condition, LastRun, Preview, Reach, quoted};
use crate::app::Model;
use crate::app::act::{Dialog, Stage};
use crate::base::time::Span;
use crate::view::Theme;
use crate::view::format::{clock, moment, one_line, plural};
use crate::view::overlay::doc::Doc;

/// Fills the text.
pub(super) fn fill(model: &Model, dialog: &Dialog, preview: &Preview, theme: &Theme, doc: &mut Doc<'_>) {
    if let Some(why) = dialog.barred() {
        let changed = matches!(&dialog.stage, Stage::Shown { changed: Some(_), .. }) && preview.refusal.is_none();
        doc.field("cannot run", why, if changed { theme.warning } else { theme.critical });
    }
    doc.field("does", preview.call.clone(), theme.strong);
    if !preview.items.is_empty() {
        doc.field("", format!("{}, listed below", plural(preview.items.len(), "item")), theme.text);
    }
    doc.field("on", target(model, dialog, preview), theme.text);
    if let Some(effect) = &preview.effect {
        let mark = (format!("{} ", theme.glyphs.warning), theme.warning);
        doc.labelled("outside", vec![mark, (effect.clone(), theme.text)]);
    }
    if !preview.affects.is_empty() {
        doc.field("affects", preview.affects.join(", "), theme.text);
    }
    for (at, line) in preview.evidence.iter().enumerate() {
        doc.field(if at == 0 { "known" } else { "" }, line.clone(), theme.text);
    }
    if let Some(condition) = &preview.precondition {
        must_hold(condition, dialog.when_unknown, theme, doc);
    }
    proof(preview, theme, doc);
    doc.field("time limit", span(preview.timeout_s), theme.text);
    match &preview.undo {
        Some(undo) => doc.field("undo", undo.clone(), theme.text),
        None if preview.risk == "safe" => {}
        None => doc.field("undo", "the system file tells none", theme.dim),
    }
    match &preview.last {
        Some(last) => doc.field("last run", last_run(model, last), theme.text),
        None => doc.field("last run", "none in the journal", theme.dim),
    }
    if let Some(holder) = &preview.held_by {
        doc.field("held by", holder.to_string(), theme.critical);
    }
    let silent = matches!(preview.reach, Reach::Silent { .. });
    doc.field("lock", preview.reach.to_string(), if silent { theme.warning } else { theme.dim });
    lists(preview, theme, doc);
}

fn target(model: &Model, dialog: &Dialog, preview: &Preview) -> String {
    let watch = model.systems.iter().find(|watch| watch.system.name == dialog.wanted.system);
    let known =
        watch.and_then(|watch| watch.components.keys().find(|id| id.as_str() == preview.target).zip(Some(watch)));
    let title = known.map(|(id, watch)| watch.system.component_title(id)).filter(|title| *title != preview.target);
    let of = format!("{}, {}", preview.system, preview.environment);
    match title {
        Some(title) => format!("{title} ({}) of {of}", preview.target),
        // an action without a component is its own target
        None if preview.target == preview.action => of,
        None => format!("{} of {of}", preview.target),
    }
}

/// A mark, a word and their style for a condition.
fn verdict(condition: &Condition, theme: &Theme) -> (&'static str, &'static str, Style) {
    match condition.holds {
        Some(true) => (theme.glyphs.ok, "holds", theme.ok),
        Some(false) => (theme.glyphs.critical, "does not hold", theme.critical),
        None => (theme.glyphs.unknown, "cannot be told", theme.unknown),
    }
}

fn must_hold(condition: &Condition, when_unknown: bool, theme: &Theme, doc: &mut Doc<'_>) {
    doc.field("must hold", one_line(&condition.text), theme.text);
    let (glyph, word, style) = verdict(condition, theme);
    let excused = if condition.holds.is_none() && when_unknown { ", may run all the same" } else { "" };
    said(glyph, &format!("{word}{excused}"), style, &condition.because, theme, doc);
}

/// What proves it, within which time, and how that is now.
fn proof(preview: &Preview, theme: &Theme, doc: &mut Doc<'_>) {
    let Some(condition) = &preview.verify else {
        doc.field("proved by", "nothing: look for yourself whether it worked", theme.warning);
        return;
    };
    doc.field(
        "proved by",
        format!("{}  within {}", one_line(&condition.text), span(preview.verify_within_s)),
        theme.text,
    );
    let (glyph, word, style) = match condition.holds {
        Some(true) => (theme.glyphs.ok, "holds already", theme.text),
        Some(false) => (theme.glyphs.off, "not yet", theme.dim),
        // what an answer proves is known when there is one
        None if condition.because.is_empty() => (theme.glyphs.off, "not known before it runs", theme.dim),
        None => verdict(condition, theme),
    };
    said(glyph, word, style, &condition.because, theme, doc);
}

fn said(glyph: &str, word: &str, style: Style, because: &str, theme: &Theme, doc: &mut Doc<'_>) {
    let because = if because.is_empty() { String::new() } else { format!(": {because}") };
    doc.labelled("", vec![(format!("{glyph} {word}"), style), (because, theme.dim)]);
}

fn last_run(model: &Model, last: &LastRun) -> String {
    let zone = model.shown_zone();
    let ago = Duration::try_from(model.now.wall.duration_since(last.at)).unwrap_or_default();
    let outcome = last.outcome.as_deref().map_or("nobody saw its end".to_owned(), |word| word.replace('_', " "));
    let at = if ago.as_secs() < 86_400 { clock(last.at, &zone, true) } else { moment(last.at, &zone) };
    format!("{} by {}, {} ago ({at} {}): {outcome}", last.action, last.who, Span(ago), zone.short())
}

fn span(secs: u64) -> String {
    Span(Duration::from_secs(secs)).to_string()
}

/// Everything that it is about, one by one: ids in a paragraph, calls in a line each.
fn lists(preview: &Preview, theme: &Theme, doc: &mut Doc<'_>) {
    if !preview.items.is_empty() {
        doc.heading(&format!("The {}", plural(preview.items.len(), "item")));
        let ids: Vec<String> = preview.items.iter().map(|id| quoted(id)).collect();
        doc.text(ids.join("  "), theme.text);
    }
    // what is about no ids are statements: as they are sent, line by line
    if preview.items.is_empty() && !preview.calls.is_empty() {
        doc.heading("What is sent, in one transaction");
        preview.calls.iter().for_each(|line| doc.text(line.clone(), theme.text));
    } else if preview.calls.len() > 1 {
        let all = preview.items.len().max(preview.calls.len());
        let first =
            if preview.calls.len() < all { format!("first {} of ", preview.calls.len()) } else { String::new() };
        doc.heading(&format!("The {first}{}", plural(all, "call")));
        for (at, call) in preview.calls.iter().enumerate() {
            doc.pieces(5, vec![(format!("{:>3}  ", at + 1), theme.dim), (call.clone(), theme.text)]);
        }
    }
}
