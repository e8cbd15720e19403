//! Text to checked [`System`]. No network, no clock. Every mistake of a file is reported at once, each with
//! `file:line:column`, key path, what is allowed and the nearest name.

mod system;

pub use system::{Environment, Escalation, Mark, PanelKind, PanelSpec, System, SystemFile, VarSpec};
