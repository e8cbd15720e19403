//! Themes: every text can be read on every ground, at every depth; without colours there are none.

use ratatui::style::{Color, Modifier};

use super::color::{Rgb, rgb_of};
use super::file::Use;
use super::*;

fn theme(name: &str, depth: ColorDepth) -> Theme {
    Theme::builtin(name, depth, false).unwrap_or_else(|| panic!("theme {name}"))
}

fn contrast(a: Option<Color>, b: Option<Color>) -> f64 {
    let rgb = |color: Option<Color>| color.and_then(rgb_of).unwrap_or_else(|| panic!("no colour: {color:?}"));
    let (a, b): (Rgb, Rgb) = (rgb(a), rgb(b));
    a.contrast(b)
}

#[test]
fn the_default_is_named_first() {
    assert_eq!(names()[0], "dark");
    assert!(names().contains(&"light") && names().contains(&"mono"));
}

#[test]
fn every_text_can_be_read_on_every_ground() {
    for name in names().into_iter().filter(|name| *name != "mono") {
        // the sixteen colours are the user's own: only the ground itself can be reckoned with
        for (depth, least) in [(ColorDepth::True, 4.5), (ColorDepth::Ansi256, 4.0), (ColorDepth::Ansi16, 4.5)] {
            let theme = theme(name, depth);
            let all = theme.roles.all();
            let grounds = all
                .iter()
                .filter(|(ground, kind, _)| *kind == Use::Ground && (depth != ColorDepth::Ansi16 || *ground == "base"));
            for (ground, _, on) in grounds {
                for (role, _, text) in all.iter().filter(|(_, kind, _)| *kind == Use::Text) {
                    let ratio = contrast(text.fg, on.bg);
                    assert!(ratio >= least, "{name} {depth:?}: {role} on {ground} has {ratio:.2}");
                }
            }
            for (role, _, badge) in all.iter().filter(|(_, kind, _)| *kind == Use::Badge) {
                let ratio = contrast(badge.fg, badge.bg);
                assert!(ratio >= least, "{name} {depth:?}: {role} has {ratio:.2}");
            }
        }
    }
}

#[test]
fn states_differ_by_colour_at_every_depth() {
    for name in ["dark", "light"] {
        for depth in [ColorDepth::True, ColorDepth::Ansi256, ColorDepth::Ansi16] {
            if (name, depth) == ("light", ColorDepth::Ansi16) {
                continue; // of the sixteen only four can be read on white: glyph and word tell the state
            }
            let theme = theme(name, depth);
            let colors = [theme.ok.fg, theme.warning.fg, theme.critical.fg, theme.unknown.fg];
            for (n, color) in colors.iter().enumerate() {
                assert!(!colors[..n].contains(color), "{name} {depth:?}: {colors:?}");
            }
        }
    }
}

#[test]
fn without_colours_nothing_is_coloured_and_the_selection_is_still_seen() {
    for name in names() {
        let theme = theme(name, ColorDepth::None);
        for (role, _, style) in theme.roles.all() {
            assert_eq!((style.fg, style.bg), (None, None), "{role}");
        }
        assert!(theme.selection.add_modifier.contains(Modifier::REVERSED));
        assert!((0..8).all(|row| theme.area(row, 8).fg.is_none()));
    }
}

#[test]
fn a_mistake_is_told_with_its_place() {
    let good = FILES.get_file("dark.toml").and_then(|file| file.contents_utf8()).unwrap();
    let bad = |text: String| {
        let source = Source { path: "own.toml".into(), text: text.into() };
        let problems = Theme::parse("own", &source, ColorDepth::True, false).unwrap_err();
        problems.iter().map(Problem::headline).collect::<Vec<_>>().join("\n")
    };
    let wrong = bad(good.replace("dim = \"mist\"", "dim = \"mits\""));
    assert!(wrong.contains("role.dim: 'mits' is no colour"), "{wrong}");
    assert!(wrong.starts_with("own.toml:"), "{wrong}");
    let unknown = bad(good.replace("hint = ", "hnit = "));
    assert!(unknown.contains("hnit"), "{unknown}");
    let palette = bad(good.replace("#0f141c", "#0f141"));
    assert!(palette.contains("palette.night"), "{palette}");
}
