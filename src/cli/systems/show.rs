//! `midwatch systems show NAME`: what a system is made of, one line a part.

use std::fmt::Write as _;

use crate::base::time::Span;
use crate::cli::{Failure, Outcome, choice, out};
use crate::config::{self, Catalog, Origin, System};

pub(super) fn run(catalog: &Catalog, name: &str) -> Outcome {
    let listed = catalog.get(name).map_err(|error| Failure::Usage(error.to_string()))?;
    let system = listed.load().map_err(|problems| choice::broken(&problems))?;
    let origin = match listed.origin {
        Origin::BuiltIn => listed.origin.word().to_owned(),
        Origin::User | Origin::Override => format!("{}: {}", listed.origin.word(), listed.source.path.display()),
    };
    let mut text = format!(
        "{}  {}\n{}, times of {}, {origin}\n",
        system.name,
        system.title,
        system.environment.word(),
        system.timezone.name(),
    );
    section(&mut text, "components", &components(&system));
    section(&mut text, "rules", &rules(&system));
    section(&mut text, "jobs", &jobs(&system));
    section(&mut text, "variables", &variables(&system));
    out::print(&text)?;
    Ok(0)
}

fn section<const N: usize>(text: &mut String, title: &str, rows: &[[String; N]]) {
    let _ = writeln!(text, "\n{title}");
    for line in out::columns(rows).lines() {
        let _ = writeln!(text, "  {line}");
    }
    if rows.is_empty() {
        text.push_str("  none\n");
    }
}

fn components(system: &System) -> Vec<[String; 5]> {
    let names = |ids: &[crate::base::ComponentId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    system
        .component
        .iter()
        .map(|(id, spec)| {
            let below =
                if spec.depends_on.is_empty() { String::new() } else { format!("on {}", names(&spec.depends_on)) };
            [
                id.to_string(),
                system.component_title(id).to_owned(),
                spec.probe.kind().to_owned(),
                format!("every {}", Span(spec.every.0)),
                below,
            ]
        })
        .collect()
}

fn rules(system: &System) -> Vec<[String; 4]> {
    system
        .rule
        .iter()
        .map(|(id, rule)| {
            let hold = if rule.hold.0.is_zero() { String::new() } else { format!("for {}", Span(rule.hold.0)) };
            [id.to_string(), rule.severity.word().to_owned(), hold, rule.summary.clone()]
        })
        .collect()
}

fn jobs(system: &System) -> Vec<[String; 4]> {
    system
        .job
        .iter()
        .map(|(id, job)| {
            let zone = job.timezone.as_ref().unwrap_or(&system.timezone);
            [id.to_string(), job.schedule.text().to_owned(), zone.name().to_owned(), job.title.clone()]
        })
        .collect()
}

fn variables(system: &System) -> Vec<[String; 4]> {
    config::report(system, &[], &choice::env)
        .into_iter()
        .map(|variable| {
            let env = variable.env.unwrap_or_else(|| "-".to_owned());
            [variable.name, env, variable.set_by.to_string(), variable.about.unwrap_or_default()]
        })
        .collect()
}
