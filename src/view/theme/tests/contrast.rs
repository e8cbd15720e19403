//! Every text of every theme can be read on every ground it can stand on, and every mark that tells a state is seen, at
//! every depth of colour: computed as WCAG 2 has it.

use super::*;
use crate::view::theme::contrast::{Pair, contrast as ratio, marks, texts};

fn contrast(a: Option<Color>, b: Option<Color>) -> f64 {
    ratio(a, b).unwrap_or_else(|| panic!("no colour: {a:?} or {b:?}"))
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

#[test]
fn a_theme_that_can_hardly_be_read_is_told_with_its_figures() {
    let dark = FILES.get_file("dark.toml").and_then(|file| file.contents_utf8()).unwrap();
    let at = dark.find("\ntext = ").unwrap() + 1;
    let end = dark[at..].find('\n').unwrap() + at;
    let text = format!("{}text = \"#333333\"{}", &dark[..at], &dark[end..]);
    let own = Theme::parse("own", &Source { path: "own.toml".into(), text: text.into() }, ColorDepth::True, false);
    let faint = own.unwrap().faint();
    assert!(!faint.is_empty() && faint.iter().all(|one| one.role == "text" && one.ratio < 4.5), "{faint:?}");
    for name in names() {
        assert_eq!(theme(name, ColorDepth::True).faint(), [], "{name}");
    }
}
