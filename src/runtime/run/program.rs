//! Finding the program of a command: as for the commands of probes. It runs nothing.

pub use crate::probe::child::program::*;
