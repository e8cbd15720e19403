//! Statements on a PostgreSQL, as written: all in one transaction, parameters beside the text and never in it.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

use crate::base::Template;

/// `sql = { url = "${database_url}", statements = [ … ] }`
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SqlOperation {
    /// `postgresql://user[:password]@host[:port]/database[?sslmode=…]`.
    pub url: Template,
    /// What is done, in this order, in one transaction: all of it or nothing.
    pub statements: Vec<SqlStatement>,
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SqlStatement {
    /// The statement, with `$1`, `$2`, … for its parameters.
    #[serde(rename = "do")]
    pub text: String,
    /// The values of `$1`, `$2`, …: texts, which the server reads as the types that it wants.
    #[serde(default)]
    pub with: Vec<Template>,
    /// How many rows it must concern: `1`, `"1..5"`, `"1.."`. Otherwise everything is rolled back.
    pub expect_rows: Option<Count>,
    /// A SELECT whose rows are kept before it: what is needed to undo it.
    pub before: Option<String>,
    /// The values of the parameters of `before`; without it those of `with`, as many as it takes.
    pub before_with: Option<Vec<Template>>,
    /// The statement that undoes it, as a hint: `{column}` stands for a value of a row that `before` kept.
    pub undo: Option<String>,
}

/// How many: one number, or from one to another, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    least: u64,
    most: u64,
}

impl Count {
    /// True where so many are right.
    pub fn holds(self, rows: u64) -> bool {
        (self.least..=self.most).contains(&rows)
    }
}

/// `1 row`, `1 to 5 rows`, `at least 1 row`.
impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = |n: u64| if n == 1 { "row" } else { "rows" };
        match (self.least, self.most) {
            (least, most) if least == most => write!(f, "{least} {}", rows(least)),
            (least, u64::MAX) => write!(f, "at least {least} {}", rows(least)),
            (least, most) => write!(f, "{least} to {most} rows"),
        }
    }
}

/// What is said where a count is none.
const WRONG: &str = "is no count of rows: write 1, \"1..5\" or \"1..\"";

impl FromStr for Count {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |text: &str| text.trim().parse().map_err(|_| WRONG);
        let (least, most) = match text.split_once("..") {
            None => (number(text)?, number(text)?),
            Some((least, most)) if most.trim().is_empty() => (number(least)?, u64::MAX),
            Some((least, most)) => (number(least)?, number(most)?),
        };
        if least > most { Err(WRONG) } else { Ok(Self { least, most }) }
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: serde::Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Number(u64),
            Text(String),
        }
        match Written::deserialize(de).map_err(|_| serde::de::Error::custom(WRONG))? {
            Written::Number(n) => Ok(Self { least: n, most: n }),
            Written::Text(text) => text.parse().map_err(serde::de::Error::custom),
        }
    }
}

impl schemars::JsonSchema for Count {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Count".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "anyOf": [
                { "type": "integer", "minimum": 0 },
                { "type": "string", "pattern": "^[0-9]+(\\.\\.([0-9]+)?)?$" }
            ],
            "description": "how many rows: 1, \"1..5\" or \"1..\""
        })
    }
}

/// True of a statement that begins or ends a transaction, which is not its to do.
pub fn is_of_transactions(text: &str) -> bool {
    const WORDS: [&str; 9] =
        ["begin", "start", "commit", "end", "rollback", "abort", "savepoint", "release", "prepare"];
    let bare = bare(text);
    let word: String = bare.chars().take_while(char::is_ascii_alphabetic).collect();
    WORDS.contains(&word.to_lowercase().as_str())
}

/// A statement from its first word on, without the comments before it.
fn bare(text: &str) -> &str {
    let mut rest = text.trim_start();
    loop {
        let after = if let Some(comment) = rest.strip_prefix("--") {
            comment.split_once('\n').map_or("", |(_, after)| after)
        } else if let Some(comment) = rest.strip_prefix("/*") {
            comment.split_once("*/").map_or("", |(_, after)| after)
        } else {
            return rest;
        };
        rest = after.trim_start();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_one_number_or_two() {
        for (text, right, wrong) in [
            ("1", &[1][..], &[0, 2][..]),
            ("0", &[0], &[1]),
            ("1..5", &[1, 3, 5], &[0, 6]),
            ("1..", &[1, u64::MAX], &[0]),
        ] {
            let count: Count = text.parse().unwrap();
            assert!(right.iter().all(|rows| count.holds(*rows)), "{text}");
            assert!(!wrong.iter().any(|rows| count.holds(*rows)), "{text}");
        }
        for bad in ["", "..", "..5", "5..1", "-1", "1.5", "many"] {
            assert!(bad.parse::<Count>().is_err(), "{bad}");
        }
        let told = ["1", "2", "1..5", "1.."].map(|text| text.parse::<Count>().unwrap().to_string());
        assert_eq!(told, ["1 row", "2 rows", "1 to 5 rows", "at least 1 row"]);
    }

    #[test]
    fn a_statement_that_ends_the_transaction_is_seen_behind_its_comments() {
        for (text, expected) in [
            ("COMMIT", true),
            ("/* x */ -- y\n Begin", true),
            ("UPDATE a SET b = 1", false),
            ("/* commit */ SELECT 1", false),
            ("", false),
        ] {
            assert_eq!(is_of_transactions(text), expected, "{text}");
        }
    }
}
