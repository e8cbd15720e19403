//! What is known: values, readings with their freshness, history. Pure; time is an argument.

pub mod course;
pub mod history;
pub(crate) mod moment;
pub mod past;
pub mod reading;
pub mod store;
pub mod value;

pub use course::Course;
pub use history::History;
pub use past::Past;
pub use reading::{Freshness, Reading, Timing};
pub use store::{Recorded, SignalStore};
pub use value::Value;
