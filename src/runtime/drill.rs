//! What a drill leaves in the state folder of its simulation, read before that goes: the runs, and what was written into the
//! incidents of its system.

use std::path::Path;

use crate::incident::{Event, Kind, Ran};
use crate::record::incident::runs;
use crate::record::{Audit, AuditError, Filter, IncidentError, Incidents, StateDir};

/// Why it cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unread {
    /// The runs.
    #[error(transparent)]
    Runs(#[from] AuditError),
    /// The incidents.
    #[error(transparent)]
    Incidents(#[from] IncidentError),
}

/// The runs, each with its system; steps and notes.
type Left = (Vec<(String, Ran)>, Vec<Event>);

/// Reads it.
pub(super) fn read(state: &Path, system: &str) -> Result<Left, Unread> {
    let Some(state) = StateDir::existing(state).map_err(AuditError::from)? else { return Ok(<_>::default()) };
    let records = Audit::open(&state).records(&Filter::default())?;
    let incidents = Incidents::existing(&state)?.map_or_else(|| Ok(Vec::new()), |incidents| incidents.list())?;
    let of_it = incidents.into_iter().filter(|kept| kept.id.system() == system).flat_map(|kept| kept.events);
    let by_hands = |event: &Event| matches!(event.kind, Kind::Step(_) | Kind::Note { .. } | Kind::Mitigated { .. });
    Ok((runs(&records), of_it.filter(by_hands).collect()))
}
