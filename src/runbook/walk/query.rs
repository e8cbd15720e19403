//! Statements that only read: what would be asked of which database, with what was filled in as parameters beside the text.
//! Why something is left to hands is told here as well.

use crate::base::ComponentId;
use crate::runbook::class::Effect;
use crate::runbook::document::{Class, Database, Step};
use crate::runbook::placeholder::masked;
use crate::runbook::sql::bind::{Bound, Part, bind};
use crate::runbook::sql::effect;
use crate::runbook::walk::{Walk, has_secret};

/// What is asked of a database, in one transaction that may only read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The component whose database it is.
    pub component: ComponentId,
    /// Its address without values: `${database_url}`; empty where its file has no variable there.
    pub address: String,
    /// In their order.
    pub statements: Vec<Statement>,
}

/// One statement, as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Byte for byte what the runbook shows, with `$1` where something was filled in.
    pub text: String,
    /// The values of its parameters.
    pub values: Vec<String>,
}

impl Query {
    /// Where it is asked.
    pub fn place(&self) -> String {
        match self.address.as_str() {
            "" => format!("the database of {}", self.component),
            address => format!("the database of {} ({address})", self.component),
        }
    }

    /// What is sent, line by line: the statements and, as comments, their parameters.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for statement in &self.statements {
            lines.extend(statement.text.lines().map(str::to_owned));
            let values = statement.values.iter().enumerate();
            lines.extend(values.map(|(at, value)| format!("-- ${} = {value}", at + 1)));
        }
        lines
    }
}

impl Walk {
    /// What a step would ask of which database, or why midwatch does not.
    pub fn query(&self, n: usize) -> Result<Query, String> {
        self.filled_query(n, |name| Err(format!("'{name}' is to be filled in")))
    }

    /// The same before everything is filled in: what is missing stands there by its name, `<id>`. To be shown, never asked.
    pub fn query_to_be(&self, n: usize) -> Option<Query> {
        self.filled_query(n, |name| Ok(format!("<{name}>"))).ok()
    }

    fn filled_query(&self, n: usize, missing: impl Fn(&str) -> Result<String, String>) -> Result<Query, String> {
        let step = self.step(n).ok_or_else(|| format!("there is no step {n}"))?;
        let (component, address, bound) = asks(step)?;
        let value = |parts: &Vec<Part>| -> Result<String, String> {
            let part = |part: &Part| match part {
                Part::Text(text) => Ok(text.clone()),
                Part::Field(at) => {
                    let field = step.fields.get(*at).ok_or("a field is gone")?;
                    let value = self.filled.get(&(n, field.name.clone())).cloned();
                    value.map_or_else(|| missing(&field.name), Ok)
                }
            };
            parts.iter().map(part).collect()
        };
        let statement = |one: Bound| -> Result<Statement, String> {
            Ok(Statement { values: one.values.iter().map(value).collect::<Result<_, _>>()?, text: one.text })
        };
        let statements = bound.into_iter().map(statement).collect::<Result<_, String>>()?;
        Ok(Query { component: component.clone(), address: address.to_owned(), statements })
    }

    /// Why a step with a statement is left to hands; `None` of a step that is not, or that holds none.
    pub fn left_to_hands(&self, n: usize) -> Option<String> {
        let step = self.step(n).filter(|step| step.language == "sql" && step.action.is_none())?;
        if matches!(step.class, Class::Manual | Class::Never) {
            return None;
        }
        asks(step).err()
    }
}

/// The database of a step and its statements, whether or not everything is filled in.
pub(super) fn asks(step: &Step) -> Result<(&ComponentId, &str, Vec<Bound>), String> {
    if step.language != "sql" || step.action.is_some() {
        return Err("it is no statement".to_owned());
    }
    if has_secret(step) {
        return Err("it asks for a key, which is never filled in".to_owned());
    }
    match effect(&masked(&step.source, &step.fields)) {
        Effect::Reads(_) => {}
        Effect::Never(why) => return Err(why.into_owned()),
        other => return Err(format!("{}: what changes is a declared action or left to hands", other.words())),
    }
    let (component, address) = match &step.asked {
        Database::Of { component, address } => (component, address.as_str()),
        Database::Untold(why) => return Err(why.clone()),
        Database::Open => return Err("which database it means only a system knows".to_owned()),
    };
    Ok((component, address, bind(&step.source, &step.fields)?))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::base::{RunbookId, Variables};
    use crate::runbook::walk::Doing;

    const TEXT: &str = "\
# Rows

**Scenario:** Rows are odd.

## Diagnosis

### Check 1: Rows

```sql
SELECT count(*) FROM orders;
```

**Expected Output:** Some. <!-- expect: orders.rows > 0 -->

### Check 2: One of them

```sql
SELECT * FROM orders WHERE id = '<order-id>';
```

### Check 3: It writes

```sql
UPDATE orders SET state = 'open';
```

<!-- class: check -->

### Check 4: A table

```sql
SELECT * FROM <table>;
```

### Check 5: A key

```sql
SELECT api_key FROM tenants;
```

### Check 6: It writes, and something is expected

```sql
DELETE FROM orders;
```

**Expected Output:** Some. <!-- expect: orders.rows > 0 -->

### Check 7: By name

```sql
SELECT 1;
```

<!-- database: ledger -->
";

    fn walk(is_known: bool) -> Walk {
        let mut runbook = crate::runbook::read_house(RunbookId::new("rows").unwrap(), TEXT);
        let of = Database::Of { component: ComponentId::new("orders").unwrap(), address: "${database_url}".to_owned() };
        let untold = Database::Untold("two databases".to_owned());
        runbook.steps.iter_mut().for_each(|step| step.asked = if is_known { of.clone() } else { untold.clone() });
        Walk::new(Arc::new(runbook))
    }

    fn word(walk: &Walk, n: usize) -> &'static str {
        match walk.doing(n, &Variables::default()) {
            Doing::Query { .. } => "query",
            Doing::Input { .. } => "input",
            Doing::Expect { .. } => "expect",
            Doing::Human => "human",
            Doing::Never => "never",
            _ => "other",
        }
    }

    #[test]
    fn only_what_reads_is_asked_whatever_the_runbook_calls_it() {
        let walk = walk(true);
        let told: Vec<&str> = walk.order().map(|n| word(&walk, n)).collect();
        assert_eq!(told, ["query", "input", "human", "human", "never", "expect", "query"]);
        for (n, why) in [(3, "UPDATE without WHERE"), (4, "the server takes no parameter there"), (6, "DELETE")] {
            let told = walk.left_to_hands(n).unwrap();
            assert!(told.contains(why), "{n}: {told}");
        }
        assert_eq!(
            walk.step(7).and_then(|step| step.database.clone()).map(|name| name.text),
            Some("ledger".to_owned())
        );
        assert_eq!(walk.query(1).unwrap().lines(), ["SELECT count(*) FROM orders;"]);
        assert_eq!(walk.query(1).unwrap().place(), "the database of orders (${database_url})");
    }

    #[test]
    fn what_is_filled_in_is_a_value_and_never_a_part_of_the_text() {
        let mut walk = walk(true);
        let hostile = "'; drop table orders; --";
        assert_eq!(walk.query_to_be(2).unwrap().lines()[1], "-- $1 = <order-id>");
        assert!(walk.fill(2, "order-id", "two\nlines").is_err());
        walk.fill(2, "order-id", hostile).unwrap();
        let query = walk.query(2).unwrap();
        let want =
            Statement { text: "SELECT * FROM orders WHERE id = $1;".to_owned(), values: vec![hostile.to_owned()] };
        assert_eq!((query.statements.as_slice(), word(&walk, 2)), ([want].as_slice(), "query"));
        assert_eq!(query.lines()[1], format!("-- $1 = {hostile}"));
    }

    #[test]
    fn where_no_database_can_be_told_it_is_left_to_hands_with_the_reason() {
        let walk = walk(false);
        assert_eq!((word(&walk, 1), word(&walk, 2), word(&walk, 7)), ("expect", "human", "human"));
        assert_eq!(walk.left_to_hands(2).as_deref(), Some("two databases"));
    }
}
