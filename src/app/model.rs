//! The program's whole state. One owner, no locks; `view` reads it, `update` writes it.

use std::collections::HashMap;

use indexmap::{IndexMap, IndexSet};

use crate::action::{RunId, RunView};
use crate::app::Key;
use crate::app::act::{Dialog, Mark, Stage, Wanted};
use crate::app::demo::Demo;
use crate::app::keymap::Keymap;
use crate::app::msg::{RunSeen, Spot};
use crate::app::notices::Notices;
use crate::app::recovery::Recovery;
use crate::app::rows::Target;
use crate::app::settings::{Settings, Trouble};
use crate::app::themes::Themes;
use crate::base::{ActionId, Mono, Now, PanelId, Status, SystemName};
use crate::incident::IncidentId;
use crate::watch::Watch;

/// Which screen is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// Nothing is configured: what there is and what it needs.
    First,
    /// One tile per system.
    Fleet,
    /// The panels of one system.
    System,
    /// All alerts of one system.
    Alerts,
    /// What changed when, in one system.
    Log,
    /// The runbooks of one system, those that fit first.
    Runbooks,
    /// One runbook, while it is walked.
    Runbook,
    /// The incidents of one system.
    Incidents,
    /// One incident.
    Incident,
}

/// What lies over the screen.
#[derive(Clone, Debug, PartialEq)]
pub enum Overlay {
    /// The commands.
    Help {
        /// First row shown.
        scroll: usize,
    },
    /// A command by its words.
    Palette {
        /// What was typed.
        input: Input,
        /// Selected match.
        selected: usize,
    },
    /// Details of a row.
    Detail {
        /// Of what.
        target: Target,
        /// First row shown.
        scroll: usize,
    },
    /// The demo's faults.
    Faults {
        /// Selected fault.
        selected: usize,
    },
    /// The themes; the one under the cursor is shown.
    Themes {
        /// Selected theme.
        selected: usize,
    },
    /// How the drill went.
    Drill {
        /// First row shown.
        scroll: usize,
    },
    /// What can be done here.
    Actions {
        /// The row it was asked over.
        target: Option<Target>,
        /// Selected action.
        selected: usize,
    },
    /// An action before it runs.
    Confirm(Box<Dialog>),
    /// The runs that are known.
    Runs {
        /// Selected run.
        selected: usize,
    },
    /// A line that is asked for.
    Ask(Box<Ask>),
    /// Several ways, one to be chosen.
    Choose {
        /// Of which choice.
        choice: usize,
        /// Selected way.
        selected: usize,
    },
    /// A step of the runbook on the screen, whole.
    Step {
        /// Which.
        n: usize,
        /// First row shown.
        scroll: usize,
    },
    /// All that the walk on the screen would do.
    DryRun {
        /// First row shown.
        scroll: usize,
    },
    /// A text of an incident: its report, its notice, the hand-over.
    Text {
        /// What it is.
        title: &'static str,
        /// What is said above it: where it was written.
        note: String,
        /// Its text.
        text: String,
        /// First row shown.
        scroll: usize,
    },
    /// One run.
    Run {
        /// Which.
        run: RunId,
        /// Rows away from its newest output while it goes on, from its outcome when it is over.
        scroll: usize,
        /// True while it is asked whether to cancel it.
        asked: bool,
    },
}

/// A line that is asked for, and for what.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// For what.
    pub about: About,
    /// What is asked.
    pub title: String,
    /// What stands behind it: why it is asked, what Enter does.
    pub why: Vec<String>,
    /// The line so far.
    pub input: Input,
    /// Why the last Enter did nothing.
    pub note: Option<String>,
    /// Since when it is on the screen.
    pub since: Mono,
}

/// What a line is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// The title of a new incident.
    OpenIncident,
    /// A note into the incident.
    Note(IncidentId),
    /// Why a step is left out.
    Skip(usize),
    /// What a step has to be filled in with.
    Field {
        /// The step.
        n: usize,
        /// The field.
        name: String,
    },
    /// Why an incident is closed although it is not over.
    Close(IncidentId),
    /// How bad an incident is, and why.
    Severity(IncidentId),
    /// By what users are served again.
    Mitigated(IncidentId),
}

/// A line that is being typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Input {
    /// The text so far.
    pub text: String,
}

impl Input {
    /// Adds a typed or pasted text, without control characters, up to 200 characters.
    pub fn insert(&mut self, text: &str) {
        let room = 200_usize.saturating_sub(self.text.chars().count());
        self.text.extend(text.chars().filter(|c| !c.is_control()).take(room));
    }

    /// Takes the last character away.
    pub fn backspace(&mut self) {
        self.text.pop();
    }
}

/// Which zone the screen shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ZoneMode {
    /// UTC.
    Utc,
    /// The zone of this machine or of `--tz`.
    Local,
    /// The zone of the system on the screen.
    Service,
}

/// When the next frame is due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Redraw {
    /// Nothing changed.
    #[default]
    No,
    /// With the next second: numbers moved.
    Soon,
    /// At once: a key was pressed, a state changed.
    Now,
}

/// What the command line and the terminal decide for the whole run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The local zone.
    pub local_zone: crate::job::Zone,
    /// Nothing that changes a system may run.
    pub read_only: bool,
    /// Nobody sits before it: large letters, all systems in turn, no key but those that quit.
    pub wall: bool,
    /// The demo, when it runs.
    pub demo: Option<Demo>,
}

/// What the first screen tells of a built-in or user system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Variables that are not set and have no default: `api_key (AGENT_API_KEY)`.
    pub needs: Vec<String>,
}

/// The state.
#[derive(Debug)]
pub struct Model {
    /// The systems under watch.
    pub systems: Vec<Watch>,
    /// The one on the screen.
    pub current: usize,
    /// Which screen it opened with: to quit there is to leave.
    pub home: Screen,
    /// Which screen.
    pub screen: Screen,
    /// What lies over it, topmost last.
    pub overlays: Vec<Overlay>,
    /// Index of the focused panel in the system's `panel` table.
    pub focus: usize,
    /// True when the focused panel is shown alone.
    pub zoomed: bool,
    /// Selected row of each panel.
    pub cursor: HashMap<PanelId, usize>,
    /// Selected row of a full-screen list (alerts, log); of the fleet the selected system.
    pub list_cursor: usize,
    /// The filter; rows without it are hidden.
    pub filter: Input,
    /// True while the filter is being typed.
    pub filtering: bool,
    /// True while polling is stopped by the user.
    pub paused: bool,
    /// Which zone times are shown in.
    pub zone: ZoneMode,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// What was pressed last with the mouse, and no key since.
    pub clicked: Option<Spot>,
    /// The mouse is ours: clicks and the wheel come here, and the terminal selects no text by itself.
    pub mouse: bool,
    /// The link to the terminal is slow: what may wait changes rarely.
    pub slow: bool,
    /// How far the text on top can be scrolled, as it was drawn last; `None` where none is.
    pub reach: Option<usize>,
    /// The time of the last message.
    pub now: Now,
    /// A line that goes away by itself.
    pub toast: Option<(String, Mono)>,
    /// What the first screen offers.
    pub offers: Vec<Offer>,
    /// The runs that are followed or were, oldest first.
    pub runs: IndexMap<RunId, RunView>,
    /// The runs under way or of unknown end, as the journal has them.
    pub runs_seen: Vec<RunSeen>,
    /// What was confirmed here, by run.
    pub launched: HashMap<RunId, Wanted>,
    /// Questions for a preview that are not answered yet.
    pub plans: HashMap<(SystemName, ActionId), usize>,
    /// The marked rows of the system on the screen.
    pub marks: IndexSet<Mark>,
    /// The last key, and when it was pressed.
    pub pressed: Option<(Key, Mono)>,
    /// Keys.
    pub keymap: Keymap,
    /// Fixed for the run.
    pub options: Options,
    /// Runbooks that are open, and incidents.
    pub recovery: Recovery,
    /// The user's own settings, as they hold.
    pub settings: Settings,
    /// What is wrong with the user's own files, until it is mended.
    pub trouble: Trouble,
    /// Who looks elsewhere and is told.
    pub notices: Notices,
    /// Which theme is shown.
    pub themes: Themes,
    /// What the panels show instead of now; nothing where they show what is.
    pub past: Option<Box<crate::watch::Then>>,
    /// How long a time charts show; `None` lets each fill itself.
    pub window: Option<std::time::Duration>,
    /// Up to when samples were handed over to be kept.
    pub kept: Mono,
    /// What the screen owes; the runtime settles it after drawing.
    pub redraw: Redraw,
}

impl Model {
    /// A model over these systems.
    pub fn new(systems: Vec<Watch>, offers: Vec<Offer>, options: Options, size: (u16, u16), now: Now) -> Self {
        let opened = options.demo.as_ref().and_then(|demo| demo.opened.as_ref());
        let current = opened.and_then(|name| systems.iter().position(|watch| watch.system.name == *name));
        let home = match systems.len() {
            0 => Screen::First,
            1 => Screen::System,
            _ if current.is_some() => Screen::System,
            _ => Screen::Fleet,
        };
        Self {
            systems,
            current: current.unwrap_or(0),
            home,
            screen: home,
            overlays: Vec::new(),
            focus: 0,
            zoomed: false,
            cursor: HashMap::new(),
            list_cursor: 0,
            filter: Input::default(),
            filtering: false,
            paused: false,
            // on the wall nobody switches it
            zone: if options.wall { ZoneMode::Local } else { ZoneMode::Utc },
            size,
            clicked: None,
            mouse: false,
            slow: false,
            now,
            toast: None,
            offers,
            runs: IndexMap::new(),
            runs_seen: Vec::new(),
            launched: HashMap::new(),
            plans: HashMap::new(),
            marks: IndexSet::new(),
            pressed: None,
            keymap: Keymap::default(),
            options,
            recovery: Recovery::default(),
            settings: Settings::default(),
            trouble: Trouble::default(),
            notices: Notices::default(),
            themes: Themes::default(),
            past: None,
            window: None,
            kept: now.mono,
            redraw: Redraw::Now,
            reach: None,
        }
    }

    /// The system on the screen.
    pub fn watch(&self) -> Option<&Watch> {
        self.systems.get(self.current)
    }

    /// Since when what the next key may confirm is on the screen; `None` where no key confirms anything.
    pub fn confirming(&self) -> Option<Mono> {
        let Some(Overlay::Confirm(dialog)) = self.overlays.last() else { return None };
        matches!(dialog.stage, Stage::Shown { .. }).then_some(dialog.since)
    }

    /// The focused panel.
    pub fn focused_panel(&self) -> Option<(&PanelId, &crate::config::PanelSpec)> {
        self.watch()?.system.panel.get_index(self.focus)
    }

    /// The zone that times are shown in.
    pub fn shown_zone(&self) -> crate::job::Zone {
        match self.zone {
            ZoneMode::Utc => crate::job::Zone::utc(),
            ZoneMode::Local => self.options.local_zone.clone(),
            ZoneMode::Service => self.watch().map_or_else(crate::job::Zone::utc, |w| w.system.timezone.clone()),
        }
    }

    /// The systems by how much they need somebody: worst first, those that are equally bad in their own order.
    pub fn worst_first(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.systems.len()).collect();
        order.sort_by_key(|at| std::cmp::Reverse(self.systems.get(*at).map(|watch| watch.situation.rank())));
        order
    }

    /// The worst status of all systems.
    pub fn status(&self) -> Status {
        self.systems.iter().map(|watch| watch.situation.status).max().unwrap_or(Status::Unknown)
    }
}
