//! SQL: where a statement begins and ends, and whether it only reads. A statement that is not known to read counts as
//! one that changes; so does a `SELECT` that calls a function which is not known.

pub(super) mod bind;
mod lex;
mod secret;

use crate::runbook::class::Effect;
use lex::{Kind, Token};

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
    "current_setting",
    "version",
    "current_database",
    "current_schema",
    "pg_is_in_recovery",
    "pg_postmaster_start_time",
    "pg_blocking_pids",
    "pg_current_wal_lsn",
    "pg_last_wal_replay_lsn",
    "pg_last_xact_replay_timestamp",
    "pg_wal_lsn_diff",
    "txid_current_if_assigned",
    "inet_server_addr",
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
    let is_end = |token: &Token| token.kind == Kind::Sign && &text[token.range.clone()] == ";";
    lex::tokens(text).into_iter().find(is_end).map(|token| token.range.start)
}

/// What the statements of a text do: the worst of them.
pub(super) fn effect(text: &str) -> Effect {
    // some servers read on behind it, some do not: what a text is depends on a setting
    if text.contains("\\'") {
        return Effect::changes("a quote behind a backslash: where that text ends, only its server knows");
    }
    if let Some(command) = meta(text) {
        return command;
    }
    let mut rest = text;
    let mut worst: Option<Effect> = None;
    while !rest.trim().is_empty() {
        let (statement, tail) = rest.split_at(length(rest));
        rest = tail;
        let words = words(statement);
        if !words.is_empty() {
            let one = secret::effect(statement, &words).unwrap_or_else(|| one(&words));
            worst = Some(match worst {
                Some(worst) => worst.and(one),
                None => one,
            });
        }
    }
    worst.unwrap_or(Effect::Hands("nothing but comments".into()))
}

/// `\watch`, `\gexec`: words to a client, outside of every text and comment.
fn meta(text: &str) -> Option<Effect> {
    let tokens = lex::tokens(text);
    let is_sign = |token: &Token| token.kind == Kind::Sign && &text[token.range.clone()] == "\\";
    let at = tokens.iter().position(is_sign)?;
    let word = tokens.get(at + 1).map_or("", |next| &text[next.range.clone()]);
    Some(match word {
        "watch" => Effect::never("\\watch never ends"),
        "d" | "dt" | "di" | "l" | "conninfo" if tokens.iter().take(at).all(|token| token.kind == Kind::Space) => {
            Effect::reads("describes the database")
        }
        _ => Effect::changes("a command of a client, which may write or run something"),
    })
}

/// The words of a statement in lower case, brackets among them, without texts and comments. A name in quotes begins with
/// one: it is never a keyword, nor a function that is known.
fn words(statement: &str) -> Vec<String> {
    let word = |token: Token| {
        let text = &statement[token.range];
        match token.kind {
            Kind::Word => Some(text.to_lowercase()),
            Kind::Name => Some(format!("\"{}", text.trim_matches('"').to_lowercase())),
            Kind::Sign if matches!(text, "(" | ")") => Some(text.to_owned()),
            _ => None,
        }
    };
    lex::tokens(statement).into_iter().filter_map(word).collect()
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
                    .any(|pair| pair[0] == "for" && matches!(pair[1].as_str(), "update" | "share" | "no" | "key"))
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
    let is_called = |at: &usize| words.get(at + 1).is_some_and(|next| next == "(");
    let is_name = |name: &str| !name.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '(' | ')'));
    // `app . count(x)` is somebody's own
    let is_of_schema = |at: usize| at > 0 && words[at - 1].ends_with('.');
    let is_known = |at: usize| {
        let name = words[at].as_str();
        (READS.contains(&name) || WORDS.contains(&name)) && !is_of_schema(at)
    };
    let found = (0..words.len()).filter(is_called).find(|at| is_name(&words[*at]) && !is_known(*at));
    found.map(|at| words[at].as_str())
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
            ("SELECT * FROM t FOR KEY SHARE", Risk::Disruptive, "locks"),
            ("SELECT \"pg_terminate_backend\"(1)", Risk::Disruptive, "pg_terminate_backend"),
            ("SELECT pg_catalog . pg_terminate_backend (1)", Risk::Disruptive, "pg_terminate_backend"),
            ("SELECT app . count(1)", Risk::Disruptive, "count"),
            ("SELECT E'\\'', pg_terminate_backend(1) --'", Risk::Disruptive, "backslash"),
            ("SELECT a$$, pg_terminate_backend(1), b$$", Risk::Disruptive, "pg_terminate_backend"),
            ("SELECT 1 -- a\r, pg_terminate_backend(1)", Risk::Disruptive, "pg_terminate_backend"),
            ("SELECT encrypted_password FROM auth.users", Risk::Disruptive, "secret"),
            ("SELECT * FROM vault.decrypted_secrets", Risk::Disruptive, "secret"),
            ("SELECT * FROM pg_authid", Risk::Disruptive, "secret"),
            ("SELECT \"api_key\" FROM tenants", Risk::Disruptive, "secret"),
            ("SELECT current_setting('app.settings.jwt_secret')", Risk::Disruptive, "secret"),
            ("SELECT token FROM sessions", Risk::Disruptive, "secret"),
            ("SELECT count(*) FROM t \\watch 5", Risk::Disruptive, "never ends"),
            ("SELECT 1 \\gexec", Risk::Disruptive, "client"),
            ("SELECT '\\watch', pg_is_in_recovery()", Risk::Safe, ""),
            ("SELECT total_tokens, token_count, key FROM usage", Risk::Safe, ""),
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
