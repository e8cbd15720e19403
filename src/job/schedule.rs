//! Cron in a zone.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;

/// A cron expression, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    text: String,
    cron: croner::Cron,
}

/// An IANA time zone, by name.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

impl Zone {
    /// Looks a zone up in the bundled database.
    pub fn new(name: &str) -> Result<Self, String> {
        TimeZone::get(name)
            .map(|zone| Self { name: name.to_owned(), zone })
            .map_err(|_| format!("'{name}' is no IANA time zone, such as UTC or America/Chicago"))
    }

    /// UTC.
    pub fn utc() -> Self {
        Self { name: "UTC".into(), zone: TimeZone::UTC }
    }

    /// Its IANA name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The last part of its name, for a narrow screen: `Chicago`.
    pub fn short(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }

    /// The zone itself.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }
}

impl Schedule {
    /// Checks a cron text.
    pub fn new(text: &str) -> Result<Self, String> {
        let cron: croner::Cron = text.parse().map_err(|error| format!("'{text}' is no cron schedule: {error}"))?;
        Ok(Self { text: text.to_owned(), cron })
    }

    /// As written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The first slot after `after`.
    pub fn next(&self, zone: &Zone, after: Timestamp) -> Option<Timestamp> {
        let after = after.to_zoned(zone.zone.clone());
        self.cron.find_next_occurrence(&after, false).ok().map(|slot| slot.timestamp())
    }
}

impl<'de> Deserialize<'de> for Schedule {
    fn deserialize<D: serde::Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
        Self::new(&String::deserialize(de)?).map_err(serde::de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: serde::Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
        Self::new(&String::deserialize(de)?).map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for Schedule {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Schedule".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "description": "cron: minute hour day month weekday" })
    }
}

impl schemars::JsonSchema for Zone {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Zone".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "description": "an IANA time zone: UTC, America/Chicago" })
    }
}
