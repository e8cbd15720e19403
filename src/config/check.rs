//! What only the whole file can tell: names that do not resolve, circles, contradictions, secrets that stand in the
//! file. Works on the tree of the file, so that a mistake in one place hides none in another.

mod action;
mod leak;
mod probe;
mod reference;
mod signal;
mod value;

use std::borrow::Cow;
use std::ops::Range;

use crate::base::problem::nearest;
use crate::base::{Problem, Source};
use crate::config::RunbookFile;
use crate::config::leaf::{Leaf, Meaning};
use crate::config::path::Path;
use crate::config::tree::{Entry, Node};
use crate::probe::ProbeSpec;
use crate::probe::log::PER_MIN;

/// What lies around a file and is not in it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Surroundings<'a> {
    /// The runbooks of the system's folder; `None` where it has none, then no reference to one is checked.
    pub runbooks: Option<&'a [RunbookFile]>,
    /// Keys that the program keeps for itself, with what they do.
    pub reserved_keys: &'a [(&'a str, &'a str)],
}

/// Checks a file as a whole; `leaves` are its texts that have a meaning.
pub(super) fn check(source: &Source, root: &Node, leaves: &[Leaf], around: &Surroundings<'_>) -> Vec<Problem> {
    let mut check = Check { source, root, leaves, around, problems: Vec::new(), leaks: Vec::new() };
    reference::check(&mut check);
    signal::check(&mut check);
    value::check(&mut check);
    action::check(&mut check);
    probe::check(&mut check);
    leak::check(&mut check);
    check.problems
}

struct Check<'a> {
    source: &'a Source,
    root: &'a Node,
    leaves: &'a [Leaf],
    around: &'a Surroundings<'a>,
    problems: Vec<Problem>,
    /// Where a secret stands in the file: never shown, not even in the error about it.
    leaks: Vec<Range<usize>>,
}

impl<'a> Check<'a> {
    fn problem(&mut self, span: Range<usize>, path: &Path, message: String, help: Option<String>) {
        let problem = Problem { source: self.source.clone(), span, path: path.to_string(), message, help };
        self.problems.push(problem);
    }

    /// The tables under a section: `[rule.<id>]` under `rule`.
    fn section(&self, name: &str) -> impl Iterator<Item = (&'a str, &'a Entry)> + use<'a> {
        self.root.get(name).into_iter().flat_map(Node::entries)
    }

    fn names(&self, section: &str) -> Vec<&'a str> {
        self.section(section).map(|(name, _)| name).collect()
    }

    fn has(&self, section: &str, name: &str) -> bool {
        self.root.get(section).is_some_and(|section| section.get(name).is_some())
    }

    /// The word of a component's probe, where it has one.
    fn probe_kind(&self, component: &str) -> Option<&'a str> {
        let mut kinds = self.root.get("component")?.get(component)?.get("probe")?.entries();
        kinds.next().map(|(kind, _)| kind)
    }

    /// The signals that a component's probe yields by itself: those of its kind, and those that it names.
    fn probe_signals(&self, component: &str) -> Vec<Cow<'a, str>> {
        let kind = self.probe_kind(component).unwrap_or_default();
        let probe = self.root.get("component").and_then(|all| all.get(component)?.get("probe")?.get(kind));
        let named = |key: &str| probe.and_then(|probe| probe.get(key)).into_iter().flat_map(Node::entries);
        let of_kind = ProbeSpec::signals_of(kind).iter().map(|name| Cow::Borrowed(*name));
        match kind {
            "promql" => {
                of_kind.chain(named("queries").chain(named("ranges")).map(|(name, _)| Cow::Borrowed(name))).collect()
            }
            "log" => {
                let of_pattern = |name: &'a str| [Cow::Borrowed(name), Cow::Owned(format!("{name}{PER_MIN}"))];
                of_kind.chain(named("patterns").flat_map(|(name, _)| of_pattern(name))).collect()
            }
            _ => of_kind.collect(),
        }
    }

    fn templates(&self) -> impl Iterator<Item = (&'a Leaf, &'a crate::base::Template)> + use<'a> {
        self.leaves.iter().filter_map(|leaf| match &leaf.meaning {
            Meaning::Template(template) => Some((leaf, template)),
            _ => None,
        })
    }
}

fn path<'p>(parts: impl IntoIterator<Item = &'p str>) -> Path {
    parts.into_iter().collect()
}

/// `did you mean 'x'?`, where one is near; for messages that list what is allowed themselves.
fn near(wrong: &str, allowed: &[&str]) -> Option<String> {
    nearest(wrong, allowed.iter().copied()).map(|near| format!("did you mean '{near}'?"))
}

/// The same, or else the list of what there is.
fn suggest(wrong: &str, allowed: &[&str]) -> Option<String> {
    let list = || (!allowed.is_empty()).then(|| format!("there are: {}", allowed.join(", ")));
    near(wrong, allowed).or_else(list)
}
