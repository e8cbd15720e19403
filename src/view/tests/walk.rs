//! A runbook and an incident as a person sees them: at every size, by glyph, word and colour, in every state of a step.

use super::*;
use crate::app::{Effect, Overlay, Screen};
use crate::incident::{Event, Incident, IncidentId};

/// A walk over a shop that goes on.
struct Walker {
    bench: Bench,
    model: Model,
}

impl Walker {
    fn new() -> Self {
        let mut bench = Bench::with_runbooks();
        let mut model = bench.lend((120, 40));
        press(&mut model, &["r"]);
        assert_eq!(model.screen, Screen::Runbook);
        Self { bench, model }
    }

    fn go_on(&mut self, secs: u64) {
        self.bench.go_on(&mut self.model, secs);
        let now = self.model.now;
        let effects = update(&mut self.model, Msg::Tick, now);
        record(&mut self.model, effects);
    }

    fn key(&mut self, keys: &[&str]) {
        for key in keys {
            let now = self.model.now;
            let effects = update(&mut self.model, Msg::Key(key.parse().unwrap()), now);
            record(&mut self.model, effects);
        }
    }

    /// Walked through triage and the checks to the choice; an incident is open, and has a note.
    fn under_way() -> Self {
        let mut walker = Self::new();
        walker.key(&["Enter"]);
        walker.go_on(10);
        walker.key(&["Enter", "Enter"]);
        walker.go_on(10);
        let now = walker.model.now;
        let book = walker.model.recovery.shown.clone().unwrap();
        walker.key(&["Enter"]);
        let lines = vec!["-- No entries --".to_owned(), "worker: Killed".to_owned()];
        let outcome = Ok(crate::app::CheckEnd { lines, ended: "exited with 0".into(), well: true });
        let effects = update(&mut walker.model, Msg::Checked { book, n: 4, outcome }, now);
        record(&mut walker.model, effects);
        walker.key(&["n"]);
        walker.go_on(5);
        walker.key(&["o", "o", "m", "Enter"]);
        walker
    }
}

/// Does what a recorder would: the effects' events, as an incident.
fn record(model: &mut Model, effects: Vec<Effect>) {
    for effect in effects {
        let Effect::Record { system, id, opened, mut events } = effect else { continue };
        let known = id.and_then(|id| model.recovery.desk.get(&id).cloned());
        let id = known.as_ref().map_or_else(
            || IncidentId::of(system.as_str(), model.now.wall, 1).unwrap(),
            |incident| incident.id.clone(),
        );
        let mut all = LEDGER.with(|ledger| ledger.borrow_mut().remove(&id).unwrap_or_default());
        if let Some(opened) = opened {
            all.push(Event::new(model.now.wall, "alice@ops1", crate::incident::Kind::Opened(*opened)));
        }
        for event in &mut events {
            if event.by.is_empty() {
                event.by = "alice@ops1".into();
            }
        }
        all.extend(events);
        let incident = Incident::of(id.clone(), &all, &[]);
        LEDGER.with(|ledger| ledger.borrow_mut().insert(id, all));
        let now = model.now;
        update(model, Msg::IncidentTold(Box::new(incident)), now);
    }
}

thread_local! {
    static LEDGER: std::cell::RefCell<std::collections::HashMap<IncidentId, Vec<Event>>> = std::cell::RefCell::default();
}

#[test]
fn a_runbook_is_read_at_every_size() {
    let mut model = Walker::new().model;
    for (columns, rows) in SIZES {
        model.size = (columns, rows);
        insta::assert_snapshot!(format!("runbook-{columns}x{rows}"), text(&model));
    }
    model.size = (80, 24);
    press(&mut model, &["Tab"]);
    insta::assert_snapshot!("runbook-symptoms-80x24", text(&model));
    press(&mut model, &["Tab", "d"]);
    insta::assert_snapshot!("runbook-dry-run-80x24", text(&model));
}

#[test]
fn a_walk_is_followed_at_every_size() {
    let mut walker = Walker::under_way();
    for (columns, rows) in SIZES {
        walker.model.size = (columns, rows);
        insta::assert_snapshot!(format!("walk-{columns}x{rows}"), text(&walker.model));
    }
    walker.model.size = (80, 24);
    walker.key(&["o"]);
    insta::assert_snapshot!("walk-ways-80x24", text(&walker.model));
    walker.key(&["Enter", "v"]);
    insta::assert_snapshot!("walk-step-80x24", text(&walker.model));
    walker.key(&["Esc", "s"]);
    insta::assert_snapshot!("walk-skip-80x24", text(&walker.model));
}

#[test]
fn truth_and_marks_are_told_by_word_and_colour() {
    let theme = dark();
    let mut walker = Walker::under_way();
    walker.model.size = (120, 40);
    let buf = paint_at(&walker.model, &theme);
    for (word, style) in [
        ("true ", theme.accent),
        ("✗ false", theme.warning),
        ("unknown ", theme.unknown),
        ("you tell", theme.dim),
        ("never validated", theme.warning),
        ("verified ", theme.ok),
        ("not as expected", theme.warning),
        ("next ", theme.accent),
    ] {
        assert_eq!(Some(color_of(&buf, word)), style.fg, "{word}\n{}", lines(&buf).join("\n"));
    }
}

#[test]
fn who_has_to_know_by_when_is_not_cut_off_at_eighty_columns() {
    let theme = dark();
    let mut walker = Walker::under_way();
    walker.key(&["i"]);
    walker.model.size = (80, 24);
    let id = walker.model.recovery.desk.shown.clone().unwrap();
    let mut incident = walker.model.recovery.desk.get(&id).unwrap().clone();
    incident.respond_s = Some(60);
    incident.escalation = [("Engineer on call", 60), ("Engineering lead", 3600)]
        .map(|(to, after_s)| crate::incident::Escalation { after_s, to: to.to_owned() })
        .into();
    walker.model.recovery.desk.put(incident);
    let buf = paint_at(&walker.model, &theme);
    let shown = lines(&buf).join("\n");
    for told in ["Engineer on call since", "Engineering lead in", "late"] {
        assert!(shown.contains(told), "{told}\n{shown}");
    }
    assert_eq!(Some(color_of(&buf, "Engineer on call since")), theme.warning.fg);
}

#[test]
fn incidents_are_listed_and_told() {
    let mut walker = Walker::under_way();
    walker.key(&["i"]);
    for (columns, rows) in SIZES {
        walker.model.size = (columns, rows);
        insta::assert_snapshot!(format!("incident-{columns}x{rows}"), text(&walker.model));
    }
    walker.model.size = (80, 24);
    walker.key(&["c"]);
    insta::assert_snapshot!("incident-close-80x24", text(&walker.model));
    walker.key(&["Esc", "m"]);
    insta::assert_snapshot!("incidents-80x24", text(&walker.model));
    let mut fresh = Bench::with_runbooks().model((80, 24));
    press(&mut fresh, &["b"]);
    insta::assert_snapshot!("runbooks-80x24", text(&fresh));
    press(&mut fresh, &["Esc", "i"]);
    insta::assert_snapshot!("incident-open-80x24", text(&fresh));
}

#[test]
fn symptoms_longer_than_the_screen_are_read_to_their_end() {
    // what only people can tell stands last
    const LAST: &str = "you tell Users say that the shop answers and forgets";
    let theme = dark();
    let mut walker = Walker::new();
    for size in [(120, 14), (80, 14), (60, 20)] {
        walker.model.size = size;
        assert!(!text(&walker.model).contains(LAST), "{size:?}");
        if size.0 >= 100 {
            assert!(text(&walker.model).contains("more: Tab"), "{}", text(&walker.model));
        }
        walker.key(&["Tab"]);
        walker.key(&["G"]);
        let shown = text(&walker.model);
        assert!(shown.contains("Users say that the shop"), "{size:?}\n{shown}");
        let buf = paint_at(&walker.model, &theme);
        assert_eq!(Some(color_of(&buf, "Users say")), theme.strong.fg);
        walker.key(&["g"]);
        assert!(text(&walker.model).contains("never validated"), "{size:?}");
        walker.key(&["Tab"]);
    }
}

#[test]
fn texts_for_others_are_read_over_the_incident() {
    let mut walker = Walker::under_way();
    walker.key(&["i"]);
    walker.model.size = (80, 24);
    walker.key(&["o"]);
    insta::assert_snapshot!("incident-notice-80x24", text(&walker.model));
    walker.key(&["Esc", "s"]);
    insta::assert_snapshot!("incident-severity-80x24", text(&walker.model));
    walker.key(&["Esc", "d"]);
    walker.go_on(5);
    walker.key(&["r", "e", "s", "t", "a", "r", "t", "e", "d", "Enter"]);
    insta::assert_snapshot!("incident-mitigated-80x24", text(&walker.model));
    let id = walker.model.recovery.desk.shown.clone().unwrap();
    let now = walker.model.now;
    update(&mut walker.model, Msg::WrittenElsewhere(vec![(id, "bob@ops2".into())]), now);
    let theme = dark();
    let buf = paint_at(&walker.model, &theme);
    assert_eq!(Some(color_of(&buf, "bob@ops2 goes on with it")), theme.accent.fg);
}

#[test]
fn every_state_is_drawn_at_every_size_without_colours_and_in_ascii() {
    let ascii = Theme::builtin("dark", ColorDepth::Ansi16, true).unwrap();
    let mono = Theme::builtin("dark", ColorDepth::None, false).unwrap();
    let mut walker = Walker::under_way();
    for keys in
        [&[][..], &["v"], &["Esc", "d"], &["Esc", "o"], &["Esc", "s"], &["Esc", "b"], &["i"], &["n"], &["Esc", "m"]]
    {
        walker.key(keys);
        for size in SIZES {
            walker.model.size = size;
            let mut buf = Buffer::empty(Rect::new(0, 0, size.0, size.1));
            draw(&walker.model, &ascii, &mut buf);
            for row in lines(&buf) {
                assert!(row.is_ascii(), "{keys:?}: {row}");
            }
            let buf = paint_at(&walker.model, &mono);
            assert!(buf.content.iter().all(|cell| (cell.fg, cell.bg) == (Color::Reset, Color::Reset)), "{keys:?}");
        }
        for columns in [0, 1, 3, 17, 41, 101] {
            for rows in [0, 1, 2, 3, 4, 5, 9, 13, 50] {
                walker.model.size = (columns, rows);
                paint_at(&walker.model, &ascii);
            }
        }
    }
    let text = "# x\n\u{1b}[2J".to_owned();
    walker.model.overlays.push(Overlay::Text {
        title: "Incident report",
        note: "written to x.md".into(),
        text,
        scroll: 0,
    });
    walker.model.size = (80, 24);
    paint_at(&walker.model, &ascii);
}
