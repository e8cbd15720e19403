//! The dashboard's side of incidents: effects in, messages out. One thread writes, in the order in which it was asked, so
//! that the screen waits for no disk. An incident has one writer: who holds its lock.

mod report;

use std::collections::HashMap;
use std::fs::File;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use jiff::SignedDuration;
use tokio::sync::mpsc::UnboundedSender;

use crate::app::Msg;
use crate::base::{Redactor, SystemName};
use crate::incident::handover::{self, OpenAlert, Shift};
use crate::incident::{Event, Incident, IncidentId, Kind, Opened, Ran};
use crate::record::incident::{FOLDER, runs};
use crate::record::{Audit, Filter, IncidentError, Incidents, StateDir};
use crate::runtime::act::order::Bench;
use crate::runtime::{PreparedSystem, clock};

/// How far back a hand-over reaches.
const SHIFT: SignedDuration = SignedDuration::from_hours(12);

/// One thing to do.
enum Order {
    Read,
    Record { system: SystemName, id: Option<IncidentId>, opened: Option<Box<Opened>>, events: Vec<Event> },
    Report(IncidentId),
    Handover(Vec<OpenAlert>),
    Forbid(String),
}

/// Where incidents are written down.
pub struct Recorder {
    orders: Sender<Order>,
}

impl Recorder {
    /// Starts its thread; what comes of an order is told to `told`.
    pub fn start(systems: &[PreparedSystem], bench: Bench, told: UnboundedSender<Msg>) -> Self {
        let (orders, received) = channel();
        let redactors = systems.iter().map(|own| (own.system.name.clone(), own.redactor.clone())).collect();
        let clerk =
            Clerk { bench, redactors, told, current: HashMap::new(), held: HashMap::new(), elsewhere: Vec::new() };
        let telling = clerk.told.clone();
        if let Err(error) = thread::Builder::new().name("incidents".into()).spawn(move || clerk.work(&received)) {
            let _ = telling.send(Msg::IncidentsNotRead(format!("no incident can be read or written: {error}")));
        }
        Self { orders }
    }

    /// Reads all incidents: ends as `IncidentsRead` or `IncidentsNotRead`.
    pub fn read(&self) {
        self.ask(Order::Read);
    }

    /// Writes events down: ends as `IncidentTold` or `NotRecorded`.
    pub fn record(&self, system: SystemName, id: Option<IncidentId>, opened: Option<Box<Opened>>, events: Vec<Event>) {
        self.ask(Order::Record { system, id, opened, events });
    }

    /// Writes a report: ends as `ReportWritten`.
    pub fn report(&self, id: IncidentId) {
        self.ask(Order::Report(id));
    }

    /// Makes a hand-over of a shift: ends as `HandoverMade`.
    pub fn handover(&self, alerts: Vec<OpenAlert>) {
        self.ask(Order::Handover(alerts));
    }

    /// Writes nothing from now on, and leaves the incidents that are open to whoever goes on with them.
    pub fn forbid(&self, why: &str) {
        self.ask(Order::Forbid(why.to_owned()));
    }

    /// A thread that could not be started was told of.
    fn ask(&self, order: Order) {
        let _ = self.orders.send(order);
    }
}

/// What the thread has.
struct Clerk {
    bench: Bench,
    redactors: HashMap<SystemName, Redactor>,
    told: UnboundedSender<Msg>,
    /// The incident that was opened last, by system.
    current: HashMap<SystemName, IncidentId>,
    /// The locks of the incidents that we write.
    held: HashMap<IncidentId, File>,
    /// Who writes which open incident elsewhere, as it was told last.
    elsewhere: Vec<(IncidentId, String)>,
}

/// Why something was not written down.
struct Not {
    foreign: bool,
    why: String,
}

impl<E: std::error::Error> From<E> for Not {
    fn from(error: E) -> Self {
        Self { foreign: false, why: error.to_string() }
    }
}

impl Clerk {
    fn work(mut self, orders: &Receiver<Order>) {
        while let Ok(order) = orders.recv() {
            let msg = match order {
                Order::Forbid(why) => {
                    self.bench.forbidden.get_or_insert(why);
                    self.held.clear();
                    continue;
                }
                Order::Read => match self.read() {
                    Ok(all) => Msg::IncidentsRead(all),
                    Err(not) => Msg::IncidentsNotRead(format!("incidents cannot be read: {}", not.why)),
                },
                Order::Record { system, id, opened, events } => match self.record(&system, id, opened, events) {
                    Ok(incident) => Msg::IncidentTold(Box::new(incident)),
                    Err(Not { foreign, why }) => Msg::NotRecorded { system, foreign, why },
                },
                Order::Handover(alerts) => match self.handover(&alerts) {
                    Ok(text) => Msg::HandoverMade(text),
                    Err(not) => Msg::Failed(format!("the hand-over cannot be made: {}", not.why)),
                },
                Order::Report(id) => match self.report(&id) {
                    Ok((path, text)) => Msg::ReportWritten { path, text },
                    Err(not) => Msg::Failed(format!("the report of {id} cannot be written: {}", not.why)),
                },
            };
            let told = matches!(msg, Msg::IncidentsRead(_) | Msg::IncidentTold(_));
            if self.told.send(msg).is_err() {
                return;
            }
            if told {
                self.tell_writers();
            }
        }
    }

    /// All there are, without making anything.
    fn read(&self) -> Result<Vec<Incident>, Not> {
        let Some(state) = StateDir::existing(&self.bench.state)? else { return Ok(Vec::new()) };
        let Some(incidents) = Incidents::existing(&state)? else { return Ok(Vec::new()) };
        let runs = runs(&Audit::open(&state).records(&Filter::default())?);
        let all = incidents.list()?;
        Ok(all.iter().map(|kept| kept.incident(&of_system(&runs, kept.id.system()))).collect())
    }

    fn record(
        &mut self,
        system: &SystemName,
        id: Option<IncidentId>,
        opened: Option<Box<Opened>>,
        mut events: Vec<Event>,
    ) -> Result<Incident, Not> {
        if let Some(why) = &self.bench.forbidden {
            return Err(Not { foreign: false, why: why.clone() });
        }
        let state = StateDir::open(&self.bench.state)?;
        let redactor = self.redactors.get(system).cloned().unwrap_or_default();
        let incidents = Incidents::open(&state)?.redacting(redactor);
        let by = self.bench.who.name();
        for event in &mut events {
            if event.by.is_empty() {
                event.by.clone_from(&by);
            }
        }
        let id = match (id, opened) {
            (Some(id), _) => id,
            (None, Some(opened)) => {
                let id = incidents.begin(*opened, clock::now().wall, &by)?;
                self.current.insert(system.clone(), id.clone());
                id
            }
            (None, None) => {
                let why = || Not { foreign: false, why: "the incident could not be opened".to_owned() };
                self.current.get(system).cloned().ok_or_else(why)?
            }
        };
        match self.hold(&incidents, &id) {
            // what a person says needs no writer: it is appended under the file's own lock
            Err(Not { foreign: true, .. }) if events.iter().all(|event| is_said(&event.kind)) => {}
            held => held?,
        }
        incidents.append(&id, &events)?;
        if events.iter().any(|event| matches!(event.kind, Kind::Closed { .. })) {
            self.held.remove(&id);
        }
        let runs = runs(&Audit::open(&state).records(&Filter::default())?);
        Ok(incidents.read(&id)?.incident(&of_system(&runs, id.system())))
    }

    /// Tells who writes open incidents elsewhere, where that changed.
    fn tell_writers(&mut self) {
        let elsewhere = self.writers();
        if elsewhere != self.elsewhere {
            self.elsewhere.clone_from(&elsewhere);
            // the loop that reads them is gone: the next order finds it out
            let _ = self.told.send(Msg::WrittenElsewhere(elsewhere));
        }
    }

    fn writers(&self) -> Vec<(IncidentId, String)> {
        let Ok(Some(state)) = StateDir::existing(&self.bench.state) else { return Vec::new() };
        let Ok(Some(incidents)) = Incidents::existing(&state) else { return Vec::new() };
        let ids = incidents.ids().unwrap_or_else(|_| Vec::new());
        let others = ids.into_iter().filter(|id| !self.held.contains_key(id));
        others.filter_map(|id| incidents.writer(&id).map(|by| (id, by))).collect()
    }

    /// The hand-over of the last shift.
    fn handover(&self, alerts: &[OpenAlert]) -> Result<String, Not> {
        let now = clock::now().wall;
        let since = now.checked_sub(SHIFT)?;
        let (by, incidents) = (self.bench.who.name(), self.read()?);
        let runs = match StateDir::existing(&self.bench.state)? {
            Some(state) => runs(&Audit::open(&state).records(&Filter::default())?),
            None => Vec::new(),
        };
        let shift = Shift { since, now, by: &by, incidents: &incidents, alerts: Some(alerts), runs: &runs };
        let text = handover::render(&shift);
        Ok(self.redactors.values().fold(text, |text, redactor| redactor.redact(&text)))
    }

    /// Takes the incident's lock, which only one writer has.
    fn hold(&mut self, incidents: &Incidents, id: &IncidentId) -> Result<(), Not> {
        if self.held.contains_key(id) {
            return Ok(());
        }
        let lock = incidents
            .hold(id, &self.bench.who.to_string())
            .map_err(|error| Not { foreign: matches!(error, IncidentError::Written { .. }), why: error.to_string() })?;
        self.held.insert(id.clone(), lock);
        Ok(())
    }

    /// Writes the report beside the incident, over the one before: what hands wrote there stays.
    fn report(&self, id: &IncidentId) -> Result<(String, String), Not> {
        if let Some(why) = &self.bench.forbidden {
            return Err(Not { foreign: false, why: why.clone() });
        }
        let state = StateDir::open(&self.bench.state)?;
        let incidents = Incidents::open(&state)?;
        let runs = runs(&Audit::open(&state).records(&Filter::default())?);
        let incident = incidents.read(id)?.incident(&of_system(&runs, id.system()));
        report::write(&state.folder(FOLDER)?, &incident, clock::now().wall).map_err(|why| Not { foreign: false, why })
    }
}

/// True of what a person says about an incident, whoever writes down what changes.
fn is_said(kind: &Kind) -> bool {
    matches!(kind, Kind::Note { .. } | Kind::Severity { .. } | Kind::Mitigated { .. })
}

fn of_system(runs: &[(String, Ran)], system: &str) -> Vec<Ran> {
    runs.iter().filter(|(own, _)| own == system).map(|(_, ran)| ran.clone()).collect()
}

#[cfg(test)]
mod tests;
