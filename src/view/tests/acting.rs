//! Acting as a person sees it: the menu, the dialog in every state, a run from its start to every outcome.

use std::time::Duration;

use jiff::Timestamp;

use super::*;
use crate::action::{
    Condition, Confirm, Done, End, Ending, Item, ItemEnd, LastRun, Outcome, Phase, Preview, RunEvent, RunId, Stream,
};
use crate::app::Effect;
use crate::base::ActionId;

const WIDE: [(u16, u16); 3] = [(40, 12), (80, 24), (120, 40)];
const RUN: &str = "0193e0c4-1f2a-7bbb-8ccc-00001a2b3c4d";

fn when(time: &str) -> Timestamp {
    format!("2026-11-22T{time}Z").parse().unwrap()
}

fn condition(text: &str, holds: bool, because: &str) -> Condition {
    Condition { text: text.into(), holds: Some(holds), because: because.into() }
}

/// The restart of the worker, as it is shown.
fn restart() -> Preview {
    Preview {
        system: "shop".into(),
        environment: "production".into(),
        action: "restart-worker".into(),
        title: "Restart worker".into(),
        risk: "disruptive".into(),
        confirm: Confirm::Yes,
        target: "worker".into(),
        call: "/usr/bin/sudo -n systemctl restart shop-worker".into(),
        calls: Vec::new(),
        items: Vec::new(),
        effect: None,
        affects: Vec::new(),
        evidence: vec![
            "worker is down for 4m12s: refused 127.0.0.1:8082 (2 s ago)".into(),
            "queue.workers_live = 0 (1 s ago)".into(),
        ],
        precondition: Some(condition("worker.state == 'down'", true, "worker.state = down")),
        verify: Some(condition("worker.up && queue.workers_live > 0", false, "worker.up = false")),
        verify_within_s: 90,
        timeout_s: 60,
        undo: None,
        last: Some(LastRun {
            run: RUN.into(),
            action: "restart-worker".into(),
            who: "alice@ops1 (pts/3)".into(),
            at: when("00:31:12"),
            outcome: Some("verified".into()),
        }),
        held_by: None,
        refusal: None,
        picture: vec![("worker".into(), "down".into())],
    }
}

fn briefing() -> Preview {
    Preview {
        action: "send-briefing".into(),
        title: "Send the morning briefing now".into(),
        risk: "safe".into(),
        confirm: Confirm::Enter,
        target: "send-briefing".into(),
        call: "POST http://127.0.0.1:8001/briefing".into(),
        effect: Some("sends an SMS".into()),
        evidence: Vec::new(),
        precondition: Some(condition("api.up", true, "api.up = true")),
        verify: None,
        last: None,
        picture: Vec::new(),
        ..restart()
    }
}

fn emptying() -> Preview {
    Preview {
        action: "empty-queue".into(),
        title: "Empty a queue".into(),
        risk: "destructive".into(),
        confirm: Confirm::Name,
        target: "queue".into(),
        call: "rq at redis://127.0.0.1:6379/0: delete 3 jobs".into(),
        items: ["7c1f02aa-55e1", "91b2c3d4-0000", "it's odd"].map(String::from).to_vec(),
        affects: vec!["WAL backlog".into(), "Scheduled jobs".into()],
        evidence: vec!["queue.queued = 3 (1 s ago)".into()],
        precondition: None,
        verify: Some(condition("queue.queued == 0", false, "queue.queued = 3")),
        undo: Some("a copy of every job is kept in the state folder before it is deleted".into()),
        ..restart()
    }
}

fn many() -> Preview {
    let ids: Vec<String> = (0..200).map(|n| format!("wal-{:04}", 4100 + n)).collect();
    Preview {
        action: "requeue-entries".into(),
        title: "Requeue waiting entries".into(),
        risk: "safe".into(),
        confirm: Confirm::Enter,
        target: "wal".into(),
        call: "200 requests, the first: POST http://127.0.0.1:8001/wal/wal-4100/retry".into(),
        calls: ids.iter().map(|id| format!("POST http://127.0.0.1:8001/wal/{id}/retry")).collect(),
        items: ids,
        precondition: None,
        ..restart()
    }
}

fn long() -> Preview {
    let arguments: Vec<String> = (0..40).map(|n| format!("'--option-{n}=a value with spaces'")).collect();
    Preview { call: format!("/usr/bin/docker run {}", arguments.join(" ")), ..restart() }
}

fn refused() -> Preview {
    Preview { refusal: Some("there is no program 'systemctl' on this machine".into()), ..restart() }
}

/// Two minutes of a shop whose worker is down: quick to make.
fn model() -> Model {
    let mut bench = Bench::starting();
    bench.run(30);
    bench.fail(&["worker"]);
    bench.run(90);
    bench.model((80, 24))
}

fn later(model: &mut Model, millis: u64) {
    let now = model.now.plus(Duration::from_millis(millis));
    update(model, Msg::Tick, now);
}

fn plan(model: &mut Model, preview: Preview) {
    let msg = Msg::Planned {
        system: "shop".parse().unwrap(),
        action: ActionId::new(&preview.action).unwrap(),
        preview: Box::new(preview),
    };
    let now = model.now;
    update(model, msg, now);
}

/// A model whose dialog shows a preview.
fn dialog(preview: Preview) -> Model {
    let mut model = model();
    let title = preview.title.clone();
    press(&mut model, &[":"]);
    for letter in title.chars().filter(|c| *c != ' ') {
        press(&mut model, &[&letter.to_string()]);
    }
    press(&mut model, &["Enter"]);
    if preview.action == "empty-queue" {
        press(&mut model, &["d"]);
        later(&mut model, 1100);
        press(&mut model, &["Enter"]);
    }
    plan(&mut model, preview);
    later(&mut model, 1100);
    model
}

fn run_id() -> RunId {
    RunId::new(RUN).unwrap()
}

fn tell(model: &mut Model, event: RunEvent) {
    let now = model.now;
    update(model, Msg::RunTold(run_id(), event), now);
}

/// A model that follows a confirmed run.
fn started(preview: Preview) -> Model {
    let mut model = dialog(preview.clone());
    let keys: &[&str] = match preview.confirm {
        Confirm::Enter => &["Enter"],
        Confirm::Yes => &["y"],
        Confirm::Name => &["s", "h", "o", "p", "Enter"],
    };
    press(&mut model, keys);
    let now = model.now;
    update(&mut model, Msg::RunBegan { system: "shop".parse().unwrap(), run: run_id() }, now);
    let at = now.wall;
    let who = "bob@ops2 (pts/7)".to_owned();
    tell(&mut model, RunEvent::Started { at, who, preview: Box::new(preview) });
    model
}

fn line(stream: Stream, text: &str) -> RunEvent {
    RunEvent::Line { stream, text: text.into() }
}

fn running() -> Model {
    let mut model = started(restart());
    let at = model.now.wall;
    tell(&mut model, RunEvent::Entered { at, phase: Phase::Running });
    tell(&mut model, line(Stream::Own, "sudo is /usr/bin/sudo"));
    for n in 1..=30 {
        tell(&mut model, line(Stream::Out, &format!("stopping job {n} of 30")));
    }
    tell(&mut model, line(Stream::Err, "Warning: unit file changed on disk"));
    later(&mut model, 7000);
    model
}

fn verifying() -> Model {
    let mut model = running();
    let at = model.now.wall;
    tell(&mut model, RunEvent::Entered { at, phase: Phase::Verifying });
    let because = "queue.workers_live = 0 (not above 0)".to_owned();
    tell(&mut model, RunEvent::Looked { holds: Some(false), because, left_s: 61 });
    model
}

fn end(model: &mut Model, outcome: Outcome, reason: &str, evidence: &str, done: Option<Done>) {
    let at = model.now.wall;
    let verified = outcome == Outcome::Verified;
    let ending = Ending { at, outcome, reason: reason.into(), verified, evidence: evidence.into(), done };
    tell(model, RunEvent::Ended(Box::new(ending)));
}

fn verified() -> Model {
    let mut model = verifying();
    let done = Done { exit_code: Some(0), ..Done::new(End::Accepted, "") };
    end(&mut model, Outcome::Verified, "", "worker.up = true, queue.workers_live = 1 (above 0)", Some(done));
    model
}

fn not_verified() -> Model {
    let mut model = verifying();
    let left = vec!["pid 4711: python -m shop.worker".to_owned()];
    let done = Done { exit_code: Some(0), left_running: left, ..Done::new(End::Accepted, "") };
    let evidence = "worker.up = false, queue.workers_live = 0 (not above 0)";
    end(&mut model, Outcome::NotVerified, "its effect was not seen within 1m30s", evidence, Some(done));
    model
}

fn requeued() -> Model {
    let mut model = started(many());
    let mut items: Vec<Item> = many().items.into_iter().map(|id| Item { id, end: ItemEnd::Done }).collect();
    items[17].end = ItemEnd::Gone;
    items[140].end = ItemEnd::Skipped("it is being worked on".into());
    let done = Done { http_status: Some(200), items, ..Done::new(End::Accepted, "") };
    end(&mut model, Outcome::Verified, "", "wal.pending = 2", Some(done));
    model
}

fn too_soon() -> Model {
    let mut model = started(restart());
    let reason = "restart-worker worked 20 s ago (alice@ops1 (pts/3)): give a reason to run it again";
    end(&mut model, Outcome::Refused, reason, "", None);
    model
}

/// The target came up while the dialog was open.
fn changed() -> Model {
    let mut model = dialog(restart());
    let at = model.now;
    let component = crate::view::fixture::id("worker");
    let took = Duration::from_millis(2);
    let outcome = Ok(crate::probe::assess::Observation {
        state: crate::base::State::Up,
        reason: None,
        signals: Vec::new(),
        latency: took,
        detail: crate::probe::Detail::None,
    });
    let report = crate::probe::ProbeReport { component, at: at.mono, took, outcome };
    update(&mut model, Msg::Report("shop".parse().unwrap(), Box::new(report)), at);
    model
}

fn naming() -> Model {
    let mut model = dialog(emptying());
    press(&mut model, &["s", "h", "o", "p"]);
    model
}

fn reason() -> Model {
    let mut model = too_soon();
    press(&mut model, &["r"]);
    plan(&mut model, restart());
    later(&mut model, 1100);
    press(&mut model, &["3", "a", "Space"]);
    model
}

fn no_preview() -> Model {
    let mut model = model();
    press(&mut model, &["R"]);
    let (system, action) = ("shop".parse().unwrap(), ActionId::new("restart-worker").unwrap());
    let why = "the journal cannot be opened: no space left on device".to_owned();
    let now = model.now;
    update(&mut model, Msg::NotPlanned { system, action, why }, now);
    model
}

fn cancelling() -> Model {
    let mut model = running();
    press(&mut model, &["c"]);
    model
}

fn unknown() -> Model {
    let mut model = running();
    end(
        &mut model,
        Outcome::Unknown,
        "its runner is gone and nobody saw the end: look before you run it again",
        "",
        None,
    );
    model
}

fn failed() -> Model {
    let mut model = running();
    let done = Done { exit_code: Some(1), ..Done::new(End::Failed, "exit code 1") };
    end(&mut model, Outcome::Failed, "exit code 1", "worker.up = false", Some(done));
    model
}

type State = (&'static str, fn() -> Model);
const STATES: [State; 20] = [
    ("safe", || dialog(briefing())),
    ("disruptive", || dialog(restart())),
    ("destructive", || dialog(emptying())),
    ("many", || dialog(many())),
    ("long", || dialog(long())),
    ("refused", || dialog(refused())),
    ("changed", changed),
    ("naming", naming),
    ("reason", reason),
    ("no-preview", no_preview),
    ("running", running),
    ("cancelling", cancelling),
    ("verifying", verifying),
    ("verified", verified),
    ("not-verified", not_verified),
    ("failed", failed),
    ("unknown", unknown),
    ("items", requeued),
    ("too-soon", too_soon),
    ("reading", || {
        let mut model = model();
        press(&mut model, &["R"]);
        model
    }),
];

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
