//! The rows of an answer: as a table where its columns fit side by side, otherwise one row below the other, so that
//! no cell is lost on a narrow terminal.

use crate::base::Shown;
use crate::view::Theme;
use crate::view::format::{clip, plural, width};
use crate::view::overlay::doc::Doc;

/// Rows that are drawn: the details are looked at, not paged through.
const MOST_ROWS: usize = 100;
/// The widest column beside others.
const WIDEST: usize = 32;
/// The columns that the details are sure to have on a terminal of 80.
const ROOM: usize = 74;

/// Fills the text.
pub(super) fn fill(theme: &Theme, columns: &[Shown], rows: &[Vec<Shown>], cut: Option<&str>, doc: &mut Doc<'_>) {
    let counted = cut.map_or_else(|| plural(rows.len(), "row"), str::to_owned);
    doc.heading(&format!("Last answer: {counted}"));
    if rows.is_empty() {
        let names: Vec<&str> = columns.iter().map(Shown::as_str).collect();
        doc.text(format!("no row of {}", names.join(", ")), theme.dim);
        return;
    }
    let widths = widths(columns, rows);
    let wide = widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1);
    if wide <= ROOM {
        side_by_side(theme, columns, rows, &widths, doc);
    } else {
        one_by_one(theme, columns, rows, doc);
    }
    if rows.len() > MOST_ROWS {
        doc.text(format!("and {} more", plural(rows.len() - MOST_ROWS, "row")), theme.dim);
    }
}

fn widths(columns: &[Shown], rows: &[Vec<Shown>]) -> Vec<usize> {
    let of = |at: usize, name: &Shown| {
        let cells = rows.iter().take(MOST_ROWS).filter_map(|row| row.get(at)).map(|cell| width(cell.as_str()));
        cells.chain([width(name.as_str())]).max().unwrap_or(0).min(WIDEST)
    };
    columns.iter().enumerate().map(|(at, name)| of(at, name)).collect()
}

fn side_by_side(theme: &Theme, columns: &[Shown], rows: &[Vec<Shown>], widths: &[usize], doc: &mut Doc<'_>) {
    let line = |cells: &[Shown]| {
        let padded: Vec<String> =
            cells.iter().zip(widths).map(|(cell, room)| padded(theme, cell.as_str(), *room)).collect();
        padded.join("  ").trim_end().to_owned()
    };
    doc.text(line(columns), theme.dim);
    for row in rows.iter().take(MOST_ROWS) {
        doc.text(line(row), theme.text);
    }
}

fn padded(theme: &Theme, text: &str, room: usize) -> String {
    let mut cell = text.to_owned();
    if width(text) > room {
        cell = format!("{}{}", clip(text, room.saturating_sub(1)).0, theme.glyphs.more);
    }
    let gap = room.saturating_sub(width(&cell));
    cell.extend(std::iter::repeat_n(' ', gap));
    cell
}

fn one_by_one(theme: &Theme, columns: &[Shown], rows: &[Vec<Shown>], doc: &mut Doc<'_>) {
    for (at, row) in rows.iter().take(MOST_ROWS).enumerate() {
        doc.text(format!("row {}", at + 1), theme.dim);
        for (name, cell) in columns.iter().zip(row) {
            doc.field(name.as_str(), cell.as_str(), theme.text);
        }
    }
}
