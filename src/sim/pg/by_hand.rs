//! A statement without a name, as a person or a runbook writes it. What it says nobody here knows; but its columns have names,
//! and a table in which nothing is has no rows. Counts without groups are one row of nothing. Pure.

use super::value::{Cell, Kind, Rows};

/// The answer; none where it is no question.
pub(super) fn answer(text: &str) -> Option<Rows> {
    if text.trim_start().get(..8).is_some_and(|word| word.eq_ignore_ascii_case("explain ")) {
        let plan = "Result  (cost=0.00..0.01 rows=1 width=4)";
        return Some(Rows::one(vec![("QUERY PLAN", Kind::Text)], vec![Cell::from(plan)]));
    }
    let list = listed(text)?;
    let items: Vec<&str> = divided(list);
    let columns: Vec<(&str, Kind)> = items.iter().map(|item| (name(item), Kind::Text)).collect();
    let is_one = !has_word(text, "from") || (items.iter().all(|item| is_total(item)) && !has_word(text, "group"));
    if !is_one {
        let owned = columns.iter().map(|(name, kind)| ((*name).to_owned(), *kind)).collect();
        return Some(Rows { columns: owned, ..Rows::default() });
    }
    let cell = |item: &&str| if item.starts_with("count") { Cell::from("0") } else { constant(item) };
    let row = items.iter().map(cell).collect();
    Some(Rows::one(columns, row))
}

fn constant(item: &str) -> Cell {
    let is_number = !item.is_empty() && item.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { Cell::from(item) } else { Cell::Null }
}

/// What stands between `SELECT` and its `FROM`.
fn listed(text: &str) -> Option<&str> {
    let text = text.trim().trim_end_matches(';');
    let start = text.get(..6).filter(|word| word.eq_ignore_ascii_case("select")).map(str::len)?;
    let rest = &text[start..];
    let end = places(rest).find(|(at, depth)| *depth == 0 && begins_word(rest, *at, "from")).map(|(at, _)| at);
    Some(rest[..end.unwrap_or(rest.len())].trim())
}

/// Each place of a text, with the brackets that are open there; texts in quotes are passed over.
fn places(text: &str) -> impl Iterator<Item = (usize, i32)> + '_ {
    let (mut depth, mut quoted) = (0, false);
    text.char_indices().filter_map(move |(at, c)| {
        quoted ^= c == '\'';
        depth += i32::from(c == '(') - i32::from(c == ')');
        (!quoted).then_some((at, depth))
    })
}

fn begins_word(text: &str, at: usize, word: &str) -> bool {
    let is_letter = |c: char| c.is_alphanumeric() || c == '_';
    let (before, rest) = text.split_at(at);
    let ends = |rest: &str| !rest.starts_with(is_letter);
    rest.get(..word.len()).is_some_and(|own| own.eq_ignore_ascii_case(word))
        && ends(&rest[word.len()..])
        && !before.ends_with(is_letter)
}

fn has_word(text: &str, word: &str) -> bool {
    places(text).any(|(at, depth)| depth == 0 && begins_word(text, at, word))
}

/// Parts of a list between commas.
fn divided(list: &str) -> Vec<&str> {
    let commas = places(list).filter(|(at, depth)| *depth == 0 && list[*at..].starts_with(',')).map(|(at, _)| at);
    let mut parts = Vec::new();
    let mut from = 0;
    for at in commas.chain([list.len()]) {
        parts.push(list[from..at].trim());
        from = at + 1;
    }
    parts
}

/// As PostgreSQL calls it: by its alias, its function or its column.
fn name(item: &str) -> &str {
    let alias = places(item).filter(|(at, depth)| *depth == 0 && begins_word(item, *at, "as")).last();
    if let Some((at, _)) = alias {
        return item[at + 2..].trim();
    }
    let called = item.split('(').next().filter(|_| item.contains('(')).unwrap_or(item).trim();
    let last = called.rsplit('.').next().unwrap_or(called);
    if last.is_empty()
        || !last.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '*')
        || constant(last) != Cell::Null
    {
        return "?column?";
    }
    last
}

fn is_total(item: &str) -> bool {
    let lower = item.to_lowercase();
    ["count(", "sum(", "max(", "min(", "avg(", "current_setting("].iter().any(|total| lower.starts_with(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_has_the_columns_that_it_names() {
        for (text, columns, rows) in [
            ("SELECT 1;", "?column?", 1),
            ("SELECT count(*) FROM pg_stat_activity;", "count", 1),
            ("SELECT id, e.title, count(*) AS n, left(query, 80) FROM t e GROUP BY 1", "id title n left", 0),
            ("SELECT context ->> 'from' AS rule, count(*) FILTER (WHERE a = ',') FROM t", "rule count", 0),
            ("EXPLAIN SELECT * FROM t", "QUERY PLAN", 1),
            ("SELECT pid, now() - query_start AS runs\nFROM pg_stat_activity", "pid runs", 0),
        ] {
            let told = answer(text).unwrap();
            let names: Vec<&str> = told.columns.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!((names.join(" ").as_str(), told.cells.len()), (columns, rows), "{text}");
        }
        assert_eq!(answer("DELETE FROM t"), None);
        assert_eq!(answer("SEL"), None);
    }
}
