//! Themes: without colours there are none, a mistake has a place; what the colours are like is in [`contrast`] and
//! [`vision`].

use ratatui::style::{Color, Modifier};

use super::color::{Rgb, rgb_of};
use super::file::{MARK, TEXT};
use super::*;

mod contrast;
mod vision;

/// The depths that have colours.
const COLORED: [ColorDepth; 3] = [ColorDepth::True, ColorDepth::Ansi256, ColorDepth::Ansi16];

fn theme(name: &str, depth: ColorDepth) -> Theme {
    Theme::builtin(name, depth, false).unwrap_or_else(|| panic!("theme {name}"))
}

#[test]
fn the_default_is_named_first() {
    assert_eq!(names()[0], "dark");
    for name in ["light", "mono", "high-contrast", "colorblind", "gruvbox", "nord", "catppuccin"] {
        assert!(names().contains(&name), "{name}");
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
