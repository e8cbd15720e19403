//! SQL: where a statement begins and ends, and whether it only reads. A statement that is not known to read counts as
//! one that changes; so does a `SELECT` that calls a function which is not known.

use crate::runbook::class::Effect;

/// Words that begin a statement, in capitals or with what follows them.
const STARTS: &[&str] = &[
    "SELECT", "EXPLAIN", "SHOW", "WITH", "VALUES", "TABLE", "INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP",
    "TRUNCATE", "GRANT", "REVOKE", "VACUUM", "ANALYZE", "REINDEX", "CLUSTER", "BEGIN", "COMMIT", "ROLLBACK", "REFRESH",
    "MERGE", "COPY", "CALL", "COMMENT",
];
/// What follows them where they are not written in capitals: else `select` is a word of the shell, `table` of prose.
const FOLLOWS: &[(&str, &str)] = &[
    ("select", " from "),
    ("insert", "into "),
    ("update", " set "),
    ("delete", "from "),
    ("create", "table "),
    ("drop", "table "),
];

/// Functions that only compute. Each other one may change something.
const READS: &[&str] = &[
    "count",
    "sum",
    "max",
    "min",
    "avg",
    "now",
    "extract",
    "date_trunc",
    "date_part",
    "date",
    "age",
    "to_char",
    "to_timestamp",
    "to_date",
    "make_interval",
    "coalesce",
    "nullif",
    "greatest",
    "least",
    "abs",
    "round",
    "ceil",
    "ceiling",
    "floor",
    "mod",
    "length",
    "char_length",
    "lower",
    "upper",
    "trim",
    "btrim",
    "ltrim",
    "rtrim",
    "substr",
    "substring",
    "left",
    "right",
    "replace",
    "split_part",
    "concat",
    "concat_ws",
    "string_agg",
    "array_agg",
    "array_length",
    "unnest",
    "json_agg",
    "jsonb_agg",
    "json_build_object",
    "jsonb_build_object",
    "row_number",
    "rank",
    "dense_rank",
    "lag",
    "lead",
    "percentile_cont",
    "generate_series",
    "cast",
    "pg_size_pretty",
    "pg_relation_size",
    "pg_total_relation_size",
    "pg_database_size",
    "version",
];
/// Words before a bracket that are no functions.
const WORDS: &[&str] = &[
    "in", "and", "or", "not", "exists", "over", "filter", "any", "all", "some", "on", "as", "values", "from", "where",
    "select", "by", "when", "then", "else", "case", "join", "using", "interval", "group", "having", "union",
    "distinct", "numeric", "varchar", "char", "with", "is", "between",
];

/// True of a line that begins a statement.
pub(super) fn begins(line: &str) -> bool {
    let line = line.trim_start();
    let word: String = line.chars().take_while(char::is_ascii_alphabetic).collect();
    let ends = line[word.len()..].starts_with(|c: char| c.is_whitespace() || c == ';' || c == '(') || line == word;
    if ends && STARTS.contains(&word.as_str()) {
        return true;
    }
    let lower = line.to_lowercase();
    FOLLOWS.iter().any(|(start, follows)| word.to_lowercase() == *start && lower.contains(follows))
}

/// The length of the first statement of a text, its semicolon included; all of it where none ends.
pub(super) fn length(text: &str) -> usize {
    statement_end(text).map_or(text.len(), |at| at + 1)
}

/// True of a text whose first statement has an end.
pub(super) fn is_whole(text: &str) -> bool {
    statement_end(text).is_some()
}

fn statement_end(text: &str) -> Option<usize> {
    let mut end = None;
    code(text, |at, c| {
        if c == ';' {
            end = Some(at);
        }
        c != ';'
    });
    end
}

/// Every character outside of quotes, `$$` bodies and comments, until `each` says no.
fn code(text: &str, mut each: impl FnMut(usize, char) -> bool) {
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let skip = match c {
            '\'' | '"' => rest[1..].find(c).map_or(rest.len(), |end| end + 2),
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '$' => dollar(rest).unwrap_or(0),
            _ => 0,
        };
        if skip > 0 {
            at += skip;
            continue;
        }
        if !each(at, c) {
            return;
        }
        at += c.len_utf8();
    }
}

/// The length of `$tag$ … $tag$` at the beginning of a text.
fn dollar(text: &str) -> Option<usize> {
    let tag = text[1..].find('$').map(|end| &text[..end + 2])?;
    let name = &tag[1..tag.len() - 1];
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        || name.starts_with(|c: char| c.is_ascii_digit())
    {
        return None;
    }
    Some(text[tag.len()..].find(tag).map_or(text.len(), |end| tag.len() + end + tag.len()))
}

/// What the statements of a text do: the worst of them.
pub(super) fn effect(text: &str) -> Effect {
    let mut rest = text;
    let mut worst: Option<Effect> = None;
    while !rest.trim().is_empty() {
        let (statement, tail) = rest.split_at(length(rest));
        rest = tail;
        let words = words(statement);
        if !words.is_empty() {
            let one = one(&words);
            worst = Some(match worst {
                Some(worst) => worst.and(one),
                None => one,
            });
        }
    }
    worst.unwrap_or(Effect::Hands("nothing but comments".into()))
}

/// The words of a statement in lower case, brackets among them, without texts and comments.
fn words(statement: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut last = usize::MAX;
    code(statement, |at, c| {
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        if is_word(c) {
            match words.last_mut().filter(|_| last == at) {
                Some(word) => word.extend(c.to_lowercase()),
                None => words.push(c.to_lowercase().collect()),
            }
            last = at + c.len_utf8();
        } else if matches!(c, '(' | ')') {
            words.push(c.to_string());
        }
        true
    });
    words
}

fn one(words: &[String]) -> Effect {
    let has = |wanted: &str| words.iter().any(|word| word == wanted);
    let first = words.first().map_or("", String::as_str);
    let is_analyze = |word: &str| matches!(word, "analyze" | "analyse");
    let runs = || words.iter().any(|word| is_analyze(word));
    let changes = ["insert", "update", "delete", "merge", "truncate", "drop", "create", "alter"];
    match first {
        "show" => Effect::reads("SHOW reads a setting"),
        "explain" if !runs() => Effect::reads("EXPLAIN plans and does not run"),
        "explain" => {
            let inner = words
                .iter()
                .skip(1)
                .position(|word| word != "explain" && begins(&word.to_uppercase()) && !is_analyze(word));
            match inner.map(|at| one(&words[at + 1..])) {
                Some(Effect::Reads(_)) => Effect::reads("EXPLAIN ANALYZE runs a statement that only reads"),
                Some(other) => other,
                None => Effect::changes("EXPLAIN ANALYZE runs a statement that is not known"),
            }
        }
        "select" | "with" | "values" | "table" | "(" => {
            if let Some(verb) = changes.iter().find(|verb| has(verb)).filter(|_| first == "with") {
                return change(verb, words);
            }
            if has("into")
                || words
                    .windows(2)
                    .any(|pair| pair[0] == "for" && matches!(pair[1].as_str(), "update" | "share" | "no"))
            {
                return Effect::changes("this SELECT writes or locks");
            }
            match unknown_function(words) {
                Some(name) => Effect::changes(format!("calls {name}(), which may change something")),
                None => Effect::reads("SELECT reads only"),
            }
        }
        "vacuum" | "analyze" | "reindex" | "cluster" | "refresh" => {
            Effect::changes(format!("{} loads the database", first.to_uppercase()))
        }
        verb => change(verb, words),
    }
}

fn change(verb: &str, words: &[String]) -> Effect {
    let has = |wanted: &str| words.iter().any(|word| word == wanted);
    let shown = verb.to_uppercase();
    match verb {
        "drop" | "truncate" => Effect::destroys(format!("destructive: {shown} takes data away")),
        "delete" | "update" if !has("where") => {
            Effect::destroys(format!("destructive: {shown} without WHERE takes every row"))
        }
        "delete" => Effect::destroys("destructive: DELETE takes rows away"),
        "insert" | "update" | "merge" | "copy" => Effect::changes(format!("{shown} changes rows")),
        "create" | "alter" | "grant" | "revoke" | "comment" => Effect::changes(format!("{shown} changes the schema")),
        _ if STARTS.contains(&shown.as_str()) => Effect::changes(format!("{shown} may change something")),
        _ => Effect::changes("a statement that is not known to read only"),
    }
}

fn unknown_function(words: &[String]) -> Option<&str> {
    let called = words.windows(2).filter(|pair| pair[1] == "(").map(|pair| pair[0].as_str());
    called
        .filter(|name| name.starts_with(|c: char| c.is_alphabetic() || c == '_'))
        .find(|name| !READS.contains(name) && !WORDS.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::Risk;

    #[test]
    fn a_statement_reads_or_it_does_not() {
        for (text, risk, why) in [
            ("SELECT 1;", Risk::Safe, "reads only"),
            ("select count(*) from t where a in (1, 2)", Risk::Safe, "reads only"),
            (
                "SELECT work_order_id, SUM(cost) FROM v WHERE created_at >= NOW() - INTERVAL '24 hours' GROUP BY 1",
                Risk::Safe,
                "",
            ),
            ("EXPLAIN DELETE FROM t", Risk::Safe, "plans"),
            ("EXPLAIN ANALYZE SELECT * FROM t", Risk::Safe, "runs"),
            ("EXPLAIN ANALYZE DELETE FROM t WHERE a", Risk::Destructive, "DELETE"),
            ("EXPLAIN ANALYZE EXPLAIN ANALYZE", Risk::Disruptive, "not known"),
            ("SHOW max_connections", Risk::Safe, ""),
            ("WITH a AS (SELECT 1) SELECT * FROM a", Risk::Safe, ""),
            ("WITH a AS (DELETE FROM t WHERE x RETURNING 1) SELECT * FROM a", Risk::Destructive, "DELETE"),
            ("SELECT 'DROP TABLE t; --'", Risk::Safe, ""),
            ("SELECT check_and_reserve_budget(1.0, 'x')", Risk::Disruptive, "check_and_reserve_budget()"),
            ("SELECT pg_terminate_backend(1)", Risk::Disruptive, "pg_terminate_backend"),
            ("SELECT * FROM t FOR UPDATE", Risk::Disruptive, "locks"),
            ("SELECT 1; DROP TABLE t", Risk::Destructive, "DROP"),
            ("UPDATE t SET a = 1 WHERE b", Risk::Disruptive, "UPDATE"),
            ("UPDATE t SET a = 1", Risk::Destructive, "without WHERE"),
            ("DELETE FROM t WHERE a IN (SELECT 1)", Risk::Destructive, "DELETE"),
            ("TRUNCATE t", Risk::Destructive, "TRUNCATE"),
            ("VACUUM ANALYZE t", Risk::Disruptive, "VACUUM"),
            ("CREATE TABLE t (a int)", Risk::Disruptive, "schema"),
            ("DO $$ BEGIN DELETE FROM t; END $$", Risk::Disruptive, "not known"),
            ("FROBNICATE", Risk::Disruptive, "not known"),
        ] {
            let effect = effect(text);
            assert_eq!(effect.risk(), risk, "{text}: {}", effect.why());
            assert!(effect.why().contains(why), "{text}: {}", effect.why());
        }
    }

    #[test]
    fn a_statement_ends_at_its_own_semicolon() {
        for (text, first) in [
            ("SELECT ';' ; SELECT 2", "SELECT ';' ;"),
            ("CREATE FUNCTION f() AS $$ a; b; $$ x; y", "CREATE FUNCTION f() AS $$ a; b; $$ x;"),
            ("SELECT 1 -- a; b\n; x", "SELECT 1 -- a; b\n;"),
            ("SELECT 'open", "SELECT 'open"),
        ] {
            assert_eq!(&text[..length(text)], first);
        }
        assert!(begins("SELECT work_order_id") && begins("update t set a = 1") && begins("VACUUM t;"));
        assert!(!begins("select x in 1 2 3; do") && !begins("UPDATER=1") && !begins("update the page"));
    }
}
