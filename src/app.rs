//! The program's state and how it changes: `update(&mut Model, Msg, Now) -> Vec<Effect>`. Synchronous, total, no IO, no
//! clock. Every effect comes back as a message.

pub mod act;
pub mod command;
pub mod demo;
pub mod drill;
pub mod effect;
pub mod fuzzy;
pub mod key;
pub mod keymap;
pub mod model;
pub mod msg;
pub mod notices;
pub mod recovery;
pub mod rows;
pub mod settings;
pub mod themes;
mod update;

pub use command::{Command, CommandSpec, Scope};
pub use demo::{Demo, Simulated};
pub use effect::Effect;
pub use key::Key;
pub use keymap::Keymap;
pub use model::{About, Ask, Input, Model, Options, Overlay, Redraw, Screen, ZoneMode};
pub use msg::{CheckEnd, Mouse, Msg, RunSeen, Spot};
pub use recovery::Recovery;
pub use rows::Target;
pub use themes::Themes;
pub use update::update;
