//! The alerts that are not at rest, worst first: a panel where there is room, and the rows of the alerts screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::{Target, rows};
use crate::base::time::Span;
use crate::base::{Severity, Status};
use crate::rule::AlertState;
use crate::view::ctx::Ctx;
use crate::view::format::plural;
use crate::view::layout::Wants;
use crate::view::panel::nothing;
use crate::view::pen::{Pen, to_u16};
use crate::watch::WatchedRule;

pub(super) fn wants(ctx: &Ctx<'_>) -> Wants {
    let rules = to_u16(ctx.watch.alerts.len());
    Wants { least: 3, good: 5, most: rules.clamp(5, 12) }
}

pub(super) fn draw(ctx: &Ctx<'_>, buf: &mut Buffer, area: Rect) {
    let targets = rows::of_alerts(ctx.model, ctx.watch);
    let active = targets.iter().filter_map(|target| {
        let Target::Alert(id) = target else { return None };
        let watched = ctx.watch.alerts.get(id)?;
        (watched.alert.state != AlertState::Inactive).then_some(watched)
    });
    let mut at = 0;
    for watched in active.take(usize::from(area.height)) {
        let mut pen = Pen::new(buf, area, to_u16(at), ctx.theme.glyphs.more);
        row(ctx, watched, &mut pen);
        at += 1;
    }
    if at == 0 {
        let rules = plural(ctx.watch.alerts.len(), "rule");
        nothing(ctx, &format!("no alert, {rules} at rest"), ctx.theme.dim, buf, area);
    }
}

/// An alert in one line.
pub(crate) fn row(ctx: &Ctx<'_>, watched: &WatchedRule, pen: &mut Pen<'_>) {
    let theme = ctx.theme;
    let alert = &watched.alert;
    let severity = watched.rule.severity;
    let (glyph, word, style) = match &alert.state {
        AlertState::Firing if severity == Severity::Info => (theme.glyphs.off, "info", theme.info),
        AlertState::Firing => (theme.glyph(Status::from(severity)), severity.word(), theme.severity(severity)),
        AlertState::Unknown(_) => (theme.glyphs.unknown, "unknown", theme.unknown),
        AlertState::Pending => (theme.glyphs.off, "pending", theme.accent),
        AlertState::Inactive => (theme.glyphs.ok, "ok", theme.ok),
    };
    pen.cell(glyph, 1, style).cell(word, 8, style);
    let since = Span(ctx.now.mono.since(alert.since.mono)).to_string();
    let quiet = matches!(alert.state, AlertState::Inactive | AlertState::Unknown(_));
    pen.number(if quiet { "" } else { &since }, 7, theme.dim);
    let roomy = pen.room() >= 60;
    pen.cell(&watched.rule.summary, if roomy { 34 } else { pen.room() }, theme.text);
    if alert.is_flapping(ctx.now) {
        pen.put("FLAPPING", theme.warning).skip(2);
    }
    if let Some(cause) = &watched.explained_by {
        pen.put("<- ", theme.dim).put(ctx.watch.system.component_title(cause), theme.accent).skip(2);
    }
    match &alert.state {
        AlertState::Unknown(why) => _ = pen.put(&why.text, theme.dim),
        AlertState::Inactive => {}
        _ => _ = pen.put(&alert.because, theme.dim),
    }
}
