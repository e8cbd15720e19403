//! The incident that a walk belongs to: the open one of the system, or a new one. Each step is an event of it, durable
//! before the next one begins.

use crate::cli::Failure;
use crate::incident::{Event, Incident, IncidentId, Kind, Told};
use crate::record::incident::{Incidents, runs_of};
use crate::record::{Audit, IncidentError, Who};
use crate::runbook::Runbook;
use crate::runtime::act::journal::Journal;
use crate::runtime::headless::look_at;
use crate::runtime::{PreparedSystem, clock};
use crate::watch::incident::opening;

/// Where the steps are written down.
pub(super) struct Record {
    incidents: Incidents,
    audit: Audit,
    by: String,
    /// The lock of the one who goes on with it, held while this lives.
    writer: Option<std::fs::File>,
    /// The incident.
    pub(super) id: IncidentId,
    /// It was opened for this walk.
    pub(super) is_new: bool,
}

impl Record {
    /// The incident of this name, the open one of the system, or a new one with what is wrong now.
    pub(super) async fn of(
        wanted: Option<&str>,
        prepared: &PreparedSystem,
        runbook: &Runbook,
        journal: &Journal,
        who: &Who,
    ) -> Result<Self, Failure> {
        let incidents = Incidents::open(journal.state()).map_err(Failure::of)?.redacting(prepared.redactor.clone());
        let audit = Audit::open(journal.state());
        let by = who.name();
        let system = prepared.system.name.as_str();
        let joined = match wanted {
            Some(text) => Some(named(&incidents, text, system)?),
            None => open(&incidents, system)?,
        };
        let is_new = joined.is_none();
        let id = match joined {
            Some(id) => id,
            None => begin(&incidents, prepared, runbook, &by).await?,
        };
        Ok(Self { incidents, audit, by, writer: None, id, is_new })
    }

    /// Goes on with it, as the only one who does, and writes down by which runbook. The error is who else does.
    pub(super) fn go_on(&mut self, runbook: &Runbook, who: &Who) -> Result<Result<(), String>, Failure> {
        match self.incidents.hold(&self.id, &who.to_string()) {
            Ok(writer) => self.writer = Some(writer),
            Err(error @ IncidentError::Written { .. }) => return Ok(Err(error.to_string())),
            Err(error) => return Err(Failure::of(error)),
        }
        let known = self.incident()?;
        if known.runbook.as_ref().is_none_or(|(id, title)| id != runbook.id.as_str() || title.is_empty()) {
            self.append(Kind::Runbook {
                runbook: runbook.id.to_string(),
                title: runbook.title.clone(),
                advice: runbook.prevention.clone(),
            })?;
        }
        Ok(Ok(()))
    }

    /// The incident as it is now, with the runs of its system.
    pub(super) fn incident(&self) -> Result<Incident, Failure> {
        let runs = runs_of(&self.audit, self.id.system()).map_err(Failure::of)?;
        Ok(self.incidents.read(&self.id).map_err(Failure::of)?.incident(&runs))
    }

    /// Writes a step down.
    pub(super) fn tell(&self, told: Option<Told>) -> Result<(), Failure> {
        told.map_or(Ok(()), |told| self.append(Kind::Step(told)))
    }

    fn append(&self, kind: Kind) -> Result<(), Failure> {
        let event = Event::new(clock::now().wall, self.by.as_str(), kind);
        self.incidents.append(&self.id, &[event]).map_err(Failure::of)
    }
}

/// The incident that a flag names: of this system, and open.
fn named(incidents: &Incidents, text: &str, system: &str) -> Result<IncidentId, Failure> {
    let id = incidents.find(text).map_err(|error| Failure::Usage(error.to_string()))?;
    if id.system() != system {
        return Err(Failure::Usage(format!("{id} is an incident of {}, not of {system}", id.system())));
    }
    let is_open = incidents.read(&id).map_err(Failure::of)?.incident(&[]).is_open();
    is_open
        .then_some(id.clone())
        .ok_or_else(|| Failure::Usage(format!("{id} is closed: midwatch incident reopen {id} --reason TEXT")))
}

/// The newest open incident of a system.
fn open(incidents: &Incidents, system: &str) -> Result<Option<IncidentId>, Failure> {
    let all = incidents.list().map_err(Failure::of)?;
    let mine = all.into_iter().filter(|kept| kept.id.system() == system);
    Ok(mine.filter(|kept| kept.incident(&[]).is_wanted()).map(|kept| kept.id).last())
}

/// A new incident of what is wrong now.
async fn begin(
    incidents: &Incidents,
    prepared: &PreparedSystem,
    runbook: &Runbook,
    by: &str,
) -> Result<IncidentId, Failure> {
    let mut watches = look_at(std::slice::from_ref(prepared), None).await;
    let watch = watches.first_mut().ok_or_else(|| Failure::Failed("nothing was looked at".to_owned()))?;
    let now = clock::now();
    watch.diagnose(now);
    let (mut opened, events) = opening(watch, now);
    opened.runbook = Some(runbook.id.to_string());
    if opened.rules.is_empty() {
        opened.title.clone_from(&runbook.title);
    }
    let id = incidents.begin(opened, now.wall, by).map_err(Failure::of)?;
    incidents.append(&id, &events).map_err(Failure::of)?;
    Ok(id)
}
