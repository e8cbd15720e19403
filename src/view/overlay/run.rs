//! One run: its phases, its output, what it waits for and for how long, what came of it. A viewer: the run belongs to
//! its runner.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::action::{Ending, ItemEnd, Outcome, Phase, RunId, RunView, Stream, guard, quoted};
use crate::app::act::menu::RunRow;
use crate::app::{Command, Model};
use crate::base::time::Span;
use crate::config::Environment;
use crate::view::Theme;
use crate::view::format::{clock, one_line};
use crate::view::overlay::confirm::keys;
use crate::view::overlay::doc::{Doc, Row};
use crate::view::overlay::gate::{From, Gate, columns};
use crate::view::overlay::runs::{outcome_word, weight};
use crate::view::pen::Pen;

/// Most items that are listed one by one.
const LISTED: usize = 500;

/// Draws a run.
pub(super) fn draw(
    model: &Model,
    run: &RunId,
    scroll: usize,
    asked: bool,
    theme: &Theme,
    buf: &mut Buffer,
    area: Rect,
) {
    let row = RunRow { run, view: model.runs.get(run), seen: model.runs_seen.iter().find(|seen| seen.run == *run) };
    let Some(view) = row.view else { return };
    let watch = model.systems.iter().find(|watch| Some(watch.system.name.as_str()) == row.system());
    let from = if view.ending.is_some() { From::Top(scroll) } else { From::End(scroll) };
    let gate = Gate {
        environment: watch.map_or(Environment::Production, |watch| watch.system.environment),
        title: row.action(),
        badge: (String::new(), Style::new()),
        note: format!("run {}", run.short()),
        theme,
    };
    let roomy = area.height >= 12;
    let mut head = vec![steps(model, view, columns(area), theme)];
    if roomy {
        head.push(origin(model, &row, theme));
    }
    head.extend(waits(view, columns(area), roomy, theme));
    let mut doc = Doc::fitted(theme, columns(area));
    if let Some(ending) = &view.ending {
        ended(view, ending, theme, &mut doc);
    }
    output(view, theme, &mut doc);
    let foot = gate.draw(&head, &doc.rows(columns(area)), &from, buf, area);
    line(model, view, asked, theme, &mut Pen::new(buf, foot, 0, theme.glyphs.more));
}

/// The phases, the present one marked: `✓ checking  » running  - verifying  - outcome`.
fn steps(model: &Model, view: &RunView, columns: usize, theme: &Theme) -> Row {
    let mut row = Row::new();
    for phase in [Phase::Checking, Phase::Running, Phase::Verifying] {
        let here = view.ending.is_none() && phase == view.phase;
        let (glyph, style) = match &view.ending {
            Some(ending) => came_to(view, ending, phase, theme),
            None if here => (theme.glyphs.doing, theme.accent),
            None if phase < view.phase => (theme.glyphs.ok, theme.ok),
            None => (theme.glyphs.off, theme.dim),
        };
        if columns >= 60 || here {
            row.push((format!("{glyph} "), style));
            row.push((format!("{}   ", phase_word(phase)), if here { theme.strong } else { theme.dim }));
        }
    }
    match &view.ending {
        Some(ending) => row.push(verdict(ending.outcome, theme)),
        None if columns >= 60 => row.push((format!("{} outcome", theme.glyphs.off), theme.dim)),
        None => {}
    }
    if let Some(took) = took(model, view) {
        let word = if view.ending.is_some() { "after " } else { "" };
        row.push((format!("   {word}{}", Span(took)), theme.text));
    }
    row
}

/// What a phase of a run that is over came to.
fn came_to(view: &RunView, ending: &Ending, phase: Phase, theme: &Theme) -> (&'static str, Style) {
    let good = (theme.glyphs.ok, theme.ok);
    let bad = (theme.glyphs.critical, theme.status(weight(ending.outcome)));
    let not = (theme.glyphs.off, theme.dim);
    match (phase, ending.outcome) {
        (Phase::Checking, Outcome::Refused)
        | (Phase::Running, Outcome::Failed | Outcome::TimedOut | Outcome::Cancelled) => bad,
        (_, Outcome::Refused) => not,
        (_, Outcome::Unknown) if phase >= last_phase(view) => (theme.glyphs.unknown, theme.unknown),
        (Phase::Verifying, _) if ending.verified => good,
        (Phase::Verifying, outcome) if outcome != Outcome::NotVerified && view.looked.is_none() => not,
        (Phase::Verifying, _) => bad,
        _ => good,
    }
}

/// The last phase that a run came through.
fn last_phase(view: &RunView) -> Phase {
    let ran = view.ending.as_ref().is_some_and(|ending| ending.done.is_some()) || !view.lines.is_empty();
    match (ran, view.looked.is_some()) {
        (false, _) => Phase::Checking,
        (true, false) => Phase::Running,
        (true, true) => Phase::Verifying,
    }
}

fn took(model: &Model, view: &RunView) -> Option<Duration> {
    let until = view.ending.as_ref().map_or(model.now.wall, |ending| ending.at);
    Duration::try_from(until.duration_since(view.started?)).ok()
}

/// The word of a phase.
pub(super) fn phase_word(phase: Phase) -> &'static str {
    match phase {
        Phase::Checking => "checking",
        Phase::Running => "running",
        Phase::Verifying => "verifying",
        Phase::Ended => "ended",
    }
}

fn origin(model: &Model, row: &RunRow<'_>, theme: &Theme) -> Row {
    let zone = model.shown_zone();
    let since = row.since().map(|at| format!(" since {} {}", clock(at, &zone, true), zone.short()));
    let on = row.target().map(|target| format!("  on {target}")).unwrap_or_default();
    vec![(format!("{}{}{on}", row.who(), since.unwrap_or_default()), theme.dim)]
}

/// What is looked for, while it is looked for: the time that is left, and what the last look saw.
fn waits(view: &RunView, columns: usize, roomy: bool, theme: &Theme) -> Vec<Row> {
    let Some((holds, because, left)) = view.looked.as_ref().filter(|_| view.ending.is_none()) else {
        return Vec::new();
    };
    let (glyph, style) = match holds {
        Some(true) => (theme.glyphs.ok, theme.ok),
        Some(false) => (theme.glyphs.off, theme.dim),
        None => (theme.glyphs.unknown, theme.unknown),
    };
    let because = if because.is_empty() { "not seen yet" } else { because };
    let saw = [(format!("{glyph} "), style), (because.to_owned(), theme.text)];
    let mut time = vec![(format!("{left:>3} s left  "), theme.strong)];
    if !roomy {
        time.extend(saw);
        return vec![time];
    }
    let within = view.preview.as_ref().map_or(0, |preview| preview.verify_within_s).max(*left).max(1);
    time.extend(remains(*left, within, columns.saturating_sub(14).min(60), theme));
    let mut doc = Doc::fitted(theme, columns);
    if let Some(condition) = view.preview.as_ref().and_then(|preview| preview.verify.as_ref()) {
        doc.field("waits for", one_line(&condition.text), theme.text);
    }
    doc.labelled("now", saw.to_vec());
    doc.pieces(0, time);
    doc.rows(columns)
}

/// A bar of the time that is left.
fn remains(left: u64, within: u64, columns: usize, theme: &Theme) -> Row {
    let filled = usize::try_from(left.min(within) * columns as u64 / within).unwrap_or(columns);
    let empty = if theme.colored { " " } else { theme.glyphs.track };
    vec![
        (theme.glyphs.parts[7].repeat(filled), theme.gauge),
        (empty.repeat(columns - filled.min(columns)), theme.track),
    ]
}

fn verdict(outcome: Outcome, theme: &Theme) -> (String, Style) {
    let status = weight(outcome);
    (format!(" {} {} ", theme.glyph(status), outcome_word(outcome).to_uppercase()), theme.badge(status))
}

/// What came of it, what matters most first.
fn ended(view: &RunView, ending: &Ending, theme: &Theme, doc: &mut Doc<'_>) {
    let status = weight(ending.outcome);
    if !ending.reason.is_empty() {
        doc.field("why", ending.reason.clone(), theme.status(status));
    }
    if !ending.evidence.is_empty() {
        doc.field("effect", ending.evidence.clone(), if ending.verified { theme.ok } else { theme.strong });
    }
    let wanted = view.preview.as_ref().and_then(|preview| preview.verify.as_ref());
    if let Some(condition) = wanted.filter(|_| ending.verified && ending.evidence.is_empty()) {
        doc.field("proved by", one_line(&condition.text), theme.ok);
    }
    if ending.verified && ending.outcome != Outcome::Verified {
        doc.field("", "the effect was seen all the same", theme.warning);
    }
    if ending.outcome == Outcome::NotVerified && ending.evidence.is_empty() {
        doc.field("effect", "nothing proves it: look for yourself", theme.strong);
    }
    let Some(done) = &ending.done else { return };
    if let Some(code) = done.exit_code {
        doc.field("exit code", code.to_string(), theme.text);
    }
    if let Some(status) = done.http_status {
        doc.field("answer", format!("HTTP {status}"), theme.text);
    }
    if !done.reason.is_empty() && done.reason != ending.reason {
        doc.field("ended", done.reason.clone(), theme.text);
    }
    if !done.items.is_empty() {
        items(done, theme, doc);
    }
    for (at, left) in done.left_running.iter().enumerate() {
        doc.field(if at == 0 { "left running" } else { "" }, left.clone(), theme.warning);
    }
    let undo = done.undo.as_ref().or_else(|| view.preview.as_ref()?.undo.as_ref());
    if let Some(undo) = undo {
        doc.field("undo", undo.clone(), theme.text);
    }
}

/// How many items ended how, and those that are not simply done.
fn items(done: &crate::action::Done, theme: &Theme, doc: &mut Doc<'_>) {
    let counts = done.counts();
    let words = ["done", "gone", "skipped", "failed"];
    let told: Vec<String> =
        counts.iter().zip(words).filter(|(n, _)| **n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    doc.field("items", told.join(", "), if counts[3] > 0 { theme.warning } else { theme.strong });
    for item in done.items.iter().filter(|item| item.end != ItemEnd::Done).take(LISTED) {
        let (glyph, word, why, style) = match &item.end {
            ItemEnd::Done => continue,
            ItemEnd::Gone => (theme.glyphs.off, "gone", "", theme.dim),
            ItemEnd::Skipped(why) => (theme.glyphs.warning, "skipped", why.as_str(), theme.warning),
            ItemEnd::Failed(why) => (theme.glyphs.critical, "failed", why.as_str(), theme.critical),
        };
        let why = if why.is_empty() { String::new() } else { format!(": {why}") };
        let said = vec![(format!("{glyph} {word} "), style), (quoted(&item.id), theme.text), (why, theme.dim)];
        doc.labelled("", said);
    }
}

fn output(view: &RunView, theme: &Theme, doc: &mut Doc<'_>) {
    if view.ending.is_some() && !view.lines.is_empty() {
        doc.heading("Output");
    } else if view.lines.is_empty() && view.ending.is_none() {
        let text = if view.preview.is_some() { "no output yet" } else { "attaching to the run" };
        doc.text(text, theme.dim);
    }
    if view.dropped > 0 {
        doc.text(format!("{} lines before these are not kept here", view.dropped), theme.dim);
    }
    for (stream, text) in &view.lines {
        let (mark, style, words) = match stream {
            Stream::Out => ("  ", theme.dim, theme.text),
            Stream::Err => ("! ", theme.warning, theme.text),
            Stream::Own => ("- ", theme.dim, theme.dim),
        };
        doc.pieces(2, vec![(mark.to_owned(), style), (text.clone(), words)]);
    }
}

/// The last line: what the keys do here, and how it went on.
fn line(model: &Model, view: &RunView, asked: bool, theme: &Theme, pen: &mut Pen<'_>) {
    let close = model.keymap.shown(Command::Back);
    let Some(ending) = &view.ending else {
        if asked {
            pen.put(" y ", theme.badge_warning).skip(1).put("ask it to end", theme.strong).skip(3);
            pen.put("any other key does not", theme.hint);
        } else if pen.room() > 50 {
            keys(&[("c", "cancel it"), (&close, "close the view, it goes on")], theme, pen);
        } else {
            keys(&[("c", "cancel"), (&close, "close, it goes on")], theme, pen);
        }
        return;
    };
    if ending.outcome == Outcome::Refused && model.launched.contains_key(&view.id) {
        let word = if guard::asks_reason(&ending.reason) { "give a reason" } else { "look again" };
        keys(&[("r", word)], theme, pen);
    }
    keys(&[(&close, "close")], theme, pen);
}
