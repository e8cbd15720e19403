//! Everything that can happen to the program.

use std::sync::Arc;

use jiff::Timestamp;

use crate::action::{Preview, RunEvent, RunId};
use crate::app::Key;
use crate::app::recovery::BookKey;
use crate::app::settings::News;
use crate::app::themes::Choice;
use crate::base::{ActionId, Mono, SignalKey, SystemName};
use crate::config::System;
use crate::incident::{Incident, IncidentId};
use crate::probe::ProbeReport;
use crate::signal::Past;
use crate::watch::Story;

/// The outcome of a poll, and of which system.
pub type Report = (SystemName, Box<ProbeReport>);

/// A message to `update`.
#[derive(Debug)]
pub enum Msg {
    // ─── Terminal ───
    /// A key was pressed.
    Key(Key),
    /// Text was pasted: it never triggers a key.
    Paste(String),
    /// The mouse was pressed, or its wheel turned.
    Mouse(Mouse),
    /// What was asked for last is on the terminal, all of it, since then: no key before was meant for it.
    Seen(Mono),
    /// Something on the screen was pointed at.
    Pointed(Spot),
    /// The terminal has another size.
    Resize(u16, u16),
    /// Back from a suspension (Ctrl-Z and `fg`).
    Resumed,
    /// The terminal tells whether it is bright.
    Ground {
        /// True where it is.
        light: bool,
    },
    /// The link to the terminal has become slow, or fast again.
    Link {
        /// True where it is slow.
        slow: bool,
    },
    // ─── Time ───
    /// Time passed: ages, `for`, schedules move.
    Tick,
    // ─── Polling ───
    /// Polls ended: all that were waiting, since the whole is judged once for all of them.
    Reports(Vec<Report>),
    // ─── Effects ───
    /// A simulated fault was switched.
    FaultSet {
        /// In which system.
        system: SystemName,
        /// Its name.
        fault: String,
    },
    /// The user's own settings were read again.
    Settings(News),
    /// The systems, polled in other intervals from now on.
    Paced(Vec<Arc<System>>),
    /// The themes there are.
    Themes(Vec<Choice>),
    /// What came of an effect, in a line.
    Told(String),
    /// An effect could not be carried out.
    Failed(String),
    // ─── History ───
    /// What earlier runs saw of a system.
    Restored {
        /// Of which system.
        system: SystemName,
        /// By signal.
        pasts: Vec<(SignalKey, Past)>,
        /// What changed when.
        story: Box<Story>,
    },
    /// Samples cannot be kept or read: why. Told once until it goes well again.
    NotKept(String),
    // ─── Acting ───
    /// A preview is made; its refusal says why it cannot run now.
    Planned {
        /// On which system.
        system: SystemName,
        /// Which action.
        action: ActionId,
        /// What is to be shown.
        preview: Box<Preview>,
    },
    /// No preview could be made.
    NotPlanned {
        /// On which system.
        system: SystemName,
        /// Which action.
        action: ActionId,
        /// Why, in words.
        why: String,
    },
    /// The runner of a confirmed action began.
    RunBegan {
        /// On which system.
        system: SystemName,
        /// Its run.
        run: RunId,
    },
    /// A run that is followed tells something.
    RunTold(RunId, RunEvent),
    // ─── Recovery ───
    /// A step's command came to its end.
    Checked {
        /// Whose step.
        book: BookKey,
        /// Which step.
        n: usize,
        /// What it printed and how it ended; or why it could not be run.
        outcome: Result<CheckEnd, String>,
    },
    /// All incidents, as they are on disk.
    IncidentsRead(Vec<Incident>),
    /// They cannot be read: why, in words.
    IncidentsNotRead(String),
    /// An incident that this dashboard wrote into, as it is now.
    IncidentTold(Box<Incident>),
    /// Events could not be written down.
    NotRecorded {
        /// Of which system.
        system: SystemName,
        /// True where the incident belongs to another dashboard.
        foreign: bool,
        /// Why, in words.
        why: String,
    },
    /// The open incidents that other dashboards write, and who that is; all of them.
    WrittenElsewhere(Vec<(IncidentId, String)>),
    /// The text of a hand-over.
    HandoverMade(String),
    /// A report was written.
    ReportWritten {
        /// Where to.
        path: String,
        /// Its text.
        text: String,
    },
    /// All runs under way or of unknown end, as the journal has them.
    RunsSeen(Vec<RunSeen>),
}

/// What a mouse did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mouse {
    /// The left button went down over this cell: column, row.
    Press(u16, u16),
    /// The wheel went so many steps down; up where negative.
    Wheel(isize),
}

/// What stands in a cell of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    /// Of a panel.
    Panel {
        /// The panel, by its place in the system file.
        panel: usize,
        /// The row of it.
        row: Option<usize>,
    },
    /// A row of the list that is on top: of what lies over the screen, else of the screen. Of all systems: the system.
    Row(usize),
}

/// How a step's command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckEnd {
    /// What it printed, neutralised, without secrets, capped.
    pub lines: Vec<String>,
    /// `exit code 0`, `ended after 10 s`.
    pub ended: String,
    /// True when it ended by itself and says that all is well.
    pub well: bool,
}

/// A run under way, or one whose end nobody knows, as the journal has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunSeen {
    /// Which.
    pub run: RunId,
    /// On which system.
    pub system: SystemName,
    /// Which action.
    pub action: String,
    /// On which target.
    pub target: String,
    /// By whom.
    pub who: String,
    /// Since when.
    pub since: Timestamp,
    /// True while its runner lives; false when nobody saw its end.
    pub live: bool,
}
