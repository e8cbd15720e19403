//! Cron in a zone, with Vixie cron's ways across a change of clocks.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::job::words;

/// A cron expression, checked: five fields or a nickname such as `@daily`.
///
/// Across a change of clocks it does what Vixie cron does. A time of day that the change leaps over runs once, at the
/// first moment behind the gap; one that comes twice runs once, the first time. What is written with `*` (`*/5`,
/// `0 * * * *`) follows the clock: nothing is made up for what was leapt over, and what comes twice runs twice.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    text: String,
    /// One for each time of day, where hours and minutes are listed: each is then a fixed time. One otherwise.
    crons: Vec<croner::Cron>,
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

    /// The zone of this name whose rules are known, as `TZif` has them (RFC 9636).
    pub fn with_rules(name: &str, rules: &[u8]) -> Option<Self> {
        TimeZone::tzif(name, rules).ok().map(|zone| Self { name: name.to_owned(), zone })
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
    /// Checks a cron text. One that never comes (`0 0 30 2 *`) is refused.
    pub fn new(text: &str) -> Result<Self, String> {
        let bad = |why: &str| format!("'{text}' is no cron schedule: {why}");
        let fields =
            words::fields(text).ok_or_else(|| bad("write minute hour day month weekday, as in 0 3 * * SUN"))?;
        let mut crons = Vec::new();
        for minute in words::listed(&fields[0]) {
            for hour in words::listed(&fields[1]) {
                let one = [minute.as_str(), &hour, &fields[2], &fields[3], &fields[4]].join(" ");
                crons.push(one.parse::<croner::Cron>().map_err(|error| bad(&error.to_string()))?);
            }
        }
        let schedule = Self { text: text.trim().to_owned(), crons };
        let comes = schedule.next(&Zone::utc(), Timestamp::UNIX_EPOCH).is_some();
        if comes { Ok(schedule) } else { Err(bad("that day never comes")) }
    }

    /// As written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// For people: `every 5 min`, `daily 08:00`, `Sun 03:00`; as written where there is nothing shorter to say.
    pub fn words(&self) -> String {
        words::describe(&self.text).unwrap_or_else(|| self.text.clone())
    }

    /// The first slot after `after`.
    pub fn next(&self, zone: &Zone, after: Timestamp) -> Option<Timestamp> {
        let after = after.to_zoned(zone.zone.clone());
        let slots = self.crons.iter().filter_map(|cron| cron.find_next_occurrence(&after, false).ok());
        slots.map(|slot| slot.timestamp()).min()
    }

    /// The last slot not after `until`.
    pub fn previous(&self, zone: &Zone, until: Timestamp) -> Option<Timestamp> {
        let until = until.to_zoned(zone.zone.clone());
        let slots = self.crons.iter().filter_map(|cron| cron.find_previous_occurrence(&until, true).ok());
        slots.map(|slot| slot.timestamp()).max()
    }

    /// The time between the next two slots after `after`: how often it runs, about.
    pub fn interval(&self, zone: &Zone, after: Timestamp) -> Option<Duration> {
        let first = self.next(zone, after)?;
        let second = self.next(zone, first)?;
        Duration::try_from(second.duration_since(first)).ok()
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

#[cfg(test)]
mod tests;
