//! Texts with `${variable}` in them, and what becomes of them: a filled text remembers which parts are secret.

use std::collections::HashMap;
use std::fmt;

use crate::base::{Redactor, Secret};

/// A text in which `${name}` stands for a variable. `$${` is a literal `${`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Variable(String),
}

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTemplate {
    /// `${` without its `}`.
    #[error("'${{' is not closed: write ${{name}}, or $${{ for the characters themselves")]
    Open,
    /// The name between the braces is no variable name.
    #[error("'${{{0}}}' names no variable: lower-case letters, digits and _, starting with a letter")]
    Name(String),
}

/// A value of a variable.
#[derive(Clone, Debug)]
pub enum Variable {
    /// May be shown.
    Plain(String),
    /// May not.
    Secret(Secret),
}

/// The values of a system's variables. What is not in it is not set.
#[derive(Clone, Debug, Default)]
pub struct Variables(pub HashMap<String, Variable>);

impl Variables {
    /// The same without secrets: what a screen may know.
    #[must_use]
    pub fn without_secrets(&self) -> Self {
        let plain = |(_, value): &(&String, &Variable)| matches!(value, Variable::Plain(_));
        Self(self.0.iter().filter(plain).map(|(name, value)| (name.clone(), value.clone())).collect())
    }

    /// A redactor of all the secret values, and of the passwords in the URLs among the others.
    pub fn redactor(&self) -> Redactor {
        let secret = |variable: &Variable| match variable {
            Variable::Secret(secret) => Some(secret.clone()),
            Variable::Plain(text) => Secret::in_url(text),
        };
        let secrets: Vec<Secret> = self.0.values().filter_map(secret).collect();
        Redactor::new(&secrets)
    }

    /// The value of a variable that is not secret.
    pub fn plain(&self, name: &str) -> Option<&str> {
        match self.0.get(name) {
            Some(Variable::Plain(text)) => Some(text),
            _ => None,
        }
    }
}

/// A filled template: `expose` for the one place that sends it, `Display` with secrets masked.
#[derive(Clone)]
pub struct Filled {
    bare: Secret,
    masked: String,
}

impl Filled {
    /// A text that was filled in part by part: as it is sent, and as it may be shown.
    pub fn new(bare: String, masked: String) -> Self {
        Self { bare: Secret::new(bare), masked }
    }

    /// The bare text, for sending.
    pub fn expose(&self) -> &str {
        self.bare.expose()
    }

    /// True when a secret is part of it.
    pub fn is_secret(&self) -> bool {
        self.masked != self.bare.expose()
    }
}

impl fmt::Display for Filled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked)
    }
}

impl fmt::Debug for Filled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Filled({})", self.masked)
    }
}

impl Template {
    /// Parses a text.
    pub fn parse(text: &str) -> Result<Self, BadTemplate> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            if rest[..at].ends_with('$') {
                literal.push_str(&rest[..at - 1]);
                literal.push_str("${");
                rest = &rest[at + 2..];
                continue;
            }
            literal.push_str(&rest[..at]);
            let inner = &rest[at + 2..];
            let end = inner.find('}').ok_or(BadTemplate::Open)?;
            let name = &inner[..end];
            if crate::base::ComponentId::new(name).is_err() {
                return Err(BadTemplate::Name(name.to_owned()));
            }
            if !literal.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut literal)));
            }
            parts.push(Part::Variable(name.to_owned()));
            rest = &inner[end + 1..];
        }
        literal.push_str(rest);
        if !literal.is_empty() || parts.is_empty() {
            parts.push(Part::Text(literal));
        }
        Ok(Self { parts })
    }

    /// True when it begins with a variable: its value could be read as an option.
    pub fn begins_with_variable(&self) -> bool {
        matches!(self.parts.first(), Some(Part::Variable(_)))
    }

    /// The variables it names, in order.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| if let Part::Variable(name) = part { Some(name.as_str()) } else { None })
    }

    /// Fills it in. The error is the first variable that is not set.
    pub fn fill(&self, variables: &Variables) -> Result<Filled, String> {
        let (mut bare, mut masked) = (String::new(), String::new());
        for part in &self.parts {
            match part {
                Part::Text(text) => {
                    bare.push_str(text);
                    masked.push_str(text);
                }
                Part::Variable(name) => match variables.0.get(name) {
                    Some(Variable::Plain(value)) => {
                        bare.push_str(value);
                        masked.push_str(&Redactor::default().redact(value));
                    }
                    Some(Variable::Secret(value)) => {
                        bare.push_str(value.expose());
                        masked.push_str(crate::base::secret::MASK);
                    }
                    None => return Err(name.clone()),
                },
            }
        }
        Ok(Filled { bare: Secret::new(bare), masked })
    }
}

impl std::str::FromStr for Template {
    type Err = BadTemplate;
    fn from_str(text: &str) -> Result<Self, BadTemplate> {
        Self::parse(text)
    }
}

/// As written in the file.
impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts.iter().try_for_each(|part| match part {
            Part::Text(text) => f.write_str(&text.replace("${", "$${")),
            Part::Variable(name) => write!(f, "${{{name}}}"),
        })
    }
}

impl<'de> serde::Deserialize<'de> for Template {
    fn deserialize<D: serde::Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
        let text = String::deserialize(de)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for Template {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Template".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "description": "a text; ${name} stands for the variable" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables() -> Variables {
        Variables(HashMap::from([
            ("url".to_owned(), Variable::Plain("http://u:pw@h:1".to_owned())),
            ("key".to_owned(), Variable::Secret(Secret::new("s3cret-key".to_owned()))),
        ]))
    }

    #[test]
    fn a_filled_text_shows_no_secret() {
        let filled = Template::parse("${url}/x?k=${key}").unwrap().fill(&variables()).unwrap();
        assert_eq!(filled.expose(), "http://u:pw@h:1/x?k=s3cret-key");
        assert_eq!(format!("{filled} {filled:?}"), "http://***@h:1/x?k=*** Filled(http://***@h:1/x?k=***)");
    }

    #[test]
    fn the_password_of_a_url_is_a_secret_without_being_called_one() {
        let variables =
            Variables(HashMap::from([("store".to_owned(), Variable::Plain("redis://:hunter%4022@h:1/0".to_owned()))]));
        let told = variables.redactor().redact("AUTH hunter@22, hunter%4022 at redis://:hunter%4022@h:1/0 on h:1");
        assert_eq!(told, "AUTH ***, *** at redis://***@h:1/0 on h:1");
    }

    #[test]
    fn what_is_not_set_is_named() {
        assert_eq!(Template::parse("a${nope}").unwrap().fill(&variables()).unwrap_err(), "nope");
        assert_eq!(Template::parse("a${nope").unwrap_err(), BadTemplate::Open);
        assert!(Template::parse("${Nope}").is_err());
        assert_eq!(Template::parse("$${x}").unwrap().fill(&variables()).unwrap().expose(), "${x}");
    }
}
