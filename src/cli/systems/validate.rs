//! `midwatch systems validate`: every mistake of every file, and exit code 1 if there is one.

use std::fmt::Write as _;
use std::path::Path;

use crate::base::Problem;
use crate::cli::{Failure, Outcome, catalog, out};
use crate::config::{self, Catalog, Surroundings, System};

pub(super) fn run(catalog: &Catalog, which: &[String]) -> Outcome {
    let mut text = String::new();
    let mut mistakes = 0;
    if which.is_empty() {
        for listed in catalog.iter() {
            mistakes += tell(listed.name.as_str(), &listed.check(&Surroundings::default()), &mut text);
        }
    }
    for name in which {
        mistakes += if is_path(name) {
            let user = catalog::read(Path::new(name))?;
            let around = Surroundings { runbooks: user.runbooks.as_deref(), ..Surroundings::default() };
            let shown = user.source.path.display().to_string();
            tell(&shown, &config::load_within(user.name, &user.source, &around), &mut text)
        } else {
            let listed = catalog.get(name).map_err(|error| Failure::Usage(error.to_string()))?;
            tell(name, &listed.check(&Surroundings::default()), &mut text)
        };
    }
    if mistakes > 0 {
        let _ = writeln!(text, "{mistakes} {}", if mistakes == 1 { "mistake" } else { "mistakes" });
    }
    out::print(&text)?;
    Ok(u8::from(mistakes > 0))
}

/// A system's name has neither a slash nor a dot: whatever has one is a path.
fn is_path(name: &str) -> bool {
    name.contains(['/', '.'])
}

fn tell(name: &str, read: &Result<System, Vec<Problem>>, text: &mut String) -> usize {
    match read {
        Ok(system) => {
            let parts = [
                (system.component.len(), "component"),
                (system.rule.len(), "rule"),
                (system.job.len(), "job"),
                (system.action.len(), "action"),
            ];
            let parts = parts.map(|(n, one)| format!("{n} {one}{}", if n == 1 { "" } else { "s" }));
            let _ = writeln!(text, "{name}: ok ({})", parts.join(", "));
            0
        }
        Err(problems) => {
            for problem in problems {
                let _ = writeln!(text, "{}\n", problem.render());
            }
            problems.len()
        }
    }
}
