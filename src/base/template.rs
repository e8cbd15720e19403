//! Texts with `${variable}` and `${now+1h}` in them, and what becomes of them: a filled text remembers which parts are
//! secret. Which time it is, whoever fills it in says.

use std::collections::HashMap;
use std::fmt;

use jiff::{SignedDuration, Timestamp};

use crate::base::time::parse_duration;
use crate::base::{Redactor, Secret};

/// A text in which `${name}` stands for a variable, and `${now}`, `${now+1h}` or `${now-30m}` for a time (RFC 3339, UTC,
/// whole seconds). `$${` is a literal `${`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Variable(String),
    Time(Moment),
}

/// `now+1h`: a time, as it is written and as a distance from now.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Moment {
    written: String,
    ahead: SignedDuration,
}

/// The name that is a time and no variable.
pub const NOW: &str = "now";

impl Moment {
    /// `None` where it does not begin as a time does, and is a name.
    fn parse(inner: &str) -> Option<Result<Self, BadTemplate>> {
        let rest = inner.strip_prefix(NOW).filter(|rest| rest.is_empty() || rest.starts_with(['+', '-', ' ']))?;
        let span = |text: &str| parse_duration(text).ok().and_then(|span| SignedDuration::try_from(span).ok());
        let ahead = match rest.split_at_checked(1) {
            None => Some(SignedDuration::ZERO),
            Some(("+", rest)) => span(rest),
            Some(("-", rest)) => span(rest).map(|span| -span),
            Some(_) => None,
        };
        let moment = ahead.map(|ahead| Self { written: inner.to_owned(), ahead });
        Some(moment.ok_or_else(|| BadTemplate::Time(inner.to_owned())))
    }

    /// RFC 3339; where it lies outside of the calendar, now.
    fn at(&self, now: Timestamp) -> String {
        now.checked_add(self.ahead).unwrap_or(now).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }
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
    /// It begins as a time does and is none.
    #[error("'${{{0}}}' is no time: write ${{now}}, or ${{now+1h}} or ${{now-30m}} with a number and ms, s, m, h or d")]
    Time(String),
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
            let time = Moment::parse(name).transpose()?;
            if time.is_none() && crate::base::ComponentId::new(name).is_err() {
                return Err(BadTemplate::Name(name.to_owned()));
            }
            if !literal.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut literal)));
            }
            parts.push(time.map_or_else(|| Part::Variable(name.to_owned()), Part::Time));
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

    /// The first time that it names, as written: `now+1h`.
    pub fn time(&self) -> Option<&str> {
        self.parts
            .iter()
            .find_map(|part| if let Part::Time(moment) = part { Some(moment.written.as_str()) } else { None })
    }

    /// Fills it in, where it names no time. The error is the first variable that is not set.
    pub fn fill(&self, variables: &Variables) -> Result<Filled, String> {
        self.filled(variables, None)
    }

    /// Fills it in at a time. The error is the first variable that is not set.
    pub fn fill_at(&self, variables: &Variables, now: Timestamp) -> Result<Filled, String> {
        self.filled(variables, Some(now))
    }

    fn filled(&self, variables: &Variables, now: Option<Timestamp>) -> Result<Filled, String> {
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
                Part::Time(moment) => {
                    let time = moment.at(now.ok_or_else(|| moment.written.clone())?);
                    bare.push_str(&time);
                    masked.push_str(&time);
                }
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
            Part::Variable(name) | Part::Time(Moment { written: name, .. }) => write!(f, "${{{name}}}"),
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
        schemars::json_schema!({ "type": "string", "description": "a text; ${name} stands for the variable, and in an action ${now}, ${now+1h} or ${now-30m} for a time (RFC 3339, UTC)" })
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
    #[test]
    fn a_time_is_told_from_the_now_that_is_given() {
        let now: Timestamp = "2026-11-22T23:59:30.75Z".parse().unwrap();
        let at = |text: &str| text.parse::<Template>().unwrap().fill_at(&variables(), now).unwrap().expose().to_owned();
        for (text, wanted) in [
            ("${now}", "2026-11-22T23:59:30Z"),
            ("from ${now-30m} to ${now+1h30m}.", "from 2026-11-22T23:29:30Z to 2026-11-23T01:29:30Z."),
            ("${now+90d}", "2027-02-20T23:59:30Z"),
            ("${now+300000d}", "2848-04-06T23:59:30Z"),
            ("$${now}", "${now}"),
        ] {
            assert_eq!(at(text), wanted, "{text}");
            assert_eq!(text.parse::<Template>().unwrap().to_string(), text);
        }
        for bad in ["${now+}", "${now+1y}", "${now + 1h}", "${now+-1h}", "${now1h }", "${now+1e9d}"] {
            assert!(Template::parse(bad).is_err(), "{bad}");
        }
        let told = Template::parse("${now+1y}").unwrap_err().to_string();
        assert!(told.contains("'${now+1y}' is no time: write ${now}, or ${now+1h}"), "{told}");
        assert_eq!(
            Template::parse("a ${now+1h}").unwrap().fill(&variables()).unwrap_err(),
            "now+1h",
            "nobody says when"
        );
        assert_eq!(Template::parse("${nowhere}").unwrap().fill(&variables()).unwrap_err(), "nowhere");
    }
}
