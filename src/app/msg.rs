//! Everything that can happen to the program.

use crate::app::Key;
use crate::base::SystemName;
use crate::probe::ProbeReport;

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
    /// A poll ended.
    Report(SystemName, Box<ProbeReport>),
    // ─── Effects ───
    /// A simulated fault was switched.
    FaultSet(String),
    /// An effect could not be carried out.
    Failed(String),
}
