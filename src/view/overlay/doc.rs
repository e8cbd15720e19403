//! A text of headings, fields and paragraphs for the details: wrapped to the width of its box, scrolled, with a clamp
//! that only the view can make because only it knows how long the text is.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;

use crate::view::Theme;
use crate::view::format::width;
use crate::view::overlay::{centred, open};
use crate::view::pen::{Pen, to_u16};

/// Columns of a field's label.
const LABEL: usize = 14;

type Piece = (String, Style);
/// A row as it is drawn.
pub(crate) type Row = Vec<Piece>;

/// One line before wrapping: pieces, and where wrapped lines begin.
struct Line {
    pieces: Vec<Piece>,
    indent: usize,
}

/// The text.
pub(crate) struct Doc<'t> {
    theme: &'t Theme,
    lines: Vec<Line>,
    /// Columns of a field's label.
    label: usize,
    /// True when the rest of a long value begins at the left, below its label.
    hang: bool,
}

impl<'t> Doc<'t> {
    pub(crate) fn new(theme: &'t Theme) -> Self {
        Self { theme, lines: Vec::new(), label: LABEL, hang: false }
    }

    /// A text for so few columns as there are.
    pub(crate) fn fitted(theme: &'t Theme, columns: usize) -> Self {
        let narrow = columns < 56;
        Self { label: if narrow { 11 } else { 12 }, hang: narrow, ..Self::new(theme) }
    }

    /// A blank line and a heading.
    pub(crate) fn heading(&mut self, text: &str) {
        if !self.lines.is_empty() {
            self.pieces(0, Vec::new());
        }
        self.pieces(0, vec![(text.to_owned(), self.theme.title)]);
    }

    /// A label and its value.
    pub(crate) fn field(&mut self, label: &str, value: impl Into<String>, style: Style) {
        self.labelled(label, vec![(value.into(), style)]);
    }

    /// A label and what follows it.
    pub(crate) fn labelled(&mut self, label: &str, mut value: Vec<Piece>) {
        let mut name = label.to_owned();
        let gap = self.label.saturating_sub(width(&name)).max(1);
        name.extend(std::iter::repeat_n(' ', gap));
        value.insert(0, (name, self.theme.dim));
        self.pieces(if self.hang { 2 } else { self.label }, value);
    }

    /// A paragraph.
    pub(crate) fn text(&mut self, text: impl Into<String>, style: Style) {
        self.pieces(0, vec![(text.into(), style)]);
    }

    /// A line of pieces; wrapped lines begin at `indent`, and so does what stands on a line of its own in a piece.
    pub(crate) fn pieces(&mut self, indent: usize, pieces: Vec<Piece>) {
        let mut line: Vec<Piece> = Vec::new();
        for (text, style) in pieces {
            for (at, part) in text.split('\n').enumerate() {
                if at > 0 {
                    self.lines.push(Line { pieces: std::mem::take(&mut line), indent });
                    line.push((" ".repeat(indent), style));
                }
                line.push((part.to_owned(), style));
            }
        }
        self.lines.push(Line { pieces: line, indent });
    }

    /// The text without styles, unwrapped.
    pub(crate) fn plain(&self) -> String {
        let text = |line: &Line| line.pieces.iter().map(|(text, _)| text.as_str()).collect::<String>();
        self.lines.iter().map(|line| text(line).trim_end().to_owned() + "\n").collect()
    }

    /// The text in rows of so many columns.
    pub(crate) fn rows(&self, columns: usize) -> Vec<Row> {
        self.lines.iter().flat_map(|line| wrap(line, columns)).collect()
    }

    /// Draws the text in a box in the middle of an area; returns how far it can be scrolled.
    pub(crate) fn draw(&self, title: &str, scroll: usize, buf: &mut Buffer, area: Rect) -> usize {
        let columns = area.width.min(96);
        let inside = usize::from(centred(area, columns, 3).width.saturating_sub(4));
        let rows = self.rows(inside);
        let place = centred(area, columns, to_u16(rows.len() + 2).max(5));
        let room = usize::from(place.height.saturating_sub(2));
        let last = rows.len().saturating_sub(room);
        let first = scroll.min(last);
        let note = if rows.len() > room {
            format!("{}-{} of {}", first + 1, (first + room).min(rows.len()), rows.len())
        } else {
            String::new()
        };
        let inner = open(title, &note, self.theme, buf, place);
        paint(&rows, first, self.theme, buf, inner);
        last
    }
}

/// Draws rows of a text, from one of them on, as many as there is room for.
pub(crate) fn paint(rows: &[Row], first: usize, theme: &Theme, buf: &mut Buffer, area: Rect) {
    for (at, row) in rows.iter().skip(first).take(usize::from(area.height)).enumerate() {
        let mut pen = Pen::new(buf, area, to_u16(at), theme.glyphs.more);
        for (text, style) in row {
            pen.put(text, *style);
        }
    }
}

/// Breaks a line at spaces where it can, anywhere where it must: an argument that holds a `-` stays in one piece.
fn wrap(line: &Line, columns: usize) -> Vec<Vec<Piece>> {
    let mut rows: Vec<Vec<Piece>> = vec![Vec::new()];
    let mut used = 0;
    if columns == 0 {
        return rows;
    }
    let indent = if line.indent * 2 < columns { line.indent } else { 0 };
    for (text, style) in &line.pieces {
        for word in text.split_inclusive(' ') {
            let mut rest = word;
            while !rest.is_empty() {
                let wide = width(rest);
                if used + wide <= columns {
                    push(&mut rows, rest, *style);
                    used += wide;
                    break;
                }
                // the space after the last word of a row is not drawn
                let bare = rest.trim_end_matches(' ');
                if !bare.is_empty() && used + width(bare) <= columns {
                    push(&mut rows, bare, *style);
                    used = columns;
                    break;
                }
                let alone = columns - indent.min(columns - 1);
                if wide > alone {
                    let part = head(rest, columns.saturating_sub(used));
                    push(&mut rows, part, *style);
                    rest = &rest[part.len()..];
                }
                rows.push(vec![(" ".repeat(indent), Style::new())]);
                used = indent;
                rest = rest.trim_start_matches(' ');
                if alone == 0 || (wide > alone && width(head(rest, alone)) == 0) {
                    break;
                }
            }
        }
    }
    rows
}

fn push(rows: &mut [Vec<Piece>], text: &str, style: Style) {
    let Some(row) = rows.last_mut() else { return };
    match row.last_mut() {
        Some((last, own)) if *own == style => last.push_str(text),
        _ => row.push((text.to_owned(), style)),
    }
}

/// The longest beginning of a text that fits.
fn head(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        used += width(grapheme);
        if used > columns {
            return &text[..at];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(text: &str, indent: usize, columns: usize) -> Vec<String> {
        let line = Line { pieces: vec![(text.to_owned(), Style::new())], indent };
        let rows = wrap(&line, columns);
        rows.into_iter().map(|row| row.into_iter().map(|(text, _)| text).collect()).collect()
    }

    #[test]
    fn lines_break_at_spaces_and_long_words_anywhere() {
        assert_eq!(wrapped("one two three", 0, 8), ["one two ", "three"]);
        assert_eq!(wrapped("label value goes on", 6, 13), ["label value ", "      goes on"]);
        assert_eq!(wrapped("abcdefghij", 0, 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrapped("", 0, 4), [""]);
    }

    #[test]
    fn wrapping_ends_for_every_width() {
        for columns in 0..12 {
            for indent in [0, 3, 14] {
                wrapped("日本語日本語 wide and e\u{301}\u{301} narrow", indent, columns);
            }
        }
    }
}
