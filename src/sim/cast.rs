//! Which of the simulated systems play, and which fault one of them has: names of the command line looked up, and the
//! systems that run.

use super::SYSTEMS;
use super::kind::{Fault, Kind, NONE, Simulation};
use super::remote::Ran;

/// The exit code of a command line that nobody taught the simulation.
const UNKNOWN: u8 = 64;

/// A fault of one of the systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct On {
    /// The system, by the name of its folder.
    pub system: &'static str,
    /// Its fault.
    pub fault: &'static Fault,
}

/// A name that no simulated system has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} is not simulated: there {}", are(&SYSTEMS.iter().map(|kind| kind.system).collect::<Vec<_>>()))]
pub struct UnknownSystem {
    /// What was asked for.
    pub name: String,
}

/// A name that no fault of the chosen systems has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no fault '{name}': the faults are\n{}", .known.join("\n"))]
pub struct UnknownFault {
    /// What was asked for.
    pub name: String,
    /// The faults of each system, a line each.
    pub known: Vec<String>,
}

fn are(names: &[&str]) -> String {
    let verb = if names.len() == 1 { "is" } else { "are" };
    format!("{verb} {}", names.join(", "))
}

/// The simulated systems of these names, in the order of the registry; all of them where none is named.
pub fn choose(names: &[String]) -> Result<Vec<&'static Kind>, UnknownSystem> {
    if let Some(name) = names.iter().find(|name| SYSTEMS.iter().all(|kind| kind.system != name.as_str())) {
        return Err(UnknownSystem { name: name.clone() });
    }
    let is_chosen = |kind: &&Kind| names.is_empty() || names.iter().any(|name| name == kind.system);
    Ok(SYSTEMS.iter().copied().filter(is_chosen).collect())
}

/// The fault that `NAME` or `SYSTEM/NAME` means among these systems. A bare name is that of the first system that has
/// it.
pub fn find(kinds: &[&'static Kind], text: &str) -> Result<On, UnknownFault> {
    let (system, name) = text.split_once('/').map_or((None, text), |(system, name)| (Some(system), name));
    let found = kinds
        .iter()
        .filter(|kind| system.is_none_or(|system| system == kind.system))
        .find_map(|kind| Some(On { system: kind.system, fault: kind.fault(name)? }));
    found.ok_or_else(|| {
        let line = |kind: &&Kind| {
            let names: Vec<&str> = kind.faults.iter().map(|fault| fault.name).collect();
            format!("  {}: {}", kind.system, names.join(", "))
        };
        UnknownFault { name: text.to_owned(), known: kinds.iter().map(line).collect() }
    })
}

/// The systems that run.
pub(crate) struct Cast(pub(crate) Vec<(&'static Kind, Box<dyn Simulation>)>);

impl Cast {
    /// One of them.
    pub(crate) fn of(&self, system: &str) -> Option<&dyn Simulation> {
        self.0.iter().find(|(kind, _)| kind.system == system).map(|(_, simulation)| &**simulation)
    }

    /// Runs a command line on the system whose it is.
    pub(crate) fn command(&self, argv: &[&str]) -> Ran {
        let unknown =
            || Ran::refused(UNKNOWN, format!("the simulation does not know this command: {}", argv.join(" ")));
        self.0.iter().find_map(|(_, simulation)| simulation.command(argv)).unwrap_or_else(unknown)
    }

    /// Puts a fault on; nothing where there is no such system or fault.
    pub(crate) fn set_fault(&self, system: &str, name: &str) -> Option<()> {
        let (kind, simulation) = self.0.iter().find(|(kind, _)| kind.system == system)?;
        simulation.set_fault(kind.fault(name)?.name);
        Some(())
    }

    /// The fault that is on in each.
    pub(crate) fn faults(&self) -> Vec<(&'static str, &'static str)> {
        self.0.iter().map(|(kind, simulation)| (kind.system, simulation.fault())).collect()
    }
}

/// The fault with which a system begins.
pub(crate) fn begins_with(kind: &Kind, on: On) -> &'static str {
    if kind.system == on.system { on.fault.name } else { NONE }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_fault_is_found_by_its_name_or_with_its_system() {
        let all = choose(&[]).unwrap();
        for kind in &all {
            assert_eq!(kind.faults[0].name, NONE, "{}", kind.system);
            let names: BTreeSet<&str> = kind.faults.iter().map(|fault| fault.name).collect();
            assert_eq!(names.len(), kind.faults.len(), "{}: a name twice", kind.system);
            for fault in kind.faults {
                let on = find(&all, &format!("{}/{}", kind.system, fault.name)).unwrap();
                assert_eq!((on.system, on.fault), (kind.system, fault));
                assert_eq!(find(&[kind], fault.name).unwrap(), on);
            }
        }
        let first = find(&all, "redis-down").unwrap();
        assert_eq!(first.system, SYSTEMS[0].system, "of several the first");
    }

    #[test]
    fn a_wrong_name_tells_the_right_ones_of_each_system() {
        let all = choose(&[]).unwrap();
        let error = find(&all, "worker-crsh").unwrap_err().to_string();
        assert!(error.contains("'worker-crsh'"), "{error}");
        for kind in SYSTEMS {
            assert!(error.contains(&format!("\n  {}: none, ", kind.system)), "{error}");
        }
        assert!(find(&all, "nobody/none").is_err());
        let error = choose(&["sabien".to_owned()]).unwrap_err().to_string();
        assert!(error.starts_with("sabien is not simulated") && error.contains(SYSTEMS[0].system), "{error}");
    }

    #[test]
    fn the_chosen_ones_come_in_the_order_of_the_registry_and_once() {
        let last = SYSTEMS.last().unwrap().system.to_owned();
        let chosen = choose(&[last.clone(), SYSTEMS[0].system.to_owned(), last.clone()]).unwrap();
        let names: BTreeSet<&str> = chosen.iter().map(|kind| kind.system).collect();
        assert_eq!((chosen[0].system, names.len()), (SYSTEMS[0].system, chosen.len()));
        assert!(names.contains(last.as_str()));
    }
}
