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
    /// What stands in the user's settings.
    pub(crate) settings: &'static str,
    /// What happens in it happens at a second of its own, and the numbers of the simulation follow: they are not compared.
    pub(crate) is_lively: bool,
    /// Why its text is not compared.
    pub(crate) apart: Option<&'static str>,
    /// After how many seconds the clock of the demo stands still; 0 where there is no demo.
    pub(crate) still: u64,
    /// What happens until the picture is taken.
    pub(crate) steps: &'static [Step],
    /// The terminal's colours.
    pub(crate) palette: &'static Palette,
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
    /// Wait until the clock of the demo stands still.
    Still,
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
    demo("memory-pressure-120x40", (120, 40), &["demo", "--fault", "memory-pressure", "--since", "20m"], TROUBLE)
        .apart("which way a backlog goes is told by when it was seen"),
    demo("orphan-scheduler-120x40", (120, 40), &["demo", "--fault", "orphan-scheduler"], TROUBLE),
    demo("worker-crash-40x12", (40, 12), &["demo", "--fault", "worker-crash"], TROUBLE),
    demo("detail-120x40", (120, 40), &["demo", "--fault", "worker-crash"], DETAIL),
    demo("act-actions-120x40", (120, 40), &["demo", "--fault", "worker-crash"], ACTIONS),
    demo("act-dialog-120x40", (120, 40), &["demo", "--fault", "worker-crash"], DIALOG),
    demo("act-dialog-80x24", (80, 24), &["demo", "--fault", "worker-crash"], DIALOG),
    demo("act-verified-120x40", (120, 40), &["demo", "--fault", "worker-crash"], VERIFIED).still(60).apart(SCATTERED),
    demo("act-not-verified-120x40", (120, 40), &["demo", "--fault", "restart-without-effect"], VERIFIED).still(110),
    demo("runbook-120x40", (120, 40), &["demo", "--fault", "worker-crash"], RUNBOOK),
    demo("runbook-80x24", (80, 24), &["demo", "--fault", "worker-crash"], RUNBOOK),
    demo("incident-120x40", (120, 40), &["demo", "--fault", "worker-crash"], INCIDENT),
    demo("incident-80x24", (80, 24), &["demo", "--fault", "worker-crash"], INCIDENT),
    demo("drill-120x40", (120, 40), &["demo", "--drill", "--system", "sabine", "--seed", "118"], DRILL)
        .apart(SCATTERED),
    demo("drill-80x24", (80, 24), &["demo", "--drill", "--system", "sabine", "--seed", "118"], DRILL)
        .lively()
        .apart(SCATTERED),
    demo("fleet-120x40", (120, 40), &["demo", "--fault", "moose/budget-kill"], FLEET),
    demo("fleet-80x24", (80, 24), &["demo", "--fault", "moose/budget-kill"], FLEET),
    demo("agent-team-120x40", (120, 40), &["demo", "--fault", "agent-team/high-error-rate"], LOOK).apart(SCATTERED),
    demo("moose-120x40", (120, 40), &["demo", "--fault", "moose/budget-kill"], LOOK),
    demo("chat-api-120x40", (120, 40), &["demo", "--fault", "chat-api/supabase-down"], LOOK).apart(SCATTERED),
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
    demo("wall-200x60", (200, 60), &["demo", "--wall", "--fault", "worker-crash"], TROUBLE)
        .still(12)
        .apart("a free port stands there in large letters"),
    demo("wall-calm-200x60", (200, 60), &["demo", "--wall", "--system", "sabine"], CALM_WALL),
    demo("wall-80x24", (80, 24), &["demo", "--wall", "--fault", "worker-crash"], TROUBLE).still(12),
    demo("healthy-40x12", (40, 12), &["demo", "--system", "sabine"], CALM),
    demo("worker-crash-300x100", (300, 100), &["demo", "--fault", "worker-crash"], TROUBLE),
    demo("alerts-120x40", (120, 40), &["demo", "--fault", "worker-crash"], ALERTS),
    demo("log-120x40", (120, 40), &["demo", "--fault", "worker-crash"], LOG),
    demo("runbooks-120x40", (120, 40), &["demo", "--fault", "worker-crash"], RUNBOOKS),
    demo("incidents-120x40", (120, 40), &["demo", "--fault", "worker-crash"], INCIDENTS),
    demo("runs-120x40", (120, 40), &["demo", "--fault", "restart-without-effect"], RUNS).still(110),
    demo("fleet-40x12", (40, 12), &["demo", "--fault", "moose/budget-kill"], SHORT_FLEET),
    demo("settings-120x40", (120, 40), &["demo", "--system", "sabine"], SETTINGS).settings("theme = \"nrod\"\n"),
    demo("first-80x24", (80, 24), &[], FIRST).still(0),
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
/// Why some are not compared.
const SCATTERED: &str = "several things change in one second, and which of them is seen first differs";
/// After how many seconds the clock stands still: the charts show half a minute by then. Half a minute before it nothing is
/// polled, which would stand at the edge of the charts in one run and behind it in the next.
const STILL: u64 = 43;
const CALM_WALL: &[Step] = &[Step::Wait("PRODUCTION"), Step::Still, Step::Wait("PRODUCTION")];
const ALERTS: &[Step] = &[Step::Wait("CRITICAL"), Step::Still, Step::Type("a"), Step::Wait("inactive")];
const LOG: &[Step] = &[Step::Wait("CRITICAL"), Step::Still, Step::Type("e"), Step::Wait("Events, times")];
const RUNBOOKS: &[Step] = &[Step::Wait("CRITICAL"), Step::Still, Step::Type("b"), Step::Wait("Runbooks")];
const CALM: &[Step] = &[Step::Wait("OK"), Step::Still, Step::Wait("OK")];
const TROUBLE: &[Step] = &[Step::Wait("CRITICAL"), Step::Still, Step::Wait("CRITICAL")];
/// Some of these are warnings.
const LOOK: &[Step] = &[Step::Wait("simulated"), Step::Still, Step::Wait("simulated")];
const FLEET: &[Step] = &[Step::Wait("simulated"), Step::Still, Step::Type("0"), Step::Wait("5 systems")];
const DETAIL: &[Step] =
    &[Step::Wait("CRITICAL"), Step::Still, Step::Type("j"), Step::Press(Key::Enter), Step::Wait("failures")];
const ACTIONS: &[Step] = &[Step::Wait("CRITICAL"), Step::Still, Step::Type("x"), Step::Wait("What can be done")];
const DIALOG: &[Step] = &[Step::Wait("CRITICAL"), Step::Still, Step::Type("R"), Step::Wait("any other key cancels")];
/// The key counts when the dialog has stood for a moment.
const VERIFIED: &[Step] = &[
    Step::Wait("CRITICAL"),
    Step::Watch(5),
    Step::Type("R"),
    Step::Wait("any other key cancels"),
    Step::Watch(1),
    Step::Type("y"),
    Step::Still,
    Step::Wait("VERIFIED"),
];
/// The first step is a check, the next two are for a person.
const RUNBOOK: &[Step] = &[
    Step::Wait("CRITICAL"),
    Step::Watch(5),
    Step::Type("r"),
    Step::Wait("0 of 23 behind"),
    Step::Press(Key::Enter),
    Step::Wait("1 of 23 behind"),
    Step::Press(Key::Enter),
    Step::Wait("2 of 23 behind"),
    Step::Still,
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
    Step::Still,
    Step::Type("i"),
    Step::Wait("Incident opened"),
];
const INCIDENTS: &[Step] = &[
    Step::Wait("CRITICAL"),
    Step::Watch(5),
    Step::Type("i"),
    Step::Wait("its title"),
    Step::Watch(1),
    Step::Press(Key::Enter),
    Step::Wait("Incident opened"),
    Step::Still,
    Step::Type("m"),
    Step::Wait("Incidents"),
];
const RUNS: &[Step] = &[
    VERIFIED[0],
    VERIFIED[1],
    VERIFIED[2],
    VERIFIED[3],
    VERIFIED[4],
    VERIFIED[5],
    VERIFIED[6],
    VERIFIED[7],
    Step::Press(Key::Esc),
    Step::Gone("VERIFIED"),
    Step::Type("u"),
    Step::Wait("Restart worker"),
];
const SHORT_FLEET: &[Step] = &[Step::Wait("moose"), Step::Still, Step::Type("0"), Step::Wait("5 systems")];
const SETTINGS: &[Step] = &[Step::Wait("nrod"), Step::Still, Step::Wait("nrod")];
const DRILL: &[Step] = &[Step::Wait("DRILL"), Step::Still, Step::Wait("CRITICAL")];
const HELP: &[Step] = &[Step::Wait("OK"), Step::Still, Step::Type("?"), Step::Wait("show the commands")];
/// The fourth of the list is under the cursor.
const THEMES: &[Step] = &[
    Step::Wait("CRITICAL"),
    Step::Still,
    Step::Type("T"),
    Step::Wait("Enter keeps"),
    Step::Type("jjj"),
    Step::Wait("Enter keeps"),
];
const PALETTE: &[Step] = &[Step::Wait("OK"), Step::Still, Step::Type(":zo"), Step::Wait("zoom")];
const FAULTS: &[Step] = &[Step::Wait("OK"), Step::Still, Step::Type("F"), Step::Wait("redis-down")];
const FIRST: &[Step] = &[Step::Wait("demo")];

const fn demo(name: &'static str, size: (u16, u16), args: &'static [&'static str], steps: &'static [Step]) -> Shot {
    Shot {
        name,
        size,
        program: Program::Midwatch,
        args,
        env: &[],
        settings: "",
        is_lively: false,
        apart: None,
        still: STILL,
        steps,
        palette: &palette::DARK,
    }
}

/// The same fault in another theme.
const fn theme(name: &'static str, args: &'static [&'static str]) -> Shot {
    demo(name, (120, 40), args, TROUBLE)
}

impl Shot {
    /// The numbers are not compared.
    const fn lively(mut self) -> Self {
        self.is_lively = true;
        self
    }

    /// Its text is not compared.
    const fn apart(mut self, why: &'static str) -> Self {
        self.apart = Some(why);
        self
    }

    /// With settings of the user's own.
    const fn settings(mut self, text: &'static str) -> Self {
        self.settings = text;
        self
    }

    /// The clock stands still later.
    const fn still(mut self, after: u64) -> Self {
        self.still = after;
        self
    }

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
        settings: "",
        is_lively: false,
        apart: None,
        still: 0,
        steps: &[Step::Wait("end of card")],
        palette,
    }
}

/// Everything that the painter can paint.
const TEST_CARD: &str = include_str!("test_card.sh");
