//! Which systems: `--system`, `--system-file`, those that `config.toml` lists, or those whose variables the environment sets; and the values of their
//! variables.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::base::{Problem, SystemName};
use crate::cli::{Failure, catalog, trust};
use crate::config::{self, Catalog, Listed, Override, Surroundings, System};
use crate::runtime::PreparedSystem;

// The flags that choose systems and set variables; a doc comment would be the text of every command that has them.
#[derive(Clone, Debug, Default, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    /// Watch this system; may be given several times
    #[arg(long = "system", value_name = "NAME")]
    systems: Vec<String>,
    /// Watch the system of this file, or of the system.toml in this folder
    #[arg(long = "system-file", value_name = "PATH")]
    files: Vec<PathBuf>,
    /// Set a variable of the chosen systems, before environment and default
    #[arg(long = "var", value_name = "[SYSTEM.]NAME=VALUE")]
    variables: Vec<String>,
    /// What the user's own settings say about the choice.
    #[arg(skip)]
    pub(super) own: Own,
}

/// What the user's own settings say about the choice of systems, where no flag chooses.
#[derive(Clone, Debug, Default)]
pub(super) struct Own {
    /// The systems that they list, in their order.
    pub(super) listed: Vec<String>,
    /// Why their list cannot be relied on: a command that tells about systems must not leave one out.
    pub(super) broken: Option<String>,
    /// No component is polled more often than this.
    pub(super) floor: Duration,
}

impl Args {
    /// The systems asked for by name.
    pub(super) fn names(&self) -> &[String] {
        &self.systems
    }

    /// The choice of one system by its name.
    pub(super) fn of_system(name: &str) -> Self {
        Self { systems: vec![name.to_owned()], ..Self::default() }
    }

    /// The choice of a subcommand with a `--system` of its own.
    pub(super) fn given(files: Vec<PathBuf>, variables: Vec<String>) -> Self {
        Self { systems: Vec::new(), files, variables, own: Own::default() }
    }

    /// These flags after those that stood before the subcommand.
    pub(super) fn under(mut self, mut top: Args) -> Args {
        top.systems.append(&mut self.systems);
        top.files.append(&mut self.files);
        top.variables.append(&mut self.variables);
        top
    }
}

/// What was chosen.
pub(super) struct Chosen {
    /// The systems, in the order asked for.
    pub(super) systems: Vec<Arc<System>>,
    /// The `--var` flags.
    pub(super) overrides: Vec<Override>,
    /// No component is polled more often than this.
    floor: Duration,
}

impl Chosen {
    /// The systems with their variables filled in.
    pub(super) fn prepare(&self, skip_slow: bool) -> Result<Vec<PreparedSystem>, Failure> {
        let systems: Vec<&System> = self.systems.iter().map(|system| &**system).collect();
        let values = config::resolve_each(&systems, &self.overrides, &env).map_err(|problems| {
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            Failure::Usage(lines.join("\n"))
        })?;
        let ready = |(system, values): (&Arc<System>, _)| {
            let ready = PreparedSystem::new(Arc::clone(system), values, skip_slow).no_faster_than(self.floor);
            PreparedSystem { distrust: trust::distrust(Path::new(&system.origin)), ..ready }
        };
        Ok(self.systems.iter().zip(values).map(ready).collect())
    }
}

/// Looks an environment variable up; one that is no text counts as not set.
pub(super) fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Chooses. Nothing chosen is no failure here: whoever asks knows what that means.
pub(super) fn choose(args: &Args, catalog: &Catalog) -> Result<Chosen, Failure> {
    let overrides = args.variables.iter().map(|text| parse_override(text)).collect::<Result<Vec<_>, _>>()?;
    let mut systems: Vec<System> = Vec::new();
    for path in &args.files {
        let user = catalog::read(path)?;
        let around = Surroundings { runbooks: user.runbooks.as_deref(), ..Surroundings::default() };
        systems.push(config::load_within(user.name, &user.source, &around).map_err(|p| broken(&p))?);
    }
    let by_flag = !args.files.is_empty() || !args.systems.is_empty();
    if let Some(broken) = args.own.broken.as_ref().filter(|_| !by_flag) {
        return Err(Failure::Failed(broken.clone()));
    }
    let listed = if by_flag { &[][..] } else { &args.own.listed };
    for name in args.systems.iter().chain(listed) {
        // a file that was given stands for the system of its name
        if systems.iter().any(|system| system.name.as_str() == name) {
            continue;
        }
        let listed = catalog.get(name).map_err(|error| Failure::Usage(error.to_string()))?;
        systems.push(listed.load().map_err(|problems| broken(&problems))?);
    }
    if !by_flag && listed.is_empty() {
        let load = |listed: &Listed| listed.load().map_err(|problems| broken(&problems));
        let all = catalog.iter().map(load).collect::<Result<Vec<_>, _>>()?;
        let shared = config::shared_names(&all);
        let is_meant = |system: &System| {
            let is_named = overrides.iter().any(|set| set.0.as_ref() == Some(&system.name));
            is_named || config::is_meant(system, &shared, &env)
        };
        systems.extend(all.into_iter().filter(is_meant));
    }
    let mut seen: Vec<SystemName> = Vec::new();
    for system in &systems {
        if seen.contains(&system.name) {
            return Err(Failure::Usage(format!("system '{}' is given twice", system.name)));
        }
        seen.push(system.name.clone());
    }
    Ok(Chosen { systems: systems.into_iter().map(Arc::new).collect(), overrides, floor: args.own.floor })
}

/// The system of that name, with its variables.
pub(super) fn of_name(name: &str, args: &Args) -> Result<PreparedSystem, Failure> {
    let named = Args::of_system(name).under(args.clone());
    let all = choose(&named, &catalog::load())?.prepare(false)?;
    let known = all.into_iter().find(|prepared| prepared.system.name.as_str() == name);
    known.ok_or_else(|| Failure::Usage(format!("no system '{name}'")))
}

/// What to do when nothing is configured.
pub(super) fn nothing_to_watch(catalog: &Catalog) -> String {
    let all: Vec<System> = catalog.iter().filter_map(|listed| listed.load().ok()).collect();
    let shared = config::shared_names(&all);
    let offers: Vec<String> = all
        .iter()
        .map(|system| {
            let name = format!("--system {}", system.name);
            let envs = watched_by(system, &shared);
            if envs.is_empty() { name } else { format!("{name} (or set {})", envs.join(", ")) }
        })
        .collect();
    format!("no system to watch: give --system-file PATH, {}", offers.join(", "))
}

/// The first names in the environment that a probe of this system needs and no other system has.
fn watched_by<'a>(system: &'a System, shared: &BTreeSet<String>) -> Vec<&'a str> {
    let needed = |name: &String| {
        let probes = system.component.values().map(|spec| &spec.probe);
        probes.flat_map(|probe| probe.templates()).any(|template| template.variables().any(|v| v == name))
    };
    let envs = system.var.iter().filter(|(name, _)| needed(name)).filter_map(|(_, var)| var.env.as_deref());
    envs.filter(|env| !shared.contains(*env)).take(3).collect()
}

/// A variable and what sets it: `api_url (PYTHON_API_URL)`.
pub(super) fn settable(system: &System, variable: &str) -> String {
    match system.var.get(variable).and_then(|var| var.env.as_deref()) {
        Some(env) => format!("{variable} ({env})"),
        None => format!("{variable} (--var {variable}=...)"),
    }
}

/// Variables that nothing sets although a component needs them, in the order of the file.
pub(super) fn needs(system: &System) -> Vec<String> {
    let unset: Vec<String> = config::report(system, &[], &env)
        .into_iter()
        .filter(|variable| variable.set_by == config::SetBy::Unset)
        .map(|variable| variable.name)
        .collect();
    let asks = |name: &String| {
        system.component.values().any(|spec| spec.probe.templates().iter().any(|t| t.variables().any(|v| v == name)))
    };
    unset.iter().filter(|name| asks(name)).map(|name| settable(system, name)).collect()
}

/// All problems of a file, rendered.
pub(super) fn broken(problems: &[Problem]) -> Failure {
    let all: Vec<String> = problems.iter().map(Problem::render).collect();
    Failure::Failed(all.join("\n\n"))
}

/// `[SYSTEM.]NAME=VALUE`. An error never shows the value: it may be a secret.
fn parse_override(text: &str) -> Result<Override, Failure> {
    let bad = |what: String| Failure::Usage(format!("--var {what}: write --var [SYSTEM.]NAME=VALUE"));
    let Some((key, value)) = text.split_once('=') else { return Err(bad("without '='".to_owned())) };
    let (system, name) = match key.split_once('.') {
        Some((system, name)) => (Some(system), name),
        None => (None, key),
    };
    let system = system.map(SystemName::new).transpose().map_err(|error| bad(format!("{key}: {error}")))?;
    if name.is_empty() {
        return Err(bad(format!("'{key}='")));
    }
    Ok((system, name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_set_for_all_or_for_one() {
        let (system, name, value) = parse_override("api_url=http://h/?a=b").unwrap();
        assert_eq!((system, name.as_str(), value.as_str()), (None, "api_url", "http://h/?a=b"));
        let (system, name, _) = parse_override("my-shop.key=").unwrap();
        assert_eq!((system.unwrap().as_str(), name.as_str()), ("my-shop", "key"));
    }

    #[test]
    fn a_refused_variable_never_shows_its_value() {
        for text in ["hunter22", "=hunter22", "My Shop.key=hunter22", "shop.=hunter22"] {
            let told = parse_override(text).unwrap_err().to_string();
            assert!(told.starts_with("--var ") && !told.contains("hunter22"), "{told}");
        }
    }
}
