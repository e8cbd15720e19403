//! An alert: its rule, its state and since when, what decided it, what explains it.

use crate::base::RuleId;
use crate::base::time::Span;
use crate::rule::{Alert, AlertState};
use crate::view::ctx::Ctx;
use crate::view::format::clock;
use crate::view::overlay::doc::Doc;
use crate::watch::past::recalled;

use super::instant;

/// That it fired before this start already, and what nobody watched since: nothing is said of that time.
fn known_before(ctx: &Ctx<'_>, id: &RuleId, alert: &Alert) -> Option<String> {
    let holds = matches!(alert.state, AlertState::Pending | AlertState::Firing);
    let before = ctx.watch.chronicle.before(id).filter(|_| holds)?;
    let at = |at| clock(recalled(at, ctx.now).wall, &ctx.zone, true);
    let gaps = before.gaps.iter().rev().map(|(from, until)| format!(", not watched {}-{}", at(*from), at(*until)));
    let since = instant(ctx, recalled(before.since, ctx.now).wall);
    Some(format!("fired before this start, since {since}{}", gaps.collect::<String>()))
}

/// Fills the text; returns its title.
pub(super) fn fill(ctx: &Ctx<'_>, id: &RuleId, doc: &mut Doc<'_>) -> String {
    let theme = ctx.theme;
    let Some(watched) = ctx.watch.alerts.get(id) else {
        doc.text("no such alert", theme.dim);
        return id.to_string();
    };
    let (rule, alert) = (&watched.rule, &watched.alert);
    let style = match &alert.state {
        AlertState::Firing => theme.severity(rule.severity),
        AlertState::Unknown(_) => theme.unknown,
        AlertState::Pending => theme.accent,
        AlertState::Inactive => theme.ok,
    };
    doc.text(rule.summary.clone(), theme.strong);
    doc.heading("State");
    doc.field("state", alert.state.word(), style);
    doc.field("severity", rule.severity.word(), theme.severity(rule.severity));
    let since = Span(ctx.now.mono.since(alert.since.mono));
    doc.field("since", format!("{}, for {since}", instant(ctx, alert.since.wall)), theme.text);
    if let Some(told) = known_before(ctx, id, alert) {
        doc.field("before", told, theme.text);
    }
    if alert.is_flapping(ctx.now) {
        doc.field("flapping", "it changed five times or more in ten minutes", theme.warning);
    }
    if let AlertState::Unknown(why) = &alert.state {
        doc.field("unknown", why.text.clone(), theme.strong);
    }
    if let Some(cause) = &watched.explained_by {
        doc.field("because of", ctx.watch.system.component_title(cause), theme.accent);
    }
    doc.heading("Evidence");
    doc.field("condition", rule.when.text(), theme.text);
    if rule.hold.0.as_secs() > 0 {
        doc.field("for", Span(rule.hold.0).to_string(), theme.text);
    }
    let evidence = rule.when.evidence(&ctx.watch.store, ctx.now);
    doc.field("now", if evidence.is_empty() { "no signal is read" } else { &evidence }, theme.text);
    if !alert.because.is_empty() {
        doc.field("decided by", alert.because.clone(), theme.text);
    }
    for key in rule.when.signals() {
        let reading = ctx.reading(key);
        let (age, style) = ctx.age_label(reading.freshness, reading.age(ctx.now.mono), ctx.timing(&key.component));
        doc.field("age", format!("{key}  {age}"), style);
    }
    if let Some(clear) = &rule.clear_when {
        doc.field("ends when", clear.text(), theme.text);
    }
    if let Some(runbook) = &rule.runbook {
        doc.heading("Help");
        doc.field("runbook", runbook.to_string(), theme.accent);
    }
    id.to_string()
}
