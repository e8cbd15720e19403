//! Holds a file against the schema of its types: keys that do not exist, keys that are missing, values of another kind.
//! All of them, not the first. What a value means is judged in [`leaf`](super::leaf), names in `check`.

use std::ops::Range;

use serde_json::Value as Json;

use crate::base::problem::nearest;
use crate::base::{Problem, Source};
use crate::config::leaf::{self, Leaf};
use crate::config::path::Path;
use crate::config::schema::Schema;
use crate::config::tree::{Entry, Node, Tree};

/// What the walk found.
#[derive(Debug, Default)]
pub(super) struct Shape {
    pub(super) problems: Vec<Problem>,
    /// Every text of a file whose type has a meaning of its own, in the order of the file's tables.
    pub(super) leaves: Vec<Leaf>,
}

/// Walks a file along the schema.
pub(super) fn shape(source: &Source, root: &Node, schema: &Schema) -> Shape {
    let mut walk = Walk { source, schema, found: Shape::default() };
    walk.node(schema.root(), root, &Path::default());
    walk.found
}

struct Walk<'a> {
    source: &'a Source,
    schema: &'a Schema,
    found: Shape,
}

/// What a schema asks for.
enum Asks<'a> {
    /// One of these words.
    Words(Vec<&'a str>),
    /// A table with exactly one of these keys.
    Tagged(Vec<(&'a str, &'a Json)>),
    /// The first of these that fits the kind of value.
    Any(&'a [Json]),
    /// A table with these keys.
    Keys(&'a serde_json::Map<String, Json>),
    /// A table whose keys the file names.
    Named(&'a Json),
    List(&'a Json),
    Text,
    Integer,
    Number,
    Bool,
    Anything,
}

impl<'a> Walk<'a> {
    fn node(&mut self, schema: &'a Json, node: &Node, path: &Path) {
        let (name, schema) = self.resolve(schema);
        match asks(schema) {
            Asks::Words(words) => self.word(&words, node, path),
            Asks::Tagged(tags) => self.tagged(&tags, node, path),
            Asks::Any(several) => {
                let fits = several.iter().find(|one| fits(&asks(self.resolve(one).1), node));
                self.node(fits.unwrap_or(&several[0]), node, path);
            }
            Asks::Keys(keys) => self.keys(schema, keys, node, path),
            Asks::Named(inner) => self.named(schema, inner, node, path),
            Asks::List(inner) => match &node.value {
                Tree::Array(items) => {
                    items.iter().enumerate().for_each(|(at, item)| self.node(inner, item, &path.item(at)));
                }
                _ => self.kind("a list", schema, node, path),
            },
            Asks::Text => match &node.value {
                Tree::Text(text) => self.leaf(name, text, node, path),
                _ => self.kind("a text", schema, node, path),
            },
            Asks::Integer => self.integer(schema, node, path),
            Asks::Number => match node.value {
                Tree::Integer(Some(_)) => {}
                Tree::Float(number) if number.is_finite() => {}
                Tree::Float(_) => self.problem(&node.span, path, "is not a finite number".to_owned(), None),
                _ => self.kind("a number", schema, node, path),
            },
            Asks::Bool => {
                if !matches!(node.value, Tree::Bool(_)) {
                    self.kind("true or false", schema, node, path);
                }
            }
            Asks::Anything => self.anything(node, path),
        }
    }

    fn resolve(&self, schema: &'a Json) -> (&'a str, &'a Json) {
        let reference = schema.get("$ref").and_then(Json::as_str).and_then(|r| r.strip_prefix("#/$defs/"));
        let target = reference.and_then(|name| Some((name, self.schema.definition(name)?)));
        target.unwrap_or(("", schema))
    }

    fn keys(&mut self, schema: &'a Json, keys: &'a serde_json::Map<String, Json>, node: &Node, path: &Path) {
        let Tree::Table(table) = &node.value else {
            return self.kind("a table", schema, node, path);
        };
        let mut misspelt = Vec::new();
        for (key, Entry { key: span, node }) in table {
            if let Some(inner) = keys.get(key) {
                self.node(inner, node, &path.key(key));
            } else {
                self.unknown("key", key, span, keys.keys().map(String::as_str), &path.key(key));
                misspelt.extend(nearest(key, keys.keys().map(String::as_str)));
            }
        }
        let required = schema.get("required").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str);
        // a key that is there under a wrong name is one mistake, not two
        for key in required.filter(|key| !table.contains_key(*key) && !misspelt.contains(key)) {
            let about = keys.get(key).and_then(|inner| inner.get("description")).and_then(Json::as_str);
            let message = format!("'{key}' is missing");
            self.problem(&node.span, path, message, about.map(|about| format!("{key}: {}", first_sentence(about))));
        }
    }

    fn named(&mut self, schema: &'a Json, inner: &'a Json, node: &Node, path: &Path) {
        let Tree::Table(table) = &node.value else {
            return self.kind("a table", schema, node, path);
        };
        let pattern = schema.get("patternProperties").and_then(Json::as_object).and_then(|map| map.keys().next());
        for (key, entry) in table {
            if let Some((what, rule)) = pattern.and_then(|pattern| leaf::broken_key(pattern, key)) {
                let message = format!("'{key}' is not {what}");
                self.problem(&entry.key, &path.key(key), message, Some(rule.to_owned()));
            }
            self.node(inner, &entry.node, &path.key(key));
        }
    }

    fn tagged(&mut self, tags: &[(&'a str, &'a Json)], node: &Node, path: &Path) {
        let words = || tags.iter().map(|(tag, _)| *tag);
        let Tree::Table(table) = &node.value else {
            let message = format!("is {}, but must be a table with one of: {}", node.kind(), join(words()));
            return self.problem(&node.span, path, message, None);
        };
        if table.is_empty() {
            let message = format!("is empty, but must have one of: {}", join(words()));
            self.problem(&node.span, path, message, None);
        }
        for (at, (key, entry)) in table.iter().enumerate() {
            let Some((_, inner)) = tags.iter().find(|(tag, _)| tag == key) else {
                self.unknown("kind", key, &entry.key, words(), &path.key(key));
                continue;
            };
            if at > 0 {
                let message = "is a second kind, but only one is allowed".to_owned();
                self.problem(&entry.key, &path.key(key), message, Some(format!("one of: {}", join(words()))));
            }
            self.node(inner, &entry.node, &path.key(key));
        }
    }

    fn word(&mut self, words: &[&str], node: &Node, path: &Path) {
        match node.text() {
            Some(text) if words.contains(&text) => {}
            Some(text) => self.unknown("value", text, &node.span, words.iter().copied(), path),
            None => {
                let message = format!("is {}, but must be one of: {}", node.kind(), join(words.iter().copied()));
                self.problem(&node.span, path, message, None);
            }
        }
    }

    fn integer(&mut self, schema: &'a Json, node: &Node, path: &Path) {
        let Tree::Integer(number) = node.value else {
            return self.kind("a whole number", schema, node, path);
        };
        let bound = |key: &str| schema.get(key).and_then(Json::as_i64);
        let (low, high) = (bound("minimum").unwrap_or(i64::MIN), bound("maximum").unwrap_or(i64::MAX));
        if !number.is_some_and(|number| (low..=high).contains(&number)) {
            let message = match (bound("minimum"), bound("maximum")) {
                (Some(low), Some(high)) => format!("must be from {low} to {high}"),
                (Some(low), None) => format!("must be {low} or more"),
                _ => "is too large".to_owned(),
            };
            self.problem(&node.span, path, message, None);
        }
    }

    /// A value that the program passes on as it is: its texts may still name variables.
    fn anything(&mut self, node: &Node, path: &Path) {
        match &node.value {
            Tree::Text(text) => self.leaf("Template", text, node, path),
            Tree::Array(items) => items.iter().enumerate().for_each(|(at, item)| self.anything(item, &path.item(at))),
            Tree::Table(table) => table.iter().for_each(|(key, entry)| self.anything(&entry.node, &path.key(key))),
            _ => {}
        }
    }

    fn leaf(&mut self, name: &'a str, text: &str, node: &Node, path: &Path) {
        match Leaf::parse(self.source, name, text, node, path) {
            Ok(leaf) => self.found.leaves.extend(leaf),
            Err(problem) => self.found.problems.push(*problem),
        }
    }

    fn kind(&mut self, wanted: &str, schema: &'a Json, node: &Node, path: &Path) {
        let about = schema.get("description").and_then(Json::as_str).map(first_sentence);
        let quoted = wanted == "a text" && matches!(node.value, Tree::Integer(_) | Tree::Float(_) | Tree::Bool(_));
        let help = match about {
            _ if self.is_list_of_texts(schema) && node.text().is_some() => {
                Some(format!("write it in brackets: [\"{}\"]", node.text().unwrap_or_default()))
            }
            Some(about) if quoted => Some(format!("{about}; write it in quotes")),
            None if quoted => Some("write it in quotes".to_owned()),
            about => about.map(str::to_owned),
        };
        self.problem(&node.span, path, format!("is {}, but must be {wanted}", node.kind()), help);
    }

    fn is_list_of_texts(&self, schema: &'a Json) -> bool {
        schema.get("items").is_some_and(|items| matches!(asks(self.resolve(items).1), Asks::Text))
    }

    fn unknown<'w>(
        &mut self,
        what: &str,
        wrong: &str,
        span: &Range<usize>,
        allowed: impl Iterator<Item = &'w str> + Clone,
        path: &Path,
    ) {
        let near = nearest(wrong, allowed.clone());
        let help = near.map(|near| format!("did you mean '{near}'?"));
        let message = format!("unknown {what} '{wrong}'; allowed: {}", join(allowed));
        self.problem(span, path, message, help);
    }

    fn problem(&mut self, span: &Range<usize>, path: &Path, message: String, help: Option<String>) {
        let problem =
            Problem { source: self.source.clone(), span: span.clone(), path: path.to_string(), message, help };
        self.found.problems.push(problem);
    }
}

fn asks(schema: &Json) -> Asks<'_> {
    if let Some(several) = schema.get("oneOf").and_then(Json::as_array) {
        let words: Vec<_> = several.iter().filter_map(|one| one.get("const")?.as_str()).collect();
        if words.len() == several.len() {
            return Asks::Words(words);
        }
        return Asks::Tagged(several.iter().filter_map(tag).collect());
    }
    if let Some(words) = schema.get("enum").and_then(Json::as_array) {
        return Asks::Words(words.iter().filter_map(Json::as_str).collect());
    }
    if let Some(several) = schema.get("anyOf").and_then(Json::as_array).filter(|several| !several.is_empty()) {
        return Asks::Any(several);
    }
    match schema.get("type").and_then(Json::as_str) {
        Some("string") => Asks::Text,
        Some("integer") => Asks::Integer,
        Some("number") => Asks::Number,
        Some("boolean") => Asks::Bool,
        Some("array") => schema.get("items").map_or(Asks::Anything, Asks::List),
        Some("object") => {
            let named = schema.get("patternProperties").and_then(Json::as_object).and_then(|map| map.values().next());
            let named = named.or_else(|| schema.get("additionalProperties").filter(|inner| inner.is_object()));
            match (schema.get("properties").and_then(Json::as_object), named) {
                (Some(keys), _) => Asks::Keys(keys),
                (None, Some(inner)) => Asks::Named(inner),
                (None, None) => Asks::Anything,
            }
        }
        _ => Asks::Anything,
    }
}

/// One kind of a tagged value: its key and what stands under it.
fn tag(one: &Json) -> Option<(&str, &Json)> {
    let (tag, inner) = one.get("properties")?.as_object()?.iter().next()?;
    Some((tag.as_str(), inner))
}

fn fits(asks: &Asks<'_>, node: &Node) -> bool {
    match asks {
        Asks::Keys(_) | Asks::Named(_) | Asks::Tagged(_) => matches!(node.value, Tree::Table(_)),
        Asks::Text | Asks::Words(_) => matches!(node.value, Tree::Text(_)),
        Asks::List(_) => matches!(node.value, Tree::Array(_)),
        Asks::Integer | Asks::Number => matches!(node.value, Tree::Integer(_) | Tree::Float(_)),
        Asks::Bool => matches!(node.value, Tree::Bool(_)),
        Asks::Any(_) | Asks::Anything => true,
    }
}

/// `a, b, c`
pub(super) fn join<'w>(words: impl Iterator<Item = &'w str>) -> String {
    words.collect::<Vec<_>>().join(", ")
}

fn first_sentence(text: &str) -> &str {
    let line = text.lines().next().unwrap_or(text);
    line.split_once(". ").map_or(line, |(first, _)| first).trim_end_matches('.')
}
