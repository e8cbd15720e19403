//! The screen as a person sees it: whole screens as text in every size and state, colours of what matters, no panic for
//! any size, number or text, and few changes while nothing is wrong.

mod acting;
mod calm;
mod hostile;
mod mouse;
mod overlays;
mod panels;
mod past;
mod themes;
mod walk;
mod wall;
mod weeks;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::Color;

use super::fixture::Bench;
use super::*;
use crate::app::{Key, Msg, update};

const SIZES: [(u16, u16); 4] = [(40, 12), (80, 24), (120, 40), (200, 60)];

fn dark() -> Theme {
    Theme::builtin("dark", ColorDepth::True, false).unwrap()
}

fn paint_at(model: &Model, theme: &Theme) -> Buffer {
    let area = Rect::new(0, 0, model.size.0, model.size.1);
    let mut buf = Buffer::empty(area);
    paint(model, theme, &mut buf, area);
    buf
}

fn lines(buf: &Buffer) -> Vec<String> {
    let rows = buf.content.chunks(usize::from(buf.area.width).max(1));
    rows.map(|row| row.iter().map(Cell::symbol).collect::<String>().trim_end().to_owned()).collect()
}

fn text(model: &Model) -> String {
    lines(&paint_at(model, &dark())).join("\n")
}

fn press(model: &mut Model, keys: &[&str]) {
    for key in keys {
        let key: Key = key.parse().unwrap();
        let now = model.now;
        update(model, Msg::Key(key), now);
    }
}

/// The foreground of the first cell of a text, wherever it stands first.
fn color_of(buf: &Buffer, text: &str) -> Color {
    for (y, line) in lines(buf).iter().enumerate() {
        if let Some(at) = line.find(text) {
            let x = line[..at].chars().count();
            return buf.content[y * usize::from(buf.area.width) + x].fg;
        }
    }
    panic!("no '{text}' in\n{}", lines(buf).join("\n"))
}

#[test]
fn whole_screens() {
    type State = (&'static str, fn() -> Bench, &'static str);
    let states: [State; 6] = [
        ("healthy", Bench::healthy, "none"),
        ("starting", Bench::starting, "none"),
        ("trouble", Bench::trouble, "worker-crash"),
        ("store-down", Bench::store_down, "redis-down"),
        ("stale", Bench::stale, "none"),
        ("leaking", Bench::leaking, "none"),
    ];
    for (name, bench, fault) in states {
        let mut model = bench().demo((0, 0), fault);
        for (columns, rows) in SIZES {
            model.size = (columns, rows);
            insta::assert_snapshot!(format!("{name}-{columns}x{rows}"), text(&model));
        }
    }
}

#[test]
fn the_widest_screen_uses_its_width() {
    for (name, bench) in [("healthy", Bench::healthy as fn() -> Bench), ("trouble", Bench::trouble)] {
        let mut model = bench().model((300, 100));
        insta::assert_snapshot!(format!("{name}-300x100"), text(&model));
        press(&mut model, &["z"]);
        model.size = (300, 40);
        insta::assert_snapshot!(format!("{name}-zoomed-300x40"), text(&model));
    }
}

#[test]
fn the_smallest_screen_tells_the_worst_its_cause_its_age_and_the_key() {
    let shown = text(&Bench::trouble().model((40, 12)));
    for words in ["CRITICAL", "7m", "Worker is down", "R restart worker", "r runbook"] {
        assert!(shown.contains(words), "{words}\n{shown}");
    }
    // below it one line a system
    for size in [(39, 12), (40, 11), (20, 1)] {
        let shown = text(&Bench::trouble().model(size));
        assert_eq!(shown.trim_end().lines().count(), 1, "{size:?}\n{shown}");
    }
}

#[test]
fn a_healthy_screen_shows_no_colour_of_trouble() {
    let theme = dark();
    let trouble = [theme.warning.fg, theme.critical.fg, theme.unknown.fg];
    let mut model = Bench::healthy().model((0, 0));
    for size in SIZES {
        model.size = size;
        let buf = paint_at(&model, &theme);
        for cell in buf.content.iter().filter(|cell| cell.symbol() != theme.glyphs.mark) {
            assert!(!trouble.contains(&Some(cell.fg)), "{size:?}: '{}' is coloured", cell.symbol());
        }
    }
}

#[test]
fn states_are_told_by_word_and_colour() {
    let theme = dark();
    let (mut trouble, mut stale) = (Bench::trouble().model((0, 0)), Bench::stale().model((0, 0)));
    for size in [(80, 24), (120, 40), (200, 60)] {
        (trouble.size, stale.size) = (size, size);
        let buf = paint_at(&trouble, &theme);
        for (word, style) in [
            ("DOWN", theme.critical),
            ("killed", theme.critical),
            ("STALE", theme.stale),
            ("up", theme.ok),
            ("CRITICAL", theme.badge_critical),
            ("PRODUCTION", theme.production),
        ] {
            assert_eq!(Some(color_of(&buf, word)), style.fg, "{size:?}: {word}");
        }
        let buf = paint_at(&stale, &theme);
        assert_eq!(Some(color_of(&buf, "UNKNOWN")), theme.badge_unknown.fg);
        assert_eq!(Some(color_of(&buf, "? FastAPI")), theme.dim.fg, "what is stale has no colour of its state");
    }
}

#[test]
fn nothing_is_ok_while_it_cannot_be_told() {
    for bench in [Bench::stale(), Bench::starting()] {
        let mut model = bench.model((0, 0));
        for size in SIZES {
            model.size = size;
            let text = text(&model);
            let services: String = text.lines().filter(|line| line.contains("FastAPI")).collect();
            assert!(!services.contains("✓ FastAPI"), "{services}");
            assert!(!text.contains(" OK "), "{text}");
        }
    }
}

#[test]
fn without_unicode_every_character_is_ascii() {
    let theme = Theme::builtin("dark", ColorDepth::Ansi16, true).unwrap();
    for bench in [Bench::healthy(), Bench::trouble(), Bench::stale()] {
        let mut model = bench.demo((0, 0), "none");
        for size in SIZES {
            model.size = size;
            for keys in [&["?"][..], &["Esc", ":"], &["Esc", "F"], &["Esc", "Enter"], &["Esc", "a"], &["e"]] {
                press(&mut model, keys);
                for line in lines(&paint_at(&model, &theme)) {
                    assert!(line.is_ascii(), "{line}");
                }
            }
        }
    }
}

#[test]
fn without_colours_the_selection_is_reversed_and_no_cell_is_coloured() {
    let theme = Theme::builtin("dark", ColorDepth::None, false).unwrap();
    let buf = paint_at(&Bench::trouble().model((80, 24)), &theme);
    assert!(buf.content.iter().all(|cell| (cell.fg, cell.bg) == (Color::Reset, Color::Reset)));
    let row = lines(&buf).iter().position(|line| line.contains("FastAPI")).unwrap();
    let selected = &buf.content[row * 80 + 4];
    assert!(selected.modifier.contains(ratatui::style::Modifier::REVERSED));
}

#[test]
fn below_the_smallest_size_one_line_tells_the_worst() {
    let mut model = Bench::trouble().model((0, 0));
    for size in [(39, 12), (60, 11), (30, 1)] {
        model.size = size;
        let text = text(&model);
        assert!(text.starts_with("✗ CRITICAL Worker is down"), "{text}");
    }
}
