//! The JSON Schema of a system file: for editors, and for the loader's own walk. It is generated from the types when the
//! tests run, and embedded: the program carries the schema and not what makes it, a third of a MiB.

use serde_json::Value as Json;

const TEXT: &str = include_str!("system.schema.json");

/// The schema of a system file. Read anew each time: it is needed while files are read, and is not small.
pub fn schema() -> Json {
    // a test holds the text against the types; without it nothing would be refused, and the types themselves refuse next
    serde_json::from_str(TEXT).unwrap_or(Json::Bool(true))
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
