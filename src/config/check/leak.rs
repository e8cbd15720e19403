//! Secrets and placeholders that stand in the file itself. What was found is masked in every error's source line.

use std::ops::Range;

use crate::base::Source;
use crate::config::check::{Check, path};
use crate::config::tree::Node;

/// What stands for a secret in the source line of an error.
const MASK: &str = "*";

pub(super) fn check(check: &mut Check<'_>) {
    for (leaf, template) in check.templates() {
        let text = template.to_string();
        let parts = leaf.path.parts();
        let named = |what: &str| parts.iter().position(|part| *part == what).and_then(|at| parts.get(at + 1));
        let header = named("headers").map(|name| ("header", *name));
        let header = header.or_else(|| named("env").map(|name| ("environment variable", *name)));
        if header.is_some_and(|(_, name)| is_secret_header(name))
            && template.variables().next().is_none()
            && !text.trim().is_empty()
        {
            let (what, name) = header.unwrap_or_default();
            secret(check, leaf.span.clone(), &leaf.path, format!("a secret stands in the file: {what} '{name}'"));
        } else {
            value(check, leaf.span.clone(), &leaf.path, &text);
        }
    }
    for (name, entry) in check.section("var") {
        for key in ["default", "one_of"] {
            let Some(node) = entry.node.get(key) else { continue };
            let texts: Vec<&Node> = if node.items().is_empty() { vec![node] } else { node.items().iter().collect() };
            for node in texts {
                if check.leaks.contains(&node.span) {
                    continue;
                }
                value(check, node.span.clone(), &path(["var", name, key]), node.text().unwrap_or_default());
            }
        }
    }
    if !check.leaks.is_empty() {
        let source = masked(check.source, &check.leaks);
        check.problems.iter_mut().for_each(|problem| problem.source = source.clone());
    }
}

fn value(check: &mut Check<'_>, span: Range<usize>, path: &crate::config::path::Path, text: &str) {
    if has_password(text) {
        secret(check, span, path, "a password stands in the file".to_owned());
    } else if let Some(placeholder) = placeholder(text) {
        let message = format!("'{placeholder}' is a placeholder");
        let help = "write the value, or make it a variable: ${name} and [var.name]".to_owned();
        check.problem(span, path, message, Some(help));
    }
}

fn secret(check: &mut Check<'_>, span: Range<usize>, path: &crate::config::path::Path, message: String) {
    check.leaks.push(span.clone());
    let help = "make it a variable with an environment variable and secret = true, and write ${name}".to_owned();
    check.problem(span, path, message, Some(help));
}

/// The file with its secrets blotted out, every other byte in its place.
pub(super) fn masked(source: &Source, leaks: &[Range<usize>]) -> Source {
    let mut text = source.text.to_string();
    for leak in leaks {
        // the quotes stay; what is between them goes, byte for byte
        let Some(inner) = text.get(leak.start + 1..leak.end.saturating_sub(1)) else { continue };
        let blot: String = inner.bytes().map(|byte| if byte == b'\n' { "\n" } else { MASK }).collect();
        text.replace_range(leak.start + 1..leak.end - 1, &blot);
    }
    Source { path: source.path.clone(), text: text.into() }
}

fn is_secret_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "-");
    ["authorization", "apikey", "api-key", "cookie", "secret", "password"].iter().any(|part| name.contains(part))
        || name.ends_with("token")
}

/// A URL with a literal password before its host, or a literal key in its query.
fn has_password(text: &str) -> bool {
    let Some((_, rest)) = text.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let password = authority.rsplit_once('@').and_then(|(user, _)| user.split_once(':')).map(|(_, password)| password);
    let query = rest.split_once('?').map_or("", |(_, query)| query);
    let key = query.split('&').filter_map(|pair| pair.split_once('=')).any(|(name, value)| {
        let name = name.to_ascii_lowercase();
        let named = ["key", "token", "secret", "password"].iter().any(|part| name.ends_with(part));
        named && is_literal(value) && placeholder(value).is_none()
    });
    key || password.is_some_and(is_literal)
}

fn is_literal(text: &str) -> bool {
    !text.is_empty() && !text.contains("${")
}

/// What a document leaves for its reader to fill in: `[deployment-url]`, `<PREVIOUS_REVISION>`, `your-agent-api-key`.
fn placeholder(text: &str) -> Option<&str> {
    bracketed(text, '[', ']').or_else(|| bracketed(text, '<', '>')).or_else(|| yours(text))
}

fn bracketed(text: &str, open: char, close: char) -> Option<&str> {
    let mut from = 0;
    while let Some(start) = text[from..].find(open).map(|at| from + at) {
        let end = text[start..].find(close).map(|at| start + at)?;
        let inner = &text[start + 1..end];
        let word = inner.len() > 2
            && inner.starts_with(|c: char| c.is_ascii_alphabetic())
            && inner.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        let several = inner.contains(['-', '_']) || (open == '<' && inner.chars().all(|c| c.is_ascii_uppercase()));
        if word && several {
            return Some(&text[start..=end]);
        }
        from = start + 1;
    }
    None
}

fn yours(text: &str) -> Option<&str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    text.split(|c: char| !is_part(c)).find(|word| {
        let word = word.to_ascii_lowercase();
        ["your-", "your_"].iter().any(|start| word.starts_with(start) && word.len() > start.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_of_documents_are_told_from_real_values() {
        for (text, found) in [
            ("https://[deployment-url]/health", Some("[deployment-url]")),
            ("<PREVIOUS_REVISION>", Some("<PREVIOUS_REVISION>")),
            ("<SERVICE>", Some("<SERVICE>")),
            ("Bearer your-agent-api-key", Some("your-agent-api-key")),
            ("https://your-app.vercel.app", Some("your-app")),
            ("http://[::1]:8080/", None),
            ("http://127.0.0.1:8001/health?x=[1]", None),
            ("a < b and c > d", None),
            ("yours truly", None),
        ] {
            assert_eq!(placeholder(text), found, "{text}");
        }
    }

    #[test]
    fn a_password_in_an_address_is_found() {
        for (text, found) in [
            ("redis://:hunter2@h:6379/0", true),
            ("redis://default:hunter2@h", true),
            ("https://h/x?api_key=abc", true),
            ("redis://:${redis_password}@h", false),
            ("redis://user@h", false),
            ("https://h/x?api_key=${key}&limit=10", false),
            ("https://h/a:b@c", false),
        ] {
            assert_eq!(has_password(text), found, "{text}");
        }
    }
}
