//! The drill of the demo. Before: what it hides. After: the score, its incident with a report among the user's own, and
//! the row of the Validation Log.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::app::drill::{Drilling, of_drill};
use crate::base::Shown;
use crate::cli::incident::failure;
use crate::cli::runbook::rehearse::replace;
use crate::cli::{Failure, Outcome, catalog, out, places};
use crate::config::{RunbookFile, System};
use crate::incident::drill::{End, FORMULA, Score, Task};
use crate::incident::{Closing, Event, IncidentId, Kind, OURSELVES, Opened, Template, render};
use crate::record::incident::FOLDER;
use crate::record::{Incidents, StateDir, Who};
use crate::runbook::Validation;
use crate::runbook::validation::{row, validated};
use crate::runtime::drill::Keeper;
use crate::runtime::event_loop::Drilled;
use crate::runtime::{PreparedSystem, clock};
use crate::sim::{self, Hidden, Kind as Simulated};
use crate::watch::incident::{bare, chosen};

/// Above the largest seed that is thrown: it is to be read aloud and typed again.
const SEEDS: u128 = 1_000_000;

#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    /// Hide a fault behind the demo, time how it is found and ended, and score it
    #[arg(long, conflicts_with_all = ["fault", "since"])]
    pub(super) drill: bool,
    /// Repeat the drill of this number
    #[arg(long, value_name = "N", requires = "drill")]
    seed: Option<u64>,
    /// Who drills, for its report
    #[arg(long, value_name = "NAME", requires = "drill")]
    who: Option<String>,
}

/// What is hidden, and the number that it came from.
#[derive(Clone, Debug)]
pub(super) struct Secret {
    seed: u64,
    hidden: Hidden,
    /// Who drills.
    by: String,
}

impl Args {
    /// What a drill of these systems hides; none where it is no drill.
    pub(super) fn hide(&self, kinds: &[&'static Simulated]) -> Result<Option<Secret>, Failure> {
        if !self.drill {
            return Ok(None);
        }
        let thrown = || u64::try_from(uuid::Uuid::new_v4().as_u128() % SEEDS).unwrap_or_default();
        let seed = self.seed.unwrap_or_else(thrown);
        let none = || Failure::Usage("none of these systems has a fault with a runbook: nothing to drill".to_owned());
        Ok(Some(Secret { seed, hidden: sim::hide(kinds, seed).ok_or_else(none)?, by: self.by() }))
    }

    /// Who drills.
    fn by(&self) -> String {
        self.who.as_deref().map_or_else(|| Who::here().name(), |who| Shown::line_from_remote(who).into_string())
    }

    /// Tells how it went, and writes it down.
    pub(super) fn finish(&self, drilled: &Drilled) -> Outcome {
        let Drilled { drilling, left, trouble, .. } = drilled;
        let score = drilling.score(*left);
        let by = self.by();
        let mut told = format!("Drill: {}\n", score.told());
        for (label, value) in score.rows().iter().skip(1) {
            let _ = writeln!(told, "  {label:<13}{value}");
        }
        out::tell(&(told + "\n" + FORMULA + "\n"))?;
        if let Some(trouble) = trouble {
            crate::cli::out::error(&format!("what was run is not told in the report: {trouble}"));
        }
        if score.broke_s.is_none() {
            return Ok(0);
        }
        let listed = catalog::load();
        let listed = listed.get(&score.task.system).map_err(|error| Failure::Usage(error.to_string()))?;
        let system = listed.load().map_err(|problems| crate::cli::choice::broken(&problems))?;
        let runbook = system.runbook(&score.task.runbook);
        let (id, report) = self::record(drilled, &score, &system, &by)?;
        out::tell(&format!("\nreport   {report}\nincident {id}: midwatch incident show {id}\n"))?;
        runbook.map_or(Ok(0), |file| log(file, &score, &by))
    }
}

/// The drill that hides this in prepared systems.
pub(super) fn drilling(secret: &Secret, systems: &[PreparedSystem]) -> Drilling {
    let Secret { seed, hidden, .. } = secret;
    let runbook = hidden.fault.runbook.unwrap_or_default();
    let prepared = systems.iter().find(|prepared| prepared.system.name.as_str() == hidden.system);
    let runbook_read = prepared.and_then(|prepared| prepared.system.runbook(runbook)).map(RunbookFile::read);
    let steps = runbook_read.iter().flat_map(|runbook| &runbook.steps);
    let task = Task {
        seed: *seed,
        system: hidden.system.to_owned(),
        fault: hidden.fault.name.to_owned(),
        title: hidden.fault.title.to_owned(),
        runbook: runbook.to_owned(),
        actions: steps.filter_map(|step| Some(step.action.as_ref()?.id.text.clone())).collect(),
        passes: hidden.fault.passes,
    };
    Drilling::new(task, hidden.after, hidden.lasts)
}

/// What writes it down while it goes on. Where there is none it is written at its end, or not, and that is told then.
pub(super) fn keeper(secret: &Secret) -> Option<Keeper> {
    Keeper::start(places::state()?, secret.by.clone()).ok()
}

/// The incident and its report, in the user's own state folder: what is not written down yet.
fn record(drilled: &Drilled, score: &Score, system: &System, by: &str) -> Result<(IncidentId, String), Failure> {
    let place = places::state()
        .ok_or_else(|| Failure::Failed("no home folder for the report: set XDG_STATE_HOME or HOME".to_owned()))?;
    let state = StateDir::open(&place).map_err(Failure::of)?;
    let incidents = Incidents::open(&state).map_err(failure)?;
    let id = if let Some(kept) = &drilled.kept {
        kept.id.clone()
    } else {
        let (opened, at) = opened(drilled, score, system);
        incidents.begin(opened, at, by).map_err(failure)?
    };
    incidents.append(&id, &events(drilled, score, system, by)).map_err(failure)?;
    let incident = incidents.read(&id).map_err(failure)?.incident(&[]);
    let text = render(&incident, &Template::default(), clock::now().wall).text;
    let folder = state.folder(FOLDER).map_err(Failure::of)?;
    let name = format!("{id}.md");
    let mut file = folder.to_create(&name).map_err(Failure::of)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(Failure::of)?;
    Ok((id, folder.path().join(name).display().to_string()))
}

/// So long after the beginning.
fn moment(drilled: &Drilled, at: Option<std::time::Duration>) -> Timestamp {
    drilled.drilling.began.zip(at).map_or(drilled.left.wall, |(began, at)| began.plus(at).wall)
}

fn opened(drilled: &Drilled, score: &Score, system: &System) -> (Opened, Timestamp) {
    let broke = moment(drilled, drilled.drilling.drill.broke());
    let unseen = || (of_drill(Opened { title: score.task.title.clone(), ..bare(system) }, broke), broke);
    drilled.drilling.incident().unwrap_or_else(unseen)
}

fn events(drilled: &Drilled, score: &Score, system: &System, by: &str) -> Vec<Event> {
    let drilling = &drilled.drilling;
    let end = moment(drilled, drilling.drill.over().map(|(at, _)| at));
    let kept = drilled.kept.as_ref().map_or(0, |kept| kept.events);
    let mut events = drilling.events.get(kept..).unwrap_or_default().to_vec();
    let book = |id: &str| system.runbook(id).map(RunbookFile::read);
    events.extend(score.runbook_s.zip(book(&score.task.runbook)).map(|(after, runbook)| {
        let at = drilling.drill.broke().map(|broke| broke + std::time::Duration::from_secs(after));
        Event::new(moment(drilled, at), by, chosen(&runbook))
    }));
    for (name, ran) in drilled.runs.iter().filter(|(_, ran)| ran.at <= end) {
        let mut run = Box::new(ran.clone());
        by.clone_into(&mut run.by);
        if name != system.name.as_str() {
            run.action = format!("{name}/{}", run.action);
        }
        events.push(Event::new(run.at, by, Kind::DrillRun { run }));
    }
    let told = drilled.told.iter().filter(|event| drilled.kept.is_none() && event.at <= end);
    events.extend(told.cloned());
    events.sort_by_key(|event| event.at);
    events.push(Event::new(end, OURSELVES, Kind::Drill(Box::new(score.clone()))));
    let how = match score.end {
        End::Recovered => {
            let evidence =
                format!("the simulated fault {} is gone, and nothing of the system is wrong", score.task.fault);
            Closing::Verified { evidence: vec![evidence] }
        }
        end => Closing::Reason { reason: format!("the drill ended: {}", end.word()) },
    };
    events.push(Event::new(end, by, Kind::Closed { how }));
    events
}

/// The row of the runbook's Validation Log: printed, and written where the file is the user's own.
fn log(file: &RunbookFile, score: &Score, by: &str) -> Outcome {
    let today = clock::now().wall.to_zoned(TimeZone::UTC).date().to_string();
    let Task { seed, system, fault, .. } = &score.task;
    let result = score.result();
    let is_valid = score.end == End::Recovered && score.runbook_s.is_some();
    let notes = format!("drill of {system}/{fault}, seed {seed}");
    let tried =
        Validation { date: today, validator: by.to_owned(), environment: "simulated".to_owned(), result, notes };
    let row = row(&tried);
    let told = match &file.text {
        Cow::Owned(known) => {
            replace(&file.path, known, &validated(known, &tried, is_valid))?;
            "added to"
        }
        // a built-in one lies in the program
        Cow::Borrowed(_) => "for",
    };
    out::tell(&format!("\n{told} the Validation Log of {}:\n{row}\n", file.path.display()))?;
    Ok(0)
}
