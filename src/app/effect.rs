//! What `update` asks the runtime to do. Data: it can be asserted, logged and audited.

use crate::base::SystemName;

/// One thing to do outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Leave with this exit code.
    Quit(u8),
    /// Poll every component of a system now.
    PollNow(SystemName),
    /// Stop (true) or resume (false) all polling.
    Pause(bool),
    /// Switch a simulated fault; `none` ends it.
    SetFault(String),
    /// Leave the first screen and start the demo.
    StartDemo,
    /// Give the terminal back and stop, as Ctrl-Z asks.
    Suspend,
    /// Clear the terminal and draw everything.
    Redraw,
}
