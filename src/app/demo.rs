//! The demo as the dashboard knows it: which systems are simulated, which faults each has, which is on.

use crate::app::drill::Drilling;
use crate::base::SystemName;

/// The name under which a system has no fault.
pub(crate) const NONE: &str = "none";

/// The demo.
#[derive(Clone, Debug, PartialEq)]
pub struct Demo {
    /// The simulated systems, in their order.
    pub systems: Vec<Simulated>,
    /// The one whose screen is shown first; without it the fleet's.
    pub opened: Option<SystemName>,
    /// The drill, when it is one.
    pub drill: Option<Box<Drilling>>,
}

/// A simulated system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simulated {
    /// Its name.
    pub system: SystemName,
    /// What is simulated, in one line.
    pub simulates: String,
    /// Names and titles of its faults.
    pub faults: Vec<(String, String)>,
    /// The one that is on.
    pub current: String,
}

/// A fault in the menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice<'a> {
    /// Whose.
    pub of: &'a Simulated,
    /// Its name.
    pub name: &'a str,
    /// Its title.
    pub title: &'a str,
}

impl Choice<'_> {
    /// True while it is on; no fault is one as well.
    pub fn is_on(&self) -> bool {
        self.of.current == self.name
    }

    /// True for the end of all faults.
    pub fn heals(&self) -> bool {
        self.name == NONE
    }
}

impl Demo {
    /// True while it must not be told which fault is on.
    pub fn hides(&self) -> bool {
        self.drill.as_ref().is_some_and(|drilling| drilling.drill.over().is_none())
    }

    /// The faults of all systems, those of the shown one first.
    pub fn choices(&self, shown: Option<&SystemName>) -> Vec<Choice<'_>> {
        let (mut first, rest): (Vec<_>, Vec<_>) =
            self.systems.iter().partition(|simulated| Some(&simulated.system) == shown);
        first.extend(rest);
        first.into_iter().flat_map(|of| of.faults.iter().map(move |(name, title)| Choice { of, name, title })).collect()
    }

    /// Which fault is on, in words: that of the shown system, else those of the others.
    pub fn told(&self, shown: Option<&SystemName>) -> String {
        let here = self.systems.iter().find(|simulated| Some(&simulated.system) == shown && simulated.current != NONE);
        if let Some(here) = here {
            return format!("fault {}", here.current);
        }
        let elsewhere: Vec<String> = self
            .systems
            .iter()
            .filter(|simulated| simulated.current != NONE)
            .map(|simulated| format!("{}/{}", simulated.system, simulated.current))
            .collect();
        if elsewhere.is_empty() { "no fault".to_owned() } else { format!("fault {}", elsewhere.join(", ")) }
    }

    /// Takes in that a fault was switched, and tells it.
    pub fn switched(&mut self, system: &SystemName, fault: &str) -> String {
        let several = self.systems.len() > 1;
        if let Some(simulated) = self.systems.iter_mut().find(|simulated| simulated.system == *system) {
            fault.clone_into(&mut simulated.current);
        }
        let whose = if several { format!("{system}: ") } else { String::new() };
        if fault == NONE { format!("{whose}fault ended") } else { format!("{whose}fault on: {fault}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demo() -> Demo {
        let simulated = |system: &str, faults: [&str; 2]| Simulated {
            system: SystemName::new(system).unwrap(),
            simulates: "everything".to_owned(),
            faults: faults.map(|name| (name.to_owned(), name.to_uppercase())).to_vec(),
            current: NONE.to_owned(),
        };
        Demo {
            systems: vec![simulated("shop", [NONE, "fire"]), simulated("mill", [NONE, "flood"])],
            opened: None,
            drill: None,
        }
    }

    #[test]
    fn the_shown_systems_faults_come_first() {
        let demo = demo();
        let names = |shown: Option<&str>| -> Vec<String> {
            let shown = shown.map(|name| SystemName::new(name).unwrap());
            demo.choices(shown.as_ref()).iter().map(|one| format!("{}/{}", one.of.system, one.name)).collect()
        };
        assert_eq!(names(None), ["shop/none", "shop/fire", "mill/none", "mill/flood"]);
        assert_eq!(names(Some("mill")), ["mill/none", "mill/flood", "shop/none", "shop/fire"]);
    }

    #[test]
    fn what_is_on_is_told_here_before_elsewhere() {
        let mut demo = demo();
        let [shop, mill] = ["shop", "mill"].map(|name| SystemName::new(name).unwrap());
        assert_eq!(demo.told(Some(&shop)), "no fault");
        assert_eq!(demo.switched(&mill, "flood"), "mill: fault on: flood");
        assert_eq!((demo.told(Some(&shop)), demo.told(Some(&mill))), ("fault mill/flood".into(), "fault flood".into()));
        assert_eq!(demo.switched(&shop, "fire"), "shop: fault on: fire");
        assert_eq!(
            (demo.told(Some(&shop)), demo.told(None)),
            ("fault fire".into(), "fault shop/fire, mill/flood".into())
        );
        assert_eq!(demo.switched(&mill, NONE), "mill: fault ended");
        assert!(demo.choices(None).iter().filter(|one| one.is_on()).all(|one| one.name == "fire" || one.heals()));
    }
}
