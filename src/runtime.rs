//! Where IO lives: the clock, the terminal, polling, the loops. Everything it learns goes to the pure rooms as values.
//!
//! It judges nothing: `watch` evaluates, `app` decides, `view` and `report` show.

pub mod act;
pub mod clock;
pub mod drill;
pub mod event_loop;
pub mod headless;
pub mod hygiene;
pub mod incidents;
pub mod input;
pub mod look;
mod notices;
pub mod poll;
pub mod reload;
pub mod residency;
pub mod run;
pub mod samples;
pub mod signals;
pub mod systems;
pub mod terminal;
mod trip;
pub mod walk;
pub mod wardrobe;

pub use systems::PreparedSystem;
