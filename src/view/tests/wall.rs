//! The wall: whole screens, what is seen of every system at any time, what a second of it changes.

use std::sync::Arc;
use std::time::Duration;

use ratatui::style::Modifier;

use super::*;
use crate::base::{Status, SystemName};

fn on_the_wall(benches: Vec<Bench>) -> Model {
    let mut benches = benches.into_iter();
    let mut model = benches.next().unwrap().demo((200, 60), "none");
    model.systems.extend(benches.map(|bench| bench.model((0, 0)).systems.remove(0)));
    model.options.wall = true;
    model
}

/// The wall some seconds from now.
fn after(model: &mut Model, secs: u64, theme: &Theme) -> Buffer {
    let before = model.now;
    model.now = before.plus(Duration::from_secs(secs));
    let buf = paint_at(model, theme);
    model.now = before;
    buf
}

#[test]
fn whole_walls() {
    type State = (&'static str, fn() -> Bench);
    let states: [State; 4] = [
        ("healthy", Bench::healthy),
        ("trouble", Bench::with_runbooks),
        ("stale", Bench::stale),
        ("starting", Bench::starting),
    ];
    for (name, bench) in states {
        let mut model = on_the_wall(vec![bench()]);
        for (columns, rows) in SIZES {
            model.size = (columns, rows);
            insta::assert_snapshot!(format!("wall-{name}-{columns}x{rows}"), text(&model));
        }
    }
    let mut model = on_the_wall(vec![Bench::trouble(), Bench::healthy(), Bench::stale()]);
    for (columns, rows) in SIZES {
        model.size = (columns, rows);
        insta::assert_snapshot!(format!("wall-many-{columns}x{rows}"), text(&model));
    }
    let ascii = Theme::builtin("dark", ColorDepth::Ansi16, true).unwrap();
    let mut buf = Buffer::empty(Rect::new(0, 0, 200, 60));
    model.size = (200, 60);
    draw(&model, &ascii, &mut buf);
    insta::assert_snapshot!("wall-ascii-200x60", lines(&buf).join("\n"));
}

#[test]
fn the_state_of_all_is_seen_whoevers_turn_it_is() {
    let theme = dark();
    let mut model = on_the_wall(vec![Bench::healthy(), Bench::trouble(), Bench::healthy()]);
    for size in SIZES {
        model.size = size;
        for second in (0..60).step_by(5) {
            let buf = after(&mut model, second, &theme);
            let red = buf.content.iter().any(|cell| Some(cell.bg) == theme.badge_critical.bg);
            assert!(red, "{size:?} after {second} s:\n{}", lines(&buf).join("\n"));
        }
    }
}

#[test]
fn the_longest_name_is_read_whole() {
    let names = ["studio", "night-crew", "depot", "desk-api", "control-tower"];
    let mut model =
        on_the_wall(vec![Bench::trouble(), Bench::healthy(), Bench::healthy(), Bench::stale(), Bench::starting()]);
    for (watch, name) in model.systems.iter_mut().zip(names) {
        Arc::get_mut(&mut watch.system).unwrap().name = SystemName::new(name).unwrap();
    }
    // 40x12 has no room for five: the worst stand there
    for (columns, rows) in [(80, 24), (120, 40), (160, 50), (200, 60), (300, 100)] {
        model.size = (columns, rows);
        let drawn = lines(&paint_at(&model, &dark()));
        let foot = drawn[drawn.len() - 7..].join("\n");
        for name in names {
            assert!(foot.contains(name), "{columns}x{rows}: {name}\n{foot}");
        }
        if (columns, rows) == (160, 50) || (columns, rows) == (200, 60) {
            insta::assert_snapshot!(format!("wall-names-{columns}x{rows}"), foot);
        }
    }
}

#[test]
fn the_word_has_air_above_it_in_its_band() {
    let theme = dark();
    let mut model = on_the_wall(vec![Bench::trouble()]);
    for size in [(80, 24), (100, 30), (120, 40), (200, 60), (300, 100)] {
        model.size = size;
        let buf = paint_at(&model, &theme);
        let mut rows = buf.content.chunks(usize::from(size.0));
        let is_red = |row: &[Cell]| row.iter().any(|cell| Some(cell.bg) == theme.badge_critical.bg);
        let first = rows.find(|row| is_red(row)).unwrap();
        assert!(first.iter().all(|cell| cell.symbol() == " "), "{size:?}\n{}", lines(&buf).join("\n"));
    }
}

#[test]
fn a_state_is_told_without_colours_too() {
    let theme = Theme::builtin("dark", ColorDepth::None, false).unwrap();
    for (bench, status) in [(Bench::trouble(), Status::Critical), (Bench::stale(), Status::Unknown)] {
        let mut model = on_the_wall(vec![bench, Bench::healthy()]);
        for size in [(80, 24), (200, 60)] {
            model.size = size;
            let buf = paint_at(&model, &theme);
            assert!(buf.content.iter().all(|cell| (cell.fg, cell.bg) == (Color::Reset, Color::Reset)));
            let band = buf.content.iter().filter(|cell| cell.modifier.contains(Modifier::REVERSED)).count();
            assert!(band > usize::from(size.0), "{size:?}: no band: {band}");
            let text = lines(&buf).join("\n");
            assert!(text.contains(&status.word().to_uppercase()), "{size:?}\n{text}");
        }
    }
}

#[test]
fn a_second_moves_the_mark_and_nothing_else() {
    let theme = dark();
    for size in SIZES {
        for bench in [Bench::healthy(), Bench::trouble(), Bench::stale()] {
            let mut model = on_the_wall(vec![bench]);
            model.size = size;
            let mut before = after(&mut model, 0, &theme);
            let mut large = 0;
            for second in 1..=120 {
                let now = after(&mut model, second, &theme);
                let changed = before.diff(&now).len();
                assert!(changed > 0, "{size:?}: stands still after {second} s");
                large += usize::from(changed > 60);
                before = now;
            }
            // the minute, and ages that become another word
            assert!(large <= 12, "{size:?}: {large} of 120 seconds changed much");
        }
    }
}

#[test]
fn nothing_stands_where_it_stood_for_long() {
    let theme = dark();
    let mut model = on_the_wall(vec![Bench::trouble()]);
    for size in SIZES {
        model.size = size;
        let first =
            |buf: &Buffer| (0..buf.area.width).find(|x| buf[(*x, buf.area.height / 3)].bg != theme.base.bg.unwrap());
        let places: Vec<_> = (0..6).map(|minute| first(&after(&mut model, minute * 300, &theme))).collect();
        assert!(places.windows(2).any(|pair| pair[0] != pair[1]), "{size:?}: {places:?}");
    }
}

#[test]
fn any_size_and_no_system_at_all() {
    let theme = dark();
    let mut model = on_the_wall(vec![Bench::trouble(), Bench::stale()]);
    let mut empty = on_the_wall(vec![Bench::healthy()]);
    empty.systems.clear();
    for columns in (1..130).step_by(3).chain([200, 300]) {
        for rows in [1, 2, 5, 11, 12, 13, 17, 20, 24, 36, 45, 50, 60, 100] {
            (model.size, empty.size) = ((columns, rows), (columns, rows));
            paint_at(&model, &theme);
            paint_at(&empty, &theme);
        }
    }
}

#[test]
fn four_weeks_of_silence_are_told_as_what_they_are() {
    let theme = dark();
    let mut bench = Bench::healthy();
    let hours = 28 * 24;
    for hour in 1..=hours {
        bench.wait(3600);
        if hour % 4 > 1 {
            continue;
        }
        let size = if hour % 2 == 0 { (80, 24) } else { (200, 60) };
        let drawn = bench.look(size, hour % 60, |model| on_wall(model, &theme));
        assert!(hour < 2 || !drawn.contains("all 10 live"), "after {hour} hours\n{drawn}");
    }
    let told = bench.look((80, 24), 0, |model| on_wall(model, &theme));
    assert!(told.contains("no data for 28d0h"), "{told}");
    // one answer ends it
    bench.run(60);
    let told = bench.look((80, 24), 0, |model| on_wall(model, &theme));
    assert!(told.contains("data <10s old"), "{told}");
}

fn on_wall(model: &Model, theme: &Theme) -> String {
    let mut buf = Buffer::empty(Rect::new(0, 0, model.size.0, model.size.1));
    let area = buf.area;
    crate::view::wall::draw(model, theme, &mut buf, area);
    lines(&buf).join("\n")
}
