//! `midwatch runbook rehearse`: every check and every expectation made once, read only, while nothing is wrong; told as a
//! table, and as a row of the runbook's own Validation Log.

use std::borrow::Cow;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::tz::TimeZone;
use serde_json::{Value as Json, json};

use crate::action::quoted;
use crate::base::{ComponentId, Now, Shown};
use crate::cli::{Failure, Outcome, choice, out};
use crate::config::RunbookFile;
use crate::expr::Verdict;
use crate::record::Who;
use crate::runbook::validation::{row, validated};
use crate::runbook::walk::{TIME_BOX, Walk};
use crate::runbook::{Class, Part, Validation};
use crate::runtime::headless::{self, look_at};
use crate::runtime::{PreparedSystem, clock, walk as world};
use crate::watch::Watch;

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    /// The system
    #[arg(value_name = "SYSTEM")]
    system: String,
    /// Which runbooks; the beginning of an id is enough. Left out: all of them
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    /// Show the row for the Validation Log, and leave the file as it is
    #[arg(long)]
    dry_run: bool,
    /// How to tell it
    #[arg(long, value_enum, default_value_t)]
    format: out::Format,
    /// The system of this file, or of the system.toml in this folder
    #[arg(long = "system-file", value_name = "PATH")]
    files: Vec<PathBuf>,
    /// Set a variable of the system, before environment and default
    #[arg(long = "var", value_name = "[SYSTEM.]NAME=VALUE")]
    variables: Vec<String>,
}

impl Args {
    pub(super) fn choice(&self, top: choice::Args) -> choice::Args {
        choice::Args::given(self.files.clone(), self.variables.clone()).under(top)
    }
}

/// What came of a check.
enum Came {
    /// It was made, and is as it should be.
    Good(String),
    /// It was made, and is not as it should be while nothing is wrong.
    Odd(String),
    /// It could not be made.
    NotMade(String),
    /// It was made, and nothing says what it should be now.
    Seen(String),
    /// It is not made here: it wants a value, or hands.
    Left(String),
}

impl Came {
    fn told(&self) -> (&'static str, &str) {
        match self {
            Came::Good(what) => ("ok", what),
            Came::Odd(what) => ("not as expected", what),
            Came::NotMade(what) => ("not made", what),
            Came::Seen(what) => ("looked at", what),
            Came::Left(what) => ("left out", what),
        }
    }

    /// The same behind the rows that a database answered with.
    fn behind(self, rows: Option<String>) -> Self {
        let Some(rows) = rows else { return self };
        let told = |because: String| format!("{rows}; {because}");
        match self {
            Came::Good(because) => Came::Good(told(because)),
            Came::Odd(because) => Came::Odd(told(because)),
            Came::NotMade(because) => Came::NotMade(told(because)),
            Came::Seen(because) => Came::Seen(told(because)),
            Came::Left(because) => Came::Left(because),
        }
    }

    fn is_bad(&self) -> bool {
        matches!(self, Came::Odd(_) | Came::NotMade(_))
    }
}

/// A runbook, rehearsed.
struct Rehearsed<'a> {
    file: &'a RunbookFile,
    title: String,
    checks: Vec<(usize, String, Came)>,
}

impl Rehearsed<'_> {
    fn bad(&self) -> usize {
        self.checks.iter().filter(|(_, _, came)| came.is_bad()).count()
    }

    fn made(&self) -> usize {
        self.checks.iter().filter(|(_, _, came)| !matches!(came, Came::Left(_))).count()
    }

    fn result(&self) -> String {
        match (self.bad(), self.made()) {
            (0, made) => format!("passed ({made})"),
            (bad, made) => format!("failed {bad} of {made}"),
        }
    }
}

pub(super) fn run(args: &Args, choice: &choice::Args) -> Outcome {
    let prepared = choice::of_name(&args.system, choice)?;
    let files = chosen(args, &prepared)?;
    let path = choice::env("PATH").unwrap_or_default();
    let all = headless::run(rehearsed(&prepared, &files, &path)).map_err(Failure::of)?;
    if args.format == out::Format::Json {
        let runbooks: Vec<Json> = all.iter().map(json).collect();
        let told = json!({ "version": 1, "system": args.system, "runbooks": runbooks });
        out::print(&format!("{told:#}\n"))?;
    } else {
        for one in &all {
            table(one)?;
            if args.dry_run {
                let row = row(&tried(one, &prepared));
                out::tell(&format!("without --dry-run its Validation Log gets this row:\n{row}\n"))?;
            }
        }
    }
    for one in all.iter().filter(|_| !args.dry_run) {
        write(one, &prepared, args.format == out::Format::Text)?;
    }
    Ok(u8::from(all.iter().any(|one| one.bad() > 0)))
}

fn chosen<'a>(args: &Args, prepared: &'a PreparedSystem) -> Result<Vec<&'a RunbookFile>, Failure> {
    let all = &prepared.system.runbooks;
    if args.ids.is_empty() {
        return Ok(all.iter().collect());
    }
    let of = |id: &String| {
        let picked = super::pick(super::of_system(&prepared.system), &args.system, id)?;
        let found = all.iter().find(|file| file.id == picked.id);
        found.ok_or_else(|| Failure::Failed("the runbook is gone".to_owned()))
    };
    args.ids.iter().map(of).collect()
}

/// One look for all expectations, then the commands one after the other.
async fn rehearsed<'a>(prepared: &PreparedSystem, files: &[&'a RunbookFile], path: &str) -> Vec<Rehearsed<'a>> {
    let walks: Vec<(&RunbookFile, Walk)> = files.iter().map(|file| (*file, ready(file, prepared))).collect();
    let conditions = walks.iter().flat_map(|(_, walk)| walk.order().filter_map(|n| walk.condition(n)));
    let mut read: Vec<ComponentId> =
        conditions.flat_map(|condition| condition.signals().iter().map(|key| key.component.clone())).collect();
    read.sort();
    read.dedup();
    let watch = look_at(&[prepared.only(&read, false)], None).await.pop();
    // what was seen is judged as of then: the commands below take their time
    let looked = clock::now();
    let mut all = Vec::new();
    for (file, walk) in walks {
        let mut checks = Vec::new();
        let order: Vec<usize> = walk.order().filter(|n| walk.is_applicable(*n)).collect();
        for n in order {
            let Some(step) = walk.step(n).filter(|step| step.action.is_none()) else { continue };
            let expects = walk.condition(n).is_some();
            let is_check = match step.class {
                Class::Check | Class::Choose => true,
                Class::NeedsInput => expects,
                _ => false,
            };
            if !is_check {
                continue;
            }
            let answer = match walk.query(n) {
                Ok(query) => Some(world::ask(prepared, &query, TIME_BOX).await.ended),
                Err(_) => None,
            };
            let came = match (answer, expects, &watch) {
                (Some(Err(why)), ..) => Came::NotMade(why),
                (Some(Ok(rows)), false, _) => Came::Good(rows),
                (_, true, None) => Came::NotMade("nothing was looked at".to_owned()),
                (answer, true, Some(watch)) => judged(&walk, n, watch, looked).behind(answer.and_then(Result::ok)),
                (None, false, _) => commanded(&walk, n, prepared, path).await,
            };
            let text = Shown::from_remote(step.text.lines().next().unwrap_or_default()).into_string();
            checks.push((n, text, came));
        }
        all.push(Rehearsed { file, title: Shown::from_remote(&walk.runbook().title).into_string(), checks });
    }
    all
}

/// The walk with the ways that the system's variables pick.
fn ready(file: &RunbookFile, prepared: &PreparedSystem) -> Walk {
    let mut walk = Walk::new(Arc::new(prepared.system.read(file)));
    let choices: Vec<usize> = walk.order().filter_map(|n| walk.choice_of(n)).collect();
    for choice in choices {
        if let Some(way) = walk.picked(choice, &prepared.variables).map(str::to_owned) {
            walk.choose(choice, &way);
        }
    }
    walk
}

/// Whether it must hold while nothing is wrong: what a repair is to bring about need not.
fn is_healthy(walk: &Walk, n: usize) -> bool {
    walk.step(n).is_some_and(|step| matches!(step.part, Part::Immediate | Part::Diagnosis | Part::Verification))
}

fn judged(walk: &Walk, n: usize, watch: &Watch, now: Now) -> Came {
    let Some(condition) = walk.condition(n) else { return Came::Left(String::new()) };
    let because = condition.evidence(&watch.store, now);
    match (condition.verdict(&watch.store, now), is_healthy(walk, n)) {
        (Verdict::True, _) => Came::Good(because),
        (Verdict::False, true) => Came::Odd(because),
        (Verdict::Unknown(why), true) => Came::NotMade(why.text),
        (Verdict::False, false) => Came::Seen(because),
        (Verdict::Unknown(why), false) => Came::Seen(why.text),
    }
}

async fn commanded(walk: &Walk, n: usize, prepared: &PreparedSystem, path: &str) -> Came {
    let missing: Vec<&str> = walk.missing(n).iter().map(|field| field.name.as_str()).collect();
    if !missing.is_empty() {
        return Came::Left(format!("it asks for {}", missing.join(", ")));
    }
    let argv = match walk.command(n, &prepared.variables) {
        Ok(argv) => argv,
        Err(why) => return Came::Left(walk.left_to_hands(n).unwrap_or(why)),
    };
    if let Some(why) = &prepared.distrust {
        return Came::NotMade(why.clone());
    }
    let (_keep, cancelled) = tokio::sync::watch::channel(false);
    let terms = world::Terms {
        path,
        time_box: TIME_BOX,
        is_endless: walk.step(n).is_some_and(|step| step.time_boxed),
        environment: &[],
        redactor: &prepared.redactor,
        cancelled,
    };
    let ran = world::run(&argv, terms, &mut |_, _| {}).await;
    let name = quoted(argv.first().map(String::as_str).unwrap_or_default());
    match ran.ended {
        Err(why) => Came::NotMade(why),
        Ok(what) if ran.is_good => Came::Good(format!("{name} {what}")),
        Ok(what) if is_healthy(walk, n) && !is_search(&argv) => Came::Odd(format!("{name} {what}")),
        Ok(what) => Came::Seen(format!("{name} {what}")),
    }
}

/// A search that finds nothing says so by its exit code: while nothing is wrong there is nothing to find.
fn is_search(argv: &[String]) -> bool {
    let is_grep = |word: &String| word.ends_with("grep");
    argv.first().is_some_and(is_grep) || argv.iter().any(|word| word == "--grep" || word.starts_with("--grep="))
}

fn table(one: &Rehearsed<'_>) -> Result<(), Failure> {
    let mut rows = Vec::new();
    for (n, text, came) in &one.checks {
        let (word, because) = came.told();
        let short: String = text.chars().take(40).collect();
        rows.push([format!("{n:>4}"), word.to_owned(), short, Shown::from_remote(because).into_string()]);
    }
    let text = format!("{}  {}: {}\n{}\n", one.file.id, one.title, one.result(), out::columns(&rows));
    out::tell(&text)
}

fn json(one: &Rehearsed<'_>) -> Json {
    let checks: Vec<Json> = one
        .checks
        .iter()
        .map(|(n, text, came)| {
            let (word, because) = came.told();
            json!({ "n": n, "text": text, "state": word.replace(' ', "_"), "because": because })
        })
        .collect();
    json!({ "id": one.file.id.as_str(), "passed": one.bad() == 0, "result": one.result(), "checks": checks })
}

/// What the Validation Log is told of it.
fn tried(one: &Rehearsed<'_>, prepared: &PreparedSystem) -> Validation {
    let today = clock::now().wall.to_zoned(TimeZone::UTC).date();
    Validation {
        date: today.to_string(),
        validator: Who::here().name(),
        environment: prepared.system.environment.word().to_owned(),
        result: one.result(),
        notes: "rehearsed: checks and expectations, read only".to_owned(),
    }
}

/// The row, into the file where it is the user's own.
fn write(one: &Rehearsed<'_>, prepared: &PreparedSystem, is_text: bool) -> Result<(), Failure> {
    let validation = tried(one, prepared);
    let Cow::Owned(known) = &one.file.text else {
        let export = format!("midwatch systems export {} DIR", prepared.system.name);
        out::complain(&format!(
            "{} is built in and cannot be written: {export}, then keep this row there\n{}",
            one.file.id,
            row(&validation)
        ));
        return Ok(());
    };
    let text = validated(known, &validation, one.bad() == 0);
    replace(&one.file.path, known, &text)?;
    if is_text { out::tell(&format!("written to {}\n", one.file.path.display())) } else { Ok(()) }
}

/// Writes beside the file and renames, so that nobody ever reads half of it; never over what somebody else wrote since.
pub(in crate::cli) fn replace(path: &Path, known: &str, text: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::Failed(format!("{}: {error}", path.display()));
    let real = fs::canonicalize(path).map_err(failed)?;
    if fs::read_to_string(&real).map_err(failed)? != known {
        return Err(Failure::Failed(format!("{} was changed meanwhile, and nothing is written", path.display())));
    }
    let mode = fs::metadata(&real).map_err(failed)?.permissions();
    let mut name = real.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}", std::process::id()));
    let beside = real.with_file_name(name);
    let written = fs::File::create_new(&beside).and_then(|mut file| {
        file.set_permissions(mode)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, &real)
    });
    written.map_err(|error| {
        let _ = fs::remove_file(&beside);
        failed(error)
    })
}
