//! The steps of a walk: each with what came of it, by glyph and word and colour; the selected one unfolded, with exactly
//! what it would run.

use std::ops::Range;

use ratatui::style::Style;

use crate::app::Command;
use crate::app::recovery::{Book, line as words};
use crate::base::Variables;
use crate::base::time::Span;
use crate::config::System;
use crate::runbook::walk::{Doing, Mark, Query, Standing, Walk};
use crate::runbook::{Class, Step};
use crate::view::Theme;
use crate::view::ctx::{Ctx, Label};
use crate::view::format::{clip, one_line, width};
use crate::view::overlay::doc::{Doc, Row};
use crate::view::overlay::gate::risk_style;

/// Columns of the word of a mark.
const WORD: usize = 16;

/// The rows of all steps, and which of them are the selected step's.
pub(super) fn rows(ctx: &Ctx<'_>, book: &Book, columns: usize) -> (Vec<Row>, Range<usize>) {
    let theme = ctx.theme;
    let selected = book.selected();
    let (mut rows, mut at) = (Vec::new(), 0..1);
    let mut section = String::new();
    for n in book.steps() {
        let Some(step) = book.walk.step(n) else { continue };
        let heading = heading(step);
        if heading != section {
            let style = theme.title;
            rows.push(vec![(clip(&heading, columns).0.to_owned(), style)]);
            section = heading;
        }
        let begin = rows.len();
        let (row, is_cut) = line(ctx, book, n, step, selected == Some(n), columns);
        rows.push(row);
        if selected == Some(n) {
            rows.extend(unfolded(ctx, book, n, step, is_cut, columns));
            at = begin..rows.len();
        }
    }
    if book.walk.is_over() {
        let (text, style) = match book.walk.standing() {
            Standing::Verified => ("The walk is at its end: verified.", theme.ok),
            _ => ("The walk is at its end: not verified.", theme.warning),
        };
        rows.push(vec![(text.to_owned(), style)]);
        let key = |command| ctx.model.keymap.told(command);
        let next =
            format!("{} closes its incident, {} writes the report.", key(Command::CloseIncident), key(Command::Report));
        rows.push(vec![(clip(&next, columns).0.to_owned(), theme.dim)]);
    }
    (rows, at)
}

/// What a step stands under: the way that it belongs to, else its section.
fn heading(step: &Step) -> String {
    match &step.option {
        Some(option) if step.part == crate::runbook::Part::Resolution => option.name.clone(),
        _ => match step.part {
            crate::runbook::Part::Immediate => "Immediate actions".to_owned(),
            crate::runbook::Part::Diagnosis => "Diagnosis".to_owned(),
            crate::runbook::Part::Verification => "Verification".to_owned(),
            crate::runbook::Part::PostIncident => "Post-incident".to_owned(),
            _ if step.section.is_empty() => "Resolution".to_owned(),
            _ => step.section.clone(),
        },
    }
}

/// Glyph, word and colour of what came of a step.
pub(crate) fn mark_label(theme: &Theme, mark: &Mark, is_next: bool) -> (&'static str, &'static str, Style) {
    let glyphs = theme.glyphs;
    let (glyph, style) = match mark {
        Mark::Todo if is_next => return (glyphs.doing, "next", theme.accent),
        Mark::Todo | Mark::Skipped { .. } => (glyphs.off, theme.dim),
        Mark::Running { .. } => (glyphs.doing, theme.accent),
        Mark::Done | Mark::Found { as_expected: None, .. } => (glyphs.ok, theme.text),
        Mark::Found { as_expected: Some(true), .. } | Mark::Verified { .. } => (glyphs.ok, theme.ok),
        Mark::Found { as_expected: Some(false), .. } | Mark::NotVerified { .. } => (glyphs.warning, theme.warning),
        Mark::Failed { .. } => (glyphs.critical, theme.critical),
    };
    (glyph, mark.word(), style)
}

/// The style of a class.
pub(crate) fn class_style(theme: &Theme, step: &Step) -> Style {
    match step.class {
        Class::Check => theme.ok,
        Class::Act => risk_style(theme, step.risk),
        Class::Never => theme.critical,
        Class::Choose | Class::NeedsInput => theme.accent,
        Class::Manual => theme.dim,
    }
}

/// A step in one line, and whether some of its words did not fit.
fn line(ctx: &Ctx<'_>, book: &Book, n: usize, step: &Step, selected: bool, columns: usize) -> (Row, bool) {
    let theme = ctx.theme;
    let is_next = ctx.model.recovery.next(book) == Some(n);
    let (glyph, word, style) = mark_label(theme, book.walk.marked(n), is_next);
    let cursor = if selected { theme.glyphs.cursor } else { " " };
    let wide = columns >= 60;
    let mut word = format!("{glyph} {word}");
    let room = if wide { WORD + 2 } else { 0 };
    word.extend(std::iter::repeat_n(' ', room.saturating_sub(word.chars().count()).max(1)));
    let class = if columns >= 40 { step.class.word() } else { "" };
    let mut row = vec![(format!("{cursor}{n:>2} "), theme.accent), (word, style)];
    let used: usize = row.iter().map(|(text, _)| width(text)).sum();
    let room = columns.saturating_sub(used + width(class) + 1);
    let text = format!("{}{}", either(book, n, step), words(step));
    let (kept, cut) = clip(&text, room);
    let words = if selected {
        theme.strong
    } else if book.walk.marked(n).is_behind() {
        theme.dim
    } else {
        theme.text
    };
    let mut shown = kept.to_owned();
    if cut {
        shown.push_str(theme.glyphs.more);
    }
    let gap = room.saturating_sub(width(&shown)) + 1;
    row.push((shown, words));
    row.push((" ".repeat(gap), words));
    row.push((class.to_owned(), class_style(theme, step)));
    (row, cut)
}

/// What tells alternatives from a list: `either` before the first step of the first way, `or` before the first of another.
fn either(book: &Book, n: usize, step: &Step) -> &'static str {
    let Some(option) = step.option.as_ref().filter(|_| step.part != crate::runbook::Part::Resolution) else {
        return "";
    };
    // where it was chosen there is nothing to tell any more
    if book.walk.choice_of(n).is_none_or(|choice| book.walk.chosen(choice).is_some()) {
        return "";
    }
    let mut before = book.walk.order().take_while(|other| *other != n).filter_map(|other| {
        book.walk.step(other)?.option.as_ref().filter(|other| other.choice == option.choice).map(|other| &other.name)
    });
    match before.next() {
        None => "either ",
        Some(first) if *first != option.name && before.all(|name| *name != option.name) => "or ",
        Some(_) => "",
    }
}

/// Everything about the selected step that there is room for.
fn unfolded(ctx: &Ctx<'_>, book: &Book, n: usize, step: &Step, is_cut: bool, columns: usize) -> Vec<Row> {
    let theme = ctx.theme;
    let mut doc = Doc::fitted(theme, columns);
    // what is to be done now is read whole
    if is_cut {
        doc.pieces(4, vec![("    ".to_owned(), theme.text), (words(step).to_owned(), theme.text)]);
    }
    let marked = book.walk.marked(n);
    if !marked.because().is_empty() {
        let (_, _, style) = mark_label(theme, marked, false);
        doc.pieces(4, vec![("    ".to_owned(), style), (marked.because().to_owned(), style)]);
    }
    if let Mark::Running { since } = marked {
        let waited = ctx.now.mono.since(*since);
        let left = book.walk.within(n).saturating_sub(waited);
        let words = format!("for {}, {} left", Span(waited), Span(left));
        doc.pieces(4, vec![("    ".to_owned(), theme.dim), (words, theme.accent)]);
    }
    for line in step.text.lines().skip(1).filter(|line| !line.trim().is_empty()) {
        doc.pieces(4, vec![("    ".to_owned(), theme.text), (line.trim().to_owned(), theme.text)]);
    }
    source(&ctx.watch.system, step, theme, &mut doc);
    if let Some(condition) = book.walk.condition(n) {
        let truth = condition.verdict(&ctx.watch.store, ctx.now);
        let (glyph, style) = match truth {
            crate::expr::Verdict::True => (theme.glyphs.ok, theme.ok),
            crate::expr::Verdict::False => (theme.glyphs.critical, theme.warning),
            crate::expr::Verdict::Unknown(_) => (theme.glyphs.unknown, theme.unknown),
        };
        let within = if step.within.is_zero() { String::new() } else { format!("  within {}", Span(step.within)) };
        let text = format!("expects {}{within}", one_line(condition.text()));
        doc.pieces(6, vec![("    ".to_owned(), theme.dim), (text, theme.text)]);
        let now = condition.evidence(&ctx.watch.store, ctx.now);
        doc.pieces(6, vec![(format!("    {glyph} now: "), style), (now, theme.dim)]);
    }
    for note in &step.notes {
        doc.pieces(4, vec![("    ".to_owned(), theme.dim), (note.clone(), theme.dim)]);
    }
    if let Some(lines) = book.printed.get(&n) {
        for line in lines.iter().take(6) {
            doc.pieces(6, vec![("    | ".to_owned(), theme.dim), (line.clone(), theme.text)]);
        }
        if lines.len() > 6 {
            doc.pieces(6, vec![(format!("    {} more lines", lines.len() - 6), theme.dim)]);
        }
    }
    if ctx.model.recovery.next(book) == Some(n) {
        let (text, style) = will(ctx, book, n);
        doc.pieces(4, vec![("    ".to_owned(), theme.dim), (text, style)]);
    }
    doc.rows(columns)
}

/// What a step runs, exactly as it stands; of an action its title and risk.
pub(crate) fn source(system: &System, step: &Step, theme: &Theme, doc: &mut Doc<'_>) {
    if let Some(call) = &step.action {
        let declared = system.action.get(call.id.text.as_str());
        let mut pieces = vec![("    action ".to_owned(), theme.dim), (call.id.text.clone(), theme.strong)];
        for (name, value) in &call.parameters {
            pieces.push((format!(" {}={value}", name.text), theme.text));
        }
        match declared {
            Some(spec) => {
                pieces.push((format!("  {}", spec.title), theme.text));
                pieces.push((format!("  {}", spec.risk), risk_style(theme, spec.risk)));
            }
            None => pieces.push(("  no action of this system".to_owned(), theme.critical)),
        }
        doc.pieces(6, pieces);
    }
    if step.language != "text" && !step.source.is_empty() {
        for line in step.source.lines() {
            doc.pieces(8, vec![("    $ ".to_owned(), theme.dim), (line.to_owned(), theme.strong)]);
        }
    }
}

/// What Enter does with the step that comes next.
fn will(ctx: &Ctx<'_>, book: &Book, n: usize) -> Label {
    let theme = ctx.theme;
    if let Mark::Running { .. } = book.walk.marked(n) {
        let text = if book.acting.is_some() { "Enter shows the run" } else { "waiting for fresh samples" };
        return (text.to_owned(), theme.accent);
    }
    if ctx.model.options.read_only {
        return ("read-only: nothing is run, nothing written down".to_owned(), theme.dim);
    }
    let nobody = Variables::default();
    let variables = ctx.model.recovery.variables.get(&ctx.watch.system.name).unwrap_or(&nobody);
    let again = if book.walk.marked(n).is_stuck() { " again; s leaves it out, o takes another way" } else { "" };
    (format!("Enter: {}{again}", will_do(&book.walk, n, variables)), theme.accent)
}

/// What running a step means, in words.
pub(crate) fn will_do(walk: &Walk, n: usize, variables: &Variables) -> String {
    match walk.doing(n, variables) {
        Doing::Action { call } => format!("preview the action {}, confirm it, prove it", call.id.text),
        Doing::Expect { within, .. } if within.is_zero() => "look at fresh samples".to_owned(),
        Doing::Expect { within, .. } => format!("look at fresh samples until it holds, for {}", Span(within)),
        Doing::Command { argv, time_box } => {
            let argv: Vec<String> = argv.iter().map(|argument| crate::action::quoted(argument)).collect();
            format!("run this, which only reads, for {} at most: {}", Span(time_box), argv.join(" "))
        }
        Doing::Query { query, time_box } => {
            let at_most = format!(" for {} at most", Span(time_box));
            asking(walk, n, &query, &at_most)
        }
        Doing::Choice { options, by } => {
            let by = by.map(|by| format!(" ({by} is set)")).unwrap_or_default();
            format!("choose one of {} ways{by}", options.len())
        }
        Doing::Human if walk.condition(n).is_some() => "you do it; what is expected is looked at then".to_owned(),
        Doing::Human => match walk.left_to_hands(n).or_else(|| walk.not_run(n, variables)) {
            Some(why) => format!("you do it, and say with Enter that it is done; not run here: {why}"),
            None => "you do it, and say with Enter that it is done".to_owned(),
        },
        Doing::Input { fields } => {
            let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
            let then = walk.query_to_be(n).map(|query| format!("; then {}", asking(walk, n, &query, "")));
            format!("fill in {}{}", names.join(", "), then.unwrap_or_default())
        }
        Doing::Never => {
            let why = walk.step(n).map(|step| format!(" (it {})", step.why)).unwrap_or_default();
            format!("never run here{why}: do it elsewhere, then leave it out with s")
        }
    }
}

/// What is asked of which database: without values it is what stands there already.
fn asking(walk: &Walk, n: usize, query: &Query, at_most: &str) -> String {
    let then = if walk.condition(n).is_some() { ", then look at fresh samples" } else { "" };
    let has_values = query.statements.iter().any(|one| !one.values.is_empty());
    let asked = if has_values { format!(": {}", query.lines().join(" ")) } else { String::new() };
    format!("ask {}, read only{at_most}{then}{asked}", query.place())
}
