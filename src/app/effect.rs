//! What `update` asks the runtime to do. Data: it can be asserted, logged and audited.

use std::time::Duration;

use indexmap::IndexMap;

use crate::action::guard::Given;
use crate::action::{Preview, RunId};
use crate::app::Target;
use crate::app::recovery::BookKey;
use crate::base::{ActionId, Severity, SystemName};
use crate::incident::handover::OpenAlert;
use crate::incident::{Event, IncidentId, Opened};
use crate::runbook::walk::Query;
use crate::signal::store::Fresh;
use crate::watch::Turn;

/// One thing to do outside.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Leave with this exit code.
    Quit(u8),
    /// Poll every component of a system now.
    PollNow(SystemName),
    /// Stop (true) or resume (false) all polling.
    Pause(bool),
    /// Switch a simulated fault; `none` ends it.
    SetFault {
        /// Of which system.
        system: SystemName,
        /// Its name.
        fault: String,
    },
    /// Leave the first screen and start the demo.
    StartDemo,
    /// Give the terminal back and stop, as Ctrl-Z asks.
    Suspend,
    /// Read which themes there are.
    ListThemes,
    /// Ask the terminal whether it is bright.
    AskGround,
    /// Poll nothing more often than this from now on.
    Floor(Duration),
    /// Let nothing run from now on.
    Forbid,
    /// Have the terminal tell of the mouse, or leave it to the terminal.
    Mouse(bool),
    /// Clear the terminal and draw everything.
    Redraw,
    /// Read the system anew and make a preview of an action.
    Plan {
        /// On which system.
        system: SystemName,
        /// Which action.
        action: ActionId,
        /// Values of its parameters, by name.
        parameters: IndexMap<String, String>,
        /// The ids that were chosen; `None`: all that there are.
        items: Option<Vec<String>>,
    },
    /// Start the runner of an action that was confirmed.
    Run {
        /// On which system.
        system: SystemName,
        /// Which action.
        action: ActionId,
        /// Values of its parameters, by name.
        parameters: IndexMap<String, String>,
        /// The ids that were chosen; `None`: all that there are.
        items: Option<Vec<String>>,
        /// What was shown when it was confirmed.
        shown: Box<Preview>,
        /// How it was confirmed.
        given: Given,
    },
    /// Ask the runner of a run to end it.
    CancelRun(RunId),
    /// Attach to a run, ours or somebody else's.
    FollowRun(RunId),
    /// Tell somebody who looks elsewhere that an alert fires.
    Notify {
        /// On which system.
        system: SystemName,
        /// How bad.
        severity: Severity,
        /// What fires and why, in one line.
        text: String,
    },
    /// Put a text into the clipboard of whoever sits at the terminal.
    Copy {
        /// What it is, in words.
        what: String,
        /// The text.
        text: String,
    },
    /// The same with all that is known of a row.
    CopyRow(Target),
    /// Run a command that only reads, for a step.
    Check {
        /// Whose step.
        book: BookKey,
        /// Which step.
        n: usize,
        /// Program and arguments.
        argv: Vec<String>,
        /// When it is ended.
        time_box: Duration,
        /// It never ends by itself: that it is ended is no failure.
        is_endless: bool,
    },
    /// Ask a database what only reads, for a step.
    Query {
        /// Whose step.
        book: BookKey,
        /// Which step.
        n: usize,
        /// What is asked, and where.
        query: Query,
        /// When it is ended.
        time_box: Duration,
    },
    /// Keep what is new of a system's numbers, for the next start.
    Keep {
        /// Of which system.
        system: SystemName,
        /// What is new.
        fresh: Vec<Fresh>,
    },
    /// Keep what changed in a system, for the next start.
    KeepTurns {
        /// Of which system.
        system: SystemName,
        /// What.
        turns: Vec<Turn>,
    },
    /// Read all incidents.
    ReadIncidents,
    /// Write events down, in the order in which they are asked for.
    Record {
        /// Of which system.
        system: SystemName,
        /// Into which incident; `None`: the one that was just asked for.
        id: Option<IncidentId>,
        /// What opens it, where there is none yet.
        opened: Option<Box<Opened>>,
        /// What happened. One without a name in `by` is of whoever sits here.
        events: Vec<Event>,
    },
    /// Write the report of an incident.
    Report(IncidentId),
    /// Make the text of a hand-over, with what fires now.
    Handover(Vec<OpenAlert>),
}
