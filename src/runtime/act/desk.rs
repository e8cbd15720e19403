//! The dashboard's side of acting: effects in, messages out. Everything here waits for files, programs and servers, so
//! that each request has a thread of its own and the screen waits for none.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use tokio::process::Child;
use tokio::sync::mpsc;

use crate::action::guard::Given;
use crate::action::{Preview, RunEvent, RunId};
use crate::app::recovery::BookKey;
use crate::app::{CheckEnd, Msg, RunSeen};
use crate::base::{Redactor, SystemName};
use crate::config::System;
use crate::record::{AuditError, StateDir, Who};
use crate::runbook::walk::Query;
use crate::runtime::act::journal::{Journal, Unfinished};
use crate::runtime::act::order::{Ask, Bench, Order};
use crate::runtime::act::{feed, plan, start};
use crate::runtime::{PreparedSystem, headless, walk};

/// How often it is looked whether somebody else runs something.
const LOOK: Duration = Duration::from_secs(1);

/// Where acting is asked for. Cheap to clone.
#[derive(Clone)]
pub struct Desk {
    systems: Vec<PreparedSystem>,
    bench: Bench,
    told: mpsc::UnboundedSender<Msg>,
    /// Why nothing may run or be written any more, where that was said only after the start: all clones see it.
    later: Arc<OnceLock<String>>,
}

impl Desk {
    /// A desk for these systems; what comes of a request is told to `told`.
    pub fn new(systems: &[PreparedSystem], bench: Bench, told: mpsc::UnboundedSender<Msg>) -> Self {
        Self { systems: systems.to_vec(), bench, told, later: Arc::default() }
    }

    /// Polls nothing more often than this for what is asked from now on; the systems at that pace.
    pub fn no_faster_than(&mut self, floor: Duration) -> Vec<Arc<System>> {
        self.systems = self.systems.drain(..).map(|own| own.no_faster_than(floor)).collect();
        self.systems.iter().map(|own| Arc::clone(&own.system)).collect()
    }

    /// Lets nothing run from now on. What was confirmed before goes on: its runner is another process.
    pub fn forbid(&mut self, why: &str) {
        self.bench.forbidden.get_or_insert_with(|| why.to_owned());
        // what already works in a thread of its own learns of it as well; who was first keeps the word
        let _ = self.later.set(why.to_owned());
    }

    fn forbidden(&self) -> Option<&String> {
        self.bench.forbidden.as_ref().or_else(|| self.later.get())
    }

    /// Plans anew: ends as `Planned` or `NotPlanned`.
    pub fn plan(&self, system: SystemName, ask: Ask) {
        self.aside("plan", move |desk| {
            let action = ask.action.clone();
            let msg = match desk.planned(&system, &ask) {
                Ok(preview) => Msg::Planned { system, action, preview: Box::new(preview) },
                Err(why) => Msg::NotPlanned { system, action, why },
            };
            desk.tell(msg);
        });
    }

    /// Starts the runner and follows it: ends as `RunBegan` and what the run tells, or as `NotPlanned`.
    pub fn run(&self, system: SystemName, ask: Ask, shown: Preview, given: Given) {
        self.aside("run", move |desk| {
            let Some(prepared) = desk.system(&system) else { return };
            let action = ask.action.clone();
            let run = start::new_run();
            let bench = desk.bench.clone();
            let ask = ask.for_shown(&shown);
            let order = Order { run: run.clone(), prepared: prepared.clone(), ask, shown, given, bench };
            let ran = headless::run(async {
                let runner = start::start(&order).await.map_err(|error| error.to_string())?;
                desk.tell(Msg::RunBegan { system: system.clone(), run: run.clone() });
                desk.followed(&run, Some(runner)).await
            });
            if let Err(why) = ran.map_err(|error| error.to_string()).and_then(|ended| ended) {
                desk.tell(Msg::NotPlanned { system, action, why });
            }
        });
    }

    /// Follows a run of somebody else, or one that outlived an earlier dashboard.
    pub fn follow(&self, run: RunId) {
        self.aside("follow", move |desk| {
            let ended =
                headless::run(desk.followed(&run, None)).map_err(|error| error.to_string()).and_then(|ended| ended);
            if let Err(why) = ended {
                desk.tell(Msg::Failed(format!("run {}: {why}", run.short())));
            }
        });
    }

    /// Runs a command that only reads, for a step: ends as `Checked`.
    pub fn check(&self, book: BookKey, n: usize, argv: Vec<String>, time_box: Duration, is_endless: bool) {
        self.aside("check", move |desk| {
            let outcome = desk.checked(&book.0, &argv, time_box, is_endless);
            desk.tell(Msg::Checked { book, n, outcome });
        });
    }

    fn checked(
        &self,
        system: &SystemName,
        argv: &[String],
        time_box: Duration,
        is_endless: bool,
    ) -> Result<CheckEnd, String> {
        let prepared = self.system(system).ok_or_else(|| format!("{system} is not watched"))?;
        if let Some(why) = self.forbidden().or(prepared.distrust.as_ref()) {
            return Err(why.clone());
        }
        // nobody asks for its end: its time is short
        let (_asks, cancelled) = tokio::sync::watch::channel(false);
        let terms = walk::Terms {
            path: &self.bench.path,
            time_box,
            is_endless,
            environment: &[],
            redactor: &prepared.redactor,
            cancelled,
        };
        let ran = headless::run(walk::run(argv, terms, &mut |_, _| {})).map_err(|error| error.to_string())?;
        ran.ended.map(|ended| CheckEnd { lines: ran.lines, ended, well: ran.is_good })
    }

    /// Asks a database what only reads, for a step: ends as `Checked`.
    pub fn query(&self, book: BookKey, n: usize, query: Query, time_box: Duration) {
        self.aside("query", move |desk| {
            let outcome = desk.answered(&book.0, &query, time_box);
            desk.tell(Msg::Checked { book, n, outcome });
        });
    }

    fn answered(&self, system: &SystemName, query: &Query, time_box: Duration) -> Result<CheckEnd, String> {
        let prepared = self.system(system).ok_or_else(|| format!("{system} is not watched"))?;
        if let Some(why) = self.forbidden() {
            return Err(why.clone());
        }
        let ran = headless::run(walk::ask(prepared, query, time_box)).map_err(|error| error.to_string())?;
        ran.ended.map(|ended| CheckEnd { lines: ran.lines, ended, well: ran.is_good })
    }

    /// Asks a run to be cancelled.
    pub fn cancel(&self, run: RunId) {
        self.aside("cancel", move |desk| {
            let asked = StateDir::open(&desk.bench.state)
                .map_err(feed::FeedError::from)
                .and_then(|state| feed::cancel(&state, &run, &desk.bench.who.to_string()));
            if let Err(error) = asked {
                desk.tell(Msg::Failed(format!("run {} cannot be cancelled: {error}", run.short())));
            }
        });
    }

    /// Tells of the runs of others and of those whose end nobody saw, now and whenever the journal grows. Writes nothing,
    /// but for one thing: a run whose runner is gone is written down as unknown.
    pub fn watch(&self) {
        self.aside("runs", |desk| {
            let mut size = None;
            let mut live: Vec<RunId> = Vec::new();
            while !desk.told.is_closed() {
                let journal = desk.bench.state.join(crate::record::audit::JOURNAL);
                let now = std::fs::metadata(journal).ok().map(|data| data.len());
                // a runner that dies writes nothing, so that those under way are looked at as well
                if now != size || !live.is_empty() {
                    size = now;
                    live = desk.seen();
                }
                thread::sleep(LOOK);
            }
        });
    }

    fn seen(&self) -> Vec<RunId> {
        // a journal that was never written is not made by watching
        let Ok(Some(_)) = StateDir::existing(&self.bench.state) else { return Vec::new() };
        // a journal that cannot be read says nothing: not that nobody runs anything
        let (lost, live) = match self.unended() {
            Ok(known) => known,
            Err(error) => {
                self.tell(Msg::Failed(format!("runs under way cannot be told: {error}")));
                return Vec::new();
            }
        };
        let all: Vec<RunSeen> = lost.into_iter().chain(live).filter_map(told).collect();
        let live = all.iter().filter(|seen| seen.live).map(|seen| seen.run.clone()).collect();
        self.tell(Msg::RunsSeen(all));
        live
    }

    /// The runs whose runner is gone, written down as unknown, and those under way.
    fn unended(&self) -> Result<(Vec<Unfinished>, Vec<Unfinished>), AuditError> {
        let journal = Journal::open(&self.bench.state, &Redactor::default())?;
        let lost = if self.forbidden().is_none() { journal.reconcile(&self.bench.who)? } else { Vec::new() };
        Ok((lost, journal.unfinished()?))
    }

    fn planned(&self, system: &SystemName, ask: &Ask) -> Result<Preview, String> {
        let prepared = self.system(system).ok_or_else(|| format!("no system '{system}'"))?;
        if let Some(why) = self.forbidden() {
            return Err(why.clone());
        }
        let journal = Journal::open(&self.bench.state, &prepared.redactor).map_err(|error| error.to_string())?;
        let plan =
            headless::run(plan::plan(prepared, ask, &self.bench, Some(&journal))).map_err(|error| error.to_string())?;
        plan.map(|plan| plan.preview).map_err(|error| error.to_string())
    }

    async fn followed(&self, run: &RunId, runner: Option<Child>) -> Result<(), String> {
        let state = StateDir::open(&self.bench.state).map_err(|error| error.to_string())?;
        let told = |event: RunEvent| self.tell(Msg::RunTold(run.clone(), event));
        start::follow(&state, run, runner, told).await.map(drop).map_err(|error| error.to_string())
    }

    fn system(&self, name: &SystemName) -> Option<&PreparedSystem> {
        self.systems.iter().find(|prepared| prepared.system.name == *name)
    }

    /// The dashboard may have ended: then nobody listens any more, and the run goes on without.
    fn tell(&self, msg: Msg) {
        let _ = self.told.send(msg);
    }

    fn aside(&self, what: &str, work: impl FnOnce(&Desk) + Send + 'static) {
        let desk = self.clone();
        let named = thread::Builder::new().name(what.to_owned());
        if let Err(error) = named.spawn(move || work(&desk)) {
            self.tell(Msg::Failed(format!("no thread for it: {error}")));
        }
    }
}

fn told(unfinished: Unfinished) -> Option<RunSeen> {
    let Unfinished { run, id, live } = unfinished;
    Some(RunSeen {
        run: id,
        system: SystemName::new(&run.system).ok()?,
        target: run.target.unwrap_or_else(|| run.action.clone()),
        action: run.action,
        who: run.who.to_string(),
        since: run.started,
        live,
    })
}

/// Where nothing can be journalled, nothing can be asked for either: a desk that says so.
pub fn nowhere(why: String) -> Bench {
    Bench { state: PathBuf::new(), path: String::new(), who: Who::here(), forbidden: Some(why) }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_is_forbidden_later_is_forbidden_to_the_threads_that_work_already() {
        let (told, _heard) = mpsc::unbounded_channel();
        let bench = Bench { forbidden: None, ..nowhere(String::new()) };
        let mut desk = Desk::new(&[], bench, told);
        let watching = desk.clone();
        assert_eq!(watching.forbidden(), None);
        desk.forbid("read-only now");
        assert_eq!(watching.forbidden().map(String::as_str), Some("read-only now"));
    }

    #[test]
    fn a_journal_that_cannot_be_read_is_told_and_does_not_say_that_nobody_acts() {
        let home = tempfile::tempdir().unwrap();
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o700)).unwrap();
        fs::create_dir(home.path().join(crate::record::audit::JOURNAL)).unwrap();
        let (told, mut heard) = mpsc::unbounded_channel();
        let bench = Bench { state: home.path().to_owned(), ..nowhere(String::new()) };
        let desk = Desk::new(&[], Bench { forbidden: None, ..bench }, told);
        assert!(desk.seen().is_empty());
        let msg = heard.try_recv().unwrap();
        assert!(matches!(&msg, Msg::Failed(why) if why.starts_with("runs under way cannot be told")), "{msg:?}");
        assert!(heard.try_recv().is_err(), "nothing is said of runs");
    }
}
