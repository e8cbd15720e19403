//! The walk itself: step after step, each written down before and after it is done. It goes past nothing that failed.

use tokio::sync::watch;

use crate::action::{Outcome, RunId, quoted};
use crate::cli::Failure;
use crate::cli::runbook::run::answers::{self, Answers};
use crate::cli::runbook::run::ask::{self, Answer};
use crate::cli::runbook::run::record::Record;
use crate::cli::runbook::run::{Args, FAILED, NOT_VERIFIED, UNFINISHED, VERIFIED};
use crate::incident::Told;
use crate::incident::walk::{begun, chose, told};
use crate::report::{act as lines, walk as report};
use crate::runbook::Part;
use crate::runbook::walk::{Doing, Mark, Query, Standing, Walk};
use crate::runtime::act::journal::Journal;
use crate::runtime::act::order::Bench;
use crate::runtime::{PreparedSystem, walk as world};

/// Most lines of a check that the incident keeps.
pub(super) const KEPT: usize = 8;

/// One walk.
pub(super) struct Walker<'a> {
    pub(super) args: &'a Args,
    pub(super) prepared: &'a PreparedSystem,
    pub(super) bench: &'a Bench,
    pub(super) journal: &'a Journal,
    pub(super) record: Record,
    pub(super) walk: Walk,
    pub(super) asks: bool,
    /// The runs of this walk, as JSON tells them.
    pub(super) runs: Vec<serde_json::Value>,
    answers: Answers,
    /// The exit code of the step that holds the walk up, and why.
    stuck: Option<(usize, u8)>,
    /// Nobody asks for an end of what runs but by ending us; the runner outlives that.
    _keep: watch::Sender<bool>,
    cancelled: watch::Receiver<bool>,
}

/// What came of trying a step.
#[derive(Debug)]
pub(super) enum Came {
    /// Something, without a run.
    Marked { mark: Mark, code: u8 },
    /// Something, by a run of the audit log.
    Ran { mark: Mark, code: u8, run: String },
    /// Something, by a check's command.
    Checked { mark: Mark, code: u8, command: String, lines: Vec<String> },
    /// Something, by a question to a database.
    Asked { mark: Mark, code: u8, asked: Vec<String>, lines: Vec<String> },
    /// The walk can go on, the same step or another one.
    On,
    /// Nothing: it is still to be done.
    Stopped { code: u8, why: String },
}

/// By what something came of a step, and what that said.
#[derive(Debug, Default)]
struct By {
    run: Option<String>,
    command: Option<String>,
    asked: Vec<String>,
    evidence: Vec<String>,
}

/// Where the walk stopped, and why.
#[derive(Debug)]
pub(super) struct Stop {
    pub(super) n: Option<usize>,
    pub(super) code: u8,
    pub(super) why: String,
}

impl<'a> Walker<'a> {
    pub(super) fn new(
        args: &'a Args,
        prepared: &'a PreparedSystem,
        bench: &'a Bench,
        journal: &'a Journal,
        record: Record,
        walk: Walk,
        answers: Answers,
    ) -> Self {
        let (keep, cancelled) = watch::channel(false);
        let asks = args.asks();
        Self {
            args,
            prepared,
            bench,
            journal,
            record,
            walk,
            asks,
            runs: Vec::new(),
            answers,
            stuck: None,
            _keep: keep,
            cancelled,
        }
    }

    /// Walks to the end, to a step that holds it up, or to where somebody stops.
    pub(super) async fn go(&mut self) -> Result<Stop, Failure> {
        match self.args.start_at {
            Some(n) => self.start_at(n)?,
            None => {
                if let Some(stop) = self.pick_up().await? {
                    return Ok(stop);
                }
            }
        }
        self.choose_anew()?;
        let mut shown = None;
        loop {
            // what comes after a proved recovery is for hands
            if !self.asks && self.walk.standing() == Standing::Verified {
                return Ok(Stop { n: None, code: VERIFIED, why: String::new() });
            }
            let Some(n) = self.walk.current() else { return Ok(self.over()) };
            if shown != Some(n)
                && let Some(step) = self.walk.step(n)
            {
                self.args.say(&report::step(&self.walk, step, self.args.style()))?;
                shown = Some(n);
            }
            match self.step(n).await? {
                Came::On => {}
                Came::Stopped { code, why } if !self.asks || code != super::REFUSED => {
                    let code = self.stuck.filter(|(stuck, _)| *stuck == n).map_or(code, |(_, code)| code);
                    return Ok(Stop { n: Some(n), code, why: format!("stopped at step {n}: {why}") });
                }
                Came::Stopped { why, .. } => self.args.say(&format!("       {why}\n"))?,
                came => {
                    let (mark, code) = self.tell(n, came)?;
                    self.stuck = mark.is_stuck().then_some((n, code));
                    if mark.is_stuck() && !self.asks {
                        let why = format!("stopped at step {n}: {}: {}", mark.word(), mark.because());
                        return Ok(Stop { n: Some(n), code, why });
                    }
                }
            }
        }
    }

    /// Steps that are left when the recovery is proved.
    pub(super) fn left(&self) -> Vec<usize> {
        let is_left = |n: &usize| self.walk.is_applicable(*n) && !self.walk.marked(*n).is_behind();
        self.walk.order().filter(is_left).collect()
    }

    fn over(&self) -> Stop {
        match self.walk.standing() {
            Standing::Verified => Stop { n: None, code: VERIFIED, why: String::new() },
            _ => Stop { n: None, code: NOT_VERIFIED, why: "every step is behind, and nothing proves it".to_owned() },
        }
    }

    /// One step, as far as it goes now.
    async fn step(&mut self, n: usize) -> Result<Came, Failure> {
        if let Some(reason) = self.answers.skip.remove(&n) {
            return Ok(Came::Marked { mark: Mark::Skipped { reason }, code: VERIFIED });
        }
        if let Some(choice) = self.walk.choice_of(n).filter(|choice| self.walk.chosen(*choice).is_none())
            && let Some(way) = self.answers.way(&self.walk, choice)
        {
            return self.choose(choice, &way, "");
        }
        if let Err(why) = self.answers.fill(&mut self.walk, &self.prepared.system, n) {
            return Ok(Came::Stopped { code: UNFINISHED, why });
        }
        if self.asks && !self.answers.done.contains(&n) {
            let doing = self.walk.doing(n, &self.prepared.variables);
            match ask::step(&self.walk, n, &doing)? {
                Answer::Run => {}
                Answer::Quit => return Ok(Came::Stopped { code: UNFINISHED, why: "as you said".to_owned() }),
                Answer::Skip(reason) => return Ok(Came::Marked { mark: Mark::Skipped { reason }, code: VERIFIED }),
                Answer::Choose(word) => return self.choose_by_word(n, &word),
            }
        }
        self.done(n).await
    }

    /// Does what the step is.
    async fn done(&mut self, n: usize) -> Result<Came, Failure> {
        enum What {
            Action,
            Expect,
            Command(Vec<String>, std::time::Duration),
            Query(Query, std::time::Duration),
            Way(usize, String),
        }
        let stopped = |why: String| Came::Stopped { code: UNFINISHED, why };
        let what = match self.walk.doing(n, &self.prepared.variables) {
            Doing::Action { .. } => What::Action,
            Doing::Expect { .. } => What::Expect,
            Doing::Command { argv, time_box } => What::Command(argv, time_box),
            Doing::Query { query, time_box } => What::Query(query, time_box),
            Doing::Choice { options, by } => match (by, self.walk.choice_of(n)) {
                (Some(by), Some(choice)) => What::Way(choice, by.to_owned()),
                _ => return Ok(stopped(format!("choose a way with --choose: {}", options.join(" | ")))),
            },
            Doing::Human if self.asks || self.answers.done.contains(&n) => {
                self.answers.done.retain(|done| *done != n);
                if self.walk.condition(n).is_none() {
                    return Ok(Came::Marked { mark: Mark::Done, code: VERIFIED });
                }
                What::Expect
            }
            Doing::Human => {
                let why = self.walk.left_to_hands(n).or_else(|| self.walk.not_run(n, &self.prepared.variables));
                let why = why.map(|why| format!(": {why}")).unwrap_or_default();
                return Ok(stopped(format!("it wants hands{why}; say so with --done {n}, or --skip {n}=REASON")));
            }
            Doing::Never => return Ok(stopped(format!("it is never run: leave it out with --skip {n}=REASON"))),
            Doing::Input { fields } if self.asks => {
                let fields: Vec<(String, &str)> =
                    fields.iter().map(|field| (field.name.clone(), field.kind.word())).collect();
                return self.fill(n, &fields);
            }
            Doing::Input { fields } => {
                let names: Vec<String> = fields.iter().map(|field| format!("--param '{}=…'", field.name)).collect();
                return Ok(stopped(format!("it asks for a value: {}", names.join(" "))));
            }
        };
        match what {
            What::Action => self.act(n).await,
            What::Way(choice, way) => self.choose(choice, &way, "as the system's variable says"),
            What::Expect => {
                self.record.tell(begun(&self.walk, n))?;
                let mark = self.expected(n, None).await?.unwrap_or(Mark::Done);
                Ok(Came::Marked { mark, code: NOT_VERIFIED })
            }
            What::Command(argv, time_box) => self.check(n, &argv, time_box).await,
            What::Query(query, time_box) => self.query(n, &query, time_box).await,
        }
    }

    /// Looks at what a step expects; each new reason is told once.
    pub(super) async fn expected(&mut self, n: usize, unanswered: Option<&str>) -> Result<Option<Mark>, Failure> {
        let (args, mut before) = (self.args, String::new());
        let told = |look: &crate::runtime::act::verify::Look| {
            if before != look.because {
                before.clone_from(&look.because);
                let _ = args.say(&format!("       {} ({} s left)\n", look.because, look.left.as_secs()));
            }
        };
        Ok(world::expected(self.prepared, &self.walk, n, unanswered, self.cancelled.clone(), told).await)
    }

    /// A command that only reads. In the diagnosis whatever it says is a finding; elsewhere it must end well.
    async fn check(&mut self, n: usize, argv: &[String], time_box: std::time::Duration) -> Result<Came, Failure> {
        let command = argv.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
        if let Some(why) = &self.prepared.distrust {
            return Ok(Came::Marked { mark: Mark::Failed { why: why.clone() }, code: super::REFUSED });
        }
        self.record.tell(begun(&self.walk, n).map(|told| Told { command: Some(command.clone()), ..told }))?;
        let is_text = self.args.is_text();
        let terms = world::Terms {
            path: &self.bench.path,
            time_box,
            is_endless: self.walk.step(n).is_some_and(|step| step.time_boxed),
            environment: &[],
            redactor: &self.prepared.redactor,
            cancelled: self.cancelled.clone(),
        };
        let ran = world::run(argv, terms, &mut |stream, text| {
            if is_text {
                let _ = crate::cli::out::print(&lines::line(stream, text));
            }
        })
        .await;
        let finds = self.walk.step(n).is_some_and(|step| step.part == Part::Diagnosis);
        let mark = match ran.ended {
            Ok(what) if ran.is_good || finds => Mark::Found { what, as_expected: None },
            Ok(why) | Err(why) => Mark::Failed { why },
        };
        let skip = ran.lines.len().saturating_sub(KEPT);
        Ok(Came::Checked { mark, code: FAILED, command, lines: ran.lines.into_iter().skip(skip).collect() })
    }

    fn fill(&mut self, n: usize, fields: &[(String, &str)]) -> Result<Came, Failure> {
        for (name, kind) in fields {
            let Some(value) = ask::value(name, kind)? else { return Ok(Came::On) };
            if let Err(why) = answers::fill(&mut self.walk, &self.prepared.system, n, name, &value) {
                self.args.say(&format!("       {why}\n"))?;
                return Ok(Came::On);
            }
        }
        self.args
            .say(&format!("       now it would {}\n", { report::doing(&self.walk, n, &self.prepared.variables) }))?;
        Ok(Came::On)
    }

    fn choose_by_word(&mut self, n: usize, word: &str) -> Result<Came, Failure> {
        let Some(choice) = self.walk.choice_of(n) else { return Ok(Came::On) };
        if let Some(way) = self.walk.meant(choice, word).map(str::to_owned) {
            return self.choose(choice, &way, "");
        }
        let ways = self.walk.options(choice).join(" | ");
        self.args.say(&format!("       there is no such way; there are: {ways}\n"))?;
        Ok(Came::On)
    }

    /// A flag that means another way than the one that an earlier walk took: the flag is what somebody wants now.
    fn choose_anew(&mut self) -> Result<(), Failure> {
        for choice in answers::choices(&self.walk) {
            let meant = self.answers.way(&self.walk, choice);
            if let (Some(taken), Some(way)) = (self.walk.chosen(choice).map(str::to_owned), meant)
                && taken != way
            {
                self.choose(choice, &way, &format!("instead of {taken}"))?;
            }
        }
        Ok(())
    }

    fn choose(&mut self, choice: usize, way: &str, reason: &str) -> Result<Came, Failure> {
        self.record.tell(chose(&self.walk, choice, way, reason))?;
        self.walk.choose(choice, way);
        self.args.say(&format!("       taken: {way}\n"))?;
        Ok(Came::On)
    }

    /// Writes down and marks what came of a step.
    fn tell(&mut self, n: usize, came: Came) -> Result<(Mark, u8), Failure> {
        let mut by = By::default();
        let (mark, code) = match came {
            Came::Marked { mark, code } => (mark, code),
            Came::Ran { mark, code, run } => {
                by.run = Some(run);
                (mark, code)
            }
            Came::Checked { mark, code, command, lines } => {
                (by.command, by.evidence) = (Some(command), lines);
                (mark, code)
            }
            Came::Asked { mark, code, asked, lines } => {
                (by.asked, by.evidence) = (asked, lines);
                (mark, code)
            }
            Came::On | Came::Stopped { .. } => (self.walk.marked(n).clone(), UNFINISHED),
        };
        let mut told = told(&self.walk, n, &mark);
        if let Some(told) = &mut told {
            (told.run, told.command, told.asked) = (by.run, by.command, by.asked);
            told.evidence.extend(by.evidence);
        }
        self.record.tell(told)?;
        self.args.say(&report::mark(&mark, self.args.style()))?;
        self.walk.mark(n, mark.clone());
        Ok((mark, code))
    }

    /// Leaves out what comes before a step; it and what comes behind it are done again.
    fn start_at(&mut self, start: usize) -> Result<(), Failure> {
        if let Some(choice) = self.walk.choice_of(start)
            && let Some(way) = self.walk.step(start).and_then(|step| step.option.clone()).map(|option| option.name)
            && self.walk.chosen(choice) != Some(way.as_str())
        {
            self.choose(choice, &way, &format!("begun at step {start}"))?;
        }
        let order: Vec<usize> = self.walk.order().collect();
        let (before, behind) = order.split_at(order.iter().position(|n| *n == start).unwrap_or(0));
        for n in before {
            if self.walk.is_applicable(*n) && !self.walk.marked(*n).is_behind() {
                let reason = format!("begun at step {start}");
                self.tell(*n, Came::Marked { mark: Mark::Skipped { reason }, code: VERIFIED })?;
            }
        }
        for n in behind {
            self.walk.mark(*n, Mark::Todo);
        }
        Ok(())
    }

    /// A step that was begun and has no end: its run may live, or have ended since, or never have begun.
    async fn pick_up(&mut self) -> Result<Option<Stop>, Failure> {
        let incident = self.record.incident()?;
        let id = self.walk.runbook().id.clone();
        if let Some((n, run)) = incident.begun(id.as_str())
            && let Some(run) = run.and_then(RunId::new)
        {
            let ended =
                incident.runs.iter().find(|known| known.run == run.as_str()).and_then(|run| run.outcome.clone());
            self.args.say(&format!("step {n} was begun before, by run {}\n", run.short()))?;
            match self.follow(n, &run, None).await? {
                // its runner never got to begin: nothing was run
                Came::Ran { code: FAILED, .. } if ended.is_none() && !self.ran(&run)? => {}
                came => drop(self.tell(n, came)?),
            }
        }
        // nobody knows what came of it: it is not run again unless somebody says so
        let incident = self.record.incident()?;
        let unknown = |run: &str| {
            incident
                .runs
                .iter()
                .any(|known| known.run == run && known.outcome.as_deref() == Some(Outcome::Unknown.word()))
        };
        let lost = incident.steps.iter().find(|step| {
            let current = self.walk.current() == Some(step.told.n as usize);
            current && step.told.runbook == id.as_str() && step.told.run.as_deref().is_some_and(unknown)
        });
        Ok(lost.filter(|_| !self.asks).map(|step| Stop {
            n: Some(step.told.n as usize),
            code: UNFINISHED,
            why: format!(
                "nobody saw the end of step {0}: look, then run it again with --start-at {0}, or leave it out with --start-at of the next",
                step.told.n
            ),
        }))
    }

    /// Was this run ever journalled?
    fn ran(&self, run: &RunId) -> Result<bool, Failure> {
        Ok(self.record.incident()?.runs.iter().any(|known| known.run == run.as_str()))
    }
}
