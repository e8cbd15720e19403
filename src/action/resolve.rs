//! Fills an operation in: parameters are checked, every argument stays one argument, secrets stay masked.

use indexmap::IndexMap;
use jiff::Timestamp;
use regex::Regex;
use serde_json::Value as Json;

use crate::action::{HttpCall, HttpRequest, ParameterSpec, SqlCall, SqlOperation, SqlStatement, SqlStep};
use crate::base::template::Variable;
use crate::base::{Filled, Template, Variables};

/// Longest value of a parameter, in bytes.
const LONGEST: usize = 4096;

/// Why an argument is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadArgument {
    /// Nobody gave it and it has no default.
    #[error("parameter '{0}' is missing: give --param {0}=...")]
    Missing(String),
    /// There is no such parameter.
    #[error("there is no parameter '{name}'; {}", if .has.is_empty() { "the action takes none".to_owned() } else { format!("there are: {}", .has.join(", ")) })]
    Unknown {
        /// As given.
        name: String,
        /// What there is.
        has: Vec<String>,
    },
    /// It does not match what is allowed.
    #[error("parameter '{name}' is refused: {why}")]
    Refused {
        /// Which.
        name: String,
        /// Why.
        why: String,
    },
    /// A variable that is not set.
    #[error("variable '{0}' is not set")]
    Unset(String),
    /// An argument of the command that could be read as an option, or cannot be passed.
    #[error("argument {place} is refused: {why}")]
    Argument {
        /// Its place, the program being 0.
        place: usize,
        /// Why.
        why: String,
    },
}

/// The checked values of an action's parameters, together with the system's variables.
#[derive(Clone, Debug)]
pub struct Arguments {
    values: Variables,
    /// The parameters alone, in the order of the file.
    pub given: IndexMap<String, String>,
    /// The texts that are a number in a JSON body: `${name}`.
    numbers: Vec<String>,
    /// The time that `${now}` stands for, where one is given.
    now: Option<Timestamp>,
}

impl Arguments {
    /// Checks what was given against what is declared.
    pub fn new(
        declared: &IndexMap<String, ParameterSpec>,
        given: &IndexMap<String, String>,
        variables: &Variables,
    ) -> Result<Self, BadArgument> {
        if let Some(name) = given.keys().find(|name| !declared.contains_key(*name)) {
            return Err(BadArgument::Unknown { name: name.clone(), has: declared.keys().cloned().collect() });
        }
        let mut all = variables.clone();
        let mut checked = IndexMap::new();
        for (name, spec) in declared {
            let value = given.get(name).or(spec.default.as_ref()).ok_or_else(|| BadArgument::Missing(name.clone()))?;
            spec.check(value).map_err(|why| BadArgument::Refused { name: name.clone(), why })?;
            all.0.insert(name.clone(), Variable::Plain(value.clone()));
            checked.insert(name.clone(), value.clone());
        }
        let numbers = declared.iter().filter(|(_, spec)| spec.number).map(|(name, _)| format!("${{{name}}}")).collect();
        Ok(Self { values: all, given: checked, numbers, now: None })
    }

    /// The same at a time: `${now}` is this.
    #[must_use]
    pub fn at(self, now: Timestamp) -> Self {
        Self { now: Some(now), ..self }
    }

    /// The same with `${item}` set.
    #[must_use]
    pub fn with_item(&self, item: &str) -> Self {
        let mut with = self.clone();
        with.values.0.insert("item".to_owned(), Variable::Plain(item.to_owned()));
        with
    }

    /// Fills one text in.
    pub fn fill(&self, template: &Template) -> Result<Filled, BadArgument> {
        let filled = match self.now {
            Some(now) => template.fill_at(&self.values, now),
            None => template.fill(&self.values),
        };
        filled.map_err(BadArgument::Unset)
    }
}

impl ParameterSpec {
    /// What a value may be: one of the listed ones, or a text of the pattern; never an option, never a control character.
    pub fn check(&self, value: &str) -> Result<(), String> {
        if value.len() > LONGEST {
            return Err(format!("{} bytes are more than {LONGEST}", value.len()));
        }
        if let Some(c) = value.chars().find(|c| c.is_control()) {
            return Err(format!("it holds the control character U+{:04X}", u32::from(c)));
        }
        if let Some(allowed) = &self.one_of {
            let is_one = allowed.iter().any(|one| one == value);
            return is_one.then_some(()).ok_or_else(|| format!("it is not one of {}", allowed.join(", ")));
        }
        if value.starts_with('-') {
            return Err("it begins with '-' and could be read as an option".to_owned());
        }
        if self.number && !serde_json::from_str::<Json>(value).is_ok_and(|json| json.is_number()) {
            return Err("it is no number".to_owned());
        }
        let pattern = self.pattern.as_deref().unwrap_or("[A-Za-z0-9_.:/@][A-Za-z0-9_.:/@-]*");
        let whole =
            Regex::new(&format!("^(?:{pattern})$")).map_err(|error| format!("its pattern is broken: {error}"))?;
        whole.is_match(value).then_some(()).ok_or_else(|| format!("it does not match {pattern}"))
    }
}

/// The words of a command, each one argument whatever is in it.
pub fn words(argv: &[Template], arguments: &Arguments) -> Result<Vec<String>, BadArgument> {
    argv.iter().enumerate().map(|(place, template)| word(place, template, arguments)).collect()
}

fn word(place: usize, template: &Template, arguments: &Arguments) -> Result<String, BadArgument> {
    let filled = arguments.fill(template)?;
    let refuse = |why: &str| Err(BadArgument::Argument { place, why: why.to_owned() });
    let text = filled.expose();
    let names_secret =
        template.variables().any(|name| matches!(arguments.values.0.get(name), Some(Variable::Secret(_))));
    // the password of a URL is one, whatever the variable is
    if names_secret || filled.is_secret() {
        return refuse("it holds a secret, and every user of the machine can read an argv; pass it by `environment`");
    }
    if text.contains('\0') {
        return refuse("it holds a NUL");
    }
    if template.variables().next().is_some() && text.chars().any(char::is_control) {
        return refuse("its variable holds a control character");
    }
    if template.begins_with_variable() && text.starts_with('-') {
        return refuse("its variable begins with '-' and could be read as an option");
    }
    Ok(text.to_owned())
}

/// The environment of a command: names, and values for those that are written as `NAME=text`.
pub fn surroundings(entries: &[Template], arguments: &Arguments) -> Result<Vec<(String, Option<Filled>)>, BadArgument> {
    let one = |entry: &Template| {
        let text = entry.to_string();
        let Some((name, value)) = text.split_once('=') else { return Ok((text, None)) };
        // a part of a template is one too
        let value = Template::parse(value).map_err(|error| BadArgument::Unset(error.to_string()))?;
        Ok((name.to_owned(), Some(arguments.fill(&value)?)))
    };
    entries.iter().map(one).collect()
}

/// One request with everything filled in.
pub fn resolve_http(request: &HttpRequest, arguments: &Arguments, item: Option<&str>) -> Result<HttpCall, BadArgument> {
    let arguments = item.map_or_else(|| arguments.clone(), |item| arguments.with_item(item));
    let headers = request
        .headers
        .iter()
        .map(|(name, value)| Ok((name.clone(), arguments.fill(value)?)))
        .collect::<Result<_, BadArgument>>()?;
    let body = request.json.as_ref().map(|json| body(json, &arguments)).transpose()?;
    Ok(HttpCall {
        item: item.map(str::to_owned),
        method: request.method,
        url: arguments.fill(&request.url)?,
        headers,
        body,
        expect: request.expect.clone(),
        proof: None,
    })
}

/// Statements with the values of their parameters filled in. The statements themselves stay what they are.
pub fn resolve_sql(operation: &SqlOperation, arguments: &Arguments) -> Result<SqlCall, BadArgument> {
    let values = |with: &[Template]| with.iter().map(|value| arguments.fill(value)).collect::<Result<Vec<_>, _>>();
    let step = |statement: &SqlStatement| {
        let with = values(&statement.with)?;
        let own = statement.before_with.as_deref().map(values).transpose()?;
        let before_is_own = own.is_some();
        let before = statement.before.clone().map(|text| (text, own.unwrap_or_else(|| with.clone())));
        Ok(SqlStep {
            text: statement.text.clone(),
            with,
            expect_rows: statement.expect_rows,
            before,
            before_is_own,
            undo: statement.undo.clone(),
        })
    };
    let statements = operation.statements.iter().map(step).collect::<Result<_, BadArgument>>()?;
    Ok(SqlCall { url: arguments.fill(&operation.url)?, statements })
}

fn body(json: &Json, arguments: &Arguments) -> Result<Filled, BadArgument> {
    let typed = |template: &Template, text: String| {
        let number = arguments.numbers.contains(&template.to_string()).then(|| serde_json::from_str(&text).ok());
        number.flatten().unwrap_or(Json::String(text))
    };
    let bare = filled(json, &|template| Ok(typed(template, arguments.fill(template)?.expose().to_owned())))?;
    let masked = filled(json, &|template| Ok(typed(template, arguments.fill(template)?.to_string())))?;
    Ok(Filled::new(bare.to_string(), masked.to_string()))
}

type Fill<'a> = dyn Fn(&Template) -> Result<Json, BadArgument> + 'a;

/// The same JSON with every text filled in. A text that is no template stays what it is.
fn filled(json: &Json, fill: &Fill<'_>) -> Result<Json, BadArgument> {
    Ok(match json {
        Json::String(text) => match Template::parse(text) {
            Ok(template) => fill(&template)?,
            Err(_) => json.clone(),
        },
        Json::Array(items) => Json::Array(items.iter().map(|item| filled(item, fill)).collect::<Result<_, _>>()?),
        Json::Object(fields) => Json::Object(
            fields
                .iter()
                .map(|(key, value)| Ok((key.clone(), filled(value, fill)?)))
                .collect::<Result<_, BadArgument>>()?,
        ),
        other => other.clone(),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::base::Secret;

    fn declared() -> IndexMap<String, ParameterSpec> {
        let limit =
            ParameterSpec { pattern: Some("[0-9]+[mg]".into()), default: Some("3g".into()), ..Default::default() };
        let unit = ParameterSpec { one_of: Some(vec!["a".into(), "--all".into()]), ..Default::default() };
        let name = ParameterSpec::default();
        IndexMap::from([("limit".into(), limit), ("unit".into(), unit), ("name".into(), name)])
    }

    fn given(pairs: &[(&str, &str)]) -> IndexMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn parameters_are_what_is_declared_and_nothing_else() {
        let none = Variables::default();
        for (pairs, wanted) in [
            (&[("unit", "a"), ("name", "x")][..], "ok"),
            (&[("unit", "--all"), ("name", "a/b@c.d")], "ok"),
            (&[("unit", "b"), ("name", "x")], "it is not one of a, --all"),
            (&[("unit", "a")], "parameter 'name' is missing"),
            (&[("unit", "a"), ("name", "x"), ("limit", "9")], "it does not match [0-9]+[mg]"),
            (&[("unit", "a"), ("name", "x"), ("limit", "9g\n")], "control character U+000A"),
            (&[("unit", "a"), ("name", "--help")], "could be read as an option"),
            (&[("unit", "a"), ("name", "; rm -rf /")], "it does not match"),
            (&[("unit", "a"), ("name", "a\0b")], "control character U+0000"),
            (&[("unit", "a"), ("name", "x"), ("nope", "1")], "there are: limit, unit, name"),
        ] {
            let told = match Arguments::new(&declared(), &given(pairs), &none) {
                Ok(_) => "ok".to_owned(),
                Err(error) => error.to_string(),
            };
            assert!(told.contains(wanted), "{pairs:?}: {told}");
        }
        let long = "x".repeat(LONGEST + 1);
        assert!(Arguments::new(&declared(), &given(&[("unit", "a"), ("name", &long)]), &none).is_err());
    }

    fn variables() -> Variables {
        let plain = |text: &str| Variable::Plain(text.to_owned());
        Variables(HashMap::from([
            ("host".to_owned(), plain("h 1; x")),
            ("option".to_owned(), plain("--help")),
            ("store".to_owned(), plain("redis://:hunter22@h/0")),
            ("line".to_owned(), plain("a\nb")),
            ("key".to_owned(), Variable::Secret(Secret::new("s3cret-key".into()))),
        ]))
    }

    #[test]
    fn every_argument_stays_one_and_no_secret_becomes_one() {
        let arguments = Arguments::new(&IndexMap::new(), &IndexMap::new(), &variables()).unwrap();
        let words_of = |text: &str| words(&["run".parse().unwrap(), text.parse().unwrap()], &arguments);
        assert_eq!(words_of("${host}").unwrap(), ["run", "h 1; x"]);
        assert_eq!(words_of("--to=${option}").unwrap(), ["run", "--to=--help"]);
        for (text, wanted) in [
            ("${option}", "could be read as an option"),
            ("${line}", "control character"),
            ("k=${key}", "it holds a secret"),
            ("${store}", "it holds a secret"),
            ("${nope}", "'nope' is not set"),
        ] {
            let told = words_of(text).unwrap_err().to_string();
            assert!(told.contains(wanted) && !told.contains("s3cret"), "{text}: {told}");
        }
    }

    #[test]
    fn an_environment_is_names_and_what_is_written_for_them() {
        let arguments = Arguments::new(&IndexMap::new(), &IndexMap::new(), &variables()).unwrap();
        let entries = ["PYTHONPATH", "RQ_REDIS_URL=${store}", "A=b=c ${host}"].map(|text| text.parse().unwrap());
        let given = surroundings(&entries, &arguments).unwrap();
        let told: Vec<_> =
            given.iter().map(|(name, value)| (name.as_str(), value.as_ref().map(Filled::expose))).collect();
        let expected =
            [("PYTHONPATH", None), ("RQ_REDIS_URL", Some("redis://:hunter22@h/0")), ("A", Some("b=c h 1; x"))];
        assert_eq!(told, expected);
        let call =
            crate::action::CommandCall { program: "/bin/rq".into(), argv: vec!["rq".into()], environment: given };
        assert_eq!(call.to_string(), "RQ_REDIS_URL='redis://***@h/0' A='b=c h 1; x' /bin/rq");
        assert!(surroundings(&["A=${nope}".parse().unwrap()], &arguments).is_err());
    }

    #[test]
    fn a_number_is_one_in_a_body_where_it_stands_alone() {
        let declared = IndexMap::from([("most".to_owned(), ParameterSpec { number: true, ..Default::default() })]);
        let none = Variables::default();
        let request: HttpRequest = toml::from_str(
            r#"url = "http://h/x"
               json = { most = "${most}", told = "up to ${most}" }"#,
        )
        .unwrap();
        let arguments = Arguments::new(&declared, &given(&[("most", "12.50")]), &none).unwrap();
        let call = resolve_http(&request, &arguments, None).unwrap();
        assert_eq!(call.body.unwrap().expose(), r#"{"most":12.5,"told":"up to 12.50"}"#);
        for bad in ["lots", "1e", "NaN", "0x1", "true"] {
            let told = Arguments::new(&declared, &given(&[("most", bad)]), &none).unwrap_err().to_string();
            assert!(told.contains("it is no number"), "{bad}: {told}");
        }
    }

    #[test]
    fn times_of_a_body_are_from_now() {
        let request: HttpRequest = toml::from_str(
            r#"url = "http://h/x"
               json = { from = "${now}", until = ["${now+1h}"] }"#,
        )
        .unwrap();
        let arguments = Arguments::new(&IndexMap::new(), &IndexMap::new(), &variables()).unwrap();
        let call = resolve_http(&request, &arguments.at("2026-11-22T03:14:00Z".parse().unwrap()), None).unwrap();
        let body = call.body.unwrap();
        assert_eq!(body.expose(), r#"{"from":"2026-11-22T03:14:00Z","until":["2026-11-22T04:14:00Z"]}"#);
        assert!(!body.is_secret());
    }

    #[test]
    fn a_body_is_filled_as_json_and_shown_masked() {
        let request: HttpRequest = toml::from_str(
            r#"url = "http://${host}/x"
               headers = { K = "${key}" }
               json = { id = "${item}", deep = [{ k = "${key}" }], n = 3, odd = "${" }"#,
        )
        .unwrap();
        let arguments = Arguments::new(&IndexMap::new(), &IndexMap::new(), &variables()).unwrap();
        let call = resolve_http(&request, &arguments, Some("a\"b")).unwrap();
        let body = call.body.as_ref().unwrap();
        assert_eq!(body.expose(), r#"{"id":"a\"b","deep":[{"k":"s3cret-key"}],"n":3,"odd":"${"}"#);
        assert_eq!(body.to_string(), r#"{"id":"a\"b","deep":[{"k":"***"}],"n":3,"odd":"${"}"#);
        assert!(!format!("{call:?}").contains("s3cret"));
    }
}
