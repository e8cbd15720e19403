//! An area chart in eighth blocks: labelled scale, threshold lines, time axis. Gaps stay gaps. Total for any number.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::base::time::Span;
use crate::config::Mark;
use crate::view::Theme;
use crate::view::format::{number, width};
use crate::view::pen::{Pen, to_u16};
use crate::view::series::{Band, window_words};

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
    /// What each column of the plot is about, oldest first; see [`Frame::plot_columns`].
    pub(crate) values: &'a [Option<Band>],
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
        let scale = scale(chart, rows);
        for threshold in chart.thresholds {
            self.threshold(buf, chart, threshold, &scale, rows, theme);
        }
        self.axes(buf, chart, &scale, rows, theme);
    }

    fn row(&self, buf: &mut Buffer, chart: &Chart<'_>, row: usize, rows: usize, theme: &Theme) {
        let style = chart.tint.unwrap_or_else(|| theme.area(row, rows));
        let foot = (rows - 1 - row) * 8;
        let mut pen = Pen::new(buf, self.plot, to_u16(row), "");
        for band in chart.values.iter().take(self.plot_columns()) {
            let [solid, filled] = band.map_or([0, 0], |band| reach(band, chart.top, rows));
            let [solid, filled] = [solid, filled].map(|reach| reach.saturating_sub(foot).min(8));
            match (solid, filled) {
                (0, 0) => pen.skip(1),
                // between the lowest and the highest
                (0, 8) => pen.raw(theme.glyphs.track, style),
                (0, cap) => pen.raw(theme.glyphs.levels[cap - 1], style),
                (solid, _) => pen.raw(theme.glyphs.levels[solid - 1], style),
            };
        }
    }

    /// What a column tells, where one of them tells two values: `░ lowest to highest of 9 min`.
    fn legend(&self, chart: &Chart<'_>, rows: usize, theme: &Theme) -> Option<String> {
        let is_split = |band: &Band| {
            let [solid, filled] = reach(*band, chart.top, rows);
            solid < filled
        };
        let columns = u32::try_from(self.plot_columns()).ok().filter(|columns| *columns > 0)?;
        let span = Span(chart.window / columns);
        let is_needed = chart.values.iter().flatten().any(is_split);
        is_needed.then(|| format!("{} lowest to highest in {span}", theme.glyphs.track))
    }

    fn threshold(
        &self,
        buf: &mut Buffer,
        chart: &Chart<'_>,
        line: &Threshold<'_>,
        scale: &[(usize, f64)],
        rows: usize,
        theme: &Theme,
    ) {
        let Some(row) = row_of(line.at, chart.top, rows) else { return };
        // beside another number of the scale the line tells its own
        let label = match scale.iter().find(|(at, _)| *at == row) {
            Some((_, beside)) if number(*beside) != number(line.at) => format!(" {} {} ", number(line.at), line.label),
            _ => format!(" {} ", line.label),
        };
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

    fn axes(&self, buf: &mut Buffer, chart: &Chart<'_>, scale: &[(usize, f64)], rows: usize, theme: &Theme) {
        let glyphs = theme.glyphs;
        for row in 0..rows {
            let label = scale.iter().find(|(at, _)| *at == row).map(|(_, value)| number(*value));
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
            pen.put(&format!("-{}", window_words(chart.window)), theme.dim).skip(2);
            let legend = self.legend(chart, rows, theme).filter(|legend| width(legend) + 2 <= pen.room());
            if let Some(legend) = legend {
                pen.skip((pen.room() - width(&legend)) / 2).put(&legend, theme.dim);
            }
        }
    }
}

/// The numbers of the scale, each with its row: foot and top, and the thresholds that stand in rows of their own.
fn scale(chart: &Chart<'_>, rows: usize) -> Vec<(usize, f64)> {
    let mut labelled = vec![(rows.saturating_sub(1), 0.0), (0, chart.top)];
    for line in chart.thresholds {
        if let Some(row) = row_of(line.at, chart.top, rows)
            && labelled.iter().all(|(taken, _)| *taken != row)
        {
            labelled.push((row, line.at));
        }
    }
    labelled
}

/// How far up a column is filled, and how far up its band reaches: one only where the two are a row apart.
fn reach(band: Band, top: f64, rows: usize) -> [usize; 2] {
    let [low, high] = [band.low, band.high].map(|value| eighths(value, top, rows));
    if high >= low + 8 { [low, high] } else { [high, high] }
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
        let bands: Vec<_> = values.iter().map(|value| value.map(Band::one)).collect();
        draw_bands(columns, rows, &bands, top)
    }

    fn draw_bands(columns: u16, rows: u16, values: &[Option<Band>], top: f64) -> Vec<String> {
        let theme = Theme::builtin("mono", ColorDepth::None, false).unwrap();
        let area = Rect::new(0, 0, columns, rows);
        let mut buf = Buffer::empty(area);
        let thresholds = [Threshold { at: 50.0, label: "warn", line: Style::new(), word: Style::new() }];
        let frame = Frame::new(area, top, &thresholds);
        let window = Duration::from_secs(3600);
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
                "    -1 h         now",
            ]
        );
    }

    #[test]
    fn a_threshold_beside_another_number_tells_its_own() {
        let values = vec![None; 16];
        assert_eq!(draw(20, 3, &values, 60.0)[..2], ["60┤╌╌ 50 warn ╌╌╌╌╌╌", " 0┤                 "]);
        assert_eq!(draw(20, 4, &values, 400.0)[2], "  0┤╌╌ 50 warn ╌╌╌╌╌");
    }

    #[test]
    fn a_column_that_tells_two_values_is_filled_to_the_lowest_and_marked_up_to_the_highest() {
        let mut values = vec![Some(Band::one(90.0)); 46];
        values[20] = Some(Band { low: 20.0, high: 90.0 });
        values[5] = Some(Band { low: 89.0, high: 91.0 });
        values[7] = Some(Band { low: 90.0, high: 100.0 });
        let rows = draw_bands(50, 5, &values, 100.0);
        let column = |at: usize| -> String { rows[..4].iter().filter_map(|row| row.chars().nth(4 + at)).collect() };
        assert_eq!([column(0), column(20)], ["\u{2585}\u{2588}\u{2588}\u{2588}", "\u{2585}\u{2591}\u{254c}\u{2586}"]);
        assert_eq!(column(7).chars().next(), Some('\u{2588}'), "less than a row apart the highest is what is filled");
        assert_eq!(rows[4], "    -1 h      \u{2591} lowest to highest in 1m18s     now");
    }

    #[test]
    fn no_size_and_no_number_panics() {
        let odd = [Some(f64::NAN), Some(f64::INFINITY), Some(-1.0), Some(1e300), None];
        for columns in 0..12 {
            for rows in 0..5 {
                for top in [0.0, 1.0, f64::NAN, -1.0, 1e300] {
                    draw(columns, rows, &odd, top);
                    let bands: Vec<_> = odd.iter().flatten().map(|low| Some(Band { low: *low, high: 3.0 })).collect();
                    draw_bands(columns, rows, &bands, top);
                }
            }
        }
    }
}
