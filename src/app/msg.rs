//! Everything that can happen to the program.

use jiff::Timestamp;

use crate::action::{Preview, RunEvent, RunId};
use crate::app::Key;
use crate::base::{ActionId, SystemName};
use crate::probe::ProbeReport;

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
    /// The terminal has another size.
    Resize(u16, u16),
    /// Back from a suspension (Ctrl-Z and `fg`).
    Resumed,
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
    /// An effect could not be carried out.
    Failed(String),
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
    /// All runs under way or of unknown end, as the journal has them.
    RunsSeen(Vec<RunSeen>),
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
