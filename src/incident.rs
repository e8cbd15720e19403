//! Incidents: what happened, told by events, folded into one record; and the texts made of it: report, notice, hand-over.
//! Pure: events and runs go in, a text comes out. Files are `record::incident`'s.
//!
//! An action is never an event of ours: the audit log is the one record of actions, and [`Ran`] is what it tells.

pub mod clock;
pub mod drill;
mod event;
mod fold;
pub mod handover;
mod id;
mod markdown;
pub mod notice;
pub mod report;
mod section;
pub mod walk;
mod words;

pub use event::{
    Closing, Course, DRILL, Diagnosed, Escalation, Event, Kind, OURSELVES, Opened, Part, Ran, Ranked, StepState, Told,
    Turn,
};
pub use fold::{Closed, Incident, Left, Line, Progress, Stage};
pub use id::IncidentId;
pub use report::{Rendered, Template, render};
