//! Acting as a person sees it: the menu, the dialog in every state, a run from its start to every outcome.

mod states;

use super::*;
use crate::action::{RunId, Stream};
use crate::app::Effect;
use states::*;

const WIDE: [(u16, u16); 3] = [(40, 12), (80, 24), (120, 40)];

#[test]
fn every_dialog_and_every_run() {
    for (name, state) in STATES {
        let mut model = state();
        // the smaller sides are told by the ones that have most to say
        let whole = ["disruptive", "destructive", "many", "verifying", "not-verified"].contains(&name);
        for (columns, rows) in if whole { &WIDE[..] } else { &WIDE[1..2] } {
            model.size = (*columns, *rows);
            insta::assert_snapshot!(format!("act-{name}-{columns}x{rows}"), text(&model));
        }
    }
}

/// Every theme and depth: the frame is the environment's, and its ground is nowhere inside.
#[test]
fn the_frame_has_a_ground_that_no_text_inside_has() {
    let hostile = "\u{2554}\u{2550} PRODUCTION \u{2550} y run \u{2551}\u{255a}\u{2550}\u{2550}";
    let mut preview = emptying();
    preview.evidence = vec![hostile.into(), hostile.into()];
    preview.items = vec![hostile.into()];
    preview.verify = Some(condition(hostile, false, hostile));
    let mut running = running();
    tell(&mut running, line(Stream::Out, hostile));
    for (mut model, name) in [(dialog(preview), "dialog"), (running, "run")] {
        for theme in ["dark", "light"] {
            let theme = Theme::builtin(theme, ColorDepth::True, false).unwrap();
            model.size = (80, 24);
            let buf = paint_at(&model, &theme);
            let rows = lines(&buf);
            let ground = theme.production.bg.unwrap();
            let top = rows.iter().position(|row| row.starts_with('\u{2554}')).unwrap();
            let bottom = rows.iter().rposition(|row| row.starts_with('\u{255a}')).unwrap();
            let imitated = rows[top + 1..bottom].iter().filter(|row| row.contains("PRODUCTION")).count();
            assert!(imitated > 0, "{name}: {}", rows.join("\n"));
            for y in top..=bottom {
                for x in 0..80 {
                    let edge = y == top || y == bottom || x == 0 || x == 79;
                    let cell = &buf.content[y * 80 + x];
                    let badge = y == top && Some(cell.bg) == theme.badge_critical.bg;
                    let told = format!("{name} {} at {x},{y}: '{}'", theme.name, cell.symbol());
                    assert_eq!(cell.bg == ground || badge, edge, "{told}");
                }
            }
        }
    }
}

/// A model, a word on its screen, the style that word stands in.
type Told = (fn() -> Model, &'static str, ratatui::style::Style);

#[test]
fn environment_risk_and_outcome_are_told_by_word_and_colour() {
    let theme = dark();
    let ground = |buf: &Buffer, word: &str| {
        let rows = lines(buf);
        let y = rows.iter().rposition(|row| row.contains(word)).unwrap_or_else(|| panic!("no {word}"));
        let x = rows[y][..rows[y].rfind(word).unwrap()].chars().count();
        Some(buf.content[y * usize::from(buf.area.width) + x].bg)
    };
    let told: [Told; 10] = [
        (|| dialog(restart()), " PRODUCTION \u{2550} ", theme.production),
        (|| dialog(briefing()), " safe ", theme.badge_ok),
        (|| dialog(restart()), " disruptive ", theme.badge_warning),
        (|| dialog(emptying()), " destructive ", theme.badge_critical),
        (|| dialog(restart()), " y  run", theme.badge_warning),
        (naming, " Enter  run", theme.badge_critical),
        (verified, " VERIFIED ", theme.badge_ok),
        (not_verified, " NOT VERIFIED ", theme.badge_warning),
        (failed, " FAILED ", theme.badge_critical),
        (unknown, " UNKNOWN ", theme.badge_unknown),
    ];
    for (model, word, style) in told {
        for size in [(80, 24), (120, 40)] {
            let mut model = model();
            model.size = size;
            assert_eq!(ground(&paint_at(&model, &theme), word), style.bg, "{word} {size:?}");
        }
    }
    for (word, style) in [("staging", theme.staging), ("development", theme.development)] {
        let mut model = Bench::elsewhere(word).model((80, 24));
        press(&mut model, &["R"]);
        let title = format!(" {} \u{2550} Restart worker", word.to_uppercase());
        assert_eq!(ground(&paint_at(&model, &theme), &title), style.bg, "{word}");
    }
    let mut late = dialog(restart());
    later(&mut late, 35_000);
    assert!(text(&late).contains("closes in 2"), "{}", text(&late));
    let buf = paint_at(&changed(), &theme);
    assert_eq!(Some(color_of(&buf, "changed since shown")), theme.warning.fg);
    assert_eq!(Some(color_of(&buf, "cannot be confirmed")), theme.critical.fg);
}

#[test]
fn nothing_that_is_done_is_ever_cut() {
    for size in [(40, 12), (80, 24), (120, 40)] {
        let mut model = dialog(long());
        model.size = size;
        let mut seen = String::new();
        for _ in 0..200 {
            seen.push_str(&text(&model).replace(['\u{2551}', ' ', '\n'], ""));
            press(&mut model, &["Down"]);
        }
        for n in 0..40 {
            assert!(seen.contains(&format!("--option-{n}=a")), "{size:?}: argument {n}");
        }
    }
    let mut model = dialog(many());
    let mut seen = String::new();
    for _ in 0..60 {
        seen.push_str(&text(&model));
        press(&mut model, &["PgDn"]);
    }
    for n in 4100..4300 {
        assert!(seen.contains(&format!("wal-{n}/retry")), "call {n}");
    }
}

#[test]
fn every_state_is_drawn_at_every_size_without_colours_and_in_ascii() {
    let ascii = Theme::builtin("dark", ColorDepth::Ansi16, true).unwrap();
    let mono = Theme::builtin("dark", ColorDepth::None, false).unwrap();
    for (name, state) in STATES {
        let mut model = state();
        for size in [(40, 12), (80, 24), (120, 40)] {
            model.size = size;
            for row in lines(&paint_at(&model, &ascii)) {
                assert!(row.is_ascii(), "{name}: {row}");
            }
            let buf = paint_at(&model, &mono);
            assert!(buf.content.iter().all(|cell| (cell.fg, cell.bg) == (Color::Reset, Color::Reset)), "{name}");
            let text = lines(&buf).join("\n");
            assert!(text.contains("PRODUCTION \u{2550}"), "{name} {size:?}: {text}");
        }
        for columns in [0, 1, 3, 17, 41, 101] {
            for rows in [0, 1, 2, 3, 4, 5, 9, 13, 50] {
                model.size = (columns, rows);
                paint_at(&model, &ascii);
            }
        }
    }
}

#[test]
fn marked_rows_are_seen() {
    let mut model = Bench::trouble().model((80, 24));
    press(&mut model, &["Tab", "Tab", "z", "G", "Space", "k", "Space"]);
    insta::assert_snapshot!("act-marked-80x24", text(&model));
    press(&mut model, &["x"]);
    insta::assert_snapshot!("act-marked-menu-80x24", text(&model));
    let now = model.now;
    let effects = update(&mut model, Msg::Key(Key::char('J')), now);
    let [Effect::Plan { items: Some(items), .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(items, &["default/job-2", "default/job-1"], "as rq's operations name a job");
    // without marks the worker under the cursor is meant, not all of them
    press(&mut model, &["Esc", "Esc", "g", "j", "j", "x"]);
    let effects = update(&mut model, Msg::Key(Key::plain(crate::app::key::Code::Enter)), now);
    let [Effect::Plan { items: Some(items), action, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((action.as_str(), &items[..]), ("stop-worker", &["shop-worker-1a2b3c4d".to_owned()][..]));
}

#[test]
fn runs_of_others_are_told_in_the_header() {
    let mut model = model();
    let seen = |run: &str, live| crate::app::RunSeen {
        run: RunId::new(run).unwrap(),
        system: "shop".parse().unwrap(),
        action: "restart-worker".into(),
        target: "worker".into(),
        who: "alice@ops1 (pts/3)".into(),
        since: when("02:51:00"),
        live,
    };
    let other = "0193e0c4-1f2a-7bbb-8ccc-0000deadbeef";
    let now = model.now;
    update(&mut model, Msg::RunsSeen(vec![seen(RUN, true), seen(other, false)]), now);
    model.size = (120, 40);
    let header = lines(&paint_at(&model, &dark())).remove(0);
    assert!(header.contains("1 run under way: u") && header.contains("1 run of unknown end: u"), "{header}");
    model.size = (80, 24);
    press(&mut model, &["u"]);
    insta::assert_snapshot!("act-runs-others-80x24", text(&model));
}

#[test]
fn the_menu_the_palette_the_form_and_the_list_of_runs() {
    let mut model = model();
    for (name, keys) in [
        ("menu", &["j", "x"][..]),
        ("menu-job", &["Esc", "Shift-Tab", "j", "x"]),
        ("palette", &["Esc", ":", "r", "e", "s", "t", "a"]),
        ("form", &["Esc", ":", "m", "e", "m", "o", "r", "y", "l", "i", "m", "Enter"]),
    ] {
        press(&mut model, keys);
        insta::assert_snapshot!(format!("act-{name}-80x24"), text(&model));
    }
    let mut model = requeued();
    press(&mut model, &["Esc", "u"]);
    insta::assert_snapshot!("act-runs-80x24", text(&model));
}

#[test]
fn the_situation_names_the_key_of_the_next_step() {
    for size in [(80, 24), (120, 40), (200, 60)] {
        let mut model = model();
        model.size = size;
        let line = lines(&paint_at(&model, &dark())).remove(1);
        assert!(line.contains("R restart worker"), "{line}");
        model.options.read_only = true;
        let line = lines(&paint_at(&model, &dark())).remove(1);
        assert!(!line.contains("restart"), "{line}");
    }
}

#[test]
fn the_situation_tells_the_runbook_and_the_action_apart_at_every_width() {
    for (columns, told) in [
        (60, "R restart worker"),
        (68, "r runbook  R restart worker"),
        (76, "r runbook worker-cra…  R restart worker"),
        (80, "r runbook worker-crash  R restart worker"),
        (120, "r runbook worker-crash   R restart worker"),
    ] {
        let mut model = model();
        model.size = (columns, 24);
        let line = lines(&paint_at(&model, &dark())).remove(1);
        assert!(line.contains(told) && line.contains("Worker is down"), "{columns}: {line}");
    }
    let mut model = Bench::with_runbooks().model((80, 24));
    let theme = dark();
    let line = |model: &Model| lines(&paint_at(model, &theme)).remove(1);
    assert!(line(&model).contains("r runbook Worker crash  R restart worker"), "{}", line(&model));
    model.size = (160, 24);
    let buf = paint_at(&model, &theme);
    assert!(line(&model).contains("refused 127.0.0.1:8082"), "{}", line(&model));
    assert!(line(&model).contains("r runbook Worker crash 2 of 4 symptoms   R restart worker"), "{}", line(&model));
    assert_eq!(Some(color_of(&buf, "r runbook")), theme.key.fg);
    assert_eq!(Some(color_of(&buf, "R restart")), theme.warning.fg);
}
