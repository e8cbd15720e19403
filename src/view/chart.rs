//! An area chart in eighth blocks: labelled scale, threshold lines, time axis. Gaps stay gaps. Total for any number.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::config::Mark;
use crate::view::Theme;
use crate::view::format::{number, width};
use crate::view::pen::{Pen, to_u16};
use crate::view::series::window_words;

/// A threshold line.
pub(crate) struct Threshold<'a> {
    /// Value.
    pub(crate) at: f64,
    /// Word beside it.
    pub(crate) label: &'a str,
    /// Style of the line.
    pub(crate) line: Style,
    /// Style of the word.
    pub(crate) word: Style,
}

/// The marks of a panel as thresholds: in their colour once something stands above them, quiet until then.
pub(crate) fn thresholds<'a>(marks: impl Iterator<Item = &'a Mark>, highest: f64, theme: &Theme) -> Vec<Threshold<'a>> {
    let threshold = |mark: &'a Mark| {
        let loud = Style { add_modifier: Modifier::empty(), ..theme.severity(mark.severity) };
        let (line, word) = if highest >= mark.at { (loud, loud) } else { (theme.axis, theme.dim) };
        Threshold { at: mark.at, label: &mark.label, line, word }
    };
    marks.map(threshold).collect()
}

/// What is drawn.
pub(crate) struct Chart<'a> {
    /// One value a column of the plot, oldest first; see [`Frame::plot_columns`].
    pub(crate) values: &'a [Option<f64>],
    /// Top of the scale; the foot is 0.
    pub(crate) top: f64,
    /// Thresholds.
    pub(crate) thresholds: &'a [Threshold<'a>],
    /// The window that the columns span.
    pub(crate) window: Duration,
    /// What stands at its end: `now`, or a time.
    pub(crate) end: &'a str,
    /// Colour of the area instead of the theme's ramp: when the value itself is in trouble.
    pub(crate) tint: Option<Style>,
}

/// Where a chart puts its plot: known before the values are made, because their number depends on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    plot: Rect,
    labels: usize,
    area: Rect,
}

impl Frame {
    /// A frame in an area for a scale up to `top`.
    pub(crate) fn new(area: Rect, top: f64, thresholds: &[Threshold<'_>]) -> Self {
        let labels = thresholds.iter().map(|threshold| threshold.at).chain([top]).map(|n| width(&number(n))).max();
        let labels = labels.unwrap_or(1).min(usize::from(area.width) / 3);
        let left = to_u16(labels + 1).min(area.width);
        let plot = Rect {
            x: area.x.saturating_add(left),
            width: area.width - left,
            height: area.height.saturating_sub(1),
            ..area
        };
        Self { plot, labels, area }
    }

    /// How many columns the plot has.
    pub(crate) fn plot_columns(&self) -> usize {
        usize::from(self.plot.width)
    }

    /// Draws the chart.
    pub(crate) fn draw(&self, buf: &mut Buffer, chart: &Chart<'_>, theme: &Theme) {
        let rows = usize::from(self.plot.height);
        if rows == 0 || self.plot.width == 0 {
            return;
        }
        for row in 0..rows {
            self.row(buf, chart, row, rows, theme);
        }
        for threshold in chart.thresholds {
            self.threshold(buf, chart, threshold, rows, theme);
        }
        self.axes(buf, chart, rows, theme);
    }

    fn row(&self, buf: &mut Buffer, chart: &Chart<'_>, row: usize, rows: usize, theme: &Theme) {
        let style = chart.tint.unwrap_or_else(|| theme.area(row, rows));
        let foot = (rows - 1 - row) * 8;
        let mut pen = Pen::new(buf, self.plot, to_u16(row), "");
        for value in chart.values.iter().take(self.plot_columns()) {
            let filled = value.map_or(0, |value| eighths(value, chart.top, rows)).saturating_sub(foot).min(8);
            if filled == 0 {
                pen.skip(1);
            } else {
                pen.raw(theme.glyphs.levels[filled - 1], style);
            }
        }
    }

    fn threshold(&self, buf: &mut Buffer, chart: &Chart<'_>, line: &Threshold<'_>, rows: usize, theme: &Theme) {
        let Some(row) = row_of(line.at, chart.top, rows) else { return };
        let label = format!(" {} ", line.label);
        let y = self.plot.y.saturating_add(to_u16(row));
        let ground = chart.tint.unwrap_or_else(|| theme.area(row, rows)).fg;
        for column in 0..self.plot.width {
            let Some(cell) = buf.cell_mut((self.plot.x.saturating_add(column), y)) else { continue };
            let full = cell.symbol() == theme.glyphs.levels[7];
            let style = if full { Style { bg: ground, ..line.line } } else { line.line };
            if theme.colored || !full {
                cell.set_symbol(theme.glyphs.threshold).set_style(style);
            }
        }
        let at = Rect { x: self.plot.x.saturating_add(2), width: self.plot.width.saturating_sub(2), ..self.plot };
        if width(&label) < usize::from(at.width) {
            let plain = Style { bg: theme.base.bg, ..line.word };
            Pen::new(buf, at, to_u16(row), theme.glyphs.more).put(&label, plain);
        }
    }

    fn axes(&self, buf: &mut Buffer, chart: &Chart<'_>, rows: usize, theme: &Theme) {
        let glyphs = theme.glyphs;
        let mut labelled: Vec<(usize, f64)> = Vec::with_capacity(4);
        labelled.push((rows - 1, 0.0));
        labelled.push((0, chart.top));
        for line in chart.thresholds {
            if let Some(row) = row_of(line.at, chart.top, rows)
                && labelled.iter().all(|(taken, _)| *taken != row)
            {
                labelled.push((row, line.at));
            }
        }
        for row in 0..rows {
            let label = labelled.iter().find(|(at, _)| *at == row).map(|(_, value)| number(*value));
            let axis = Rect { width: to_u16(self.labels + 1).min(self.area.width), ..self.area };
            let mut pen = Pen::new(buf, axis, to_u16(row), "");
            pen.skip(self.labels.saturating_sub(label.as_deref().map_or(0, width)));
            pen.put_in(label.as_deref().unwrap_or(""), self.labels, theme.dim);
            let tick = match &label {
                Some(_) => glyphs.tick,
                None => glyphs.axis,
            };
            let at = Rect { x: axis.x.saturating_add(to_u16(self.labels)), width: 1, ..axis };
            Pen::new(buf, at, to_u16(row), "").raw(tick, theme.axis);
        }
        let foot = Rect { x: self.plot.x, width: self.plot.width, ..self.area };
        let mut pen = Pen::new(buf, foot, to_u16(rows), "");
        if pen.right(chart.end, theme.dim) {
            pen.put(&format!("-{}", window_words(chart.window)), theme.dim);
        }
    }
}

fn eighths(value: f64, top: f64, rows: usize) -> usize {
    let part = value / top;
    if !part.is_finite() {
        return 0;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0..=1 times rows of a screen")]
    let eighths = (part.clamp(0.0, 1.0) * rows as f64 * 8.0).round() as usize;
    // a zero is told from a gap by the lowest step
    eighths.max(1)
}

/// The row that a value falls into, counted from the top.
fn row_of(value: f64, top: f64, rows: usize) -> Option<usize> {
    let inside = value.is_finite() && value > 0.0 && value <= top;
    inside.then(|| rows - 1 - ((eighths(value, top, rows) - 1) / 8).min(rows - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::theme::ColorDepth;

    fn draw(columns: u16, rows: u16, values: &[Option<f64>], top: f64) -> Vec<String> {
        let theme = Theme::builtin("mono", ColorDepth::None, false).unwrap();
        let area = Rect::new(0, 0, columns, rows);
        let mut buf = Buffer::empty(area);
        let thresholds = [Threshold { at: 50.0, label: "warn", line: Style::new(), word: Style::new() }];
        let frame = Frame::new(area, top, &thresholds);
        let window = Duration::from_secs(600);
        frame.draw(&mut buf, &Chart { values, top, thresholds: &thresholds, window, end: "now", tint: None }, &theme);
        let width = usize::from(columns.max(1));
        let rows = buf.content.chunks(width);
        rows.map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect()).collect()
    }

    #[test]
    fn scale_threshold_and_time_are_labelled() {
        let values = [None, Some(0.0), Some(25.0), Some(50.0), Some(75.0), Some(100.0), Some(100.0), Some(100.0)];
        let values: Vec<_> = values.into_iter().chain(vec![Some(100.0); 8]).collect();
        assert_eq!(
            draw(20, 5, &values, 100.0),
            [
                "100┤     ███████████",
                "   │    ████████████",
                " 50┤╌╌ warn ████████",
                "  0┤ ▁██████████████",
                "    -10 min      now",
            ]
        );
    }

    #[test]
    fn no_size_and_no_number_panics() {
        let odd = [Some(f64::NAN), Some(f64::INFINITY), Some(-1.0), Some(1e300), None];
        for columns in 0..12 {
            for rows in 0..5 {
                for top in [0.0, 1.0, f64::NAN, -1.0, 1e300] {
                    draw(columns, rows, &odd, top);
                }
            }
        }
    }
}
