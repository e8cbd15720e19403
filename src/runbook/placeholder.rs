//! What has to be filled in: `<PREVIOUS_REVISION>`, `[deployment-url]`, `{pod-name}`, `your-api-key`, `YYYY-MM-DD`. To a shell the
//! first is a redirection and the second a pattern; here each is a field with a name and a type. A value becomes part
//! of an argument and is never read as shell or SQL.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// One thing to fill in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// As the runbook names it: `deployment-url`.
    pub name: String,
    /// What fits.
    pub kind: FieldKind,
    /// Byte range in the step's source.
    pub span: Range<usize>,
}

/// What fits into a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Letters, digits and `_ . : / @ -`, not beginning with `-`.
    Text,
    /// Anything on one line: a value that is never part of a text.
    Line,
    /// `2026-01-31`.
    Date,
    /// A number.
    Number,
    /// An address.
    Url,
    /// A key or password: never shown, never an argument.
    Secret,
}

impl FieldKind {
    /// The stable word.
    pub fn word(self) -> &'static str {
        match self {
            FieldKind::Text | FieldKind::Line => "text",
            FieldKind::Date => "date",
            FieldKind::Number => "number",
            FieldKind::Url => "url",
            FieldKind::Secret => "secret",
        }
    }

    /// By the field's name.
    fn of(name: &str) -> Self {
        let lower = name.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        if has(&["yyyy", "date"]) {
            FieldKind::Date
        } else if has(&["key", "token", "secret", "password"]) && !lower.ends_with("id") {
            FieldKind::Secret
        } else if has(&["url", "endpoint"]) {
            FieldKind::Url
        } else if has(&["count", "number", "port", "seconds", "minutes", "percent"]) {
            FieldKind::Number
        } else {
            FieldKind::Text
        }
    }

    /// Why a value does not fit, if it does not.
    pub fn refuses(self, value: &str) -> Option<&'static str> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "_.:/@-".contains(c);
        let is_plain = !value.is_empty() && !value.starts_with('-') && value.chars().all(plain);
        match self {
            FieldKind::Text if !is_plain => Some("letters, digits and _ . : / @ -, not beginning with -"),
            FieldKind::Line if value.is_empty() || value.chars().any(char::is_control) => Some("a text on one line"),
            FieldKind::Date if value.parse::<jiff::civil::Date>().is_err() => Some("a date, such as 2026-01-31"),
            FieldKind::Number if value.parse::<u64>().is_err() => Some("a whole number"),
            FieldKind::Url if url::Url::parse(value).is_err() && !is_plain => Some("an address"),
            FieldKind::Secret if value.is_empty() || value.chars().any(char::is_control) => Some("a key on one line"),
            _ => None,
        }
    }
}

#[expect(clippy::expect_used, reason = "constant patterns, held by the tests")]
static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
    let shapes = [
        r"<[A-Za-z][A-Za-z0-9_.]*(?:[ /-][A-Za-z0-9_.]+){0,6}>",
        r"\[[A-Za-z][A-Za-z0-9_]*(?:[ /-][A-Za-z0-9_]+){0,6}\]",
        r"\{\{ ?[A-Za-z][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+){0,6} ?\}\}",
        r"\{[A-Za-z][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+){0,6}\}",
        r"(?-u:\b)(?:your|YOUR)[-_][A-Za-z0-9]+(?:[-_][A-Za-z0-9]+){0,6}",
        r"(?-u:\b)YYYY-?MM-?DD(?:[ T]HH:MM(?::SS)?)?(?-u:\b)",
    ];
    Regex::new(&shapes.join("|")).expect("constant")
});

/// The fields of a source, in its order.
pub(super) fn fields(source: &str) -> Vec<Field> {
    let before = |at: usize| source[..at].chars().next_back();
    PATTERN
        .find_iter(source)
        .filter_map(|found| {
            let text = found.as_str();
            let name = text.trim_matches(['<', '>', '[', ']', '{', '}', ' ']);
            let stands_alone = match text.as_bytes().first() {
                // a here-document, `a<b>c`, an HTML tag's end
                Some(b'<') => match before(found.start()) {
                    Some('/') => is_path(&source[..found.start()]),
                    before => before != Some('<'),
                },
                // an index, a class of characters, a test
                Some(b'[') => {
                    let indexed = |c: char| {
                        c.is_alphanumeric() || matches!(c, '_' | '$' | '}' | ')' | ']' | '[' | '.' | '*' | '^')
                    };
                    name.len() > 3 && !before(found.start()).is_some_and(|c| indexed(c) && c != '.')
                }
                // `${A}`, `%{http_code}`, `HEAD@{upstream}`, a filter or a program
                Some(b'{') => {
                    !matches!(before(found.start()), Some('$' | '%' | '#' | '@' | '\\' | '{'))
                        && !matches!(name, "print" | "next" | "exit" | "end" | "else")
                        && !is_program(&source[..found.start()])
                }
                _ => true,
            };
            stands_alone.then(|| Field { name: name.to_owned(), kind: FieldKind::of(name), span: found.range() })
        })
        .collect()
}

/// True within an address or the path of a file: what a slash ends there is no tag and no pattern.
fn is_path(before: &str) -> bool {
    let word = before.rsplit(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '=')).next().unwrap_or_default();
    word.contains("://") || word.starts_with(['/', '.', '~', '$']) && word.len() > 1
}

/// True behind `jq '` and its like: braces there are part of a language.
fn is_program(before: &str) -> bool {
    let command = before.rsplit(['|', '\n', ';']).next().unwrap_or_default();
    let first = command.split_whitespace().find(|word| *word != "sudo").unwrap_or_default();
    matches!(first, "jq" | "yq" | "awk" | "gawk" | "mawk" | "find" | "xargs")
}

/// Marks the beginning and the end of a field's number in a masked source.
pub(super) const MARKS: [char; 2] = ['\u{e000}', '\u{e001}'];

/// The source with every field as one plain character sequence that no shell and no SQL reads otherwise.
pub(super) fn masked(source: &str, fields: &[Field]) -> String {
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    for (n, field) in fields.iter().enumerate() {
        let Some(between) = source.get(at..field.span.start) else { continue };
        out.push_str(between);
        out.push(MARKS[0]);
        out.push_str(&n.to_string());
        out.push(MARKS[1]);
        at = field.span.end;
    }
    out.push_str(source.get(at..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_to_be_filled_in_is_found_and_typed() {
        for (source, want) in [
            ("x --to-revisions <PREVIOUS_REVISION>=100", vec![("PREVIOUS_REVISION", FieldKind::Text)]),
            ("vercel rollback [deployment-url]", vec![("deployment-url", FieldKind::Url)]),
            ("curl -H \"X-API-Key: your-agent-api-key\"", vec![("your-agent-api-key", FieldKind::Secret)]),
            ("curl https://your-app.vercel.app/api", vec![("your-app", FieldKind::Text)]),
            ("WHERE id = '[work-order-id]'", vec![("work-order-id", FieldKind::Text)]),
            (
                "curl https://[project-id].supabase.co -H \"apikey: [anon-key]\"",
                vec![("project-id", FieldKind::Text), ("anon-key", FieldKind::Secret)],
            ),
            ("restore backup-YYYY-MM-DD.sql", vec![("YYYY-MM-DD", FieldKind::Date)]),
            ("Bearer YOUR_SENDGRID_KEY", vec![("YOUR_SENDGRID_KEY", FieldKind::Secret)]),
            ("curl $URL/jobs/<id>", vec![("id", FieldKind::Text)]),
            ("sed s/<b>/x/ f", vec![]),
            ("kubectl delete pod {pod-name}", vec![("pod-name", FieldKind::Text)]),
            ("curl https://{host}/jobs/{{ job_id }}", vec![("host", FieldKind::Text), ("job_id", FieldKind::Text)]),
            ("curl -w '%{http_code}' ${URL}", vec![]),
            ("jq '{id}' x | awk '{print}'; docker ps --format '{{.Names}}'; git diff @{upstream}", vec![]),
            ("cat <<EOF", vec![]),
            ("psql $URL < backup.sql", vec![]),
            ("grep '[a-z]' x; ${all[index]}; [ -f x ]; jq '.[0]'", vec![]),
            ("a < b AND c > d", vec![]),
        ] {
            let found: Vec<_> = fields(source).into_iter().map(|field| (field.name, field.kind)).collect();
            let want: Vec<_> = want.into_iter().map(|(name, kind)| (name.to_owned(), kind)).collect();
            assert_eq!(found, want, "{source}");
        }
    }

    #[test]
    fn a_value_must_fit() {
        for (kind, good, bad) in [
            (FieldKind::Text, "checkout-00042-xyz", "x; rm -rf /"),
            (FieldKind::Text, "a", "-rf"),
            (FieldKind::Line, "'; drop table x; --", "a\u{0}b"),
            (FieldKind::Date, "2026-01-31", "2026-13-01"),
            (FieldKind::Number, "50", "many"),
            (FieldKind::Url, "https://a.example", "$(id)"),
            (FieldKind::Secret, "s3cret!", "a\nb"),
        ] {
            assert_eq!(kind.refuses(good), None, "{good}");
            assert!(kind.refuses(bad).is_some(), "{bad}");
        }
    }
}
