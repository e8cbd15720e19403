//! Recent samples and what changed when, kept and taken up again: one thread reads and writes them, so that neither the
//! screen nor a poll waits for a disk. A batch that finds the thread still busy with a slow disk is left out; what hangs hangs alone.

mod story;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc::UnboundedSender;

use crate::app::Msg;
use crate::base::template::Variable;
use crate::base::{ComponentId, Mono, Now, SignalKey, SystemName};
use crate::record::samples::codec::{Moment, Origin, Sample};
use crate::record::{Samples, SamplesError, StateDir};
use crate::runtime::{PreparedSystem, clock};
use crate::signal::past::{COARSE, FINE, KEPT, Past, RECENT, Seen, millis, span};
use crate::signal::store::Fresh;
use crate::watch::{Story, Turn};
use story::{Chapter, Ends};

/// Orders that may wait: a batch of each of some systems.
const WAITING: usize = 64;
/// Changes of so many seconds may wait for a slow disk.
const MOST_OWED: usize = 600;
/// Between two batches a sample may be as much later than its rhythm has it.
const BATCH: Duration = Duration::from_secs(10);
/// At the end the last batch is waited for so long.
const PATIENCE: Duration = Duration::from_millis(200);

enum Order {
    Restore,
    Keep { system: SystemName, fresh: Vec<Fresh>, now: Now },
    Turns(Owed),
    End(SyncSender<()>),
}

/// Changes that are to be written down, by their systems, in the order in which they happened.
type Owed = Vec<(SystemName, Vec<Turn>, Now)>;

/// Where samples and changes are kept.
pub struct Historian {
    orders: SyncSender<Order>,
    /// Changes that found the thread busy: without them the others would tell something else.
    owed: Owed,
}

impl Historian {
    /// Starts its thread; what it reads, and what goes wrong, is told to `told`.
    pub fn start(systems: &[PreparedSystem], state: PathBuf, began: Now, told: UnboundedSender<Msg>) -> Self {
        let (orders, received) = sync_channel(WAITING);
        let boot = boot();
        let books = systems.iter().map(|own| (own.system.name.clone(), Book::new(own, boot, began))).collect();
        let clerk = Clerk { state, books, told, in_trouble: false };
        // without it nothing is kept, and nothing else is wrong
        let _ = thread::Builder::new().name("history".into()).spawn(move || clerk.work(&received));
        Self { orders, owed: Owed::new() }
    }

    /// Takes up what earlier runs saw: ends as `Restored` of each system that there is something of.
    pub fn restore(&self) {
        let _ = self.orders.try_send(Order::Restore);
    }

    /// Keeps what is new of a system.
    pub fn keep(&self, system: SystemName, fresh: Vec<Fresh>, now: Now) {
        let _ = self.orders.try_send(Order::Keep { system, fresh, now });
    }

    /// Keeps what changed in a system.
    pub fn keep_turns(&mut self, system: SystemName, turns: Vec<Turn>, now: Now) {
        if !turns.is_empty() && self.owed.len() < MOST_OWED {
            self.owed.push((system, turns, now));
        }
        if self.owed.is_empty() {
            return;
        }
        let order = Order::Turns(std::mem::take(&mut self.owed));
        if let Err(TrySendError::Full(Order::Turns(still))) = self.orders.try_send(order) {
            self.owed = still;
        }
    }

    /// Lets the last batches be written, for a moment.
    pub fn end(&self) {
        let (done, ended) = sync_channel(1);
        if self.orders.try_send(Order::End(done)).is_ok() {
            let _ = ended.recv_timeout(PATIENCE);
        }
    }
}

/// One system's.
struct Book {
    system: SystemName,
    origin: Origin,
    /// How long each component may be silent before there is a gap.
    patience: HashMap<ComponentId, Duration>,
    samples: Option<Samples>,
    chapter: Chapter,
}

/// What there is of a system on disk.
type Kept = (HashMap<SignalKey, Past>, Story);

impl Book {
    fn new(own: &PreparedSystem, boot: [u8; 16], began: Now) -> Self {
        let patience = |timing: crate::signal::Timing| timing.stale_after().saturating_add(BATCH);
        let origin = Origin { boot, target: target(own) };
        Self {
            system: own.system.name.clone(),
            origin,
            patience: own.system.component.iter().map(|(id, spec)| (id.clone(), patience(spec.timing()))).collect(),
            samples: None,
            chapter: Chapter::new(own, origin, began),
        }
    }

    fn read(&self, state: &StateDir, now: Now) -> Result<Kept, SamplesError> {
        let (mut story, mut ends) = self.chapter.read(state, now)?;
        let pasts = self.read_samples(state, now, &mut ends)?;
        story.runs = ends.runs();
        Ok((pasts, story))
    }

    fn read_samples(
        &self,
        state: &StateDir,
        now: Now,
        ends: &mut Ends,
    ) -> Result<HashMap<SignalKey, Past>, SamplesError> {
        let mut pasts: HashMap<SignalKey, Past> = HashMap::new();
        let Some(samples) = Samples::existing(state, &self.system, self.origin)? else { return Ok(pasts) };
        let oldest = millis(now.mono).saturating_sub(span(KEPT));
        let recent = millis(now.mono).saturating_sub(span(RECENT));
        samples.read(|told| {
            let Some(patience) = self.patience.get(&told.key.component) else { return };
            let is_ours = told.origin.target == self.origin.target;
            let at = told.at.here(told.origin.shares_boot(&self.origin), now, story::OLDEST).filter(|_| is_ours);
            let Some(at) = at else { return };
            ends.seen(at);
            if at < oldest {
                return;
            }
            if !pasts.contains_key(told.key) {
                pasts.insert(told.key.clone(), Past::default());
            }
            if let Some(past) = pasts.get_mut(told.key) {
                let seen = Seen { low: told.low, high: told.high, last: told.last };
                past.push(at, seen, *patience, if at < recent { COARSE } else { FINE });
            }
        })?;
        Ok(pasts)
    }

    fn write(&mut self, state: &Path, fresh: Vec<Fresh>, now: Now) -> Result<(), SamplesError> {
        let samples = match &mut self.samples {
            Some(samples) => samples,
            none => none.insert(Samples::open(&StateDir::open(state)?, &self.system, self.origin)?),
        };
        let ago = |at: Mono| u64::try_from(now.mono.since(at).as_millis()).unwrap_or(u64::MAX);
        let batch: Vec<Sample> = fresh
            .into_iter()
            .map(|Fresh { key, at, seen: Seen { low, high, last } }| Sample { key, ago: ago(at), low, high, last })
            .collect();
        // another dashboard of this system may be the one that writes
        let _ = samples.write(Moment::of(now), &batch)?;
        Ok(())
    }
}

struct Clerk {
    state: PathBuf,
    books: HashMap<SystemName, Book>,
    told: UnboundedSender<Msg>,
    in_trouble: bool,
}

impl Clerk {
    fn work(mut self, orders: &Receiver<Order>) {
        // there is no state folder, which was told of elsewhere
        let nowhere = self.state.as_os_str().is_empty();
        while let Ok(order) = orders.recv() {
            let outcome = match order {
                Order::End(done) => {
                    let _ = done.send(());
                    return;
                }
                _ if nowhere => Ok(()),
                Order::Restore => self.restore(),
                Order::Turns(owed) => self.turns(owed),
                Order::Keep { system, fresh, now } => match self.books.get_mut(&system) {
                    Some(book) => {
                        let outcome = book.write(&self.state, fresh, now);
                        if outcome.is_err() {
                            book.samples = None;
                        }
                        outcome
                    }
                    None => Ok(()),
                },
            };
            let told = match outcome {
                Err(error) if !std::mem::replace(&mut self.in_trouble, true) => {
                    self.told.send(Msg::NotKept(error.to_string()))
                }
                Err(_) => Ok(()),
                Ok(()) => {
                    self.in_trouble = false;
                    Ok(())
                }
            };
            if told.is_err() {
                return;
            }
        }
    }

    fn turns(&mut self, owed: Owed) -> Result<(), SamplesError> {
        let mut outcome = Ok(());
        for (system, turns, now) in owed {
            if let Some(book) = self.books.get_mut(&system) {
                outcome = outcome.and(book.chapter.write(&self.state, &turns, now));
            }
        }
        outcome
    }

    fn restore(&self) -> Result<(), SamplesError> {
        let Some(state) = StateDir::existing(&self.state)? else { return Ok(()) };
        let mut outcome = Ok(());
        for book in self.books.values() {
            match book.read(&state, clock::now()) {
                Ok((pasts, story)) if pasts.is_empty() && story == Story::default() => {}
                Ok((pasts, story)) => {
                    let (pasts, story) = (pasts.into_iter().collect(), Box::new(story));
                    let _ = self.told.send(Msg::Restored { system: book.system.clone(), pasts, story });
                }
                Err(error) => outcome = Err(error),
            }
        }
        outcome
    }
}

/// The id of this boot; zero where the system tells none.
fn boot() -> [u8; 16] {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    text.trim().parse::<uuid::Uuid>().map(uuid::Uuid::into_bytes).unwrap_or_default()
}

/// What a system is pointed at: the values of its variables, without what is secret in them, as a number that does not
/// tell them.
fn target(own: &PreparedSystem) -> u64 {
    let plain = own.variables.without_secrets();
    let mut values: Vec<String> = plain
        .0
        .iter()
        .filter_map(|(name, value)| match value {
            Variable::Plain(text) => Some(format!("{name}={}\n", own.redactor.redact(text))),
            Variable::Secret(_) => None,
        })
        .collect();
    values.sort();
    let digest = Sha256::digest(values.concat());
    digest.first_chunk::<8>().map_or(0, |first| u64::from_le_bytes(*first))
}

#[cfg(test)]
mod tests;
