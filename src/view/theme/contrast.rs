//! How well a theme can be read, as WCAG 2 has it: every text on every ground it can stand on, every mark that tells a
//! state on the ground behind it. Pure; it judges, and changes no colour.

use ratatui::style::{Color, Modifier, Style};

use crate::view::theme::Theme;
use crate::view::theme::color::rgb_of;
use crate::view::theme::file::{MARK, TEXT, Use};

/// Roles whose shape or course tells something, beside the words.
const MARKS: [&str; 4] = ["border_focus", "spark", "gauge", "area_high"];

/// A role that can hardly be seen where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Faint {
    /// The role.
    pub role: &'static str,
    /// The ground: another role, or `itself`.
    pub on: &'static str,
    /// The contrast that it has, 1 to 21.
    pub ratio: f64,
    /// The contrast that it should have.
    pub least: f64,
}

/// A role, what it is drawn on, foreground, ground.
pub(super) type Pair = (&'static str, &'static str, Option<Color>, Option<Color>);

impl Theme {
    /// What of it can hardly be seen, the faintest first. Without colours there is nothing to tell.
    pub fn faint(&self) -> Vec<Faint> {
        let texts = texts(self).into_iter().map(|pair| (pair, TEXT));
        let all = texts.chain(marks(self).into_iter().map(|pair| (pair, MARK)));
        let mut faint: Vec<Faint> = all
            .filter_map(|((role, on, fg, ground), least)| {
                let ratio = contrast(fg, ground)?;
                (ratio < least).then_some(Faint { role, on, ratio, least })
            })
            .collect();
        faint.sort_by(|a, b| (a.ratio / a.least).total_cmp(&(b.ratio / b.least)));
        faint
    }
}

/// The contrast of two colours; none where one of them is the terminal's own.
pub(super) fn contrast(a: Option<Color>, b: Option<Color>) -> Option<f64> {
    Some(rgb_of(a?)?.contrast(rgb_of(b?)?))
}

fn of<'a>(all: &'a [(&'static str, Use, Style)], kind: Use) -> impl Iterator<Item = (&'static str, Style)> + 'a {
    all.iter().filter(move |(_, used, _)| *used == kind).map(|(role, _, style)| (*role, *style))
}

/// Every text on every ground, and each badge on its own. The sixteen are the user's own: of their grounds only that of
/// the screen is reckoned with, which all the others are then.
pub(super) fn texts(theme: &Theme) -> Vec<Pair> {
    let all = theme.roles.all();
    let mut pairs: Vec<Pair> = of(&all, Use::Badge).map(|(role, badge)| (role, "itself", badge.fg, badge.bg)).collect();
    for (ground, on) in of(&all, Use::Ground).filter(|(_, on)| !on.add_modifier.contains(Modifier::REVERSED)) {
        pairs.extend(of(&all, Use::Text).map(|(role, text)| (role, ground, text.fg, on.bg)));
        // plain text takes its ground's own colour
        pairs.extend(on.fg.map(|fg| (ground, ground, Some(fg), on.bg)));
    }
    pairs
}

/// What is no text: on the ground of the screen; a bar on its track too.
pub(super) fn marks(theme: &Theme) -> Vec<Pair> {
    let all = theme.roles.all();
    let mut pairs: Vec<Pair> = of(&all, Use::Line)
        .filter(|(role, _)| MARKS.contains(role))
        .map(|(role, line)| (role, "base", line.fg, theme.base.bg))
        .collect();
    pairs.push(("gauge", "track", theme.gauge.fg, theme.track.bg));
    for (role, state) in [("ok", theme.ok), ("warning", theme.warning), ("critical", theme.critical)] {
        pairs.push((role, "track", state.fg, theme.track.bg));
    }
    pairs
}
