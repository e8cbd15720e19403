//! A bar with a scale, marks on it and a filled part in steps of an eighth of a column. Total for any number.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::view::Theme;
use crate::view::pen::{Pen, to_u16};

/// A mark across the bar.
pub(crate) struct BarMark {
    /// Value.
    pub(crate) at: f64,
    /// Style.
    pub(crate) style: Style,
}

/// How many eighths of a column a value fills.
fn eighths(value: f64, top: f64, columns: usize) -> usize {
    let part = value / top;
    if !part.is_finite() {
        return 0;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0..=1 times columns of a screen")]
    let eighths = (part.clamp(0.0, 1.0) * columns as f64 * 8.0).round() as usize;
    eighths
}

/// The column of a value on a scale from 0 to `top`.
pub(crate) fn column(value: f64, top: f64, columns: usize) -> usize {
    (eighths(value, top, columns) / 8).min(columns.saturating_sub(1))
}

/// Draws a bar into the first row of an area. `value` is `None` where nothing is known: an empty track.
pub(crate) fn draw(
    buf: &mut Buffer,
    area: Rect,
    value: Option<f64>,
    top: f64,
    style: Style,
    marks: &[BarMark],
    theme: &Theme,
) {
    let columns = usize::from(area.width);
    let filled = value.map_or(0, |value| eighths(value, top, columns));
    let glyphs = theme.glyphs;
    let empty = if theme.colored { " " } else { glyphs.track };
    let mut pen = Pen::new(buf, area, 0, glyphs.more);
    let part = Style { bg: theme.track.bg, ..style };
    pen.fill(glyphs.parts[7], filled / 8, style);
    if !filled.is_multiple_of(8) {
        pen.raw(glyphs.parts[filled % 8 - 1], part);
    }
    pen.fill(empty, columns, theme.track);
    for mark in marks {
        let at = column(mark.at, top, columns);
        let x = area.x.saturating_add(to_u16(at));
        let ground = if at < filled / 8 { style.fg } else { theme.track.bg };
        let cell = Rect { x, width: 1, height: 1, ..area };
        Pen::new(buf, cell, 0, "").raw(glyphs.mark, Style { bg: ground, ..mark.style });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::theme::ColorDepth;

    #[test]
    fn a_bar_is_total() {
        let theme = Theme::builtin("dark", ColorDepth::None, false).unwrap();
        let area = Rect::new(0, 0, 10, 1);
        for (value, want) in [
            (Some(0.0), "░░░░░░░░░░"),
            (Some(25.0), "██▌░░░░░░░"),
            (Some(1e300), "██████████"),
            (Some(-3.0), "░░░░░░░░░░"),
            (Some(f64::NAN), "░░░░░░░░░░"),
            (None, "░░░░░░░░░░"),
        ] {
            let mut buf = Buffer::empty(area);
            draw(&mut buf, area, value, 100.0, Style::new(), &[], &theme);
            let row: String = buf.content.iter().map(ratatui::buffer::Cell::symbol).collect();
            assert_eq!(row, want, "{value:?}");
        }
        for top in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let mut buf = Buffer::empty(area);
            let mark = BarMark { at: 5.0, style: Style::new() };
            draw(&mut buf, area, Some(5.0), top, Style::new(), &[mark], &theme);
        }
    }
}
