//! One runbook while it is walked: its live symptoms at the left, its steps at the right. Where there is no room for both
//! the symptoms are a line above the steps, and a key turns to them.

mod steps;
mod symptoms;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::recovery::desk::AWAITED;
use crate::app::recovery::{Book, Validity};
use crate::view::ctx::{Ctx, Label};
use crate::view::format::width;
use crate::view::layout::{self, Chrome};
use crate::view::overlay::doc::{Row, paint};
use crate::view::panel::{frame, nothing};
use crate::view::pen::Pen;

pub(crate) use steps::{class_style, mark_label, source, will_do};

/// Columns from which both sides have room.
const WIDE: u16 = 100;

/// Draws the runbook on the screen.
pub(crate) fn draw(ctx: &Ctx<'_>, buf: &mut Buffer, area: Rect) {
    let Some(book) = ctx.model.recovery.book() else {
        nothing(ctx, "no runbook is open", ctx.theme.dim, buf, area);
        return;
    };
    let chrome = layout::chrome(area);
    if area.width >= WIDE {
        let left = Rect { width: area.width * 2 / 5, ..area };
        let right = Rect { x: left.right(), width: area.width - left.width, ..area };
        side(ctx, book, buf, left, chrome);
        walked(ctx, book, !book.turned, buf, right, chrome);
    } else if book.turned {
        side(ctx, book, buf, area, chrome);
    } else {
        summary(ctx, book, buf, area);
        walked(ctx, book, true, buf, Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area }, chrome);
    }
}

/// The symptoms with what is said of the whole runbook.
fn side(ctx: &Ctx<'_>, book: &Book, buf: &mut Buffer, area: Rect, chrome: Chrome) {
    let runbook = book.runbook();
    let severity = (runbook.severity.clone(), ctx.theme.strong);
    let inner = frame(ctx, &runbook.title, &[severity], book.turned, buf, area, chrome);
    let (rows, at) = symptoms::rows(ctx, book, usize::from(inner.width));
    let room = usize::from(inner.height);
    // from the top, until the symptom that was gone to is seen whole
    let first = if book.turned { at.end.saturating_sub(room).min(at.start) } else { 0 };
    let key = ctx.model.keymap.told(crate::app::Command::NextPanel);
    let road = if book.turned { String::new() } else { format!(": {key}") };
    clipped(ctx, &rows, first, &road, buf, inner);
}

/// The steps.
fn walked(ctx: &Ctx<'_>, book: &Book, focused: bool, buf: &mut Buffer, area: Rect, chrome: Chrome) {
    let (behind, all) = book.walk.progress();
    let title =
        if area.width >= WIDE || chrome == Chrome::Boxed { "Steps".to_owned() } else { book.runbook().title.clone() };
    let labels: [Label; 2] = [(format!("{behind} of {all} behind"), ctx.theme.dim), standing(ctx, book)];
    let inner = frame(ctx, &title, &labels, focused, buf, area, chrome);
    let (rows, at) = steps::rows(ctx, book, usize::from(inner.width));
    let room = usize::from(inner.height);
    // the selected step with what it unfolds, and a row of what was before
    let first = (at.end.saturating_sub(room)).max(at.start.saturating_sub(room / 4).min(at.end.saturating_sub(room)));
    let first = first.min(at.start).min(rows.len().saturating_sub(room));
    clipped(ctx, &rows, first, "", buf, inner);
}

fn standing(ctx: &Ctx<'_>, book: &Book) -> Label {
    use crate::runbook::walk::Standing;
    if ctx.model.recovery.desk.awaited {
        return (AWAITED.to_owned(), ctx.theme.dim);
    }
    match book.walk.standing() {
        Standing::UnderWay => (String::new(), ctx.theme.dim),
        Standing::Verified => (format!("{} verified", ctx.theme.glyphs.ok), ctx.theme.ok),
        Standing::NotVerified => (format!("{} not verified", ctx.theme.glyphs.warning), ctx.theme.warning),
    }
}

/// One line instead of the symptoms: how many hold, what speaks against, whether it was tried.
fn summary(ctx: &Ctx<'_>, book: &Book, buf: &mut Buffer, area: Rect) {
    let theme = ctx.theme;
    let mut pen = Pen::new(buf, area, 0, theme.glyphs.more);
    pen.skip(1);
    for (text, style) in symptoms::counts(ctx, book) {
        if pen.room() > width(&text) {
            pen.put(&text, style).skip(2);
        }
    }
    let validity = Validity::of(book.runbook(), ctx.now.wall);
    let words = validity.words();
    let style = if validity.is_doubtful() { theme.warning } else { theme.dim };
    let key = ctx.model.keymap.told(crate::app::Command::NextPanel);
    if pen.room() > width(&words) + width(&key) + 14 {
        pen.put(&words, style).skip(2);
    }
    if pen.room() > width(&key) + 9 {
        pen.right(" symptoms", theme.hint);
        pen.right(&key, theme.key);
    }
}

/// Rows from one of them on; the last one says how many more there are, and by which road they are seen.
fn clipped(ctx: &Ctx<'_>, rows: &[Row], first: usize, road: &str, buf: &mut Buffer, area: Rect) {
    paint(rows, first, ctx.theme, buf, area);
    let end = first + usize::from(area.height);
    let beyond = rows.len().saturating_sub(end);
    if beyond > 0 && area.height > 2 {
        let told = format!(" {beyond} more{road}");
        let used: usize = rows.get(end - 1).into_iter().flatten().map(|(text, _)| width(text)).sum();
        let is_cut = used + width(&told) >= usize::from(area.width);
        let mut pen = Pen::new(buf, area, area.height - 1, ctx.theme.glyphs.more);
        pen.right(&told, ctx.theme.hint);
        if is_cut {
            pen.right(ctx.theme.glyphs.more, ctx.theme.hint);
        }
    }
}
