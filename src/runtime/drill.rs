//! What a drill leaves. While it goes on it is written down among the user's own incidents, so that one that is killed leaves
//! what there was; what lies in the state folder of its simulation is read before that goes: the runs, and what was written
//! into the incidents of its system.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use jiff::Timestamp;

use crate::app::drill::Drilling;
use crate::incident::{Event, IncidentId, Kind, Opened, Ran};
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
    Ok((runs(&records), of_it.filter(is_by_hands).collect()))
}

fn is_by_hands(event: &Event) -> bool {
    matches!(event.kind, Kind::Step(_) | Kind::Note { .. } | Kind::Mitigated { .. })
}

enum Order {
    Open(Box<Opened>, Timestamp),
    Events(Vec<Event>),
}

/// Writes a drill down while it goes on, on a thread of its own: the screen waits for no disk.
pub struct Keeper {
    orders: Sender<Order>,
    thread: JoinHandle<Result<Option<IncidentId>, String>>,
    by: String,
    is_opened: bool,
    kept: usize,
}

/// What of a drill is written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its incident.
    pub id: IncidentId,
    /// How many of its own events are there; steps and notes are there all.
    pub events: usize,
}

impl Keeper {
    /// For whoever drills, into this state folder. Nothing is made before there is something to tell.
    pub fn start(place: PathBuf, by: String) -> io::Result<Self> {
        let (orders, received) = channel();
        let who = by.clone();
        let thread = thread::Builder::new().name("drill".into()).spawn(move || keep(&place, &who, &received))?;
        Ok(Self { orders, thread, by, is_opened: false, kept: 0 })
    }

    /// Keeps what is new since the last time. That its thread could not write is told at the end.
    pub(super) fn keep(&mut self, drilling: &Drilling) {
        if let (false, Some((opened, at))) = (self.is_opened, drilling.incident()) {
            self.is_opened = true;
            let _ = self.orders.send(Order::Open(Box::new(opened), at));
        }
        let fresh = drilling.events.get(self.kept..).unwrap_or_default();
        if self.is_opened && !fresh.is_empty() {
            self.kept += fresh.len();
            let _ = self.orders.send(Order::Events(fresh.to_vec()));
        }
    }

    /// Keeps the steps and notes of these events.
    pub(super) fn told(&self, events: &[Event]) {
        let named = |event: &Event| Event { by: self.by.clone(), ..event.clone() };
        let _ = self.orders.send(Order::Events(events.iter().filter(|event| is_by_hands(event)).map(named).collect()));
    }

    /// Ends, and says what is written down; nothing where nothing was shown. The error is why something is not.
    pub(super) fn end(self) -> Result<Option<Kept>, String> {
        drop(self.orders);
        let id = self.thread.join().map_err(|_| "its thread panicked".to_owned())??;
        Ok(id.map(|id| Kept { id, events: self.kept }))
    }
}

fn keep(place: &Path, by: &str, orders: &Receiver<Order>) -> Result<Option<IncidentId>, String> {
    let words = |error: IncidentError| error.to_string();
    let mut waiting: Vec<Event> = Vec::new();
    let mut opened = None;
    while let Ok(order) = orders.recv() {
        match order {
            Order::Open(what, at) => {
                let state = StateDir::open(place).map_err(|error| error.to_string())?;
                let incidents = Incidents::open(&state).map_err(words)?;
                let id = incidents.begin(*what, at, by).map_err(words)?;
                // nobody else goes on with it
                let lock = incidents.hold(&id, by).map_err(words)?;
                opened = Some((incidents, id, lock));
            }
            Order::Events(events) => waiting.extend(events),
        }
        if let Some((incidents, id, _)) = &opened {
            incidents.append(id, &std::mem::take(&mut waiting)).map_err(words)?;
        }
    }
    Ok(opened.map(|(_, id, _)| id))
}
