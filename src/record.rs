//! What midwatch writes down: the folder it writes into, the audit log, append-only and hash-chained, the incidents, recent
//! samples and what changed when. It decides nothing about actions: no journal, no action is the rule of whoever runs them.

pub mod audit;
pub mod chain;
pub mod history;
pub mod incident;
pub mod place;
pub mod samples;
pub mod turns;
pub mod who;

pub use audit::{Audit, AuditError, Filter};
pub use chain::{Draft, Kind, Record, Who};
pub use history::{Of, Run};
pub use incident::{IncidentError, Incidents};
pub use place::{PlaceError, StateDir};
pub use samples::{Samples, SamplesError};
pub use turns::Turns;
