//! Puts texts below each other, each as large as the room that is left allows, and in plain letters where it allows none.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::font::{self, Size};
use crate::view::Theme;
use crate::view::format::width;
use crate::view::pen::Pen;

/// The rows that nobody has taken yet.
pub(super) struct Room<'a> {
    pub(super) area: Rect,
    pub(super) theme: &'a Theme,
}

/// A text that wants to be large.
pub(super) struct Wish<'t> {
    pub(super) text: &'t str,
    pub(super) style: Style,
    /// Most lines.
    pub(super) most: usize,
    /// Rows that are left for what comes after it.
    pub(super) keep: u16,
    /// How many of the smallest sizes may be taken; 0: plain letters.
    pub(super) largest: usize,
}

impl<'t> Wish<'t> {
    /// One line, in up to the second size.
    pub(super) fn new(text: &'t str, style: Style) -> Self {
        Self { text, style, most: 1, keep: 0, largest: 2 }
    }
}

impl Room<'_> {
    /// Takes rows from above.
    pub(super) fn top(&mut self, rows: u16) -> Rect {
        let rows = rows.min(self.area.height);
        let taken = Rect { height: rows, ..self.area };
        self.area.y += rows;
        self.area.height -= rows;
        taken
    }

    /// Takes rows from below.
    pub(super) fn bottom(&mut self, rows: u16) -> Rect {
        let rows = rows.min(self.area.height);
        self.area.height -= rows;
        Rect { y: self.area.bottom(), height: rows, ..self.area }
    }

    /// A free row, where so many are left.
    pub(super) fn gap(&mut self, left: u16) {
        if self.area.height >= left.div_ceil(3) {
            self.top(1);
        }
    }

    /// Draws a line in narrow letters, where it fits and `keep` rows are left: true where it does.
    pub(super) fn narrow(&mut self, buf: &mut Buffer, text: &str, style: Style, keep: u16) -> bool {
        let text = font::capitals(text);
        let fits =
            |size: &Size| size.columns(&text) <= usize::from(self.area.width) && size.rows() + keep <= self.area.height;
        let Some(size) = font::narrow(self.theme).filter(fits).filter(|_| self.area.width >= 150) else { return false };
        let area = self.top(size.rows());
        font::draw(self.theme, buf, area, size, &text, style);
        true
    }

    /// Draws a text and takes its rows.
    pub(super) fn put(&mut self, buf: &mut Buffer, wish: &Wish<'_>) {
        let sizes = font::sizes(self.theme);
        let sizes = &sizes[sizes.len().saturating_sub(wish.largest)..];
        let text = font::capitals(wish.text);
        let wide = usize::from(self.area.width);
        let rows = self.area.height.saturating_sub(wish.keep);
        for size in sizes {
            let lines = wrap(&text, wide, |text| size.columns(text));
            if lines.len() <= wish.most && size.lines(lines.len()) <= rows && fit(&lines, wide, *size) {
                let area = self.top(size.lines(lines.len()));
                for (n, line) in lines.iter().enumerate() {
                    font::draw(self.theme, buf, font::line(area, *size, n), *size, line, wish.style);
                }
                return;
            }
        }
        let lines = wrap(wish.text, wide, width);
        let most = wish.most.max(1);
        for (n, line) in lines.iter().take(most).enumerate() {
            let area = self.top(1);
            let rest = lines[n..].join(" ");
            let text = if n + 1 == most { &rest } else { line };
            Pen::new(buf, area, 0, self.theme.glyphs.more).put(text, wish.style);
        }
    }
}

fn fit(lines: &[String], wide: usize, size: Size) -> bool {
    lines.iter().all(|line| size.columns(line) <= wide)
}

/// Words in lines of at most so many columns; a word that is longer has a line of its own.
fn wrap(text: &str, wide: usize, columns: impl Fn(&str) -> usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        if let Some(last) = lines.last_mut() {
            let longer = format!("{last} {word}");
            if columns(&longer) <= wide {
                *last = longer;
                continue;
            }
        }
        lines.push(word.to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_whole() {
        for (text, wide, want) in [
            ("worker is down", 10, &["worker is", "down"][..]),
            ("worker is down", 14, &["worker is down"]),
            ("127.0.0.1:8082 refused", 5, &["127.0.0.1:8082", "refused"]),
            ("", 5, &[]),
        ] {
            assert_eq!(wrap(text, wide, width), want, "{text}");
        }
    }
}
