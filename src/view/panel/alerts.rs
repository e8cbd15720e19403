//! The alerts that are not at rest, worst first: a panel where there is room, and the rows of the alerts screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::base::{RuleId, Severity, Status, own_word};
use crate::rule::AlertState;
use crate::view::ctx::Ctx;
use crate::view::format::{plural, width};
use crate::view::layout::Wants;
use crate::view::panel::nothing;
use crate::view::pen::{Pen, to_u16};
use crate::watch::WatchedRule;

pub(super) fn wants(ctx: &Ctx<'_>) -> Wants {
    let rules = to_u16(ctx.watch.alerts.len());
    // with room the rules at rest are listed too, below a free row
    let roomy = if rules > 5 { rules + 1 } else { 0 };
    Wants { least: 3, good: 5, most: rules.clamp(5, 10), roomy }
}

/// Causes first, each with what follows from it below; then what is pending; then, with room for all, what is at rest.
pub(super) fn draw(ctx: &Ctx<'_>, buf: &mut Buffer, area: Rect) {
    if ctx.watch.situation.starting {
        nothing(ctx, "no rule can be told yet", ctx.theme.dim, buf, area);
        return;
    }
    let mut told: Vec<(&RuleId, usize)> = Vec::new();
    for finding in &ctx.watch.situation.findings {
        told.push((&finding.rule, 0));
        told.extend(finding.consequences.iter().map(|rule| (rule, 2)));
    }
    let pending = ctx.watch.alerts.iter().filter(|(_, watched)| watched.alert.state == AlertState::Pending);
    told.extend(pending.map(|(id, _)| (id, 0)));
    let shown = told.iter().take(usize::from(area.height)).enumerate();
    for (at, (id, indent)) in shown {
        let Some(watched) = ctx.watch.alerts.get(*id) else { continue };
        let mut pen = Pen::new(buf, area, to_u16(at), ctx.theme.glyphs.more);
        row(ctx, watched, *indent, &mut pen);
    }
    if at_rest(ctx, &told, buf, area) {
        return;
    }
    if told.is_empty() {
        let rules = plural(ctx.watch.alerts.len(), "rule");
        nothing(ctx, &format!("no alert, {rules} at rest"), ctx.theme.dim, buf, area);
    }
}

/// What is looked at beside what is told: true where all of it has room. It changes only when a rule does.
fn at_rest(ctx: &Ctx<'_>, told: &[(&RuleId, usize)], buf: &mut Buffer, area: Rect) -> bool {
    let resting = || ctx.watch.alerts.iter().filter(|(_, watched)| is_at_rest(ctx, watched));
    let first = if told.is_empty() { 0 } else { told.len() + 1 };
    if resting().count() == 0 || first + resting().count() > usize::from(area.height) {
        return false;
    }
    for (at, (_, watched)) in resting().enumerate() {
        row(ctx, watched, 0, &mut Pen::new(buf, area, to_u16(first + at), ctx.theme.glyphs.more));
    }
    true
}

/// True of an alert that tells nothing: its condition does not hold, or it reads what is not looked at by choice.
fn is_at_rest(ctx: &Ctx<'_>, watched: &WatchedRule) -> bool {
    match &watched.alert.state {
        AlertState::Inactive => true,
        AlertState::Unknown(why) => ctx.watch.is_excused(why.missing.as_ref(), &watched.reads),
        AlertState::Pending | AlertState::Firing => false,
    }
}

/// An alert in one line.
pub(crate) fn row(ctx: &Ctx<'_>, watched: &WatchedRule, indent: usize, pen: &mut Pen<'_>) {
    let theme = ctx.theme;
    pen.skip(indent);
    let alert = &watched.alert;
    let severity = watched.rule.severity;
    let (glyph, word, style) = match &alert.state {
        AlertState::Firing if severity == Severity::Info => (theme.glyphs.off, "info", theme.info),
        AlertState::Firing => (theme.glyph(Status::from(severity)), severity.word(), theme.severity(severity)),
        AlertState::Unknown(_) if is_at_rest(ctx, watched) => (theme.glyphs.off, "off", theme.dim),
        AlertState::Unknown(_) => (theme.glyphs.unknown, "unknown", theme.unknown),
        AlertState::Pending => (theme.glyphs.off, "pending", theme.accent),
        AlertState::Inactive => (theme.glyphs.ok, "inactive", theme.ok),
    };
    pen.cell(glyph, 1, style).cell(word, 8, style);
    let since = ctx.lasting(alert.since.mono);
    let quiet = matches!(alert.state, AlertState::Inactive | AlertState::Unknown(_));
    pen.number(if quiet { "" } else { &since }, 7, theme.dim);
    let before = pen.room();
    if let Some(own) = own_word(watched.rule.word.as_deref(), severity.word()) {
        pen.put(own, theme.strong).skip(1);
    }
    // indent and word take their room from the summary, so that what stands behind stands in one column
    let (wide, taken) = (before + indent, indent + before - pen.room());
    let cause = watched.explained_by.as_ref().map(|cause| ctx.watch.system.component_title(cause));
    let tail = cause.map_or(0, |cause| width(cause) + 5);
    let summary = match pen.room() {
        // nothing stands behind it
        room if alert.state == AlertState::Inactive => room,
        _ if wide >= 70 => (wide / 2).clamp(36, 46).saturating_sub(taken),
        room => room.saturating_sub(tail).min(width(&watched.rule.summary)),
    };
    let resting = is_at_rest(ctx, watched);
    pen.cell(&watched.rule.summary, summary, if resting { theme.dim } else { theme.text }).skip(1);
    if let Some(cause) = cause {
        pen.put("<- ", theme.dim).put(cause, theme.accent).skip(2);
    }
    if alert.is_flapping(ctx.now) {
        pen.put("FLAPPING", theme.warning).skip(2);
    }
    let why = match &alert.state {
        AlertState::Unknown(why) => why.text.as_str(),
        AlertState::Inactive => "",
        AlertState::Pending | AlertState::Firing => alert.because.as_str(),
    };
    if width(why) <= pen.room() || pen.room() >= 16 {
        pen.put(why, theme.dim);
    }
}
