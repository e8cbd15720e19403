//! What `update` asks the runtime to do. Data: it can be asserted, logged and audited.

use indexmap::IndexMap;

use crate::action::guard::Given;
use crate::action::{Preview, RunId};
use crate::base::{ActionId, SystemName};

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
}
