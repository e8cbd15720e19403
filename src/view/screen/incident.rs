//! The incidents of a system as a list; and one of them: its clocks, where it stands, its timeline.

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::recovery::desk;
use crate::base::time::Span;
use crate::base::{Severity, own_word};
use crate::incident::{Incident, Line, OURSELVES, Stage, clock};
use crate::view::ctx::{Ctx, Label};
use crate::view::format::{moment, plural, width};
use crate::view::layout;
use crate::view::panel::{frame, nothing, scroll_mark, select, visible};
use crate::view::pen::{Pen, to_u16};
use crate::view::screen::lists;

/// Draws the list, the newest first.
pub(crate) fn list(ctx: &Ctx<'_>, buf: &mut Buffer, area: Rect) {
    let rows = desk::rows(ctx.model, Some(ctx.watch));
    let title = format!("Incidents, times in {}", ctx.zone.name());
    let none = if ctx.model.recovery.desk.awaited { desk::AWAITED } else { "no incident was ever opened here" };
    lists::list(ctx, &title, rows.len(), none, buf, area, |at, pen| {
        if let Some(incident) = rows.get(at) {
            row(ctx, incident, pen);
        }
    });
}

fn row(ctx: &Ctx<'_>, incident: &Incident, pen: &mut Pen<'_>) {
    let theme = ctx.theme;
    let (word, style) = stage(ctx, incident);
    let begun = incident.start.map(|at| moment(at, &ctx.zone)).unwrap_or_default();
    pen.cell(&word, 13, style).cell(&begun, 15, theme.dim);
    if let Some(lasted) = incident.duration(ctx.now.wall).filter(|_| pen.room() > 40) {
        pen.number(&Span(lasted).to_string(), 8, theme.text);
    }
    pen.put(&incident.title, if incident.is_open() { theme.strong } else { theme.text });
}

/// Where it is, by glyph, word and colour.
fn stage(ctx: &Ctx<'_>, incident: &Incident) -> Label {
    let theme = ctx.theme;
    // who goes on with it is asked for again and again
    let stage = match incident.stage() {
        Stage::Abandoned if ctx.model.recovery.desk.writer(&incident.id).is_some() => Stage::Drilling,
        stage => stage,
    };
    let (glyph, style) = match stage {
        Stage::Investigating | Stage::Identified => (theme.glyphs.critical, theme.critical),
        Stage::Monitoring => (theme.glyphs.warning, theme.warning),
        Stage::Resolved => (theme.glyphs.ok, theme.ok),
        Stage::Drilling => (theme.glyphs.marked, theme.accent),
        Stage::Closed | Stage::Abandoned => (theme.glyphs.unknown, theme.unknown),
    };
    // they stand in a narrow column
    let word = match stage {
        Stage::Closed => "not verified",
        Stage::Drilling => "drill is on",
        Stage::Abandoned => "drill lost",
        stage => stage.word(),
    };
    (format!("{glyph} {}", word.to_lowercase()), style)
}

/// Draws the incident on the screen.
pub(crate) fn draw(ctx: &Ctx<'_>, buf: &mut Buffer, area: Rect) {
    let desk = &ctx.model.recovery.desk;
    let chrome = layout::chrome(area);
    let Some(incident) = desk.shown() else {
        let inner = frame(ctx, "Incident", &[], true, buf, area, chrome);
        let asked = desk.writes(&ctx.watch.system.name);
        nothing(ctx, if asked { "the incident is being opened" } else { "no incident" }, ctx.theme.dim, buf, inner);
        return;
    };
    let (word, style) = stage(ctx, incident);
    let title = format!("Incident {}", incident.id);
    let inner = frame(ctx, &title, &[(word, style)], true, buf, area, chrome);
    let facts = facts(ctx, incident, usize::from(inner.width));
    // half of a small screen stays for what happened
    let facts = &facts[..facts.len().min(usize::from(inner.height) / 2)];
    for (at, pieces) in facts.iter().enumerate() {
        let mut pen = Pen::new(buf, inner, to_u16(at), ctx.theme.glyphs.more);
        for (text, style) in pieces {
            pen.put(text, *style);
        }
    }
    let top = to_u16(facts.len());
    let list = Rect { y: inner.y + top, height: inner.height - top.min(inner.height), ..inner };
    timeline(ctx, incident, buf, list);
    let all = incident.timeline.len();
    let seen = visible(all, ctx.model.list_cursor.min(all.saturating_sub(1)), usize::from(list.height));
    scroll_mark(ctx, seen, buf, area, chrome);
}

/// What is known of the whole, what matters most first.
fn facts(ctx: &Ctx<'_>, incident: &Incident, columns: usize) -> Vec<Vec<Label>> {
    let theme = ctx.theme;
    let mut rows = vec![vec![(incident.title.clone(), theme.strong)]];
    let mut first: Vec<Label> = Vec::new();
    if let Some(severity) = incident.severity {
        let style = if severity == Severity::Info { theme.info } else { theme.severity(severity) };
        first.push((severity.to_string(), style));
        let own = own_word(incident.word.as_deref(), severity.word());
        first.extend(own.map(|word| (format!(" {word}"), style)));
    }
    if let Some(lasted) = incident.duration(ctx.now.wall) {
        let verb = if incident.is_open() { "for" } else { "lasted" };
        first.push((format!("  {verb} {}", Span(lasted)), theme.text));
    }
    // who has to know by when is never cut off: it goes on in the next row
    let mut used: usize = first.iter().map(|(text, _)| width(text)).sum();
    for clock in clock::clocks(incident, ctx.now.wall) {
        let style = if clock.over { theme.warning } else { theme.text };
        let told = format!("   {}", clock.text);
        if used + width(&told) > columns && !first.is_empty() {
            rows.push(std::mem::take(&mut first));
            first.push((clock.text.clone(), style));
            used = width(&clock.text);
            continue;
        }
        used += width(&told);
        first.push((told, style));
    }
    rows.push(first);
    if let Some(closed) = &incident.closed {
        let how = match &closed.how {
            crate::incident::Closing::Verified { evidence } => format!("verified: {}", evidence.join("; ")),
            crate::incident::Closing::Reason { reason } => format!("not verified: {reason}"),
        };
        rows.push(vec![(format!("closed by {}, {how}", closed.by), theme.text)]);
    } else {
        rows.push(vec![against(ctx, incident)]);
        let writes = ctx.model.recovery.desk.writing.values().any(|writing| writing.id.as_ref() == Some(&incident.id));
        let told = match ctx.model.recovery.desk.writer(&incident.id) {
            Some(by) => (format!("{by} goes on with it: from here notes, severity and mitigated go in"), theme.accent),
            None if writes => ("this dashboard writes down what changes".to_owned(), theme.dim),
            None => ("only read here: a note, a step or its end goes on with it".to_owned(), theme.dim),
        };
        rows.push(vec![told]);
    }
    if let Some((id, title)) = &incident.runbook {
        let behind = incident.steps.iter().filter(|step| step.told.state.is_behind()).count();
        let name = if title.is_empty() { id } else { title };
        let steps = plural(behind, "step");
        rows.push(vec![(format!("runbook {name}, {steps} behind"), theme.accent)]);
    }
    rows.push(Vec::new());
    rows
}

/// What stands against closing it.
fn against(ctx: &Ctx<'_>, incident: &Incident) -> Label {
    let theme = ctx.theme;
    if incident.system != ctx.watch.system.name.as_str() {
        return (String::new(), theme.dim);
    }
    let standing = crate::watch::incident::standing(ctx.watch, incident, ctx.now);
    let Some(first) = standing.against.first() else {
        let key = ctx.model.keymap.told(crate::app::Command::CloseIncident);
        return (format!("{} what opened it is over: {key} closes it, verified", theme.glyphs.ok), theme.ok);
    };
    let more = standing.against.len() - 1;
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    (format!("{} not over: {first}{more}", theme.glyphs.critical), theme.warning)
}

/// What happened, the newest first.
fn timeline(ctx: &Ctx<'_>, incident: &Incident, buf: &mut Buffer, area: Rect) {
    let lines: Vec<&Line> = incident.timeline.iter().rev().collect();
    if lines.is_empty() {
        return;
    }
    let cursor = ctx.model.list_cursor.min(lines.len() - 1);
    let seen = visible(lines.len(), cursor, usize::from(area.height));
    for at in seen.first..seen.first + seen.shown {
        let Some(line) = lines.get(at) else { continue };
        let place = at - seen.first;
        let mut pen = Pen::new(buf, area, to_u16(place), ctx.theme.glyphs.more);
        event(ctx, line, &mut pen);
        ctx.stands(Rect { y: area.y.saturating_add(to_u16(place)), height: 1, ..area }.intersection(area), at);
        if at == cursor {
            select(ctx, buf, area, place);
        }
    }
}

fn event(ctx: &Ctx<'_>, line: &Line, pen: &mut Pen<'_>) {
    let theme = ctx.theme;
    pen.put(&time(line.at, ctx), theme.dim).skip(1);
    let by = if line.by == OURSELVES { "" } else { line.by.as_str() };
    if !by.is_empty() && pen.room() > 60 + width(by) {
        pen.right(by, theme.dim);
        pen.skip_right(1);
    }
    let mark = if by.is_empty() { " " } else { theme.glyphs.marked };
    pen.put(mark, theme.accent)
        .skip(1)
        .put(line.brief.as_deref().unwrap_or(&line.words), if by.is_empty() { theme.text } else { theme.strong });
}

fn time(at: Timestamp, ctx: &Ctx<'_>) -> String {
    crate::view::format::clock(at, &ctx.zone, true)
}
