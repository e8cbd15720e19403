//! Which database a statement of a runbook is asked of: the one that the system's components are polled at, where there is
//! one; else the one that the runbook names beside the step. Asks nothing.

use crate::base::ComponentId;
use crate::config::{RunbookFile, System};
use crate::probe::ProbeSpec;
use crate::probe::postgres::PostgresProbe;
use crate::runbook::{Database, Runbook};

impl System {
    /// Reads a runbook of the system, and tells each statement of it its database.
    pub fn read(&self, file: &RunbookFile) -> Runbook {
        let mut runbook = file.read();
        for step in runbook.steps.iter_mut().filter(|step| step.language == "sql") {
            step.asked = self.database(step.database.as_ref().map(|name| name.text.as_str()));
        }
        runbook
    }

    /// The database of the component of this name; with no name the only one there is.
    pub fn database(&self, named: Option<&str>) -> Database {
        let mut known = self.databases();
        let found = match named {
            Some(name) => known.find(|(id, _)| id.as_str() == name),
            None => known.next(),
        };
        let Some(found) = found else {
            return Database::Untold(match named {
                Some(name) => format!("'{name}' is no component with a PostgreSQL"),
                None => "no component of this system has a PostgreSQL".to_owned(),
            });
        };
        if named.is_none()
            && let Some((other, _)) = known.find(|(_, probe)| probe.url != found.1.url)
        {
            return Database::Untold(format!(
                "{0} and {other} have different databases: <!-- database: {0} --> beside the step says which",
                found.0
            ));
        }
        // a text in the place of a variable may hold a password
        let address: Vec<String> = found.1.url.variables().map(|name| format!("${{{name}}}")).collect();
        Database::Of { component: found.0.clone(), address: address.join(" ") }
    }

    /// True where any component has a PostgreSQL.
    pub fn has_databases(&self) -> bool {
        self.databases().next().is_some()
    }

    fn databases(&self) -> impl Iterator<Item = (&ComponentId, &PostgresProbe)> {
        self.component.iter().filter_map(|(id, spec)| match &spec.probe {
            ProbeSpec::Postgres(probe) => Some((id, probe)),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Source, SystemName};
    use crate::config::load;

    fn system(components: &[(&str, &str)]) -> System {
        let mut text = "title = \"Shop\"\nenvironment = \"staging\"\ntimezone = \"UTC\"\n\
            [var.one]\nenv = \"ONE\"\nsecret = true\n[var.two]\nenv = \"TWO\"\nsecret = true\n"
            .to_owned();
        let component = |(id, url): &(&str, &str)| {
            format!("[component.{id}]\nprobe.postgres = {{ url = \"{url}\", query = \"SELECT 1\" }}\n")
        };
        text.extend(components.iter().map(component));
        let source = Source { path: "system.toml".into(), text: text.into() };
        load::load(SystemName::new("shop").unwrap(), &source).unwrap()
    }

    fn told(system: &System, named: Option<&str>) -> String {
        match system.database(named) {
            Database::Of { component, address } => format!("{component} {address}"),
            Database::Untold(why) => why,
            Database::Open => "open".to_owned(),
        }
    }

    #[test]
    fn the_one_database_is_meant_or_the_one_that_is_named() {
        let one = system(&[("orders", "${one}"), ("stock", "${one}")]);
        assert_eq!(told(&one, None), "orders ${one}");
        assert_eq!(told(&one, Some("stock")), "stock ${one}");
        let two = system(&[("orders", "${one}"), ("stock", "${one}"), ("ledger", "${two}")]);
        assert_eq!(told(&two, Some("ledger")), "ledger ${two}");
        assert!(told(&two, None).contains("orders and ledger have different databases: <!-- database: orders -->"));
        assert!(told(&two, Some("ledgre")).contains("'ledgre' is no component with a PostgreSQL"));
        assert!(told(&system(&[]), None).contains("no component"));
        let bare = system(&[("orders", "postgresql://ann@db/shop")]);
        assert_eq!(told(&bare, None), "orders ", "an address without a variable is not told");
    }
}
