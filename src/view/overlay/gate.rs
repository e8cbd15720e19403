//! The frame of what acts: double lines on the ground of the environment, with its word. No text from outside is ever
//! drawn in this style, so none can imitate it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::action::Risk;
use crate::config::Environment;
use crate::view::Theme;
use crate::view::format::width;
use crate::view::overlay::doc::{Row, paint};
use crate::view::overlay::{Frame, centred};
use crate::view::pen::{Pen, to_u16};

/// Columns of the widest.
const WIDEST: u16 = 100;

/// What stands in the frame.
pub(super) struct Gate<'t> {
    pub(super) environment: Environment,
    pub(super) title: &'t str,
    /// At the right of the title: a badge.
    pub(super) badge: (String, Style),
    /// In the lower line.
    pub(super) note: String,
    pub(super) theme: &'t Theme,
}

/// Where a text goes on.
pub(super) enum From {
    /// So many rows below its top.
    Top(usize),
    /// So many rows above its end.
    End(usize),
}

/// Columns of the text inside.
pub(super) fn columns(area: Rect) -> usize {
    usize::from(area.width.min(WIDEST).saturating_sub(4))
}

impl Gate<'_> {
    /// Draws the frame around a fixed head, a text that may be longer than its room, and a last row that is returned.
    pub(super) fn draw(&self, head: &[Row], text: &[Row], from: &From, buf: &mut Buffer, area: Rect) -> Rect {
        let roomy = area.height >= 12;
        let besides = 3 + u16::from(roomy) + to_u16(head.len()) + u16::from(roomy && !head.is_empty());
        let place = centred(area, WIDEST, to_u16(text.len()).saturating_add(besides));
        let room = usize::from(place.height.saturating_sub(besides));
        let end = text.len().saturating_sub(room);
        let first = match from {
            From::Top(rows) => (*rows).min(end),
            From::End(rows) => end.saturating_sub(*rows),
        };
        let note = if text.len() > room {
            format!("{}-{} of {}", first + 1, (first + room).min(text.len()), text.len())
        } else {
            self.note.clone()
        };
        self.frame(&note, buf, place);
        let inner = Rect {
            x: place.x.saturating_add(2),
            y: place.y.saturating_add(1),
            width: place.width.saturating_sub(4),
            height: place.height.saturating_sub(2),
        };
        let foot = Rect { y: inner.bottom().saturating_sub(1), height: inner.height.min(1), ..inner };
        if roomy {
            self.rule(buf, place, foot.y.saturating_sub(1));
        }
        let upper = Rect { height: to_u16(head.len()).min(inner.height.saturating_sub(1)), ..inner };
        paint(head, 0, self.theme, buf, upper);
        let gap = u16::from(roomy && !head.is_empty());
        let top = upper.bottom() + gap;
        let height = foot.y.saturating_sub(u16::from(roomy)).saturating_sub(top);
        paint(text, first, self.theme, buf, Rect { y: top, height, ..inner });
        foot
    }

    fn frame(&self, note: &str, buf: &mut Buffer, area: Rect) {
        let theme = self.theme;
        let line = theme.environment(self.environment);
        let lines = theme.glyphs.strong_lines;
        let frame = Frame { corners: theme.glyphs.strong_corners, lines, line, note, noted: line };
        frame.draw(theme, buf, area, |pen| self.head(line, lines[0], pen));
    }

    /// Environment, title and badge. The environment's word is never left out.
    fn head(&self, line: Style, horizontal: &str, pen: &mut Pen<'_>) {
        let word = format!(" {} ", self.environment.word().to_uppercase());
        let (badge, style) = &self.badge;
        pen.put(&word, line).raw(horizontal, line);
        if !badge.is_empty() && pen.room() > width(badge) + width(self.title).min(20) + 5 {
            pen.right(horizontal, line);
            pen.right(badge, *style);
        }
        let room = pen.room().saturating_sub(3);
        pen.raw(" ", line).put_in(self.title, room, line).raw(" ", line);
    }

    fn rule(&self, buf: &mut Buffer, area: Rect, y: u16) {
        let theme = self.theme;
        let [left, right] = theme.glyphs.joints;
        let line = theme.environment(self.environment);
        let mut pen = Pen::new(buf, area, y.saturating_sub(area.y), "");
        pen.raw(left, line);
        pen.right(right, line);
        let rest = pen.room();
        pen.fill(theme.glyphs.lines[0], rest, theme.border);
    }
}

/// The style of a risk as a badge.
pub(super) fn risk_badge(theme: &Theme, risk: Risk) -> Style {
    match risk {
        Risk::Safe => theme.badge_ok,
        Risk::Disruptive => theme.badge_warning,
        Risk::Destructive => theme.badge_critical,
    }
}

/// The style of a risk as a word.
pub(crate) fn risk_style(theme: &Theme, risk: Risk) -> Style {
    match risk {
        Risk::Safe => theme.ok,
        Risk::Disruptive => theme.warning,
        Risk::Destructive => theme.critical,
    }
}
