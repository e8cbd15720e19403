//! The symptoms: whether each holds, by glyph and word and colour, with the values that decide it and their age.

use std::ops::Range;
use std::time::Duration;

use crate::app::recovery::{Book, Live, Truth, Validity};
use crate::signal::Freshness;
use crate::view::ctx::{Ctx, Label};
use crate::view::format::plural;
use crate::view::overlay::doc::{Doc, Row};

/// Columns before a symptom's words: cursor, glyph and word.
const WORD: usize = 11;

/// All that is said of the scenario, in rows of so many columns, and which of them are the selected symptom's.
pub(super) fn rows(ctx: &Ctx<'_>, book: &Book, columns: usize) -> (Vec<Row>, Range<usize>) {
    let theme = ctx.theme;
    let runbook = book.runbook();
    let mut doc = Doc::fitted(theme, columns);
    doc.text(runbook.scenario.clone(), theme.text);
    let validity = Validity::of(runbook, ctx.now.wall);
    let style = if validity.is_doubtful() { theme.warning } else { theme.dim };
    let mark = if validity.is_doubtful() { theme.glyphs.warning } else { theme.glyphs.ok };
    doc.pieces(2, vec![(format!("{mark} {}", validity.words()), style)]);
    doc.pieces(0, Vec::new());
    let mut told = Vec::new();
    for (text, style) in counts(ctx, book) {
        told.push((text, style));
        told.push(("  ".to_owned(), style));
    }
    doc.pieces(0, told);
    let mut rows = doc.rows(columns);
    let mut at = 0..rows.len();
    let mut add = |n: usize, doc: &Doc<'_>| {
        let begin = rows.len();
        rows.extend(doc.rows(columns));
        if n == book.symptom && n > 0 {
            at = begin..rows.len();
        }
    };
    for (n, live) in book.symptoms.iter().enumerate() {
        let mut doc = Doc::fitted(theme, columns);
        symptom(ctx, live, book.turned && n == book.symptom, &mut doc);
        add(n, &doc);
    }
    for (n, text) in book.said().enumerate() {
        let n = book.symptoms.len() + n;
        let style = if book.turned && n == book.symptom { theme.strong } else { theme.dim };
        let mut doc = Doc::fitted(theme, columns);
        let cursor = cursor(ctx, book.turned && n == book.symptom);
        doc.pieces(3, vec![cursor, ("- ".to_owned(), theme.dim), (text.to_owned(), style)]);
        add(n, &doc);
    }
    (rows, at)
}

/// `4 of 5 symptoms`, what speaks against it, what cannot be told.
pub(super) fn counts(ctx: &Ctx<'_>, book: &Book) -> Vec<Label> {
    let theme = ctx.theme;
    let count = book.count(ctx.watch, ctx.now);
    let style = if count.matched > 0 { theme.strong } else { theme.text };
    let mut told = vec![(format!("{} of {}", count.matched, plural(count.symptoms, "symptom")), style)];
    if count.against > 0 {
        told.push((format!("{} {} against", theme.glyphs.critical, count.against), theme.warning));
    }
    if count.unknown > 0 {
        told.push((format!("{} {} unknown", theme.glyphs.unknown, count.unknown), theme.unknown));
    }
    told
}

/// The mark of the selected symptom.
fn cursor(ctx: &Ctx<'_>, selected: bool) -> Label {
    (if selected { ctx.theme.glyphs.cursor } else { " " }.to_owned(), ctx.theme.accent)
}

fn symptom(ctx: &Ctx<'_>, live: &Live, selected: bool, doc: &mut Doc<'_>) {
    let theme = ctx.theme;
    let truth = live.truth(ctx.watch, ctx.now);
    let (glyph, style) = match truth {
        Truth::True => (theme.glyphs.ok, theme.accent),
        Truth::False => (theme.glyphs.critical, theme.warning),
        Truth::Unknown => (theme.glyphs.unknown, theme.unknown),
        Truth::Human => (theme.glyphs.off, theme.dim),
    };
    let mut word = format!("{glyph} {}", truth.word());
    word.extend(std::iter::repeat_n(' ', (WORD - 1).saturating_sub(word.chars().count()).max(1)));
    let words = match truth {
        _ if selected => theme.strong,
        Truth::Human | Truth::False => theme.dim,
        Truth::True | Truth::Unknown => theme.text,
    };
    let mut pieces = vec![cursor(ctx, selected), (word, style), (live.text.clone(), words)];
    if live.is_context {
        let said = if truth == Truth::False { "  speaks against it" } else { "  must hold too" };
        pieces.push((said.to_owned(), if truth == Truth::False { theme.warning } else { theme.dim }));
    } else if truth == Truth::False {
        pieces.push(("  speaks against it".to_owned(), theme.warning));
    }
    doc.pieces(WORD, pieces);
    if let Some(condition) = &live.condition {
        let because = condition.evidence(&ctx.watch.store, ctx.now);
        let mut pieces = vec![(" ".repeat(WORD), theme.dim), (because, theme.dim)];
        if let Some((age, style)) = age(ctx, live) {
            pieces.push((format!("  {age}"), style));
        }
        doc.pieces(WORD, pieces);
    }
}

/// The age of the oldest value that it stands on.
fn age(ctx: &Ctx<'_>, live: &Live) -> Option<Label> {
    let signals = live.condition.as_ref()?.signals();
    let of = |key: &crate::base::SignalKey| {
        let reading = ctx.reading(key);
        let age = reading.age(ctx.now.mono)?;
        Some((reading.freshness, age, ctx.timing(&key.component)))
    };
    let oldest = signals.iter().filter_map(of).max_by_key(|(_, age, _)| *age);
    let (freshness, age, timing) =
        oldest.unwrap_or((Freshness::Never, Duration::ZERO, ctx.timing(&signals.first()?.component)));
    Some(ctx.age_label(freshness, Some(age), timing))
}
