//! Sparklines: one cell a column, eight levels. A gap stays empty.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::view::glyphs::Glyphs;
use crate::view::pen::{Pen, to_u16};

/// Which of `levels` steps a value reaches on a scale from 0 to `top`: at least the lowest, so that a zero is told from
/// a gap.
pub(crate) fn level(value: f64, top: f64, levels: usize) -> usize {
    let part = if top > 0.0 { (value / top).clamp(0.0, 1.0) } else { 0.0 };
    if !part.is_finite() {
        return 0;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0..=1 times a small count")]
    let step = (part * levels as f64).ceil() as usize;
    step.clamp(1, levels) - 1
}

/// Draws a sparkline at the pen.
pub(crate) fn draw(pen: &mut Pen<'_>, values: &[Option<f64>], top: f64, style: Style, glyphs: &Glyphs) {
    for value in values {
        match value {
            Some(value) => pen.raw(glyphs.levels[level(*value, top, 8)], style),
            None => pen.skip(1),
        };
    }
}

/// Draws a sparkline as high as its area: eight levels a row.
pub(crate) fn draw_rows(buf: &mut Buffer, area: Rect, values: &[Option<f64>], top: f64, style: Style, glyphs: &Glyphs) {
    let rows = usize::from(area.height);
    for row in 0..rows {
        let mut pen = Pen::new(buf, area, to_u16(row), "");
        let foot = (rows - 1 - row) * 8;
        for value in values {
            let filled = value.map_or(0, |value| level(value, top, rows * 8) + 1).saturating_sub(foot).min(8);
            if filled == 0 {
                pen.skip(1);
            } else {
                pen.raw(glyphs.levels[filled - 1], style);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_total() {
        for (value, top, want) in [
            (0.0, 10.0, 0),
            (1.25, 10.0, 0),
            (5.0, 10.0, 3),
            (10.0, 10.0, 7),
            (99.0, 10.0, 7),
            (-5.0, 10.0, 0),
            (f64::NAN, 10.0, 0),
            (3.0, 0.0, 0),
            (3.0, f64::NAN, 0),
        ] {
            assert_eq!(level(value, top, 8), want, "{value} of {top}");
        }
    }
}
