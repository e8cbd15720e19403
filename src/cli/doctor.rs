//! `midwatch doctor`: what is configured, what can be reached, what the terminal can do. It shows no secret and changes
//! nothing. Exit code 0 all well, 1 something to look at, 2 something does not work.

mod age;
mod finding;
mod folder;
mod system;
mod terminal;

use crate::base::Redactor;
use crate::cli::{Failure, Outcome, catalog, choice, dashboard, out};
use crate::config;
use crate::runtime::{clock, headless};

use finding::{Level, Section};

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    #[command(flatten)]
    choice: choice::Args,
    /// Leave out what is polled every 15 minutes or less often, because polling it has a price
    #[arg(long)]
    skip_slow: bool,
    /// When to use colour
    #[arg(long, value_enum, value_name = "WHEN")]
    color: Option<out::Color>,
}

impl Args {
    pub(super) fn under(mut self, top: dashboard::Args) -> Self {
        self.color = self.color.or(top.color);
        self.choice = self.choice.under(top.choice);
        self
    }
}

pub(super) fn run(args: &Args) -> Outcome {
    let mut sections = vec![terminal::examine(), folder::examine()];
    let mut redactors = Vec::new();
    systems(args, &mut sections, &mut redactors)?;
    let color = args.color.unwrap_or_default().decide();
    let text: String = sections.iter().map(|section| section.render(color)).collect();
    let redact = |line: &str| redactors.iter().fold(line.to_owned(), |line, one: &Redactor| one.redact(&line));
    let lines: Vec<String> = text.lines().map(redact).collect();
    out::print(&(lines.join("\n") + "\n"))?;
    Ok(sections.iter().map(Section::worst).max().unwrap_or(Level::Well).exit_code())
}

/// One section a system: its variables, then what one look at it brings.
fn systems(args: &Args, sections: &mut Vec<Section>, redactors: &mut Vec<Redactor>) -> Result<(), Failure> {
    let catalog = catalog::load();
    let chosen = choice::choose(&args.choice, &catalog)?;
    if chosen.systems.is_empty() {
        let mut section = Section::new("systems");
        section.add(Level::Doubt, "chosen", choice::nothing_to_watch(&catalog));
        sections.push(section);
        return Ok(());
    }
    let prepared = match chosen.prepare(args.skip_slow) {
        Ok(prepared) => prepared,
        Err(problems) => {
            // the variables are told one by one, so that the wrong one is seen among the others
            for one in &chosen.systems {
                let mut section = Section::new(&format!("system {}", one.name));
                system::variables(&mut section, &config::report(one, &chosen.overrides, &choice::env));
                sections.push(section);
            }
            let mut section = Section::new("not asked");
            for line in problems.to_string().lines() {
                section.add(Level::Fault, "variables", line.to_owned());
            }
            sections.push(section);
            return Ok(());
        }
    };
    let watches = headless::run(headless::look_at(&prepared, None)).map_err(Failure::of)?;
    let now = clock::now();
    for (one, watch) in prepared.iter().zip(&watches) {
        let mut section = Section::new(&format!("system {} ({})", one.system.name, one.system.origin));
        let report = config::report(&one.system, &chosen.overrides, &choice::env);
        system::variables(&mut section, &report);
        age::ages(&mut section, one, watch, now);
        system::live_values(&mut section, one, watch, now);
        system::components(&mut section, watch);
        system::clock(&mut section, watch);
        sections.push(section);
        redactors.push(one.redactor.clone());
    }
    Ok(())
}
