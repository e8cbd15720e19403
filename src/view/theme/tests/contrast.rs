//! Every text of every theme can be read on every ground it can stand on, and every mark that tells a state is seen, at
//! every depth of colour: computed as WCAG 2 has it.

use super::*;

/// Roles whose shape or course tells something, beside the words.
const MARKS: [&str; 4] = ["border_focus", "spark", "gauge", "area_high"];

fn rgb(color: Option<Color>) -> Rgb {
    color.and_then(rgb_of).unwrap_or_else(|| panic!("no colour: {color:?}"))
}

fn contrast(a: Option<Color>, b: Option<Color>) -> f64 {
    rgb(a).contrast(rgb(b))
}

/// What a role is drawn on: `(role, on, foreground, ground)`.
type Pair = (&'static str, &'static str, Option<Color>, Option<Color>);

fn of<'a>(all: &'a [(&'static str, Use, Style)], kind: Use) -> impl Iterator<Item = (&'static str, Style)> + 'a {
    all.iter().filter(move |(_, used, _)| *used == kind).map(|(role, _, style)| (*role, *style))
}

/// Every text on every ground, and each badge on its own. The sixteen are the user's own: of their grounds only that of
/// the screen is reckoned with, which all the others are then.
fn texts(theme: &Theme) -> Vec<Pair> {
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
fn marks(theme: &Theme) -> Vec<Pair> {
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

fn colored() -> impl Iterator<Item = (&'static str, ColorDepth)> {
    let named = names().into_iter().filter(|name| *name != "mono");
    named.flat_map(|name| COLORED.map(|depth| (name, depth)))
}

fn assert_contrast(pairs: &[Pair], least: f64, what: &str) {
    let ratios = pairs.iter().map(|(role, on, fg, bg)| (contrast(*fg, *bg), role, on));
    // for whoever chooses colours: --nocapture
    println!("{what}: {:.2?}", ratios.min_by(|a, b| a.0.total_cmp(&b.0)));
    let low: Vec<String> = pairs
        .iter()
        .filter_map(|(role, on, fg, bg)| {
            let ratio = contrast(*fg, *bg);
            (ratio < least).then(|| format!("{role} on {on} has {ratio:.2}"))
        })
        .collect();
    assert!(low.is_empty(), "{what}, at least {least}:\n  {}", low.join("\n  "));
}

#[test]
fn every_text_can_be_read_on_every_ground() {
    for (name, depth) in colored() {
        assert_contrast(&texts(&theme(name, depth)), TEXT, &format!("{name} {depth:?}"));
    }
}

#[test]
fn high_contrast_keeps_its_name() {
    assert_contrast(&texts(&theme("high-contrast", ColorDepth::True)), 7.0, "high-contrast");
    assert_contrast(&marks(&theme("high-contrast", ColorDepth::True)), TEXT, "high-contrast");
}

#[test]
fn every_mark_is_seen() {
    for (name, depth) in colored().filter(|(_, depth)| *depth != ColorDepth::Ansi16) {
        assert_contrast(&marks(&theme(name, depth)), MARK, &format!("{name} {depth:?}"));
    }
}

#[test]
fn a_selected_row_is_told_from_the_others_at_every_depth() {
    for (name, depth) in colored() {
        let theme = theme(name, depth);
        let row = theme.selection;
        let grounds = [("base", theme.base.bg), ("popup", theme.popup.bg)];
        for (on, ground) in grounds.into_iter().filter(|_| !row.add_modifier.contains(Modifier::REVERSED)) {
            let ratio = contrast(row.bg, ground);
            assert!(ratio >= 1.1, "{name} {depth:?}: a selected row on {on} has {ratio:.2}");
        }
    }
}
