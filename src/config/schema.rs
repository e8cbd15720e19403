//! The JSON Schema of a system file: for editors, and for the loader's own walk. It is generated from the types when the
//! tests run, and embedded: the program carries the schema and not what makes it, a third of a MiB.

use std::cell::OnceCell;

use indexmap::IndexMap;
use serde_json::Value as Json;
use serde_json::value::RawValue;

const TEXT: &str = include_str!("system.schema.json");

/// The schema of a system file, whole: for editors.
pub fn schema() -> Json {
    // a test holds the text against the types
    serde_json::from_str(TEXT).unwrap_or(Json::Bool(true))
}

/// A schema as the loader walks it. A definition is read when a file first needs it: of sixty most files need ten, and
/// reading them all is a third of what a start computes.
pub(super) struct Schema {
    root: Json,
    definitions: IndexMap<&'static str, Definition>,
}

struct Definition {
    text: &'static RawValue,
    read: OnceCell<Json>,
}

impl Schema {
    /// The schema of a system file.
    pub(super) fn of_systems() -> Self {
        Self::new(TEXT)
    }

    /// A schema that is embedded.
    pub(super) fn new(text: &'static str) -> Self {
        // the tests hold the texts against the types; without one nothing would be refused, and the types refuse next
        Self::read(text).unwrap_or(Self { root: Json::Bool(true), definitions: IndexMap::new() })
    }

    fn read(text: &'static str) -> serde_json::Result<Self> {
        let mut parts: IndexMap<&'static str, &'static RawValue> = serde_json::from_str(text)?;
        let definitions = parts.shift_remove("$defs").map_or("{}", RawValue::get);
        let definitions: IndexMap<&'static str, &'static RawValue> = serde_json::from_str(definitions)?;
        let definitions =
            definitions.into_iter().map(|(name, text)| (name, Definition { text, read: OnceCell::new() })).collect();
        let root = parts.into_iter().map(|(key, part)| Ok((key.to_owned(), serde_json::from_str(part.get())?)));
        Ok(Self { root: Json::Object(root.collect::<serde_json::Result<_>>()?), definitions })
    }

    /// What a whole file must be.
    pub(super) fn root(&self) -> &Json {
        &self.root
    }

    /// A definition, by its name.
    pub(super) fn definition(&self, name: &str) -> Option<&Json> {
        let Definition { text, read } = self.definitions.get(name)?;
        Some(read.get_or_init(|| serde_json::from_str(text.get()).unwrap_or(Json::Bool(true))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Settings, SystemFile};

    /// Set, the test writes the file instead: `UPDATE_SCHEMA=1 cargo test --lib the_schema`.
    const UPDATE: &str = "UPDATE_SCHEMA";

    #[test]
    fn the_schema_is_that_of_the_types() {
        hold(schemars::schema_for!(SystemFile).to_value(), "system", TEXT);
    }

    #[test]
    fn the_schema_is_that_of_the_settings() {
        hold(schemars::schema_for!(Settings).to_value(), "settings", &settings_text());
    }

    #[test]
    fn read_piece_by_piece_it_is_the_same() {
        let (whole, pieces) = (schema(), Schema::of_systems());
        let mut root = pieces.root().clone();
        let definitions: serde_json::Map<String, Json> = pieces
            .definitions
            .keys()
            .map(|name| ((*name).to_owned(), pieces.definition(name).unwrap().clone()))
            .collect();
        assert!(definitions.len() > 50);
        root["$defs"] = Json::Object(definitions);
        assert_eq!(root, whole);
    }

    fn settings_text() -> String {
        serde_json::to_string_pretty(&crate::config::settings_schema()).unwrap() + "\n"
    }

    fn hold(mut schema: Json, name: &str, known: &str) {
        strip_null(&mut schema);
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        if std::env::var_os(UPDATE).is_some() {
            let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/config");
            std::fs::write(folder.join(format!("{name}.schema.json")), &text).unwrap();
        } else {
            assert!(text == known, "the types have changed: {UPDATE}=1 cargo test --lib the_schema");
        }
    }

    /// TOML has no null: what may be left out is left out.
    fn strip_null(schema: &mut Json) {
        match schema {
            Json::Object(object) => {
                object.values_mut().for_each(strip_null);
                if let Some(Json::Array(types)) = object.get_mut("type") {
                    types.retain(|one| one != "null");
                    if let [one] = types.as_slice() {
                        let one = one.clone();
                        object.insert("type".to_owned(), one);
                    }
                }
                if let Some(Json::Array(any)) = object.get_mut("anyOf") {
                    any.retain(|one| one.get("type") != Some(&Json::from("null")));
                    if let [Json::Object(one)] = any.as_slice() {
                        let one = one.clone();
                        object.shift_remove("anyOf");
                        object.extend(one);
                    }
                }
                if object.get("default") == Some(&Json::Null) {
                    object.shift_remove("default");
                }
            }
            Json::Array(list) => list.iter_mut().for_each(strip_null),
            _ => {}
        }
    }
}
