//! What a walk would do, step by step: no request, no program, nothing written, nothing asked.

use std::sync::Arc;

use crate::action::{Arguments, Operation, quoted, resolve_http, words};
use crate::base::{ActionId, Shown};
use crate::cli::runbook::run::Args;
use crate::cli::runbook::run::answers::{Answers, choices};
use crate::cli::{Outcome, out};
use crate::report::walk as report;
use crate::runbook::Runbook;
use crate::runbook::walk::{Mark, Walk};
use crate::runtime::PreparedSystem;
use crate::runtime::act::plan;
use crate::runtime::clock;

pub(super) fn run(args: &Args, prepared: &PreparedSystem, runbook: Arc<Runbook>, mut answers: Answers) -> Outcome {
    let walk = ready(args, prepared, runbook, &mut answers);
    if !args.is_text() {
        let mut json = report::json(&walk, &prepared.variables);
        if let Some(object) = json.as_object_mut() {
            object.insert("version".to_owned(), 1.into());
            object.insert("system".to_owned(), prepared.system.name.as_str().into());
            object.insert("dry_run".to_owned(), true.into());
        }
        out::print(&format!("{json:#}\n"))?;
        return Ok(0);
    }
    args.say(&report::title(walk.runbook(), prepared.system.name.as_str(), args.style()))?;
    args.say("dry run: nothing is asked, run or written\n")?;
    for n in walk.order().filter(|n| walk.is_applicable(*n)) {
        let Some(step) = walk.step(n) else { continue };
        args.say(&report::step(&walk, step, args.style()))?;
        if walk.marked(n).is_behind() {
            args.say(&report::mark(walk.marked(n), args.style()))?;
            continue;
        }
        // of a choice that nobody made each way is told as if it were taken
        let mut taken = walk.clone();
        if let (Some(choice), Some(option)) = (walk.choice_of(n), step.option.as_ref())
            && taken.chosen(choice).is_none()
        {
            taken.choose(choice, &option.name);
            args.say(&format!("       if {} is chosen:\n", Shown::from_remote(&option.name)))?;
        }
        args.say(&format!("       would {}\n", report::doing(&taken, n, &prepared.variables)))?;
        for line in action(&walk, n, prepared) {
            args.say(&format!("         {}\n", prepared.redactor.redact(&line)))?;
        }
    }
    Ok(0)
}

/// The walk with all that the flags and the system's variables answer.
fn ready(args: &Args, prepared: &PreparedSystem, runbook: Arc<Runbook>, answers: &mut Answers) -> Walk {
    let mut walk = Walk::new(runbook);
    for choice in choices(&walk) {
        let by_variable = || walk.picked(choice, &prepared.variables).map(str::to_owned);
        if let Some(way) = answers.way(&walk, choice).or_else(by_variable) {
            walk.choose(choice, &way);
        }
    }
    let order: Vec<usize> = walk.order().collect();
    let start = args.start_at.and_then(|start| order.iter().position(|n| *n == start)).unwrap_or(0);
    for (at, n) in order.into_iter().enumerate() {
        let reason = answers.skip.remove(&n).or_else(|| (at < start).then(|| "begun behind it".to_owned()));
        if let Some(reason) = reason {
            walk.mark(n, Mark::Skipped { reason });
        }
        // what does not fit is told as missing
        let _ = answers.fill(&mut walk, &prepared.system, n);
    }
    walk
}

/// What an action would do, as far as that is known without a look.
fn action(walk: &Walk, n: usize, prepared: &PreparedSystem) -> Vec<String> {
    let Some(asked) = walk.asked(n) else { return Vec::new() };
    let told = || -> Result<Vec<String>, String> {
        let id = ActionId::new(&asked.action).map_err(|error| error.to_string())?;
        let spec = plan::declared(prepared, &id).map_err(|error| error.to_string())?;
        let arguments = Arguments::new(&spec.parameter, &asked.parameters, &prepared.variables)
            .map_err(|error| error.to_string())?
            .at(clock::now().wall);
        let call = match spec.operation(&prepared.variables)? {
            Operation::Command(argv) => {
                let argv = words(&argv, &arguments).map_err(|error| error.to_string())?;
                argv.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
            }
            Operation::Http(request) if spec.items.is_some() => {
                format!("{} {} for each of the ids that a look finds", request.method, request.url)
            }
            Operation::Http(request) => {
                let call = resolve_http(&request, &arguments, None).map_err(|error| error.to_string())?;
                call.to_string()
            }
            Operation::Rq(_) => "on rq, with the jobs that a look finds".to_owned(),
            Operation::Sql(_) => "statements in one transaction, tried and rolled back at first".to_owned(),
        };
        let mut lines = vec![format!("{}, {}: {call}", spec.title, spec.risk)];
        if let Some(when) = spec.precondition.as_ref() {
            lines.push(format!("only while {}", report::on_one_line(when.text())));
        }
        let proof = spec.verify.as_ref().map(|verify| (verify.within.0.as_secs(), verify.when.as_ref()));
        lines.push(match proof {
            Some((within, Some(when))) => format!("proved within {within} s by {}", report::on_one_line(when.text())),
            Some((_, None)) => "proved by its answer".to_owned(),
            None => "nothing proves it".to_owned(),
        });
        Ok(lines)
    };
    let lines = told().unwrap_or_else(|why| vec![format!("cannot be run: {why}")]);
    lines.iter().map(|line| Shown::from_remote(line).into_string()).collect()
}
