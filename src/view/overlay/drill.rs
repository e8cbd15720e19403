//! How a drill went: the times, the points, and how they come about.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::{Command, Model};
use crate::incident::drill::FORMULA;
use crate::view::Theme;
use crate::view::overlay::doc::Doc;

/// Draws the score.
pub(super) fn draw(model: &Model, scroll: usize, theme: &Theme, buf: &mut Buffer, area: Rect) -> Option<usize> {
    let drilling = model.options.demo.as_ref().and_then(|demo| demo.drill.as_ref())?;
    let score = drilling.drill.score(drilling.at(model.now));
    let mut doc = Doc::new(theme);
    for (label, value) in score.rows() {
        let style = if label == "score" { theme.strong } else { theme.text };
        doc.field(label, value, style);
    }
    doc.heading("How it is counted");
    doc.text(FORMULA, theme.dim);
    let [quit, back] = [Command::Quit, Command::Back].map(|command| model.keymap.shown(command));
    doc.heading("What comes next");
    doc.text(format!("{quit} leaves and writes the report; {back} looks around first"), theme.text);
    Some(doc.draw("Drill", scroll, buf, area))
}
