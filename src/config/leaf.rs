//! Texts whose type has a meaning of its own: expressions, templates, durations, schedules, zones, ids. Each is parsed
//! here once, so that its mistake points into the text.

use std::ops::Range;
use std::str::FromStr;
use std::time::Duration;

use crate::base::template::BadTemplate;
use crate::base::{
    ActionId, ComponentId, JobId, PanelId, Period, Problem, RuleId, RunbookId, SignalKey, SignalName, Source,
    SystemName, Template, id,
};
use crate::config::path::Path;
use crate::config::tree::{self, Node};
use crate::expr::Expr;
use crate::job::{Schedule, Zone};

/// One such text.
#[derive(Debug)]
pub(super) struct Leaf {
    pub(super) path: Path,
    /// With its quotes.
    pub(super) span: Range<usize>,
    pub(super) meaning: Meaning,
}

/// What it means.
#[derive(Debug)]
pub(super) enum Meaning {
    Expr(Expr),
    Template(Template),
    Period(Duration),
    Component(ComponentId),
    Action(ActionId),
    Runbook(RunbookId),
    Signal(SignalKey),
}

/// A mistake inside a text.
struct Mistake {
    part: Range<usize>,
    message: String,
    help: Option<String>,
}

impl Leaf {
    /// Parses a text by the name of its type; `None` where the type has no meaning beyond being right.
    pub(super) fn parse(
        source: &Source,
        name: &str,
        text: &str,
        node: &Node,
        path: &Path,
    ) -> Result<Option<Self>, Box<Problem>> {
        let meaning = parse(name, text).map_err(|mistake| {
            let whole = mistake.part == (0..text.len());
            let span = if whole { node.span.clone() } else { tree::inside(source, &node.span, &mistake.part) };
            Problem {
                source: source.clone(),
                span,
                path: path.to_string(),
                message: mistake.message,
                help: mistake.help,
            }
        })?;
        Ok(meaning.map(|meaning| Self { path: path.clone(), span: node.span.clone(), meaning }))
    }
}

fn parse(name: &str, text: &str) -> Result<Option<Meaning>, Mistake> {
    let meaning = match name {
        "Expr" => Meaning::Expr(expr(text)?),
        "Template" => Meaning::Template(template(text)?),
        "Period" => Meaning::Period(whole::<Period, _>(text)?.0),
        "ComponentId" => Meaning::Component(id(text)?),
        "ActionId" => Meaning::Action(id(text)?),
        "RunbookId" => Meaning::Runbook(id(text)?),
        "SignalKey" => Meaning::Signal(signal_key(text)?),
        "Schedule" => return Schedule::new(text).map(|_| None).map_err(|message| schedule(text, &message)),
        "Zone" => return Zone::new(text).map(|_| None).map_err(|message| all(text, message)),
        "SystemName" => return id::<SystemName>(text).map(|_| None),
        "SignalName" => return id::<SignalName>(text).map(|_| None),
        "RuleId" => return id::<RuleId>(text).map(|_| None),
        "JobId" => return id::<JobId>(text).map(|_| None),
        "PanelId" => return id::<PanelId>(text).map(|_| None),
        _ => return Ok(None),
    };
    Ok(Some(meaning))
}

fn all(text: &str, message: String) -> Mistake {
    Mistake { part: 0..text.len(), message, help: None }
}

fn schedule(text: &str, message: &str) -> Mistake {
    const FIELDS: &str = "minute hour day month weekday, such as 0 3 * * SUN";
    // the fields are told as the way out, once
    let message = message.split_once(": write minute").map_or(message, |(message, _)| message);
    Mistake { help: Some(format!("write {FIELDS}")), ..all(text, message.trim_end_matches('.').to_owned()) }
}

fn whole<T, E: std::fmt::Display>(text: &str) -> Result<T, Mistake>
where
    T: FromStr<Err = E>,
{
    text.parse().map_err(|error: E| all(text, error.to_string()))
}

fn id<T: FromStr<Err = id::BadId>>(text: &str) -> Result<T, Mistake> {
    text.parse().map_err(|bad: id::BadId| Mistake {
        part: 0..text.len(),
        message: format!("'{text}' is not {}", bad.what),
        help: Some(bad.rule.to_owned()),
    })
}

fn signal_key(text: &str) -> Result<SignalKey, Mistake> {
    text.parse().map_err(|bad: id::BadId| Mistake {
        part: 0..text.len(),
        message: format!("'{text}' is not a signal"),
        help: Some(format!(
            "write component.signal, each in {}",
            if bad.text == text { id::IDENTIFIER_RULE } else { bad.rule }
        )),
    })
}

fn expr(text: &str) -> Result<Expr, Mistake> {
    Expr::compile(text).map_err(|error| Mistake { part: error.span, message: error.message, help: error.help })
}

fn template(text: &str) -> Result<Template, Mistake> {
    Template::parse(text).map_err(|bad| {
        let wrong = match &bad {
            BadTemplate::Open => text.rfind("${").map(|at| at..text.len()),
            BadTemplate::Name(name) | BadTemplate::Time(name) => {
                let wrong = format!("${{{name}}}");
                text.find(&wrong).map(|at| at..at + wrong.len())
            }
        };
        Mistake { part: wrong.unwrap_or(0..text.len()), message: bad.to_string(), help: None }
    })
}

/// What a key should have been and its rule, where it breaks the pattern of its table.
pub(super) fn broken_key(pattern: &str, key: &str) -> Option<(&'static str, &'static str)> {
    let (what, rule, holds) = match pattern {
        id::IDENTIFIER_PATTERN => ("an identifier", id::IDENTIFIER_RULE, id::is_identifier(key)),
        id::KEBAB_PATTERN => ("a kebab-case id", id::KEBAB_RULE, id::is_kebab(key)),
        _ => return None,
    };
    (!holds).then_some((what, rule))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_type_of_the_schema_is_judged_here() {
        let schema = crate::config::schema();
        let texts = schema["$defs"].as_object().unwrap().iter().filter(|(_, def)| def["type"] == "string");
        for (name, _) in texts {
            let judged = parse(name, "\u{0}").is_err() || matches!(parse(name, "\u{0}"), Ok(Some(_)));
            assert!(judged, "{name} is a type of the schema that no arm of `parse` knows");
        }
    }
}
