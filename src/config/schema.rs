//! The JSON Schema of a system file, generated from the types: for editors, and for the loader's own walk.

use serde_json::Value as Json;

use crate::config::SystemFile;

/// The schema of a system file. Made anew each time: it is needed while files are read, and is not small.
pub fn schema() -> Json {
    let mut schema = schemars::schema_for!(SystemFile).to_value();
    strip_null(&mut schema);
    schema
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
