//! Text to [`System`], or every mistake of it: syntax, then shape and values, then what only the whole file can tell.

use serde::Deserialize as _;

use crate::base::{Problem, Source, SystemName};
use crate::config::check::{Surroundings, check};
use crate::config::schema::schema;
use crate::config::shape::shape;
use crate::config::tree::Node;
use crate::config::{System, SystemFile};

/// Reads a system file; the error is every mistake of it, in the order of the file.
pub fn load(name: SystemName, source: &Source) -> Result<System, Vec<Problem>> {
    load_within(name, source, &Surroundings::default())
}

/// The same, with what lies around the file.
pub fn load_within(name: SystemName, source: &Source, around: &Surroundings<'_>) -> Result<System, Vec<Problem>> {
    let root = Node::parse(source)?;
    let shape = shape(source, &root, &schema());
    let mut problems = check(source, &root, &shape.leaves, around);
    // a source in which a secret was blotted out replaces the bare one
    let shown = problems.first().map_or_else(|| source.clone(), |problem| problem.source.clone());
    problems.extend(shape.problems.into_iter().map(|problem| Problem { source: shown.clone(), ..problem }));
    problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
    if !problems.is_empty() {
        return Err(problems);
    }
    read(name, source)
}

/// Reads a file that is known to be right: a built-in, which the tests hold against [`load`]. Costs half of it.
pub(super) fn read(name: SystemName, source: &Source) -> Result<System, Vec<Problem>> {
    let file = toml::Deserializer::parse(&source.text).and_then(SystemFile::deserialize).map_err(|error| {
        vec![Problem {
            source: source.clone(),
            span: error.span().unwrap_or(0..0),
            path: String::new(),
            message: error.message().to_owned(),
            help: None,
        }]
    })?;
    Ok(System { name, origin: source.path.display().to_string(), text: source.text.clone(), file })
}
