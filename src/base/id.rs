//! Newtype names. A component is not a rule: the compiler knows, so a wrong pairing cannot be written.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Why a text is not a valid id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' is not {what}: {rule}")]
pub struct BadId {
    /// The refused text.
    pub text: String,
    /// What it should have been, with its article: "a component id".
    pub what: &'static str,
    /// The rule it breaks.
    pub rule: &'static str,
}

/// The pattern of an id that is used in CEL.
pub const IDENTIFIER_PATTERN: &str = "^[a-z][a-z0-9_]{0,63}$";
/// The same in words.
pub const IDENTIFIER_RULE: &str = "lower-case letters, digits and _, starting with a letter";
/// The pattern of a kebab-case id.
pub const KEBAB_PATTERN: &str = "^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$";
/// The same in words.
pub const KEBAB_RULE: &str = "kebab-case: lower-case letters, digits and -";

/// True of a text that [`IDENTIFIER_PATTERN`] matches.
pub fn is_identifier(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// True of a text that [`KEBAB_PATTERN`] matches.
pub fn is_kebab(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && !text.ends_with('-')
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $check:path, $pattern:path, $rule:path) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks and wraps a text.
            pub fn new(text: &str) -> Result<Self, BadId> {
                if $check(text) {
                    Ok(Self(text.into()))
                } else {
                    Err(BadId { text: text.to_owned(), what: $what, rule: $rule })
                }
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                Self::new(text)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
                let text = String::deserialize(de)?;
                Self::new(&text).map_err(serde::de::Error::custom)
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "pattern": $pattern, "description": $rule })
            }
        }
    };
}

id!(/** A component: one polled part of a system. Used in CEL, hence an identifier. */
    ComponentId, "a component id", is_identifier, IDENTIFIER_PATTERN, IDENTIFIER_RULE);
id!(/** A signal of a component, without the component: `pending`. */
    SignalName, "a signal name", is_identifier, IDENTIFIER_PATTERN, IDENTIFIER_RULE);
id!(/** A system: the folder's name. */
    SystemName, "a system name", is_kebab, KEBAB_PATTERN, KEBAB_RULE);
id!(/** A rule. `<component>-down` is taken by the implied rules. */
    RuleId, "a rule id", is_kebab, KEBAB_PATTERN, KEBAB_RULE);
id!(/** An action. */
    ActionId, "an action id", is_kebab, KEBAB_PATTERN, KEBAB_RULE);
id!(/** A scheduled job. */
    JobId, "a job id", is_kebab, KEBAB_PATTERN, KEBAB_RULE);
id!(/** A runbook: its file's stem. */
    RunbookId, "a runbook id", is_kebab, KEBAB_PATTERN, KEBAB_RULE);
id!(/** A panel of the System screen. */
    PanelId, "a panel id", is_kebab, KEBAB_PATTERN, KEBAB_RULE);

/// `component.signal`: how expressions, JSON and screens name a signal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SignalKey {
    /// The component that yields it.
    pub component: ComponentId,
    /// Its name there.
    pub signal: SignalName,
}

impl SignalKey {
    /// Joins the two halves.
    pub fn new(component: ComponentId, signal: SignalName) -> Self {
        Self { component, signal }
    }
}

impl fmt::Display for SignalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.component, self.signal)
    }
}

impl std::str::FromStr for SignalKey {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        let (component, signal) = text.split_once('.').ok_or_else(|| BadId {
            text: text.to_owned(),
            what: "a signal key",
            rule: "component.signal",
        })?;
        Ok(Self::new(ComponentId::new(component)?, SignalName::new(signal)?))
    }
}

impl<'de> Deserialize<'de> for SignalKey {
    fn deserialize<D: serde::Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
        String::deserialize(de)?.parse().map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for SignalKey {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SignalKey".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^[a-z][a-z0-9_]{0,63}\\.[a-z][a-z0-9_]{0,63}$",
            "description": "component.signal"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn component_ids_are_cel_identifiers() {
        for good in ["api", "work_orders", "a1"] {
            assert!(ComponentId::new(good).is_ok(), "{good}");
        }
        for bad in ["", "Api", "1a", "a-b", "a.b", "ä"] {
            assert!(ComponentId::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_signal_key_reads_back() {
        let key: SignalKey = "worker.memory_rss_mb".parse().unwrap();
        assert_eq!(key.to_string(), "worker.memory_rss_mb");
        assert!("worker".parse::<SignalKey>().is_err());
    }
}
