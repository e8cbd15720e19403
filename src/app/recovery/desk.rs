//! The incidents as the dashboard knows them: all that are on disk, which is shown, and which it writes. State only.

use std::collections::HashMap;

use crate::app::Model;
use crate::base::{Mono, RunbookId, SystemName};
use crate::incident::{Incident, IncidentId};
use crate::runbook::diagnosis::Diagnosis;
use crate::watch::Watch;

/// The incidents.
#[derive(Debug, Default)]
pub struct Desk {
    /// As they were read last, in the order in which they were opened.
    pub all: Vec<Incident>,
    /// Those that this dashboard writes, by system: nobody else does.
    pub writing: HashMap<SystemName, Writing>,
    /// The one on the screen.
    pub shown: Option<IncidentId>,
    /// Those that another dashboard writes, and who that is.
    pub elsewhere: HashMap<IncidentId, String>,
    /// True until they were read for the first time, or could not be: what earlier runs did is not known before.
    pub awaited: bool,
    /// When they were read last.
    pub read: Option<Mono>,
    /// The system for which it was offered to open one, and the cause then: offered once for each.
    pub offered: HashMap<SystemName, String>,
}

/// What is told meanwhile.
pub const AWAITED: &str = "what earlier runs wrote down is being read";

/// An incident that this dashboard writes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Writing {
    /// Which; `None` until its file is there.
    pub id: Option<IncidentId>,
    /// How many lines of the system's log are written down or came before.
    pub logged: u64,
    /// The diagnosis that was written down last.
    pub diagnosis: Vec<(RunbookId, usize, usize)>,
}

impl Desk {
    /// One of them.
    pub fn get(&self, id: &IncidentId) -> Option<&Incident> {
        self.all.iter().find(|incident| incident.id == *id)
    }

    /// The open incident of a system; of several the newest.
    pub fn open_of(&self, system: &SystemName) -> Option<&Incident> {
        self.all.iter().rev().find(|incident| incident.is_wanted() && incident.system == system.as_str())
    }

    /// The one on the screen.
    pub fn shown(&self) -> Option<&Incident> {
        self.get(self.shown.as_ref()?)
    }

    /// True while this dashboard writes an incident of the system, or has asked for one.
    pub fn writes(&self, system: &SystemName) -> bool {
        self.writing.contains_key(system)
    }

    /// Who writes an incident elsewhere.
    pub fn writer(&self, id: &IncidentId) -> Option<&str> {
        self.elsewhere.get(id).map(String::as_str)
    }

    /// Takes in what the file of an incident says now.
    pub fn put(&mut self, incident: Incident) {
        if let Some(known) = self.all.iter_mut().find(|known| known.id == incident.id) {
            *known = incident;
        } else {
            self.all.push(incident);
            self.all.sort_by_key(|incident| incident.opened);
        }
    }
}

/// The rows of the list: those of the system on the screen, newest first; all of them where none is.
pub fn rows<'m>(model: &'m Model, watch: Option<&Watch>) -> Vec<&'m Incident> {
    let filter = model.filter.text.to_lowercase();
    let all = model.recovery.desk.all.iter().rev();
    let mine = all.filter(|incident| watch.is_none_or(|watch| incident.system == watch.system.name.as_str()));
    let words = |incident: &Incident| format!("{} {}", incident.id, incident.title).to_lowercase();
    mine.filter(|incident| filter.is_empty() || words(incident).contains(&filter)).collect()
}

/// What of a diagnosis is news: which runbooks, and what speaks for and against them. The values move all the time.
pub fn face(diagnoses: &[Diagnosis]) -> Vec<(RunbookId, usize, usize)> {
    diagnoses.iter().map(|one| (one.runbook.clone(), one.matched, one.contradicted)).collect()
}
