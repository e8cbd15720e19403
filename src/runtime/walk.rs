//! TEMP
mod command;
pub use command::{Ran, Terms, run};
