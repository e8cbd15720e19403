//! Text to [`System`], or every mistake of it: syntax, then shape and values, then what only the whole file can tell.

use std::sync::Arc;

use serde::Deserialize as _;

use crate::base::{Problem, SignalKey, SignalName, Source, SystemName};
use crate::config::check::{Surroundings, check};
use crate::config::schema::Schema;
use crate::config::shape::shape;
use crate::config::tree::Node;
use crate::config::{PanelKind, System, SystemFile};
use crate::probe::ProbeSpec;

/// Reads a system file; the error is every mistake of it, in the order of the file.
pub fn load(name: SystemName, source: &Source) -> Result<System, Vec<Problem>> {
    load_within(name, source, &Surroundings::default())
}

/// The same, with what lies around the file.
pub fn load_within(name: SystemName, source: &Source, around: &Surroundings<'_>) -> Result<System, Vec<Problem>> {
    let root = Node::parse(source)?;
    let shape = shape(source, &root, &Schema::of_systems());
    let mut problems = check(source, &root, &shape.leaves, around);
    // a source in which a secret was blotted out replaces the bare one
    let shown = problems.first().map_or_else(|| source.clone(), |problem| problem.source.clone());
    problems.extend(shape.problems.into_iter().map(|problem| Problem { source: shown.clone(), ..problem }));
    problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
    if !problems.is_empty() {
        return Err(problems);
    }
    read(name, source).map(|system| System { runbooks: around.runbooks.unwrap_or_default().into(), ..system })
}

/// Reads a file that is known to be right: a built-in, which the tests hold against [`load`]. Costs half of it.
pub(super) fn read(name: SystemName, source: &Source) -> Result<System, Vec<Problem>> {
    let mut file = toml::Deserializer::parse(&source.text).and_then(SystemFile::deserialize).map_err(|error| {
        vec![Problem {
            source: source.clone(),
            span: error.span().unwrap_or(0..0),
            path: String::new(),
            message: error.message().to_owned(),
            help: None,
        }]
    })?;
    for panel in file.panel.values_mut().filter(|panel| panel.kind == PanelKind::Table && panel.rows.is_empty()) {
        let list = panel.component.as_ref().and_then(|id| {
            let kind = file.component.get(id)?.probe.kind();
            Some(SignalKey::new(id.clone(), SignalName::new(ProbeSpec::rows_of(kind)?).ok()?))
        });
        panel.rows.extend(list);
    }
    let origin = source.path.display().to_string();
    Ok(System { name, origin, text: source.text.clone(), file, runbooks: Arc::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_a_component_lists_the_rows_of_its_answer() {
        let text = "title = 'Shop'\n[component.log]\nprobe.log = { file = '/var/log/shop.log' }\n\
            [panel.lines]\ntitle = 'Lines'\nkind = 'table'\ncomponent = 'log'\n\
            [panel.own]\ntitle = 'Own'\nkind = 'table'\ncomponent = 'log'\nrows = ['log.lines']\n";
        let source = Source { path: "shop.toml".into(), text: text.into() };
        let system = load(SystemName::new("shop").unwrap(), &source).unwrap();
        let rows: Vec<String> = system.panel.values().flat_map(|panel| &panel.rows).map(ToString::to_string).collect();
        assert_eq!(rows, ["log.matches", "log.lines"]);
    }
}
