//! What a drill hides: one fault of the systems that play, and when it breaks out, from a seed alone.

use std::time::Duration;

use super::dice::Dice;
use super::kind::{Fault, Kind};

/// The earliest and the latest second at which the fault breaks out.
const BREAKS: (u64, u64) = (5, 30);
/// For how many seconds a fault lasts that nobody who drills can end.
const LASTS: (u64, u64) = (180, 360);

/// What a drill hides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hidden {
    /// The system, by the name of its folder.
    pub system: &'static str,
    /// Its fault, which has a runbook.
    pub fault: &'static Fault,
    /// How long after the beginning it breaks out.
    pub after: Duration,
    /// After what time it passes, where it does.
    pub lasts: Option<Duration>,
}

/// The same for the same systems and the same seed; nothing where no fault of them has a runbook.
pub fn hide(kinds: &[&'static Kind], seed: u64) -> Option<Hidden> {
    let of =
        |kind: &&'static Kind| kind.faults.iter().filter(|f| f.runbook.is_some()).map(|f| (kind.system, f)).collect();
    let drilled: Vec<Vec<(&'static str, &'static Fault)>> =
        kinds.iter().map(of).filter(|all: &Vec<_>| !all.is_empty()).collect();
    let mut dice = Dice::new(seed);
    // every system as often as every other, however many faults it has
    let own = &drilled.get(dice.below(drilled.len()))?;
    let (system, fault) = *own.get(dice.below(own.len()))?;
    let after = Duration::from_secs(dice.seconds(BREAKS));
    let lasts = fault.passes.then(|| Duration::from_secs(dice.seconds(LASTS)));
    Some(Hidden { system, fault, after, lasts })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::sim::SYSTEMS;

    #[test]
    fn a_seed_hides_the_same_and_all_seeds_together_every_fault_with_a_runbook() {
        let mut hidden = BTreeSet::new();
        for seed in 0..4000 {
            let one = hide(SYSTEMS, seed).unwrap();
            assert_eq!(hide(SYSTEMS, seed), Some(one));
            assert!((5..=30).contains(&one.after.as_secs()) && one.lasts.is_some() == one.fault.passes, "{one:?}");
            hidden.insert((one.system, one.fault.name));
        }
        let all: BTreeSet<_> = SYSTEMS
            .iter()
            .flat_map(|kind| kind.faults.iter().filter(|f| f.runbook.is_some()).map(|f| (kind.system, f.name)))
            .collect();
        assert_eq!(hidden, all);
        assert!(SYSTEMS.iter().all(|kind| kind.faults[0].runbook.is_none()), "all is well needs no runbook");
        assert_eq!(hide(&[], 1), None);
    }

    #[test]
    fn every_runbook_of_a_fault_is_one_of_its_system() {
        let top = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("systems");
        for kind in SYSTEMS {
            for fault in kind.faults {
                let Some(runbook) = fault.runbook else { continue };
                let file = top.join(kind.system).join("runbooks").join(format!("{runbook}.md"));
                assert!(file.is_file(), "{}/{}: {}", kind.system, fault.name, file.display());
            }
        }
    }
}
