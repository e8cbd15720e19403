//! Every theme shows the same screen: its words and glyphs tell the states, its colours only repeat them; the selected
//! row stands out at every depth; and the list of themes shows what it is about to choose.

use ratatui::style::Modifier;

use super::*;
use crate::app::themes::Choice;
use crate::view::theme::{Library, names};

const DEPTHS: [ColorDepth; 4] = [ColorDepth::True, ColorDepth::Ansi256, ColorDepth::Ansi16, ColorDepth::None];

fn every_theme() -> impl Iterator<Item = (String, Theme)> {
    names()
        .into_iter()
        .flat_map(|name| DEPTHS.map(|depth| (format!("{name} {depth:?}"), Theme::builtin(name, depth, false).unwrap())))
}

#[test]
fn without_its_colours_every_theme_tells_every_state() {
    for bench in [Bench::trouble(), Bench::store_down(), Bench::stale()] {
        let model = bench.model((120, 40));
        let words = |theme: &Theme| lines(&paint_at(&model, theme));
        let (told, plain) = (words(&dark()), words(&Theme::builtin("dark", ColorDepth::None, false).unwrap()));
        for told in [told.join("\n"), plain.join("\n")] {
            assert!(["CRITICAL", "UNKNOWN", "STALE"].iter().any(|word| told.contains(word)), "{told}");
            assert!(["✗", "?"].iter().any(|glyph| told.contains(glyph)), "{told}");
        }
        for (what, theme) in every_theme() {
            // the empty part of a bar is a ground where there are colours, and a pattern where there are none
            let same = if theme.colored { &told } else { &plain };
            let words = words(&theme);
            let differ = same.iter().zip(&words).find(|(a, b)| a != b);
            assert!(differ.is_none(), "{what}: {differ:?}");
        }
    }
}

#[test]
fn the_selected_row_stands_out_in_every_theme_at_every_depth() {
    let model = Bench::trouble().model((80, 24));
    for (what, theme) in every_theme() {
        let buf = paint_at(&model, &theme);
        let row = lines(&buf).iter().position(|line| line.contains("FastAPI")).unwrap();
        let (selected, next) = (&buf.content[row * 80 + 4], &buf.content[(row + 1) * 80 + 4]);
        let looks = |cell: &Cell| (cell.bg, cell.modifier.contains(Modifier::REVERSED));
        assert_ne!(looks(selected), looks(next), "{what}");
    }
}

#[test]
fn the_list_of_themes_stands_beside_the_screen_it_shows() {
    let mut model = Bench::trouble().model((80, 24));
    model.themes.kept = "nord".to_owned();
    press(&mut model, &["T"]);
    let library = Library::new(Vec::new(), ColorDepth::True, false);
    let choice = |listed: crate::view::theme::Listed| {
        let label = library.read(&listed).unwrap().label;
        Choice { name: listed.name, title: label, origin: listed.origin, trouble: None }
    };
    let mut all: Vec<Choice> = library.list().into_iter().map(choice).collect();
    let trouble = Some("mine.toml:12:7: role.dim: 'mits' is no colour".to_owned());
    all.push(Choice { name: "mine".into(), title: String::new(), origin: "yours", trouble });
    let now = model.now;
    update(&mut model, Msg::Themes(all), now);
    insta::assert_snapshot!("themes-80x24", text(&model));
    press(&mut model, &["G"]);
    insta::assert_snapshot!("themes-mistake-80x24", text(&model));
    // not taken back: the colours of the states are what one chooses by
    assert_eq!(color_of(&paint_at(&model, &dark()), "CRITICAL"), dark().badge_critical.fg.unwrap());
    let beside = lines(&paint_at(&model, &dark())).iter().any(|line| line.starts_with("┌") || line.contains("FastAPI"));
    assert!(beside, "{}", text(&model));
}
