//! The table of pictures: what is run, which keys are pressed, what has to stand on the screen. To add a picture, add
//! an entry; the rest follows.

use crate::palette::{self, Palette};
use crate::support::key::Key;

/// One picture.
#[derive(Debug)]
pub(crate) struct Shot {
    /// Name of the files.
    pub(crate) name: &'static str,
    /// Columns and rows.
    pub(crate) size: (u16, u16),
    /// What runs.
    pub(crate) program: Program,
    /// Its arguments.
    pub(crate) args: &'static [&'static str],
    /// Its environment, beyond the few variables that every shot has.
    pub(crate) env: &'static [(&'static str, &'static str)],
    /// What happens until the picture is taken.
    pub(crate) steps: &'static [Step],
    /// The terminal's colours.
    pub(crate) palette: &'static Palette,
    /// Regular expressions for the text that changes by nature, such as clocks: `--check` does not compare it.
    pub(crate) changing: &'static [&'static str],
}

/// What runs in a shot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "a word of the table: not each is used at every time")]
pub(crate) enum Program {
    /// The program of this crate, built afresh.
    Midwatch,
    /// `/bin/sh`.
    Shell,
}

/// One step of a shot.
#[derive(Clone, Copy, Debug)]
#[allow(dead_code, reason = "a word of the table: not each is used at every time")]
pub(crate) enum Step {
    /// Wait until this text stands on the screen.
    Wait(&'static str),
    /// Wait until this text stands on the screen no more.
    Gone(&'static str),
    /// Press a key.
    Press(Key),
    /// Type text.
    Type(&'static str),
    /// Let so many seconds pass.
    Watch(u64),
}

/// Every picture of the README.
pub(crate) const SHOTS: &[Shot] = &[
    demo("healthy-80x24", (80, 24), &["demo", "--system", "sabine"], CALM),
    demo("healthy-120x40", (120, 40), &["demo", "--system", "sabine"], CALM),
    demo("healthy-200x60", (200, 60), &["demo", "--system", "sabine"], CALM),
    demo("worker-crash-80x24", (80, 24), &["demo", "--fault", "worker-crash"], TROUBLE),
    demo("worker-crash-120x40", (120, 40), &["demo", "--fault", "worker-crash"], TROUBLE),
    demo("worker-crash-200x60", (200, 60), &["demo", "--fault", "worker-crash"], TROUBLE),
    demo("redis-down-120x40", (120, 40), &["demo", "--fault", "redis-down"], TROUBLE),
    demo("memory-pressure-120x40", (120, 40), &["demo", "--fault", "memory-pressure", "--since", "20m"], TROUBLE),
    demo("orphan-scheduler-120x40", (120, 40), &["demo", "--fault", "orphan-scheduler"], TROUBLE),
    demo("worker-crash-40x12", (40, 12), &["demo", "--fault", "worker-crash"], SHORT_TROUBLE),
    demo("detail-120x40", (120, 40), &["demo", "--fault", "worker-crash"], DETAIL),
    demo("act-actions-120x40", (120, 40), &["demo", "--fault", "worker-crash"], ACTIONS),
    demo("act-dialog-120x40", (120, 40), &["demo", "--fault", "worker-crash"], DIALOG),
    demo("act-dialog-80x24", (80, 24), &["demo", "--fault", "worker-crash"], DIALOG),
    demo("act-verified-120x40", (120, 40), &["demo", "--fault", "worker-crash"], VERIFIED),
    demo("act-not-verified-120x40", (120, 40), &["demo", "--fault", "restart-without-effect"], NOT_VERIFIED),
    demo("runbook-120x40", (120, 40), &["demo", "--fault", "worker-crash"], RUNBOOK),
    demo("runbook-80x24", (80, 24), &["demo", "--fault", "worker-crash"], RUNBOOK),
    demo("incident-120x40", (120, 40), &["demo", "--fault", "worker-crash"], INCIDENT),
    demo("incident-80x24", (80, 24), &["demo", "--fault", "worker-crash"], INCIDENT),
    demo("drill-120x40", (120, 40), &["demo", "--drill", "--system", "sabine", "--seed", "118"], DRILL),
    demo("drill-80x24", (80, 24), &["demo", "--drill", "--system", "sabine", "--seed", "118"], DRILL),
    demo("fleet-120x40", (120, 40), &["demo", "--fault", "moose/budget-kill"], FLEET),
    demo("fleet-80x24", (80, 24), &["demo", "--fault", "moose/budget-kill"], FLEET),
    demo("agent-team-120x40", (120, 40), &["demo", "--fault", "agent-team/high-error-rate"], LOOK),
    demo("moose-120x40", (120, 40), &["demo", "--fault", "moose/budget-kill"], LOOK),
    demo("chat-api-120x40", (120, 40), &["demo", "--fault", "chat-api/supabase-down"], LOOK),
    demo("control-plane-120x40", (120, 40), &["demo", "--fault", "control-plane/missions-failing"], LOOK),
    demo("help-120x40", (120, 40), &["demo", "--system", "sabine"], HELP),
    demo("palette-120x40", (120, 40), &["demo", "--system", "sabine"], PALETTE),
    demo("faults-120x40", (120, 40), &["demo", "--system", "sabine"], FAULTS),
    demo("light-120x40", (120, 40), &["--theme", "light", "demo", "--fault", "redis-down"], TROUBLE).light(),
    demo("mono-120x40", (120, 40), &["--color", "never", "demo", "--fault", "redis-down"], TROUBLE),
    theme("theme-high-contrast-120x40", &["--theme", "high-contrast", "demo", "--fault", "worker-crash"]),
    theme("theme-colorblind-120x40", &["--theme", "colorblind", "demo", "--fault", "worker-crash"]),
    theme("theme-solarized-dark-120x40", &["--theme", "solarized-dark", "demo", "--fault", "worker-crash"]),
    theme("theme-solarized-light-120x40", &["--theme", "solarized-light", "demo", "--fault", "worker-crash"]).light(),
    theme("theme-gruvbox-120x40", &["--theme", "gruvbox", "demo", "--fault", "worker-crash"]),
    theme("theme-nord-120x40", &["--theme", "nord", "demo", "--fault", "worker-crash"]),
    theme("theme-catppuccin-120x40", &["--theme", "catppuccin", "demo", "--fault", "worker-crash"]),
    demo("themes-120x40", (120, 40), &["--theme", "dark", "demo", "--fault", "worker-crash"], THEMES),
    demo("themes-80x24", (80, 24), &["--theme", "dark", "demo", "--fault", "worker-crash"], THEMES),
    demo("ascii-80x24", (80, 24), &["--ascii", "demo", "--fault", "worker-crash"], TROUBLE),
    demo("wall-200x60", (200, 60), &["demo", "--wall", "--fault", "worker-crash"], WALL),
    demo("wall-calm-200x60", (200, 60), &["demo", "--wall", "--system", "sabine"], CALM_WALL),
    demo("wall-80x24", (80, 24), &["demo", "--wall", "--fault", "worker-crash"], WALL),
    demo("healthy-40x12", (40, 12), &["demo", "--system", "sabine"], SHORT_CALM),
    demo("worker-crash-300x100", (300, 100), &["demo", "--fault", "worker-crash"], TROUBLE),
    demo("alerts-120x40", (120, 40), &["demo", "--fault", "worker-crash"], ALERTS),
    demo("log-120x40", (120, 40), &["demo", "--fault", "worker-crash"], LOG),
    demo("runbooks-120x40", (120, 40), &["demo", "--fault", "worker-crash"], RUNBOOKS),
    demo("first-80x24", (80, 24), &[], FIRST),
];

/// From a fault to its proved end.
pub(crate) const TOUR: Shot = demo("tour", (100, 30), &["demo", "--system", "sabine"], TOUR_STEPS);
const TOUR_STEPS: &[Step] = &[
    Step::Wait("components answer"),
    Step::Watch(6),
    Step::Type("F"),
    Step::Wait("redis-down"),
    Step::Watch(1),
    Step::Type("j"),
    Step::Watch(1),
    Step::Press(Key::Enter),
    Step::Wait("CRITICAL"),
    Step::Watch(9),
    Step::Type("r"),
    Step::Wait("0 of 23 behind"),
    Step::Watch(4),
    Step::Press(Key::Enter),
    Step::Wait("1 of 23 behind"),
    Step::Watch(3),
    Step::Press(Key::Esc),
    Step::Gone("of 23 behind"),
    Step::Type("R"),
    Step::Wait("any other key cancels"),
    Step::Watch(5),
    Step::Type("y"),
    Step::Wait("VERIFIED"),
    Step::Watch(4),
    Step::Press(Key::Esc),
    Step::Gone("CRITICAL"),
    Step::Watch(4),
    Step::Gone("CRITICAL"),
];
const CALM_WALL: &[Step] = &[Step::Wait("PRODUCTION"), Step::Watch(10), Step::Wait("PRODUCTION")];
const SHORT_CALM: &[Step] = &[Step::Wait("OK"), Step::Watch(3), Step::Wait("OK")];
const ALERTS: &[Step] = &[Step::Wait("CRITICAL"), Step::Watch(10), Step::Type("a"), Step::Wait("inactive")];
const LOG: &[Step] = &[Step::Wait("CRITICAL"), Step::Watch(10), Step::Type("e"), Step::Wait("Events, times")];
const RUNBOOKS: &[Step] = &[Step::Wait("CRITICAL"), Step::Watch(10), Step::Type("b"), Step::Wait("Runbooks")];

/// Long enough for the charts to show a trend.
const FILL: u64 = 60;
const CALM: &[Step] = &[Step::Wait("OK"), Step::Watch(FILL), Step::Wait("OK")];
const TROUBLE: &[Step] = &[Step::Wait("CRITICAL"), Step::Watch(FILL), Step::Wait("CRITICAL")];
/// Some of these are warnings.
const LOOK: &[Step] = &[Step::Wait("simulated"), Step::Watch(25), Step::Wait("simulated")];
const FLEET: &[Step] = &[Step::Wait("simulated"), Step::Watch(25), Step::Type("0"), Step::Wait("5 systems")];
/// In large letters there are no words to wait for but those of the strip.
const WALL: &[Step] = &[Step::Wait("CRITICAL"), Step::Watch(8), Step::Wait("CRITICAL")];
const SHORT_TROUBLE: &[Step] = &[Step::Wait("CRITICAL")];
const DETAIL: &[Step] =
    &[Step::Wait("CRITICAL"), Step::Watch(20), Step::Type("j"), Step::Press(Key::Enter), Step::Wait("failures")];
const ACTIONS: &[Step] = &[Step::Wait("CRITICAL"), Step::Watch(20), Step::Type("x"), Step::Wait("What can be done")];
const DIALOG: &[Step] =
    &[Step::Wait("CRITICAL"), Step::Watch(20), Step::Type("R"), Step::Wait("any other key cancels")];
/// The key counts when the dialog has stood for a moment.
const CONFIRMED: &[Step] = &[Step::Watch(1), Step::Type("y")];
const VERIFIED: &[Step] =
    &[DIALOG[0], DIALOG[1], DIALOG[2], DIALOG[3], CONFIRMED[0], CONFIRMED[1], Step::Wait("VERIFIED")];
/// The first step is a check, the next two are for a person.
const RUNBOOK: &[Step] = &[
    Step::Wait("CRITICAL"),
    Step::Watch(20),
    Step::Type("r"),
    Step::Wait("0 of 23 behind"),
    Step::Press(Key::Enter),
    Step::Wait("1 of 23 behind"),
    Step::Press(Key::Enter),
    Step::Wait("2 of 23 behind"),
];
const INCIDENT: &[Step] = &[
    RUNBOOK[0],
    RUNBOOK[1],
    RUNBOOK[2],
    RUNBOOK[3],
    RUNBOOK[4],
    RUNBOOK[5],
    RUNBOOK[6],
    RUNBOOK[7],
    Step::Type("i"),
    Step::Wait("Incident opened"),
];
const DRILL: &[Step] = &[Step::Wait("DRILL"), Step::Watch(35), Step::Wait("CRITICAL")];
const NOT_VERIFIED: &[Step] =
    // its effect is looked for as long as the action says: a minute and a half
    &[
        DIALOG[0],
        DIALOG[1],
        DIALOG[2],
        DIALOG[3],
        CONFIRMED[0],
        CONFIRMED[1],
        Step::Watch(60),
        Step::Wait("NOT VERIFIED"),
    ];
const HELP: &[Step] = &[Step::Wait("OK"), Step::Type("?"), Step::Wait("show the commands")];
/// The fourth of the list is under the cursor.
const THEMES: &[Step] = &[
    Step::Wait("CRITICAL"),
    Step::Watch(20),
    Step::Type("T"),
    Step::Wait("Enter keeps"),
    Step::Type("jjj"),
    Step::Watch(1),
    Step::Wait("Enter keeps"),
];
const PALETTE: &[Step] = &[Step::Wait("OK"), Step::Type(":zo"), Step::Wait("zoom")];
const FAULTS: &[Step] = &[Step::Wait("OK"), Step::Type("F"), Step::Wait("redis-down")];
const FIRST: &[Step] = &[Step::Wait("demo")];

/// Numbers, bars and charts live by the clock; the words of a screen do not.
const LIVING: &[&str] = &[r"[0-9\u{2580}-\u{259f}\u{2800}-\u{28ff}.:]+[smhd]?", r"~( ~)+", r" +"];

const fn demo(name: &'static str, size: (u16, u16), args: &'static [&'static str], steps: &'static [Step]) -> Shot {
    Shot { name, size, program: Program::Midwatch, args, env: &[], steps, palette: &palette::DARK, changing: LIVING }
}

/// The same fault in another theme.
const fn theme(name: &'static str, args: &'static [&'static str]) -> Shot {
    demo(name, (120, 40), args, TROUBLE)
}

impl Shot {
    /// The same on a light terminal.
    const fn light(mut self) -> Self {
        self.palette = &palette::LIGHT;
        self
    }
}

/// What shows how well the painter paints: made only when `--only` names them.
pub(crate) const TEST_CARDS: &[Shot] =
    &[test_card("test-card-dark", &palette::DARK), test_card("test-card-light", &palette::LIGHT)];

const fn test_card(name: &'static str, palette: &'static Palette) -> Shot {
    Shot {
        name,
        size: (86, 26),
        program: Program::Shell,
        args: &["-c", TEST_CARD],
        env: &[],
        steps: &[Step::Wait("end of card")],
        palette,
        changing: &[],
    }
}

/// Everything that the painter can paint.
const TEST_CARD: &str = include_str!("test_card.sh");
