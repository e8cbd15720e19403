//! The incidents and the audit log of the state folder, and who sits here.

use crate::base::Redactor;
use crate::cli::{Failure, choice, out, places};
use crate::incident::{Event, Incident, IncidentId, Opened, Ran};
use crate::record::incident::{runs, runs_of};
use crate::record::{Audit, Filter, IncidentError, Incidents, StateDir, Who};
use crate::runtime::{PreparedSystem, clock, headless};
use crate::watch::Watch;

/// Where incidents are written.
pub(super) struct Desk {
    incidents: Incidents,
    audit: Audit,
    who: Who,
}

impl Desk {
    /// To write: makes the folder where it is missing.
    pub(super) fn open() -> Result<Self, Failure> {
        let state = StateDir::open(&place()?).map_err(Failure::of)?;
        let incidents = Incidents::open(&state).map_err(failure)?;
        Ok(Self { incidents, audit: Audit::open(&state), who: Who::here() })
    }

    /// To look: none where nothing was ever written. Makes nothing.
    pub(super) fn look() -> Result<Option<Self>, Failure> {
        let Some(state) = StateDir::existing(&place()?).map_err(Failure::of)? else { return Ok(None) };
        let incidents = Incidents::existing(&state).map_err(failure)?;
        Ok(incidents.map(|incidents| Self { incidents, audit: Audit::open(&state), who: Who::here() }))
    }

    /// To work on an incident that must be there.
    pub(super) fn existing() -> Result<Self, Failure> {
        Self::look()?.ok_or_else(|| failure(IncidentError::None))
    }

    /// The same, with the secrets of a system taken out of what is written.
    pub(super) fn redacting(self, redactor: Redactor) -> Self {
        Self { incidents: self.incidents.redacting(redactor), ..self }
    }

    /// The same for a system of this name. Where that is not known here, its secrets are not either.
    pub(super) fn knowing(self, system: &str, choice: &choice::Args) -> Self {
        match choice::of_name(system, choice) {
            Ok(prepared) => self.redacting(prepared.redactor),
            Err(error) => {
                let why = error.to_string();
                let why = why.lines().next().unwrap_or_default();
                out::error(&format!("the secrets of {system} are not known here, so write none of them down: {why}"));
                self
            }
        }
    }

    /// `alice@ops1`.
    pub(super) fn by(&self) -> String {
        self.who.name()
    }

    pub(super) fn find(&self, text: &str) -> Result<IncidentId, Failure> {
        self.incidents.find(text).map_err(failure)
    }

    pub(super) fn begin(&self, opened: Opened) -> Result<IncidentId, Failure> {
        self.incidents.begin(opened, clock::now().wall, &self.by()).map_err(failure)
    }

    pub(super) fn append(&self, id: &IncidentId, events: &[Event]) -> Result<(), Failure> {
        self.incidents.append(id, events).map_err(failure)
    }

    /// An incident with the runs of its time. What could not be read is told.
    pub(super) fn incident(&self, id: &IncidentId) -> Result<Incident, Failure> {
        let kept = self.incidents.read(id).map_err(failure)?;
        tell(&kept.trouble);
        let incident = kept.incident(&runs_of(&self.audit, id.system()).map_err(Failure::of)?);
        Ok(Incident { writer: self.incidents.writer(id), ..incident })
    }

    /// All incidents, in the order in which they were opened.
    pub(super) fn all(&self) -> Result<Vec<Incident>, Failure> {
        let runs = self.runs()?;
        let all = self.incidents.list().map_err(failure)?;
        let of = |system: &str| -> Vec<Ran> {
            runs.iter().filter(|(name, _)| name == system).map(|(_, ran)| ran.clone()).collect()
        };
        Ok(all
            .iter()
            .map(|kept| {
                tell(&kept.trouble);
                Incident { writer: self.incidents.writer(&kept.id), ..kept.incident(&of(kept.id.system())) }
            })
            .collect())
    }

    /// All runs, each with its system.
    pub(super) fn runs(&self) -> Result<Vec<(String, Ran)>, Failure> {
        Ok(runs(&self.audit.records(&Filter::default()).map_err(Failure::of)?))
    }

    /// Where the file of an incident is.
    pub(super) fn path(&self, id: &IncidentId) -> String {
        self.incidents.path(id).display().to_string()
    }
}

/// Looks at one system, as `check` does, and asks which runbooks fit.
pub(super) fn look_at(prepared: &PreparedSystem, hold: Option<std::time::Duration>) -> Result<Watch, Failure> {
    let systems = std::slice::from_ref(prepared);
    let mut watches = headless::run(headless::look_at(systems, hold)).map_err(Failure::of)?;
    let mut watch = watches.pop().ok_or_else(|| Failure::Failed("nothing was looked at".to_owned()))?;
    watch.diagnose(clock::now());
    Ok(watch)
}

fn tell(trouble: &[String]) {
    for told in trouble {
        out::error(told);
    }
}

fn place() -> Result<std::path::PathBuf, Failure> {
    places::state().ok_or_else(|| Failure::Failed("no home folder: set XDG_STATE_HOME or HOME".to_owned()))
}

/// What was asked for wrongly, and what failed.
pub(in crate::cli) fn failure(error: IncidentError) -> Failure {
    match error {
        IncidentError::Unknown(_)
        | IncidentError::None
        | IncidentError::Several { .. }
        | IncidentError::TooLong(_)
        | IncidentError::BadSystem(_) => Failure::Usage(error.to_string()),
        IncidentError::Place(_)
        | IncidentError::Busy(_)
        | IncidentError::Written { .. }
        | IncidentError::Disk { .. } => Failure::of(error),
    }
}
