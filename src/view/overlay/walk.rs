//! Over a walk: the ways of a choice, one step whole, all that the walk would do, a report.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::Model;
use crate::app::recovery::{Book, line as words};
use crate::base::Variables;
use crate::view::Theme;
use crate::view::ctx::Ctx;
use crate::view::format::{one_line, plural};
use crate::view::overlay::doc::Doc;
use crate::view::overlay::{centred, mark, open};
use crate::view::panel::visible;
use crate::view::pen::{Pen, to_u16};
use crate::view::screen::runbook::{class_style, mark_label, source, will_do};

/// Draws the ways of a choice.
pub(super) fn ways(model: &Model, choice: usize, selected: usize, theme: &Theme, buf: &mut Buffer, area: Rect) {
    let Some(book) = model.recovery.book() else { return };
    let options = book.walk.options(choice);
    let place = centred(area, 76, to_u16(options.len() + 2));
    let inner = open("One of these ways", "Enter takes it, Esc does not", theme, buf, place);
    let seen = visible(options.len(), selected, usize::from(inner.height));
    for (at, name) in options.iter().enumerate().skip(seen.first).take(seen.shown) {
        let row = at - seen.first;
        let mut pen = Pen::new(buf, inner, to_u16(row), theme.glyphs.more);
        if book.walk.chosen(choice) == Some(*name) {
            pen.right("chosen", theme.ok);
        }
        let steps = book.walk.order().filter(|n| {
            let option = book.walk.step(*n).and_then(|step| step.option.as_ref());
            option.is_some_and(|option| option.choice == choice && option.name == *name)
        });
        pen.right(&format!("{}  ", plural(steps.count(), "step")), theme.dim);
        pen.put(name, if at == selected { theme.strong } else { theme.text });
        if at == selected {
            mark(theme, buf, inner, row);
        }
    }
}

/// Draws everything about a step.
pub(super) fn step(
    model: &Model,
    n: usize,
    scroll: usize,
    theme: &Theme,
    buf: &mut Buffer,
    area: Rect,
) -> Option<usize> {
    let (book, watch) = (model.recovery.book()?, model.watch()?);
    let step = book.walk.step(n)?;
    let ctx = Ctx::new(model, watch, theme);
    let mut doc = Doc::new(theme);
    let (glyph, word, style) = mark_label(theme, book.walk.marked(n), model.recovery.next(book) == Some(n));
    doc.field("state", format!("{glyph} {word}"), style);
    let because = book.walk.marked(n).because();
    if !because.is_empty() {
        doc.field("because", because, style);
    }
    doc.labelled(
        "class",
        vec![(step.class.word().to_owned(), class_style(theme, step)), (format!("  {}", step.why), theme.dim)],
    );
    doc.field("section", step.section.clone(), theme.text);
    if let Some(option) = &step.option {
        doc.field("way", option.name.clone(), theme.text);
    }
    doc.field("line", step.line.to_string(), theme.dim);
    doc.heading("What it says");
    for line in step.text.lines() {
        doc.text(line, theme.text);
    }
    source(&watch.system, step, theme, &mut doc);
    if let Some(condition) = book.walk.condition(n) {
        doc.heading("What proves it");
        doc.text(one_line(condition.text()), theme.text);
        doc.field("now", condition.evidence(&watch.store, ctx.now), theme.dim);
    }
    if !step.notes.is_empty() {
        doc.heading("Notes");
        for note in &step.notes {
            doc.text(note.clone(), theme.dim);
        }
    }
    if let Some(lines) = book.printed.get(&n) {
        doc.heading("What it printed");
        for line in lines {
            doc.text(line.clone(), theme.text);
        }
    }
    Some(doc.draw(&format!("Step {n}"), scroll, buf, area))
}

/// Draws all that the walk would do.
pub(super) fn dry_run(model: &Model, scroll: usize, theme: &Theme, buf: &mut Buffer, area: Rect) -> Option<usize> {
    let (book, watch) = (model.recovery.book()?, model.watch()?);
    let nobody = Variables::default();
    let variables = model.recovery.variables.get(&watch.system.name).unwrap_or(&nobody);
    let mut doc = Doc::new(theme);
    doc.text("Nothing of this runs now. Ways that were not chosen yet are all listed.", theme.dim);
    let mut section = String::new();
    for n in book.steps() {
        let Some(step) = book.walk.step(n) else { continue };
        let way = step.option.as_ref().map_or(step.section.as_str(), |option| option.name.as_str());
        if way != section {
            way.clone_into(&mut section);
            doc.heading(way);
        }
        let (glyph, word, style) = mark_label(theme, book.walk.marked(n), model.recovery.next(book) == Some(n));
        let class = (format!("  {}", step.class.word()), class_style(theme, step));
        let text = (words(step).to_owned(), theme.text);
        let mark = (format!("  {glyph}\u{a0}{}", word.replace(' ', "\u{a0}")), style);
        doc.pieces(4, vec![(format!("{n:>2}  "), theme.accent), text, class, mark]);
        doc.pieces(4, vec![("    ".to_owned(), theme.dim), (dry(book, n, variables), theme.dim)]);
        source(&watch.system, step, theme, &mut doc);
        if let Some(condition) = book.walk.condition(n) {
            let text = format!("expects {}", one_line(condition.text()));
            doc.pieces(6, vec![("    ".to_owned(), theme.dim), (text, theme.dim)]);
        }
    }
    Some(doc.draw(&format!("Dry run: {}", book.runbook().title), scroll, buf, area))
}

fn dry(book: &Book, n: usize, variables: &Variables) -> String {
    // of a way that nobody chose yet it is told what its steps do, not that it is to be chosen
    let mut walk = book.walk.clone();
    if let (Some(choice), Some(option)) = (walk.choice_of(n), walk.step(n).and_then(|step| step.option.clone())) {
        walk.choose(choice, &option.name);
    }
    will_do(&walk, n, variables)
}

/// Draws a text of an incident.
pub(super) fn text(
    title: &str,
    note: &str,
    text: &str,
    scroll: usize,
    theme: &Theme,
    buf: &mut Buffer,
    area: Rect,
) -> usize {
    let mut doc = Doc::new(theme);
    doc.text(note, theme.accent);
    doc.text("", theme.dim);
    for line in text.lines().filter(|line| !line.trim_start().starts_with("<!--")) {
        let style = if line.starts_with('#') { theme.title } else { theme.text };
        doc.text(line, style);
    }
    doc.draw(title, scroll, buf, area)
}
